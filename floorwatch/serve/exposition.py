"""The floor as Prometheus metrics, text format 0.0.4.

The windows are exact and computed here, so they are gauges: a counter must never fall, and a late event may correct a
figure downwards. What is unknown, and a ratio with nothing to divide by, is absent: never 0, never NaN.
HELP texts come from the catalogue.
"""

from __future__ import annotations

from collections.abc import Iterator

from prometheus_client import CollectorRegistry, ProcessCollector, generate_latest

from floorwatch import __version__
from floorwatch.alert_view import AlertView
from floorwatch.floor.outputs import PUBLIC_SCOPES
from floorwatch.metrics.catalogue import FIGURES, VERSIONS, described
from floorwatch.serve.exposition_ahead import (
    FAMILIES_AHEAD,
    Family,
    Labels,
    Sample,
    attendance_samples,
    outlook_samples,
    projection_samples,
)
from floorwatch.view import FloorView, InputView, IntervalView, QueueView, SourceView, WindowView

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"


FAMILIES: dict[str, Family] = {
    "floorwatch_build_info": Family("gauge", "build"),
    "floorwatch_definition_info": Family("gauge", "definition"),
    "floorwatch_view_timestamp_seconds": Family("gauge", "view_time"),
    "floorwatch_queue_known": Family("gauge", "queue_known"),
    "floorwatch_queue_open": Family("gauge", "queue_open"),
    "floorwatch_queue_last_event_timestamp_seconds": Family("gauge", "queue_last_event"),
    "floorwatch_queue_age_seconds": Family("gauge", "queue_age"),
    "floorwatch_queue_target_ratio": Family("gauge", "target"),
    "floorwatch_queue_threshold_seconds": Family("gauge", "threshold"),
    "floorwatch_waiting": Family("gauge", "waiting"),
    "floorwatch_waiting_past_threshold": Family("gauge", "waiting_past_threshold"),
    "floorwatch_longest_wait_seconds": Family("gauge", "longest_wait"),
    "floorwatch_oldest_entry_timestamp_seconds": Family("gauge", "oldest_entry"),
    "floorwatch_service_level_ratio": Family("gauge", "service_level", "floorwatch_service_level_window_decided"),
    "floorwatch_service_level_window_hits": Family("gauge", "hits"),
    "floorwatch_service_level_window_decided": Family("gauge", "decided"),
    "floorwatch_window_offered": Family("gauge", "offered"),
    "floorwatch_window_answered": Family("gauge", "answered"),
    "floorwatch_window_answered_in_threshold": Family("gauge", "answered_in_threshold"),
    "floorwatch_window_abandoned": Family("gauge", "abandoned"),
    "floorwatch_window_abandoned_short": Family("gauge", "abandoned_short"),
    "floorwatch_window_exited": Family("gauge", "exited"),
    "floorwatch_window_handled": Family("gauge", "handled"),
    "floorwatch_window_abandon_ratio": Family("gauge", "abandon_ratio", "floorwatch_window_abandon_ratio_n"),
    "floorwatch_window_abandon_ratio_n": Family("gauge", "abandon_ratio_n"),
    "floorwatch_window_asa_seconds": Family("gauge", "asa", "floorwatch_window_asa_n"),
    "floorwatch_window_asa_n": Family("gauge", "asa_n"),
    "floorwatch_window_aht_seconds": Family("gauge", "aht", "floorwatch_window_handled"),
    "floorwatch_interval_level_by_arrival_ratio": Family(
        "gauge", "service_level_by_arrival", "floorwatch_interval_level_by_arrival_decided"
    ),
    "floorwatch_interval_level_by_arrival_decided": Family("gauge", "decided"),
    "floorwatch_interval_occupancy_ratio": Family("gauge", "occupancy", "floorwatch_interval_occupancy_seconds"),
    "floorwatch_interval_load_occupancy_ratio": Family(
        "gauge", "occupancy_by_load", "floorwatch_interval_occupancy_seconds"
    ),
    "floorwatch_interval_occupancy_seconds": Family("gauge", "occupancy_time"),
    "floorwatch_queue_agents": Family("gauge", "agents_by_activity"),
    "floorwatch_queue_agents_present": Family("gauge", "present"),
    "floorwatch_queue_agents_elsewhere": Family("gauge", "elsewhere"),
    "floorwatch_queue_room": Family("gauge", "room"),
    "floorwatch_queue_agents_with_room": Family("gauge", "with_room"),
    **FAMILIES_AHEAD,
    "floorwatch_agents": Family("gauge", "agents_by_activity"),
    "floorwatch_alert_firing": Family("gauge", "alert_firing"),
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
    "floorwatch_source_corrections_total": Family("counter", "corrections"),
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
    "floorwatch_corrections_total": Family("counter", "corrections"),
}
"""By metric name, in the order written."""


def _queue_samples(queue: QueueView, at: int) -> Iterator[Sample]:
    labels: Labels = (("queue", queue.name),)
    known = queue.unknown_since is None
    yield "floorwatch_queue_known", labels, int(known)
    yield "floorwatch_queue_open", labels, int(queue.hours is None or queue.hours.is_open)
    if queue.last_event_at is not None:
        yield "floorwatch_queue_last_event_timestamp_seconds", labels, queue.last_event_at / 1000
        yield "floorwatch_queue_age_seconds", labels, max(0, at - queue.last_event_at) / 1000
    yield "floorwatch_queue_target_ratio", labels, queue.target
    yield "floorwatch_queue_threshold_seconds", labels, queue.threshold_ms / 1000
    if not known:
        return
    for name, figure in (
        ("floorwatch_waiting", queue.waiting),
        ("floorwatch_waiting_past_threshold", queue.waiting_past_threshold),
        ("floorwatch_queue_agents_present", queue.present),
        ("floorwatch_queue_agents_elsewhere", queue.elsewhere),
        ("floorwatch_queue_room", queue.room),
        ("floorwatch_queue_agents_with_room", queue.with_room),
    ):
        if figure is not None:
            yield name, labels, figure
    if queue.longest_wait_ms is not None:
        yield "floorwatch_longest_wait_seconds", labels, queue.longest_wait_ms / 1000
    if queue.oldest_since is not None:
        yield "floorwatch_oldest_entry_timestamp_seconds", labels, queue.oldest_since / 1000
    for activity, agents in queue.members.items():
        yield "floorwatch_queue_agents", (*labels, ("activity", activity)), agents
    for window, figures in queue.windows.items():
        yield from _window_samples((*labels, ("window", window)), figures)
    yield from _interval_samples(labels, queue.interval)
    if queue.projection is not None:
        yield from projection_samples(labels, queue.projection)
    if queue.outlook is not None:
        yield from outlook_samples(labels, queue.outlook)


def _interval_samples(labels: Labels, interval: IntervalView) -> Iterator[Sample]:
    """Of the open interval: what is only kept by interval."""
    yield "floorwatch_interval_level_by_arrival_decided", labels, interval.level_by_arrival_n
    if interval.level_by_arrival is not None:
        yield "floorwatch_interval_level_by_arrival_ratio", labels, interval.level_by_arrival
    if interval.occupancy_of_ms is not None:
        yield "floorwatch_interval_occupancy_seconds", labels, interval.occupancy_of_ms / 1000
        if interval.occupancy is not None:
            yield "floorwatch_interval_occupancy_ratio", labels, interval.occupancy
        if interval.load_occupancy is not None:
            yield "floorwatch_interval_load_occupancy_ratio", labels, interval.load_occupancy


def _window_samples(labels: Labels, figures: WindowView) -> Iterator[Sample]:
    yield "floorwatch_service_level_window_hits", labels, figures.level_hits
    yield "floorwatch_service_level_window_decided", labels, figures.level_n
    yield "floorwatch_window_abandon_ratio_n", labels, figures.abandon_ratio_n
    yield "floorwatch_window_asa_n", labels, figures.asa_n
    yield "floorwatch_window_offered", labels, figures.offered
    yield "floorwatch_window_answered", labels, figures.answered
    yield "floorwatch_window_answered_in_threshold", labels, figures.answered_in_threshold
    yield "floorwatch_window_abandoned", labels, figures.abandoned
    yield "floorwatch_window_abandoned_short", labels, figures.abandoned_short
    yield "floorwatch_window_exited", labels, figures.exited
    yield "floorwatch_window_handled", labels, figures.handled
    if figures.level is not None:
        yield "floorwatch_service_level_ratio", labels, figures.level
    if figures.abandon_ratio is not None:
        yield "floorwatch_window_abandon_ratio", labels, figures.abandon_ratio
    if figures.asa_ms is not None:
        yield "floorwatch_window_asa_seconds", labels, figures.asa_ms / 1000
    if figures.aht_ms is not None:
        yield "floorwatch_window_aht_seconds", labels, figures.aht_ms / 1000


def _about(alert: AlertView) -> Labels:
    """Its queue, source or output: what else an alert may be about, or is labelled with, might name an agent."""
    return ((alert.scope, alert.labels[alert.scope]),) if alert.scope in PUBLIC_SCOPES else ()


def _alert_samples(alerts: tuple[AlertView, ...]) -> Iterator[Sample]:
    """One series per rule, queue or source, and severity: a rule may have resolved and fired again within the hour."""
    firing: dict[Labels, int] = {}
    for alert in alerts:
        labels: Labels = (("rule", alert.rule), *_about(alert), ("severity", alert.severity))
        firing[labels] = max(firing.get(labels, 0), int(alert.state in ("firing", "acknowledged")))
    for labels, value in firing.items():
        yield "floorwatch_alert_firing", labels, value


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


def samples(view: FloorView | None) -> Iterator[Sample]:
    """Every sample of the view; without a view only what is true anyway."""
    yield "floorwatch_build_info", (("version", __version__),), 1
    for figure, version in VERSIONS.items():
        yield "floorwatch_definition_info", (("figure", figure), ("version", str(version))), 1
    if view is None:
        return
    yield "floorwatch_view_timestamp_seconds", (), view.at / 1000
    for activity, agents in view.activities.items():
        yield "floorwatch_agents", (("activity", activity),), agents
    for queue in view.queues:
        yield from _queue_samples(queue, view.at)
    if view.attendance is not None:
        yield from attendance_samples(view.attendance)
    yield from _alert_samples(view.alerts)
    for source in view.sources:
        yield from _source_samples(source)
    yield from _input_samples(view.input)


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("\n", "\\n").replace('"', '\\"')


def _series(name: str, labels: Labels) -> str:
    if not labels:
        return name + " "
    return name + "{" + ",".join(f'{label}="{_escaped(value)}"' for label, value in labels) + "} "


def _header(name: str) -> str:
    family = FAMILIES[name]
    n = f" Its n is {family.sample}." if family.sample else ""
    text = (described(FIGURES[family.figure], "en") + n).replace("\\", "\\\\").replace("\n", "\\n")
    return f"# HELP {name} {text}\n# TYPE {name} {family.kind}\n"


class Exposition:
    """Writes views as text. The escaped series names of the last view are kept: they hardly ever change."""

    def __init__(self) -> None:
        self._headers = {name: _header(name) for name in FAMILIES}
        self._series: dict[tuple[str, Labels], str] = {}

    def render(self, view: FloorView | None) -> bytes:
        """All metrics of `view`, grouped by family in the order of `FAMILIES`."""
        known, kept = self._series, {}
        families: dict[str, list[str]] = {name: [] for name in FAMILIES}
        for name, labels, value in samples(view):
            key = (name, labels)
            series = known.get(key) or _series(name, labels)
            kept[key] = series
            families[name].append(f"{series}{value!r}\n")
        self._series = kept  # queues that are gone are forgotten, so the store never outgrows one scrape
        # A name may hold what UTF-8 cannot carry (half a surrogate pair from a broken feed): it must not stop a scrape.
        return "".join(
            part for name, lines in families.items() if lines for part in (self._headers[name], *lines)
        ).encode("utf-8", "replace")


_PROCESS = CollectorRegistry()
ProcessCollector(registry=_PROCESS)


def process_metrics() -> bytes:
    """CPU, memory and open files of this process, as prometheus_client reads them from the kernel."""
    return generate_latest(_PROCESS)
