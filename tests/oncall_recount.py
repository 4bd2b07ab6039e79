"""Who is on call, and who is told what and when, counted again by brute force from the words of docs/oncall.md.

It reads the configuration as plain YAML, goes minute by minute where rotas are concerned and tick by tick where people
are told, and shares no code with what it is compared with: neither `floor.rota` nor `alerts.oncall`.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from fnmatch import fnmatchcase
from functools import cache, lru_cache
from itertools import accumulate
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

MINUTE_MS = 60_000
DAY_MS = 86_400_000
_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_WALL_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 - a reading has no zone

Yaml = Mapping[str, Any]
People = tuple[str, ...]


@lru_cache(maxsize=64)
def _readings(zone: str, first: int, last: int) -> tuple[list[int], list[int]]:
    """What the clock on the wall reads in each minute of [`first`, `last`), in minutes since 1970 as if it had no zone;
    and the latest that it has read up to then, which is more while it repeats an hour.
    """
    at_zone = ZoneInfo(zone)
    read = [
        (datetime.fromtimestamp(minute * 60, UTC).astimezone(at_zone).replace(tzinfo=None) - _WALL_EPOCH)
        // timedelta(minutes=1)
        for minute in range(first, last)
    ]
    return read, list(accumulate(read, max))


class Wall:
    """The clock on a wall, from a day before `since` to a day after `until` (milliseconds)."""

    def __init__(self, zone: str, since: int, until: int) -> None:
        self._first = since // MINUTE_MS - 1_440
        self._read, self._latest = _readings(zone, self._first, until // MINUTE_MS + 1_440)

    def reads(self, at: int) -> int:
        """Minutes since 1970 as if there were no zones."""
        return self._read[at // MINUTE_MS - self._first]

    def has_read(self, at: int) -> int:
        """The latest it has read up to then: what comes at 02:30 has come once it has read 02:30 or more."""
        return self._latest[at // MINUTE_MS - self._first]


@cache
def _day(typed: str) -> int:
    """Days from 1970 to a date."""
    return (date.fromisoformat(typed) - date(1970, 1, 1)).days


@cache
def _wall_minute(typed: str) -> int:
    return (datetime.fromisoformat(typed) - _WALL_EPOCH) // timedelta(minutes=1)


def _minute_of_day(typed: str) -> int:
    hour, minute = typed.split(":")
    return int(hour) * 60 + int(minute)


@cache
def _week(typed: tuple[tuple[str, str], ...]) -> list[list[tuple[int, int]]]:
    """The spans of each day of the week, in minutes after its midnight."""
    week: list[list[tuple[int, int]]] = [[] for _ in _DAYS]
    for days, times in typed:
        first, _, last = ("mon-sun" if days == "daily" else days).partition("-")
        at, end = _DAYS.index(first), _DAYS.index(last or first)
        spans = []
        for span in times.split(","):
            since, until = map(_minute_of_day, span.strip().split("-"))
            spans.append((since, until if until > since else until + 1_440))
        while True:
            week[at] = spans
            if at == end:
                break
            at = (at + 1) % 7
    return week


def within_hours(typed: Mapping[str, str], reads: int) -> bool:
    """Whether a time is within these hours; what goes past midnight belongs to the day it begins on."""
    week = _week(tuple(typed.items()))
    day, minute = divmod(reads, 1_440)
    weekday = (day + 3) % 7  # 1970 began on a Thursday
    return any(since <= minute < until for since, until in week[weekday]) or any(
        since <= minute + 1_440 < until for since, until in week[weekday - 1]
    )


def _of_layer(layer: Yaml, wall: Wall, at: int) -> People:
    entries = [[entry] if isinstance(entry, str) else list(entry) for entry in layer["people"]]
    if "hours" in layer and not within_hours(layer["hours"], wall.has_read(at)):
        return ()
    handover = _minute_of_day(str(layer.get("handover", "00:00")).split()[-1])
    since = None if "from" not in layer else _day(layer["from"]) * 1_440 + handover
    if since is not None and wall.has_read(at) < since:
        return ()
    if "rotate" not in layer:
        return tuple(person for entry in entries for person in entry)
    assert since is not None
    count, unit = {"daily": "1 day", "weekly": "1 week"}.get(layer["rotate"], layer["rotate"]).split()
    days = int(count) * (7 if unit.startswith("week") else 1)
    return tuple(entries[(wall.has_read(at) - since) // (days * 1_440) % len(entries)])


def on_call(rota: Yaml, wall: Wall, at: int) -> People:
    """Who is on call in this minute by what is configured. `wall`: of the rota's time zone."""
    people: People = ()
    for layer in rota.get("layers", ()):
        people = _of_layer(layer, wall, at) or people
    has_read = wall.has_read(at)
    holidays = rota.get("holidays", {})
    if has_read // 1_440 in {_day(typed) for typed in holidays.get("dates", ())}:
        people = tuple(holidays["people"])
    for override in rota.get("overrides", ()):
        if _wall_minute(override["since"]) <= has_read < _wall_minute(override["until"]):
            people = (override["person"],)
    return tuple(dict.fromkeys(people))


def minutes(since: int, until: int) -> Iterable[int]:
    """The instant of each minute."""
    return range(since, until, MINUTE_MS)


# Who is told what, and when


class Fact(NamedTuple):
    """What happened to an alert: `fired`, `raised`, `acknowledged`, `resolved`."""

    at: int
    what: str
    severity: str = ""
    who: str = ""


class Told(NamedTuple):
    """Somebody was to be told something."""

    at: int
    alert: str
    person: str
    kind: str
    key: str


class Sent(NamedTuple):
    """A message with these pages has left; it may have arrived before anybody says so."""

    at: int
    keys: tuple[str, ...]
    output: str


SEVERITIES = ("warning", "critical", "emergency")


@dataclass
class _Climb:
    """One way up, told as docs/oncall.md tells it: a list of instants that is written on while it is walked."""

    number: int
    steps: list[Yaml]
    rounds: int
    next_at: int
    round: int = 1
    step: int = 1
    time: int = 1
    round_began: int = 0
    found_in_round: bool = False
    is_exhausted: bool = False

    def next_step(self) -> None:
        self.step, self.time = self.step + 1, 1
        if self.step <= len(self.steps):
            return
        if self.rounds and self.round == self.rounds:
            self.is_exhausted = True
            return
        if not self.found_in_round:
            self.next_at = max(self.next_at, self.round_began + 60_000)
        self.round, self.step, self.round_began, self.found_in_round = self.round + 1, 1, self.next_at, False


def duration_ms(typed: str) -> int:
    """Milliseconds of `30m`."""
    return int(typed[:-1]) * {"s": 1_000, "m": 60_000, "h": 3_600_000}[typed[-1]]


class AlertRecount:
    """What everybody is to be told of one alert, found by looking at every tick.

    `facts` and `sent`: what has happened, in order. `escalations`: those about its subject, as configured. `is_muted`
    and `people_of` (a rota) are asked of a tick.
    """

    def __init__(
        self,
        alert: str,
        facts: list[Fact],
        sent: list[Sent],
        escalations: Iterable[Yaml],
        is_muted: Callable[[int], bool],
        people_of: Callable[[str, int], People],
    ) -> None:
        self._alert = alert
        self._facts = facts
        # What happens at an instant comes before what the rules make of it at the tick of the same instant.
        self._to_come: deque[Fact | Sent] = deque(sorted([*sent, *facts], key=lambda one: one.at))
        self._escalations = list(escalations)
        self._is_muted = is_muted
        self._people_of = people_of
        self._found: list[Told] = []
        self._climb: _Climb | None = None
        self.severities: dict[int, str] = {}
        """Of the alert while each climb ran, which ends when it changes."""
        self.ends: dict[int, int] = {}
        """When each climb ended."""
        self._state = self._severity = self._who = ""
        self._taken_at = 0
        self._reached: list[str] = []

    def told(self, until: int) -> list[Told]:
        """Everything, up to this instant."""
        for tick in range(-(-self._facts[0].at // 1000) * 1000, until + 1, 1000):
            while self._to_come and self._to_come[0].at <= tick:
                fact = self._to_come.popleft()
                if isinstance(fact, Fact):
                    self._happens(fact)
                else:
                    self._is_sent(fact)
            if self._state == "resolved":
                if not self._to_come:
                    break
            elif self._is_muted(tick):
                self._end(tick)
            else:
                self._begin(tick)
                self._tell(tick)
        return self._found

    def _end(self, at: int) -> None:
        if self._climb is not None:
            self.ends[self._climb.number] = at
        self._climb = None

    def _happens(self, fact: Fact) -> None:
        self._end(fact.at)
        self._state = "firing" if fact.what in ("fired", "raised") else fact.what
        self._severity = fact.severity or self._severity
        if fact.what == "acknowledged":
            self._who, self._taken_at = fact.who, fact.at
        kind = {"acknowledged": "taken", "resolved": "over"}.get(fact.what, "")
        for person in self._reached if kind else ():
            self._say(fact.at, kind, person)

    def _is_sent(self, sent: Sent) -> None:
        for call in [one for one in self._found if one.kind == "call" and one.key in sent.keys]:
            if call.person not in self._reached:
                self._reached.append(call.person)

    def _say(self, at: int, kind: str, person: str) -> None:
        mark = f"taken{self._taken_at}" if kind == "taken" else "over"
        key = f"{self._alert}/{mark}/{person}"
        is_told = any(one.key == key for one in self._found)
        if not is_told and not (kind == "taken" and person == self._who):
            self._found.append(Told(at, self._alert, person, kind, key))

    def _begin(self, tick: int) -> None:
        rule = self._alert.partition("/")[0]
        chosen = _fitting(self._escalations, rule, self._severity)
        if self._climb is not None or chosen is None:
            return
        unresolved_ms = duration_ms(chosen.get("unresolved", "30m"))
        if self._state == "firing" or (unresolved_ms and tick >= self._taken_at + unresolved_ms):
            n = len(self.severities) + 1
            self.severities[n] = self._severity
            self._climb = _Climb(n, chosen["steps"], int(chosen.get("rounds", 3)), tick, round_began=tick)

    def _tell(self, tick: int) -> None:
        climb = self._climb
        while climb is not None and not climb.is_exhausted and climb.next_at <= tick:
            step = climb.steps[climb.step - 1]
            people = _found(step, self._people_of, climb.next_at)
            for person in people:
                key = f"{self._alert}/e{climb.number}.{climb.round}.{climb.step}.{climb.time}/{person}"
                self._found.append(Told(tick, self._alert, person, "call", key))
            climb.found_in_round |= bool(people)
            if not people:
                climb.next_step()
                continue
            climb.next_at += duration_ms(step.get("every", "5m"))
            climb.time += 1
            if climb.time > int(step.get("times", 1)):
                climb.next_step()


def _fitting(escalations: Iterable[Yaml], rule: str, severity: str) -> Yaml | None:
    for escalation in escalations:
        least = escalation.get("severity", "critical")
        rules = escalation.get("rules", ())
        fits = not rules or any(fnmatchcase(rule, pattern) for pattern in rules)
        if fits and SEVERITIES.index(severity) >= SEVERITIES.index(least):
            return escalation
    return None


def is_about(escalation: Yaml, scope: str, subject: str, queues: Mapping[str, Yaml]) -> bool:
    """Whether it is about such a subject: a queue that is chosen, a source that tells of one; all, if none is chosen.

    `queues`: as configured; the source tells of all of them.
    """
    if not any(key in escalation for key in ("queues", "channels", "labels")):
        return True

    def is_chosen(queue: str) -> bool:
        names, channels = escalation.get("queues", ()), escalation.get("channels", ())
        labels = queues[queue].get("labels", {})
        return (
            (not names or any(fnmatchcase(queue, name) for name in names))
            and (not channels or queues[queue].get("channel", "voice") in channels)
            and all(fnmatchcase(labels.get(key, ""), value) for key, value in escalation.get("labels", {}).items())
        )

    if scope == "queue":
        return is_chosen(subject)
    return scope == "source" and any(map(is_chosen, queues))


def _found(step: Yaml, people_of: Callable[[str, int], People], at: int) -> People:
    named: list[str] = []
    for whom in step["tell"]:
        kind, _, name = whom.partition(" ")
        named += [name] if kind == "person" else people_of(name, at)
    return tuple(dict.fromkeys(named))
