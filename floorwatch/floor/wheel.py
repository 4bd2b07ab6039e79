"""Timers by the second: what is to be looked at on which tick."""

from __future__ import annotations

from floorwatch.floor.contact import Contact
from floorwatch.floor.visit import Ledger, Visit

Timed = Visit | Contact | Ledger
"""A visit whose T elapses, a contact to forget, a queue whose rules are to be read."""


class Wheel:
    """Things due by tick, in the order they were set. A tick `s` serves everything due by second `s`."""

    __slots__ = ("_due",)

    def __init__(self) -> None:
        self._due: dict[int, list[Timed]] = {}

    def set(self, second: int, thing: Timed) -> None:
        """Look at the thing on this tick."""
        due = self._due.get(second)
        if due is None:
            self._due[second] = [thing]
        else:
            due.append(thing)

    def pop(self, second: int) -> list[Timed] | None:
        """What is due on this tick."""
        return self._due.pop(second, None)

    def next_second(self) -> int | None:
        """The earliest tick on which something is due."""
        return min(self._due, default=None)
