"""Clients connect to the manager speaker as to a switch: our own live one, and a foreign one."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from typing import Any

from panoramisk import Manager  # type: ignore[import-untyped]

from floorwatch.floor import events as e
from floorwatch.floor.events import Event
from floorwatch.ingest.ami.ask import queue_params
from floorwatch.ingest.ami.client import AsteriskFeed
from floorwatch.ingest.ami.session import AsteriskConnection
from floorwatch.ingest.inbox import Inbox
from floorwatch.ingest.source import Delivery
from simulators.ami import AmiSpeaker
from simulators.speaker import instant
from tests.simulators.ami_story import START, Story, everything
from tests.simulators.ami_told import Stepped, disagreements
from tests.simulators.test_ami_figures import day_of

WITHIN_S = 30
NEVER_MS = 10**12
"""The clock jumps from fact to fact: silence and doubt, which it measures, must mean nothing here."""


class Hearing:
    """Our live client at a speaker, both with the same clock, and what it has heard."""

    def __init__(self, speaker: AmiSpeaker, clock: Stepped, port: int) -> None:
        self.speaker, self.clock = speaker, clock
        self.inbox = Inbox(clock, 100_000)
        where = AsteriskConnection(
            "127.0.0.1", port, "floorwatch", "a-long-one", heartbeat_ms=NEVER_MS, reconcile_ms=NEVER_MS
        )
        self.feed = AsteriskFeed("simulator", where, clock, {}, chance=lambda: 0.0)
        self.task = asyncio.create_task(self.feed.run(self.inbox))
        self.heard: list[Delivery] = []

    async def until(self, done: Callable[[Event], bool]) -> Event:
        """Take what comes, up to the first event that is waited for."""
        ends = time.monotonic() + WITHIN_S
        while True:
            for arrival in await self.inbox.take(0.05):
                self.heard.append((arrival.received_ms, arrival.event))
                if done(arrival.event):
                    return arrival.event
            assert time.monotonic() < ends, self.heard[-10:]
            assert not self.task.done()

    async def report(self) -> e.FloorReported:
        """Connect, and let the lists settle, which takes a quarter of a second of the clock."""
        while not self.speaker.is_heard:  # noqa: ASYNC110  # the speaker has no event to wait for
            await asyncio.sleep(0.01)
        await asyncio.sleep(0.3)
        self.clock.at_ms += 500
        found = await self.until(lambda event: isinstance(event, e.FloorReported))
        assert isinstance(found, e.FloorReported)
        return found

    async def tell(self, events: Iterable[Event]) -> None:
        """Each at its time; the client is let in after each, as it would be on a slow day."""
        for event in events:
            self.clock.at_ms = max(self.clock.at_ms, instant(event))
            self.speaker.tell(event)
            await self.speaker.drain()
            await asyncio.sleep(0)
            await asyncio.sleep(0)


@asynccontextmanager
async def hearing(at_ms: int, before: Iterable[Event] = ()) -> AsyncIterator[Hearing]:
    """Our client at a speaker to which these events have been told."""
    clock = Stepped(at_ms)
    speaker = AmiSpeaker(clock)
    for event in before:
        speaker.tell(event)
    found = Hearing(speaker, clock, await speaker.start())
    try:
        yield found
    finally:
        found.task.cancel()
        await asyncio.wait({found.task})
        await speaker.stop()
        await asyncio.sleep(0.01)


def last_of(events: list[Event]) -> Event:
    """A fact by which to know that everything before it has been heard."""
    return e.AgentJoined(time=instant(events[-1]), id="last", source="simulator", agent="last", queue="sales")


def is_last(event: Event) -> bool:
    return isinstance(event, e.AgentJoined) and event.agent == "last"


async def test_our_client_on_the_socket_comes_to_the_figures_of_the_events() -> None:
    """Login by challenge, lists, then a simulated morning and the day on which everything happens."""
    day, settings = day_of("small", 3)
    for events in (day[:3_000], everything()):
        async with hearing(instant(events[0]) - 1_000) as listener:
            await listener.report()
            await listener.tell([*events, last_of(events)])
            await listener.until(is_last)
            assert disagreements([*events, last_of(events)], listener.heard, settings) == []
            assert not listener.feed.counts.invalid


def midday() -> Story:
    """A floor on which, 60 s after its start, everybody is doing something."""
    story = Story()
    for agent in ("A1", "A2", "A3", "A4", "A5"):
        story.log_in(0, agent, "sales", "billing")
    for contact, at_ms in (("c1", 1_200), ("c2", 2_000), ("c3", 3_999), ("c4", 5_000)):
        story.visit(e.ContactOffered, at_ms, contact)
    story.visit(e.ContactAnswered, 7_000, "c1", agent="A1")
    story.visit(e.ContactAlerting, 8_000, "c2", agent="A2")
    story.state(9_000, "A3", "paused", reason="lunch")
    story.state(10_000, "A4", "unreachable")
    story.state(11_000, "A5", "paused", queue="billing", reason="coaching")
    story.visit(e.ContactExited, 20_000, "c4", reason="timeout")
    story.visit(e.ContactOffered, 20_000, "c4", "billing")
    return story


async def test_who_connects_in_the_middle_of_the_day_learns_the_floor_as_it_is() -> None:
    """Who waits since when, who talks, who is paused where and why; what follows belongs to it."""
    story = midday()
    async with hearing(START + 60_000, story.events) as listener:
        report = await listener.report()
        assert report.complete
        assert {(waiting.queue, since(waiting)) for waiting in report.waiting} == {
            ("sales", 2_000),
            ("sales", 3_000),
            ("billing", 20_000),
        }
        assert [(talking.queue, talking.agent) for talking in report.talking] == [("sales", "A1")]
        pauses = {(seat.agent, seat.queue, seat.reason, since(seat)) for seat in report.members if seat.paused}
        assert pauses == {
            ("A3", "sales", "lunch", 9_000),
            ("A3", "billing", "lunch", 9_000),
            ("A5", "billing", "coaching", 11_000),
        }
        assert {(state.agent, state.state) for state in report.states} >= {("A4", "unreachable"), ("A5", "available")}
        told = len(story.events)
        story.visit(e.ContactEnded, 70_000, "c1", agent="A1", by="agent")
        story.visit(e.ContactAnswered, 71_001, "c2", agent="A2")
        story.visit(e.ContactAbandoned, 72_002, "c3")
        story.state(73_003, "A3", "available")
        await listener.tell([*story.events[told:], last_of(story.events)])
        await listener.until(is_last)
    after = [event for _, event in listener.heard if isinstance(event.time, int) and event.time > START + 65_000]
    assert {type(event) for event in after} >= {e.ContactEnded, e.ContactAnswered, e.ContactAbandoned}
    contacts = {waiting.contact for waiting in report.waiting} | {talking.contact for talking in report.talking}
    assert {event.contact for event in after if isinstance(event, e.ContactEnded | e.ContactAbandoned)} <= contacts


def since(entry: e.Waiting | e.Member) -> int:
    assert isinstance(entry.since, int)
    return entry.since - START


async def test_a_restart_is_said_and_the_floor_is_there_again_without_its_calls() -> None:
    """The client hears why it was cut off, comes back, and finds members and pauses, and nobody waiting."""
    async with hearing(START + 60_000, midday().events) as listener:
        before = await listener.report()
        listener.clock.at_ms += 1_000
        listener.speaker.restart()
        down = await listener.until(lambda event: isinstance(event, e.SourceDown))
        assert isinstance(down, e.SourceDown)
        assert down.reason == "restart"
        after = await listener.report()
        assert (after.waiting, after.talking) == ((), ())
        told = [{(seat.agent, seat.queue, seat.paused, seat.reason) for seat in r.members} for r in (before, after)]
        assert told[0] == told[1]


async def test_the_switchs_own_counters_can_be_asked_for() -> None:
    """The command that compares our figures with the switch's own is answered: what it counted."""
    clock = Stepped(START)
    speaker = AmiSpeaker(clock)
    for event in everything():
        speaker.tell(event)
    where = AsteriskConnection("127.0.0.1", await speaker.start(), "floorwatch", "a-long-one")
    try:
        counted = {params["Queue"]: params for params in await queue_params(where)}
    finally:
        await speaker.stop()
    assert counted.keys() == {"sales", "billing", "vip"}
    completed = [
        event
        for event in everything()
        if isinstance(event, e.ContactEnded | e.ContactTransferred) and event.queue == "sales"
    ]
    assert int(counted["sales"]["Completed"]) == len(completed)
    assert int(counted["sales"]["Calls"]) == 1


class Foreign:
    """A monitor that somebody else wrote, and the events it was given."""

    def __init__(self, port: int) -> None:
        self.events: list[Any] = []
        self.manager = Manager(host="127.0.0.1", port=port, username="floorwatch", secret="a-long-one")
        self.manager.register_event("*", lambda manager, event: self.events.append(event))

    def named(self, name: str) -> list[Any]:
        return [event for event in self.events if event.event == name]


async def test_a_foreign_client_logs_in_asks_and_follows() -> None:
    """panoramisk: the login, QueueStatus as a list, and every event of the day, in order."""
    story = midday()
    clock = Stepped(START + 60_000)
    speaker = AmiSpeaker(clock)
    for event in story.events:
        speaker.tell(event)
    foreign = Foreign(await speaker.start())
    try:
        async with asyncio.timeout(WITHIN_S):
            await foreign.manager.connect()
            while not foreign.manager.authenticated:  # noqa: ASYNC110  # it has nothing to wait for
                await asyncio.sleep(0.01)
            status = await foreign.manager.send_action({"Action": "QueueStatus"})
            members = [entry for entry in status if entry.event == "QueueMember" and entry.queue == "sales"]
            assert [entry.name for entry in members] == ["A1", "A2", "A3", "A4", "A5"]
            assert [entry.wait for entry in status if entry.event == "QueueEntry"] == ["58", "57", "40"]
            assert (await foreign.manager.send_action({"Action": "Ping"})).ping == "Pong"
            foreign.events.clear()
            speaker.tell(e.ContactAnswered(time=START + 61_000, contact="c2", queue="sales", agent="A2"))
            speaker.tell(e.ContactEnded(time=START + 65_000, contact="c2", queue="sales", agent="A2", by="customer"))
            await speaker.drain()
            while not foreign.named("AgentComplete"):  # noqa: ASYNC110
                await asyncio.sleep(0.01)
    finally:
        foreign.manager.close()
        await speaker.stop()
        await asyncio.sleep(0.01)
    (connected,), (completed,) = foreign.named("AgentConnect"), foreign.named("AgentComplete")
    assert (connected.membername, connected.holdtime, connected.ringtime) == ("A2", "59", "53")
    assert (completed.talktime, completed.reason, completed.uniqueid) == ("4", "caller", connected.uniqueid)
