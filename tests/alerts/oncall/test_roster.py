"""Who is on call at which instant, overrides, and hand-overs."""

from __future__ import annotations

from floorwatch.alerts.oncall.roster import OVER_KEPT_MS, OVER_MAX, OVERRIDES_MAX
from floorwatch.floor import internal as i
from floorwatch.floor.oncall import Step
from tests.alerts.oncall.rig import HOUR, T0, Rig, ladder, person, rota


def rig() -> Rig:
    made = Rig((person("A"), person("B")), (ladder(Step((rota("north"),))),))
    made.load("north", (0, HOUR, ("A",)), (HOUR, 2 * HOUR, ("B",)), (2 * HOUR, 3 * HOUR, ()))
    return made


def override(made: Rig, name: str, who: str, since: int, until: int) -> None:
    made.engine.apply(
        i.OperatorOverrode(
            time=made.engine.now,
            source="operator",
            override=name,
            rota="north",
            person=who,
            since=T0 + since,
            until=T0 + until,
            who="S1",
        )
    )


def on_call(made: Rig, *hours: float) -> list[str]:
    return ["".join(made.engine.calling.roster.on_call("north", T0 + int(hour * HOUR))) for hour in hours]


def test_a_turn_ends_where_the_next_begins_and_what_is_not_known_is_nobody() -> None:
    """Half-open, and nobody before, in a gap, after the end and in a rota that is not known."""
    made = rig()
    assert on_call(made, -0.1, 0, 0.99, 1, 1.99, 2, 3, 99) == ["", "A", "A", "B", "B", "", "", ""]
    roster = made.engine.calling.roster
    assert roster.on_call("south", T0) == ()
    assert [roster.change_after("north", T0 + at) for at in (0, HOUR, 2 * HOUR)] == [T0 + HOUR, T0 + 2 * HOUR, None]
    made.load("north", (0, HOUR, ("A",)), (HOUR, 2 * HOUR, ("B",)))
    assert roster.change_after("north", T0 + HOUR) is None, "more was not said: B's turn may go on"


def test_an_override_ends_when_it_was_said_to_though_no_more_is_known_of_the_rota() -> None:
    """Given before what is known ends, or after; what begins later says nothing of the turn before it."""
    made = rig()
    made.load("north", (0, HOUR, ("A",)), (HOUR, 2 * HOUR, ("B",)))
    override(made, "one", "A", 3 * HOUR // 2, 3 * HOUR)
    override(made, "two", "B", 5 * HOUR, 6 * HOUR)
    ends = [made.engine.calling.roster.change_after("north", T0 + int(hour * HOUR)) for hour in (1.6, 2.5, 3, 5)]
    assert [None if at is None else (at - T0) / HOUR for at in ends] == [3, 3, 5, 6]
    made.engine.apply(i.OperatorOverrideEnded(time=made.engine.now, source="operator", override="one", who="S1"))
    assert made.engine.calling.roster.change_after("north", T0 + HOUR) is None


def test_of_several_overrides_the_one_given_last_holds_until_it_is_ended() -> None:
    """Also where the rota has nobody; what is ended leaves what was before."""
    made = rig()
    override(made, "one", "B", HOUR // 2, 3 * HOUR)
    override(made, "two", "A", HOUR, 2 * HOUR)
    assert on_call(made, 0.4, 0.5, 1, 2, 2.9, 3) == ["A", "B", "A", "B", "B", ""]
    made.engine.apply(i.OperatorOverrideEnded(time=made.engine.now, source="operator", override="two", who="S1"))
    assert on_call(made, 0.4, 0.5, 1, 2, 2.9, 3) == ["A", "B", "B", "B", "B", ""]


def test_a_hand_over_is_when_the_people_change() -> None:
    """By a turn, an override and another rota that is loaded; a gap hands over, and nobody hands over nothing."""
    made = rig()
    made.run(HOUR // 2)
    override(made, "one", "B", 3 * HOUR // 4, 5 * HOUR // 4)
    made.run(2 * HOUR + HOUR // 2)
    made.load("north", (0, 5 * HOUR, ("A",)))
    made.run(3 * HOUR)
    made.load("north", (0, 5 * HOUR, ("A", "B")))
    made.run(4 * HOUR)
    found = [
        ((one.since - T0) / HOUR, (one.until - T0) / HOUR, one.people, one.next_people)
        for one in made.engine.calling.roster.handovers
    ]
    assert found == [
        (0, 0.75, ("A",), ("B",)),
        (0.75, 2, ("B",), ()),
        (2.5, 3, ("A",), ("A", "B")),
    ]


def test_an_override_that_was_ended_was_there() -> None:
    """Since when somebody is on call does not reach over the one who was before; one that never came leaves nothing."""
    made = rig()
    override(made, "one", "B", HOUR // 4, HOUR)
    override(made, "never", "B", 2 * HOUR, 3 * HOUR)
    made.run(HOUR // 2)
    for name in ("one", "never"):
        made.engine.apply(i.OperatorOverrideEnded(time=made.engine.now, source="operator", override=name, who="S1"))
    roster = made.engine.calling.roster
    assert on_call(made, 0, 0.25, 0.49, 0.5, 0.9, 2.5) == ["A", "B", "B", "A", "A", ""]
    assert roster.began("north", T0 + HOUR * 3 // 4) == T0 + HOUR // 2
    assert list(roster.overrides) == ["one"]


def test_what_is_over_is_forgotten_after_a_while_and_room_is_for_what_is_ahead() -> None:
    """A hundred that are over are kept for four weeks; of those ahead the one given first goes past five hundred."""
    made = rig()
    roster = made.engine.calling.roster
    for n in range(OVER_MAX + 5):
        override(made, f"over{n}", "B", -2 * HOUR, -HOUR)
    for n in range(OVERRIDES_MAX + 2):
        override(made, f"ahead{n}", "B", HOUR, 2 * HOUR)
    kept = list(roster.overrides)
    assert kept[0] == "over5"
    assert [name for name in kept if name.startswith("ahead")] == [f"ahead{n}" for n in range(2, OVERRIDES_MAX + 2)]
    late = i.OperatorOverrode(
        time=T0 + OVER_KEPT_MS, source="operator", override="x", rota="north", person="B", since=0, until=1, who="S1"
    )
    roster.override(late, T0 + OVER_KEPT_MS)
    assert [name for name in roster.overrides if name.startswith("over")] == []
