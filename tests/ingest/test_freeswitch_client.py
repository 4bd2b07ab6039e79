"""The live feed against a speaker on a real socket: log-in, lists, losses of every kind, and whole floors."""

from __future__ import annotations

import asyncio
from itertools import takewhile
from typing import Any

import pytest
from structlog.testing import capture_logs

from floorwatch.clock import WallClock
from floorwatch.engine import Engine
from floorwatch.floor import events as e
from floorwatch.floor.events import Event
from floorwatch.floor.internal import SourceDescribed
from floorwatch.floor.settings import QueuePolicy, Settings
from floorwatch.ingest.feed import Heard
from floorwatch.ingest.freeswitch.client import Connection
from floorwatch.ingest.source import InputCounts
from floorwatch.report import build_report
from simulators.flow import day_start_ms, floor_day
from simulators.freeswitch import FreeswitchSpeaker
from simulators.profile import load_profile
from simulators.profile.model import Transfer
from simulators.speaker import instant
from tests.ingest.freeswitch_floor import Ear, SetClock, listening, speaking

SMALL = load_profile("small")
DAY_MS = day_start_ms(SMALL.date, SMALL.timezone)


def staff(speaker: FreeswitchSpeaker, *agents: str) -> None:
    """Agents of the queue sales, logged in now."""
    now = WallClock().now_ms()
    for agent in agents:
        speaker.tell(e.AgentJoined(time=now, agent=agent, queue="sales"))
        speaker.tell(e.AgentStateChanged(time=now, agent=agent, state="available"))


def offer(speaker: FreeswitchSpeaker, contact: str) -> None:
    """A caller joins now."""
    speaker.tell(e.ContactOffered(time=WallClock().now_ms(), contact=contact, queue="sales"))


def answer(speaker: FreeswitchSpeaker, contact: str, agent: str) -> None:
    """The caller is answered now."""
    speaker.tell(e.ContactAnswered(time=WallClock().now_ms(), contact=contact, queue="sales", agent=agent))


async def reported(ear: Ear, n: int = 1) -> Any:
    """The n-th report of the floor."""
    await ear.until(lambda: len(ear.of(e.FloorReported)) >= n)
    return ear.of(e.FloorReported)[n - 1]


async def test_the_floor_at_work_is_reported_at_connect() -> None:
    """Who waits, who talks, who belongs to what: then events, in the names of any script."""
    async with speaking() as (speaker, port):
        staff(speaker, "李娜", "Agent: 1", "A17")
        offer(speaker, "waits")
        offer(speaker, "talks")
        answer(speaker, "talks", "李娜")
        async with listening(port) as ear:
            report = await reported(ear)
            assert report.complete
            assert len(report.waiting) == 1
            assert [(entry.agent, entry.queue) for entry in report.talking] == [("李娜", "sales")]
            assert {entry.agent for entry in report.members} == {"李娜", "Agent: 1", "A17"}
            assert {entry.state for entry in report.states} == {"available"}
            assert [type(event) for event in ear.events[:3]] == [e.SourceUp, SourceDescribed, e.FloorReported]
            answer(speaker, "waits", "Agent: 1")
            await ear.until(lambda: ear.of(e.ContactAnswered))
            assert ear.of(e.ContactAnswered)[0].agent == "Agent: 1"  # type: ignore[attr-defined]


async def test_a_cut_connection_is_down_then_a_gap_then_the_floor_again() -> None:
    """What happened meanwhile is in the lists; a caller who was known keeps the exact moment of joining."""
    async with speaking() as (speaker, port), listening(port) as ear:
        staff(speaker, "A17")
        await reported(ear)
        offer(speaker, "stays")
        offer(speaker, "leaves")
        await ear.until(lambda: len(ear.of(e.ContactOffered)) == 2)
        speaker.socket.cut()
        await ear.until(lambda: ear.of(e.SourceDown))
        speaker.tell(e.ContactAbandoned(time=WallClock().now_ms(), contact="leaves", queue="sales"))
        before = len(ear.of(e.FloorReported))
        report = await reported(ear, before + 1)
        down, (gap,) = ear.of(e.SourceDown)[0], ear.of(e.SourceGap)
        assert (down.reason, gap.since) == ("connection_lost", down.time)  # type: ignore[attr-defined]
        assert [entry.since for entry in report.waiting] == [ear.of(e.ContactOffered)[0].time]


async def test_a_connection_that_says_nothing_any_more_is_noticed() -> None:
    """Half open: it stands, and no answer to the keep-alive comes."""
    async with speaking() as (speaker, port), listening(port, silence_ms=1_800) as ear:
        await reported(ear)
        await asyncio.sleep(2.5)
        assert not ear.of(e.SourceDown), "the answers to the keep-alive are heard"
        speaker.socket.freeze()
        await ear.until(lambda: ear.of(e.SourceDown))
        assert ear.of(e.SourceDown)[0].reason == "silent"  # type: ignore[attr-defined]
        await reported(ear, 2)
        assert len(ear.of(e.SourceGap)) == 1


async def test_a_refused_password_is_said_and_logged() -> None:
    """The source is down for a reason, and the log says what to look at; the password is not in it."""
    with capture_logs() as logs:
        async with speaking() as (_, port), listening(port, password="wrong-one") as ear:
            await ear.until(lambda: ear.of(e.SourceDown))
            assert ear.of(e.SourceDown)[0].reason == "login_refused"  # type: ignore[attr-defined]
            assert not ear.of(e.SourceUp)
    (refusal,) = (entry for entry in logs if entry["event"] == "login_refused")
    assert "event_socket.conf.xml" in refusal["hint"]
    assert "wrong-one" not in repr(logs)


async def test_the_default_password_is_warned_of() -> None:
    """Everybody knows it."""
    with capture_logs() as logs:
        async with listening(1, password="ClueCon") as ear:
            await ear.until(lambda: ear.of(e.SourceDown))
            assert ear.of(e.SourceDown)[0].reason == "unreachable"  # type: ignore[attr-defined]
    assert [entry["log_level"] for entry in logs if entry["event"] == "default_password"] == ["warning"]


def test_a_password_is_not_shown_with_its_connection() -> None:
    """Neither in a log nor in a traceback."""
    assert "secret-word" not in repr(Connection("pbx", 8021, "secret-word"))


async def test_a_restart_of_the_switch_empties_the_floor() -> None:
    """New Core-UUID: its calls are gone, its agents are not."""
    async with speaking() as (speaker, port), listening(port) as ear:
        staff(speaker, "A17")
        offer(speaker, "one")
        answer(speaker, "one", "A17")
        await ear.until(lambda: ear.of(e.SourceUp))
        speaker.restart()
        await ear.until(lambda: len(ear.of(e.SourceUp)) == 2)
        assert ear.of(e.SourceUp)[1].reason == "restart"  # type: ignore[attr-defined]
        report = await reported(ear, len(ear.of(e.FloorReported)))
        assert (report.complete, report.waiting, report.talking) == (True, (), ())
        assert [entry.agent for entry in report.members] == ["A17"]


async def test_a_switch_without_the_module_stays_unknown() -> None:
    """It answers, but there is no floor to be had: down, with the reason."""
    async with speaking() as (speaker, port):
        speaker.socket._api = lambda command: f"-ERR {command.split(' ')[0]} Command not found!\n"
        async with listening(port) as ear:
            await ear.until(lambda: ear.of(e.SourceDown))
            assert ear.of(e.SourceDown)[0].reason == "no_callcenter"  # type: ignore[attr-defined]


async def test_what_was_missed_between_two_lives_of_the_daemon_is_a_gap() -> None:
    """Remembered by the journal: down since then, and a gap when it is heard again."""
    now = WallClock().now_ms()
    async with speaking() as (_, port), listening(port, heard=Heard(now - 60_000)) as ear:
        await ear.until(lambda: ear.of(e.SourceGap))
        assert [(event.time, event.reason) for event in ear.of(e.SourceDown)] == [(now - 60_000, "not_running")]  # type: ignore[attr-defined]
        assert ear.of(e.SourceGap)[0].since == now - 60_000  # type: ignore[attr-defined]


async def test_a_later_look_finds_memberships_that_changed() -> None:
    """Tiers have no events: they are asked for now and then."""
    async with speaking() as (speaker, port):
        staff(speaker, "A17", "A18")
        async with listening(port, reconcile_ms=500) as ear:
            await reported(ear)
            speaker.tell(e.AgentLeft(time=WallClock().now_ms(), agent="A18", queue="sales"))
            await ear.until(lambda: len(ear.of(e.FloorReported)[-1].members) == 1)  # type: ignore[attr-defined]


async def test_an_agent_that_is_added_is_asked_about_at_once() -> None:
    """Only the lists tell its queues and its wrap-up."""
    async with speaking() as (speaker, port), listening(port) as ear:
        await reported(ear)
        staff(speaker, "A17")
        report = await reported(ear, 2)
        assert [entry.agent for entry in report.members] == ["A17"]


async def test_a_full_inbox_slows_the_feed_down_and_loses_nothing() -> None:
    """The socket waits; nothing is dropped, and waiting for us is not taken for silence."""
    async with speaking() as (speaker, port), listening(port, room=3, silence_ms=1_800) as ear:
        await reported(ear)
        for n in range(200):
            offer(speaker, f"c{n}")
        await asyncio.sleep(2.4)
        await ear.until(lambda: len(ear.of(e.ContactOffered)) == 200)
        assert not ear.of(e.SourceDown)


# Whole floors


_SUPPORT, _TEAM = SMALL.queues["support"], SMALL.teams["support"]
BUSY = SMALL.model_copy(
    update={
        "queues": {
            "support": _SUPPORT.model_copy(
                update={"timeout_ms": 70_000, "key_ratio": 0.3, "transfer": Transfer(ratio=0.1, to="back")}
            ),
            "back": _SUPPORT.model_copy(update={"contacts": 140}),
        },
        "teams": {"support": _TEAM.model_copy(update={"agents": 14, "queues": ("support", "back")})},
        "habits": SMALL.habits.model_copy(update={"decline_ratio": 0.1}),
    }
)
"""Two queues with too few agents: every outcome occurs."""
SAME = (
    "offered answered abandoned abandoned_short answered_in_threshold abandoned_in_threshold exited unknown_entry "
    "declined transferred waiting_at_end service_level service_level_n wait_seconds_total asa_seconds wait_seconds_max "
    "abandon_ratio talk_seconds hold_seconds"
).split()
"""Everything of a queue but wrap-up, which this switch times by itself, and refusals, of which it knows none."""


def morning(until_ms: int) -> list[Event]:
    """The first hours of a simulated day."""
    events = floor_day(BUSY, 7, DAY_MS)
    return list(takewhile(lambda event: instant(event) < DAY_MS + until_ms, events))


def figures(events: list[Event]) -> dict[str, Any]:
    """What the engine makes of these events, by queue."""
    engine = Engine(Settings(queues={"support": QueuePolicy(), "back": QueuePolicy()}))
    for event in events:
        engine.advance(max(engine.now, instant(event)))
        engine.apply(event)
    report: dict[str, Any] = build_report(engine, InputCounts())
    return report["queues"]  # type: ignore[no-any-return]


async def test_a_floor_told_by_the_switch_has_the_figures_of_the_floor_itself() -> None:
    """Three hours of two queues: every count is the same and every wait and talk, to the millisecond."""
    floor = morning(10 * 3_600_000)
    clock = SetClock(instant(floor[0]) - 1_000)
    async with speaking(clock) as (speaker, port), listening(port, clock) as ear:
        await reported(ear)
        offered = 0
        for event in floor:
            clock.ms = instant(event)
            speaker.tell(event)
            if isinstance(event, e.ContactOffered):
                offered += 1
                if offered % 10 == 0:  # the clock does not run away from what is heard
                    await ear.until(lambda: len(ear.of(e.ContactOffered)) == offered)  # noqa: B023 - called at once
        speaker.tell(e.AgentJoined(time=clock.ms, agent="last", queue="back"))
        await ear.until(lambda: any(event.agent == "last" for event in ear.of(e.AgentStateChanged)))  # type: ignore[attr-defined]
    direct, told = figures(floor), figures(ear.events)
    assert direct["support"]["offered"] > 150
    assert all(direct["support"]["exited"][reason] for reason in ("timeout", "key"))
    assert direct["support"]["transferred"]
    assert direct["support"]["declined"]
    for queue in ("support", "back"):
        assert {name: told[queue][name] for name in SAME} == {name: direct[queue][name] for name in SAME}


@pytest.mark.parametrize("wrap_up_s", [0, 20])
async def test_the_wrap_up_of_the_switchs_own_clock_is_counted(wrap_up_s: int) -> None:
    """Talk and wrap-up of three contacts: the handling time is exactly theirs."""
    start = DAY_MS + 36_000_000
    clock = SetClock(start)
    async with speaking(clock, wrap_up_s) as (speaker, port):
        speaker.tell(e.AgentJoined(time=start, agent="A17", queue="support"))
        speaker.tell(e.AgentStateChanged(time=start, agent="A17", state="available"))
        async with listening(port, clock, silence_ms=1_500) as ear:
            await reported(ear)
            for n in range(3):
                at = start + 1_000 + n * 100_000
                for kind, ms in ((e.ContactOffered, 0), (e.ContactAnswered, 5_500), (e.ContactEnded, 35_500)):
                    who = {} if kind is e.ContactOffered else {"agent": "A17"}
                    speaker.tell(kind(time=at + ms, contact=f"c{n}", queue="support", **who))  # type: ignore[arg-type]
            clock.ms = start + 400_000
            states = 6 if wrap_up_s else 0
            await ear.until(lambda: len(ear.of(e.ContactEnded)) == 3 and len(ear.of(e.AgentStateChanged)) >= states)
    wrapped = [event.time for event in ear.of(e.AgentStateChanged)]
    assert wrapped == [
        start + 36_500 + n * 100_000 + after for n in range(3) for after in (0, wrap_up_s * 1000) if wrap_up_s
    ]
