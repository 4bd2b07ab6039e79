"""What every model of a queue in equilibrium says: one set of figures, and the service level by each of our formulas.

Model arithmetic is in seconds and floats; milliseconds and integers end where a model begins. All figures are of
contacts by arrival: compare them with the service level by arrival.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass

from floorwatch.floor.settings import Formula
from floorwatch.metrics.service_level import FORMULAS, ratio


@dataclass(frozen=True, slots=True)
class Load:
    """What comes in: so many contacts in an interval, each handled for so long on average."""

    contacts: float
    interval_s: float
    aht_s: float

    def __post_init__(self) -> None:
        if not (self.contacts > 0 and self.interval_s > 0 and self.aht_s > 0):
            raise ValueError("contacts, interval and handling time must be above 0")

    @property
    def arrival_rate(self) -> float:
        """Contacts per second."""
        return self.contacts / self.interval_s

    @property
    def offered(self) -> float:
        """Work per time, in erlangs: the agents who would be busy if nobody waited or left."""
        return self.contacts * self.aht_s / self.interval_s


@dataclass(frozen=True, slots=True)
class Within:
    """What has become of a contact some time after it came, as probabilities that add up to 1."""

    answered: float
    abandoned: float
    waiting: float


class Equilibrium(ABC):
    """A queue of `agents` in equilibrium. A mean of nothing, or one without bound, is None."""

    model: str
    load: Load
    agents: int
    p_wait: float
    """A contact finds no agent free."""
    p_abandon: float
    mean_wait_all_s: float | None
    """E[W], abandons included."""
    mean_wait_answered_s: float | None
    """ASA: E[W | answered]."""
    mean_wait_abandoned_s: float | None

    @abstractmethod
    def within(self, wait_s: float) -> Within:
        """What becomes of a contact up to this wait, inclusive."""

    @property
    def mean_queue(self) -> float | None:
        """Contacts waiting, on average: Little's law, lambda E[W]."""
        return None if self.mean_wait_all_s is None else self.load.arrival_rate * self.mean_wait_all_s

    @property
    def occupancy(self) -> float:
        """The share of the agents' time that is handling: the work that is not lost, over the agents."""
        return min(1.0, self.load.offered * (1 - self.p_abandon) / self.agents)

    def service_level(self, formula: Formula, threshold_s: float, short_abandon_s: float = 0.0) -> float | None:
        """The service level by a formula of `terms.md`; nobody leaves otherwise than answered or abandoned here."""
        return level(formula, self.within(threshold_s), self.within(short_abandon_s), 1 - self.p_abandon)

    def service_levels(self, threshold_s: float, short_abandon_s: float) -> dict[Formula, float | None]:
        """By every formula."""
        at_threshold, at_short = self.within(threshold_s), self.within(short_abandon_s)
        return {formula: level(formula, at_threshold, at_short, 1 - self.p_abandon) for formula in FORMULAS}


def level(formula: Formula, threshold: Within, short: Within, answered: float) -> float | None:
    """Service level of what has come of contacts at T and at S <= T, and of the share that is answered at all."""
    hits, decided = threshold.answered, 1.0
    if formula == "answered_only":
        decided = answered
    elif formula == "short_abandons_excluded":
        decided -= short.abandoned
    elif formula == "abandons_ignored":
        decided -= threshold.abandoned
    elif formula == "abandons_met":
        hits += threshold.abandoned
    elif formula == "short_abandons_met":
        hits += short.abandoned
    return ratio(hits, decided)
