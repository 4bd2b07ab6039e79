"""Events posted to `POST /api/v1/events` of a daemon, as an integrator should do it.

A 202 says that all of a body is on disk. Anything that says "later" (429, 503, no connection) means: the same body
again, which is harmless, as every event has an id. With a shared clock several bodies may be on their way to the disk
at once: they keep their order, as the clock does not move on before each has been taken in.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Sequence

import aiohttp

from simulators.speakers.speaker import Item, UnsaidError, line_of

BODY_EVENTS_MAX = 1_000
"""Half of what a body may hold."""
ON_THE_WAY_MAX = 32
RETRY_S = 1.0
ANSWER_S = 30.0
NONSENSE = "no line is an event"
"""The answer to a body that is nonsense from the first line to the last: it was heard, and is counted."""
LATER = frozenset((408, 429, 500, 502, 503, 504))


class HttpSpeaker:
    """Posts to `address`, with a token where one is asked for: a `simulators.speakers.speaker.Speaker`.

    `source` is the name of the feed that the token may speak for; without it the events name none, and are those of the
    daemon's only feed. `in_step`: whoever reads is waited for by the clock, so that an answer need not be.
    """

    def __init__(self, address: str, token: str = "", source: str = "", *, in_step: bool = False) -> None:
        self.where = address.rstrip("/")
        if not self.where.endswith("/api/v1/events"):
            self.where += "/api/v1/events"
        self._source = source or None
        self._headers = {"Content-Type": "application/x-ndjson"}
        if token:
            self._headers["Authorization"] = f"Bearer {token}"
        self._on_the_way_max = ON_THE_WAY_MAX if in_step else 0
        self._on_the_way: deque[asyncio.Task[None]] = deque()
        self._client: aiohttp.ClientSession | None = None

    async def start(self) -> int:
        """Nothing is sent before there is something to say."""
        self._client = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=ANSWER_S))
        return 0

    async def attended(self) -> None:
        """Whoever wants to hear it comes by itself, or finds what was said."""

    async def say(self, items: Sequence[Item]) -> int:
        """Post them. Raises `UnsaidError` when they, or those before them, are refused for good."""
        for first in range(0, len(items), BODY_EVENTS_MAX):
            body = b"\n".join(line_of(item, self._source) for item in items[first : first + BODY_EVENTS_MAX])
            self._on_the_way.append(asyncio.create_task(self._post(body)))
            await self._arrive(self._on_the_way_max)
        return len(items)

    async def stop(self) -> None:
        """Wait for what is on its way."""
        if self._client is None:
            return
        try:
            await self._arrive(0)
        finally:
            for task in self._on_the_way:
                task.cancel()
            await asyncio.gather(*self._on_the_way, return_exceptions=True)
            await self._client.close()

    async def _arrive(self, left: int) -> None:
        """Wait until no more than these are on their way."""
        while self._on_the_way and (len(self._on_the_way) > left or self._on_the_way[0].done()):
            await self._on_the_way.popleft()

    async def _post(self, body: bytes) -> None:
        assert self._client is not None
        while True:
            try:
                async with self._client.post(self.where, data=body, headers=self._headers) as answer:
                    said = await answer.text()
                    pause_s = float(answer.headers.get("Retry-After", RETRY_S))
            except (aiohttp.ClientConnectionError, TimeoutError):
                await asyncio.sleep(RETRY_S)
                continue
            if answer.status == 202 or (answer.status == 400 and NONSENSE in said):
                return
            if answer.status not in LATER:
                raise UnsaidError(f"{self.where} refuses what is posted, {answer.status}: {said[:300]}")
            await asyncio.sleep(pause_s)
