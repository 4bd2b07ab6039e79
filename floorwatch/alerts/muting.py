"""Of which alerts nobody is told for now: snoozed by somebody, silenced, or explained by another alert.

A mute never touches the life of an alert: it fires, rises and is resolved as ever, and what still fires when the mute
ends is told then. A muted alert mutes others all the same: that somebody need not hear of the lost feed is no reason to
tell them what the lost feed makes of its queues.

Two rules may mute each other, and so may three in a ring. Then those that cannot do without each other are ranked, by
severity and then by age, and only the higher one mutes: of such alerts there is always one that is told.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Literal, NamedTuple

from floorwatch.alerts.lifecycle import Alert
from floorwatch.floor.internal import OperatorSilenced
from floorwatch.floor.rules import RANKS, Scope, any_fits

SILENCES_MAX = 500
"""What is not over yet is kept up to this number; past it the one that is set first is dropped."""
WIDE: frozenset[Scope] = frozenset(("source", "floor"))
"""Alerts about these can mute alerts about other subjects than their own."""


@dataclass(frozen=True, slots=True)
class Silence:
    """Nobody is told in [`since`, `until`) of alerts of these rules about these subjects: names or globs, none: all."""

    id: str
    since: int
    until: int
    who: str
    why: str
    rules: tuple[str, ...]
    subjects: tuple[str, ...]
    at: int
    """When it was set."""

    def fits(self, alert: Alert, now: int) -> bool:
        """Whether it holds now for this alert."""
        return (
            self.since <= now < self.until
            and any_fits(alert.rule.name, self.rules)
            and any_fits(alert.subject, self.subjects)
        )


class Muted(NamedTuple):
    """Why nobody is told of an alert."""

    by: Literal["snooze", "silence", "rule"]
    what: str
    """Who snoozed it; the id of the silence; the id of the alert that mutes it."""
    until: int | None
    """None: as long as that alert fires."""


class Muting:
    """The silences, and who mutes whom."""

    def __init__(self, queues_of_source: Callable[[str], Collection[str]]) -> None:
        self.silences: dict[str, Silence] = {}
        """By id: those that hold now, those to come, and those that have ended since the latest was set."""
        self.version = 0
        """Grows with everything people say."""
        self._queues_of_source = queues_of_source

    def silence(self, event: OperatorSilenced, now: int) -> None:
        """Somebody silences; a silence of the same id is replaced.

        A journal that is gone on from later has no time yet when it says what was decided before: the event has.
        """
        at: int = event.time  # type: ignore[assignment]
        kept = {id_: silence for id_, silence in self.silences.items() if silence.until > max(now, at)}
        kept.pop(event.silence, None)
        if len(kept) >= SILENCES_MAX:
            del kept[next(iter(kept))]
        kept[event.silence] = Silence(
            event.silence, event.since, event.until, event.who, event.why, event.rules, event.subjects, at
        )
        self.silences = kept
        self.version += 1

    def end(self, silence_id: str, now: int) -> None:
        """Somebody ends a silence before its time; nothing happens where there is none of this id."""
        silence = self.silences.pop(silence_id, None)
        if silence is not None and now < silence.until:
            self.version += 1

    def why(self, alert: Alert, live: Iterable[Alert], now: int) -> Muted | None:
        """Why nobody is to be told of this alert now; None: it is not muted.

        `live`: the alerts among which those are that may mute it. It stays muted until `until`, at least.
        """
        if alert.snoozed_until is not None and now < alert.snoozed_until:
            return Muted("snooze", alert.snoozed_by, alert.snoozed_until)
        silences = [silence for silence in self.silences.values() if silence.fits(alert, now)]
        if silences:
            last = max(silences, key=lambda silence: (silence.until, silence.id))
            return Muted("silence", last.id, last.until)
        muters = [other for other in live if _mutes(other)]
        for other in muters:
            if self._covers(other, alert) and (_outranks(other, alert) or not self._leads_to(alert, other, muters)):
                return Muted("rule", other.id, None)
        return None

    def _covers(self, muter: Alert, alert: Alert) -> bool:
        """Whether the rule of the one names the rule of the other, not being the same, and both are about the same."""
        mine, its = muter.rule.scope, alert.rule.scope
        if mine == its:
            is_about = muter.subject == alert.subject and muter.rule.name != alert.rule.name
        elif mine == "source":  # any of a queue's sources: without one of them its figures are unknown
            is_about = its == "queue" and alert.subject in self._queues_of_source(muter.subject)
        else:
            is_about = mine == "floor" and its in ("queue", "team")
        return is_about and any(fnmatchcase(alert.rule.name, pattern) for pattern in muter.rule.mutes)

    def _leads_to(self, alert: Alert, muter: Alert, muters: list[Alert]) -> bool:
        """Whether the alert mutes its own muter, itself or by way of others."""
        reached: dict[str, None] = {}
        ahead = [alert] if alert.is_live else []
        while ahead:
            at = ahead.pop()
            if not at.rule.mutes or at.id in reached:
                continue
            reached[at.id] = None
            if self._covers(at, muter):
                return True
            ahead.extend(other for other in muters if self._covers(at, other))
        return False


def _mutes(alert: Alert) -> bool:
    """Whether it mutes others: while its figure is broken. That it is kept for a while after explains nothing more."""
    return alert.is_live and bool(alert.rule.mutes) and alert.clear_since is None


def _outranks(one: Alert, other: Alert) -> bool:
    def rank(alert: Alert) -> tuple[int, int, str]:
        return -RANKS.index(alert.severity), alert.fired_at or 0, alert.id

    return rank(one) < rank(other)


class Muters:
    """Live alerts whose rules mute others, found by whom they can mute, so that nobody goes through all of them."""

    def __init__(self) -> None:
        self._near: dict[tuple[Scope, str], dict[str, Alert]] = {}
        self._wide: dict[str, Alert] = {}

    def heed(self, alert: Alert) -> None:
        """It has changed: it is kept while it fires."""
        if not alert.rule.mutes:
            return
        about = alert.rule.scope, alert.subject
        near = self._near.setdefault(about, {})
        if alert.is_live:
            near[alert.id] = alert
            if alert.rule.scope in WIDE:
                self._wide[alert.id] = alert
        else:
            near.pop(alert.id, None)
            self._wide.pop(alert.id, None)
        if not near:
            del self._near[about]

    @property
    def clearing(self) -> int:
        """How many of them mute nobody any more, though they still fire."""
        return sum(not _mutes(alert) for near in self._near.values() for alert in near.values())

    def of(self, alert: Alert) -> list[Alert]:
        """Those that can mute this one, and those that can mute them."""
        near = self._near.get((alert.rule.scope, alert.subject))
        return [*self._wide.values(), *near.values()] if near else list(self._wide.values())
