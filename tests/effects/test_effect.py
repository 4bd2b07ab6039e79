"""The effect of an action, beside what it truly brought: the same simulated day with it and without it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from statistics import fmean
from typing import NamedTuple

import pytest

from benchmarks.effect_floors import QUEUE, Day, day_of, floor_of
from benchmarks.effects import acted, level_of, measured_day, told_until
from floorwatch.alerts.actions import SPANS, Action
from floorwatch.engine import Engine
from floorwatch.floor.events import Event, SourceGap
from floorwatch.floor.hours import BusinessClock, Hours
from floorwatch.floor.internal import ActionMeasured, OperatorActed
from floorwatch.measuring import measurement
from floorwatch.store import snapshot
from simulators.day import settings_of

DAY = Day("back_from_training", 30, 5, load=1.3, seed=3)
SPAN = "15m"


class Floor(NamedTuple):
    """A floor about which something has just been done, and what happens then."""

    engine: Engine
    action: Action
    events: Iterator[Event]
    next: Event | None


def floor_acted_on(day: Day, *, acts: bool = True) -> Floor:
    engine, events = Engine(settings_of(floor_of(day))), day_of(day, acts=acts)
    following = told_until(engine, events, day.at)
    action, _ = acted(engine, day)
    return Floor(engine, action, events, following)


def told(floor: Floor, day: Day, span: str = SPAN) -> ActionMeasured:
    """What is said when the span is over."""
    told_until(floor.engine, floor.events, floor.engine.actions.due_at(floor.action, span) + 1, floor.next)
    return measurement(floor.engine, floor.action, span)()


def test_what_is_reported_is_within_three_points_of_what_is_true() -> None:
    """Agents who come back to a queue, or to two that share them: the mean size of the error at each span."""
    spans = ["5m", "15m"]
    days = [Day("back_from_training", 30, 5, load=1.25, seed=seed, beside=0.3 * (seed % 2)) for seed in range(4)]
    runs = [run for day in days for run in measured_day(day, spans)]
    for span in spans:
        errors = [abs(run.error) for run in runs if run.span == span]
        assert len(errors) == 4
        assert fmean(errors) < 3.0, span
    assert max(run.true for run in runs) > 0.05  # it is an effect that is measured, not nothing


def test_what_changes_customers_is_measured_as_well() -> None:
    """An announcement after which callers hang up earlier: those who did are taken to have stayed, without it."""
    runs = [run for seed in range(2) for run in measured_day(Day("announcement", 20, 0, load=1.3, seed=seed), [SPAN])]
    assert fmean(abs(run.error) for run in runs) < 3.0


def test_who_does_not_come_brings_nothing() -> None:
    """Called back, and nobody came: exactly nothing, whatever the queue has done meanwhile."""
    said = told(floor_acted_on(DAY, acts=False), DAY)
    assert (said.effect, said.low, said.high) == (0.0, 0.0, 0.0)
    assert said.waiting_without == said.waiting


def test_something_else_by_which_nobody_came_may_have_worked_unseen() -> None:
    """No effect and why, though the level is known and many were decided: 0 would be learnt as "it brings nothing"."""
    day = replace(DAY, kind="other", more=0)
    said = told(floor_acted_on(day, acts=False), day)
    assert (said.effect, said.low, said.high, said.waiting_without) == (None, None, None, None)
    assert said.why == "unseen"
    assert said.n >= 100


def test_the_level_is_that_of_the_books() -> None:
    """What the effect is a part of is the level that every screen shows of this time, visit for visit."""
    floor = floor_acted_on(DAY)
    said = told(floor, DAY)
    assert said.level == level_of(floor.engine, DAY.at, DAY.at + SPANS[SPAN])
    assert said.n >= 100


def test_an_engine_that_was_put_away_meanwhile_measures_the_same() -> None:
    """Eight minutes after the action the daemon is killed: from its snapshot it goes on to the same effect."""
    whole = told(floor_acted_on(DAY), DAY)
    floor = floor_acted_on(DAY)
    following = told_until(floor.engine, floor.events, DAY.at + 480_000, floor.next)
    thawed = snapshot.thaw(snapshot.freeze(floor.engine))
    (action,) = thawed.actions
    assert told(Floor(thawed, action, floor.events, following), DAY) == whole
    assert whole.effect is not None


def test_what_was_done_at_the_same_time_is_said_to_be_shared() -> None:
    """Two actions within the span: neither is given what both have brought, and nothing is learnt from it."""
    floor = floor_acted_on(DAY)
    other = OperatorActed(time=DAY.at, source="operator", action="other", alert="", kind="announcement", who="L2")
    floor.engine.actions.acted(other, QUEUE, DAY.at + 60_000)
    said = told(floor, DAY)
    assert said.shared
    floor.engine.apply(said)
    assert floor.engine.actions.worked() == ()
    assert not floor.engine.actions._effects


@pytest.mark.parametrize("why", ["hours", "feed", "small_sample", "not_kept"])
def test_what_cannot_be_known_is_not_said(why: str) -> None:
    """Business hours, a feed that was lost meanwhile, too few decided, and what is not kept: no effect, and why."""
    day = replace(DAY, agents=2, more=1) if why == "small_sample" else DAY
    floor = floor_acted_on(day)
    if why == "feed":
        following = told_until(floor.engine, floor.events, day.at + 60_000, floor.next)
        floor.engine.apply(SourceGap(time=day.at + 60_000, source="simulator", since=day.at + 30_000))
        floor = floor._replace(next=following)
    if why == "not_kept":
        floor.engine.books.kept.clear()
    if why == "hours":
        hours = Hours(tuple(((0, 86_400_000),) for _ in range(7)), ())
        floor.engine.books.ledgers[QUEUE].clock = BusinessClock(hours, "UTC")
    said = measurement(floor.engine, floor.action, SPAN)() if why == "hours" else told(floor, day)
    assert (said.why, said.effect) == (why, None)


def test_the_same_question_has_the_same_answer() -> None:
    """Asked twice, and nothing in the books has changed."""
    floor = floor_acted_on(DAY)
    first = told(floor, DAY)
    assert first.effect is not None
    assert measurement(floor.engine, floor.action, SPAN)() == first
