"""Every area, in the order in which a new owner would look."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

from floorwatch.doctor.access import check_access
from floorwatch.doctor.daemon import check_daemon
from floorwatch.doctor.finding import Checkup, Finding, Findings, failed
from floorwatch.doctor.machine import check_machine
from floorwatch.doctor.oncall import check_oncall
from floorwatch.doctor.outputs import check_heartbeat, check_links, check_outputs
from floorwatch.doctor.secrets import check_secrets
from floorwatch.doctor.sources import check_sources
from floorwatch.doctor.store import check_store


class Examined(NamedTuple):
    """A finding, and where it belongs."""

    area: str
    finding: Finding


AREAS: dict[str, Callable[[Checkup], Findings]] = {
    "secrets": check_secrets,
    "access": check_access,
    "store": check_store,
    "machine": check_machine,
    "sources": check_sources,
    "outputs": check_outputs,
    "heartbeat": check_heartbeat,
    "links": check_links,
    "on call": check_oncall,
    "daemon": check_daemon,
}


def examine(checkup: Checkup) -> Iterator[Examined]:
    """What there is to say, area by area. What the machine refuses to one area is said there, and the next begins."""
    for area, check in AREAS.items():
        try:
            for finding in check(checkup):
                yield Examined(area, finding)
        except OSError as wrong:
            text = f"{wrong.filename or 'this machine'}: {(wrong.strerror or str(wrong)).lower()}"
            yield Examined(area, failed(area, text, "run this as the user of the daemon"))
