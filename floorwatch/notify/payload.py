"""What outputs are sent, as JSON: a message, and what stands. docs/outputs.md explains every field.

`public` goes to walls and groups: counts only, no word about who. `lead` adds who has an alert in hand, their note, and
the advice that names individuals. What is public is written out here field by field, so that what is added to an alert
stays private until it is named.
"""

from __future__ import annotations

from typing import Any

import msgspec

from floorwatch.alert_view import AlertView
from floorwatch.floor.outputs import Audience
from floorwatch.floor.rules import RANKS
from floorwatch.notify.output import Message, Said, Standing

Json = dict[str, Any]

VERSION = 1
AUDIENCES: tuple[Audience, ...] = ("public", "lead")
NAMED_MAX = 50
"""Alerts named in one state; the rest is a number."""


def alert_json(alert: AlertView, audience: Audience) -> Json:
    """One alert."""
    found = {
        "id": alert.id,
        "rule": alert.rule,
        "scope": alert.scope,
        "subject": alert.labels[alert.scope],
        "state": alert.state,
        "severity": alert.severity,
        "fired_at": alert.fired_at,
        "raised_at": alert.raised_at,
        "acknowledged_at": alert.acknowledged_at,
        "resolved_at": alert.resolved_at,
        "until": alert.until,
        "value": alert.value,
        "threshold": alert.threshold,
        "n": alert.n,
        "message": alert.message,
        "advice": alert.advice,
    }
    if audience == "lead":
        found["labels"] = alert.labels
        found["acknowledged_by"] = alert.acknowledged_by or None
        found["note"] = alert.note or None
        found["advice"] = alert.lead_advice or alert.advice
    return found


def message_json(message: Message, site: str, audience: Audience) -> Json:
    """A message: what has become of some alerts. To somebody on call it is for a lead, and says why it is they."""
    if message.person:
        audience = "lead"
    found = {
        "version": VERSION,
        "key": message.key,
        "output": message.output,
        "site": site,
        "at": message.at,
        "test": message.is_test,
        "group": message.group or None,
        "alerts": [_said_json(said, audience) for said in message.said],
        "more": message.more,
    }
    if message.person:
        found |= {"person": message.person, "to": message.to or None, "pages": list(message.pages)}
    if message.shift is not None:
        found["shift"] = message.shift
    return found


def _said_json(said: Said, audience: Audience) -> Json:
    found = {
        "key": said.key,
        "was": said.was,
        "reminder": said.reminder,
        "firings": said.firings,
        "flapping": said.is_flapping,
        **alert_json(said.alert, audience),
    }
    if said.oncall is not None:
        note = said.oncall
        found["oncall"] = {
            "kind": note.kind,
            "rota": note.rota or None,
            "step": note.step,
            "steps": note.steps,
            "round": note.round,
            "time": note.time,
            "unresolved_since": note.unresolved_since,
            "link": note.link or None,
            "code": note.code or None,
        }
    return found


def state_json(standing: Standing, site: str, audience: Audience) -> Json:
    """What stands on the whole floor, or of what an output is concerned with."""
    return {"version": VERSION, "site": site, "at": standing.now, **_standing(standing, audience)}


def queue_json(queue: str, standing: Standing, site: str, audience: Audience) -> Json:
    """The same of one queue."""
    found = _standing(standing.of_queue(queue), audience)
    return {"version": VERSION, "site": site, "queue": queue, "at": standing.now, **found}


def unknown_json(site: str, at: int) -> Json:
    """Nobody watches: what stands is not known, which is not that all is well."""
    return {"version": VERSION, "site": site, "at": at, "severity": "unknown"}


def _standing(standing: Standing, audience: Audience) -> Json:
    in_hand = sum(alert.state == "acknowledged" for alert in standing.alerts)
    return {
        "severity": standing.severity or "none",
        "acknowledged": bool(standing.alerts) and in_hand == len(standing.alerts),
        "quiet": standing.is_quiet,
        "counts": {rank: sum(alert.severity == rank for alert in standing.alerts) for rank in RANKS},
        "in_hand": in_hand,
        "muted": standing.muted,
        "alerts": [alert_json(alert, audience) for alert in standing.alerts[:NAMED_MAX]],
        "more": max(0, len(standing.alerts) - NAMED_MAX),
    }


def encoded(document: Any) -> bytes:
    """As bytes, the same for the same document."""
    return msgspec.json.encode(document)


def outline(standing: Standing) -> tuple[object, ...]:
    """What of it is worth showing again at once: not the figures, which move all the time."""
    alerts = tuple((alert.id, alert.state, alert.severity) for alert in standing.alerts)
    return alerts, standing.muted, standing.is_quiet, standing.queues
