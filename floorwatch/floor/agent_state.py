"""What an agent's past means for its future: one immutable value, and a step for each kind of fact."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from floorwatch.floor import events as e
from floorwatch.floor.activity import (
    ALERTING,
    AVAILABLE,
    CODE,
    OFFLINE,
    ON_HOLD,
    PAUSED,
    TALKING,
    UNKNOWN,
    WRAP_UP,
)
from floorwatch.floor.contact import Vanished
from floorwatch.floor.order import Mark, Released

Pauses = tuple[tuple[str | None, str], ...]
"""(queue, reason) of each pause in force, the latest last; the queue None is a pause without a queue named."""

AtAgent = tuple[str, int, str, int]
"""(contact, activity: talking, on_hold or alerting, queue, answered at)."""

Finishing = tuple[tuple[str, int, int], ...]
"""(queue, talk ended at, talk and hold in ms) of contacts whose wrap-up may not be over."""


class AgentState(msgspec.Struct, frozen=True, gc=False):
    """An agent between two facts."""

    slot: int | None = None
    """The activity reported without a queue, the last one; None until something is reported."""
    pauses: Pauses = ()
    contacts: tuple[AtAgent, ...] = ()
    joined: tuple[str, ...] | None = None
    """Queues joined, sorted; None for an agent that never joined any."""
    wrap_until: int = 0
    finishing: Finishing = ()
    down: bool = False

    def activity(self, at: int, configured: tuple[str, ...]) -> int:
        """The first activity that holds at this instant, in the order of `floor.activity`."""
        if self.down:
            return UNKNOWN
        slot = OFFLINE if self.slot is None else self.slot
        if self.contacts:
            nearest = self.contacts[0][1]
            for contact in self.contacts:
                nearest = min(nearest, contact[1])
            return nearest if slot > ALERTING else min(nearest, slot)
        if slot <= WRAP_UP:
            return slot
        if at < self.wrap_until:
            return WRAP_UP
        if self.pauses and self._is_paused(configured):
            return PAUSED
        return slot

    def without_finishing(self) -> AgentState:
        """The same, with every contact handled."""
        return AgentState(self.slot, self.pauses, self.contacts, self.joined, self.wrap_until, (), self.down)

    def _is_paused(self, configured: tuple[str, ...]) -> bool:
        paused_in = {queue for queue, _ in self.pauses}
        queues = configured if self.joined is None else self.joined
        return None in paused_in or paused_in.issuperset(queues)


def _without(pauses: Pauses, queue: str | None) -> Pauses:
    return tuple(pause for pause in pauses if pause[0] != queue) if pauses else pauses


_PLAIN_SLOTS = {name: code for name, code in CODE.items() if code not in (PAUSED, OFFLINE)}
"""States that only take the slot, when no pause is in force: nearly all there are."""


def _reported(state: AgentState, fact: e.AgentStateChanged, at: int, wrap_up_ms: int) -> AgentState:
    queue = fact.queue
    if not queue and not state.pauses and fact.state in _PLAIN_SLOTS:
        slot = _PLAIN_SLOTS[fact.state]
        return AgentState(slot, (), state.contacts, state.joined, state.wrap_until, state.finishing, state.down)
    if queue and fact.state in ("paused", "available"):
        pauses = _without(state.pauses, queue)
        if fact.state == "paused":
            pauses += ((queue, fact.reason or ""),)
        slot = AVAILABLE if state.slot is None else state.slot
        return AgentState(slot, pauses, state.contacts, state.joined, state.wrap_until, state.finishing, state.down)
    slot, wrap_until = CODE[fact.state], state.wrap_until
    if slot == PAUSED:
        slot, pauses = AVAILABLE, (*_without(state.pauses, None), (None, fact.reason or ""))
    elif slot >= AVAILABLE:
        pauses = ()
        if slot == OFFLINE:
            wrap_until = 0
    else:
        pauses = _without(state.pauses, None)
    return AgentState(slot, pauses, state.contacts, state.joined, wrap_until, state.finishing, state.down)


def _joined(state: AgentState, fact: e.AgentJoined, at: int, wrap_up_ms: int) -> AgentState:
    if state.joined is not None and fact.queue in state.joined:
        return state
    joined = tuple(sorted({*(state.joined or ()), fact.queue}))
    slot = AVAILABLE if state.slot in (None, OFFLINE) else state.slot
    return msgspec.structs.replace(state, joined=joined, slot=slot)


def _left(state: AgentState, fact: e.AgentLeft, at: int, wrap_up_ms: int) -> AgentState:
    pauses = _without(state.pauses, fact.queue)
    if state.joined is None:
        return msgspec.structs.replace(state, pauses=pauses)
    joined = tuple(queue for queue in state.joined if queue != fact.queue)
    if joined:
        return msgspec.structs.replace(state, joined=joined, pauses=pauses)
    return msgspec.structs.replace(state, joined=joined, pauses=(), slot=OFFLINE, wrap_until=0)


def _contacts(state: AgentState, contacts: tuple[AtAgent, ...]) -> AgentState:
    return AgentState(
        state.slot, state.pauses, contacts, state.joined, state.wrap_until, state.finishing, state.down
    )


def _others(state: AgentState, contact: str) -> tuple[AtAgent, ...]:
    return tuple(held for held in state.contacts if held[0] != contact) if state.contacts else ()


def _alerting(state: AgentState, fact: e.ContactAlerting, at: int, wrap_up_ms: int) -> AgentState:
    if any(held[0] == fact.contact and held[1] != ALERTING for held in state.contacts):
        return state
    return _contacts(state, (*_others(state, fact.contact), (fact.contact, ALERTING, fact.queue, 0)))


def _declined(state: AgentState, fact: e.ContactDeclined, at: int, wrap_up_ms: int) -> AgentState:
    return _contacts(state, tuple(held for held in state.contacts if held[:2] != (fact.contact, ALERTING)))


def _answered(state: AgentState, fact: e.ContactAnswered, at: int, wrap_up_ms: int) -> AgentState:
    return _contacts(state, (*_others(state, fact.contact), (fact.contact, TALKING, fact.queue, at)))


def _switched(state: AgentState, contact: str, mode: int) -> AgentState:
    return _contacts(
        state,
        tuple(
            (held[0], mode, held[2], held[3]) if held[0] == contact and held[1] != ALERTING else held
            for held in state.contacts
        ),
    )


def _held(state: AgentState, fact: e.ContactHeld, at: int, wrap_up_ms: int) -> AgentState:
    return _switched(state, fact.contact, ON_HOLD)


def _resumed(state: AgentState, fact: e.ContactResumed, at: int, wrap_up_ms: int) -> AgentState:
    return _switched(state, fact.contact, TALKING)


def _ended(state: AgentState, fact: e.ContactEnded, at: int, wrap_up_ms: int) -> AgentState:
    finishing = state.finishing
    for held in state.contacts:
        if held[0] == fact.contact and held[1] != ALERTING:
            finishing += ((held[2], at, at - held[3]),)
    wrap_until = max(state.wrap_until, at + wrap_up_ms) if wrap_up_ms else state.wrap_until
    contacts = _others(state, fact.contact)
    return AgentState(state.slot, state.pauses, contacts, state.joined, wrap_until, finishing, state.down)


def _gone(state: AgentState, fact: Released | Vanished, at: int, wrap_up_ms: int) -> AgentState:
    return _contacts(state, _others(state, fact.contact))


def _source_down(state: AgentState, fact: e.SourceDown, at: int, wrap_up_ms: int) -> AgentState:
    return msgspec.structs.replace(state, down=True)


def _source_up(state: AgentState, fact: e.SourceUp, at: int, wrap_up_ms: int) -> AgentState:
    return msgspec.structs.replace(state, down=False)


def _marked(state: AgentState, fact: Mark, at: int, wrap_up_ms: int) -> AgentState:
    return state


Step = Callable[[AgentState, e.Event, int, int], AgentState]

STEPS: dict[type[e.Event], Step] = {
    e.AgentStateChanged: _reported,
    e.AgentJoined: _joined,
    e.AgentLeft: _left,
    e.ContactAlerting: _alerting,
    e.ContactDeclined: _declined,
    e.ContactAnswered: _answered,
    e.ContactHeld: _held,
    e.ContactResumed: _resumed,
    e.ContactTransferred: _ended,
    e.ContactEnded: _ended,
    Vanished: _gone,
    Released: _gone,
    e.SourceDown: _source_down,
    e.SourceUp: _source_up,
    Mark: _marked,
}  # type: ignore[dict-item]
