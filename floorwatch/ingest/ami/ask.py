"""Asking a switch one question over a connection of its own: what it counts itself, queue by queue."""

from __future__ import annotations

import asyncio
from typing import Final

from floorwatch.ingest.ami import actions
from floorwatch.ingest.ami.protocol import Message, Protocol
from floorwatch.ingest.ami.session import AsteriskConnection

ANSWER_S: Final = 15.0
_WANTED: Final = {"QueueParams": b"", "QueueStatusComplete": b""}


class UnansweredError(Exception):
    """The switch did not answer; the text says why, and what to look at."""


async def queue_params(connection: AsteriskConnection) -> list[dict[str, str]]:
    """The `QueueParams` of every queue, as headers and values. Raises `UnansweredError`."""
    where = f"{connection.host} port {connection.port}"
    try:
        async with asyncio.timeout(ANSWER_S):
            reader, writer = await asyncio.open_connection(connection.host, connection.port, ssl=connection.tls)
            try:
                return await _asked(connection, reader, writer)
            finally:
                writer.close()
    except TimeoutError:
        raise UnansweredError(f"{where}: no answer within {ANSWER_S:g} s") from None
    except OSError as wrong:
        raise UnansweredError(f"{where}: {wrong}") from wrong


async def _asked(
    connection: AsteriskConnection, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> list[dict[str, str]]:
    is_private = connection.tls is not None or writer.get_extra_info("peername")[0].startswith(("127.", "::1"))
    login = actions.Login(connection.user, connection.secret, may_tell_secret=is_private)
    protocol = Protocol(_WANTED)
    found: list[dict[str, str]] = []
    writer.write(login.first())
    while received := await reader.read(65_536):
        for message in protocol.feed(received):
            if message.name == "QueueStatusComplete":
                return found
            if message.name == "QueueParams":
                found.append(_headers(message))
            elif message.name == "Response":
                was_over = login.is_over
                writer.write(b"" if was_over else login.answered(message))
                if login.refusal:
                    raise UnansweredError(f"{connection.host}: refused the login of {connection.user}: {login.refusal}")
                if login.is_over and not was_over:
                    writer.write(actions.action("QueueStatus", "queues"))
    raise UnansweredError(f"{connection.host}: ended the connection before it had answered")


def _headers(message: Message) -> dict[str, str]:
    lines = (line.partition(": ") for line in message.raw.decode().split("\r\n"))
    return {name: value for name, _, value in lines}
