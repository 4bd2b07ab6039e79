"""The manager's events, one by one: each is read here, and told to the visits or to the roster."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from floorwatch.ingest.ami.protocol import Message, UnusableError, header
from floorwatch.ingest.ami.roster import Roster
from floorwatch.ingest.ami.snapshot import seat_shown
from floorwatch.ingest.ami.visits import Visits

UNIQUEID, QUEUE, INTERFACE, MEMBER_NAME = map(header, ("Uniqueid", "Queue", "Interface", "MemberName"))
LEG, REASON, DIAL_STATUS = map(header, ("DestUniqueid", "Reason", "DialStatus"))
VALUE, APP_DATA, RESTART = map(header, ("Value", "AppData", "Restart"))
RESULT, EXTENSION, DIALLED = map(header, ("Result", "Extension", "SecondTransfererExten"))
TRANSFEREE, TRANSFERER, FIRST_LEG = map(header, ("TransfereeUniqueid", "TransfererUniqueid", "OrigTransfererUniqueid"))


@dataclass(slots=True)
class Told:
    """Whom events are told to, and what the switch says of itself."""

    visits: Visits
    roster: Roster
    shutdown: str = ""
    """That it is about to `restart` or to `shutdown`, as it last said on this connection."""

    def _on_join(self, message: Message, time_ms: int) -> None:
        self.visits.joined(message.required(UNIQUEID), message.required(QUEUE), time_ms)

    def _on_leave(self, message: Message, time_ms: int) -> None:
        self.visits.left(message.required(UNIQUEID), message.required(QUEUE), time_ms)

    def _on_abandon(self, message: Message, time_ms: int) -> None:
        self.visits.gave_up(message.required(UNIQUEID), message.required(QUEUE), time_ms)

    def _on_called(self, message: Message, time_ms: int) -> None:
        interface, agent = self._who(message)
        uid, queue = message.required(UNIQUEID), message.required(QUEUE)
        self.visits.rang(uid, queue, message.text(LEG), interface, agent, time_ms)

    def _on_ring_no_answer(self, message: Message, time_ms: int) -> None:
        self._decline(message, time_ms, "")

    def _on_dump(self, message: Message, time_ms: int) -> None:
        self._decline(message, time_ms, "rejected")

    def _decline(self, message: Message, time_ms: int, reason: str) -> None:
        interface, agent = self._who(message)
        uid, queue = message.required(UNIQUEID), message.required(QUEUE)
        self.visits.declined(uid, queue, message.text(LEG), interface, agent, reason, time_ms)

    def _on_connect(self, message: Message, time_ms: int) -> None:
        interface, agent = self._who(message)
        uid, queue = message.required(UNIQUEID), message.required(QUEUE)
        self.visits.connected(uid, queue, message.text(LEG), interface, agent, time_ms)

    def _on_complete(self, message: Message, time_ms: int) -> None:
        interface, agent = self._who(message)
        uid, leg, queue = message.text(UNIQUEID), message.text(LEG), message.required(QUEUE)
        if not self.visits.completed(uid, queue, leg, interface, agent, message.text(REASON), time_ms):
            raise UnusableError("unknown_contact")

    def _on_dial_end(self, message: Message, time_ms: int) -> None:
        self.visits.dialled(message.text(UNIQUEID), message.text(LEG), message.text(DIAL_STATUS))

    def _on_hangup(self, message: Message, time_ms: int) -> None:
        self.visits.hung_up(message.required(UNIQUEID), time_ms)

    def _on_hold(self, message: Message, time_ms: int) -> None:
        self.visits.hold(message.required(UNIQUEID), time_ms)

    def _on_unhold(self, message: Message, time_ms: int) -> None:
        self.visits.unhold(message.required(UNIQUEID), time_ms)

    def _on_blind_transfer(self, message: Message, time_ms: int) -> None:
        if message.text(RESULT) == "Success":
            to = message.text(EXTENSION)
            self.visits.transferred(message.text(TRANSFERER), message.text(TRANSFEREE), "blind", to)

    def _on_attended_transfer(self, message: Message, time_ms: int) -> None:
        if message.text(RESULT) == "Success":
            to = message.text(DIALLED)
            self.visits.transferred(message.text(FIRST_LEG), message.text(TRANSFEREE), "attended", to)

    def _on_queue_status(self, message: Message, time_ms: int) -> None:
        value = message.text(VALUE)
        if value and not self.visits.queue_status(message.required(UNIQUEID), value, time_ms):
            raise UnusableError("refused_by_unknown_queue")

    def _on_queue_application(self, message: Message, time_ms: int) -> None:
        queue = message.text(APP_DATA).partition(",")[0].strip()
        if queue:
            self.visits.asked(message.required(UNIQUEID), queue)

    def _on_member(self, message: Message, time_ms: int) -> None:
        self.roster.seated(seat_shown(message, INTERFACE, MEMBER_NAME), time_ms)

    def _on_member_pause(self, message: Message, time_ms: int) -> None:
        seat = seat_shown(message, INTERFACE, MEMBER_NAME)
        seat.paused_since_ms = time_ms
        self.roster.seated(seat, time_ms)

    def _on_member_removed(self, message: Message, time_ms: int) -> None:
        self.roster.removed(message.required(INTERFACE), message.required(QUEUE), time_ms)

    def _on_shutdown(self, message: Message, time_ms: int) -> None:
        self.shutdown = "restart" if message.text(RESTART) == "True" else "shutdown"

    def _who(self, message: Message) -> tuple[str, str]:
        interface = message.required(INTERFACE)
        return interface, self.roster.agent(interface, message.text(MEMBER_NAME))


EVENT_READERS: dict[str, Callable[[Told, Message, int], None]] = {
    "QueueCallerJoin": Told._on_join,
    "QueueCallerLeave": Told._on_leave,
    "QueueCallerAbandon": Told._on_abandon,
    "AgentCalled": Told._on_called,
    "AgentRingNoAnswer": Told._on_ring_no_answer,
    "AgentDump": Told._on_dump,
    "AgentConnect": Told._on_connect,
    "AgentComplete": Told._on_complete,
    "DialEnd": Told._on_dial_end,
    "Hangup": Told._on_hangup,
    "Hold": Told._on_hold,
    "Unhold": Told._on_unhold,
    "BlindTransfer": Told._on_blind_transfer,
    "AttendedTransfer": Told._on_attended_transfer,
    "VarSet": Told._on_queue_status,
    "Newexten": Told._on_queue_application,
    "QueueMemberAdded": Told._on_member,
    "QueueMemberStatus": Told._on_member,
    "QueueMemberPause": Told._on_member_pause,
    "QueueMemberRemoved": Told._on_member_removed,
    "Shutdown": Told._on_shutdown,
}

OCCURS_IN: Final = {"VarSet": b"\r\nVariable: QUEUESTATUS\r\n", "Newexten": b"\r\nApplication: Queue\r\n"}
"""What must occur in events of these names for them to be of use."""
