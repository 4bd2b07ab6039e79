"""`floorwatch doctor` beside a real daemon: what is well is said to be, and what hangs or fails is found."""

from __future__ import annotations

import json
import signal
import time
from pathlib import Path

import pytest

from floorwatch.doctor import daemon, machine
from floorwatch.serve.auth import hash_of, new_token
from tests.doctor.surgery import doctor, free_port
from tests.live.receiver import FAILING, receiver
from tests.running import floorwatch

CONFIG = """
site: {{timezone: Europe/Berlin}}
http:
  port: {port}
  tokens: {{lead: {{role: lead, hash: "{hash}"}}}}
sources: {{pbx: {{type: events, path: events.jsonl}}}}
rules: {{line: {{figure: waiting, at_least: {{emergency: 1}}, immediate: true}}}}
outputs: {{hook: {{type: webhook, url: "{address}/hook", secret_file: hook.secret, group_interval: 0s}}}}
heartbeat: {{url_file: beat.url, every: 1s, timeout: 1s}}
"""
OF_THIS_MACHINE = {("machine", "clock"), ("machine", "open files"), ("heartbeat", "heartbeat")}
"""What is not ok of a test's machine: who keeps its clock, how much it lets us have, and that the monitor is here."""


def written(folder: Path, address: str, token: str) -> Path:
    path = folder / "floorwatch.yaml"
    path.write_text(CONFIG.format(port=free_port(), hash=hash_of(token), address=address), encoding="utf-8")
    for name, content in (
        ("hook.secret", "hush-hush"),
        ("beat.url", f"{address}/beat/hush-too"),
        ("lead.token", token),
    ):
        (folder / name).write_text(content, encoding="utf-8")
        (folder / name).chmod(0o600)
    (folder / "events.jsonl").touch()
    return path


def test_a_daemon_that_is_well_is_found_well(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing fails, nothing is warned of but this machine, no secret is shown; stopped, it is found to hang."""
    monkeypatch.delenv("FLOORWATCH_TOKEN", raising=False)
    monkeypatch.setattr(machine, "kernel_clock_state", lambda: 0)
    token = new_token("lead")
    with receiver() as to:
        config = written(tmp_path, to.address, token)
        with floorwatch(tmp_path / "log", "run", "--config", str(config)) as running:
            running.wait_for(lambda: running.get("/-/ready"), 10)
            asked = (config, "--token-file", str(tmp_path / "lead.token"))
            running.wait_for(lambda: doctor(*asked).level("daemon", "picture") == "ok", 10)
            told = doctor(*asked)
            assert told.exit_code == 0
            assert told.not_ok() <= OF_THIS_MACHINE
            assert told.level("machine", "clock") == "ok"
            for area, subject in (
                ("secrets", "outputs.hook.secret_file"),
                ("store", "store.path"),
                ("store", "journal"),
                ("sources", "sources.pbx"),
                ("outputs", "outputs.hook"),
                ("daemon", "daemon"),
                ("daemon", "ready"),
                ("daemon", "picture"),
            ):
                assert told.level(area, subject) == "ok", (area, subject)
            assert not [one for one in ("hush", token, hash_of(token)) if one in told.text]
            assert not [got for got in to.got if got.path == "/hook"]
            blind = doctor(config)
            assert (blind.level("daemon", "picture"), blind.exit_code) == ("warning", 0)
            running.process.send_signal(signal.SIGSTOP)
            monkeypatch.setattr(daemon, "ANSWERS_S", 0.5)
            hung = doctor(config)
            running.process.send_signal(signal.SIGCONT)
            assert (hung.level("daemon", "daemon", "does not answer"), hung.exit_code) == ("failed", 1)
            assert running.stop() == 0
        gone = doctor(config)
        assert (gone.level("daemon", "daemon", "none runs"), gone.exit_code) == ("warning", 0)
        assert gone.level("store", "snapshot") == "ok"


def test_what_the_daemon_knows_to_be_wrong_is_said(tmp_path: Path) -> None:
    """An output that refuses, a heartbeat that nobody hears, a source that is gone."""
    token = new_token("lead")
    with receiver(FAILING) as to:
        config = written(tmp_path, to.address, token)
        with floorwatch(tmp_path / "log", "run", "--config", str(config)) as running:
            event = {"type": "contact.offered", "time": int(time.time() * 1000), "contact": "c1", "queue": "sales"}
            (tmp_path / "events.jsonl").write_text(json.dumps(event) + "\n", encoding="utf-8")
            running.wait_for(lambda: running.said().count('"output_failed"'), 15)
            (tmp_path / "events.jsonl").unlink()
            running.wait_for(lambda: '"source_down"' in running.said(), 15)
            asked = (config, "--token-file", str(tmp_path / "lead.token"))
            running.wait_for(lambda: doctor(*asked).level("daemon", "trouble: heartbeat"), 30)  # held for 5 s
            told = doctor(*asked)
    assert told.exit_code == 1
    assert told.level("daemon", "outputs.hook", "answers 503") == "failed"
    assert told.level("daemon", "ready", "no source is up: pbx") == "failed"
    assert told.level("daemon", "trouble: heartbeat") == "failed"
    assert told.level("sources", "sources.pbx", "not there yet") == "warning"
