"""Values of figures as people write them in a test: `61 %`, `75s`, `5`.

A figure is cut to as many places as were typed, as everywhere a person reads it.
"""

from __future__ import annotations

import math
import re

from floorwatch.alerts.figures import Unit
from floorwatch.config.values import duration_ms

_NUMBER = re.compile(r"(-?)(\d+)(?:\.(\d+))?\s*(%?)")


def is_value(typed: str, value: float | None, unit: Unit) -> bool:
    """Whether the value of a figure of this unit is what was typed. ValueError for what is no such value."""
    if unit == "ms":
        meant = duration_ms(typed.removeprefix("-"))
        step = 1_000 if meant % 1_000 == 0 else 1
        return value is not None and abs(int(value)) // step == meant // step and (value < 0) == typed.startswith("-")
    match = _NUMBER.fullmatch(typed.strip())
    if match is None or (match[4] and unit != "ratio"):
        raise ValueError(f"must be {'a ratio such as 61 % or 0.61' if unit == 'ratio' else 'a number such as 5'}")
    if value is None:
        return False
    sign, whole, decimals, percent = match.groups(default="")
    scale = 10 ** len(decimals) * (100 if percent else 1)
    shown = math.floor(abs(value) * scale + 1e-6)  # undoes binary fractions such as 0.29 * 100 = 28.999…
    return shown == int(whole + decimals) and (value < 0) == bool(sign)


def shown(value: float | None, unit: Unit) -> str:
    """A value as it would be typed."""
    if value is None:
        return "unknown"
    if unit == "ratio":
        return f"{math.floor(value * 1000 + 1e-6) / 10:g} %"
    return f"{value / 1000:.10g}s" if unit == "ms" else f"{value:g}"
