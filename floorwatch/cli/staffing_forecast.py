"""The agents that a forecast needs, interval by interval: for people and for machines."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from floorwatch.cli.staffing_text import duration
from floorwatch.metrics.calendar import Calendar
from floorwatch.metrics.staffing.forecast import Need, Planned, Reforecast, reforecast
from floorwatch.metrics.staffing.required import Limits


@dataclass(frozen=True, slots=True)
class RestOfDay:
    """The rest of the day of the last interval with actuals, re-forecast from the intervals that have some."""

    again: Reforecast
    left_out: list[int]
    """Starts of the day's intervals before the last one with actuals that have none."""
    other_days: list[int]
    """Starts of intervals with actuals on days before that one, of which nothing is concluded."""


@dataclass(frozen=True, slots=True)
class Plan:
    """Of one queue: what is asked, and what every interval needs for it."""

    limits: Limits
    interval_ms: int
    """How long each interval of the forecast is."""
    needs: list[Need]
    shrinkage: float
    rest: RestOfDay | None = None
    """Where actuals are known."""


def contradiction(queues: Mapping[str, Sequence[Planned]], interval_ms: int) -> str | None:
    """Why a forecast cannot be of intervals of a typed length, with the fix; None where it can."""
    for queue, intervals in queues.items():
        if len(intervals) > 1 and (found := intervals[0].end - intervals[0].start) != interval_ms:
            return (
                f"queue {queue} has lines {duration(found / 1000)} apart, which contradicts --interval "
                f"{duration(interval_ms / 1000)}: leave it out, or give a line for each interval, with 0 contacts too"
            )
    return None


def rest_of_day(intervals: Sequence[Planned], came: Mapping[int, float], calendar: Calendar) -> RestOfDay:
    """Compare what came, by start, with the forecast of exactly those intervals; at least one there is."""
    begin, end = calendar.day(max(came))
    day = [planned for planned in intervals if begin <= planned.start < end]
    compared = [planned for planned in day if planned.start in came]
    now = compared[-1].end
    return RestOfDay(
        reforecast(
            day, sum(came[one.start] for one in compared), now, expected=sum(planned.contacts for planned in compared)
        ),
        [planned.start for planned in day if planned.start < now and planned.start not in came],
        sorted(start for start in came if start < begin),
    )


def notes(queue: str, rest: RestOfDay | None, timezone: str) -> Iterator[str]:
    """What of a queue was not compared with its forecast."""
    zone = ZoneInfo(timezone)
    if rest is None:
        yield f"no actuals for {queue}: planned as forecast"
        return
    if rest.left_out:
        times = ", ".join(f"{_local(start, zone):%H:%M}" for start in rest.left_out)
        yield f"no actuals for {queue} {times}: left out of the comparison"
    if rest.other_days:
        days = ", ".join(sorted({f"{_local(start, zone):%Y-%m-%d}" for start in rest.other_days}))
        yield f"actuals for {queue} of {days}: not compared, only the last day's are"


def as_json(plans: Mapping[str, Plan], timezone: str) -> dict[str, object]:
    """Everything; null where a figure does not exist."""
    zone = ZoneInfo(timezone)
    return {
        queue: {
            "limits": asdict(plan.limits),
            "shrinkage": plan.shrinkage,
            "interval_s": plan.interval_ms / 1000,
            "reforecast": None if plan.rest is None else _again(plan.rest, zone),
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


def as_text(plans: Mapping[str, Plan], timezone: str) -> Iterator[str]:
    """A table per queue."""
    zone = ZoneInfo(timezone)
    for queue, plan in plans.items():
        yield f"{queue}: {', '.join(_heading(plan))}"
        scheduled = f"{'scheduled':>11}" if plan.shrinkage else ""
        if plan.rest is not None:
            again = plan.rest.again
            yield (
                f"  so far {again.actual:g} came where {again.expected:.1f} were expected: "
                f"the rest of the day is forecast x {again.factor:.3f}"
            )
        yield f"  {'start':17}{'contacts':>10}{'erlangs':>9}{'agents':>8}{scheduled}{'level':>9}{'occupancy':>11}"
        for need in plan.needs:
            yield _row(need, zone, plan.shrinkage > 0)
        yield ""


def _heading(plan: Plan) -> Iterator[str]:
    limits = plan.limits
    if limits.target is not None:
        yield f"{100 * limits.target:g} % in {limits.threshold_s:g} s"
    yield limits.formula
    if plan.needs:
        yield {"erlang_c": "by Erlang C", "erlang_a": "by Erlang A"}[plan.needs[0].model]
    yield f"intervals of {duration(plan.interval_ms / 1000)}"
    if limits.occupancy_max is not None:
        yield f"at most {100 * limits.occupancy_max:g} % occupancy"
    if limits.p_abandon_max is not None:
        yield f"at most {100 * limits.p_abandon_max:g} % abandons"
    if plan.shrinkage:
        yield f"shrinkage {100 * plan.shrinkage:g} %"


def _again(rest: RestOfDay, zone: ZoneInfo) -> dict[str, object]:
    again = rest.again
    return {
        "actual": again.actual,
        "expected": again.expected,
        "ratio": again.ratio,
        "weight": again.weight,
        "factor": again.factor,
        "left_out": [_local(start, zone).isoformat() for start in rest.left_out],
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
