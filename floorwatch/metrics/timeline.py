"""An agent's timeline: what the agent did, stretch by stretch, for as long as a schedule may still be edited.

Stretches follow each other without a gap from the first fact on. A late fact takes the end of it back (`cut`) and adds
what is now known; whoever has judged a stretch finds in `cut_at` from where on to judge again.

A stretch takes 16 bytes: on a floor of 5,000 agents a day is some millions of them.
"""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections.abc import Iterator
from typing import NamedTuple

from floorwatch.floor.activity import ACTIVITIES

NEVER = 1 << 62
_N = len(ACTIVITIES)
_LEAD_MAX = (1 << 32) - 1


class Stretch(NamedTuple):
    """[start, end) in one activity. Instants in milliseconds."""

    start: int
    end: int
    activity: int
    reason: str
    """Of a pause; empty otherwise."""
    engaged_from: int
    """When the first of the contacts behind it came to the agent; 0 where none is known of."""


class Reasons:
    """Pause reasons as numbers, the same for every agent of a floor."""

    def __init__(self) -> None:
        self.names = [""]
        self._numbers = {"": 0}

    def number(self, reason: str) -> int:
        """The number of this reason, at its first mention a new one."""
        number = self._numbers.get(reason)
        if number is None:
            number = self._numbers[reason] = len(self.names)
            self.names.append(reason)
        return number


class Timeline:
    """One agent's stretches, the oldest first."""

    __slots__ = ("_codes", "_leads", "_reasons", "_starts", "cut_at", "until")

    def __init__(self, reasons: Reasons) -> None:
        self._reasons = reasons
        self._starts = array("q")
        self._codes = array("I")
        """Activity and reason of each stretch."""
        self._leads = array("I")
        """One more than how long before its start the contact had come; 0 where none is known of."""
        self.until = 0
        """Where the latest stretch ends; 0 before the first."""
        self.cut_at = NEVER
        """The earliest instant from which on stretches were taken back since somebody last looked."""

    def __len__(self) -> int:
        return len(self._starts)

    def add(self, since: int, until: int, activity: int, reason: str, engaged_from: int) -> None:
        """What the agent did next. It begins where the latest stretch ends."""
        code = activity + _N * self._reasons.number(reason) if reason else activity
        starts = self._starts
        if starts and self._codes[-1] == code:
            lead = self._leads[-1]
            if (starts[-1] - lead + 1 if lead else 0) == engaged_from:
                self.until = until
                return
        elif not starts and since < self.cut_at:
            self.cut_at = since  # before it there was silence, which may be judged
        starts.append(since)
        self._codes.append(code)
        self._leads.append(min(since - engaged_from + 1, _LEAD_MAX) if engaged_from else 0)
        self.until = until

    def cut(self, at: int) -> None:
        """Take back everything from this instant on."""
        if at < self.cut_at:
            self.cut_at = at
        starts = self._starts
        while starts and starts[-1] >= at:
            del starts[-1], self._codes[-1], self._leads[-1]
        self.until = min(self.until, at) if starts else 0

    def since(self, at: int) -> Iterator[Stretch]:
        """The stretches that end after this instant; the first may begin before it."""
        starts, names = self._starts, self._reasons.names
        last = len(starts) - 1
        for place in range(max(0, bisect_right(starts, at) - 1), last + 1):
            start, lead = starts[place], self._leads[place]
            end = starts[place + 1] if place < last else self.until
            if end > at:
                reason, activity = divmod(self._codes[place], _N)
                yield Stretch(start, end, activity, names[reason], start - lead + 1 if lead else 0)

    @property
    def first_at(self) -> int:
        """Where the oldest stretch begins; 0 when there is none."""
        return self._starts[0] if self._starts else 0

    def forget(self, before: int) -> None:
        """Drop the stretches that end by this instant."""
        place = bisect_right(self._starts, before) - 1
        if place > 0:
            del self._starts[:place], self._codes[:place], self._leads[:place]
