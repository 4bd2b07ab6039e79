"""Into the inbox in order, without waiting; and back to the broker in order, once it is on disk."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from functools import partial

from floorwatch.floor.events import Event
from floorwatch.ingest.inbox import Inbox

Durable = Callable[[], None]


class Doorway:
    """Puts events into the inbox in the order given. What finds no room waits here, and reading is paused until it has.

    So at most what had been read already waits: the rest stays with the broker.
    """

    def __init__(self, inbox: Inbox) -> None:
        self._inbox = inbox
        self._pause: Callable[[], None] | None = None
        self._resume: Callable[[], None] | None = None
        self._waiting: deque[tuple[Event, Durable | None, str]] = deque()
        self._is_needed = asyncio.Event()
        self._is_free = asyncio.Event()
        self._is_free.set()

    def attend(self, pause: Callable[[], None] | None, resume: Callable[[], None] | None) -> None:
        """From now on this is what stops the reading and lets it go on; None when nothing is read."""
        self._pause, self._resume = pause, resume

    def put(self, event: Event, durable: Durable | None = None, *, position: str = "") -> None:
        """One more event. One with a position always waits for a turn of the loop: it is rare."""
        if self._waiting or position or not self._inbox.offer(event, durable=durable):
            self._waiting.append((event, durable, position))
            self._is_free.clear()
            self._is_needed.set()
            if self._pause is not None:
                self._pause()

    async def freed(self) -> None:
        """Wait until nothing waits."""
        await self._is_free.wait()

    async def serve(self) -> None:
        """Let in what waits as room comes, until cancelled."""
        while True:
            await self._is_needed.wait()
            self._is_needed.clear()
            while self._waiting:
                event, durable, position = self._waiting[0]
                await self._inbox.put(event, durable=durable, position=position)
                self._waiting.popleft()
            self._is_free.set()
            if self._resume is not None:
                self._resume()


class Acknowledgements:
    """Acknowledges messages in the order in which they came, as the protocol demands: each once it is settled."""

    def __init__(self, acknowledge: Callable[[int], None]) -> None:
        self._acknowledge = acknowledge
        self._open: deque[_Delivery] = deque()

    def __len__(self) -> int:
        return len(self._open)

    def expect(self, message_id: int) -> Durable:
        """A message has come. What is returned is to be called when all its events are on disk (or it has none)."""
        delivery = _Delivery(message_id)
        self._open.append(delivery)
        return partial(self._settle, delivery)

    def _settle(self, delivery: _Delivery) -> None:
        delivery.is_settled = True
        while self._open and self._open[0].is_settled:
            self._acknowledge(self._open.popleft().message_id)


class _Delivery:
    __slots__ = ("is_settled", "message_id")

    def __init__(self, message_id: int) -> None:
        self.message_id = message_id
        self.is_settled = False
