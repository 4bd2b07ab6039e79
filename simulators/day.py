"""A simulated day as files: what `floorwatch simulate` writes and `floorwatch replay` reads."""

from __future__ import annotations

import csv
import gzip
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import yaml

from floorwatch.floor.settings import AdherencePolicy, AgentProfile, QueuePolicy, Settings
from floorwatch.report import canonical_json
from simulators.faults import Heard, is_faulty, lines, tell
from simulators.flow import agents_of, day_start_ms, floor_day, plan
from simulators.flow.roster import Stint
from simulators.incidents import Incident, load_incidents
from simulators.profile import FloorProfile, load_profile
from simulators.truth import BY_SPEAKER, EVENTS, Tables, truth_report
from simulators.truth.tables import Line, Together

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def planned(name_or_path: str, date: str | None, timeline: Path | None) -> tuple[FloorProfile, tuple[Incident, ...]]:
    """The floor of a day and what goes wrong on it; `date` is local, None the profile's own, `timeline` a file.

    Raises `UnknownProfileError`, and `ConfigError` for a file that cannot be used.
    """
    profile = load_profile(name_or_path)
    if date is not None:
        profile = profile.model_copy(update={"date": date})
    return profile, () if timeline is None else load_incidents(timeline, profile).incidents


def simulate(profile: FloorProfile, seed: int, out_dir: Path, incidents: tuple[Incident, ...] = ()) -> None:
    """Write one day of `profile` (on its `date`) into `out_dir`, made when missing.

    `events.jsonl.gz`, `schedule.csv`, `floorwatch.yaml`, and what is true of the day: `truth.json`, with one more file
    `truth.NAME.json` for each protocol that cannot tell everything. The same arguments give the same bytes (of the
    packed file: with the same zlib). Raises ValueError for what is no date.
    """
    start_ms = day_start_ms(profile.date, profile.timezone)
    stints = plan(profile, incidents)
    schedule = [(stint.agent, line) for stint in stints for line in lines_of(stint, start_ms)]
    tables = {"truth.json": Tables(profile, schedule, EVENTS)}
    tables |= {f"truth.{name}.json": Tables(profile, schedule, told) for name, told in BY_SPEAKER.items()}
    events = floor_day(profile, seed, start_ms, incidents=incidents, witness=Together(*tables.values()))
    heard = Heard()
    told = tell(events, incidents, seed=seed, start_ms=start_ms, heard=heard)
    out_dir.mkdir(parents=True, exist_ok=True)
    with (out_dir / "events.jsonl.gz").open("wb") as file, gzip.GzipFile("", "wb", 6, file, mtime=0) as packed:
        packed.writelines(lines(told, stamped=is_faulty(incidents)))
    (out_dir / "floorwatch.yaml").write_text(config_of(profile), encoding="utf-8", newline="\n")
    with (out_dir / "schedule.csv").open("w", encoding="utf-8", newline="") as file_of_rows:
        rows = csv.writer(file_of_rows, lineterminator="\n")
        rows.writerow(("agent", "activity", "start", "end", "version", "site", "team"))
        rows.writerows(schedule_of(profile, stints, start_ms))
    labelled = labels(incidents, start_ms)
    for name, table in tables.items():
        report = truth_report(table, labelled, heard if table.told is EVENTS else None)
        (out_dir / name).write_bytes(canonical_json(report))


def lines_of(stint: Stint, start_ms: int) -> Iterator[Line]:
    """The stint's scheduled activities, as instants."""
    for activity, since_ms, until_ms in stint.activities():
        yield activity, start_ms + since_ms, start_ms + until_ms


def labels(incidents: Iterable[Incident], start_ms: int) -> list[dict[str, Any]]:
    """What went wrong on the day, and when: the ground truth of a back-test."""
    return [
        {
            **incident.model_dump(mode="json", exclude={"at_ms", "until_ms"}),
            "from": _stamp(start_ms + incident.at_ms),
            "to": _stamp(start_ms + incident.until_ms),
        }
        for incident in incidents
    ]


def _stamp(at_ms: int) -> str:
    return (_EPOCH + timedelta(milliseconds=at_ms)).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def settings_of(profile: FloorProfile) -> Settings:
    """What a monitor of this floor is configured with."""
    return Settings(
        site=profile.site.name,
        timezone=profile.timezone,
        queues={name: queue.policy for name, queue in profile.queues.items()},
        agents={
            agent: AgentProfile(team=name, site=team.site, queues=tuple(team.penalties))
            for agent, name, team in agents_of(profile)
        },
        adherence=AdherencePolicy(preset="strict"),
    )


def config_of(profile: FloorProfile) -> str:
    """The YAML configuration of a monitor of this floor."""
    settings = settings_of(profile)
    config = {
        "site": {"name": settings.site, "timezone": settings.timezone},
        "interval": "15m",
        "adherence": {"preset": settings.adherence.preset},
        "queues": {name: _queue_config(policy) for name, policy in settings.queues.items()},
        "agents": {name: _agent_config(agent) for name, agent in settings.agents.items()},
    }
    return yaml.safe_dump(config, sort_keys=False, allow_unicode=True, default_flow_style=None, width=120)


def _agent_config(agent: AgentProfile) -> dict[str, object]:
    site = {"site": agent.site} if agent.site else {}
    return {"team": agent.team, **site, "queues": list(agent.queues)}


def _queue_config(policy: QueuePolicy) -> dict[str, object]:
    return {
        "channel": policy.channel,
        **({"concurrency": policy.concurrency} if policy.concurrency > 1 else {}),
        **({"hours": policy.hours.by_day()} if policy.hours is not None else {}),
        "service_level": {
            "target": policy.target,
            "threshold": f"{policy.threshold_ms}ms",
            "short_abandon": f"{policy.short_abandon_ms}ms",
            "formula": policy.formula,
            "per": policy.per,
            "exits_count": policy.exits_count,
        },
    }


def schedule_of(profile: FloorProfile, stints: Iterable[Stint], start_ms: int) -> Iterator[tuple[str, ...]]:
    """(agent, activity, start, end, version, site, team) of the day that begins at `start_ms`, RFC 3339 local."""
    zone = ZoneInfo(profile.timezone)
    for stint in stints:
        for activity, since_ms, until_ms in lines_of(stint, start_ms):
            start, end = (
                (_EPOCH + timedelta(milliseconds=at_ms)).astimezone(zone).isoformat() for at_ms in (since_ms, until_ms)
            )
            yield stint.agent, activity, start, end, profile.date, stint.site, stint.team
