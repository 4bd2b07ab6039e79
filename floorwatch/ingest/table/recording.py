"""A stored table, replayed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from zoneinfo import ZoneInfo

from floorwatch.floor.events import Event
from floorwatch.ingest.file_lines import DamagedFileError, read_lines
from floorwatch.ingest.source import Delivery, InputCounts, OnReject, described
from floorwatch.ingest.table.protocol import LINE_BYTES_MAX, UNSEEN, Header, Row, UnusableLineError
from floorwatch.ingest.table.translate import in_order


class TableRecording:
    """A neutral table, plain or gzip: an `ingest.source.Recording`. Engine time is the time of the facts.

    `timezone`: of times without an offset. The header is no line that counts; a file without one is all bad lines.
    """

    def __init__(
        self, path: Path, source: str = "table", timezone: str = "UTC", on_reject: OnReject | None = None
    ) -> None:
        self._path = path
        self._source = source
        self._zone = ZoneInfo(timezone)
        self._on_reject = on_reject
        self.counts = InputCounts()

    def deliveries(self) -> Iterator[Delivery]:
        """Every fact at its own time. Bad lines are counted, never raised."""
        arriving = ((_instant(event), event) for event in in_order(self._rows(), self._source))
        return described(arriving, UNSEEN)

    def _rows(self) -> Iterator[Row]:
        header: Header | None = None
        try:
            for line in read_lines(self._path, LINE_BYTES_MAX + 1):
                if not line.strip():
                    continue
                try:
                    if header is None:
                        header = Header(line)
                        continue
                    row = header.row(line, self._zone)
                except UnusableLineError as reason:
                    self._reject(str(reason), line)
                    continue
                self.counts.read += 1
                yield row
        except DamagedFileError:
            self._reject("truncated_file", b"")

    def _reject(self, reason: str, line: bytes) -> None:
        self.counts.read += 1
        self.counts.invalid[reason] += 1
        if self._on_reject is not None:
            self._on_reject(reason, line)


def _instant(event: Event) -> int:
    assert isinstance(event.time, int)
    return event.time
