"""mod_callcenter: its tables, and the events it fires, in the order and with the headers of `mod_callcenter.c`.

Methods are named after what happens; the C function each follows stands in its docstring. Every happening has its
instant, in microseconds: the module's own clock is whoever calls it.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from uuid import NAMESPACE_OID, uuid5

from simulators.freeswitch.wire import Headers, stamps

_DISCARD_ABANDONED_AFTER = 60

Fire = Callable[[Headers], None]
"""Told of every event, with all its headers."""

HANGUP = {"Channel-State": "CS_HANGUP", "Channel-Call-State": "HANGUP", "Answer-State": "hangup"}
ACTIVE = {"Channel-State": "CS_EXECUTE", "Channel-Call-State": "ACTIVE", "Answer-State": "answered"}


def uuid_of(*names: object) -> str:
    """The same uuid for the same names, in every run."""
    return str(uuid5(NAMESPACE_OID, "/".join(map(str, names))))


@dataclass(slots=True)
class AgentRow:
    """A row of the table `agents` (`agents_sql`)."""

    name: str
    wrap_up_time: int = 0
    status: str = "Logged Out"
    state: str = "Waiting"
    uuid: str = ""
    last_bridge_start: int = 0
    last_bridge_end: int = 0
    last_offered_call: int = 0
    last_status_change: int = 0
    calls_answered: int = 0
    talk_time: int = 0


@dataclass(slots=True)
class MemberRow:
    """A row of the table `members` (`members_sql`)."""

    queue: str
    uuid: str
    session: str
    """Not a column: the call, of which the threads that serve it keep a copy (`call_helper`)."""
    session_uuid: str
    """The same, until the caller has left."""
    joined_epoch: int
    bridge_epoch: int = 0
    abandoned_epoch: int = 0
    rejoined_epoch: int = 0
    serving_agent: str = ""
    state: str = "Waiting"
    ringing: dict[str, int] = field(default_factory=dict)
    """Not a column: the agents being called, and since when (`t_agent_called`)."""
    answered_epoch: int = 0
    leg: str = ""
    """Not a column: the channel of the agent who serves it."""


class CallCenter:
    """One switch's mod_callcenter."""

    def __init__(self, fire: Fire, core: str = "") -> None:
        self.fire = fire
        self.core = core or uuid_of("core", 1)
        self._sequence = 0
        self._entries = 0
        self.queues: dict[str, None] = {}
        self.agents: dict[str, AgentRow] = {}
        self.members: dict[str, MemberRow] = {}
        self._abandoned: deque[MemberRow] = deque()
        """Rows of who gave up, the oldest first."""
        self.tiers: dict[tuple[str, str], int] = {}

    # Tiers and agents

    def add_tier(self, queue: str, agent: str, level: int, wrap_up_s: int, at_us: int) -> None:
        """`cc_agent_add` for an agent not known yet, then `cc_tier_add`, which fires nothing."""
        self.queues.setdefault(queue)
        if agent not in self.agents:
            self.agents[agent] = AgentRow(agent, wrap_up_s)
            self._info(
                at_us, "cc_agent_add", {"CC-Agent": agent, "CC-Agent-Type": "Callback", "CC-Action": "agent-add"}
            )
        self.tiers[queue, agent] = level

    def remove_tier(self, queue: str, agent: str) -> None:
        """`cc_tier_del`, which fires nothing."""
        self.tiers.pop((queue, agent), None)

    def set_status(self, agent: str, status: str, at_us: int) -> None:
        """`cc_agent_update`, key status: whoever is being called for this agent is hung up unless it is Available."""
        row = self.agents[agent]
        row.status, row.last_status_change = status, at_us // 1_000_000
        self._info(
            at_us,
            "cc_agent_update",
            {"CC-Agent": agent, "CC-Action": "agent-status-change", "CC-Agent-Status": status},
        )
        if status != "Available":
            for member in [row.uuid for row in self.members.values() if agent in row.ringing]:
                self.fail(member, agent, "ORIGINATOR_CANCEL", at_us)

    def set_state(self, agent: str, state: str, at_us: int) -> None:
        """`cc_agent_update`, key state."""
        row = self.agents[agent]
        row.state = state
        if state == "Receiving":
            row.last_offered_call = at_us // 1_000_000
        self._info(
            at_us, "cc_agent_update", {"CC-Agent": agent, "CC-Action": "agent-state-change", "CC-Agent-State": state}
        )

    # Members

    def enter(self, queue: str, session: str, at_us: int) -> str:
        """`callcenter_function` up to the wait: the event, then the row, then the count. The member's uuid."""
        self.queues.setdefault(queue)
        self._entries += 1
        member = uuid_of("member", self.core, self._entries)
        action = {"CC-Queue": queue, "CC-Action": "member-queue-start"}
        self._info(at_us, "callcenter_function", _channel(session, ACTIVE) | action | _member(member, session))
        self.members[member] = MemberRow(queue, member, session, session, at_us // 1_000_000)
        self._count(queue, at_us)
        return member

    def offer(self, member: str, agent: str, at_us: int) -> None:
        """`agents_callback`, then `outbound_agent_thread_run` up to the call of the agent."""
        row = self.members[member]
        row.state, row.serving_agent = "Trying", agent
        self.set_state(agent, "Receiving", at_us)
        row.ringing[agent] = at_us // 1_000_000
        names = {"CC-Queue": row.queue, "CC-Action": "agent-offering", "CC-Agent": agent}
        system = {"CC-Agent-Type": "Callback", "CC-Agent-System": "single_box"}
        said = names | system | _member(member, row.session) | {"CC-Member-DNIS": ""}
        self._info(at_us, "outbound_agent_thread_run", said)

    def fail(self, member: str, agent: str, cause: str, at_us: int) -> None:
        """`outbound_agent_thread_run`, when the agent's leg came to nothing, to its end."""
        row = self.members.get(member)
        if row is not None:
            called = row.ringing.pop(agent, at_us // 1_000_000)
            if row.state == "Trying" and row.serving_agent == agent:
                row.state, row.serving_agent = "Waiting", ""
            times = {"CC-Agent-Called-Time": str(called), "CC-Agent-Aborted-Time": str(at_us // 1_000_000)}
            names = {"CC-Queue": row.queue, "CC-Action": "bridge-agent-fail", "CC-Hangup-Cause": cause}
            who = {"CC-Agent": agent, "CC-Agent-System": "single_box"}
            joined = {"CC-Member-Joined-Time": str(row.joined_epoch)}
            said = names | who | times | _member(member, row.session) | joined
            self._info(at_us, "outbound_agent_thread_run", said)
        self._make_available(agent, was_bridged=False, at_us=at_us)

    def bridge(self, member: str, agent: str, at_us: int) -> None:
        """`outbound_agent_thread_run` from the agent's answer on, and the count of `callcenter_function`."""
        row, seat, now = self.members[member], self.agents[agent], at_us // 1_000_000
        row.leg = uuid_of("leg", member, agent)
        row.ringing.pop(agent, None)
        others = list(row.ringing)
        row.answered_epoch = now
        start = self._agent_call(row, agent, "bridge-agent-start")
        self._info(at_us, "outbound_agent_thread_run", start | {"CC-Member-DNIS": ""})
        row.state, row.serving_agent, row.bridge_epoch = "Answered", agent, now
        seat.uuid, seat.last_bridge_start, seat.calls_answered = row.leg, now, seat.calls_answered + 1
        self.set_state(agent, "In a queue call", at_us)
        self._count(row.queue, at_us)
        for loser in others:
            self.fail(member, loser, "LOSE_RACE", at_us)

    def hold(self, member: str, on: bool, at_us: int) -> None:
        """`switch_channel_mark_hold`, on the agent's channel."""
        source = ("switch_channel.c", "switch_channel_mark_hold", "5330")
        name = "CHANNEL_HOLD" if on else "CHANNEL_UNHOLD"
        self.fire(stamps(name, self.core, self._next(), at_us, source) | _channel(self.members[member].leg, ACTIVE))

    def unbridge(self, member: str, at_us: int, disposition: str = "", transfer: str = "") -> None:
        """`outbound_agent_thread_run` from the end of the agent's part to its own."""
        row, now = self.members[member], at_us // 1_000_000
        agent = row.serving_agent
        seat = self.agents[agent]
        variables = {"variable_sip_hangup_disposition": disposition} if disposition else {}
        if transfer:
            variables["variable_endpoint_disposition"] = transfer
        end = self._agent_call(row, agent, "bridge-agent-end", HANGUP | variables)
        bridged = {"CC-Hangup-Cause": "SUCCESS", "CC-Agent-Bridged": "true", "CC-Bridge-Terminated-Time": str(now)}
        self._info(at_us, "outbound_agent_thread_run", end | bridged)
        seat.talk_time += now - seat.last_bridge_start
        seat.last_bridge_end = now
        del self.members[member]
        over = self._agent_call(row, agent, "member-queue-end", ACTIVE if transfer else HANGUP, row.session)
        cause = {"CC-Hangup-Cause": "SUCCESS", "CC-Cause": "Terminated", "CC-Member-Leaving-Time": str(now)}
        self._info(at_us, "outbound_agent_thread_run", over | cause)
        seat.uuid = ""
        self._make_available(agent, was_bridged=True, at_us=at_us)

    def leave(self, member: str, cancel: str, hung_up: bool, at_us: int) -> None:
        """`callcenter_function` from the end of the wait; the agents' legs are hung up first, and say so last."""
        row, now = self.members[member], at_us // 1_000_000
        row.state, row.abandoned_epoch, row.session_uuid = "Abandoned", now, ""
        self.discard(now)
        self._abandoned.append(row)
        names = {"CC-Queue": row.queue, "CC-Action": "member-queue-end"}
        times = {"CC-Member-Leaving-Time": str(now), "CC-Member-Joined-Time": str(row.joined_epoch)}
        why = {"CC-Cause": "Cancel", "CC-Cancel-Reason": cancel}
        channel = _channel(row.session, HANGUP if hung_up else ACTIVE)
        self._info(at_us, "callcenter_function", channel | names | times | why | _member(member, row.session))
        self._count(row.queue, at_us)
        for agent in list(row.ringing):
            self.fail(member, agent, "ORIGINATOR_CANCEL", at_us)

    def discard(self, now: int) -> None:
        """`members_callback` deletes who gave up long ago."""
        while self._abandoned and self._abandoned[0].abandoned_epoch + _DISCARD_ABANDONED_AFTER < now:
            del self.members[self._abandoned.popleft().uuid]

    def _agent_call(
        self, row: MemberRow, agent: str, action: str, state: Headers = ACTIVE, channel: str = ""
    ) -> Headers:
        called = str(row.ringing.get(agent, row.answered_epoch))
        return (
            _channel(channel or row.leg, state)
            | {"CC-Queue": row.queue, "CC-Action": action, "CC-Agent": agent, "CC-Agent-System": "single_box"}
            | {
                "CC-Agent-UUID": row.leg,
                "CC-Agent-Called-Time": called,
                "CC-Agent-Answered-Time": str(row.answered_epoch),
            }
            | {"CC-Member-Joined-Time": str(row.joined_epoch)}
            | _member(row.uuid, row.session)
        )

    def _make_available(self, agent: str, *, was_bridged: bool, at_us: int) -> None:
        """The label `done` of `outbound_agent_thread_run`.

        An agent with several contacts at once, whom no mod_callcenter has, goes on with the others.
        """
        rows = self.members.values()
        if any(agent in row.ringing or (row.state, row.serving_agent) == ("Answered", agent) for row in rows):
            return
        on_demand = self.agents[agent].status == "Available (On Demand)"
        self.set_state(agent, "Idle" if on_demand and was_bridged else "Waiting", at_us)

    def _count(self, queue: str, at_us: int) -> None:
        """`cc_queue_count`."""
        waiting = sum(row.queue == queue and row.state in ("Waiting", "Trying") for row in self.members.values())
        said = {
            "CC-Queue": queue,
            "CC-Action": "members-count",
            "CC-Count": str(waiting),
            "CC-Selection": "Single-Queue",
        }
        self._info(at_us, "cc_queue_count", said)

    def _info(self, at_us: int, function: str, said: Headers) -> None:
        first = {"Event-Subclass": "callcenter::info"}
        source = ("mod_callcenter.c", function, "1000")
        self.fire(first | stamps("CUSTOM", self.core, self._next(), at_us, source) | said)

    def _next(self) -> int:
        self._sequence += 1
        return self._sequence


def _channel(uuid: str, state: Headers) -> Headers:
    """Of what `switch_channel_event_set_data` adds, some."""
    return {
        **state,
        "Channel-State-Number": "4",
        "Channel-Name": f"sofia/internal/{uuid[:4]}@192.0.2.10",
        "Unique-ID": uuid,
        "Call-Direction": "inbound",
        "Caller-Caller-ID-Name": "",
        "variable_direction": "inbound",
        "variable_sip_user_agent": "phone; v=1 [test]",
    }


def _member(member: str, session: str) -> Headers:
    caller = {"CC-Member-CID-Name": "Caller, of [test]", "CC-Member-CID-Number": "+4955500000"}
    return {"CC-Member-UUID": member, "CC-Member-Session-UUID": session} | caller
