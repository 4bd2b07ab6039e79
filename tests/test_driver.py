"""The driver: what feeds had kept is applied in the order in which it happened, and the board never stands still."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from floorwatch import driver as driving
from floorwatch.ahead import LookingAhead
from floorwatch.clock import Clock, ScaledClock, WallClock
from floorwatch.driver import Driver
from floorwatch.engine import Engine
from floorwatch.floor.events import ContactAbandoned, ContactOffered, Event, SourceUp
from floorwatch.floor.rules import Condition, Level, Limit, Rule
from floorwatch.floor.settings import QueuePolicy, Settings
from floorwatch.ingest.inbox import Inbox
from floorwatch.ingest.source import InputCounts
from floorwatch.report import build_report, canonical_json
from floorwatch.shared_clock import InboxInStep, SharedClock
from floorwatch.view import FloorView

SETTINGS = Settings(queues={"sales": QueuePolicy()})
HOUR_MS = 3_600_000
SOMEBODY_WAITS = Condition("waiting", "at_least", (Level("critical", Limit(1)),))


def _hours(name: str, since_ms: int, until_ms: int, step_ms: int) -> list[Event]:
    facts: list[Event] = []
    for at in range(since_ms, until_ms, step_ms):
        place = {"source": name, "contact": f"{name}{at}", "queue": "sales"}
        facts += [ContactOffered(time=at, **place), ContactAbandoned(time=at + step_ms // 2, **place)]
    return facts


async def _tell(inbox: Inbox, clock: WallClock, name: str, facts: list[Event], told: asyncio.Event) -> None:
    await inbox.put(SourceUp(time=clock.now_ms(), source=name))
    for fact in facts:
        await inbox.put(fact, feed=name)
    told.set()


async def test_two_files_of_many_hours_are_caught_up_with_as_if_they_had_been_followed() -> None:
    """In several parts, one file reaching further back than the other: nothing is late, and the report is the same."""
    clock = WallClock()
    now = clock.now_ms()
    east, west = _hours("east", now - 6 * HOUR_MS, now - HOUR_MS, 400), _hours("west", now - 2 * HOUR_MS, now - 9, 900)
    assert len(east) > driving.HISTORY_MAX
    inbox, engine, told = Inbox(clock), Engine(SETTINGS), (asyncio.Event(), asyncio.Event())
    driver = Driver(engine, inbox, clock, {"east": InputCounts()}, lambda _: None, catching_up=told)
    feeds = [
        asyncio.create_task(_tell(inbox, clock, name, facts, heard))
        for name, facts, heard in (("east", east, told[0]), ("west", west, told[1]))
    ]
    run = asyncio.create_task(driver.run())
    while not driver.is_live:  # noqa: ASYNC110 - it is a flag, not an event
        await asyncio.sleep(0.01)
    run.cancel()
    with suppress(asyncio.CancelledError):
        await run
    await asyncio.gather(*feeds)
    assert engine.late == 0
    straight = Engine(SETTINGS)
    for fact in sorted(east + west, key=lambda fact: (fact.time, fact.source)):
        straight.advance(fact.time)  # type: ignore[arg-type]
        straight.apply(fact)
    figures = [build_report(one, InputCounts())["queues"]["sales"] for one in (engine, straight)]
    assert canonical_json(figures[0]) == canonical_json(figures[1])


class _SetBack(WallClock):
    """A machine whose clock is set back by an hour."""

    def __init__(self) -> None:
        super().__init__()
        self.not_before(WallClock().now_ms() + HOUR_MS)


async def test_the_board_goes_on_when_our_clock_was_set_back() -> None:
    """Engine time stands still until the clock has caught up; pictures are published all the same."""
    clock, seen = _SetBack(), list[FloorView]()
    inbox, engine = Inbox(clock), Engine(SETTINGS)
    run = asyncio.create_task(Driver(engine, inbox, clock, {}, seen.append).run(live=True))
    await asyncio.sleep(0.3)
    await inbox.put(ContactOffered(time=clock.now_ms(), source="s", contact="c1", queue="sales"))
    while len(seen) < 4:  # noqa: ASYNC110 - it is a list, not an event
        await asyncio.sleep(0.05)
    run.cancel()
    with suppress(asyncio.CancelledError):
        await run
    assert clock.behind_ms() > HOUR_MS - 60_000
    assert seen[-1].queues[0].waiting == 1
    assert seen[-1].at == seen[0].at


def _standing() -> WallClock:
    """A clock that was set back by an hour, and stands just before a half second."""
    clock = WallClock()
    clock.not_before((clock.now_ms() + HOUR_MS) // 500 * 500 + 440)
    return clock


@pytest.mark.parametrize(
    "clock",
    [_standing(), ScaledClock(0, 4.0), ScaledClock(0, 1.5), SharedClock(Path("/nobody"))],
    ids=["set back", "fast", "a little fast", "shared"],
)
async def test_no_clock_makes_pictures_come_faster_than_they_are_read(clock: Clock) -> None:
    """Whatever the pace of the clock, there are two pictures a second: more would reach nobody, each as a whole."""
    inbox, seen, loop = Inbox(clock), list[FloorView](), asyncio.get_running_loop()
    began_s = loop.time()
    run = asyncio.create_task(Driver(Engine(SETTINGS), inbox, clock, {}, seen.append).run(live=True))
    while loop.time() < began_s + 1.3 or len(seen) < 2:  # noqa: ASYNC110 - it is a list, not an event
        await asyncio.sleep(0.1)
    took_s = loop.time() - began_s
    run.cancel()
    with suppress(asyncio.CancelledError):
        await run
    assert len(seen) <= 2 + 2 * took_s


async def test_what_waits_for_the_engine_to_move_again_is_in_hand() -> None:
    """Out of the inbox is not applied: who asks whether all was taken in must not be told so meanwhile."""
    clock = SharedClock(Path("/nobody"))
    inbox, engine = InboxInStep(clock), Engine(SETTINGS)
    looking = LookingAhead(engine)
    driver = Driver(engine, inbox, clock, {}, lambda _: None, in_step=True, ahead=looking)
    await inbox.put(SourceUp(time=1, source="s"))
    await looking.rest.acquire()
    run = asyncio.create_task(driver._take(1.0))
    await asyncio.sleep(0.01)
    assert (len(inbox), engine.applied, driver.in_hand) == (0, 0, 1)
    looking.rest.release()
    await run
    assert (len(inbox), engine.applied, driver.in_hand) == (0, 1, 0)


async def test_a_site_may_label_its_alerts_as_it_likes() -> None:
    """Also by words that our own log uses: the floor is watched on, and the line says both."""
    labels = (("at", "east"), ("event", "sale"), ("severity", "P1"))
    line = Rule("line", "queue", (SOMEBODY_WAITS,), immediate=True, labels=labels)
    clock = WallClock()
    inbox, engine = Inbox(clock), Engine(Settings(queues={"sales": QueuePolicy()}, rules=(line,)))
    with capture_logs() as logs:
        run = asyncio.create_task(Driver(engine, inbox, clock, {}, lambda _: None).run(live=True))
        await inbox.put(SourceUp(time=clock.now_ms(), source="s"))
        await inbox.put(ContactOffered(time=clock.now_ms(), source="s", contact="c1", queue="sales"))
        while not run.done() and not any(log["event"] == "alert" for log in logs):  # noqa: ASYNC110 - a list
            await asyncio.sleep(0.01)
        run.cancel()
        with suppress(asyncio.CancelledError):
            await run
    [said] = [log for log in logs if log["event"] == "alert"]
    assert (said["queue"], said["severity"], said["labels"]) == ("sales", "critical", dict(labels))
