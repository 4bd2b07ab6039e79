"""One output: whom and what concerns it, what it was last told of each alert, and how often it may be told.

An alert has an *entry* here from the time it concerns the output until the output was told that it is resolved. What it
is to be told next follows from the entry: what the alert is, against what was said of it.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from floorwatch.alerts.flapping import FIRINGS_MAX, About, about
from floorwatch.alerts.lifecycle import Alert
from floorwatch.alerts.notice import Stage
from floorwatch.floor.hours import BusinessClock
from floorwatch.floor.outputs import PUBLIC_SCOPES, OutputPolicy
from floorwatch.floor.rules import RANKS, Severity, any_fits

MINUTE_MS = 60_000
NEWS_MS = 60 * 60_000
"""That something came and went is told within an hour after it went; later it is history, which reports show."""
DOUBLINGS_MAX = 4
"""The wait for a reminder doubles so often, but for emergencies: from 15 minutes to four hours. What is said for the
twentieth time is not heard any more."""
OVER_MS = 24 * 60 * 60_000
OVER_MAX = 1_000
"""That something is resolved is told within a day, of so many alerts at most: the oldest are dropped, and counted."""


@dataclass(slots=True)
class Entry:
    """What one output knows of one alert. Instants in milliseconds."""

    alert: Alert
    since: int
    """When the alert last changed."""
    firings: int
    """How often its rule had fired about its subject when it fired; see `alerts.flapping`."""
    is_owed: bool = False
    """There was a time at which nothing stood against telling it: it stays owed, also when it is resolved meanwhile."""
    said: tuple[str, Severity] | None = None
    """State and severity that were last told; None: it was told nothing."""
    said_at: int = 0
    reminders: int = 0

    @property
    def before(self) -> Severity | None:
        """The severity with which the output was last told of it."""
        return None if self.said is None else self.said[1]

    @property
    def is_immediate(self) -> bool:
        """It is news of a rule that waits for nobody."""
        return self.alert.rule.immediate and self.said is None

    @property
    def is_worse(self) -> bool:
        """It is of a higher severity than the output knows."""
        return self.before is not None and RANKS.index(self.alert.severity) > RANKS.index(self.before)

    def say(self, stage: Stage, now: int) -> None:
        """The output was told this."""
        self.said, self.said_at = (stage.state, stage.severity), now
        self.reminders = stage.reminder

    def next(self, remind_ms: int) -> tuple[Stage, int] | None:
        """(what is to be told next, since or from when); None: nothing, until the alert changes."""
        alert = self.alert
        if self.said != (alert.state, alert.severity):
            return Stage(alert.id, alert.state, alert.severity), self.since
        if alert.state != "firing":
            return None
        patience = 1 if alert.severity == "emergency" else 2 ** min(self.reminders, DOUBLINGS_MAX)
        times = [self.said_at + remind_ms * patience] if remind_ms else []
        if alert.snoozed_until is not None and alert.snoozed_until > self.said_at:
            times.append(alert.snoozed_until)  # who puts it off asks to be told again
        if not times:
            return None
        return Stage(alert.id, alert.state, alert.severity, self.reminders + 1), min(times)


class Recipient:
    """An output and its log: who is told what by whom else is none of its business."""

    def __init__(self, policy: OutputPolicy, timezone: str) -> None:
        self.policy = policy
        self.live: dict[str, Entry] = {}
        self.over: dict[str, Entry] = {}
        """Resolved, and not told so yet: the longest ago first."""
        self.flaps_max = policy.flaps_max or FIRINGS_MAX + 1
        self.dropped = 0
        """Alerts it was not told the end of, because there were too many, or because it took too long."""
        self.failing_since: int | None = None
        self._quiet = None if policy.quiet is None else BusinessClock(policy.quiet, timezone)
        self._last: dict[str, int] = {}
        """When each group was last told something, as far as it matters."""
        self._ordinary: deque[int] = deque(maxlen=policy.storm_max)
        self._emergencies: deque[int] = deque(maxlen=policy.storm_max)
        """When the latest messages were sent; those that told of a new emergency have a share of their own."""
        self._warned: dict[About, Severity] = {}
        """What it was told to be flapping, and with which severity."""

    def concerns(self, alert: Alert) -> bool:
        """Whether rule and severity are among those it is told of. Whether the subject is, is not asked here."""
        policy = self.policy
        if policy.only_oncall:
            return False
        if policy.audience == "public" and alert.rule.scope not in PUBLIC_SCOPES:
            return False
        if RANKS.index(alert.severity) < RANKS.index(policy.severity_min):
            return False
        return any_fits(alert.rule.name, policy.rules)

    # The log

    def heed(self, alert: Alert, firings: int, now: int) -> Entry:
        """An alert that concerns it has fired, was raised or taken in hand."""
        if firings < self.flaps_max:
            self._warned.pop(about(alert), None)  # it flaps no more: the next time is news again
        entry = self.live.setdefault(alert.id, Entry(alert, now, firings))
        entry.since = now
        return entry

    def resolve(self, entry: Entry, now: int) -> None:
        """An alert it was told of, or is owed, is resolved."""
        entry.since = now
        self.over[entry.alert.id] = self.live.pop(entry.alert.id)
        while len(self.over) > OVER_MAX or now - next(iter(self.over.values())).since > OVER_MS:
            self.drop(next(iter(self.over.values())))
            self.dropped += 1

    def entries(self) -> Iterator[Entry]:
        """Everything it knows or is to know."""
        yield from self.live.values()
        yield from self.over.values()

    def entry(self, alert_id: str) -> Entry | None:
        """What it knows of this alert."""
        return self.live.get(alert_id) or self.over.get(alert_id)

    def say(self, entry: Entry, stage: Stage, now: int) -> None:
        """It has taken this."""
        entry.say(stage, now)
        if stage.state == "resolved":
            self.drop(entry)
        elif entry.firings >= self.flaps_max:
            self._warned[about(entry.alert)] = stage.severity

    def drop(self, entry: Entry) -> None:
        """There is nothing more to tell it of this alert."""
        key, id_ = about(entry.alert), entry.alert.id
        self.live.pop(id_, None)
        self.over.pop(id_, None)
        if key in self._warned and not any(about(other.alert) == key for other in self.entries()):
            del self._warned[key]  # it has been calm, and the output knows

    def count(self, stages: Collection[Stage], groups: Collection[str], now: int) -> None:
        """It has taken a message that said these stages, of alerts of these groups."""
        sent = self._emergencies if any(stage.is_new_emergency for stage in stages) else self._ordinary
        sent.append(now)
        if len(stages) < self.policy.alerts_max:  # what was left off waits for nobody
            self._last.update(dict.fromkeys(groups, now))
        interval_ms = self.policy.group_interval_ms
        self._last = {group: at for group, at in self._last.items() if now - at < interval_ms}

    # When it may be told

    def earliest(self, entry: Entry, stage: Stage, own: int, group: str) -> int:
        """When something that is to be told since, or from, `own` may be told, whatever mutes it."""
        free = self._free_from(is_emergency=stage.is_new_emergency)
        if stage.is_new_emergency or (stage.state == "firing" and (entry.is_worse or entry.is_immediate)):
            return max(own, free)
        following = self._last[group] + self.policy.group_interval_ms if group in self._last else 0
        wait_ms = 0 if stage.reminder else self.policy.group_wait_ms  # other reminders are said with it anyway
        return max(own + wait_ms, following, free)

    def _free_from(self, *, is_emergency: bool) -> int:
        """When the next message may be sent: in a storm, so many in a minute; of emergencies past that, one by one."""
        sent, most = self._sent(is_emergency=is_emergency), self.policy.storm_max
        if len(sent) < most:
            return 0
        free = sent[0] + MINUTE_MS
        return min(free, sent[-1] + MINUTE_MS // most) if is_emergency else free

    def is_storm(self, now: int, *, is_emergency: bool) -> bool:
        """Whether this is the last message for a while: it tells everything."""
        sent, most = self._sent(is_emergency=is_emergency), self.policy.storm_max
        return len(sent) >= most - 1 and (most == 1 or sent[1 - most] > now - MINUTE_MS)

    def _sent(self, *, is_emergency: bool) -> deque[int]:
        return self._emergencies if is_emergency else self._ordinary

    def quiet(self, now: int) -> tuple[bool, int | None]:
        """(whether these are its quiet hours, when that changes; None: it has none)."""
        return (False, None) if self._quiet is None else self._quiet.change_after(now)

    def is_warned(self, alert: Alert) -> bool:
        """It knows that this flaps, and no worse than it knows."""
        warned = self._warned.get(about(alert))
        return (
            warned is not None and alert.state != "acknowledged" and RANKS.index(alert.severity) <= RANKS.index(warned)
        )
