"""The visits that are not over, by what the switch may call them: caller and queue, or one of the two legs."""

from __future__ import annotations

from collections.abc import Iterable

from floorwatch.ingest.ami.visit import AGENT, CALLER, Visit

_OVER_MAX = 1_000


class OpenVisits:
    """Knows each of them, and the phones that ring for it."""

    def __init__(self) -> None:
        self.by_caller: dict[str, dict[str, Visit]] = {}
        """Caller's Uniqueid to queue to its latest open visit there."""
        self.by_leg: dict[str, Visit] = {}
        """Talking visits by the Uniqueid of the agent's leg."""
        self.rings: dict[str, int] = {}
        """Interface to how many queue contacts ring there now."""
        self.over_legs: dict[str, None] = {}
        """Legs whose talk has ended, the newest last: the switch may list one a moment longer."""

    def all(self) -> list[Visit]:
        """Every visit that is not over."""
        found = dict.fromkeys(visit for queues in self.by_caller.values() for visit in queues.values())
        found.update(dict.fromkeys(self.by_leg.values()))
        return list(found)

    def of(self, uid: str) -> list[Visit]:
        """The caller's visits."""
        queues = self.by_caller.get(uid)
        return list(queues.values()) if queues else []

    def visit(self, uid: str, queue: str) -> Visit | None:
        """The caller's visit to the queue."""
        queues = self.by_caller.get(uid)
        return queues.get(queue) if queues else None

    def talk(self, uid: str, queue: str, leg: str, interface: str) -> Visit | None:
        """The talk an AgentComplete speaks of: by the agent's leg, else by caller, else by who talks there."""
        if leg in self.by_leg:
            return self.by_leg[leg]
        visit = self.visit(uid, queue)
        if visit is not None and visit.is_talking:
            return visit
        if not leg:
            for talk in self.by_leg.values():
                if talk.queue == queue and talk.interface == interface and uid in ("", talk.uid):
                    return talk
        return None

    def by_channel(self, channel: str) -> tuple[Visit, str] | None:
        """The talk in which this channel is a leg, and whose leg it is: CALLER or AGENT."""
        talk = self.by_leg.get(channel)
        if talk is not None:
            return talk, AGENT
        for visit in self.of(channel):
            if visit.is_talking:
                return visit, CALLER
        return None

    # Changes

    def restore(self, visits: Iterable[Visit]) -> None:
        """These are the visits there are."""
        self.by_caller.clear()
        self.by_leg.clear()
        self.rings.clear()
        for visit in visits:
            self.add(visit)
            if visit.is_talking:
                self.by_leg[visit.leg] = visit
            for interface, _ in visit.rung.values():
                self._rings(interface)

    def add(self, visit: Visit) -> None:
        """It has begun."""
        self.by_caller.setdefault(visit.uid, {})[visit.queue] = visit

    def talks(self, visit: Visit, leg: str) -> None:
        """It has been connected to an agent, by this leg."""
        visit.leg = leg
        self.by_leg[leg] = visit

    def remove(self, visit: Visit) -> None:
        """It is over."""
        self.silence(visit)
        if self.by_leg.get(visit.leg) is visit:
            del self.by_leg[visit.leg]
            if len(self.over_legs) >= _OVER_MAX:
                del self.over_legs[next(iter(self.over_legs))]
            self.over_legs[visit.leg] = None
        queues = self.by_caller.get(visit.uid)
        if queues is not None and queues.get(visit.queue) is visit:
            del queues[visit.queue]
            if not queues:
                del self.by_caller[visit.uid]

    # Ringing

    def ring(self, visit: Visit, leg: str, interface: str) -> None:
        """A phone begins to ring for it."""
        visit.rung[leg] = (interface, "")
        self._rings(interface)

    def stop_ringing(self, visit: Visit, leg: str, interface: str) -> str:
        """One phone rings no more; why, if it said so itself."""
        if leg not in visit.rung:
            leg = next((rung for rung, (there, _) in visit.rung.items() if there == interface), "")
        there, why = visit.rung.pop(leg, ("", ""))
        self._ring_over(there)
        return why

    def silence(self, visit: Visit) -> None:
        """Nobody is rung for this visit any more; the switch does not say so to those who lost."""
        for interface, _ in visit.rung.values():
            self._ring_over(interface)
        visit.rung.clear()

    def _rings(self, interface: str) -> None:
        self.rings[interface] = self.rings.get(interface, 0) + 1

    def _ring_over(self, interface: str) -> None:
        left = self.rings.pop(interface, 0) - 1
        if left > 0:
            self.rings[interface] = left
