"""Resynchronisation: what a `floor.reported` corrects, as facts like any other.

A report says who waits, who talks, who belongs to which queue and what agents do. Compared with what is known, it
becomes ordinary facts at the instants it names, so that corrections take the same way as everything else. Only a
complete report may end what it omits.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from floorwatch.floor import events as e
from floorwatch.floor.activity import ACTIVITIES
from floorwatch.floor.agent import Agent
from floorwatch.floor.contact import Contact, Vanished
from floorwatch.floor.source import Source
from floorwatch.floor.visit import ENDED, ON_HOLD, TALKING, WAITING

Correction = tuple[str, e.Event]
"""(what was corrected, empty where nothing was: said again so that the order of arrival does not matter; the fact)."""


def _fact(kind: type[e.Event], report: e.FloorReported, at: int | None = None, **attributes: object) -> e.Event:
    """A fact on the report's word; at the report's own time when no other is known, and never after it."""
    assert isinstance(report.time, int)
    time = report.time if at is None else min(at, report.time)
    return kind(time=time, id=report.id, source=report.source, seq=report.seq, **attributes)  # type: ignore[arg-type]


def _ms(since: e.WireTime | None) -> int | None:
    assert since is None or isinstance(since, int)
    return since


def corrections(report: e.FloorReported, source: Source, agents: dict[str, Agent]) -> Iterator[Correction]:
    """The facts by which the floor becomes what the report says. All instants are integers by now.

    Each is to be applied before the next is asked for: states come before pauses, because a state may end a pause that
    the report goes on to name.
    """
    pauses = {name: dict(agent.state.pauses) for name, agent in agents.items()}
    yield from _contacts(report, source)
    yield from _states(report, agents)
    yield from _memberships(report, source, agents, pauses)


def omitted(report: e.FloorReported, contacts: Iterable[Contact]) -> Iterator[Correction]:
    """What a complete report leaves out is over: also when we hear only later that it had begun."""
    assert isinstance(report.time, int)
    waiting = {(entry.contact, entry.queue) for entry in report.waiting}
    talking = {(entry.contact, entry.queue) for entry in report.talking}
    known_waiting, known_talking = _known(contacts, report.time)
    for contact, queue in known_waiting:
        if (contact, queue) not in waiting and (contact, queue) not in talking:
            yield "waiting_lost", _fact(e.ContactExited, report, contact=contact, queue=queue, reason="unknown")
    for (contact, queue), agent in known_talking.items():
        if (contact, queue) not in talking:
            yield "talking_lost", _fact(Vanished, report, contact=contact, queue=queue, agent=agent)


def _contacts(report: e.FloorReported, source: Source) -> Iterator[Correction]:
    waiting = {(entry.contact, entry.queue): entry for entry in report.waiting}
    talking = {(entry.contact, entry.queue): entry for entry in report.talking}
    assert isinstance(report.time, int)
    lost = list(omitted(report, source.contacts.values())) if report.complete else []
    known_waiting, known_talking = _known(source.contacts.values(), report.time)
    for (contact, queue), entry in waiting.items():
        if (contact, queue) not in known_waiting:
            yield "waiting_found", _fact(e.ContactOffered, report, _ms(entry.since), contact=contact, queue=queue)
    for (contact, queue), spoken in talking.items():
        before = known_talking.get((contact, queue))
        if before is not None and before != spoken.agent and report.complete:
            yield "talking_moved", _fact(Vanished, report, contact=contact, queue=queue, agent=before)
        if before != spoken.agent:
            at = _ms(spoken.since)
            yield (
                "talking_found",
                _fact(e.ContactAnswered, report, at, contact=contact, queue=queue, agent=spoken.agent),
            )
    yield from lost


Visits = dict[tuple[str, str], str]
"""(contact, queue) to the agent, or to nobody."""


def _known(contacts: Iterable[Contact], at: int) -> tuple[Visits, Visits]:
    """Who waited and who talked at this instant, as far as we know now: a report may arrive after later facts."""
    waiting, talking = {}, {}
    for contact in contacts:
        for visit in contact.visits:
            if visit.phase == WAITING or visit.left_at > at:
                if visit.entered_at <= at:
                    waiting[contact.id, visit.queue] = ""
            elif visit.phase in (TALKING, ON_HOLD) or (
                visit.phase == ENDED and visit.talk_ms >= 0 and visit.ended_at > at
            ):
                talking[contact.id, visit.queue] = visit.agent
    return waiting, talking


def _states(report: e.FloorReported, agents: dict[str, Agent]) -> Iterator[Correction]:
    for entry in report.states:
        agent = agents.get(entry.agent)
        found = agent is None or _reported_state(agent) != entry.state
        at = _ms(entry.since) if agent is None else None
        fact = _fact(e.AgentStateChanged, report, at, agent=entry.agent, state=entry.state, reason=entry.reason)
        yield "state_found" if found else "", fact


def _reported_state(agent: Agent) -> str | None:
    """The state last reported for the agent, as the contract names it."""
    state = agent.state
    if any(queue is None for queue, _ in state.pauses):
        return "paused"
    return None if state.slot is None else ACTIVITIES[state.slot]


def _memberships(
    report: e.FloorReported, source: Source, agents: dict[str, Agent], pauses: dict[str, dict[str | None, str]]
) -> Iterator[Correction]:
    listed: dict[str, set[str]] = {}
    for member in report.members:
        listed.setdefault(member.agent, set()).add(member.queue)
        agent = agents.get(member.agent)
        place: dict[str, Any] = {"agent": member.agent, "queue": member.queue}
        joined = agent is not None and member.queue in (agent.state.joined or ())
        yield "" if joined else "member_found", _fact(e.AgentJoined, report, **place)
        paused_in = pauses.get(member.agent, {})
        if member.paused:
            known = paused_in.get(member.queue, paused_in.get(None)) == member.reason
            at = None if known else _ms(member.since)
            paused = _fact(e.AgentStateChanged, report, at, state="paused", reason=member.reason, **place)
            yield "" if known else "pause_found", paused
        elif member.queue in paused_in:
            yield "pause_lost", _fact(e.AgentStateChanged, report, state="available", **place)
    if not (report.complete and report.members):
        return
    for agent in agents.values():
        if agent.state.source == source.name:
            for queue in agent.state.joined or ():
                if queue not in listed.get(agent.name, ()):
                    yield "member_lost", _fact(e.AgentLeft, report, agent=agent.name, queue=queue)
