"""Resynchronisation: the lists asked for after a (re)connect become one `floor.reported`.

QueueStatus tells members and waiting callers; CoreShowChannels, whose call is in a bridge with whom. Neither tells who
talks with whom for which queue, but a caller's channel runs `Queue(NAME,…)` and shares its bridge with the agent's leg,
which runs `AppQueue`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from floorwatch.floor import events as e
from floorwatch.ingest.ami.protocol import Message, header
from floorwatch.ingest.ami.roster import IN_USE, Roster, Seat
from floorwatch.ingest.ami.visit import Visit
from floorwatch.ingest.ami.visits import Visits

UNIQUEID, QUEUE, NAME, LOCATION = map(header, ("Uniqueid", "Queue", "Name", "Location"))
STATUS, IN_CALL, PENALTY, WAIT = map(header, ("Status", "InCall", "Penalty", "Wait"))
PAUSED, PAUSED_REASON, LAST_PAUSE = map(header, ("Paused", "PausedReason", "LastPause"))
CHANNEL, APPLICATION, ARGUMENTS, BRIDGE = map(header, ("Channel", "Application", "ApplicationData", "BridgeId"))
LIST_ITEMS = header("ListItems")


@dataclass(slots=True, frozen=True)
class Channel:
    """One line of CoreShowChannels."""

    uid: str
    name: str
    application: str
    arguments: str
    bridge: str


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

    @property
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

    def report(self, visits: Visits, roster: Roster, spoken_of: list[Visit]) -> dict[str, object]:
        """The attributes of `floor.reported`; `visits` and `roster` are brought to the same state.

        `spoken_of`: visits which an event still to be delivered speaks of. The lists may be ahead of it, so they stay.
        """
        members, states = roster.restore(self.seats)
        known = {(visit.uid, visit.queue): visit for visit in visits.open_visits()}
        present: dict[tuple[str, str], Visit] = {}
        for uid, queue, since_ms in self.entries:
            visit = known.get((uid, queue))
            waits = visit is not None and not visit.is_talking and visit.left_ms is None
            present[uid, queue] = visit if visit is not None and waits else Visit(uid, queue, since_ms)
        for visit in self._talks(known, roster):
            present[visit.uid, visit.queue] = visit
        for visit in spoken_of:
            present.setdefault((visit.uid, visit.queue), visit)
        visits.restore(list(present.values()))
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

    def _talks(self, known: dict[tuple[str, str], Visit], roster: Roster) -> list[Visit]:
        """Talks known before that go on, and those found in the channels."""
        talks = [visit for visit in known.values() if visit.is_talking and self._goes_on(visit, roster)]
        legs = {visit.leg for visit in talks}
        callers = {
            channel.bridge: channel
            for channel in self.channels.values()
            if channel.application == "Queue" and channel.bridge
        }
        for leg in self.channels.values():
            caller = callers.get(leg.bridge)
            interface = leg.name.rpartition("-")[0]
            agent = roster.agent_seated(interface)
            if leg.application == "AppQueue" and caller is not None and leg.uid not in legs and agent:
                queue = caller.arguments.partition(",")[0]
                talks.append(Visit(caller.uid, queue, None, agent=agent, interface=interface, leg=leg.uid))
        return talks

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
