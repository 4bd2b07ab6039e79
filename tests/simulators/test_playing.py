"""A simulated morning played into a real daemon over each protocol: its figures are those of the events themselves."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from floorwatch.config.file import load_config
from floorwatch.floor import events as e
from floorwatch.floor.events import Event
from floorwatch.ingest.open import open_recording
from floorwatch.replay import replay
from simulators.day import planned, simulate
from simulators.play.order import Kind
from simulators.play.player import Player
from simulators.play.watching import Watcher, back, forward, pause
from simulators.speakers.speaker import encode
from tests.live.mosquitto import Mosquitto
from tests.simulators.playing import differences, play_into_daemon, told_by

MORNING = Path(__file__).with_name("morning.yaml")
UNSAID = (e.AgentDescribed, e.ContactAlerting, e.ContactHeld, e.ContactResumed, e.ContactRefused)
"""What app_queue logs nothing of."""


@pytest.fixture(scope="module")
def morning(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a simulated morning."""
    folder = tmp_path_factory.mktemp("morning")
    profile, _ = planned(str(MORNING), None, None)
    simulate(profile, 1, folder)
    return folder


@pytest.fixture
def broker(tool: Callable[[str], str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Mosquitto]:
    """A real broker that lets everybody in."""
    monkeypatch.setenv("PATH", f"{os.environ['PATH']}:/usr/sbin")
    config = "listener 1883 127.0.0.1\nallow_anonymous true\n"
    started = Mosquitto(tool("mosquitto"), tmp_path / "broker", config=config)
    started.start()
    yield started
    started.stop()


def report_of(folder: Path, tmp_path: Path, change: Callable[[Event], Event | None] = lambda event: event) -> Any:
    """The report of the events of a day, each changed into what a protocol can tell of it."""
    path = tmp_path / "told.jsonl"
    changed = [
        told
        for _, event in open_recording(folder / "events.jsonl.gz").deliveries()
        if (told := change(event)) is not None
    ]
    path.write_bytes(b"\n".join(map(encode, changed)))
    return replay([path], load_config(folder / "floorwatch.yaml").settings())


def without_wrap_up(event: Event) -> Event:
    """Whoever has ended a contact is available, as far as a switch without a word for wrap-up knows."""
    is_wrap_up = isinstance(event, e.AgentStateChanged) and event.state == "wrap_up"
    return replace(event, state="available") if is_wrap_up else event


def as_logged(event: Event) -> Event | None:
    """What a queue log can tell, at whole seconds."""
    if isinstance(event, UNSAID) or (isinstance(event, e.AgentStateChanged) and event.state == "offline"):
        return None
    if isinstance(event, e.ContactDeclined):
        event = replace(event, reason="no_answer")
    assert isinstance(event.time, int)
    return without_wrap_up(replace(event, time=event.time // 1000 * 1000))


@pytest.mark.parametrize("kind", ["http", "events"])
def test_what_carries_events_carries_everything(kind: Kind, morning: Path, tmp_path: Path) -> None:
    """Posted, or written to a file that is followed: every figure, interval and alert is that of the events."""
    assert told_by(play_into_daemon(kind, morning, tmp_path)) == told_by(report_of(morning, tmp_path))


def test_a_broker_carries_everything(morning: Path, tmp_path: Path, broker: Mosquitto) -> None:
    """Published at QoS 1 through a real Mosquitto: every figure, interval and alert is that of the events."""
    found = play_into_daemon("mqtt", morning, tmp_path, broker=broker)
    assert told_by(found) == told_by(report_of(morning, tmp_path))


@pytest.mark.parametrize("kind", ["ami", "freeswitch"])
def test_a_switch_tells_all_but_what_it_has_no_words_for(kind: Kind, morning: Path, tmp_path: Path) -> None:
    """The manager interface and the event socket: all that is not null is that of the events, without wrap-up."""
    found, expected = (
        told_by(report)
        for report in (play_into_daemon(kind, morning, tmp_path), report_of(morning, tmp_path, without_wrap_up))
    )
    assert contacts_of(found) == contacts_of(expected)
    assert differences(inner(found), inner(expected)) == []


def test_a_queue_log_tells_what_it_can_in_whole_seconds(morning: Path, tmp_path: Path) -> None:
    """All that is not null is that of the events, had each happened at the beginning of its second."""
    found, expected = (
        told_by(report)
        for report in (play_into_daemon("queue_log", morning, tmp_path), report_of(morning, tmp_path, as_logged))
    )
    assert contacts_of(found) == contacts_of(expected)
    assert differences(inner(found), inner(expected)) == []


@pytest.mark.parametrize("kind", ["ami", "freeswitch"])
def test_a_table_is_told_by_a_switch(kind: Kind, morning: Path, tmp_path: Path) -> None:
    """Agents log in with their first contact; whole seconds and quiet hours leave nothing to chance."""
    rows = ["contact_id,queue,arrival,outcome,answer_time,end_time,agent"]
    for hour in (8, 9, 13):
        for minute in range(20):
            at = f"2026-03-03T{hour:02d}:{minute:02d}"
            rows.append(f"c{hour}-{minute}a,sales,{at}:00,answered,{at}:05,{at}:{20 + minute},A{minute % 3}")
            rows.append(f"c{hour}-{minute}b,sales,{at}:05,abandoned,,{at}:{20 + minute},")
    table = tmp_path / "day.csv"
    table.write_text("\n".join(rows), encoding="utf-8")
    found = play_into_daemon(kind, morning, tmp_path, recorded=table)
    expected = replay([table], load_config(morning / "floorwatch.yaml").settings())
    sales = [report["queues"]["sales"] for report in (found, expected)]
    for figure in ("offered", "answered", "abandoned", "wait_seconds_total", "wait_seconds_max", "talk_seconds"):
        assert sales[0][figure] == sales[1][figure], figure
    assert (sales[0]["offered"], sales[0]["unknown_entry"], found["input"]["anomalies"]) == (120, 0, {})


def inner(report: dict[str, Any]) -> dict[str, Any]:
    """What does not hang on the very first and last thing that was said, which may be what a switch cannot say."""
    report.pop("from")
    report.pop("to")
    for agent in report["agents"].values():
        agent["seconds"].pop("offline", None)
    for queue in report["queues"].values():
        intervals = {interval.pop("start"): interval for interval in queue["intervals"]}
        queue["intervals"] = {start: one for start, one in intervals.items() if one["offered"] or one["answered"]}
    return report


def contacts_of(report: dict[str, Any]) -> dict[str, list[int]]:
    """That nobody is missing: whatever a report makes null, these it cannot."""
    names = ("offered", "answered", "abandoned", "waiting_at_end")
    return {queue: [figures[name] for name in names] for queue, figures in report["queues"].items()}


class Restless(Watcher):
    """Pauses for a moment, leaps forward, and goes back once, somewhere in the morning."""

    def __init__(self) -> None:
        super().__init__()
        self._plan = [(500, pause), (700, forward), (900, back)]
        self.went_back_at = 0
        self.moved_ms = 0

    def shown(self, player: Player, behind_ms: int) -> None:
        if player.is_paused:
            self.wish(pause)
        elif self._plan and player.said >= self._plan[0][0]:
            _, wish = self._plan.pop(0)
            self.wish(wish)
            self.went_back_at = player.said
        self.moved_ms = player.moved_ms


def test_pause_and_leaps_leave_the_figures_exact(morning: Path, tmp_path: Path) -> None:
    """After a leap back the morning plays on the next day, whole, and the one before it was closed: nothing hangs."""
    watcher = Restless()
    found = play_into_daemon("http", morning, tmp_path, speed=7200, watcher=watcher)
    once = report_of(morning, tmp_path)
    assert watcher.moved_ms == 86_400_000
    for name, queue in found["queues"].items():
        again = {interval["start"][11:]: interval for interval in queue["intervals"] if "03-04T" in interval["start"]}
        for interval in once["queues"][name]["intervals"]:
            counts = ("offered", "answered", "abandoned", "asa_seconds", "service_level_by_arrival")
            assert [again[interval["start"][11:]][count] for count in counts] == [interval[count] for count in counts]
        ended = queue["answered"] + queue["abandoned"] + sum(queue["exited"].values())
        assert (queue["offered"], queue["waiting_at_end"]) == (ended, 0)
    assert found["input"]["anomalies"] == {}
