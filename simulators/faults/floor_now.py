"""The floor as it is now, as a switch knows it that is asked: what an adapter reports when it is back."""

from __future__ import annotations

from floorwatch.floor import events as e
from floorwatch.floor.events import Event

_LEAVES = (e.ContactAbandoned, e.ContactExited)
_ENDS = (e.ContactEnded, e.ContactTransferred)


class FloorNow:
    """Hears every event, in order of time, and can be asked for the floor at any moment. Pure.

    It knows what the contract's report can carry: phones that ring, and who is on hold, it cannot.
    """

    def __init__(self) -> None:
        self._waiting: dict[tuple[str, str], e.Waiting] = {}
        self._talking: dict[tuple[str, str], e.Talking] = {}
        self._members: dict[tuple[str, str], None] = {}
        """(agent, queue)."""
        self._states: dict[str, e.ReportedState] = {}

    def hear(self, event: Event) -> None:
        """One more fact."""
        if isinstance(event, e.AgentStateChanged):
            self._states[event.agent] = e.ReportedState(
                agent=event.agent, state=event.state, reason=event.reason, since=event.time
            )
        elif isinstance(event, e.ContactOffered):
            self._waiting[event.contact, event.queue] = e.Waiting(
                contact=event.contact, queue=event.queue, since=event.time
            )
        elif isinstance(event, e.ContactAnswered):
            self._waiting.pop((event.contact, event.queue), None)
            self._talking[event.contact, event.queue] = e.Talking(
                contact=event.contact, queue=event.queue, agent=event.agent, since=event.time
            )
        elif isinstance(event, _LEAVES):
            self._waiting.pop((event.contact, event.queue), None)
        elif isinstance(event, _ENDS):
            self._talking.pop((event.contact, event.queue), None)
        elif isinstance(event, e.AgentJoined):
            self._members[event.agent, event.queue] = None
        elif isinstance(event, e.AgentLeft):
            self._members.pop((event.agent, event.queue), None)

    def report(self, at_ms: int, source: str) -> e.FloorReported:
        """Everything there is at this instant. Agents who have logged out are named too, as offline."""
        return e.FloorReported(
            time=at_ms,
            source=source,
            complete=True,
            waiting=tuple(self._waiting.values()),
            talking=tuple(self._talking.values()),
            members=tuple(self._member(agent, queue) for agent, queue in self._members),
            states=tuple(self._states.values()),
        )

    def _member(self, agent: str, queue: str) -> e.Member:
        state = self._states.get(agent)
        if state is None or state.state != "paused":
            return e.Member(agent=agent, queue=queue)
        return e.Member(agent=agent, queue=queue, paused=True, reason=state.reason or "", since=state.since)
