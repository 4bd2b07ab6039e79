"""What a FreeSWITCH says, in few words: events and lists for tests of the translation, and a translator that is up."""

from __future__ import annotations

import msgspec

from floorwatch.floor import events as e
from floorwatch.floor.events import Event
from floorwatch.ingest.freeswitch.lists import Lists
from floorwatch.ingest.freeswitch.protocol import SwitchEvent
from floorwatch.ingest.freeswitch.translate import Translator

NOW = 1_773_741_600_000
AGENTS = "name|status|state|wrap_up_time|last_bridge_end|uuid|contact\n"
MEMBERS = "queue|uuid|session_uuid|cid_number|cid_name|joined_epoch|rejoined_epoch|bridge_epoch|serving_agent|state\n"


def bare(event: Event) -> Event:
    """Without what only the feed adds: its name and the number in its stream."""
    return msgspec.structs.replace(event, seq=0, source=None)


def said(at_ms: int, action: str, **headers: str) -> SwitchEvent:
    """A callcenter::info event."""
    values = {"Event-Subclass": "callcenter%3A%3Ainfo", "Event-Name": "CUSTOM", "CC-Action": action}
    values["Event-Date-Timestamp"] = str((NOW + at_ms) * 1000)
    for name, value in headers.items():
        # Of a channel's variables only the name holds underscores.
        values[name if name.startswith("variable_") else name.replace("_", "-")] = value.replace(" ", "%20")
    return SwitchEvent("".join(f"{name}: {value}\n" for name, value in values.items()).encode())


def about(n: int, action: str, at_ms: int, **headers: str) -> SwitchEvent:
    """An event about the n-th visit."""
    return said(at_ms, action, CC_Member_UUID=f"m{n}", CC_Member_Session_UUID=f"c{n}", CC_Queue="sales", **headers)


def lists(at_ms: int = 0, agents: str = "A17|Available|Waiting|10|0||user/A17\n", members: str = "") -> Lists:
    """A floor of one queue."""
    made = Lists(NOW + at_ms, core="core-1", queues=["sales"])
    made.read_agents(AGENTS + agents + "+OK\n")
    made.read_members((MEMBERS + members if members else "") + "+OK\n")
    made.read_tiers("queue|agent|level|position\nsales|A17|1|1\n+OK\n")
    return made


class Feed:
    """A translator that is up, and everything it has told since."""

    def __init__(self, first: Lists | None = None) -> None:
        self.translator = Translator("pbx")
        self.translator.connected()
        self.translator.listed(first or lists())

    def hear(self, *events: SwitchEvent) -> list[Event]:
        """What these events tell."""
        return [bare(fact) for event in events for fact in self.translator.event(event, event.time_ms())]

    def talk(self, n: int, begin_ms: int, end_ms: int, agent: str = "A17", then: str = "Waiting") -> list[Event]:
        """A contact that is answered at once."""
        return self.hear(
            about(n, "member-queue-start", begin_ms),
            about(n, "bridge-agent-start", begin_ms, CC_Agent=agent, CC_Agent_UUID=f"leg{n}"),
            said(begin_ms, "agent-state-change", CC_Agent=agent, CC_Agent_State="In a queue call"),
            about(n, "bridge-agent-end", end_ms, CC_Agent=agent, CC_Agent_Bridged="true"),
            said(end_ms, "agent-state-change", CC_Agent=agent, CC_Agent_State=then),
        )

    def tick(self, at_ms: int) -> list[Event]:
        """What time tells."""
        return [bare(fact) for fact in self.translator.tick(NOW + at_ms)]


def state(at_ms: int, name: e.AgentState, agent: str = "A17", reason: str = "") -> Event:
    """A state told."""
    return e.AgentStateChanged(time=NOW + at_ms, agent=agent, state=name, reason=reason if name == "paused" else None)
