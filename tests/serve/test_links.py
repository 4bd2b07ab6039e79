"""One-time links over HTTP: who looks changes nothing, one use counts, what is no good is refused and logged."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path
from typing import Any

import aiohttp
import msgspec
import pytest
from aiohttp.test_utils import TestClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from structlog.testing import capture_logs

from floorwatch import desk as desks
from floorwatch.floor.internal import OperatorAcknowledged
from floorwatch.floor.oncall import OnCall
from floorwatch.floor.settings import QueuePolicy, Settings
from floorwatch.link_view import Done, Opened
from floorwatch.links import PATH, LinkSigner
from floorwatch.serve.attempts import FAILURES_MAX
from floorwatch.store.recover import recover
from tests.serve.link_floor import ADDRESS, HOUR_MS, HTML, KEY, OURS, LinkFloor, served
from tests.store.journals import DAY_MS, START_MS, kept, offered

Client = TestClient[Any, Any]
FORGER = LinkSigner(bytes(32), ADDRESS, HOUR_MS)
PREVIEWERS = [
    "Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)",
    "Mozilla/5.0 (compatible; DingTalkBot/1.0)",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) SafeLinks",
    "WhatsApp/2.23.20.0",
    "TelegramBot (like TwitterBot)",
    "facebookexternalhit/1.1",
    "Mozilla/5.0 (compatible; MicroMessenger preview)",
    "",
]


async def post(client: Client, path: str, do: str = "take", headers: dict[str, str] = OURS, **more: str) -> Any:
    """(status, page, where it leads) of the form of the page."""
    async with client.post(path, data={"do": do, **more}, headers=headers, allow_redirects=False) as answer:
        return answer.status, await answer.text(), answer.headers.get("Location", "")


async def get(client: Client, path: str, **headers: str) -> tuple[int, str]:
    async with client.get(path, headers={**HTML, **headers}) as answer:
        return answer.status, await answer.text()


def said(logs: list[Any], event: str = "link.refused") -> list[tuple[Any, ...]]:
    return [(line["why"], line["method"], line["person"]) for line in logs if line["event"] == event]


async def test_a_link_shows_the_alert_and_takes_it_in_hand_once(tmp_path: Path) -> None:
    """No sign-in, the alert as the person may see it, one button; then it is theirs, and not a second time."""
    floor = LinkFloor(tmp_path)
    async with served(floor) as client:
        path = floor.path()
        assert len(ADDRESS + path) <= 500
        status, page = await get(client, path)
        assert status == 200
        assert '<button type="submit" name="do" value="take">I have it</button>' in page
        assert "Nobody has it in hand yet." in page
        assert "This link is for A17. It works once, until 11:03 (Europe/Warsaw)." in page
        assert await floor.written() == []
        with capture_logs() as logs:
            status, _, then = await post(client, path)
        assert (status, then.startswith(PATH)) == (303, True)
        (used,) = [line for line in logs if line["event"] == "link.used"]
        assert (used["did"], used["person"], used["alert"], used["remote"]) == (
            "take",
            "A17",
            floor.alert(),
            "127.0.0.1",
        )
        (view,) = [one for one in floor.alerts.alerts(0) if one.id == floor.alert()]
        assert (view.state, view.acknowledged_by) == ("acknowledged", "A17")
        (entry,) = await floor.written()
        assert b"operator.acknowledged" in entry
        with capture_logs() as logs:
            for _ in range(2):
                status, page, then = await post(client, path)
                assert (status, then) == (410, "")
                assert "A17 took the alert in hand with it at 10:03 (Europe/Warsaw)." in page
            assert (await get(client, path))[0] == 410
        assert said(logs) == [("used", "POST", "A17"), ("used", "POST", "A17"), ("used", "GET", "A17")]
        assert await floor.written() == [entry], "a replay changes nothing"


async def test_a_used_link_leads_who_has_the_alert_on_to_what_was_done(tmp_path: Path) -> None:
    """Opened again from the message: to the link that is still unused, and only while they have the alert."""
    floor = LinkFloor(tmp_path)
    async with served(floor) as client:
        path, theirs = floor.path(), floor.path(person="B2")
        await post(client, path)
        for done in range(3):
            status, page = await get(client, path)
            assert (status, "<form" in page) == (410, False)
            (following,) = re.findall(rf'href="({PATH}[^"?]+)\?lang=en">Say what was done</a>', page)
            assert len(await floor.written()) == done + 1, "looking changes nothing"
            assert (await post(client, following, "announcement"))[0] == 303
        link, on = (floor.signer.read(one.removeprefix(PATH)) for one in (path, following))
        assert link is not None
        assert on is not None
        assert on.expires_at == link.expires_at, "for no longer than it was good for itself"
        await post(client, theirs)
        assert "Say what was done" not in (await get(client, path))[1]


async def test_a_link_to_an_alert_that_is_over_says_when_it_fired(tmp_path: Path) -> None:
    """And not that it fires; in Chinese, who used it took the alert, and did not deal with it."""
    floor = LinkFloor(tmp_path)
    async with served(floor) as client:
        path, theirs = floor.path(), floor.path(person="B2", page="1.1.1.2")
        await post(client, theirs)
        assert "用它接手了该告警" in (await get(client, theirs))[1]
        floor.resolve()
        status, page = await get(client, path)
        assert (status, "fires since" in page) == (409, False)
        assert re.search(r"fired at 10:\d\d", page)


async def test_what_was_done_is_said_with_one_tap_and_each_tap_counts_once(tmp_path: Path) -> None:
    """After taking there is a button for each kind; every use leads to a fresh link, and a used one says so."""
    floor = LinkFloor(tmp_path)
    async with served(floor) as client:
        _, _, first = await post(client, floor.path())
        status, page = await get(client, first)
        assert status == 200
        assert "You have it in hand since 10:03." in page
        assert 'value="back_from_break"' in page
        assert 'value="take"' not in page
        status, _, second = await post(client, first, "back_from_break", agents="2")
        assert (status, second != first) == (303, True)
        assert (await post(client, first, "back_from_break"))[0] == 410
        status, _, third = await post(client, second, "announcement", agents="")
        assert (status, third not in (first, second)) == (303, True)
        events = await floor.written()
        assert [b"operator.acted" in event for event in events] == [False, True, True]
        assert b'"kind":"back_from_break"' in events[1]
        assert b'"agents":2' in events[1]
        assert b'"who":"A17"' in events[2]
        for wrong in (
            {"do": "take"},
            {"do": "reboot"},
            {"do": "other", "agents": "-1"},
            {"do": "other", "agents": "1e3"},
            {"do": "other", "agents": "100"},
        ):
            assert (await post(client, third, **wrong))[0] == 422
        assert await floor.written() == events


@pytest.mark.parametrize("agent", PREVIEWERS)
async def test_a_preview_changes_nothing_and_tells_a_group_nothing(tmp_path: Path, agent: str) -> None:
    """GET and HEAD of whoever unfolds links, as often as they like; what they would show is the name of the product."""
    floor = LinkFloor(tmp_path)
    async with served(floor) as client:
        path = floor.path()
        with capture_logs() as logs:
            for _ in range(3):
                status, page = await get(client, path, **{"User-Agent": agent})
                assert status == 200
                async with client.head(path, headers={"User-Agent": agent}) as answer:
                    assert (answer.status, await answer.read()) == (200, b"")
            async with client.options(path) as answer:
                assert answer.status == 405
        shown = [(line["method"], line["person"]) for line in logs if line["event"] == "link.shown"]
        assert shown == [("GET", "A17"), ("HEAD", "A17")] * 3
        assert not any(path.removeprefix(PATH) in str(line) for line in logs), "the log holds no token"
        assert re.findall(r"<title>(.*?)</title>", page) == ["floorwatch"]
        assert re.findall(r'<meta (?:name="description"|property="[^"]*") content="(.*?)">', page) == ["floorwatch"] * 3
        assert await floor.written() == []
        assert floor.engine.calling.links == {}
        assert (await post(client, path))[0] == 303, "the link is as good as before"


async def test_every_answer_keeps_the_link_to_itself(tmp_path: Path) -> None:
    """No cache, no frame, no script, no search engine, and no other site learns the address; refused or not."""
    floor = LinkFloor(tmp_path)
    async with served(floor) as client:
        for path in (floor.path(), floor.path(valid_ms=-1), PATH + "x"):
            async with client.get(path) as answer:
                headers = answer.headers
        assert headers["Cache-Control"] == "no-store"
        assert headers["Referrer-Policy"] == "same-origin"
        assert headers["X-Robots-Tag"].startswith("noindex")
        assert headers["X-Frame-Options"] == "DENY"
        policy = headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "script-src" not in policy


REFUSED = [
    ("forged", 403, "This link is not one of ours", "此链接无效"),
    ("expired", 410, "This link has expired", "此链接已过期"),
    ("over", 409, "The alert is over", "该告警已恢复"),
    ("withdrawn", 410, "This link is no longer good", "此链接已失效"),
]


@pytest.mark.parametrize(("why", "status", "english", "chinese"), REFUSED)
async def test_what_is_no_good_changes_nothing_and_is_logged(
    tmp_path: Path, why: str, status: int, english: str, chinese: str
) -> None:
    """Forged, expired, over, of nobody: a page in the reader's language, looked at or sent, and a line in the log."""
    floor = LinkFloor(tmp_path)
    path = floor.path()
    if why == "forged":
        path = PATH + FORGER.address_for(floor.alert(), "A17", "p", 1 << 42).rpartition("/")[2]
    elif why == "expired":
        floor.clock.at_ms += HOUR_MS
    elif why == "over":
        floor.resolve()
    else:
        path = floor.path(person="gone")
    async with served(floor) as client:
        with capture_logs() as logs:
            got, page = await get(client, path, **{"Accept-Language": "zh-CN"})
            assert (got, chinese in page) == (status, True)
            got, page, then = await post(client, path)
            assert (got, english in page, then) == (status, True, "")
        person = "A17" if why in ("expired", "over") else ""
        assert said(logs) == [(why, "GET", person), (why, "POST", person)]
        assert "sales" not in page or why == "over", "who may not know is told nothing of an alert"
        assert await floor.written() == []
        assert floor.engine.calling.links == {}


async def test_a_link_is_good_until_its_instant_and_not_at_it(tmp_path: Path) -> None:
    """One millisecond decides, on the engine's clock."""
    floor = LinkFloor(tmp_path)
    path = floor.path()
    link = floor.signer.read(path.removeprefix(PATH))
    assert link is not None
    for at, state in ((link.expires_at - 1, "open"), (link.expires_at, "expired")):
        floor.clock.at_ms = at
        assert floor.links.opened(path.removeprefix(PATH)).state == state
    await floor.journal.close()


async def test_of_two_posts_at_once_exactly_one_wins(tmp_path: Path) -> None:
    """Twenty taps at the same moment: one is told that it took the alert, the others that the link was used."""
    floor = LinkFloor(tmp_path)
    async with served(floor) as client:
        answers = await asyncio.gather(*(post(client, floor.path()) for _ in range(20)))
        assert sorted(answer[0] for answer in answers) == [303] + [410] * 19
        assert len(await floor.written()) == 1


async def test_the_engine_itself_takes_no_notice_of_a_used_link(tmp_path: Path) -> None:
    """Also past the desk, as after a restart that did not know what was under way: the first use stands."""
    floor = LinkFloor(tmp_path)
    async with served(floor):
        first = await floor.alerts.acknowledge(floor.alert(), "", "A17", "same")
        second = await floor.alerts.acknowledge(floor.alert(), "", "B2", "same")
        assert first is not None
        assert second is not None
        assert (second.acknowledged_by, second.acknowledged_at) == ("A17", first.acknowledged_at)


async def test_who_was_overtaken_while_looking_is_told_and_asked_again(tmp_path: Path) -> None:
    """Two are called at once and both press the button: the second sees who has it, and keeps a link that is good."""
    floor = LinkFloor(tmp_path)
    async with served(floor) as client:
        theirs = floor.path(person="B2")
        _, page = await get(client, theirs)
        (seen,) = re.findall(r'name="seen" value="(\d*)"', page)
        await post(client, floor.path())
        with capture_logs() as logs:
            status, page, _ = await post(client, theirs, seen=seen)
        assert status == 409
        assert "从 A17 接手" in page
        assert said(logs) == [("meanwhile", "POST", "B2")]
        assert len(await floor.written()) == 1
        (seen,) = re.findall(r'name="seen" value="(\d*)"', page)
        assert (await post(client, theirs, seen=seen))[0] == 303
        assert [one.acknowledged_by for one in floor.alerts.alerts(0) if one.id == floor.alert()] == ["B2"]


async def test_a_link_stays_used_when_the_engine_is_recounted_from_the_journal(tmp_path: Path) -> None:
    """A new version has no snapshot, and counts two days anew: what was used before them was used all the same."""
    uses = [
        OperatorAcknowledged(time=START_MS + day * DAY_MS, source="operator", alert="a", who="A17", link=f"day {day}")
        for day in (0, 3, 6)
    ]
    await kept(tmp_path, [offered(1), *uses, offered(2, START_MS + 7 * DAY_MS)])
    links = recover(tmp_path, Settings(), 5).engine.calling.links
    assert links == {f"day {day}": START_MS + day * DAY_MS for day in (0, 3, 6)}


async def test_another_takes_over_with_a_link_of_their_own_in_their_language(tmp_path: Path) -> None:
    """The page says who has it; the person's language goes before the browser's, the page's own wish before both."""
    floor = LinkFloor(tmp_path)
    async with served(floor) as client:
        await post(client, floor.path())
        theirs = floor.path(person="B2")
        _, page = await get(client, theirs, **{"Accept-Language": "en"})
        assert '<html lang="zh-Hans">' in page
        assert "从 A17 接手" in page
        _, page = await get(client, f"{theirs}?lang=en")
        assert "Take it over from A17" in page
        status, _, then = await post(client, f"{theirs}?lang=en")
        assert (status, then.endswith("?lang=en")) == (303, True)
        assert [one.acknowledged_by for one in floor.alerts.alerts(0) if one.id == floor.alert()] == ["B2"]


class Naming:
    """A desk whose one alert has advice that names an agent."""

    def __init__(self, floor: LinkFloor) -> None:
        (view,) = [one for one in floor.alerts.alerts(0) if one.id == floor.alert()]
        self.now_ms = floor.clock.now_ms
        self._seen = floor.links.opened(floor.token())._replace(
            alert=msgspec.structs.replace(
                view, advice={"en": "1 could come"}, lead_advice={"en": "call C4 & type `so <x>`"}
            )
        )

    def opened(self, token: str) -> Opened:
        return self._seen

    async def take(self, opened: Opened) -> Done:
        raise AssertionError(opened)

    async def act(self, opened: Opened, kind: str, agents: int) -> Done:
        raise AssertionError(opened)


CALL = "call C4 &amp; type <code>so &lt;x&gt;</code>"


@pytest.mark.parametrize(("individuals", "told"), [(True, CALL), (False, "1 could come")])
async def test_agents_are_named_only_where_individuals_are_open(tmp_path: Path, individuals: bool, told: str) -> None:
    """What to do is in the public form unless the site lets leads see agents; what is to be typed looks like it."""
    floor = LinkFloor(tmp_path)
    async with served(floor, links=Naming(floor), individuals=individuals) as client:
        _, page = await get(client, floor.path())
        assert re.findall(r'class="advice">(.*?)</p>', page) == [told]


async def test_only_the_form_of_our_page_acts(tmp_path: Path) -> None:
    """Another site's form, JSON, a query, an unknown wish, another method, an endless body: nothing is done."""
    floor = LinkFloor(tmp_path)
    async with served(floor) as client:
        path = floor.path()
        with capture_logs() as logs:
            for headers in (
                {"Sec-Fetch-Site": "cross-site"},
                {"Origin": "https://elsewhere.example"},
                {"Origin": "null"},
            ):
                assert (await post(client, path, headers=headers))[0] == 403
            assert (await post(client, path, "act"))[0] == 422
            assert (await client.post(path, json={"do": "take"}, headers=OURS)).status == 415
            assert (await client.post(f"{path}?do=take", headers=OURS)).status == 415
            assert (await client.post(path, data={"do": "x" * 5_000}, headers=OURS)).status == 413
            for method in ("PUT", "DELETE", "PATCH"):
                assert (await client.request(method, path, headers=OURS)).status == 405
            assert (await client.get(f"{path}?do=take")).status == 200
        assert [line["event"] for line in logs].count("access.forged") == 3
        assert not any(path.removeprefix(PATH) in str(line) for line in logs)
        assert await floor.written() == []
        assert (await post(client, path, headers={}))[0] == 303, "a browser too old to say where from"


async def test_guesses_are_slowed_down_and_links_of_ours_are_not(tmp_path: Path) -> None:
    """After ten wrong ones of an address a minute's wait, in the log few lines for many; the real one still works."""
    floor = LinkFloor(tmp_path)
    async with served(floor) as client:
        with capture_logs() as logs:
            answers = [(await get(client, f"{PATH}{number}"))[0] for number in range(40)]
            assert answers == [403] * FAILURES_MAX + [429] * (40 - FAILURES_MAX)
            async with client.get(PATH + "guess") as answer:
                assert 0 < int(answer.headers["Retry-After"]) <= 60
        assert [why for why, _, _ in said(logs)] == ["forged"] * FAILURES_MAX + ["too_many"] * 2  # the 16th and 32nd
        assert (await post(client, floor.path()))[0] == 303


async def test_what_the_disk_does_not_confirm_is_not_said_to_be_done(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody takes from the inbox: the page says that it is not known, and the link is not called used."""
    monkeypatch.setattr(desks, "DURABLE_WITHIN_S", 0.05)
    floor = LinkFloor(tmp_path)
    async with served(floor) as client:
        path = floor.path()
        floor.journal.reached = floor.journal.commit = lambda *_: None  # type: ignore[method-assign,assignment]
        status, page, _ = await post(client, path)
        assert (status, "It is not known whether that was done" in page) == (503, True)


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(bit=st.integers(0, 84 * 8 - 1))
def test_a_token_with_any_bit_flipped_is_not_ours(bit: int) -> None:
    """Of the letters as they are sent: whichever it is, what comes out is refused."""
    token = bytearray(LinkSigner(KEY, ADDRESS, 1).address_for("a", "A17", "p", 1 << 41).rpartition("/")[2].encode())
    token[bit // 8] ^= 1 << bit % 8
    assert LinkSigner(KEY, ADDRESS, 1).read(token.decode("latin-1")) is None


async def test_nobody_is_on_call_where_nobody_is_configured(tmp_path: Path) -> None:
    """Every link is withdrawn: who is not known can take nothing."""
    floor = LinkFloor(tmp_path, Settings(queues={"sales": QueuePolicy(), "vip": QueuePolicy()}, oncall=OnCall()))
    assert floor.links.opened(floor.token()).state == "withdrawn"
    await floor.journal.close()


async def test_no_link_is_followed_where_no_address_is_configured(tmp_path: Path) -> None:
    """Without a signer there is no such place."""
    async with served(LinkFloor(tmp_path), links=None) as client:
        assert (await client.get(f"{PATH}x")).status == 404


async def test_slashes_and_long_tokens_are_no_way_in(tmp_path: Path) -> None:
    """What no token looks like is refused before anything is computed of it, whatever bytes it has."""
    floor = LinkFloor(tmp_path)
    async with served(floor) as client:
        for path in (f"{PATH}a/b", PATH, "/take"):
            assert (await client.get(path)).status == 404
        for path in (f"{PATH}{'A' * 84}", f"{PATH}{'A' * 5_000}", f"{PATH}%00%ff%E4%B8%AD", f"{floor.path()}A"):
            async with client.get(path) as answer:
                assert isinstance(answer, aiohttp.ClientResponse)
                assert answer.status == 403
