"""`python -m benchmarks.survival`: what the wallboard shows when its line, its server, its clock or its machine fails.

The floor page is open in a real Chromium, behind a relay that can cut the line or let it stall half-open. Who waits is
the number of the picture, so that whatever stands on the tile tells how old it is. Several times a second somebody
looks: a page that says it is live shows nothing older than `LIVE_S_MAX`; one without news says so and since when, shows
dashes once it is too old, and comes back by itself. Every look that was wrong is printed; the exit status is 1 then.

    offline     the browser has no network for a minute
    half-open   the line is up for a minute, and nothing comes
    restart     the server goes, and comes back elsewhere on the same address
    clock       the machine's clock is set by an hour, back and forth, with news and without
    asleep      the machine sleeps, and its monotonic clock with it
    stopped     the page's process stands still for 40 s, while news pile up
    frozen      the browser freezes the page for 40 s
"""

from __future__ import annotations

import argparse
import asyncio
import os
import shutil
import signal
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

from msgspec import structs
from playwright.async_api import Browser

from floorwatch.serve.board import Board
from tests.browsing import Window, chromium, window
from tests.serve.floors import AT, floor, queue
from tests.serve.serving import serving

PUBLISH_S = 0.25
LIVE_S_MAX = 7.0
"""The page lets news be 5 s old; the rest is ours: publishing, drawing, looking, on a machine that is busy."""
GONE_S = 32.0
"""After 30 s without news nothing is shown."""
WAKES_S_MAX = 1.5
"""So long what was drawn before may stand, when a page that did not run runs again."""
BACK_S_MAX = 35.0
"""It tries again after half a minute at most."""
LOOK_EVERY_S = 0.15

SEEN = """
  () => ({ state: document.documentElement.dataset.state, kind: document.getElementById("banner").dataset.kind,
    banner: document.querySelector(".banner-sentence").innerText,
    number: document.querySelector('.tile [data-figure="waiting"]').innerText })
"""
CLOCK = """
  {
    const [Real, now] = [Date, Date.now.bind(Date)];
    window.ahead = 0;
    window.Date = class extends Real {
      constructor(...at) {
        super(...(at.length ? at : [now() + window.ahead]));
      }
      static now() {
        return now() + window.ahead;
      }
    };
  }
"""
"""Runs before the page's own scripts: `ahead` sets the wall clock, and the monotonic one goes on as it did."""


class Relay:
    """A TCP relay in front of a server: can stall (half-open), refuse, and lead to another server."""

    def __init__(self) -> None:
        self.target = 0
        self.port = 0
        self._flows = asyncio.Event()
        self._flows.set()
        self._pipes: set[asyncio.Task[None]] = set()
        self._writers: set[asyncio.StreamWriter] = set()

    async def _take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            theirs, ours = await asyncio.open_connection("127.0.0.1", self.target)
        except OSError:
            writer.close()
            return
        self._writers |= {writer, ours}
        for source, sink in ((reader, ours), (theirs, writer)):
            pipe = asyncio.create_task(self._pipe(source, sink))
            self._pipes.add(pipe)
            pipe.add_done_callback(self._pipes.discard)

    async def _pipe(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while got := await source.read(65_536):
                await self._flows.wait()
                sink.write(got)
                await sink.drain()
        sink.close()
        self._writers.discard(sink)

    def stall(self) -> None:
        """Connections stay, new ones are taken, and nothing passes."""
        self._flows.clear()

    def flow(self) -> None:
        """As if nothing had been."""
        self._flows.set()

    def cut(self) -> None:
        """Every connection ends; new ones are refused while there is no target."""
        for writer in self._writers:
            writer.close()
        self._writers.clear()

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[None]:
        """Takes connections on a free port."""
        server = await asyncio.start_server(self._take, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        try:
            yield
        finally:
            self.flow()
            self.cut()
            server.close()
            for pipe in self._pipes:
                pipe.cancel()


@dataclass(slots=True)
class Trial:
    """A page, the line to its server, and what was wrong with what was seen."""

    seen: Window
    relay: Relay
    boards: list[Board]
    """Those that are published to."""
    published_at: list[float] = field(default_factory=list)
    """By number of the picture."""
    wrong: list[str] = field(default_factory=list)
    looks: int = 0

    async def publish_for_ever(self) -> None:
        """A floor that goes on as time does; the number of the picture is how many wait."""
        began = time.monotonic()
        while True:
            now = time.monotonic()
            shown = structs.replace(queue("sales"), waiting=len(self.published_at))
            view = floor(AT + round((now - began) * 1000), (shown,))
            self.published_at.append(now)
            for board in self.boards:
                board.publish(view)
            await asyncio.sleep(PUBLISH_S)

    async def look(self) -> tuple[str, str, str]:
        """(state, number, sentence of the banner). Notes it when what is said to be live is old."""
        shown = await self.seen.run(SEEN)
        self.looks += 1
        state, number, sentence = shown["state"], shown["number"], shown["banner"]
        if state == "live":
            age_s = time.monotonic() - self.published_at[int(number)]
            if age_s > LIVE_S_MAX:
                self.wrong.append(f"live, but {number} is {age_s:.1f} s old")
        elif shown["kind"] != "unknown" or not sentence.startswith("No news since 10:1"):
            self.wrong.append(f"{state}, but the banner says: {sentence}")
        if state == "gone" and number != "–":
            self.wrong.append(f"gone, but {number} is shown")
        return state, number, sentence

    async def watch(self, for_s: float, *, without_news: bool = False) -> list[str]:
        """The states seen in so many seconds, each once; `without_news`: none may be live once the news are too old."""
        began, states = time.monotonic(), []
        while (spent_s := time.monotonic() - began) < for_s:
            state, *_ = await self.look()
            if not states or states[-1] != state:
                states.append(state)
            if without_news and spent_s > LIVE_S_MAX and state == "live":
                self.wrong.append(f"live after {spent_s:.1f} s without news")
            if without_news and spent_s > GONE_S and state != "gone":
                self.wrong.append(f"{state} after {spent_s:.1f} s without news")
            await asyncio.sleep(LOOK_EVERY_S)
        return states

    async def back(self) -> float:
        """Seconds until it is live again, with the present number."""
        began = time.monotonic()
        while time.monotonic() - began < BACK_S_MAX:
            if (await self.look())[0] == "live":
                return time.monotonic() - began
            await asyncio.sleep(LOOK_EVERY_S)
        self.wrong.append(f"not back within {BACK_S_MAX} s")
        return BACK_S_MAX


async def offline(trial: Trial, lost_s: float) -> None:
    """The browser has no network."""
    await trial.seen.page.context.set_offline(True)
    trial.relay.cut()  # a browser that goes offline keeps the connections it has; a machine does not
    await trial.watch(lost_s, without_news=True)
    await trial.seen.page.context.set_offline(False)
    await trial.back()


async def half_open(trial: Trial, lost_s: float) -> None:
    """The line is up, and nothing comes."""
    trial.relay.stall()
    await trial.watch(lost_s, without_news=True)
    trial.relay.cut()
    trial.relay.flow()
    await trial.back()


async def restart(trial: Trial, lost_s: float) -> None:
    """The server goes, and another comes where it was."""
    trial.boards.clear()
    trial.relay.target = 0
    trial.relay.cut()
    await trial.watch(lost_s, without_news=True)
    board = Board()
    async with serving(board) as client:
        trial.relay.target = client.make_url("/").port or 0
        trial.relay.cut()
        await trial.watch(1.0)  # the new one knows nothing yet
        trial.boards.append(board)
        await trial.back()
        trial.relay.cut()


async def clock(trial: Trial, lost_s: float) -> None:
    """Whoever sets the clock makes nothing older or newer."""
    hour_ms = 3_600_000
    for ahead_ms in (hour_ms, -hour_ms, 0):
        await trial.seen.run("(ms) => { window.ahead = ms }", ahead_ms)
        if (states := await trial.watch(2.0)) != ["live"]:
            trial.wrong.append(f"set by {ahead_ms} ms with news: {states}")
    trial.relay.stall()
    await trial.watch(lost_s, without_news=True)
    for ahead_ms in (-hour_ms, hour_ms, 0):
        await trial.seen.run("(ms) => { window.ahead = ms }", ahead_ms)
        if "live" in (states := await trial.watch(2.0)):
            trial.wrong.append(f"set by {ahead_ms} ms without news: {states}")
    trial.relay.cut()
    trial.relay.flow()
    await trial.back()


async def asleep(trial: Trial, lost_s: float) -> None:
    """Monotonic time stands still with the machine; only the wall clock knows. The line is dead when it wakes."""
    trial.relay.stall()
    await trial.seen.run("(ms) => { window.ahead = ms }", lost_s * 1000)
    await asyncio.sleep(1.0 + WAKES_S_MAX)  # it looks once a second, and then waits whether news come as they should
    if "live" in (states := await trial.watch(3.0)):
        trial.wrong.append(f"awake, and no news: {states}")
    trial.relay.cut()
    trial.relay.flow()
    await trial.back()


async def stopped(trial: Trial, lost_s: float) -> None:
    """The page's process stands still, while news pile up before it."""
    browser = trial.seen.page.context.browser
    assert browser is not None
    session = await browser.new_browser_cdp_session()
    told = (await session.send("SystemInfo.getProcessInfo"))["processInfo"]
    renderers = [process["id"] for process in told if process["type"] == "renderer"]
    for process in renderers:
        os.kill(process, signal.SIGSTOP)
    await asyncio.sleep(lost_s)
    for process in renderers:
        os.kill(process, signal.SIGCONT)
    await asyncio.sleep(WAKES_S_MAX)
    await trial.watch(3.0)
    await trial.back()


async def frozen(trial: Trial, lost_s: float) -> None:
    """The browser lets the page do nothing, as it does with those in the background."""
    session = await trial.seen.page.context.new_cdp_session(trial.seen.page)
    await session.send("Page.setWebLifecycleState", {"state": "frozen"})
    await asyncio.sleep(lost_s)
    await session.send("Page.setWebLifecycleState", {"state": "active"})
    await asyncio.sleep(WAKES_S_MAX)
    await trial.watch(3.0)
    await trial.back()


Way = Callable[[Trial, float], Awaitable[None]]
WAYS: dict[str, tuple[Way, float]] = {
    "offline": (offline, 60.0),
    "half-open": (half_open, 60.0),
    "restart": (restart, 20.0),
    "clock": (clock, 12.0),
    "asleep": (asleep, 40.0),
    "stopped": (stopped, 40.0),
    "frozen": (frozen, 40.0),
}
"""What happens, and for how long."""


async def survives(browser: Browser, way: Way, lost_s: float) -> Trial:
    """A page of its own that this happens to; live before, and live in the end."""
    board, relay = Board(), Relay()
    async with serving(board) as client, relay.listening(), window(browser) as seen:
        relay.target = client.make_url("/").port or 0
        await seen.page.add_init_script(CLOCK)
        trial = Trial(seen, relay, [board])
        publishing = asyncio.create_task(trial.publish_for_ever())
        try:
            await seen.open(f"http://127.0.0.1:{relay.port}/?lang=en")
            await seen.until("document.documentElement.dataset.state === 'live'")
            await trial.watch(1.0)
            await way(trial, lost_s)
            await trial.watch(1.0)
        finally:
            publishing.cancel()
            with suppress(asyncio.CancelledError):
                await publishing
    return trial


async def everything(program: str) -> list[str]:
    """All of it at the same time, each in a browser of its own; what was wrong."""

    async def one(name: str) -> list[str]:
        way, lost_s = WAYS[name]
        async with chromium(program) as browser:
            trial = await survives(browser, way, lost_s)
        print(f"{name}: {lost_s:g} s, looked {trial.looks} times, {len(trial.wrong)} wrong", flush=True)
        return [f"{name}: {wrong}" for wrong in trial.wrong]

    return [wrong for found in await asyncio.gather(*map(one, WAYS)) for wrong in found]


def main(arguments: list[str] | None = None) -> int:
    """Try everything; returns the exit status."""
    argparse.ArgumentParser(prog="python -m benchmarks.survival", description=__doc__).parse_args(arguments)
    program = shutil.which("chromium")
    if program is None:
        raise SystemExit("chromium is needed: sudo sh tests/setup.sh")
    wrong = asyncio.run(everything(program))
    print("\n".join(("", *wrong)) if wrong else "\nnever was an old number shown as new")
    return int(bool(wrong))


if __name__ == "__main__":
    sys.exit(main())
