"""The feeds page in a real browser: how well each source is heard, what its troubles mean, and when nobody knows."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack, suppress
from typing import Any

from aiohttp.test_utils import unused_port
from msgspec.structs import replace
from playwright.async_api import Browser

from floorwatch.metrics.phrases import phrase
from floorwatch.metrics.phrases.losses import loss
from floorwatch.serve.board import Board
from floorwatch.view import FloorView
from tests.browsing import Window, window
from tests.serve.alert_day import before
from tests.serve.alerts_kept import AlertsKept
from tests.serve.floors import AGENTS, AT, alert, floor, source
from tests.serve.grants import TOKENS, closed
from tests.serve.serving import serving
from tests.serve.wall import NAMELESS, hung

OUTPUT: dict[str, Any] = {
    "output": "lamp",
    "kind": "simulated",
    "place": "",
    "failing": False,
    "owed_since": None,
    "in_flight_since": None,
    "told_at": AT - 9_000,
    "told_key": None,
    "failed_at": None,
    "why": None,
    "attempts": 0,
    "retry_at": None,
    "told": 512,
    "failures": 0,
    "dropped": 0,
}
FAILING = OUTPUT | {
    "output": "pager",
    "kind": "webhook",
    "place": "https://pager.example",
    "failing": True,
    "owed_since": before(4),
    "failed_at": AT - 10_000,
    "why": "the connection was refused",
    "attempts": 7,
    "retry_at": AT + 40_000,
    "failures": 7,
}
CARDS = """
  () => [...document.querySelectorAll(".feed-card[data-health]")].filter((one) => one.checkVisibility())
    .map((card) => [card.querySelector("h3"), card.querySelector(".feed-word")].map((one) => one?.innerText)
      .toSpliced(1, 0, card.dataset.health))
"""
FIGURES = """
  (name) => {
    const cards = [...document.querySelectorAll(".feed-card")];
    const figures = cards.find((one) => one.querySelector("h3")?.innerText === name).querySelectorAll("[data-figure]");
    return Object.fromEntries([...figures].map((one) => [one.dataset.figure, one.innerText]));
  }
"""


async def opened(seen: Window, url: str, query: str = "?lang=en") -> None:
    """The page, once its cards are there."""
    await seen.open(f"{url}feeds{query}")
    await seen.until("document.querySelectorAll('.feed-card[data-health]').length >= 3")


async def look(seen: Window) -> None:
    """Trouble first, what it means and what to do; of a lost source nothing of now reads as a number."""
    assert await seen.run(CARDS) == [
        ["asterisk-2", "down", "lost"],
        ["asterisk-3", "off", "clock is off"],
        ["asterisk-1", "up", "live"],
        ["pager", "off", "fails"],
        ["lamp", "up", "works"],
    ]
    places = (
        "[...document.querySelectorAll('.feed-card[data-health] .feed-since')].slice(-2).map((one) => one.innerText)"
    )
    assert await seen.run(places) == ["webhook · https://pager.example", "simulated"]
    lost, well = await seen.run(FIGURES, "asterisk-2"), await seen.run(FIGURES, "asterisk-1")
    of_now = ("source_delay", "source_delay_max", "source_rate", "source_clock_offset")
    assert [lost[figure] for figure in of_now] == ["–"] * 4
    assert [well[figure] for figure in of_now] == ["0.1 s", "1.4 s", "8.4 a second", "within 1 s"]
    assert lost["source_last_event"].startswith("10:0")
    assert " ago" in well["source_last_event"]
    assert (await seen.run(FIGURES, "asterisk-3"))["source_clock_offset"] == "39.9 s behind"
    counts = ("source_gaps", "events_duplicate", "events_late", "corrections", "anomalies", "events_invalid")
    assert [lost[figure] for figure in counts] == ["1", "1", "2", "1", "1", "2"]
    page = await seen.run("document.getElementById('page').innerText")
    for words in (
        phrase("means.down", "en"),
        phrase("means.off", "en"),
        phrase("means.gaps", "en"),
        phrase("advice.untold", "en", subject="pager").replace("`", ""),
        "2 of 3 in trouble",
        "2 no JSON",
        "the connection was refused",
        "No trouble of its own is known.",
    ):
        assert words in page, words
    total = await seen.run(
        "[...document.querySelectorAll('.feed-card:not([data-health]) .feed-value')].map((one) => one.innerText)"
    )
    assert total == ["104", "98", "1", "2", "3", "2", "1", "1", "4"]
    read, applied, duplicate, invalid, ignored = map(int, total[:5])
    assert read == applied + duplicate + invalid + ignored


async def ask_what_it_means(seen: Window) -> None:
    """Every number opens its definition, with whose it is and what is shown; it is kept true while it is open."""
    page = seen.page
    worst = page.locator(".feed-card:has(h3:text('asterisk-1')) [data-figure=source_delay_max]")
    await worst.click()
    card = await seen.until("document.querySelector('#card[open]')?.innerText")
    assert [part in card for part in ("asterisk-1", "reatest feed delay", "1.4 s", "max(applied − time)")] == [True] * 4
    await page.keyboard.press("Escape")
    figures = page.locator(".feed-card:not([data-health]) [data-figure]")
    for number in range(await figures.count()):
        await figures.nth(number).click()
        assert (
            await seen.run("document.querySelector('#card[open] .card-value').innerText")
            == await figures.nth(number).inner_text()
        )
        await page.keyboard.press("Escape")


async def test_the_feeds_page_shows_every_source(browser: Browser) -> None:
    """In trouble first, explained, on every screen and in both languages."""
    async with window(browser) as seen, hung(seen, outputs=lambda: [OUTPUT, FAILING]) as wall:
        await opened(seen, wall.url)
        await seen.until("document.querySelectorAll('.feed-card[data-health]').length === 5")
        await look(seen)
        await ask_what_it_means(seen)
        for screen, query in (("laptop", "?lang=zh&theme=dark"), ("phone", "?lang=zh&theme=light")):
            await seen.resize(screen)
            await opened(seen, wall.url, query)
            assert "数据源" in await seen.run("document.getElementById('page').innerText")
            assert await seen.weak_texts() == [], screen
            assert await seen.barriers() == [], screen
            assert await seen.run(NAMELESS) == []
            assert await seen.sideways() == 0, screen
        assert seen.complaints == seen.strangers == []


async def test_alerts_of_feeds_and_of_floorwatch_itself_are_said_here(browser: Browser) -> None:
    """What floorwatch suffers from comes first, with what to do; a lost feed says what its alert advises, and links."""
    own = alert("journal", "daemon_trouble", about="daemon")
    advice, disk = loss("closed"), {"en": "See the disk.", "zh": "请查看磁盘。"}
    async with window(browser) as seen, hung(seen) as wall:
        wall.show(
            replace(own, message={"en": "floorwatch: its journal", "zh": "日志"}, advice=disk),
            replace(alert("asterisk-2", "feed_down", about="source"), advice=advice),
        )
        await opened(seen, wall.url)
        assert (await seen.run(CARDS))[0][:2] == ["floorwatch: its journal", "off"]
        means = "document.querySelector('.feed-card[data-health=down] .feed-means').innerText"
        assert await seen.run(means) == advice["en"]
        await seen.page.click(".feed-card[data-health=down] .feed-alert")
        await seen.until("document.querySelector('.alert-marked')?.innerText.includes('asterisk-2')")
        assert seen.complaints == []


async def test_viewers_see_sources_and_no_outputs(browser: Browser) -> None:
    """Outputs have addresses of the house: a viewer's page does not even ask."""
    async with window(browser) as seen, hung(seen, access=closed(), outputs=lambda: [OUTPUT]) as wall:
        await seen.open(f"{wall.url}sign-in?lang=en")
        await seen.page.fill("#token", TOKENS["viewer"])
        await seen.page.click("form button")
        await seen.until("location.pathname === '/'")
        await opened(seen, wall.url)
        await asyncio.sleep(0.5)
        assert [name for name, *_ in await seen.run(CARDS)] == ["asterisk-2", "asterisk-3", "asterisk-1"]
        whole = await seen.run("document.documentElement.outerHTML")
        assert not any(name in whole for name in AGENTS)
        assert seen.complaints == seen.strangers == []


class Restarting:
    """A server that can go away and come back at the same address."""

    def __init__(self) -> None:
        self.port = unused_port()
        self.url = f"http://127.0.0.1:{self.port}/"
        self._up = AsyncExitStack()

    async def start(self, view: FloorView) -> None:
        board, desk = Board(), AlertsKept(*view.alerts)
        await self._up.enter_async_context(serving(board, port=self.port, alerts=desk, individuals=True))

        async def publish() -> None:
            at = view.at
            while True:
                board.publish(replace(view, at=at))
                at += 200
                await asyncio.sleep(0.2)

        publishing = asyncio.create_task(publish())
        self._up.callback(publishing.cancel)

    async def stop(self) -> None:
        with suppress(asyncio.CancelledError):
            await self._up.aclose()


async def test_both_pages_say_that_nobody_knows_while_the_server_is_away(browser: Browser) -> None:
    """Nothing of before reads as now, nothing can be pressed; the server back, both go on by themselves."""
    server = Restarting()
    await server.start(floor(AT))
    async with window(browser) as feeds, window(browser) as alerts:
        await opened(feeds, server.url)
        await alerts.open(f"{server.url}alerts?lang=en")
        await alerts.until("document.querySelector('.alert-acts')?.checkVisibility()")
        await server.stop()
        for seen in (feeds, alerts):
            await seen.until("document.documentElement.dataset.state === 'stale'")
        await feeds.until("document.querySelector('.feeds-state').innerText.startsWith('As known last at 10:14')")
        assert [health for _, health, _ in await feeds.run(CARDS)] == ["down", "unknown", "unknown"]
        known = await feeds.run(FIGURES, "asterisk-1")
        assert [known[figure] for figure in ("source_delay", "source_rate", "source_clock_offset")] == ["–"] * 3
        assert "ago" not in known["source_last_event"]
        assert "As known last at 10:14" in await alerts.run("document.querySelector('.alerts-state').innerText")
        assert await alerts.page.locator(".alert-acts:visible").count() == 0
        unknown = "document.querySelector('.lanes svg > g:last-child rect').getAttribute('width')"
        await alerts.until(f"Number({unknown}) > 0")
        later = floor(AT + 60_000)
        await server.start(replace(later, sources=(source("asterisk-1", at=later.at),)))
        await feeds.until("document.querySelector('.feeds-count').innerText === '1, all is well'", within_s=30)
        assert [name for name, *_ in await feeds.run(CARDS)] == ["asterisk-1"]
        await alerts.until("document.querySelector('.alert-acts').checkVisibility()", within_s=30)
        assert await alerts.run("document.querySelector('.alerts-state').innerText") == ""
        for seen in (feeds, alerts):
            assert [line for line in seen.complaints if "ERR_" not in line] == seen.strangers == []
    await server.stop()
