"""Reads the hand-made FreeSWITCH transcripts and plays them through the protocol and the translation, nothing else."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import msgspec

from floorwatch.floor.events import AnyEvent, Event
from floorwatch.ingest.freeswitch.lists import Lists
from floorwatch.ingest.freeswitch.protocol import Message, Protocol
from floorwatch.ingest.freeswitch.translate import Translator
from floorwatch.ingest.source import InputCounts

FOLDER = Path(__file__).parents[1] / "transcripts" / "freeswitch"
NAMES = sorted(path.stem for path in FOLDER.glob("*.txt"))
MEMBERS = "api callcenter_config queue list members "

Cut = Callable[[bytes], Iterable[bytes]]


def whole(received: bytes) -> Iterable[bytes]:
    """No cut at all."""
    return (received,)


def expected(name: str) -> list[Event]:
    """The events that must come of a transcript."""
    lines = (FOLDER / f"{name}.events.jsonl").read_bytes().splitlines()
    return [msgspec.json.decode(line, type=AnyEvent) for line in lines]


def steps(name: str) -> Iterator[tuple[str, bytes]]:
    """(`>`, command), (`!`, what happens) or (`<`, the bytes the switch sends until the next of these)."""
    sent = b""
    for line in (FOLDER / f"{name}.txt").read_bytes().splitlines(keepends=True):
        if line[:2] == b"# ":
            continue
        if line[:2] in (b"> ", b"! "):
            if sent:
                yield "<", sent
            sent = b""
            yield line[:1].decode(), line[2:].strip()
        else:
            sent += line
    if sent:
        yield "<", sent


def sent_bytes(name: str) -> bytes:
    """Everything the switch sends in a transcript, as one stream."""
    return b"".join(told for kind, told in steps(name) if kind == "<")


class Player:
    """One feed, played a transcript: our clock is the switch's."""

    def __init__(self, name: str, cut: Cut = whole) -> None:
        self.counts = InputCounts()
        self.translator = Translator("pbx", self.counts)
        self.events: list[Event] = []
        self._cut = cut
        self._protocol = Protocol(self.counts)
        self._asked: list[str] = []
        self._lists: Lists | None = None
        self._now_ms = 0
        for kind, told in steps(name):
            if kind == ">":
                self._asked.append(told.decode())
            elif kind == "!":
                self._happens(*told.decode().split(" "))
            else:
                for piece in self._cut(told):
                    for message in self._protocol.feed(piece):
                        self._message(message)

    def _happens(self, what: str, more: str = "") -> None:
        if what == "connected":
            self._protocol = Protocol(self.counts)
        elif what == "clock":
            self._now_ms = int(more)
            self.events += self.translator.tick(self._now_ms)
        elif what == "lost":
            self._protocol.close()
            self.events += self.translator.disconnected(self._now_ms, more)

    def _message(self, message: Message) -> None:
        if message.event is not None:
            self._now_ms = message.event.time_ms()
            self.events += self.translator.event(message.event, self._now_ms)
        elif message.kind != "auth/request":
            self._answer(self._asked.pop(0), message.answer.strip())

    def _answer(self, command: str, answer: str) -> None:
        if command.startswith("event "):
            self.translator.connected()
        elif command == "api strmicroepoch":
            self._clock(int(answer) // 1000)
        elif command == "api global_getvar core_uuid":
            self._list().core = answer
        elif command == "api callcenter_config queue list":
            self._list().read_queues(answer)
        elif command.startswith(MEMBERS):
            self._list().read_members(answer)
        elif command == "api callcenter_config agent list":
            self._list().read_agents(answer)
        elif command == "api callcenter_config tier list":
            self._list().read_tiers(answer)

    def _clock(self, switch_ms: int) -> None:
        """The first question for the time begins the lists, the second ends them."""
        self._now_ms = switch_ms
        self.translator.reckon(switch_ms, switch_ms)
        if self._lists is None:
            self._lists = Lists(switch_ms)
        else:
            lists, self._lists = self._lists, None
            self.events += self.translator.listed(lists)

    def _list(self) -> Lists:
        assert self._lists is not None
        return self._lists
