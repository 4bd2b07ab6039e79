"""A simulated morning played into a real daemon over each protocol: its figures are those of the events themselves."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from floorwatch.config.file import load_config
from floorwatch.replay import replay
from simulators.day import planned, simulate
from simulators.play.order import Kind
from simulators.play.player import Player
from simulators.play.watching import Watcher, back, forward, pause
from tests.live.mosquitto import Mosquitto
from tests.simulators.playing import play_into_daemon, told_by
from tests.simulators.truth import differences

MORNING = Path(__file__).with_name("morning.yaml")


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


def report_of(folder: Path) -> Any:
    """The report of the events of a day."""
    return replay([folder / "events.jsonl.gz"], load_config(folder / "floorwatch.yaml").settings())


def untrue(report: dict[str, Any], folder: Path, truth: str) -> list[str]:
    """What a report says otherwise than the simulation itself, null where the protocol cannot tell included.

    Not compared: adherence, for no schedule is loaded here; `corrected`, which tells of the way; and the first and last
    instant, which are those of the connection.
    """
    left_out = frozenset(("adherence", "corrected", "from", "to"))
    return list(
        differences(json.loads((folder / truth).read_bytes()), json.loads(json.dumps(report)), without=left_out)
    )


@pytest.mark.parametrize("kind", ["http", "events"])
def test_what_carries_events_carries_everything(kind: Kind, morning: Path, tmp_path: Path) -> None:
    """Posted, or written to a file that is followed: every figure is the simulation's truth, and the alerts with it."""
    found = play_into_daemon(kind, morning, tmp_path)
    assert untrue(found, morning, "truth.json") == []
    assert told_by(found) == told_by(report_of(morning))


def test_a_broker_carries_everything(morning: Path, tmp_path: Path, broker: Mosquitto) -> None:
    """Published at QoS 1 through a real Mosquitto: every figure is the simulation's truth, and the alerts with it."""
    found = play_into_daemon("mqtt", morning, tmp_path, broker=broker)
    assert untrue(found, morning, "truth.json") == []
    assert told_by(found) == told_by(report_of(morning))


@pytest.mark.parametrize("kind", ["ami", "freeswitch", "queue_log"])
def test_a_switch_tells_all_but_what_it_has_no_words_for(kind: Kind, morning: Path, tmp_path: Path) -> None:
    """Manager interface, event socket, queue_log: every figure is the truth, and null where they cannot tell it."""
    found = play_into_daemon(kind, morning, tmp_path)
    assert untrue(found, morning, f"truth.{kind}.json") == []
    assert found["queues"]["sales"]["answered"] > 100
    assert (found["queues"]["sales"]["wrap_up_seconds"] is None) == (kind != "freeswitch")


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
    once = report_of(morning)
    assert watcher.moved_ms == 86_400_000
    for name, queue in found["queues"].items():
        again = {interval["start"][11:]: interval for interval in queue["intervals"] if "03-04T" in interval["start"]}
        for interval in once["queues"][name]["intervals"]:
            counts = ("offered", "answered", "abandoned", "asa_seconds", "service_level_by_arrival")
            assert [again[interval["start"][11:]][count] for count in counts] == [interval[count] for count in counts]
        ended = queue["answered"] + queue["abandoned"] + sum(queue["exited"].values())
        assert (queue["offered"], queue["waiting_at_end"]) == (ended, 0)
    assert found["input"]["anomalies"] == {}
