"""The contact side of the translation: queue events of the manager become `contact.*` facts.

Asterisk tells a visit's end in pieces, and the first piece does not say which end it is:

    QueueCallerJoin -> AgentCalled* -> QueueCallerLeave -> AgentConnect -> AgentComplete    answered
                                       QueueCallerAbandon, QueueCallerLeave                 abandoned, or (QUEUESTATUS
                                                                                            follows) timed out, emptied
                                       QueueCallerLeave alone                               left by key

So a visit that has left is *leaving* until the first of these; the fact carries the time of the Abandon or Leave.
  - AgentConnect: answered.
  - QUEUESTATUS of its caller: the exit it names. The switch's own thread sets it right after the Leave, within 2 ms in
    every recording.
  - Hangup of its caller, or its next QueueCallerJoin: abandoned after an Abandon, else left by key.
  - `DECISION_MS` of the switch's time without any of them: the same. (A dialplan may keep a hung-up channel busy, or
    lead who left by key to a voice mail.) Only a caller whom an agent has picked up, which DialEnd tells, is waited for
    without a limit: the switch may run a subroutine before AgentConnect.
"""

from __future__ import annotations

from floorwatch.floor import events as e
from floorwatch.ingest.ami.open_visits import OpenVisits
from floorwatch.ingest.ami.visit import AGENT, CALLER, EXITS, REFUSALS, REFUSING_DIALS, Visit, same_entry
from floorwatch.ingest.facts import Facts

DECISION_MS = 1_000
SAID_AT_ONCE_MS = 100
"""QUEUESTATUS, which says how a caller left, follows within so long: 2 ms in every recording."""
LATE_COMPLETE_MS = 5_000
"""AgentComplete may follow the hang-up of one leg (7 ms at most in the recordings). When both legs have been gone for
this long it is not coming: it was lost, and the talk has ended."""

_ASKED_MAX = 10_000


class Visits:
    """Told by the switch, piece by piece, what becomes of visits; facts, as soon as it is certain."""

    def __init__(self, facts: Facts) -> None:
        self._facts = facts
        self.open = OpenVisits()
        self._asked: dict[str, str] = {}
        """Caller to the queue its dialplan is about to enter: a refusal names no queue."""
        self._due: dict[Visit, int] = {}
        self._next_due_ms: int | None = None

    # What the switch says about waiting

    def asked(self, uid: str, queue: str) -> None:
        """The dialplan executes Queue() for this caller."""
        if len(self._asked) >= _ASKED_MAX:
            del self._asked[next(iter(self._asked))]
        self._asked[uid] = queue

    def joined(self, uid: str, queue: str, time_ms: int) -> None:
        """QueueCallerJoin."""
        self._asked.pop(uid, None)
        for visit in self.open.of(uid):
            if visit.left_ms is not None and not visit.is_talking:
                self._decide(visit)
        known = self.open.visit(uid, queue)
        if known is not None and not known.is_talking and same_entry(known.since_ms, time_ms):
            return  # a snapshot had listed it before its own event came
        self._open(uid, queue, time_ms)
        self._facts.add(e.ContactOffered, time_ms, contact=uid, queue=queue)

    def rang(self, uid: str, queue: str, leg: str, interface: str, agent: str, time_ms: int) -> None:
        """AgentCalled."""
        visit = self._find(uid, queue)
        visit.picked_up = False
        self.open.stop_ringing(visit, leg, interface)
        self.open.ring(visit, leg, interface)
        self._facts.add(e.ContactAlerting, time_ms, contact=uid, queue=queue, agent=agent)

    def dialled(self, uid: str, leg: str, outcome: str) -> None:
        """DialEnd: how an agent's phone answered the ringing, before the queue says what it makes of that."""
        for visit in self.open.of(uid):
            if leg in visit.rung:
                if outcome == "ANSWER":
                    visit.picked_up = True
                    self._due.pop(visit, None)
                elif outcome in REFUSING_DIALS:
                    visit.rung[leg] = (visit.rung[leg][0], REFUSING_DIALS[outcome])

    def declined(self, uid: str, queue: str, leg: str, interface: str, agent: str, reason: str, time_ms: int) -> None:
        """AgentRingNoAnswer or AgentDump.

        Without a `reason`, it is what the ringing showed: an attempt that the phone itself ended (DialEnd came first)
        was `rejected`, or `busy`; one that the queue ended was not answered. The ring time does not tell: when the
        caller's own time in the queue is over it is as short as any.
        """
        visit = self._find(uid, queue)
        visit.picked_up = False
        reason = reason or self.open.stop_ringing(visit, leg, interface) or "no_answer"
        self._facts.add(e.ContactDeclined, time_ms, contact=uid, queue=queue, agent=agent, reason=reason)

    def gave_up(self, uid: str, queue: str, time_ms: int) -> None:
        """QueueCallerAbandon: it left, for whatever reason, not connected to an agent."""
        visit = self._find(uid, queue)
        visit.gave_up = True
        self._leaves(visit, time_ms)

    def left(self, uid: str, queue: str, time_ms: int) -> None:
        """QueueCallerLeave."""
        visit = self._find(uid, queue)
        if not visit.is_talking:
            self._leaves(visit, time_ms if visit.left_ms is None else visit.left_ms)

    def queue_status(self, uid: str, value: str, time_ms: int) -> bool:
        """VarSet QUEUESTATUS. False when it refuses a caller of whom nobody said which queue was asked for."""
        for visit in self.open.of(uid):
            if visit.left_ms is not None and not visit.is_talking:
                if value in EXITS:
                    self._close(visit)
                    self._facts.add(e.ContactExited, visit.left_ms, contact=uid, queue=visit.queue, reason=EXITS[value])
                    return True
                self._decide(visit)
        if value in REFUSALS:
            queue = self._asked.pop(uid, "")
            if not queue:
                return False
            self._facts.add(e.ContactRefused, time_ms, contact=uid, queue=queue, reason=REFUSALS[value])
        return True

    # What the switch says about talking

    def connected(self, uid: str, queue: str, leg: str, interface: str, agent: str, time_ms: int) -> None:
        """AgentConnect."""
        visit = self._find(uid, queue)
        leg = leg or f"{uid} {interface}"
        if visit.is_talking:
            if visit.leg == leg:
                return  # a snapshot had listed it before its own event came
            visit = self._open(uid, queue, None)
        self.open.silence(visit)
        self._due.pop(visit, None)
        visit.interface, visit.agent, visit.talking_since_ms = interface, agent, time_ms
        self.open.talks(visit, leg)
        self._facts.add(e.ContactAnswered, time_ms, contact=uid, queue=queue, agent=agent)

    def hold(self, channel: str, time_ms: int) -> None:
        """Hold by either leg: the contact is on hold while at least one of them holds."""
        found = self.open.by_channel(channel)
        if found is not None:
            visit, side = found
            if not visit.holders:
                self._facts.add(e.ContactHeld, time_ms, contact=visit.uid, agent=visit.agent, queue=visit.queue)
            visit.holders.add(side)

    def unhold(self, channel: str, time_ms: int) -> None:
        """Unhold; without a Hold before it (as before each transfer) it says nothing."""
        found = self.open.by_channel(channel)
        if found is not None and found[1] in found[0].holders:
            visit, side = found
            visit.holders.remove(side)
            if not visit.holders:
                self._facts.add(e.ContactResumed, time_ms, contact=visit.uid, agent=visit.agent, queue=visit.queue)

    def transferred(self, transferer: str, transferee: str, mode: str, to: str) -> None:
        """BlindTransfer or AttendedTransfer, whoever made it; AgentComplete follows and ends the agent's part."""
        found = self.open.by_channel(transferer) or self.open.by_channel(transferee)
        if found is not None:
            found[0].transfer = (mode, to)

    def completed(self, uid: str, queue: str, leg: str, interface: str, agent: str, reason: str, time_ms: int) -> bool:
        """AgentComplete. The switch leaves out a leg that is gone already; False when that leaves nobody to name."""
        visit = self.open.talk(uid, queue, leg, interface)
        if visit is not None:
            self._close(visit)
            uid, agent = visit.uid, visit.agent
        elif not uid:
            return False
        elif unanswered := self.open.visit(uid, queue):
            self._close(unanswered)  # its AgentConnect was not seen
        if reason == "transfer":
            mode, to = (visit.transfer if visit is not None else None) or ("", "")
            self._facts.add(
                e.ContactTransferred,
                time_ms,
                contact=uid,
                queue=queue,
                agent=agent,
                to=to or None,
                mode=mode or None,
            )
        else:
            by = {"caller": "customer", "agent": "agent"}.get(reason)
            self._facts.add(e.ContactEnded, time_ms, contact=uid, queue=queue, agent=agent, by=by)
        return True

    def hung_up(self, channel: str, time_ms: int) -> None:
        """Hangup of any channel."""
        self._asked.pop(channel, None)
        talk = self.open.by_leg.get(channel)
        if talk is not None:
            self._leg_gone(talk, AGENT, time_ms)
        for visit in self.open.of(channel):
            if visit.is_talking:
                self._leg_gone(visit, CALLER, time_ms)
            elif visit.left_ms is not None:
                self._decide(visit)
            else:  # its Leave was lost: it waits no more, and nobody knows why
                self._close(visit)
                self._facts.add(e.ContactExited, time_ms, contact=visit.uid, queue=visit.queue, reason="unknown")

    # What only time decides

    def decide_due(self, now_ms: int) -> None:
        """Decide what has been left open for too long."""
        if self._next_due_ms is None or now_ms < self._next_due_ms:
            return
        for visit in [visit for visit, due_ms in self._due.items() if due_ms <= now_ms]:
            self._decide(visit)
        self._next_due_ms = min(self._due.values(), default=None)

    def decide_left_before(self, heard_ms: int) -> None:
        """The connection is lost, its last byte came at `heard_ms`: what would say otherwise was not among the bytes.

        Who left just then may still have left otherwise: that is not decided.
        """
        for visit, due_ms in list(self._due.items()):
            if visit.is_talking or due_ms - DECISION_MS + SAID_AT_ONCE_MS <= heard_ms:
                self._decide(visit)

    def decide_all(self) -> None:
        """Nothing more will be heard that could be told to belong to what is open."""
        for visit in list(self._due):
            self._decide(visit)
        self._next_due_ms = None

    def is_open(self, visit: Visit) -> bool:
        """Whether its end is seen, but not yet which end it is."""
        return visit in self._due or (visit.left_ms is not None and not visit.is_talking)

    def restore(self, visits: list[Visit]) -> None:
        """After a snapshot: these are the visits there are."""
        self._due = {visit: due_ms for visit, due_ms in self._due.items() if visit in visits}
        self.open.restore(visits)

    # Steps

    def _find(self, uid: str, queue: str) -> Visit:
        """The caller's visit to the queue; opened when its entry was not seen."""
        return self.open.visit(uid, queue) or self._open(uid, queue, None)

    def _open(self, uid: str, queue: str, since_ms: int | None) -> Visit:
        before = self.open.visit(uid, queue)
        if before is not None and before.is_talking:
            before.gone.add(CALLER)  # the caller is back before the end of its last talk was told
        elif before is not None:
            self._close(before)
        visit = Visit(uid, queue, since_ms)
        self.open.add(visit)
        return visit

    def _leaves(self, visit: Visit, time_ms: int) -> None:
        visit.left_ms = time_ms
        self.open.silence(visit)
        if visit.gave_up or not visit.picked_up:
            self._await(visit, time_ms + DECISION_MS)

    def _await(self, visit: Visit, due_ms: int) -> None:
        self._due[visit] = due_ms
        self._next_due_ms = due_ms if self._next_due_ms is None else min(self._next_due_ms, due_ms)

    def _decide(self, visit: Visit) -> None:
        """Nothing said otherwise in time."""
        self._close(visit)
        stay = {"contact": visit.uid, "queue": visit.queue}
        if visit.is_talking:
            self._facts.add(e.ContactEnded, visit.gone_ms, **stay, agent=visit.agent, by="system")
            return
        assert visit.left_ms is not None
        if visit.gave_up:
            self._facts.add(e.ContactAbandoned, visit.left_ms, **stay)
        else:
            self._facts.add(e.ContactExited, visit.left_ms, **stay, reason="other" if visit.picked_up else "key")

    def _leg_gone(self, visit: Visit, side: str, time_ms: int) -> None:
        visit.gone.add(side)
        visit.gone_ms = time_ms
        if len(visit.gone) == 2:
            self._await(visit, time_ms + LATE_COMPLETE_MS)

    def _close(self, visit: Visit) -> None:
        self._due.pop(visit, None)
        self.open.remove(visit)
