"""A switch that says what a test wants: manager messages through the real protocol into the real translation."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from floorwatch.floor.events import Event
from floorwatch.ingest.ami.protocol import Protocol
from floorwatch.ingest.ami.translate import SETTLE_MS, WANTED, Translator

T0_MS = 1_795_291_940_000
"""Second 0 of every test's clock."""


def block(first: str, at_s: float | None, headers: Mapping[str, object]) -> bytes:
    """One message as it stands on the wire."""
    lines = [first, "Privilege: agent,all"]
    if at_s is not None:
        ms = round(at_s * 1000)
        lines.append(f"Timestamp: {(T0_MS + ms) // 1000}.{(T0_MS + ms) % 1000:03}500")
    lines += [f"{key}: {value}" for key, value in headers.items()]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


def short(event: Event) -> dict[str, Any]:
    """An event as a test likes to read it: seconds of the test's clock, nothing that is always there."""
    told = msgspec.to_builtins(event)
    told["time"] = round((told["time"] - T0_MS) / 1000, 3)
    for part in ("waiting", "talking", "members", "states") if "complete" in told else ():
        told[part] = list(told.get(part, ()))
        for entry in told[part]:
            if entry.get("since") is not None:
                entry["since"] = round((entry["since"] - T0_MS) / 1000, 3)
    if "since" in told:
        told["since"] = round((told["since"] - T0_MS) / 1000, 3)
    del told["source"], told["seq"]
    return told


class Switch:
    """Says messages and collects the events they become."""

    def __init__(self, interfaces: Mapping[str, str] | None = None, connect: bool = True) -> None:
        self.protocol = Protocol(WANTED)
        self.translator = Translator("pbx", interfaces, self.protocol.counts)
        self.raw: list[Event] = []
        if connect:
            self.keep(self.translator.connected(T0_MS, lists=False))
            self.take()

    def keep(self, events: list[Event]) -> None:
        self.raw += events

    def take(self) -> list[dict[str, Any]]:
        """What was told since the last call."""
        told, self.raw = [short(event) for event in self.raw], []
        return told

    def says(self, name: str, at_s: float, **headers: object) -> None:
        """An event with a Timestamp, received half a millisecond later."""
        self._feed(block(f"Event: {name}", at_s, headers), at_s)

    def lists(self, name: str, at_s: float, **headers: object) -> None:
        """A list entry, which has no Timestamp."""
        self._feed(block(f"Event: {name}", None, headers), at_s)

    def settles(self, at_s: float) -> None:
        """Nothing comes for a moment after lists that were complete at this time."""
        self.keep(self.translator.passed(T0_MS + round(at_s * 1000) + SETTLE_MS))

    def _feed(self, raw: bytes, at_s: float) -> None:
        for message in self.protocol.feed(raw):
            self.keep(self.translator.message(message, T0_MS + round(at_s * 1000)))

    # The usual phrases

    def joins(self, at_s: float, uid: str = "1.0", queue: str = "sales") -> None:
        self.says("QueueCallerJoin", at_s, Uniqueid=uid, Queue=queue, Position=1)

    def leaves(self, at_s: float, uid: str = "1.0", queue: str = "sales") -> None:
        self.says("QueueCallerLeave", at_s, Uniqueid=uid, Queue=queue)

    def abandons(self, at_s: float, uid: str = "1.0", queue: str = "sales") -> None:
        self.says("QueueCallerAbandon", at_s, Uniqueid=uid, Queue=queue)

    def hangs_up(self, at_s: float, uid: str = "1.0") -> None:
        self.says("Hangup", at_s, Uniqueid=uid, Cause=16)

    def sets_status(self, at_s: float, value: str, uid: str = "1.0") -> None:
        self.says("VarSet", at_s, Uniqueid=uid, Variable="QUEUESTATUS", Value=value)

    def agent(self, name: str, at_s: float, **headers: object) -> None:
        """An Agent… event of caller 1.0 and A17 on leg 1.1."""
        usual = {
            "Uniqueid": "1.0",
            "DestUniqueid": "1.1",
            "Queue": "sales",
            "Interface": "PJSIP/17",
            "MemberName": "A17",
        }
        self.says(name, at_s, **{key: value for key, value in (usual | headers).items() if value is not None})

    def member(self, name: str, at_s: float, **headers: object) -> None:
        """A QueueMember… event of A17."""
        usual = {"Queue": "sales", "MemberName": "A17", "Interface": "PJSIP/17", "Penalty": 0, "Status": 1, "Paused": 0}
        self.says(name, at_s, **(usual | {"PausedReason": "", "LastPause": 0, "InCall": 0} | headers))

    def answers(self, at_s: float) -> None:
        """Caller 1.0 is put through to A17."""
        self.says("DialEnd", at_s, Uniqueid="1.0", DestUniqueid="1.1", DialStatus="ANSWER")
        self.leaves(at_s)
        self.agent("AgentConnect", at_s, HoldTime=1, RingTime=1)
