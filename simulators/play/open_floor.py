"""What is open on a floor that is played: who waits, talks, and is logged in. Whoever leaves a day must close it.

A player that goes back in the day, or begins it again, leaves contacts behind whose ends it will never tell: they would
wait for ever. So it closes the floor first, as a switch does that is shut down.
"""

from __future__ import annotations

from msgspec.structs import replace

from floorwatch.floor import events as e
from floorwatch.floor.events import Event


class OpenFloor:
    """Hears what is said, and knows what must be said to close the floor."""

    def __init__(self) -> None:
        self._waiting: dict[tuple[str, str], None] = {}
        self._talking: dict[tuple[str, str], str] = {}
        """(contact, queue) to the agent."""
        self._members: dict[tuple[str, str], None] = {}
        """(agent, queue)."""
        self._present: dict[str, None] = {}
        """Agents who are not offline."""

    def hear(self, event: Event) -> None:
        """One more fact."""
        if isinstance(event, e.ContactOffered):
            self._waiting[event.contact, event.queue] = None
        elif isinstance(event, e.ContactAnswered):
            self._waiting.pop((event.contact, event.queue), None)
            self._talking[event.contact, event.queue] = event.agent
        elif isinstance(event, e.ContactAbandoned | e.ContactExited):
            self._waiting.pop((event.contact, event.queue), None)
        elif isinstance(event, e.ContactEnded | e.ContactTransferred):
            self._talking.pop((event.contact, event.queue), None)
        elif isinstance(event, e.AgentJoined):
            self._members[event.agent, event.queue] = None
        elif isinstance(event, e.AgentLeft):
            self._members.pop((event.agent, event.queue), None)
        elif isinstance(event, e.AgentStateChanged):
            self._present.pop(event.agent, None)
            if event.state != "offline":
                self._present[event.agent] = None

    def close(self, at_ms: int) -> list[Event]:
        """What ends all of it at this instant, and forgets it."""
        said: list[Event] = [
            e.ContactExited(time=at_ms, contact=contact, queue=queue, reason="other")
            for contact, queue in self._waiting
        ]
        said += [
            e.ContactEnded(time=at_ms, contact=contact, queue=queue, agent=agent, by="system")
            for (contact, queue), agent in self._talking.items()
        ]
        said += [e.AgentLeft(time=at_ms, agent=agent, queue=queue) for agent, queue in self._members]
        said += [e.AgentStateChanged(time=at_ms, agent=agent, state="offline") for agent in self._present]
        for open_ones in (self._waiting, self._talking, self._members, self._present):
            open_ones.clear()
        return [replace(fact, id=f"closed-{at_ms}-{number}") for number, fact in enumerate(said)]
