"""What a switch must have been told before it can speak of a fact. A recorded day may leave it out.

A table of contacts names agents who never logged in, and a recording may begin in the middle of a call. A switch cannot
ring a phone that it does not know, nor end a call that it did not begin.
"""

from __future__ import annotations

from collections import Counter

from floorwatch.floor import events as e
from floorwatch.floor.events import Event

Waiting = e.ContactAlerting | e.ContactDeclined | e.ContactAnswered | e.ContactAbandoned | e.ContactExited
OfTalk = e.ContactHeld | e.ContactResumed | e.ContactEnded | e.ContactTransferred


class WholeFloor:
    """Adds log-ins that are missing, and leaves out what nothing began."""

    def __init__(self) -> None:
        self._waiting: set[tuple[str, str]] = set()
        self._talking: set[str] = set()
        self._members: set[tuple[str, str]] = set()
        self._known: set[str] = set()
        """Agents whose state was said."""
        self.left_out: Counter[str] = Counter()
        """Facts that a switch could not have said, by kind."""

    def told(self, event: Event) -> list[Event]:
        """The fact, after what it needs; nothing where it cannot be said."""
        if isinstance(event, e.AgentJoined):
            self._members.add((event.agent, event.queue))
        elif isinstance(event, e.AgentLeft):
            self._members.discard((event.agent, event.queue))
        elif isinstance(event, e.AgentStateChanged):
            self._known.add(event.agent)
        elif isinstance(event, e.ContactOffered):
            if (event.contact, event.queue) in self._waiting or event.contact in self._talking:
                return self._without(event)
            self._waiting.add((event.contact, event.queue))
        elif isinstance(event, Waiting):
            return self._of_wait(event)
        elif isinstance(event, OfTalk):
            if event.contact not in self._talking:
                return self._without(event)
            if isinstance(event, e.ContactEnded | e.ContactTransferred):
                self._talking.discard(event.contact)
        return [event]

    def _of_wait(self, event: Waiting) -> list[Event]:
        if (event.contact, event.queue) not in self._waiting:
            return self._without(event)
        if isinstance(event, e.ContactAbandoned | e.ContactExited):
            self._waiting.discard((event.contact, event.queue))
            return [event]
        if isinstance(event, e.ContactAnswered):
            self._waiting.discard((event.contact, event.queue))
            self._talking.add(event.contact)
        return [*self._log_in(event.agent, event.queue, event), event]

    def _log_in(self, agent: str, queue: str, event: Event) -> list[Event]:
        """What seats the agent in the queue, if need be."""
        said: list[Event] = []
        if (agent, queue) not in self._members:
            self._members.add((agent, queue))
            said.append(e.AgentJoined(time=event.time, agent=agent, queue=queue))
        if agent not in self._known:
            self._known.add(agent)
            said.append(e.AgentStateChanged(time=event.time, agent=agent, state="available"))
        return said

    def _without(self, event: Event) -> list[Event]:
        self.left_out[type(event).__name__] += 1
        return []
