"""The FreeSWITCH speaker against what the C source says: bytes on the socket, order and headers of events, tables."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import unquote

import pytest

from floorwatch.clock import ScaledClock
from floorwatch.floor import events as e
from floorwatch.floor.events import Event
from simulators.freeswitch import FreeswitchSpeaker
from simulators.freeswitch.socket import GOODBYE
from simulators.freeswitch.wire import Headers, serialized, url_encoded

START = 1_773_741_600_000
PATIENCE_S = 30


class Wire:
    """A bare socket to the speaker: no reader of ours in between."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    async def head(self) -> str:
        """Up to the next blank line."""
        async with asyncio.timeout(PATIENCE_S):
            return (await self.reader.readuntil(b"\n\n")).decode()

    async def message(self) -> tuple[str, str]:
        """Head and body of the next message."""
        head = await self.head()
        length = next((int(line[16:]) for line in head.split("\n") if line.startswith("Content-Length: ")), 0)
        async with asyncio.timeout(PATIENCE_S):
            return head, (await self.reader.readexactly(length)).decode()

    async def ask(self, command: str) -> tuple[str, str]:
        """A command and the message that answers it."""
        self.writer.write(f"{command}\n\n".encode())
        return await self.message()


@asynccontextmanager
async def wired(speaker: FreeswitchSpeaker, *, log_in: bool = True) -> AsyncIterator[Wire]:
    """A connection to a started speaker."""
    reader, writer = await asyncio.open_connection("127.0.0.1", await speaker.start())
    wire = Wire(reader, writer)
    try:
        assert await wire.head() == "Content-Type: auth/request\n\n"
        if log_in:
            assert (await wire.ask("auth a-long-one"))[0].endswith("Reply-Text: +OK accepted\n\n")
        yield wire
    finally:
        writer.close()
        await speaker.stop()


def speaker() -> FreeswitchSpeaker:
    """A speaker whose clock stands at the start."""
    return FreeswitchSpeaker(ScaledClock(START, 0.0))


def told(*events: Event, agents: tuple[str, ...] = ("A17",)) -> list[Headers]:
    """The events fired for these happenings, after the agents have logged in."""
    floor = speaker()
    for agent in agents:
        floor.tell(e.AgentJoined(time=START, agent=agent, queue="sales"))
        floor.tell(e.AgentStateChanged(time=START, agent=agent, state="available"))
    fired: list[Headers] = []
    floor.callcenter.fire = fired.append
    for event in events:
        floor.tell(event)
    return fired


def visit(kind: type[Event], at_ms: int, **more: str) -> Event:
    """Something about the one contact."""
    return kind(time=START + at_ms, contact="c1", queue="sales", **more)  # type: ignore[arg-type]


def actions(fired: list[Headers]) -> list[str]:
    """CC-Action and who or what it names, or the name of a channel event."""
    names = ("CC-Agent-State", "CC-Agent-Status", "CC-Cause", "CC-Hangup-Cause")
    return [
        " ".join([event.get("CC-Action", event["Event-Name"]), *(event[name] for name in names if name in event)])
        for event in fired
    ]


JOIN = visit(e.ContactOffered, 0)
RING = visit(e.ContactAlerting, 100, agent="A17")


def test_an_answered_contact_is_told_in_the_order_of_the_source() -> None:
    """`callcenter_function`, `agents_callback`, `outbound_agent_thread_run`, one after the other."""
    hold = e.ContactHeld(time=START + 6_000, contact="c1", agent="A17")
    fired = told(
        JOIN,
        RING,
        visit(e.ContactAnswered, 5_000, agent="A17"),
        hold,
        visit(e.ContactEnded, 9_000, agent="A17", by="agent"),
    )
    assert actions(fired) == [
        "member-queue-start",
        "members-count",
        "agent-state-change Receiving",
        "agent-offering",
        "bridge-agent-start",
        "agent-state-change In a queue call",
        "members-count",
        "CHANNEL_HOLD",
        "bridge-agent-end SUCCESS",
        "member-queue-end Terminated SUCCESS",
        "agent-state-change Waiting",
    ]
    by_action = {event.get("CC-Action", ""): event for event in fired}
    start, end = by_action["bridge-agent-start"], by_action["bridge-agent-end"]
    assert start["Unique-ID"] == start["CC-Agent-UUID"] == end["CC-Agent-UUID"] == fired[7]["Unique-ID"]
    assert start["Event-Date-Timestamp"] == str((START + 5_000) * 1000)
    assert start["CC-Member-Joined-Time"] == str(START // 1000)
    assert (end["CC-Agent-Bridged"], end["variable_sip_hangup_disposition"]) == ("true", "recv_bye")
    assert [int(event["Event-Sequence"]) for event in fired] == sorted(int(event["Event-Sequence"]) for event in fired)


@pytest.mark.parametrize(
    ("event", "reason", "state"),
    [
        (visit(e.ContactAbandoned, 4_000), "BREAK_OUT", "hangup"),
        (visit(e.ContactExited, 4_000, reason="timeout"), "TIMEOUT", "answered"),
        (visit(e.ContactExited, 4_000, reason="empty"), "NO_AGENT_TIMEOUT", "answered"),
        (visit(e.ContactExited, 4_000, reason="key"), "EXIT_WITH_KEY", "answered"),
        (visit(e.ContactExited, 4_000, reason="transferred"), "BREAK_OUT", "answered"),
    ],
)
def test_a_contact_that_leaves_is_cancelled_and_its_ringing_phone_hung_up(
    event: Event, reason: str, state: str
) -> None:
    """The member's thread speaks first, the agent's after it."""
    fired = told(JOIN, RING, event)[4:]
    assert actions(fired) == [
        "member-queue-end Cancel",
        "members-count",
        "bridge-agent-fail ORIGINATOR_CANCEL",
        "agent-state-change Waiting",
    ]
    assert (fired[0]["CC-Cancel-Reason"], fired[0]["Answer-State"]) == (reason, state)


def test_the_slower_phone_of_two_loses_the_race() -> None:
    """Ring-all: whoever is late is hung up with LOSE_RACE."""
    second = visit(e.ContactAlerting, 150, agent="A18")
    fired = told(JOIN, RING, second, visit(e.ContactAnswered, 900, agent="A18"), agents=("A17", "A18"))
    assert "bridge-agent-fail LOSE_RACE" in actions(fired)


def test_an_agent_on_demand_is_idle_after_a_talk() -> None:
    """The label `done`: only a call that was bridged leads to Idle."""
    floor = speaker()
    fired: list[Headers] = []
    floor.callcenter.fire = fired.append
    floor.tell(e.AgentJoined(time=START, agent="A17", queue="sales"))
    floor.callcenter.set_status("A17", "Available (On Demand)", START * 1000)
    for event in (JOIN, visit(e.ContactAnswered, 5_000, agent="A17"), visit(e.ContactEnded, 9_000, agent="A17")):
        floor.tell(event)
    assert actions(fired)[-1] == "agent-state-change Idle"


def test_going_on_break_hangs_up_the_ringing_phone() -> None:
    """`cc_agent_update`, key status."""
    fired = told(JOIN, RING, e.AgentStateChanged(time=START + 500, agent="A17", state="paused"))[4:]
    assert actions(fired)[:2] == ["agent-status-change On Break", "bridge-agent-fail ORIGINATOR_CANCEL"]


def test_values_are_encoded_as_the_switch_does() -> None:
    """The unsafe characters of `switch_utils.h`, every byte beyond ASCII; letters, slashes and brackets stay."""
    assert url_encoded("a b%:é/()'") == "a%20b%25%3A%C3%A9/()'"
    assert serialized({"A": "x y", "B": ""}, "body") == b"A: x%20y\nB: _undef_\nContent-Length: 4\n\nbody"


async def test_commands_are_answered_as_the_switch_does() -> None:
    """Nothing but `auth` before the password; afterwards api, events and what is not known."""
    async with wired(speaker(), log_in=False) as wire:
        head, _ = await wire.ask("api status")
        assert head == "Content-Type: command/reply\nReply-Text: -ERR command not found\n\n"
        assert "+OK accepted" in (await wire.ask("auth a-long-one"))[0]
        assert await wire.ask("api strmicroepoch") == (
            "Content-Type: api/response\nContent-Length: 16\n\n",
            str(START * 1000),
        )
        assert (await wire.ask("api nonsense"))[1] == "-ERR nonsense Command not found!\n"
        assert "-ERR no keywords supplied" in (await wire.ask("event plain"))[0]
        assert "+OK event listener enabled json" in (await wire.ask("event json CUSTOM callcenter::info"))[0]
        head, _ = await wire.ask("exit")
        assert "+OK bye" in head
        assert (await wire.message())[1] == GOODBYE


async def test_a_wrong_password_is_answered_and_shown_the_door() -> None:
    """-ERR invalid, the farewell, the end."""
    async with wired(speaker(), log_in=False) as wire:
        assert "-ERR invalid" in (await wire.ask("auth ClueCon"))[0]
        assert await wire.message() == (
            f"Content-Type: text/disconnect-notice\nContent-Length: {len(GOODBYE)}\n\n",
            GOODBYE,
        )
        assert await wire.reader.read() == b""


async def test_only_what_was_subscribed_to_is_sent() -> None:
    """Names before CUSTOM, subclasses behind it."""
    floor = speaker()
    async with wired(floor) as wire:
        await wire.ask("event plain CHANNEL_HOLD CUSTOM callcenter::info")
        floor.callcenter.fire({"Event-Name": "CHANNEL_UNHOLD"})
        floor.callcenter.fire({"Event-Name": "CUSTOM", "Event-Subclass": "sofia::register"})
        floor.tell(e.AgentJoined(time=START, agent="李娜", queue="sales"))
        head, body = await wire.message()
        assert head.endswith("Content-Type: text/event-plain\n\n")
        assert body.startswith("Event-Subclass: callcenter%3A%3Ainfo\nEvent-Name: CUSTOM\nCore-UUID: ")
        headers = dict(line.split(": ", 1) for line in body.strip().split("\n"))
        assert (headers["CC-Action"], unquote(headers["CC-Agent"])) == ("agent-add", "李娜")


async def test_the_tables_are_written_as_the_module_does() -> None:
    """A column line with the first row, +OK at the end; a table without rows is only that."""
    floor = speaker()
    async with wired(floor) as wire:
        assert (await wire.ask("api callcenter_config agent list"))[1] == "+OK\n"
        floor.tell(e.AgentJoined(time=START, agent="A17", queue="sales", penalty=2))
        floor.tell(JOIN)
        members = (await wire.ask("api callcenter_config queue list members sales"))[1].split("\n")
        row = dict(zip(members[0].split("|"), members[1].split("|"), strict=True))
        assert (row["queue"], row["state"], row["joined_epoch"]) == ("sales", "Waiting", str(START // 1000))
        assert members[2:] == ["+OK", ""]
        assert (await wire.ask("api callcenter_config tier list"))[1] == (
            "queue|agent|state|level|position\nsales|A17|Ready|3|1\n+OK\n"
        )
        assert (await wire.ask("api callcenter_config queue list members 'no such'"))[1] == "+OK\n"
        assert (await wire.ask("api callcenter_config queue list"))[1].split("\n")[1].startswith("sales|")


def test_a_restart_loses_the_calls_and_keeps_the_agents() -> None:
    """A new Core-UUID, and the events are counted from one again."""
    floor = speaker()
    fired: list[Headers] = []
    for event in (e.AgentJoined(time=START, agent="A17", queue="sales"), JOIN):
        floor.tell(event)
    before = floor.callcenter.core
    floor.restart()
    floor.callcenter.fire = fired.append
    floor.tell(e.AgentStateChanged(time=START + 1_000, agent="A17", state="available"))
    assert floor.callcenter.core != before
    assert (floor.callcenter.members, list(floor.callcenter.agents)) == ({}, ["A17"])
    assert fired[0]["Event-Sequence"] == "1"


async def test_a_floor_is_played_in_step_with_a_clock() -> None:
    """Events are told when the clock reaches them: here a hundred times as fast."""
    floor = FreeswitchSpeaker(ScaledClock(START, 100.0))
    fired: list[Headers] = []
    floor.callcenter.fire = fired.append
    await floor.play([JOIN, visit(e.ContactAbandoned, 10_000)])
    assert actions(fired)[-2:] == ["member-queue-end Cancel", "members-count"]
    assert floor._clock.now_ms() >= START + 10_000
