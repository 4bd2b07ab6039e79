"""`floorwatch oncall now|next|check`: what the rotas of a configuration say, without a daemon."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from floorwatch.cli import app

CONFIG = """
site: {timezone: Europe/Warsaw}
outputs: {mail: {type: mail, host: mail.example.com, sender: floor@example.com}}
people:
  A17: {channels: [{output: mail, to: a@example.com}]}
  B2:
  C1:
  Li: {channels: [{output: mail, to: l@example.com, severity: emergency}]}
rotas:
  north:
    team: red
    layers: [{people: [A17, B2], rotate: weekly, handover: mon 09:00, from: 2026-10-05}]
  south: {timezone: Asia/Shanghai, layers: [{people: [A17], hours: {mon-fri: 09:00-18:00}}]}
  always: {layers: [{people: [A17]}]}
escalations: {floor: {steps: [{tell: [rota north, person C1]}]}}
"""
AT = "2026-10-24T12:00"


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "floorwatch.yaml"
    path.write_text(CONFIG, encoding="utf-8")
    return path


def said(config: Path, command: str, *options: str, status: int = 0) -> str:
    """What the command prints."""
    result = CliRunner().invoke(app, ["oncall", command, "--config", str(config), *options])
    assert result.exit_code == status, result.output
    return result.output


def test_now_shows_who_is_on_call_and_until_when(config: Path) -> None:
    """Each rota on its own clock, over the night in which the clocks are set; a rota that never changes has no end.

    What a daemon was told besides is said to be left out.
    """
    north, south, always, _, note = (line.split() for line in said(config, "now", "--at", AT).splitlines()[1:])
    assert note[:2] == ["As", "configured,"]
    assert north == "north A17 Mon 2026-10-19 09:00 CEST Mon 2026-10-26 09:00 CET".split()
    assert south == "south nobody Fri 2026-10-23 18:00 CST Mon 2026-10-26 09:00 CST".split()
    assert always == ["always", "A17", "–", "–"]


def test_next_shows_who_comes_after(config: Path) -> None:
    """So many turns as are asked for, of one rota; a rota that never changes has none."""
    lines = said(config, "next", "--at", AT, "--rota", "north", "--turns", "2").splitlines()[1:-2]
    assert [line.split()[:5] for line in lines] == [
        ["north", "B2", "Mon", "2026-10-26", "09:00"],
        ["north", "A17", "Mon", "2026-11-02", "09:00"],
    ]
    assert said(config, "next", "--at", AT, "--rota", "always").splitlines()[1:-2] == []


def test_both_speak_json(config: Path) -> None:
    """Instants in milliseconds, the rota with its team and time zone."""
    found = json.loads(said(config, "now", "--at", AT, "--rota", "north", "--json"))
    assert found["at"] == 1_792_836_000_000
    assert found["turns"] == [
        {
            "rota": "north",
            "team": "red",
            "site": "",
            "timezone": "Europe/Warsaw",
            "people": ["A17"],
            "since": 1_792_393_200_000,
            "until": 1_793_001_600_000,
        }
    ]
    assert [turn["people"] for turn in json.loads(said(config, "next", "--at", AT, "--json"))["turns"]][:2] == [
        ["B2"],
        ["A17"],
    ]


def test_check_finds_gaps_and_who_cannot_be_reached(config: Path) -> None:
    """Exit status 1 with a gap; a person without a channel is named, and is no gap."""
    output = said(config, "check", "--at", AT, status=1)
    assert "south: nobody from Sat 2026-10-24 18:00 CST to Mon 2026-10-26 09:00 CST" in output
    assert output.splitlines()[-1] == "3 rotas, 30 days: 21 gaps"
    fine = said(config, "check", "--at", AT, "--rota", "north")
    assert fine.splitlines() == [
        "B2: is called, and has no channel: people.NAME.channels",
        "C1: is called, and has no channel: people.NAME.channels",
        "1 rota, 30 days: no gap",
    ]
    config.write_text(CONFIG.replace("person C1", "person Li"), encoding="utf-8")
    late = said(config, "check", "--at", AT, "--rota", "north")
    assert "Li: is called, and has no channel for critical (escalation floor)" in late.splitlines()
    config.write_text(CONFIG, encoding="utf-8")
    found = json.loads(said(config, "check", "--at", AT, "--json", status=1))
    assert (len(found["gaps"]), list(found["unreachable"])) == (21, ["B2", "C1"])


def test_what_cannot_be_read_is_said_with_the_place(config: Path) -> None:
    """An unknown rota, no rotas at all, and a file with a mistake, which `check-config` finds, too."""
    assert "there is no rota 'west'; there are: north, south, always" in said(config, "now", "--rota", "west", status=2)
    assert "there is no rota 'nort'; did you mean 'north'?" in said(config, "next", "--rota", "nort", status=2)
    config.write_text("site: {timezone: UTC}\n", encoding="utf-8")
    assert "the configuration has no rotas" in said(config, "now", status=2)
    config.write_text("people: {A17: }\nrotas: {north: {file: north.yaml}}\n", encoding="utf-8")
    file = config.parent / "north.yaml"
    file.write_text("layers:\n  - {people: [A71]}\n", encoding="utf-8")
    expected = f"{file}:2: layers.0.people.0: there is no person 'A71'; did you mean 'A17'?"
    assert expected in said(config, "now", status=2)
    result = CliRunner().invoke(app, ["check-config", str(config)])
    assert (result.exit_code, expected in result.output) == (2, True)
    config.write_text("people: {A17: }\nrotas:\n  south: {file: south.ics}\n", encoding="utf-8")
    result = CliRunner().invoke(app, ["check-config", str(config)])
    place, ics = f"{config}:3: rotas.south.file", config.parent / "south.ics"
    assert result.output.startswith(f"{place}: {ics}: cannot be read: No such file")
