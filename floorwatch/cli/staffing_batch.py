"""`floorwatch staffing --batch`: a file of cases in, every figure of every case out, in the columns' own names.

What a file is of, its columns say; they are those of the reference cases (docs/staffing.md). A row that cannot be used
is refused by its line, with the fix; the others are answered all the same.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from operator import attrgetter
from pathlib import Path
from typing import TextIO

from floorwatch.cli.staffing_rows import Row, UnusableCasesError, UnusableRowError, read_rows
from floorwatch.floor.settings import Formula
from floorwatch.metrics.service_level import FORMULAS
from floorwatch.metrics.staffing.equilibrium import Equilibrium, Load
from floorwatch.metrics.staffing.erlang_a import ErlangA
from floorwatch.metrics.staffing.erlang_c import ErlangC
from floorwatch.metrics.staffing.general import GeneralPatience
from floorwatch.metrics.staffing.patience_laws import named_law
from floorwatch.metrics.staffing.required import (
    Limits,
    queue_of,
    required_agents,
    scheduled_agents,
)
from floorwatch.metrics.staffing.square_root import beta_of, garnett, halfin_whitt, square_root_agents
from floorwatch.metrics.staffing.time_varying import course_of_day
from floorwatch.metrics.staffing.transient import Rates

Figure = float | int | str | None
Answer = dict[str, Figure]

SERVICE_LEVELS: dict[str, Formula] = {
    "sl_served_over_offered": "abandons_missed",
    "sl_excl_short_abandons": "abandons_ignored",
    "sl_over_answered": "answered_only",
    "sl_abandons_in_T_count_good": "abandons_met",
}
"""The reference cases' names of service levels, and ours."""

_QUARTER_S = 900.0


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of file: its figures, and how its rows are answered."""

    figures: tuple[str, ...]
    answers: Callable[[Sequence[Row]], Iterator[Answer | UnusableRowError]]
    """One per row, in their order."""


def answered(path: Path, out: TextIO) -> list[str]:
    """Answer every case of the file as CSV; returns what was refused, a sentence per line of the file.

    Raises UnusableCasesError for a file that is none, OSError for one that cannot be read.
    """
    columns, rows, refused = read_rows(path)
    kind = kind_of(columns)
    heading = [*columns, *(figure for figure in kind.figures if figure not in columns)]
    table = csv.DictWriter(out, heading, lineterminator="\n")
    table.writeheader()
    for row, answer in zip(rows, kind.answers(rows), strict=True):
        if isinstance(answer, UnusableRowError):
            refused.append((row.line, str(answer)))
        else:
            table.writerow({**row.typed, **{column: _written(figure) for column, figure in answer.items()}})
    return [f"line {line}: {why}" for line, why in sorted(refused)]


def _written(figure: Figure) -> str:
    return "" if figure is None else str(figure)


def kind_of(columns: Iterable[str]) -> Kind:
    """What a file is of. Raises UnusableCasesError where its columns are those of no kind."""
    named = set(columns)
    for recognised, kind in _KINDS:
        if recognised(named):
            return kind
    raise UnusableCasesError(
        "these columns are of no kind of case: give calls, interval_s, aht_s and either agents (with patience_mean_s, "
        "or patience and patience_params, where customers leave) or a limit such as sl_target (docs/staffing.md)"
    )


def _each(answer: Callable[[Row], Answer]) -> Callable[[Sequence[Row]], Iterator[Answer | UnusableRowError]]:
    """Row by row."""

    def answers(rows: Sequence[Row]) -> Iterator[Answer | UnusableRowError]:
        for row in rows:
            try:
                yield answer(row)
            except UnusableRowError as wrong:
                yield wrong
            except ValueError as wrong:
                yield UnusableRowError(str(wrong))

    return answers


def _erlang_c(row: Row) -> Answer:
    queue = ErlangC(row.load(), row.agents())
    return {
        "offered_erlangs": queue.load.offered,
        "p_wait": queue.p_wait,
        "sl": queue.within(row.threshold_s()).answered,
        "asa_s": queue.mean_wait_answered_s,
        "mean_wait_if_delayed_s": queue.mean_wait_if_delayed_s,
        "p90_wait_s": queue.wait_quantile_s(0.9),
        "occupancy": queue.occupancy,
        "mean_queue": queue.mean_queue,
    }


def _impatient(queue: Equilibrium, threshold_s: float) -> Answer:
    at_threshold = queue.within(threshold_s)
    return {
        "offered_erlangs": queue.load.offered,
        "p_wait": queue.p_wait,
        "p_abandon": queue.p_abandon,
        "mean_wait_all_s": queue.mean_wait_all_s,
        "mean_wait_served_s": queue.mean_wait_answered_s,
        "mean_wait_abandoned_s": queue.mean_wait_abandoned_s,
        "mean_queue": queue.mean_queue,
        "occupancy": queue.occupancy,
        "p_wait_gt_T": at_threshold.waiting,
        "p_abandon_within_T": at_threshold.abandoned,
        **{column: queue.service_level(formula, threshold_s) for column, formula in SERVICE_LEVELS.items()},
    }


def _erlang_a(row: Row) -> Answer:
    return _impatient(queue_of(row.load(), row.agents(), row.patience_s()), row.threshold_s())


def _any_patience(row: Row) -> Answer:
    try:
        numbers = [float(number) for number in row.text("patience_params").split()]
    except ValueError:
        raise UnusableRowError("patience_params: give numbers with a space between, such as '0.5 120'") from None
    law = named_law(row.text("patience"), numbers, row.patience_s())
    queue = GeneralPatience(row.load(), row.agents(), law)
    return {"patience_mean_s": law.mean_s, **_impatient(queue, row.threshold_s())}


def _formula(row: Row) -> Formula:
    named = row.text("sl_definition") or "sl_served_over_offered"
    for formula in FORMULAS:
        if formula in (named, SERVICE_LEVELS.get(named)):
            return formula
    raise UnusableRowError(f"sl_definition is '{named}': give one of {', '.join([*SERVICE_LEVELS, *FORMULAS])}")


def _patience_of_model(row: Row) -> float | None:
    match row.text("model"):
        case "erlang_c":
            return None
        case "erlang_a":
            return row.number("patience_mean_s", "the mean patience in seconds, or the model erlang_c")
        case "":
            return row.patience_s()
        case other:
            raise UnusableRowError(f"model is '{other}': give erlang_a or erlang_c")


def _staffing(row: Row) -> Answer:
    limits = Limits(
        target=row.share("sl_target"),
        formula=_formula(row),
        threshold_s=row.threshold_s(),
        short_abandon_s=row.short_abandon_s(),
        asa_s_max=row.maybe("asa_target_s"),
        p_wait_max=row.share("pwait_max"),
        p_abandon_max=row.share("abandon_max"),
        occupancy_max=row.share("occupancy_max"),
    )
    if limits.asks_nothing:
        raise UnusableRowError(
            "asks for nothing: give sl_target (0.8), asa_target_s, pwait_max, abandon_max or occupancy_max"
        )
    load, patience_s, shrinkage = row.load(), _patience_of_model(row), row.share("shrinkage") or 0.0
    agents = required_agents(load, patience_s, limits)
    if agents is None:
        raise UnusableRowError("no number of agents keeps these limits: a target must be under 1, a limit above 0")
    queue = queue_of(load, agents, patience_s)
    return {
        "agents_required": agents,
        "agents_with_shrinkage_ceil": scheduled_agents(agents, shrinkage),
        "sl_at_n": queue.service_level(limits.formula, limits.threshold_s, limits.short_abandon_s),
        "p_abandon_at_n": queue.p_abandon,
        "occupancy_at_n": queue.occupancy,
        "asa_at_n_s": queue.mean_wait_answered_s,
    }


def _square_root(row: Row) -> Answer:
    offered = row.number("offered", "the load in erlangs")
    if row.text("agents"):
        agents = row.agents()
    elif typed := row.text("beta_target"):
        try:
            agents = square_root_agents(offered, float(typed))
        except (ValueError, OverflowError):
            raise UnusableRowError(f"beta_target is '{typed}': give a number such as 0.5 or -1") from None
    else:
        raise UnusableRowError("agents and beta_target are empty: give one of them")
    if agents < 1:
        raise UnusableRowError(f"beta_target leaves {agents} agents on {offered:g} erlangs: give a larger one")
    beta, load = beta_of(offered, agents), Load(offered, 1.0, 1.0)
    if row.text("kind").startswith("erlang_a") or (row.text("mu_over_theta") and not row.text("kind")):
        patience = row.number("mu_over_theta", "mean patience over mean handling time")
        approximate, exact = garnett(beta, patience), ErlangA(load, agents, patience).p_wait
    elif row.text("kind").startswith("erlang_c") or not row.text("kind"):
        approximate, exact = halfin_whitt(beta), ErlangC(load, agents).p_wait
    else:
        raise UnusableRowError(f"kind is '{row.text('kind')}': give erlang_c_halfin_whitt or erlang_a_garnett")
    return {"agents": agents, "beta_actual": beta, "approx_p_wait": approximate, "exact_p_wait": exact}


_COURSE = {
    "expected_abandons": attrgetter("abandons"),
    "expected_service_completions": attrgetter("completions"),
    "mean_queue": attrgetter("mean_queue"),
    "mean_busy": attrgetter("mean_busy"),
    "occupancy": attrgetter("occupancy"),
    "p_wait_arrival_avg": attrgetter("p_wait"),
    "mean_queue_at_end": attrgetter("queue_at_end"),
}


def _time_varying(rows: Sequence[Row]) -> Iterator[Answer | UnusableRowError]:
    """A case is a day: its rows, in the order of their intervals, follow each other without a break."""
    answers: dict[int, Answer | UnusableRowError] = {}
    for case in dict.fromkeys(row.text("case") for row in rows):
        own = [row for row in rows if row.text("case") == case]
        try:
            numbered = sorted(((_number_of_interval(row), _rates(row), row) for row in own), key=lambda one: one[0])
            for (one, _, _), (other, _, row) in pairwise(numbered):
                if other != one + 1:
                    raise UnusableRowError(
                        f"interval {other} of case '{case}' follows {one} (line {row.line}): intervals run on by 1"
                    )
            course = course_of_day([rates for _, rates, _ in numbered], _QUARTER_S)
            for (_, _, row), interval in zip(numbered, course, strict=True):
                answers[row.line] = {column: figure(interval) for column, figure in _COURSE.items()}
        except UnusableRowError as wrong:
            # One bad interval spoils its day: what comes after it depends on it.
            answers.update((row.line, UnusableRowError(f"case '{case}': {wrong}")) for row in own)
    return (answers[row.line] for row in rows)


def _number_of_interval(row: Row) -> int:
    number = row.maybe("interval")
    if number is None or number != int(number):
        raise UnusableRowError(f"line {row.line}: interval is '{row.text('interval')}': give its number, 0, 1, 2, …")
    return int(number)


def _rates(row: Row) -> Rates:
    arrivals = row.maybe("lambda_per_15min")
    if arrivals is None:
        raise UnusableRowError(f"line {row.line}: lambda_per_15min is empty: give the contacts expected in 15 minutes")
    patience_s = row.patience_s("patience_s")
    return Rates(
        arrivals / _QUARTER_S,
        1 / row.number("aht_s", "the mean handling time in seconds"),
        1 / patience_s if patience_s else 0.0,
        row.agents(),
    )


_IMPATIENT = (
    "offered_erlangs p_wait p_abandon mean_wait_all_s mean_wait_served_s mean_wait_abandoned_s mean_queue occupancy "
    "p_wait_gt_T sl_served_over_offered p_abandon_within_T sl_excl_short_abandons sl_over_answered "
    "sl_abandons_in_T_count_good"
).split()
_PATIENT = "offered_erlangs p_wait sl asa_s mean_wait_if_delayed_s p90_wait_s occupancy mean_queue".split()
_REQUIRED = "agents_required agents_with_shrinkage_ceil sl_at_n p_abandon_at_n occupancy_at_n asa_at_n_s".split()
_LIMITS = {"sl_target", "asa_target_s", "pwait_max", "abandon_max", "occupancy_max"}

_KINDS: tuple[tuple[Callable[[set[str]], bool], Kind], ...] = (
    (lambda named: "lambda_per_15min" in named, Kind(tuple(_COURSE), _time_varying)),
    (
        lambda named: "offered" in named and bool(named & {"agents", "beta_target"}),
        Kind(("agents", "beta_actual", "approx_p_wait", "exact_p_wait"), _each(_square_root)),
    ),
    (
        lambda named: {"calls", "agents", "patience", "patience_params"} <= named,
        Kind(("patience_mean_s", *_IMPATIENT), _each(_any_patience)),
    ),
    (lambda named: {"calls", "agents", "patience_mean_s"} <= named, Kind(tuple(_IMPATIENT), _each(_erlang_a))),
    (lambda named: {"calls", "agents"} <= named, Kind(tuple(_PATIENT), _each(_erlang_c))),
    (lambda named: "calls" in named and bool(named & _LIMITS), Kind(tuple(_REQUIRED), _each(_staffing))),
)
