"""Who is on call at which instant, overrides, and hand-overs."""

from __future__ import annotations

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
