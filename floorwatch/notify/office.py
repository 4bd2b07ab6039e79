"""The office: every output with its workers and its outbox. It is told when to look, and tells how they fare."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Hashable, Sequence
from typing import NamedTuple

from floorwatch.notify.bucket import Bucket, Limits
from floorwatch.notify.desk import Desk
from floorwatch.notify.outbox import Json, Outbox
from floorwatch.notify.output import Message, Output, Shows, Tells
from floorwatch.notify.worker import Trouble, Worker


class Place(NamedTuple):
    """One place of an output, ready to be reached; most outputs have one, an Alertmanager has its peers."""

    output: str
    kind: str
    address: str
    """Without what may be secret, for it is shown and logged; another for each place of an output."""
    timeout_s: float
    door: Output
    shows: Shows | None = None
    tells: Tells | None = None
    on_lost: Callable[[Callable[[], None]], None] | None = None
    """Takes what is to be called when its connection is lost."""
    limits: Limits | None = None
    """How many messages it takes in which time; None where nothing is known of a limit."""
    requests: Callable[[Message], int] | None = None
    """As how many of them a message counts; None: as one."""


class Office:
    """Runs the workers of all places. Make it where the event loop runs."""

    def __init__(self, desk: Desk, places: Sequence[Place]) -> None:
        self._desk = desk
        self._places = places
        self._version: Hashable = None
        self._begun = asyncio.Event()
        self._workers = self._hired()

    def heed(self) -> None:
        """The floor has moved on: wake who may have something to do. Cheap: it is called after every event."""
        version = self._desk.version()
        if version == self._version:
            return
        self._version = version
        self._begun.set()
        for worker in self._workers:
            worker.wake()

    async def run(self) -> None:
        """Show and tell until cancelled; begins with the first `heed`, when the floor is known."""
        try:
            await self._begun.wait()
            async with asyncio.TaskGroup() as group:
                for worker in self._workers:
                    group.create_task(worker.run())
                await asyncio.Event().wait()
        finally:
            await asyncio.gather(*(place.door.close() for place in self._places), return_exceptions=True)

    def stopped(self) -> list[str]:
        """Outputs whose workers take no turns any more; asks all of them for one, which they have taken by the next
        call. Before the first `heed` none is to."""
        if not self._begun.is_set():
            return []
        found = dict.fromkeys(worker.outbox.output for worker in self._workers if worker.pulse.has_stopped)
        for worker in self._workers:
            worker.wake()
        return list(found)

    def rows(self) -> list[Outbox]:
        """The outbox, a row for each place."""
        rows = [worker.outbox for worker in self._workers]
        for row in rows:
            row.dropped = self._desk.dropped(row.output)
        return rows

    def json(self) -> list[Json]:
        """The same for `GET /api/v1/outputs`."""
        return [row.json() for row in self.rows()]

    def _hired(self) -> list[Worker]:
        troubles: dict[str, Trouble] = {}
        for place in self._places:
            if place.output not in troubles:
                addresses = [other.address for other in self._places if other.output == place.output]
                troubles[place.output] = Trouble(self._desk, place.output, addresses)
        workers = []
        for place in self._places:
            row = Outbox(place.output, place.kind, place.address)
            worker = Worker(
                row,
                self._desk,
                troubles[place.output],
                place.timeout_s,
                shows=place.shows,
                tells=place.tells,
                bucket=None if place.limits is None else Bucket(place.limits, place.output),
                requests=place.requests,
            )
            if place.on_lost is not None:
                place.on_lost(worker.wake)
            workers.append(worker)
        return workers
