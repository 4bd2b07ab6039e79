"""On call in a real browser: how far an alert was carried, what was done, who is on call, what happened in a turn."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import unquote, urlsplit

from msgspec.structs import replace
from playwright.async_api import Browser, Response, Route

from floorwatch.alert_view import EscalationView
from floorwatch.alerts import actions as kinds
from tests.browsing import LOOKS, Window, window
from tests.serve.alert_day import IN_HAND, WORSE, stories
from tests.serve.floors import AGENTS, AT
from tests.serve.grants import TOKENS, closed
from tests.serve.oncall_day import CLIMBING, NOTE, PEOPLE, ShiftsKept, called, oncall_alerts, rotas, worked
from tests.serve.wall import NAMELESS, Wall, firing, hung

NAMES = (*PEOPLE, *AGENTS, NOTE)
LINES = """
  (id) => {
    const row = [...document.querySelectorAll(".alert")][id];
    const lines = (what) => [...row.querySelectorAll(what)].filter((one) => one.checkVisibility())
      .map((one) => one.innerText.replace(/\\s+/g, " ").trim());
    return { climb: lines(".climb-line"), called: lines(".called-one"), brought: lines(".brought-one") };
  }
"""
BUTTONS = """
  (place) => [...[...document.querySelectorAll(".alert")][place].querySelectorAll(".did > .did-row button")]
    .map((one) => one.innerText.replace(/\\s+/g, " "))
"""
ROTAS = "[...document.querySelectorAll('.rota')].map((one) => [one.innerText.replace(/\\s+/g, ' '), one.dataset.gap])"
EFFECTS = (
    "5 min after: +6 points: 67 % instead of 61 %, n 143 · between +3 points and +9 points · "
    "4 waiting instead of 9 · projected then 58 % · together with what else was done then "
    "15 min after: known at 10:19 30 min after: known at 10:14"
)
FOUND = "(parts) => parts.every((part) => document.body.innerText.includes(part))"


async def opened(seen: Window, wall: Wall, query: str = "?lang=en") -> None:
    """The alerts page, once what leads know besides is there, or what viewers do."""
    wall.show(*oncall_alerts())
    wall.rotas, wall.worked = rotas(), worked()
    wall.desk.stories = stories()
    await seen.open(f"{wall.url}alerts{query}")
    await seen.until("document.querySelectorAll('.alert').length === 6")


async def signed_in(seen: Window, wall: Wall, role: str) -> None:
    await seen.open(f"{wall.url}sign-in?lang=en")
    await seen.page.fill("#token", TOKENS[role])  # type: ignore[index]
    await seen.page.click("form button")
    await seen.until("location.pathname === '/'")


async def test_a_lead_sees_how_far_an_alert_was_carried_and_what_was_done(browser: Browser) -> None:
    """Who was called, when, by what; refused, held, being sent, overtaken; what comes next; what actions brought, and
    what to do: of each kind what it has brought in this queue, or else everywhere, the best first."""
    first, second, third = PEOPLE
    async with window(browser) as seen, hung(seen) as wall:
        await opened(seen, wall)
        await seen.until("document.querySelectorAll('.called-one').length === 6")
        await seen.page.locator(".called-fold summary").first.click()
        told = await seen.run(LINES, 0)
        head, due = re.fullmatch(r"(.*) (step 3 of 3 in 2:\d\d)", told["climb"][0]).groups()  # type: ignore[union-attr]
        assert (head, bool(due)) == ("Escalation floor step 2 of 3 done · round 1 of 3", True)
        assert told["called"] == [
            f"10:02:32 {first} called · north · step 1 · by sms, 10:02:34",
            f"10:05:32 {first} called · north · step 1 · refused by sms · by mail, 10:05:38",
            f"10:08:32 {third} called · south · step 2 · not sent",
            f"10:08:32 {second} called · step 2 · quiet hours: not before 10:54",
            f"10:11:32 {second} called · step 2 · being sent by sms",
        ]
        assert told["brought"] == [
            f"10:04 back from training (3 agents) · by {first} · {NOTE} take back {EFFECTS}",
            f"10:10 announcement · by {second} take back 5 min after: not known: too few decided",
        ]
        (taken,) = (await seen.run(LINES, 1))["climb"]
        assert re.fullmatch(r"Escalation floor step 1 of 3 done · round 1 of 3 begins anew in 19:\d\d", taken)
        assert await seen.run(ROTAS) == [
            [f"north {first} until 12:14 · then {second}", "false"],
            [f"east {third} override", "false"],
            [f"south nobody is on call until 2026-03-05 00:07 · then {second}", "true"],
            ["west nothing is known of this rota", "true"],
        ]
        assert await seen.run(BUTTONS, 0) == [
            "called in +9 points in 15 min, 12×, all queues",
            "announcement +2 points in 15 min, 6×",
            "back from break",
            "back from training",
        ]
        assert (await seen.run(BUTTONS, 1))[0] == "announcement +12 points in 15 min, 20×, all queues"
        await seen.page.locator(".story-fold summary").first.click()
        story = await seen.until("document.querySelector('.story')?.innerText")
        assert [part in story for part in (f"{first}\n", f"by {second}", "+6 points", "quiet hours")] == [True] * 4
        assert seen.complaints == seen.strangers == []


async def test_the_banner_counts_down_and_says_the_next_step(browser: Browser) -> None:
    """It runs down, says which step comes, the soonest of several, that it begins anew, and that nothing comes."""

    def show(wall: Wall, escalation: EscalationView, **changed: Any) -> None:
        wall.show(firing("sales", "critical", escalation=escalation, **changed))

    async with window(browser) as seen, hung(seen) as wall:
        show(wall, CLIMBING)
        await wall.open()
        left = [await seconds_left(seen)]
        await seen.until(f"({SECONDS}) < {left[0]}")
        show(wall, replace(CLIMBING, step=1, next_step=1))
        await seen.until(f"{NEXT}.startsWith('step 1 of 3 again in 2:')")
        other = replace(CLIMBING, next_at=AT + 60_000)
        done = replace(CLIMBING, state="exhausted", next_at=None, next_step=None)
        wall.show(firing("sales", "emergency", escalation=done), firing("vip", "critical", escalation=other))
        await seen.until(f"{NEXT}.startsWith('vip: step 3 of 3 in 0:')")
        show(wall, done)
        await seen.until(f"{NEXT} === 'all steps are done, nobody has it'")
        show(wall, replace(CLIMBING, state="taken", next_at=AT + 600_000), state="acknowledged", acknowledged_at=AT)
        await seen.until(f"{NEXT}.startsWith('begins anew in 9:')")
        show(wall, replace(CLIMBING, state="muted", next_at=None))
        await seen.until(f"{NEXT} === ''")
        assert seen.complaints == seen.strangers == []


async def test_a_chinese_page_reads_as_chinese(browser: Browser) -> None:
    """Steps have a verb and lists no commas, somebody unnamed is 某人, and what is to be typed stands without marks."""
    first, second, _ = PEOPLE
    sent, refused, *_, trying = called()
    escalation = replace(CLIMBING, step=1, next_step=1, called=(sent, replace(refused, refused=("sms", "fax")), trying))
    advice = {"en": "See `people`.", "zh": "请更正 `people`。"}
    changed = {"escalation": escalation, "advice": advice, "lead_advice": advice}
    taken = {"state": "acknowledged", "acknowledged_at": AT, "acknowledged_by": "anybody"}
    async with window(browser) as seen, hung(seen) as wall:
        wall.show(firing("sales", "critical", **changed), firing("vip", "warning", **taken))
        wall.rotas = (replace(rotas()[0], people=(first, second)),)
        await seen.open(f"{wall.url}alerts?lang=zh")
        await seen.until("document.querySelectorAll('.called-one').length === 3")
        for words in (
            "后再次执行第 1/3 步",
            "sms、fax 拒绝",
            "正通过 sms 发送",
            f"{first}、{second}",
            "某人 自 10:14 起处理",
        ):
            await seen.until(FOUND, [words])
        code = "[...document.querySelectorAll('.banner-advice code, .alert-advice code')].map((one) => one.innerText)"
        assert await seen.run(code) == ["people"] * 2
        assert "`" not in await seen.run("document.body.innerText")
        assert seen.complaints == seen.strangers == []


NEXT = "document.querySelector('.banner-next').innerText"
SECONDS = f"{NEXT}.match(/^step 3 of 3 in (\\d+):(\\d+)$/).slice(1).reduce((minutes, s) => 60 * minutes + Number(s), 0)"


async def seconds_left(seen: Window) -> int:
    return int(await seen.until(f"{NEXT} && ({SECONDS})"))


async def test_a_viewer_is_told_the_step_and_never_who(browser: Browser) -> None:
    """Of all that a viewer's pages show and are sent, nothing names anybody, and the shift page is none of theirs."""
    bodies: list[str] = []
    async with window(browser) as seen, hung(seen, access=closed(), shifts=ShiftsKept()) as wall:
        await signed_in(seen, wall, "viewer")

        async def keep(response: Response) -> None:
            if "/events" not in response.url:
                bodies.append(await response.text())

        seen.page.on("response", keep)
        await opened(seen, wall, f"?lang=en#{WORSE}")
        await seen.until("document.querySelector('.alert-marked .story') !== null")
        told = await seen.run(LINES, 0)
        assert re.fullmatch(
            r"Escalation step 2 of 3 done · round 1 of 3 2 told step 3 of 3 in 2:\d\d", told["climb"][0]
        )
        assert told["called"] == []
        assert told["brought"][0].startswith("10:04 back from training (3 agents) 5 min after: +6 points")
        assert await seen.page.locator(".did:visible, .rota:visible").count() == 0
        bodies.append(await seen.run("document.documentElement.outerHTML"))
        bodies.append(await seen.run(FIRST_PICTURE))
        assert any(WORSE in body for body in bodies)
        assert [name for name in NAMES for body in bodies if name in body] == []
        for place in ("shift", "api/v1/shifts"):
            answer = await seen.page.request.get(f"{wall.url}{place}")
            assert answer.status == 403
        assert seen.complaints == seen.strangers == []


FIRST_PICTURE = """
  async () => {
    const reader = (await fetch("/events")).body.getReader();
    let text = "";
    while (!text.includes("event: view") || !text.endsWith("\\n\\n")) {
      text += new TextDecoder().decode((await reader.read()).value);
    }
    await reader.cancel();
    return text;
  }
"""


async def test_a_television_names_nobody_on_call(browser: Browser) -> None:
    """Whoever has signed it in: neither who was called, nor who is on call, nor whose turn it was."""
    async with window(browser) as seen, hung(seen, shifts=ShiftsKept()) as wall:
        await opened(seen, wall, f"?lang=en&tv=1#{WORSE}")
        await seen.until("document.querySelector('.climb-next')?.innerText.startsWith('step 3')")
        pages = [await seen.run("document.documentElement.outerHTML")]
        await seen.open(f"{wall.url}shift?lang=en&tv=1")
        await seen.until(FOUND, ["A television names nobody"])
        pages.append(await seen.run("document.documentElement.outerHTML"))
        assert [name for name in NAMES for page in pages if name in page] == []


async def test_both_pages_fit_every_screen(browser: Browser) -> None:
    """In both languages and themes everything can be read and pressed, and nothing scrolls sideways on a phone."""
    async with window(browser) as seen, hung(seen, shifts=ShiftsKept()) as wall:
        for (lang, theme), screen in zip(LOOKS, ("hall", "phone", "phone", "laptop"), strict=True):
            await seen.resize(screen)
            look = f"?lang={lang}&theme={theme}"
            await opened(seen, wall, f"{look}#{IN_HAND}")
            await seen.until("document.querySelectorAll('.called-one').length === 6")
            await fits(seen, f"{screen} {look}")
            await seen.open(f"{wall.url}shift{look}")
            await seen.until("document.querySelectorAll('.shift-alerts tbody tr').length === 2")
            await fits(seen, f"{screen} {look}")
        assert seen.complaints == seen.strangers == []


async def fits(seen: Window, where: str) -> None:
    assert await seen.barriers() == [], where
    assert await seen.weak_texts() == [], where
    assert await seen.run(NAMELESS) == [], where
    assert await seen.sideways() == 0, where


async def test_the_page_knows_the_kinds_of_actions(browser: Browser) -> None:
    """It offers what the engine takes, in the same order."""
    async with window(browser) as seen, hung(seen) as wall:
        await seen.open(f"{wall.url}?lang=en")
        told = await seen.run("import('/static/alerts/did.js').then((did) => did.KINDS)")
        assert tuple(told) == kinds.KINDS


async def test_a_tap_on_an_action_is_retried_as_the_same_and_can_be_taken_back(browser: Browser) -> None:
    """The same id until it is known to be recorded, then another; whoever may not act is offered no way back."""
    asked: list[tuple[str, str, Any]] = []

    async def answer(route: Route) -> None:
        asked.append((route.request.method, unquote(urlsplit(route.request.url).path), route.request.post_data_json))
        status = 503 if len(asked) == 1 else 200
        await route.fulfill(status=status, json={"error": "not on disk in time"})

    async with window(browser) as seen, hung(seen) as wall:
        await seen.page.route("**/api/v1/alerts/*/actions*", answer)
        await seen.page.route("**/api/v1/alerts/*/actions/*", answer)
        await opened(seen, wall)
        row = seen.page.locator(".alert").first
        announce, called_in = (row.locator(".did-kind").get_by_text(kind) for kind in ("announcement", "called in"))
        await announce.click()
        await seen.until(FOUND, ["Not done: not on disk in time"])
        await announce.click()
        await seen.until("document.querySelector('.did-kind:disabled')?.innerText.includes('recorded')")
        await called_in.click()
        await seen.until("document.querySelectorAll('.did-kind:disabled').length === 2")
        async with seen.page.expect_response(lambda response: response.request.method == "DELETE"):
            await row.get_by_role("button", name="take back: announcement").click()
        await seen.until("document.querySelectorAll('.brought-back:disabled').length === 1")
        first, again, other, undone = asked
        assert first == again
        assert re.fullmatch("[0-9a-f]{32}", first[2]["id"])
        assert other[2]["id"] != first[2]["id"]
        assert undone == ("DELETE", f"/api/v1/alerts/{WORSE}/actions/2", None)
        wall.show(*(replace(one, actions=one.actions[:1]) for one in oncall_alerts()))
        await seen.until("document.querySelectorAll('.brought-one').length === 1")
        assert await seen.page.locator(".brought-back").count() == 1
        assert seen.strangers == []
    async with window(browser) as seen, hung(seen, access=closed()) as wall:
        await signed_in(seen, wall, "viewer")
        await opened(seen, wall)
        await seen.until("document.querySelectorAll('.brought-one').length === 2")
        assert await seen.page.locator(".brought-back").count() == 0
