from __future__ import annotations

from pathlib import Path

import pytest

from floorwatch.config.problems import ConfigError
from simulators.profile import bundled, load_profile
from simulators.profile.model import time_of_day, time_of_day_ms

SMALL = bundled()["small"].read_text(encoding="utf-8")
MANY = """
name: many
shifts: {all: {spans: [08:00-16:00]}}
queues:
  "q{n}": {copies: 12, contacts: 100, transfer: {ratio: 0.1, to: "q{next}"}}
teams:
  "t{n}": {copies: 12, agents: 3, queues: {"q{n}": 0, "q{next}": 1}, shifts: [all]}
"""


def complaint(tmp_path: Path, text: str) -> str:
    """What is said of a profile that cannot be used, without the name of its file."""
    path = tmp_path / "mine.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError) as refused:
        load_profile(str(path))
    return str(refused.value).replace(str(path), "mine.yaml")


@pytest.mark.parametrize(
    ("right", "wrong", "said"),
    [
        ("contacts: 1500", "contcts: 1500", "queues.support.contcts: unknown key; did you mean 'contacts'?"),
        ("law: lognormal, median: 20,", "law: lognorml, median: 20,", "there is no law 'lognorml'; did you mean"),
        ("median: 150", "medan: 150", "mine.yaml:22: queues.support.handling"),
        ("[08:00-16:30]", "[16:30-08:00]", "shifts.early.spans.0: must be two times of day, the earlier first"),
        ("shifts: [early, early, late]", "shifts: [erly]", "teams.support.shifts: there is no shift 'erly'"),
        ("queues: [support]", "queues: [suport]", "teams.support.queues: there is no queue 'suport'"),
        ("agents: 20", "agents: twenty", "teams.support.agents: must be a whole number (here: twenty)"),
        ("timezone: Europe/Berlin", "timezone: Europe/Berln", "did you mean 'Europe/Berlin'?"),
        ("contacts: 1500", "contacts: 1500\n    hours: {mon: closed}", "queues.support.hours: is never open"),
        ("Europe/Berlin}", "Europe/Berlin, holidays: [2026-03-03]}", "site.holidays: a simulated floor has none"),
        ("after: 2h, ", "", "shifts.early.pauses.0: needs either 'at' (a time of day) or 'after'"),
    ],
)
def test_a_mistake_is_answered_with_its_place_and_the_way_out(
    right: str, wrong: str, said: str, tmp_path: Path
) -> None:
    """One wrong word in a profile: the line or the key is named, and what there is instead."""
    assert right in SMALL
    assert said in complaint(tmp_path, SMALL.replace(right, wrong))


def test_what_is_written_once_is_repeated(tmp_path: Path) -> None:
    """Twelve queues and teams, numbered alike; the neighbour of the last is the first."""
    path = tmp_path / "many.yaml"
    path.write_text(MANY, encoding="utf-8")
    profile = load_profile(str(path))
    assert next(iter(profile.queues)) == "q01"
    assert list(profile.queues)[-1] == "q12"
    assert profile.queues["q12"].transfer.to == "q01"
    assert profile.teams["t12"].queues == {"q12": 0, "q01": 1}


def test_copies_need_a_number_and_a_place_for_it(tmp_path: Path) -> None:
    """Copies of a name without {n} would be one queue; the mistake is said."""
    assert "the name must hold {n}" in complaint(tmp_path, MANY.replace('"q{n}"', "q"))


def test_times_of_day_pass_midnight() -> None:
    """26:30 is half past two in the night that belongs to the day; what is no time is refused."""
    assert time_of_day_ms("26:30") == (26 * 60 + 30) * 60_000
    assert time_of_day(time_of_day_ms("26:30")) == "26:30"
    for wrong in ("8", "8:60", "50:00", "noon"):
        with pytest.raises(ValueError, match="must be a time of day"):
            time_of_day_ms(wrong)
