"""Alerts as the picture has them: what is wrong at once, what to do about it within a few pictures, whatever fails."""

from __future__ import annotations

import pytest
from structlog.testing import capture_logs

from floorwatch.alerts.advice import Advisor
from floorwatch.engine import Engine
from floorwatch.floor.events import ContactAbandoned, ContactOffered, SourceDown, SourceUp
from floorwatch.floor.internal import DeliveryFailed
from floorwatch.floor.oncall import Step, Whom
from floorwatch.floor.outputs import OutputPolicy
from floorwatch.floor.rules import LONGEST_WAIT_HIGH, Condition, Level, Limit, Rule
from floorwatch.floor.settings import QueuePolicy, Settings
from floorwatch.floor.steps import at_once
from floorwatch.picture_alerts import BACK_MS_MAX, AlertsShown
from tests.alerts.oncall.rig import Rig, ladder, person

T0_MS = 1_772_500_500_000
LINE = Rule("line", "queue", (Condition("waiting", "at_least", (Level("critical", Limit(1)),)),), immediate=True)
QUEUES = ("east", "north", "west")


def _out() -> Engine:
    """Somebody waits on each of three queues, which is an alert of each."""
    engine = Engine(Settings(queues={name: QueuePolicy() for name in QUEUES}, rules=(LINE,)))
    engine.advance(T0_MS)
    engine.apply(SourceUp(time=T0_MS, source="s"))
    for name in QUEUES:
        engine.apply(ContactOffered(time=T0_MS, source="s", contact=name, queue=name))
    engine.advance(T0_MS + 1)
    return engine


def _advised(shown: AlertsShown) -> list[bool]:
    """Of each alert that is shown, whether it says what to do."""
    return [bool(alert.advice["en"]) for alert in shown.all()]


def test_what_to_do_is_worked_out_for_so_many_at_once_and_for_all_in_turn() -> None:
    """Each picture adds some; what was said stays until its turn comes again. Who asks about one has it at once."""
    engine = _out()
    shown = AlertsShown(engine, anew_max=1)
    assert [sum(_advised(shown)) for _ in range(4)] == [1, 2, 3, 3]
    engine.advance(T0_MS + 60_000)
    assert all(_advised(shown))
    assert shown.one(next(iter(engine.watch.pending_and_firing()))).advice["en"]
    assert all(_advised(AlertsShown(engine)))


def test_a_bug_in_what_to_do_hides_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is wrong is shown all the same, and the log says once of each rule what has failed."""

    def broken(*_: object, **__: object) -> None:
        raise KeyError("a bug")

    monkeypatch.setattr(Advisor, "told", broken)
    shown = AlertsShown(_out())
    with capture_logs() as logs:
        alerts = [*shown.all(), *shown.all()]
    assert [log["event"] for log in logs] == ["advice_failed"]
    assert len(alerts) == 2 * len(QUEUES)
    assert all(alert.labels["queue"] in alert.message["en"] and not alert.advice["en"] for alert in alerts)


def test_what_is_over_is_seen_for_as_long_as_was_asked_for_and_a_day_at_most() -> None:
    """An alert that lives on since before does not hide those that came and went after it."""
    engine = _out()
    engine.apply(ContactAbandoned(time=T0_MS + 1_000, source="s", contact="north", queue="north"))
    shown = AlertsShown(engine)
    seen = {}
    for after_ms in (10_000, 3_600_000, BACK_MS_MAX, BACK_MS_MAX + 60_000):
        engine.advance(T0_MS + after_ms)
        seen[after_ms] = [
            [alert.labels["queue"] for alert in shown.all(back_ms) if alert.state == "resolved"]
            for back_ms in (1_800_000, BACK_MS_MAX)
        ]
    assert list(seen.values()) == [[["north"]] * 2, [[], ["north"]], [[], ["north"]], [[], []]]


def test_who_asks_further_back_while_a_picture_is_taken_does_not_lengthen_the_picture() -> None:
    """A picture in steps shows the last hour, whatever of yesterday is asked for between two of them."""
    engine = _out()
    engine.apply(ContactAbandoned(time=T0_MS + 1_000, source="s", contact="north", queue="north"))
    engine.advance(T0_MS + 3 * 3_600_000)
    shown = AlertsShown(engine)
    steps = shown.steps()
    next(steps)
    assert "resolved" in {alert.state for alert in shown.all(BACK_MS_MAX)}
    assert "resolved" not in {alert.state for alert in at_once(steps)}


@pytest.mark.parametrize(("lost_at", "waited"), [(150_000, 150_000), (1, 91_000)])
def test_a_wait_goes_on_and_stands_still_when_its_feed_is_lost(lost_at: int, waited: int) -> None:
    """Between two readings of its rule it grows; of a lost feed it is as last known, and not less than was read."""
    engine = Engine(Settings(queues={"east": QueuePolicy()}, rules=(LONGEST_WAIT_HIGH,)))
    engine.advance(T0_MS)
    engine.apply(SourceUp(time=T0_MS, source="s"))
    engine.apply(ContactOffered(time=T0_MS, source="s", contact="c", queue="east"))
    engine.advance(T0_MS + 150_000)
    (live,) = engine.watch.pending_and_firing()
    assert live.value == 91_000, "as the rule has read it when the alert fired"
    assert AlertsShown(engine).one(live).value == 150_000
    engine.apply(SourceDown(time=T0_MS + lost_at, source="s"))
    engine.advance(T0_MS + 300_000)
    assert AlertsShown(engine).one(live).value == waited


def test_what_does_not_get_through_is_said_to_last_on() -> None:
    """An output that fails for ten minutes is not said to have failed for as long as when its alert fired."""
    engine = Engine(Settings(outputs=(OutputPolicy(name="lamp"),)))
    engine.advance(T0_MS)
    engine.apply(DeliveryFailed(time=T0_MS, source="outputs", output="lamp", why="refused", attempts=1))
    engine.advance(T0_MS + 600_000)
    (alert,) = AlertsShown(engine).all()
    assert alert.value == 600_000
    assert "10:00" in alert.message["en"]


def test_who_cannot_be_reached_is_named_to_leads_alone() -> None:
    """Each once, in both languages; everybody else is told that there is somebody."""
    floor = Rig(
        (person("Ωλεαδ-1", ("fax", "1")), person("Ωλεαδ-2"), person("Ωλεαδ-3", ("fax", "3"))),
        (ladder(Step((Whom("person", "Ωλεαδ-1"), Whom("person", "Ωλεαδ-2"), Whom("person", "Ωλεαδ-3")))),),
    )
    floor.breaks("disk")
    floor.breaks("fan")
    floor.run(3_000)
    said = next(one for one in AlertsShown(floor.engine).all() if one.labels["daemon"] == "unreached")
    assert said.lead_advice["en"].startswith("Call them yourself: Ωλεαδ-1, Ωλεαδ-3. ")
    assert said.lead_advice["zh"].startswith("请直接致电：Ωλεαδ-1、Ωλεαδ-3。")
    assert said.advice["en"].startswith("Call them yourself. ")
    assert "Ωλεαδ" not in f"{said.advice} {said.message}"
