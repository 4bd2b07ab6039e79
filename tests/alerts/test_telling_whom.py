"""Which output is told of which alert."""

from __future__ import annotations

from floorwatch.floor.outputs import OutputPolicy
from floorwatch.floor.rules import Selector
from tests.alerts.told_floor import FEED, LOW, WAIT, Told, a_rule

S, HOUR = 1_000, 3_600_000
CHAT = OutputPolicy("chat")


def test_severity_rule_and_selector_choose_what_an_output_isa_chat() -> None:
    """Not of less than its severity, until it is raised to it; not of other rules, queues, channels, labels."""
    told = Told(
        (
            OutputPolicy("bad", severity_min="critical"),
            OutputPolicy("waits", rules=("wait_*",)),
            OutputPolicy("second", selector=Selector(names=("q2",))),
            OutputPolicy("letters", selector=Selector(channels=("mail",))),
            OutputPolicy("north", selector=Selector(labels=(("site", "n*"),))),
        )
    )
    names = ("bad", "waits", "second", "letters", "north")
    told.fire(LOW, "q1")
    told.now = 1 * S
    assert [name for name in names if told.owed(name)] == ["north"]
    told.fire(LOW, "q1", "critical")
    told.now = 2 * S
    assert [name for name in names if told.owed(name)] == ["bad", "north"]
    told.fire(WAIT, "q3")
    told.fire(LOW, "q2")
    told.now = 3 * S
    assert [name for name in names if told.owed(name)] == ["bad", "waits", "second", "letters", "north"]
    assert [told.telling.concerns_queue("second", queue) for queue in ("q1", "q2")] == [False, True]


def test_who_is_told_of_a_queue_is_told_that_its_feed_is_down() -> None:
    """For that mutes the queue's own alerts; of feeds of other queues, of outputs and the daemon it is not told."""
    told = Told((OutputPolicy("third", selector=Selector(names=("q3",))), CHAT))
    trouble = a_rule("trouble", "daemon")
    told.fire(trouble, "journal")
    told.fire(FEED, "pbx")
    told.now = 2 * S
    assert told.owed("third") is None
    assert told.owed() is not None
    told.fire(FEED, "mail")
    assert [said for _, said in told.hears(4 * S, "third")] == [["feed_down/mail:firing:warning"]]


def test_alerts_about_people_are_told_to_leads_only() -> None:
    """A team may be three: what its figures say is no word for a wall or a group."""
    told = Told((OutputPolicy("wall"), OutputPolicy("leads", audience="lead")))
    told.fire(a_rule("team_busy", "team"), "north")
    told.fire(a_rule("floor_busy", "floor"), "floor")
    told.now = 2 * S
    assert told.owed("wall") is None
    assert told.owed("leads") is not None
    told.fire(LOW, "q1")
    assert [said for _, said in told.hears(4 * S, "wall")] == [["level_low/q1:firing:warning"]]


def test_one_that_shows_what_is_is_told_nothing() -> None:
    """It needs no log: what it shows is decided by what concerns it."""
    told = Told((OutputPolicy("lamp", is_state=True, severity_min="critical"),))
    alert = told.fire(LOW, "q1", "critical")
    other = told.fire(WAIT, "q1")
    told.now = HOUR
    assert told.owed("lamp") is None
    assert told.telling.next_due("lamp", 0) is None
    assert told.telling.quiet("lamp", 0) == (False, None)
    assert [told.telling.concerns("lamp", one) for one in (alert, other)] == [True, False]
