from __future__ import annotations

import time

from floorwatch.clock import ScaledClock
from floorwatch.floor.events import SourceHeartbeat
from simulators.speaker import instant, paced, split_at

START_MS = 1_772_000_000_000


def beats(*offsets_ms: int) -> list[SourceHeartbeat]:
    """Heartbeats at these times after the start."""
    return [SourceHeartbeat(time=START_MS + offset, id=str(n)) for n, offset in enumerate(offsets_ms)]


async def test_events_come_when_the_clock_reaches_them() -> None:
    """At 600 times real time a minute takes a tenth of a second; nothing is delivered before its time."""
    began = time.monotonic()
    events = beats(0, 30_000, 60_000, 60_000, 90_000)
    deliveries = [delivery async for delivery in paced(events, ScaledClock(START_MS, 600))]
    took = time.monotonic() - began
    assert [event for _, event in deliveries] == events
    assert all(applied_at >= instant(event) for applied_at, event in deliveries)
    applied = [applied_at for applied_at, _ in deliveries]
    assert applied == sorted(applied)
    assert 0.14 <= took < 30


async def test_what_is_overdue_comes_at_once_and_at_the_present_instant() -> None:
    """Events of the past are not waited for, and engine time does not run back to them."""
    clock = ScaledClock(START_MS + 3_600_000, 1)
    deliveries = [applied_at async for applied_at, _ in paced(beats(*range(1000)), clock)]
    assert len(deliveries) == 1000
    assert min(deliveries) >= START_MS + 3_600_000


def test_history_and_future_are_the_whole() -> None:
    """Splitting loses nothing, keeps the order, and puts the instant itself into the future."""
    events = beats(0, 10, 20, 20, 30)
    history, live = split_at(events, START_MS + 20)
    assert history == events[:2]
    assert list(live) == events[2:]
    history, live = split_at(events, START_MS + 99)
    assert history == events
    assert list(live) == []
