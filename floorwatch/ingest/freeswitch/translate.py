"""What FreeSWITCH's mod_callcenter says, as events of the contract. Pure: events, lists and connection facts in.

The order of a connection's life: `connected`, then `listed` once the lists have been asked for and have come, `event`
for each event from the first on, `tick` now and then, `disconnected`. From `connected` (and from `asking`, for a later
look) to `listed` events are held, so that nobody sees an event about a floor not described yet.

Times are the switch's own: Event-Date-Timestamp. Connection facts and ticks have none, so they take our clock,
corrected by how far the switch's clock was from it when it was heard last.
"""

from __future__ import annotations

from collections.abc import Callable

from floorwatch.floor import events as e
from floorwatch.floor.events import Event
from floorwatch.ingest.facts import Facts
from floorwatch.ingest.freeswitch.agents import (
    AVAILABLE,
    IDLE,
    IN_CALL,
    LOGGED_OUT,
    ON_BREAK,
    WAITING,
    Agents,
)
from floorwatch.ingest.freeswitch.lists import Lists
from floorwatch.ingest.freeswitch.protocol import SwitchEvent, UnusableError
from floorwatch.ingest.freeswitch.snapshot import agents_spoken_of, contacts_reported, visits_at
from floorwatch.ingest.freeswitch.visits import FORGOTTEN_MS, LATE_MS, Visit, Visits
from floorwatch.ingest.source import InputCounts

HELD_MAX = 10_000
"""Events held back while lists are collected; more are told at once, and the report follows them."""
CLOCK_STEP_MS = 60_000
"""A time that differs more from its arrival than the one before is a step of the switch's clock, or wrong."""
EARLIEST_MS = 946_684_800_000  # 2000-01-01T00:00:00Z

SUBCLASS = "callcenter::info"
TRANSFERS = {"BLIND_TRANSFER": "blind", "ATTENDED_TRANSFER": "attended"}
BY_AGENT = {"recv_bye": "agent", "send_bye": "customer"}
"""Who hung up, by what the agent's channel saw. CC-Hangup-Cause is how the dialling of the agent went, and no help."""
BY_CUSTOMER = {"recv_bye": "customer", "send_bye": "agent"}


class Translator:
    """Translates one event socket feed, over all its connections.

    `source` is the feed's configured name. `counts` gets `ignored` for events that gave no fact and `invalid` for
    unusable ones.
    """

    def __init__(self, source: str = "freeswitch", counts: InputCounts | None = None) -> None:
        self.counts = InputCounts() if counts is None else counts
        self._facts = Facts(source)
        self._told: list[Event] = []
        self._agents = Agents(self._facts)
        self._visits = Visits(self._facts)
        self.wants_lists = False
        """An agent was added, of whom only the lists tell the queues and the wrap-up."""
        self._is_holding = False
        self._held: list[tuple[SwitchEvent, int]] = []
        self._last_ms = 0
        """When the event happened that was told last."""
        self._is_up: bool | None = None
        self._down_since_ms: int | None = None
        """The last byte before the connection was lost; None when none ever was."""
        self._core = ""
        self._offset_ms = 0
        """How far the switch's clock is ahead of ours."""
        self._last_offset_ms: int | None = None

    @property
    def is_up(self) -> bool:
        """Whether the floor is known."""
        return bool(self._is_up)

    @property
    def is_holding(self) -> bool:
        """Lists are to come: events are held until they have."""
        return self._is_holding

    def not_running(self, last_ms: int) -> list[Event]:
        """Before anything else: this process was not there since `last_ms`, when the source was last heard."""
        self._is_up, self._down_since_ms = False, last_ms
        self._facts.add(e.SourceDown, last_ms, reason="not_running")
        return self._take()

    def connected(self) -> None:
        """A connection was made and its events are subscribed to: lists will come."""
        self._visits.connection += 1
        self.asking()

    def asking(self) -> None:
        """The lists are asked for: events are held until they have come."""
        self._is_holding, self.wants_lists = True, False

    def reckon(self, time_ms: int, received_ms: int) -> None:
        """Follow the switch's clock; a step is believed when the next time confirms it, the first one at once."""
        offset_ms = time_ms - received_ms
        last, self._last_offset_ms = self._last_offset_ms, offset_ms
        if last is None or abs(offset_ms - last) <= CLOCK_STEP_MS:
            self._offset_ms = offset_ms

    def switch_ms(self, received_ms: int) -> int:
        """What the switch's clock shows at this instant of ours, as far as is known."""
        return received_ms + self._offset_ms

    def event(self, event: SwitchEvent, received_ms: int) -> list[Event]:
        """The facts that follow from an event which was complete at `received_ms` on our clock; often none."""
        try:
            time_ms = event.time_ms()
        except UnusableError as reason:
            self.counts.invalid[str(reason)] += 1
            return []
        if time_ms < EARLIEST_MS:
            self.counts.invalid["impossible_time"] += 1
            return []
        self.reckon(time_ms, received_ms)
        if not self._is_holding:
            self._handle(event, time_ms)
        else:
            self._held.append((event, time_ms))
            if len(self._held) > HELD_MAX:
                self._deliver_held()
        return self._take()

    def listed(self, lists: Lists) -> list[Event]:
        """The lists have come: the floor they describe, then the events held."""
        at_ms = self._not_before_told(min([lists.asked_ms, *(time_ms - 1 for _, time_ms in self._held)]))
        is_restarted = bool(lists.core and self._core and lists.core != self._core)
        if is_restarted:
            # None of the old calls lives on, though a caller may already have come back under its visit's name.
            self._visits.restore([])
        reason, was_up = "restart" if is_restarted else "", self._is_up
        self._core = lists.core or self._core
        if not self._is_up:
            self._is_up = True
            self._facts.add(e.SourceUp, at_ms, reason=reason)
            if self._down_since_ms is not None:
                self._facts.add(e.SourceGap, at_ms, since=min(self._down_since_ms, at_ms))
        held = [event for event, _ in self._held]
        visits, ringing = visits_at(lists, at_ms, held, self._visits)
        self._visits.restore(visits)
        changed, added = agents_spoken_of(held)
        seats = self._agents.restore(lists, at_ms, changed if was_up else set(), added)
        self._facts.add(e.FloorReported, at_ms, complete=lists.whole, **contacts_reported(visits), **seats)
        for visit, agent in ringing:
            self._visits.rang(visit, agent, at_ms)
        self.counts.invalid.update({"bad_row": lists.bad_rows} if lists.bad_rows else {})
        self._is_holding = False
        self._deliver_held()
        return self._take()

    def tick(self, received_ms: int) -> list[Event]:
        """It is this time on our clock: wrap-ups and ringing may be over, of which the switch says nothing."""
        if self._is_up and not self._is_holding:
            time_ms = self.switch_ms(received_ms)
            self._agents.tick(time_ms)
            self._visits.settle(time_ms - LATE_MS)
            self._visits.forget_ended(time_ms - FORGOTTEN_MS)
        return self._take()

    def disconnected(self, received_ms: int, reason: str) -> list[Event]:
        """The connection was lost, or could not be made; `received_ms` is when the last byte came, or now."""
        if self._is_up:
            self._deliver_held()
        self.counts.ignored += len(self._held)  # they lie in the gap, and the next lists tell what they led to
        self._held, self._is_holding = [], False
        if self._is_up is not False:
            time_ms = self.switch_ms(received_ms)
            self._down_since_ms = time_ms if self._is_up else None
            self._is_up = False
            self._facts.add(e.SourceDown, time_ms, reason=reason)
        return self._take()

    def _not_before_told(self, at_ms: int) -> int:
        """The instant of a report: this one, unless something of a moment later has been told before it was asked for.

        What is held and no later, as several things happen in one millisecond, is told first.
        """
        told_ms = self._last_ms
        if not self._is_up or not at_ms < told_ms < at_ms + LATE_MS:
            return at_ms
        later = [(event, time_ms) for event, time_ms in self._held if time_ms > told_ms]
        self._held = [(event, time_ms) for event, time_ms in self._held if time_ms <= told_ms]
        self._deliver_held()
        self._held = later
        return told_ms

    def _deliver_held(self) -> None:
        held, self._held = self._held, []
        for event, time_ms in held:
            self._handle(event, time_ms)

    def _handle(self, event: SwitchEvent, time_ms: int) -> None:
        self._gather()
        self._last_ms = time_ms
        try:
            handler = self._handler(event)
            if handler is not None:
                handler(self, event, time_ms)
        except UnusableError as reason:
            self.counts.invalid[str(reason)] += 1
            return
        if not self._gather():
            self.counts.ignored += 1

    def _gather(self) -> bool:
        """Take in the facts made meanwhile; whether there were any."""
        made = self._facts.take()
        self._told += made
        return bool(made)

    def _take(self) -> list[Event]:
        """Everything told since the last call."""
        self._gather()
        told, self._told = self._told, []
        return told

    def _handler(self, event: SwitchEvent) -> Callable[[Translator, SwitchEvent, int], None] | None:
        name = event.text("Event-Name")
        if name != "CUSTOM":
            return _CHANNEL_HANDLERS.get(name)
        return _HANDLERS.get(event.text("CC-Action")) if event.text("Event-Subclass") == SUBCLASS else None

    # Agents

    def _on_agent_added(self, event: SwitchEvent, time_ms: int) -> None:
        self._agents.status_changed(event.required("CC-Agent"), LOGGED_OUT, time_ms)
        self.wants_lists = True

    def _on_status(self, event: SwitchEvent, time_ms: int) -> None:
        agent, status = event.required("CC-Agent"), event.required("CC-Agent-Status")
        if status not in AVAILABLE:
            self._visits.broke_off(agent)  # the phone is silenced before the change is told
        if not self._agents.status_changed(agent, status, time_ms):
            raise UnusableError("unknown_status")

    def _on_state(self, event: SwitchEvent, time_ms: int) -> None:
        agent, state = event.required("CC-Agent"), event.required("CC-Agent-State")
        if state == IN_CALL:
            self._visits.joined_with(agent)
        elif state in (WAITING, IDLE):
            self._visits.idled(agent, time_ms)
        self._agents.state_changed(agent, state, time_ms)

    # Contacts

    def _on_enter(self, event: SwitchEvent, time_ms: int) -> None:
        contact, queue = event.required("CC-Member-Session-UUID"), event.required("CC-Queue")
        self._visits.joined(event.required("CC-Member-UUID"), contact, queue, time_ms)

    def _on_offering(self, event: SwitchEvent, time_ms: int) -> None:
        agent, visit = event.required("CC-Agent"), self._visit(event)
        if visit is not None:
            self._agents.rang(agent, time_ms)
            self._visits.rang(visit, agent, time_ms)

    def _on_fail(self, event: SwitchEvent, time_ms: int) -> None:
        agent, cause = event.required("CC-Agent"), event.text("CC-Hangup-Cause")
        is_on_break = self._agents.status_of(agent) in (ON_BREAK, LOGGED_OUT)
        self._visits.failed(event.required("CC-Member-UUID"), agent, cause, is_on_break, time_ms)

    def _on_pick_up(self, event: SwitchEvent, time_ms: int) -> None:
        agent, visit = event.required("CC-Agent"), self._visit(event)
        if visit is not None:
            self._visits.picked_up(visit, agent, event.text("CC-Agent-UUID"), time_ms)

    def _on_part(self, event: SwitchEvent, time_ms: int) -> None:
        visit = self._visit(event)
        if visit is None:
            return
        if event.text("CC-Agent-Bridged") == "false":
            # Set only where the customer's channel was found gone; else it was the agent's.
            is_gone = event.text("variable_cc_agent_bridged") == "false"
            self._visits.never_joined(visit, is_gone, time_ms)
            return
        mode = TRANSFERS.get(event.text("variable_endpoint_disposition"))
        self._part(event, visit, mode, BY_AGENT, time_ms)

    def _on_leave(self, event: SwitchEvent, time_ms: int) -> None:
        visit = self._visit(event)
        if visit is None:
            return  # the end of its talk has been told
        if event.text("CC-Cause") == "Terminated":
            self._part(event, visit, None, BY_CUSTOMER, time_ms)
        else:
            is_hung_up = event.text("Answer-State") in ("", "hangup")
            self._visits.left(visit, event.text("CC-Cancel-Reason"), is_hung_up, time_ms)

    def _part(self, event: SwitchEvent, visit: Visit, mode: str | None, by: dict[str, str], time_ms: int) -> None:
        agent = event.required("CC-Agent")
        self._visits.parted(visit, time_ms)
        place = {"contact": visit.contact, "queue": visit.queue, "agent": agent}
        if mode is not None:
            self._facts.add(e.ContactTransferred, time_ms, mode=mode, **place)
        else:
            who = by.get(event.text("variable_sip_hangup_disposition"))
            self._facts.add(e.ContactEnded, time_ms, by=who, **place)
        self._agents.talked(agent, time_ms)

    def _visit(self, event: SwitchEvent) -> Visit | None:
        """The open visit an event speaks of, found or opened; None when it is over."""
        member = event.required("CC-Member-UUID")
        contact, queue = event.required("CC-Member-Session-UUID"), event.required("CC-Queue")
        visit = self._visits.open.get(member)
        if visit is None and member not in self._visits.ended:
            visit = self._visits.open[member] = Visit(member, contact, queue, None, self._visits.connection)
        return visit

    # Channels

    def _on_hold(self, event: SwitchEvent, time_ms: int) -> None:
        self._visits.hold(event.required("Unique-ID"), True, time_ms)

    def _on_unhold(self, event: SwitchEvent, time_ms: int) -> None:
        self._visits.hold(event.required("Unique-ID"), False, time_ms)


_HANDLERS: dict[str, Callable[[Translator, SwitchEvent, int], None]] = {
    "agent-add": Translator._on_agent_added,
    "agent-status-change": Translator._on_status,
    "agent-state-change": Translator._on_state,
    "member-queue-start": Translator._on_enter,
    "member-queue-resume": Translator._on_enter,
    "agent-offering": Translator._on_offering,
    "bridge-agent-fail": Translator._on_fail,
    "bridge-agent-start": Translator._on_pick_up,
    "bridge-agent-end": Translator._on_part,
    "member-queue-end": Translator._on_leave,
}
"""By CC-Action. The others tell nothing new: answers to queries (`*-get`), counts, dial strings, a change announced."""

_CHANNEL_HANDLERS: dict[str, Callable[[Translator, SwitchEvent, int], None]] = {
    "CHANNEL_HOLD": Translator._on_hold,
    "CHANNEL_UNHOLD": Translator._on_unhold,
}
