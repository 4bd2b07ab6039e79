"""Reading a file of incidents, and checking that the floor has what it names."""

from __future__ import annotations

from difflib import get_close_matches
from pathlib import Path

from floorwatch.config.file import read_as
from floorwatch.config.problems import ConfigError, Problem
from simulators.incidents.model import Timeline
from simulators.profile.model import FloorProfile


def load_incidents(path: Path, profile: FloorProfile) -> Timeline:
    """The incidents of a file. Raises `ConfigError` where it cannot be used, or names what this floor does not have."""
    timeline = read_as(path, Timeline)
    sites = {team.site for team in profile.teams.values()} - {""}
    known = (("queue", set(profile.queues)), ("team", set(profile.teams)), ("site", sites))
    wrong = [
        Problem(str(path), None, "incidents", f"{profile.name} has no {what} '{name}'{_nearest(name, there)}")
        for named, (what, there) in zip(timeline.names(), known, strict=True)
        for name in sorted(named - there)
    ]
    if wrong:
        raise ConfigError(wrong)
    return timeline


def _nearest(name: str, there: set[str]) -> str:
    nearest = get_close_matches(name, sorted(there), 1)
    return f"; did you mean '{nearest[0]}'?" if nearest else f"; there are: {', '.join(sorted(there)) or 'none'}"
