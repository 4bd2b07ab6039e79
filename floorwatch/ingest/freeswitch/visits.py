"""The contacts in a FreeSWITCH floor's queues, from mod_callcenter's events; what they mean is said in `facts`.

A visit is named by CC-Member-UUID, new for every entry to a queue. The contact is the call, CC-Member-Session-UUID: it
may visit several queues. `bridge-agent-start` says that the agent's phone was picked up, before the two are joined;
whether they are is known when the agent's state becomes In a queue call, or at the end (CC-Agent-Bridged). So an answer
is said when it is certain, with the time of the pick-up. Until then the contact counts as waiting.

A phone may also stop ringing without its agent's doing: another was faster, or the customer left. The switch may say so
before it says why, and sometimes not at all. So the end of such a ringing is held: what follows explains it, or nothing
does for `LATE_MS`, and it is told as a decline without a reason, the one fact that ends a ringing. Pure.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from floorwatch.floor import events as e
from floorwatch.ingest.facts import Facts

LATE_MS = 5_000
"""The switch writes its tables a moment after it speaks: what was said so shortly before a list outweighs it."""
FORGOTTEN_MS = 60_000
"""An ended visit is remembered for so long."""

DECLINES = {
    "USER_BUSY": "busy",
    "NORMAL_CIRCUIT_CONGESTION": "busy",
    "CALL_REJECTED": "rejected",
    "NO_ANSWER": "no_answer",
    "NO_USER_RESPONSE": "no_answer",
    "ALLOTTED_TIMEOUT": "no_answer",
    "PROGRESS_TIMEOUT": "no_answer",
    "RECOVERY_ON_TIMER_EXPIRE": "no_answer",
}
"""Why an agent's leg failed, as the contract words it. Other causes (not registered, out of order) give no reason."""

SILENCED = ("LOSE_RACE", "ORIGINATOR_CANCEL")
"""The switch itself ended the ringing. Older versions give the second to who lost a race, before they tell who won."""

EXITS = {"TIMEOUT": "timeout", "NO_AGENT_TIMEOUT": "empty", "EXIT_WITH_KEY": "key"}
"""CC-Cancel-Reason of those who did not give up. NO_AGENT_TIMEOUT is a queue nobody works in: `empty`."""


@dataclass(slots=True)
class Visit:
    """One contact in one queue."""

    member: str
    contact: str
    queue: str
    since_ms: int | None
    connection: int = 0
    """On which connection it was heard to begin; 0 when it was only listed."""
    ringing: set[str] = field(default_factory=set)
    silenced: dict[str, int] = field(default_factory=dict)
    """Agents whose phones have stopped ringing, and when, where it is not known why yet."""
    agent: str = ""
    """Who has picked up."""
    leg: str = ""
    """The agent's channel."""
    picked_up_ms: int | None = None
    is_talking: bool = False
    is_on_hold: bool = False
    gone_ms: int | None = None
    """The customer hung up after the pick-up, and it is not known yet whether before the two were joined."""


class Visits:
    """The open visits of one switch."""

    def __init__(self, facts: Facts) -> None:
        self._facts = facts
        self.open: dict[str, Visit] = {}
        """By CC-Member-UUID."""
        self._picked_up: dict[str, Visit] = {}
        """By agent: answers that are not certain yet."""
        self._by_leg: dict[str, Visit] = {}
        self.ended: dict[str, int] = {}
        """Visits that were heard to end, and when; the oldest first."""
        self.connection = 0

    def joined(self, member: str, contact: str, queue: str, time_ms: int) -> None:
        """The contact entered the queue. A list may have told of it already."""
        known = self.open.get(member)
        if known is not None and known.contact == contact:
            known.connection = self.connection
            return
        self.ended.pop(member, None)  # a caller who comes back after giving up keeps the name of the visit
        self.open[member] = Visit(member, contact, queue, time_ms, self.connection)
        self._facts.add(e.ContactOffered, time_ms, contact=contact, queue=queue)

    def rang(self, visit: Visit, agent: str, time_ms: int) -> None:
        """The agent's phone rings for it."""
        visit.ringing.add(agent)
        visit.silenced.pop(agent, None)
        self._facts.add(e.ContactAlerting, time_ms, contact=visit.contact, queue=visit.queue, agent=agent)

    def failed(self, member: str, agent: str, cause: str, is_on_break: bool, time_ms: int) -> None:
        """The agent's leg came to nothing: the agent declined, or somebody else ended the ringing."""
        visit = self.open.get(member)
        if visit is None:
            return  # the contact left first: whoever rang for it declined nothing
        if cause not in SILENCED:
            visit.ringing.discard(agent)
            self._decline(visit, agent, DECLINES.get(cause, ""), time_ms)
        elif agent in visit.ringing:
            self._silence(visit, agent, time_ms)
            if cause == "ORIGINATOR_CANCEL" and is_on_break and visit.picked_up_ms is None:
                self.broke_off(agent)

    def idled(self, agent: str, time_ms: int) -> None:
        """The switch is done with the agent, so nothing rings there any more, whether it said so or not."""
        for visit in self.open.values():
            if agent in visit.ringing and agent != visit.agent:
                self._silence(visit, agent, time_ms)

    def broke_off(self, agent: str) -> None:
        """The agent went on break or logged out: that is what ended a ringing a moment ago."""
        for visit in self.open.values():
            if agent in visit.silenced and visit.picked_up_ms is None:
                self._decline(visit, agent, "rejected", visit.silenced.pop(agent))

    def settle(self, before_ms: int) -> None:
        """What is not explained by now will not be: ringing that ended before this instant is told."""
        for visit in self.open.values():
            if visit.silenced and visit.picked_up_ms is None:
                for agent in [agent for agent, ended_ms in visit.silenced.items() if ended_ms < before_ms]:
                    self._decline(visit, agent, "", visit.silenced.pop(agent))

    def picked_up(self, visit: Visit, agent: str, leg: str, time_ms: int) -> None:
        """The agent's phone was picked up; the two are about to be joined."""
        if visit.is_talking:
            return  # a list has told of it already
        visit.agent, visit.leg, visit.picked_up_ms = agent, leg, time_ms
        self._picked_up[agent] = visit

    def joined_with(self, agent: str) -> None:
        """The agent is in a queue's call: what it picked up last is certain to be answered."""
        visit = self._picked_up.get(agent)
        if visit is not None:
            self._answer(visit)

    def parted(self, visit: Visit, time_ms: int) -> None:
        """Agent and customer had been joined, and the agent's part is over."""
        if visit.picked_up_ms is not None and not visit.is_talking:
            self._answer(visit)
        self.close(visit, time_ms)

    def never_joined(self, visit: Visit, is_gone: bool, time_ms: int) -> None:
        """The phone was picked up in vain: the customer had gone (its leaving is told apart), or the agent had."""
        agent = visit.agent
        if visit.gone_ms is not None:
            self._facts.add(e.ContactAbandoned, visit.gone_ms, contact=visit.contact, queue=visit.queue)
            self.close(visit, time_ms)
        elif visit.picked_up_ms is not None and not visit.is_talking:
            self._forget(visit)
            visit.agent, visit.leg, visit.picked_up_ms = "", "", None
            if is_gone:
                self._silence(visit, agent, time_ms)
            else:
                visit.ringing.discard(agent)
                self._decline(visit, agent, "rejected", time_ms)

    def left(self, visit: Visit, cancel: str, is_hung_up: bool, time_ms: int) -> None:
        """The wait ended without an answer, for this CC-Cancel-Reason."""
        if visit.is_talking:
            return  # hung up in the moment of the answer: its end will be told
        if visit.picked_up_ms is not None and cancel == "NONE":
            visit.gone_ms = time_ms
            return
        place = {"contact": visit.contact, "queue": visit.queue}
        if cancel in EXITS:
            self._facts.add(e.ContactExited, time_ms, reason=EXITS[cancel], **place)
        elif cancel == "BREAK_OUT" and not is_hung_up:
            self._facts.add(e.ContactExited, time_ms, reason="transferred", **place)
        else:
            self._facts.add(e.ContactAbandoned, time_ms, **place)
        self.close(visit, time_ms)

    def hold(self, leg: str, is_on_hold: bool, time_ms: int) -> None:
        """A channel was put on hold or taken back: it matters when it is a talking agent's."""
        visit = self._by_leg.get(leg)
        if visit is not None and visit.is_on_hold != is_on_hold:
            visit.is_on_hold = is_on_hold
            kind = e.ContactHeld if is_on_hold else e.ContactResumed
            self._facts.add(kind, time_ms, contact=visit.contact, agent=visit.agent, queue=visit.queue)

    def close(self, visit: Visit, time_ms: int) -> None:
        """The visit is over."""
        self._forget(visit)
        self.open.pop(visit.member, None)
        self.ended[visit.member] = time_ms

    def forget_ended(self, before_ms: int) -> None:
        """Nothing more will be said of visits that ended before this instant."""
        while self.ended and (oldest := next(iter(self.ended))) and self.ended[oldest] < before_ms:
            del self.ended[oldest]

    def restore(self, visits: list[Visit]) -> None:
        """From now on these are the open visits."""
        self._picked_up = {
            visit.agent: visit for visit in visits if visit.picked_up_ms is not None and not visit.is_talking
        }
        self._by_leg = {visit.leg: visit for visit in visits if visit.is_talking and visit.leg}
        self.open = {visit.member: visit for visit in visits}

    def _answer(self, visit: Visit) -> None:
        self._picked_up.pop(visit.agent, None)
        visit.is_talking = True
        visit.silenced.clear()  # the others' ringing ended with it
        if visit.leg:
            self._by_leg[visit.leg] = visit
        assert visit.picked_up_ms is not None
        place = {"contact": visit.contact, "queue": visit.queue, "agent": visit.agent}
        self._facts.add(e.ContactAnswered, visit.picked_up_ms, **place)

    def _silence(self, visit: Visit, agent: str, time_ms: int) -> None:
        visit.ringing.discard(agent)
        visit.silenced[agent] = time_ms

    def _decline(self, visit: Visit, agent: str, reason: str, time_ms: int) -> None:
        place = {"contact": visit.contact, "queue": visit.queue, "agent": agent}
        self._facts.add(e.ContactDeclined, time_ms, reason=reason, **place)

    def _forget(self, visit: Visit) -> None:
        if self._picked_up.get(visit.agent) is visit:
            del self._picked_up[visit.agent]
        self._by_leg.pop(visit.leg, None)
