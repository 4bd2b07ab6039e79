"""The floor as Prometheus metrics, text format 0.0.4.

The windows are exact and computed here, so they are gauges: a late event may correct them downwards, and a counter must
never fall. Counters of queues count what has settled. What is unknown, and a ratio of nothing, is absent: never 0.
HELP texts come from the catalogue.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from floorwatch import __version__
from floorwatch.metrics.catalogue import FIGURES, VERSIONS, described
from floorwatch.serve.exposition_ahead import FAMILIES_AHEAD, attendance_samples
from floorwatch.serve.exposition_alerts import FAMILIES_ALERTS, alert_samples
from floorwatch.serve.exposition_queue import FAMILIES_QUEUE, queue_columns
from floorwatch.serve.exposition_settled import FAMILIES_SETTLED, SETTLED_ONLY
from floorwatch.serve.text_format import Bulk, Family, Labels, Sample, Slice, family_slices, header, sample_slices
from floorwatch.view import FloorView, InputView, SourceView

FAMILIES: dict[str, Family] = {
    "floorwatch_build_info": Family("gauge", "build"),
    "floorwatch_definition_info": Family("gauge", "definition"),
    "floorwatch_site_info": Family("gauge", "site"),
    "floorwatch_view_timestamp_seconds": Family("gauge", "view_time"),
    "floorwatch_min_sample_contacts": Family("gauge", "min_sample"),
    **FAMILIES_QUEUE,
    **FAMILIES_SETTLED,
    "floorwatch_settled_timestamp_seconds": Family("gauge", "settled_until"),
    **FAMILIES_AHEAD,
    "floorwatch_agents": Family("gauge", "agents_by_activity"),
    "floorwatch_agent_activity": Family("gauge", "agent_activity"),
    **FAMILIES_ALERTS,
    "floorwatch_source_up": Family("gauge", "source_up"),
    "floorwatch_source_since_timestamp_seconds": Family("gauge", "source_since"),
    "floorwatch_source_last_event_timestamp_seconds": Family("gauge", "source_last_event"),
    "floorwatch_source_delay_seconds": Family("gauge", "source_delay"),
    "floorwatch_source_delay_max_seconds": Family("gauge", "source_delay_max"),
    "floorwatch_source_clock_offset_seconds": Family("gauge", "source_clock_offset"),
    "floorwatch_source_down_seconds_total": Family("counter", "source_down_time"),
    "floorwatch_source_gaps_total": Family("counter", "source_gaps"),
    "floorwatch_source_events_total": Family("counter", "source_events"),
    "floorwatch_source_duplicate_total": Family("counter", "events_duplicate"),
    "floorwatch_source_late_total": Family("counter", "events_late"),
    "floorwatch_source_corrections_total": Family("counter", "settled_corrections"),
    "floorwatch_source_anomalies_total": Family("counter", "anomalies"),
    "floorwatch_source_resynced_total": Family("counter", "source_resynced"),
    "floorwatch_source_invalid_total": Family("counter", "events_invalid"),
    "floorwatch_events_read_total": Family("counter", "events_read"),
    "floorwatch_events_applied_total": Family("counter", "events_applied"),
    "floorwatch_events_duplicate_total": Family("counter", "events_duplicate"),
    "floorwatch_events_late_total": Family("counter", "events_late"),
    "floorwatch_events_ignored_total": Family("counter", "events_ignored"),
    "floorwatch_events_invalid_total": Family("counter", "events_invalid"),
    "floorwatch_anomalies_total": Family("counter", "anomalies"),
    "floorwatch_unknown_attributes_total": Family("counter", "unknown_attributes"),
    "floorwatch_corrections_total": Family("counter", "settled_corrections"),
}
"""By metric name."""

CORRECTED = frozenset(
    ("floorwatch_source_down_seconds_total", "floorwatch_source_anomalies_total", "floorwatch_anomalies_total")
)
"""Counters of what a later fact may take back: a contradiction is none after all, a feed was back before we heard."""


def _source_samples(source: SourceView) -> Iterator[Sample]:
    labels: Labels = (("source", source.name),)
    yield "floorwatch_source_up", labels, int(source.state == "up")
    for name, ms in (
        ("floorwatch_source_since_timestamp_seconds", source.since),
        ("floorwatch_source_last_event_timestamp_seconds", source.last_event_at),
        ("floorwatch_source_delay_seconds", source.delay_ms),
        ("floorwatch_source_delay_max_seconds", source.delay_ms_max),
        ("floorwatch_source_clock_offset_seconds", source.clock_offset_ms),
        ("floorwatch_source_down_seconds_total", source.down_ms),
    ):
        if ms is not None:
            yield name, labels, ms / 1000
    yield "floorwatch_source_gaps_total", labels, source.gaps
    yield "floorwatch_source_events_total", labels, source.events
    yield "floorwatch_source_duplicate_total", labels, source.duplicates
    yield "floorwatch_source_late_total", labels, source.late
    yield "floorwatch_source_corrections_total", labels, source.corrections
    for kind, count in source.anomalies.items():
        yield "floorwatch_source_anomalies_total", (*labels, ("kind", kind)), count
    for kind, count in source.resynced.items():
        yield "floorwatch_source_resynced_total", (*labels, ("kind", kind)), count
    for reason, count in source.invalid.items():
        yield "floorwatch_source_invalid_total", (*labels, ("reason", reason)), count


def _input_samples(counted: InputView) -> Iterator[Sample]:
    yield "floorwatch_events_read_total", (), counted.read
    yield "floorwatch_events_applied_total", (), counted.applied
    yield "floorwatch_events_duplicate_total", (), counted.duplicate
    yield "floorwatch_events_late_total", (), counted.late
    yield "floorwatch_events_ignored_total", (), counted.ignored
    yield "floorwatch_unknown_attributes_total", (), counted.unknown_attributes
    yield "floorwatch_corrections_total", (), counted.corrections
    for reason, count in counted.invalid.items():
        yield "floorwatch_events_invalid_total", (("reason", reason),), count
    for kind, count in counted.anomalies.items():
        yield "floorwatch_anomalies_total", (("kind", kind),), count


def floor_samples(view: FloorView | None) -> Iterator[Sample]:
    """Every sample of the view that is not a queue's; without a view only what is true anyway."""
    yield "floorwatch_build_info", (("version", __version__),), 1
    for figure, version in VERSIONS.items():
        yield "floorwatch_definition_info", (("figure", figure), ("version", str(version))), 1
    if view is None:
        return
    yield "floorwatch_site_info", (("site", view.site), ("timezone", view.timezone)), 1
    yield "floorwatch_view_timestamp_seconds", (), view.at / 1000
    yield "floorwatch_min_sample_contacts", (), view.min_sample
    if view.settled_until is not None:
        yield "floorwatch_settled_timestamp_seconds", (), view.settled_until / 1000
    for activity, agents in view.activities.items():
        yield "floorwatch_agents", (("activity", activity),), agents
    if view.attendance is not None:
        yield from attendance_samples(view.attendance)
    yield from alert_samples(view.alerts, view.alerts_fired)
    for source in view.sources:
        yield from _source_samples(source)
    yield from _input_samples(view.input)


def _header(name: str) -> str:
    family = FAMILIES[name]
    n = f" Its n is {family.sample}." if family.sample else ""
    settled = SETTLED_ONLY if name in FAMILIES_SETTLED else ""
    return header(name, family.kind, described(FIGURES[family.figure], "en") + n + settled)


Agents = Callable[[], Iterable[tuple[str, str]]]
"""Under which name each agent who is logged in may be told of, and what they do."""


def _nobody() -> tuple[tuple[str, str], ...]:
    """Agents are not told of."""
    return ()


class Exposition:
    """Writes views as text. How the lines of queues begin is kept: it hardly ever changes."""

    def __init__(self, agents: Agents = _nobody) -> None:
        self._agents = agents
        self._headers = {name: _header(name) for name in FAMILIES}
        self._queues = Bulk("queue", self._headers)
        self._most: dict[tuple[str, Labels], float] = {}
        """Of `CORRECTED`, the most that each series has ever been."""

    def slices(self, view: FloorView | None) -> Iterator[Slice]:
        """All metrics of `view`, each family in one piece."""
        yield from sample_slices(self._headers, self._held(floor_samples(view)))
        if view is not None:
            yield from self._queues.slices(tuple(queue.name for queue in view.queues), queue_columns(view))
            told = ((("agent", agent), ("activity", activity)) for agent, activity in self._agents())
            yield from family_slices(self._headers, "floorwatch_agent_activity", told)

    def _held(self, samples: Iterable[Sample]) -> Iterator[Sample]:
        """The same samples; what is taken back of a counter is no step down: it stands until it has become more."""
        for name, labels, value in samples:
            if name in CORRECTED:
                self._most[name, labels] = max(value, self._most.get((name, labels), 0))
            else:
                yield name, labels, value
        for (name, labels), value in self._most.items():
            yield name, labels, value

    def render(self, view: FloorView | None) -> bytes:
        """The same at once."""
        return b"".join(part.text for part in self.slices(view))
