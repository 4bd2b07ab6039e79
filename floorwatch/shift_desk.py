"""Where leads see what happened in a turn of a rota: in those of the last two weeks, and in the ones that run."""

from __future__ import annotations

import asyncio

from msgspec.structs import replace

from floorwatch.alerts.oncall.roster import Handover
from floorwatch.engine import Engine
from floorwatch.shift_report import build_shift, line_of
from floorwatch.shift_view import RUNNING, ShiftLine, ShiftReport


class ShiftDesk:
    """Reads the engine."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._lines: dict[str, ShiftLine] = {}
        """What does not change any more, by key."""

    @property
    def timezone(self) -> str:
        """Of the site."""
        return self._engine.settings.timezone

    def now_ms(self) -> int:
        """Engine time: what is later is not known yet."""
        return self._engine.now

    async def lines(self) -> list[ShiftLine]:
        """Turns that are over, the latest hand-over first. Others have their turn while they are counted."""
        kept: dict[str, ShiftLine] = {}
        for handover in list(self._engine.calling.roster.handovers):
            if (line := self._lines.get(handover.key)) is None:
                line = line_of(build_shift(self._engine, handover))
                await asyncio.sleep(0)
            kept[handover.key] = line
        self._lines = kept
        return sorted(kept.values(), key=lambda line: (-line.until, line.rota))

    def running(self) -> list[ShiftLine]:
        """Turns that are not over, in the order of the rotas."""
        reports = (self.report(f"shift:{rota}:{RUNNING}") for rota in self._engine.calling.roster.rotas)
        return [line_of(report) for report in reports if report is not None]

    def report(self, key: str) -> ShiftReport | None:
        """The whole report; of a turn that runs as far as it has come. None: there is none of this key."""
        roster = self._engine.calling.roster
        handover = next((one for one in roster.handovers if one.key == key), None)
        if handover is not None:
            return build_shift(self._engine, handover)
        rota = key.removeprefix("shift:").removesuffix(f":{RUNNING}")
        if key != f"shift:{rota}:{RUNNING}" or (current := roster.current(rota)) is None:
            return None
        since, people = current
        change = roster.change_after(rota, self._engine.now)
        following = () if change is None else roster.on_call(rota, change)
        report = build_shift(self._engine, Handover(rota, since, self._engine.now, people, following))
        return replace(report, key=key, next_at=change)
