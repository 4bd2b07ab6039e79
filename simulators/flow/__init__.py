"""The floor itself: customers, agents and a switch, simulated from fact to fact."""

from __future__ import annotations

from simulators.flow.floor import floor_day
from simulators.flow.roster import agents_of, day_start_ms, day_starts, plan
from simulators.flow.stage import Unseen, Witness

__all__ = ["Unseen", "Witness", "agents_of", "day_start_ms", "day_starts", "floor_day", "plan"]
