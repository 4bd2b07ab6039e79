"""Limits of rules as people type them: `80 %`, `90s`, `10`, `target - 5 points`, `3T`, `max(60s, 3T)`.

A limit is read in two steps: what it says, when the file is read; whether it fits its figure, when the figure is known
(a rule that changes a built-in one takes the figure from there). `90s` for a ratio is refused in the second.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import BeforeValidator

from floorwatch.config.values import duration_ms
from floorwatch.floor.rules import RANKS, Limit, Severity
from floorwatch.nearest import did_you_mean

Unit = Literal["ratio", "ms", "count"]
"""What a figure is measured in."""
Kind = Literal["percent", "points", "time", "number"]
"""What a number was typed as."""

EXAMPLES = "such as 80 %, 90s, 10, target - 5 points, 3T or max(60s, 3T)"
_NUMBER = r"\d+(?:\.\d+)?"
_OWN = re.compile(
    rf"(?P<factor>{_NUMBER})?\s*[x*×]?\s*(?P<own>target|T|threshold)(?:\s*(?P<sign>[-+−])\s*(?P<number>.+))?",
)
_MAX = re.compile(r"max\s*\(([^,()]+),([^,()]+)\)")
_OWNS: dict[str, Literal["target", "threshold"]] = {"target": "target", "T": "threshold", "threshold": "threshold"}


@dataclass(frozen=True, slots=True)
class Number:
    """A number and what it was typed as; `time` in milliseconds, `percent` and `points` as ratios."""

    value: float
    kind: Kind


@dataclass(frozen=True, slots=True)
class TypedLimit:
    """What a limit says, before it is known of which figure."""

    text: str
    number: Number | None
    of: Literal["", "target", "threshold"] = ""
    factor: float = 1.0
    least: Number | None = None

    def limit(self, figure: str, unit: Unit, *, is_of_queue: bool) -> Limit:
        """The limit of a figure of this unit. ValueError says why it does not fit, and what would."""
        own: Unit | None = {"": None, "target": "ratio", "threshold": "ms"}[self.of]
        if own not in (None, unit):
            raise ValueError(f"'{self.text}' is {_SAID[own]}, and {figure} is {_SAID[unit]}, {_SUCH_AS[unit]}")
        if own is not None and not is_of_queue:
            raise ValueError(f"only a queue has a target and a threshold T: {figure} needs {_PLAIN[unit]}")
        number = 0.0 if self.number is None else self._in_unit(self.number, figure, unit, is_added=own is not None)
        if self.least is None:
            return Limit(number, self.of, self.factor)
        return Limit(number, self.of, self.factor, self._in_unit(self.least, figure, unit))

    def _in_unit(self, number: Number, figure: str, unit: Unit, *, is_added: bool = False) -> float:
        fits: dict[Unit, tuple[Kind, ...]] = {
            "ratio": ("points",) if is_added else ("percent", "number"),
            "ms": ("time", "number"),
            "count": ("number",),
        }
        if number.kind not in fits[unit]:
            if is_added and unit == "ratio":
                raise ValueError(f"'{self.text}': what is added to the target is said in points: target - 5 points")
            raise ValueError(f"'{self.text}' is {_TYPED[number.kind]}, and {figure} is {_SAID[unit]}, {_SUCH_AS[unit]}")
        if unit == "ms" and number.kind == "number":
            return number.value * 1000  # a bare number is seconds, as everywhere in the file
        if unit == "ratio" and not is_added and number.value > 1:
            meant = f"; did you mean {number.value:g} %?" if number.value <= 100 and number.kind == "number" else ""
            raise ValueError(f"'{self.text}': a ratio is at most 1, or 100 %{meant}")
        return number.value


_SAID: Mapping[Unit | None, str] = {"ratio": "a ratio", "ms": "a time", "count": "a number"}
_TYPED: Mapping[Kind, str] = {
    "percent": "a ratio",
    "points": "a difference of ratios",
    "time": "a time",
    "number": "a number",
}
_PLAIN: Mapping[Unit, str] = {"ratio": "a ratio such as 80 %", "ms": "a time such as 90s", "count": "a number"}
_SUCH_AS: Mapping[Unit, str] = {
    "ratio": "such as 80 % or target - 5 points",
    "ms": "such as 90s or 3T",
    "count": "such as 3",
}


def typed_limit(typed: object) -> TypedLimit:
    """What was typed, taken apart. ValueError when it says nothing."""
    text = str(typed).strip()
    if isinstance(typed, dict | list) or not text:
        raise ValueError(f"must be a limit {EXAMPLES}")
    if match := _MAX.fullmatch(text):
        first, second = (_part(text, part.strip()) for part in match.groups())
        if first.of and second.of:
            raise ValueError("max() takes the greater of something plain and something of the queue, as max(60s, 3T)")
        plain, other = (second, first) if first.of else (first, second)
        return TypedLimit(text, other.number, other.of, other.factor, plain.number)
    return _part(text, text)


def _part(text: str, part: str) -> TypedLimit:
    if match := _OWN.fullmatch(part):
        number = None
        if match["number"]:
            read = _number(match["number"])
            number = Number(read.value if match["sign"] == "+" else -read.value, read.kind)
        return TypedLimit(text, number, _OWNS[match["own"]], float(match["factor"] or 1))
    return TypedLimit(text, _number(part))


def _number(part: str) -> Number:
    if match := re.fullmatch(rf"({_NUMBER})\s*(%|points?|)", part.strip()):
        value = Decimal(match[1])
        if match[2] == "%":
            return Number(float(value / 100), "percent")
        return Number(float(value / 100), "points") if match[2] else Number(float(value), "number")
    try:
        return Number(duration_ms(part), "time")
    except ValueError:
        raise ValueError(f"must be a limit {EXAMPLES}") from None


@dataclass(frozen=True, slots=True)
class TypedLevels:
    """One limit, or one for each severity. The severity of the only one stands elsewhere: `severity:`."""

    only: TypedLimit | None = None
    by_severity: tuple[tuple[Severity, TypedLimit], ...] = ()

    def limits(self) -> tuple[TypedLimit, ...]:
        """Every limit, of rising severity."""
        return (self.only,) if self.only is not None else tuple(limit for _, limit in self.by_severity)


def typed_levels(typed: object) -> TypedLevels:
    """`80 %`, or `{warning: target, critical: target - 20 points}`. ValueError says what is wrong with it."""
    if not isinstance(typed, dict):
        return TypedLevels(only=typed_limit(typed))
    if not typed:
        raise ValueError(f"must be a limit {EXAMPLES}, or one for each severity: {{warning: …, critical: …}}")
    for word in typed:
        if word not in RANKS:
            hint = did_you_mean(str(word), RANKS, f"there are: {', '.join(RANKS)}")
            raise ValueError(f"there is no severity '{word}'; {hint}")
    found = []
    for severity in RANKS:
        if severity in typed:
            try:
                found.append((severity, typed_limit(typed[severity])))
            except ValueError as wrong:
                raise ValueError(f"{severity}: {wrong}") from None
    return TypedLevels(by_severity=tuple(found))


LimitTyped = Annotated[TypedLimit, BeforeValidator(typed_limit)]
LevelsTyped = Annotated[TypedLevels, BeforeValidator(typed_levels)]
