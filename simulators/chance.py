"""Chance that falls the same way everywhere: the same seed gives the same bytes on every machine.

Python promises that `random.Random(seed).random()` stays the same from version to version; of its other methods it does
not, and the C library's `log` and `exp` may differ in the last bit from one machine to the next. So everything here is
made of `random()`, of the four operations and the square root, which IEEE 754 defines to the bit, and of `frexp` and
`ldexp`, which are exact.
"""

from __future__ import annotations

import math
import random

_LN2 = 0.6931471805599453
_SQRT_HALF = 0.7071067811865476


def log(x: float) -> float:
    """Natural logarithm of x > 0, within 1e-15 relative: 2 artanh((m - 1) / (m + 1)) + e ln 2."""
    mantissa, exponent = math.frexp(x)
    if mantissa < _SQRT_HALF:
        mantissa, exponent = mantissa * 2, exponent - 1
    s = (mantissa - 1) / (mantissa + 1)
    z = s * s  # at most 0.0295, so that ten terms leave nothing a double could hold
    total = 0.0
    for odd in range(21, 0, -2):
        total = total * z + 1 / odd
    return 2 * s * total + exponent * _LN2


def exp(x: float) -> float:
    """e to the power x, within 1e-14 relative for |x| < 30: a Taylor sum around the nearest power of two."""
    power = math.floor(x / _LN2 + 0.5)
    rest = x - power * _LN2
    total = 1.0
    for n in range(16, 0, -1):
        total = 1 + rest * total / n
    return math.ldexp(total, power)


class Chance:
    """Draws from one seeded stream."""

    def __init__(self, stream: random.Random, name: str = "") -> None:
        self._uniform = stream.random
        self._name = name

    @classmethod
    def of(cls, *names: object) -> Chance:
        """A stream of its own for these names (seed, day, purpose): drawing more from one leaves the others alone."""
        name = "/".join(map(str, names))
        return cls(random.Random(name), name)

    def beside(self, purpose: str) -> Chance:
        """Another stream of its own: however much is drawn from it, this one stays as it is."""
        return Chance.of(self._name, purpose)

    def uniform(self) -> float:
        """A number in [0, 1)."""
        return self._uniform()

    def happens(self, ratio: float) -> bool:
        """True in `ratio` of all draws."""
        return self._uniform() < ratio

    def between(self, low: int, high: int) -> int:
        """An integer in [low, high]."""
        return low + int(self._uniform() * (high - low + 1))

    def exponential(self, mean: float) -> float:
        """A waiting time without memory."""
        return -mean * log(1 - self._uniform())

    def normal(self) -> float:
        """A standard normal number (Marsaglia's polar method)."""
        while True:
            x, y = 2 * self._uniform() - 1, 2 * self._uniform() - 1
            square = x * x + y * y
            if 0 < square < 1:
                return x * math.sqrt(-2 * log(square) / square)

    def lognormal(self, median: float, sigma: float) -> float:
        """A positive number, half of them under `median`; `sigma` is the spread of its logarithm."""
        return median * exp(sigma * self.normal())

    def factor(self, cv: float) -> float:
        """A lognormal factor with mean 1 and coefficient of variation `cv`; exactly 1 for 0."""
        if not cv:
            return 1.0
        variance = log(1 + cv * cv)
        return exp(math.sqrt(variance) * self.normal() - variance / 2)

    def gamma(self, shape: float, scale: float) -> float:
        """A gamma number with mean shape x scale (Marsaglia and Tsang 2000; below shape 1 with their boost)."""
        if shape < 1:
            boost = exp(log(1 - self._uniform()) / shape) if shape > 1e-3 else 0.0
            return self.gamma(shape + 1, scale) * boost
        d = shape - 1 / 3
        c = 1 / math.sqrt(9 * d)
        while True:
            x = self.normal()
            v = 1 + c * x
            if v <= 0:
                continue
            v = v * v * v
            if log(1 - self._uniform()) < 0.5 * x * x + d - d * v + d * log(v):
                return d * v * scale

    def gamma_factor(self, cv: float) -> float:
        """A gamma factor with mean 1 and coefficient of variation `cv`; exactly 1 for 0."""
        return self.gamma(1 / (cv * cv), cv * cv) if cv else 1.0

    def weibull(self, shape: float, scale: float) -> float:
        """A Weibull number: scale x E ** (1 / shape) with E exponential of mean 1."""
        drawn = self.exponential(1.0)
        return scale * exp(log(drawn) / shape) if drawn > 0 else 0.0
