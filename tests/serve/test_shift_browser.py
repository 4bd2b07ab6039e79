"""The shift page in a real browser: what happened in a turn, on a screen and on paper."""

from __future__ import annotations

from msgspec.structs import replace
from playwright.async_api import Browser

from floorwatch.shift_view import ShiftLine
from tests.browsing import window
from tests.serve.oncall_day import PEOPLE, ShiftsKept
from tests.serve.test_oncall_pages import FOUND
from tests.serve.wall import hung


async def test_the_shift_page_tells_what_happened_in_a_turn(browser: Browser) -> None:
    """The last turn that is over, what is handed over first; another by keyboard; that one is not known any more."""
    first, second, third = PEOPLE
    async with window(browser) as seen, hung(seen, shifts=ShiftsKept()) as wall:
        await seen.open(f"{wall.url}shift?lang=en")
        await seen.until("document.querySelectorAll('.shift-alerts tbody tr').length === 2")
        captions = await seen.run("[...document.querySelectorAll('.shift-caption')].map((one) => one.innerText)")
        assert captions == ["Handed over: 1", "Over: 1"]
        assert await seen.run(ROWS) == [
            [
                "2026-03-04 00:14",
                "emergency vip: nobody is there",
                f"{first} not reached: {second}",
                "nobody had it",
                "nothing recorded",
                "not over",
            ],
            [
                "2026-03-04 00:14",
                "critical sales: 61 % answered in 20 s",
                f"{first}, {second}",
                f"4:00 {second}",
                "5:00 back from training, announcement announcement: +9 points after 15 min",
                "25:00",
            ],
        ]
        shown = [
            "2026-03-03 14:14 to 2026-03-04 02:14",
            f"On call: {first}",
            f"Now on call: {third}",
            "Alerts: 2 (1 emergency, 1 critical)",
            "4:00 (1 of 2 alerts)",
            "Times of Europe/Berlin",
        ]
        assert await seen.run(FOUND, shown)
        assert await seen.run("document.querySelectorAll('.turn-time')[1].innerText") == (
            "2026-03-03 14:14 to 2026-03-04 02:14"
        )
        await seen.page.locator(".turn").first.focus()
        await seen.page.keyboard.press("Enter")
        await seen.until(
            FOUND, [f"On call: {third}", "told up to", f"From 2026-03-04 12:14 on: {first}", "No alert fired"]
        )
        await seen.run("location.hash = 'shift:north:1'")
        await seen.until(FOUND, ["not known any more"])
        assert [line for line in seen.complaints if "404" not in line] == seen.strangers == []


ROWS = """
  [...document.querySelectorAll(".shift-alerts tbody tr")]
    .map((row) => [...row.cells].map((cell) => cell.innerText.replace(/\\s+/g, " ").trim()))
"""


async def test_on_paper_there_is_the_report_alone(browser: Browser) -> None:
    """Neither banner nor navigation is printed, and what is, is dark on white, whatever the theme."""
    async with window(browser) as seen, hung(seen, shifts=ShiftsKept()) as wall:
        await seen.open(f"{wall.url}shift?lang=en&theme=dark")
        await seen.until("document.querySelectorAll('.shift-alerts tbody tr').length === 2")
        await seen.page.emulate_media(media="print")
        parts = "#banner, #nav, #foot, .shift-side, .shift-print"
        assert await seen.page.locator(parts).locator("visible=true").count() == 0
        assert await seen.run("getComputedStyle(document.querySelector('.shift-report')).backgroundColor") == (
            "rgb(255, 255, 255)"
        )
        assert await seen.weak_texts(".shift-report") == []


class ListedBefore(ShiftsKept):
    """Something happened between the list and the report of the turn that runs."""

    def running(self) -> list[ShiftLine]:
        return [replace(line, n_by_severity={"critical": 1}, n_live=1) for line in super().running()]


async def test_the_list_says_what_the_report_beside_it_says(browser: Browser) -> None:
    """They are asked for one after the other: of the turn that is shown both tell of the same moment."""
    async with window(browser) as seen, hung(seen, shifts=ListedBefore()) as wall:
        await seen.open(f"{wall.url}shift?lang=en#shift:north:now")
        await seen.until(FOUND, ["No alert fired"])
        assert await seen.page.locator(".turn[aria-current] .turn-count").inner_text() == "Alerts: 0"
