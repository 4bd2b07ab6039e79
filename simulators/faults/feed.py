"""What is told of the true events, and when: the incidents of the feed, applied. Pure, lazy, seeded.

    the fact's own time   in a loss: not told; under a skew: told in the source's wrong time
    its arrival           late, or at once; but before the connection is lost, if it was on its way then
    beside it             the same again some seconds later; a line of nonsense

Each incident draws from a stream of its own, so that one more leaves what the others do alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from heapq import heappop, heappush
from typing import Any, NamedTuple

from msgspec.structs import replace

from floorwatch.floor import events as e
from floorwatch.floor.events import Event
from simulators.chance import Chance
from simulators.faults.floor_now import FloorNow
from simulators.faults.heard import Heard
from simulators.faults.nonsense import nonsense
from simulators.faults.told import APPLIED, DUPLICATE, Told
from simulators.flow.roster import day_starts
from simulators.incidents.model import (
    FEED_KINDS,
    ClockSkew,
    Duplicates,
    FeedIncident,
    FeedLoss,
    Incident,
    LateEvents,
    Malformed,
)

AGAIN_MS = (15, 15_000)
"""A duplicate comes so much later than the first."""
AHEAD_MS_MAX = 300_000
"""A time further ahead of its arrival is impossible, says the event contract."""


def is_faulty(incidents: Iterable[Incident]) -> bool:
    """Whether any of them is one of the feed."""
    return any(isinstance(incident, FEED_KINDS) for incident in incidents)


def tell(
    events: Iterable[Event],
    incidents: Sequence[Incident],
    *,
    seed: int,
    start_ms: int,
    days: int = 1,
    timezone: str = "UTC",
    heard: Heard | None = None,
) -> Iterator[Told]:
    """What reaches the monitor of these true events (in order of time), in order of arrival.

    The first of `days` days begins (its hour 0) at `start_ms`; incidents happen every day, at local time in `timezone`.
    Those of the floor change nothing here; without any of the feed, every event arrives as it happens. `heard` is
    told of every item.
    """
    heard = heard or Heard()
    if not is_faulty(incidents):
        return _as_it_happens(events, heard)
    return _Feed(incidents, seed, day_starts(start_ms, days, timezone), heard).run(events)


def _as_it_happens(events: Iterable[Event], heard: Heard) -> Iterator[Told]:
    for event in events:
        time_ms = _ms(event.time)
        told = Told(time_ms, event)
        heard.hear(told, time_ms)
        yield told


class _Window(NamedTuple):
    """[at, until) of one day's incident, in instants."""

    at_ms: int
    until_ms: int
    incident: FeedIncident
    chance: Chance


class _Feed:
    def __init__(self, incidents: Sequence[Incident], seed: int, starts: Iterable[int], heard: Heard) -> None:
        faults = [incident for incident in incidents if isinstance(incident, FEED_KINDS)]
        self._windows = [
            _Window(
                start_ms + fault.at_ms,
                start_ms + fault.until_ms,
                fault,
                Chance.of(seed, "feed", day, fault.kind, number),
            )
            for day, start_ms in enumerate(starts)
            for number, fault in enumerate(faults)
        ]
        self._losses = _joined((window.at_ms, window.until_ms) for window in self._windows if _is_loss(window))
        self._heard = heard
        self._heard.is_clear = not any(isinstance(fault, ClockSkew) for fault in faults)
        self._floor = FloorNow()
        self._source = ""
        self._lost_until_ms: int | None = None
        """The connection is lost just now."""
        self._unreported_ms: int | None = None
        """It is back since then, and the floor is not reported yet: the facts of that millisecond come first."""
        self._lost = 0
        self._on_the_way: list[tuple[int, int, Told, int]] = []
        """(received, number, told, when it truly happened)."""
        self._sent = 0

    def run(self, events: Iterable[Event]) -> Iterator[Told]:
        now_ms = 0
        for event in events:
            now_ms = _ms(event.time)
            self._source = event.source or ""
            yield from self._connection(now_ms)
            if self._losses or self._lost:
                self._floor.hear(event)
            if self._lost_until_ms is None:
                self._tell(event, now_ms)
            yield from self._arrived(now_ms)
        if self._lost_until_ms is not None:
            yield from self._connection(self._lost_until_ms)
        self._report()
        yield from self._arrived(None)

    def _send(self, received_ms: int, what: Event | bytes, time_ms: int, fate: str = APPLIED) -> None:
        """On its way; what would arrive after the connection is lost has come just before."""
        if self._losses and received_ms > self._losses[0][0]:
            received_ms = self._losses[0][0]
        self._sent += 1
        heappush(self._on_the_way, (received_ms, self._sent, Told(received_ms, what, fate), time_ms))

    def _arrived(self, until_ms: int | None) -> Iterator[Told]:
        """What arrives by this instant; None: everything."""
        while self._on_the_way and (until_ms is None or self._on_the_way[0][0] <= until_ms):
            _, _, told, time_ms = heappop(self._on_the_way)
            self._heard.hear(told, time_ms)
            yield told

    # The connection.

    def _connection(self, now_ms: int) -> Iterator[Told]:
        """Lose it, have it back and report the floor, as far as that is due before the facts of `now_ms`."""
        while True:
            if self._unreported_ms is not None and self._unreported_ms < now_ms:
                self._report()
            elif self._lost_until_ms is not None and self._lost_until_ms <= now_ms:
                at_ms, self._lost_until_ms, self._unreported_ms = self._lost_until_ms, None, self._lost_until_ms
                self._say(e.SourceUp, at_ms)
                self._say(e.SourceGap, at_ms, since=self._heard.losses[-1][0])
            elif self._lost_until_ms is None and self._losses and self._losses[0][0] <= now_ms:
                at_ms, self._lost_until_ms = self._losses[0]
                self._lost += 1
                self._say(e.SourceDown, at_ms, reason="connection_lost")
                yield from self._arrived(at_ms)
                del self._losses[0]
                self._heard.losses.append((at_ms, self._lost_until_ms))
            else:
                return

    def _say(self, kind: type[Event], at_ms: int, **attributes: object) -> None:
        """What the adapter says of the connection, in our time."""
        event = kind(time=at_ms, source=self._source, id=self._id(kind.__struct_config__.tag, at_ms), **attributes)  # type: ignore[arg-type]
        self._send(at_ms, event, at_ms)

    def _report(self) -> None:
        """What the source answers when it is asked for the floor, in its own time."""
        if self._unreported_ms is not None:
            at_ms, self._unreported_ms = self._unreported_ms, None
            report = replace(self._floor.report(at_ms, self._source), id=self._id("floor.reported", at_ms))
            self._send(at_ms, _moved(report, self._skew_ms(at_ms)), at_ms)

    def _id(self, tag: object, at_ms: int) -> str:
        return f"{tag}-{at_ms}"

    # One fact.

    def _tell(self, event: Event, now_ms: int) -> None:
        """Everything that comes of one fact while the connection stands."""
        active = [window for window in self._windows if window.at_ms <= now_ms < window.until_ms]
        told, received_ms = event, now_ms
        if active:
            told = _moved(event, self._skew_ms(now_ms))
            for _, _, incident, chance in active:
                if isinstance(incident, LateEvents) and chance.happens(incident.ratio):
                    received_ms += int(incident.delay.draw(chance))
        is_possible = _ms(told.time) <= received_ms + AHEAD_MS_MAX
        self._send(received_ms, told, now_ms, APPLIED if is_possible else "impossible_time")
        for _, _, incident, chance in active:
            if isinstance(incident, Duplicates) and chance.happens(incident.ratio) and is_possible:
                self._send(received_ms + chance.between(*AGAIN_MS), told, now_ms, DUPLICATE)
            elif isinstance(incident, Malformed) and chance.happens(incident.ratio):
                reason, line = nonsense(told, chance)
                self._send(now_ms, line, now_ms, reason)

    def _skew_ms(self, at_ms: int) -> int:
        """By how much the source's clock is ahead of ours."""
        ahead_ms = 0
        for window in self._windows:
            if isinstance(window.incident, ClockSkew) and window.at_ms <= at_ms < window.until_ms:
                ahead_ms += window.incident.by_ms if window.incident.ahead else -window.incident.by_ms
        return ahead_ms


def _ms(instant: object) -> int:
    assert isinstance(instant, int)  # simulated events carry integer milliseconds
    return instant


def _is_loss(window: _Window) -> bool:
    return isinstance(window.incident, FeedLoss)


def _joined(spans: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """The same time in spans that are in order, and apart."""
    joined: list[tuple[int, int]] = []
    for since_ms, until_ms in sorted(spans):
        if joined and since_ms <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(joined[-1][1], until_ms))
        else:
            joined.append((since_ms, until_ms))
    return joined


def _moved(event: Event, by_ms: int) -> Event:
    """The event as a clock tells it that is ahead by so much."""
    if not by_ms:
        return event
    time_ms = _ms(event.time) + by_ms
    if not isinstance(event, e.FloorReported):
        return replace(event, time=time_ms)
    lists = {
        name: tuple(_part_moved(part, by_ms) for part in getattr(event, name))
        for name in ("waiting", "talking", "members", "states")
    }
    return replace(event, time=time_ms, **lists)


def _part_moved(part: Any, by_ms: int) -> Any:
    return part if part.since is None else replace(part, since=_ms(part.since) + by_ms)
