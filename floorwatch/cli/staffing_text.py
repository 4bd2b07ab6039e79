"""What `floorwatch staffing` answers: figures with their meaning, for people and for machines."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass

from floorwatch.floor.settings import Formula
from floorwatch.metrics.staffing.equilibrium import Equilibrium, Load
from floorwatch.metrics.staffing.erlang_c import ErlangC
from floorwatch.metrics.staffing.required import Limits, queue_of, required_agents, scheduled_agents


@dataclass(frozen=True, slots=True)
class Question:
    """What was asked; either `agents` or a limit."""

    load: Load
    patience_s: float | None
    agents: int | None
    limits: Limits
    shrinkage: float | None


def answering(question: Question) -> Equilibrium | None:
    """The queue asked about, with the agents it needs if none are given; None where no number is enough."""
    agents = question.agents
    if agents is None:
        agents = required_agents(question.load, question.patience_s, question.limits)
    return None if agents is None else queue_of(question.load, agents, question.patience_s)


def as_json(question: Question, queue: Equilibrium) -> dict[str, object]:
    """Everything, in seconds and shares; null where a figure does not exist."""
    limits = question.limits
    at_threshold = queue.within(limits.threshold_s)
    return {
        "model": queue.model,
        "contacts": question.load.contacts,
        "interval_s": question.load.interval_s,
        "aht_s": question.load.aht_s,
        "offered_erlangs": question.load.offered,
        "patience_s": question.patience_s,
        "limits": asdict(limits),
        "agents": queue.agents,
        "agents_required": queue.agents if question.agents is None else None,
        "shrinkage": question.shrinkage,
        "agents_scheduled": _scheduled(question, queue),
        "is_stable": _is_stable(queue),
        "service_level": queue.service_level(limits.formula, limits.threshold_s, limits.short_abandon_s),
        "service_levels": queue.service_levels(limits.threshold_s, limits.short_abandon_s),
        "p_wait": queue.p_wait,
        "p_abandon": queue.p_abandon,
        "p_wait_gt_T": at_threshold.waiting,
        "p_abandon_within_T": at_threshold.abandoned,
        "asa_s": queue.mean_wait_answered_s,
        "mean_wait_all_s": queue.mean_wait_all_s,
        "mean_wait_abandoned_s": queue.mean_wait_abandoned_s,
        "mean_queue": queue.mean_queue,
        "occupancy": queue.occupancy,
        "warnings": list(warnings(question, queue)),
    }


def as_text(question: Question, queue: Equilibrium) -> Iterator[str]:
    """For a planner, line by line."""
    load, limits = question.load, question.limits
    yield (
        f"{load.contacts:g} contacts in {duration(load.interval_s)}, {duration(load.aht_s)} of handling each: "
        f"{load.offered:.2f} erlangs of work"
    )
    yield _model(question.patience_s)
    yield ""
    if question.agents is None:
        yield f"{queue.agents} agents are needed for {_asked(limits)}"
        if queue.agents > 1:
            fewer = queue_of(load, queue.agents - 1, question.patience_s)
            found = fewer.service_level(limits.formula, limits.threshold_s, limits.short_abandon_s)
            yield f"  with {fewer.agents}: service level {_share(found)}, occupancy {_share(fewer.occupancy)}"
    else:
        yield f"With {queue.agents} agents"
    if (scheduled := _scheduled(question, queue)) is not None:
        yield f"  schedule {scheduled}, at a shrinkage of {_share(question.shrinkage)}"
    yield ""
    for figure, value, meaning in _figures(queue, limits):
        yield f"  {figure:22}{value:>9}   {meaning}"
    yield ""
    yield "Service level by every formula"
    for formula, level in queue.service_levels(limits.threshold_s, limits.short_abandon_s).items():
        yield f"  {formula:26}{_share(level):>9}{'   <- the one above' if formula == limits.formula else ''}"
    for warning in warnings(question, queue):
        yield ""
        yield f"Take care: {warning}"


def warnings(question: Question, queue: Equilibrium) -> Iterator[str]:
    """What a planner should know before believing the figures."""
    if not _is_stable(queue):
        yield (
            f"{question.load.offered:.2f} erlangs on {queue.agents} agents: the line grows without end as long as the "
            "load lasts, so mean waits do not exist. Give --patience: customers who leave are what limits a real line"
        )
    elif isinstance(queue, ErlangC) and queue.occupancy > _HIGH:
        yield (
            f"at {_share(queue.occupancy)} occupancy Erlang C says far too long waits, because nobody ever leaves in "
            "it; give --patience"
        )


_HIGH = 0.95
"""Occupancy above which Erlang C is known to mislead: a real half-hour of 33 s ASA becomes 400 s."""


def _figures(queue: Equilibrium, limits: Limits) -> Iterator[tuple[str, str, str]]:
    threshold = duration(limits.threshold_s)
    at_threshold = queue.within(limits.threshold_s)
    level = queue.service_level(limits.formula, limits.threshold_s, limits.short_abandon_s)
    yield "service level", _share(level), meaning(limits.formula, threshold, duration(limits.short_abandon_s))
    yield "ASA", _seconds(queue.mean_wait_answered_s), "mean wait of answered contacts"
    yield "must wait", _share(queue.p_wait), "contacts that find no agent free"
    yield f"waiting past {threshold}", _share(at_threshold.waiting), "contacts neither answered nor gone by then"
    yield "abandon", _share(queue.p_abandon), "contacts that leave unanswered"
    yield "wait before abandoning", _seconds(queue.mean_wait_abandoned_s), "mean, of those who leave"
    yield "queue", _number(queue.mean_queue), "contacts waiting, on average"
    yield "occupancy", _share(queue.occupancy), "share of the agents' time that is handling"


def meaning(formula: Formula, threshold: str, short: str) -> str:
    """A formula in words."""
    hit = f"answered within {threshold}"
    return {
        "short_abandons_excluded": f"{hit}, of all contacts but those who left within {short}",
        "abandons_missed": f"{hit}, of all contacts",
        "abandons_ignored": f"{hit}, of all contacts but those who left within {threshold}",
        "abandons_met": f"{hit} or left within {threshold}, of all contacts",
        "short_abandons_met": f"{hit}, or left within {short}, of all contacts",
        "answered_only": f"{hit}, of the answered",
    }[formula]


def _model(patience_s: float | None) -> str:
    if patience_s is None:
        return "Erlang C: nobody leaves the line"
    return f"Erlang A: who waits leaves after {duration(patience_s)} on average (exponential patience)"


def _asked(limits: Limits) -> str:
    asked = []
    if limits.target is not None:
        asked.append(f"a service level of {_share(limits.target)} in {duration(limits.threshold_s)}")
    if limits.occupancy_max is not None:
        asked.append(f"an occupancy of at most {_share(limits.occupancy_max)}")
    if limits.p_abandon_max is not None:
        asked.append(f"at most {_share(limits.p_abandon_max)} abandons")
    return " and ".join(asked)


def _scheduled(question: Question, queue: Equilibrium) -> int | None:
    return None if question.shrinkage is None else scheduled_agents(queue.agents, question.shrinkage)


def _is_stable(queue: Equilibrium) -> bool:
    return not isinstance(queue, ErlangC) or queue.is_stable


def _share(figure: float | None) -> str:
    return "–" if figure is None else f"{100 * figure:.1f} %"


def _seconds(figure: float | None) -> str:
    return "–" if figure is None else f"{figure:.1f} s"


def _number(figure: float | None) -> str:
    return "–" if figure is None else f"{figure:.2f}"


def duration(seconds: float) -> str:
    """Minutes where they are whole, else seconds."""
    minutes, rest = divmod(seconds, 60)
    return f"{minutes:g} min" if minutes and not rest else f"{seconds:g} s"
