"""Reference cases: what a row of a file says of a queue, and the exact figures it gives.

Which of the three models a row is of, its columns tell: `patience` (a law by name) is M/M/n+G, `patience_mean_s`
M/M/n+M, neither M/M/n. Columns that are neither a parameter nor a figure (sources, remarks) are left alone.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from math import exp, inf, isfinite
from pathlib import Path

from pydantic import TypeAdapter

from simulators.laws import Law

MEAN_WITHIN = 1e-6
"""A patience as we understand its parameters must have the mean the file states, so close relatively."""

_LAW: TypeAdapter[Law] = TypeAdapter(Law)


class CaseError(Exception):
    """A file or a row that cannot be used; the sentence says which and why."""


@dataclass(frozen=True, slots=True)
class Case:
    """One queue in equilibrium. Rates are per second, times in seconds, as in the files."""

    name: str
    model: str
    arrival_rate: float
    handling_s: float
    agents: int
    target_s: float
    patience: Law
    exact: dict[str, float]
    """Column to value, every finite number of the row; parameters included."""

    @property
    def abandon_rate(self) -> float:
        """How fast one who waits gives up, on average (exact for M/M/n+M); 0 without abandons."""
        abandons, queue = self.exact.get("p_abandon", 0.0), self.exact.get("mean_queue", 0.0)
        return self.arrival_rate * abandons / queue if queue > 0 else 0.0

    @property
    def is_steady(self) -> bool:
        """Whether there is an equilibrium to be compared with."""
        return self.abandon_rate > 0 or self.arrival_rate * self.handling_s < self.agents

    @property
    def relaxation_s(self) -> float:
        """The time in which the queue forgets where it began: its slowest mode falls to 1/e, by an upper estimate."""
        arrival, service = self.arrival_rate, 1 / self.handling_s
        drift = ((self.agents * service) ** 0.5 - arrival**0.5) ** 2
        slowest = max(drift, self.abandon_rate)
        return max(self.handling_s, 1 / slowest if slowest else inf)


def read_cases(path: Path) -> list[Case]:
    """The cases of one file. Raises CaseError for what cannot be read or understood."""
    try:
        with path.open(encoding="utf-8", newline="") as file:
            return [_case(row) for row in csv.DictReader(file)]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise CaseError(f"{path}: {error}") from error
    except (KeyError, ValueError, IndexError) as error:
        raise CaseError(f"{path}: not a file of reference cases: {type(error).__name__} {error}") from error


def _case(row: dict[str, str]) -> Case:
    if "patience" in row:
        model, patience = "M/M/n+G", _patience(row["patience"], row["patience_params"], float(row["patience_mean_s"]))
    elif "patience_mean_s" in row:
        model, patience = "M/M/n+M", _law(law="exponential", mean=row["patience_mean_s"])
    else:
        model, patience = "M/M/n", _law(law="never")
    rate = float(row["calls"]) / float(row["interval_s"])
    exact = {column: number for column, typed in row.items() if (number := _number(typed)) is not None}
    case = Case(
        row["case_id"], model, rate, float(row["aht_s"]), int(row["agents"]), float(row["target_s"]), patience, exact
    )
    if min(case.arrival_rate, case.handling_s, case.agents) <= 0:
        raise ValueError(f"in {case.name}: calls, handling time and agents must be above 0")
    return case


def _number(typed: str | None) -> float | None:
    try:
        number = float(typed or "")
    except (TypeError, ValueError):
        return None
    return number if isfinite(number) else None


def _law(**typed: object) -> Law:
    return _LAW.validate_python(typed)


def _patience(name: str, typed: str, mean_s: float) -> Law:
    """The law of patience of a name and its parameters, in seconds."""
    numbers = [float(number) for number in typed.split()]
    law = _named(name, numbers)
    if law is None or not abs(law.mean_ms / 1000 - mean_s) <= MEAN_WITHIN * mean_s:
        raise ValueError(f"patience '{name}' with parameters '{typed}' and mean {mean_s} s is not understood")
    return law


def _named(name: str, numbers: list[float]) -> Law | None:
    match name, numbers:
        case "deterministic", [value]:
            return _law(law="constant", value=value)
        case "exponential", [mean]:
            return _law(law="exponential", mean=mean)
        case "uniform", [high]:
            return _law(law="uniform", high=high)
        case "uniform", [low, high]:
            return _law(law="uniform", low=low, high=high)
        case "weibull", [shape, scale]:
            return _law(law="weibull", shape=shape, scale=scale)
        case "gamma", [shape, scale]:
            return _law(law="gamma", shape=shape, mean=shape * scale)
        case "lognormal", [log_median, sigma]:
            return _law(law="lognormal", median=exp(log_median), sigma=sigma)
        case "hyperexp2", [share, one, other]:
            kinds = [{"law": "exponential", "mean": mean} for mean in (one, other)]
            return _law(law="mixed", weights=[share, 1 - share], of=kinds)
        case "exp_with_balk", [share, mean]:
            kinds = [{"law": "constant", "value": 0}, {"law": "exponential", "mean": mean}]
            return _law(law="mixed", weights=[share, 1 - share], of=kinds)
    return None
