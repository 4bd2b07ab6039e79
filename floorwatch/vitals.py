"""Whether floorwatch does its work: it hears, it counts, it keeps, it tells. Each part shows that it has moved.

Who relies on us from outside (`heartbeat`, `service_manager`) hears nothing while one of them stands: silence is the
alarm that also works when we cannot raise one.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Mapping
from typing import Literal, Protocol, get_args

import structlog

from floorwatch.clock import Clock, monotonic_s
from floorwatch.driver import Driver
from floorwatch.engine import Engine
from floorwatch.own_health import Look

Part = Literal["driver", "start", "engine", "clock", "inbox", "journal", "sources", "outputs"]
"""What can stand. `start`: what the feeds have kept is still being read."""
PARTS: tuple[Part, ...] = get_args(Part)

LOOK_S = 5.0
STILL_S = 15.0
"""What moves every second when all is well, and has not for so long, stands."""

log = structlog.get_logger("floorwatch.vitals")


class Kept(Protocol):
    """What can be seen of the journal."""

    seq: int
    durable_seq: int
    trouble: str


def driver_stands(driver: Driver, now_s: Callable[[], float] = monotonic_s) -> Look:
    """Whether the one task that feeds the engine has come round lately."""

    def look() -> str:
        still_s = now_s() - driver.turned_s
        return f"has not come round for {still_s:.0f} s" if still_s > STILL_S else ""

    return look


def engine_stands(engine: Engine, clock: Clock) -> Look:
    """Whether its ticks, on which the rules are read, go with the clock."""

    def look() -> str:
        late_s = clock.now_ms() // 1000 - engine.books.tick_s
        return f"its ticks are {late_s} s behind the clock" if engine.books.tick_s and late_s > STILL_S else ""

    return look


def clock_stands(clock: Clock, tolerated_ms: int) -> Look:
    """Whether the floor waits for our clock, which was set back."""

    def look() -> str:
        behind_ms = clock.behind_ms()
        return f"was set back: the floor stands still for {behind_ms // 1000} s" if behind_ms > tolerated_ms else ""

    return look


def journal_stands(journal: Kept, now_s: Callable[[], float] = monotonic_s) -> Look:
    """Whether the disk refuses, or has taken nothing for long of what waits for it."""
    seen, moved_s = journal.durable_seq, now_s()

    def look() -> str:
        nonlocal seen, moved_s
        if journal.durable_seq != seen or journal.durable_seq == journal.seq:
            seen, moved_s = journal.durable_seq, now_s()
        still_s = now_s() - moved_s
        return journal.trouble or (f"the disk has taken nothing for {still_s:.0f} s" if still_s > STILL_S else "")

    return look


def sources_stand(engine: Engine, sources: Mapping[str, bool]) -> Look:
    """Whether no source is up. `sources`: each by its name, and whether it must be heard though nothing happens.

    Where none is, as with events that are only posted, silence before the first of them is no sign of anything.
    """

    def look() -> str:
        known = [seen for name in sources if (seen := engine.books.sources.get(name)) is not None]
        if any(seen.down_since is None for seen in known):
            return ""
        return f"none is up: {', '.join(sources)}" if known or any(sources.values()) else ""

    return look


def outputs_stand(stopped: Callable[[], Collection[str]]) -> Look:
    """Whether a worker of an output has ended, or hangs. One whose output fails, and who tries again, does neither."""

    def look() -> str:
        found = stopped()
        return f"nobody serves {', '.join(found)}" if found else ""

    return look


class Vitals:
    """Looks at every part. `is_live`: what the feeds had kept has been read; until then only the driver moves."""

    def __init__(self, looks: Mapping[Part, Look], is_live: Callable[[], bool]) -> None:
        self._looks = looks
        self._is_live = is_live
        self.standing: dict[Part, str] = {}
        """What stood at the last look, and why."""

    def look(self) -> dict[Part, str]:
        """What stands now, and why; nothing when all is well."""
        before, now = self.standing, self._found()
        for part in now.keys() - before.keys() - {"start"}:
            log.warning("stands_still", part=part, why=now[part])
        for part in before.keys() - now.keys() - {"start"}:
            log.info("moves_again", part=part)
        self.standing = now
        return now

    @property
    def needs_restart(self) -> bool:
        """Whether what stood at the last look would be mended by a new process.

        A full disk, a lost switch and a clock that was set would not be, and what waits for the disk would be lost.
        """
        parts = self.standing.keys()
        return bool(parts & {"driver", "engine"}) or ("outputs" in parts and not parts & {"journal", "inbox"})

    async def run(self) -> None:
        """Look, for ever: what stands is in the log and the metrics, whoever else wants to know."""
        while True:
            self.look()
            await asyncio.sleep(LOOK_S)

    def _found(self) -> dict[Part, str]:
        if self._is_live():
            return {part: why for part, look in self._looks.items() if (why := look())}
        driver = self._looks["driver"]()
        return {"start": "what the feeds have kept is being read", **({"driver": driver} if driver else {})}
