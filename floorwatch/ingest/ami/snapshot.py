"""Resynchronisation: the lists asked for after a (re)connect, or to see what has drifted, become one `floor.reported`.

QueueStatus tells members and waiting callers; CoreShowChannels, whose call is in a bridge with whom. Neither tells who
talks with whom for which queue, but a caller's channel runs `Queue(NAME,…)` and shares its bridge with the agent's leg,
which runs `AppQueue`.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Sequence
from dataclasses import dataclass, field

from floorwatch.floor import events as e
from floorwatch.ingest.ami.open_visits import OpenVisits
from floorwatch.ingest.ami.protocol import Message, UnusableError, header
from floorwatch.ingest.ami.roster import IN_USE, Roster, Seat
from floorwatch.ingest.ami.visit import Visit
from floorwatch.ingest.ami.visits import Visits

UNIQUEID, QUEUE, NAME, LOCATION = map(header, ("Uniqueid", "Queue", "Name", "Location"))
STATUS, IN_CALL, PENALTY, WAIT = map(header, ("Status", "InCall", "Penalty", "Wait"))
PAUSED, PAUSED_REASON, LAST_PAUSE = map(header, ("Paused", "PausedReason", "LastPause"))
CHANNEL, APPLICATION, ARGUMENTS, BRIDGE = map(header, ("Channel", "Application", "ApplicationData", "BridgeId"))
LIST_ITEMS, LEG, INTERFACE = map(header, ("ListItems", "DestUniqueid", "Interface"))

Dated = tuple[Message, int]
"""An event and its time."""
JITTER_MS = 1_000
"""By our clock and the switch's the times of one instant differ by less; a time that differs by more is of a clock that
was set, or wrong, and dates nothing but its own event."""


@dataclass(slots=True, frozen=True)
class Channel:
    """One line of CoreShowChannels."""

    uid: str
    name: str
    application: str
    arguments: str
    bridge: str

    @property
    def queue(self) -> str:
        """The queue it is in, "" when it is in none."""
        return self.arguments.partition(",")[0].strip() if self.application == "Queue" else ""


@dataclass(slots=True)
class Held:
    """What events speak of that were held back while the lists came: the lists may be past them, so it is theirs."""

    channels: set[str] = field(default_factory=set)
    """Uniqueids of callers and of agents' legs."""
    visits: dict[tuple[str, str], None] = field(default_factory=dict)
    """(caller, queue), in the order read."""
    begun: set[tuple[str, str]] = field(default_factory=set)
    """(caller, queue) of waits and talks that begin: QueueCallerJoin, AgentConnect."""
    attempts: set[tuple[str, str]] = field(default_factory=set)
    """(queue, interface) of Agent… events: an AgentComplete may name neither channel."""
    interfaces: dict[str, None] = field(default_factory=dict)
    """Of members, in their QueueMember… events, in the order read."""

    @classmethod
    def of(cls, held: Sequence[Dated]) -> Held:
        """What these events speak of; what cannot be used is counted when they are handled."""
        told = cls()
        for message, _ in held:
            try:
                leg, uid, queue = message.text(LEG), message.text(UNIQUEID), message.text(QUEUE)
                interface = message.text(INTERFACE)
            except UnusableError:
                continue
            if message.name.startswith("QueueMember"):
                told.interfaces[interface] = None
                continue
            told.channels |= {leg, uid}
            if queue:
                told.visits[uid, queue] = None
                told.attempts.add((queue, interface))
                if message.name in ("QueueCallerJoin", "AgentConnect"):
                    told.begun.add((uid, queue))
        return told

    def known(self, visits: OpenVisits) -> list[Visit]:
        """The visits known before that are spoken of."""
        found = [
            talk
            for talk in visits.by_leg.values()
            if not self.channels.isdisjoint((talk.leg, talk.uid)) or (talk.queue, talk.interface) in self.attempts
        ]
        waits = (visits.visit(uid, queue) for uid, queue in self.visits)
        return found + [visit for visit in waits if visit is not None]


def made_before(held: Sequence[Dated], asked_ms: int, heard_ms: int) -> tuple[int, int]:
    """How many of the held events were made before a report of the floor as it was asked for, in the order read.

    Also the time of that report: the times of events may step back by a little, and a report is not older than an event
    told before it, of which the newest had the time `heard_ms`.
    """
    latest_ms = asked_ms + JITTER_MS
    at_ms = max(asked_ms, heard_ms if heard_ms <= latest_ms else 0)
    before = 0
    while any(time_ms <= at_ms for _, time_ms in held[before:]):
        before = 1 + max(place for place, (_, time_ms) in enumerate(held) if time_ms <= at_ms)
        at_ms = max(at_ms, *(time_ms for _, time_ms in held[:before] if time_ms <= latest_ms))
    return before, at_ms


def before_all(held: Sequence[Dated], asked_ms: int) -> int:
    """The time of a report of the floor as it was asked for, and before every one of the held events."""
    return min((asked_ms, *(time_ms - 1 for _, time_ms in held if asked_ms - time_ms < JITTER_MS)))


class Snapshot:
    """The lists as far as they have come."""

    def __init__(self) -> None:
        self.seats: list[Seat] = []
        self.entries: list[tuple[str, str, int]] = []
        """(caller, queue, entry time in ms, rounded down to the second) of waiting callers."""
        self.channels: dict[str, Channel] = {}
        """By Uniqueid."""
        self.channels_asked = False
        self.channels_complete = False
        self.queues_complete = False
        self.items = 0
        """Entries of the queue list so far."""
        self.whole = True
        """Nothing was seen to be missing from the lists."""

    def is_complete(self) -> bool:
        """Every list that was begun has ended, the queues' among them."""
        return self.queues_complete and (self.channels_complete or not self.channels_asked)

    def end_queues(self, items: int | None) -> None:
        """QueueStatusComplete, with the number of entries the switch says it sent."""
        self.queues_complete = True
        self.whole = self.whole and items in (None, self.items)

    def end_channels(self, items: int | None) -> None:
        """CoreShowChannelsComplete."""
        self.channels_asked = self.channels_complete = True
        self.whole = self.whole and items in (None, len(self.channels))

    def report(self, visits: Visits, roster: Roster, held: Held, *, drifted: bool) -> dict[str, object]:
        """The attributes of `floor.reported`; `visits` and `roster` are brought to the same state.

        What events speak of that were `held` is left to them. `drifted`: everything since the last report has been
        heard, so what is known is believed until the lists leave no doubt that it is wrong.
        """
        if drifted:
            members, states = roster.correct(self.seats, held.interfaces)
        else:
            members, states = roster.restore(self.seats)
        known = {(visit.uid, visit.queue): visit for visit in visits.open.all()}
        told = held.visits.keys() if drifted else held.begun
        present: dict[tuple[str, str], Visit] = {}
        for uid, queue, since_ms in self.entries:
            visit = known.get((uid, queue))
            if visit is not None and not visit.is_talking and visit.left_ms is None:
                present[uid, queue] = visit
            elif (uid, queue) not in told:
                present[uid, queue] = Visit(uid, queue, since_ms)
        for visit in self._talks(visits, roster, told, drifted=drifted):
            present[visit.uid, visit.queue] = visit
        for visit in held.known(visits.open):
            present.setdefault((visit.uid, visit.queue), visit)
        if drifted:
            present.update((key, visit) for key, visit in known.items() if visits.is_open(visit))
        visits.restore(list(dict.fromkeys(present.values())))
        return {
            "complete": self.whole,
            "waiting": tuple(
                e.Waiting(contact=visit.uid, queue=visit.queue, since=visit.since_ms)
                for visit in present.values()
                if not visit.is_talking
            ),
            "talking": tuple(
                e.Talking(contact=visit.uid, queue=visit.queue, agent=visit.agent, since=visit.talking_since_ms)
                for visit in present.values()
                if visit.is_talking
            ),
            "members": tuple(members),
            "states": tuple(states),
        }

    def _talks(self, visits: Visits, roster: Roster, told: Container[tuple[str, str]], *, drifted: bool) -> list[Visit]:
        """Talks known before that go on, and those found in the channels that nobody is still to tell."""
        goes_on = self._may_go_on if drifted else self._goes_on
        talks = [talk for talk in visits.open.by_leg.values() if goes_on(talk, roster)]
        legs = {talk.leg for talk in talks} | visits.open.over_legs.keys()
        callers = {
            channel.bridge: channel
            for channel in self.channels.values()
            if channel.application == "Queue" and channel.bridge
        }
        for leg in self.channels.values():
            caller = callers.get(leg.bridge)
            interface, agent = roster.seated_at(leg.name.rpartition("-")[0])
            if leg.application != "AppQueue" or caller is None or not agent:
                continue
            if leg.uid not in legs and (caller.uid, caller.queue) not in told:
                talks.append(Visit(caller.uid, caller.queue, None, agent=agent, interface=interface, leg=leg.uid))
        return talks

    def _may_go_on(self, talk: Visit, roster: Roster) -> bool:
        """One side of it is still there: an optimised Local channel leaves the agent's side without the leg we know."""
        if not self.channels_asked:
            return True
        caller, leg = self.channels.get(talk.uid), self.channels.get(talk.leg)
        return leg is not None or (caller is not None and caller.queue == talk.queue)

    def _goes_on(self, talk: Visit, roster: Roster) -> bool:
        """Both legs are still there and in one bridge; without a list of channels, the agent's phone is in use."""
        if self.channels_asked:
            caller, leg = self.channels.get(talk.uid), self.channels.get(talk.leg)
            return caller is not None and leg is not None and caller.bridge == leg.bridge
        seat = roster.seat(talk.interface, talk.queue)
        return seat is not None and (seat.in_call or seat.phone in IN_USE)


def seat_shown(message: Message, interface: bytes, name: bytes) -> Seat:
    """The member that an event or a list entry shows; the two name interface and name differently."""
    where = message.required(interface)
    paused_since = message.number(LAST_PAUSE)
    return Seat(
        queue=message.required(QUEUE),
        interface=where,
        name=message.text(name) or where,
        phone=message.number(STATUS) or 0,
        paused=message.text(PAUSED) == "1",
        reason=message.text(PAUSED_REASON),
        paused_since_ms=paused_since * 1000 if paused_since else None,
        penalty=message.number(PENALTY),
        in_call=message.text(IN_CALL) == "1",
    )


def _read_params(snapshot: Snapshot, message: Message, time_ms: int) -> None:
    snapshot.items += 1


def _read_member(snapshot: Snapshot, message: Message, time_ms: int) -> None:
    snapshot.items += 1
    snapshot.seats.append(seat_shown(message, LOCATION, NAME))


def _read_entry(snapshot: Snapshot, message: Message, time_ms: int) -> None:
    snapshot.items += 1
    since_ms = (time_ms // 1000 - (message.number(WAIT) or 0)) * 1000
    snapshot.entries.append((message.required(UNIQUEID), message.required(QUEUE), since_ms))


def _read_queues_end(snapshot: Snapshot, message: Message, time_ms: int) -> None:
    snapshot.end_queues(message.number(LIST_ITEMS))


def _read_channel(snapshot: Snapshot, message: Message, time_ms: int) -> None:
    snapshot.channels_asked = True
    channel = Channel(
        uid=message.required(UNIQUEID),
        name=message.text(CHANNEL),
        application=message.text(APPLICATION),
        arguments=message.text(ARGUMENTS),
        bridge=message.text(BRIDGE),
    )
    snapshot.channels[channel.uid] = channel


def _read_channels_end(snapshot: Snapshot, message: Message, time_ms: int) -> None:
    snapshot.end_channels(message.number(LIST_ITEMS))


LIST_READERS: dict[str, Callable[[Snapshot, Message, int], None]] = {
    "QueueParams": _read_params,
    "QueueMember": _read_member,
    "QueueEntry": _read_entry,
    "QueueStatusComplete": _read_queues_end,
    "CoreShowChannel": _read_channel,
    "CoreShowChannelsComplete": _read_channels_end,
}
