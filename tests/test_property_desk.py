"""docs/examples/property-desk: the figures worked out by hand are those the product gives."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from floorwatch.config import load_config
from floorwatch.floor.hours import BusinessClock
from floorwatch.floor.settings import Settings
from floorwatch.replay import replay

FOLDER = Path(__file__).parents[1] / "docs/examples/property-desk"
ZONE = ZoneInfo("Asia/Shanghai")


def rows_of(heading: str) -> list[list[str]]:
    """The cells of the rows of the README's table whose first heading this is."""
    lines = (FOLDER / "README.md").read_text(encoding="utf-8").splitlines()
    start = next(n for n, line in enumerate(lines) if line.startswith(f"| {heading} |")) + 2
    table = lines[start : next(n for n in range(start, len(lines)) if not lines[n].startswith("|"))]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in table]


@pytest.fixture(scope="module")
def desk() -> Settings:
    return load_config(FOLDER / "floorwatch.yaml").settings()


@pytest.fixture(scope="module")
def report(desk: Settings) -> Any:
    return replay([FOLDER / "events.jsonl"], desk)


def test_every_queue_by_hand(report: Any) -> None:
    """Counts, service levels and mean waits, of all four channels."""
    rows = rows_of("queue")
    assert {row[0] for row in rows} == set(report["queues"])
    for name, *figures in rows:
        queue = report["queues"][name]
        formula = queue["target"]["formula"]
        counts = ["offered", "answered", "answered_in_threshold", "abandoned", "abandoned_short"]
        found = [queue[count] for count in counts]
        found += [sum(queue["exited"].values()), queue["waiting_at_end"], queue["service_level_n"][formula]]
        assert found == [int(figure) for figure in figures[:8]], name
        assert round(queue["service_level"][formula], 4) == float(figures[8]), name
        assert queue["asa_seconds"] == pytest.approx(float(figures[9])), name


def test_every_message_by_hand(desk: Settings) -> None:
    """The business time of each message, and whether that was in time."""
    policy = desk.queues["messages"]
    assert policy.hours is not None
    clock = BusinessClock(policy.hours, desk.timezone)
    for _, arrives, replied, minutes, verdict in rows_of("message"):
        entered = int(datetime.fromisoformat(arrives).replace(tzinfo=ZONE).timestamp()) * 1000
        if not replied:
            continue
        answered = int(datetime.fromisoformat(replied).replace(tzinfo=ZONE).timestamp()) * 1000
        assert clock.elapsed_ms(entered, answered) == int(minutes) * 60_000
        assert (answered <= clock.last_within(entered, policy.threshold_ms)) is verdict.startswith("met")


def test_the_quarter_with_two_chats_at_once_by_hand(report: Any) -> None:
    """Busy for two thirds of it, loaded for one; talk is more than the agent's time."""
    chat = report["queues"]["chat"]
    quarter = next(row for row in chat["intervals"] if row["start"].startswith("2026-04-03T14:00"))
    found = [quarter["occupancy"], quarter["load_occupancy"], chat["talk_seconds"], chat["aht_seconds"]]
    assert [round(figure, 4) for figure in found] == [float(row[2]) for row in rows_of("of the quarter from 14:00")]
    assert report["agents"]["Lin"]["seconds"]["talking"] == 600.0


def test_by_elapsed_time_the_desk_would_be_blamed_for_a_holiday(tmp_path: Path) -> None:
    """The same events without the hours: two of seven, as the page says."""
    text = (FOLDER / "floorwatch.yaml").read_text(encoding="utf-8")
    path = tmp_path / "floorwatch.yaml"
    path.write_text(text.replace("    hours: {mon-sat: 08:30-18:00}\n", ""), encoding="utf-8")
    messages = replay([FOLDER / "events.jsonl"], load_config(path).settings())["queues"]["messages"]
    assert (messages["answered_in_threshold"], messages["service_level"]["short_abandons_excluded"]) == (2, 2 / 7)


def test_a_callback_is_one_visit_in_each_queue(report: Any) -> None:
    """Left the line as an exit, promised anew: counted once in each, answered once, in nobody's abandons."""
    repairs, callbacks = report["queues"]["repairs"], report["queues"]["callbacks"]
    assert repairs["exited"] == {"callback": 1}
    assert callbacks["answered"] + repairs["answered"] == 4
    assert callbacks["target"]["threshold_seconds"] == 3600.0
