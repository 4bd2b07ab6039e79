"""The other side of a live test: a manager user who may do everything, to make callers call and agents work."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from contextlib import suppress
from itertools import count

PATIENCE_S = 60.0


class RefusedError(Exception):
    """The switch did not do what it was asked for."""


class Control:
    """The user `control`, one connection at a time. Answers come in the order of the actions; events are off."""

    def __init__(self, port: int, secret: str) -> None:
        self._port = port
        self._secret = secret
        self._ids = count(1)
        self._seats: dict[tuple[str, str], None] = {}
        self._writer: asyncio.StreamWriter | None = None

    async def connect(self) -> None:
        """Log in, on a new connection."""
        await self.close()
        self._reader, self._writer = await asyncio.open_connection("127.0.0.1", self._port)
        await self._reader.readline()  # the banner
        await self.do("Login", Username="control", Secret=self._secret, Events="off")

    async def do(self, name: str, variables: Iterable[str] = (), **headers: object) -> list[str]:
        """The lines of the answer."""
        action_id = f"control-{next(self._ids)}"
        lines = [f"Action: {name}", f"ActionID: {action_id}", *(f"{key}: {value}" for key, value in headers.items())]
        lines += [f"Variable: {variable}" for variable in variables]
        assert self._writer is not None
        self._writer.write(("\r\n".join(lines) + "\r\n\r\n").encode())
        while True:
            async with asyncio.timeout(PATIENCE_S):
                block = (await self._reader.readuntil(b"\r\n\r\n")).decode()
            answer = block.split("\r\n")
            if f"ActionID: {action_id}" in answer and answer[0].startswith("Response: "):
                break
        if answer[0] == "Response: Error":
            raise RefusedError(f"{lines}: {answer}")
        return answer

    async def command(self, text: str) -> str:
        """What the switch's own command line says."""
        answer = await self.do("Command", Command=text)
        return "\n".join(line.removeprefix("Output: ") for line in answer if line.startswith("Output: "))

    async def close(self) -> None:
        if self._writer is not None:
            self._writer.close()
            with suppress(OSError):
                await self._writer.wait_closed()

    async def channel(self, find: Callable[[list[list[str]]], str]) -> str:
        """What `find` says of the channels (name, context, extension, priority, state, application, …, bridge, id).

        Asked again until it is not empty.
        """
        async with asyncio.timeout(PATIENCE_S):
            while True:
                told = await self.command("core show channels concise")
                channels = [line.split("!") for line in told.splitlines() if line]
                if found := find(channels):
                    return found
                await asyncio.sleep(0.05)

    async def talking_channel(self, start: str) -> str:
        """The first channel whose name begins so, and that hears another."""
        return await self.channel(
            lambda channels: next((c[0] for c in channels if c[0].startswith(start) and c[-2]), "")
        )

    async def talking_leg(self) -> str:
        """The channel of the agent who talks."""
        return await self.channel(lambda channels: next((c[0] for c in channels if c[5] == "AppQueue" and c[-2]), ""))

    async def waiting_leg(self, queue: str) -> str:
        """The channel of a caller who is in the queue."""
        start = f"{queue},"
        return await self.channel(
            lambda channels: next((c[0] for c in channels if c[5] == "Queue" and c[6].startswith(start)), "")
        )

    # What people do

    async def call(self, queue: str, patience_s: float = 30, *, key_after_s: float = 0, **limits: object) -> None:
        """A caller enters the queue, and hangs up after so long if nobody else does; or presses 1 before."""
        given = {"queue": queue, "limit": "", **limits}
        who = f"{'k' if key_after_s else 'w'}{round((key_after_s or patience_s) * 10)}"
        await self.do(
            "Originate",
            [f"__{name}={value}" for name, value in given.items()],
            Channel=f"Local/{who}@callers/n",
            Context="enter",
            Exten="go",
            Priority=1,
            Async="true",
        )

    async def log_in(self, queue: str, device: str, name: str, penalty: int = 0) -> None:
        await self.do("QueueAdd", Queue=queue, Interface=f"Local/{device}@agents/n", MemberName=name, Penalty=penalty)
        self._seats[queue, device] = None

    async def log_out(self, queue: str, device: str) -> None:
        await self.do("QueueRemove", Queue=queue, Interface=f"Local/{device}@agents/n")
        del self._seats[queue, device]

    async def send_home(self) -> None:
        """Everybody hangs up and logs out; returns when the floor is empty."""
        await self.hang_up("^Local/.*")
        for queue, device in list(self._seats):
            await self.log_out(queue, device)
        await self.channel(lambda channels: "" if channels else "nobody")

    async def pause(self, device: str, reason: str = "", queue: str = "", *, paused: bool = True) -> None:
        where = {"Queue": queue} if queue else {}
        given = {"Interface": f"Local/{device}@agents/n", "Paused": str(paused).lower(), "Reason": reason}
        await self.do("QueuePause", **given, **where)

    async def hang_up(self, channels: str) -> None:
        """Every channel whose name matches this regular expression."""
        await self.do("Hangup", Channel=f"/{channels}/", Cause=16)
