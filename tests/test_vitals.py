"""What must move for us to say that we live: each part that stands is found, by its name, and nothing else is."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path

import pytest
import structlog

from floorwatch.clock import ScaledClock, WallClock
from floorwatch.driver import Driver
from floorwatch.engine import Engine
from floorwatch.floor.events import SourceDown, SourceUp
from floorwatch.floor.settings import Settings
from floorwatch.ingest.inbox import Inbox
from floorwatch.notify import pulse
from floorwatch.store.journal import Journal
from floorwatch.vitals import (
    PARTS,
    STILL_S,
    Part,
    Vitals,
    clock_stands,
    driver_stands,
    engine_stands,
    journal_stands,
    outputs_stand,
    sources_stand,
)
from tests.live.receiver import HANGING, receiver
from tests.notify.told_floor import told_floor
from tests.store.journals import START_MS


async def test_a_driver_that_waits_for_ever_stands() -> None:
    """Somebody keeps the engine for himself and never gives it back: the driver comes round no more."""
    clock, taken = WallClock(), asyncio.Lock()
    driver = Driver(Engine(Settings()), Inbox(clock), clock, {}, lambda _view: None)
    driver._rest = taken
    running = asyncio.create_task(driver.run(live=True))
    await asyncio.sleep(0.05)
    turned_s = driver.turned_s
    assert driver_stands(driver, lambda: turned_s + STILL_S)() == ""
    async with taken:
        await asyncio.sleep(0.05)
        held_s = driver.turned_s
        await asyncio.sleep(1.1)
        assert driver.turned_s == held_s
        assert "not come round for 16 s" in driver_stands(driver, lambda: held_s + STILL_S + 1)()
    async with asyncio.timeout(30):
        while driver.turned_s == held_s:  # noqa: ASYNC110 - a stamp is no event
            await asyncio.sleep(0.01)
    running.cancel()


def test_an_engine_whose_ticks_stay_behind_stands() -> None:
    """The clock goes on, and nobody advances it."""
    clock = ScaledClock(START_MS, 5_000)
    engine = Engine(Settings())
    engine.advance(START_MS)
    look = engine_stands(engine, clock)
    clock.restart()
    assert look() == ""
    while clock.now_ms() < START_MS + 1000 * (STILL_S + 2):
        pass
    assert "behind the clock" in look()
    engine.advance(clock.now_ms())
    assert look() == ""


def test_a_clock_that_was_set_back_stands() -> None:
    """By more than is borne without a word, until it has caught up."""

    class Behind:
        ms = 0

        def behind_ms(self) -> int:
            return self.ms

    clock = Behind()
    look = clock_stands(clock, 5_000)  # type: ignore[arg-type]
    found = []
    for clock.ms in (0, 5_000, 61_000, 0):
        found.append(bool(look()))
    assert found == [False, False, True, False]


async def test_a_disk_that_takes_nothing_stands_also_without_a_word(tmp_path: Path) -> None:
    """A disk that hangs raises no error: what waits for it for long says so; what is written in time does not."""
    now_s = 0.0
    journal = Journal(tmp_path / "journal")
    look = journal_stands(journal, lambda: now_s)
    journal.start()
    assert look() == ""
    now_s = 100.0
    assert look() == ""  # nothing was to be written all the while
    journal.append(START_MS, b"{}", "pbx", START_MS)  # never committed: the writer does not get it
    now_s = 110.0
    assert look() == ""
    now_s = 117.0
    assert "taken nothing for 17 s" in look()
    assert await journal.reached(journal.seq)
    assert look() == ""
    journal.trouble = "database or disk is full"
    assert look() == "database or disk is full"
    journal.trouble = ""
    await journal.close()


@pytest.mark.parametrize(
    ("expected", "heard", "stands"),
    [
        ({"pbx": True}, {}, True),
        ({"posts": False}, {}, False),
        ({"pbx": True, "posts": False}, {}, True),
        ({"pbx": True}, {"pbx": True}, False),
        ({"pbx": True, "chat": True}, {"pbx": False, "chat": True}, False),
        ({"pbx": True, "chat": True}, {"pbx": False, "chat": False}, True),
        ({"posts": False}, {"posts": False}, True),
        ({"pbx": True}, {"pbx": False, "gone": True}, True),
    ],
)
def test_sources_stand_when_none_is_up(expected: dict[str, bool], heard: dict[str, bool], stands: bool) -> None:
    """None that is configured: one that was once counts for nothing, and who only posts need not have."""
    engine = Engine(Settings())
    engine.advance(START_MS)
    for name, is_up in heard.items():
        engine.apply(SourceUp(time=START_MS, source=name))
        if not is_up:
            engine.apply(SourceDown(time=START_MS, source=name, reason="lost"))
    assert bool(sources_stand(engine, expected)()) == stands


async def test_a_worker_that_has_ended_is_missed_and_one_whose_output_hangs_is_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A real office: its output hangs and is tried again, well beyond the limit; then its task is ended alone."""
    monkeypatch.setattr(pulse, "STILL_S", 0.8)
    with receiver(HANGING) as to:
        hook = f"  hook: {{type: webhook, url: '{to.address}/hook', group_wait: 0s, timeout: 1200ms}}\n"
        async with told_floor(tmp_path, hook) as floor:
            look = outputs_stand(floor.office.stopped)
            await floor.breach()
            found = set()
            while floor.row("hook").failures < 2:
                found.add(look())
                await asyncio.sleep(0.05)
            assert found == {""}
            (serving,) = [task for task in asyncio.all_tasks() if "Worker.run" in repr(task.get_coro())]
            serving.cancel()
            await floor.until(lambda: look() == "nobody serves hook")


def test_what_stands_is_logged_once_and_only_a_hang_asks_for_a_new_process() -> None:
    """A worker that waits for a full disk hangs for its sake; a restart would lose what waits to be written."""
    whys: dict[Part, str] = {}
    parts: tuple[Part, ...] = ("driver", "journal", "outputs", "sources")
    is_live = False
    vitals = Vitals({part: lambda part=part: whys.get(part, "") for part in parts}, lambda: is_live)  # type: ignore[misc]
    with structlog.testing.capture_logs() as logs:
        whys["sources"] = "none is up"
        assert [*vitals.look()] == ["start"]
        is_live = True
        assert [*vitals.look()] == [*vitals.look()] == ["sources"]
        assert not vitals.needs_restart
        whys["outputs"] = "nobody serves hook"
        vitals.look()
        assert vitals.needs_restart
        whys["journal"] = "disk full"
        vitals.look()
        assert not vitals.needs_restart
        whys["driver"] = "has not come round"
        vitals.look()
        assert vitals.needs_restart
        whys.clear()
        assert not vitals.look()
        assert not vitals.needs_restart
    begun = [log["part"] for log in logs if log["event"] == "stands_still"]
    assert begun == ["sources", "outputs", "journal", "driver"]
    assert sorted(log["part"] for log in logs if log["event"] == "moves_again") == sorted(begun)


def test_the_documentation_says_of_every_part_when_it_moves(repository: Path) -> None:
    """docs/operating.md has one row for each reason that the metric can have."""
    text = (repository / "docs/operating.md").read_text(encoding="utf-8").partition("| reason | moves when |")[2]
    assert tuple(sorted(re.findall(r"^\| `(\w+)` \|", text.partition("\n\n")[0], re.MULTILINE))) == tuple(sorted(PARTS))
