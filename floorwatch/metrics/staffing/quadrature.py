"""Integrals of smooth functions between two points, ends possibly singular: the double-exponential rule.

Source: H. Takahasi and M. Mori, 1974. Under x = tanh(pi/2 sinh t) an integrand's ends die off double-exponentially, and
the trapezoidal rule converges as fast as the function is analytic inside: 1e-14 with 100 to 400 points here.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from math import cosh, exp, pi, sinh

_REACH = 3.3
"""|t| up to which a point is told from the end: 1e-17 of the interval is left."""
_LEVELS = 8
_CLOSE = 1e-14

Integrands = Callable[[float], Sequence[float]]


@cache
def _points(level: int) -> tuple[tuple[float, float], ...]:
    """(distance from the nearer end, weight) of the points a level adds; an interval of length 1, left half."""
    step = 2.0**-level
    found = []
    number = 1 if level else 0
    while (t := number * step) <= _REACH:
        arc = pi / 2 * sinh(t)
        end = exp(-arc) / (2 * cosh(arc))
        found.append((end, pi / 4 * cosh(t) / cosh(arc) ** 2))
        number += 2 if level else 1
    return tuple(found)


def integrals(functions: Integrands, low: float, high: float) -> list[float]:
    """The integrals over [low, high] of all functions that `functions` returns together."""
    length = high - low
    sums: list[float] = []
    last: list[float] = []
    for level in range(1, _LEVELS + 1):
        step = 2.0**-level
        for drawn in (0, 1) if level == 1 else (level,):
            sums = _added(sums, functions, low, high, _points(drawn))
        found = [length * step * total for total in sums]
        if level > 3 and all(abs(new - old) <= _CLOSE * abs(new) for new, old in zip(found, last, strict=True)):
            return found
        last = found
    return last


def _added(
    sums: list[float], functions: Integrands, low: float, high: float, points: Sequence[tuple[float, float]]
) -> list[float]:
    length = high - low
    for end, weight in points:
        sides = (low + length * end, high - length * end) if end < 0.5 else (low + length / 2,)
        for x in sides:
            values = functions(x)
            sums = [total + weight * value for total, value in zip(sums or [0.0] * len(values), values, strict=True)]
    return sums
