"""Forward leaps of recorded time: a wrong year in one line must not carry the whole replay with it.

A recording has no clock beside it to say what is impossible, so an event that leaps ahead waits for the next one of
its source: if that lies as far ahead, the leap was a night or a weekend; if not, the one event was wrong.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from floorwatch.floor.events import Event

LEAP_MS = 3_600_000
"""The longest step ahead that is taken at once."""
FIRST_LEAP_MS = 86_400_000
"""The same for a source's first event, which has no time of its own source to leap from, only those of the others."""
AGREED_LEAP_MS = 31 * 86_400_000
"""The same where `received` and `time` agree: no floor is closed for longer, and two stamps are seldom wrong alike."""


class LeapGuard:
    """Admits events in order, holding back one that leaps until the next of its source confirms it.

    Without `received` it is the event's `time` that may not leap, source by source; with it, `received`, which moves
    engine time. What is never confirmed goes to `set_aside`.
    """

    def __init__(self, set_aside: Callable[[Event], None]) -> None:
        self._set_aside = set_aside
        self._newest: dict[str | None, int] = {}
        """The latest stamp admitted, by source (None: `received`)."""
        self._newest_of_all = 0
        self._held: dict[str | None, list[Event]] = {}
        """What waits to be confirmed: one event, with its repeats."""

    def passes(self, event: Event) -> bool:
        """Whether the event may go on at once, the normal case; otherwise `weigh` says what may."""
        key, stamp = _clock_of(event)
        newest = self._newest.get(key)
        if newest is None or stamp > newest + LEAP_MS or key in self._held:
            return False
        if stamp > newest:
            self._newest[key] = stamp
            if stamp > self._newest_of_all:
                self._newest_of_all = stamp
        return True

    def weigh(self, event: Event) -> list[Event]:
        """What may go on now that this event has come: the one held before it, it, both or neither."""
        key, stamp = _clock_of(event)
        waiting = self._held.get(key, [])
        admitted: list[Event] = []
        if waiting:
            if event.id is not None and event.id == waiting[0].id:
                waiting.append(event)
                return admitted
            del self._held[key]
            leapt_to = _clock_of(waiting[0])[1]
            if stamp >= leapt_to - LEAP_MS:
                self._admit(key, leapt_to)
                admitted += waiting
            else:
                self._drop(waiting)
        if stamp <= self._reach(key, event, stamp):
            self._admit(key, stamp)
            admitted.append(event)
        else:
            self._held[key] = [event]
        return admitted

    def _reach(self, key: str | None, event: Event, stamp: int) -> int:
        """The latest stamp that is believed of this event without another's word."""
        newest = self._newest.get(key)
        if newest is None:
            newest, leap_ms = self._newest_of_all or stamp, FIRST_LEAP_MS
        else:
            leap_ms = LEAP_MS
        return newest + (AGREED_LEAP_MS if _agrees(event) else leap_ms)

    def _admit(self, key: str | None, stamp: int) -> None:
        self._newest[key] = max(stamp, self._newest.get(key, 0))
        self._newest_of_all = max(stamp, self._newest_of_all)

    def close(self) -> None:
        """The recording has ended: what still waits was never confirmed."""
        for waiting in self._held.values():
            self._drop(waiting)
        self._held.clear()

    def _drop(self, waiting: list[Event]) -> None:
        for event in waiting:
            self._set_aside(event)


def without_stray_first(events: Iterator[Event], set_aside: Callable[[Event], None]) -> Iterator[Event]:
    """The events without a recording's very first one, where the second shows that it lies in the future."""
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
    return key == other_key and stamp - other_stamp > FIRST_LEAP_MS


def _clock_of(event: Event) -> tuple[str | None, int]:
    """Which clock moves with this event, and where to. Times are integers here, past the reader."""
    if event.received is None:
        return event.source, event.time  # type: ignore[return-value]
    return None, event.received  # type: ignore[return-value]


def _agrees(event: Event) -> bool:
    """Whether the event's two stamps tell much the same time."""
    return isinstance(event.received, int) and isinstance(event.time, int) and event.received - event.time <= LEAP_MS
