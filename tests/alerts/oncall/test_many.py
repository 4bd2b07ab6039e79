"""A storm of pages to one person: nobody is told of one alert again and again while another is never told."""

from __future__ import annotations

from floorwatch.floor.internal import DeliverySent
from floorwatch.floor.oncall import Step, Whom
from floorwatch.floor.outputs import OutputPolicy
from tests.alerts.oncall.rig import HOUR, SECOND, Rig, ladder, person, rota

NORTH = Step((rota("north"),), times=2)


def test_what_fills_a_message_waits_for_no_company() -> None:
    """Of 70 alerts three full messages leave, 5 s apart; the rest waits for company."""
    outputs = (OutputPolicy("sms", only_oncall=True, pages_max=20),)
    made = Rig((person("A", "sms"),), (ladder(NORTH),), outputs)
    made.load("north", (0, HOUR, ("A",)))
    for place in range(70):
        made.breaks(f"t{place}")
    made.run(45 * SECOND)
    assert [(len(one.pages), one.more) for one in made.told] == [(20, 50), (20, 30), (20, 10), (10, 0)]
    first = made.told[0].at
    assert [one.at - first for one in made.told] == [0, 5 * SECOND, 10 * SECOND, 40 * SECOND]


def test_all_that_left_in_the_last_minute_is_known_however_much_it_was() -> None:
    """An output may be allowed hundreds a minute: one that counted fewer after a start would tell too many."""
    made = Rig((person("A", "sms"),), (ladder(NORTH),))
    for at in (0, 90 * SECOND, 180 * SECOND):
        made.run(at)
        sent = {"time": made.engine.now, "source": "outputs", "output": "sms", "key": f"k{at}"}
        made.engine.apply(DeliverySent(**sent, requests=300))  # type: ignore[arg-type]
        made.engine.apply(DeliverySent(**sent))  # type: ignore[arg-type]
    ages_s = [(made.engine.now - left_at) // SECOND for left_at in made.engine.calling.told_lately("sms")]
    assert ages_s == [90] * 301 + [0] * 301


def test_who_is_called_again_goes_behind_what_was_never_told() -> None:
    """An output of one alert in 5 s, ten alerts, each told again after 20 s: all are told before one is again."""
    outputs = (OutputPolicy("sms", only_oncall=True, pages_max=1, group_wait_ms=0, group_interval_ms=0),)
    steps = (Step((Whom("person", "A"),), times=9, every_ms=20 * SECOND),)
    made = Rig((person("A", "sms"),), (ladder(*steps),), outputs)
    for place in range(10):
        made.breaks(f"t{place}")
    for turn in range(20):
        made.run(2 * SECOND + turn * 5 * SECOND, carry=False)
        made.carry(most=1)
    alerts = [one.pages[0].split("/e")[0] for one in made.told]
    assert len(set(alerts[:10])) == 10
    assert len(alerts) == 20
