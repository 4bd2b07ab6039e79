"""Reading a file of incidents, and checking that the floor has what it names."""

from __future__ import annotations

from difflib import get_close_matches
from pathlib import Path

from floorwatch.config.problems import ConfigError, Problem
from floorwatch.config.reading import read_as
from simulators.incidents.model import Timeline
from simulators.profile.model import FloorProfile


def bundled_timelines() -> dict[str, Path]:
    """The bundled timelines: name to file."""
    return {path.stem: path for path in sorted((Path(__file__).parent.parent / "timelines").glob("*.yaml"))}


def load_incidents(path: Path, profile: FloorProfile) -> Timeline:
    """The incidents of a file, or of a bundled timeline by its name.

    Raises `ConfigError` where it cannot be used, or names what this floor does not have.
    """
    path = bundled_timelines().get(str(path), path)
    timeline = read_as(path, Timeline)
    known = {
        "queues": set(profile.queues),
        "teams": set(profile.teams),
        "sites": {team.site for team in profile.teams.values()} - {""},
    }
    wrong = [
        Problem(str(path), None, f"incidents.{number}.{key}", f"{profile.name} has no {key[:-1]} '{name}'; {nearest}")
        for number, incident in enumerate(timeline.incidents)
        for key, there in known.items()
        for name in getattr(incident, key, ())
        if name not in there
        for nearest in [_nearest(name, there)]
    ]
    if wrong:
        raise ConfigError(wrong)
    return timeline


def _nearest(name: str, there: set[str]) -> str:
    nearest = get_close_matches(name, sorted(there), 1)
    return f"did you mean '{nearest[0]}'?" if nearest else f"there are: {', '.join(sorted(there)) or 'none'}"
