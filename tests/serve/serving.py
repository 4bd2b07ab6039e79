"""The real application on a real port, and a reader of its stream."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from floorwatch.serve.auth import Access
from floorwatch.serve.board import Board
from floorwatch.serve.exposition import Exposition
from floorwatch.serve.exposition_scrape import Scrape
from floorwatch.serve.http import create_app
from tests.serve.alerts_kept import AlertsKept


class DaemonLike(TestServer):
    """A test server that treats a sender who hangs up as the daemon does: the handler is not cancelled."""

    async def _make_runner(self, **options: Any) -> web.BaseRunner:
        return await super()._make_runner(**options | {"handler_cancellation": False, "access_log": None})


def ready() -> tuple[bool, str]:
    return True, ""


@asynccontextmanager
async def serving(board: Board, *, port: int | None = None, **options: Any) -> AsyncIterator[TestClient[Any, Any]]:
    """A client of the application around `board`, at any free port or this one."""
    given = {"ready": ready, "metrics": Scrape(Exposition()).pieces, "access": Access(), "alerts": AlertsKept()}
    settings = {**given, **options}
    async with TestClient(DaemonLike(create_app(board, **settings), port=port)) as client:
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
