"""A stored queue_log, replayed through the translation that also follows a live one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from floorwatch.floor.events import Event
from floorwatch.ingest.file_lines import DamagedFileError, read_lines
from floorwatch.ingest.leaps import LeapGuard, without_stray_first
from floorwatch.ingest.queue_log.protocol import LINE_BYTES_MAX, UNSEEN
from floorwatch.ingest.queue_log.translate import Translator
from floorwatch.ingest.source import Delivery, InputCounts, described


class QueueLog:
    """A queue_log file, plain or gzip: an `ingest.source.Recording`. Engine time is the running maximum of `time`.

    A log that was rotated is several inputs, given in the order they were written.
    """

    def __init__(self, path: Path, source: str = "asterisk", interfaces: Mapping[str, str] | None = None) -> None:
        self._path = path
        self.counts = InputCounts()
        self._translator = Translator(source, interfaces, self.counts)

    def deliveries(self) -> Iterator[Delivery]:
        """Every event with the engine time of its arrival. Bad input is counted, never raised."""
        return described(self._arriving(), UNSEEN)

    def _arriving(self) -> Iterator[Delivery]:
        applied_at = 0
        for event in without_stray_first(self._admitted(), self._set_aside):
            applied_at = max(applied_at, int(event.time))  # type: ignore[arg-type]  # a translator's times are integers
            yield applied_at, event

    def _admitted(self) -> Iterator[Event]:
        """The file's events in order, without those whose time leaps and is not confirmed."""
        guard = LeapGuard(self._set_aside)
        try:
            for line in read_lines(self._path, LINE_BYTES_MAX + 1):
                for event in self._translator.line(line):
                    if guard.passes(event):
                        yield event
                    else:
                        yield from guard.weigh(event)
        except DamagedFileError:
            self.counts.invalid["truncated_file"] += 1
        guard.close()

    def _set_aside(self, _: Event) -> None:
        self.counts.invalid["impossible_time"] += 1
