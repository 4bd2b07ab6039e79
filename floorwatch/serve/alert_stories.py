"""What may be shown of the story of an alert: to leads with who had it in hand, to everybody else without a name."""

from __future__ import annotations

from typing import Any

from floorwatch.alert_view import Story

Json = dict[str, Any]


def story_shown(story: Story, *, to_lead: bool, individuals: bool) -> Json:
    """The story, field by field; `individuals`: whether what was to be done then may name agents to leads."""
    return {
        "severity_at_fire": story.severity_at_fire,
        "message": story.message,
        "reason": story.reason,
        "advice": story.lead_advice if to_lead and individuals and any(story.lead_advice.values()) else story.advice,
        "taken": [{"at": one.at, **({"who": one.who, "note": one.note} if to_lead else {})} for one in story.taken],
        "snoozed": [
            {"at": one.at, "until": one.until, **({"who": one.who} if to_lead else {})} for one in story.snoozed
        ],
        "target": story.target,
        "levels": story.levels,
    }
