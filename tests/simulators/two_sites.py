"""A small floor for the tests of incidents: two queues, two teams on two sites, a morning of a few hundred contacts."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import msgspec
import yaml
from pydantic import TypeAdapter

from floorwatch.config.file import load_config
from floorwatch.floor.events import Event
from floorwatch.replay import replay
from simulators.day import simulate
from simulators.flow import day_start_ms, floor_day
from simulators.incidents import Incident
from simulators.profile import FloorProfile

HOUR_MS = 3_600_000

TYPED = """
name: two-sites
site: {name: two-sites, timezone: Europe/Berlin}
date: "2026-03-03"
day_cv: 0
overdispersion: 0
habits: {extra_ratio: 0.1, unreachable_ratio: 0.05}
shifts:
  morning:
    spans: [08:00-12:30]
    pauses: [{activity: break, after: 2h, length: 10m, stagger: 10m}]
queues:
  sales:
    contacts: 250
    shape: [[8.25, 1], [12, 1]]
    handling: {law: lognormal, median: 120, sigma: 0.6, above: 1}
    wrap_up: {law: lognormal, median: 15, sigma: 0.5, above: 1}
    patience: {law: exponential, mean: 240}
    retry: {ratio: 0.4, delay: {law: exponential, mean: 120}}
    hold: {ratio: 0.15}
    transfer: {ratio: 0.05, to: care}
    key_ratio: 0.02
  care:
    contacts: 200
    shape: [[8.25, 1], [12, 1]]
    handling: {law: lognormal, median: 150, sigma: 0.6, above: 1}
    patience: {law: exponential, mean: 300}
    timeout: 5m
teams:
  north: {agents: 7, queues: [sales, care], shifts: [morning], site: Hamburg}
  south: {agents: 6, queues: [care, sales], shifts: [morning], site: Munich}
"""


def floor(
    *, queue: dict[str, Any] | None = None, habits: dict[str, Any] | None = None, agents: int | None = None
) -> FloorProfile:
    """This floor; with other keys, as they are typed, on every queue and among its habits, or with larger teams."""
    typed = yaml.safe_load(TYPED)
    for keys in typed["queues"].values():
        keys.update(queue or {})
    for team in typed["teams"].values():
        team["agents"] = agents or team["agents"]
    typed["habits"].update(habits or {})
    return FloorProfile.model_validate(typed)


FLOOR = floor()
START_MS = day_start_ms(FLOOR.date, FLOOR.timezone)


def of_day(hours: float) -> int:
    """The instant of an hour of the simulated day."""
    return START_MS + round(hours * HOUR_MS)


@cache
def incident(typed: str) -> Incident:
    """An incident as it is typed in a file."""
    return TypeAdapter[Incident](Incident).validate_python(yaml.safe_load(typed))


def events_of(*incidents: Incident, profile: FloorProfile = FLOOR, seed: int = 1) -> list[Event]:
    """What truly happens on the day."""
    return list(floor_day(profile, seed, START_MS, incidents=incidents))


def played(
    folder: Path, *incidents: Incident, seed: int = 1, profile: FloorProfile = FLOOR
) -> tuple[dict[str, Any], dict[str, Any]]:
    """(truth, report) of a day that was written into the folder and replayed from there."""
    simulate(profile, seed, folder, incidents)
    truth = msgspec.json.decode((folder / "truth.json").read_bytes())
    settings = load_config(folder / "floorwatch.yaml").settings()
    return truth, replay([folder / "events.jsonl.gz"], settings)
