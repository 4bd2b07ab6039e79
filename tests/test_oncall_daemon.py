"""Rotas in the daemon: from the configuration and a calendar into the journal, and out of it into the engine."""

from __future__ import annotations

import json
import sqlite3
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import yaml

from floorwatch.config import load_config
from floorwatch.floor.internal import RotaLoaded
from floorwatch.store.export import exported
from floorwatch.store.recover import recover
from tests.oncall_recount import DAY_MS, Wall, minutes, on_call
from tests.running import floorwatch

TODAY = datetime.now(UTC).date()
CONFIG = f"""
site: {{name: hall, timezone: Europe/Warsaw}}
http: {{port: 0}}
schedule: {{poll: 100ms}}
sources: {{pbx: {{type: events, path: input}}}}
outputs: {{desk: {{type: webhook, url: "http://127.0.0.1:9/"}}}}
people: {{A17: {{channels: [{{output: desk}}]}}, B2: , C1: }}
rotas:
  north:
    team: red
    timezone: America/Santiago
    layers:
      - {{people: [A17, [B2, C1]], rotate: 3 days, handover: "00:30", from: {TODAY - timedelta(days=40)}}}
      - {{people: [C1], hours: {{sat-sun: 22:00-06:00, wed: "09:00-12:00, 13:00-17:00"}}}}
    holidays: {{dates: [{TODAY + timedelta(days=5)}], people: [B2]}}
    overrides: [{{person: A17, since: {TODAY}T07:00, until: {TODAY + timedelta(days=1)}T19:30}}]
  south: {{file: south.ics}}
escalations: {{floor: {{steps: [{{tell: [rota north, rota south]}}]}}}}
"""


def _calendar(person: str) -> str:
    return (
        f"BEGIN:VCALENDAR\nBEGIN:VEVENT\nSUMMARY:{person}\nDTSTART;VALUE=DATE:20260101\n"
        "RRULE:FREQ=WEEKLY\nEND:VEVENT\nEND:VCALENDAR\n"
    )


def _loaded(folder: Path) -> list[dict[str, Any]]:
    """What the journal was told of rotas; it may be written meanwhile, or be made only now."""
    try:
        lines = [json.loads(line) for line in exported(folder / "journal", internal=True)]
    except sqlite3.OperationalError:
        return []
    return [line for line in lines if line["type"] == "rota.loaded"]


def test_what_is_configured_is_what_the_engine_knows(tmp_path: Path) -> None:
    """Told at the start and when a calendar changes, kept over a restart, and minute by minute what was configured."""
    path = tmp_path / "floorwatch.yaml"
    path.write_text(CONFIG, encoding="utf-8")
    (tmp_path / "input").touch()
    (tmp_path / "south.ics").write_text(_calendar("A17"), encoding="utf-8")
    with floorwatch(tmp_path / "log", "run", "--config", str(path)) as running:
        running.wait_for(lambda: len(_loaded(tmp_path)) == 2, 10)
        (tmp_path / "new").write_text(_calendar("B2"), encoding="utf-8")
        (tmp_path / "new").rename(tmp_path / "south.ics")
        running.wait_for(lambda: len(_loaded(tmp_path)) == 3, 10)
        assert running.stop() == 0
    with floorwatch(tmp_path / "log2", "run", "--config", str(path)) as running:
        running.wait_for(lambda: running.get("/api/v1/view"), 10)
        assert running.stop() == 0
    told = _loaded(tmp_path)
    said = [json.dumps({key: value for key, value in line.items() if key not in ("time", "received")}) for line in told]
    assert len(said) == len(set(said)) >= 3, "a restart says nothing again"
    assert {person for turn in told[-1]["turns"] for person in turn.get("people", ())} == {"B2"}

    seq = sum(1 for _ in exported(tmp_path / "journal", internal=True))
    roster = recover(tmp_path / "journal", load_config(path).settings(), seq).engine.calling.roster
    known = roster.loaded("north")
    assert isinstance(known, RotaLoaded)
    assert (known.team, known.until - known.since >= 36 * DAY_MS) == ("red", True)
    plan = yaml.load(CONFIG, yaml.BaseLoader)["rotas"]["north"]
    wall = Wall("America/Santiago", known.since, known.until)
    for minute in minutes(known.since, known.until):
        assert roster.on_call("north", minute) == on_call(plan, wall, minute), minute
