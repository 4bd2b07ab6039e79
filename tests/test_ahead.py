"""A queue's day over HTTP: what is needed by intervals, or which of the reasons there is none."""

from __future__ import annotations

from pathlib import Path

import pytest
from structlog.testing import capture_logs

from floorwatch.ahead import Forecast, LookingAhead
from floorwatch.engine import Engine
from floorwatch.floor.settings import QueuePolicy, Settings
from floorwatch.serve.board import Board
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
