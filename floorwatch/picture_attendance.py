"""The part of the picture that a schedule gives: who keeps to it, who does not, and who could come."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from floorwatch.agent_view import AdherenceView, AttendanceView, ExceptionView, ExcuseView, LeverView
from floorwatch.engine import Engine
from floorwatch.floor.steps import Steps
from floorwatch.metrics.attendance import Excuse
from floorwatch.metrics.exceptions import AdherenceException, Risks, exceptions_steps
from floorwatch.metrics.levers import Lever, able_by_queue, levers
from floorwatch.metrics.members import groups_shown, members_by_queue
from floorwatch.metrics.phrases import message
from floorwatch.metrics.schedule import Line
from floorwatch.metrics.sums import Sums
from floorwatch.metrics.unseen import hides_adherence
from floorwatch.view import QueueView

EVERY_MS = 5_000
"""A schedule is kept to by the minute: what is shown of it is as of a moment this long ago at most."""
AT_RISK = frozenset(("breach", "warning"))
AGENTS_A_STEP = 50
LEAST_RISK = 0.01
"""Of a queue at risk whose level says nothing: one contact waits long, or the sample is small."""


@dataclass(slots=True)
class _Group:
    agents: int = 0
    sums: Sums = field(default_factory=Sums)

    def add(self, sums: Sums) -> None:
        self.agents += 1
        self.sums.add(sums)


def attendance_as_of(now: int) -> int:
    """Up to when attendance is shown."""
    return now - now % EVERY_MS


def risks_of(queues: Iterable[QueueView]) -> Risks:
    """Queues now at risk, and how far each is from its target."""
    found = {}
    for queue in queues:
        if queue.verdict in AT_RISK:
            level = queue.windows["15m"].level
            found[queue.name] = LEAST_RISK if level is None else max(LEAST_RISK, queue.target - level)
    return found


class AttendanceShown:
    """Keeps what was worked out last: on a floor of thousands a picture is taken more often than this is worth."""

    def __init__(self) -> None:
        self._known: tuple[tuple[int, int, bool], AttendanceView | None] | None = None

    def steps(self, engine: Engine, queues: Iterable[QueueView], *, individuals: bool) -> Steps[AttendanceView | None]:
        """As `attendance_steps`."""
        of = (attendance_as_of(engine.now), engine.books.attendance.revision, individuals)
        if self._known is None or self._known[0] != of:
            shown = yield from attendance_steps(engine, queues, individuals=individuals)
            self._known = (of, shown)
        return self._known[1]


def attendance_steps(engine: Engine, queues: Iterable[QueueView], *, individuals: bool) -> Steps[AttendanceView | None]:
    """Today's attendance, in steps; None while no schedule is known. After `settle_agents`.

    Without `individuals` it names no agent, no site, and no small team: those name their agents.
    """
    books, at = engine.books, attendance_as_of(engine.now)
    attendance, day = books.attendance, books.calendar.day(engine.now)[0]
    if not attendance.schedule.days:
        return None
    unknown: set[str] = set()
    days: set[int] = set()
    lines: dict[str, tuple[Line, ...]] = {}
    groups: dict[str, dict[str, _Group]] = {"floor": {"": _Group()}, "team": {}, "site": {}, "agent": {}}
    for place, (name, planned) in enumerate(attendance.schedule.lines.items(), 1):
        if place % AGENTS_A_STEP == 0:
            yield
        shift_day, agent = attendance.shift_day(name, at), books.agents[name]
        sums = attendance.days(name, at).get(shift_day)
        if of_today := tuple(line for line in planned if line.day in (day, shift_day)):
            lines[name] = of_today
        if hides_adherence(books, agent):
            unknown.add(name)
        elif sums is not None and sums.scheduled_ms:
            days.add(shift_day)
            for kind, group in (("floor", ""), ("team", agent.team), ("site", agent.site), ("agent", name)):
                groups[kind].setdefault(group, _Group()).add(sums)
    yield
    risks = risks_of(queues)
    told = yield from exceptions_steps(attendance, books.agents, risks, at, engine.settings.adherence.delay_ms)
    found = [one for one in told if one.agent not in unknown]
    out = {one.agent for one in found if one.harm}
    yield
    members = members_by_queue(books, at)
    able = able_by_queue(books.agents.values(), engine.settings.agents, members) if individuals else {}
    shown: dict[str, dict[str, AdherenceView]] = {}
    for kind, of in groups.items():
        shown[kind] = {}
        for name, kept in of.items():
            shown[kind][name] = _adherence(kept)
            if len(shown[kind]) % AGENTS_A_STEP == 0:
                yield
    could_come = {}
    for queue in risks if individuals else ():
        yield
        found_levers = levers(queue, able.get(queue, {}), members.get(queue), attendance, out, at)
        could_come[queue] = tuple(map(_lever, found_levers))
    return AttendanceView(
        at=at,
        day=day,
        version=", ".join(filter(None, map(attendance.schedule.version, sorted(days or {day})))) or None,
        changed_at=attendance.schedule.changed_at,
        unknown=len(unknown),
        floor=shown["floor"][""],
        teams=shown["team"] if individuals else _large(shown["team"], shown["floor"][""].agents),
        sites=shown["site"] if individuals else {},
        exceptions_by_kind=_counts(one.kind for one in found),
        lost={queue: sum(one.harm for one in found if queue in one.queues) for queue in risks},
        agents=shown["agent"] if individuals else {},
        exceptions=tuple(map(_exception, found)) if individuals else (),
        levers=could_come,
        lines=lines if individuals else {},
        excuses=tuple(map(_excuse, attendance.latest_excuses())) if individuals else (),
    )


def _large(teams: dict[str, AdherenceView], agents: int) -> dict[str, AdherenceView]:
    shown = groups_shown({name: team.agents for name, team in teams.items()}, agents)
    return {name: team for name, team in teams.items() if name in shown}


def _counts(kinds: Iterable[str]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for kind in kinds:
        counts[kind] = counts.get(kind, 0) + 1
    return counts


def _adherence(group: _Group) -> AdherenceView:
    sums = group.sums
    return AdherenceView(
        agents=group.agents,
        scheduled_ms=sums.scheduled_ms,
        in_ms=sums.in_ms,
        out_ms=sums.out_ms,
        neutral_ms={cause or "rule": ms for cause, ms in sums.neutral_ms.items() if ms},
        extra_ms=sums.extra_ms,
        work_ms=sums.work_ms,
        worked_ms=sums.worked_ms,
        adherence=sums.adherence,
        conformance=sums.conformance,
    )


def _exception(found: AdherenceException) -> ExceptionView:
    return ExceptionView(
        agent=found.agent,
        team=found.team,
        kind=found.kind,
        label=message(f"exception.{found.kind}"),
        scheduled=found.scheduled,
        actual=found.actual,
        reason=found.reason,
        since=found.since,
        until=found.until or None,
        minutes=found.minutes,
        harm=found.harm,
        queues=found.queues,
    )


def _excuse(excuse: Excuse) -> ExcuseView:
    return ExcuseView(
        id=excuse.id,
        agent=excuse.agent,
        since=excuse.since,
        until=excuse.until,
        why=excuse.why,
        who=excuse.who,
        at=excuse.at,
    )


def _lever(lever: Lever) -> LeverView:
    return LeverView(
        agent=lever.agent,
        way=lever.way,
        label=message(f"lever.{lever.way}"),
        since=lever.since,
        back_at=lever.back_at or None,
    )
