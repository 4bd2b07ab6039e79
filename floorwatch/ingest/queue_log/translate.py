"""What Asterisk's queue_log says, as events of the contract. Pure: lines in, events out.

**Waits and talk are the switch's own logged seconds.** A line's time is a whole second, and the seconds it carries are
the difference of two other readings of that clock, so they may disagree with the lines by one. The entry stays where
the log puts it; an answer is moved to entry + hold time, the end of talk to answer + talk time, an abandon or exit to
entry + wait. Nothing is moved by more than `MOVED_MS_MAX`: seconds that disagree more belong to another visit, and the
line's own time is taken. Nor does a visit overlap the next one of its contact to the same queue: that entry waits.

**An interface is not an agent.** ADDMEMBER and REMOVEMEMBER name `PJSIP/1001`, all other lines the member's name, and
the log never says which is whose: only the configuration does (`agents: {NAME: {interfaces}}`). Without it these lines
are ignored. Agents are then still known by what they do, but not their memberships, and a log-out while paused does not
end the pause. With `log_membername_as_agent=yes` in queues.conf the lines carry names, and nothing is missing.

**Static members** never log in, so the log tells of one only when something happens to it. An agent whose interface
the configuration names, and who does something without having logged in, is taken for one: available from then on.

**A restart** (a QUEUESTART that is not the first) leaves nobody waiting or talking, whatever the log last said of them;
when and how that ended is not known. Members who logged in come back as they were, still paused; static ones come back
without their pauses.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from floorwatch.floor import events as e
from floorwatch.floor.events import Event
from floorwatch.ingest.facts import Facts
from floorwatch.ingest.queue_log.protocol import (
    COMPLETIONS,
    DECLINES,
    EXITS,
    TRANSFERS,
    Line,
    UnusableLineError,
    parse,
)
from floorwatch.ingest.source import InputCounts, OnReject

MOVED_MS_MAX = 2_000
VISITS_MAX = 100_000
"""Open visits kept; of more (a log that lost its ends) the oldest are forgotten."""
_DEVICE = re.compile(r"[A-Za-z0-9]+/\S+")


@dataclass(slots=True)
class _Visit:
    """One stay in a queue that is not over."""

    entered_ms: int | None
    answered_ms: int | None = None


class Translator:
    """Translates one queue_log, from its beginning or from anywhere in it.

    `source` is the feed's configured name. `interfaces` maps a device (`PJSIP/1001`) to the agent it means, where the
    configuration says so. `counts` gets `read`, `ignored` for lines without an event, and `invalid` by reason.
    """

    def __init__(
        self,
        source: str = "asterisk",
        interfaces: Mapping[str, str] | None = None,
        counts: InputCounts | None = None,
        on_reject: OnReject | None = None,
    ) -> None:
        self.counts = InputCounts() if counts is None else counts
        self._on_reject = on_reject
        self._facts = Facts(source)
        self._interfaces = interfaces or {}
        self._configured = frozenset(self._interfaces.values())
        self._visits: dict[tuple[str, str], _Visit] = {}
        """By contact and queue."""
        self._ended_ms: dict[tuple[str, str], int] = {}
        """Ends that were moved past their line."""
        self._names: set[str] = set()
        """Agents that did something."""
        self._members: dict[str, set[str]] = {}
        """Agents who have ever logged in, with the queues they are logged in to."""
        self._pauses: dict[tuple[str, str], str | None] = {}
        """(agent, queue) to the reason; None when told to be not paused."""
        self._begun = False

    def line(self, raw: bytes) -> list[Event]:
        """The events of one line, given without its line end; often none. A blank line is nothing. Never raises."""
        if not raw.strip():
            return []
        self.counts.read += 1
        try:
            self._translate(parse(raw))
        except UnusableLineError as reason:
            self.counts.invalid[str(reason)] += 1
            if self._on_reject is not None:
                self._on_reject(str(reason), raw)
        else:
            if not _is_utf8(raw):
                self.counts.invalid["bad_utf8"] += 1  # and used: a name with a wrong byte is still a name
        return self._facts.take()

    def _translate(self, line: Line) -> None:
        begun, self._begun = self._begun, True
        if line.event == "QUEUESTART":
            self._facts.add(e.SourceUp, line.time_ms)
            if begun:
                self._restarted(line.time_ms)
            return
        handler = _HANDLERS.get(line.event)
        if handler is None or not handler(self, line):
            self.counts.ignored += 1

    # Contacts

    def _entered(self, line: Line) -> bool:
        key = _contact_and_queue(line)
        at = max(line.time_ms, self._ended_ms.pop(key, 0))
        if len(self._visits) >= VISITS_MAX:
            del self._visits[next(iter(self._visits))]
        self._visits[key] = _Visit(at)
        self._facts.add(e.ContactOffered, at, contact=key[0], queue=key[1])
        return True

    def _connected(self, line: Line) -> bool:
        contact, queue = key = _contact_and_queue(line)
        agent = self._agent(line)
        visit = self._visits.setdefault(key, _Visit(None))
        visit.answered_ms = _moved(visit.entered_ms, line.wait_seconds(), line.time_ms)
        self._facts.add(e.ContactAnswered, visit.answered_ms, contact=contact, queue=queue, agent=agent)
        return True

    def _completed(self, line: Line) -> bool:
        self._end_talk(line, e.ContactEnded, by=COMPLETIONS[line.event])
        return True

    def _transferred(self, line: Line) -> bool:
        mode = TRANSFERS[line.event]
        self._end_talk(line, e.ContactTransferred, to=line.text(0) or None if mode == "blind" else None, mode=mode)
        return True

    def _end_talk(self, line: Line, kind: Callable[..., Event], **attributes: object) -> None:
        contact, queue = key = _contact_and_queue(line)
        agent, talk_s = self._agent(line), line.talk_seconds()
        visit = self._visits.pop(key, None)
        at = _moved(visit.answered_ms if visit else None, talk_s, line.time_ms)
        self._over(key, at, line.time_ms)
        self._facts.add(kind, at, contact=contact, queue=queue, agent=agent, **attributes)

    def _declined(self, line: Line) -> bool:
        contact, queue = _contact_and_queue(line)
        agent, reason = self._agent(line), DECLINES[line.event]
        self._facts.add(e.ContactDeclined, line.time_ms, contact=contact, queue=queue, agent=agent, reason=reason)
        return True

    def _left(self, line: Line) -> bool:
        contact, queue = key = _contact_and_queue(line)
        reason, wait_s = EXITS[line.event][0], line.wait_seconds()
        visit = self._visits.pop(key, None)
        at = _moved(visit.entered_ms if visit else None, wait_s, line.time_ms)
        self._over(key, at, line.time_ms)
        if reason:
            self._facts.add(e.ContactExited, at, contact=contact, queue=queue, reason=reason)
        else:
            self._facts.add(e.ContactAbandoned, at, contact=contact, queue=queue)
        return True

    def _over(self, key: tuple[str, str], at: int, line_ms: int) -> None:
        if at > line_ms and len(self._ended_ms) < VISITS_MAX:
            self._ended_ms[key] = at

    # Agents

    def _paused(self, line: Line) -> bool:
        return self._pause(self._agent(line), _queue(line), line.text(0), line.time_ms)

    def _unpaused(self, line: Line) -> bool:
        return self._pause(self._agent(line), _queue(line), None, line.time_ms)

    def _pause(self, agent: str, queue: str, reason: str | None, at: int) -> bool:
        """Tell a pause (None: its end), unless that is what was told last."""
        key = agent, queue
        if key in self._pauses and self._pauses[key] == reason:
            return False
        self._pauses[key] = reason
        state = "available" if reason is None else "paused"
        self._facts.add(e.AgentStateChanged, at, agent=agent, state=state, queue=queue, reason=reason)
        return True

    def _added(self, line: Line) -> bool:
        agent, queue = self._member(line), _queue(line)
        if not agent:
            return False
        joined = self._members.setdefault(agent, set())
        if queue not in joined:
            joined.add(queue)
            self._facts.add(e.AgentJoined, line.time_ms, agent=agent, queue=queue)
        if line.text(0) == "PAUSED":
            self._pause(agent, queue, "", line.time_ms)
        return True

    def _removed(self, line: Line) -> bool:
        agent, queue = self._member(line), _queue(line)
        if not agent:
            return False
        self._members.setdefault(agent, set()).discard(queue)
        self._pauses.pop((agent, queue), None)
        self._facts.add(e.AgentLeft, line.time_ms, agent=agent, queue=queue)
        return True

    def _logged(self, line: Line) -> bool:
        """AGENTLOGIN and its like, of the agents that dial in to app_agent_pool."""
        agent = self._member(line)
        if not agent:
            return False
        for key in [key for key in self._pauses if key[0] == agent]:
            del self._pauses[key]
        state = "available" if line.event.endswith("LOGIN") else "offline"
        self._facts.add(e.AgentStateChanged, line.time_ms, agent=agent, state=state)
        return True

    def _agent(self, line: Line) -> str:
        """The agent of a line that names the member."""
        if not line.agent:
            raise UnusableLineError("missing_attribute")
        name = self._interfaces.get(line.agent, line.agent)
        if name not in self._names:
            self._names.add(name)
            if name in self._configured and name not in self._members:
                self._facts.add(e.AgentStateChanged, line.time_ms, agent=name, state="available")
        return name

    def _member(self, line: Line) -> str:
        """The agent of a line that names an interface (or a member, as the switch is set up); "" when nobody knows."""
        named = line.agent
        if not named:
            raise UnusableLineError("missing_attribute")
        if named in self._interfaces:
            return self._interfaces[named]
        return "" if _DEVICE.fullmatch(named) and named not in self._names else named

    def _restarted(self, at: int) -> None:
        """The switch is back: nobody waits or talks, and whoever was logged in still is."""
        self._visits.clear()
        members = tuple(
            e.Member(agent=agent, queue=queue, paused=reason is not None, reason=reason or "")
            for agent, queues in self._members.items()
            for queue in sorted(queues)
            for reason in (self._pauses.get((agent, queue)),)
        )
        self._facts.add(e.FloorReported, at, complete=True, members=members)
        for (agent, queue), reason in list(self._pauses.items()):
            if reason is not None and agent in self._configured and agent not in self._members:
                self._pause(agent, queue, None, at)


def _is_utf8(raw: bytes) -> bool:
    try:
        raw.decode()
    except UnicodeDecodeError:
        return False
    return True


def _moved(start_ms: int | None, seconds: int | None, line_ms: int) -> int:
    """The instant that lies the logged seconds after the start; the line's own where that cannot be."""
    if start_ms is None or seconds is None:
        return line_ms
    at = start_ms + seconds * 1000
    return at if abs(at - line_ms) <= MOVED_MS_MAX else line_ms


def _contact_and_queue(line: Line) -> tuple[str, str]:
    if not line.contact or not line.queue:
        raise UnusableLineError("missing_attribute")
    return line.contact, line.queue


def _queue(line: Line) -> str:
    if not line.queue:
        raise UnusableLineError("missing_attribute")
    return line.queue


_HANDLERS: dict[str, Callable[[Translator, Line], bool]] = {
    "ENTERQUEUE": Translator._entered,
    "CONNECT": Translator._connected,
    **dict.fromkeys(COMPLETIONS, Translator._completed),
    **dict.fromkeys(TRANSFERS, Translator._transferred),
    **dict.fromkeys(DECLINES, Translator._declined),
    **dict.fromkeys(EXITS, Translator._left),
    "PAUSE": Translator._paused,
    "UNPAUSE": Translator._unpaused,
    "ADDMEMBER": Translator._added,
    "REMOVEMEMBER": Translator._removed,
    "AGENTLOGIN": Translator._logged,
    "AGENTCALLBACKLOGIN": Translator._logged,
    "AGENTLOGOFF": Translator._logged,
    "AGENTCALLBACKLOGOFF": Translator._logged,
}
"""False: the line changes nothing. PAUSEALL and UNPAUSEALL are not here: a line for each queue comes with them."""
