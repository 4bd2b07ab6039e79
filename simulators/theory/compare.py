"""Each figure of a case beside its exact value, at a level that holds for all comparisons of a run together.

Every figure is a ratio of two sums over contacts, or over time. Of replication r, with sums x_r and n_r, the difference
x_r - exact x n_r has mean 0 when, and only when, the figure is right: however few contacts the replication has, and
whatever the spread of n_r. So there is no bias of a ratio to be corrected, and Student's t is asked of these
differences (Fieller's method). The simulated figure is the ratio of the sums of all replications.

Of fewer than `EVENTS` expected events (or non-events), t knows little, and with none at all its interval would have no
width. There the exact interval of the binomial law is asked, too, and the wider one holds: the binomial law takes
contacts for independent of each other, which those of one busy spell are not. A mean over so few waits is not compared.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import inf, sqrt

from simulators.theory.cases import Case
from simulators.theory.floors import EVENTS
from simulators.theory.student import binomial_bounds, deviation_of, t_quantile
from simulators.theory.watch import Tally

SURE = 0.99
"""With this probability a right simulator passes all comparisons of a run."""
IMPOSSIBLE = 0.001
"""Of fewer expected events than this, the binomial interval alone holds: what cannot happen must not."""

Sums = Callable[[Tally], tuple[float, float]]


@dataclass(frozen=True, slots=True)
class Figure:
    """A column of the files: `sums` are its numerator and denominator. `share`: it counts contacts among contacts."""

    sums: Sums
    share: bool = False


def _of_arrivals(count: Callable[[Tally], float]) -> Figure:
    return Figure(lambda tally: (count(tally), tally.arrivals), share=True)


_SERVICE_LEVEL = _of_arrivals(lambda tally: tally.served_in_target)
_MEAN_WAIT = Figure(lambda tally: (tally.wait_ms / 1000, tally.arrivals))

FIGURES: dict[str, Figure] = {
    "p_wait": _of_arrivals(lambda tally: tally.waited),
    "p_abandon": _of_arrivals(lambda tally: tally.abandoned),
    "mean_wait_all_s": _MEAN_WAIT,
    "asa_s": _MEAN_WAIT,
    "mean_wait_served_s": Figure(lambda tally: (tally.wait_served_ms / 1000, tally.served)),
    "mean_wait_abandoned_s": Figure(lambda tally: (tally.wait_abandoned_ms / 1000, tally.abandoned)),
    "mean_wait_if_delayed_s": Figure(lambda tally: (tally.wait_ms / 1000, tally.waited)),
    "p90_wait_s": _of_arrivals(lambda tally: tally.beyond_p90),
    "p_wait_gt_T": _of_arrivals(lambda tally: tally.beyond_target),
    "sl": _SERVICE_LEVEL,
    "sl_served_over_offered": _SERVICE_LEVEL,
    "p_abandon_within_T": _of_arrivals(lambda tally: tally.abandoned_in_target),
    "sl_excl_short_abandons": Figure(
        lambda tally: (tally.served_in_target, tally.arrivals - tally.abandoned_in_target), share=True
    ),
    "sl_over_answered": Figure(lambda tally: (tally.served_in_target, tally.served), share=True),
    "sl_abandons_in_T_count_good": _of_arrivals(lambda tally: tally.served_in_target + tally.abandoned_in_target),
    "mean_queue": Figure(lambda tally: (tally.queue_ms, tally.watched_ms)),
    "occupancy": Figure(lambda tally: (tally.talking_ms, tally.watched_ms)),
}
"""Column to figure. `p90_wait_s` is compared as the share of contacts that wait longer, 0.1 of all."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """A figure of a case. Outside: the exact value is not within the simulated one's interval."""

    case: str
    model: str
    column: str
    exact: float
    simulated: float
    low: float
    high: float
    t: float | None
    """None where nothing varied, for lack of events."""
    is_rare: bool
    """The binomial law was asked, too."""

    @property
    def half_width(self) -> float:
        """Half of the interval."""
        return (self.high - self.low) / 2

    @property
    def is_inside(self) -> bool:
        """Whether simulation and theory agree."""
        return self.low <= self.exact <= self.high


_MEANS_OVER = dict.fromkeys(
    ("mean_wait_all_s", "asa_s", "mean_wait_served_s", "mean_wait_if_delayed_s", "mean_queue"), "p_wait"
) | {"mean_wait_abandoned_s": "p_abandon"}
"""Of each mean of waits: the share of contacts that make it."""


def columns_of(case: Case, contacts: float) -> tuple[list[str], list[str]]:
    """The figures of the case that are compared, and those that are not, being of too few contacts.

    `contacts`: expected in all replications together.
    """
    given = [
        column
        for column in FIGURES
        if column in case.exact and (column != "p90_wait_s" or case.exact[column] > 0)  # 0: over 90 % do not wait
    ]
    too_few = [
        column
        for column in given
        if column in _MEANS_OVER and case.exact.get(_MEANS_OVER[column], 1.0) * contacts < EVENTS
    ]
    return [column for column in given if column not in too_few], too_few


def compare(case: Case, columns: Sequence[str], tallies: Sequence[Tally], level: float) -> list[Comparison]:
    """The figures beside their exact values; `level` is the probability that a right one is found outside."""
    return [_compared(case, column, tallies, level) for column in columns]


def _compared(case: Case, column: str, tallies: Sequence[Tally], level: float) -> Comparison:
    figure = FIGURES[column]
    exact = 0.1 if column == "p90_wait_s" else case.exact[column]
    scale = 1 / case.agents if column == "occupancy" else 1.0
    sums = [(above * scale, below) for above, below in map(figure.sums, tallies)]
    above, below = sum(x for x, _ in sums), sum(n for _, n in sums)
    simulated = above / below
    if figure.share:
        exact = max(exact, 0.0)  # -6e-27 is a nought of numerical integration
    replications = len(sums)
    deviation = deviation_of([x - exact * n for x, n in sums])
    error = deviation * sqrt(replications) / below
    reach = t_quantile(level / 2, replications - 1) * error
    low, high = simulated - reach, simulated + reach
    expected = min(exact, 1 - exact) * below if figure.share else inf
    if expected < EVENTS:
        rare = binomial_bounds(round(above), round(below), level / 2)
        low, high = rare if expected < IMPOSSIBLE else (min(low, rare[0]), max(high, rare[1]))
    t = (simulated - exact) / error if error else None
    return Comparison(case.name, case.model, column, exact, simulated, low, high, t, expected < EVENTS)
