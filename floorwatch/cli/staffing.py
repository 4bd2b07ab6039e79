"""`floorwatch staffing`: how many agents a load needs, and what a number of agents makes of it."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from floorwatch.cli.sentences import explained, stop

if TYPE_CHECKING:
    from floorwatch.cli.staffing_text import Question
    from floorwatch.floor.settings import Formula
    from floorwatch.metrics.staffing.required import Limits

Typed = TypeVar("Typed")


def staffing(
    calls: Annotated[float | None, typer.Option(metavar="N", help="Contacts that come in the interval.")] = None,
    interval: Annotated[str, typer.Option(metavar="TIME", help="The interval: 15m, 30m, 1h.")] = "30m",
    aht: Annotated[str | None, typer.Option(metavar="TIME", help="Mean handling time: 3m, 184s.")] = None,
    threshold: Annotated[str, typer.Option(metavar="TIME", help="T: answered by then is a hit.")] = "20s",
    patience: Annotated[
        str | None, typer.Option(metavar="TIME", help="Mean patience: Erlang A; without it Erlang C.")
    ] = None,
    agents: Annotated[int | None, typer.Option(metavar="N", help="What do so many agents make of it?")] = None,
    target: Annotated[str | None, typer.Option(metavar="RATIO", help="How many agents reach it? 0.8 or 80%.")] = None,
    formula: Annotated[str, typer.Option(help="Formula of the service level.")] = "short_abandons_excluded",
    short_abandon: Annotated[str, typer.Option(metavar="TIME", help="S: a short abandon, up to T.")] = "5s",
    shrinkage: Annotated[
        float | None, typer.Option(metavar="RATIO", help="Share of scheduled time not available: 0.3.")
    ] = None,
    max_occupancy: Annotated[str | None, typer.Option(metavar="RATIO", help="Agents busy at most so much.")] = None,
    max_abandon: Annotated[str | None, typer.Option(metavar="RATIO", help="At most so many leave.")] = None,
    batch: Annotated[
        Path | None, typer.Option(metavar="CASES.csv", help="Answer a file of cases, as CSV, in its own columns.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Everything, for machines.")] = False,
) -> None:
    """How many agents, and what they make of the load.

    Exact figures of Erlang C, or of Erlang A where customers' patience is given: service level by each formula, waits,
    abandons, occupancy. Give --agents, or a --target to have the least number that reaches it.
    """
    if batch is not None:
        _batch(batch)
        return
    question = _question(
        calls,
        _typed("--interval", interval, _seconds),
        _maybe("--aht", aht, _seconds),
        _maybe("--patience", patience, _seconds),
        agents,
        _limits(
            _maybe("--target", target, _ratio),
            formula,
            _typed("--threshold", threshold, _seconds),
            _typed("--short-abandon", short_abandon, _seconds),
            _maybe("--max-occupancy", max_occupancy, _ratio),
            _maybe("--max-abandon", max_abandon, _ratio),
        ),
        shrinkage,
    )
    from floorwatch.cli import staffing_text

    try:
        queue = staffing_text.answering(question)
    except ValueError as wrong:
        stop(2, str(wrong))
    if queue is None:
        stop(2, "no number of agents reaches that: a target must be under 1 and a limit above 0")
    if as_json:
        typer.echo(json.dumps(staffing_text.as_json(question, queue), ensure_ascii=False, indent=1))
    else:
        for line in staffing_text.as_text(question, queue):
            typer.echo(line)


def _batch(path: Path) -> None:
    from floorwatch.cli.staffing_batch import answered
    from floorwatch.cli.staffing_rows import UnusableCasesError

    with explained():
        try:
            refused = answered(path, sys.stdout)
        except UnusableCasesError as wrong:
            stop(2, f"{path}: {wrong}")
    if refused:
        stop(2, "\n".join(f"{path}: {sentence}" for sentence in refused))


def _question(
    calls: float | None,
    interval_s: float,
    aht_s: float | None,
    patience_s: float | None,
    agents: int | None,
    limits: Limits,
    shrinkage: float | None,
) -> Question:
    from floorwatch.cli.staffing_text import Question
    from floorwatch.metrics.staffing.equilibrium import Load
    from floorwatch.metrics.staffing.required import AGENTS_MAX

    if calls is None or aht_s is None:
        stop(2, "give --calls and --aht, e.g. --calls 100 --interval 30m --aht 3m --target 0.8; or --batch CASES.csv")
    if not 0 < calls < 1e9:
        stop(2, f"--calls: {calls:g} is not a number of contacts above 0")
    if agents is None and limits.asks_nothing:
        stop(2, "give --agents, or what is wanted of them: --target 0.8, --max-occupancy 0.85, --max-abandon 0.05")
    if agents is not None and not 1 <= agents <= AGENTS_MAX:
        stop(2, f"--agents: {agents} is not a number of agents from 1 to {AGENTS_MAX}")
    if shrinkage is not None and not 0 <= shrinkage < 1:
        stop(2, f"--shrinkage: {shrinkage:g} is not a share of at least 0 and under 1, such as 0.3")
    if min(interval_s, aht_s, 1 if patience_s is None else patience_s) <= 0:
        stop(2, "--interval, --aht and --patience must be longer than 0 s")
    return Question(Load(calls, interval_s, aht_s), patience_s, agents, limits, shrinkage)


def _limits(
    target: float | None,
    formula: str,
    threshold_s: float,
    short_abandon_s: float,
    occupancy_max: float | None,
    p_abandon_max: float | None,
) -> Limits:
    from floorwatch.metrics.staffing.required import Limits

    return Limits(
        target=target,
        formula=_formula(formula),
        threshold_s=threshold_s,
        short_abandon_s=min(short_abandon_s, threshold_s),
        occupancy_max=occupancy_max,
        p_abandon_max=p_abandon_max,
    )


def _formula(typed: str) -> Formula:
    from floorwatch.metrics.service_level import FORMULAS

    named: dict[str, Formula] = {formula: formula for formula in FORMULAS}
    if typed not in named:
        stop(2, f"--formula: there is no '{typed}'; there are: {', '.join(FORMULAS)}")
    return named[typed]


def _typed(option: str, typed: str, reading: Callable[[str], Typed]) -> Typed:
    try:
        return reading(typed)
    except ValueError as wrong:
        stop(2, f"{option}: '{typed}' {wrong}")


def _maybe(option: str, typed: str | None, reading: Callable[[str], Typed]) -> Typed | None:
    return None if typed is None else _typed(option, typed, reading)


def _seconds(typed: str) -> float:
    from floorwatch.config.values import duration_ms

    return duration_ms(typed) / 1000


def _ratio(typed: str) -> float:
    from floorwatch.config.values import ratio

    return ratio(typed)
