"""What calibration looks at: every visit of a recorded day, from the events any reader makes of it.

Only what is over counts: a visit that the recording leaves open, or whose beginning it does not hold, says nothing of a
wait or of a handling time.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import chain
from pathlib import Path
from typing import Literal
from zoneinfo import ZoneInfo

from floorwatch.floor.events import (
    ContactAbandoned,
    ContactAlerting,
    ContactAnswered,
    ContactEnded,
    ContactExited,
    ContactOffered,
    ContactTransferred,
    Event,
)
from floorwatch.ingest.open import open_recording


@dataclass(frozen=True, slots=True)
class Visit:
    """One contact's stay in one queue; instants in milliseconds since the epoch."""

    contact: str
    queue: str
    arrived_ms: int
    left_ms: int
    """Answered, or gone."""
    outcome: Literal["answered", "abandoned", "exited"]
    agent: str = ""
    """Who answered; empty where the recording does not say."""
    ended_ms: int = 0
    """End of the talk, holds included; only of answered visits."""
    rang_ms: int | None = None
    """Since when the agent's phone rang; None where nothing is said of it."""
    caller: str = ""

    @property
    def wait_ms(self) -> int:
        """From entering the queue to leaving it."""
        return self.left_ms - self.arrived_ms

    @property
    def handled_ms(self) -> int:
        """Talk and holds."""
        return self.ended_ms - self.left_ms

    @property
    def taken_ms(self) -> int:
        """Since when the agent was engaged: the phone rang, or, where it did not, the answer."""
        return self.left_ms if self.rang_ms is None else self.rang_ms


@dataclass(frozen=True, slots=True)
class Day:
    """The visits that arrived on one local day, in order of arrival."""

    date: str
    start_ms: int
    """Hour 0 of the day, twelve hours before noon, as the simulator counts it."""
    visits: tuple[Visit, ...]

    @property
    def answered(self) -> list[Visit]:
        """Those an agent took."""
        return [visit for visit in self.visits if visit.outcome == "answered"]

    @property
    def weekday(self) -> int:
        """0 is Monday."""
        return datetime.strptime(self.date, "%Y-%m-%d").replace(tzinfo=UTC).weekday()


def visits_of(events: Iterable[Event]) -> Iterator[Visit]:
    """The finished visits of a stream of events, each as it ends."""
    waiting: dict[tuple[str, str], Visit] = {}
    talking: dict[tuple[str, str], Visit] = {}
    for event in events:
        if isinstance(event, ContactOffered):
            at_ms = _ms(event)
            caller = event.caller or ""
            waiting[event.contact, event.queue] = Visit(
                event.contact, event.queue, at_ms, at_ms, "exited", caller=caller
            )
        elif isinstance(event, ContactAlerting):
            visit = waiting.get((event.contact, event.queue))
            if visit is not None:
                waiting[event.contact, event.queue] = replace(visit, rang_ms=_ms(event))
        elif isinstance(event, ContactAnswered):
            visit = waiting.pop((event.contact, event.queue), None)
            if visit is not None:
                answered = replace(visit, outcome="answered", left_ms=_ms(event), agent=event.agent)
                talking[event.contact, event.queue] = answered
        elif isinstance(event, ContactAbandoned | ContactExited):
            visit = waiting.pop((event.contact, event.queue), None)
            if visit is not None:
                outcome: Literal["abandoned", "exited"] = (
                    "abandoned" if isinstance(event, ContactAbandoned) else "exited"
                )
                yield replace(visit, outcome=outcome, left_ms=_ms(event))
        elif isinstance(event, ContactEnded | ContactTransferred):
            visit = talking.pop((event.contact, event.queue), None)
            if visit is not None:
                yield replace(visit, ended_ms=_ms(event))


def days_from(
    paths: Sequence[Path], timezone: str, *, input_format: str = "auto", interfaces: Mapping[str, str] | None = None
) -> list[Day]:
    """The days of recorded inputs of any format, together.

    Raises `ingest.open.UnusableInputError`, and `OSError` when a file cannot be read.
    """
    recordings = [open_recording(path, input_format, interfaces=interfaces, timezone=timezone) for path in paths]
    read = (visits_of(event for _, event in recording.deliveries()) for recording in recordings)
    return days_of(chain.from_iterable(read), timezone)


def days_of(visits: Iterable[Visit], timezone: str) -> list[Day]:
    """The visits by the local day they arrived on, in order."""
    zone = ZoneInfo(timezone)
    by_date: defaultdict[str, list[Visit]] = defaultdict(list)
    for visit in visits:
        if visit.arrived_ms <= visit.left_ms and (visit.outcome != "answered" or visit.left_ms <= visit.ended_ms):
            by_date[f"{datetime.fromtimestamp(visit.arrived_ms / 1000, zone):%Y-%m-%d}"].append(visit)
    days: list[Day] = []
    for date, found in sorted(by_date.items()):
        noon = datetime.strptime(date, "%Y-%m-%d").replace(hour=12, tzinfo=zone)
        found.sort(key=lambda visit: (visit.arrived_ms, visit.contact))
        days.append(Day(date, int(noon.timestamp()) * 1000 - 12 * 3_600_000, tuple(found)))
    return days


def _ms(event: Event) -> int:
    assert isinstance(event.time, int)  # past the reader
    return event.time
