"""A real engine behind a real page: a recorded day up to a moment, a forecast of it, and a clock that goes on."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

from floorwatch.ahead import LookingAhead
from floorwatch.config import load_config
from floorwatch.engine import Engine
from floorwatch.floor import events as e
from floorwatch.ingest.open import open_recording
from floorwatch.picture import picture
from floorwatch.queue_day import QueueDays
from floorwatch.serve.board import Board
from tests.serve.serving import serving

SMALL = Path(__file__).parents[1] / "reference_days/small"
MIDNIGHT = 1_772_496_000_000
"""2026-03-03 00:00 UTC, of the day in SMALL."""
HALF_HOUR = 1_800_000
HEADING = "queue,start,contacts"


def at(clock: str) -> int:
    """An instant of that day."""
    hours, minutes = clock.split(":")
    return MIDNIGHT + (int(hours) * 60 + int(minutes)) * 60_000


def forecast(path: Path) -> Path:
    """A forecast of the day in half hours, which are two of its intervals each: from 8:00 to 18:00, 120 contacts."""
    lines = [f"support,2026-03-03T{hour:02d}:{half:02d},120" for hour in range(8, 18) for half in (0, 30)]
    path.write_text("\n".join([HEADING, *lines]) + "\n", encoding="utf-8")
    return path


class LiveFloor:
    """The engine, and what is shown of it."""

    def __init__(self, until: int, planned: Path | None = None) -> None:
        settings = load_config(SMALL / "floorwatch.yaml").settings()
        self.engine = Engine(settings)
        for applied_at, event in open_recording(SMALL / "events.jsonl.gz").deliveries():
            if applied_at >= until:
                break
            self.engine.advance(applied_at)
            self.engine.apply(event)
        self.engine.advance(until)
        self.looking = LookingAhead(self.engine, planned)
        self.looking._forecast.refresh()
        self.days = QueueDays(self.engine, self.looking.day)
        self.board = Board()

    def tell(self, *told: e.Event) -> None:
        """Something happens now."""
        for event in told:
            self.engine.apply(event)

    def publish(self) -> None:
        self.looking.project()
        self.board.publish(picture(self.engine, {}, individuals=False, ahead=self.looking.latest))

    async def go_on(self) -> None:
        """Half a second at a time, for ever."""
        while True:
            self.engine.advance(self.engine.now + 500)
            self.publish()
            await asyncio.sleep(0.5)


@asynccontextmanager
async def shown(floor: LiveFloor) -> AsyncIterator[str]:
    """The address of the pages of a floor that goes on."""
    for name in floor.engine.books.ledgers:
        await floor.looking.ask(name)
    async with serving(floor.board, queue_day=floor.days.of) as client:
        going: asyncio.Task[Any] = asyncio.create_task(floor.go_on())
        yield str(client.make_url("/"))
        going.cancel()
        with suppress(asyncio.CancelledError):
            await going
