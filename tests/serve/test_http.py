from __future__ import annotations

import asyncio
import gc
import re
import weakref
from pathlib import Path
from typing import Any

import aiohttp
import msgspec
import pytest
from prometheus_client.parser import text_string_to_metric_families
from structlog.testing import capture_logs

from floorwatch.metrics.catalogue import FIGURES
from floorwatch.metrics.phrases import PHRASES
from floorwatch.running import serving as serving_until_stopped
from floorwatch.serve.attempts import FAILURES_MAX
from floorwatch.serve.auth import Access, refuse_open_binding
from floorwatch.serve.board import Board
from floorwatch.serve.exposition import Exposition
from floorwatch.serve.exposition_scrape import Scrape
from floorwatch.serve.http import SECURITY_HEADERS, create_app, host_allowed
from floorwatch.serve.wallboard import FORM
from tests.serve.floors import AGENTS, AT, floor, queue
from tests.serve.grants import TOKENS, bearer, closed
from tests.serve.serving import events, ready, serving
from tests.serve.test_board import patched

IPV6 = pytest.mark.skipif(
    not Path("/proc/net/if_inet6").exists(), reason="this machine has no IPv6, and so no other loopback to bind"
)
FOLDER = Path(__file__).parents[2] / "floorwatch/serve/static"
STATIC = sorted(path.relative_to(FOLDER).as_posix() for path in FOLDER.rglob("*") if path.is_file())
SERVED = [name for name in STATIC if name != FORM]
PAGES = ["/", "/queue", "/agents", "/alerts", "/feeds", "/shift"]
PLACES = [*PAGES, "/api/v1/view", "/api/v1/definitions", "/api/v1/phrases", "/metrics", "/-/healthy", "/-/ready"]


@pytest.fixture
def board() -> Board:
    """A board with a picture on it."""
    shown = Board(speed=30.0)
    shown.publish(floor())
    return shown


async def test_every_answer_is_guarded_and_names_nobody(board: Board) -> None:
    """Pages, API, metrics, files and refusals all carry the security headers, and no agent's name."""
    places = [*PLACES, "/healthz", "/readyz", "/nowhere", *(f"/static/{name}" for name in SERVED)]
    async with serving(board) as client:
        for place in places:
            answer = await client.get(place)
            assert answer.status == (404 if place == "/nowhere" else 200), place
            assert {name: answer.headers[name] for name in SECURITY_HEADERS} == SECURITY_HEADERS, place
            body = await answer.read()
            assert all(name.encode() not in body for name in AGENTS), place


async def test_our_own_bug_is_an_answer_too(board: Board) -> None:
    """A handler that breaks answers 500 without a trace in it, still guarded, and the server goes on."""

    async def broken(*_: object) -> bytes:
        raise ZeroDivisionError("told to nobody")

    with capture_logs():
        async with serving(board, metrics=broken) as client:
            answer = await client.get("/metrics")
            assert answer.status == 500
            assert "ZeroDivisionError" not in await answer.text()
            assert answer.headers["X-Content-Type-Options"] == "nosniff"
            assert (await client.get("/-/healthy")).status == 200


def test_the_page_needs_no_exception_from_its_policy() -> None:
    """No inline script, style or handler, and nothing loaded from elsewhere: the page works offline."""
    for name in STATIC:
        text = (FOLDER / name).read_text(encoding="utf-8").replace("http://www.w3.org/2000/svg", "")
        assert not re.search(r"https?://|//cdn|@import", text), name
        if name.endswith(".html"):
            assert not re.search(r"<script(?![^>]*\bsrc=)|<style|\bstyle=|\bon[a-z]+=|javascript:", text), name


async def test_every_page_has_what_it_names(board: Board) -> None:
    """The script and the style sheets of each page are there, and each page has its own."""
    scripts = set()
    async with serving(board) as client:
        for place in PAGES:
            text = await (await client.get(place)).text()
            named = re.findall(r'(?:href|src)="(/static/[^"]+)"', text)
            assert [(await client.get(name)).status for name in named] == [200] * len(named), place
            scripts.add(named[-1])
            assert named[-1].endswith(".js")
            assert "<!--" not in text
    assert len(scripts) == len(PAGES)


async def test_files_are_asked_about_not_resent(board: Board) -> None:
    """A copy the browser has is confirmed with 304 and no body."""
    async with serving(board) as client:
        first = await client.get("/static/floor/floor.js")
        assert first.content_type == "text/javascript"
        assert first.headers["Cache-Control"] == "no-cache"
        again = await client.get("/static/floor/floor.js", headers={"If-None-Match": first.headers["ETag"]})
        assert (again.status, await again.read()) == (304, b"")


async def test_the_stream_starts_whole_and_goes_on_with_changes(board: Board) -> None:
    """A snapshot, then deltas; together they make exactly what /api/v1/view says; at most two a second."""
    async with serving(board) as client, client.get("/events") as response:
        assert response.content_type == "text/event-stream"
        stream = events(response)
        kind, picture = await anext(stream)
        assert kind == "view"
        loop = asyncio.get_running_loop()
        began = loop.time()
        for step in (1, 2):
            board.publish(floor(AT + step * 15_000))
            kind, change = await anext(stream)
            assert kind == "delta"
            picture = patched(picture, change)
        assert picture == await (await client.get("/api/v1/view")).json()
        assert picture["at"] == AT + 30_000
        assert loop.time() - began >= 0.9


async def test_a_viewer_who_missed_pictures_gets_the_latest_whole(board: Board) -> None:
    """Pictures published while a viewer was busy are skipped, not queued."""
    async with serving(board) as client, client.get("/events") as response:
        stream = events(response)
        await anext(stream)
        for step in range(1, 40):
            board.publish(floor(AT + step * 500))
        kind, picture = await anext(stream)
        assert kind == "view"
        assert picture["at"] == AT + 39 * 500


async def test_who_does_not_read_keeps_one_message_and_no_picture() -> None:
    """A picture that is stuck on its way to a viewer is let go with the next but one: only its text is kept."""
    board = Board()
    board.publish(floor(AT, queues=tuple(queue(f"q{n}") for n in range(2_000))))
    stuck = weakref.ref(board.frame)
    async with serving(board) as client:
        reader, writer = await asyncio.open_connection(client.host, client.port, limit=1_000)
        writer.write(b"GET /events HTTP/1.1\r\nHost: localhost\r\n\r\n")
        await reader.readuntil(b"event: view")
        for step in (1, 2):
            board.publish(floor(AT + step * 500))
        gc.collect()
        assert stuck() is None
        writer.close()


async def test_an_empty_board_says_it_is_starting() -> None:
    """Before the first picture nothing pretends to be a floor: the stream says so, the API answers 503."""
    empty = Board()
    async with serving(empty) as client:
        answer = await client.get("/api/v1/view")
        assert answer.status == 503
        assert answer.headers["Retry-After"] == "1"
        assert (await answer.json())["state"] == "starting"
        async with client.get("/events") as response:
            stream = events(response)
            assert (await anext(stream))[0] == "starting"
            empty.publish(floor(queues=(queue("sales"),)))
            kind, picture = await anext(stream)
            assert (kind, picture["queues"][0]["name"]) == ("view", "sales")


async def test_who_connects_to_an_engine_that_stands_is_told_how_old_its_picture_is() -> None:
    """The picture of an engine that published nothing for a while comes with its age; a fresh one, and news, do not."""
    board = Board()
    board.publish(floor(AT))
    async with serving(board) as client:
        async with client.get("/events") as response:
            assert (await anext(events(response)))[0] == "view"
        await asyncio.sleep(1.1)
        async with client.get("/events") as response:
            stream = events(response)
            event, age_ms = await anext(stream)
            assert event == "age"
            assert 1_100 <= age_ms < 60_000
            assert (await anext(stream))[0] == "view"
            board.publish(floor(AT + 500))
            assert (await anext(stream))[0] == "delta"


async def test_a_quiet_stream_is_kept_alive(board: Board, monkeypatch: pytest.MonkeyPatch) -> None:
    """With nothing to say, a comment is sent, so that proxies and dead peers are noticed."""
    monkeypatch.setattr("floorwatch.serve.wallboard.HEARTBEAT_S", 0.05)
    async with serving(board) as client, client.get("/events") as response:
        stream = events(response)
        await anext(stream)
        assert (await anext(stream))[0] == "comment"


async def test_going_down_ends_the_streams(board: Board) -> None:
    """Open streams do not hold up the end of the server."""
    async with asyncio.timeout(30), serving(board) as client:
        response = await client.get("/events")
        await anext(events(response))


async def test_too_many_viewers_are_told_to_come_back(board: Board, monkeypatch: pytest.MonkeyPatch) -> None:
    """Past the limit the answer is 503 with a time to wait; a viewer who leaves makes room."""
    monkeypatch.setattr("floorwatch.serve.wallboard.STREAMS_MAX", 1)
    monkeypatch.setattr("floorwatch.serve.wallboard.HEARTBEAT_S", 0.05)
    async with serving(board) as client:
        async with client.get("/events") as first:
            await anext(events(first))
            refused = await client.get("/events")
            assert refused.status == 503
            assert refused.headers["Retry-After"] == "10"
        async with asyncio.timeout(30):
            while (await client.head("/events")).status == 503:  # noqa: ASYNC110 - a real server notices in its time
                await asyncio.sleep(0.05)


async def test_readiness_says_why_not(board: Board) -> None:
    """503 with the reason until ready; health does not depend on it."""
    state = (False, "reading the journal")
    async with serving(board, ready=lambda: state) as client:
        for place in ("/-/ready", "/readyz"):
            answer = await client.get(place)
            assert answer.status == 503
            assert await answer.json() == {"ready": False, "reason": "reading the journal"}
        for place in ("/-/healthy", "/healthz"):
            assert (await client.get(place)).status == 200
        state = (True, "")
        assert (await client.get("/-/ready")).status == 200


async def test_the_reason_is_for_who_may_see_the_board(board: Board) -> None:
    """It names sources: with tokens, others are told the state only; a wrong token is counted as anywhere."""
    reason = "no source is up: asterisk-2"
    async with serving(board, ready=lambda: (False, reason), access=closed()) as client:
        for place in ("/-/ready", "/readyz"):
            for headers in ({}, bearer("metrics"), bearer("ingest")):
                answer = await client.get(place, headers=headers)
                assert (answer.status, await answer.json()) == (503, {"ready": False})
            for headers in (bearer("viewer"), {"Cookie": f"floorwatch_token={TOKENS['lead']}"}):
                answer = await client.get(place, headers=headers)
                assert (answer.status, await answer.json()) == (503, {"ready": False, "reason": reason})
        for _ in range(FAILURES_MAX + 1):
            answer = await client.get("/-/ready", headers={"Authorization": "Bearer guess"})
            assert (answer.status, await answer.json()) == (503, {"ready": False})
        assert (await client.get("/api/v1/view", headers=bearer("admin"))).status == 429
    async with serving(board, ready=lambda: (False, reason), access=closed(open_to_viewers=True)) as client:
        assert (await (await client.get("/-/ready")).json())["reason"] == reason


async def test_a_connection_that_finishes_no_request_is_closed(board: Board, monkeypatch: pytest.MonkeyPatch) -> None:
    """Half of a header line holds a connection for a while only, as its first request and as a later one."""
    monkeypatch.setattr("floorwatch.serve.http.IDLE_S", 0.1)
    async with serving(board) as client:
        for before in (b"", b"GET /-/healthy HTTP/1.1\r\nHost: localhost\r\n\r\n"):
            reader, writer = await asyncio.open_connection("127.0.0.1", client.port)
            writer.write(before + b"GET / HTTP/1.1\r\nHost: loc")
            async with asyncio.timeout(10):
                assert (b"200 OK" in await reader.read()) is bool(before)
            writer.close()


async def test_agents_are_served_only_when_opened(board: Board) -> None:
    """`/api/v1/agents` does not exist by default; opened, it names agents and each look is logged."""

    async def everybody() -> dict[str, Any]:
        return {"at": AT, "agents": [{"name": name} for name in AGENTS]}

    async with serving(board) as client:
        refused = await client.get("/api/v1/agents")
        assert refused.status == 404
        assert "/api/v1/agents" not in (await refused.json())["exists"]
    opened = Board()
    opened.publish(floor())
    with capture_logs() as logs:
        async with serving(opened, individuals=True, everybody=everybody) as client:
            shown = await (await client.get("/api/v1/agents")).json()
    assert [one["name"] for one in shown["agents"]] == list(AGENTS)
    looks = [entry for entry in logs if entry["event"] == "agents.shown"]
    assert [(look["remote"], look["agent_count"]) for look in looks] == [("127.0.0.1", 2)]


async def test_an_unknown_address_is_told_what_exists(board: Board) -> None:
    """404 and 405 are short JSON; a path never leaves the shipped files."""
    async with serving(board) as client:
        lost = await client.get("/api/v1/veiw")
        assert set((await lost.json())["exists"]) >= {*PLACES, "/events"}
        wrong = await client.post("/api/v1/view")
        assert (wrong.status, wrong.headers["Allow"]) == (405, "GET,HEAD")
        assert (await client.get("/static/%2e%2e/http.py")).status == 404


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "localhost", pytest.param("[::1]", marks=IPV6), pytest.param("::1", marks=IPV6)]
)
async def test_a_host_that_is_let_through_is_served(board: Board, host: str) -> None:
    """However loopback is written, with brackets as in an address too, the daemon binds it and says where."""
    refuse_open_binding(host, [])
    app = create_app(board, ready=ready, metrics=Scrape(Exposition()).pieces, access=Access())
    async with serving_until_stopped(app, host, 0) as address, aiohttp.ClientSession() as session:
        assert address.startswith("http://localhost:")
        literal = address.replace("localhost", "[::1]" if ":" in host else "127.0.0.1")
        assert (await session.get(f"{literal}-/healthy")).status == 200


@pytest.mark.parametrize(
    ("host", "allowed"),
    [
        ("localhost", True),
        ("LOCALHOST:8321", True),
        ("127.0.0.1:8321", True),
        ("[::1]:8321", True),
        ("[::1]", True),
        ("10.0.0.7:8321", True),
        ("board.localhost:8321", True),
        ("wall.example:8321", True),
        ("wall.example.", True),
        ("evil.example", False),
        ("wall.example.evil.example", False),
        ("localhost.evil.example", False),
        ("127.0.0.1.evil.example:8321", False),
        ("", False),
    ],
)
def test_only_known_names_are_answered(host: str, allowed: bool) -> None:
    """Loopback, IP addresses and configured names; a name pointed here by someone else is refused."""
    assert host_allowed(host, frozenset(("wall.example",))) is allowed


async def test_a_foreign_name_reads_nothing(board: Board) -> None:
    """DNS rebinding: under a name that is not ours every address answers 421, also the stream."""
    async with serving(board, hosts=("Wall.Example",)) as client:
        for place in (*PLACES, "/events", "/nowhere"):
            answer = await client.get(place, headers={"Host": "evil.example"})
            assert answer.status == 421, place
        assert (await client.get("/", headers={"Host": "wall.example:80"})).status == 200


async def test_definitions_and_phrases_are_the_catalogue(board: Board) -> None:
    """The page is given every figure and every phrase, in both languages."""
    async with serving(board) as client:
        figures = await (await client.get("/api/v1/definitions")).json()
        assert figures.keys() == FIGURES.keys()
        assert figures["asa"]["text"] == {"en": FIGURES["asa"].text_en, "zh": FIGURES["asa"].text_zh}
        words = await (await client.get("/api/v1/phrases")).json()
        assert words["en"].keys() == words["zh"].keys() == PHRASES.keys()
        assert words["zh"]["tile.waiting"] == "排队"


async def test_metrics_are_served_as_prometheus_reads_them(board: Board) -> None:
    """The content type names the format's version, and the body parses."""
    async with serving(board) as client:
        answer = await client.get("/metrics")
        assert answer.headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
        names = {family.name for family in text_string_to_metric_families(await answer.text())}
        assert "floorwatch_service_level_ratio" in names


async def test_the_view_follows_the_floor(board: Board) -> None:
    """The API answers with the latest picture, never an older one."""
    async with serving(board) as client:
        board.publish(msgspec.structs.replace(floor(), at=AT + 5_000))
        answer = await client.get("/api/v1/view")
        assert answer.headers["Cache-Control"] == "no-store"
        assert (await answer.json())["at"] == AT + 5_000
