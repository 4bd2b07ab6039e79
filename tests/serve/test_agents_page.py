"""The page of agents: what its stream sends of whom, and how little while nothing happens."""

from __future__ import annotations

import json
from typing import Any

from msgspec import structs

from floorwatch.engine import Engine
from floorwatch.floor import events as e
from floorwatch.floor.internal import OperatorExcused, OperatorExcuseWithdrawn
from floorwatch.floor.settings import AgentProfile, QueuePolicy, Settings
from floorwatch.metrics.schedule import Line
from floorwatch.picture import picture
from floorwatch.serve.agents_page import AgentsPage
from floorwatch.serve.board import Board, changes
from floorwatch.view import FloorView
from tests.metrics.attending import AGENT, Told, engine_of, play
from tests.serve.floors import AGENTS, AT, agent, attendance, floor
from tests.serve.grants import bearer, closed
from tests.serve.serving import events, serving

MINUTE_MS = 60_000
DAY = ["work 08:00-10:00", "break 10:00-10:15", "work 10:30-12:00"]


def seen(engine: Engine) -> dict[str, Any]:
    """What the page is sent, as it comes out of JSON."""
    found: dict[str, Any] = json.loads(json.dumps(AgentsPage().now(picture(engine, {}, individuals=True))))
    return found


def test_one_agent_out_of_adherence() -> None:
    """What is done since when and why, the lines of the day with their gaps, the exception, and the team's ratio."""
    told = Told()
    facts = [told.schedule(DAY), told.fact("08:00 available"), told.fact("09:00 paused training")]
    page = seen(play(engine_of(), facts, told.ms("09:30")))
    (one,) = page["agents"]
    assert (one["name"], one["team"], one["queues"]) == (AGENT, "red", ["sales"])
    assert (one["activity"], one["reason"], one["since"]) == ("paused", "training", told.ms("09:00"))
    kept = page["attendance"]
    activities = kept["activities"]
    work, pause = activities.index("work"), activities.index("break")
    hours = [8, work, 10, pause, 10.25, -1, 10.5, work, 12, -1]
    assert one["shift"] == [value * 3600 if place % 2 == 0 else value for place, value in enumerate(hours)]
    assert kept["day"] == told.ms("00:00")
    assert one["adherence"] == 0.66, "60 of 90 minutes, cut"
    (out,) = kept["exceptions"]
    assert (out["name"], out["kind"], out["since"], out["harm"]) == (AGENT, "other_pause", told.ms("09:00"), 0.0)
    assert "minutes" not in out
    assert kept["teams"] == [{"name": "red", "agents": 1, "adherence": 0.66, "counted_ms": 90 * MINUTE_MS}]


def test_an_agent_whose_feed_is_lost_is_unknown_and_not_idle() -> None:
    """Neither what was done before nor nothing at all: unknown, since the feed was lost; and nobody is accused."""
    told = Told()
    facts = [told.schedule(DAY), told.fact("08:00 available"), told.fact("09:00 down")]
    page = seen(play(engine_of(), facts, told.ms("09:30")))
    (one,) = page["agents"]
    assert (one["activity"], one["since"], one["reason"]) == ("unknown", told.ms("09:00"), "")
    assert page["attendance"]["exceptions"] == []


def test_what_is_excused_is_listed_with_who_when_and_why() -> None:
    """In force as long as it was not taken back."""
    told = Told()
    given = {"excuse": "k1", "agent": AGENT, "since": told.ms("09:00"), "until": told.ms("09:30"), "who": "A90"}
    at = told.ms("09:40")
    facts = [told.schedule(DAY), OperatorExcused(time=at, source="desk", why="drill", **given)]  # type: ignore[arg-type]
    engine = play(engine_of(), facts, at)
    (one,) = seen(engine)["attendance"]["excuses"]
    assert one == {"id": "k1", "why": "drill", "at": at, **{key: given[key] for key in given if key != "excuse"}}
    engine.apply(OperatorExcuseWithdrawn(time=at, source="desk", excuse="k1", who="A90", why=""))
    assert seen(engine)["attendance"]["excuses"] == []


def test_a_pause_in_some_queues_is_said_beside_what_is_done() -> None:
    """Partly paused is not paused."""
    partly = structs.replace(agent("A17"), activity="available", paused_in={"sales": "mail"}, queues=("sales", "vip"))
    wholly = structs.replace(agent("A18"), paused_in={"": "break", "sales": "mail"})
    first, second = AgentsPage().now(structs.replace(floor(), agents=(wholly, partly)))["agents"]
    assert (first["name"], first["reason"], first["paused_in"]) == ("A17", "", ["sales"])
    assert (second["name"], second["reason"], list(second["paused_in"])) == ("A18", "break", [])


def quiet_floor(agents: int) -> tuple[Engine, int]:
    """So many agents who work by the schedule since 8:00, but for every twentieth, who is late from nothing yet."""
    told = Told()
    names = [f"A{number:04d}" for number in range(agents)]
    profiles = {name: AgentProfile(team=f"team-{place // 20}", queues=("sales",)) for place, name in enumerate(names)}
    engine = Engine(Settings(queues={"sales": QueuePolicy()}, agents=profiles))
    work = (told.ms("08:00"), told.ms("16:00"))
    lines = tuple(e.ScheduledActivity(agent=name, activity="work", start=work[0], end=work[1]) for name in names)
    plan = e.ScheduleLoaded(time=0, source="schedule", version="v1", activities=lines)
    late = [name for place, name in enumerate(names) if place % 20 == 7]
    facts: list[e.Event] = [plan, *(told.fact("08:00 available", name) for name in names if name not in late)]
    facts += [told.fact("08:30 available", name) for name in late]
    return play(engine, facts, told.ms("10:02")), told.ms("10:02")


def test_a_quiet_floor_costs_next_to_nothing() -> None:
    """200 agents, ten of them 94 % adherent, for half a minute: no clock and no sum is sent each second."""
    engine, at = quiet_floor(200)
    page, sizes = AgentsPage(), []
    before = page.now(picture(engine, {}, individuals=True))
    whole = len(json.dumps(before))
    for second in range(1, 31):
        engine.advance(at + second * 1000)
        after = page.now(picture(engine, {}, individuals=True))
        sizes.append(len(json.dumps(changes(before, after))))
        before = after
    assert whole > 20_000
    assert sum(sizes) < whole / 10, "ten teams count over a tenth of an hour more every 18 s"
    assert sorted(sizes)[len(sizes) // 2] == len("[]")


def large_floor(agents: int) -> FloorView:
    """So many agents with seven lines each and three queues."""
    hour, kept = 60 * MINUTE_MS, attendance(agents)
    many = tuple(
        structs.replace(
            agent(f"agent-{number:04d}"), team=f"team-{number // 20}", queues=("billing", "queue-17", "queue-18")
        )
        for number in range(agents)
    )
    doings = ("work", "break", "work", "lunch", "work", "training", "work")
    lines = tuple(Line(kept.day + place * hour, kept.day + (place + 1) * hour, what, kept.day)
                  for place, what in enumerate(doings))  # fmt: skip
    kept = structs.replace(kept, lines={one.name: lines for one in many}, agents={one.name: kept.floor for one in many})
    return structs.replace(floor(), agents=many, attendance=kept)


async def test_five_thousand_agents_are_sent_in_less_than_one_and_a_half_megabytes() -> None:
    """The whole of it, as a page that is opened gets it from the real stream."""
    board = Board()
    board.publish(large_floor(5_000))
    line = {"read_bufsize": 2**20}  # aiohttp's reader takes lines of twice as much
    async with serving(board, individuals=True) as client, client.get("/events/agents", **line) as answer:
        async for event, content in events(answer):
            if event == "extra":
                assert len(content["agents"]) == 5_000
                assert len(json.dumps(content, separators=(",", ":"))) < 1_500_000
                break


async def test_names_go_to_leads_and_to_nobody_else() -> None:
    """The stream is a lead's; the public one and the files of the page hold no name, nor what is excused."""
    board = Board()
    board.publish(floor())
    async with serving(board, individuals=True, access=closed()) as client:
        for role, status in (("viewer", 403), ("metrics", 403), ("lead", 200), ("supervisor", 200)):
            for place in ("/events/agents", "/agents"):
                async with client.get(place, headers=bearer(role)) as answer:  # type: ignore[arg-type]
                    assert answer.status == status, (role, place)
        async with client.get("/events/agents") as answer:
            assert answer.status == 401
        async with client.get("/events", headers=bearer("lead")) as answer:
            async for event, content in events(answer):
                if event == "view":
                    assert not any(name in json.dumps(content, ensure_ascii=False) for name in AGENTS)
                    break


async def test_where_nobody_is_to_be_named_there_is_no_such_stream() -> None:
    """The page stays, to say what would open it."""
    board = Board()
    board.publish(floor(AT))
    async with serving(board, individuals=False) as client:
        assert (await client.get("/events/agents")).status == 404
        assert "closed.js" in await (await client.get("/agents")).text()
