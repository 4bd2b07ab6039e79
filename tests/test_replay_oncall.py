"""A replay of what no daemon has journalled does not know who was on call, and says of nothing that nobody was."""

from __future__ import annotations

import json
from pathlib import Path

from floorwatch.config import load_config
from floorwatch.replay import replay

CONFIG = """
rules: {waits: {figure: waiting, at_least: 1, immediate: true, severity: critical}}
outputs: {desk: {type: webhook, url: "http://127.0.0.1:9/desk", only_oncall: true}}
people: {A17: {channels: [{output: desk}]}}
rotas: {north: {layers: [{people: [A17]}]}}
escalations: {floor: {steps: [{tell: [rota north]}]}}
"""
SAID = (("contact.offered", 1_772_438_400_000), ("contact.abandoned", 1_772_438_700_000))


def test_a_recording_says_nothing_of_who_was_on_call(tmp_path: Path) -> None:
    """The alert of the floor, and none that says that nobody was on call: the rota has somebody always."""
    (tmp_path / "floorwatch.yaml").write_text(CONFIG, encoding="utf-8")
    day = tmp_path / "day.jsonl"
    lines = [json.dumps({"type": kind, "time": at, "contact": "c1", "queue": "sales"}) for kind, at in SAID]
    day.write_text("\n".join(lines), encoding="utf-8")
    report = replay([day], load_config(tmp_path / "floorwatch.yaml").settings())
    rules = {alert["rule"] for alert in report["alerts"]}
    assert "waits" in rules
    assert "daemon_trouble" not in rules
