from __future__ import annotations

import re
from pathlib import Path
from typing import get_args

import pytest

from floorwatch.config.problems import ConfigError
from simulators.incidents import load_incidents
from simulators.incidents.model import FeedIncident, FloorIncident
from simulators.profile import FloorProfile, bundled, load_profile
from tests.simulators.two_sites import FLOOR

TIMELINES = Path(__file__).parents[2] / "simulators" / "timelines"


@pytest.mark.parametrize("timeline", sorted(TIMELINES.glob("*.yaml")), ids=lambda path: path.stem)
def test_every_bundled_timeline_fits_a_bundled_profile(timeline: Path) -> None:
    """Each can be played as it is shipped, on at least one floor that is shipped too."""

    def fits(profile: FloorProfile) -> bool:
        try:
            return bool(load_incidents(timeline, profile).incidents)
        except ConfigError:
            return False

    assert [name for name in bundled() if fits(load_profile(name))]


WRONG: dict[str, tuple[str, str]] = {
    "reversed": (
        '{kind: surge, at: "10:00", until: "9:00", factor: 2}',
        "FILE:2: incidents.0.surge: 'until' must be later than 'at'",
    ),
    "unknown_kind": (
        '{kind: outrage, at: "10:00", until: "11:00"}',
        "FILE:2: incidents.0: there is no kind 'outrage'; did you mean 'outage'?",
    ),
    "no_kind": ('{at: "10:00", until: "11:00"}', "FILE:2: incidents.0: needs the key 'kind'"),
    "no_keys": ("surge", "FILE:2: incidents.0: must be keys and values (here: surge)"),
    "unknown_queue": (
        '{kind: surge, at: "10:00", until: "11:00", factor: 2, queues: [salse]}',
        "FILE: incidents.0.queues: two-sites has no queue 'salse'; did you mean 'sales'?",
    ),
    "unknown_site": (
        '{kind: outage, at: "10:00", until: "11:00", sites: [Bonn]}',
        "FILE: incidents.0.sites: two-sites has no site 'Bonn'; there are: Hamburg, Munich",
    ),
    "no_place": (
        '{kind: outage, at: "10:00", until: "11:00"}',
        "FILE:2: incidents.0.outage: needs 'teams' or 'sites'",
    ),
    "due_before": (
        '{kind: long_pause, at: "10:00", until: "11:00", due: "09:00", agents: 1, teams: [north]}',
        "FILE:2: incidents.0.long_pause: 'due' must be later than 'at'",
    ),
    "too_much": (
        '{kind: duplicates, at: "10:00", until: "11:00", ratio: 2}',
        "FILE:2: incidents.0.duplicates.ratio: must be less than or equal to 1",
    ),
    "missing": ('{kind: surge, at: "10:00", until: "11:00"}', "FILE:2: incidents.0.surge.factor: is required"),
    "no_duration": (
        '{kind: clock_skew, at: "10:00", until: "11:00", by: soon}',
        "FILE:2: incidents.0.clock_skew.by: must be a duration such as 20s, 500ms, 15m or 1h (here: soon)",
    ),
}


@pytest.mark.parametrize(("typed", "answer"), WRONG.values(), ids=WRONG)
def test_a_file_that_cannot_be_used_is_answered_with_place_and_fix(tmp_path: Path, typed: str, answer: str) -> None:
    """One mistake, one sentence: where it is, and what would be right."""
    path = tmp_path / "incidents.yaml"
    path.write_text(f"incidents:\n  - {typed}\n", encoding="utf-8")
    with pytest.raises(ConfigError) as refused:
        load_incidents(path, FLOOR)
    assert str(refused.value).replace(str(path), "FILE").startswith(answer)
    assert len(refused.value.problems) == 1


def test_the_documentation_names_every_kind_with_its_keys(repository: Path) -> None:
    """docs/simulator-incidents.md has one row a kind, no more and no fewer, with the keys it takes."""
    text = (repository / "docs/simulator-incidents.md").read_text(encoding="utf-8")
    rows = dict(re.findall(r"^\| `(\w+)` \| ((?:`|–).*?) \|", text, re.MULTILINE))
    of_all = {"kind", "at", "until", "label"}
    expected = {
        get_args(incident.model_fields["kind"].annotation)[0]: {
            field.alias or name for name, field in incident.model_fields.items()
        }
        - of_all
        for incident in (*get_args(FloorIncident), *get_args(FeedIncident))
    }
    defaults = r"\(.*?\)"
    found = {kind: set(re.findall(r"`(\w+)`", re.sub(defaults, "", keys))) for kind, keys in rows.items()}
    assert found == expected
