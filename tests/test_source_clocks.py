"""A switch whose clock is wrong, from arrival to report: the figures are those of a switch whose clock is right."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from floorwatch.engine import Engine
from floorwatch.floor import events as e
from floorwatch.floor.events import Event
from floorwatch.floor.internal import Journalled, SourceClock
from floorwatch.floor.settings import Settings
from floorwatch.ingest.clocks import SourceClocks
from floorwatch.ingest.source import Delivery, InputCounts
from floorwatch.picture import picture
from floorwatch.replay import replay
from floorwatch.report import build_report

T0 = 1_772_500_500_000
STEP_AT = T0 + 1_200_000
END = T0 + 2_400_000

Clock = Callable[[int], int]
"""By how much the switch's clock is behind ours, at an instant of ours."""

CLOCKS: dict[str, Clock] = {
    "40 s slow": lambda at: 40_000,
    "15 s fast": lambda at: -15_000,
    "set back by 40 s": lambda at: 40_000 if at >= STEP_AT else 0,
    "set ahead by 40 s": lambda at: -40_000 if at >= STEP_AT else 0,
    "40 s slow, then put right": lambda at: 0 if at >= STEP_AT else 40_000,
}


def _time(event: Event) -> int:
    assert isinstance(event.time, int)
    return event.time


def _floor(*, ordered: bool) -> list[Delivery]:
    """Forty minutes as they happen, and when each fact reaches us. Agents are heard of every second and a half.

    Half a minute at the beginning, and after a clock may be set, nobody calls: these are the first few events.
    """
    dice = random.Random(7)
    facts: list[Event] = [
        e.AgentStateChanged(time=at, source="switch", agent=f"A{at // 1_500 % 9}", state="available")
        for at in range(T0, END, 1_500)
    ]
    at, number = T0 + 30_000, 0
    while (at := at + dice.randint(2_000, 14_000)) < END - 300_000:
        if STEP_AT - 30_000 < at < STEP_AT + 30_000:
            continue
        number += 1
        contact: dict[str, Any] = {"source": "switch", "contact": f"c{number}", "queue": "sales"}
        wait_ms = dice.choice((4_000, 12_000, 18_900, 21_100, 45_000, 140_000))
        if STEP_AT < at + wait_ms < STEP_AT + 30_000:
            wait_ms += 30_000
        talk_ms = 90_000 if not STEP_AT < at + wait_ms + 90_000 < STEP_AT + 30_000 else 130_000
        agent = f"T{number}"
        facts.append(e.ContactOffered(time=at, **contact))
        if number % 5:
            facts.append(e.ContactAnswered(time=at + wait_ms, agent=agent, **contact))
            facts.append(e.ContactEnded(time=at + wait_ms + talk_ms, agent=agent, **contact))
        else:
            facts.append(e.ContactAbandoned(time=at + wait_ms, **contact))
    facts.sort(key=_time)
    if ordered:
        facts = [msgspec.structs.replace(fact, seq=seq) for seq, fact in enumerate(facts, start=1)]
    arrived, last = [], 0
    for fact in facts:
        last = max(last, _time(fact) + dice.randint(20, 300))
        arrived.append((last, fact))
    return arrived


def _told_by(clock: Clock, arriving: Iterable[Delivery]) -> list[Delivery]:
    return [(at, msgspec.structs.replace(fact, time=_time(fact) - clock(_time(fact)))) for at, fact in arriving]


def _journal(arriving: Iterable[Delivery]) -> list[Delivery]:
    """What the driver would journal: the stage between the inbox and the engine."""
    clocks = SourceClocks()
    return [(at, said) for at, event in arriving for said in clocks.hear(event, at)]


def _run(journal: Iterable[Delivery], engine: Engine | None = None) -> tuple[Engine, list[int | None]]:
    """The engine at the end, and the longest wait as it was shown every ten seconds."""
    engine, waits, probe = engine or Engine(Settings(timezone="UTC")), [], T0 + 60_000
    for at, event in journal:
        while probe < at:
            engine.advance(probe)
            view = picture(engine, {}, individuals=False)
            waits.append(view.queues[0].longest_wait_ms if view.queues else None)
            probe += 10_000
        engine.advance(at)
        engine.apply(event)
    return engine, waits


def _alerts(engine: Engine) -> list[tuple[str, str, int, int]]:
    """What fired, and the seconds in which it fired and was resolved: the shortest delay moves all by some ms."""
    return [
        (alert.rule.name, alert.subject, round((alert.fired_at or 0) / 2_000), round((alert.resolved_at or 0) / 2_000))
        for alert in engine.watch.history
        if alert.rule.name not in ("clock_offset", "projection_miss")
    ]


def _certain(engine: Engine) -> list[int]:
    """When a miss was certain. The bound comes down by whole contacts, one in some seconds, and by one more or less
    where a delay puts a contact on the other side of the edge of a window."""
    return [alert.fired_at or 0 for alert in engine.watch.history if alert.rule.name == "projection_miss"]


COUNTED = (
    "offered answered abandoned abandoned_short answered_in_threshold service_level service_level_n unknown_entry "
    "handled waiting_at_end"
).split()
TIMED = ("wait_seconds_total", "wait_seconds_max", "talk_seconds")


@pytest.mark.parametrize("ordered", [False, True], ids=["as it comes", "in order"])
@pytest.mark.parametrize("name", CLOCKS)
def test_figures_are_those_of_a_switch_whose_clock_is_right(name: str, ordered: bool) -> None:
    """No hit becomes a miss, the longest wait ticks right, no alert is invented, no visit comes undone."""
    arriving = _floor(ordered=ordered)
    right, right_waits = _run(_journal(arriving))
    wrong, waits = _run(_journal(_told_by(CLOCKS[name], arriving)))
    assert sum(wait is not None for wait in right_waits) > 100
    for ours, theirs in zip(waits, right_waits, strict=True):
        assert (ours is None) == (theirs is None)
        assert ours is None or theirs is None or abs(ours - theirs) <= 300
    assert len(_alerts(right)) > 1, "a floor without alerts would prove nothing"
    assert _alerts(right) == _alerts(wrong)
    assert _certain(wrong) == [pytest.approx(at, abs=6_000) for at in _certain(right)]
    expected = build_report(right, InputCounts())["queues"]["sales"]
    report = build_report(wrong, InputCounts())
    assert {key: report["queues"]["sales"][key] for key in COUNTED} == {key: expected[key] for key in COUNTED}
    for key in TIMED:  # what went on while the clock was set is off by the difference of two delays, under 0.3 s each
        assert report["queues"]["sales"][key] == pytest.approx(expected[key], abs=0.3 * 12)
    assert not report["input"]["anomalies"]


@pytest.mark.parametrize(
    ("name", "ordered", "uncorrected_max"),
    [("40 s slow", False, 10), ("15 s fast", False, 3), ("set back by 40 s", False, 10), ("set back by 40 s", True, 4)],
)
def test_only_the_first_few_events_are_not_corrected(name: str, ordered: bool, uncorrected_max: int) -> None:
    """Events a second or more apart: ten of a clock that is behind, three of one that is ahead, or went back in an
    ordered stream."""
    arriving = _floor(ordered=ordered)
    corrected = [event for _, event in _journal(_told_by(CLOCKS[name], arriving)) if type(event) is not SourceClock]
    wrong = [
        fact.time for (_, fact), event in zip(arriving, corrected, strict=True) if abs(_time(event) - _time(fact)) > 300
    ]
    assert 0 < len(wrong) <= uncorrected_max


def test_the_journal_alone_makes_the_same_floor() -> None:
    """Times are journalled corrected and the offset is an event: replaying needs no estimate, on any machine."""
    journal = _journal(_told_by(CLOCKS["set back by 40 s"], _floor(ordered=False)))
    lines = [(at, msgspec.json.encode(event)) for at, event in journal]
    read = msgspec.json.Decoder(Journalled).decode
    live, _ = _run(journal)
    again, _ = _run((at, read(line)) for at, line in lines)
    assert again.feeds["switch"].clock_offset_ms == live.feeds["switch"].clock_offset_ms != 0
    assert build_report(again, InputCounts()) == build_report(live, InputCounts())


def test_without_the_stage_a_slow_clock_would_spoil_the_day() -> None:
    """The test before is worth something: uncorrected, hits are misses and contacts wait 40 s longer than they do."""
    arriving = _floor(ordered=False)
    right, right_waits = _run(arriving)
    wrong, waits = _run(_told_by(CLOCKS["40 s slow"], arriving))
    assert waits != right_waits
    assert _alerts(wrong) != _alerts(right)


def test_the_alert_says_which_clock_and_clears_when_it_is_right_again() -> None:
    """Fired when found, labelled with the source, resolved a minute after the clock was put right."""
    engine, _ = _run(_journal(_told_by(CLOCKS["40 s slow, then put right"], _floor(ordered=False))))
    [alert] = [alert for alert in engine.watch.history if alert.rule.name == "clock_offset"]
    assert alert.labels == {"source": "switch"}
    assert alert.fired_at is not None
    assert alert.fired_at < T0 + 20_000
    assert alert.value_at_fire is not None
    assert abs(alert.value_at_fire - 40_000) <= 300
    assert alert.resolved_at is not None
    assert STEP_AT + 60_000 <= alert.resolved_at <= STEP_AT + 70_000
    said = next(said for said in build_report(engine, InputCounts())["alerts"] if said["rule"] == "clock_offset")
    assert said["labels"] == {"source": "switch"}
    assert said["message"] == "switch: its clock is 40 s behind ours; its times are corrected"


def test_a_replay_with_arrivals_runs_the_same_stage(tmp_path: Path) -> None:
    """A recording of a slow switch makes the figures of a right one; without arrivals nothing is guessed."""
    right = _floor(ordered=False)
    wrong = _told_by(CLOCKS["40 s slow"], right)
    reports = {}
    for name, arriving in (("right", right), ("wrong", wrong)):
        path = tmp_path / f"{name}.jsonl"
        told = (msgspec.structs.replace(event, received=at) for at, event in arriving)
        path.write_bytes(b"".join(msgspec.json.encode(event) + b"\n" for event in told))
        reports[name] = replay([path], Settings())
    ours, theirs = (reports[name]["queues"]["sales"] for name in ("wrong", "right"))
    assert {key: ours[key] for key in (*COUNTED, *TIMED)} == {key: theirs[key] for key in (*COUNTED, *TIMED)}
    assert [alert["rule"] for alert in reports["wrong"]["alerts"]].count("clock_offset") == 1
    bare = tmp_path / "bare.jsonl"
    bare.write_bytes(b"".join(msgspec.json.encode(event) + b"\n" for _, event in wrong))
    assert [alert["rule"] for alert in replay([bare], Settings())["alerts"]].count("clock_offset") == 0
