"""Profiles: what a floor is like, as files people read and write."""

from __future__ import annotations

from simulators.profile.model import FloorProfile, QueueProfile, TeamProfile
from simulators.profile.read import UnknownProfileError, bundled, load_profile

__all__ = ["FloorProfile", "QueueProfile", "TeamProfile", "UnknownProfileError", "bundled", "load_profile"]
