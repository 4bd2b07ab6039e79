"""Who is on call: whether somebody always is, and can be reached when it matters."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

from floorwatch.doctor.finding import Checkup, Finding, Findings, failed, ok, warned
from floorwatch.floor.internal import RotaTurn
from floorwatch.floor.oncall import Escalation, OnCall, Person
from floorwatch.floor.rota import turns
from floorwatch.floor.rules import RANKS, Severity
from floorwatch.ingest.oncall.ical_rota import UnusableRotaError
from floorwatch.rotas import planned

DAYS_AHEAD = 14
GAPS_SHOWN = 3
_DAY_MS = 86_400_000

Turns = Mapping[str, list[RotaTurn]]


def check_oncall(checkup: Checkup) -> Findings:
    """Escalations that tell nobody, gaps of rotas, and people who cannot be reached, or by one way only."""
    config = checkup.config
    plan = config.oncall.plan(config.site.timezone)
    if not plan.escalations:
        if plan.people or plan.rotas:
            yield warned("escalations", "there is none: nobody on call is told of anything", "name one, with its steps")
        return
    known: dict[str, list[RotaTurn]] = {}
    until = checkup.now_ms + DAYS_AHEAD * _DAY_MS
    for one in planned(config):
        try:
            known[one.name] = turns(one.read()(until), checkup.now_ms, until)
        except (UnusableRotaError, ValueError, ArithmeticError) as wrong:
            yield failed(f"rotas.{one.name}", str(wrong), "correct the file; what was read of it before stays in force")
        else:
            yield from _gaps(f"rotas.{one.name}", known[one.name], ZoneInfo(one.timezone))
    for escalation in plan.escalations:
        yield from _escalation(escalation, plan, known)
    wanted = {name for escalation in plan.escalations for name in told_by(escalation, known)}
    for person in plan.people:
        yield from _person(person, is_wanted=person.name in wanted)


def _gaps(subject: str, found: list[RotaTurn], zone: ZoneInfo) -> Findings:
    gaps = [turn for turn in found if not turn.people]
    if not gaps:
        yield ok(subject, f"somebody is on call for the next {DAYS_AHEAD} days")
        return
    shown = ", ".join(f"{_local(gap.since, zone)} to {_local(gap.until, zone)}" for gap in gaps[:GAPS_SHOWN])
    more = f" and {len(gaps) - GAPS_SHOWN} more" if len(gaps) > GAPS_SHOWN else ""
    text = f"nobody is on call {shown}{more}"
    yield warned(subject, text, "fill it; until then its step is passed over, and the next one is told at once")


def _escalation(escalation: Escalation, plan: OnCall, known: Turns) -> Findings:
    """Whether it always reaches somebody, in time at which no rota of it has a gap."""
    subject, people = f"escalations.{escalation.name}", {person.name: person for person in plan.people}
    told = told_by(escalation, known)
    reachable = [name for name in told if outputs_for(people.get(name), escalation.severity_min)]
    if not reachable:
        text = f"can reach nobody: of those it tells none has a channel for {escalation.severity_min}"
        yield failed(subject, text, "give them channels: people: {NAME: {channels: [{output: …, to: …}]}}")
        return
    for name in told:
        if name not in reachable:
            yield _mute(subject, name, people.get(name), escalation.severity_min)
    for since in _alone(escalation, known):
        yield warned(
            subject, f"tells nobody at {since}: all its rotas have a gap then", "a last step: tell: [person NAME]"
        )
    reached, others = f"can reach {len(reachable)} of the {len(told)} people it tells", set(told) - set(reachable)
    yield ok(subject, f"{reached}; not {', '.join(sorted(others))}" if others else reached)


def _mute(subject: str, name: str, person: Person | None, severity: Severity) -> Finding:
    """Somebody it tells and cannot reach from the beginning; who is there for worse only may be meant to be."""
    fix = f"a channel of people.{name} without 'severity', or with a lower one"
    if person is not None and person.channels:
        worst = min((channel.severity_min for channel in person.channels), key=RANKS.index)
        text = f"tells {name}, who has no channel for {severity}: they hear of it only once it is {worst}"
        return warned(subject, text, fix)
    return failed(subject, f"tells {name}, who has no channel for {severity}", fix)


def _alone(escalation: Escalation, known: Turns) -> Iterator[str]:
    """The first instant at which no step has anybody."""
    whom = [one for step in escalation.steps for one in step.tell]
    rotas = [known[one.name] for one in whom if one.kind == "rota" and one.name in known]
    if any(one.kind == "person" for one in whom) or not rotas:
        return
    for at in sorted(turn.since for of_rota in rotas for turn in of_rota):
        if not any(turn.people for of_rota in rotas for turn in of_rota if turn.since <= at < turn.until):
            yield f"{_local(at, ZoneInfo('UTC'))} UTC"
            return


def told_by(escalation: Escalation, known: Turns) -> list[str]:
    """Everybody it may tell in these days, each once."""
    found: dict[str, None] = {}
    for step in escalation.steps:
        for whom in step.tell:
            if whom.kind == "person":
                found[whom.name] = None
            else:
                found.update(dict.fromkeys(name for turn in known.get(whom.name, ()) for name in turn.people))
    return list(found)


def outputs_for(person: Person | None, severity: str) -> list[str]:
    """Outputs by which they are told of alerts of this severity."""
    if person is None:
        return []
    rank = RANKS.index
    return [channel.output for channel in person.channels if rank(channel.severity_min) <= rank(severity)]


def _person(person: Person, *, is_wanted: bool) -> Findings:
    subject, ways = f"people.{person.name}", {channel.output for channel in person.channels}
    if not ways:
        if not is_wanted:
            yield warned(subject, "has no channel, and no escalation tells them", "channels: [{output: …, to: …}]")
    elif len(ways) == 1 and is_wanted:
        text = f"is reached by {next(iter(ways))} only: when that fails they are not told"
        yield warned(subject, text, "a second channel, by another output")
    else:
        yield ok(subject, f"is reached by {', '.join(sorted(ways))}")


def _local(instant_ms: int, zone: ZoneInfo) -> str:
    return f"{datetime.fromtimestamp(instant_ms / 1000, zone):%a %d %b %H:%M}"
