"""The metrics of what lies ahead, and of who keeps to the schedule: projection, outlook, adherence.

Adherence is exported for the whole floor only, and of no fewer agents than `GROUP_MIN`: a figure of few speaks
of each of them.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from floorwatch.metrics.members import GROUP_MIN
from floorwatch.metrics.outlook import Outlook
from floorwatch.view import AttendanceView, ProjectionView

Labels = tuple[tuple[str, str], ...]
Sample = tuple[str, Labels, float]
"""Metric name, labels in the order written, value."""


class Family(NamedTuple):
    """What a metric is."""

    kind: str
    figure: str
    sample: str = ""
    """The metric that is its n, with the same labels. Every measured ratio and mean has one."""


FAMILIES_AHEAD: dict[str, Family] = {
    "floorwatch_projection_ratio": Family("gauge", "projection", "floorwatch_projection_decided"),
    "floorwatch_projection_low_ratio": Family("gauge", "projection_low", "floorwatch_projection_decided"),
    "floorwatch_projection_high_ratio": Family("gauge", "projection_high", "floorwatch_projection_decided"),
    "floorwatch_projection_decided": Family("gauge", "decided"),
    "floorwatch_projection_to_come": Family("gauge", "to_come"),
    "floorwatch_projection_timestamp_seconds": Family("gauge", "looked_at"),
    "floorwatch_outlook_timestamp_seconds": Family("gauge", "looked_at"),
    "floorwatch_outlook_decided": Family("gauge", "decided"),
    "floorwatch_course_ratio": Family("gauge", "course", "floorwatch_outlook_decided"),
    "floorwatch_best_reachable_ratio": Family("gauge", "best_reachable", "floorwatch_outlook_decided"),
    "floorwatch_needed_for_target_ratio": Family("gauge", "needed_for_target", "floorwatch_outlook_decided"),
    "floorwatch_places": Family("gauge", "places"),
    "floorwatch_required_agents": Family("gauge", "required_agents"),
    "floorwatch_scheduled_agents": Family("gauge", "scheduled_agents"),
    "floorwatch_agents_to_recover": Family("gauge", "agents_to_recover"),
    "floorwatch_no_return_timestamp_seconds": Family("gauge", "no_return"),
    "floorwatch_backlog_gone_timestamp_seconds": Family("gauge", "backlog_gone"),
    "floorwatch_patience_seconds": Family("gauge", "patience", "floorwatch_patience_abandons"),
    "floorwatch_patience_abandons": Family("gauge", "abandoned"),
    "floorwatch_adherence_ratio": Family("gauge", "adherence", "floorwatch_adherence_counted_seconds"),
    "floorwatch_adherence_counted_seconds": Family("gauge", "counted_time"),
    "floorwatch_conformance_ratio": Family("gauge", "conformance", "floorwatch_conformance_work_seconds"),
    "floorwatch_conformance_work_seconds": Family("gauge", "work_time"),
    "floorwatch_exceptions": Family("gauge", "exceptions"),
    "floorwatch_queue_harm": Family("gauge", "harm"),
    "floorwatch_attendance_timestamp_seconds": Family("gauge", "looked_at"),
}
"""By metric name, in the order written."""


def projection_samples(labels: Labels, projection: ProjectionView) -> Iterator[Sample]:
    """Where the period of a queue ends."""
    yield "floorwatch_projection_timestamp_seconds", labels, projection.at / 1000
    yield "floorwatch_projection_decided", labels, projection.decided
    yield "floorwatch_projection_to_come", labels, projection.to_come
    yield "floorwatch_projection_ratio", labels, projection.projection
    yield "floorwatch_projection_low_ratio", labels, projection.projection_low
    yield "floorwatch_projection_high_ratio", labels, projection.projection_high


def outlook_samples(labels: Labels, outlook: Outlook) -> Iterator[Sample]:
    """What the models make of a queue; what is not known is absent."""
    yield "floorwatch_outlook_timestamp_seconds", labels, outlook.at / 1000
    yield "floorwatch_outlook_decided", labels, outlook.decided
    yield "floorwatch_places", labels, outlook.places
    modelled: Labels = (*labels, ("model", outlook.model))
    for name, figure in (
        ("floorwatch_required_agents", outlook.required),
        ("floorwatch_scheduled_agents", outlook.scheduled),
    ):
        if figure is not None:
            yield name, modelled, figure
    for name, level in (
        ("floorwatch_course_ratio", outlook.level),
        ("floorwatch_best_reachable_ratio", outlook.best),
        ("floorwatch_needed_for_target_ratio", outlook.rest_needed),
        ("floorwatch_agents_to_recover", outlook.agents_needed),
    ):
        if level is not None:
            yield name, labels, level
    for name, instant in (
        ("floorwatch_no_return_timestamp_seconds", outlook.no_return_at),
        ("floorwatch_backlog_gone_timestamp_seconds", outlook.backlog_gone_at),
    ):
        if instant is not None:
            yield name, labels, instant / 1000
    yield "floorwatch_patience_abandons", labels, outlook.measured.abandons
    if outlook.measured.patience_ms is not None:
        yield "floorwatch_patience_seconds", labels, outlook.measured.patience_ms / 1000


def attendance_samples(kept: AttendanceView) -> Iterator[Sample]:
    """How the floor keeps to its schedule today."""
    floor = kept.floor
    yield "floorwatch_attendance_timestamp_seconds", (), kept.at / 1000
    if floor.agents < GROUP_MIN:
        return
    for queue, agents in kept.lost.items():
        yield "floorwatch_queue_harm", (("queue", queue),), agents
    for kind, agents in kept.exceptions_by_kind.items():
        yield "floorwatch_exceptions", (("kind", kind),), agents
    yield "floorwatch_adherence_counted_seconds", (), (floor.in_ms + floor.out_ms) / 1000
    yield "floorwatch_conformance_work_seconds", (), floor.work_ms / 1000
    if floor.adherence is not None:
        yield "floorwatch_adherence_ratio", (), floor.adherence
    if floor.conformance is not None:
        yield "floorwatch_conformance_ratio", (), floor.conformance
