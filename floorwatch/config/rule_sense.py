"""What no key of a rule shows by itself: limits that contradict each other for a queue, and names that nobody has."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from itertools import pairwise
from typing import Protocol

from floorwatch.alerts.figures import FIGURES
from floorwatch.config.marked_yaml import KeyPath
from floorwatch.floor.rules import Condition, Rule
from floorwatch.floor.settings import QueuePolicy
from floorwatch.nearest import did_you_mean

Found = Iterator[tuple[KeyPath, str]]


@dataclass(frozen=True, slots=True)
class Known:
    """Whom the configuration names. Where it names none of a kind, any name may turn up."""

    default_policy: QueuePolicy
    queues: Mapping[str, QueuePolicy]
    sources: Collection[str] = ()
    outputs: Collection[str] = ()


def senseless(rule: Rule, known: Known) -> Found:
    """(the key of the rule, what is wrong and what mends it)."""
    yield from _strangers(rule, known)
    fitting = {name: policy for name, policy in known.queues.items() if _fits(rule, name, policy)}
    for place, condition in enumerate(rule.conditions):
        above: KeyPath = ("and", place - 1) if place else ()
        for name, policy in (fitting or {"": known.default_policy}).items():
            if found := _contradiction(condition, policy):
                of = f" (queue {name})" if name and _is_own(condition) else ""
                yield (*above, found[0]), found[1] + of
                break


def _fits(rule: Rule, name: str, policy: QueuePolicy) -> bool:
    return rule.scope == "queue" and rule.selector.fits(name, policy.channel, policy.labels)


def _is_own(condition: Condition) -> bool:
    limits = [level.limit for level in condition.levels] + ([condition.clear] if condition.clear else [])
    return any(limit.of for limit in limits)


class Choosing(Protocol):
    """What chooses alerts: an output, an escalation."""

    @property
    def rules(self) -> Collection[str]:
        """Names or globs; empty: all."""

    @property
    def queues(self) -> Collection[str]:
        """Names or globs."""

    @property
    def channels(self) -> Collection[str]:
        """Of queues."""

    @property
    def labels(self) -> Mapping[str, str]:
        """Of queues; values may be globs."""


def unheard(choosing: Mapping[str, Choosing], rules: Collection[str], known: Known) -> Found:
    """What alerts are chosen by and no alert can have: such an output would never be told a word."""
    for name, one in choosing.items():
        found = (
            *_nobody(one.rules, "rules", "rule", rules),
            *_nobody(one.queues, "queues", "queue", known.queues),
            *_unmarked(tuple(one.labels.items()), one.channels, known),
        )
        yield from (((name, *key), text) for key, text in found)


def _strangers(rule: Rule, known: Known) -> Found:
    """A rule about a name that nobody has would never say a word, and nobody would know."""
    kinds: dict[str, Collection[str]] = {
        "queue": known.queues,
        "source": known.sources,
        "output": known.outputs,
    }
    yield from _nobody(rule.selector.names, f"{rule.scope}s", rule.scope, kinds.get(rule.scope, ()))
    for key, text in _unmarked(rule.selector.labels, rule.selector.channels, known):
        yield key, f"{text} (what the alert is to carry is set_labels)" if key[0] == "labels" else text


def _nobody(patterns: Collection[str], key: str, what: str, there_are: Collection[str]) -> Found:
    """Names and globs that fit nobody."""
    for at, pattern in enumerate(patterns if there_are else ()):
        if not any(fnmatchcase(name, pattern) for name in there_are):
            hint = did_you_mean(pattern, there_are, f"name it under '{key}:' of the configuration")
            yield (key, at), f"there is no {what} '{pattern}'; {hint}"


def _unmarked(labels: Collection[tuple[str, str]], channels: Collection[str], known: Known) -> Found:
    """Labels and channels that no queue has."""
    policies = known.queues.values()
    for label, value in labels if policies else ():
        carried = {v for policy in policies for k, v in policy.labels if k == label}
        if not any(fnmatchcase(v, value) for v in carried):
            has = f"they have {', '.join(sorted(carried))}" if carried else "give it to them: queues.NAME.labels"
            yield ("labels", label), f"no queue has the label {label}: {value}; {has}"
    there_are = sorted({policy.channel for policy in policies})
    for at, channel in enumerate(channels if policies else ()):
        if channel not in there_are:
            yield ("channels", at), f"no queue is of the channel {channel}: they are of {', '.join(there_are)}"


def _contradiction(condition: Condition, policy: QueuePolicy) -> tuple[str, str] | None:
    """(the key, what is wrong) for a queue of this policy; None when it is sound."""
    is_low = condition.compare in ("below", "at_most")
    values = [level.limit.value(policy) for level in condition.levels]
    for (milder, mild), (graver, grave) in pairwise(zip(condition.levels, values, strict=True)):
        if (grave >= mild) if is_low else (grave <= mild):
            side = "under" if is_low else "over"
            text = f"{graver.severity} ({_shown(condition, grave)}) must be {side} {milder.severity}"
            return condition.compare, f"{text} ({_shown(condition, mild)}): it is the worse of the two"
    if senseless_limit := _never_or_always(condition, values[0]):
        return condition.compare, senseless_limit
    clear = None if condition.clear is None else condition.clear.value(policy)
    if clear is not None and ((clear < values[0]) if is_low else (clear > values[0])):
        side = "not be under" if is_low else "not be over"
        text = f"{_shown(condition, clear)} must {side} the limit, {_shown(condition, values[0])}"
        return "clear", f"{text}: an alert would clear while its rule still holds"
    return None


def _never_or_always(condition: Condition, limit: float) -> str:
    """Why a limit tells nothing; empty where it does."""
    most = 1.0 if FIGURES[condition.figure].unit == "ratio" else float("inf")
    never = {"below": limit <= 0, "at_most": limit < 0, "above": limit >= most, "at_least": limit > most}
    always = {"below": limit > most, "at_most": limit >= most, "above": limit < 0, "at_least": limit <= 0}
    said = f"{condition.figure} {condition.compare.replace('_', ' ')} {_shown(condition, limit)}"
    if never[condition.compare]:
        return f"{said} never holds: choose another limit"
    return f"{said} always holds: choose another limit" if always[condition.compare] else ""


def _shown(condition: Condition, value: float) -> str:
    unit = FIGURES[condition.figure].unit
    if unit == "ratio":
        return f"{value * 100:.6g} %"
    return f"{value / 1000:.6g}s" if unit == "ms" else f"{value:.6g}"
