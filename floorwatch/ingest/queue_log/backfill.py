"""Back-filling: when the connection to a switch had a gap, its queue_log tells what happened meanwhile.

The log may lag, and nothing tells that it has been written up to an instant but a line later than that. So a gap is
read when such a line has come, tried again until then, and never said to be covered before. A log that begins after
the gap did, or that cannot be read, leaves the gap as it is.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from pathlib import Path

import structlog

from floorwatch.clock import Clock
from floorwatch.floor.events import SourceGap
from floorwatch.floor.internal import BackfilledVisit, SourceBackfilled
from floorwatch.ingest.inbox import Inbox
from floorwatch.ingest.queue_log.rotated import LogTooLongError, lines_since
from floorwatch.ingest.queue_log.visits import GapVisits, in_parts

LOOK_BACK_MS = 4 * 3_600_000
"""A contact that entered earlier than this before the gap is not looked for: its entry was heard live."""
PART_VISITS = 500
"""Visits in one event: some 10 ms of work for the engine."""
WAITS_S = (10, 5, 10, 20, 40, 80, 160, *(300,) * 40)
"""Before each attempt: the first waits for what the stream tells late, the last comes three and a half hours on."""
GAPS_MAX = 100
"""Gaps that wait for the log at a time; of more, the later ones stay open."""

log = structlog.get_logger("floorwatch.ingest.backfill")


class NotCoveredError(Exception):
    """The log does not tell the whole gap; the text says why. `may_come`: it may later."""

    def __init__(self, why: str, *, may_come: bool) -> None:
        super().__init__(why)
        self.may_come = may_come


def read_gap(path: Path, since: int, until: int, interfaces: Mapping[str, str]) -> list[BackfilledVisit]:
    """The visits of the log at `path`, and of its rotated files, that touch [`since`, `until`], in ms.

    Raises `NotCoveredError` unless the log tells the whole of that time, `OSError` when it cannot be read. It may take
    seconds: call it in a thread.
    """
    gap = GapVisits(since, until, interfaces)
    try:
        for line in lines_since(path, since - LOOK_BACK_MS):
            gap.line(line)
            if gap.is_past:
                break
    except LogTooLongError as wrong:
        raise NotCoveredError(str(wrong), may_come=False) from wrong
    if gap.begins_at is not None and gap.begins_at > since:
        raise NotCoveredError("the log begins after the gap did", may_come=False)
    if not gap.is_past:
        raise NotCoveredError("the log has no line yet from after the gap", may_come=True)
    return gap.visits()


def backfill_events(
    source: str, since: int, until: int, visits: Sequence[BackfilledVisit], time_ms: int
) -> list[SourceBackfilled]:
    """The events by which the engine learns of these visits; the gap is covered with the last."""
    parts = in_parts(visits, PART_VISITS)
    return [
        SourceBackfilled(time=time_ms, source=source, since=since, until=until, visits=part, more=number < len(parts))
        for number, part in enumerate(parts, 1)
    ]


class Backfill:
    """Told of the gaps of one source, it puts what the switch's log says of them into the inbox."""

    def __init__(
        self,
        source: str,
        path: Path,
        interfaces: Mapping[str, str],
        clock: Clock,
        *,
        waits_s: Sequence[float] = WAITS_S,
    ) -> None:
        self._source = source
        self._path = path
        self._interfaces = interfaces
        self._clock = clock
        self._waits_s = waits_s
        self._gaps: asyncio.Queue[tuple[int, int]] = asyncio.Queue()
        self._pending = 0

    def gap(self, event: SourceGap) -> None:
        """The source had this gap. Gaps of other sources are none of ours."""
        if event.source == self._source:
            assert isinstance(event.since, int)
            assert isinstance(event.time, int)
            self.missing(event.since, event.time)

    def missing(self, since: int, until: int) -> None:
        """Something is missing from [`since`, `until`], in ms of the switch's clock: also said of a gap of before."""
        if self._pending >= GAPS_MAX:
            log.warning("gap_not_backfilled", source=self._source, since=since, until=until, why="too many gaps")
            return
        self._pending += 1
        self._gaps.put_nowait((since, until))

    async def run(self, inbox: Inbox) -> None:
        """Back-fill gaps as they are told; ends only when it is cancelled."""
        async with asyncio.TaskGroup() as tasks:
            while True:
                since, until = await self._gaps.get()
                tasks.create_task(self._fill(since, until, inbox))

    async def _fill(self, since: int, until: int, inbox: Inbox) -> None:
        gap = {"source": self._source, "since": since, "until": until}
        why, attempts = "", 0
        for attempts, wait_s in enumerate(self._waits_s, 1):
            await asyncio.sleep(wait_s)
            try:
                visits = await asyncio.to_thread(read_gap, self._path, since, until, self._interfaces)
            except NotCoveredError as wrong:
                why = str(wrong)
                if not wrong.may_come:
                    break
            except OSError as wrong:
                if not why:
                    log.warning("backfill_waits", **gap, why=str(wrong))
                why = str(wrong)
            else:
                for event in backfill_events(self._source, since, until, visits, self._clock.now_ms()):
                    await inbox.put(event)
                log.info("gap_backfilled", **gap, visits=len(visits), attempts=attempts)
                self._pending -= 1
                return
        log.warning("gap_not_backfilled", **gap, why=why, attempts=attempts)
        self._pending -= 1
