"""Fitting the projection's law to recorded days: median regression, then how far the outcomes spread around it.

The weights are those whose median absolute error is least (iteratively reweighted least squares on the share of hits,
each row weighted by how much it moves the end of a half-hour). The spreads are those with which one outcome in ten, or
a little less, lies below the band, and as many above it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from math import log, sqrt
from operator import mul
from statistics import fmean

from benchmarks.projection_days import MINUTE_MS, Days, ends, walk
from floorwatch.engine import Engine
from floorwatch.metrics.projection.law import SCALE_MS, TERMS, Fit, chance, terms
from floorwatch.metrics.projection.project import project
from floorwatch.metrics.projection.read import period
from floorwatch.metrics.projection.state import Period, QueueState
from floorwatch.metrics.service_level import level

AHEAD_MIN = (5, 10, 15, 30, 60, 240)
"""How far ahead the law is fitted, in minutes."""

NEAR_MIN = 15
FAR_WEIGHT = 0.25
"""Up to `NEAR_MIN` a row counts in full; beyond, so much: a day's projection is of less use than an interval's."""

EVERY = 3
"""One row in so many is fitted to; they are minutes apart and much alike."""

BAND_EVERY = 2
NEWTON_STEPS, MEDIAN_STEPS = 8, 16
RIDGE = 1e-3
OUTSIDE = 0.09
"""To each side of the band; a little less than a tenth, as a law is surer of the days it was fitted to."""

BLUNT = 0.05
"""Errors smaller than this weigh no more than it in the median regression, or one row would decide."""


Band = tuple[QueueState, Period, float]
"""A state, the period that was asked for, and the level at which it ended."""


@dataclass(frozen=True, slots=True)
class Row:
    """Evidence, and what became of it. `weight`: by how much it moves the end of a half-hour."""

    evidence: tuple[float, ...]
    share: float
    weight: float


@dataclass(slots=True)
class Learnt:
    """What a replay leaves to fit to."""

    rows: list[Row] = field(default_factory=list)
    bands: list[Band] = field(default_factory=list)


def learn(days: Days, until: int) -> Learnt:
    """Replay, and keep evidence and outcomes of instants whose outcome was known by `until`."""
    learnt = Learnt()
    open_rows: dict[int, list[tuple[str, int, int, tuple[float, ...], float, QueueState]]] = {}
    asked: list[tuple[str, int, QueueState, Period]] = []
    count = 0

    def ask(engine: Engine, instant: int, states: dict[str, QueueState]) -> None:
        nonlocal count
        totals = {name: level(ledger.rolling.total, ledger.policy) for name, ledger in engine.books.ledgers.items()}
        for name, hits, decided, evidence, usual, state in open_rows.pop(instant, ()):
            more = totals[name][1] - decided
            if instant <= until and more >= 3:
                share = (totals[name][0] - hits) / more
                learnt.rows.append(Row(evidence, share, usual * more / (more + usual_rest(state, instant))))
                if state.now % (BAND_EVERY * 5 * MINUTE_MS) == 0 and instant - state.now > 30 * MINUTE_MS:
                    learnt.bands.append((state, Period(state.now, instant, 0, 0), share))
        start, end = engine.books.calendar.interval(instant)
        for name, state in states.items():
            if state.own["30m"].decided < 10:
                continue
            count += 1
            for ahead in AHEAD_MIN:
                is_far = ahead > NEAR_MIN
                if (count + ahead) % EVERY == 0 and not (is_far and instant % (15 * MINUTE_MS)):
                    due = instant + ahead * MINUTE_MS
                    row = (name, *totals[name], _moving(terms(state, due), ahead), FAR_WEIGHT if is_far else 1.0, state)
                    open_rows.setdefault(due, []).append(row)
            if (
                end - instant in (5 * MINUTE_MS, 10 * MINUTE_MS, 15 * MINUTE_MS)
                and count % BAND_EVERY == 0
                and end <= until
            ):
                asked.append((name, start, state, period(engine.books.ledgers[name], start, end)))

    engine = walk(days, range(0, days.interval_min, 5), ask, until)
    finals = ends(engine)
    for name, start, state, asked_for in asked:
        hits, decided = finals[name, start]
        if decided >= 20:
            learnt.bands.append((state, asked_for, hits / decided))
    return learnt


def usual_rest(state: QueueState, end: int) -> float:
    """Decisions of a half-hour outside the stretch up to `end`, at the pace of the last half-hour."""
    return state.own["30m"].decided * max(300_000, 1_800_000 - (end - state.now)) / 1_800_000


def _moving(evidence: tuple[float, ...], ahead_min: int) -> tuple[float, ...]:
    scale = log(ahead_min * MINUTE_MS / SCALE_MS)
    return (*evidence, *(term * scale for term in evidence))


def fit_weights(rows: Sequence[Row]) -> dict[str, tuple[float, float]]:
    """The weights of the law."""
    columns = [list(column) for column in zip(*(row.evidence for row in rows), strict=True)]
    sizes = [max((sum(map(mul, column, column)) / len(rows)) ** 0.5, 1e-9) for column in columns]
    columns = [[value / size for value in column] for column, size in zip(columns, sizes, strict=True)]
    mean_weight = sum(row.weight for row in rows) / len(rows)
    weights = [row.weight / mean_weight for row in rows]
    shares = [row.share for row in rows]
    beta = [0.0] * len(columns)
    for step in range(NEWTON_STEPS + MEDIAN_STEPS):
        is_median = step >= NEWTON_STEPS
        slope, bend = [], []
        for place, odds in enumerate(_odds(columns, beta)):
            p = chance(odds)
            error, steep = shares[place] - p, p * (1 - p) + 1e-4
            if is_median:
                weight = weights[place] / max(abs(error), BLUNT)
                slope.append(weight * steep * error)
                bend.append(weight * steep * steep)
            else:
                slope.append(weights[place] * error)
                bend.append(weights[place] * steep)
        ridge = RIDGE * len(rows) * (0.3 if is_median else 1.0)
        beta = _step(columns, slope, bend, beta, ridge, 0.7 if is_median else 1.0)
    found = [value / size for value, size in zip(beta, sizes, strict=True)]
    return {name: (found[place], found[place + len(TERMS)]) for place, name in enumerate(TERMS)}


def _odds(columns: Sequence[Sequence[float]], beta: Sequence[float]) -> Iterator[float]:
    totals = [0.0] * len(columns[0])
    for column, weight in zip(columns, beta, strict=True):
        totals = [total + weight * value for total, value in zip(totals, column, strict=True)]
    return iter(totals)


def _step(
    columns: Sequence[Sequence[float]],
    slope: Sequence[float],
    bend: Sequence[float],
    beta: Sequence[float],
    ridge: float,
    pace: float,
) -> list[float]:
    bent = [list(map(mul, column, bend)) for column in columns]
    matrix = [[sum(map(mul, one, other)) for other in columns] for one in bent]
    target = [sum(map(mul, column, slope)) for column in columns]
    for place in range(1, len(columns)):
        matrix[place][place] += ridge
        target[place] -= ridge * beta[place]
    moves = _solved(matrix, target)
    return [value + max(-0.5, min(0.5, move)) * pace for value, move in zip(beta, moves, strict=True)]


def _solved(matrix: list[list[float]], target: list[float]) -> list[float]:
    """Gauss with pivots."""
    n = len(target)
    rows = [[*line, value] for line, value in zip(matrix, target, strict=True)]
    for place in range(n):
        best = max(range(place, n), key=lambda one: abs(rows[one][place]))
        rows[place], rows[best] = rows[best], rows[place]
        for below in range(place + 1, n):
            part = rows[below][place] / rows[place][place]
            rows[below] = [a - part * b for a, b in zip(rows[below], rows[place], strict=True)]
    found = [0.0] * n
    for place in reversed(range(n)):
        rest = sum(rows[place][other] * found[other] for other in range(place + 1, n))
        found[place] = (rows[place][n] - rest) / rows[place][place]
    return found


def fit_spreads(weights: dict[str, tuple[float, float]], bands: Sequence[Band]) -> Fit:
    """The law with its spreads: up to `NEAR_MIN` on a line through those found, beyond each by itself."""
    by_left: dict[int, list[Band]] = {}
    for band in bands:
        if 0 < band[2] < 1:
            by_left.setdefault((band[1].end - band[0].now) // MINUTE_MS, []).append(band)
    found: list[tuple[int, float, float]] = []
    for left_min, some in sorted(by_left.items()):
        down, up = 2.5, 1.5
        for _ in range(2):
            down = _spread(lambda one, up=up: Fit(weights, ((5, one, up),)), some, 0)  # type: ignore[misc]
            up = _spread(lambda one, down=down: Fit(weights, ((5, down, one),)), some, 1)  # type: ignore[misc]
        found.append((left_min, down, up))
    near, far = ([one for one in found if (one[0] <= NEAR_MIN) == is_near] for is_near in (True, False))
    lines = [_line([(log(one[0]), one[side]) for one in near]) for side in (1, 2)]
    (a_down, b_down), (a_up, b_up) = lines
    smooth = [(left_min, a_down + b_down * log(left_min), a_up + b_up * log(left_min)) for left_min, _, _ in near]
    return Fit(weights, (*smooth, *far))


def _line(points: Sequence[tuple[float, float]]) -> tuple[float, float]:
    """(a, b) of the straight line of least squares."""
    x_mean, y_mean = (fmean(point[axis] for point in points) for axis in (0, 1))
    spread = sum((x - x_mean) ** 2 for x, _ in points)
    b = sum((x - x_mean) * (y - y_mean) for x, y in points) / spread if spread else 0.0
    return y_mean - b * x_mean, b


def _outside(fit: Fit, bands: Sequence[Band], side: int) -> float:
    """The share of outcomes below the band (side 0) or above it, a level on its edge by parts."""
    total = 0.0
    for state, asked_for, outcome in bands:
        projection = project(state, asked_for, fit=fit)
        assert projection is not None
        total += outside(projection.below(outcome))[side]
    return total / len(bands)


def outside(place: tuple[float, float]) -> tuple[float, float]:
    """How much of a place in the distribution, from P(<) to P(<=), lies below 10 % and above 90 %."""
    least, most = place
    if most - least < 1e-12:
        return float(least < 0.1), float(least > 0.9)
    return max(0.0, min(most, 0.1) - least) / (most - least), max(0.0, most - max(least, 0.9)) / (most - least)


def _spread(fit: Callable[[float], Fit], bands: Sequence[Band], side: int) -> float:
    """The spread to this side with which the promised part of the outcomes lies outside, by halving."""
    low, high = 0.1, 10.0
    for _ in range(7):
        middle = sqrt(low * high)
        if _outside(fit(middle), bands, side) > OUTSIDE:
            low = middle
        else:
            high = middle
    return sqrt(low * high)


def written(fit: Fit, origin: str) -> str:
    """The fitted law as the module `floorwatch.metrics.projection.fitted`."""
    lines = [
        '"""The fitted law. Written by `python -m benchmarks.projection --fit`; nothing here is typed by hand.',
        "",
        f"Fitted to {origin}.",
        '"""',
        "",
        "from floorwatch.metrics.projection.law import Fit",
        "",
        "FITTED = Fit(",
        "    weights={",
        *(f'        "{name}": ({a:.3f}, {b:.3f}),' for name, (a, b) in fit.weights.items()),
        "    },",
        "    spreads=(",
        *(f"        ({left_min}, {down:.2f}, {up:.2f})," for left_min, down, up in fit.spreads),
        "    ),",
        ")",
        '"""What each term weighs, and how far the outcomes spread; what they mean stands in `law`."""',
    ]
    return "\n".join(lines) + "\n"
