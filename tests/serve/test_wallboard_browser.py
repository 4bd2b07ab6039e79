"""The wallboard in a real browser: what a person would see, and that the page breaks none of its own rules."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from floorwatch.metrics.catalogue import FIGURES, LANGUAGES
from floorwatch.metrics.phrases import KINDS
from floorwatch.serve.board import Board
from tests.serve.floors import AGENTS, AT, floor
from tests.serve.serving import serving
from tests.serve.webdriver import Browser, browser

SCREENS = {"hall": (1920, 1080), "4k": (3840, 2160), "laptop": (1366, 768), "phone": (390, 844)}

VALUES: dict[str, list[float]] = {
    "count": [0, 7, 1234],
    "percent": [0, 0.29, 0.57, 0.7996, 0.995, 1],
    "percent1": [0, 0.29, 0.61049, 0.7996, 0.99999, 1],
    "target": [0.8, 0.855, 0.9999, 1],
    "clock": [0, 999, 38_000, 161_999, 3_599_999, 6_720_000, 90_000_000],
    "span": [1_500, 20_000, 90_000, 120_000, 180_000, 900_000, 3_600_000, 5_400_000, 14_400_000],
    "agents": [0, 1, 2, 1234],
    "contacts": [0, 1, 2, 1234],
}

SPILLS = """
    const spills = [];
    const page = document.documentElement;
    if (page.scrollWidth > innerWidth) spills.push(`page is ${page.scrollWidth} wide`);
    if (innerWidth > 640 && page.scrollHeight > innerHeight) spills.push(`page is ${page.scrollHeight} high`);
    const place = document.getElementById("page");
    if (place.scrollHeight > place.clientHeight + 1) spills.push(`tiles are ${place.scrollHeight} high`);
    for (const inside of document.querySelectorAll(".tile-inside")) {
      if (inside.scrollHeight > inside.clientHeight + 1 || inside.scrollWidth > inside.clientWidth + 1)
        spills.push(`${inside.innerText.slice(0, 30)}: ${inside.scrollWidth} x ${inside.scrollHeight}`);
    }
    const feeds = document.querySelector(".foot-sources").getBoundingClientRect();
    for (const feed of document.querySelectorAll(".feed")) {
      const { right, bottom } = feed.getBoundingClientRect();
      if (right > feeds.right + 1 || bottom > feeds.bottom + 1) spills.push(`${feed.innerText} is cut`);
    }
    for (const tile of document.querySelectorAll(".tile")) {
      const box = (selector) => tile.querySelector(selector).getBoundingClientRect();
      const name = tile.dataset.queue;
      if (box(".level").right > box(".side").left) spills.push(`${name}: the level touches its neighbours`);
      if (box(".side").right > tile.getBoundingClientRect().right) spills.push(`${name}: the waits leave the tile`);
      if (box(".trend").height < 20) spills.push(`${name}: no room for the trend`);
    }
    return spills;
"""

CONTRAST = """
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
    for (const node of document.querySelectorAll("body *")) {
      const own = [...node.childNodes].some((child) => child.nodeType === 3 && child.data.trim());
      if (!own || !node.checkVisibility() || node.closest("dialog, noscript")) continue;
      const [one, other] = [luminance(parts(getComputedStyle(node).color)), luminance(ground(node))];
      const ratio = (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05);
      if (ratio < 4.5) weak.push(`${node.className} "${node.textContent.slice(0, 20)}" ${ratio.toFixed(2)}`);
    }
    return weak;
"""


def tiles(page: Browser) -> list[dict[str, Any]]:
    return page.run(  # type: ignore[no-any-return]
        """return [...document.querySelectorAll(".tile")].map((tile) => ({
             name: tile.dataset.queue, verdict: tile.dataset.verdict,
             level: tile.querySelector(".level").innerText.replace(/\\s/g, ""), text: tile.innerText }))"""
    )


def look_around(page: Browser, url: str) -> None:
    """Tiles, order, languages, cards, words and layout, on a live board."""
    page.open(f"{url}?lang=en")
    page.wait_for("return document.querySelectorAll('.tile').length === 8")
    shown = tiles(page)
    harm = ["breach", "warning", "small_sample", "unknown", "fine"]
    assert [harm.index(tile["verdict"]) for tile in shown] == sorted(harm.index(tile["verdict"]) for tile in shown)
    by_name = {tile["name"]: tile for tile in shown}
    assert by_name["sales"]["level"] == "60%", "87 of 143 is 60.8 %, and is not rounded up"
    assert by_name["vip"]["level"] == "100%"
    assert by_name["repairs"]["level"] == "–"
    assert "feed lost 10:07" in by_name["repairs"]["text"]
    assert not set(re.findall(r"\d+", by_name["repairs"]["text"])) - {"10", "07", "15", "20"}, (
        "nothing reads as a number"
    )
    assert "only 6 of 20 decided" in by_name["night line"]["text"]
    banner = page.run("return document.getElementById('banner').innerText")
    assert "sales: 61 % answered in 20 s (last 15 min, n 143), target 80 % since 10:02" in banner
    assert page.run("return document.getElementById('ribbon').innerText") == "simulated floor"
    assert not any(name in page.run("return document.documentElement.outerHTML") for name in AGENTS)

    check_feeds(page)

    check_hours(page)

    check_cards(page)

    page.run("[...document.querySelectorAll('.foot-control')].find((b) => b.innerText === '中文').click()")
    page.wait_for("return document.documentElement.lang === 'zh-Hans'")
    assert "样本 143" in tiles(page)[0]["text"]
    assert "sales：20 秒内接通 61%" in page.run("return document.getElementById('banner').innerText")
    page.open(url)
    page.wait_for("return document.querySelectorAll('.tile').length === 8")
    assert page.run("return document.documentElement.lang") == "zh-Hans", "the choice is remembered"


def check_hours(page: Browser) -> None:
    """A queue that is closed says so, when it opens, and that its waits stand still; a wait in hours ticks on."""
    mail = next(tile for tile in tiles(page) if tile["name"] == "mail")
    assert "longest, closed" in mail["text"]
    page.run("document.querySelector('[data-queue=mail] .level').click()")
    page.wait_for("return document.querySelector('dialog[open]').innerText.includes('Business hours')")
    card = page.run("return document.querySelector('dialog[open]').innerText")
    assert "Mon–Wed 09:00-18:00; Thu 09:00-12:00, 13:00-20:00; Fri 09:00-18:00. Threshold and waits count only" in card
    assert "Closed now, until 09:00." in card
    page.run("document.querySelector('.card-close').click()")
    waits = page.run(
        """const hours = [null, { counts_from: null }, { counts_from: 700 }];
           return import("/static/shell/waits.js").then(({ longestWait }) =>
             hours.map((each) => longestWait({ oldest_since: 0, longest_wait_ms: 250, hours: each }, 1000)))"""
    )
    assert waits == [1000, 250, 300]


def check_cards(page: Browser) -> None:
    """A number opens its card: the formula with its operands, exclusions, sample, version and freshness; a queue's
    name opens its sheet, and each line of that the card of its figure."""
    page.run("document.querySelector('.tile .level').click()")
    page.wait_for(
        "return document.querySelector('dialog[open]').innerText.includes('0.6083… = 87 / (87 + 1 + 56 − 1)')"
    )
    card = page.run("return document.querySelector('dialog[open]').innerText")
    assert "a / (A + B + E − B_S)" in card
    assert "n 143" in card
    assert "service_level.short_abandons_excluded, version 1, since floorwatch 0.1.0" in card
    assert all(clause in card for clause in FIGURES["service_level.short_abandons_excluded"].exclusions("en"))
    assert re.search(r"asterisk-1: last event 10:1\d:\d\d, 0:00 ago", card)
    page.run("document.querySelector('.card-close').click()")
    page.run("document.querySelector('.tile .tile-name').click()")
    page.run("document.querySelector('dialog[open] [data-figure=abandon_ratio]').click()")
    page.wait_for("return document.querySelector('dialog[open]').innerText.includes('0 = (1 − 1) / (87 + 1 + 0 − 1)')")
    assert "sales" in page.run("return document.querySelector('dialog[open]').innerText")
    page.run("document.querySelector('.card-close').click()")


def check_card_layout(page: Browser) -> None:
    """The fullest card is neither cut nor wider than its screen."""
    page.run("document.querySelector('.tile .level').click()")
    page.wait_for("return document.querySelector('dialog[open]').innerText.includes('0.6083…')")
    spills = page.run(
        """const card = document.querySelector("dialog[open]");
           const box = card.getBoundingClientRect();
           const fits = box.top >= 0 && box.bottom <= innerHeight && card.scrollWidth <= card.clientWidth;
           const whole = innerWidth <= 900 || card.scrollHeight <= card.clientHeight;
           return fits && whole ? "" : `${card.scrollWidth} x ${card.scrollHeight} in ${box.width} x ${box.height}`"""
    )
    assert spills == ""
    page.run("document.querySelector('.card-close').click()")


def check_feeds(page: Browser) -> None:
    """Each feed says how it is, trouble first: one lost and for how long, one with a clock that is off, one heard."""
    feeds = page.run(
        """return [...document.querySelectorAll(".feed")]
             .sort((one, other) => one.style.order - other.style.order)
             .map((feed) => [feed.dataset.health, feed.innerText.replace(/\\s+/g, " ").trim()])"""
    )
    assert [health for health, _ in feeds] == ["down", "off", "up"]
    assert re.fullmatch(r"\? asterisk-2 feed lost 10:07 for \d+:\d\d", feeds[0][1]), feeds
    assert [words for _, words in feeds[1:]] == ["asterisk-3 clock 39.9 s behind", "asterisk-1"]


def check_layout(page: Browser, url: str) -> None:
    """Nothing spills and all text can be read, on every screen, in both languages and both themes."""
    for screen, (width, height) in SCREENS.items():
        page.devtools(
            "Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=width < 640
        )
        for lang, theme in (("en", "dark"), ("zh", "light")):
            page.open(f"{url}?lang={lang}&theme={theme}")
            page.wait_for("return document.querySelectorAll('.tile').length === 8")
            assert page.run(SPILLS) == [], (screen, lang)
            assert page.run(CONTRAST) == [], (screen, theme)
            check_card_layout(page)


def check_words(page: Browser) -> None:
    """The page writes values exactly as the Python side of the catalogue does."""
    for lang in LANGUAGES:
        written = page.run(
            """const [lang, values] = arguments;
               return import("/static/shell/words.js").then((words) => {
                 words.setLang(lang);
                 return Object.fromEntries(Object.entries(values).map(
                   ([kind, list]) => [kind, list.map((value) => words.written(kind, value))]));
               })""",
            lang,
            VALUES,
        )
        assert VALUES.keys() == KINDS.keys()
        assert written == {kind: [KINDS[kind](value, lang) for value in values] for kind, values in VALUES.items()}


async def publish_for_ever(board: Board, live: asyncio.Event) -> None:
    """A floor that moves on by half a second every half second, while `live` is set."""
    for step in range(10_000):
        await live.wait()
        board.publish(floor(AT + step * 500), {"en": "simulated floor", "zh": "模拟现场"})
        await asyncio.sleep(0.5)


@pytest.fixture
def page(tool: Callable[[str], str], tmp_path: Path) -> Any:
    """A browser window; a missing browser skips, and fails in CI as root."""
    with browser(tool("chromedriver"), tool("chromium"), tmp_path / "profile") as opened:
        yield opened


async def test_the_wallboard_in_a_browser(page: Browser) -> None:
    """Tiles appear in order of harm, every number explains itself, languages switch, nothing spills, nothing complains,
    and when the news stops the board says so instead of showing old numbers as new."""
    board = Board()
    live = asyncio.Event()
    live.set()
    async with serving(board) as client:
        url = str(client.make_url("/"))
        publisher = asyncio.create_task(publish_for_ever(board, live))
        await asyncio.to_thread(look_around, page, url)
        await asyncio.to_thread(check_words, page)
        await asyncio.to_thread(check_layout, page, url)
        await asyncio.to_thread(page.wait_for, "return document.documentElement.dataset.state === 'live'")
        live.clear()
        await asyncio.to_thread(page.wait_for, "return document.documentElement.dataset.state === 'stale'")
        live.set()
        await asyncio.to_thread(page.wait_for, "return document.documentElement.dataset.state === 'live'")
        assert await asyncio.to_thread(page.complaints) == []
        publisher.cancel()
        with suppress(asyncio.CancelledError):
            await publisher
