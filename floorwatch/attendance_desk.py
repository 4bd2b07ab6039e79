"""Where supervisors ask how one agent keeps to the schedule, and say what is not to count."""

from __future__ import annotations

import secrets
from typing import Any

from floorwatch.clock import Clock
from floorwatch.desk import SOURCE, RefusedWishError, decide
from floorwatch.engine import Engine
from floorwatch.floor.activity import ACTIVITIES
from floorwatch.floor.internal import OperatorExcused, OperatorExcuseWithdrawn
from floorwatch.ingest.inbox import Inbox
from floorwatch.metrics.adherence import Judged
from floorwatch.metrics.attendance import Excuse
from floorwatch.metrics.phrases import message
from floorwatch.metrics.rule_matrix import NEUTRAL, VERDICTS
from floorwatch.metrics.sums import Sums
from floorwatch.metrics.unseen import hides_adherence

LONGEST_MS = 24 * 3_600_000
AHEAD_MAX_MS = 31 * LONGEST_MS

Json = dict[str, Any]


class AttendanceDesk:
    """Reads the engine, and puts what people decide into the inbox like any other event."""

    def __init__(self, engine: Engine, inbox: Inbox, clock: Clock) -> None:
        self._engine = engine
        self._inbox = inbox
        self._clock = clock

    async def excuse(self, agent: str, since: int, until: int, why: str, who: str) -> Json:
        """Take [since, until) out of adherence, for one agent or (`agent` empty) for everybody.

        Raises `RefusedWishError`; `TimeoutError` when it was not on disk in time.
        """
        attendance, agents = self._engine.books.attendance, self._engine.books.agents
        if agent and agent not in agents:
            raise RefusedWishError("agent", f"there is no agent '{agent}'; leave it out to excuse everybody")
        if until <= since:
            raise RefusedWishError("until", "is not after since")
        if until - since > LONGEST_MS:
            raise RefusedWishError("until", "is more than 24 h after since: excuse one day after the other")
        if until > self._clock.now_ms() + AHEAD_MAX_MS:
            raise RefusedWishError("until", "is more than 31 days ahead")
        if since < attendance.kept_from:
            raise RefusedWishError("since", "is too long ago: today and the business day before can be excused")
        if not why.strip():
            raise RefusedWishError("why", "say why: it stands beside the figure")
        key = secrets.token_hex(4)
        now = self._clock.now_ms()
        await decide(
            self._inbox,
            OperatorExcused(
                time=now, source=SOURCE, excuse=key, agent=agent, since=since, until=until, who=who, why=why.strip()
            ),
            who,
        )
        return _excuse(Excuse(key, agent, since, until, why.strip(), who, now))

    async def withdraw(self, key: str, who: str, why: str) -> Json | None:
        """Take an excuse back; None when none of this id is in force. Raises `TimeoutError` as `excuse` does."""
        excuse = self._engine.books.attendance.excuses.get(key)
        if excuse is None:
            return None
        now = self._clock.now_ms()
        withdrawn = OperatorExcuseWithdrawn(time=now, source=SOURCE, excuse=key, who=who, why=why)
        await decide(self._inbox, withdrawn, who)
        return _excuse(excuse)

    def excuses(self) -> list[Json]:
        """Those in force, the latest given first."""
        return [_excuse(excuse) for excuse in self._engine.books.attendance.latest_excuses()]

    def schedule(self) -> list[Json]:
        """The schedule in force, day by day, with the versions it has had; it names nobody."""
        calendar, schedule = self._engine.books.calendar, self._engine.books.attendance.schedule
        return [
            {
                "day": calendar.date(day).isoformat(),
                "version": schedule.version(day),
                "versions": [
                    {
                        "document": version.document,
                        "version": version.name,
                        "loaded_at": version.loaded_at or None,
                        "agents": len(version.lines),
                        "lines": sum(map(len, version.lines.values())),
                    }
                    for version in versions
                ],
            }
            for day, versions in sorted(schedule.days.items())
        ]

    def day_of(self, agent: str) -> Json | None:
        """How an agent keeps to today's schedule, stretch by stretch, and by each of its versions; None for nobody."""
        engine = self._engine
        books, now = engine.books, engine.now
        if agent not in books.agents:
            return None
        books.settle_agents(now)
        if hides_adherence(books, books.agents[agent]):
            return {"agent": agent, "at": now, "adherence": None, "why": "no feed tells what it is held against"}
        attendance = books.attendance
        day = attendance.shift_day(agent, now)
        versions = [
            {
                "document": version.document,
                "version": version.name,
                "loaded_at": version.loaded_at or None,
                **sums_json(attendance.under(agent, version.lines.get(agent, []), now).get(day, Sums())),
            }
            for version in attendance.schedule.days.get(day, ())
        ]
        return {
            "agent": agent,
            "at": now,
            "day": day,
            "version": attendance.schedule.version(day),
            **sums_json(attendance.days(agent, now).get(day, Sums())),
            "stretches": [_judged(part) for part in attendance.judged(agent, now, day)],
            "versions": versions,
            "excuses": [one for one in self.excuses() if one["agent"] in ("", agent)],
        }


def sums_json(sums: Sums) -> Json:
    """One business day of one agent."""
    return {
        "scheduled_seconds": sums.scheduled_ms / 1000,
        "in_seconds": sums.in_ms / 1000,
        "out_seconds": sums.out_ms / 1000,
        "neutral_seconds": {cause or "rule": ms / 1000 for cause, ms in sums.neutral_ms.items() if ms},
        "extra_seconds": sums.extra_ms / 1000,
        "adherence": sums.adherence,
        "conformance": sums.conformance,
    }


def _excuse(excuse: Excuse) -> Json:
    return {
        "id": excuse.id,
        "agent": excuse.agent,
        "since": excuse.since,
        "until": excuse.until,
        "why": excuse.why,
        "who": excuse.who,
        "at": excuse.at,
    }


def _judged(part: Judged) -> Json:
    return {
        "start": part.start,
        "end": part.end,
        "scheduled": part.scheduled or None,
        "actual": ACTIVITIES[part.activity],
        "reason": part.reason,
        "verdict": VERDICTS[part.verdict] if part.line is not None else None,
        "cause": part.cause or None,
        "why": message(f"neutral.{part.cause or 'rule'}") if part.line and part.verdict == NEUTRAL else None,
    }
