"""The command line: what it answers, where, and with which exit status."""

from __future__ import annotations

import gzip
import json
import os
import pty
import socket
import subprocess
import sys
from inspect import signature
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from floorwatch import __version__
from floorwatch.cli import app, demo
from simulators.demo import OPENS_MS, SPEED
from simulators.profile.model import time_of_day

EVENTS = """\
{"type":"contact.offered","time":"2026-03-02T09:00:00Z","contact":"c1","queue":"sales"}
{"type":"contact.answered","time":"2026-03-02T09:00:12Z","contact":"c1","queue":"sales","agent":"A17"}
{"type":"contact.ended","time":"2026-03-02T09:03:00Z","contact":"c1","queue":"sales","agent":"A17"}
{"type":"contact.offered","time":"2026-03-02T09:01:00Z","contact":"c2","queue":"sales"}
{"type":"contact.abandoned","time":"2026-03-02T09:01:40Z","contact":"c2","queue":"sales"}
not JSON
"""


def floorwatch(*args: object) -> Result:
    return CliRunner().invoke(app, [str(arg) for arg in args])


@pytest.fixture
def events(tmp_path: Path) -> Path:
    """Two contacts and a line that is not JSON."""
    path = tmp_path / "events.jsonl"
    path.write_text(EVENTS, encoding="utf-8")
    return path


def test_help_imports_nothing_heavy() -> None:
    """Help answers at once because the command line alone loads no server, no checker of configuration, no log."""
    heavy = "aiohttp pydantic structlog yaml rich msgspec asyncio prometheus_client floorwatch.config floorwatch.engine"
    code = f"""
import atexit, sys
atexit.register(lambda: print(sorted(set({heavy.split()}) & set(sys.modules)), file=sys.stderr))
sys.argv = ["floorwatch", "--help"]
from floorwatch.cli import main
main()
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stderr == "[]\n"
    for command in (
        "run",
        "demo",
        "replay",
        "explain",
        "simulate",
        "check-config",
        "journal",
        "reconcile",
        "token",
        "schema",
    ):
        assert f"\n  {command} " in done.stdout


def test_the_version() -> None:
    """One line, name and version."""
    assert floorwatch("--version").stdout == f"floorwatch {__version__}\n"


def test_a_good_configuration_is_summed_up(tmp_path: Path) -> None:
    """Exit status 0, and what the file means, on stdout."""
    path = tmp_path / "floor.yaml"
    path.write_text("queues: {sales: {service_level: {target: 90%}}}\n", encoding="utf-8")
    result = floorwatch("check-config", path)
    assert result.exit_code == 0
    assert result.stdout.startswith(f"{path}: good\n")
    assert "sales: voice, 90% in 20 s" in result.stdout


def test_a_bad_configuration_ends_with_2(tmp_path: Path, events: Path) -> None:
    """Whichever command reads it: the problems on stderr, nothing on stdout, no traceback."""
    path = tmp_path / "floor.yaml"
    path.write_text("queues:\n  sales: {chanel: chat}\n", encoding="utf-8")
    for args in (["check-config", path], ["run", "--config", path], ["replay", events, "--config", path]):
        result = floorwatch(*args)
        assert (result.exit_code, result.stdout) == (2, "")
        assert result.stderr == f"{path}:2: queues.sales.chanel: unknown key; did you mean 'channel'?\n"


def test_running_without_a_source_is_refused(tmp_path: Path) -> None:
    """A daemon that listens to nothing would show an empty floor."""
    path = tmp_path / "floor.yaml"
    path.write_text("queues: {sales: }\n", encoding="utf-8")
    result = floorwatch("run", "--config", path)
    assert result.exit_code == 2
    assert "sources: nothing to listen to" in result.stderr


def test_a_replay_writes_its_report(tmp_path: Path, events: Path) -> None:
    """Exit status 0 when read to the end, also where a line was unusable; nothing but the report is written."""
    report = tmp_path / "out.json"
    result = floorwatch("replay", events, "--report", report)
    assert (result.exit_code, result.stdout, result.stderr) == (0, "", "")
    figures = json.loads(report.read_bytes())
    queue = figures["queues"]["sales"]
    assert (queue["offered"], queue["answered"], queue["answered_in_threshold"], queue["abandoned"]) == (2, 1, 1, 1)
    assert sum(figures["input"]["invalid"].values()) == 1
    assert floorwatch("replay", events).stdout == report.read_text(encoding="utf-8")


def test_a_replay_may_end_at_an_instant(tmp_path: Path, events: Path) -> None:
    """Only what was told by then, with the books closed then: who has waited past the threshold is a miss."""
    cut = json.loads(floorwatch("replay", events, "--until", "2026-03-02T10:00:10+01:00").stdout)
    queue = cut["queues"]["sales"]
    assert (queue["offered"], queue["answered"], queue["waiting_at_end"]) == (1, 0, 1)
    assert (cut["to"], queue["service_level_n"]["short_abandons_excluded"]) == ("2026-03-02T09:00:10.000Z", 0)
    alone = tmp_path / "alone.jsonl"
    alone.write_text(EVENTS.splitlines()[0] + "\n", encoding="utf-8")
    missed = json.loads(floorwatch("replay", alone, "--until", "2026-03-02T09:00:20.001").stdout)["queues"]["sales"]
    assert missed["service_level_n"]["short_abandons_excluded"] == 1
    assert missed["service_level"]["short_abandons_excluded"] == 0.0


def test_a_damaged_input_ends_with_1(tmp_path: Path, events: Path) -> None:
    """A gzip file that was cut: what could be read is reported, and the exit status says that it is not all."""
    cut, report = tmp_path / "cut.jsonl.gz", tmp_path / "out.json"
    cut.write_bytes(gzip.compress(events.read_bytes())[:-8])
    result = floorwatch("replay", cut, "--report", report)
    assert result.exit_code == 1
    assert "was not read to its end" in result.stderr
    assert json.loads(report.read_bytes())["queues"]["sales"]["offered"] == 2


def test_a_replay_prints_tables_for_people(tmp_path: Path, events: Path) -> None:
    """`--format-report text` prints them; the JSON still goes where `--report` says."""
    report = tmp_path / "out.json"
    result = floorwatch("replay", events, "--report", report, "--format-report", "text")
    assert result.exit_code == 0
    assert "SERVICE LEVEL AND TIMES" in result.stdout
    assert json.loads(report.read_bytes())["digest"] in result.stdout


def test_a_schedule_is_read_line_by_line(tmp_path: Path, events: Path) -> None:
    """What is refused is named with its place and the fix, and the rest counts; a document without a good line ends."""
    plan, out = tmp_path / "plan.csv", tmp_path / "out.json"
    good = "A17,work,2026-03-03T08:00Z,2026-03-03T16:00Z"
    bad = good.replace("work", "wrk").replace("-03-03", "-03-04")
    plan.write_text(f"agent,activity,start,end\n{good}\n{bad}\n", encoding="utf-8")
    result = floorwatch("replay", events, "--schedule", plan, "--report", out)
    assert result.exit_code == 0
    assert f"{plan}:3: A17: there is no activity 'wrk'; did you mean 'work'?" in result.stderr
    assert json.loads(out.read_bytes())["agents"]["A17"]["adherence"]["ratio"] is None
    plan.write_text("agent,activity,start,end\n", encoding="utf-8")
    assert floorwatch("replay", events, "--schedule", plan, "--report", out).exit_code == 2


@pytest.mark.parametrize(
    ("args", "sentence"),
    [
        (["EVENTS", "--rules", "no-rules.yaml"], "no-rules.yaml: cannot be read: No such file or directory"),
        (["EVENTS", "--speed", "fast"], "--speed: 'fast' is neither 'max' nor a number above 0"),
        (["EVENTS", "--speed", "0"], "--speed: '0' is neither"),
        (["EVENTS", "--speed", "nan"], "--speed: 'nan' is neither"),
        (["EVENTS", "--until", "noon"], "--until: 'noon' is no instant; write 2026-03-04T10:15"),
        (["EVENTS", "--format", "csv"], "'csv' is not one of"),
        (["EVENTS", "--report", "FOLDER"], "is a folder; name a file in it"),
        (["EVENTS", "--report", "FOLDER/none/out.json"], "there is no folder"),
        (["EVENTS", "--report", "EVENTS"], "is an input; the report would overwrite it"),
        (["EVENTS", "--config", "FOLDER/none.yaml"], "none.yaml: cannot be read: No such file"),
        (["FOLDER/none.jsonl"], "none.jsonl: no such file or directory"),
        (["FOLDER"], "there is no journal here; it is where store.path of the configuration says"),
        (["STRANGE"], "is not recognised"),
        ([], "Missing argument 'INPUT"),
    ],
)
def test_unusable_arguments_end_with_2(tmp_path: Path, events: Path, args: list[str], sentence: str) -> None:
    """Found before the work, named in a sentence, with nothing written."""
    strange = tmp_path / "strange"
    strange.write_bytes(b"\x89PNG....")
    places = {"EVENTS": events, "FOLDER": tmp_path, "STRANGE": strange}
    for word, place in places.items():
        args = [arg.replace(word, str(place)) for arg in args]
    result = floorwatch("replay", *args)
    assert (result.exit_code, result.stdout) == (2, "")
    assert sentence in " ".join(result.stderr.split())
    assert events.read_text(encoding="utf-8") == EVENTS


def test_the_progress_bar_is_for_terminals(tmp_path: Path, events: Path) -> None:
    """On a terminal the replay says how far it is, on stderr; what is piped stays clean."""
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "floorwatch", "replay", str(events)]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=theirs, check=True)
    os.close(theirs)
    shown = os.read(ours, 100_000).decode()
    os.close(ours)
    assert "5 events" in shown
    assert json.loads(done.stdout)["input"]["applied"] == 5


def test_a_simulated_day_can_be_replayed(tmp_path: Path) -> None:
    """What `simulate` writes is what `replay` reads, its configuration included, and the accounting closes."""
    assert floorwatch("simulate", "small", "--seed", 1, "--out", tmp_path).exit_code == 0
    result = floorwatch("replay", tmp_path / "events.jsonl.gz", "--config", tmp_path / "floorwatch.yaml")
    assert result.exit_code == 0
    queues = json.loads(result.stdout)["queues"]
    assert sum(queue["offered"] for queue in queues.values()) > 100
    for queue in queues.values():
        ended = queue["answered"] + queue["abandoned"] + sum(queue["exited"].values())
        assert queue["offered"] == ended + queue["waiting_at_end"]


@pytest.mark.parametrize(
    ("args", "sentence"),
    [
        (["tiny", "--seed", "1", "--out", "x"], "PROFILE: there is no profile 'tiny'; there are: "),
        (["small", "--seed", "1", "--out", "x", "--date", "2026-02-30"], "--date"),
        (["small", "--out", "x"], "--seed"),
    ],
)
def test_unusable_arguments_of_simulate_end_with_2(args: list[str], sentence: str) -> None:
    """An unknown profile, a day that is none, and a missing seed."""
    result = floorwatch("simulate", *args)
    assert result.exit_code == 2
    assert sentence in result.stderr


def test_a_port_in_use_is_said_in_a_sentence() -> None:
    """Exit status 1, the port by its number, and no traceback."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        command = [sys.executable, "-m", "floorwatch", "demo", "--port", str(port)]
        done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=60)
    assert done.returncode == 1
    assert f"port {port} is in use" in done.stderr
    assert "Traceback" not in done.stderr


def test_the_demo_runs_at_the_speed_its_story_was_timed_for() -> None:
    """The alert goes off and clears within about a minute only at this speed."""
    assert signature(demo).parameters["speed"].default == SPEED


def test_the_demo_begins_at_a_time_of_day() -> None:
    """When its story was timed to begin, unless another is said; what is no time is answered with a sentence."""
    assert signature(demo).parameters["opens"].default == time_of_day(OPENS_MS)
    result = floorwatch("demo", "--from", "25")
    assert (result.exit_code, result.stderr) == (2, "--from: '25' is no time of day, such as 10:30\n")
