"""Taking turns: long work lets others have the event loop, and a picture is of one instant all the same."""

from __future__ import annotations

import asyncio
from contextlib import suppress

import pytest

from floorwatch import turns
from floorwatch.ahead import LookingAhead
from floorwatch.clock import WallClock
from floorwatch.driver import Driver
from floorwatch.engine import Engine
from floorwatch.floor.events import ContactOffered
from floorwatch.floor.settings import AgentProfile, QueuePolicy, Settings
from floorwatch.floor.steps import Steps, at_once
from floorwatch.ingest.inbox import Inbox
from floorwatch.turns import in_turns
from floorwatch.view import FloorView


def _work(steps: int, done: list[int]) -> Steps[str]:
    for step in range(steps):
        done.append(step)
        yield
    return "made"


async def test_work_is_done_in_its_order_and_others_have_their_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever else is ready runs between two steps; what the work makes is the same as when it is done at once."""
    monkeypatch.setattr(turns, "TURN_S", 0.0)
    done: list[int] = []
    seen: list[int] = []

    async def look() -> None:
        while len(done) < 20:
            seen.append(len(done))
            await asyncio.sleep(0)

    looking = asyncio.create_task(look())
    assert await in_turns(_work(20, done)) == at_once(_work(20, [])) == "made"
    await looking
    assert done == list(range(20))
    assert len(set(seen)) > 10, "the other task ran between the steps"


async def test_who_sleeps_waits_for_one_turn_at_most(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever's time is up comes before the next turn but one: not two turns later, as the loop would have it."""
    monkeypatch.setattr(turns, "TURN_S", 0.0)
    done: list[int] = []
    waited: list[int] = []

    async def sleep() -> None:
        while len(done) < 60:
            before = len(done)
            await asyncio.sleep(1e-9)
            waited.append(len(done) - before)

    sleeping = asyncio.create_task(sleep())
    await in_turns(_work(60, done))
    await sleeping
    assert len(waited) > 20
    assert max(waited) <= 1


async def test_a_picture_is_of_one_instant_though_events_come_while_it_is_taken(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The first and the last queue are told of the same contacts, always together: no picture knows of one alone."""
    monkeypatch.setattr(turns, "TURN_S", 0.0)
    queues = {f"q{n:02}": QueuePolicy() for n in range(40)}
    agents = {f"A{n}": AgentProfile(queues=("q00",)) for n in range(600)}
    clock, seen = WallClock(), list[FloorView]()
    inbox, engine = Inbox(clock), Engine(Settings(queues=queues, agents=agents))
    looking = LookingAhead(engine)
    driver = Driver(engine, inbox, clock, {}, seen.append, ahead=looking, individuals=True)

    async def tell() -> None:
        for n in range(100_000):
            if inbox.room() < 2:
                await asyncio.sleep(0.001)
                continue
            at = clock.now_ms()
            for queue in ("q00", "q39"):  # one batch: nothing is awaited between the two
                inbox.offer(ContactOffered(time=at, source="s", contact=f"{queue}{n}", queue=queue))
            await asyncio.sleep(0)

    tasks = [asyncio.create_task(work) for work in (driver.run(live=True), looking.run(), tell())]
    while len(seen) < 4:  # noqa: ASYNC110 - it is a list, not an event
        await asyncio.sleep(0.05)
    for task in tasks:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
    told = [(view.queues[0].waiting, view.queues[39].waiting) for view in seen]
    assert all(first == last for first, last in told), told
    assert told[-1][0] not in (0, told[0][0]), "events came meanwhile"
