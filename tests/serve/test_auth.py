"""Who may ask for what: the decision by itself, and every route of the real application asked with every role."""

from __future__ import annotations

import hashlib
import hmac
import logging
import secrets
from dataclasses import dataclass
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from structlog.testing import capture_logs

from floorwatch.link_view import Done, Opened
from floorwatch.reply_view import Answered, Outcome
from floorwatch.serve import attempts
from floorwatch.serve.attempts import Attempts
from floorwatch.serve.auth import (
    Access,
    Grant,
    Need,
    OpenBindingError,
    TooManyAttemptsError,
    hash_of,
    new_token,
    refuse_open_binding,
    suffices,
)
from floorwatch.serve.board import Board
from floorwatch.serve.exposition import Exposition
from floorwatch.serve.exposition_scrape import Scrape
from floorwatch.serve.gate import NEEDS, need_of
from floorwatch.serve.http import create_app
from floorwatch.serve.reply_routes import ReplyRoutes
from tests.serve.alerts_kept import AlertsKept
from tests.serve.floors import floor
from tests.serve.grants import ROLES, TOKENS, bearer, closed, grants
from tests.serve.serving import ready, serving

LET_IN: dict[Need, set[str]] = {
    "open": set(ROLES),
    "viewer": {"viewer", "lead", "supervisor", "admin"},
    "lead": {"lead", "supervisor", "admin"},
    "supervisor": {"supervisor", "admin"},
    "admin": {"admin"},
    "ingest": {"ingest"},
    "metrics": {"metrics", "admin"},
}
"""Who is let in where: written out, so that nobody gets in by a clever formula."""

PLACES: dict[tuple[str, str], Need] = {
    ("GET", "/"): "viewer",
    ("GET", "/events"): "viewer",
    ("GET", "/api/v1/view"): "viewer",
    ("GET", "/api/v1/definitions"): "viewer",
    ("GET", "/api/v1/explain"): "viewer",
    ("GET", "/api/v1/phrases"): "viewer",
    ("GET", "/api/v1/agents"): "lead",
    ("GET", "/api/v1/outputs"): "lead",
    ("GET", "/api/v1/alerts"): "viewer",
    ("POST", "/api/v1/alerts/{id}/acknowledge"): "lead",
    ("POST", "/api/v1/alerts/{id}/snooze"): "lead",
    ("GET", "/api/v1/silences"): "lead",
    ("POST", "/api/v1/silences"): "supervisor",
    ("DELETE", "/api/v1/silences/{id}"): "supervisor",
    ("GET", "/api/v1/report/day"): "viewer",
    ("GET", "/api/v1/report/day/agents"): "supervisor",
    ("POST", "/api/v1/events"): "ingest",
    ("GET", "/queue"): "viewer",
    ("GET", "/alerts"): "viewer",
    ("GET", "/feeds"): "viewer",
    ("GET", "/agents"): "lead",
    ("GET", "/shift"): "lead",
    ("GET", "/events/queue/{name}"): "viewer",
    ("GET", "/events/agents"): "lead",
    ("GET", "/metrics"): "metrics",
    ("GET", "/-/healthy"): "open",
    ("GET", "/healthz"): "open",
    ("GET", "/-/ready"): "open",
    ("GET", "/readyz"): "open",
    ("GET", "/sign-in"): "open",
    ("POST", "/sign-in"): "open",
    ("POST", "/"): "open",
    ("POST", "/queue"): "open",
    ("POST", "/alerts"): "open",
    ("POST", "/feeds"): "open",
    ("POST", "/agents"): "open",
    ("POST", "/shift"): "open",
    ("POST", "/sign-out"): "open",
    ("GET", "/take/{token}"): "open",
    ("POST", "/take/{token}"): "open",
    ("POST", "/api/v1/replies/{name}"): "open",
    ("GET", "/static/link/link.css"): "open",
    ("GET", "/static/shell/alone.css"): "open",
    ("GET", "/static/shell/sign_in.css"): "open",
    ("GET", "/static/shell/icon.svg"): "open",
}
"""Every place there is, but for the files of the wallboard, which are a viewer's."""


@dataclass(frozen=True)
class Taken:
    status: int = 202
    accepted: int = 1
    rejected_count: int = 0
    rejected: tuple[tuple[int, str], ...] = ()
    error: str = ""
    retry_after_s: int | None = None


async def receive(
    body: bytes, content_type: str, encoding: str, *, actor: str, sources: tuple[str, ...] | None, unread: str = ""
) -> Taken:
    return Taken()


async def everybody() -> dict[str, Any]:
    return {"at": 0, "agents": []}


class NoLinks:
    """To whom every link is about an alert that is over: what is forged is refused with the 403 of who may not."""

    def now_ms(self) -> int:
        return 0

    def opened(self, token: str) -> Opened:
        return Opened("over")

    async def take(self, opened: Opened) -> Done:
        raise AssertionError(opened)

    async def act(self, opened: Opened, kind: str, agents: int) -> Done:
        raise AssertionError(opened)


class NoReplies:
    """Nobody answers."""

    def now_ms(self) -> int:
        return 0

    def language(self, person: str) -> None:
        return None

    async def take(self, place: str, answered: Answered, person: str) -> Outcome:
        raise AssertionError(answered)


FULL: dict[str, Any] = {
    "individuals": True,
    "everybody": everybody,
    "receive": receive,
    "alerts": AlertsKept(),
    "links": NoLinks(),
    "replies": ReplyRoutes(NoReplies(), {}),
    "queue_day": lambda queue: {"queue": queue},
    "day_report": lambda *_, **__: {"queues": {}},
}
"""The application with every route there can be."""


@pytest.fixture
def board() -> Board:
    board = Board()
    board.publish(floor())
    return board


def routes(app: web.Application) -> list[tuple[str, str, web.AbstractRoute]]:
    return [(route.method, route.resource.canonical, route) for route in app.router.routes() if route.resource]


def test_every_route_declares_its_role(board: Board) -> None:
    """Walks the router: a route that nobody thought about, or thought about otherwise, fails here."""
    app = create_app(board, ready=ready, metrics=Scrape(Exposition()).pieces, access=closed(), **FULL)
    found = routes(app)
    assert len(found) > len(PLACES)
    for method, path, route in found:
        needed = PLACES.get(("GET" if method == "HEAD" else method, path))
        if needed is None and path.startswith("/static/"):
            needed = "viewer"
        assert need_of(route, app) == needed, (method, path)
    assert PLACES.keys() <= {(method, path) for method, path, _ in found}


@pytest.mark.parametrize("open_to_viewers", [False, True])
async def test_every_route_lets_in_whom_it_should(board: Board, open_to_viewers: bool) -> None:
    """Every place, asked without a token, with a wrong one and with one of each role: 401, 403 or let in."""
    async with serving(board, access=closed(open_to_viewers=open_to_viewers), **FULL) as client:
        for (method, path), needed in PLACES.items():
            is_open = needed == "open" or (needed == "viewer" and open_to_viewers)
            for role in (None, *ROLES):
                headers = bearer(role) if role is not None else {}
                place = path.replace("{id}", "some").replace("{name}", "sales").replace("{token}", "some")
                answer = await client.request(method, place, headers=headers, allow_redirects=False)
                may = is_open or role in LET_IN[needed]
                case = (method, path, role, answer.status)
                if may:
                    assert answer.status not in (401, 403) or path == "/sign-in", case
                    assert answer.status < 500, case
                elif role is None:
                    assert answer.status == 401, case
                    assert answer.headers["WWW-Authenticate"] == 'Bearer realm="floorwatch"', case
                else:
                    assert answer.status == 403, case
                    assert f'scope="{needed}"' in answer.headers["WWW-Authenticate"], case
                    assert f"for the role {needed}" in (await answer.json())["error"], case
                answer.close()


async def test_a_wrong_token_is_not_a_missing_one(board: Board) -> None:
    """401 says which of the two it was, and how a token is sent."""
    async with serving(board, access=closed()) as client:
        wrong = await client.get("/api/v1/view", headers={"Authorization": "Bearer fw_viewer_guess"})
        assert wrong.status == 401
        assert wrong.headers["WWW-Authenticate"] == 'Bearer realm="floorwatch", error="invalid_token"'
        assert "Authorization: Bearer TOKEN" in (await wrong.json())["error"]
        other_scheme = await client.get("/api/v1/view", headers={"Authorization": "Basic dXNlcjpwYXNz"})
        assert other_scheme.headers["WWW-Authenticate"] == 'Bearer realm="floorwatch"'
        spelt_small = await client.get("/api/v1/view", headers={"Authorization": f"bearer {TOKENS['viewer']}"})
        assert spelt_small.status == 200


async def test_without_tokens_everything_is_served(board: Board) -> None:
    """On loopback, where such a daemon is confined to, nobody is asked, whatever they send."""
    async with serving(board, **FULL) as client:
        for method, path in PLACES:
            for headers in ({}, {"Authorization": "Bearer fw_viewer_guess"}):
                query = {"figure": "asa"} if path == "/api/v1/explain" else {}
                place = path.replace("{id}", "some").replace("{name}", "sales").replace("{token}", "some")
                answer = await client.request(method, place, params=query, headers=headers, allow_redirects=False)
                unknown = any(part in path for part in ("{id}", "{token}", "/replies/"))
                wrong = unknown or (method, path) == ("POST", "/api/v1/silences")
                served = (404, 409, 422) if wrong else (200, 202, 303)
                assert answer.status in served, (method, path, answer.status)
                answer.close()


async def test_a_route_that_was_forgotten_serves_nobody(board: Board) -> None:
    """Closed by default: a route added past the one helper answers 403, also to an admin."""

    async def forgotten(_request: web.Request) -> web.Response:
        return web.Response(text="open sesame")

    app = create_app(board, ready=ready, metrics=Scrape(Exposition()).pieces, access=closed())
    app.router.add_get("/forgotten", forgotten)
    assert forgotten not in app[NEEDS]
    async with TestClient(TestServer(app)) as client:
        answer = await client.get("/forgotten", headers=bearer("admin"))
        assert answer.status == 403
        assert "sesame" not in await answer.text()


async def test_unknown_places_name_only_what_anybody_may_know(board: Board) -> None:
    """404 lists the open places; what needs a token is not told to who has none, what is there for all is."""
    async with serving(board, access=closed(), **FULL) as client:
        assert (await (await client.get("/nowhere")).json())["exists"] == [
            "/-/healthy",
            "/-/ready",
            "/api/v1/replies/{name}",
            "/healthz",
            "/readyz",
            "/sign-in",
            "/sign-out",
            "/take/{token}",
        ]
        assert (await client.put("/metrics")).status == 405
    async with serving(board, access=closed(open_to_viewers=True), **FULL) as client:
        there = (await (await client.get("/nowhere")).json())["exists"]
        assert "/api/v1/view" in there
        assert "/api/v1/agents" not in there


async def test_a_foreign_name_is_refused_before_any_token_is_looked_at(board: Board) -> None:
    """DNS rebinding: under a name that is not ours even the right token reads nothing."""
    async with serving(board, access=closed(), **FULL) as client:
        for path in ("/", "/metrics", "/sign-in", "/-/healthy"):
            answer = await client.get(path, headers={**bearer("admin"), "Host": "evil.example"})
            assert answer.status == 421, path


async def test_every_answer_of_the_gate_is_guarded(board: Board) -> None:
    """Refusals carry the same security headers as the rest."""
    async with serving(board, access=closed()) as client:
        for headers in ({}, bearer("ingest"), {"Accept": "text/html"}):
            answer = await client.get("/api/v1/view", headers=headers)
            assert answer.status in (401, 403)
            assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
            assert answer.headers["X-Content-Type-Options"] == "nosniff"
            assert answer.headers["Cache-Control"] == "no-store"


async def test_who_looks_at_agents_is_logged_by_name(board: Board) -> None:
    """The name of the token stands in the log, the token does not."""
    with capture_logs() as logs:
        async with serving(board, access=closed(), individuals=True, everybody=everybody) as client:
            assert (await client.get("/api/v1/agents", headers=bearer("lead"))).status == 200
            assert (await client.get("/api/v1/agents", headers=bearer("viewer"))).status == 403
    shown = [entry for entry in logs if entry["event"] == "agents.shown"]
    assert [entry["actor"] for entry in shown] == ["lead of A17"]
    refused = [entry for entry in logs if entry["event"] == "access.forbidden"]
    assert [(entry["actor"], entry["needs"], entry["path"]) for entry in refused] == [
        ("viewer of A17", "lead", "/api/v1/agents")
    ]


async def test_no_token_is_ever_logged(board: Board, caplog: pytest.LogCaptureFixture) -> None:
    """Neither right nor wrong tokens, nor their hashes: in headers, cookies, forms and addresses."""
    caplog.set_level(logging.DEBUG)
    caplog.set_level(logging.WARNING, "aiohttp.access")  # the daemon keeps no access log
    wrong = new_token("admin")
    with capture_logs() as logs:
        async with serving(board, access=closed(), **FULL) as client:
            for token in (wrong, TOKENS["viewer"], TOKENS["metrics"]):
                for place in ("/api/v1/view", "/metrics", f"/api/v1/view?token={token}", f"/nowhere/{token}"):
                    await client.get(place, headers={"Authorization": f"Bearer {token}"})
                    await client.get(place, headers={"Cookie": f"floorwatch_token={token}"})
                await client.post("/sign-in", data={"token": token}, allow_redirects=False)
    said = str(logs) + caplog.text
    assert "access.unknown_token" in said
    for token in (wrong, TOKENS["viewer"], TOKENS["metrics"]):
        assert token not in said
        assert hash_of(token) not in said


async def test_guessing_is_slowed_down(board: Board) -> None:
    """After ten wrong tokens an address is told to wait; who was in before from there stays in."""
    async with serving(board, access=closed()) as client:
        assert (await client.get("/api/v1/view", headers=bearer("viewer"))).status == 200
        for _ in range(attempts.FAILURES_MAX):
            guess = await client.get("/api/v1/view", headers={"Authorization": f"Bearer {secrets.token_hex()}"})
            assert guess.status == 401
        refused = await client.get("/api/v1/view", headers={"Authorization": "Bearer one more"})
        assert refused.status == 429
        assert 0 < int(refused.headers["Retry-After"]) <= attempts.WINDOW_S
        assert (await client.get("/api/v1/view", headers=bearer("viewer"))).status == 200
        assert (await client.get("/api/v1/view", headers=bearer("lead"))).status == 429
        assert (await client.get("/api/v1/view")).status == 401
        assert (await client.get("/-/healthy")).status == 200


@pytest.mark.parametrize("needed", LET_IN)
def test_roles_are_ordered_and_machines_stand_apart(needed: Need) -> None:
    """Each person's role may do what the one before may; ingest and metrics only the one thing."""
    assert {role for role in ROLES if suffices(role, needed)} == LET_IN[needed]


def test_every_hash_is_compared_and_in_constant_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """The first token takes as long as the last and as a wrong one: every hash, by hmac.compare_digest."""
    compared: list[tuple[str, str]] = []
    honest = hmac.compare_digest

    def watched(one: str, other: str) -> bool:
        compared.append((one, other))
        return honest(one, other)

    monkeypatch.setattr(hmac, "compare_digest", watched)
    access = Access(grants())
    for token in (TOKENS["viewer"], TOKENS["metrics"], "no token of ours"):
        compared.clear()
        access.identify(token, "192.0.2.7", 0.0)
        assert compared == [(hash_of(token), grant.hash) for grant in grants()]


def test_tokens_are_long_random_and_kept_as_hashes() -> None:
    """256 bits each, never the same twice; what is kept is their SHA-256."""
    token = new_token("ingest")
    assert token.startswith("fw_ingest_")
    assert len(token) >= 43 + len("fw_ingest_")
    assert len({new_token("viewer") for _ in range(100)}) == 100
    assert hash_of(token) == "sha256:" + hashlib.sha256(token.encode()).hexdigest()


@pytest.mark.parametrize("token", ["", "\udce4\udcff", "ä" * 10_000, "\x00"])
def test_any_text_may_be_presented(token: str) -> None:
    """Empty, undecodable or huge: it is nobody's token, not an error."""
    assert Access(grants()).identify(token, "192.0.2.7", 0.0) is None


def fail(access: Access, address: str, now_s: float, times: int) -> None:
    for _ in range(times):
        assert access.identify("wrong", address, now_s) is None


def test_a_limit_ends_with_its_window() -> None:
    """A minute after the first wrong token of a window the address may try again; others never had to wait."""
    access = Access(grants())
    fail(access, "192.0.2.7", 100.0, attempts.FAILURES_MAX)
    with pytest.raises(TooManyAttemptsError) as refusal:
        access.identify(TOKENS["lead"], "192.0.2.7", 130.0)
    assert refusal.value.wait_s == 30.0
    assert access.identify(TOKENS["lead"], "192.0.2.8", 130.0) is not None
    assert access.identify(TOKENS["lead"], "192.0.2.7", 160.0) is not None


def test_an_ipv6_network_counts_as_one_address() -> None:
    """Somebody with 2^64 addresses does not have 2^64 times the attempts."""
    access = Access(grants())
    for host in range(attempts.FAILURES_MAX):
        fail(access, f"2001:db8::{host:x}", 0.0, 1)
    with pytest.raises(TooManyAttemptsError):
        access.identify("wrong", "2001:db8::ffff", 0.0)
    assert access.identify("wrong", "2001:db8:0:1::1", 0.0) is None


def test_attempts_take_bounded_memory() -> None:
    """Of a million addresses the newest thousand are remembered."""
    counted = Attempts()
    for number in range(3 * attempts.ADDRESSES_MAX):
        counted.failed(f"address {number}", 0.0)
        counted.good(f"address {number}", "lead")
    assert len(counted._failures) == len(counted._good) == attempts.ADDRESSES_MAX
    assert counted.was_good(f"address {3 * attempts.ADDRESSES_MAX - 1}", "lead")
    assert not counted.was_good("address 0", "lead")


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.8.8", "::1", "[::1]", "localhost", "LOCALHOST."])
def test_without_tokens_loopback_is_fine(host: str) -> None:
    """Only this machine can ask: nobody has to be told apart."""
    refuse_open_binding(host, [])


@pytest.mark.parametrize(
    "host",
    ["0.0.0.0", "::", "10.0.0.7", "wall.example", "", "2001:db8::1", "localhost.example", "localhost.localdomain"],
)
def test_without_tokens_nothing_but_loopback_is(host: str) -> None:
    """The refusal names the key and both ways out; one token, of any role, is enough to be let through."""
    with pytest.raises(OpenBindingError, match=r"http\.host: .*floorwatch token --role.*http\.tokens.*127\.0\.0\.1"):
        refuse_open_binding(host, [])
    refuse_open_binding(host, [Grant("metrics", "metrics", hash_of("any"))])
