"""The wallboard survives what happens at night: briefly here, at length in `python -m benchmarks.survival`."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from playwright.async_api import Browser

from benchmarks.survival import WAYS, Trial, survives
from tests.browsing import chromium

LOST_S = 8.0
"""News are too old after 5 s."""
TOGETHER = [name for name in WAYS if name != "stopped"]
"""Pages of one browser may share a process, so the one that is stopped has a browser of its own."""


async def lie(trial: Trial, lost_s: float) -> None:
    """A page that keeps its old picture and says it is live."""
    trial.boards.clear()
    await trial.seen.run("() => { setInterval(() => { document.documentElement.dataset.state = 'live' }, 1) }")
    await trial.watch(lost_s, without_news=True)


async def test_an_old_number_is_never_shown_as_new(browser: Browser, tool: Callable[[str], str]) -> None:
    """No network, a line that is half-open, a server that restarts, a clock that is set, a machine that slept, a page
    that was stopped or frozen: what is old is said to be, and the page comes back by itself with what is so now. A page
    that lies is found out."""

    async def alone() -> Trial:
        async with chromium(tool("chromium")) as own:
            return await survives(own, WAYS["stopped"][0], LOST_S)

    honest = (alone(), *(survives(browser, WAYS[name][0], LOST_S) for name in TOGETHER))
    liar, *trials = await asyncio.gather(survives(browser, lie, LOST_S), *honest)
    found = dict(zip(("stopped", *TOGETHER), trials, strict=True))
    assert {name: trial.wrong for name, trial in found.items()} == {name: [] for name in WAYS}
    assert all(trial.looks > LOST_S and trial.seen.strangers == [] for trial in trials)
    assert any(wrong.startswith("live, but") for wrong in liar.wrong)
    assert any(wrong.startswith("live after") for wrong in liar.wrong)
