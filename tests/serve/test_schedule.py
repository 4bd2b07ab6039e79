"""`PUT /api/v1/schedule` over a real connection: what is taken, what is refused and how, and who may."""

from __future__ import annotations

import asyncio
import io
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiohttp.test_utils import TestClient
from structlog.testing import capture_logs

from floorwatch.ingest.schedule import intake
from floorwatch.ingest.schedule.receiver import ScheduleReceiver
from floorwatch.metrics.calendar import Calendar
from floorwatch.serve.auth import Role
from floorwatch.serve.board import Board
from floorwatch.serve.schedule_route import BYTES_MAX
from tests.ingest.schedule.taking import Taking, schedule, taking
from tests.ingest.schedule.test_xlsx import EIGHT, HEADER, TWELVE, workbook
from tests.serve.grants import bearer, closed
from tests.serve.serving import serving

PLACE = "/api/v1/schedule"
BAD_LINE = "A18,wrok,2026-03-02T08:00,2026-03-02T12:00,w10\n"

Client = TestClient[Any, Any]


@asynccontextmanager
async def served(limit: int = 10_000, *, keeping: bool = True) -> AsyncIterator[tuple[Client, Taking]]:
    async with taking(limit=limit, keeping=keeping) as what:
        receiver = ScheduleReceiver(what.intake, Calendar("Europe/Berlin", 0, 900_000))
        async with serving(Board(), access=closed(), receive_schedule=receiver.receive) as client:
            yield client, what


async def put(
    client: Client, body: bytes, query: str = "", role: Role = "supervisor", **headers: str
) -> tuple[int, Any]:
    answer = await client.put(PLACE + query, data=io.BytesIO(body), headers={**bearer(role), **headers})
    return answer.status, await answer.json()


async def test_a_schedule_is_put_in_force_by_one_event_with_its_actor() -> None:
    """The answer says what was taken; the journal will know the token's name."""
    async with served() as (client, what):
        status, said = await put(client, schedule(), "?name=week10.csv")
        assert (status, said["outcome"], said["version"], said["taken"]) == (200, "loaded", "w10", 1)
        assert (said["agents"], said["days"], said["format"], said["encoding"]) == (1, ["2026-03-02"], "csv", "utf-8")
        assert (said["refused_count"], said["refused"], said["notes"]) == (0, [], [])
        assert what.versions == ["w10"]
        assert {arrival.actor for arrival in what.arrivals} == {"supervisor of A17"}


async def test_the_same_schedule_again_changes_nothing_another_does() -> None:
    """Idempotent: one event for the same version and lines, however often it comes; the one before may come back."""
    async with served() as (client, what):
        for version in ("w10", "w10", "w11", "w10"):
            assert (await put(client, schedule(version)))[0] == 200
        assert what.versions == ["w10", "w11", "w10"]
        assert (await put(client, schedule()))[1]["outcome"] == "unchanged"


async def test_good_lines_are_taken_and_the_others_named() -> None:
    """Partial import, reported: line, agent, what is wrong and the fix, in both languages."""
    async with served() as (client, what):
        status, said = await put(client, schedule(more=BAD_LINE))
        assert (status, said["taken"], said["refused_count"]) == (200, 1, 1)
        (refused,) = said["refused"]
        assert {name: refused[name] for name in ("line", "agent", "reason")} == {
            "line": 3, "agent": "A18", "reason": "unknown_activity",
        }  # fmt: skip
        assert refused["why"]["en"] == "there is no activity 'wrok'"
        assert refused["fix"]["zh"].startswith("是否指“work”？")
        assert what.versions == ["w10"]


@pytest.mark.parametrize(
    ("body", "query"),
    [(b"agent,activity,start,end\n" + BAD_LINE.encode()[:-5], ""), (schedule(more=BAD_LINE), "?strict=1"), (b"", ""),
     (b"PK\x03\x04nothing", "")],
)  # fmt: skip
async def test_nothing_good_or_nothing_partial_changes_nothing(body: bytes, query: str) -> None:
    """422, with every refusal, and no event."""
    async with served() as (client, what):
        status, said = await put(client, body, query)
        assert (status, said["outcome"], said["taken"]) == (422, "refused", 0)
        assert said["refused_count"] == len(said["refused"]) == 1
        assert said["error"].endswith("nothing was taken")
        assert what.arrivals == []


async def test_a_workbook_is_known_by_its_content() -> None:
    """Whatever the Content-Type says; its refusals name the sheet."""
    async with served() as (client, what):
        body = workbook([HEADER, ["A17", "work", EIGHT, TWELVE], ["A17", "wrok", EIGHT, TWELVE]], "排班")
        status, said = await put(client, body, **{"Content-Type": "text/csv"})
        assert (status, said["format"], said["taken"]) == (200, "xlsx", 1)
        assert (said["refused"][0]["sheet"], said["refused"][0]["line"]) == ("排班", 3)
        assert said["version"].startswith("schedule@")
        assert len(what.versions) == 1


@pytest.mark.parametrize(
    ("role", "status"),
    [("viewer", 403), ("lead", 403), ("ingest", 403), ("metrics", 403), ("supervisor", 200), ("admin", 200)],
)
async def test_supervisors_plan_nobody_else_does(role: Role, status: int) -> None:
    """Who may only look, or only send events, may not."""
    async with served() as (client, what):
        assert (await put(client, schedule(), role=role))[0] == status
        assert bool(what.arrivals) == (status == 200)


async def test_sixteen_mebibytes_and_no_more() -> None:
    """A body of the limit is read, though other places take less; one byte more is refused while it is read."""
    async with served() as (client, what):
        assert (await put(client, schedule() + b" " * (BYTES_MAX - len(schedule()))))[0] == 200
        status, said = await put(client, b"x" * (BYTES_MAX + 1))
        assert status == 413
        assert str(BYTES_MAX) in said["error"]
        assert len(what.versions) == 1


@pytest.mark.parametrize(
    ("query", "headers", "status"),
    [("?strict=yes", {}, 400), ("?name=", {}, 400), ("?name=" + "x" * 201, {}, 400),
     ("", {"Content-Encoding": "gzip"}, 415)],
)  # fmt: skip
async def test_what_cannot_be_meant_is_refused_with_the_way_out(
    query: str, headers: dict[str, str], status: int
) -> None:
    """Before the body is looked at."""
    async with served() as (client, what):
        answered, said = await put(client, schedule(), query, **headers)
        assert (answered, bool(said["error"]), what.arrivals) == (status, True, [])


@pytest.mark.parametrize(
    ("query", "said"),
    [("?nmae=x", "there is no parameter 'nmae'; did you mean 'name'?"),
     ("?name=x&Strict=1", "there is no parameter 'Strict'; did you mean 'strict'?"),
     ("?version=7", "there is no parameter 'version'; there are: name, strict")],
)  # fmt: skip
async def test_a_mistyped_parameter_takes_nothing(query: str, said: str) -> None:
    """Else the document would be taken under another name, beside the one it was to replace."""
    async with served() as (client, what):
        assert await put(client, schedule(), query) == (400, {"error": said})
        assert what.arrivals == []


async def test_the_answer_waits_for_the_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    """No 200 before it is durable; sent again it is the same schedule, not a second one."""
    async with served(keeping=False) as (client, what):
        monkeypatch.setattr(intake, "DURABLE_WITHIN_S", 0.05)
        assert (await put(client, schedule()))[0] == 503
        answer = await client.put(PLACE, data=schedule(), headers=bearer("supervisor"))
        assert (answer.status, answer.headers["Retry-After"]) == (503, "5")
        monkeypatch.setattr(intake, "DURABLE_WITHIN_S", 5)
        again = asyncio.create_task(put(client, schedule()))
        await asyncio.sleep(0.05)
        assert not again.done()
        for arrival in await what.inbox.take(0):
            what.arrivals.append(arrival)
            assert arrival.durable is not None
            arrival.durable()
        assert (await again)[1]["outcome"] == "unchanged"
        assert what.versions == ["w10"]


async def test_a_full_inbox_is_said() -> None:
    """429: nothing was taken, not even a part."""
    body = b"agent,activity,start,end,team\nA17,work,2026-03-02T08:00,2026-03-02T09:00,red\n"
    async with served(limit=1, keeping=False) as (client, what):
        status, said = await put(client, body)
        assert (status, said["outcome"], len(what.inbox)) == (429, "full", 0)


async def test_who_handed_it_in_is_logged_and_no_agent_is() -> None:
    """The log names the token and the figures."""
    async with served() as (client, _):
        with capture_logs() as logged:
            await put(client, schedule(more=BAD_LINE), "?name=week10.csv")
    (line,) = [line for line in logged if line["event"] == "schedule"]
    assert (line["actor"], line["document"], line["lines"], line["refused"]) == (
        "supervisor of A17",
        "week10.csv",
        1,
        1,
    )
    assert "A18" not in str(logged)


async def test_the_floor_is_served_while_a_large_schedule_is_read() -> None:
    """Reading happens aside: other requests are answered in between, each within a fraction of it."""
    lines = "".join(f"A17,work,2026-03-02T08:00,2026-03-02T{n % 24:02d}:00,w10\n" for n in range(15_000))
    async with served() as (client, _):
        loop = asyncio.get_running_loop()
        began_s = loop.time()
        reading = asyncio.create_task(put(client, schedule(more=lines)))
        waits_s = []
        while not reading.done():
            asked_s = loop.time()
            assert (await client.get("/healthz")).status == 200
            waits_s.append(loop.time() - asked_s)
        took_s = loop.time() - began_s
        assert (await reading)[1]["refused_count"] == 15_000
    assert len(waits_s) > 10
    assert max(waits_s) < max(0.25, took_s / 2)
