"""How an alert is carried from step to step (docs/oncall.md, "Escalation"): told the time, it makes pages.

    a climb begins   on the tick at which the alert fires, is not muted, and none runs
    and again        when it has been in hand for so long and is not over
    it ends          when the alert is taken in hand, muted, raised or over

What is said of a telling: whoever is on call at that instant, found anew each time.
"""

from __future__ import annotations

from collections.abc import Iterator

from floorwatch.alerts.lifecycle import Alert
from floorwatch.alerts.oncall.record import Climb, Page, Record
from floorwatch.alerts.oncall.roster import Roster
from floorwatch.floor.oncall import Escalation, Step

ROUND_MS_MIN = 60_000
"""A round in which nobody was on call at any step is not gone through more often than that."""


def begins_at(record: Record) -> int | None:
    """From when on a climb is to begin, if nothing mutes the alert; None: not as it is now."""
    alert = record.alert
    if record.climb is not None or not alert.is_live:
        return None
    if alert.state == "firing":
        return 0
    unresolved_ms = record.escalation.unresolved_ms
    if not unresolved_ms or alert.acknowledged_at is None:
        return None
    return alert.acknowledged_at + unresolved_ms


def begin(record: Record, escalation: Escalation, now: int) -> None:
    """A climb begins; its first telling is due at once."""
    record.escalation = escalation
    record.climbs += 1
    again = record.alert.acknowledged_at if record.alert.state == "acknowledged" else None
    record.climb = Climb(record.climbs, escalation, now, now, now, unresolved_since=again)


def tell(record: Record, roster: Roster, now: int) -> list[Page]:
    """The pages that are due by now. Moves the climb on."""
    climb, pages = record.climb, list[Page]()
    assert climb is not None
    while climb.next_at is not None and climb.next_at <= now:
        step = climb.escalation.steps[climb.step]
        found = list(_people(step, roster, climb.next_at))
        pages += [_page(record.alert, climb, person, rota, now) for person, rota in found]
        climb.done_step, climb.done_round = climb.step + 1, climb.round
        climb.found_anybody |= bool(found)
        climb.had_gap |= not found
        _move_on(climb, step, is_gap=not found)
    return pages


def _people(step: Step, roster: Roster, at: int) -> Iterator[tuple[str, str]]:
    """(person, the rota in which they are on call), each person once."""
    met: set[str] = set()
    for whom in step.tell:
        people = (whom.name,) if whom.kind == "person" else roster.on_call(whom.name, at)
        for person in people:
            if person not in met:
                met.add(person)
                yield person, whom.name if whom.kind == "rota" else ""


def _page(alert: Alert, climb: Climb, person: str, rota: str, now: int) -> Page:
    place = f"e{climb.number}.{climb.round}.{climb.step + 1}.{climb.time}"
    return Page(
        key=f"{alert.id}/{place}/{person}",
        alert=alert.id,
        kind="call",
        person=person,
        made_at=now,
        rota=rota,
        climb=climb.number,
        round=climb.round,
        step=climb.step + 1,
        time=climb.time,
        unresolved_since=climb.unresolved_since,
    )


def _move_on(climb: Climb, step: Step, *, is_gap: bool) -> None:
    """To the next telling, step or round."""
    assert climb.next_at is not None
    if not is_gap:
        climb.next_at += step.every_ms
        if climb.time < step.times:
            climb.time += 1
            return
    climb.time = 1
    climb.step += 1
    if climb.step < len(climb.escalation.steps):
        return
    rounds = climb.escalation.rounds
    if rounds and climb.round >= rounds:
        climb.next_at = None
        return
    if not climb.found_anybody:
        climb.next_at = max(climb.next_at, climb.round_at + ROUND_MS_MIN)
    climb.step, climb.found_anybody = 0, False
    climb.round, climb.round_at = climb.round + 1, climb.next_at
