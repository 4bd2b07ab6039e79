"""In and out: recorded days from files of any format our readers understand, a profile into YAML."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from copy import deepcopy
from pathlib import Path
from typing import Any

import yaml

from floorwatch.floor.events import Event
from floorwatch.ingest.open import open_recording
from simulators.calibrate.visits import Day, Visit, days_of, visits_of


def days_from(paths: Sequence[Path], timezone: str) -> list[Day]:
    """The days these files hold, by the local time of `timezone` (also that of a table's times without an offset).

    Raises `floorwatch.ingest.open.UnusableInputError` for what is no recording, `OSError` for what cannot be read.
    """
    visits: list[Visit] = []
    for path in paths:
        visits.extend(visits_of(_events(path, timezone)))
    return days_of(visits, timezone)


def _events(path: Path, timezone: str) -> Iterator[Event]:
    for _, event in open_recording(path, timezone=timezone).deliveries():
        yield event


def as_yaml(typed: dict[str, Any], heading: str) -> str:
    """A typed profile as a file, after a line of comment; a queue's shape in a row."""
    rows = deepcopy(typed)
    for queue in rows["queues"].values():
        queue["shape"] = _Row(queue["shape"])
    return f"# {heading}\n" + yaml.dump(rows, Dumper=_Plain, default_flow_style=None, sort_keys=False, width=118)


class _Row(list[Any]):
    """Written in a row."""


class _Plain(yaml.SafeDumper):
    """Writes everything out, where YAML would name what it has said before."""

    def ignore_aliases(self, data: object) -> bool:
        """Never."""
        return True


_Plain.add_representer(tuple, lambda dumper, pair: dumper.represent_list(list(pair)))
_Plain.add_representer(
    _Row, lambda dumper, row: dumper.represent_sequence("tag:yaml.org,2002:seq", row, flow_style=True)
)
