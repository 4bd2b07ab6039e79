"""A queue's day so far, for the page of that queue."""

from __future__ import annotations

from typing import Any

from floorwatch.engine import Engine


class QueueDays:
    """Reads the engine for who looks at a queue."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def of(self, queue: str) -> dict[str, Any]:
        """The queue's day as it is now."""
        return {"queue": queue, "at": self._engine.now}
