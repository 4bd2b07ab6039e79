"""The agents page in a real browser: read by a lead, acted on by a supervisor, in front of a real daemon."""

from __future__ import annotations

import json
import time
import urllib.request
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from msgspec import structs
from playwright.async_api import Browser

from floorwatch.serve.auth import Role
from floorwatch.serve.board import Board
from floorwatch.serve.sign_in import COOKIE
from tests.browsing import LOOKS, Window, window
from tests.running import Running, floorwatch
from tests.serve.floors import AGENTS, AT, agent, floor
from tests.serve.grants import TOKENS, grants
from tests.serve.serving import serving

MINUTE_MS = 60_000
OUT_FOR_MS = 100 * MINUTE_MS
WHY = ".excuse-card input:not([type=datetime-local])"
LIVE = "document.documentElement.dataset.state === 'live'"
OUT = "[...document.querySelectorAll('.exception')].map((row) => row.innerText).join()"
OF_A17 = """
    [...document.querySelectorAll(".cell")].find((cell) => cell.querySelector(".cell-name").textContent === "A17")
        ?.querySelector(".cell-adherence").textContent
"""


def _iso(ms: int) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(ms // 1000))


@pytest.fixture(scope="module")
def daemon(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A daemon with tokens: A17 works by the schedule, but for the last 100 of 110 minutes in a training; A18 does."""
    now, folder = int(time.time()) * 1000, tmp_path_factory.mktemp("daemon")
    config = {
        "http": {"port": 0, "tokens": {f"{one.role}-A9": {"role": one.role, "hash": one.hash} for one in grants()[:3]}},
        "site": {"timezone": "Asia/Shanghai"},
        "individuals": True,
        "sources": {"desk": {"type": "events", "path": "events.jsonl"}},
        "queues": {"sales": {}},
        "agents": {name: {"team": "red", "queues": ["sales"]} for name in ("A17", "A18")},
    }
    facts = [(120, "A17", "available", None), (120, "A18", "available", None), (100, "A17", "paused", "training")]
    lines = [
        {"type": "agent.state", "time": now - ago * MINUTE_MS, "agent": name, "state": state, "reason": reason}
        for ago, name, state, reason in facts
    ]
    (folder / "floorwatch.yaml").write_text(json.dumps(config), encoding="utf-8")  # JSON is YAML, too
    (folder / "events.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    span = f"{_iso(now - 110 * MINUTE_MS)},{_iso(now + 60 * MINUTE_MS)}"
    plan = "\n".join(["agent,activity,start,end", *(f"{name},work,{span}" for name in ("A17", "A18"))])
    with floorwatch(folder / "log", "run", "--config", str(folder / "floorwatch.yaml")) as running:
        wish = urllib.request.Request(f"{running.address}/api/v1/schedule?name=plan", plan.encode(), method="PUT")
        wish.add_header("Authorization", f"Bearer {TOKENS['supervisor']}")
        with urllib.request.urlopen(wish, timeout=15) as answer:
            assert json.load(answer)["taken"] == 2
        yield running


@asynccontextmanager
async def signed_in(browser: Browser, running: Running, role: Role, screen: str = "hall") -> AsyncIterator[Window]:
    """The page as who has this role sees it, live."""
    cookie = {"name": COOKIE, "value": TOKENS[role], "url": running.address}
    async with window(browser, screen) as seen:
        await seen.page.context.add_cookies([cookie])  # type: ignore[list-item]
        await seen.open(f"{running.address}/agents?lang=en")
        await seen.until(LIVE)
        await seen.until(f"{OUT}.includes('A17')")
        yield seen


async def give(seen: Window, why: str) -> None:
    """Excuse the one who is out, for as long as that has been."""
    await seen.page.click(".exception .action")
    proposed = await seen.run("[...document.querySelectorAll('.excuse-card input')].map((field) => field.value)")
    since, until = map(datetime.fromisoformat, proposed[:2])
    assert abs((until - since).total_seconds() * 1000 - OUT_FOR_MS) < 5 * MINUTE_MS, "the span of the exception"
    at_site = datetime.now(ZoneInfo("Asia/Shanghai")).replace(tzinfo=None)
    assert abs((at_site - until).total_seconds()) < 60, "by the site's clock"
    assert await seen.barriers() == []
    assert await seen.weak_texts(".excuse-card") == []
    await seen.page.fill(WHY, why)
    await seen.page.click(".excuse-card .action-first")


async def test_a_supervisor_excuses_and_takes_it_back(browser: Browser, daemon: Running) -> None:
    """From the page, in both languages: adherence changes, everybody signed in sees who did it, and back again."""
    async with signed_in(browser, daemon, "supervisor") as seen, signed_in(browser, daemon, "lead") as led:
        assert await led.page.locator(".agents-side .action:visible").count() == 0, "a lead looks"
        assert (await seen.run(OF_A17)).startswith("9 %")
        await give(seen, "helped the desk")
        for each in (seen, led):
            await each.until(f"parseInt({OF_A17}) >= 80 && {OUT} === ''")
            shown = await each.page.inner_text(".excuse")
            assert all(word in shown for word in ("A17", "helped the desk", "supervisor-A9"))
        await seen.page.get_by_role("button", name="中文").click()
        await seen.page.click(".excuse .action")
        assert await seen.page.inner_text(".excuse .action") == "确认撤回？"
        assert "A17" in await led.page.inner_text(".excuse"), "asked once more first"
        await seen.page.click(".excuse .action")
        for each in (seen, led):
            await each.until(f"document.querySelector('.excuse') === null && {OUT}.includes('A17')")
            await each.until(f"{OF_A17}.startsWith('9')")
        assert "其他示忙" in await seen.page.inner_text(".exception")
        await seen.page.get_by_role("button", name="为全体免责一段时间").click()
        await seen.page.fill(WHY, "消防演习")
        await seen.page.click(".excuse-card .action-first")
        await led.until("document.querySelector('.excuse')?.innerText.includes('everybody')")
        await seen.until("document.querySelector('.excuse')?.innerText.includes('全体')")
        await seen.page.dblclick(".excuse .action")
        await led.until("document.querySelector('.excuse') === null")
        for each in (seen, led):
            assert "A17" not in await each.page.title()
            assert each.complaints == each.strangers == []
    assert all(f'"agents.watched", "actor": "{role}-A9"' in daemon.said() for role in ("lead", "supervisor"))


async def test_a_lead_opens_one_day(browser: Browser, daemon: Running) -> None:
    """Every stretch with its verdict, logged with who looked and at whom; on a phone, without scrolling sideways."""
    async with signed_in(browser, daemon, "lead", "phone") as seen:
        assert await seen.sideways() == 0
        await seen.page.click(".cell:has-text('A17')")
        await seen.until("document.querySelectorAll('.day .day-table tbody tr').length >= 3")
        await seen.page.click(".day summary")
        shown = await seen.page.inner_text(".day")
        assert all(word in shown for word in ("A17", "paused: training", "work", "out", "that you looked is logged")), (
            shown
        )
        assert await seen.barriers() == []
        assert await seen.weak_texts(".day") == []
        assert await seen.page.locator(".day > .card-inside > .action:visible").count() == 0
        assert seen.complaints == seen.strangers == []
    line = next(line for line in daemon.said().splitlines() if '"adherence.shown"' in line)
    assert '"actor": "lead-A9"' in line
    assert '"agent": "A17"' in line


async def test_unknown_is_not_idle(browser: Browser) -> None:
    """Hatched, with a mark and a word of its own, in every look; and what is chosen is all that is shown."""
    lost = structs.replace(agent(AGENTS[0]), activity="unknown", reason="", paused_in={}, since=AT - 90_000)
    board = Board()
    shown = structs.replace(floor(), agents=(lost, agent(AGENTS[1])))
    async with serving(board, individuals=True) as client, window(browser) as seen:
        for lang, theme in LOOKS:
            board.publish(shown)
            await seen.open(str(client.make_url(f"/agents?lang={lang}&theme={theme}")))
            await seen.until("document.querySelectorAll('.cell').length === 2")
            cell = ".cell[data-activity=unknown]"
            assert await seen.page.inner_text(f"{cell} .cell-icon") == "?"
            assert await seen.page.inner_text(f"{cell} .cell-doing") == {"en": "unknown", "zh": "未知"}[lang]
            assert (await seen.page.inner_text(f"{cell} .cell-time")).startswith("1:3")
            image = f"getComputedStyle(document.querySelector('{cell}')).backgroundImage"
            assert "repeating-linear-gradient" in await seen.run(image)
            assert await seen.weak_texts() == []
            assert await seen.barriers() == []
        await seen.until("document.documentElement.dataset.state === 'stale'")
        assert await seen.barriers() == [], "old news can be read as well"
        await seen.page.fill("input[type=search]", AGENTS[1].lower())
        await seen.until("document.querySelectorAll('.cell').length === 1")
        await seen.page.select_option(".choice select >> nth=1", "talking")
        await seen.until("!document.querySelector('.groups-none').hidden")
        assert AGENTS[0] not in await seen.page.title()
        assert seen.complaints == seen.strangers == []


async def test_only_what_is_near_is_drawn(browser: Browser) -> None:
    """Of a thousand agents some dozens have cells, wherever one has scrolled to, and no cell is missing there."""
    board = Board()
    many = tuple(structs.replace(agent(f"A{number:04d}"), team=f"team-{number // 40}") for number in range(1_000))
    board.publish(structs.replace(floor(), agents=many))
    all_drawn = """
        [...document.querySelectorAll(".group-block")].every((block) => {
            const { top, bottom } = block.getBoundingClientRect();
            return bottom < 0 || top > innerHeight || block.childElementCount > 0;
        })
    """
    async with serving(board, individuals=True) as client, window(browser) as seen:
        await seen.open(str(client.make_url("/agents?lang=en")))
        for place in (0, 5_000, 100_000):
            await seen.run("(to) => document.querySelector('.agents-grid')?.scrollTo(0, to)", place)
            await seen.until(f"document.querySelectorAll('.cell').length > 20 && {all_drawn}")
            assert await seen.run("document.querySelectorAll('.cell').length") < 250
        assert "A0999" in await seen.page.inner_text(".groups")
        assert seen.complaints == []


async def test_where_nobody_is_named_the_page_says_so(browser: Browser) -> None:
    """No error and no retries: what to configure, in both languages."""
    board = Board()
    async with serving(board, individuals=False) as client, window(browser) as seen:
        for lang in ("en", "zh"):
            board.publish(floor())
            await seen.open(str(client.make_url(f"/agents?lang={lang}")))
            await seen.until(LIVE)
            assert "individuals: true" in await seen.page.inner_text("#page")
            assert await seen.barriers() == []
        assert seen.complaints == []


async def test_times_are_those_of_the_site(browser: Browser) -> None:
    """What a field says is the site's clock, whatever the zone of who looks; also when the clock is set."""
    board = Board()
    board.publish(floor())
    script = """
        async ([zone, instants]) => {
            const { fieldOf, instantOf } = await import("/static/agents/site_time.js");
            return instants.map((ms) => [fieldOf(ms, zone), instantOf(fieldOf(ms, zone), zone)]);
        }
    """
    spring, autumn = 1_774_745_999_000, 1_792_890_000_000  # the second before 3:00; 2:00 for the second time
    instants = [spring, spring + 1000, autumn - 3_600_000, autumn]
    async with serving(board) as client, window(browser, timezone_id="America/New_York") as seen:
        await seen.open(str(client.make_url("/")))
        found: list[Any] = await seen.run(script, ["Europe/Berlin", instants])
        assert found[0] == ["2026-03-29T01:59:59", spring]
        assert found[1] == ["2026-03-29T03:00:00", spring + 1000]
        assert found[2] == ["2026-10-25T02:00:00", autumn - 3_600_000]
        assert found[3] == ["2026-10-25T02:00:00", autumn - 3_600_000], "of the hour that comes twice the first"
        assert await seen.run(script, ["Asia/Shanghai", [AT]]) == [["2026-03-04T17:14:32", AT]]
