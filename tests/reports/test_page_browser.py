"""The page in a real Chromium: its own policy lets its style through and nothing else, and it fits the paper."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pytest
from playwright.async_api import Browser

from floorwatch.floor.settings import Settings
from floorwatch.reports import page
from floorwatch.reports.build import build
from floorwatch.reports.period import period_of
from floorwatch.reports.sums import Json
from tests.browsing import window
from tests.reports.floors import HOUR, MINUTE, contact, lost, told, written
from tests.reports.test_writers import START


@pytest.fixture(scope="module")
def report() -> Json:
    """A day of two queues, one of them with a long name that is an attack, around the clock."""
    name = "<img src=x onerror=alert(1)> the line for everything that nobody else takes"
    facts = [fact for n in range(96) for fact in contact(START + n * 15 * MINUTE, queue=name, agent="Ada")]
    facts += [fact for n in range(60) for fact in lost(START + 10 * HOUR + n * MINUTE // 3)]
    return build(
        written(told(Settings(), facts, START + 26 * HOUR)), period_of("day", date(2026, 11, 4)), individuals=True
    )


async def test_a_page_is_shown_and_printed_as_it_is_meant(browser: Browser, report: Json, tmp_path: Path) -> None:
    """Styled, silent on the console, not wider than a sheet of A4 across, and printed on such sheets."""
    file = tmp_path / "day.html"
    file.write_text(page.render_page(report, "en"), encoding="utf-8")
    async with window(browser) as tab:
        await tab.page.set_viewport_size({"width": 1122, "height": 900})
        await tab.open(file.as_uri())
        assert await tab.run("getComputedStyle(document.querySelector('h1')).fontSize") == "23px"
        assert await tab.page.locator("svg rect.hit").count() > 40
        assert await tab.run("document.images.length") == 0
        assert await tab.sideways() == 0
        await tab.page.emulate_media(media="print")
        assert await tab.run("getComputedStyle(document.body).paddingTop") == "0px"
        await tab.page.set_viewport_size({"width": 1035, "height": 700})
        assert await tab.run("document.documentElement.scrollWidth") <= 1035  # A4 across, less the margins
        pdf = await tab.page.pdf(prefer_css_page_size=True)
        assert tab.complaints == tab.strangers == []
    assert {tuple(map(round, map(float, box.split()))) for box in re.findall(rb"/MediaBox\s*\[([^\]]*)\]", pdf)} == {
        (0, 0, 842, 595)
    }
