"""The wallboard in a real browser: what a person would see, and that the page breaks none of its own rules."""

from __future__ import annotations

import asyncio
import re
from contextlib import suppress
from typing import Any

from playwright.async_api import Browser

from floorwatch.metrics.catalogue import FIGURES, LANGUAGES
from floorwatch.metrics.phrases import KINDS, PEOPLE
from floorwatch.serve.board import Board
from tests.browsing import SCREENS, Window, window
from tests.serve.floors import AGENTS, AT, floor
from tests.serve.serving import serving

VALUES: dict[str, list[float]] = {
    "count": [0, 7, 1234],
    "percent": [0, 0.29, 0.57, 0.7996, 0.995, 1],
    "percent1": [0, 0.29, 0.61049, 0.7996, 0.99999, 1],
    "chance": [0, 0.0004, 0.01, 0.57, 0.7996, 1],
    "target": [0.8, 0.855, 0.9999, 1],
    "points": [0, 0.09, 0.29, -0.0101, 0.0049, -0.004, 0.119],
    "clock": [0, 999, 38_000, 161_999, 3_599_999, 6_720_000, 90_000_000],
    "span": [1_500, 20_000, 90_000, 120_000, 180_000, 900_000, 3_600_000, 5_400_000, 14_400_000],
    "agents": [0, 1, 2, 1234],
    "contacts": [0, 1, 2, 1234],
}
WHO = {"person": ["A17", "anybody"], "Person": ["A17", "anybody"]}

SPILLS = """
  () => {
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
  }
"""


async def tiles(seen: Window) -> list[dict[str, Any]]:
    return await seen.run(  # type: ignore[no-any-return]
        """() => [...document.querySelectorAll(".tile")].map((tile) => ({
             name: tile.dataset.queue, verdict: tile.dataset.verdict,
             level: tile.querySelector(".level").innerText.replace(/\\s/g, ""), text: tile.innerText }))"""
    )


async def look_around(seen: Window, url: str) -> None:
    """Tiles, order, languages, cards, words and layout, on a live board."""
    await seen.open(f"{url}?lang=en")
    await seen.until("document.querySelectorAll('.tile').length === 8")
    shown = await tiles(seen)
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
    banner = await seen.page.inner_text("#banner")
    assert "sales: 61 % answered in 20 s (last 15 min, n 143), target 80 % since 10:02" in banner
    assert await seen.page.inner_text("#ribbon") == "simulated floor"
    whole = await seen.run("document.documentElement.outerHTML")
    assert not any(name in whole for name in AGENTS)

    await check_feeds(seen)

    await check_hours(seen)

    await check_cards(seen)

    await seen.page.click(".foot-control:text-is('中文')")
    await seen.until("document.documentElement.lang === 'zh-Hans'")
    assert "样本 143" in (await tiles(seen))[0]["text"]
    assert "sales：20 秒内接通 61%" in await seen.page.inner_text("#banner")
    await seen.open(url)
    await seen.until("document.querySelectorAll('.tile').length === 8")
    assert await seen.run("document.documentElement.lang") == "zh-Hans", "the choice is remembered"


async def check_hours(seen: Window) -> None:
    """A queue that is closed says so, when it opens, and that its waits stand still; a wait in hours ticks on."""
    mail = next(tile for tile in await tiles(seen) if tile["name"] == "mail")
    assert "longest, closed" in mail["text"]
    assert "on target · closed" in mail["text"]
    await seen.page.click("[data-queue=mail] .level")
    await seen.until("document.querySelector('dialog[open]').innerText.includes('Business hours')")
    card = await seen.page.inner_text("dialog[open]")
    assert "Mon–Wed 09:00-18:00; Thu 09:00-12:00, 13:00-20:00; Fri 09:00-18:00. Threshold and waits count only" in card
    assert "Closed now, until 09:00." in card
    await seen.page.click(".card-close")
    waits = await seen.run(
        """() => import("/static/shell/waits.js").then(({ longestWait }) =>
             [null, { counts_from: null }, { counts_from: 700 }].map(
               (hours) => longestWait({ oldest_since: 0, longest_wait_ms: 250, hours }, 1000)))"""
    )
    assert waits == [1000, 250, 300]


async def check_cards(seen: Window) -> None:
    """A number opens its card: the formula with its operands, exclusions, sample, version and freshness; a queue's
    name opens its sheet, and each line of that the card of its figure."""
    await seen.page.click(".tile .level >> nth=0")
    await seen.until("document.querySelector('dialog[open]').innerText.includes('0.6083… = 87 / (87 + 1 + 56 − 1)')")
    card = await seen.page.inner_text("dialog[open]")
    assert "a / (A + B + E − B_S)" in card
    assert "n 143" in card
    assert "service_level.short_abandons_excluded, version 1, since floorwatch 0.1.0" in card
    assert all(clause in card for clause in FIGURES["service_level.short_abandons_excluded"].exclusions("en"))
    assert re.search(r"asterisk-1: last event 10:1\d:\d\d, 0:00 ago", card)
    await seen.page.click(".card-close")
    await seen.page.click(".tile .tile-name >> nth=0")
    await seen.page.click("dialog[open] [data-figure=abandon_ratio]")
    await seen.until("document.querySelector('dialog[open]').innerText.includes('0 = (1 − 1) / (87 + 1 + 0 − 1)')")
    assert "sales" in await seen.page.inner_text("dialog[open]")
    await seen.page.click(".card-close")


async def check_card_layout(seen: Window) -> None:
    """The fullest card is neither cut nor wider than its screen."""
    await seen.page.click(".tile .level >> nth=0")
    await seen.until("document.querySelector('dialog[open]').innerText.includes('0.6083…')")
    spills = await seen.run(
        """() => {
           const card = document.querySelector("dialog[open]");
           const box = card.getBoundingClientRect();
           const fits = box.top >= 0 && box.bottom <= innerHeight && card.scrollWidth <= card.clientWidth;
           const whole = innerWidth <= 900 || card.scrollHeight <= card.clientHeight;
           return fits && whole ? "" : `${card.scrollWidth} x ${card.scrollHeight} in ${box.width} x ${box.height}`;
         }"""
    )
    assert spills == ""
    await seen.page.click(".card-close")


async def check_feeds(seen: Window) -> None:
    """Each feed says how it is, trouble first: one lost and for how long, one with a clock that is off, one heard."""
    feeds = await seen.run(
        """() => [...document.querySelectorAll(".feed")]
             .sort((one, other) => one.style.order - other.style.order)
             .map((feed) => [feed.dataset.health, feed.innerText.replace(/\\s+/g, " ").trim()])"""
    )
    assert [health for health, _ in feeds] == ["down", "off", "up"]
    assert re.fullmatch(r"\? asterisk-2 feed lost 10:07 for \d+:\d\d", feeds[0][1]), feeds
    assert [words for _, words in feeds[1:]] == ["asterisk-3 clock 39.9 s behind", "asterisk-1"]


async def check_layout(seen: Window, url: str) -> None:
    """Nothing spills and all text can be read, on every screen, in both languages and both themes."""
    for screen in SCREENS:
        await seen.resize(screen)
        for lang, theme in (("en", "dark"), ("zh", "light")):
            await seen.open(f"{url}?lang={lang}&theme={theme}")
            await seen.until("document.querySelectorAll('.tile').length === 8")
            assert await seen.run(SPILLS) == [], (screen, lang)
            assert await seen.weak_texts() == [], (screen, theme)
            await check_card_layout(seen)


async def check_words(seen: Window) -> None:
    """The page writes values exactly as the Python side of the catalogue does."""
    for lang in LANGUAGES:
        written = await seen.run(
            """([lang, values]) => import("/static/shell/words.js").then((words) => {
                 words.setLang(lang);
                 return Object.fromEntries(Object.entries(values).map(
                   ([kind, list]) => [kind, list.map((value) => words.written(kind, value))]));
               })""",
            [lang, {**VALUES, **WHO}],
        )
        said = {kind: [KINDS[kind](value, lang) for value in values] for kind, values in VALUES.items()}
        assert (VALUES.keys(), WHO.keys()) == (KINDS.keys(), PEOPLE.keys())
        assert written == said | {kind: [PEOPLE[kind](name, lang) for name in names] for kind, names in WHO.items()}


async def publish_for_ever(board: Board, live: asyncio.Event) -> None:
    """A floor that moves on by half a second every half second, while `live` is set."""
    for step in range(10_000):
        await live.wait()
        board.publish(floor(AT + step * 500), {"en": "simulated floor", "zh": "模拟现场"})
        await asyncio.sleep(0.5)


async def test_the_wallboard_in_a_browser(browser: Browser) -> None:
    """Tiles appear in order of harm, every number explains itself, languages switch, nothing spills, nothing complains,
    and when the news stops the board says so instead of showing old numbers as new."""
    board = Board()
    live = asyncio.Event()
    live.set()
    async with serving(board) as client, window(browser) as seen:
        url = str(client.make_url("/"))
        publisher = asyncio.create_task(publish_for_ever(board, live))
        await look_around(seen, url)
        await check_words(seen)
        await check_layout(seen, url)
        await seen.until("document.documentElement.dataset.state === 'live'")
        live.clear()
        await seen.until("document.documentElement.dataset.state === 'stale'")
        live.set()
        await seen.until("document.documentElement.dataset.state === 'live'")
        assert seen.complaints == seen.strangers == []
        publisher.cancel()
        with suppress(asyncio.CancelledError):
            await publisher
