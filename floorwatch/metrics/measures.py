"""Means and ratios, computed from a tally where they are shown: None where there is nothing to divide by."""

from __future__ import annotations

from floorwatch.metrics import tally as t
from floorwatch.metrics.service_level import ratio


def asa_seconds(tally: int) -> float | None:
    """Mean wait of the answered contacts whose wait is known."""
    return ratio(t.read(tally, "wait_ms") / 1000, t.read(tally, "timed"))


def abandon_ratio(tally: int) -> float | None:
    """(B - B_S) / (A + B + exited - B_S), over finished visits."""
    return ratio(t.read(tally, "abandoned") - t.read(tally, "abandoned_short"), finished(tally))


def finished(tally: int) -> int:
    """A + B + exited - B_S: the visits behind the abandon ratio."""
    lost = t.read(tally, "abandoned") - t.read(tally, "abandoned_short")
    return t.read(tally, "answered") + lost + sum(t.exits(tally).values())
