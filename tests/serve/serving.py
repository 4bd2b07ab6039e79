"""The real application on a real port, and a reader of its stream."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
from aiohttp.test_utils import TestClient, TestServer

from floorwatch.serve.auth import Access
from floorwatch.serve.board import Board
from floorwatch.serve.exposition import Exposition
from floorwatch.serve.http import create_app


def ready() -> tuple[bool, str]:
    return True, ""


@asynccontextmanager
async def serving(board: Board, **options: Any) -> AsyncIterator[TestClient[Any, Any]]:
    """A client of the application around `board`."""
    settings = {"ready": ready, "metrics": Exposition().render, "access": Access(), **options}
    async with TestClient(TestServer(create_app(board, **settings))) as client:
        yield client


async def events(response: aiohttp.ClientResponse) -> AsyncIterator[tuple[str, Any]]:
    """(event, content) of each server-sent event; ("comment", text) of each comment."""
    event = ""
    async for line in response.content:
        text = line.decode().rstrip("\n")
        if text.startswith(":"):
            yield "comment", text
        elif text.startswith("event: "):
            event = text.removeprefix("event: ")
        elif text.startswith("data: "):
            yield event, json.loads(text.removeprefix("data: "))
