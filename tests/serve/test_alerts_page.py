"""The alerts page in a real browser: what fires, what was, what can be done, and the story of each."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

import msgspec
from msgspec.structs import replace
from playwright.async_api import Browser

from tests.browsing import SCREENS, Window, window
from tests.serve.alert_day import COMING, IN_HAND, OLD, OVER, PUT_OFF, WORSE, alerts, before, stories
from tests.serve.floors import AGENTS
from tests.serve.grants import TOKENS, closed
from tests.serve.wall import NAMELESS, Wall, hung

GROUPS = """
  () => Object.fromEntries([...document.querySelectorAll(".alerts-group")].filter((one) => one.checkVisibility())
    .map((one) => [one.querySelector("h2").innerText, one.querySelectorAll(".alert").length]))
"""
SPANS = "[...document.querySelectorAll('.lanes a')].map((one) => one.ariaLabel)"
PARTS = """
  (id) => [...document.querySelector(`.lanes a[data-alert="${id}"]`).querySelectorAll(".bar")]
    .map((bar) => [bar.classList[1], bar.dataset.looks])
"""
STORY = "document.querySelector('.alert-marked .story').innerText"
LANES = """
  async ([alert, story, now]) => (await import("/static/alerts/lanes.js")).spanOf(alert, story, now)
"""
TICKS = """
  async ([since, until, zone]) => {
    const { ticksOf } = await import("/static/alerts/lanes.js");
    const { timeOfDay } = await import("/static/shell/words.js");
    const minute = (at) => timeOfDay(at, zone).split(":").reduce((hours, minutes) => 60 * hours + Number(minutes), 0);
    return ticksOf(since, until, 8, minute).map((at) => timeOfDay(at, zone));
  }
"""


def row(queue: str) -> str:
    """The selector of the row of a queue's first alert."""
    return f".alert:has(.alert-sentence:text('{queue}:'))"


async def opened(seen: Window, wall: Wall, query: str = "?lang=en") -> None:
    """The page with its day, once what is over has arrived."""
    wall.show(*alerts())
    wall.desk.stories = stories()
    await seen.open(f"{wall.url}alerts{query}")
    await seen.until("document.querySelectorAll('.alert').length === 6 && document.querySelectorAll('.lanes a').length")


async def look(seen: Window) -> None:
    """Live ones first, then muted, about to fire and over; the timeline has a lane for each queue and rule."""
    assert await seen.run(GROUPS) == {
        "Firing (2)": 2,
        "Firing, nobody is told (1)": 1,
        "About to alert (1)": 1,
        "Over, last 8 h (2)": 2,
        "Silences": 0,
    }
    assert await seen.run(SPANS) == [
        "sales, service level low: critical, 10:02 to now, nobody has it yet",
        "billing, long wait: warning, 10:11 to now, somebody has it",
        "mail, service level low: warning, 09:24 to now, snoozed until 10:34",
        "vip, service level low: warning, 10:14 to now, about to alert",
        "sales, long wait: warning, 09:44 to 10:05, on target",
        "support, nobody on the queue: emergency, 05:15 to 05:34, on target",
    ]
    worse = [["bar-pending", "breach"], ["bar-firing", "warning"], ["bar-acknowledged", "warning"]]
    assert await seen.run(PARTS, WORSE) == [*worse, ["bar-firing", "breach"]], "a raise takes it from who had it"
    assert await seen.run(PARTS, COMING) == [["bar-pending", "warning"]]


async def choose(seen: Window) -> None:
    """By severity, by queue, by rule, and how far back: the list and the timeline show the same."""
    page = seen.page
    for number, choice, left in ((0, "emergency", 1), (1, "sales", 2), (2, "longest_wait_high", 2)):
        select = page.locator(".filter-choice").nth(number)
        await select.select_option(choice)
        await seen.until("(n) => document.querySelectorAll('.alert').length === n", left)
        await seen.until("(n) => document.querySelectorAll('.lanes a').length === n", left)
        await select.select_option("")
    await page.click(".hours-choice:first-child")
    await seen.until("document.querySelectorAll('.lanes a').length === 5")
    assert "Over, last 1 h (1)" in await seen.run(GROUPS)
    await page.click(".hours-choice:last-child")
    await seen.until("document.querySelectorAll('.lanes a').length === 6")


async def read_a_story(seen: Window) -> None:
    """By keyboard from the timeline: what happened when, who took it, what was advised, how the queue fared."""
    page = seen.page
    await page.locator(".lanes a").first.focus()
    assert await seen.run("document.querySelectorAll('.lanes a[tabindex=\"0\"]').length") == 1
    for _ in range(3):
        await page.keyboard.press("ArrowDown")
    await page.keyboard.press("ArrowUp")
    for _ in range(6):
        await page.keyboard.press("ArrowUp")
    await page.keyboard.press("Enter")
    await seen.until("document.querySelector('.alert-marked')?.contains(document.activeElement)")
    told = (await seen.run(STORY)).splitlines()
    assert [line for line in told if line.startswith(("10:", "Its", "It ", AGENTS[0]))] == [
        "10:01:32",
        "Its rule began to hold",
        "10:02:32",
        "It fired: warning",
        "10:05:32",
        f"{AGENTS[0]} took it",
        "10:06:32",
        f"{AGENTS[0]} put it off until 10:14:32",
        "10:09:32",
        "It got worse: critical",
    ]
    assert "sales: 71 % answered in 20 s" in told
    assert f"{AGENTS[1]} was called" in told
    assert any(line.startswith(f"Advised then: {AGENTS[1]}: 14 agents needed") for line in told)
    assert told[-6:] == ["when it fired", "71 %", "n 90", "when it was taken", "66 %", "n 99"]
    await page.click(".alert-marked .story-figure")
    await seen.until("document.querySelector('#card[open]')?.innerText.includes('sales')")
    await page.keyboard.press("Escape")


async def come_by_a_link(seen: Window, wall: Wall) -> None:
    """A link opens one alert, also one that is over, older than what is shown, or hidden by a choice; or says so."""
    await opened(seen, wall, f"?lang=en&queue=vip&rule=nothing#{OLD}")
    text = await seen.run(STORY)
    assert [part in text for part in ("Over after 19:00", "back within its limit", "81 %", "90 %")] == [True] * 4
    await seen.run("(id) => { location.hash = encodeURIComponent(id); }", OVER)
    text = await seen.until(f"{STORY}.includes('no contacts any more') && {STORY}")
    fired = ["when it fired", "79 %", "n 50 · at 09:44:08"]
    assert text.splitlines()[-9:] == [*fired, "when it was over", "–", "n 0", "15 min after", "–", "known at 10:20"]
    await seen.run("(id) => { location.hash = encodeURIComponent(id); }", PUT_OFF)
    await seen.until(f"{STORY}.includes('not known here in full')")
    await seen.run("location.hash = 'no/such/1'")
    await seen.until("document.querySelector('.alerts-missing').innerText.includes('not among those')", within_s=20)


async def act(seen: Window, wall: Wall) -> None:
    """Taken over with a note, silenced with a reason and not without, and put off; a silence is ended."""
    page, desk = seen.page, wall.desk
    billing = page.locator(row("billing")).first
    await billing.locator("details.act-more summary").click()
    await billing.get_by_role("button", name="Silence").click()
    await seen.until("document.querySelector('.alerts-page .action-trouble').innerText === 'Not done: say why'")
    await billing.locator(".act-words").fill("drill")
    await billing.locator("select").select_option("3600000")
    await billing.get_by_role("button", name="Silence").click()
    await seen.until("document.querySelector('.silence')?.innerText.includes('by somebody: drill')")
    (silence,) = desk.given.values()
    assert (silence["rules"], silence["subjects"]) == (["longest_wait_high"], ["billing"])
    assert silence["until"] - silence["since"] == 3_600_000
    await page.click(".silence button")
    await seen.until("document.querySelector('.silence') === null")
    await billing.locator(".act-words").fill("two called back")
    await billing.get_by_role("button", name="Take over").click()
    await seen.until("document.querySelector('.alert .act-words').value === ''")
    assert desk.told[-1] == ("acknowledge", IN_HAND, "anybody", "two called back")
    await seen.until("document.querySelector('.alerts-now').innerText.includes('somebody has it since 10:14')")
    await seen.until("document.querySelector('.alerts-now').innerText.includes('Note: two called back')")
    await billing.locator(".act-words").fill("lunch")
    await billing.get_by_role("button", name="Snooze").click()
    await seen.until("document.querySelector('.alert .act-words').value === ''")
    assert desk.told[-1] == ("snooze", IN_HAND, "anybody", "lunch")
    await page.get_by_role("button", name="Sound is off").click()
    assert await seen.run("localStorage.getItem('floorwatch.sound')") == "1"


async def fit_every_screen(seen: Window, wall: Wall) -> None:
    """On every screen, in both languages and themes, everything can be read, pressed and reached."""
    for screen, query in (
        ("hall", "?lang=zh&theme=dark"),
        ("laptop", "?lang=en&theme=light"),
        ("phone", "?lang=zh&theme=light"),
    ):
        await seen.resize(screen)
        await opened(seen, wall, f"{query}#{WORSE}")
        await seen.until("document.querySelector('.alert-marked .story') !== null")
        assert await seen.weak_texts() == [], (screen, query)
        assert await seen.barriers() == [], (screen, query)
        assert await seen.run(NAMELESS) == []
        assert await seen.sideways() == 0, (screen, query)
    small = "(least) => [...document.querySelectorAll('.alerts-page :is(button.action, select, .hours-choice)')]"
    small += ".filter((one) => one.checkVisibility() && one.offsetHeight < least).map((one) => one.outerHTML)"
    assert await seen.run(small, 44) == [], "under a thumb"
    width, _ = SCREENS["phone"]
    assert await seen.run("document.querySelector('.lanes svg').getBoundingClientRect().width") > width * 0.8


async def test_the_alerts_page_shows_and_does(browser: Browser) -> None:
    """Looked at, chosen from, read, come to by a link, acted on, on every screen."""
    async with window(browser) as seen, hung(seen) as wall:
        await opened(seen, wall)
        await look(seen)
        await choose(seen)
        await read_a_story(seen)
        await come_by_a_link(seen, wall)
        await opened(seen, wall)
        await act(seen, wall)
        await fit_every_screen(seen, wall)
        assert seen.complaints == seen.strangers == []


async def test_a_viewer_reads_the_same_without_names_and_buttons(browser: Browser) -> None:
    """Stories too: that somebody took it, not who; and the way to sign in."""
    async with window(browser) as seen, hung(seen, access=closed()) as wall:
        await seen.open(f"{wall.url}sign-in?lang=en")
        await seen.page.fill("#token", TOKENS["viewer"])
        await seen.page.click("form button")
        await seen.until("location.pathname === '/'")
        await opened(seen, wall, f"?lang=en#{WORSE}")
        text = await seen.until(f"{STORY}.includes('Somebody took it') && {STORY}")
        assert "Advised then: 14 agents needed" in text
        assert "It was put off until 10:14:32" in text
        whole = await seen.run("document.documentElement.outerHTML")
        assert not any(name in whole for name in AGENTS)
        buttons = "[...document.querySelectorAll('.alert-acts')].filter((one) => one.checkVisibility()).length"
        assert await seen.run(buttons) == 0
        assert await seen.page.locator(".alerts-sign-in").is_visible()
        assert seen.complaints == seen.strangers == []


async def test_a_television_names_nobody_whoever_has_signed_it_in(browser: Browser) -> None:
    """It shows what a viewer may see, and nothing that could be pressed."""
    async with window(browser) as seen, hung(seen) as wall:
        await opened(seen, wall, f"?lang=en&tv=1#{WORSE}")
        await seen.until("document.querySelector('.alert-marked') !== null")
        whole = await seen.run("document.documentElement.outerHTML")
        assert not any(name in whole for name in AGENTS)
        assert await seen.page.locator(".alerts-page :is(button, select, summary):visible").count() == 0
        assert seen.complaints == seen.strangers == []


async def test_what_is_drawn_of_a_life(browser: Browser) -> None:
    """Stretches meet and cover the whole life: taken, lost by a raise, taken again; known without a story; pending."""
    async with window(browser) as seen, hung(seen) as wall:
        await seen.open(f"{wall.url}alerts?lang=en")

        async def drawn(story: Any = None, **changed: Any) -> list[Any]:
            one = json.loads(msgspec.json.encode(replace(alerts()[0], **changed)))
            span = await seen.run(LANES, [one, story, before(0)])
            parts = span["parts"]
            assert [part["from"] for part in parts[1:]] == [part["to"] for part in parts[:-1]], "no hole"
            ago = [[(before(0) - part[end]) / 60_000 for end in ("from", "to")] for part in parts]
            return [(part["kind"], *times, part["severity"]) for part, times in zip(parts, ago, strict=True)]

        taken = {"severity_at_fire": "warning", "taken": [{"at": before(9)}, {"at": before(3)}], "snoozed": []}
        assert await drawn(taken, acknowledged_at=before(3), state="acknowledged") == [
            ("pending", 13, 12, "critical"),
            ("firing", 12, 9, "warning"),
            ("acknowledged", 9, 5, "warning"),
            ("firing", 5, 3, "critical"),
            ("acknowledged", 3, 0, "critical"),
        ]
        assert await drawn(raised_at=None, resolved_at=before(4), acknowledged_at=before(8), state="resolved") == [
            ("pending", 13, 12, "critical"),
            ("firing", 12, 8, "critical"),
            ("acknowledged", 8, 4, "critical"),
        ]
        assert await drawn(fired_at=None, raised_at=None, state="pending") == [("pending", 13, 0, "critical")]


async def test_the_axis_names_round_times_of_the_site(browser: Browser) -> None:
    """Also a half hour off, and on the night in which an hour is missing."""
    night = round(datetime.fromisoformat("2026-03-28T23:20:00Z").timestamp()) * 1000
    async with window(browser) as seen, hung(seen) as wall:
        await seen.open(f"{wall.url}alerts?lang=en")
        for zone, hours, told in (
            ("Europe/Berlin", 4, ["01:00", "03:00", "04:00", "05:00"]),
            ("Asia/Kolkata", 3, ["05:00", "06:00", "07:00"]),
        ):
            assert await seen.run(TICKS, [night, night + hours * 3_600_000, zone]) == told
