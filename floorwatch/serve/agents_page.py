"""What the page of agents shows besides the public picture."""

from __future__ import annotations

from typing import Any

import msgspec

from floorwatch.view import FloorView


def agents_now(view: FloorView) -> dict[str, Any]:
    """Who does what, and who keeps to the schedule."""
    return {
        "agents": msgspec.to_builtins(view.agents),
        "attendance": msgspec.to_builtins(view.attendance),
    }
