"""Every page there is, and what became of it: to be told yet, about to leave, sent, refused, or not wanted any more."""

from __future__ import annotations

from collections import deque
from typing import NamedTuple

from floorwatch.alerts.oncall.reaching import NEWS_MS, Reach, is_stale
from floorwatch.alerts.oncall.record import COVERS_MAX, Page, Record
from floorwatch.floor.internal import DeliveryBegun, DeliveryRefused, DeliverySent

NEVER = 1 << 62
LEFT_KEPT_MS = 120_000
"""What left longer ago counts at no service any more: none has a longer window than a minute."""


class Addressee(NamedTuple):
    """One person, as one output knows them."""

    output: str
    person: str
    channel: int
    """Which of their channels, from 0."""


class Pages:
    """State of the engine; `version` grows with everything that may change what is owed."""

    def __init__(self, reach: Reach) -> None:
        self.unsent: dict[str, tuple[Page, Record]] = {}
        """By key: those that are to be told yet."""
        self.begun: dict[Addressee, DeliveryBegun] = {}
        """The message to each that was about to leave, until it is known what has become of it: it leaves again as it
        was."""
        self.tried_at: dict[Addressee, int] = {}
        """When a message was about to leave for each."""
        self.sent_at: dict[Addressee, int] = {}
        """When each was last sent something."""
        self.made = self.sent = self.refused = self.lost = 0
        """So far; lost: no way led to their person, at once or since the last one refused."""
        self.version = 0
        self.stale_at = NEVER
        """When news that is still to be told becomes history."""
        self._reach = reach
        self._known: dict[str, tuple[Page, Record]] = {}
        self._in_flight: dict[str, Addressee] = {}
        """By output: whom the message is for of which nobody has said what became of it."""
        self._left_at: dict[str, deque[int]] = {}

    def begin_counters(self) -> None:
        """Counters that never fall begin at 0 now."""
        self.made = self.sent = self.refused = self.lost = 0

    def known(self, key: str) -> tuple[Page, Record] | None:
        """A page by its key, and the record of its alert."""
        return self._known.get(key)

    def left_at(self, output: str) -> list[int]:
        """When the latest messages left by this output, taken or refused, each as often as there were requests."""
        return list(self._left_at.get(output, ()))

    # What is to be told

    def add(self, page: Page, record: Record) -> None:
        """It is made; what the same person was not told yet of the alert is told with it."""
        before, page.owed_since = record.unsent.get(page.person), page.made_at
        if before is not None:
            if page.kind == before.kind:
                page.owed_since = before.owed_since
            page.covers = (before.key, *before.covers)[:COVERS_MAX]
            before.covers, before.is_overtaken = (), True
            self.settle(before, record)
        record.pages.append(page)
        self._known[page.key] = page, record
        self.made += 1
        self._count_lost(page, record, page.made_at)
        self._want(page, record)

    def want_again(self, page: Page, record: Record) -> None:
        """One that was overtaken before it was sent is true again."""
        if page.sent_at is None and page.person not in record.unsent:
            self._want(page, record)

    def _want(self, page: Page, record: Record) -> None:
        record.unsent[page.person] = page
        self.unsent[page.key] = page, record
        if page.kind != "call":
            self.stale_at = min(self.stale_at, page.made_at + NEWS_MS + 1)
        self.version += 1

    def settle(self, page: Page, record: Record) -> None:
        """It need not be sent any more."""
        if self.unsent.pop(page.key, None) is not None:
            del record.unsent[page.person]
            self.version += 1

    def drop_stale(self, now: int) -> None:
        """What is history is not told any more."""
        if now < self.stale_at:
            return
        for page, record in [one for one in self.unsent.values() if is_stale(one[0], now)]:
            self.settle(page, record)
        news = (page.made_at for page, _ in self.unsent.values() if page.kind != "call")
        self.stale_at = min((made_at + NEWS_MS + 1 for made_at in news), default=NEVER)

    def forget(self, record: Record) -> None:
        """Its alert was over long ago."""
        for page in record.pages:
            self.settle(page, record)
            self._known.pop(page.key, None)

    def reached(self, record: Record) -> dict[str, str]:
        """Who was called about an alert, and by which output last. A call of which nobody has said what became of it
        may have arrived: we ended meanwhile.
        """
        found: dict[str, str] = {}
        flying = {key for one in self._in_flight.values() for key in self.begun[one].pages}
        for page in record.pages:
            if page.kind == "call" and (page.sent_at is not None or page.key in flying):
                found[page.person] = page.output or self._output_in_flight(page)
        return found

    def _output_in_flight(self, page: Page) -> str:
        return next(one.output for one in self._in_flight.values() if page.key in self.begun[one].pages)

    # What becomes of messages

    def begin(self, event: DeliveryBegun, now: int) -> None:
        """A message is about to leave."""
        known = self._known.get(event.pages[0]) if event.pages else None
        if known is None:
            return
        addressee = Addressee(event.output, known[0].person, event.channel)
        self.begun[addressee] = event
        self.tried_at[addressee] = now
        self._in_flight[event.output] = addressee

    def take(self, event: DeliverySent, now: int) -> list[tuple[Page, Record]]:
        """An output has taken a message: the pages that were sent with it."""
        self._count_requests(event, now)
        self._over(event.output, event.key)
        found = [known for key in event.pages if (known := self._known.get(key)) is not None]
        fresh = [(page, record) for page, record in found if page.sent_at is None]
        for page, record in fresh:
            page.sent_at, page.output = now, event.output
            self.sent += 1
            self.settle(page, record)
            later = record.unsent.get(page.person)
            if later is not None:  # what was about to leave when it was made has left
                later.covers = tuple(key for key in later.covers if key != page.key)
                later.owed_since = later.made_at
        for addressee in [one for one, begun in self.begun.items() if begun.key == event.key]:
            self.sent_at[addressee] = now
            del self.begun[addressee]
        self.version += 1
        return fresh

    def _count_requests(self, event: DeliverySent | DeliveryRefused, now: int) -> None:
        left_at = self._left_at.setdefault(event.output, deque())
        left_at.extend([now] * event.requests)
        while left_at and left_at[0] < now - LEFT_KEPT_MS:
            left_at.popleft()

    def _count_lost(self, page: Page, record: Record, now: int) -> None:
        if not self._reach.ways(page, record.alert):
            page.lost_at = now
            self.lost += 1

    def refuse(self, event: DeliveryRefused, now: int) -> None:
        """An output will never take this at this address: its pages go another way."""
        self._count_requests(event, now)
        self._over(event.output, event.key)
        for addressee in [one for one, begun in self.begun.items() if begun.key == event.key]:
            del self.begun[addressee]
        for key in event.pages:
            if (known := self._known.get(key)) is not None:
                known[0].refused += ((event.output, event.channel),)
                self.refused += 1
                self._count_lost(*known, now)
        self.version += 1

    def fail(self, output: str) -> None:
        """An output has not taken what it was given."""
        self._in_flight.pop(output, None)
        self.version += 1

    def _over(self, output: str, key: str) -> None:
        addressee = self._in_flight.get(output)
        if addressee is not None and self.begun[addressee].key == key:
            del self._in_flight[output]
