"""Closing the fit: what no contact shows is found from how long people waited.

Staffing, patience and handling are measured one by one. What is left is how soon agents turn to the next contact while
others wait: some come back from a pause when a queue builds, some help from another team, and some are not there though
nobody noticed. So the measured law of that time is stretched by one factor, for all queues, until simulated days have
the mean wait of the real ones they are like.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from copy import deepcopy
from math import exp, log
from statistics import fmean
from typing import Any

from simulators.calibrate.visits import Day, Visit, visits_of
from simulators.flow import floor_day
from simulators.profile import FloorProfile

RUNS = 8
"""Simulated days at each step, shared among the real ones."""
STEPS = 8
STRETCH = (0.25, 4.0)
"""The factor is sought between these."""

Fitted = tuple[Day, dict[str, Any]]
"""A real day, and the profile that is like it, as it is typed."""


def stretch(fitted: Sequence[Fitted]) -> float:
    """The factor; 1 where no such time was measured, or nobody waited.

    Bisection on its logarithm. The seeds are the same at every step, so that only the factor differs.
    """
    waited_ms = fmean(mean_wait_ms(day.visits) for day, _ in fitted)
    if not waited_ms or not any(queue.get("wrap_up") for _, typed in fitted for queue in typed["queues"].values()):
        return 1.0
    low, high = (log(bound) for bound in STRETCH)
    for _ in range(STEPS):
        middle = (low + high) / 2
        if fmean(_simulated_waits_ms(fitted, exp(middle))) > waited_ms:
            high = middle
        else:
            low = middle
    return round(exp((low + high) / 2), 3)


def stretched(typed: dict[str, Any], factor: float) -> dict[str, Any]:
    """The typed profile with the time to the next contact, while others wait, so many times as long."""
    changed = deepcopy(typed)
    for queue in changed["queues"].values():
        law = queue.get("wrap_up")
        if law and factor != 1.0:  # a law of its own for each queue: they may share the one they came with
            queue["wrap_up"] = law | {
                "from_s": [round(at_s * factor, 3) for at_s in law["from_s"]],
                "per_second": [float(f"{rate / factor:.4g}") for rate in law["per_second"]],
            }
    return changed


def as_busy(profile: FloorProfile) -> FloorProfile:
    """The profile without the factors of weekday and day: every simulated day has the volume of the one to be like."""
    return profile.model_copy(update={"day_cv": 0.0, "weekdays": (1.0,) * 7})


def mean_wait_ms(visits: Sequence[Visit]) -> float:
    """Of all contacts, whatever became of them."""
    return fmean(visit.wait_ms for visit in visits) if visits else 0.0


def _simulated_waits_ms(fitted: Sequence[Fitted], factor: float) -> Iterator[float]:
    for day, typed in fitted:
        profile = as_busy(FloorProfile.model_validate(stretched(typed, factor)))
        for seed in range(1, max(1, RUNS // len(fitted)) + 1):
            yield mean_wait_ms(list(visits_of(floor_day(profile, seed, day.start_ms))))
