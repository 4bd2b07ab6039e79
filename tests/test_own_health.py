"""floorwatch watches itself: what keeps it from its work becomes an alert, and ends as one."""

from __future__ import annotations

import asyncio
from pathlib import Path

from floorwatch.clock import ScaledClock
from floorwatch.engine import Engine
from floorwatch.floor.events import SourceHeartbeat
from floorwatch.floor.settings import Settings
from floorwatch.ingest.inbox import Inbox
from floorwatch.own_health import LATE_MS, OwnHealth, clock_trouble, inbox_trouble
from floorwatch.store.journal import Journal
from tests.store.journals import START_MS


def _lived(engine: Engine, inbox: Inbox, until: int) -> None:
    for arrival in asyncio.run(inbox.take(0)):
        engine.advance(arrival.received_ms)
        engine.apply(arrival.event)
    engine.advance(until)


def test_a_disk_that_refuses_is_an_alert_until_it_takes_again(tmp_path: Path) -> None:
    """A real journal whose folder is taken away: critical after 5 s, resolved after 30 s without trouble."""

    async def refused_and_mended(inbox: Inbox, clock: ScaledClock) -> None:
        journal = Journal(tmp_path / "journal")
        (tmp_path / "journal").rename(tmp_path / "away")
        (tmp_path / "journal").write_text("a file where the folder was", encoding="utf-8")
        journal.start()
        health = asyncio.create_task(OwnHealth(inbox, clock, {"journal": lambda: journal.trouble}).run())
        journal.append(START_MS, b"{}", "switch", START_MS)
        journal.commit()
        await _until(lambda: len(inbox) == 1)
        (tmp_path / "journal").unlink()
        (tmp_path / "away").rename(tmp_path / "journal")
        await _until(lambda: len(inbox) == 2)
        health.cancel()
        await journal.close()

    clock = ScaledClock(START_MS, 60)  # a second of ours is a minute of the floor
    clock.restart()
    engine, inbox = Engine(Settings()), Inbox(clock)
    engine.advance(START_MS)
    asyncio.run(refused_and_mended(inbox, clock))
    _lived(engine, inbox, clock.now_ms() + 40_000)
    [alert] = engine.watch.history
    assert (alert.rule.name, alert.subject, alert.severity) == ("daemon_trouble", "journal", "critical")
    assert alert.resolved_at is not None


async def _until(holds: object, within_s: float = 30.0) -> None:
    assert callable(holds)
    async with asyncio.timeout(within_s):
        while not holds():  # noqa: ASYNC110 - a thread and a clock are waited for
            await asyncio.sleep(0.02)


def test_events_that_wait_too_long_are_trouble_of_the_inbox() -> None:
    """Nobody takes them: after five seconds that is said, with how many."""
    clock = ScaledClock(START_MS, 10_000)
    clock.restart()
    inbox = Inbox(clock)
    assert inbox_trouble(inbox, clock) == ""
    inbox.offer(SourceHeartbeat(time=START_MS, source="switch"))
    came = clock.now_ms()
    while clock.now_ms() <= came + LATE_MS + 1_000:
        pass
    assert "1 events wait" in inbox_trouble(inbox, clock)


def test_a_clock_that_was_set_back_is_said_for_a_while_after() -> None:
    """While it is behind no alert can fire, so it is said when it has caught up."""

    class Behind:
        ms = 0

        def behind_ms(self) -> int:
            return self.ms

    async def looked(clock: Behind) -> list[str]:
        look = clock_trouble(clock, 5_000)  # type: ignore[arg-type]
        said = [look()]
        for clock.ms in (6_000, 0):
            said.append(look())
        return said

    before, behind, after = asyncio.run(looked(Behind()))
    assert before == ""
    assert "set back" in behind == after


def test_what_is_over_when_we_start_is_said_to_be_over() -> None:
    """A trouble known from before our end, which is none any more: its alert must not stay for ever."""
    clock = ScaledClock(START_MS, 1)
    inbox = Inbox(clock)
    health = OwnHealth(inbox, clock, {"journal": lambda: ""}, ["journal"])

    async def once() -> None:
        task = asyncio.create_task(health.run())
        await asyncio.sleep(0)
        task.cancel()

    asyncio.run(once())
    [arrival] = asyncio.run(inbox.take(0))
    assert getattr(arrival.event, "is_over", False) is True
