"""Student's t and the binomial law, by the incomplete beta function: all the statistics a comparison needs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import exp, lgamma, log, log1p, sqrt

_TINY = 1e-300


def incomplete_beta(x: float, a: float, b: float) -> float:
    """The regularised incomplete beta function I_x(a, b), within 1e-10 relative, for 0 <= x <= 1 and a, b > 0."""
    if x <= 0 or x >= 1:
        return float(x >= 1)
    front = exp(lgamma(a + b) - lgamma(a) - lgamma(b) + a * log(x) + b * log1p(-x))
    if x < (a + 1) / (a + b + 2):
        return front * _fraction(x, a, b) / a
    return 1 - front * _fraction(1 - x, b, a) / b


def _fraction(x: float, a: float, b: float) -> float:
    """The continued fraction of the incomplete beta function, by Lentz's method; it converges fast left of the mean."""
    c, d = 1.0, 1 / _apart(1 - (a + b) * x / (a + 1))
    value = d
    for m in range(1, 100_000):
        even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
        for step in (even, odd):
            c, d = _apart(1 + step / c), 1 / _apart(1 + step * d)
            value *= c * d
        if abs(c * d - 1) < 1e-15:
            break
    return value


def _apart(x: float) -> float:
    """Never quite zero: it is divided by."""
    return x if abs(x) > _TINY else _TINY


def t_tail(t: float, freedom: int) -> float:
    """Probability that Student's t with so many degrees of freedom exceeds t >= 0."""
    return incomplete_beta(freedom / (freedom + t * t), freedom / 2, 0.5) / 2


def t_quantile(tail: float, freedom: int) -> float:
    """The t that is exceeded with probability `tail`, 0 < tail <= 1/2."""
    high = 1.0
    while t_tail(high, freedom) > tail:
        high *= 2
    return _bisect(lambda t: tail - t_tail(t, freedom), 0.0, high)


def binomial_bounds(events: int, of: int, tail: float) -> tuple[float, float]:
    """The exact interval (Clopper and Pearson) of a probability after `events` in `of` trials, `tail` on each side."""
    low, high = 0.0, 1.0
    if events > 0:
        low = _bisect(lambda p: incomplete_beta(p, events, of - events + 1) - tail, 0.0, events / of)
    if events < of:
        high = _bisect(lambda p: incomplete_beta(p, events + 1, of - events) - (1 - tail), events / of, 1.0)
    return low, high


def deviation_of(values: Sequence[float]) -> float:
    """The standard deviation (n - 1) of two values or more."""
    mean = sum(values) / len(values)
    return sqrt(sum((value - mean) ** 2 for value in values) / (len(values) - 1))


def _bisect(rising: Callable[[float], float], low: float, high: float) -> float:
    """Where the function, which rises from below 0 to above, is 0."""
    for _ in range(200):
        middle = (low + high) / 2
        if middle in (low, high):
            break
        if rising(middle) < 0:
            low = middle
        else:
            high = middle
    return (low + high) / 2
