"""Laws of chance as a profile names them: how long a customer is patient, how long a contact is handled.

Every law draws milliseconds. `mean_ms` is exact, so that a profile can be checked against queueing theory and its load
can be computed without a simulation; None where it has no closed form.
"""

from __future__ import annotations

import math
from functools import cached_property
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, model_validator

from floorwatch.config.values import Section, duration_ms
from simulators.chance import Chance, exp, log

FOREVER_MS = 10**13
"""Over three hundred years: a patience that never ends."""


def _span_ms(typed: object) -> float:
    """Milliseconds of `20s`, `1m30s`, or of a bare number of seconds, which may have any number of decimals."""
    try:
        seconds = float(str(typed))
    except ValueError:
        return float(duration_ms(typed))
    if not 0 <= seconds < math.inf:
        raise ValueError("must be a duration such as 20s, 1m30s, or a number of seconds")
    return seconds * 1000


def _share(typed: object) -> object:
    """A ratio of `0.3` or `30%`; what is neither is left for others to refuse."""
    text = str(typed).strip()
    try:
        return float(text.removesuffix("%")) / 100 if text.endswith("%") else typed
    except ValueError:
        return typed


SpanMs = Annotated[float, BeforeValidator(_span_ms)]
Weight = Annotated[float, Field(ge=0)]
Share = Annotated[float, BeforeValidator(_share), Field(ge=0, le=1)]
"""A ratio from 0 to 1, typed `0.3` or `30%`."""
Positive = Annotated[float, Field(gt=0)]


class Exponential(Section):
    """Without memory."""

    law: Literal["exponential"]
    mean_ms: SpanMs = Field(alias="mean")

    def draw(self, chance: Chance) -> float:
        """Milliseconds."""
        return chance.exponential(self.mean_ms)


class Constant(Section):
    """Always the same."""

    law: Literal["constant"]
    value_ms: SpanMs = Field(alias="value")

    @property
    def mean_ms(self) -> float:
        """The value."""
        return self.value_ms

    def draw(self, chance: Chance) -> float:
        """Milliseconds."""
        return self.value_ms


class Uniform(Section):
    """Anything between two values alike."""

    law: Literal["uniform"]
    low_ms: SpanMs = Field(0.0, alias="low")
    high_ms: SpanMs = Field(alias="high")

    @model_validator(mode="after")
    def _in_order(self) -> Uniform:
        if self.low_ms > self.high_ms:
            raise ValueError("'low' is above 'high'")
        return self

    @property
    def mean_ms(self) -> float:
        """The middle."""
        return (self.low_ms + self.high_ms) / 2

    def draw(self, chance: Chance) -> float:
        """Milliseconds."""
        return self.low_ms + (self.high_ms - self.low_ms) * chance.uniform()


class Lognormal(Section):
    """The usual one of handling times. `sigma` is the spread of the logarithm, `median` half of all are under."""

    law: Literal["lognormal"]
    median_ms: SpanMs = Field(alias="median")
    sigma: Positive
    above_ms: SpanMs = Field(0.0, alias="above")
    """Added to every draw: the shortest there is."""

    @property
    def mean_ms(self) -> float:
        """Above + median x e ** (sigma^2 / 2)."""
        return self.above_ms + self.median_ms * exp(self.sigma * self.sigma / 2)

    def draw(self, chance: Chance) -> float:
        """Milliseconds."""
        return self.above_ms + chance.lognormal(self.median_ms, self.sigma)


class Gamma(Section):
    """Handling times without the lognormal's long tail."""

    law: Literal["gamma"]
    shape: Positive
    mean_ms: SpanMs = Field(alias="mean")

    def draw(self, chance: Chance) -> float:
        """Milliseconds."""
        return chance.gamma(self.shape, self.mean_ms / self.shape)


class Weibull(Section):
    """Patience whose hazard falls (shape under 1) or rises."""

    law: Literal["weibull"]
    shape: Positive
    scale_ms: SpanMs = Field(alias="scale")

    @property
    def mean_ms(self) -> float:
        """Scale x Gamma(1 + 1 / shape)."""
        return self.scale_ms * math.gamma(1 + 1 / self.shape)

    def draw(self, chance: Chance) -> float:
        """Milliseconds."""
        return chance.weibull(self.shape, self.scale_ms)


class Never(Section):
    """It does not come to an end: patience without limit."""

    law: Literal["never"]

    @property
    def mean_ms(self) -> float:
        """As good as infinite."""
        return float(FOREVER_MS)

    def draw(self, chance: Chance) -> float:
        """Milliseconds."""
        return float(FOREVER_MS)


class Hazard(Section):
    """By the rate of giving up as it was measured: `per_second[i]` from `from_s[i]` to the next, the last for ever."""

    law: Literal["hazard"]
    from_s: tuple[Weight, ...] = Field(min_length=1)
    per_second: tuple[Weight, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _is_a_table(self) -> Hazard:
        if len(self.from_s) != len(self.per_second) or self.from_s[0] != 0 or sorted(self.from_s) != list(self.from_s):
            raise ValueError("needs as many rates as times, and the times from 0 upwards")
        return self

    @cached_property
    def _passed(self) -> tuple[float, ...]:
        """The hazard accumulated at each time."""
        passed = [0.0]
        for at in range(len(self.from_s) - 1):
            passed.append(passed[-1] + self.per_second[at] * (self.from_s[at + 1] - self.from_s[at]))
        return tuple(passed)

    def draw(self, chance: Chance) -> float:
        """Milliseconds."""
        left = chance.exponential(1.0)
        at = len(self._passed) - 1
        while self._passed[at] > left:
            at -= 1
        rate = self.per_second[at]
        return 1000 * (self.from_s[at] + (left - self._passed[at]) / rate) if rate else float(FOREVER_MS)

    @property
    def mean_ms(self) -> float:
        """The integral of the survival function."""
        total = 0.0
        for at, rate in enumerate(self.per_second):
            alive = exp(-self._passed[at])
            last = at + 1 == len(self.per_second)
            if not rate:
                if last:
                    return float(FOREVER_MS)
                total += alive * (self.from_s[at + 1] - self.from_s[at])
            else:
                total += (alive - (0.0 if last else exp(-self._passed[at + 1]))) / rate
        return total * 1000


class Announced(Section):
    """Patience as it is found: some hang up at once, some when an announcement comes, the others by `base`."""

    law: Literal["announced"]
    base: Law
    at_once: Share = 0.04
    """Hang up within `at_once_within`, most of them early."""
    at_once_within_ms: SpanMs = Field(20_000.0, alias="at_once_within")
    at_announcement: Share = 0.12
    every_ms: SpanMs = Field(26_000.0, alias="every")
    """Between announcements."""

    @model_validator(mode="after")
    def _leaves_a_rest(self) -> Announced:
        if self.at_once + self.at_announcement > 1:
            raise ValueError("at_once and at_announcement must not be more than 1 together")
        return self

    @property
    def mean_ms(self) -> float:
        """Of all three kinds together, within a few parts in a hundred."""
        others = 1 - self.at_once - self.at_announcement
        announcement_ms = 2.5 * self.every_ms + 2_000
        return (
            self.at_once * self.at_once_within_ms / 3
            + self.at_announcement * announcement_ms
            + (others * self.base.mean_ms)
        )

    def draw(self, chance: Chance) -> float:
        """Milliseconds."""
        mood = chance.uniform()
        if mood < self.at_once:
            drawn = chance.uniform()
            return 1_000 + self.at_once_within_ms * (drawn * drawn)  # a power is the C library's, and may differ
        if mood < self.at_once + self.at_announcement:
            heard = 1 + min(int(chance.exponential(2.0)), 9)
            return heard * self.every_ms + 500 + chance.exponential(1_500)
        return self.base.draw(chance)


class Mixed(Section):
    """One of several laws, by their weights: very short contacts, customers who give up at once."""

    law: Literal["mixed"]
    weights: tuple[Weight, ...] = Field(min_length=1)
    of: tuple[Law, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _is_a_table(self) -> Mixed:
        if len(self.weights) != len(self.of) or not sum(self.weights) > 0:
            raise ValueError("needs as many weights as laws, and a weight above 0")
        return self

    @property
    def mean_ms(self) -> float:
        """The weighted mean."""
        total = sum(self.weights)
        return sum(weight * law.mean_ms for weight, law in zip(self.weights, self.of, strict=True)) / total

    def draw(self, chance: Chance) -> float:
        """Milliseconds."""
        left = chance.uniform() * math.fsum(self.weights)  # `sum` adds up otherwise in newer Pythons
        for weight, law in zip(self.weights, self.of, strict=True):
            left -= weight
            if left < 0:
                return law.draw(chance)
        return self.of[-1].draw(chance)


Law = Annotated[
    Exponential | Constant | Uniform | Lognormal | Gamma | Weibull | Never | Hazard | Announced | Mixed,
    Field(discriminator="law"),
]
Announced.model_rebuild()
Mixed.model_rebuild()


def lognormal_of(mean_ms: float, cv: float) -> Lognormal:
    """The lognormal law with this mean and coefficient of variation."""
    variance = log(1 + cv * cv)
    return Lognormal(law="lognormal", median=mean_ms / 1000 * exp(-variance / 2), sigma=math.sqrt(variance))
