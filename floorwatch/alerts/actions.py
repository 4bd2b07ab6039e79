"""What people did about alerts, and what it brought: the ledger of actions."""

from __future__ import annotations

from dataclasses import dataclass

AGENTS: dict[str, tuple[str, ...]] = {
    "back_from_break": ("break", "lunch", "personal"),
    "back_from_training": ("training", "coaching"),
    "back_from_meeting": ("meeting", "off_phone", "coaching"),
    "called_in": (),
    "moved_agents": (),
    "pauses_ended": (),
    "other": (),
}
"""Kinds that bring agents, and the reasons of the pauses they come from; none: of any."""
CUSTOMERS = ("overflow_opened", "announcement", "callbacks_offered")
"""Kinds by which customers leave who would have stayed."""
KINDS = (*(kind for kind in AGENTS if kind != "other"), *CUSTOMERS, "other")


@dataclass(slots=True)
class Action:
    """Something was done about an alert."""

    id: str
    alert: str
    queue: str
    kind: str
    who: str
    at: int
    agents: int
    note: str = ""
    members: tuple[str, ...] = ()
    """Who belonged to the queue then."""
