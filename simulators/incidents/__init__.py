"""Incidents: what goes wrong on a simulated day, and when."""

from __future__ import annotations

from simulators.incidents.model import FEED_KINDS, Incident, Timeline
from simulators.incidents.read import load_incidents

__all__ = ["FEED_KINDS", "Incident", "Timeline", "load_incidents"]
