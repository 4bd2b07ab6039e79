"""The embedded live source: a simulated floor that speaks in step with a clock, with no switch or network between."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable, Iterator
from itertools import chain

from floorwatch.clock import Clock
from floorwatch.floor.events import Event
from floorwatch.ingest.source import Delivery

_BREATH = 200  # events without a pause before other tasks are let in: under a millisecond of work


def instant(event: Event) -> int:
    """The event's time; simulated events carry integer milliseconds."""
    assert isinstance(event.time, int)
    return event.time


def split_at(events: Iterable[Event], start_ms: int) -> tuple[list[Event], Iterator[Event]]:
    """What happened before `start_ms`, to be applied at once, and the rest, still lazy, to be paced."""
    rest = iter(events)
    history: list[Event] = []
    for event in rest:
        if instant(event) >= start_ms:
            return history, chain((event,), rest)
        history.append(event)
    return history, rest


async def paced(events: Iterable[Event], clock: Clock) -> AsyncIterator[Delivery]:
    """Each event when the clock reaches its time, with the engine time of its delivery, which never runs backwards.

    A reader that falls behind gets what is overdue without waiting; nothing is dropped.
    """
    applied_at = 0
    for n, event in enumerate(events, start=1):
        while clock.now_ms() < instant(event):  # noqa: ASYNC110 - a sleep may end early, and the clock may be scaled
            await asyncio.sleep(clock.seconds_until(instant(event)))
        if n % _BREATH == 0:
            await asyncio.sleep(0)
        applied_at = max(applied_at, clock.now_ms())
        yield applied_at, event
