"""The agents that a forecast needs, interval by interval: for people and for machines."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from floorwatch.metrics.calendar import Calendar
from floorwatch.metrics.staffing.forecast import Need, Planned, Reforecast, reforecast
from floorwatch.metrics.staffing.required import Limits


@dataclass(frozen=True, slots=True)
class Plan:
    """Of one queue: what is asked, and what every interval needs for it."""

    limits: Limits
    needs: list[Need]
    again: Reforecast | None = None
    """The forecast of the rest of the day, where actuals are known."""


def rest_of_day(intervals: Sequence[Planned], actuals: Sequence[Planned], calendar: Calendar) -> Reforecast | None:
    """The rest of the day of the last actual interval, re-forecast from what came on it; None without actuals."""
    if not actuals:
        return None
    now = actuals[-1].end
    begin, end = calendar.day(now - 1)
    came = sum(planned.contacts for planned in actuals if planned.start >= begin)
    return reforecast([planned for planned in intervals if begin <= planned.start < end], came, now)


def as_json(plans: Mapping[str, Plan], timezone: str) -> dict[str, object]:
    """Everything; null where a figure does not exist."""
    zone = ZoneInfo(timezone)
    return {
        queue: {
            "limits": asdict(plan.limits),
            "reforecast": None if plan.again is None else _again(plan.again),
            "intervals": [
                {
                    "start": _local(need.planned.start, zone).isoformat(),
                    "end": _local(need.planned.end, zone).isoformat(),
                    "contacts": need.planned.contacts,
                    "offered_erlangs": need.offered,
                    "model": need.model,
                    "agents_required": need.agents,
                    "agents_scheduled": need.scheduled,
                    "service_level": need.level,
                    "occupancy": need.occupancy,
                }
                for need in plan.needs
            ],
        }
        for queue, plan in plans.items()
    }


def as_text(plans: Mapping[str, Plan], timezone: str, shrinkage: float | None) -> Iterator[str]:
    """A table per queue."""
    zone = ZoneInfo(timezone)
    for queue, plan in plans.items():
        limits = plan.limits
        models = {"erlang_c": "Erlang C", "erlang_a": "Erlang A"}
        model = ", by " + models[plan.needs[0].model] if plan.needs else ""
        target = "" if limits.target is None else f"{100 * limits.target:g} % in {limits.threshold_s:g} s, "
        yield f"{queue}: {target}{limits.formula}{model}"
        scheduled = "" if shrinkage is None else f"{'scheduled':>11}"
        if plan.again is not None:
            yield (
                f"  so far {plan.again.actual:g} came where {plan.again.expected:.1f} were expected: "
                f"the rest of the day is forecast x {plan.again.factor:.3f}"
            )
        yield f"  {'start':17}{'contacts':>10}{'erlangs':>9}{'agents':>8}{scheduled}{'level':>9}{'occupancy':>11}"
        for need in plan.needs:
            yield _row(need, zone, shrinkage is not None)
        yield ""


def _again(again: Reforecast) -> dict[str, object]:
    return {
        "actual": again.actual,
        "expected": again.expected,
        "ratio": again.ratio,
        "weight": again.weight,
        "factor": again.factor,
    }


def _row(need: Need, zone: ZoneInfo, shrinks: bool) -> str:
    scheduled = f"{_whole(need.scheduled):>11}" if shrinks else ""
    return (
        f"  {_local(need.planned.start, zone):%Y-%m-%d %H:%M} {need.planned.contacts:10.1f}{need.offered:9.2f}"
        f"{_whole(need.agents):>8}{scheduled}{_share(need.level):>9}{_share(need.occupancy):>11}"
    )


def _local(instant: int, zone: ZoneInfo) -> datetime:
    return datetime.fromtimestamp(instant / 1000, zone)


def _whole(figure: int | None) -> str:
    return "–" if figure is None else str(figure)


def _share(figure: float | None) -> str:
    return "–" if figure is None else f"{100 * figure:.1f} %"
