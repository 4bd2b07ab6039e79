"""The page of one queue in a real browser: what it shows of a day that is going on, and that it breaks no rule."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path
from typing import Any

from playwright.async_api import Browser

from floorwatch.floor import events as e
from tests.browsing import SCREENS, Window, window
from tests.serve.queue_floor import LiveFloor, at, forecast, shown

READY = "document.querySelectorAll('.intervals tbody tr').length > 12"

ROWS = """
  () => Object.fromEntries([...document.querySelectorAll(".intervals tbody tr")].map((row) => [
    row.querySelector(".row-time").innerText,
    [...row.querySelectorAll("td")].map((cell) => cell.innerText.replace(/\\s+/g, " ").trim()),
  ]))
"""
HEAD = """
  () => Object.fromEntries([...document.querySelectorAll(".queue-head [data-figure]")].map((one, index) => [
    `${one.dataset.figure}${one.classList.contains("head-level") ? ".now" : ""}`,
    one.innerText.replace(/\\s+/g, " ").trim(),
  ]))
"""
FIGURES = """[...new Set([...document.querySelectorAll(".queue-page [data-figure]")]
  .map((one) => one.dataset.figure))]"""
WAITS = """[...document.querySelectorAll(".wait")].filter((line) => line.checkVisibility())
  .map((line) => line.innerText.replace(/\\s+/g, " ").trim())"""


def waiting(floor: LiveFloor, count: int) -> None:
    """So many more have come, one each second, the first of them long ago; the first rings."""
    now = floor.engine.now
    for number in range(count):
        entered = now - 100_000 + number * 1_000
        floor.tell(
            e.ContactOffered(time=entered, source="switch", id=f"w{number}", contact=f"w-{number}", queue="support")
        )
    floor.tell(e.ContactAlerting(time=now, source="switch", id="r", contact="w-0", queue="support", agent="A001"))


async def of_the_day(seen: Window, floor: LiveFloor) -> None:
    """The table has the figures of the engine, each ratio with its n; the head those of the picture."""
    view = floor.board.view
    assert view is not None
    (queue,) = view.queues
    rows = {row["start"]: row for row in floor.days.of("support")["intervals"]}
    row, cells = rows[at("10:30")], (await seen.run(ROWS))["10:30–10:45"]
    assert cells[:4] == [
        str(row["offered"]),
        str(row["answered"]),
        f"{row['abandoned']} ({row['abandoned_short']})" if row["abandoned_short"] else str(row["abandoned"]),
        str(row["exited"]),
    ]
    assert cells[4] == f"{int(row['level'] * 1000 + 1e-6) / 10:.1f} % n {row['level_n']}"
    assert cells[7].endswith(f" n {row['handled']}")
    assert cells[11] == str(row["required"])
    assert cells[13] == "60", "half of the 120 that are forecast for its half-hour"
    assert "to come" in (await seen.run(ROWS))["17:45–18:00"][-1]
    head = await seen.run(HEAD)
    assert head["service_level.now"].replace(" ", "") == f"{int(queue.windows['15m'].level * 100)}%"  # type: ignore[operator]
    assert head["present"] == str(queue.present)
    assert head["required_agents"] == str(queue.outlook.required)  # type: ignore[union-attr]
    assert re.fullmatch(r"→ \d+ %", head["projection"])


async def who_waits(seen: Window, floor: LiveFloor) -> None:
    """Fifty lines at most, the longest first and ticking, the one that rings marked, none with a name."""
    more = len(floor.engine.books.ledgers["support"].waiting) - 50
    lines = await seen.run(WAITS)
    assert len(lines) == 50
    assert f"and {more} more" in await seen.run("document.querySelector('.queue-waiting').innerText")
    rings = [line for line in lines if line.endswith("ringing")]
    assert len(rings) == 1
    waits = [int(m) * 60 + int(s) for m, s in (re.search(r"(\d+):(\d\d)", line).groups() for line in lines)]  # type: ignore[union-attr]
    assert waits == sorted(waits, reverse=True)
    assert all(("past 20 s" in line) == (wait > 20) for line, wait in zip(lines, waits, strict=True) if wait != 20)
    first = await seen.run("document.querySelector('.wait-time').innerText")
    await seen.until("(before) => document.querySelector('.wait-time').innerText !== before", first)
    text = await seen.run("document.documentElement.outerHTML")
    assert not any(name in text for name in ("w-0", "A001"))


async def by_key(seen: Window) -> None:
    """Arrow keys go from interval to interval; the numbers of the one that is chosen are shown, and told."""
    told = "document.querySelector('.chart-hit').getAttribute('aria-valuetext')"
    await seen.run("document.querySelector('.chart-hit').focus()")
    assert (await seen.run(told)).startswith("11:00–11:15, running")
    await seen.page.keyboard.press("ArrowLeft")
    await seen.page.keyboard.press("ArrowLeft")
    assert (await seen.run(told)).startswith("10:30–10:45, ")
    assert await seen.run("document.querySelector('.readout-time').innerText") == "10:30–10:45"
    assert await seen.run("document.querySelector('.row-chosen .row-time').innerText") == "10:30–10:45"
    box = await seen.page.locator(".chart-cross").bounding_box()
    assert box
    assert box["width"] > 10
    await seen.page.keyboard.press("Escape")
    assert await seen.run("document.querySelector('.chart-cross').hidden")


async def cards(seen: Window) -> None:
    """Every figure of the page opens a card of its own."""
    figures = await seen.run(FIGURES)
    assert len(figures) > 15
    titles = set()
    for figure in figures:
        await seen.run("(figure) => document.querySelector(`.queue-page [data-figure='${figure}']`).click()", figure)
        titles.add(await seen.until("document.querySelector('dialog[open] #card-title')?.innerText"))
        await seen.run("document.querySelector('.card-close').click()")
    assert len(titles) == len(figures)


HEADED = """
  () => {
    const frame = document.querySelector(".intervals-frame");
    frame.querySelector("tbody tr:last-child").scrollIntoView();
    const { right } = frame.getBoundingClientRect();
    const seen = [...frame.querySelectorAll("thead th")].every((head) => {
      const box = head.getBoundingClientRect();
      return head.contains(document.elementFromPoint(box.x + box.width / 2, box.bottom - 8)) && box.right <= right + 1;
    });
    document.querySelector("#page").scrollTo(0, 0);
    return seen;
  }
"""


async def layout(seen: Window, url: str) -> None:
    """Nothing to scroll to the side, all text can be read, no barrier; in Chinese every word is there too."""
    for screen, look in (("hall", ""), ("laptop", "lang=en&theme=light"), ("phone", "lang=zh&theme=light")):
        if look:
            await seen.resize(screen)
            await seen.open(f"{url}queue?name=support&{look}")
            await seen.until(READY)
        assert await seen.sideways() == 0, screen
        if screen != "phone":
            assert await seen.run(HEADED), f"{screen}: every column has its name above the last row"
        assert await seen.weak_texts() == [], screen
        if screen != "laptop":  # axe-core takes seconds, and finds nothing there that it did not find in the hall
            assert await seen.barriers() == [], screen
        words = await seen.run("document.querySelector('#page').innerText")
        assert ("正在排队" in words) == ("zh" in look)
        assert not re.search(r"\b(queue|chart|interval|forecast|waiting|mark)\.[a-z]", words), "a key is no word"


async def test_the_page_of_a_queue(browser: Browser, tmp_path: Path) -> None:
    """A recorded day at 11:07, with a forecast of it and sixty who wait: figures, waits, keys, cards and layout."""
    floor = LiveFloor(at("11:07"), forecast(tmp_path / "forecast.csv"))
    waiting(floor, 60)
    async with shown(floor) as url, window(browser, "hall") as seen:
        await seen.open(f"{url}queue?name=support&lang=en")
        await seen.until(READY)
        await seen.until("document.querySelector('.day-forecast').innerText.startsWith('forecast as the day')")
        await seen.until(f"({ROWS})()['17:45–18:00']")
        await of_the_day(seen, floor)
        await who_waits(seen, floor)
        await by_key(seen)
        await cards(seen)
        await layout(seen, url)
        assert seen.complaints == seen.strangers == []


async def test_a_queue_whose_feed_is_lost(browser: Browser) -> None:
    """Nothing of now reads as a number, and nobody is said to wait; what was over keeps its figures; the gap is
    hatched; why nothing is forecast is said."""
    floor = LiveFloor(at("11:07"))
    floor.tell(e.SourceDown(time=floor.engine.now, source="switch", id="lost"))
    async with shown(floor) as url, window(browser) as seen:
        await seen.open(f"{url}queue?name=support&lang=en")
        await seen.until(READY)
        head = await seen.run(HEAD)
        assert {value for figure, value in head.items() if figure not in ("target", "decided")} == {"–"}
        assert "feed lost 11:07" in await seen.run("document.querySelector('.queue-head').innerText")
        waits = await seen.run("document.querySelector('.queue-waiting').innerText")
        assert waits.split() == "Waiting now – – not known".split()
        rows = await seen.run(ROWS)
        assert set(rows["11:00–11:15"][:-1]) == {"–"}
        assert rows["11:00–11:15"][-1] == "running, incomplete"
        assert rows["10:30–10:45"][0] != "–"
        assert await seen.run("document.querySelectorAll('.panel-level .gap').length") == 1
        why = await seen.run("document.querySelector('.day-forecast').innerText")
        assert why == "no forecast while the feed is lost"
        assert seen.complaints == []


async def test_the_way_to_other_queues(browser: Browser) -> None:
    """Of a queue there is not it is said so, with a way to one there is, to which the page without a name goes at
    once; from there a key leads to the next, and another opens the list of all."""
    floor = LiveFloor(at("08:20"))
    now = floor.engine.now
    floor.tell(e.ContactOffered(time=now, source="switch", id="s", contact="s", queue="sales & more"))
    async with shown(floor) as url, window(browser) as seen:
        await seen.open(f"{url}queue?name=%3Cb%3E&lang=en")
        said = await seen.until("document.querySelector('.queue-missing')?.innerText")
        assert said == "There is no queue called <b>."
        await asyncio.gather(
            seen.page.wait_for_url("**/queue?name=support"), seen.page.locator(".queue-choose").click()
        )
        await seen.until("document.querySelector('.picker-step')?.checkVisibility()")
        async with seen.page.expect_navigation(url="**/queue?name=sales%20%26%20more"):
            await seen.page.keyboard.press("n")
        await seen.until("document.querySelectorAll('.wait').length === 1")
        await seen.page.keyboard.press("/")
        names = "[...document.querySelectorAll('.picker-of')].map((one) => one.innerText)"
        assert await seen.run(names) == ["support", "sales & more"]
        assert await seen.run("document.activeElement.dataset.to") == "support"
        async with seen.page.expect_navigation(url="**/queue?name=support"):
            await seen.page.keyboard.press("Enter")


async def test_a_day_whose_clocks_change_is_drawn_by_instants(browser: Browser) -> None:
    """Of a day of 25 hours the chart has 25, and the hour that comes twice is written twice."""
    floor = LiveFloor(at("08:05"))
    async with shown(floor) as url, window(browser) as seen:
        await seen.open(url)
        found: Any = await seen.run(
            """async () => {
                 const { Span } = await import("/static/queue/span.js");
                 const { timeOfDay } = await import("/static/shell/words.js");
                 const from = Date.UTC(2026, 9, 24, 22), to = Date.UTC(2026, 9, 25, 23);
                 const span = new Span([from, to], 2500);
                 return [span.x(to), span.ticks().map((at) => [span.x(at), timeOfDay(at, "Europe/Berlin")])];
               }"""
        )
    end, ticks = found
    assert end == 2500
    assert [x for x, _ in ticks] == [100 * hour for hour in range(26)]
    assert [words for _, words in ticks][:5] == ["00:00", "01:00", "02:00", "02:00", "03:00"]
    assert SCREENS["hall"][0] < end
