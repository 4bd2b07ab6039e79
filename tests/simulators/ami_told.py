"""What the manager speaker tells of events, what our client makes of it, and what it should have made of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from msgspec.structs import replace

from floorwatch.engine import Engine
from floorwatch.floor import events as e
from floorwatch.floor.events import Event
from floorwatch.floor.internal import SourceDescribed
from floorwatch.floor.settings import Settings
from floorwatch.ingest.ami.protocol import Protocol
from floorwatch.ingest.ami.translate import WANTED, Translator
from floorwatch.ingest.source import Delivery, InputCounts
from floorwatch.report import build_report
from simulators.ami import AmiSpeaker
from tests.reference import differences

UNTOLD_STATES = ("wrap_up", "alerting", "talking", "on_hold")
EXITS = {"overflow": "timeout", "callback": "key", "transferred": "withdrawn", "unknown": "withdrawn"}


class Stepped:
    """A clock that stands where it is put."""

    def __init__(self, at_ms: int) -> None:
        self.at_ms = at_ms

    def now_ms(self) -> int:
        return self.at_ms

    def seconds_until(self, instant_ms: int) -> float:
        return 0.0

    def behind_ms(self) -> int:
        return 0


def told(events: Iterable[Event], seats: Mapping[str, Sequence[str]] | None = None) -> list[bytes]:
    """Every message that is said of these events."""
    speaker = AmiSpeaker(Stepped(0), seats=seats)
    messages: list[bytes] = []
    speaker.voice.fire = lambda kind, message: messages.append(message)
    for event in events:
        speaker.tell(event)
    return messages


def heard(messages: Iterable[bytes], source: str = "simulator") -> list[Delivery]:
    """What our protocol and translation make of them, the moment they are said."""
    counts = InputCounts()
    translator, protocol = Translator(source, {}, counts), Protocol(WANTED, counts)
    found: list[Delivery] = []
    at_ms = 0
    for piece in messages:
        for message in protocol.feed(piece):
            assert message.time_ms is not None
            if not at_ms:
                found += [(message.time_ms, event) for event in translator.connected(message.time_ms, lists=False)]
            at_ms = message.time_ms
            found += [(at_ms, event) for event in translator.message(message, at_ms)]
    found += [(at_ms, event) for event in translator.finished(at_ms)]
    assert not counts.invalid
    return found


def carried(events: Iterable[Event]) -> list[Delivery]:
    """The events as far as the manager interface has words for them: by the table of `simulators.ami`."""
    found: list[Event] = []
    for event in events:
        if isinstance(event, e.AgentStateChanged) and event.state in UNTOLD_STATES:
            found.append(replace(event, state="available"))
        elif isinstance(event, e.ContactExited):
            found.append(replace(event, reason=EXITS.get(event.reason, event.reason)))
        elif isinstance(event, e.ContactOffered):
            found.append(replace(event, channel=None))
        else:
            found.append(event)
    return [(event.time, event) for event in found]  # type: ignore[misc]


def report_of(deliveries: Iterable[Delivery], settings: Settings) -> dict[str, Any]:
    """The report of the engine that runs live."""
    engine = Engine(settings)
    for at_ms, event in deliveries:
        engine.advance(at_ms)
        engine.apply(event)
    return build_report(engine, InputCounts())


def disagreements(events: Sequence[Event], got: Iterable[Delivery], settings: Settings) -> list[str]:
    """Every figure of queues and agents in which what was heard differs from what was told, in either direction.

    But for pauses by queue: the switch has a pause in each queue where the contract has one that names none. What our
    client says it cannot hear counts for both.
    """
    got = list(got)
    described = [(at_ms, event) for at_ms, event in got if isinstance(event, SourceDescribed)]
    expected, found = report_of([*described, *carried(events)], settings), report_of(got, settings)
    assert not found["input"]["anomalies"], found["input"]
    for agent in (*expected["agents"].values(), *found["agents"].values()):
        del agent["paused_by_queue"]
    return [
        line
        for part in ("queues", "agents", "from", "to")
        for line in (*differences(expected[part], found[part], part), *differences(found[part], expected[part], part))
    ]
