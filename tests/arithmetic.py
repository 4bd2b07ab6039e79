"""Reads the arithmetic that an explanation prints, and nothing else: whole and decimal numbers, + − /, brackets."""

from __future__ import annotations

import re
from fractions import Fraction


def value_of(written: str) -> Fraction | None:
    """The exact value; None when something is divided by nothing."""
    tokens = re.findall(r"\d+\.\d+|\d+|[()+−/]", written)
    assert "".join(tokens) == written.replace(" ", ""), f"not arithmetic: {written}"
    above, bar, below = written.partition(" / ")
    over = _sum(above)
    if not bar:
        return over
    return over / _sum(below) if _sum(below) else None


def _sum(written: str) -> Fraction:
    inner = written.removeprefix("(").removesuffix(")")
    return sum(
        (Fraction(part.replace("−", "-").replace("+", "")) for part in re.sub(r" ([+−]) ", r" \1", inner).split()),
        Fraction(),
    )


def shown(value: Fraction, decimals: int) -> str:
    """The value cut to so many decimals, with dots where there is more of it: as a person would do it on paper."""
    scaled = value * 10**decimals
    cut = scaled.numerator // scaled.denominator
    text = _decimal(cut, decimals)
    return text + "…" if scaled.denominator != 1 else text.rstrip("0").rstrip(".") if "." in text else text


def _decimal(cut: int, decimals: int) -> str:
    digits = str(cut).zfill(decimals + 1)
    return f"{digits[:-decimals]}.{digits[-decimals:]}" if decimals else digits
