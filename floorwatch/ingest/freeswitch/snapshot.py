"""The floor as it was when its lists were asked for: what the lists say, less what the events held meanwhile tell.

The lists are a little newer than the question, and the events between the two arrive after them. So whatever such an
event speaks of is reported as it stood before that event, and the event is told afterwards as always. Pure.
"""

from __future__ import annotations

from collections.abc import Iterable

from floorwatch.floor import events as e
from floorwatch.ingest.freeswitch.agents import IN_CALL, RECEIVING
from floorwatch.ingest.freeswitch.lists import Lists, Row, epoch_ms
from floorwatch.ingest.freeswitch.protocol import SwitchEvent, UnusableError
from floorwatch.ingest.freeswitch.visits import LATE_MS, Visit, Visits

WAITS = ("Waiting", "Trying")
ANSWERED = "Answered"
BEGINS = ("member-queue-start", "member-queue-resume")
AGENT_CHANGES = ("agent-add", "agent-status-change", "agent-state-change", "bridge-agent-end", "member-queue-end")

Ringing = list[tuple[Visit, str]]
"""(visit, agent whose phone rings for it)."""


def visits_at(lists: Lists, at_ms: int, held: Iterable[SwitchEvent], visits: Visits) -> tuple[list[Visit], Ringing]:
    """The open visits at this instant, and phones the lists show ringing that were not known to."""
    rows = {row["uuid"]: row for row in lists.members}
    agents = {row["name"]: row for row in lists.agents}
    first = _first_of_each(held)
    present: dict[str, Visit] = {}
    ringing: Ringing = []
    for member, row in rows.items():
        if member in first or visits.ended.get(member, 0) > at_ms - LATE_MS:
            continue
        visit = _listed(row, visits.open.get(member), agents, visits.connection)
        if visit is None:
            continue
        present[member] = visit
        agent = row.get("serving_agent", "")
        is_ringing = row["state"] == "Trying" and agents.get(agent, {}).get("state") == RECEIVING
        if is_ringing and agent not in visit.ringing:
            ringing.append((visit, agent))
    for member, event in first.items():
        before = visits.open.get(member) or _before(event, rows.get(member))
        if before is not None:
            present[member] = before
    for member, visit in visits.open.items():
        if member not in present and _just_began(visit, at_ms, visits.connection):
            present[member] = visit
    return list(present.values()), ringing


def agents_spoken_of(held: Iterable[SwitchEvent]) -> tuple[set[str], set[str]]:
    """The agents of whom an event held says what they do, and of these the ones it says were added."""
    changed, added = set(), set()
    for event in held:
        try:
            action, agent = event.text("CC-Action"), event.text("CC-Agent")
        except UnusableError:
            continue
        if action in AGENT_CHANGES:
            changed.add(agent)
        if action == "agent-add":
            added.add(agent)
    return changed, added


def contacts_reported(visits: list[Visit]) -> dict[str, object]:
    """What `floor.reported` says of these visits."""
    return {
        "waiting": tuple(
            e.Waiting(contact=visit.contact, queue=visit.queue, since=visit.since_ms)
            for visit in visits
            if not visit.is_talking
        ),
        "talking": tuple(
            e.Talking(contact=visit.contact, queue=visit.queue, agent=visit.agent, since=visit.picked_up_ms)
            for visit in visits
            if visit.is_talking
        ),
    }


def _listed(row: Row, known: Visit | None, agents: dict[str, Row], connection: int) -> Visit | None:
    """The open visit of a row; None for one that is over, though its row is still there."""
    contact, state = row.get("session_uuid", ""), row["state"]
    if not contact or state not in (*WAITS, ANSWERED):
        return None
    visit = known if known is not None and known.contact == contact else None
    if visit is None:
        since_ms = epoch_ms(row, "rejoined_epoch") or epoch_ms(row, "joined_epoch")
        visit = Visit(row["uuid"], contact, row["queue"], since_ms)
    if state in WAITS:
        return Visit(visit.member, contact, visit.queue, visit.since_ms) if visit.is_talking else visit
    agent = row.get("serving_agent", "")
    if visit.is_talking and visit.agent == agent and visit.connection == connection:
        return visit
    # A row may stay Answered for hours after the call (a known fault): then its agent is not in a call.
    seat = agents.get(agent, {})
    if seat.get("state") not in (IN_CALL, RECEIVING):
        return None
    if not visit.is_talking or visit.agent != agent:
        visit.agent, visit.leg, visit.is_talking = agent, seat.get("uuid", ""), True
        visit.picked_up_ms = visit.picked_up_ms or epoch_ms(row, "bridge_epoch")
    visit.connection = connection
    return visit


def _first_of_each(held: Iterable[SwitchEvent]) -> dict[str, SwitchEvent]:
    """By visit, the first event held that speaks of it."""
    first: dict[str, SwitchEvent] = {}
    for event in held:
        try:
            member = event.text("CC-Member-UUID")
        except UnusableError:
            continue
        if member:
            first.setdefault(member, event)
    return first


def _before(event: SwitchEvent, row: Row | None) -> Visit | None:
    """A visit we had not heard of, as it stood before this event; None when it began with it."""
    try:
        action, queue = event.text("CC-Action"), event.text("CC-Queue")
        contact = event.text("CC-Member-Session-UUID")
        if action in BEGINS or not queue or not contact:
            return None
        joined = event.number("CC-Member-Joined-Time")
        since_ms = joined * 1000 if joined else epoch_ms(row, "joined_epoch") if row else None
        visit = Visit(event.text("CC-Member-UUID"), contact, queue, since_ms)
        has_talked = action == "bridge-agent-end" and event.text("CC-Agent-Bridged") != "false"
        if has_talked or event.text("CC-Cause") == "Terminated":
            answered = event.number("CC-Agent-Answered-Time")
            visit.agent, visit.is_talking = event.text("CC-Agent"), True
            visit.picked_up_ms = answered * 1000 if answered else None
    except UnusableError:
        return None
    return visit


def _just_began(visit: Visit, at_ms: int, connection: int) -> bool:
    """The switch speaks of a new contact before it writes it down."""
    return (
        visit.connection == connection
        and not visit.is_talking
        and visit.since_ms is not None
        and visit.since_ms > at_ms - LATE_MS
    )
