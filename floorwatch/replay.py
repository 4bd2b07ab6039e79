"""Replay: recorded input through the engine that runs live, at any speed, and the report of what the floor was like."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from heapq import merge
from pathlib import Path

from floorwatch.clock import ScaledClock
from floorwatch.engine import Engine
from floorwatch.floor.settings import Settings
from floorwatch.ingest.open import open_recording
from floorwatch.ingest.source import Delivery, InputCounts, Recording
from floorwatch.report import Json, build_report

Progress = Callable[[int, int], None]
"""(events delivered, engine time in ms)."""

PROGRESS_EVERY = 2_000


def replay(
    inputs: Sequence[Path],
    settings: Settings,
    *,
    input_format: str = "auto",
    speed: float | None = None,
    progress: Progress | None = None,
) -> Json:
    """The report of these inputs together. `speed` None is as fast as possible, 1 is real time.

    Raises `ingest.open.UnusableInputError` for an input that cannot be read as anything known.
    """
    interfaces = {device: name for name, agent in settings.agents.items() for device in agent.interfaces}
    recordings = [open_recording(path, input_format, interfaces=interfaces) for path in inputs]
    engine = run(recordings, settings, speed=speed, progress=progress)
    counts = InputCounts()
    for recording in recordings:
        counts.add(recording.counts)
    return build_report(engine, counts)


def run(
    recordings: Sequence[Recording],
    settings: Settings,
    *,
    speed: float | None = None,
    progress: Progress | None = None,
) -> Engine:
    """The engine after everything was applied, every tick up to the last arrival run."""
    engine = Engine(settings)
    advance, apply = engine.advance, engine.apply
    n = 0
    for applied_at, event in paced(deliveries(recordings), speed):
        advance(applied_at)
        apply(event)
        n += 1
        if progress is not None and n % PROGRESS_EVERY == 0:
            progress(n, applied_at)
    if progress is not None:
        progress(n, engine.now)
    return engine


def deliveries(recordings: Sequence[Recording]) -> Iterator[Delivery]:
    """Everything in order of arrival; of one instant, in the order in which the inputs were named."""
    if len(recordings) == 1:
        return recordings[0].deliveries()
    return merge(*(recording.deliveries() for recording in recordings), key=lambda delivery: delivery[0])


def paced(arriving: Iterator[Delivery], speed: float | None) -> Iterator[Delivery]:
    """The same deliveries, no sooner than a clock at this speed says they arrive."""
    if speed is None:
        yield from arriving
        return
    clock = None
    for applied_at, event in arriving:
        clock = clock or ScaledClock(applied_at, speed)
        time.sleep(clock.seconds_until(applied_at))
        yield applied_at, event
