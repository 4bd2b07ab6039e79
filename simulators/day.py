"""A simulated day as files: what `floorwatch simulate` writes and `floorwatch replay` reads."""

from __future__ import annotations

import csv
import gzip
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import msgspec
import yaml

from floorwatch.floor.events import Event
from floorwatch.floor.settings import QueuePolicy
from simulators.callflow import floor_day
from simulators.demo import DEMO
from simulators.old_profile import SMALL, FloorProfile
from simulators.shifts import day_start_ms, plan, settings_of
from simulators.speaker import instant

PROFILES: dict[str, FloorProfile] = {profile.name: profile for profile in (SMALL, DEMO)}

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def simulate(profile: str, seed: int, date: str | None, out_dir: Path) -> None:
    """Write `events.jsonl.gz`, `floorwatch.yaml` and `schedule.csv` of one day into `out_dir`, made when missing.

    `date` is local, YYYY-MM-DD; None is the profile's own. The same arguments give the same bytes (of the packed file:
    with the same zlib). Raises ValueError for an unknown profile or what is no date.
    """
    if profile not in PROFILES:
        raise ValueError(f"no profile named {profile!r}; there are: {', '.join(PROFILES)}")
    floor = replace(PROFILES[profile], date=date or PROFILES[profile].date)
    start_ms = day_start_ms(floor.date, floor.timezone)
    out_dir.mkdir(parents=True, exist_ok=True)
    with (out_dir / "events.jsonl.gz").open("wb") as file, gzip.GzipFile("", "wb", 6, file, mtime=0) as packed:
        packed.writelines(lines(floor_day(floor, seed, start_ms)))
    (out_dir / "floorwatch.yaml").write_text(config_of(floor), encoding="utf-8", newline="\n")
    with (out_dir / "schedule.csv").open("w", encoding="utf-8", newline="") as file_of_rows:
        rows = csv.writer(file_of_rows, lineterminator="\n")
        rows.writerow(("agent", "activity", "start", "end"))
        rows.writerows(schedule_of(floor, start_ms))


def lines(events: Iterable[Event]) -> Iterator[bytes]:
    """The events as JSON Lines, times in RFC 3339 (UTC) for people to read."""
    encoder = msgspec.json.Encoder()
    for event in events:
        time = _EPOCH + timedelta(milliseconds=instant(event))
        yield encoder.encode(msgspec.structs.replace(event, time=time)) + b"\n"


def config_of(profile: FloorProfile) -> str:
    """The YAML configuration of a monitor of this floor."""
    settings = settings_of(profile)
    config = {
        "site": {"name": settings.site, "timezone": settings.timezone},
        "interval": "15m",
        "queues": {name: _queue_config(policy) for name, policy in settings.queues.items()},
        "agents": {name: {"team": agent.team, "queues": list(agent.queues)} for name, agent in settings.agents.items()},
    }
    return yaml.safe_dump(config, sort_keys=False, allow_unicode=True, default_flow_style=None, width=120)


def _queue_config(policy: QueuePolicy) -> dict[str, object]:
    return {
        "channel": policy.channel,
        "service_level": {
            "target": policy.target,
            "threshold": f"{policy.threshold_ms // 1000}s",
            "short_abandon": f"{policy.short_abandon_ms // 1000}s",
            "formula": policy.formula,
        },
    }


def schedule_of(profile: FloorProfile, start_ms: int) -> list[tuple[str, str, str, str]]:
    """(agent, activity, start, end) of the day that begins at `start_ms`, in RFC 3339 with the site's offset."""
    zone = ZoneInfo(profile.timezone)

    def stamp(time_of_day_ms: int) -> str:
        return (_EPOCH + timedelta(milliseconds=start_ms + time_of_day_ms)).astimezone(zone).isoformat()

    return [
        (shift.agent, activity, stamp(from_ms), stamp(to_ms))
        for shift in plan(profile)
        for activity, from_ms, to_ms in shift.activities()
    ]
