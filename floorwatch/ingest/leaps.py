"""Leaps of recorded time: a wrong year in one line must not carry the whole replay with it.

A recording has no clock beside it to say what is impossible. So an event that leaps ahead of its source, or ages back,
waits for the next event of that source: if that confirms it, there was a night, a weekend or an older log in the same
file; if not, the one event was wrong.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from floorwatch.floor.events import Event

LEAP_MS = 3_600_000
"""The longest step ahead that is taken at once."""
FIRST_LEAP_MS = 86_400_000
"""The same for a source's first event, which has only the other sources' times to leap from."""
AGES_MS = 31 * 86_400_000
"""The longest step back that is taken at once; and ahead, where `received` and `time` agree. No floor is closed for
longer, and two stamps are seldom wrong alike."""

_RECORDER = None
"""The clock behind `received`, beside those of the sources, which go by their names."""


class LeapGuard:
    """Admits events in order, holding back one that leaps until the next one on the same clock confirms it.

    Without `received`, an event's `time` may not leap ahead; with it, `received` may not, which moves engine time then.
    What is never confirmed goes to `set_aside`. Times are integers, as they are past every reader.
    """

    def __init__(self, set_aside: Callable[[Event], None]) -> None:
        self._set_aside = set_aside
        self._newest: dict[str | None, int] = {}
        """By clock, the latest stamp admitted."""
        self._newest_of_all = 0
        self._held: dict[str | None, list[Event]] = {}
        """By the clock in doubt: the event that waits, with its repeats."""

    def passes(self, event: Event) -> bool:
        """Whether the event may go on at once, the normal case; otherwise `weigh` says what may."""
        newest = self._newest.get(event.source)
        if newest is None or self._held:
            return False
        time: int = event.time  # type: ignore[assignment]
        received: int | None = event.received  # type: ignore[assignment]
        if received is None:
            if not newest - AGES_MS <= time <= newest + LEAP_MS:
                return False
        elif time < newest - AGES_MS or received > self._newest.get(_RECORDER, 0) + LEAP_MS:
            return False
        elif received > self._newest[_RECORDER]:
            self._newest[_RECORDER] = received
        if time > newest:
            self._newest[event.source] = time
            if time > self._newest_of_all:
                self._newest_of_all = time
        return True

    def weigh(self, event: Event) -> list[Event]:
        """What may go on now that this event has come: the one held before it, it, both or neither."""
        admitted: list[Event] = []
        clocks = (event.source,) if event.received is None else (event.source, _RECORDER)
        for clock in clocks:
            waiting = self._held.get(clock)
            if waiting is None:
                continue
            if event.id is not None and event.id == waiting[0].id:
                waiting.append(event)
                return admitted
            del self._held[clock]
            if self._confirms(event, waiting[0], clock):
                self._newest[clock] = _stamp(waiting[0], clock)
                admitted += waiting
            else:
                self._drop(waiting)
        doubtful = [clock for clock in clocks if self._leaps(event, clock)]
        if doubtful:
            self._held[doubtful[0]] = [event]
            return admitted
        for clock in clocks:
            stamp = _stamp(event, clock)
            self._newest[clock] = max(stamp, self._newest.get(clock, 0))
            self._newest_of_all = max(stamp, self._newest_of_all)
        return [*admitted, event]

    def _leaps(self, event: Event, clock: str | None) -> bool:
        """Whether the event is further from what was admitted on this clock than is believed at once."""
        stamp, newest = _stamp(event, clock), self._newest.get(clock)
        if clock is _RECORDER:  # what arrived late in a line of its own is no leap back
            agrees = stamp - _stamp(event, event.source) <= LEAP_MS
            return stamp > (newest or stamp) + (AGES_MS if agrees else LEAP_MS)
        reach_ms = LEAP_MS
        if newest is None:
            newest, reach_ms = self._newest_of_all or stamp, FIRST_LEAP_MS
        return stamp < newest - AGES_MS or (event.received is None and stamp > newest + reach_ms)

    def _confirms(self, event: Event, held: Event, clock: str | None) -> bool:
        """Whether an event lies where the held one leapt to, or beyond."""
        newest, stamp, leapt_to = (
            self._newest.get(clock, self._newest_of_all),
            _stamp(event, clock),
            _stamp(held, clock),
        )
        return stamp >= leapt_to - LEAP_MS if leapt_to > newest else stamp < newest - AGES_MS

    def close(self) -> None:
        """The recording has ended: what still waits was never confirmed."""
        for waiting in self._held.values():
            self._drop(waiting)
        self._held.clear()

    def _drop(self, waiting: list[Event]) -> None:
        for event in waiting:
            self._set_aside(event)


def without_stray_first(events: Iterator[Event], set_aside: Callable[[Event], None]) -> Iterator[Event]:
    """The events without a recording's very first one, where the second shows that it leapt, or lies ages back."""
    first, second = next(events, None), next(events, None)
    if first is not None:
        if second is not None and _is_stray(first, second):
            set_aside(first)
        else:
            yield first
    if second is not None:
        yield second
    yield from events


def _is_stray(first: Event, second: Event) -> bool:
    if first.received is not None and second.received is not None:
        ahead_ms = _stamp(first, _RECORDER) - _stamp(second, _RECORDER)
    elif first.source == second.source:
        ahead_ms = _stamp(first, first.source) - _stamp(second, second.source)
    else:
        return False
    return not -AGES_MS <= ahead_ms <= FIRST_LEAP_MS


def _stamp(event: Event, clock: str | None) -> int:
    stamp = event.received if clock is _RECORDER else event.time
    assert isinstance(stamp, int)
    return stamp
