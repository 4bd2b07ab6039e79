"""Two sets of rules on the same days: what fires under one of them alone, and what moved."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from floorwatch.backtest.firings import Firing

Key = tuple[str, str]
"""Name of the rule, and of what it is about."""


@dataclass(frozen=True, slots=True)
class Compared:
    """Alerts of the same rule about the same subject are one and the same where they fire at a common instant."""

    only_new: Sequence[Firing]
    only_old: Sequence[Firing]
    moved: Sequence[tuple[Firing, Firing]]
    """(old, new), where either instant or the severity differs."""
    same: int


def compare(new: Iterable[Firing], old: Iterable[Firing]) -> Compared:
    """What differs, in the order of time."""
    news, olds = _by_key(new), _by_key(old)
    only_new: list[Firing] = []
    only_old: list[Firing] = []
    pairs: list[tuple[Firing, Firing]] = []
    for key in {**olds, **news}:
        _pair(olds.get(key, []), news.get(key, []), only_old, only_new, pairs)
    moved = [(before, after) for before, after in pairs if _what(before) != _what(after)]
    return Compared(
        sorted(only_new, key=lambda one: one.key),
        sorted(only_old, key=lambda one: one.key),
        sorted(moved, key=lambda pair: pair[1].key),
        len(pairs) - len(moved),
    )


def _pair(
    olds: Sequence[Firing],
    news: Sequence[Firing],
    only_old: list[Firing],
    only_new: list[Firing],
    pairs: list[tuple[Firing, Firing]],
) -> None:
    """One rule and subject: each alert with the first of the other side that it meets."""
    at_old = at_new = 0
    while at_old < len(olds) and at_new < len(news):
        before, after = olds[at_old], news[at_new]
        if before.touches(after.fired_at, max(after.until, after.fired_at + 1)):
            pairs.append((before, after))
            at_old, at_new = at_old + 1, at_new + 1
        elif before.fired_at < after.fired_at:
            only_old.append(before)
            at_old += 1
        else:
            only_new.append(after)
            at_new += 1
    only_old += olds[at_old:]
    only_new += news[at_new:]


def _by_key(firings: Iterable[Firing]) -> dict[Key, list[Firing]]:
    found: dict[Key, list[Firing]] = {}
    for firing in firings:
        found.setdefault((firing.rule.name, firing.subject), []).append(firing)
    return found


def _what(firing: Firing) -> tuple[int, int, str, str]:
    return firing.fired_at, firing.until, firing.severity_at_fire, firing.severity
