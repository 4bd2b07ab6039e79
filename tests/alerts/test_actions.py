"""The ledger of actions: what was done, what it brought, and what that says of the next time."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import permutations
from pathlib import Path

import pytest
from msgspec.structs import replace

from floorwatch.alerts.actions import ENOUGH, KINDS, Actions, Worked
from floorwatch.alerts.reserve import BROUGHT_BY, ORDER, in_order
from floorwatch.engine import Engine
from floorwatch.floor.events import ContactOffered, Event
from floorwatch.floor.internal import ActionMeasured, OperatorActed, OperatorActWithdrawn
from floorwatch.floor.rules import Condition, Level, Limit, Rule
from floorwatch.floor.settings import QueuePolicy, Settings
from floorwatch.metrics.phrases import PHRASES
from floorwatch.picture_alerts import AlertsShown
from floorwatch.store.recover import recover
from tests.store.journals import DAY_MS, START_MS, kept

WAITS = Rule("one_waits", "queue", (Condition("waiting", "at_least", (Level("warning", Limit(1)),)),), immediate=True)
AT = START_MS + 3_600_000


def floor() -> tuple[Engine, str]:
    """An alert fires; its id."""
    engine = Engine(Settings(queues={"sales": QueuePolicy()}, rules=(WAITS,)))
    engine.advance(AT)
    engine.apply(ContactOffered(time=AT, source="pbx", id="e1", contact="c1", queue="sales"))
    engine.advance(AT + 1_000)
    (alert,) = engine.watch.pending_and_firing()
    return engine, alert.id


def acted(alert: str, action: str = "a1", **said: object) -> OperatorActed:
    given = {"kind": "called_in", "who": "L1", **said}
    return OperatorActed(time=AT, source="operator", action=action, alert=alert, **given)  # type: ignore[arg-type]


def measured(effect: float | None, n: int, kind: str = "called_in", **said: object) -> ActionMeasured:
    given = {"queue": "sales", "span": "15m", **said}
    return ActionMeasured(time=AT + n, source="effects", action=f"{kind}{n}", kind=kind, effect=effect, **given)  # type: ignore[arg-type]


def test_an_action_is_kept_with_its_alert_and_is_due_after_each_span() -> None:
    """Once, however often it is told; a link that was used says nothing; of no alert there is no action."""
    engine, alert = floor()
    for event in (
        acted(alert, agents=3, link="token"),
        acted(alert, agents=3),
        acted(alert, "a2", link="token"),
        acted("nobody/knows/1", "a3"),
        acted(alert, "a4", kind="prayer"),
    ):
        engine.apply(event)
    (action,) = engine.actions.of(alert)
    assert (action.queue, action.kind, action.agents, action.who) == ("sales", "called_in", 3, "L1")
    assert engine.actions.due(AT + 300_000) == []
    engine.advance(engine.actions.due_at(action, "15m"))
    assert [span for _, span in engine.actions.due(engine.now)] == ["5m", "15m"]
    engine.apply(replace(measured(0.1, 1), action="a1", span="5m"))
    assert [span for _, span in engine.actions.due(engine.now)] == ["15m"]


def test_contacts_are_kept_only_while_something_is_to_be_measured() -> None:
    """From the action until the last span could be measured, and of its queue alone."""
    engine, alert = floor()
    engine.apply(acted(alert))
    (action,) = engine.actions
    assert set(engine.books.kept) == {"sales"}
    engine.actions.prune(action.over_at - 1)
    assert set(engine.books.kept) == {"sales"}
    engine.actions.prune(action.over_at)
    assert not engine.books.kept


def test_what_worked_is_summed_from_five_on_in_its_queue_and_everywhere() -> None:
    """Mean and standard error of effects at 15 minutes that are known and nobody else's; the best first."""
    engine, _ = floor()
    for n, effect in enumerate((0.05, 0.07, 0.09, 0.11, 0.13)):
        assert engine.actions.worked() == ()
        engine.apply(measured(effect, n))
    engine.apply(measured(None, 10, why="small_sample"))
    engine.apply(measured(0.9, 11, shared=True))
    engine.apply(measured(0.9, 12, span="5m"))
    here, everywhere = sorted(engine.actions.worked(), key=lambda one: one.queue, reverse=True)
    assert (here.kind, here.queue, here.n, everywhere.queue, everywhere.n) == ("called_in", "sales", 5, "", 5)
    assert (here.effect, here.error) == pytest.approx((0.09, 0.0141421), abs=1e-6)
    for n in range(ENOUGH):
        engine.apply(measured(0.2, 20 + n, "moved_agents", queue="mail"))
    assert [(one.kind, one.effect) for one in engine.actions.worked_in("sales")] == [
        ("moved_agents", pytest.approx(0.2)),  # of this queue nothing is known: what is known everywhere
        ("called_in", pytest.approx(0.09)),
    ]


def withdrawn(alert: str, action: str, at: int = AT) -> OperatorActWithdrawn:
    return OperatorActWithdrawn(time=at, source="operator", action=action, alert=alert, who="L1")


def test_an_action_that_was_taken_back_is_as_if_it_had_never_been() -> None:
    """It is not shown, measured or kept contacts for; what is said of it later, itself once more, does not count."""
    engine, alert = floor()
    engine.apply(acted(alert))
    engine.apply(acted(alert, "a2"))
    assert engine.actions.is_shared(engine.actions.of(alert)[0], "15m")
    engine.apply(withdrawn(alert, "a2"))
    (left,) = engine.actions.of(alert)
    assert left.id == "a1"
    assert not engine.actions.is_shared(left, "15m")
    engine.apply(withdrawn(alert, "a1"))
    for event in (acted(alert), replace(measured(0.1, 1), action="a1")):
        engine.apply(event)
    assert list(engine.actions) == engine.actions.due(AT + DAY_MS) == []
    assert not engine.books.kept
    assert not engine.actions._effects


def test_what_was_learnt_from_an_action_that_is_taken_back_is_forgotten() -> None:
    """The sum is that of the others; with the last of them nothing is known any more."""
    engine, alert = floor()
    for n in range(ENOUGH + 1):
        engine.apply(measured(0.5 if n == 2 else 0.1, n))
    engine.apply(withdrawn(alert, "called_in2"))
    assert [(one.n, one.effect) for one in engine.actions.worked_in("sales")] == [(ENOUGH, pytest.approx(0.1))]
    for n in range(ENOUGH + 1):
        engine.apply(withdrawn(alert, f"called_in{n}"))
    assert engine.actions.worked() == ()


def worked(kind: str, n: int, effect: float) -> Worked:
    return Worked(kind, "", n, effect, 0.01, effect, effect)


@pytest.mark.parametrize(
    ("known", "first"),
    [
        ((), "idle_elsewhere"),
        ((worked("back_from_training", 12, 0.09), worked("moved_agents", 12, 0.03)), "off_phone"),
        ((worked("back_from_break", 30, 0.09), worked("back_from_training", 5, 0.02)), "on_break"),
        ((worked("pauses_ended", 20, 0.001), worked("moved_agents", 20, 0.001)), "idle_elsewhere"),
    ],
)
def test_levers_stand_in_the_order_of_what_they_brought(known: Sequence[Worked], first: str) -> None:
    """Nothing known: as ever. Known: the best first, few actions drawn to the mean of all; none is ever left out."""
    for order in permutations(known):
        assert in_order(order)[0] == first
        assert sorted(in_order(order)) == sorted(ORDER)


def test_what_worked_is_said_with_the_alert_best_first() -> None:
    """In both languages, the two best, and only what brought a point or more."""
    engine, alert_id = floor()
    for kind, effect in (("called_in", 0.04), ("back_from_training", 0.094), ("moved_agents", 0.03), ("other", 0.001)):
        for n in range(ENOUGH):
            engine.apply(measured(effect, n, kind))
    alert = engine.watch.alert(alert_id)
    assert alert is not None
    advice = AlertsShown(engine).one(alert).advice
    assert (
        "So far here: back from training +9 points in 15 min (5 times), called in +4 points in 15 min (5 times)."
        in advice["en"]
    )
    assert "迄今在此：召回培训坐席 15 分钟 +9 个百分点（5 次），临时召入 15 分钟 +4 个百分点（5 次）。" in advice["zh"]


def test_every_kind_has_words_and_every_lever_kinds() -> None:
    """What can be recorded can be read, in both languages; what brings agents back is a kind there is."""
    assert all(all(PHRASES[f"action.{kind}"]) for kind in KINDS)
    assert {kind for kinds in BROUGHT_BY.values() for kind in kinds} < set(KINDS)


async def test_what_was_learnt_survives_a_recount_of_two_days(tmp_path: Path) -> None:
    """Without a snapshot only two days are counted anew: what worked a week ago is known all the same, but for what
    was taken back."""
    learnt = [measured(0.1, n) for n in range(ENOUGH)]
    later: list[Event] = [
        ContactOffered(time=AT + day * DAY_MS, source="pbx", contact=f"c{day}", queue="sales", id=f"e{day}")
        for day in range(1, 8)
    ]
    wrong = [measured(0.9, 9), withdrawn("none/kept/1", "called_in9", AT + 10)]
    await kept(tmp_path, [*learnt, *wrong, *later])
    engine = recover(tmp_path, Settings(queues={"sales": QueuePolicy()}), ENOUGH + 2 + len(later)).engine
    assert [(one.kind, one.n) for one in engine.actions.worked_in("sales")] == [("called_in", ENOUGH)]


async def test_an_action_that_was_taken_back_stays_so_in_a_recovery(tmp_path: Path) -> None:
    """Of the journal alone: the other about the same alert is there again, it is not."""
    _, alert = floor()
    offered = ContactOffered(time=AT, source="pbx", id="e1", contact="c1", queue="sales")
    said = [replace(event, time=AT + 2_000) for event in (acted(alert), acted(alert, "a2"), withdrawn(alert, "a1"))]
    await kept(tmp_path, [offered, *said])
    engine = recover(tmp_path, Settings(queues={"sales": QueuePolicy()}, rules=(WAITS,)), 4).engine
    assert [one.id for one in engine.actions] == ["a2"]


def test_actions_that_nobody_asks_for_any_more_are_forgotten() -> None:
    """After four weeks; what they brought stays known."""
    engine, alert = floor()
    engine.apply(acted(alert))
    ledger: Actions = engine.actions
    ledger.prune(AT + 27 * DAY_MS)
    assert len(ledger.of(alert)) == 1
    ledger.prune(AT + 29 * DAY_MS)
    assert (ledger.of(alert), list(ledger)) == ([], [])


def test_what_was_to_be_expected_is_asked_at_that_moment_or_not_at_all() -> None:
    """Half an hour later, after a restart maybe, it would be another expectation under the same name."""
    engine, alert = floor()
    engine.apply(acted(alert))
    (action,) = engine.actions.of(alert)
    assert engine.actions.unforeseen(action.at + 59_000) == [action]
    assert engine.actions.unforeseen(action.at + 60_000) == []
