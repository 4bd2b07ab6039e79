"""How long customers wait before they leave, as laws. Times in seconds.

A law says G(x) = P(patience <= x), its upper tail, and H(x) = E[min(patience, x)], the integral of the tail: the three
building blocks of M/M/n+G. `breaks` are the waits at which one of them has a kink.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import exp, expm1, gamma, isclose, log
from typing import Protocol

from floorwatch.metrics.staffing.special import gamma_shares, normal_above


class PatienceLaw(Protocol):
    """A law of patience."""

    @property
    def mean_s(self) -> float:
        """Mean patience."""

    @property
    def breaks(self) -> tuple[float, ...]:
        """Waits at which the law is not smooth."""

    def above(self, wait_s: float) -> float:
        """P(patience > wait)."""

    def below(self, wait_s: float) -> float:
        """P(patience <= wait), exact where it is small."""

    def least(self, wait_s: float) -> float:
        """H(wait) = E[min(patience, wait)]."""


@dataclass(frozen=True, slots=True)
class Constant:
    """Everybody leaves after exactly so long."""

    mean_s: float

    @property
    def breaks(self) -> tuple[float, ...]:
        """Where all leave."""
        return (self.mean_s,)

    def above(self, wait_s: float) -> float:
        """One, then nothing."""
        return float(wait_s < self.mean_s)

    def below(self, wait_s: float) -> float:
        """Nothing, then one."""
        return float(wait_s >= self.mean_s)

    def least(self, wait_s: float) -> float:
        """The smaller of the two."""
        return min(wait_s, self.mean_s)


@dataclass(frozen=True, slots=True)
class Exponential:
    """Leaving at a constant rate: Erlang A."""

    mean_s: float

    @property
    def breaks(self) -> tuple[float, ...]:
        """Smooth."""
        return ()

    def above(self, wait_s: float) -> float:
        """The tail."""
        return exp(-wait_s / self.mean_s)

    def below(self, wait_s: float) -> float:
        """The law."""
        return -expm1(-wait_s / self.mean_s)

    def least(self, wait_s: float) -> float:
        """E[min]."""
        return self.mean_s * self.below(wait_s)


@dataclass(frozen=True, slots=True)
class Uniform:
    """Between two waits."""

    low_s: float
    high_s: float

    @property
    def mean_s(self) -> float:
        """The middle."""
        return (self.low_s + self.high_s) / 2

    @property
    def breaks(self) -> tuple[float, ...]:
        """Both ends."""
        return (self.low_s, self.high_s)

    def above(self, wait_s: float) -> float:
        """The tail."""
        return 1 - self.below(wait_s)

    def below(self, wait_s: float) -> float:
        """The law."""
        return min(1.0, max(0.0, (wait_s - self.low_s) / (self.high_s - self.low_s)))

    def least(self, wait_s: float) -> float:
        """E[min]: the wait, less the triangle of those who left."""
        inside = min(wait_s, self.high_s)
        return inside - max(0.0, inside - self.low_s) ** 2 / (2 * (self.high_s - self.low_s))


@dataclass(frozen=True, slots=True)
class Weibull:
    """P(patience > x) = exp(-(x / scale)^shape)."""

    shape: float
    scale_s: float

    @property
    def mean_s(self) -> float:
        """scale Gamma(1 + 1 / shape)."""
        return self.scale_s * gamma(1 + 1 / self.shape)

    @property
    def breaks(self) -> tuple[float, ...]:
        """Smooth but at 0."""
        return ()

    def _power(self, wait_s: float) -> float:
        return float((wait_s / self.scale_s) ** self.shape)

    def above(self, wait_s: float) -> float:
        """The tail."""
        return exp(-self._power(wait_s))

    def below(self, wait_s: float) -> float:
        """The law."""
        return -expm1(-self._power(wait_s))

    def least(self, wait_s: float) -> float:
        """E[min], an incomplete gamma function."""
        return self.mean_s * gamma_shares(1 / self.shape, self._power(wait_s))[0]


@dataclass(frozen=True, slots=True)
class Gamma:
    """Shape and scale; an Erlang law where the shape is whole."""

    shape: float
    scale_s: float

    @property
    def mean_s(self) -> float:
        """shape times scale."""
        return self.shape * self.scale_s

    @property
    def breaks(self) -> tuple[float, ...]:
        """Smooth but at 0."""
        return ()

    def above(self, wait_s: float) -> float:
        """The tail."""
        return gamma_shares(self.shape, wait_s / self.scale_s)[1]

    def below(self, wait_s: float) -> float:
        """The law."""
        return gamma_shares(self.shape, wait_s / self.scale_s)[0]

    def least(self, wait_s: float) -> float:
        """E[min]: those who stay, and the mean of those who left."""
        left = self.mean_s * gamma_shares(self.shape + 1, wait_s / self.scale_s)[0]
        return wait_s * self.above(wait_s) + left


@dataclass(frozen=True, slots=True)
class Lognormal:
    """The logarithm of patience, in seconds, is normal."""

    mu: float
    sigma: float

    @property
    def mean_s(self) -> float:
        """exp(mu + sigma^2 / 2)."""
        return exp(self.mu + self.sigma**2 / 2)

    @property
    def breaks(self) -> tuple[float, ...]:
        """Smooth."""
        return ()

    def _standard(self, wait_s: float) -> float:
        return (log(wait_s) - self.mu) / self.sigma if wait_s > 0 else float("-inf")

    def above(self, wait_s: float) -> float:
        """The tail."""
        return normal_above(self._standard(wait_s))

    def below(self, wait_s: float) -> float:
        """The law."""
        return normal_above(-self._standard(wait_s))

    def least(self, wait_s: float) -> float:
        """E[min]: those who stay, and the mean of those who left."""
        return wait_s * self.above(wait_s) + self.mean_s * normal_above(self.sigma - self._standard(wait_s))


@dataclass(frozen=True, slots=True)
class Mixed:
    """Customers of several kinds, each a share of all."""

    shares: tuple[float, ...]
    of: tuple[PatienceLaw, ...]

    def _mean(self, figure: Callable[[PatienceLaw], float]) -> float:
        return sum(share * figure(law) for share, law in zip(self.shares, self.of, strict=True))

    @property
    def mean_s(self) -> float:
        """The mean of means."""
        return self._mean(lambda law: law.mean_s)

    @property
    def breaks(self) -> tuple[float, ...]:
        """Of every kind."""
        return tuple(wait for law in self.of for wait in law.breaks)

    def above(self, wait_s: float) -> float:
        """The tail."""
        return self._mean(lambda law: law.above(wait_s))

    def below(self, wait_s: float) -> float:
        """The law."""
        return self._mean(lambda law: law.below(wait_s))

    def least(self, wait_s: float) -> float:
        """E[min]."""
        return self._mean(lambda law: law.least(wait_s))


NAMES = "deterministic exponential uniform weibull gamma erlang lognormal hyperexp2 exp_with_balk".split()
"""Laws by the names of the reference cases."""

_MEAN_WITHIN = 1e-6


def named_law(name: str, numbers: Sequence[float], mean_s: float | None = None) -> PatienceLaw:
    """The law of a name and its parameters (seconds, shares). ValueError says which parameters a name takes.

    Where usage knows two ways to write the parameters, the stated mean decides; it must agree with the law at all.
    """
    readings = _readings(name, list(numbers))
    for law in readings:
        if mean_s is None or isclose(law.mean_s, mean_s, rel_tol=_MEAN_WITHIN):
            return law
    typed = " ".join(map(str, numbers))
    raise ValueError(f"patience '{name}' of {typed} has a mean of {readings[0].mean_s:.9g} s, not {mean_s:.9g} s")


def _readings(name: str, numbers: list[float]) -> list[PatienceLaw]:
    if not numbers or min(numbers) < 0:
        raise ValueError("patience needs its parameters, none below 0")
    try:
        laws = _laws(name, numbers)
    except ZeroDivisionError:
        laws = []
    if not laws:
        raise ValueError(f"patience '{name}' with {len(numbers)} parameters is not known; {PARAMETERS}")
    if not all(law.mean_s > 0 for law in laws):
        raise ValueError(f"patience '{name}' must have a mean above 0")
    return laws


PARAMETERS = (
    "deterministic WAIT, exponential MEAN, uniform HIGH or LOW HIGH, weibull SHAPE SCALE, gamma SHAPE SCALE, "
    "erlang SHAPE SCALE, lognormal MU SIGMA, hyperexp2 SHARE MEAN MEAN, exp_with_balk SHARE MEAN"
)
"""What each name takes, for error messages."""


def _laws(name: str, numbers: list[float]) -> list[PatienceLaw]:
    """Every reading of the parameters, the usual one first."""
    match name, numbers:
        case "deterministic", [wait]:
            return [Constant(wait)]
        case "exponential", [mean]:
            return [Exponential(mean)]
        case "uniform", [high]:
            return [Uniform(0.0, high)]
        case "uniform", [low, high] if low < high:
            return [Uniform(low, high)]
        case "weibull", [shape, scale] if min(shape, scale) > 0:
            return [Weibull(shape, scale)]
        case (("gamma" | "erlang"), [shape, second]) if min(shape, second) > 0:
            return [Gamma(shape, second), Gamma(shape, second / shape), Gamma(shape, 1 / second)]
        case "lognormal", [first, sigma] if min(first, sigma) > 0:
            return [Lognormal(first, sigma), Lognormal(log(first), sigma), Lognormal(log(first) - sigma**2 / 2, sigma)]
        case "hyperexp2", [share, one, other] if share <= 1:
            return [Mixed((share, 1 - share), (Exponential(one), Exponential(other)))]
        case "exp_with_balk", [share, mean] if share < 1:
            return [Mixed((share, 1 - share), (Constant(0.0), Exponential(mean)))]
    return []
