"""A real browser in front of our pages: the machine's own Chromium, driven by Playwright.

    async def test_a_page(browser: Browser) -> None:            # the fixture of tests/conftest.py
        async with serving(board) as client, window(browser, "phone") as seen:
            await seen.open(str(client.make_url("/alerts?lang=zh&theme=light")))
            await seen.until("document.documentElement.dataset.state === 'live'")
            assert await seen.page.locator(".tile").count() == 8          # all of Playwright is at hand
            assert await seen.barriers() == []                            # axe-core: nothing serious or critical
            assert await seen.weak_texts() == []                          # contrast of all text, 4.5 to 1
            assert await seen.sideways() == 0                             # nothing to scroll to the side
            assert seen.complaints == seen.strangers == []                # console, and requests to elsewhere

No browser is ever downloaded, and none is driven over the network.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any
from urllib.parse import urlsplit

from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, ConsoleMessage, Error, Page, Request, async_playwright

SCREENS = {"hall": (1920, 1080), "4k": (3840, 2160), "laptop": (1366, 768), "phone": (390, 844)}
LOOKS = [(lang, theme) for lang in ("en", "zh") for theme in ("dark", "light")]
"""Every page is shown in each."""

_FLAGS = ("--disable-quic", "--hide-scrollbars", "--autoplay-policy=no-user-gesture-required")

WEAK_TEXTS = """
  (within) => {
    const channel = (value) => (value <= 0.03928 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4);
    const luminance = ([r, g, b]) => 0.2126 * channel(r / 255) + 0.7152 * channel(g / 255) + 0.0722 * channel(b / 255);
    const parts = (colour) => colour.match(/[\\d.]+/g).map(Number);
    const ground = (node) => {
      for (let at = node; at; at = at.parentElement) {
        const colour = parts(getComputedStyle(at).backgroundColor);
        if (colour.length === 3 || colour[3] > 0.99) return colour;
      }
      return [255, 255, 255];
    };
    const weak = [];
    for (const node of document.querySelectorAll(within ? `${within} *` : "body *")) {
      const own = [...node.childNodes].some((child) => child.nodeType === 3 && child.data.trim());
      if (!own || !node.checkVisibility() || node.closest("noscript, svg")) continue;
      if (!within && node.closest("dialog")) continue;
      const [one, other] = [luminance(parts(getComputedStyle(node).color)), luminance(ground(node))];
      const ratio = (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05);
      if (ratio < 4.5) weak.push(`${node.className} "${node.textContent.slice(0, 20)}" ${ratio.toFixed(2)}`);
    }
    return weak;
  }
"""


class Window:
    """One page in a window of its own: what it shows, what it complains of, and whom else it asks."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.complaints: list[str] = []
        """Warnings and errors of the console, and errors nobody caught: refused loads and policy violations too."""
        self.strangers: list[str] = []
        """Requests to any other origin than the page's."""
        self._origin = ""
        page.on("console", self._hear)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("request", self._note)

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type in ("warning", "error"):
            self.complaints.append(f"{message.text} ({message.location.get('url', '')})")

    def _note(self, request: Request) -> None:
        if _origin_of(request.url) != self._origin and not request.url.startswith(("data:", "blob:")):
            self.strangers.append(request.url)

    async def open(self, url: str) -> None:
        """The page at `url`, loaded; what its stream brings comes later."""
        self._origin = _origin_of(url)
        await self.page.goto(url)

    async def run(self, script: str, argument: Any = None) -> Any:
        """What a JavaScript expression or function makes of the argument; a promise is waited for."""
        return await self.page.evaluate(script, argument)

    async def until(self, script: str, argument: Any = None, within_s: float = 45) -> Any:
        """The first true answer of an expression or function; fails with the text of the page when there is none."""
        deadline = time.monotonic() + within_s
        while time.monotonic() < deadline:
            # Playwright's own waiting evaluates in the page, which our policy forbids; while a page makes room for
            # the next there is nothing to ask.
            with suppress(Error):
                if found := await self.page.evaluate(script, argument):
                    return found
            await asyncio.sleep(0.05)
        shown = await self.page.evaluate("document.body.innerText.slice(0, 600)")
        answer = await self.page.evaluate(script, argument)
        raise AssertionError(f"never true within {within_s} s, but {answer}: {script} {argument or ''}\npage: {shown}")

    async def resize(self, screen: str) -> None:
        """To one of the SCREENS."""
        width, height = SCREENS[screen]
        await self.page.set_viewport_size({"width": width, "height": height})

    async def barriers(self) -> list[str]:
        """What axe-core calls serious or critical, with the elements it means."""
        found = (await Axe().run(self.page, options={"resultTypes": ["violations"]})).response["violations"]
        return [
            f"{one['id']} ({one['impact']}): {[node['html'][:120] for node in one['nodes'][:4]]}"
            for one in found
            if one["impact"] in ("serious", "critical")
        ]

    async def weak_texts(self, within: str = "") -> list[str]:
        """Texts with less contrast than 4.5 to 1, large ones and those on hatched ground included, which axe-core
        leaves out; without `within`, a selector, those of the page and not of what is open above it."""
        return list(await self.run(WEAK_TEXTS, within))

    async def sideways(self) -> int:
        """How many pixels the page is wider than its window."""
        return int(await self.run("Math.max(0, document.documentElement.scrollWidth - innerWidth)"))


def _origin_of(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


@asynccontextmanager
async def chromium(executable: str, *flags: str) -> AsyncIterator[Browser]:
    """A headless Chromium, ended with the block."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=executable, args=[*_FLAGS, *flags])
        try:
            yield browser
        finally:
            await browser.close()


@asynccontextmanager
async def window(browser: Browser, screen: str = "hall", **options: Any) -> AsyncIterator[Window]:
    """A window with cookies and storage of its own; `options` are those of Playwright's contexts."""
    width, height = SCREENS[screen]
    context = await browser.new_context(viewport={"width": width, "height": height}, **options)
    try:
        yield Window(await context.new_page())
    finally:
        await context.close()
