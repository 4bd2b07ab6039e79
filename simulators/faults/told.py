"""One thing that reaches the monitor."""

from __future__ import annotations

from typing import NamedTuple

from floorwatch.floor.events import Event

APPLIED = "applied"
DUPLICATE = "duplicate"


class Told(NamedTuple):
    """An event with its times as the source tells them, or a line of nonsense; and what is to become of it."""

    received_ms: int
    """When it arrives, by the monitor's clock."""
    what: Event | bytes
    """Bytes have no line end, and are never valid."""
    fate: str = APPLIED
    """`applied`, `duplicate`, or the reason (of the event contract) for which it is refused."""
