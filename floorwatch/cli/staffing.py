"""`floorwatch staffing`: how many agents a load needs, and what a number of agents makes of it."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from floorwatch.cli.sentences import explained, read_config, stop

if TYPE_CHECKING:
    from floorwatch.cli.staffing_text import Question
    from floorwatch.floor.settings import Formula, QueuePolicy
    from floorwatch.metrics.staffing.required import Limits

Typed = TypeVar("Typed")


def staffing(
    typed: typer.Context,
    calls: Annotated[float | None, typer.Option(metavar="N", help="Contacts that come in the interval.")] = None,
    interval: Annotated[
        str | None,
        typer.Option(
            metavar="TIME", help="The interval: 15m, 1h; else 30m; of a forecast as its lines, or --config, say."
        ),
    ] = None,
    aht: Annotated[
        str | None, typer.Option(metavar="TIME", help="Mean handling time: 3m, 184s; a bare 184 is seconds.")
    ] = None,
    threshold: Annotated[
        str | None, typer.Option(metavar="TIME", help="T: answered by then is a hit; else 20s, or the queue's own.")
    ] = None,
    patience: Annotated[
        str | None, typer.Option(metavar="TIME", help="Mean patience, 5m (a bare 5 is 5 s): Erlang A; else Erlang C.")
    ] = None,
    agents: Annotated[int | None, typer.Option(metavar="N", help="What do so many agents make of it?")] = None,
    target: Annotated[str | None, typer.Option(metavar="RATIO", help="How many agents reach it? 0.8 or 80%.")] = None,
    formula: Annotated[
        str | None, typer.Option(help="Formula of the service level; else short_abandons_excluded, or the queue's own.")
    ] = None,
    short_abandon: Annotated[
        str | None, typer.Option(metavar="TIME", help="S: a short abandon, up to T; else 5s, or the queue's own.")
    ] = None,
    shrinkage: Annotated[
        str | None, typer.Option(metavar="RATIO", help="Share of scheduled time not available: 0.3 or 30%.")
    ] = None,
    max_occupancy: Annotated[str | None, typer.Option(metavar="RATIO", help="Agents busy at most so much.")] = None,
    max_abandon: Annotated[str | None, typer.Option(metavar="RATIO", help="At most so many leave.")] = None,
    batch: Annotated[
        Path | None, typer.Option(metavar="CASES.csv", help="Answer a file of cases, as CSV, in its own columns.")
    ] = None,
    forecast: Annotated[
        Path | None, typer.Option(metavar="FORECAST.csv", help="Required agents of every interval of a forecast.")
    ] = None,
    actuals: Annotated[
        Path | None, typer.Option(metavar="ACTUALS.csv", help="With --forecast: what came so far; plan the rest.")
    ] = None,
    config: Annotated[
        Path | None, typer.Option("--config", metavar="FILE", help="With --forecast: targets, shrinkage, time zone.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Everything, for machines.")] = False,
) -> None:
    """How many agents, and what they make of the load.

    Exact figures of Erlang C, or of Erlang A where customers' patience is given: service level by each formula, waits,
    abandons, occupancy. Give --agents, or a --target to have the least number that reaches it; --batch answers a file
    of cases, --forecast every interval of a forecast (queue,start,contacts[,aht_seconds]).
    """
    _refuse_what_would_be_dropped(typed)
    if batch is not None:
        _batch(batch)
        return
    asked = _Asked(
        interval_s=_maybe("--interval", interval, _positive_s),
        target=_maybe("--target", target, _ratio),
        formula=_maybe("--formula", formula, _formula),
        threshold_s=_maybe("--threshold", threshold, _seconds),
        short_abandon_s=_maybe("--short-abandon", short_abandon, _seconds),
        occupancy_max=_maybe("--max-occupancy", max_occupancy, _ratio),
        p_abandon_max=_maybe("--max-abandon", max_abandon, _ratio),
        aht_s=_maybe("--aht", aht, _positive_s),
        patience_s=_maybe("--patience", patience, _positive_s),
        shrinkage=_maybe("--shrinkage", shrinkage, _share),
    )
    if asked.p_abandon_max is not None and asked.patience_s is None:
        stop(2, "--max-abandon: nobody leaves in Erlang C: give --patience")
    if forecast is not None:
        _forecast(forecast, actuals, config, asked, as_json)
        return
    _one(_question(calls, agents, asked), as_json)


def _refuse_what_would_be_dropped(typed: typer.Context) -> None:
    """Options that say nothing beside another one, or without it, are not taken as if they did."""
    options = {parameter.name: parameter.opts[0] for parameter in typed.command.params}
    # A typed 0 is something; only a flag that is not set is False.
    given = {name: options[name] for name, value in typed.params.items() if value is not None and value is not False}
    apart = [("batch", name, "the columns of the cases say everything") for name in given if name != "batch"]
    apart += [("forecast", name, "it says how many agents the contacts in it need") for name in ("agents", "calls")]
    limits = ("target", "max_occupancy", "max_abandon")
    apart += [("agents", name, "either so many agents, or as many as are needed") for name in limits]
    for first, second, why in apart:
        if first in given and second in given:
            stop(2, f"{given[first]} and {given[second]} do not go together: {why}; leave out one")
    for name in ("actuals", "config"):
        if name in given and "forecast" not in given:
            stop(2, f"{given[name]} says nothing without --forecast: give --forecast FORECAST.csv, or leave it out")


@dataclass(frozen=True, slots=True)
class _Asked:
    """What was typed, in seconds and shares; None where nothing was."""

    interval_s: float | None
    target: float | None
    formula: Formula | None
    threshold_s: float | None
    short_abandon_s: float | None
    occupancy_max: float | None
    p_abandon_max: float | None
    aht_s: float | None
    patience_s: float | None
    shrinkage: float | None

    def limits(self, policy: QueuePolicy, target: float | None, occupancy_max: float | None) -> Limits:
        """What is asked of a queue: its own policy and the site's occupancy, where nothing else was typed.

        Raises ValueError if the S that was typed is above T.
        """
        from floorwatch.metrics.staffing.required import Limits

        threshold_s = policy.threshold_ms / 1000 if self.threshold_s is None else self.threshold_s
        short_s = policy.short_abandon_ms / 1000 if self.short_abandon_s is None else self.short_abandon_s
        if self.short_abandon_s is not None and short_s > threshold_s:
            raise ValueError(f"--short-abandon {short_s:g}s is above the --threshold of {threshold_s:g}s: give S <= T")
        return Limits(
            target=target if self.target is None else self.target,
            formula=self.formula or policy.formula,
            threshold_s=threshold_s,
            short_abandon_s=min(short_s, threshold_s),
            occupancy_max=occupancy_max if self.occupancy_max is None else self.occupancy_max,
            p_abandon_max=self.p_abandon_max,
        )


def _one(question: Question, as_json: bool) -> None:
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


def _forecast(path: Path, actuals: Path | None, config: Path | None, asked: _Asked, as_json: bool) -> None:
    settings = read_config(config).settings()
    from floorwatch.cli import staffing_forecast
    from floorwatch.ingest.forecast import meant, read_actuals, read_forecast
    from floorwatch.metrics.calendar import Calendar
    from floorwatch.metrics.staffing.forecast import needs

    calendar = Calendar(settings.timezone, settings.day_start_ms, settings.interval_ms)
    interval_ms = settings.interval_ms if asked.interval_s is None else round(asked.interval_s * 1000)
    read = _usable(path, lambda: read_forecast(path, settings.timezone, interval_ms))
    if asked.interval_s is not None and (wrong := staffing_forecast.contradiction(read.queues, interval_ms)):
        stop(2, f"{path}: {wrong}")
    refused = [f"{path}: {sentence}" for sentence in read.refused]
    came: dict[str, dict[int, float]] = {}
    if actuals is not None:
        counted = _usable(actuals, lambda: read_actuals(actuals, settings.timezone, read.queues))
        came = counted.queues
        refused += [f"{actuals}: {sentence}" for sentence in counted.refused]
    shrinkage = settings.staffing.shrinkage if asked.shrinkage is None else asked.shrinkage
    plans = {}
    for queue, intervals in read.queues.items():
        rest = staffing_forecast.rest_of_day(intervals, came[queue], calendar) if queue in came else None
        to_plan = intervals if rest is None else rest.again.rest
        if asked.aht_s is None and any(planned.aht_s is None and planned.contacts for planned in to_plan):
            stop(2, f"{path}: queue {queue}: some lines have no aht_seconds; give --aht")
        try:
            limits = asked.limits(
                settings.policy(queue), settings.policy(queue).target, settings.staffing.occupancy_max
            )
        except ValueError as wrong:
            stop(2, f"queue {queue}: {wrong}")
        needed = needs(to_plan, asked.aht_s or 1.0, asked.patience_s, limits, shrinkage)
        plans[queue] = staffing_forecast.Plan(limits, intervals[0].end - intervals[0].start, needed, shrinkage, rest)
    if as_json:
        typer.echo(json.dumps(staffing_forecast.as_json(plans, settings.timezone), ensure_ascii=False, indent=1))
    else:
        for line in staffing_forecast.as_text(plans, settings.timezone):
            typer.echo(line)
    for queue in sorted(read.queues.keys() - settings.queues.keys()) if settings.queues else ():
        hint = meant(queue, settings.queues)
        typer.echo(f"{path}: queue '{queue}' is not configured: planned with the defaults{hint}", err=True)
    for queue, plan in plans.items() if actuals is not None else ():
        for note in staffing_forecast.notes(queue, plan.rest, settings.timezone):
            typer.echo(note, err=True)
    if refused:
        stop(2, "\n".join(refused))


def _usable(path: Path, reading: Callable[[], Typed]) -> Typed:
    from floorwatch.ingest.forecast import UnusableForecastError

    with explained():
        try:
            return reading()
        except UnusableForecastError as wrong:
            stop(2, f"{path}: {wrong}")


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


_INTERVAL_S = 1800.0
"""Where nothing is typed, and no forecast says another."""


def _question(calls: float | None, agents: int | None, asked: _Asked) -> Question:
    from floorwatch.cli.staffing_text import Question
    from floorwatch.floor.settings import QueuePolicy
    from floorwatch.metrics.staffing.equilibrium import Load
    from floorwatch.metrics.staffing.required import AGENTS_MAX

    if calls is None or asked.aht_s is None:
        stop(2, "give --calls and --aht, e.g. --calls 100 --interval 30m --aht 3m --target 0.8; or --batch CASES.csv")
    if not 0 < calls < 1e9:
        stop(2, f"--calls: {calls:g} is not a number of contacts above 0")
    try:
        limits = asked.limits(QueuePolicy(), None, None)
    except ValueError as wrong:
        stop(2, str(wrong))
    if agents is None and limits.asks_nothing:
        stop(2, "give --agents, or what is wanted of them: --target 0.8, --max-occupancy 0.85, --max-abandon 0.05")
    if agents is not None and not 1 <= agents <= AGENTS_MAX:
        stop(2, f"--agents: {agents} is not a number of agents from 1 to {AGENTS_MAX}")
    return Question(
        Load(calls, asked.interval_s or _INTERVAL_S, asked.aht_s), asked.patience_s, agents, limits, asked.shrinkage
    )


def _formula(typed: str) -> Formula:
    from floorwatch.metrics.service_level import FORMULAS

    named: dict[str, Formula] = {formula: formula for formula in FORMULAS}
    if typed not in named:
        raise ValueError(f"is no formula; there are: {', '.join(FORMULAS)}")
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


def _positive_s(typed: str) -> float:
    seconds = _seconds(typed)
    if not seconds:
        raise ValueError("must be longer than 0 s")
    return seconds


def _ratio(typed: str) -> float:
    from floorwatch.config.values import ratio

    return ratio(typed)


def _share(typed: str) -> float:
    from floorwatch.config.values import share

    return share(typed)
