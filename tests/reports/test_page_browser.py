"""The page in a real Chromium: its own policy lets its style through and nothing else, and it fits the paper."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from floorwatch.floor.settings import Settings
from floorwatch.reports import page
from floorwatch.reports.build import build
from floorwatch.reports.period import period_of
from floorwatch.reports.sums import Json
from tests.reports.floors import HOUR, MINUTE, contact, lost, told, written
from tests.reports.test_writers import START
from tests.serve.webdriver import browser


@pytest.fixture(scope="module")
def report() -> Json:
    """A day of two queues, one of them with a long name that is an attack, around the clock."""
    name = "<img src=x onerror=alert(1)> the line for everything that nobody else takes"
    facts = [fact for n in range(96) for fact in contact(START + n * 15 * MINUTE, queue=name, agent="Ada")]
    facts += [fact for n in range(60) for fact in lost(START + 10 * HOUR + n * MINUTE // 3)]
    return build(
        written(told(Settings(), facts, START + 26 * HOUR)), period_of("day", date(2026, 11, 4)), individuals=True
    )


def test_a_page_is_shown_and_printed_as_it_is_meant(tool: Callable[[str], str], report: Json, tmp_path: Path) -> None:
    """Styled, silent on the console, not wider than a sheet of A4 across, and printed on such sheets."""
    file = tmp_path / "day.html"
    file.write_text(page.render_page(report, "en"), encoding="utf-8")
    with browser(tool("chromedriver"), tool("chromium"), tmp_path / "profile", "--window-size=1122,900") as tab:
        tab.open(file.as_uri())
        assert tab.run("return getComputedStyle(document.querySelector('h1')).fontSize") == "23px"
        assert tab.run("return document.querySelectorAll('svg rect.hit').length") > 40
        assert tab.run("return document.images.length") == 0
        assert tab.run("return document.documentElement.scrollWidth <= innerWidth")
        tab.devtools("Emulation.setEmulatedMedia", media="print")
        assert tab.run("return getComputedStyle(document.body).paddingTop") == "0px"
        tab.devtools("Emulation.setDeviceMetricsOverride", width=1035, height=700, deviceScaleFactor=1, mobile=False)
        assert tab.run("return document.documentElement.scrollWidth") <= 1035  # A4 across, less the margins
        printed = tab.devtools("Page.printToPDF", preferCSSPageSize=True)
        assert not tab.complaints()
    pdf = base64.b64decode(printed["data"])
    assert {tuple(map(round, map(float, box.split()))) for box in re.findall(rb"/MediaBox\s*\[([^\]]*)\]", pdf)} == {
        (0, 0, 842, 595)
    }
