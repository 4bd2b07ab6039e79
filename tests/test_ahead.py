"""A queue's day over HTTP: what is needed by intervals, or which of the reasons there is none."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from floorwatch import ahead
from floorwatch.ahead import Forecast, LookingAhead
from floorwatch.engine import Engine
from floorwatch.floor.internal import RulesForeseen
from floorwatch.floor.settings import QueuePolicy, Settings
from floorwatch.serve.board import Board
from tests.metrics.attending import play
from tests.metrics.test_outlook import TOLD, contact, floor, morning
from tests.serve.serving import serving

NOON_MS = 1_772_452_800_000
"""2026-03-02 12:00 UTC."""
HEADING = "queue,start,contacts\n"
TODAY = "sales,2026-03-02T12:00,20\n"
LATER = "sales,2026-03-03T12:00,20\n"


@pytest.mark.parametrize(
    ("forecast", "queue", "said"),
    [
        (None, "nope", "there is no queue 'nope'"),
        (None, "sale", "there is no queue 'sale'; did you mean 'sales'?"),
        (None, "sales", "no forecast: name a file in staffing.forecast"),
        ("x", "sales", "the file of staffing.forecast could not be read: the log says why"),
        (HEADING + LATER, "sales", "the file of staffing.forecast has no line of queue 'sales' today"),
        (
            HEADING + TODAY.replace("sales", "Sales "),
            "support",
            "the file of staffing.forecast has no line of queue 'support'",
        ),
        (HEADING + TODAY, "sales", ""),
    ],
)
async def test_a_day_or_the_reason_there_is_none(tmp_path: Path, forecast: str | None, queue: str, said: str) -> None:
    """Not a queue, not a forecast, not a line of today: each is said by its own sentence, with the way out."""
    path = tmp_path / "forecast.csv"
    path.write_text(forecast or "", encoding="utf-8")
    engine = Engine(Settings(queues={"sales": QueuePolicy(), "support": QueuePolicy()}))
    engine.advance(NOON_MS)
    looking = LookingAhead(engine, None if forecast is None else path)
    looking._forecast.refresh()
    async with serving(Board(), staffing=looking.day) as client:
        answer = await client.get(f"/api/v1/staffing/{queue}")
        found = await answer.json()
    assert (answer.status, found.get("error", "")) == (404 if said else 200, said)
    if not said:
        assert [interval["forecast"] for interval in found["intervals"]] == [20]


def test_refused_lines_of_the_forecast_are_warned_of(tmp_path: Path) -> None:
    """A file that is read as a whole is news; one with a line that is left out is a warning that names it."""
    path = tmp_path / "forecast.csv"
    forecast = Forecast(path, Settings())
    said = []
    for text in (HEADING + TODAY, HEADING + TODAY + "sales,soon,20\n"):
        path.write_text(text, encoding="utf-8")
        with capture_logs() as logs:
            forecast.refresh()
        said += [(log["log_level"], log["event"], [line[:22] for line in log["refused"]]) for log in logs]
    assert said == [("info", "forecast", []), ("warning", "forecast", ["line 3: start is 'soon"])]


async def test_what_an_alert_advises_is_said_of_queues_in_trouble_alone() -> None:
    """Of a queue with an alert what the trials foresee is said, and the engine keeps it; of other queues nothing is."""
    engine = floor()
    waiting = [fact for n in range(30) for fact in contact(60 + n, f"08:30:{n:02d}", 0, None)]
    quiet = contact(99, "08:20", 5, 60_000, queue="other")
    facts = sorted([*morning(), *waiting, *quiet], key=lambda fact: fact.time)  # type: ignore[arg-type, return-value]
    play(engine, facts, TOLD.ms("08:32"))
    said: list[RulesForeseen] = []

    async def say(event: RulesForeseen) -> None:
        said.append(event)

    looking = LookingAhead(engine, say=say)
    assert {alert.subject for alert in engine.watch.pending_and_firing()} == {"sales"}
    assert looking._due(1_000.0) == "sales"
    for name in ("other", "sales"):
        await looking.ask(name)
    (found,) = said
    assert (found.queue, found.source, found.time, found.until) == ("sales", "rules", engine.now, TOLD.ms("09:00"))
    assert (found.present, found.missing) == (4, "")
    assert found.chance_without is not None
    assert found.chance_without < 0.5
    assert engine.apply(found) == []
    assert engine.watch.gauges.foreseen_now("sales", engine.now) == found


async def test_a_queue_that_gets_into_trouble_is_next() -> None:
    """However lately it was asked for its outlook: who is alerted wants to know now."""
    engine = floor()
    play(engine, sorted(morning(), key=lambda fact: fact.time), TOLD.ms("08:29"))  # type: ignore[arg-type, return-value]
    looking = LookingAhead(engine, say=lambda event: asyncio.sleep(0))
    looking._asked_s = {"sales": 100.0, "other": 95.0}
    assert looking._due(101.0) is None
    assert looking._due(106.0) == "other"
    waiting = [fact for n in range(30) for fact in contact(60 + n, f"08:30:{n:02d}", 0, None)]
    play(engine, waiting, TOLD.ms("08:32"))
    assert looking._due(101.0) == "sales"
    looking._advised_s["sales"] = 101.0
    assert looking._due(102.0) is None


async def test_trials_that_fail_end_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """A bug there costs the advice about that queue, and the log says so: the floor is watched all the same."""

    def broken(*_: object) -> None:
        raise KeyError("a bug")

    monkeypatch.setattr(ahead, "foreseen", broken)
    engine = floor()
    waiting = [fact for n in range(30) for fact in contact(60 + n, f"08:30:{n:02d}", 0, None)]
    play(engine, sorted([*morning(), *waiting], key=lambda fact: fact.time), TOLD.ms("08:32"))  # type: ignore[arg-type, return-value]
    said: list[RulesForeseen] = []

    async def say(event: RulesForeseen) -> None:
        said.append(event)

    looking = LookingAhead(engine, say=say)
    with capture_logs() as logs:
        await looking.ask("sales")
    assert [log["event"] for log in logs] == ["advice_failed"]
    assert looking.latest["sales"].outlook is not None
    assert said == []
