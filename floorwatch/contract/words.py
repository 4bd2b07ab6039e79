"""The event contract in words: what every attribute means, which words it uses, and an example of every event.

`contract.py` puts them beside the types of `floor.events`; an attribute without its words is an error there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

CHANNELS = ("voice", "chat", "email", "message", "task", "callback")

MEANINGS: Mapping[str, str] = {
    "type": "Which kind of fact this is.",
    "time": "When it happened, on the clock of the source: RFC 3339 with an offset, or integer milliseconds since"
    " 1970-01-01T00:00:00Z. Kept to the millisecond.",
    "id": "Unique among the events of its source. A repeated (source, id) is dropped and counted, so give one wherever"
    " a transport may deliver twice: over MQTT and HTTP always.",
    "source": "Name of the switch or feed that says so. Without it, the configured name of the input it came by.",
    "seq": "For adapters of ordered streams: among events of one source and one millisecond, the lower number came"
    " first. Others leave it out.",
    "received": "In files only: when the event reached whoever recorded it. A replay uses it as engine time, so that"
    " late events are late again. A live input ignores it and goes by its own clock.",
    "specversion": 'With "1.0", a source and an RFC 3339 time, a flat event is a CloudEvents 1.0 event, too. We do'
    " not need it: like every attribute that is not in this contract it is ignored and counted.",
    "contact": "The source's own id of the call, chat, mail …. It stays the same from queue to queue; every visit to a"
    " queue is counted.",
    "queue": "Name of the queue.",
    "agent": "Name of the agent, everywhere the same.",
    "channel": "By what the contact came; a queue of the configuration has the channel that is set there.",
    "priority": "The contact's rank in the queue, as the switch counts it.",
    "caller": "Personal data: the caller's number or address. Taken out before anything is stored or shown; best not"
    " sent at all.",
    "to": "Where the contact was sent, as far as the source knows.",
    "mode": "How it was transferred.",
    "by": "Who ended it.",
    "state": "What the source reports the agent to be.",
    "penalty": "Rank of the membership: agents with a lower one are rung first.",
    "name": "What people call the agent.",
    "team": "The agent's team.",
    "site": "Where the agent works.",
    "since": "Since when it has been so; left out where the source cannot say.",
    "complete": "Whether the lists hold all there is. Only a complete report may end what it leaves out.",
    "waiting": "Who waits in a queue.",
    "talking": "Who talks to an agent.",
    "members": "Who belongs to which queue, and is paused there.",
    "states": "What the agents are.",
    "paused": "Whether the agent is paused in this queue.",
    "version": "Name of this edition of the schedule.",
    "document": "Of what it is an edition: it takes the place of what this document said before of the days it names.",
    "activities": "The lines of the schedule.",
    "activity": "What is planned.",
    "start": "The first instant of it.",
    "end": "The first instant after it.",
}
"""What an attribute means wherever it appears."""

MEANINGS_IN: Mapping[tuple[str, str], str] = {
    ("contact.refused", "reason"): "Why it was turned away. Any other text counts as `other`.",
    ("contact.declined", "reason"): "Why the agent did not take it.",
    ("contact.exited", "reason"): "How it left. Any other text counts as `other`.",
    ("contact.held", "queue"): "Name of the queue, for sources that say so.",
    ("contact.resumed", "queue"): "Name of the queue, for sources that say so.",
    ("agent.state", "reason"): "Why the agent is paused: your own words. A pause without one has the reason ''.",
    ("agent.state", "queue"): "With it, the pause, or its end, holds for this queue only.",
    ("source.up", "reason"): "What happened, for the log.",
    ("source.down", "reason"): "What happened, for the log.",
    ("source.gap", "since"): "Events between `since` and `time` may be missing.",
    ("member", "reason"): "Why the agent is paused.",
    ("reported_state", "reason"): "Why the agent is paused.",
}
"""What it means in one kind of event, where that is more exact."""

WORDS: Mapping[tuple[str, str], Sequence[str]] = {
    ("contact.offered", "channel"): CHANNELS,
    ("contact.refused", "reason"): ("full", "empty", "closed"),
    ("contact.declined", "reason"): ("no_answer", "busy", "rejected"),
    ("contact.exited", "reason"): (
        *("timeout", "key", "empty", "overflow", "callback", "transferred", "withdrawn", "unknown", "other"),
    ),
    ("contact.transferred", "mode"): ("blind", "attended"),
    ("contact.ended", "by"): ("agent", "customer", "system"),
    ("agent.state", "reason"): ("break", "lunch", "training"),
    ("member", "reason"): ("break", "lunch", "training"),
    ("reported_state", "reason"): ("break", "lunch", "training"),
    ("scheduled_activity", "activity"): (
        *("work", "break", "lunch", "meeting", "training", "coaching", "off_phone", "time_off"),
    ),
}
"""The words of an attribute that takes any text: shown as examples, since others are accepted."""

_SALES = {"contact": "c-1042", "queue": "sales"}
_TALK = {**_SALES, "agent": "A17"}

_SPECIFIC: Mapping[str, Mapping[str, object]] = {
    "contact.offered": {"time": "2026-03-02T09:00:00.000+01:00", **_SALES, "channel": "voice", "priority": 3},
    "contact.refused": {
        "time": "2026-03-02T09:00:01.250+01:00",
        "contact": "c-1043",
        "queue": "sales",
        "reason": "full",
    },
    "contact.alerting": {"time": "2026-03-02T09:00:04.000+01:00", **_TALK},
    "contact.declined": {"time": "2026-03-02T09:00:19.000+01:00", **_TALK, "reason": "no_answer"},
    "contact.answered": {"time": "2026-03-02T09:00:27.300+01:00", **_TALK},
    "contact.held": {"time": "2026-03-02T09:01:40.000+01:00", "contact": "c-1042", "agent": "A17"},
    "contact.resumed": {"time": "2026-03-02T09:02:10.000+01:00", "contact": "c-1042", "agent": "A17"},
    "contact.transferred": {"time": "2026-03-02T09:03:00.000+01:00", **_TALK, "to": "billing", "mode": "attended"},
    "contact.ended": {"time": "2026-03-02T09:03:40.000+01:00", **_TALK, "by": "customer"},
    "contact.abandoned": {"time": 1772438450000, "contact": "c-1044", "queue": "sales"},
    "contact.exited": {"time": 1772438520000, "contact": "c-1045", "queue": "sales", "reason": "timeout"},
    "agent.state": {"time": "2026-03-02T12:00:00Z", "agent": "A17", "state": "paused", "reason": "lunch"},
    "agent.joined": {"time": "2026-03-02T08:58:00+01:00", "agent": "A17", "queue": "sales", "penalty": 0},
    "agent.left": {"time": "2026-03-02T17:00:00+01:00", "agent": "A17", "queue": "sales"},
    "agent.described": {"time": "2026-03-02T08:58:00Z", "agent": "A17", "name": "林晓", "team": "red", "site": "north"},
    "source.up": {"time": "2026-03-02T08:00:00Z", "reason": "connected"},
    "source.down": {"time": "2026-03-02T10:15:00Z", "reason": "connection reset"},
    "source.gap": {"time": "2026-03-02T10:15:20Z", "since": "2026-03-02T10:15:00Z"},
    "source.heartbeat": {"time": "2026-03-02T08:00:15Z"},
    "floor.reported": {
        "time": "2026-03-02T10:15:20Z",
        "complete": True,
        "waiting": [{"contact": "c-1050", "queue": "sales", "since": "2026-03-02T10:14:58Z"}],
        "talking": [{"contact": "c-1049", "queue": "sales", "agent": "A17", "since": "2026-03-02T10:12:00Z"}],
        "members": [
            {"agent": "A17", "queue": "sales"},
            {"agent": "A18", "queue": "sales", "paused": True, "reason": "break", "since": 1772446020000},
        ],
        "states": [{"agent": "A17", "state": "talking"}],
    },
    "schedule.loaded": {
        "time": "2026-03-02T06:00:00Z",
        "version": "2026-03-02 a",
        "activities": [
            {
                "agent": "A17",
                "activity": "work",
                "start": "2026-03-02T09:00:00+01:00",
                "end": "2026-03-02T12:00:00+01:00",
            },
            {
                "agent": "A17",
                "activity": "lunch",
                "start": "2026-03-02T12:00:00+01:00",
                "end": "2026-03-02T12:30:00+01:00",
            },
        ],
    },
}

EXAMPLES: Mapping[str, Mapping[str, object]] = {
    kind: {"type": kind, "id": f"north-{number:04}", "source": "north", **attributes}
    for number, (kind, attributes) in enumerate(_SPECIFIC.items(), start=1)
}
"""Of every kind of event one that says all it usually says, as it is sent."""
