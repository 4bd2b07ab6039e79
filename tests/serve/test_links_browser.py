"""The pages of one-time links in a real browser: for a thumb, without scripts, in both languages and both lights."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.async_api import Browser

from tests.browsing import Window, window
from tests.serve.link_floor import HOUR_MS, LinkFloor, served

THUMB_PX = 44
NARROW_PX = 320
SMALL = """
  (least) => [...document.querySelectorAll("button, input:not([type=hidden]), a")]
    .filter((one) => one.getBoundingClientRect().height < least)
    .map((one) => one.outerHTML)
"""


async def is_fit(seen: Window) -> None:
    """Nothing to scroll sideways at 320 pixels, every control under a thumb, no barrier, enough contrast."""
    await seen.page.set_viewport_size({"width": NARROW_PX, "height": 700})
    assert await seen.sideways() == 0
    small = await seen.run(SMALL, THUMB_PX)
    assert small == []
    assert await seen.barriers() == []
    assert await seen.weak_texts() == []


@pytest.mark.parametrize(("person", "scheme"), [("A17", "dark"), ("B2", "light")])
async def test_an_alert_is_taken_and_what_was_done_is_said_with_three_taps(
    tmp_path: Path, browser: Browser, person: str, scheme: str
) -> None:
    """With scripts switched off: the button, then what was done, twice; back in the browser changes nothing more."""
    floor = LinkFloor(tmp_path)
    async with (
        served(floor) as client,
        window(browser, "phone", color_scheme=scheme, java_script_enabled=False) as seen,
    ):
        await seen.open(str(client.make_url(floor.path(person=person))))
        assert await seen.page.title() == "floorwatch"
        await seen.page.click("button[value=take]")
        assert await seen.page.locator(".kinds button").count() == 10
        await seen.page.fill("input[name=agents]", "3")
        await seen.page.click("button[value=back_from_training]")
        await seen.page.click("button[value=announcement]")
        assert len(await floor.written()) == 3
        assert await seen.page.locator("button[value=announcement]").count() == 1, "and what else was done"
        await seen.page.go_back()
        await seen.page.go_back()
        await seen.page.reload()
        assert await seen.page.locator("form").count() == 0
        assert await seen.page.locator("[role=alert]").count() == 1
        assert len(await floor.written()) == 3
        known = ("status of 410",)
        assert [line for line in seen.complaints if not any(one in line for one in known)] == []
        assert seen.strangers == []


@pytest.mark.parametrize(("lang", "scheme"), [("en", "light"), ("zh", "dark")])
async def test_every_page_of_a_link_is_fit_for_a_small_screen(
    tmp_path: Path, browser: Browser, lang: str, scheme: str
) -> None:
    """What to take, what was done, used, expired, forged, over."""
    floor = LinkFloor(tmp_path)
    async with served(floor) as client, window(browser, "phone", color_scheme=scheme) as seen:
        act = (await client.post(floor.path(queue="vip"), data={"do": "take"}, allow_redirects=False)).headers[
            "Location"
        ]
        expired = floor.path(page="1.1.1.2", valid_ms=0)
        for path in (floor.path(), act, floor.path(queue="vip"), expired, "/take/made-up"):
            await seen.open(f"{client.make_url(path)}?lang={lang}")
            assert await seen.run("document.documentElement.lang") == {"en": "en", "zh": "zh-Hans"}[lang]
            await is_fit(seen)
        left = floor.path(queue="vip", page="1.1.2.1", valid_ms=2 * HOUR_MS)
        floor.resolve("vip")
        await seen.open(f"{client.make_url(left)}?lang={lang}")
        await is_fit(seen)
        assert seen.strangers == []
