"""Signing in with a browser: the page, the cookie, and who cannot use it against us."""

from __future__ import annotations

import re
from http.cookies import SimpleCookie
from typing import Any

import aiohttp
import pytest
from aiohttp.test_utils import TestClient
from structlog.testing import capture_logs

from floorwatch.serve import attempts
from floorwatch.serve.board import Board
from floorwatch.serve.sign_in import COOKIE
from tests.serve.floors import floor
from tests.serve.grants import TOKENS, bearer, closed
from tests.serve.oncall_day import ShiftsKept
from tests.serve.serving import events, serving
from tests.serve.test_auth import FULL

HTML = {"Accept": "text/html,application/xhtml+xml"}
Client = TestClient[Any, Any]


@pytest.fixture
def board() -> Board:
    board = Board()
    board.publish(floor())
    return board


async def sign_in(client: Client, token: str, **headers: str) -> aiohttp.ClientResponse:
    """Send the form as a browser does."""
    headers = headers or {"Sec-Fetch-Site": "same-origin"}
    return await client.post("/sign-in", data={"token": token}, headers=headers, allow_redirects=False)


def cookie_of(answer: aiohttp.ClientResponse) -> Any:
    return SimpleCookie(answer.headers["Set-Cookie"])[COOKIE]


def with_cookie(token: str) -> dict[str, str]:
    return {"Cookie": f"{COOKIE}={token}"}


async def test_a_person_signs_in_looks_and_signs_out(board: Board) -> None:
    """The address shows the form; the token opens the board and its stream; after signing out they are closed."""
    async with serving(board, access=closed()) as client:
        asked = await client.get("/", headers=HTML)
        assert asked.status == 401
        assert asked.headers["WWW-Authenticate"].startswith("Bearer")
        page = await asked.text()
        assert '<form method="post">' in page
        assert '<form method="post" action="/sign-in?lang=en">' in await (await client.get("/sign-in")).text()
        assert '<label for="token">Token</label>' in page

        entered = await sign_in(client, f"  {TOKENS['viewer']}\n", Origin=str(client.make_url("/")).rstrip("/"))
        assert (entered.status, entered.headers["Location"]) == (303, "/")
        kept = cookie_of(entered)
        assert (kept.value, kept["path"], kept["httponly"], kept["samesite"]) == (TOKENS["viewer"], "/", True, "Strict")
        assert int(kept["max-age"]) > 86_400
        # The test's client keeps cookies like a browser: from here on it is signed in.
        assert (await client.get("/", headers=HTML)).status == 200
        assert (await client.get("/static/floor/floor.js")).status == 200
        async with client.get("/events") as response:
            assert (await anext(events(response)))[0] == "view"
        known = await (await client.get("/sign-in")).text()
        assert "Signed in as viewer of A17, role viewer." in known

        left = await client.post("/sign-out", headers={"Sec-Fetch-Site": "same-origin"}, allow_redirects=False)
        assert (left.status, left.headers["Location"]) == (303, "/sign-in")
        assert (await client.get("/", headers=HTML)).status == 401


async def test_signing_in_leads_to_the_page_that_was_asked_for(board: Board) -> None:
    """Its form goes to its own address, wishes and all, also in the other language; a wrong token asks again there."""
    same = {"Sec-Fetch-Site": "same-origin"}
    async with serving(board, access=closed()) as client:
        place = "/alerts?severity=critical&q=%22%3E%0d%0aX"
        page = await (await client.get(place, headers=HTML)).text()
        assert 'href="/alerts?severity=critical&amp;q=%22%3E%0D%0AX&amp;lang=zh"' in page
        wrong = await client.post(place, data={"token": "fw_viewer_guess"}, headers=same)
        assert wrong.status == 401
        assert '<form method="post">' in await wrong.text()
        entered = await client.post(place, data={"token": TOKENS["viewer"]}, headers=same, allow_redirects=False)
        assert (entered.status, entered.headers["Location"]) == (303, "/alerts?severity=critical&q=%22%3E%0D%0AX")


async def test_a_link_of_another_site_can_be_followed_signed_in(board: Board) -> None:
    """The browser keeps back the cookie then: the page, with its wishes, can be asked for again; no other place can."""
    foreign, near = {**HTML, "Sec-Fetch-Site": "cross-site"}, {**HTML, "Sec-Fetch-Site": "same-origin"}
    async with serving(board, access=closed()) as client:
        page = await (await client.get("/alerts?queue=%22%3E", headers=foreign)).text()
        assert '<input type="hidden" name="queue" value="&quot;&gt;">' in page
        for place, headers in (
            ("/alerts", near),
            ("/alerts", HTML),
            ("/api/v1/agents", foreign),
            ("/alerts", {**foreign, **with_cookie("fw_withdrawn")}),
        ):
            assert 'class="again"' not in await (await client.get(place, headers=headers)).text()


async def test_the_cookie_is_secure_where_the_page_is(board: Board) -> None:
    """Behind a proxy that ends TLS the cookie is only sent over TLS; on plain HTTP it would be lost that way."""
    async with serving(board, access=closed()) as client:
        assert not cookie_of(await sign_in(client, TOKENS["viewer"]))["secure"]
        by_proxy = {"X-Forwarded-Proto": "https", "Sec-Fetch-Site": "same-origin"}
        secured = await sign_in(client, TOKENS["viewer"], **by_proxy)
        assert cookie_of(secured)["secure"]


async def test_a_wrong_token_is_said_so_and_sets_no_cookie(board: Board) -> None:
    """The page again, with the reason where a screen reader says it; the form is bounded and of one kind."""
    async with serving(board, access=closed()) as client:
        wrong = await sign_in(client, "fw_viewer_guess")
        assert (wrong.status, "Set-Cookie" in wrong.headers) == (401, False)
        assert '<p class="said" role="alert">This token is not known.</p>' in await wrong.text()
        assert (await sign_in(client, "")).status == 401
        assert (await sign_in(client, "x" * 5_000)).status == 413
        assert (await client.post("/sign-in", json={"token": TOKENS["viewer"]})).status == 415


@pytest.mark.parametrize("role", ["ingest", "metrics"])
async def test_a_machines_token_signs_nobody_in(board: Board, role: Any) -> None:
    """A token that lies in a script is no way into the board."""
    async with serving(board, access=closed()) as client:
        refused = await sign_in(client, TOKENS[role])
        assert (refused.status, "Set-Cookie" in refused.headers) == (403, False)
        assert f"role {role}" in await refused.text()


async def test_who_may_not_see_a_page_is_told_so_on_a_page(board: Board) -> None:
    """In their language, with who they are and the way out; a program is told the same in JSON."""
    async with serving(board, access=closed(), individuals=True, shifts=ShiftsKept()) as client:
        cookie = with_cookie(TOKENS["viewer"])
        for place in ("/shift", "/agents"):
            page = await client.get(f"{place}?lang=en", headers={**HTML, **cookie})
            assert (page.status, 'scope="lead"' in page.headers["WWW-Authenticate"]) == (403, True)
            text = await page.text()
            assert '<p class="said" role="alert">This page is for the role lead.</p>' in text
            for part in ("role viewer.", 'action="/sign-out', f"{place}?lang=zh"):
                assert part in text
            chinese = await client.get(f"{place}?lang=zh", headers={**HTML, **cookie})
            assert "本页仅供角色 lead 使用。" in await chinese.text()
            told = await client.get(place, headers=cookie)
            assert (told.status, "role viewer" in (await told.json())["error"]) == (403, True)


async def test_a_cookie_that_is_no_longer_good_is_taken_back(board: Board) -> None:
    """Its screen asks for the next token, and does not go on presenting the old one as an attacker would."""
    async with serving(board, access=closed()) as client:
        answer = await client.get("/events", headers=with_cookie("fw_viewer_withdrawn"))
        assert answer.status == 401
        assert (cookie_of(answer).value, cookie_of(answer)["max-age"]) == ("", "0")
        page = await client.get("/sign-in", headers=with_cookie("fw_viewer_withdrawn"))
        assert page.status == 200
        assert cookie_of(page)["max-age"] == "0"
        assert "not known" in await page.text()


async def test_the_page_speaks_the_readers_language(board: Board) -> None:
    """Chinese where the browser asks for it, and either by choice; the page says which it is."""
    async with serving(board, access=closed()) as client:
        chinese = await (await client.get("/sign-in", headers={"Accept-Language": "zh-CN,zh;q=0.9,en;q=0.8"})).text()
        assert '<html lang="zh-Hans">' in chinese
        assert "令牌" in chinese
        assert 'href="/sign-in?lang=en"' in chinese
        english = await (await client.get("/sign-in?lang=en", headers={"Accept-Language": "zh-CN"})).text()
        assert '<html lang="en">' in english
        assert "令牌" not in english
        other = await (await client.get("/sign-in", headers={"Accept-Language": "fr-FR, zh-TW;q=0.5"})).text()
        assert "令牌" in other


async def test_the_page_runs_nothing_and_shows_what_it_is_told_as_text(board: Board) -> None:
    """No script at all, no inline style, nothing from elsewhere; forms go to us only; names are escaped."""
    async with serving(board, access=closed()) as client:
        answer = await client.get("/sign-in?lang=%3Cscript%3E")
        page = await answer.text()
        assert not re.search(r"<script|<style|\bstyle=|\bon[a-z]+=|https?://", page)
        policy = answer.headers["Content-Security-Policy"]
        assert "form-action 'self'" in policy
        assert "script-src" not in policy
        assert "unsafe" not in policy
        # Under no-referrer a browser would send our own form with 'Origin: null', and we would refuse it.
        assert answer.headers["Referrer-Policy"] == "same-origin"
        css = await client.get("/static/shell/sign_in.css")
        assert (css.status, css.content_type) == (200, "text/css")


FOREIGN = [
    {"Origin": "https://evil.example"},
    {"Origin": "null"},
    {"Origin": "http://["},
    {"Origin": "http://127.0.0.1:1"},
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site", "Origin": "{ours}"},
    {"Sec-Fetch-Site": "none"},
]


@pytest.mark.parametrize("headers", FOREIGN)
async def test_no_other_page_can_change_anything(board: Board, headers: dict[str, str]) -> None:
    """A request that another site made a browser send is refused: with a cookie, without one, and without tokens."""
    for access in ({}, {"access": closed()}):
        async with serving(board, **FULL, **access) as client:
            ours = str(client.make_url("/")).rstrip("/")
            sent = {name: value.format(ours=ours) for name, value in headers.items()}
            for cookie in ({}, with_cookie(TOKENS["viewer"])):
                for place in ("/sign-in", "/sign-out"):
                    answer = await client.post(place, headers={**sent, **cookie}, data={"token": TOKENS["viewer"]})
                    assert answer.status == 403, place
                    assert "Set-Cookie" not in answer.headers
            if not access:
                forged = await client.post("/api/v1/events", headers=sent, data=b"{}")
                assert forged.status == 403


async def test_a_cookie_changes_things_only_with_the_browsers_word(board: Board) -> None:
    """With a cookie, saying nothing of the origin is not enough; a bearer token needs no such word."""
    async with serving(board, access=closed(), **FULL) as client:
        ours = str(client.make_url("/")).rstrip("/")
        cookie = with_cookie(TOKENS["viewer"])
        assert (await client.post("/sign-out", headers=cookie)).status == 403
        for word in ({"Origin": ours}, {"Sec-Fetch-Site": "same-origin"}):
            answer = await client.post("/sign-out", headers={**cookie, **word}, allow_redirects=False)
            assert answer.status == 303
        pushed = await client.post("/api/v1/events", headers={**bearer("ingest"), "Origin": "https://evil.example"})
        assert pushed.status == 202


async def test_a_bearer_token_counts_before_a_cookie(board: Board) -> None:
    """Who sends both is who the header says."""
    async with serving(board, access=closed()) as client:
        both = {**bearer("metrics"), **with_cookie(TOKENS["viewer"])}
        assert (await client.get("/metrics", headers=both)).status == 200
        assert (await client.get("/api/v1/view", headers=both)).status == 403


async def test_signing_in_is_slowed_down_too(board: Board) -> None:
    """After ten wrong tokens the page says how long to wait, and takes not even a right one."""
    async with serving(board, access=closed()) as client:
        for _ in range(attempts.FAILURES_MAX):
            assert (await sign_in(client, "fw_viewer_guess")).status == 401
        refused = await sign_in(client, TOKENS["lead"])
        assert refused.status == 429
        assert int(refused.headers["Retry-After"]) > 0
        assert "Too many wrong tokens" in await refused.text()


async def test_who_signs_in_is_logged(board: Board) -> None:
    """By the name of the token."""
    with capture_logs() as logs:
        async with serving(board, access=closed()) as client:
            await sign_in(client, TOKENS["supervisor"])
    assert [(entry["actor"], entry["role"]) for entry in logs if entry["event"] == "access.signed_in"] == [
        ("supervisor of A17", "supervisor")
    ]


async def test_without_tokens_there_is_nothing_to_sign_in_to(board: Board) -> None:
    """The page leads on to the board."""
    async with serving(board) as client:
        for answer in (
            await client.get("/sign-in", allow_redirects=False),
            await client.post("/sign-in", data={"token": "any"}, allow_redirects=False),
        ):
            assert (answer.status, answer.headers["Location"]) == (303, "/")
