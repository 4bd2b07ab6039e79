"""What a queue needs and where its period ends, explained: by which model, and what that was fed with.

These figures come out of a model, not out of a sum: beside the value stand the measured inputs. Two of them are
arithmetic on what the model expects, and are written out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from floorwatch.metrics.catalogue import FIGURES
from floorwatch.metrics.outlook import Outlook
from floorwatch.view import ProjectionView

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Input:
    """One thing that a model was told: the figure it is, its value in the figure's unit, and how it is written."""

    figure: str
    value: float


@dataclass(frozen=True, slots=True)
class Modelled:
    """A figure out of a model."""

    value: float | None
    shown: str
    inputs: tuple[Input, ...]
    n: float | None = None
    symbols: str = ""
    numbers: str = ""


def outlook_figure(figure: str, outlook: Outlook, target: float, threshold_ms: int, timezone: str) -> Modelled | str:
    """The figure of an outlook (see `VALUES`), or why there is none: a word of `why.` in the phrases."""
    if figure in ("required_agents.erlang_a", "required_agents.erlang_c"):
        if figure.removeprefix("required_agents.") != outlook.model:
            return "other_model"
        figure = "required_agents"
    value, found = VALUES[figure](outlook), outlook.measured
    if value is None:
        if figure == "patience":
            return "few_abandons"
        return outlook.missing or ("never" if figure in _MAY_NEVER else "handling")
    inputs = tuple(_inputs(figure, outlook, target, threshold_ms))
    if figure == "patience":
        return Modelled(value, _rounded(value, 3), inputs, n=found.abandons)
    if FIGURES[figure].unit == "instant":
        return Modelled(value, _local(round(value), timezone), inputs)
    if FIGURES[figure].unit == "ratio":
        symbols, numbers = _arithmetic(figure, outlook, target)
        return Modelled(value, _rounded(value, 4), inputs, outlook.decided, symbols, numbers)
    return Modelled(value, _rounded(value, 3), inputs)


def projected_figure(figure: str, projection: ProjectionView) -> Modelled:
    """The figure of a projection (see `PROJECTED`), from what is decided and what is still to come."""
    value = PROJECTED[figure](projection)
    inputs = (Input("decided", projection.decided), Input("to_come", projection.to_come))
    return Modelled(value, _rounded(value, 4), inputs, projection.decided)


PROJECTED: dict[str, Callable[[ProjectionView], float]] = {
    "projection": lambda projection: projection.projection,
    "projection_low": lambda projection: projection.projection_low,
    "projection_high": lambda projection: projection.projection_high,
}
"""Figure to its value, a ratio."""

VALUES: dict[str, Callable[[Outlook], float | None]] = {
    "required_agents": lambda outlook: outlook.required,
    "required_agents.erlang_a": lambda outlook: outlook.required,
    "required_agents.erlang_c": lambda outlook: outlook.required,
    "scheduled_agents": lambda outlook: outlook.scheduled,
    "places": lambda outlook: outlook.places,
    "patience": lambda outlook: None if outlook.measured.patience_ms is None else outlook.measured.patience_ms / 1000,
    "to_come": lambda outlook: outlook.coming,
    "course": lambda outlook: outlook.level,
    "backlog_gone": lambda outlook: outlook.backlog_gone_at,
    "needed_for_target": lambda outlook: outlook.rest_needed,
    "best_reachable": lambda outlook: outlook.best,
    "agents_to_recover": lambda outlook: outlook.agents_needed,
    "no_return": lambda outlook: outlook.no_return_at,
}
"""Figure to its value: agents, contacts, seconds, a ratio, or an instant in ms."""

_MAY_NEVER = frozenset(("required_agents", "scheduled_agents", "backlog_gone", "agents_to_recover", "no_return"))
"""With these None is an answer: no number is enough, or it is too late."""
AHEAD = VALUES.keys() | PROJECTED.keys()
"""Every figure of what lies ahead."""

OF_THE_PERIOD = frozenset(
    "to_come course backlog_gone needed_for_target best_reachable agents_to_recover no_return".split()
)
"""These speak of the interval or the day as it will end; the others of the load in the long run."""


def _inputs(figure: str, outlook: Outlook, target: float, threshold_ms: int) -> Iterator[Input]:
    found = outlook.measured
    if figure == "patience":
        yield Input("abandoned", found.abandons)
        return
    if figure == "places":
        return
    yield Input("offered", found.offered)
    yield Input("measured_time", found.over_ms / 1000)
    if found.aht_ms is not None:
        yield Input("aht", found.aht_ms / 1000)
    if found.patience_ms is not None:
        yield Input("patience", found.patience_ms / 1000)
    yield Input("target", target)
    yield Input("threshold", threshold_ms / 1000)
    if figure in OF_THE_PERIOD:
        yield Input("places", outlook.places)
        yield Input("hits", outlook.hits)
        yield Input("decided", outlook.decided)
        if outlook.coming is not None and figure != "to_come":
            yield Input("to_come", outlook.coming)


def _arithmetic(figure: str, outlook: Outlook, target: float) -> tuple[str, str]:
    """(in symbols, in numbers) of what is reckoned from the rest; empty for what is not."""
    hits, decided, coming = outlook.hits, outlook.decided, _rounded(outlook.coming or 0, 3)
    if figure == "best_reachable":
        return "(hits + to come) / (decided + to come)", f"({hits} + {coming}) / ({decided} + {coming})"
    if figure == "needed_for_target" and outlook.rest_needed:
        symbols = "(target × (decided + to come) − hits) / to come"
        return symbols, f"({target!r} × ({decided} + {coming}) − {hits}) / {coming}"
    return "", ""


def _rounded(value: float, decimals: int) -> str:
    """Rounded: what a model expects has no last digit."""
    return f"{value:.{decimals}f}".rstrip("0").rstrip(".")


def _local(ms: int, timezone: str) -> str:
    local = (_EPOCH + timedelta(milliseconds=ms)).astimezone(ZoneInfo(timezone))
    return local.isoformat(sep=" ", timespec="seconds")
