"""Who is told of an alert, when and by which way: steps, people who have their quiet hours, ways that fail."""

from __future__ import annotations

from dataclasses import replace

import pytest

from floorwatch.floor import internal as i
from floorwatch.floor.hours import DAY_MS, Hours
from floorwatch.floor.oncall import Person, PersonChannel, Step, Whom
from floorwatch.floor.outputs import OutputPolicy
from floorwatch.picture_oncall import escalation_shown
from floorwatch.store.snapshot import freeze, thaw
from tests.alerts.oncall.rig import HOUR, MINUTE, SECOND, T0, Rig, ladder, person, rota

NORTH = Step((rota("north"),), times=2)
BOSS = Step((Whom("person", "C"),))


def rig(*steps: Step, people: tuple[Person, ...] = (), **more: object) -> Rig:
    made = Rig(people or (person("A"), person("B"), person("C")), (ladder(*(steps or (NORTH, BOSS)), **more),))
    made.load("north", (0, HOUR, ("A",)), (HOUR, 100 * HOUR, ("B",)))
    return made


def test_step_by_step_until_somebody_has_it() -> None:
    """Twice to who is on call, each time by the next of their ways, then to the next; in rounds, and then no more."""
    made = rig(rounds=2)
    made.breaks()
    made.run(17 * MINUTE)
    made.take("C")
    made.run(18 * MINUTE)
    made.mends()
    made.run(HOUR)
    assert [(what, to) for _, to, what in made.said()] == [
        ("e1.1.1.1", "+A"),
        ("e1.1.1.2", "A@x"),
        ("e1.1.2.1", "+C"),
        ("e1.2.1.1", "+A"),
        (f"taken{made.alert().acknowledged_at}", "+A"),
        ("over", "+C"),
        ("over", "+A"),
    ]
    times = [at for at, _, what in made.said() if what.startswith("e")]
    assert [at - times[0] for at in times] == [0, 5 * MINUTE, 10 * MINUTE, 15 * MINUTE]


def test_nobody_acts() -> None:
    """All rounds are gone through, and it says so; the last ones told hear when it is over."""
    made = rig(rounds=2)
    made.breaks()
    made.run(18 * MINUTE)
    shown = escalation_shown(made.engine, made.alert())
    assert shown is not None
    assert (shown.state, shown.step, shown.round, shown.next_step) == ("climbing", 1, 2, 1)
    assert shown.next_at == made.engine.calling.records[made.alert().id].pages[0].made_at + 20 * MINUTE
    made.run(2 * HOUR)
    shown = escalation_shown(made.engine, made.alert())
    assert shown is not None
    assert (shown.state, shown.next_at, shown.step, shown.round) == ("exhausted", None, 2, 2)
    assert [what for _, _, what in made.said()].count("e2.2.2.1") == 1


def test_a_raise_begins_anew_and_takes_it_from_who_has_it() -> None:
    """After 20 minutes it is an emergency: a climb of its own, though somebody had it in hand."""
    made = rig()
    made.breaks()
    made.run(MINUTE)
    made.take("A")
    made.run(21 * MINUTE)
    assert [what for _, _, what in made.said()] == ["e1.1.1.1", "e2.1.1.1"]
    assert made.alert().severity == "emergency"


def test_in_hand_and_not_over_it_begins_anew() -> None:
    """So long after it was taken; each time it is taken again puts that off."""
    made = rig(unresolved_ms=10 * MINUTE, severity_min="critical")
    made.breaks()
    made.run(MINUTE)
    made.take("A")
    made.run(9 * MINUTE)
    made.take("A")
    made.run(18 * MINUTE)
    assert [what for _, _, what in made.said()] == ["e1.1.1.1"]
    made.run(19 * MINUTE + 5 * SECOND)
    assert [what for _, _, what in made.said()] == ["e1.1.1.1", "e2.1.1.1"]
    page = made.engine.calling.records[made.alert().id].pages[-1]
    assert page.unresolved_since == T0 + 9 * MINUTE


def test_whoever_is_on_call_at_that_moment() -> None:
    """Each telling looks anew; where nobody is, the next step is at once, and somebody should know."""
    made = Rig((person("A"), person("B"), person("C")), (ladder(NORTH, BOSS, rounds=1),))
    made.load("north", (0, 4 * MINUTE, ("A",)), (4 * MINUTE, 30 * MINUTE, ("B",)), (30 * MINUTE, HOUR, ()))
    made.breaks()
    made.run(6 * MINUTE)
    assert [to for _, to, _ in made.said()] == ["+A", "B@x"]
    made.mends()
    made.run(31 * MINUTE)
    made.told.clear()
    made.breaks()
    made.run(32 * MINUTE)
    assert [(to, what) for _, to, what in made.said()] == [("+C", "e1.1.2.1")]
    made.run(33 * MINUTE)
    assert {alert.subject for alert in made.engine.watch.pending_and_firing()} == {"disk", "nobody_on_call"}


def test_nobody_is_on_call_any_more_in_the_middle_of_a_step() -> None:
    """What was to be told a second time finds nobody: the next step waits no longer, and somebody should know."""
    made = Rig((person("A"), person("C")), (ladder(NORTH, BOSS, rounds=1),))
    made.load("north", (0, 4 * MINUTE, ("A",)), (4 * MINUTE, HOUR, ()))
    made.breaks()
    made.run(7 * MINUTE)
    assert [(to, what) for _, to, what in made.said()] == [("+A", "e1.1.1.1"), ("+C", "e1.1.2.1")]
    assert {alert.subject for alert in made.engine.watch.pending_and_firing()} == {"disk", "nobody_on_call"}


def test_a_rota_of_nobody_does_not_spin() -> None:
    """Rounds that find nobody at all are a minute apart."""
    made = Rig((person("A"),), (ladder(NORTH, rounds=5),))
    made.breaks()
    made.run(2 * MINUTE)
    climb = made.engine.calling.records[made.alert().id].climb
    assert climb is not None
    assert climb.round == 3
    assert "nobody_on_call" in {alert.subject for alert in made.engine.watch.pending_and_firing()}


def test_quiet_hours_hold_what_is_no_emergency() -> None:
    """It is told when they end, if it is still wanted; an emergency is told at once; the steps go on meanwhile."""
    quiet = Hours((((0, DAY_MS // 2),),) * 7)  # 0:00 to 12:00, and the beginning is 2:40 UTC
    made = rig(people=(person("A", quiet=quiet), person("B"), person("C")))
    made.breaks()
    made.run(11 * MINUTE)
    assert [to for _, to, _ in made.said()] == ["+C"]
    made.run(21 * MINUTE)
    assert [(to, what) for _, to, what in made.said()][1:] == [("+A", "e2.1.1.1")]


def test_a_way_that_fails_is_passed_over_and_tried_again() -> None:
    """The next way takes the page at once; two minutes later the first is tried with the next one."""
    made = rig(Step((rota("north"),), times=6, every_ms=MINUTE), people=(person("A"), person("B"), person("C")))
    made.failing.add("sms")
    made.breaks()
    made.run(90 * SECOND)
    assert [to for _, to, _ in made.said()] == ["A@x", "A@x"]
    made.failing.clear()
    made.run(3 * MINUTE)
    assert [to for _, to, _ in made.said()][2:] == ["+A"]


def test_an_address_that_is_refused_is_left_for_good() -> None:
    """For that page; the next page tries it again. Where no way is left the floor is told."""
    made = rig(Step((rota("north"),), times=4))
    made.refusing.add("+A")
    made.breaks()
    made.run(MINUTE)
    assert [to for _, to, _ in made.said()] == ["A@x"]
    assert len(made.engine.calling.told_lately("sms")) == 1, "the service has counted it"
    made.refusing.add("A@x")
    made.run(6 * MINUTE)
    assert [to for _, to, _ in made.said()] == ["A@x"]
    assert "unreached" in {alert.subject for alert in made.engine.watch.pending_and_firing()}
    made.take("C")
    made.run(7 * MINUTE)
    assert "unreached" not in {alert.subject for alert in made.engine.watch.pending_and_firing()}


def test_ways_by_severity() -> None:
    """A way for emergencies only is not used before."""
    ways = (PersonChannel("sms", "emergency"), PersonChannel("mail"))
    made = rig(people=(Person("A", ways), person("B"), person("C")), rounds=1)
    made.breaks()
    made.run(6 * MINUTE)
    assert [to for _, to, _ in made.said()] == ["A@x", "A@x"]
    made.run(21 * MINUTE)
    assert [to for _, to, what in made.said() if what == "e2.1.1.1"] == ["+A"]


def test_a_silence_stops_it_and_its_end_begins_anew() -> None:
    """Nobody is called meanwhile; what was not sent is dropped."""
    made = rig()
    made.breaks()
    made.run(MINUTE)
    silence = i.OperatorSilenced(
        time=made.engine.now,
        source="operator",
        silence="s",
        since=made.engine.now,
        until=made.engine.now + 10 * MINUTE,
        who="S",
        why="drill",
    )
    made.engine.apply(silence)
    made.run(11 * MINUTE - SECOND)
    assert [what for _, _, what in made.said()] == ["e1.1.1.1"]
    made.run(11 * MINUTE + 5 * SECOND)
    assert [what for _, _, what in made.said()] == ["e1.1.1.1", "e2.1.1.1"]


def test_many_alerts_are_one_message() -> None:
    """To one person, the most urgent first, within what a message holds; what follows waits for company."""
    outputs = (OutputPolicy("sms", only_oncall=True, pages_max=20), OutputPolicy("mail", only_oncall=True))
    made = Rig((person("A"),), (ladder(NORTH),), outputs)
    made.load("north", (0, HOUR, ("A",)))
    for place in range(30):
        made.breaks(f"t{place}")
    made.run(20 * SECOND)
    assert [(len(one.pages), one.more) for one in made.told] == [(20, 10)]
    made.run(40 * SECOND)
    assert [(len(one.pages), one.more) for one in made.told] == [(20, 10), (10, 0)]


def test_what_was_not_sent_is_told_with_what_follows() -> None:
    """An output that was away for two tellings gets one message, in which both count."""
    made = rig(Step((rota("north"),), times=3, every_ms=MINUTE), people=(person("A", "sms"), person("B")))
    made.breaks()
    made.run(70 * SECOND, carry=False)
    made.run(75 * SECOND)
    assert [one.pages for one in made.told] == [
        (f"{made.alert().id}/e1.1.1.2/A", f"{made.alert().id}/e1.1.1.1/A"),
    ]


def test_a_message_about_to_leave_is_the_same_after_a_crash() -> None:
    """What has come meanwhile is told in the next one. One that is not wanted any more may have left: they hear so."""
    made = rig()
    made.breaks()
    made.run(10 * SECOND, carry=False)
    first = made.begins()
    made.breaks("other")
    made.run(20 * SECOND, carry=False)
    made.engine = thaw(freeze(made.engine))
    again = made.engine.calling.owed("sms", made.engine.now)
    assert again is not None
    assert (again.key, again.pages) == (first.key, first.pages)
    made.engine = thaw(freeze(made.engine))
    made.take("C")
    other = made.engine.calling.owed("sms", made.engine.now)
    assert other is not None
    assert [(one.alert.subject, one.page.kind) for one in other.alerts] == [("other", "call"), ("disk", "taken")]


def test_what_has_left_is_not_told_again_with_what_follows() -> None:
    """A page that was about to leave when the next was made, and left after."""
    made = rig(Step((rota("north"),), times=2, every_ms=MINUTE), people=(person("A", "sms"), person("C")))
    made.breaks()
    made.run(10 * SECOND, carry=False)
    first = made.begins()
    made.run(70 * SECOND, carry=False)
    made.run(3 * MINUTE)
    assert made.told[0].key == first.key
    assert [what for _, _, what in made.said()][:2] == ["e1.1.1.1", "e1.1.1.2"]


def test_a_call_that_left_too_late_is_followed_by_how_it_is() -> None:
    """Somebody took it while the message was on its way."""
    made = rig()
    made.breaks()
    made.run(10 * SECOND, carry=False)
    notice = made.engine.calling.owed("sms", made.engine.now)
    assert notice is not None
    made.take("C")
    sent = i.DeliverySent(time=made.engine.now, source="outputs", output="sms", key=notice.key, pages=notice.pages)
    made.engine.apply(sent)
    made.run(MINUTE)
    assert [(to, what) for _, to, what in made.said()] == [("+A", f"taken{made.alert().acknowledged_at}")]


@pytest.mark.parametrize("acts", [True, False])
def test_a_link_works_once(acts: bool) -> None:
    """The second time it changes nothing, whoever uses it."""
    made = rig()
    made.breaks()
    made.run(MINUTE)
    if acts:
        made.take("A", link="l1")
        assert made.alert().acknowledged_by == "A"
    else:
        made.engine.calling.is_used("l1", made.engine.now)
    made.take("C", link="l1")
    assert made.alert().acknowledged_by == ("A" if acts else "")


def test_the_first_escalation_that_fits() -> None:
    """By rule and severity; an alert that none fits is carried to nobody."""
    made = Rig(
        (person("A"), person("B")),
        (
            replace(ladder(Step((Whom("person", "A"),))), name="one", rules=("other*",)),
            replace(ladder(Step((Whom("person", "B"),))), name="two", severity_min="emergency"),
        ),
    )
    made.breaks()
    made.run(19 * MINUTE)
    assert made.told == []
    assert escalation_shown(made.engine, made.alert()) is None
    made.run(21 * MINUTE)
    assert [one.to for one in made.told] == ["+B"]


def test_an_address_that_does_not_answer_holds_up_nobody_else() -> None:
    """An emergency for another reaches them, whatever waits for the first."""
    people = (person("A", "mail"), person("B"), person("C", "mail"))
    made = rig(Step((rota("north"),)), BOSS, people=people)
    made.deaf.add("A@x")
    made.breaks()
    made.run(6 * MINUTE)
    assert [to for _, to, _ in made.said()] == ["C@x"]
    made.run(27 * MINUTE)
    assert [what for _, to, what in made.said() if to == "C@x"][-1] == "e2.1.2.1"


def test_who_must_act_again_is_not_told_that_they_need_not() -> None:
    """That one has it, not told yet when another took it over, is not told any more."""
    made = Rig((person("A", "sms"), person("B", "sms")), (ladder(NORTH),))
    made.load("north", (0, 100 * HOUR, ("A", "B")))
    made.breaks()
    made.run(15 * MINUTE + 10 * SECOND)
    made.take("B")
    made.run(15 * MINUTE + 20 * SECOND, carry=False)
    made.take("A")
    made.run(20 * MINUTE + 10 * SECOND)
    news = [(to, what) for _, to, what in made.said() if what.startswith("taken")]
    assert news == [("+B", f"taken{T0 + 15 * MINUTE + 20 * SECOND}")]
    made.told.clear()
    made.take("B")
    made.run(20 * MINUTE + 20 * SECOND, carry=False)
    made.run(20 * MINUTE + 30 * SECOND)
    assert [what for _, _, what in made.said()] == [f"taken{made.alert().acknowledged_at}"]


def test_it_got_worse_before_they_heard_that_somebody_had_it() -> None:
    """They are called, and not told that they need not act."""
    made = rig(Step((rota("north"),), times=1))
    made.breaks()
    made.run(19 * MINUTE + 50 * SECOND)
    made.told.clear()
    made.take("C")
    made.run(20 * MINUTE + 10 * SECOND, carry=False)
    made.run(20 * MINUTE + 20 * SECOND)
    assert made.alert().severity == "emergency"
    assert [what for _, _, what in made.said()] == ["e2.1.1.1"]


def test_two_addresses_at_one_output_are_two_ways() -> None:
    """Where one is refused the other is tried."""
    made = rig(people=(person("A", "sms", "sms"), person("C")))
    made.refusing.add("+A")
    made.breaks()
    made.run(MINUTE)
    assert [to for _, to, _ in made.said()] == ["+A2"]


def test_one_page_has_one_key_at_each_output_whatever_else_leaves_by_it() -> None:
    """A message whose end is not known is kept for its addressee, while others are sent."""
    made = rig(Step((rota("north"),), times=1), BOSS)
    made.breaks()
    made.run(10 * SECOND, carry=False)
    first = made.begins()
    made.engine.apply(i.DeliveryFailed(time=made.engine.now, source="outputs", output="sms", why="timed out"))
    made.failing.add("mail")
    made.deaf.add("+A")
    made.run(6 * MINUTE)
    assert [to for _, to, _ in made.said()] == ["+C"]
    made.breaks("other")
    made.deaf.clear()
    made.run(10 * MINUTE)
    under = {one.key for one in made.told if f"{made.alert().id}/e1.1.1.1/A" in one.pages}
    assert under == {first.key}


def test_quiet_hours_hold_what_was_about_to_leave_too() -> None:
    """It failed before they began, and is sent when they are over."""
    quiet = Hours((((3 * HOUR, 12 * HOUR),),) * 7)  # the beginning is 2:40 UTC
    made = rig(Step((rota("north"),), times=1), people=(person("A", "sms", quiet=quiet), person("C")), rounds=1)
    made.load("north", (0, 100 * HOUR, ("A",)))
    made.failing.add("sms")
    made.breaks()
    made.run(15 * MINUTE)
    made.failing.clear()
    made.run(19 * MINUTE)
    assert [to for _, to, _ in made.said()] == ["+A"]
    made.mends()
    made.told.clear()
    made.failing.add("sms")
    made.run(19 * MINUTE + 30 * SECOND)
    made.breaks()
    made.run(20 * MINUTE + 30 * SECOND)
    made.failing.clear()
    made.run(35 * MINUTE)
    assert made.told == []


def test_nothing_to_carry_costs_no_ticks() -> None:
    """A month of silence is not gone through second by second."""
    made = rig()
    ticks = []
    look = made.engine.calling.look
    made.engine.calling.look = lambda second: (ticks.append(second), look(second))[1]  # type: ignore[method-assign]
    made.engine.advance(T0 + HOUR)
    ticks.clear()
    made.engine.advance(T0 + 30 * 24 * HOUR)
    assert len(ticks) < 2 * 3_700


def test_somebody_who_cannot_be_told_for_days_takes_no_more_room_each_day() -> None:
    """Of all the steps that were not told the latest hundred count as told with the last one."""
    made = rig(Step((rota("north"),), times=1, every_ms=10 * SECOND), rounds=0)
    made.breaks()
    made.run(19 * MINUTE, carry=False)
    pages = made.engine.calling.records[made.alert().id].pages
    assert len(pages) > 101
    assert sum(len(page.covers) for page in pages) == 100
    made.run(19 * MINUTE + SECOND)
    assert [len(one.pages) for one in made.told] == [101]


def test_what_somebody_had_once_was_not_over_before_anybody_had_it() -> None:
    """Taken, worse, over: it counts among those that were taken, as what it was then."""
    made = rig()
    made.breaks()
    made.run(MINUTE)
    made.take("A")
    made.run(21 * MINUTE)
    assert made.alert().severity == "emergency"
    made.mends()
    made.run(22 * MINUTE)
    waiting = made.engine.calling.waiting
    assert sum(waiting.never_taken.values()) == 0
    assert sum(waiting.taken["critical"].within) == 1
