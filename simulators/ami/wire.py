"""How the manager writes: events with their class and Timestamp, answers, and the lists that follow them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Final

Action = Mapping[str, str]
"""An action as it was sent: its headers, the names in lower case."""

Fire = Callable[[int, bytes], None]
"""Told of every event: its class as a bit of `CLASSES`, and what is written of it."""

_NAMES: Final = (
    "system call log verbose command agent user config dtmf reporting cdr dialplan originate agi hook cc aoc test "
    "security message"
).split()
CLASSES: Final = {name: 1 << place for place, name in enumerate(_NAMES)}
"""The classes of events, in the order in which the switch numbers them."""
ALL: Final = (1 << len(_NAMES)) - 1


def mask_of(text: str) -> int:
    """What an EventMask lets through. Names that are none let nothing through, as on the switch."""
    word = text.strip().lower()
    if word.lstrip("-").isdigit():
        return int(word) & ALL
    if word in ("on", "yes", "true", "all"):
        return ALL
    return sum({CLASSES.get(name.strip(), ALL if name.strip() == "all" else 0) for name in word.split(",")}) & ALL


def event(name: str, kind: str, stamp: str, body: str) -> bytes:
    """An event of this class. `body`: its own lines, each with its end."""
    return f"Event: {name}\r\nPrivilege: {kind},all\r\nTimestamp: {stamp}\r\n{body}\r\n".encode()


def stamp_of(at_ms: int, microseconds: int = 0) -> str:
    """A Timestamp."""
    return f"{at_ms // 1000}.{at_ms % 1000:03d}{microseconds:03d}"


class Voice:
    """Says what happens, at the time it happens.

    What is said of one millisecond is numbered by its microseconds, so that the order read and the times agree, and
    never leaves its millisecond: the last thousandth is shared when there is more to say.
    """

    def __init__(self, fire: Fire) -> None:
        self.fire = fire
        self.now_ms = 0
        self._millisecond = ""
        self._said = 0

    @property
    def now_s(self) -> int:
        """The switch's own clock has whole seconds."""
        return self.now_ms // 1000

    def reach(self, at_ms: int) -> None:
        """It is this late; time does not run backwards."""
        if at_ms > self.now_ms:
            self.now_ms, self._millisecond, self._said = at_ms, stamp_of(at_ms)[:-3], 0

    def say(self, name: str, kind: str, body: str) -> None:
        """An event of this class, now."""
        self._said = min(self._said + 1, 999)
        self.fire(CLASSES[kind], event(name, kind, f"{self._millisecond}{self._said:03d}", body))


def answer(action: Action, *lines: str, response: str = "Success") -> bytes:
    """The answer to an action: with its ActionID, if it has one."""
    return ("\r\n".join([f"Response: {response}", *_named(action), *lines]) + "\r\n\r\n").encode()


def refusal(action: Action, why: str) -> bytes:
    """An action that is not done."""
    return answer(action, f"Message: {why}", response="Error")


def answered_list(action: Action, name: str, message: str, entries: Iterable[str]) -> bytes:
    """A list: the answer that it comes, its entries, and its end, an event of its own called `nameComplete`."""
    told = list(entries)
    end = [f"Event: {name}Complete", *_named(action), "EventList: Complete", f"ListItems: {len(told)}"]
    body = "".join(told) + "\r\n".join(end) + "\r\n\r\n"
    return answer(action, "EventList: start", f"Message: {message}") + body.encode()


def last_line(action: Action) -> str:
    """The end of a list entry that has the ActionID last."""
    return "".join(f"{line}\r\n" for line in _named(action)) + "\r\n"


def first_line(action: Action) -> str:
    """The same of one that has it first."""
    return "".join(f"{line}\r\n" for line in _named(action))


def _named(action: Action) -> list[str]:
    action_id = action.get("actionid", "")
    return [f"ActionID: {action_id}"] if action_id else []
