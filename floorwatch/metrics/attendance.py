"""Who keeps to the schedule: the schedule in force, what was excused, and every agent's sums, brought up to an instant.

An agent's past is judged once and not again, unless a late fact, an edited schedule or an excuse changes it: then from
where all that was still open begins (`KEPT_DAYS` back). What lies before is settled for good.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Protocol

from floorwatch.floor.activity import OFFLINE, PAUSED, UNKNOWN
from floorwatch.floor.agent import Agent
from floorwatch.floor.events import ScheduleLoaded
from floorwatch.floor.source import Source
from floorwatch.metrics.adherence import Excused, Judge, Judged
from floorwatch.metrics.calendar import Calendar
from floorwatch.metrics.rule_matrix import Matrix
from floorwatch.metrics.schedule import SHIFT_MAX_MS, Line, Schedule
from floorwatch.metrics.sums import Days, Sums
from floorwatch.metrics.timeline import NEVER, Reasons, Stretch, Timeline

KEPT_DAYS = 2
"""Today and the business day before can be judged anew."""

EVERYBODY = ""


@dataclass(frozen=True, slots=True)
class Excuse:
    """A supervisor's word: this time counts neither way, for one agent or (`agent` empty) for everybody."""

    id: str
    agent: str
    since: int
    until: int
    why: str
    who: str
    at: int
    """When it was given."""


class Floor(Protocol):
    """What attendance needs of the books."""

    @property
    def agents(self) -> Mapping[str, Agent]:
        """Everybody, by name."""

    @property
    def sources(self) -> Mapping[str, Source]:
        """Every feed, by name."""

    def timeline(self, agent: str) -> Timeline:
        """What the agent did."""


class _Judging:
    """How far one agent's past is judged."""

    __slots__ = ("base", "is_stale", "past", "settled")

    def __init__(self, base: Judge) -> None:
        self.base = base
        """Up to where nothing can change any more."""
        self.settled = base.copied()
        """Up to where no late fact is expected."""
        self.is_stale = True
        self.past = Sums()
        """Of days that are settled for good."""


class Attendance:
    """Everybody's adherence."""

    def __init__(self, floor: Floor, calendar: Calendar, matrix: Matrix, lateness_ms: int) -> None:
        self._floor = floor
        self._calendar = calendar
        self.matrix = matrix
        self._lateness_ms = lateness_ms
        self._judgings: dict[str, _Judging] = {}
        self._shown: dict[str, tuple[int, int | None, Judge]] = {}
        """What was last asked for: (up to when, the agent's time accounted up to when, judged)."""
        self.kept_from = 0
        """What lies before is settled for good."""
        self.schedule = Schedule(calendar)
        self.reasons = Reasons()
        self.excuses: dict[str, Excuse] = {}
        """By id, those in force; what was withdrawn stands in the journal."""
        self.revision = 0
        """Counts what people have changed: a schedule, an excuse."""
        self.begun_at = 0
        """The least time of an event: nothing before it counts."""

    # What changes it

    def load(self, loaded: ScheduleLoaded, at: int) -> set[str]:
        """A schedule comes into force. Returns the agents whose lines have changed."""
        changed = self.schedule.load(loaded.document, loaded.version, loaded.activities, at)
        for agent in changed:
            self._judge_anew(agent)
        if changed:
            self._restate()
        return changed

    def excuse(self, excuse: Excuse) -> None:
        """Time counts neither way from now on."""
        self.excuses[excuse.id] = excuse
        self._judge_anew(excuse.agent)
        self._restate()

    def withdraw(self, excuse_id: str) -> None:
        """An excuse is taken back; one that is not in force changes nothing."""
        excuse = self.excuses.pop(excuse_id, None)
        if excuse is not None:
            self._judge_anew(excuse.agent)
            self._restate()

    def _restate(self) -> None:
        """Every day that can still be judged anew is written anew: a decision of today may be about yesterday."""
        self._calendar.closed.restate_agents(max(self.kept_from, self.begun_at))

    def _judge_anew(self, agent: str) -> None:
        self.revision += 1
        for name in (agent,) if agent else list(self._judgings):
            self._shown.pop(name, None)
            judging = self._judgings.get(name)
            if judging is not None:
                judging.is_stale = True

    def begin_at(self, instant: int) -> None:
        """The floor is known from this instant on: it began at another time than was thought."""
        at, is_later = max(instant, self.kept_from), instant > self.begun_at
        self.begun_at = instant
        self._shown.clear()
        if is_later:
            self._judgings.clear()
        else:
            self._judgings = {name: judging for name, judging in self._judgings.items() if judging.base.at <= at}

    def prune(self, now: int) -> None:
        """Settle for good, and forget, what is more than `KEPT_DAYS` old."""
        keep_from = now
        for _ in range(KEPT_DAYS):
            keep_from = self._calendar.day(keep_from - 1)[0]
        if keep_from <= self.kept_from:
            return
        for name in self._floor.agents:
            timeline = self._floor.timeline(name)
            if self.schedule.was_loaded:
                self._settle(name, keep_from)
            timeline.forget(keep_from)
        self._shown.clear()
        if not self.schedule.was_loaded:
            self._judgings.clear()
        self.kept_from = keep_from
        self.schedule.forget(self._calendar.day(keep_from - 1)[0])
        self.excuses = {key: excuse for key, excuse in self.excuses.items() if excuse.until > keep_from}

    def _settle(self, agent: str, until: int) -> None:
        """Judge for good up to here; days no shift of which can go on are put aside, so that no look copies them."""
        judging = self._judging(agent)
        base = judging.base.copied()
        base.by(self.schedule.lines.get(agent, ()), self._excused(agent))
        for stretch in self._stretches(agent, base.at, until):
            base.judge(stretch)
        settled = _Judging(base)
        settled.past = judging.past
        for day in [day for day in base.days if day + 2 * SHIFT_MAX_MS <= until]:
            settled.past.add(base.days.pop(day))
        settled.settled = base.copied()
        self._judgings[agent] = settled

    # What is asked of it

    def days(self, agent: str, now: int) -> Days:
        """The agent's sums up to `now`, by business day, of days that can be judged anew. After `settle_agents`."""
        return self.judge(agent, now).days

    def shift_day(self, agent: str, now: int) -> int:
        """The business day whose shift the agent is in, or today: a shift over midnight is one shift."""
        line = self.line_at(agent, now)
        return line.day if line is not None else self._calendar.day(now)[0]

    def latest_excuses(self) -> list[Excuse]:
        """Those in force, the latest given first."""
        return sorted(self.excuses.values(), key=lambda one: -one.at)

    def total(self, agent: str, now: int) -> Sums:
        """The agent's sums over all days, those that are settled for good too."""
        total = Sums()
        total.add(self._judging(agent).past)
        for sums in self.days(agent, now).values():
            total.add(sums)
        return total

    def judged(self, agent: str, now: int, since: int) -> list[Judged]:
        """Every stretch since then and the verdict on it, the oldest first."""
        judge = self._judging(agent).base.copied()
        judge.by(self.schedule.lines.get(agent, ()), self._excused(agent))
        told: list[Judged] = []
        for stretch in self._stretches(agent, judge.at, now):
            judge.judge(stretch, told.append)
        return [part for part in told if part.end > since]

    def under(self, agent: str, lines: list[Line], now: int) -> Days:
        """The agent's sums, had these lines been in force: what an edit of the schedule has changed."""
        judge = self._judging(agent).base.copied()
        judge.by(lines, self._excused(agent))
        for stretch in self._stretches(agent, judge.at, now):
            judge.judge(stretch)
        return judge.days

    def line_at(self, agent: str, instant: int) -> Line | None:
        """What the agent is scheduled to do at this instant; None for nothing."""
        lines = self.schedule.lines.get(agent, ())
        place = bisect_right(lines, instant, key=lambda line: line.start) - 1
        return lines[place] if place >= 0 and lines[place].end > instant else None

    # How it is done

    def _judging(self, agent: str) -> _Judging:
        judging = self._judgings.get(agent)
        if judging is None:
            at = max(self.begun_at, self.kept_from)
            judging = self._judgings[agent] = _Judging(Judge(self.matrix, self._calendar.day, at))
        return judging

    def judge(self, agent: str, now: int) -> Judge:
        """The agent's day so far, judged; not to be changed. After `settle_agents`."""
        timeline, spent_until = self._floor.timeline(agent), self._floor.agents[agent].spent_until
        shown = self._shown.get(agent)
        if shown is not None and shown[:2] == (now, spent_until) and timeline.cut_at == NEVER:
            return shown[2]
        judge = self._judged(agent, now, timeline)
        self._shown[agent] = (now, spent_until, judge)
        return judge

    def _judged(self, agent: str, now: int, timeline: Timeline) -> Judge:
        judging = self._judging(agent)
        if judging.is_stale or timeline.cut_at < judging.settled.at:
            judging.settled = judging.base.copied()
            judging.settled.by(self.schedule.lines.get(agent, ()), self._excused(agent))
            judging.is_stale = False
        timeline.cut_at = NEVER
        settled, horizon, rest = judging.settled, now - self._lateness_ms, list[Stretch]()
        for stretch in self._stretches(agent, settled.at, now):
            if not rest and stretch.end <= horizon:
                settled.judge(stretch)
            else:
                rest.append(stretch)
        judge = settled.copied()
        for stretch in rest:
            judge.judge(stretch)
        return judge

    def _stretches(self, agent: str, since: int, until: int) -> Iterator[Stretch]:
        """What the agent did in [since, until), without a gap."""
        timeline, doing = self._floor.timeline(agent), self._floor.agents[agent]
        first_at = min(timeline.first_at or doing.spent_until or until, until)
        yield from self._silence(since, first_at)
        for stretch in timeline.since(since):
            if stretch.start >= until:
                return
            yield stretch if stretch.end <= until else stretch._replace(end=until)
        state = doing.state
        for activity, start, end in doing.open_stretches(until):
            reason = state.pauses[-1][1] if activity == PAUSED else ""
            if end > since:
                yield Stretch(start, end, activity, reason, state.engaged_from(activity))

    def _silence(self, since: int, until: int) -> Iterator[Stretch]:
        """Nobody has named the agent yet: logged out, or not known of while every feed was lost."""
        at = since
        for start, end in self._all_lost(since, until):
            if start > at:
                yield Stretch(at, start, OFFLINE, "", 0)
            yield Stretch(start, end, UNKNOWN, "", 0)
            at = end
        if at < until:
            yield Stretch(at, until, OFFLINE, "", 0)

    def _all_lost(self, since: int, until: int) -> list[tuple[int, int]]:
        """When every source was down, inside [since, until), in order."""
        lost = [(since, until)] if self._floor.sources and since < until else []
        for source in self._floor.sources.values():
            downs = [*source.downs, *([(source.down_since, until)] if source.down_since is not None else [])]
            lost = [
                (max(start, down), min(end, back))
                for start, end in lost
                for down, back in downs
                if max(start, down) < min(end, back)
            ]
        return lost

    def _excused(self, agent: str) -> Excused:
        """The agent's excused time, and everybody's, in order and joined."""
        joined: list[tuple[int, int]] = []
        told = [
            (excuse.since, excuse.until)
            for excuse in self.excuses.values()
            if excuse.agent in (EVERYBODY, agent) and excuse.since < excuse.until
        ]
        for since, until in sorted(told):
            if joined and since <= joined[-1][1]:
                joined[-1] = (joined[-1][0], max(joined[-1][1], until))
            else:
                joined.append((since, until))
        return joined
