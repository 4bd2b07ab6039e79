"""Alerts on the wallboard in a real browser: seen, heard, spoken, taken in hand, put off and silenced."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from floorwatch.alert_view import AlertView, MutedView
from floorwatch.serve.board import Board
from tests.serve.alerts_kept import AlertsKept
from tests.serve.floors import AGENTS, AT, alert, floor, looking_ahead
from tests.serve.grants import TOKENS, closed
from tests.serve.serving import serving
from tests.serve.test_wallboard_browser import CONTRAST, SPILLS
from tests.serve.webdriver import Browser, browser

SCREENS = {"hall": (1920, 1080), "laptop": (1366, 768), "phone": (390, 844)}
ADVICE = {
    "en": "14 agents needed until 11:00, 11 here (3 on other queues). Call back: 3 over their break, 2 in training; "
    "4 free in support have the skill. Otherwise 55 % at 10:30; after 10:21 it cannot be recovered.",
    "zh": "至 11:00 需 14 名坐席，在岗 11 名。可召回：休息超时 3 名，培训 2 名。否则 10:30 时为 55%。",
}
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

SHOWN = """
    const banner = document.getElementById("banner");
    const text = (name) => banner.querySelector(`.${name}`).innerText.trim();
    return { kind: banner.dataset.kind, severity: banner.dataset.severity, taken: banner.dataset.taken,
      sentence: text("banner-sentence"), advice: text("banner-advice"), others: text("banner-detail"),
      hand: text("banner-hand"), left: text("banner-left"), word: text("banner-severity"), age: text("banner-since"),
      heard: text("heard"), live: banner.querySelector(".heard").getAttribute("aria-live"),
      buttons: [...banner.querySelectorAll(".banner-actions button")].filter((one) => one.checkVisibility())
        .map((one) => one.innerText) };
"""
LIST_TEXT = "return document.getElementById('alerts').innerText"
NAMELESS = """
    return [...document.querySelectorAll("button, a, input, select, summary")]
      .filter((one) => one.checkVisibility())
      .filter((one) => !(one.innerText || one.ariaLabel || one.labels?.[0]?.innerText || "").trim())
      .map((one) => one.outerHTML);
"""
LIST_SPILLS = """
    const list = document.getElementById("alerts");
    const box = list.getBoundingClientRect();
    const wide = [...list.querySelectorAll("*")].filter((one) => one.checkVisibility())
      .filter((one) => one.getBoundingClientRect().right > box.right + 1).map((one) => one.className);
    return box.top >= 0 && box.bottom <= innerHeight + 1 && !wide.length ? [] : [box.top, box.bottom, ...wide];
"""


def firing(queue: str, severity: str, **changed: Any) -> AlertView:
    told: dict[str, Any] = {
        "id": f"r/{queue}/{severity}",
        "severity": severity,
        "advice": ADVICE,
        "lead_advice": {lang: f"{AGENTS[0]}: {text}" for lang, text in ADVICE.items()},
    }
    return replace(alert(queue), **told | changed)


class Wall:
    """A board that follows what the desk has, as the daemon's does, and the page in front of it."""

    def __init__(self, page: Browser, url: str, desk: AlertsKept) -> None:
        self.page, self.url, self.desk = page, url, desk
        self.board = Board()
        self.step = 0
        self.is_lost = False
        """Whether the news stops."""
        self.is_known = False
        """Whether every queue is."""

    async def publish_for_ever(self) -> None:
        while True:
            self.step += 1
            if not self.is_lost:
                view = looking_ahead(floor(AT + self.step * 200))
                known = tuple(one for one in view.queues if not self.is_known or one.unknown_since is None)
                view = replace(view, queues=known, alerts=tuple(self.desk.kept.values()))
                self.board.publish(view)
            await asyncio.sleep(0.2)

    def show(self, *alerts: AlertView) -> None:
        self.desk.kept = {one.id: one for one in alerts}

    def open(self, query: str = "?lang=en") -> None:
        self.page.open(self.url + query)
        self.page.wait_for("return document.querySelectorAll('.tile').length === 8")

    def until(self, **wanted: Any) -> dict[str, Any]:
        """What the banner shows, once it shows that."""
        same = "([key, value]) => JSON.stringify(shown[key]) === JSON.stringify(value)"
        script = SHOWN.replace("return {", "const shown = {")
        script += f"return Object.entries(arguments[0]).every({same}) && shown;"
        for _ in range(100):
            if found := self.page.run(script, wanted):
                return dict(found)
            self.page.run("return new Promise((done) => setTimeout(done, 50))")
        raise AssertionError(f"not {wanted}: {self.page.run(SHOWN)}")

    def click(self, selector: str) -> None:
        self.page.run("document.querySelector(arguments[0]).click()", selector)


def see_one(wall: Wall) -> None:
    """What broke, how bad, what to do, who has it, what runs out; and it is read out once."""
    wall.show(firing("sales", "critical"), replace(alert("billing", state="resolved"), id="r/billing/over"))
    shown = wall.until(kind="alert", severity="critical", taken="false", word="critical", hand="nobody has it yet")
    assert shown["sentence"].startswith("sales: 61 % answered")
    assert shown["advice"] == ADVICE["en"]
    assert shown["age"].startswith("for 13:")
    assert shown["heard"] == f"critical. {shown['sentence']}. {ADVICE['en']}. nobody has it yet"
    assert shown["live"] == "polite"
    assert shown["buttons"] == ["I have it", "Snooze 15 min"]
    # the queue's outlook names the last moment: `looking_ahead` gives it to the first queue of the floor
    wall.show(firing("support", "emergency", until=AT + 900_000))
    shown = wall.until(severity="emergency", live="assertive")
    assert shown["left"].startswith("can be recovered for 0:")
    wall.show(firing("vip", "warning", until=AT + 900_000))
    assert wall.until(severity="warning")["left"].startswith("period ends in 14:")


def take_in_hand(wall: Wall) -> None:
    """The worst that nobody has is taken with one touch; the list says who has it, and takes the rest."""
    wall.show(firing("sales", "critical"), firing("vip", "emergency"))
    wall.until(sentence=alert("vip").message["en"], hand="2 of 2 with nobody yet")
    wall.click(".action-first")
    wall.until(taken="true", hand="1 of 2 with nobody yet", buttons=["I have it: sales", "Snooze 15 min"])
    assert wall.desk.told[-1][:2] == ("acknowledge", "r/vip/emergency")
    wall.click(".action-first")
    wall.until(hand="0 of 2 with nobody yet", buttons=[])
    wall.click(".banner-more")
    wall.page.wait_for(
        "return document.querySelector('#alerts[open]')?.innerText.includes('anybody has it since 10:14')"
    )
    assert AGENTS[0] in wall.page.run("return document.getElementById('alerts').innerText"), "a lead sees whom to call"
    write = """
        const row = document.querySelector("#alerts .alert");
        row.querySelector("details").open = true;
        row.querySelector("input").value = arguments[0];
        row.querySelector("select").value = "3600000";
        [...row.querySelectorAll("button")].find((one) => one.innerText.startsWith(arguments[1])).click();
    """
    wall.page.run(write, "", "Silence")
    wall.page.wait_for("return document.querySelector('#alerts .action-trouble').innerText === 'Not done: say why'")
    wall.page.run(write, "drill", "Silence")
    wall.page.wait_for("return document.querySelector('#alerts .silence')?.innerText.includes('by anybody: drill')")
    silence = next(iter(wall.desk.given.values()))
    assert (silence["rules"], silence["subjects"]) == (["service_level_low"], ["vip"])
    assert silence["until"] - silence["since"] == 3_600_000
    wall.page.run("document.querySelector('#alerts .silence button').click()")
    wall.page.wait_for("return document.querySelector('#alerts .silence') === null")
    wall.page.run(write, "lunch", "Snooze")
    wall.page.wait_for("return document.querySelector('#alerts .alert input').value === ''")
    assert wall.desk.told[-1] == ("snooze", "r/vip/emergency", "anybody", "lunch")
    wall.click("#alerts .alerts-head button")


def say_what_is_muted(wall: Wall) -> None:
    """An alert of which nobody is told does not shout; it is said to be there, and by what it is muted."""
    snoozed = MutedView(by="snooze", what="Kim", until=AT + 900_000)
    wall.show(firing("sales", "critical", muted=snoozed), firing("vip", "warning"))
    wall.until(severity="warning", hand="nobody has it yet")
    wall.show(firing("sales", "critical", muted=snoozed))
    wall.until(kind="unknown", sentence="unknown: repairs", advice="Firing, but muted: sales", buttons=[])
    wall.is_known = True
    wall.until(kind="warning", sentence="Nothing to act on", advice="Firing, but muted: sales", buttons=[])
    wall.is_known = False


def hear(wall: Wall) -> None:
    """Off until turned on here, and then remembered; each severity sounds otherwise; silent once somebody has it."""
    wall.show(firing("sales", "warning"))
    wall.open()
    wall.until(severity="warning")
    assert wall.page.run("return [window.tones, window.spoken]") == [[], []]
    wall.click(".banner-more")
    turn = """
        for (const one of document.querySelectorAll(".alerts-head button"))
          if (arguments[0].includes(one.innerText)) one.click();
    """
    wall.page.run(turn, ["Sound is off", "Speech is off"])
    wall.page.wait_for("return window.tones.length === 2 && window.spoken.length === 1")
    said = wall.page.run("return window.spoken[0]")
    assert said == ["en-US", f"warning. {alert('sales').message['en']} {ADVICE['en']}"]
    wall.open("?lang=zh")
    wall.page.wait_for("return window.tones.length === 2 && window.spoken[0]?.[0] === 'zh-CN'")
    first = wall.page.run("return window.tones")
    wall.show(firing("sales", "emergency"))
    wall.page.wait_for("return window.tones.length >= 8")
    assert set(wall.page.run("return window.tones.slice(2, 8)")).isdisjoint(first)
    wall.show(firing("sales", "emergency", state="acknowledged", acknowledged_at=AT))
    wall.until(taken="true")
    heard = wall.page.run("window.tones = []; return new Promise((done) => setTimeout(() => done(window.tones), 600))")
    assert heard == []
    wall.show(firing("sales", "critical"))
    wall.page.wait_for("return window.tones.length === 3")
    wall.click(".banner-more")
    wall.page.run(turn, ["声音已开", "语音已开"])
    assert "声音已关" in wall.page.run(LIST_TEXT)
    wall.click("#alerts .alerts-head button")


def say_that_news_is_old(wall: Wall) -> None:
    """When the news stops, the alert is no longer shown as one of now, has no buttons, and makes no sound."""
    wall.open()
    wall.until(kind="alert", severity="critical")
    wall.is_lost = True
    shown = wall.until(kind="unknown", severity="", buttons=[])
    assert shown["sentence"].startswith("No news since 10:1")
    wall.is_lost = False
    wall.until(kind="alert", severity="critical")


def fit_every_screen(wall: Wall) -> None:
    """One alert and forty, on screens of all kinds, in both languages and themes: nothing spills, all can be read."""
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
        width, height = SCREENS[screen]
        wall.page.devtools(
            "Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=width < 640
        )
        wall.open(query)
        wall.until(kind="alert")
        assert wall.page.run(SPILLS) == [], (screen, query)
        assert wall.page.run(CONTRAST) == [], (screen, query)
        assert wall.page.run(NAMELESS) == []
        wall.click(".banner-more")
        assert wall.page.run("return document.querySelectorAll('#alerts .alert').length") == len(alerts)
        wall.page.run("document.querySelector('#alerts details').open = true")
        assert wall.page.run(LIST_SPILLS) == [], (screen, query)
        assert wall.page.run(CONTRAST.replace("dialog, ", "")) == [], (screen, query)
        assert wall.page.run(NAMELESS) == []
        wall.click("#alerts .alerts-head button")


def ask_who_may(wall: Wall) -> None:
    """Signed in as a viewer there is no button, no name, and the way to sign in; as a lead there are two."""
    wall.show(firing("sales", "critical", acknowledged_by=AGENTS[1]))
    for role, buttons in (("viewer", []), ("lead", ["I have it", "Snooze 15 min"])):
        wall.page.open(f"{wall.url}sign-in?lang=en")
        wall.page.run(
            "document.getElementById('token').value = arguments[0]; document.querySelector('form button').click()",
            TOKENS[role],  # type: ignore[index]
        )
        wall.page.wait_for("return document.querySelectorAll('.tile').length === 8")
        wall.until(kind="alert", buttons=buttons)
        wall.click(".banner-more")
        wall.page.wait_for("return document.querySelector('#alerts[open]') !== null")
        if role == "viewer":
            assert wall.page.run("return document.querySelector('.alerts-sign-in').checkVisibility()")
            assert AGENTS[0] not in wall.page.run("return document.documentElement.outerHTML")
        else:
            wall.page.wait_for(f"return document.getElementById('alerts').innerText.includes('{AGENTS[0]}')")
            assert not wall.page.run("return document.querySelector('.alerts-sign-in').checkVisibility()")
        wall.page.open(f"{wall.url}sign-in?lang=en")
        wall.page.run("document.querySelector('form button').click()")
        wall.page.wait_for("return document.getElementById('token') !== null")


async def test_alerts_in_a_browser(tool: Callable[[str], str], tmp_path: Path) -> None:
    """One alert and many, taken in hand, muted, heard, when news is old, on every screen, by who may."""
    chromedriver, chromium = tool("chromedriver"), tool("chromium")
    with browser(chromedriver, chromium, tmp_path, "--autoplay-policy=no-user-gesture-required") as page:
        page.devtools("Page.addScriptToEvaluateOnNewDocument", source=LISTENING)
        for access, acts in (
            (None, (see_one, take_in_hand, say_what_is_muted, fit_every_screen, hear, say_that_news_is_old)),
            (closed(), (ask_who_may,)),
        ):
            desk = AlertsKept()
            wall = Wall(page, "", desk)
            options = {} if access is None else {"access": access}
            async with serving(wall.board, alerts=desk, individuals=True, **options) as client:
                wall.url = str(client.make_url("/"))
                publisher = asyncio.create_task(wall.publish_for_ever())
                if access is None:
                    await asyncio.to_thread(wall.open)
                for act in acts:
                    await asyncio.to_thread(act, wall)
                publisher.cancel()
                with suppress(asyncio.CancelledError):
                    await publisher
        assert page.complaints() == []
