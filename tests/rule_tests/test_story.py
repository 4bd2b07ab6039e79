"""Stories: what a line says, who answers, and what is wrong with a line that says nothing."""

from __future__ import annotations

import re
from datetime import date
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from floorwatch.engine import Engine
from floorwatch.floor import events as e
from floorwatch.floor.events import Event
from floorwatch.floor.internal import RulesForeseen
from floorwatch.floor.settings import QueuePolicy, Settings
from floorwatch.rule_tests.day import Day
from floorwatch.rule_tests.lines import Act, Agents, Contacts, Feed, read_line
from floorwatch.rule_tests.traffic import StoryError, told

DAY = Day(date(2026, 3, 2), ZoneInfo("Europe/Berlin"))
OCTOBER = Day(date(2026, 10, 25), ZoneInfo("Europe/Berlin"))


def at(clock: str) -> int:
    return DAY.at(clock)


def events(*lines: str) -> list[Event]:
    """What these lines come to, in order of time."""
    found = []
    for one in told([read_line(line, DAY, "pbx") for line in lines], DAY, "pbx"):
        assert isinstance(one.what, Event)
        found.append(one.what)
    return found


def test_contacts_come_as_the_line_says() -> None:
    """Every so often up to the end, the end not included; or so many at once."""
    line = read_line(
        "10:00-10:01 contacts sales every 15s answered after 5s talk 2m wrap_up 10s by A1-A3,B7", DAY, "pbx"
    )
    instants = tuple(at(clock) for clock in ("10:00:00", "10:00:15", "10:00:30", "10:00:45"))
    assert line == Contacts("sales", instants, "answered", 5_000, 120_000, 10_000, ("A1", "A2", "A3", "B7"))
    many = read_line("10:00:30 contacts 'night line' 3 exited after 90s reason key", DAY, "pbx")
    assert many == Contacts("night line", (at("10:00:30"),) * 3, "exited", 90_000, reason="key")
    assert read_line("10:00 contacts sales 1", DAY, "pbx") == Contacts("sales", (at("10:00"),))


def test_agents_feeds_and_what_people_do() -> None:
    """Lists of names with blanks after the comma, ranges with leading zeros, spans with and without an end."""
    assert read_line("09:00-12:00 agents A08-A10, B1 in sales, support", DAY, "pbx") == Agents(
        ("A08", "A09", "A10", "B1"), at("09:00"), at("12:00"), ("sales", "support")
    )
    pause = read_line("10:00 agents A1 paused lunch", DAY, "pbx")
    assert isinstance(pause, Agents)
    assert (pause.state, pause.reason, pause.queues) == ("paused", "lunch", ())
    loaned = read_line("10:00 agents A1 in sales from web", DAY, "pbx")
    assert isinstance(loaned, Agents)
    assert (loaned.queues, loaned.source) == (("sales",), "web")
    assert read_line("10:00-10:05 source web down", DAY, "pbx") == Feed("web", at("10:00"), at("10:05"), is_up=False)
    assert read_line("10:00 snooze w sales for 15m by Anna", DAY, "pbx") == Act(
        "snooze", at("10:00"), "w", "sales", "Anna", at("10:15")
    )
    assert read_line("10:00-11:00 silence * 'night line' by Ben", DAY, "pbx") == Act(
        "silence", at("10:00"), "*", "night line", "Ben", at("11:00")
    )


def test_facts_are_told_as_they_are() -> None:
    """Any event of the contract, in one line or as a mapping, and what the daemon says to itself."""
    offered, foreseen = events(
        "10:00:00.250 contact.offered contact=c1 queue='night line' priority=3",
        "10:01 rules.foreseen queue=sales until=10:15 present=3 places=3 needed=5 by=10:03 chance=0.9",
    )
    assert offered == e.ContactOffered(
        time=at("10:00:00.250"), source="pbx", contact="c1", queue="night line", priority=3
    )
    assert foreseen == RulesForeseen(
        time=at("10:01"),
        source="pbx",
        queue="sales",
        until=at("10:15"),
        present=3,
        places=3,
        needed=5,
        by=at("10:03"),
        chance=0.9,
    )
    report = {"at": "10:00", "type": "floor.reported", "complete": "true", "waiting": [{"contact": "c", "queue": "q"}]}
    (one,) = told([read_line(report, DAY, "pbx")], DAY, "pbx")
    assert isinstance(one.what, e.FloorReported)
    assert one.what.complete is True


def test_the_hour_that_comes_twice() -> None:
    """02:30A and 02:30B are an hour apart, and are shown on the clock of the site."""
    assert OCTOBER.at("02:30B") - OCTOBER.at("02:30A") == 3_600_000
    assert OCTOBER.shown(OCTOBER.at("02:30:15.250B")) == "02:30:15.250"
    assert OCTOBER.shown(OCTOBER.at("23:59") + 60_000) == "2026-10-26 00:00:00"


def test_whoever_is_free_longest_answers() -> None:
    """Not who talks, wraps up, pauses, is of another queue or has left."""
    answers = [
        (event.contact, event.agent)
        for event in events(
            "09:00-11:00 agents A1-A3 in sales",
            "09:00 agents B1 in support",
            "10:00-10:10 agents A3 paused break",
            "10:00:00 contacts sales 2 answered after 0s talk 60s wrap_up 30s",
            "10:01:30 contacts sales 1 answered after 0s talk 5m",
            "10:10:00 contacts sales 1 answered after 0s",
        )
        if isinstance(event, e.ContactAnswered)
    ]
    assert answers == [("sales-4-1", "A1"), ("sales-4-2", "A2"), ("sales-5-1", "A1"), ("sales-6-1", "A3")]


@pytest.mark.parametrize(
    ("line", "answer"),
    [
        ("10:00", "ends where what happens should be"),
        ("", "ends where a time should be"),
        ("ten contacts sales 1", "'ten' is no time of day such as 10:02 or 10:02:30"),
        ("10:00 contcats sales 1", "'contcats' is nothing that happens; did you mean 'contacts'?"),
        ("10:00 rains", "'rains' is nothing that happens; there are: contacts, agents, source"),
        ("10:00-09:00 contacts sales every 5s", "ends at 09:00, when it begins or before"),
        ("10:00 contacts sales every 5s", "need an end, as 10:00-10:15"),
        ("10:00 contacts sales", "ends where 'every 10s', or how many should be"),
        ("10:00 contacts sales many", "'many' is neither 'every 10s' nor how many come at once"),
        ("10:00 contacts sales 200000", "'200000' is neither"),
        ("10:00-20:00 contacts sales every 1ms", "are more than 100,000 contacts"),
        ("10:00 contacts sales 1 answered after long", "must be a duration such as 20s"),
        ("10:00 contacts sales 1 abandoned talk 5s", "'talk 5s' is not understood here"),
        ("10:00 contacts sales 1 answerd", "'answerd' is not understood here"),
        ("10:00 agents A1 puased", "'puased' is no state of an agent; did you mean 'paused'?"),
        ("10:00 source pbx away", "'away' is neither up nor down"),
        ("10:00 snooze w sales by Anna", "for how long? 'for 15m'"),
        ("10:00 silence w sales by Anna", "needs an end, as 10:00-11:00"),
        ("10:00 acknowledge w sales", "says who: 'by Anna'"),
        ("10:00 source pbx down from web", "'from web' is said of contacts and agents"),
        ("10:00 contact.offered queue", "'queue' is no attribute such as queue=sales"),
    ],
)
def test_a_line_that_says_nothing(line: str, answer: str) -> None:
    """It is answered with what should stand there."""
    with pytest.raises(ValueError, match=re.escape(answer)):
        read_line(line, DAY, "pbx")


@pytest.mark.parametrize(
    ("lines", "place", "answer"),
    [
        (["10:00 contact.offerd contact=c queue=q"], 0, "no event 'contact.offerd'; did you mean 'contact.offered'?"),
        (["10:00 operator.acknowledged alert=a who=w"], 0, "there is no event 'operator.acknowledged'"),
        (
            ["09:00 source pbx up", "10:00 contact.offered contact=c"],
            1,
            "contact.offered: Object missing required field",
        ),
        (["10:00 contact.offered contact=c queue=q cost=3"], 0, "Object contains unknown field `cost`"),
        (
            ["09:00 agents A1 in sales", "10:00 contacts sales 2 answered after 5s"],
            1,
            "at 10:00:05 nobody in sales is free to answer",
        ),
        (["10:00 contacts sales 2 answered after 5s by A1"], 0, "at 10:00:05 nobody in sales is free to answer"),
    ],
)
def test_a_line_that_cannot_be(lines: list[str], place: int, answer: str) -> None:
    """What the contract does not know, and what no agent can do: the line is named."""
    with pytest.raises(StoryError) as wrong:
        events(*lines)
    assert wrong.value.line == place
    assert answer in wrong.value.why


OUTCOMES = ("", "answered after 7s talk 40s wrap_up 5s", "answered", "abandoned after 30s", "exited after 25s")


@settings(max_examples=20)
@given(st.lists(st.tuples(st.integers(0, 9), st.integers(5, 60), st.sampled_from(OUTCOMES)), min_size=1, max_size=5))
def test_a_story_never_contradicts_itself(lines: list[tuple[int, int, str]]) -> None:
    """Whatever comes when: no agent has two contacts at once, and the floor finds no fault and counts everybody."""
    engine = Engine(Settings(timezone="Europe/Berlin", queues={"sales": QueuePolicy()}))
    busy: set[str] = set()
    offered = over = 0
    for event in events(*(f"10:0{minute}-10:10 contacts sales every {every}s {what}" for minute, every, what in lines)):
        assert isinstance(event.time, int)
        engine.advance(event.time)
        engine.apply(event)
        offered += isinstance(event, e.ContactOffered)
        over += isinstance(event, (e.ContactAnswered, e.ContactAbandoned, e.ContactExited))
        if isinstance(event, e.ContactAnswered):
            assert event.agent not in busy
            busy.add(event.agent)
        elif isinstance(event, e.ContactEnded):
            busy.remove(event.agent)
    engine.advance(at("10:14"))
    assert not engine.anomalies
    assert len(engine.books.ledger("sales").waiting) == offered - over
