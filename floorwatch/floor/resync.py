"""Resynchronisation: what a `floor.reported` corrects, as facts like any other.

A report says who waits, who talks, who belongs to which queue and what each agent does. Compared with what is known, it
becomes ordinary facts at the instants it names, so that corrections take the same way as everything else. Only a complete
report may end what it omits.
"""

from __future__ import annotations

from collections.abc import Iterator

from floorwatch.floor import events as e
from floorwatch.floor.activity import ACTIVITIES
from floorwatch.floor.agent import Agent
from floorwatch.floor.contact import Vanished
from floorwatch.floor.source import Source
from floorwatch.floor.visit import ON_HOLD, TALKING, WAITING

Correction = tuple[str, e.Event]
"""(what was corrected, the fact that corrects it)."""


def _instant(since: e.WireTime | None, report: e.FloorReported) -> int:
    at = report.time if since is None else since
    assert isinstance(at, int) and isinstance(report.time, int)
    return min(at, report.time)


def corrections(report: e.FloorReported, source: Source, agents: dict[str, Agent]) -> Iterator[Correction]:
    """The facts by which the floor becomes what the report says. All instants are integers by now.

    Each is to be applied before the next is asked for: states come before pauses, because a state may end a pause that
    the report goes on to name.
    """
    yield from _contacts(report, source)
    yield from _states(report, agents)
    yield from _memberships(report, source, agents)


def _contacts(report: e.FloorReported, source: Source) -> Iterator[Correction]:
    common = {"id": report.id, "source": report.source, "seq": report.seq}
    waiting = {(entry.contact, entry.queue): entry for entry in report.waiting}
    talking = {(entry.contact, entry.queue): entry for entry in report.talking}
    known_waiting, known_talking = {}, {}
    for contact in source.contacts.values():
        for visit in contact.visits:
            if visit.phase == WAITING:
                known_waiting[contact.id, visit.queue] = visit
            elif visit.phase in (TALKING, ON_HOLD):
                known_talking[contact.id, visit.queue] = visit
    for key, entry in waiting.items():
        if key not in known_waiting:
            at = _instant(entry.since, report)
            yield "waiting_found", e.ContactOffered(time=at, contact=entry.contact, queue=entry.queue, **common)
    for key, entry in talking.items():
        visit = known_talking.get(key)
        if visit is None or visit.agent != entry.agent:
            at = _instant(entry.since, report)
            yield (
                "talking_found",
                e.ContactAnswered(time=at, contact=entry.contact, queue=entry.queue, agent=entry.agent, **common),
            )
    if report.complete:
        for key in known_waiting:
            if key not in waiting and key not in talking:
                yield (
                    "waiting_lost",
                    e.ContactExited(time=report.time, contact=key[0], queue=key[1], reason="unknown", **common),
                )
        for key, visit in known_talking.items():
            if key not in talking:
                yield (
                    "talking_lost",
                    Vanished(time=report.time, contact=key[0], queue=key[1], agent=visit.agent, **common),
                )


def _memberships(report: e.FloorReported, source: Source, agents: dict[str, Agent]) -> Iterator[Correction]:
    common = {"id": report.id, "source": report.source, "seq": report.seq, "time": report.time}
    listed: dict[str, set[str]] = {}
    for member in report.members:
        listed.setdefault(member.agent, set()).add(member.queue)
        agent = agents.get(member.agent)
        joined = (agent.state.joined or ()) if agent else ()
        pauses = dict(agent.state.pauses) if agent else {}
        if member.queue not in joined:
            yield "member_found", e.AgentJoined(agent=member.agent, queue=member.queue, **common)
        if member.paused and pauses.get(member.queue, pauses.get(None)) != member.reason:
            yield (
                "pause_found",
                e.AgentStateChanged(
                    agent=member.agent, state="paused", reason=member.reason, queue=member.queue, **common
                ),
            )
        elif not member.paused and member.queue in pauses:
            yield (
                "pause_lost",
                e.AgentStateChanged(agent=member.agent, state="available", queue=member.queue, **common),
            )
    if report.complete and report.members:
        for agent in agents.values():
            if agent.source == source.name:
                for queue in agent.state.joined or ():
                    if queue not in listed.get(agent.name, ()):
                        yield "member_lost", e.AgentLeft(agent=agent.name, queue=queue, **common)


def _states(report: e.FloorReported, agents: dict[str, Agent]) -> Iterator[Correction]:
    for entry in report.states:
        agent = agents.get(entry.agent)
        if agent is not None and _slot(agent) == entry.state and entry.state != "paused":
            continue
        yield (
            "state_found",
            e.AgentStateChanged(
                time=_instant(entry.since, report) if agent is None else report.time,
                id=report.id,
                source=report.source,
                seq=report.seq,
                agent=entry.agent,
                state=entry.state,
                reason=entry.reason,
            ),
        )


def _slot(agent: Agent) -> str | None:
    """The state last reported for the agent, as the contract names it."""
    return None if agent.state.slot is None else ACTIVITIES[agent.state.slot]
