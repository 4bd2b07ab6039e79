"""Forward leaps of recorded time: a wrong year in one line must not carry the whole replay with it.

A recording has no clock beside it to say what is impossible, so an event that leaps ahead waits for the next one of
its source: if that lies as far ahead, the leap was a night or a weekend; if not, the one event was wrong.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from floorwatch.floor.events import Event

LEAP_MS = 3_600_000
"""The longest step ahead that is taken at once."""
STRAY_FIRST_MS = 86_400_000
"""A recording's first event has nothing to leap from: it is wrong when the second is older by more than this."""


class LeapGuard:
    """Admits events in order, holding back one that leaps until the next of its source confirms it.

    Without `received` it is the event's `time` that may not leap, source by source; with it, `received`, which moves
    engine time, unless `time` says the same. What is never confirmed goes to `set_aside`.
    """

    def __init__(self, set_aside: Callable[[Event], None]) -> None:
        self._set_aside = set_aside
        self._ceilings: dict[str | None, int] = {}
        """By source (None: `received`), the latest stamp that passes; 0 while an event is held."""
        self._held: dict[str | None, tuple[int, list[Event]]] = {}
        """The ceiling before the leap, and the event that waits, with its repeats."""

    def passes(self, event: Event) -> bool:
        """Whether the event may go on at once, the normal case; otherwise `weigh` says what may."""
        key, stamp = _clock_of(event)
        ceiling = self._ceilings.get(key, 0)
        if stamp > ceiling:
            return False
        if stamp + LEAP_MS > ceiling:
            self._ceilings[key] = stamp + LEAP_MS
        return True

    def weigh(self, event: Event) -> list[Event]:
        """What may go on now that this event has come: the one held before it, it, both or neither."""
        key, stamp = _clock_of(event)
        admitted: list[Event] = []
        if key in self._held:
            ceiling, waiting = self._held[key]
            if event.id is not None and event.id == waiting[0].id:
                waiting.append(event)
                return admitted
            del self._held[key]
            leapt_to = _clock_of(waiting[0])[1]
            if stamp >= leapt_to - LEAP_MS:
                admitted += waiting
                ceiling = leapt_to + LEAP_MS
            else:
                self._drop(waiting)
        else:
            ceiling = self._ceilings.get(key, stamp)
        if stamp <= ceiling or (key is None and _told_by_time(event, stamp)):
            admitted.append(event)
            self._ceilings[key] = max(ceiling, stamp + LEAP_MS)
        else:
            self._held[key] = (ceiling, [event])
            self._ceilings[key] = 0
        return admitted

    def close(self) -> None:
        """The recording has ended: what still waits was never confirmed."""
        for _, waiting in self._held.values():
            self._drop(waiting)
        self._held.clear()

    def _drop(self, waiting: list[Event]) -> None:
        for event in waiting:
            self._set_aside(event)


def without_stray_first(events: Iterator[Event], set_aside: Callable[[Event], None]) -> Iterator[Event]:
    """The events without the first one where the second shows that it lies in the future."""
    first, second = next(events, None), next(events, None)
    if first is not None:
        if second is not None and _is_ahead(first, second):
            set_aside(first)
        else:
            yield first
    if second is not None:
        yield second
    yield from events


def _is_ahead(first: Event, second: Event) -> bool:
    key, stamp = _clock_of(first)
    other_key, other_stamp = _clock_of(second)
    return key == other_key and stamp - other_stamp > STRAY_FIRST_MS


def _clock_of(event: Event) -> tuple[str | None, int]:
    """Which clock moves with this event, and where to. Times are integers here, past the reader."""
    if event.received is None:
        return event.source, event.time  # type: ignore[return-value]
    return None, event.received  # type: ignore[return-value]


def _told_by_time(event: Event, received: int) -> bool:
    return isinstance(event.time, int) and received - event.time <= LEAP_MS
