"""What the manager speaker writes has the headers of a real switch: recorded days, event by event and list by list."""

from __future__ import annotations

import gzip
import re
from collections import defaultdict
from collections.abc import Iterable

import pytest

from simulators.ami import AmiSpeaker
from tests.ingest.recordings import FOLDER, NAMES, part
from tests.simulators.ami_story import START, everything
from tests.simulators.ami_told import Stepped, told

pytestmark = pytest.mark.skipif(not NAMES, reason="no recordings beside the checkout (../shared/recordings)")

Headers = dict[str, set[tuple[str, ...]]]
"""First line of a message to the names of its headers, in order, wherever they occur."""

LISTS = ("CoreSettings", "CoreShowChannels", "QueueSummary", "QueueStatus")


def headers_of(raw: str) -> Headers:
    """The headers of all messages in these bytes."""
    found: Headers = defaultdict(set)
    for block in re.split(r"\r\n\r\n+", raw):
        lines = block.split("\r\n")
        lines = lines[1:] if lines[0].startswith("Asterisk Call Manager") else lines
        if lines and ":" in lines[0]:
            found[lines[0]].add(tuple(line.partition(":")[0] for line in lines[1:]))
    return found


@pytest.fixture(scope="module")
def recorded() -> Headers:
    """Those of every recorded day, and of the examples in their description: nobody waited when lists came."""
    example = (FOLDER / "README.md").read_text(encoding="utf-8")
    blocks = re.findall(r"```\n(Event: .*?)\n```", example, re.DOTALL)
    found = headers_of("\r\n\r\n".join(block.replace("\n", "\r\n") for block in blocks))
    for name in NAMES:
        for first, seen in headers_of(gzip.decompress(part(name, "ami").read_bytes()).decode()).items():
            found[first] |= seen
    return found


def spoken() -> Headers:
    """Those of a day on which everything happens, and of every list, asked for after each fact."""
    clock = Stepped(START)
    speaker = AmiSpeaker(clock)
    messages: list[bytes] = []
    speaker.voice.fire = lambda kind, message: messages.append(message)
    for event in everything():
        speaker.tell(event)
        messages += (speaker.answer({"action": name, "actionid": "1"}) for name in LISTS)
    speaker.restart()
    return headers_of(b"".join(messages).decode())


def test_every_event_and_list_entry_has_the_headers_of_the_real_one(recorded: Headers) -> None:
    """The same names in the same order, in every form we write."""
    wrong = [
        f"{first}: {' '.join(names)}"
        for first, forms in spoken().items()
        for names in forms
        if names not in recorded.get(first, ())
    ]
    assert not wrong, "\n".join(wrong)


def test_what_a_call_is_made_of_is_said_as_on_the_real_switch(recorded: Headers) -> None:
    """Every kind of event of the recordings but those named here, each with its reason to be missing."""
    unsaid = {
        "RTCPSent": "there is no sound",
        "NewConnectedLine": "shown in the next event of the channel",
        "Cdr": "a module of its own",
        "Reload": "nothing is ever configured anew",
        "FullyBooted": "said to one connection, and seen there",
        "SuccessfulAuth": "the same",
    }
    names = {first.removeprefix("Event: ") for first in recorded if first.startswith("Event: ")}
    said = {first.removeprefix("Event: ") for first in spoken()}
    assert names - said == unsaid.keys()
    assert said - names <= {"Response: Success"}


KINDS = ("Queue", "Agent", "Dial", "MusicOnHold", "HangupRequest", "Hangup", "DTMFEnd", "VarSet")


def ways_of(messages: Iterable[str]) -> list[str]:
    """Of each caller the events of queue and dialling, in order; one that is said twice in a row stands once."""
    ways: dict[str, list[str]] = defaultdict(list)
    for message in messages:
        name = message.partition("\r\n")[0].removeprefix("Event: ")
        uid = UID.search(message)
        if uid is None or not name.startswith(KINDS):
            continue
        if name == "VarSet" and "\r\nVariable: QUEUESTATUS\r\n" not in message:
            continue
        way = ways[uid[1]]
        if way[-1:] != [name]:
            way.append(name)
    return [" ".join(way) for way in ways.values()]


UID = re.compile(r"\r\nUniqueid: ([0-9.]+)")


@pytest.fixture(scope="module")
def real_ways() -> list[str]:
    """Those of the shortest recording, on which everything happened."""
    return ways_of(re.split(r"\r\n\r\n", gzip.decompress(part(NAMES[-1], "ami").read_bytes()).decode()))


@pytest.mark.parametrize(
    "way",
    [
        "QueueCallerJoin MusicOnHoldStart AgentCalled DialBegin DialState DialEnd MusicOnHoldStop QueueCallerLeave",
        "QueueCallerLeave AgentConnect HangupRequest AgentComplete Hangup",
        "AgentCalled DialBegin DialState AgentRingNoAnswer DialEnd",
        "AgentCalled DialBegin DialState DialEnd AgentRingNoAnswer",
        "QueueCallerAbandon MusicOnHoldStop QueueCallerLeave VarSet",
        "DTMFEnd MusicOnHoldStop QueueCallerLeave Hangup",
        "HangupRequest MusicOnHoldStop DialEnd QueueCallerAbandon QueueCallerLeave Hangup",
    ],
    ids=["answered", "ended", "no answer", "rejected", "timed out", "by key", "abandoned"],
)
def test_a_call_is_told_in_the_order_of_a_real_one(way: str, real_ways: list[str]) -> None:
    """Each way through a queue is found in the recordings and in what is spoken."""
    ours = ways_of(message.decode() for message in told(everything()))
    for ways in (real_ways, ours):
        assert any(way in whole for whole in ways)
