"""The daemon with outputs: killed, it is missed; started again, it goes on; and an output can be tried without it."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from floorwatch.cli import app
from tests.live.receiver import FAILING, GOOD, HANGING, Behaviour, Receiver, receiver
from tests.running import floorwatch

CONFIG = """
http: {{port: 0}}
sources: {{pbx: {{type: events, path: events.jsonl}}}}
rules:
  line: {{figure: waiting, at_least: {{emergency: 1}}, immediate: true}}
  no_agents: {{enabled: false}}
outputs:
  hook: {{type: webhook, url: "{address}/hook", secret: s, group_interval: 0s}}
  lamp: {{type: tower, url: "{address}/api/control", timeout: 300ms}}
"""


def configured(folder: Path, to: Receiver) -> Path:
    path = folder / "floorwatch.yaml"
    path.write_text(CONFIG.format(address=to.address), encoding="utf-8")
    return path


def offered(folder: Path, contact: str) -> None:
    event = {"type": "contact.offered", "time": int(time.time() * 1000), "contact": contact, "queue": contact}
    with (folder / "events.jsonl").open("a", encoding="utf-8") as file:
        file.write(json.dumps(event) + "\n")


def hooked(to: Receiver) -> list[tuple[str, str, str]]:
    """(key, subject, state) of everything that was posted."""
    told = [got for got in to.got if got.path == "/hook"]
    return [
        (got.headers["Idempotency-Key"], said["subject"], said["state"])
        for got in told
        for said in got.json()["alerts"]
    ]


def tried(config: Path, output: str) -> Result:
    return CliRunner().invoke(app, ["test-alert", output, "--config", str(config), "--each", "0"])


def test_a_daemon_that_is_killed_tells_the_same_with_the_same_key(tmp_path: Path) -> None:
    """Killed between the sending and the answer: started again, it sends it again, and what it knew it does not.

    Outbox and metrics say how the outputs fare.
    """
    hangs = [True]

    def choose(_n: int) -> Behaviour:
        return HANGING if hangs[0] else GOOD

    with receiver(choose=choose) as to:
        config = configured(tmp_path, to)
        offered(tmp_path, "sales")
        with floorwatch(tmp_path / "one", "run", "--config", str(config)) as running:
            running.wait_for(lambda: hooked(to), 10)
            running.process.kill()
            running.process.wait()
        hangs[0] = False
        with floorwatch(tmp_path / "two", "run", "--config", str(config)) as running:
            running.wait_for(lambda: len(hooked(to)) == 2, 10)
            offered(tmp_path, "support")
            running.wait_for(lambda: len(hooked(to)) == 3, 10)
            rows = running.wait_for(lambda: _settled(running.get("/api/v1/outputs")["outputs"]), 10)
            assert [(row["output"], row["failing"], row["owed_since"]) for row in rows] == [
                ("hook", False, None),
                ("lamp", False, None),
            ]
            metrics = running.get("/metrics")
            assert f'floorwatch_output_told_total{{output="hook",place="{to.address}"}} 2.0' in metrics
            assert running.stop() == 0
    told = hooked(to)
    assert [(subject, state) for _, subject, state in told] == [
        ("sales", "firing"),
        ("sales", "firing"),
        ("support", "firing"),
    ]
    assert told[0][0] == told[1][0] != told[2][0]
    assert to.got[-1].path.endswith("alert=000000")


def _settled(rows: list[dict[str, object]]) -> list[dict[str, object]]:
    return rows if all(row["told"] for row in rows) and rows[0]["told"] == 2 else []


@pytest.fixture
def to() -> Iterator[Receiver]:
    """A receiver that takes everything."""
    with receiver() as made:
        yield made


def test_an_output_can_be_tried_without_a_daemon(tmp_path: Path, to: Receiver) -> None:
    """The message says that it is a test, in both forms, signed; each lamp is lit, and all go dark."""
    config = configured(tmp_path, to)
    hook = tried(config, "hook")
    assert (hook.exit_code, hook.stderr) == (0, "")
    assert hook.stdout.splitlines()[-1] == f"hook (webhook, {to.address}): works"
    assert [got.json()["test"] for got in to.got] == [True, True]
    assert all("webhook-signature" in got.headers for got in to.got)
    forms = [got.json()["alerts"][0]["advice"]["en"] for got in to.got]
    assert "form for everybody" in forms[0]
    assert "form for leads" in forms[1]
    lamp = tried(config, "lamp")
    assert lamp.exit_code == 0
    codes = [got.path.partition("alert=")[2] for got in to.got[2:]]
    assert codes == ["100000", "010000", "001000", "000001", "000000"]
    assert "red: set to 100000" in lamp.stdout


@pytest.mark.parametrize(("behaviour", "words"), [(FAILING, "answers 503: not now"), (HANGING, "no answer within")])
def test_an_output_that_does_not_work_says_why(tmp_path: Path, to: Receiver, behaviour: Behaviour, words: str) -> None:
    """The exit status is 1, also when nothing comes at all."""
    to.behaviour = behaviour
    found = tried(configured(tmp_path, to), "lamp")
    assert found.exit_code == 1
    assert words in found.stderr
    assert "works" not in found.stdout


def test_an_output_that_is_not_there_is_named_with_the_nearest(tmp_path: Path, to: Receiver) -> None:
    """A slip of the pen is no traceback."""
    found = tried(configured(tmp_path, to), "lam")
    assert found.exit_code == 2
    assert "there is no output 'lam'; did you mean 'lamp'?" in found.stderr
