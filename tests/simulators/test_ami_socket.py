"""The manager speaker on its socket, byte by byte: no reader of ours in between."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from floorwatch.floor import events as e
from simulators.ami import AmiSpeaker
from simulators.ami.channels import number_of
from simulators.ami.wire import ALL, CLASSES, mask_of
from tests.simulators.ami_story import START, Story, everything
from tests.simulators.ami_told import Stepped, told

PATIENCE_S = 30
LOG_IN = {"Username": "floorwatch", "Secret": "a-long-one"}


class Wire:
    """A bare connection to a speaker."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    async def message(self) -> dict[str, str]:
        """The next message."""
        async with asyncio.timeout(PATIENCE_S):
            lines = (await self.reader.readuntil(b"\r\n\r\n")).decode().rstrip().split("\r\n")
        return dict(line.split(": ", 1) if ": " in line else (line.rstrip(":"), "") for line in lines)

    async def ask(self, action: str, **headers: str) -> dict[str, str]:
        """An action and the message that answers it."""
        lines = [f"Action: {action}", *(f"{name}: {value}" for name, value in headers.items()), "", ""]
        self.writer.write("\r\n".join(lines).encode())
        return await self.message()


@asynccontextmanager
async def wired(speaker: AmiSpeaker, **log_in: str) -> AsyncIterator[Wire]:
    """A connection to a started speaker, logged in if it is said how."""
    reader, writer = await asyncio.open_connection("127.0.0.1", await speaker.start())
    wire = Wire(reader, writer)
    try:
        async with asyncio.timeout(PATIENCE_S):
            assert await reader.readline() == b"Asterisk Call Manager/11.0.0\r\n"
        if log_in:
            assert (await wire.ask("Login", **LOG_IN, **log_in))["Message"] == "Authentication accepted"
        yield wire
    finally:
        writer.close()
        await speaker.stop()


def speaker(at_ms: int = START) -> AmiSpeaker:
    """A speaker whose clock stands."""
    return AmiSpeaker(Stepped(at_ms))


async def test_nothing_is_done_before_the_login_and_the_unknown_never() -> None:
    """Each refusal in the words of the switch, with the ActionID where one was sent."""
    async with wired(speaker()) as wire:
        assert await wire.ask("Ping", ActionID="7") == {
            "Response": "Error",
            "ActionID": "7",
            "Message": "Permission denied",
        }
        assert (await wire.ask("Challenge", AuthType="SHA"))["Message"] == "Must specify AuthType"
        assert (await wire.ask("Login", **LOG_IN, Events="off"))["Message"] == "Authentication accepted"
        assert (await wire.ask("Sing"))["Message"] == (
            "Invalid/unknown command: Sing. Use Action: ListCommands to show available commands."
        )
        wire.writer.write(b"ActionID: 8\r\n\r\n")
        assert (await wire.message())["Message"] == "Missing action in request"
        assert await wire.ask("Logoff") == {"Response": "Goodbye", "Message": "Thanks for all the fish."}
        assert await wire.reader.read() == b""


async def test_a_wrong_secret_is_refused_and_shown_the_door() -> None:
    """Plain or by challenge."""
    for log_in in (LOG_IN | {"Secret": "guessed"}, {"AuthType": "MD5", "Username": "floorwatch", "Key": "0" * 32}):
        async with wired(speaker()) as wire:
            assert (await wire.ask("Login", **log_in))["Message"] == "Authentication failed"
            assert await wire.reader.read() == b""


async def test_a_challenge_is_answered_without_the_secret() -> None:
    """MD5 of challenge and secret, as hexadecimal digits."""
    floor = speaker()
    async with wired(floor) as wire:
        challenge = (await wire.ask("Challenge", AuthType="MD5", ActionID="c"))["Challenge"]
        key = hashlib.md5(f"{challenge}a-long-one".encode(), usedforsecurity=False).hexdigest()
        answer = await wire.ask("Login", AuthType="MD5", Username="floorwatch", Key=key, Events="system")
        assert answer["Message"] == "Authentication accepted"
        booted = await wire.message()
        assert (booted["Event"], booted["Privilege"], "Timestamp" in booted) == ("FullyBooted", "system,all", False)
        assert not floor.is_heard


@pytest.mark.parametrize(
    ("text", "mask"),
    [
        ("on", ALL),
        ("all", ALL),
        ("off", 0),
        ("none", 0),
        ("", 0),
        ("-1", ALL),
        ("34", CLASSES["call"] | CLASSES["agent"]),
        ("call, Agent,nonsense", CLASSES["call"] | CLASSES["agent"]),
    ],
)
def test_an_event_mask_is_read_as_the_switch_does(text: str, mask: int) -> None:
    """A word, a number, or names of classes."""
    assert mask_of(text) == mask


async def test_only_the_classes_asked_for_are_sent() -> None:
    """At login and at any time later; the answers say On or Off."""
    floor = speaker()
    async with wired(floor, Events="off") as wire:
        floor.tell(e.AgentJoined(time=START, agent="A1", queue="sales"))
        assert (await wire.ask("Events", EventMask="agent"))["Events"] == "On"
        assert floor.is_heard
        floor.tell(e.ContactOffered(time=START + 5, contact="c1", queue="sales"))
        joined = await wire.message()
        assert (joined["Event"], joined["Position"], joined["Count"]) == ("QueueCallerJoin", "1", "1")
        assert joined["Timestamp"].startswith(f"{START // 1000}.005")
        assert (await wire.ask("Events", EventMask="off"))["Events"] == "Off"
        floor.tell(e.ContactAbandoned(time=START + 9, contact="c1", queue="sales"))
        assert (await wire.ask("Ping"))["Ping"] == "Pong"


async def test_the_lists_show_the_floor_as_it_is() -> None:
    """Members with their pauses, who waits and since when, who talks with whom; each entry with the ActionID."""
    story, clock = Story(), Stepped(START + 30_000)
    floor = AmiSpeaker(clock)
    for agent in ("A1", "A2"):
        story.log_in(0, agent, "sales")
    for contact, offered_ms in (("c1", 1_000), ("c2", 9_999)):
        story.visit(e.ContactOffered, offered_ms, contact)
    story.visit(e.ContactAnswered, 12_000, "c1", agent="A1")
    story.state(13_000, "A2", "paused", reason="lunch")
    for event in story.events:
        floor.tell(event)
    async with wired(floor, Events="off") as wire:
        assert (await wire.ask("QueueStatus", ActionID="q"))["Message"] == "Queue status will follow"
        listed = [await wire.message() for _ in range(5)]
        assert [entry.get("Event") for entry in listed] == [
            "QueueParams",
            "QueueMember",
            "QueueMember",
            "QueueEntry",
            "QueueStatusComplete",
        ]
        assert {entry["ActionID"] for entry in listed} == {"q"}
        params, talking, paused, waiting, end = listed
        assert (params["Calls"], params["Holdtime"], end["ListItems"]) == ("1", str(11 // 4), "4")
        assert (talking["InCall"], talking["Status"], talking["Paused"]) == ("1", "2", "0")
        assert (paused["PausedReason"], paused["LastPause"]) == ("lunch", str(START // 1000 + 13))
        assert (waiting["Wait"], waiting["Position"]) == ("21", "1")
        await wire.ask("CoreShowChannels")
        first, second, third, end = [await wire.message() for _ in range(4)]
        assert (first["Application"], first["ApplicationData"].split(",")[0]) == ("Queue", "sales")
        assert (second["Application"], second["BridgeId"]) == ("Queue", "")
        assert (third["Application"], third["Channel"][:8], third["Duration"]) == ("AppQueue", "PJSIP/A1", "00:00:18")
        assert first["BridgeId"] == third["BridgeId"] != ""
        assert end["ListItems"] == "3"
        await wire.ask("QueueSummary", Queue="sales")
        summary = await wire.message()
        assert (summary["LoggedIn"], summary["Available"], summary["LongestHoldTime"]) == ("2", "0", "21")
        await wire.message()
        assert (await wire.ask("CoreStatus"))["CoreCurrentCalls"] == "3"


async def test_who_reads_slowly_is_waited_for() -> None:
    """`drain` returns when a listener has taken most of what was written, and not before."""
    floor, story = speaker(), everything()
    async with wired(floor, Events="on") as wire:
        turns = 0

        async def tell_all() -> None:
            nonlocal turns
            for turn in range(200):
                for event in story:
                    floor.tell(event)
                await floor.drain()
                turns = turn

        telling = asyncio.create_task(tell_all())
        await asyncio.sleep(1)
        assert not telling.done()
        stopped_at = turns
        async with asyncio.timeout(PATIENCE_S):
            while turns < stopped_at + 3:
                assert await wire.reader.read(1 << 20)
        telling.cancel()
        await asyncio.wait({telling})


async def test_a_connection_can_be_cut_or_fall_silent() -> None:
    """For those who want to see what a monitor makes of it."""
    floor = speaker()
    async with wired(floor, Events="off") as wire:
        floor.freeze()
        wire.writer.write(b"Action: Ping\r\n\r\n")
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.2):
                await wire.reader.readuntil(b"\r\n\r\n")
        floor.cut()
        with pytest.raises((asyncio.IncompleteReadError, ConnectionError)):
            await wire.reader.readuntil(b"\r\n\r\n")


def test_times_keep_their_millisecond_and_never_run_backwards() -> None:
    """Whatever is said of one millisecond, its Timestamps stay in it, in order."""
    stamps = [
        message.decode().partition("\r\nTimestamp: ")[2].partition("\r\n")[0]
        for message in told(e.AgentJoined(time=START + 123, agent=f"A{agent}", queue="sales") for agent in range(3_000))
    ]
    assert stamps == sorted(stamps)
    assert {stamp[:-3] for stamp in stamps} == {f"{START // 1000}.123"}


def test_the_same_events_are_told_in_the_same_bytes() -> None:
    """Numbers of channels and callers come from counters, the events' times and the contacts' ids."""
    assert told(everything()) == told(everything())
    numbers = {number_of(f"c{contact}") for contact in range(500)}
    assert len(numbers) > 200
    assert all(len(number) == 10 and number[3:8] == "55501" for number in numbers)
