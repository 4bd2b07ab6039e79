"""Replay: recorded input through the engine that runs live, at any speed, and the report of what the floor was like."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from heapq import merge
from operator import itemgetter
from pathlib import Path

from floorwatch.alerts.lifecycle import AlertChange
from floorwatch.clock import ScaledClock
from floorwatch.engine import Engine
from floorwatch.floor.events import Event
from floorwatch.floor.internal import NO_FEEDS
from floorwatch.floor.oncall import OnCall
from floorwatch.floor.settings import Settings
from floorwatch.ingest.clocks import SourceClocks
from floorwatch.ingest.open import UnusableInputError, open_recording
from floorwatch.ingest.source import Delivery, InputCounts, Recording, summed
from floorwatch.report import Json, build_report
from floorwatch.store.journal import read
from floorwatch.store.recover import decode

Progress = Callable[[int, int], None]
"""(events delivered, engine time in ms)."""

PROGRESS_EVERY = 2_000


def replay(
    inputs: Sequence[Path],
    settings: Settings,
    *,
    schedule: Iterable[Event] = (),
    input_format: str = "auto",
    speed: float | None = None,
    until: int | None = None,
    progress: Progress | None = None,
) -> Json:
    """The report of these inputs together. `speed` None is as fast as possible, 1 is real time.

    `until`: of what had been told by this instant, at which the books are closed; None is the last fact's.

    `schedule` is in force from the start: what `ingest.schedule` has read, as events.

    A folder is a journal: it shows again what the daemon that wrote it showed, and so stands alone.

    Raises `ingest.open.UnusableInputError` for an input that cannot be read as anything known.
    """
    recordings = recordings_of(inputs, settings, input_format)
    engine = run(recordings, settings, schedule=schedule, speed=speed, until=until, progress=progress)
    return build_report(engine, summed(recording.counts for recording in recordings), until)


def recordings_of(inputs: Sequence[Path], settings: Settings, input_format: str = "auto") -> list[Recording]:
    """The inputs, opened. Raises `ingest.open.UnusableInputError` for one that cannot be read as anything known."""
    interfaces = {device: name for name, agent in settings.agents.items() for device in agent.interfaces}
    journals = [path for path in inputs if path.is_dir()]
    if journals and len(inputs) > 1:
        raise UnusableInputError(f"{journals[0]} is a folder, so a journal; it is replayed alone")
    recordings: list[Recording] = [JournalRecording(path) for path in journals]
    recordings += [
        open_recording(path, input_format, interfaces=interfaces, timezone=settings.timezone)
        for path in inputs
        if path not in journals
    ]
    return recordings


def run(
    recordings: Sequence[Recording],
    settings: Settings,
    *,
    schedule: Iterable[Event] = (),
    speed: float | None = None,
    until: int | None = None,
    progress: Progress | None = None,
    heard: Callable[[AlertChange], None] = lambda change: None,
) -> Engine:
    """The engine after everything was applied, every tick up to the last arrival run. `heard`: told of each change.

    `until`: only what had arrived by this instant was applied, and every tick up to it run.
    """
    if not isinstance(recordings[0], JournalRecording):  # only a journal says who was on call; else all would be nobody
        settings = replace(settings, oncall=OnCall())
    engine = Engine(settings)
    engine.plan(schedule)
    advance, apply = engine.advance, engine.apply
    n = 0
    for applied_at, event in paced(deliveries(recordings), speed):
        if until is not None and applied_at > until:
            break
        for change in advance(applied_at):
            heard(change)
        apply(event)
        n += 1
        if progress is not None and n % PROGRESS_EVERY == 0:
            progress(n, applied_at)
    for change in advance(max(engine.now, until or 0)):  # what the last event brought about
        heard(change)
    if progress is not None:
        progress(n, engine.now)
    return engine


def deliveries(recordings: Sequence[Recording]) -> Iterator[Delivery]:
    """Everything in order of arrival; of one instant, in the order in which the inputs were named."""
    first, *others = recordings
    if isinstance(first, JournalRecording):
        return first.deliveries()
    if not others:
        return in_our_time(first.deliveries())
    return in_our_time(merge(*(recording.deliveries() for recording in recordings), key=itemgetter(0)))


class JournalRecording:
    """What a daemon has journalled, as it was applied: a `Recording`. Its own events come with it.

    `source`: only what was told by this one, or of it.
    """

    def __init__(self, folder: Path, source: str | None = None) -> None:
        self._folder = folder
        self._source = source
        self.counts = InputCounts()

    def deliveries(self) -> Iterator[Delivery]:
        """Every entry. Raises `DamagedJournalError` and `sqlite3.Error`: what was promised to be there is not."""
        for entry in read(self._folder):
            event = decode(entry.event)
            if self._source in (None, event.source):
                self.counts.read += event.source not in NO_FEEDS  # what people and we ourselves said was read nowhere
                yield entry.applied_at, event


def in_our_time(arriving: Iterable[Delivery]) -> Iterator[Delivery]:
    """The same deliveries as they would be journalled live: the times of a source whose clock is off are corrected.

    Events that were written down without their arrival say nothing about any clock; an ordered stream does.
    """
    clocks = SourceClocks()
    for applied_at, event in arriving:
        if event.received is None and not event.seq:
            yield applied_at, event
            continue
        for said in clocks.hear(event, applied_at):
            yield applied_at, said


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
