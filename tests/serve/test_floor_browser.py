"""The floor page in a real browser: what lies ahead, many queues in turns, the keyboard, a wall at night."""

from __future__ import annotations

import asyncio

import pytest
from msgspec.structs import replace
from playwright.async_api import Browser

from floorwatch.serve.board import Board, Frame
from floorwatch.view import FloorView, QueueView, Verdict
from tests.browsing import SCREENS, Window, window
from tests.serve.floors import AT, closed, floor, looking_ahead, queue
from tests.serve.serving import serving
from tests.serve.wall import hung

LEVEL_SHARE = 0.08
"""Of the height of a television: so tall are the digits of a level at least, to be read from five metres."""

DIGITS_PX = """
  () => [...document.querySelectorAll(".tile .level-digits")].map((node) => {
    const { fontWeight, fontSize, fontFamily } = getComputedStyle(node);
    const pen = document.createElement("canvas").getContext("2d");
    pen.font = `${fontWeight} ${fontSize} ${fontFamily}`;
    return pen.measureText("0").actualBoundingBoxAscent;
  })
"""
NAMES = "[...document.querySelectorAll('.tile')].map((tile) => tile.dataset.queue)"
CUT = """
  () => [...document.querySelectorAll(".tile")].flatMap((tile) => {
    const inside = tile.querySelector(".tile-inside");
    const box = (name) => tile.querySelector(name).getBoundingClientRect();
    const found = [];
    if (inside.scrollHeight > inside.clientHeight + 1) found.push("too high");
    if (box(".level").right > box(".side").left + 1) found.push("level on waits");
    if (box(".tile-projection").right > tile.getBoundingClientRect().right) found.push("projection");
    for (const fact of tile.querySelectorAll(".fact, .side-label"))
      if (fact.checkVisibility() && fact.scrollWidth > fact.clientWidth + 1) found.push(fact.innerText);
    const line = box(".doing");
    for (const number of tile.querySelectorAll(".doing b"))
      if (number.getBoundingClientRect().bottom > line.bottom + 1) found.push(`${number.innerText} of the bar`);
    return found.map((what) => `${tile.dataset.queue}: ${what}`);
  })
"""


def many(count: int, verdicts: dict[int, Verdict] | None = None) -> FloorView:
    """A floor of so many queues, one of them with a level of 100 %, in each of which somebody waits."""
    told = verdicts or {}
    queues = tuple(
        queue(f"line {number:02d}", told.get(number, "fine"), 100 if number == 2 else 90, waited_ms=161_000)
        for number in range(count)
    )
    return replace(floor(AT, queues), alerts=())


async def opened(seen: Window, url: str, tiles: int) -> None:
    await seen.open(url)
    await seen.until(f"document.querySelectorAll('.tile').length === {tiles}")


async def test_a_tile_tells_what_lies_ahead(browser: Browser) -> None:
    """The end of the period with its band and time, here of needed in one phrase, a gap hatched; each opens its card,
    and nothing is weak, cut, or a barrier in any language, theme, or on a phone."""
    board = Board()
    gap = (AT - 2_400_000, AT - 2_100_000)
    view = looking_ahead(floor())
    board.publish(replace(view, queues=(replace(view.queues[0], gaps=(gap,)), *view.queues[1:])))
    async with serving(board) as client, window(browser) as seen:
        url = str(client.make_url("/"))
        await opened(seen, f"{url}?lang=en", 8)
        support = seen.page.locator("[data-queue=support]")
        assert (await support.locator(".tile-projection").inner_text()).split() == "→ 74 % (70–79) at 10:19".split()
        assert await support.locator(".here").inner_text() == "10 here / 19 needed"
        assert await support.locator(".trend-hatch").count() > 0
        assert await seen.page.locator("[data-queue=vip] .tile-projection").inner_text() == "no projection"
        assert await seen.page.locator("[data-queue=vip] .trend-hatch").count() == 0
        await support.locator(".tile-projection").click()
        await seen.until("document.querySelector('dialog[open]').innerText.includes('70.0 % to 79.0 % at 10:19')")
        await seen.page.keyboard.press("Escape")
        await support.locator(".here").click()
        await seen.until("document.querySelector('dialog[open]').innerText.includes('by Erlang A')")
        await seen.page.keyboard.press("Escape")
        assert "/queue?name=support" in str(await support.locator(".tile-way").get_attribute("href"))
        adherence = (await seen.page.inner_text(".foot-facts")).replace("\n", " ")
        assert "Adherence 66.6 % · 1 out" in adherence
        assert await seen.barriers() == []
        await opened(seen, f"{url}?lang=zh&theme=light", 8)
        assert await seen.barriers() == []
        assert await seen.weak_texts() == []
        await seen.resize("phone")
        await opened(seen, f"{url}?lang=en", 8)
        assert await seen.sideways() == 0
        assert await seen.run(CUT) == []
        assert seen.complaints == seen.strangers == []


async def test_the_level_is_read_from_five_metres(browser: Browser) -> None:
    """With one to twelve tiles on a television the digits stand at least 8 % of its height tall, also those of 100 %,
    and no tile spills: alarm or not, with the longest names."""
    board = Board()
    async with serving(board) as client, window(browser) as seen:
        url = str(client.make_url("/"))
        height = SCREENS["hall"][1]
        for count in (1, 2, 3, 4, 6, 8, 9, 10, 12):
            alarmed = replace(many(count), alerts=floor().alerts[:1])
            renamed = tuple(
                replace(one, name=f"{one.name} Kraftfahrzeugversicherung Nordwest"[:40]) for one in alarmed.queues
            )
            board.publish(replace(alarmed, queues=renamed))
            await opened(seen, f"{url}?lang=en&tv=1", count)
            await seen.until("document.getElementById('banner').dataset.kind === 'alert'")
            assert min(await seen.run(DIGITS_PX)) >= LEVEL_SHARE * height, count
            assert await seen.run(CUT) == [], count
        await seen.resize("laptop")
        await seen.until("document.getElementById('page').style.getPropertyValue('--rows') === '3'")
        assert await seen.run(CUT) == []


async def test_many_queues_take_turns_on_a_television(browser: Browser) -> None:
    """Twenty queues on a television are two pages of ten, marked, and turn; a queue that breaks is seen at once. On a
    desk they are all on one."""
    board = Board()
    board.publish(many(20))
    async with serving(board) as client, window(browser) as seen:
        url = str(client.make_url("/"))
        await opened(seen, f"{url}?lang=en&tv=1&rotate=2", 10)
        assert await seen.page.locator(".foot-mark").count() == 2
        assert await seen.run("document.querySelector('.foot-marks').ariaLabel") == "tiles: page 1 of 2"
        first = await seen.run(NAMES)
        assert not await seen.page.locator(".nav-link, .foot-control, .tile-way").locator("visible=true").count()
        await seen.until("document.querySelector('.foot-marks').ariaLabel === 'tiles: page 2 of 2'")
        assert set(await seen.run(NAMES)).isdisjoint(first)
        await opened(seen, f"{url}?lang=en&tv=1&rotate=0", 10)
        assert "line 17" not in await seen.run(NAMES)
        board.publish(replace(many(20, {17: "breach"}), at=AT + 500))
        await seen.until("document.querySelector('.tile').dataset.queue === 'line 17'", within_s=1.5)
        await opened(seen, f"{url}?lang=en", 20)
        assert not await seen.page.locator(".foot-marks").is_visible()


async def test_tiles_out_of_sight_follow(browser: Browser) -> None:
    """Of sixty queues most are below the window: what changes there is drawn within seconds, an alarm at once, and it
    comes to the top."""
    board = Board()
    board.publish(many(60))
    async with serving(board) as client, window(browser, "laptop") as seen:
        await opened(seen, str(client.make_url("/?lang=en")), 60)
        view = many(60, {58: "breach"})
        fallen = tuple(replace(one, waiting=77) for one in view.queues)
        board.publish(replace(view, at=AT + 500, queues=fallen))
        line = "document.querySelector('[data-queue=\"line 58\"]').dataset.verdict === 'breach'"
        await seen.until(line, within_s=1.5)
        await seen.until(
            "[...document.querySelectorAll('.side-waiting .side-number')].every((one) => one.textContent === '77')"
        )
        await seen.until("document.querySelector('.tile').dataset.queue === 'line 58'")


async def test_a_television_goes_from_page_to_page(browser: Browser) -> None:
    """`pages=floor,alerts` shows one after the other, without controls; never away from a page whose news has stopped,
    for the next one could not be had."""
    async with window(browser) as seen, hung(seen) as wall:
        await wall.open("?lang=en&tv=1&rotate=2&pages=floor,alerts")
        await seen.until("location.pathname === '/alerts' && document.documentElement.dataset.state === 'live'")
        assert await seen.run("location.search") == "?lang=en&tv=1&rotate=2&pages=floor,alerts"
        assert not await seen.page.locator("#nav, .foot-control").locator("visible=true").count()
        wall.is_lost = True
        place = await seen.until("document.documentElement.dataset.state === 'stale' && location.pathname", within_s=20)
        await asyncio.sleep(2.5)
        assert await seen.run("location.pathname") == place
        await wall.open()
        assert await seen.run("document.documentElement.dataset.state") in ("stale", "gone"), "old from the beginning"


async def test_a_picture_that_is_too_old_judges_nothing(browser: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    """After half a minute without news no tile says breach, closed or on target: what has become of it is not known."""
    monkeypatch.setattr(Frame, "age_ms", lambda _frame: 31_000)
    board = Board()
    board.publish(floor())
    async with serving(board) as client, window(browser) as seen:
        await seen.open(str(client.make_url("/?lang=en")))
        await seen.until("document.documentElement.dataset.state === 'gone' && document.querySelector('.tile')")
        await seen.until("[...document.querySelectorAll('.tile')].every((one) => one.dataset.verdict === 'unknown')")
        said = await seen.run("[...document.querySelectorAll('.tile-verdict')].map((one) => one.innerText)")
        assert set(said) - {""} == {"not known"}


async def test_everything_is_reached_by_keys(browser: Browser) -> None:
    """Arrows go from tile to tile in the order shown, Enter opens what the number means, Esc closes it, letters and
    numbers open pages, ? says so, m turns sound on and off; a key in a dialog goes nowhere."""
    board = Board()
    board.publish(floor())
    async with serving(board) as client, window(browser) as seen:
        await opened(seen, str(client.make_url("/?lang=en")), 8)
        press = seen.page.keyboard.press
        names = await seen.run(NAMES)
        for key, at in (("ArrowRight", 0), ("ArrowRight", 1), ("ArrowLeft", 0), ("ArrowLeft", 7)):
            await press(key)
            assert await seen.run("document.activeElement.closest('.tile').dataset.queue") == names[at]
        await press("Enter")
        assert names[7] in await seen.page.inner_text("#card[open]")
        await press("a")
        await press("Escape")
        assert await seen.page.locator("dialog[open]").count() == 0
        await press("?")
        assert "sound off, and on again" in await seen.page.inner_text(".keys")
        assert await seen.barriers() == []
        await press("Escape")
        await press("m")
        assert await seen.page.inner_text(".toast") == "Sound is on"
        assert await seen.run("localStorage.getItem('floorwatch.sound')") == "1"
        await press("m")
        assert await seen.page.inner_text(".toast") == "Sound is off"
        for key, path in (("l", "/alerts"), ("5", "/feeds"), ("s", "/shift"), ("1", "/"), ("q", "/queue")):
            await seen.until("document.title.includes('Harbour')")
            await press(key)
            await seen.until("(path) => location.pathname === path && document.querySelector('.nav-link')", path)
        assert seen.strangers == []


async def test_a_wall_is_dim_while_all_is_closed_and_well(browser: Browser) -> None:
    """When every queue is outside its hours, or idle without any, a television is dim; at work, or on a desk, never."""
    board = Board()
    idle, busy, shut = (
        queue("hotline", "small_sample", 0, 0),
        queue("hotline"),
        replace(queue("mail"), hours=closed(AT)),
    )
    opened_up = replace(shut, hours=replace(closed(AT), is_open=True))
    dim = "document.documentElement.hasAttribute('data-dim')"

    def show(at: int, *queues: QueueView) -> None:
        board.publish(replace(many(3), at=at, queues=queues))

    async with serving(board) as client, window(browser) as seen:
        url = str(client.make_url("/?lang=en"))
        show(AT, idle, shut)
        await opened(seen, f"{url}&tv=1", 2)
        await seen.until(dim)
        show(AT + 500, busy, shut)
        await seen.until(f"!{dim}")
        show(AT + 1_000, idle, shut)
        await seen.until(dim)
        show(AT + 1_500, idle, opened_up)
        await seen.until(f"!{dim}")
        show(AT + 2_000, idle, shut)
        await opened(seen, url, 2)
        assert not await seen.run(dim)
