"""What every recorded input looks like to the driver: deliveries in the order they were received, and counts.

A delivery is (applied_at, event): engine time, in milliseconds since the epoch and never backwards, at which the event
reached us, and the event with all its times as integer milliseconds.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Protocol

from floorwatch.floor.events import Event
from floorwatch.floor.internal import SourceDescribed

Delivery = tuple[int, Event]

OnReject = Callable[[str, bytes], None]
"""Told of each rejected line: (reason, line)."""


@dataclass(slots=True)
class InputCounts:
    """What a reader met. `read` counts lines, messages or rows; every one is delivered, ignored or invalid.

    One message of a switch may become several events, or none (`ignored`).
    """

    read: int = 0
    ignored: int = 0
    unknown_attributes: int = 0
    invalid: Counter[str] = field(default_factory=Counter)

    def add(self, other: InputCounts) -> None:
        """Fold the counts of another input into these."""
        self.read += other.read
        self.ignored += other.ignored
        self.unknown_attributes += other.unknown_attributes
        self.invalid.update(other.invalid)

    def clear(self) -> None:
        """Begin again."""
        self.read = self.ignored = self.unknown_attributes = 0
        self.invalid.clear()


def summed(counts: Iterable[InputCounts]) -> InputCounts:
    """What all of these inputs together have met."""
    total = InputCounts()
    for part in counts:
        total.add(part)
    return total


class Description:
    """Says once what the protocol of a source cannot tell: right after the first thing that is said of the source.

    Not before it, because a source of which nothing was said yet must not look like one that is heard. A protocol that
    can tell everything needs no word.
    """

    __slots__ = ("_unseen",)

    def __init__(self, unseen: frozenset[str]) -> None:
        self._unseen = unseen

    def after(self, event: Event) -> tuple[Event, ...]:
        """The event, and what is to be said after it."""
        unseen, self._unseen = self._unseen, frozenset()
        if not unseen:
            return (event,)
        return event, SourceDescribed(time=event.time, source=event.source, unseen=tuple(sorted(unseen)))


def described(arriving: Iterator[Delivery], unseen: frozenset[str]) -> Iterator[Delivery]:
    """The deliveries of a recording, with what its protocol cannot tell."""
    description = Description(unseen)
    for applied_at, event in arriving:
        for said in description.after(event):
            yield applied_at, said


class Recording(Protocol):
    """A recorded input that can be replayed once."""

    counts: InputCounts

    def deliveries(self) -> Iterator[Delivery]:
        """Every event with the engine time of its arrival, in order of arrival. Never raises on bad input."""
        ...
