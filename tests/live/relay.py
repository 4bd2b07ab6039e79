"""A TCP relay between a feed and its switch that loses, holds or changes what passes: the network at its worst."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress

Change = Callable[[bytes], bytes]
"""What becomes of a message of the switch (with its blank line); b"" when it is lost."""


class Relay:
    """Listens on `port`; `cut` loses connections and refuses new ones, `hold` lets them stand and passes nothing on."""

    def __init__(self, to_port: int, change: Change) -> None:
        self._to_port = to_port
        self._change = change
        self._writers: list[asyncio.StreamWriter] = []
        self._passing = asyncio.Event()
        self._passing.set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._is_cut = False
        self.port = 0
        self.connections = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        self._writers.append(writer)
        with suppress(OSError):
            if not self._is_cut:
                there, back = await asyncio.open_connection("127.0.0.1", self._to_port)
                self._writers.append(back)
                await asyncio.gather(self._pass_on(reader, back), self._pass_on(there, writer, self._change))
        writer.transport.abort()

    async def _pass_on(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, change: Change = bytes
    ) -> None:
        with suppress(OSError, asyncio.IncompleteReadError):
            while True:
                message = await reader.readuntil(b"\r\n\r\n")
                await self._passing.wait()
                writer.write(change(message))
        writer.transport.abort()

    def cut(self) -> None:
        self._is_cut = True
        for writer in self._writers:
            writer.transport.abort()
        self._writers.clear()

    def mend(self) -> None:
        self._is_cut = False
        self._passing.set()

    async def close(self) -> None:
        self.cut()
        self.mend()
        if self._tasks:
            await asyncio.wait(self._tasks)
        await asyncio.sleep(0)  # transports close a moment after they are told to

    def hold(self) -> None:
        self._passing.clear()


@asynccontextmanager
async def relay(to_port: int, change: Change = bytes) -> AsyncIterator[Relay]:
    """A relay to this port of this machine, until the block ends."""
    made = Relay(to_port, change)
    server = await asyncio.start_server(made.serve, "127.0.0.1", 0)
    made.port = server.sockets[0].getsockname()[1]
    try:
        yield made
    finally:
        server.close()
        await made.close()
