"""The metrics of what lies ahead, and of who keeps to the schedule: projection, outlook, adherence.

Adherence is exported for the whole floor and its teams, of no fewer agents than `GROUP_MIN`: a figure of few speaks
of each of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from operator import attrgetter

from floorwatch.agent_view import AttendanceView
from floorwatch.metrics.members import GROUP_MIN, groups_shown
from floorwatch.metrics.outlook import Outlook
from floorwatch.serve.text_format import Column, Family, Figure, Sample, each, seconds
from floorwatch.view import ProjectionView

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
    "floorwatch_team_adherence_ratio": Family("gauge", "adherence", "floorwatch_team_adherence_counted_seconds"),
    "floorwatch_team_adherence_counted_seconds": Family("gauge", "counted_time"),
    "floorwatch_conformance_ratio": Family("gauge", "conformance", "floorwatch_conformance_work_seconds"),
    "floorwatch_conformance_work_seconds": Family("gauge", "work_time"),
    "floorwatch_exceptions": Family("gauge", "exceptions"),
    "floorwatch_queue_harm": Family("gauge", "harm"),
    "floorwatch_attendance_timestamp_seconds": Family("gauge", "looked_at"),
    "floorwatch_schedule_changed_timestamp_seconds": Family("gauge", "schedule_changed"),
}
"""By metric name, in the order written."""


OF_PROJECTION: dict[str, Figure] = {
    "floorwatch_projection_timestamp_seconds": seconds("at"),
    "floorwatch_projection_decided": attrgetter("decided"),
    "floorwatch_projection_to_come": attrgetter("to_come"),
    "floorwatch_projection_ratio": attrgetter("projection"),
    "floorwatch_projection_low_ratio": attrgetter("projection_low"),
    "floorwatch_projection_high_ratio": attrgetter("projection_high"),
}
OF_OUTLOOK: dict[str, Figure] = {
    "floorwatch_outlook_timestamp_seconds": seconds("at"),
    "floorwatch_outlook_decided": attrgetter("decided"),
    "floorwatch_places": attrgetter("places"),
    "floorwatch_course_ratio": attrgetter("level"),
    "floorwatch_best_reachable_ratio": attrgetter("best"),
    "floorwatch_needed_for_target_ratio": attrgetter("rest_needed"),
    "floorwatch_agents_to_recover": attrgetter("agents_needed"),
    "floorwatch_no_return_timestamp_seconds": seconds("no_return_at"),
    "floorwatch_backlog_gone_timestamp_seconds": seconds("backlog_gone_at"),
    "floorwatch_patience_abandons": attrgetter("measured.abandons"),
    "floorwatch_patience_seconds": seconds("measured.patience_ms"),
}
BY_MODEL: dict[str, Figure] = {
    "floorwatch_required_agents": attrgetter("required"),
    "floorwatch_scheduled_agents": attrgetter("scheduled"),
}
"""Labelled with the model that was asked."""


def projection_columns(projections: Sequence[ProjectionView | None]) -> Iterator[Column]:
    """Where the period of each queue ends."""
    for name, figure in OF_PROJECTION.items():
        yield Column(name, (), each(projections, figure))


def outlook_columns(outlooks: Sequence[Outlook | None]) -> Iterator[Column]:
    """What the models make of each queue; what is not known is absent."""
    for name, figure in OF_OUTLOOK.items():
        yield Column(name, (), each(outlooks, figure))
    models = [None if outlook is None else outlook.model for outlook in outlooks]
    for name, figure in BY_MODEL.items():
        for model in sorted({model for model in models if model is not None}):
            asked = [outlook if asked == model else None for outlook, asked in zip(outlooks, models, strict=True)]
            yield Column(name, (("model", model),), each(asked, figure))


def attendance_samples(kept: AttendanceView) -> Iterator[Sample]:
    """How the floor keeps to its schedule today."""
    floor = kept.floor
    yield "floorwatch_attendance_timestamp_seconds", (), kept.at / 1000
    if kept.changed_at is not None:
        yield "floorwatch_schedule_changed_timestamp_seconds", (), kept.changed_at / 1000
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
    teams = kept.teams
    for name in sorted(groups_shown({name: team.agents for name, team in teams.items()}, floor.agents)):
        team, labels = teams[name], (("team", name),)
        yield "floorwatch_team_adherence_counted_seconds", labels, (team.in_ms + team.out_ms) / 1000
        if team.adherence is not None:
            yield "floorwatch_team_adherence_ratio", labels, team.adherence
