"""Explanations: a figure of the floor with its operands, its sample and its freshness, from a view.

The API, the wallboard's cards and `floorwatch explain` all ask here. Pure: a view goes in, plain structs come out.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import cast

import msgspec

from floorwatch.explain_outlook import (
    AHEAD,
    OF_THE_PERIOD,
    PROJECTED,
    Input,
    Modelled,
    outlook_figure,
    projected_figure,
)
from floorwatch.explained import Explained, Heard, Operand, UnknownAgentError, UnknownQueueError
from floorwatch.floor.settings import Formula
from floorwatch.metrics.catalogue import FIGURES, LANGUAGES, SYMBOLS, Figure, as_json
from floorwatch.metrics.operands import RECIPES, Accounts, Filled, Term, fill, level_terms
from floorwatch.metrics.phrases import PHRASES
from floorwatch.view import WINDOWS, FloorView, QueueView

NOW, SPAN = "now", "span"
"""Windows besides `WINDOWS` and `interval`: the instant of the view; and the part of a recording that was asked for."""
CHOICES = (*WINDOWS, "interval")
_KEPT_BY_INTERVAL = frozenset(
    ("occupancy", "occupancy_by_load", "occupancy_time", "utilisation", "logged_in_time", "wait_max")
)

OF_AGENTS = frozenset(
    "adherence conformance scheduled_time in_time out_time neutral_time counted_time work_time extra_time".split()
)
"""Figures of an agent, or of all agents together."""
AGENTS_NAMED_MAX = 20
"""So many are named at most where none is like the one that was asked for."""

Json = dict[str, object]
Now = Callable[[QueueView], Filled | str]
"""A figure of the instant: its operands, or why there are none."""


def explained(
    view: FloorView,
    figure: Figure,
    queue: str | None = None,
    window: str | None = None,
    agent: str | None = None,
    attendance: Mapping[str, Accounts] | None = None,
) -> list[Explained]:
    """The figure of this queue, or of every queue; empty for a figure that no queue has.

    How the schedule was kept to is a figure of an agent, or of all together, and taken from `attendance`: of everybody
    under "", of agents by name.

    `window`: one of `CHOICES`; None is the day so far, or the open interval for what is only kept by interval.
    Raises `UnknownQueueError` and `UnknownAgentError`.
    """
    queues = [shown for shown in view.queues if queue in (None, shown.name)]
    if queue is not None and not queues:
        names = ", ".join(shown.name for shown in view.queues) or "none yet"
        raise UnknownQueueError(f"'{queue}' is no queue of this floor; there are: {names}")
    if figure.id == "floor_level":
        return [_floor_level(view, SPAN if _is_past(view) else window or "day")]
    if figure.id in _NOW:
        return [_of_queue(view, shown, figure, NOW) for shown in queues]
    if figure.id in OF_AGENTS:
        return [_of_agents(view, figure, agent, attendance or {})]
    if figure.id in AHEAD:
        return [_ahead(view, shown, figure) for shown in queues]
    if figure.id not in RECIPES:
        return []
    chosen = window or (SPAN if _is_past(view) else _usual(figure))
    return [_of_queue(view, shown, figure, chosen) for shown in queues]


def answer(
    view: FloorView,
    figure: Figure,
    queue: str | None = None,
    window: str | None = None,
    agent: str | None = None,
    attendance: Mapping[str, Accounts] | None = None,
) -> Json:
    """`GET /api/v1/explain`: the definitions that are needed, and the figure of each queue. As `explained`."""
    rows = explained(view, figure, queue, window, agent, attendance)
    ids = dict.fromkeys((figure.id, *(row.figure for row in rows)))
    samples = {FIGURES[id_].sample: None for id_ in ids if FIGURES[id_].sample}
    return {
        "at": view.at,
        "timezone": view.timezone,
        "min_sample": view.min_sample,
        "figure": figure.id,
        "definitions": {id_: as_json(FIGURES[id_]) for id_ in (*ids, *samples)},
        "explained": [msgspec.to_builtins(row) for row in rows],
    }


def _is_past(view: FloorView) -> bool:
    """A part of a recording is looked back at."""
    return any(SPAN in queue.accounts for queue in view.queues)


def _usual(figure: Figure) -> str:
    return "interval" if figure.id in _KEPT_BY_INTERVAL else "day"


def _of_queue(view: FloorView, queue: QueueView, figure: Figure, window: str) -> Explained:
    accounts = queue.accounts.get(window)
    formula = cast("Formula", queue.formula)
    filled: Filled | str
    if window == NOW:
        filled = _NOW[figure.id](queue)
    elif accounts is None:
        filled = "not_kept"
    else:
        filled = fill(figure.id, accounts, formula, exits_count=queue.exits_count)
    by_formula = figure.id == "service_level"
    return _written(
        view,
        FIGURES[f"service_level.{formula}"] if by_formula else figure,
        queue,
        window,
        accounts,
        "lost" if queue.unknown_since is not None and window != SPAN else filled,
    )


def _ahead(view: FloorView, queue: QueueView, figure: Figure) -> Explained:
    outlook, projection = queue.outlook, queue.projection
    if queue.unknown_since is not None:
        return _written(view, figure, queue, NOW, None, "lost")
    if figure.id in PROJECTED and projection is not None:
        row = _written(view, figure, queue, NOW, None, projected_figure(figure.id, projection))
        return msgspec.structs.replace(row, period_until=projection.until, until=projection.at)
    if outlook is None or figure.id in PROJECTED:
        return _written(view, figure, queue, NOW, None, "not_asked")
    found = outlook_figure(figure.id, outlook, queue.target, queue.threshold_ms, view.timezone)
    row = _written(view, figure, queue, NOW, None, found)
    model = "" if figure.id in ("patience", "places") else outlook.model
    until = outlook.until if figure.id in OF_THE_PERIOD else None
    return msgspec.structs.replace(row, model=model, period_until=until, until=outlook.at)


def _written(
    view: FloorView,
    figure: Figure,
    queue: QueueView | None,
    window: str,
    accounts: Accounts | None,
    filled: Filled | Modelled | str,
    without: tuple[str, ...] = (),
    agent: str | None = None,
) -> Explained:
    found = None if isinstance(filled, str) else filled
    value = found.value if found is not None else None
    return Explained(
        figure=figure.id,
        version=figure.version,
        queue=queue.name if queue is not None else None,
        agent=agent,
        window=window,
        since=accounts.since if accounts is not None else None,
        until=accounts.until if accounts is not None else view.at,
        value=value,
        n=found.n if found is not None else None,
        shown=found.shown if found is not None else "–",
        symbols=found.symbols if found is not None else "",
        numbers=found.numbers if found is not None else "",
        operands=_operands(filled),
        why=str(filled) if found is None else "" if value is not None else "nothing",
        target=queue.target if queue is not None else None,
        threshold_ms=queue.threshold_ms if queue is not None else None,
        short_abandon_ms=queue.short_abandon_ms if queue is not None else None,
        unseen=tuple(sorted(accounts.unseen)) if accounts is not None else (),
        without=without,
        model="",
        period_until=None,
        incomplete=window == "interval" and queue is not None and queue.interval.incomplete,
        heard=tuple(_heard(view, queue.sources if queue is not None else None)),
    )


def _operands(filled: Filled | Modelled | str) -> tuple[Operand, ...]:
    if isinstance(filled, str):
        return ()
    if isinstance(filled, Modelled):
        return tuple(map(_input, filled.inputs))
    return tuple(map(_operand, filled.operands))


def _operand(term: Term) -> Operand:
    meaning = SYMBOLS.get(term.symbol) or PHRASES.get(f"activity.{term.symbol}")
    return Operand(
        symbol=term.symbol,
        value=term.value / 1000 if term.in_ms else term.value,
        name=dict(zip(LANGUAGES, meaning, strict=True)) if meaning else {},
    )


def _input(told: Input) -> Operand:
    figure = FIGURES[told.figure]
    return Operand(symbol=figure.id, value=told.value, name={lang: figure.name(lang) for lang in LANGUAGES})


def _heard(view: FloorView, sources: tuple[str, ...] | None) -> Iterator[Heard]:
    """`sources` None: every feed of the floor."""
    for source in view.sources:
        if sources is None or source.name in sources:
            last = source.last_event_at
            age_ms = None if last is None else max(0, view.at - last)
            yield Heard(source=source.name, state=source.state, last_event_at=last, age_ms=age_ms)


def _floor_level(view: FloorView, window: str) -> Explained:
    """Of all queues together: a ratio of sums, each queue by its own formula."""
    known = [
        (queue, queue.accounts[window])
        for queue in view.queues
        if window in queue.accounts and (queue.unknown_since is None or window == SPAN)
    ]
    levels = [
        (queue.name, level_terms(accounts.tally, cast("Formula", queue.formula), queue.exits_count))
        for queue, accounts in known
    ]
    filled: Filled | str = "not_kept"
    if levels:
        hits = tuple(
            Term(f"hits[{name}]", sum(term.sign * term.value for term in level.above)) for name, level in levels
        )
        decided = tuple(
            Term(f"decided[{name}]", sum(term.sign * term.value for term in level.below)) for name, level in levels
        )
        filled = Filled(hits, decided)
    lost = tuple(queue.name for queue in view.queues if queue.unknown_since is not None and window != SPAN)
    accounts = known[0][1] if known else None
    return _written(view, FIGURES["floor_level"], None, window, accounts, filled, lost)


def _of_agents(view: FloorView, figure: Figure, agent: str | None, attendance: Mapping[str, Accounts]) -> Explained:
    if agent is not None and agent not in attendance and attendance:
        raise UnknownAgentError(_no_agent(agent, sorted(filter(None, attendance))))
    accounts = attendance.get(agent or "")
    window = SPAN if _is_past(view) else "day"
    filled: Filled | str = "not_kept" if view.attendance is not None else "no_schedule"
    if accounts is not None:
        filled = fill(figure.id, accounts, "answered_only", exits_count=False)
    return _written(view, figure, None, window, accounts, filled, agent=agent)


def _no_agent(agent: str, known: Sequence[str]) -> str:
    near = difflib.get_close_matches(agent, known, n=3)
    said = f"did you mean {' or '.join(near)}?" if near else f"there are: {', '.join(known[:AGENTS_NAMED_MAX])}"
    more = "" if near or len(known) <= AGENTS_NAMED_MAX else f" and {len(known) - AGENTS_NAMED_MAX} more"
    return f"'{agent}' is no agent that is known here; {said}{more}"


def attendance_today(view: FloorView, agents_min: int) -> dict[str, Accounts]:
    """Of everybody together, for the view that names nobody; of fewer than so many it would speak of each."""
    attendance = view.attendance
    if attendance is None or attendance.floor.agents < agents_min:
        return {}
    floor = attendance.floor
    sums = {
        name: getattr(floor, name) for name in ("scheduled_ms", "in_ms", "out_ms", "work_ms", "worked_ms", "extra_ms")
    }
    return {"": Accounts(attendance.day, attendance.at, sums=sums | {"neutral_ms": sum(floor.neutral_ms.values())})}


def _counted(
    symbol: str, value: Callable[[QueueView], int | None], *, none: str = "unseen", in_ms: bool = False
) -> Now:
    """`none`: why there may be none."""

    def now(queue: QueueView) -> Filled | str:
        found = value(queue)
        return none if found is None else Filled((Term(symbol, found, in_ms=in_ms),))

    return now


def _by_activity(queue: QueueView) -> Filled:
    return Filled(tuple(Term(activity, n) for activity, n in queue.members.items()) or (Term("members", 0),))


_NOW: dict[str, Now] = {
    "waiting": _counted("open visits", lambda queue: queue.waiting),
    "waiting_past_threshold": _counted("now − t_q > T", lambda queue: queue.waiting_past_threshold),
    "longest_wait": _counted("now − t_q", lambda queue: queue.longest_wait_ms, none="nothing", in_ms=True),
    "agents_by_activity": _by_activity,
    "present": _counted("present", lambda queue: queue.present),
    "elsewhere": _counted("elsewhere", lambda queue: queue.elsewhere),
    "threshold": _counted("T", lambda queue: queue.threshold_ms, in_ms=True),
}
"""Figures of the instant, from the view itself."""
