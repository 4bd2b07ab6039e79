"""Schedules in the daemon: watched and handed in, journalled, kept over a restart, and known to the engine."""

from __future__ import annotations

import json
import sqlite3
import urllib.error
import urllib.request
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from floorwatch.config import load_config
from floorwatch.config.problems import ConfigError
from floorwatch.engine import Engine
from floorwatch.floor.events import AgentDescribed, ContactOffered, ScheduledActivity, ScheduleLoaded
from floorwatch.floor.settings import Settings
from floorwatch.ingest.events import OBJECT_BYTES_MAX, EventReader, EventsRecording
from floorwatch.ingest.schedule import read_schedule
from floorwatch.store.export import exported
from floorwatch.store.recover import recover
from tests.running import Running, floorwatch
from tests.store.journals import DAY_MS, START_MS, encode, kept, offered

CONFIG = """
site: {name: hall, timezone: Europe/Berlin}
http: {port: 0}
agents: {A17: {}, A18: {}}
schedule: {path: plans, poll: 100ms}
sources: {pbx: {type: events, path: input}}
"""
TODAY = datetime.now(UTC).date()


def _document(version: str, agent: str = "A17", day: int = 0) -> bytes:
    date = TODAY + timedelta(days=day)
    return (
        f"agent,activity,start,end,version\n{agent},work,{date}T08:00,{date}T12:00,{version}\nZoe,work,x,y,\n".encode()
    )


def _put(running: Running, body: bytes, query: str = "") -> tuple[int, Any]:
    request = urllib.request.Request(f"{running.address}/api/v1/schedule{query}", data=body, method="PUT")
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as refused:
        with refused:
            return refused.code, json.load(refused)


def _journalled(folder: Path) -> list[str]:
    """The versions in the journal, in order; it may be written meanwhile."""
    try:
        lines = [json.loads(line) for line in exported(folder / "journal")]
    except sqlite3.OperationalError:  # its newest file has no table yet
        return []
    return [line["version"] for line in lines if line["type"] == "schedule.loaded"]


def test_watched_and_handed_in_journalled_and_kept_over_a_restart(tmp_path: Path) -> None:
    """Both ways into one journal; after a restart what was handed in stands, until the file says something new."""
    config, plans = tmp_path / "floorwatch.yaml", tmp_path / "plans"
    config.write_text(CONFIG, encoding="utf-8")
    plans.mkdir()
    (tmp_path / "input").touch()
    (plans / "week.csv").write_bytes(_document("file 1"))
    with floorwatch(tmp_path / "log", "run", "--config", str(config)) as running:
        running.wait_for(lambda: _journalled(tmp_path) == ["file 1"], 10)
        status, said = _put(running, _document("put 1"), "?name=edit")
        assert (status, said["taken"], said["refused"][0]["line"]) == (200, 1, 3)
        assert _put(running, _document("put 2"), "?strict=1")[0] == 422
        assert _journalled(tmp_path) == ["file 1", "put 1"]
        assert [source["name"] for source in running.get("/api/v1/view")["sources"]] == ["pbx"]
        assert running.stop() == 0
    with floorwatch(tmp_path / "log2", "run", "--config", str(config)) as running:
        assert _put(running, _document("put 1"))[1]["outcome"] == "unchanged"
        (plans / "new").write_bytes(_document("file 2"))
        (plans / "new").rename(plans / "week.csv")
        running.wait_for(lambda: _journalled(tmp_path) == ["file 1", "put 1", "file 2"], 10)
        assert running.stop() == 0


async def test_a_schedule_outlasts_the_days_that_are_counted_anew(tmp_path: Path) -> None:
    """New settings, no snapshot: two days are counted anew, and last week's schedule of today still stands."""
    plan = read_schedule(
        b"agent,activity,start,end,team\nA17,work,2024-10-11T08:00,2024-10-11T12:00,red", "s", "UTC", {}
    )
    planned = plan.events(START_MS + 1)
    days = [offered(n, START_MS + n * DAY_MS) for n in range(8)]
    await kept(tmp_path, [days[0], *planned, *days[1:]])
    engine = recover(tmp_path, Settings(), 11).engine
    assert engine.applied == 3
    assert [line.activity for line in engine.books.attendance.schedule.lines["A17"]] == ["work"]
    assert engine.books.agents["A17"].team == "red"


def _loaded(agents: int) -> ScheduleLoaded:
    return ScheduleLoaded(
        time=START_MS, source="schedule", version="w1",
        activities=tuple(ScheduledActivity(agent=f"A{n}", activity="work", start=START_MS, end=START_MS + 1_000_000)
                         for n in range(agents)),
    )  # fmt: skip


def test_a_schedule_of_a_whole_floor_is_read_back_from_an_export(tmp_path: Path) -> None:
    """In a file a schedule may be larger than other events; on a feed, and for other events, it may not."""
    path, line = tmp_path / "export.jsonl", encode(_loaded(1_500))
    large = (
        encode(ContactOffered(time=START_MS, contact="c", queue="sales"))[:-1] + b',"note":"' + b"x" * 70_000 + b'"}'
    )
    assert len(line) > OBJECT_BYTES_MAX
    path.write_bytes(line + b"\n" + large + b"\n")
    recording = EventsRecording(path)
    (delivery,) = recording.deliveries()
    assert len(delivery[1].activities) == 1_500  # type: ignore[attr-defined]
    assert recording.counts.invalid == {"object_too_large": 1}
    feed = EventReader("pbx")
    assert feed.decode(line) is None
    assert feed.counts.invalid == {"object_too_large": 1}


def test_a_floor_that_nobody_has_spoken_of_keeps_its_time() -> None:
    """A schedule, and no source yet: the days before are not counted through, in which nobody was there."""
    engine = Engine(Settings())
    engine.advance(START_MS)
    engine.apply(_loaded(200))
    engine.advance(START_MS + 3 * DAY_MS)
    assert engine.books.attendance.begun_at == START_MS
    assert engine.books.attendance.kept_from > START_MS
    assert engine.books.sources == {}


def test_a_feed_that_calls_itself_schedule_is_a_feed() -> None:
    """Only what people decide needs no source: a contact does, whatever the name."""
    engine = Engine(Settings())
    engine.advance(START_MS)
    engine.apply(ContactOffered(time=START_MS, source="schedule", contact="c1", queue="sales"))
    engine.apply(AgentDescribed(time=START_MS, source="operator", agent="A17", team="red"))
    assert list(engine.books.sources) == ["schedule"]
    assert engine.books.agents["A17"].team == "red"


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("sources: {schedule: {type: http}}", "the name of what people decide"),
        ("schedule: {poll: 50ms}", "must be at least 100ms"),
        ("schedule: {folder: plans}", "unknown key"),
    ],
)
def test_what_the_configuration_cannot_mean_is_refused(tmp_path: Path, text: str, why: str) -> None:
    """With the key and the way out."""
    path = tmp_path / "floorwatch.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError, match=why):
        load_config(path)


def test_a_path_of_the_configuration_lies_beside_it(tmp_path: Path) -> None:
    """As every other path does."""
    path = tmp_path / "floorwatch.yaml"
    path.write_text("schedule: {path: plans, strict: true, agent_property: X-A}", encoding="utf-8")
    said = load_config(path).schedule
    assert (said.path, said.strict, said.agent_property, said.poll_ms) == (tmp_path / "plans", True, "X-A", 5_000)
