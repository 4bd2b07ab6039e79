"""Every page in a real browser: readable from five metres and on a phone, in both languages and themes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace
from playwright.async_api import Browser

from floorwatch.floor.rules import RANKS
from floorwatch.serve.board import Board
from tests.browsing import LOOKS, Window, window
from tests.running import Running, floorwatch
from tests.serve.floors import AT, floor, queue
from tests.serve.oncall_day import CLIMBING
from tests.serve.serving import serving
from tests.serve.wall import firing

LEAST = 0.08
"""Of the height of a screen, so that a number is read from five metres."""
PAGES = {
    "floor": "/?",
    "queue": "/queue?name=sales&",
    "agents": "/agents?",
    "alerts": "/alerts?",
    "feeds": "/feeds?",
    "shift": "/shift?",
}
ABOUT = {
    "floor": "document.querySelectorAll('.tile').length === 5",
    "queue": "document.querySelectorAll('#page svg').length > 0",
    "agents": "document.getElementById('page').innerText.includes('A01')",
    "alerts": "document.querySelectorAll('#page details').length > 0",
    "feeds": "document.getElementById('page').innerText.includes('simulator')",
    "shift": "document.querySelectorAll('.turn').length === 2",
}
"""When a page of the demonstration shows what it is about."""

VISIBLE = "[...document.querySelectorAll('.tile')].filter((tile) => tile.checkVisibility()).length"
DIGITS = """
  () => [...document.querySelectorAll(".tile")].filter((tile) => tile.checkVisibility()).map((tile) => {
    const level = tile.querySelector(".level");
    const digit = [...level.querySelectorAll("*"), level].find((node) => /^\\d+$/.test(node.textContent));
    const { fontStyle, fontWeight, fontSize, fontFamily } = getComputedStyle(digit);
    const drawing = document.createElement("canvas").getContext("2d");
    drawing.font = `${fontStyle} ${fontWeight} ${fontSize} ${fontFamily}`;
    const box = digit.getBoundingClientRect();
    return { high: drawing.measureText("7").actualBoundingBoxAscent, wide: box.width,
      inside: box.left >= tile.getBoundingClientRect().left && box.right <= tile.getBoundingClientRect().right };
  })
"""
"""How high the digits themselves are drawn: not their line, which is half air."""


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """The demonstration at the moment when an alert fires and says what to do."""
    log: Path = tmp_path_factory.mktemp("demo") / "log"
    with floorwatch(log, "demo", "--port", "0", "--speed", "1", "--from", "09:25") as running:
        running.wait_for(lambda: running.queue("sales").get("verdict") == "breach", 60)
        yield running


async def test_a_level_is_read_from_five_metres(browser: Browser) -> None:
    """With one to twelve tiles on a screen of 1920 × 1080 the digits are 8 % of its height, in both languages, while
    the banner has all it can have to say; a television turns the pages of more."""
    board = Board()
    carried = tuple(firing(name, "emergency", until=AT + 900_000, escalation=CLIMBING) for name in ("queue 0", "vip"))
    async with serving(board) as client, window(browser) as seen:
        for lang in ("en", "zh"):
            await seen.open(str(client.make_url(f"/?lang={lang}&tv=1&rotate=5")))
            for number in (*range(1, 13), 20):
                queues = tuple(queue(f"queue {n}", hits=88) for n in range(number))
                board.publish(replace(floor(queues=queues), alerts=carried))
                shown = min(number, 12)
                await seen.until(f"{VISIBLE} > 0 && {VISIBLE} <= {shown}")
                if number <= 12:
                    await seen.until(f"{VISIBLE} === {number}")
                digits = await seen.run(DIGITS)
                assert all(one["high"] >= LEAST * 1080 and one["inside"] for one in digits), (lang, number, digits[0])
        assert seen.complaints == seen.strangers == []


async def look_at(seen: Window, address: str, page: str, lang: str, theme: str) -> list[str]:
    """What is wrong with a page in one look, on the screen of a hall and on a phone."""
    await seen.resize("hall")
    await seen.open(f"{address}{PAGES[page]}lang={lang}&theme={theme}")
    await seen.until("document.documentElement.dataset.state === 'live'")
    await seen.until(ABOUT[page])
    wrong = [f"hall: {one}" for one in (*await seen.barriers(), *await seen.weak_texts())]
    for screen in ("hall", "phone"):
        await seen.resize(screen)
        if wide := await seen.sideways():
            wrong.append(f"{screen}: {wide} pixels too wide")
    if (lang, theme) == LOOKS[0]:
        # So high that nothing lies below the fold, beneath what stays under the thumb.
        await seen.page.set_viewport_size({"width": 390, "height": 4_000})
        wrong += [f"phone: {barrier}" for barrier in await seen.barriers()]
    return [f"{page} {lang} {theme} {one}" for one in wrong]


@pytest.mark.parametrize("page", PAGES)
async def test_everybody_can_use_every_page(browser: Browser, demo: Running, page: str) -> None:
    """No serious barrier by axe-core, no weak text, nothing to scroll sideways for, in both languages and themes; the
    console is silent, and nobody else is asked for anything."""
    async with window(browser) as seen:
        wrong = [one for lang, theme in LOOKS for one in await look_at(seen, demo.address, page, lang, theme)]
        assert wrong == []
        assert seen.complaints == seen.strangers == []


ROW = "document.querySelector('.alerts-group-live .alert')"
CALLED = f"""
  [...{ROW}.querySelectorAll(".called-one")]
    .map((one) => [one.querySelector("b").innerText, one.innerText.includes("by pager, ")])
"""
CARRIED = f"{ROW}.querySelector('.climb-next').innerText"


async def told(seen: Window) -> dict[str, Any]:
    """The worst alert, as leads may ask for it."""
    answer = await seen.run("fetch('/api/v1/alerts?hours=1').then((answer) => answer.json())")
    live = [one for one in answer["alerts"] if one["state"] in ("firing", "acknowledged")]
    return max(live, key=lambda one: RANKS.index(one["severity"]))


async def tap_twice(seen: Window) -> None:
    """A finger that taps twice in a hurry has done one thing, with as many agents as were set."""
    row = seen.page.locator(".alerts-group-live .alert").first
    for _ in range(3):
        await row.get_by_role("button", name="one agent more").click()
    await row.get_by_role("button", name="back from training").dblclick(delay=20)
    await seen.until(f"{ROW}.querySelector('.brought-one b')?.innerText.startsWith('back from training (3 agents)')")
    await row.get_by_text("recorded").dispatch_event("click")
    (action,) = (await told(seen))["actions"]
    assert (action["kind"], action["agents"]) == ("back_from_training", 3)
    effects = await seen.run(f"[...{ROW}.querySelectorAll('.brought-effect')].map((one) => one.innerText)")
    assert [effect.partition(":")[0] for effect in effects] == ["5 min after", "15 min after", "30 min after"]
    assert all("known at 09:" in effect for effect in effects)
    await seen.until(f"{ROW}.querySelector('.did-row').innerText.includes('back from training')")
    assert len((await told(seen))["actions"]) == 1
    await row.get_by_role("button", name="take back: back from training (3 agents)").click()
    await seen.until(f"{ROW}.querySelectorAll('.brought-one').length === 0")
    assert (await told(seen))["actions"] == []


async def test_the_page_says_what_the_engine_does(browser: Browser, demo: Running) -> None:
    """Who is called of the demonstration's alert; that it begins anew once somebody has it; what was done about it."""
    async with window(browser) as seen:
        await seen.open(f"{demo.address}/alerts?lang=en")
        again = "startsWith('step 1 of 2 again in ')"
        await seen.until(f"document.querySelector('.banner-next').innerText.{again}", None, 60)
        await seen.until(f"{CARRIED}.{again}")
        shown = await seen.until(f"({CALLED}).some(([_, isSent]) => isSent) && {CALLED}", None, 30)
        called = (await told(seen))["escalation"]["called"]
        assert shown == [[one["person"], one["sent_at"] is not None] for one in called]
        await seen.page.click(".alerts-group-live .alert .action-first")
        await seen.until(f"{CARRIED}.startsWith('begins anew in 29:')")
        await seen.until(f"({CALLED}).length === {len(called) + 1}")
        taken = await told(seen)
        assert (taken["escalation"]["state"], taken["escalation"]["called"][-1]["kind"]) == ("taken", "taken")
        await tap_twice(seen)
        assert await seen.run("document.querySelector('.rota').innerText.replace(/\\s+/g, ' ')") == (
            "leads L1 until 16:30 · then L2"
        )
        assert seen.complaints == seen.strangers == []
