"""What the figures of on call mean can be read where they stand: each opens its definition, in a real browser."""

from __future__ import annotations

from playwright.async_api import Browser, Locator

from tests.browsing import Window, window
from tests.serve.alert_day import stories
from tests.serve.oncall_day import ShiftsKept, oncall_alerts, worked
from tests.serve.wall import Wall, hung

CARD = "document.querySelector('#card[open]')?.innerText.replace(/\\s+/g, ' ')"


async def card_of(seen: Window, figure: Locator) -> str:
    """What its card says."""
    await figure.click()
    told = str(await seen.until(CARD))
    await seen.page.keyboard.press("Escape")
    return told


async def says(seen: Window, figure: Locator, *parts: str) -> None:
    """The card of the figure says all this."""
    told = await card_of(seen, figure)
    assert [part for part in parts if part not in told] == [], told


async def test_an_effect_says_what_it_is(browser: Browser) -> None:
    """One that is known, one that is not yet, those that the buttons show, and in the story: whose, and as of when."""
    async with window(browser) as seen, hung(seen) as wall:
        await alerts_open(seen, wall)
        row = seen.page.locator(".alert").first
        known, due, *_ = await row.locator(".brought .brought-effect").all()
        meaning = ("ffect of an action", "played again without the action", "Eight times in ten")
        training = "back from training (3 agents)"
        await says(seen, known, *meaning, training, "+6 points: 67 % instead of 61 %, n 143", "As of 2026-03-04 10:09")
        await says(seen, due, *meaning, training, "15 min after: known at 10:19")
        lines = ("sales", "called in: +9 points in 15 min, 12×, all queues", "announcement: +2 points in 15 min, 6×")
        await says(seen, row.locator(".did-means"), *meaning, *lines)
        await row.locator(".story-fold summary").click()
        await says(seen, row.locator(".story .brought-effect").first, *meaning, training, "+6 points")
        assert seen.complaints == seen.strangers == []


async def test_no_effect_is_explained_where_none_is_shown(browser: Browser) -> None:
    """Of a queue of which nothing is known, and of what is no queue, the buttons show none."""
    async with window(browser) as seen, hung(seen) as wall:
        await alerts_open(seen, wall, with_worked=False)
        assert await seen.page.locator(".did-kind:visible").count() > 0
        assert await seen.page.locator(".did-means:visible").count() == 0


async def test_every_number_of_a_shift_says_what_it_is(browser: Browser) -> None:
    """Counts, medians, times and effects: whose, and as of the hand-over, not of the picture."""
    async with window(browser, "phone") as seen, hung(seen, shifts=ShiftsKept()) as wall:
        await seen.open(f"{wall.url}shift?lang=en")
        await seen.until("document.querySelectorAll('.shift-alerts tbody tr').length === 2")
        report = seen.page.locator(".shift-report")
        as_of = "As of 2026-03-04 02:14 (Europe/Berlin)"
        told = [
            (await one.inner_text(), await card_of(seen, one)) for one in await report.locator("[data-figure]").all()
        ]
        shown = dict(told)
        assert [number for number, card in told if number not in card or as_of not in card] == []
        for number, meaning in (
            ("Alerts: 2 (1 emergency, 1 critical)", "lerts of a turn"),
            ("Handed over: 1", "when the turn ended"),
            ("Median time until somebody had it: 4:00 (1 of 2 alerts)", "ime to acknowledge"),
            ("Median time until it was over: 25:00 (1 of 2 alerts)", "ime to recover"),
            ("4:00", "first taken in hand − fired"),
            ("5:00", "first action recorded − fired"),
            ("25:00", "over − fired"),
            ("announcement: +9 points after 15 min", "ffect of an action"),
        ):
            assert meaning in shown[number]
        assert "sales: 61 % answered in 20 s" in shown["4:00"]
        assert "Shift report: north" in shown["Handed over: 1"]
        assert seen.complaints == seen.strangers == []


async def alerts_open(seen: Window, wall: Wall, *, with_worked: bool = True) -> None:
    """The alerts page, once what leads know besides is there."""
    wall.show(*oncall_alerts())
    wall.worked = worked() if with_worked else ()
    wall.desk.stories = stories()
    await seen.open(f"{wall.url}alerts?lang=en")
    await seen.until("document.querySelectorAll('.called-one').length === 6")
