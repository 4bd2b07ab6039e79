"""What an agent is doing: ten activities, in the order in which the first that holds is taken.

unknown      the agent's source is down
talking      with any contact
on_hold      a contact waits on the line
alerting     the phone rings
wrap_up      after a contact: reported, or timed by the queue's `wrap_up`
paused       in every queue the agent belongs to, or without a queue named
unreachable  the phone is not registered
busy         on something that is not a queue's: private, consultation, outbound
available    free
offline      logged out of everything
"""

from __future__ import annotations

ACTIVITIES = (
    "unknown",
    "talking",
    "on_hold",
    "alerting",
    "wrap_up",
    "paused",
    "unreachable",
    "busy",
    "available",
    "offline",
)
UNKNOWN, TALKING, ON_HOLD, ALERTING, WRAP_UP, PAUSED, UNREACHABLE, BUSY, AVAILABLE, OFFLINE = range(10)
CODE = {name: code for code, name in enumerate(ACTIVITIES)}

OCCUPIED = (TALKING, ON_HOLD, WRAP_UP, ALERTING)
"""The numerator of occupancy: an agent with any contact is busy. Add `AVAILABLE` for the denominator."""

ABSENT = (UNKNOWN, OFFLINE, UNREACHABLE, PAUSED)
"""Activities in which an agent is not present for a queue."""
