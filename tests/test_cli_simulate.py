"""`floorwatch simulate` at the command line: what does not go together, days that are played, and the keys."""

from __future__ import annotations

import json
import os
import pty
import re
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from floorwatch.cli import app
from tests.live.mosquitto import free_port
from tests.running import floorwatch

TABLE = """\
contact_id,queue,arrival,outcome,answer_time,end_time,agent
c1,sales,2026-03-03T09:00:00,answered,2026-03-03T09:00:01,2026-03-03T09:00:02,A1
c2,sales,2026-03-03T10:00:00,abandoned,,2026-03-03T10:00:30,
c3,sales,2026-03-03T12:00:00,answered,2026-03-03T12:00:20,2026-03-03T12:05:00,A2
"""
MORNING = Path(__file__).parent / "simulators/morning.yaml"


@pytest.fixture
def day(tmp_path: Path) -> Path:
    """A recorded day of three contacts."""
    path = tmp_path / "day.csv"
    path.write_text(TABLE, encoding="utf-8")
    return path


def simulate(*args: object) -> Result:
    return CliRunner().invoke(app, ["simulate", *map(str, args)])


def read(path: Path) -> list[dict[str, Any]]:
    """The events of a file."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def at(event: dict[str, Any]) -> datetime:
    return datetime.fromtimestamp(event["time"] / 1000, UTC)


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("", "PROFILE: name the kind of day to simulate, or with --replay one that was recorded"),
        ("small --replay DAY --as http --to http://x", "PROFILE: name the kind"),
        ("small --seed 1", "--out: say where to write the day to, or with --as how to play it"),
        ("small --seed 1 --out x --as http", "--out: say where"),
        ("small --as events --to x", "--seed: missing"),
        ("nosuch --seed 1 --out x", "PROFILE: there is no profile 'nosuch'; there are: "),
        ("small --seed 1 --out x --speed 60", "--speed: only where the day is played (--as)"),
        ("small --seed 1 --out x --from 9:00", "--from: only where the day is played (--as)"),
        ("small --seed 1 --out x --format table", "--format: only for a recorded day"),
        ("--replay DAY --as events --to x --seed 1", "--seed: only for a simulated day"),
        ("--replay DAY --as events --to x --date 2026-01-01", "--date: only for a simulated day"),
        ("--replay DAY --as mqtt", "--to: missing; the broker's HOST:PORT"),
        ("--replay DAY --as http --to localhost", "--to: 'localhost' is no address"),
        ("--replay DAY --as mqtt --to a/b", "--to: 'a/b' is not HOST:PORT"),
        ("--replay DAY --as ami --to x", "--to: means nothing to ami"),
        ("--replay DAY --as ami --listen here", "--listen: 'here' is not HOST:PORT"),
        ("--replay DAY --as http --to http://x --site a", "--site: means nothing to http; it is for mqtt"),
        ("--replay DAY --as events --to nowhere/x", "--to: no folder nowhere"),
        ("--replay DAY --as events --to /", "--to: / is a folder"),
        ("--replay DAY --as mqtt --to x --secret-file nosuch", "--secret-file: nosuch: no such file"),
        ("--replay DAY --as mqtt --to x --speed 60", "give it and this command the same --clock PATH"),
        ("--replay DAY --as http --to http://x --speed max", "give it and this command the same --clock PATH"),
        ("--replay DAY --as events --to x --speed fast", "--speed: 'fast' is neither 'max' nor a number"),
        ("--replay DAY --as mqtt --to x --shift none", "--shift: a daemon on the wall's clock hears of now"),
        ("--replay DAY --as mqtt --to x --shift now --clock c", "--shift: with --clock the time is the day's own"),
        ("--replay DAY --as mqtt --to x --shift today --from 9:00", "--from: 'today' begins where today is"),
        ("--replay DAY --as events --to x --from 25", "--from: '25' is no time of day"),
        ("--replay DAY --as events --to x --from 9:00 --until 9:00", "--until: 9:00 is not after 9:00"),
        ("--replay nosuch --as events --to x --speed max", "nosuch: no such file"),
        ("--replay FOLDER --as events --to x --speed max", "is a folder without events.jsonl.gz, and no journal"),
        ("--replay DAY --format events --as events --to x --speed max", "holds no events: there is nothing to play"),
    ],
)
def test_what_does_not_go_together_is_said_in_a_sentence(typed: str, sentence: str, day: Path, tmp_path: Path) -> None:
    """With the way out, before anything is written, and no traceback."""
    words = [str({"DAY": day, "FOLDER": tmp_path}.get(word, word)) for word in typed.split()]
    result = simulate(*words)
    assert sentence in result.stderr
    assert result.exit_code == 2
    assert result.stderr.count("\n") == 1


def test_a_day_is_written_down_at_once(day: Path, tmp_path: Path) -> None:
    """To a file, as fast as it goes, nobody need be on any clock: its times are its own, up to the end asked for."""
    path = tmp_path / "said.jsonl"
    result = simulate("--replay", day, "--as", "events", "--to", path, "--speed", "max", "--until", "12:00")
    assert (result.exit_code, result.stderr.splitlines()[-1].split("  ")[1:3]) == (0, ["max", "5 events"])
    assert [event["type"][8:] for event in read(path)] == ["offered", "answered", "ended", "offered", "abandoned"]
    assert at(read(path)[0]).isoformat() == "2026-03-03T09:00:00+00:00"
    log = tmp_path / "queue_log"
    assert simulate("--replay", day, "--as", "queue_log", "--to", log, "--speed", "max").exit_code == 0
    verbs = [line.split("|")[4] for line in log.read_text(encoding="utf-8").splitlines()]
    assert verbs == ["QUEUESTART", *("ENTERQUEUE CONNECT COMPLETEAGENT ENTERQUEUE ABANDON".split()), *verbs[6:]]


def test_a_profile_is_played_as_it_is_written(tmp_path: Path) -> None:
    """The same seed says the same facts, whether to files or to whoever listens."""
    said = tmp_path / "said.jsonl"
    assert simulate(MORNING, "--seed", 3, "--out", tmp_path / "day").exit_code == 0
    assert simulate(MORNING, "--seed", 3, "--as", "events", "--to", said, "--speed", "max").exit_code == 0
    again = tmp_path / "again.jsonl"
    assert simulate("--replay", tmp_path / "day", "--as", "events", "--to", again, "--speed", "max").exit_code == 0
    assert said.read_bytes() == again.read_bytes()
    assert len(read(said)) > 2_000


def test_the_days_own_zone_counts(tmp_path: Path, day: Path) -> None:
    """A table has local times: nine in Berlin is eight."""
    config = tmp_path / "site.yaml"
    config.write_text("site: {timezone: Europe/Berlin}\n", encoding="utf-8")
    path = tmp_path / "said.jsonl"
    typed = ("--replay", day, "--config", config, "--as", "events", "--to", path, "--speed", "max", "--source", "pbx")
    assert simulate(*typed).exit_code == 0
    assert at(read(path)[0]).hour == 8
    assert {event["source"] for event in read(path)} == {"pbx"}


def test_yesterdays_day_is_played_as_if_it_were_now(day: Path, tmp_path: Path) -> None:
    """It begins now, or its --from does; what is before was before; an interrupt ends it in peace."""
    path = tmp_path / "said.jsonl"
    path.touch()
    typed = ["--replay", day, "--as", "events", "--to", path, "--from", "10:00"]
    command = [sys.executable, "-m", "floorwatch", "simulate", *map(str, typed)]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as playing:
        until = time.monotonic() + 60
        while len(read(path)) < 4:
            assert time.monotonic() < until
            time.sleep(0.05)
        said = read(path)
        now = datetime.now(UTC)
        playing.send_signal(signal.SIGINT)
        _, told = playing.communicate(timeout=60)
    assert playing.returncode == 0
    assert "ended before its end" in told
    assert [event["type"] for event in said] == [
        "contact." + kind for kind in ("offered", "answered", "ended", "offered")
    ]
    assert abs((now - at(said[3])).total_seconds()) < 60
    assert round((at(said[3]) - at(said[0])).total_seconds()) == 3_600


def test_a_switch_has_worked_since_the_morning_when_somebody_connects(day: Path, tmp_path: Path) -> None:
    """On the wall's clock it need not wait for anybody: who connects is told how the floor is, and since when."""
    port, http = free_port(), free_port()
    config = tmp_path / "floorwatch.yaml"
    source = f"{{type: asterisk, host: 127.0.0.1, port: {port}, user: floorwatch, secret: a-long-one}}"
    config.write_text(
        f"http: {{port: {http}}}\nstore: {{path: {tmp_path}/journal}}\nsources: {{pbx: {source}}}\n", encoding="utf-8"
    )
    typed = ["--replay", day, "--as", "ami", "--listen", f"127.0.0.1:{port}", "--from", "10:00"]
    there = TABLE.replace("09:00:02", "10:30:00").replace("10:00:30", "10:30:00")
    day.write_text(there.replace("T10:00:00,ab", "T09:58:20,ab"), encoding="utf-8")
    command = [sys.executable, "-m", "floorwatch", "simulate", *map(str, typed)]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as playing:
        assert playing.stderr is not None
        assert playing.stderr.readline() == f"ami: 127.0.0.1:{port}\n"
        with floorwatch(tmp_path / "log", "run", "--config", str(config)) as daemon:
            sales = daemon.wait_for(lambda: daemon.queue("sales").get("waiting") and daemon.queue("sales"), 20)
            assert daemon.stop() == 0
        playing.send_signal(signal.SIGINT)
        playing.communicate(timeout=60)
    assert playing.returncode == 0
    assert (sales["waiting"], sales["waiting_past_threshold"]) == (1, 1)
    assert 100_000 <= sales["longest_wait_ms"] < 300_000


def test_today_keeps_the_time_of_day(day: Path, tmp_path: Path) -> None:
    """Whole days lie between a fact and itself as it is told."""
    path = tmp_path / "said.jsonl"
    path.touch()
    day.write_text(TABLE.replace("T09", "T00").replace("T10", "T00"), encoding="utf-8")  # over, whatever the hour is
    typed = ["--replay", day, "--as", "events", "--to", path, "--shift", "today", "--until", "00:02"]
    assert simulate(*typed).exit_code == 0
    assert len(read(path)) == 5
    assert {at(event).date() for event in read(path)} == {datetime.now(UTC).date()}
    assert at(read(path)[0]).strftime("%H:%M:%S") == "00:00:00"


def test_a_person_at_a_terminal_sees_a_bar_and_has_keys(day: Path, tmp_path: Path) -> None:
    """Into a daemon by the shared clock: paused, gone on with, led forward, made faster, and ended, key by key."""
    port, clock = free_port(), tmp_path / "clock"
    config = tmp_path / "floorwatch.yaml"
    config.write_text(
        f"http: {{port: {port}}}\nstore: {{path: {tmp_path}/journal}}\nsources: {{pbx: {{type: http}}}}\n",
        encoding="utf-8",
    )
    with (tmp_path / "log").open("wb") as log:
        run = [sys.executable, "-m", "floorwatch", "run", "--config", str(config), "--clock", str(clock)]
        daemon = subprocess.Popen(run, stdout=log, stderr=subprocess.STDOUT)
    keyboard, terminal = pty.openpty()
    typed = ["--replay", day, "--as", "http", "--to", f"http://127.0.0.1:{port}", "--clock", clock, "--speed", 60]
    player = subprocess.Popen(
        [sys.executable, "-m", "floorwatch", "simulate", *map(str, typed)],
        stdin=terminal,
        stdout=terminal,
        stderr=terminal,
        env=os.environ | {"COLUMNS": "140", "TERM": "xterm"},
    )
    os.close(terminal)
    shown = ""

    def wait_for(pattern: str) -> None:
        nonlocal shown
        until = time.monotonic() + 90
        while not re.search(pattern, shown):
            assert time.monotonic() < until, shown[-2_000:]
            shown += os.read(keyboard, 65_536).decode(errors="replace")

    def press(key: str, pattern: str) -> None:
        nonlocal shown
        shown = ""
        os.write(keyboard, key.encode())
        wait_for(pattern)

    try:
        wait_for(r"space: pause")
        wait_for(r"2026-03-03 09:\d\d:\d\d  60×  3 events")
        press(" ", "paused")
        paused = datetime.fromisoformat(re.findall(r"2026-03-03 \d\d:\d\d(?=:\d\d  paused)", shown)[-1])
        press("\x1b[C", rf"{paused + timedelta(minutes=5):%H:%M}:\d\d  paused")
        press(" ", "60×")
        press("+", "120×")
        press("+", "300×")
        press("-", "120×")
        press("\x1b[D", r"2026-03-04 09:\d\d:\d\d  120×.*round 2")
        os.write(keyboard, b"q")
        assert player.wait(60) == 0
    finally:
        for process in (player, daemon):
            if process.poll() is None:
                process.kill()
            process.wait()
        os.close(keyboard)
