"""A floor as Asterisk's app_queue logs it: `epoch|contact|queue|agent|EVENT|data…`. Pure: events in, lines out.

Times and durations are whole seconds, as on a real one, and a duration is the difference of two of its lines. Agents
have their names in every line (`log_membername_as_agent=yes`). What app_queue logs nothing of stays unsaid: refusals,
alerting, holds, wrap-up, teams, and log-ins without a queue.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from floorwatch.floor import events as e
from floorwatch.floor.events import Event

_EXITS = {
    "timeout": "EXITWITHTIMEOUT",
    "overflow": "EXITWITHTIMEOUT",  # where the dialplan goes on afterwards is not in the log
    "empty": "EXITEMPTY",
    "key": "EXITWITHKEY",
    "withdrawn": "WITHDRAW",
}
_OTHER_EXIT = "SYSCOMPAT"
"""The one line that ends a wait for a reason which is none of the caller's or the queue's."""
_COMPLETED = {"customer": "COMPLETECALLER"}
_RING_MS = 1_000
_KEY = "1"
_NONE = "NONE"


@dataclass(slots=True)
class _Visit:
    """One stay in a queue. Seconds since the epoch."""

    entered_s: int
    position: int
    wait_s: int = 0
    answered_s: int = 0
    alerting_ms: int | None = None


class QueueLog:
    """Turns one event at a time into the lines that app_queue writes, if any."""

    def __init__(self) -> None:
        self._begun = False
        self._visits: dict[tuple[str, str], _Visit] = {}
        self._waiting: dict[str, dict[str, None]] = {}
        """The contacts that wait in each queue, in order."""
        self._members: dict[str, dict[str, None]] = {}
        """The queues of each agent."""
        self._pauses: dict[tuple[str, str], str] = {}
        """(agent, queue) to the reason."""

    def lines(self, event: Event) -> list[bytes]:
        """The lines, without line ends."""
        at: int = event.time  # type: ignore[assignment]  # an integer, past the readers
        tell = _TELL.get(type(event))
        told: list[tuple[str, ...]] = [] if tell is None else tell(self, event, at)
        if told and not self._begun:
            self._begun = True
            told = [(_NONE, _NONE, _NONE, "QUEUESTART", ""), *told]
        stamp = str(at // 1000)
        return ["|".join((stamp, *map(_plain, parts))).encode() for parts in told]

    # Contacts

    def _entered(self, event: e.ContactOffered, at: int) -> list[tuple[str, ...]]:
        waiting = self._waiting.setdefault(event.queue, {})
        waiting[event.contact] = None
        self._visits[event.contact, event.queue] = _Visit(at // 1000, len(waiting))
        return [(event.contact, event.queue, _NONE, "ENTERQUEUE", "", event.caller or "", str(len(waiting)))]

    def _alerting(self, event: e.ContactAlerting, at: int) -> list[tuple[str, ...]]:
        if visit := self._visits.get((event.contact, event.queue)):
            visit.alerting_ms = at
        return []

    def _connected(self, event: e.ContactAnswered, at: int) -> list[tuple[str, ...]]:
        visit = self._visit(event, at)
        self._place(event)
        visit.answered_s, visit.wait_s = at // 1000, at // 1000 - visit.entered_s
        rang_s = 0 if visit.alerting_ms is None else at // 1000 - visit.alerting_ms // 1000
        leg = f"{event.contact}-{event.agent}"
        return [(event.contact, event.queue, event.agent, "CONNECT", str(visit.wait_s), leg, str(rang_s))]

    def _declined(self, event: e.ContactDeclined, at: int) -> list[tuple[str, ...]]:
        visit = self._visits.get((event.contact, event.queue))
        rang_ms = _RING_MS if visit is None or visit.alerting_ms is None else at - visit.alerting_ms
        return [(event.contact, event.queue, event.agent, "RINGNOANSWER", str(rang_ms))]

    def _completed(self, event: e.ContactEnded, at: int) -> list[tuple[str, ...]]:
        verb = _COMPLETED.get(event.by or "", "COMPLETEAGENT")
        return [(event.contact, event.queue, event.agent, verb, *self._seconds(event, at))]

    def _transferred(self, event: e.ContactTransferred, at: int) -> list[tuple[str, ...]]:
        to = event.to or "s"
        verb, how = ("ATTENDEDTRANSFER", ("BRIDGE", to)) if event.mode == "attended" else ("BLINDTRANSFER", (to, "out"))
        return [(event.contact, event.queue, event.agent, verb, *how, *self._seconds(event, at))]

    def _seconds(self, event: e.ContactEnded | e.ContactTransferred, at: int) -> tuple[str, str, str]:
        """Hold time, talk time, position at entry."""
        visit = self._visit(event, at)
        del self._visits[event.contact, event.queue]
        return str(visit.wait_s), str(at // 1000 - (visit.answered_s or at // 1000)), str(visit.position)

    def _abandoned(self, event: e.ContactAbandoned, at: int) -> list[tuple[str, ...]]:
        return [(event.contact, event.queue, _NONE, "ABANDON", *self._left(event, at))]

    def _exited(self, event: e.ContactExited, at: int) -> list[tuple[str, ...]]:
        verb = _EXITS.get(event.reason, _OTHER_EXIT)
        left = self._left(event, at)
        key = (_KEY,) if verb == "EXITWITHKEY" else ()
        return [(event.contact, event.queue, _NONE, verb, *key, *(() if verb == _OTHER_EXIT else left))]

    def _left(self, event: e.ContactAbandoned | e.ContactExited, at: int) -> tuple[str, str, str]:
        """Position now, position at entry, seconds waited."""
        visit = self._visit(event, at)
        del self._visits[event.contact, event.queue]
        return str(self._place(event)), str(visit.position), str(at // 1000 - visit.entered_s)

    def _visit(self, event: Any, at: int) -> _Visit:
        """The visit; one that was not seen to begin begins here."""
        return self._visits.setdefault((event.contact, event.queue), _Visit(at // 1000, 1))

    def _place(self, event: Any) -> int:
        """Its place in the line, which it leaves."""
        waiting = self._waiting.get(event.queue, {})
        place = list(waiting).index(event.contact) + 1 if event.contact in waiting else 1
        waiting.pop(event.contact, None)
        return place

    # Agents

    def _joined(self, event: e.AgentJoined, at: int) -> list[tuple[str, ...]]:
        self._members.setdefault(event.agent, {})[event.queue] = None
        return [("MANAGER", event.queue, event.agent, "ADDMEMBER", "")]

    def _left_queue(self, event: e.AgentLeft, at: int) -> list[tuple[str, ...]]:
        self._members.setdefault(event.agent, {}).pop(event.queue, None)
        self._pauses.pop((event.agent, event.queue), None)
        return [("MANAGER", event.queue, event.agent, "REMOVEMEMBER", "")]

    def _state(self, event: e.AgentStateChanged, at: int) -> list[tuple[str, ...]]:
        if event.state not in ("paused", "available"):
            return []  # the queue knows members, their pauses, and nothing else
        queues = [event.queue] if event.queue else list(self._members.get(event.agent, ()))
        verb = "PAUSE" if event.state == "paused" else "UNPAUSE"
        reason = event.reason or "" if event.state == "paused" else ""
        told: list[tuple[str, ...]] = []
        for queue in queues:
            before = self._pauses.get((event.agent, queue))
            if event.state == "paused":
                self._pauses[event.agent, queue] = reason
            elif self._pauses.pop((event.agent, queue), None) is None:
                continue
            if before != reason or event.state == "available":
                told.append((_NONE, queue, event.agent, verb, reason))
        if told and not event.queue:
            told.append((_NONE, _NONE, event.agent, f"{verb}ALL", reason))
        return told


def _plain(text: str) -> str:
    """What fits between two bars of one line."""
    return text.replace("|", "/").replace("\n", " ").replace("\r", " ")


_TELL: dict[type[Event], Callable[[QueueLog, Any, int], list[tuple[str, ...]]]] = {
    e.ContactOffered: QueueLog._entered,
    e.ContactAlerting: QueueLog._alerting,
    e.ContactAnswered: QueueLog._connected,
    e.ContactDeclined: QueueLog._declined,
    e.ContactEnded: QueueLog._completed,
    e.ContactTransferred: QueueLog._transferred,
    e.ContactAbandoned: QueueLog._abandoned,
    e.ContactExited: QueueLog._exited,
    e.AgentJoined: QueueLog._joined,
    e.AgentLeft: QueueLog._left_queue,
    e.AgentStateChanged: QueueLog._state,
}
