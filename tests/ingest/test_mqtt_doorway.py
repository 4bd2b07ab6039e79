"""In order into the inbox, and in order back to the broker."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from floorwatch.clock import WallClock
from floorwatch.floor.events import ContactAbandoned
from floorwatch.ingest.inbox import Inbox
from floorwatch.ingest.mqtt.doorway import Acknowledgements, Doorway


def fact(number: int) -> ContactAbandoned:
    return ContactAbandoned(time=number, contact="c", queue="q")


async def test_a_full_inbox_stops_the_reading_until_there_is_room() -> None:
    """Nothing is dropped, nothing overtakes, and what finds no room is what had been read already."""
    inbox, said = Inbox(WallClock(), limit=2), []
    doorway = Doorway(inbox)
    doorway.attend(lambda: said.append("pause"), lambda: said.append("resume"))
    serving = asyncio.create_task(doorway.serve())
    for number in range(5):
        doorway.put(fact(number))
    assert said == ["pause"] * 3
    taken: list[object] = []
    while len(taken) < 5:
        taken += [arrival.event.time for arrival in await inbox.take(10)]
    await asyncio.wait_for(doorway.freed(), 10)
    assert taken == [0, 1, 2, 3, 4]
    assert said[3:] == ["resume"]
    serving.cancel()


async def test_a_position_stands_before_what_follows_it() -> None:
    """It is told in its place, and what comes after it does not overtake."""
    inbox = Inbox(WallClock())
    doorway = Doorway(inbox)
    serving = asyncio.create_task(doorway.serve())
    doorway.put(fact(0))
    doorway.put(fact(1), position="here")
    doorway.put(fact(2))
    await asyncio.wait_for(doorway.freed(), 10)
    arrivals = await inbox.take(10)
    assert [(arrival.event.time, arrival.position) for arrival in arrivals] == [(0, ""), (1, "here"), (2, "")]
    serving.cancel()


def test_messages_are_acknowledged_in_the_order_in_which_they_came() -> None:
    """The protocol demands it: a later message that is settled earlier waits for those before it."""
    sent: list[int] = []
    unacknowledged = Acknowledgements(sent.append)
    settle: list[Callable[[], None]] = [unacknowledged.expect(number) for number in (7, 8, 9)]
    settle[1]()
    assert sent == []
    settle[0]()
    assert sent == [7, 8]
    settle[2]()
    assert sent == [7, 8, 9]
    assert len(unacknowledged) == 0
