"""The desk that tells who does what, and where everybody's time of today went."""

from __future__ import annotations

import asyncio
from typing import Any

import msgspec

from floorwatch.engine import Engine
from floorwatch.picture_agents import AgentsShown, seconds_today

AGENTS_A_TURN = 100
"""Some 3 ms; then others have their turn."""

Json = dict[str, Any]


class AgentsDesk:
    """Reads the engine in the event loop that runs it."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    async def everybody(self) -> Json:
        """Every agent as they are: {"at", "agents"}. Of thousands the last are a moment younger than `at`."""
        engine, shown = self._engine, AgentsShown()
        at, agents = engine.now, list(engine.books.agents.values())
        rows: list[Json] = []
        for place, agent in enumerate(agents, 1):
            agent.settle(engine.now)
            view = shown.of(agent, *agent.now_doing(engine.now))
            rows.append(msgspec.structs.asdict(view) | {"seconds": seconds_today(engine, agent)})
            if place % AGENTS_A_TURN == 0:
                await asyncio.sleep(0)
        return {"at": at, "agents": rows}
