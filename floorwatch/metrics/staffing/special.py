"""The normal law and the incomplete gamma function: what laws of patience and square-root staffing are made of."""

from __future__ import annotations

from math import erfc, exp, lgamma, log, pi, sqrt

_TINY = 1e-300
_EPSILON = 1e-17


def normal_density(x: float) -> float:
    """phi(x)."""
    return exp(-x * x / 2) / sqrt(2 * pi)


def normal_above(x: float) -> float:
    """1 - Phi(x)."""
    return erfc(x / sqrt(2)) / 2


def normal_hazard(x: float) -> float:
    """phi(x) / (1 - Phi(x)); above 25 by the continued fraction, where the quotient would be 0 / 0."""
    if x <= 25:
        return normal_density(x) / normal_above(x)
    hazard = x
    for step in range(40, 0, -1):
        hazard = x + step / hazard
    return hazard


def gamma_shares(shape: float, x: float) -> tuple[float, float]:
    """The regularised incomplete gamma functions (P, Q) of a shape: P(X <= x) and P(X > x), each to 1e-14 relative."""
    if x <= 0:
        return 0.0, 1.0
    front = exp(shape * log(x) - x - lgamma(shape))
    if x < shape + 1:
        below = front * _series(shape, x)
        return below, 1 - below
    above = front * _fraction(shape, x)
    return 1 - above, above


def _series(shape: float, x: float) -> float:
    term = total = 1 / shape
    step = shape
    while term > _EPSILON * total:
        step += 1
        term *= x / step
        total += term
    return total


def _fraction(shape: float, x: float) -> float:
    """Legendre's continued fraction, by Lentz's method."""
    b = x + 1 - shape
    c, d = 1 / _TINY, 1 / b
    value = d
    for step in range(1, 10_000):
        a = -step * (step - shape)
        b += 2
        d = 1 / _apart(a * d + b)
        c = _apart(b + a / c)
        value *= c * d
        if abs(c * d - 1) < 1e-16:
            break
    return value


def _apart(x: float) -> float:
    """Never quite zero: it is divided by."""
    return x if abs(x) > _TINY else _TINY
