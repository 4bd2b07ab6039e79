"""Running until told to stop: the work of a daemon or a demo side by side, and what is served meanwhile."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager

import structlog
from aiohttp import web

from floorwatch.driver import tune_gc
from floorwatch.turns import tune_threads

log = structlog.get_logger("floorwatch.app")

Work = Coroutine[object, object, None]


async def forever(work: Work) -> None:
    """A feed may come to its end; the daemon does not."""
    await work
    await asyncio.Event().wait()


@asynccontextmanager
async def serving(app: web.Application, host: str, port: int) -> AsyncIterator[str]:
    """Serve the application; yields its address."""
    host = host.removeprefix("[").removesuffix("]")  # people write an IPv6 address as it stands in a URL
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=2)
    await runner.setup()
    try:
        site = web.TCPSite(runner, host, port)
        await site.start()
        assert site._server is not None
        bound = runner.addresses[0][1]
        shown = "localhost" if host in ("127.0.0.1", "::1") else f"[{host}]" if ":" in host else host
        address = f"http://{shown}:{bound}/"
        log.info("serving", address=address)
        yield address
    finally:
        await runner.cleanup()


async def until_stopped(work: list[Work]) -> None:
    """Run the work until the process is told to stop, or a part of it fails: its error is raised then."""
    tune_gc()
    tune_threads()
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopped.set)
    # Log rotation sends HUP out of habit; followed files are found again without it.
    loop.add_signal_handler(signal.SIGHUP, lambda: log.info("hangup_ignored"))
    tasks = [asyncio.ensure_future(part) for part in (*work, _wait_for(stopped))]
    done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    for task in done:
        task.result()


async def _wait_for(event: asyncio.Event) -> None:
    await event.wait()
