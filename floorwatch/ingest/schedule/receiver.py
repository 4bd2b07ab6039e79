"""Schedules that are handed in over HTTP, and what is answered."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from floorwatch.ingest.schedule.document import Note, Refusal
from floorwatch.ingest.schedule.intake import Outcome, ScheduleIntake
from floorwatch.ingest.schedule.read import ScheduleRead
from floorwatch.metrics.calendar import Calendar
from floorwatch.metrics.catalogue import LANGUAGES
from floorwatch.metrics.schedule import Schedule

REFUSED_SHOWN_MAX = 1_000
RETRY_AFTER_S = 5

_STATUS: dict[Outcome, int] = {"loaded": 200, "unchanged": 200, "refused": 422, "full": 429, "late": 503}
_ERRORS: dict[Outcome, str] = {
    "full": "the inbox is full: nothing of this was taken",
    "late": "not on disk in time: send it again, the same document does not count twice",
}

Json = dict[str, Any]


@dataclass(frozen=True)
class Answer:
    """What is answered: `status` as HTTP says it."""

    status: int
    content: Json
    retry_after_s: int | None = None


class ScheduleReceiver:
    """Takes schedules for the intake, and says what became of them. `calendar` names the business days."""

    def __init__(self, intake: ScheduleIntake, calendar: Calendar) -> None:
        self._intake = intake
        self._calendar = calendar

    async def receive(self, body: bytes, name: str, *, strict: bool, actor: str) -> Answer:
        """Take a document. Status 200 only when it is on disk."""
        outcome, read = await self._intake.take(body, name, actor=actor, strict=strict)
        is_taken = outcome in ("loaded", "unchanged")
        content = {
            "outcome": outcome,
            "taken": len(read.activities) if is_taken else 0,
            **summary(read, self._calendar),
        }
        if outcome == "refused":
            partial = f"strict, and {len(read.refused)} lines are refused" if read.activities else "no line is good"
            content["error"] = f"{partial}: nothing was taken"
        elif outcome in _ERRORS:
            content["error"] = _ERRORS[outcome]
        return Answer(_STATUS[outcome], content, RETRY_AFTER_S if outcome in _ERRORS else None)


def summary(read: ScheduleRead, calendar: Calendar) -> Json:
    """What a document says, in figures, and every line it refuses, up to a limit."""
    return {
        "version": read.version,
        "format": read.format,
        "encoding": read.encoding,
        "good": len(read.activities),
        "agents": len({activity.agent for activity in read.activities}),
        "days": days(read, calendar),
        "refused_count": len(read.refused),
        "refused": [_refusal(refusal) for refusal in read.refused[:REFUSED_SHOWN_MAX]],
        "notes": [_note(note) for note in read.notes],
    }


def days(read: ScheduleRead, calendar: Calendar) -> list[str]:
    """The business days the document names, whose shifts it replaces; dates of the site."""
    schedule = Schedule(calendar)
    schedule.load(read.document, read.version, read.activities, 0)
    return [calendar.local(day).date().isoformat() for day in sorted(schedule.days)]


def _refusal(refusal: Refusal) -> Json:
    where = refusal.where
    place = {"line": where.line, "sheet": where.sheet, "event": where.event}
    return {
        **{name: value for name, value in place.items() if value},
        "agent": refusal.agent,
        "reason": refusal.reason,
        "why": {lang: refusal.why(lang) for lang in LANGUAGES},
        "fix": {lang: refusal.fix(lang) for lang in LANGUAGES},
    }


def _note(note: Note) -> Json:
    return {lang: note.text(lang) for lang in LANGUAGES}
