"""The clocks of the sources: how far each is from ours, and their events in our time. Pure.

Events come late but never early, so the smallest `received - time` is the offset of the source's clock plus the
shortest delay. One event proves nothing: it may have been stuck in a queue for a minute, be told from history, or carry
a wild time. What is believed, and when, by what the latest *moments* say (what comes within a second is one moment, and
its smallest difference counts):

    evidence                                                          believed after
    ----------------------------------------------------------------  ------------------------------------
    3 moments agree, all over 2 s earlier than the offset allows      at once: nothing comes early
    3 moments agree and an ordered stream went back by over 10 s      at once: a delay does not turn time back
    10 moments agree, all over 2 s later                              after 10 s: a backlog shrinks meanwhile
    the smallest difference of the last 10 minutes moved by over 1 s  at the end of a minute: drift

An offset of up to 1 s is none: clocks that are kept differ by less, and logs with whole seconds by almost as much.
What the first three rows find is a step of the clock where something else had been found before.

Two clocks under one name would contradict each other for ever. What is believed is kept against an earlier one

- while a quarter of the events of these moments, or half of those of the minutes, still agree with what is believed,
- after three moments as early in ten minutes that were followed by one that is as believed: then it is left to the
  minutes;

and the second and third row lead back to the same later offset once an hour only: then the minutes must say so too.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from typing import NamedTuple, TypeVar

import msgspec
from msgspec.structs import replace

from floorwatch.floor import events as e
from floorwatch.floor.events import Event
from floorwatch.floor.internal import NO_FEEDS, SourceBackfilled, SourceClock, SourceDescribed

Part = TypeVar("Part", bound=msgspec.Struct)

MOMENT_MS = 1_000
AGREE_MS = 1_500
"""Differences that agree: whole seconds are cut by up to one, and a file is looked at now and then."""
STEP_MS = 2_000
LEAST_MS = 1_000
BACK_MS = 10_000
"""An adapter may tell a fact some seconds after it, when nothing better has come: that is no step."""
SURE_MOMENTS = 3
MOMENTS = 10
MINUTE_MS = 60_000
MINUTES = 10
ODD_MOMENTS = 3
LATER_AGAIN_MS = 3_600_000
DRIFT_MINUTES, DRIFT_MOMENTS = 5, 40
"""Without so many minutes, and moments, of the last ten the smallest difference is an accident of rare traffic."""
SOURCES_MAX = 1_000
"""Sources watched; a feed that gives each event a source of its own must not fill the memory."""

_OURS = frozenset((SourceClock, e.ScheduleLoaded))
_EITHER = frozenset(
    (
        *(e.SourceUp, e.SourceDown, e.SourceGap, e.SourceHeartbeat, e.FloorReported),
        *(SourceDescribed, SourceBackfilled),
    )
)
"""Said by the source in its time, or by us of the source in ours: no evidence of its clock."""


class _Heard(NamedTuple):
    """A moment, or a minute of them."""

    at: int
    """When received: the instant of its first event in ms, or the number of the minute."""
    late_ms: int
    """The smallest difference."""
    events: int
    believed: int
    """Of these events, those that agree with what was believed when they came."""
    moments: int = 1


class ClockOffset:
    """Finds how far the clock of one source is behind ours, in bounded memory."""

    __slots__ = (
        "_began_ms",
        "_believed",
        "_events",
        "_is_known",
        "_least_ms",
        "_led",
        "_minutes",
        "_moments",
        "_odd",
        "offset_ms",
    )

    def __init__(self, offset_ms: int | None = None) -> None:
        self.offset_ms = offset_ms or 0
        """What is believed now, in ms; 0 up to a second. Negative: its clock is ahead of ours."""
        self._is_known = offset_ms is not None
        """The offset (also 0) was found and not assumed, so that a sudden difference is a step."""
        self._began_ms = -MOMENT_MS
        self._least_ms = 0
        self._events = self._believed = 0
        self._moments: deque[_Heard] = deque(maxlen=MOMENTS)
        """The latest that are over."""
        self._minutes: deque[_Heard] = deque(maxlen=MINUTES)
        """Those in which something was heard."""
        self._odd: deque[tuple[int, int]] = deque(maxlen=MOMENTS)
        """(when received, smallest difference) of moments that were too early, and the next was as believed."""
        self._led: deque[tuple[int, int]] = deque(maxlen=MOMENTS)
        """(when, where) moments led, or would have led, from a known offset to a later one."""

    def observe(self, time_ms: int, received_ms: int, *, ordered: bool = False) -> bool | None:
        """Hear an event. None while the offset stays; when it changed, whether the clock was set (and not drifted).

        `ordered`: of this stream, a later event never has an earlier time, unless the clock was set.
        """
        late_ms = received_ms - time_ms
        if received_ms - self._began_ms < MOMENT_MS:
            self._events += 1
            self._believed += self._is_believed(late_ms)
            if late_ms < self._least_ms:
                self._least_ms = late_ms
            return None
        changed = self._judge(ordered) if self._began_ms >= 0 else None
        self._began_ms, self._least_ms = received_ms, late_ms
        self._events, self._believed = 1, int(self._is_believed(late_ms))
        return changed

    def _is_believed(self, late_ms: int) -> bool:
        return -LEAST_MS <= late_ms - self.offset_ms <= AGREE_MS

    def _judge(self, ordered: bool) -> bool | None:
        """A moment is over: what follows from it."""
        if self._moments and self._is_believed(self._least_ms):
            before = self._moments[-1]
            if before.late_ms < self.offset_ms - STEP_MS:
                self._odd.append((before.at, before.late_ms))
        self._moments.append(_Heard(self._began_ms, self._least_ms, self._events, self._believed))
        set_to_ms = self._set_to(ordered)
        if set_to_ms is not None:
            stepped, self._is_known = self._is_known, True
            self._minutes.clear()
            self._count()
            self.offset_ms = _offset(set_to_ms)
            return stepped
        drifted_to_ms = self._drifted_to() if self._count() else None
        if drifted_to_ms is None:
            return None
        self._is_known = True
        if abs(_offset(drifted_to_ms) - self.offset_ms) <= LEAST_MS:
            return None
        self.offset_ms = _offset(drifted_to_ms)
        return False

    def _set_to(self, ordered: bool) -> int | None:
        """How far off a clock that is not as believed is now, if there is proof."""
        latest = list(self._moments)[-SURE_MOMENTS:]
        if len(latest) < SURE_MOMENTS:
            return None
        agreed_ms = _agreed(latest)
        if agreed_ms is not None:
            if max(moment.late_ms for moment in latest) < self.offset_ms - STEP_MS:
                return None if _believed(latest) >= 0.25 or self._is_odd(agreed_ms) else agreed_ms
            if ordered and agreed_ms > self.offset_ms + STEP_MS and self._went_back(latest):
                return self._led_to(agreed_ms)
        return self._later()

    def _is_odd(self, late_ms: int) -> bool:
        """Whether so early a time has come and gone again and again: another clock, and not this one that was set."""
        return _alike(self._odd, late_ms, self._began_ms - MINUTES * MINUTE_MS) >= ODD_MOMENTS

    def _later(self) -> int | None:
        """To where ten moments lead."""
        if len(self._moments) < MOMENTS:
            return None
        agreed_ms = _agreed(list(self._moments))
        if agreed_ms is None:
            return None
        if agreed_ms > self.offset_ms + STEP_MS:
            return self._led_to(agreed_ms)
        self._is_known = True
        return None

    def _led_to(self, late_ms: int) -> int | None:
        """This later offset, if from one that was known it has not been come to before within the hour."""
        if not self._is_known:
            return late_ms
        is_again = _alike(self._led, late_ms, self._began_ms - LATER_AGAIN_MS) > 0
        self._led.append((self._began_ms, late_ms))
        return None if is_again else late_ms

    def _went_back(self, latest: list[_Heard]) -> bool:
        """Whether these moments are earlier, by the source's own clock, than the one before them."""
        if len(self._moments) <= len(latest):
            return False
        before, first = self._moments[-len(latest) - 1], latest[0]
        return first.at - first.late_ms < before.at - before.late_ms - BACK_MS

    def _count(self) -> bool:
        """Book the latest moment in its minute; whether a minute has just begun."""
        moment = self._moments[-1]
        minute = moment.at // MINUTE_MS
        if not self._minutes or self._minutes[-1].at != minute:
            self._minutes.append(moment._replace(at=minute))
            return True
        booked = self._minutes.pop()
        self._minutes.append(
            _Heard(
                minute,
                min(booked.late_ms, moment.late_ms),
                booked.events + moment.events,
                booked.believed + moment.believed,
                booked.moments + 1,
            )
        )
        return False

    def _drifted_to(self) -> int | None:
        """The smallest difference of the last ten minutes, but for one wild time; None of too little, or of scatter."""
        minute = self._minutes[-1].at
        heard = [one for one in self._minutes if minute - MINUTES <= one.at < minute]
        if len(heard) < DRIFT_MINUTES or sum(one.moments for one in heard) < DRIFT_MOMENTS:
            return None
        leasts_ms = sorted(one.late_ms for one in heard)
        smallest_ms = leasts_ms[1]
        if smallest_ms < self.offset_ms and _believed(heard) >= 0.5:
            return self.offset_ms
        near = sum(abs(least_ms - smallest_ms) <= AGREE_MS for least_ms in leasts_ms)
        return smallest_ms if 2 * near >= len(leasts_ms) else None


def _offset(late_ms: int) -> int:
    return late_ms if abs(late_ms) > LEAST_MS else 0


def _agreed(moments: list[_Heard]) -> int | None:
    """The smallest difference of moments that agree."""
    lates_ms = [moment.late_ms for moment in moments]
    least_ms = min(lates_ms)
    return least_ms if max(lates_ms) - least_ms <= AGREE_MS else None


def _alike(remembered: deque[tuple[int, int]], late_ms: int, since_ms: int) -> int:
    """How often a difference that agrees with this one has been remembered since."""
    return sum(at >= since_ms and abs(then_ms - late_ms) <= AGREE_MS for at, then_ms in remembered)


def _believed(heard: list[_Heard]) -> float:
    """The share of these events that agree with what is believed, whatever the earliest say."""
    return sum(one.believed for one in heard) / sum(one.events for one in heard)


class SourceClocks:
    """The stage between the inbox and the journal: what arrives, in our time."""

    def __init__(self, offsets_ms: Mapping[str, int] | None = None, *, sources_max: int = SOURCES_MAX) -> None:
        """`offsets_ms`: what is known already, by source, as after a restart.

        `sources_max`: how many are watched. None with 0: on a clock that runs faster than time, a jitter of the machine
        would look like an offset.
        """
        self._sources_max = sources_max
        self._clocks = {source: ClockOffset(offset_ms) for source, offset_ms in (offsets_ms or {}).items()}

    def offset_ms(self, source: str) -> int:
        """How far this source's clock is behind ours; 0 when it is not, or nobody knows."""
        clock = self._clocks.get(source)
        return 0 if clock is None else clock.offset_ms

    def hear(self, event: Event, received_ms: int) -> tuple[Event, ...]:
        """What is to be journalled and applied for this arrival, in our time: first, if so, that its clock is off."""
        kind = type(event)
        if kind in _OURS or event.source in NO_FEEDS:
            return (event,)
        source = event.source or ""
        clock = self._clocks.get(source)
        if clock is None:
            if len(self._clocks) >= self._sources_max:
                return (event,)
            clock = self._clocks[source] = ClockOffset()
        if kind not in _EITHER:
            time_ms: int = event.time  # type: ignore[assignment]  # an integer, past the readers
            stepped = clock.observe(time_ms, received_ms, ordered=event.seq > 0)
            if stepped is not None:
                said = SourceClock(time=received_ms, source=source, offset_ms=clock.offset_ms, stepped=stepped)
                return said, in_our_time(event, clock.offset_ms, received_ms)
        return (in_our_time(event, clock.offset_ms, received_ms),) if clock.offset_ms else (event,)


def in_our_time(event: Event, offset_ms: int, received_ms: int) -> Event:
    """The event with its times moved by the offset of its source's clock; as it is, where it is in our time already."""
    if not offset_ms:
        return event
    if isinstance(event, SourceBackfilled):
        return _backfill_in_our_time(event, offset_ms)
    if type(event) in _EITHER and _is_ours(event, offset_ms, received_ms):
        return event
    time_ms: int = event.time  # type: ignore[assignment]
    if isinstance(event, e.SourceGap):
        # Its beginning may be what we remember, in our time: rather mark too much than too little.
        since_ms: int = event.since  # type: ignore[assignment]
        return replace(event, time=time_ms + offset_ms, since=min(since_ms, since_ms + offset_ms))
    if isinstance(event, e.FloorReported):
        lists = {
            name: tuple(_moved(part, ("since",), offset_ms) for part in getattr(event, name))
            for name in ("waiting", "talking", "members", "states")
        }
        return replace(event, time=time_ms + offset_ms, **lists)
    return replace(event, time=time_ms + offset_ms)


def _backfill_in_our_time(event: SourceBackfilled, offset_ms: int) -> SourceBackfilled:
    """The visits of the switch's own log; the span they cover holds the gap, in whichever time that was marked."""
    visits = tuple(
        _moved(
            replace(visit, declined=tuple(_moved(decline, ("at",), offset_ms) for decline in visit.declined)),
            ("entered_at", "left_at", "ended_at"),
            offset_ms,
        )
        for visit in event.visits
    )
    since_ms = min(event.since, event.since + offset_ms)
    return replace(event, since=since_ms, until=max(event.until, event.until + offset_ms), visits=visits)


def _is_ours(event: Event, offset_ms: int, received_ms: int) -> bool:
    """Which clock a fact of the connection is nearer to; that we were not running is always said by ours."""
    if isinstance(event, e.SourceDown) and event.reason == "not_running":
        return True
    late_ms = received_ms - int(event.time)  # type: ignore[arg-type]
    return abs(late_ms) < abs(late_ms - offset_ms)


def _moved(part: Part, moments: tuple[str, ...], offset_ms: int) -> Part:
    times = {name: getattr(part, name) for name in moments}
    return replace(part, **{name: at + offset_ms for name, at in times.items() if at is not None})
