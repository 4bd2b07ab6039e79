"""Alerts on the wallboard in a real browser: seen, heard, spoken, taken in hand, and by who may."""

from __future__ import annotations

import asyncio

from msgspec.structs import replace
from playwright.async_api import Browser

from floorwatch.alert_view import MutedView
from tests.browsing import window
from tests.serve.floors import AGENTS, AT, alert
from tests.serve.grants import TOKENS, closed
from tests.serve.test_wallboard_browser import SPILLS
from tests.serve.wall import ADVICE, NAMELESS, Wall, firing, hung

LISTENING = """
    window.tones = [];
    const start = OscillatorNode.prototype.start;
    OscillatorNode.prototype.start = function (...at) {
      window.tones.push(this.frequency.value);
      start.apply(this, at);
    };
    window.spoken = [];
    SpeechSynthesis.prototype.speak = (said) => window.spoken.push([said.lang, said.text]);
"""
"""Runs before the page's own scripts, and keeps what is sent to the loudspeaker, which no machine of ours has."""


async def see_one(wall: Wall) -> None:
    """What broke, how bad, what to do, who has it, what runs out; and it is read out once."""
    wall.show(firing("sales", "critical"), replace(alert("billing", state="resolved"), id="r/billing/over"))
    shown = await wall.until(
        kind="alert", severity="critical", taken="false", word="critical", hand="nobody has it yet"
    )
    assert shown["sentence"].startswith("sales: 61 % answered")
    assert shown["advice"] == ADVICE["en"]
    assert shown["age"].startswith("fires for 12:")
    assert shown["heard"] == f"critical. {shown['sentence']}. {ADVICE['en']}. nobody has it yet"
    assert shown["live"] == "polite"
    assert shown["buttons"] == ["I have it", "Snooze 15 min"]
    # the queue's outlook names the last moment: `looking_ahead` gives it to the first queue of the floor
    wall.show(firing("support", "emergency", until=AT + 900_000))
    shown = await wall.until(severity="emergency", live="assertive")
    assert shown["left"].startswith("out of reach in 0:")
    wall.show(firing("vip", "warning", until=AT + 900_000))
    assert (await wall.until(severity="warning"))["left"].startswith("period ends in 14:")


async def take_in_hand(wall: Wall) -> None:
    """The worst that nobody has is taken with one touch, then the next; then there is nothing left to take."""
    wall.show(firing("sales", "critical"), firing("vip", "emergency"))
    await wall.until(sentence=alert("vip").message["en"], hand="2 of 2 not taken yet")
    await wall.seen.page.click(".action-first")
    await wall.until(taken="true", hand="1 of 2 not taken yet", buttons=["I have it: sales", "Snooze 15 min"])
    assert wall.desk.told[-1][:2] == ("acknowledge", "r/vip/emergency")
    await wall.seen.page.click(".action-first")
    await wall.until(hand="0 of 2 not taken yet", buttons=[])


async def say_what_is_muted(wall: Wall) -> None:
    """An alert of which nobody is told does not shout; it is said to be there, and by what it is muted."""
    snoozed = MutedView(by="snooze", what="Kim", until=AT + 900_000)
    wall.show(firing("sales", "critical", muted=snoozed), firing("vip", "warning"))
    await wall.until(severity="warning", hand="nobody has it yet")
    wall.show(firing("sales", "critical", muted=snoozed))
    await wall.until(kind="unknown", sentence="unknown: repairs", advice="Firing, but muted: sales", buttons=[])
    wall.is_known = True
    await wall.until(kind="warning", sentence="Nothing to act on", advice="Firing, but muted: sales", buttons=[])
    wall.is_known = False


async def hear(wall: Wall) -> None:
    """Off until turned on; each severity sounds otherwise; silent once somebody has it."""
    seen = wall.seen
    wall.show(firing("sales", "warning"))
    await wall.open()
    await wall.until(severity="warning")
    assert await seen.run("[window.tones, window.spoken]") == [[], []]
    await wall.open("?lang=en&sound=1&speech=1")
    await seen.until("window.tones.length === 2 && window.spoken.length === 1")
    assert await seen.run("window.spoken[0]") == ["en-US", f"warning. {alert('sales').message['en']} {ADVICE['en']}"]
    await wall.open("?lang=zh&sound=1&speech=1")
    await seen.until("window.tones.length === 2 && window.spoken[0]?.[0] === 'zh-CN'")
    first = await seen.run("window.tones")
    wall.show(firing("sales", "emergency"))
    await seen.until("window.tones.length >= 8")
    assert set(await seen.run("window.tones.slice(2, 8)")).isdisjoint(first)
    wall.show(firing("sales", "emergency", state="acknowledged", acknowledged_at=AT))
    await wall.until(taken="true")
    await seen.run("window.tones = []")
    await asyncio.sleep(0.6)
    assert await seen.run("window.tones") == []
    wall.show(firing("sales", "critical"))
    await seen.until("window.tones.length === 3")


async def say_that_news_is_old(wall: Wall) -> None:
    """When the news stops, the alert is no longer shown as one of now, has no buttons, and makes no sound."""
    await wall.open()
    await wall.until(kind="alert", severity="critical")
    wall.is_lost = True
    await wall.seen.until("document.documentElement.dataset.state === 'stale'")
    shown = await wall.until(kind="unknown", severity="", buttons=[])
    assert shown["sentence"].startswith("No news since 10:1")
    wall.is_lost = False
    await wall.until(kind="alert", severity="critical")


async def fit_every_screen(wall: Wall) -> None:
    """One alert and forty, on screens of all kinds, in both languages and themes: nothing spills, all can be read."""
    seen = wall.seen
    queues = ("sales", "billing", "vip", "mail")
    severities = ("warning", "critical", "emergency")
    many = [firing(queues[i % 4], severities[i % 3], id=f"r/{i}", fired_at=AT - 60_000 - i) for i in range(40)]
    one = [firing("sales", "critical")]
    for alerts, screen, query in (
        (one, "phone", "?lang=en&theme=light"),
        (one, "laptop", "?lang=zh&theme=dark"),
        (many, "hall", "?lang=en&theme=dark"),
        (many, "phone", "?lang=zh&theme=light"),
    ):
        wall.show(*alerts)
        await seen.resize(screen)
        await wall.open(query)
        await wall.until(kind="alert")
        assert await seen.run(SPILLS) == [], (screen, query)
        assert await seen.weak_texts() == [], (screen, query)
        assert await seen.run(NAMELESS) == []


async def ask_who_may(wall: Wall) -> None:
    """Signed in as a viewer there is no button and no name; as a lead there are two buttons."""
    seen = wall.seen
    wall.show(firing("sales", "critical", acknowledged_by=AGENTS[1]))
    for role, buttons in (("viewer", []), ("lead", ["I have it", "Snooze 15 min"])):
        await seen.open(f"{wall.url}sign-in?lang=en")
        await seen.page.fill("#token", TOKENS[role])  # type: ignore[index]
        await seen.page.click("form button")
        await seen.until("document.querySelectorAll('.tile').length === 8")
        await wall.until(kind="alert", buttons=buttons)
        if role == "viewer":
            assert AGENTS[0] not in await seen.run("document.documentElement.outerHTML")
        await seen.open(f"{wall.url}sign-in?lang=en")
        await seen.page.click("form button")
        await seen.until("document.getElementById('token') !== null")


async def test_alerts_in_a_browser(browser: Browser) -> None:
    """One alert and many: taken in hand, muted, on every screen, heard, and when news is old."""
    async with window(browser) as seen:
        await seen.page.add_init_script(LISTENING)
        async with hung(seen) as wall:
            await wall.open()
            for act in (see_one, take_in_hand, say_what_is_muted, fit_every_screen, hear, say_that_news_is_old):
                await act(wall)
        assert [line for line in seen.complaints if "ERR_" not in line] == seen.strangers == []


async def test_only_those_who_may_can_act_on_alerts(browser: Browser) -> None:
    """A viewer sees what broke, and neither a button nor a name; a lead sees both."""
    async with window(browser) as seen, hung(seen, access=closed()) as wall:
        await ask_who_may(wall)
        assert seen.complaints == seen.strangers == []


async def test_what_belongs_together_stays_on_one_line(browser: Browser) -> None:
    """A number and its unit, an n, a date with its time, in both languages; what is to be typed has no marks."""
    text = "at 2026-03-04 10:14: 79.5 % in 20 s, n 143, +9 points, 3 agents; 近 15 分钟 · see `people`"
    kept = ["2026-03-04 10:14", "79.5 %", "20 s", "n 143", "9 points", "3 agents", "15 分钟", "people"]
    async with window(browser) as seen, hung(seen) as wall:
        await wall.open()
        found = await seen.run(
            """(text) => import("/static/shell/dom.js").then((dom) =>
                 dom.wordsOf(text).filter((part) => typeof part !== "string").map((node) => node.textContent))""",
            text,
        )
        assert found == kept
