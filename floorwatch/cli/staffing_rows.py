"""A file of staffing cases, row by row: what cannot be used is refused with its column and the fix."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from math import isfinite
from pathlib import Path

from floorwatch.floor.settings import QueuePolicy
from floorwatch.metrics.staffing.equilibrium import Load
from floorwatch.metrics.staffing.required import AGENTS_MAX

_POLICY = QueuePolicy()
_THRESHOLD_S = _POLICY.threshold_ms / 1000
_SHORT_ABANDON_S = _POLICY.short_abandon_ms / 1000


class UnusableCasesError(Exception):
    """The file is not one of cases; the sentence says what is missing."""


class UnusableRowError(Exception):
    """A row cannot be used; the sentence names the column and the fix."""


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the file."""

    line: int
    typed: Mapping[str, str]

    def text(self, column: str) -> str:
        """What is typed; nothing where there is no such column."""
        return self.typed.get(column, "")

    def maybe(self, column: str) -> float | None:
        """A number not below 0, or nothing."""
        if not (typed := self.text(column)):
            return None
        try:
            number = float(typed)
        except ValueError:
            number = float("nan")
        if not isfinite(number) or number < 0:
            raise UnusableRowError(f"{column} is '{typed}': give a number not below 0, with a point for decimals")
        return number

    def number(self, column: str, meaning: str) -> float:
        """A number above 0 that must be there."""
        number = self.maybe(column)
        if not number:
            raise UnusableRowError(f"{column} is {'0' if number == 0 else 'empty'}: give {meaning}, above 0")
        return number

    def agents(self) -> int:
        """The whole number of agents."""
        number = self.number("agents", "the agents on the queue")
        if number != int(number) or number > AGENTS_MAX:
            raise UnusableRowError(f"agents is '{self.text('agents')}': give a whole number up to {AGENTS_MAX}")
        return int(number)

    def share(self, column: str) -> float | None:
        """A ratio, or nothing."""
        number = self.maybe(column)
        if number is not None and number > 1:
            raise UnusableRowError(f"{column} is {number:g}: give a share up to 1, such as 0.8 for 80 %")
        return number

    def load(self) -> Load:
        """Calls, interval and handling time."""
        return Load(
            self.number("calls", "the contacts that come in the interval"),
            self.number("interval_s", "the interval's length in seconds, such as 1800"),
            self.number("aht_s", "the mean handling time in seconds"),
        )

    def patience_s(self, column: str = "patience_mean_s") -> float | None:
        """Mean patience; nothing where nobody leaves: an empty cell, or inf."""
        if self.text(column).lower() in ("", "inf"):
            return None
        return self.number(column, "a mean patience in seconds")

    def threshold_s(self) -> float:
        """T; where none is given, our default of 20 s."""
        threshold = self.maybe("target_s")
        return _THRESHOLD_S if threshold is None else threshold

    def short_abandon_s(self) -> float:
        """S, never above T."""
        short = self.maybe("short_abandon_s")
        return min(_SHORT_ABANDON_S if short is None else short, self.threshold_s())


def read_rows(path: Path) -> tuple[list[str], list[Row], list[tuple[int, str]]]:
    """The columns, the rows, and the lines that are none, with the fix."""
    rows, refused = [], []
    with path.open(encoding="utf-8-sig", newline="") as file:
        lines = csv.reader(file)
        try:
            columns = [name.strip() for name in next(lines, [])]
            if len(set(columns)) < len(columns):
                raise UnusableCasesError(f"{path}: line 1: a column is named twice")
            for cells in lines:
                if len(cells) > len(columns):
                    refused.append(
                        (lines.line_num, f"has {len(cells)} cells under {len(columns)} columns: quote text with commas")
                    )
                elif any(cells):
                    padded = [*cells, *[""] * (len(columns) - len(cells))]
                    rows.append(Row(lines.line_num, dict(zip(columns, map(str.strip, padded), strict=True))))
        except (UnicodeDecodeError, csv.Error) as wrong:
            raise UnusableCasesError(f"{path}: line {lines.line_num + 1}: not CSV in UTF-8: {wrong}") from wrong
    return columns, rows, refused
