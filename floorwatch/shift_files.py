"""Shift reports as files: of each turn of a rota one for machines and one for people, written at its hand-over.

What is in the folder is not written again: a report that was made while more was known stays. A hand-over of which
there is no file, because we ended just then or the disk refused, gets its file as soon as that is possible.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote

import msgspec
import structlog

from floorwatch.alerts.oncall.roster import Handover
from floorwatch.engine import Engine
from floorwatch.metrics.catalogue import Language
from floorwatch.shift_report import build_shift
from floorwatch.shift_text import shift_text
from floorwatch.shift_view import ShiftReport
from floorwatch.whole_file import write_whole

LOOK_S = 2.0
DAY_MS = 86_400_000
ROTA_CHARS_MAX = 80
_STAMP = "%Y%m%dT%H%M%S.%fZ"

log = structlog.get_logger("floorwatch.shifts")


def file_name(handover: Handover) -> str:
    """Without its ending: when it was, in UTC, and whose. No two hand-overs share one."""
    at = datetime.fromtimestamp(handover.until // 1000, UTC)
    rota = quote(handover.rota, safe=" ")
    if len(rota) > ROTA_CHARS_MAX:
        rota = f"{rota[:ROTA_CHARS_MAX]}-{hashlib.sha256(handover.rota.encode()).hexdigest()[:8]}"
    return f"{at:%Y%m%dT%H%M%S}.{handover.until % 1000:03}Z-{rota}"


class ShiftFiles:
    """Writes the reports of one engine's hand-overs. `on_disk` waits until what the engine knows is in the journal."""

    def __init__(
        self,
        engine: Engine,
        folder: Path,
        languages: tuple[Language, ...],
        keep_ms: int,
        on_disk: Callable[[], Awaitable[object]],
    ) -> None:
        self._engine = engine
        self._folder = folder
        self._languages = languages
        self._keep_ms = keep_ms
        self._on_disk = on_disk
        self._there: set[str] = set()
        """Keys of the reports that have a file."""
        self._forgotten_day = 0
        self.trouble = ""
        """Why the disk refuses just now; empty when it does not."""

    async def run(self) -> None:
        """Write for ever, until cancelled."""
        while True:
            await self.write()
            await asyncio.sleep(LOOK_S)

    async def write(self) -> None:
        """Write every report that has no file, and delete those that are older than they are to be kept."""
        handovers = self._engine.calling.roster.handovers
        self._there &= {handover.key for handover in handovers}
        try:
            for handover in [one for one in handovers if one.key not in self._there]:
                await self._write(handover)
                self._there.add(handover.key)
            if (day := self._engine.now // DAY_MS) != self._forgotten_day:
                await asyncio.to_thread(self._forget, self._engine.now - self._keep_ms)
                self._forgotten_day = day
        except OSError as wrong:
            if not self.trouble:
                log.error("shift_report_not_written", folder=str(self._folder), why=str(wrong))
            self.trouble = str(wrong)
            return
        self.trouble = ""

    async def _write(self, handover: Handover) -> None:
        path = self._folder / file_name(handover)
        if await asyncio.to_thread(path.with_name(f"{path.name}.json").exists):
            return
        report = build_shift(self._engine, handover)
        await self._on_disk()
        await asyncio.to_thread(_put_both, path, report, self._languages)
        log.info("shift_report_written", key=report.key, alerts=len(report.alerts))

    def _forget(self, before: int) -> None:
        for path in sorted(self._folder.glob("*")):
            try:
                at = datetime.strptime(path.name.partition("-")[0], _STAMP).replace(tzinfo=UTC)
            except ValueError:
                continue  # none of ours
            if at.timestamp() * 1000 < before and path.suffix in (".json", ".txt"):
                path.unlink()


def _put_both(path: Path, report: ShiftReport, languages: tuple[Language, ...]) -> None:
    """The text first: where the JSON is, both are."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    text = "\n".join(shift_text(report, lang) for lang in languages)
    write_whole(path.with_name(f"{path.name}.txt"), text.encode())
    write_whole(path.with_name(f"{path.name}.json"), msgspec.json.format(msgspec.json.encode(report)) + b"\n")
