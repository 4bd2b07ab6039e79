"""mod_callcenter's events as contract events: the hand-made transcripts, and what they do not tell."""

from __future__ import annotations

import pytest

from floorwatch.engine import Engine
from floorwatch.floor import events as e
from floorwatch.floor.settings import Settings
from floorwatch.ingest.freeswitch.lists import ListError, Lists
from floorwatch.ingest.freeswitch.protocol import SwitchEvent
from floorwatch.ingest.freeswitch.translate import HELD_MAX, Translator
from tests.ingest.freeswitch_said import NOW, Feed, about, bare, lists, said, state
from tests.ingest.freeswitch_transcripts import NAMES, Player, expected


@pytest.mark.parametrize("name", NAMES)
def test_a_transcript_tells_what_stands_beside_it(name: str) -> None:
    """Each story becomes exactly the events confirmed by hand, and every message is accounted for."""
    player = Player(name)
    assert [bare(event) for event in player.events] == expected(name)
    assert not player.counts.invalid


@pytest.mark.parametrize("name", NAMES)
def test_a_transcript_cut_into_bytes_tells_the_same(name: str) -> None:
    """Protocol and translation together depend on no cut."""
    cut = Player(name, cut=lambda received: (received[at : at + 1] for at in range(len(received))))
    assert [bare(event) for event in cut.events] == expected(name)


@pytest.mark.parametrize("name", NAMES)
def test_the_engine_finds_no_contradiction_in_a_transcript(name: str) -> None:
    """What is told fits together: no anomaly, and nobody waits or talks who should not."""
    engine = Engine(Settings())
    for event in Player(name).events:
        engine.advance(max(engine.now, int(event.time)))  # type: ignore[arg-type]
        engine.apply(event)
    assert not engine.books.contacts.anomalies.total()


def test_a_wrap_up_is_over_to_the_millisecond_however_late_time_is_told() -> None:
    """Ten seconds after the end of the talk, though the tick came much later."""
    feed = Feed()
    assert feed.talk(1, 1_000, 5_000)[-1] == state(5_000, "wrap_up")
    assert feed.tick(14_999) == []
    assert feed.tick(60_000) == [state(15_000, "available")]
    assert feed.tick(70_000) == []


def test_a_wrap_up_that_is_over_is_said_before_what_comes_after_it() -> None:
    """Without any tick in between, the next contact finds the agent available since the right instant."""
    feed = Feed()
    feed.talk(1, 1_000, 5_000)
    told = feed.hear(about(2, "member-queue-start", 20_000), about(2, "agent-offering", 20_100, CC_Agent="A17"))
    assert told[1] == state(15_000, "available")
    assert isinstance(told[2], e.ContactAlerting)


def test_an_offer_inside_the_wrap_up_ends_it() -> None:
    """The switch does not ring in a wrap-up, so its time must have been changed meanwhile."""
    feed = Feed()
    feed.talk(1, 1_000, 5_000)
    told = feed.hear(about(2, "member-queue-start", 6_000), about(2, "agent-offering", 7_000, CC_Agent="A17"))
    assert told[1] == state(7_000, "available")
    assert feed.tick(60_000) == []


def test_an_agent_who_goes_on_break_in_a_talk_has_no_wrap_up() -> None:
    """At its end the agent is on break, which is what was chosen; back within the time it is wrap-up after all."""
    feed = Feed()
    feed.hear(
        about(1, "member-queue-start", 0),
        about(1, "bridge-agent-start", 0, CC_Agent="A17"),
        said(0, "agent-state-change", CC_Agent="A17", CC_Agent_State="In a queue call"),
        said(2_000, "agent-status-change", CC_Agent="A17", CC_Agent_Status="On Break"),
    )
    (ended,) = feed.hear(about(1, "bridge-agent-end", 5_000, CC_Agent="A17"))
    assert isinstance(ended, e.ContactEnded)
    back = said(8_000, "agent-status-change", CC_Agent="A17", CC_Agent_Status="Available")
    assert feed.hear(back) == [state(8_000, "wrap_up")]
    assert feed.tick(20_000) == [state(15_000, "available")]


def test_a_wrap_up_of_nothing_is_not_said() -> None:
    """`wrap_up_time` 0: the agent is available again at once."""
    feed = Feed(lists(agents="A17|Available|Waiting|0|0||user/A17\n"))
    assert not [fact for fact in feed.talk(1, 1_000, 5_000) if isinstance(fact, e.AgentStateChanged)]


def test_an_answer_counts_when_it_is_certain_with_the_time_of_the_pick_up() -> None:
    """Picking up alone says nothing; the agent's state does, whenever it comes."""
    feed = Feed()
    feed.hear(about(1, "member-queue-start", 1_000))
    assert feed.hear(about(1, "bridge-agent-start", 4_000, CC_Agent="A17")) == []
    told = feed.hear(said(9_000, "agent-state-change", CC_Agent="A17", CC_Agent_State="In a queue call"))
    assert told == [e.ContactAnswered(time=NOW + 4_000, contact="c1", queue="sales", agent="A17")]


def test_an_answer_never_confirmed_is_told_with_its_end() -> None:
    """Older versions do not say CC-Agent-Bridged: an end is the end of a talk."""
    feed = Feed()
    feed.hear(about(1, "member-queue-start", 1_000), about(1, "bridge-agent-start", 4_000, CC_Agent="A17"))
    told = feed.hear(about(1, "bridge-agent-end", 9_000, CC_Agent="A17"))
    assert [(type(fact), fact.time) for fact in told[:2]] == [
        (e.ContactAnswered, NOW + 4_000),
        (e.ContactEnded, NOW + 9_000),
    ]


def test_what_comes_after_the_end_of_a_visit_changes_nothing() -> None:
    """The switch hands events on from several threads: a straggler must not open the visit again."""
    feed = Feed()
    feed.hear(about(1, "member-queue-start", 1_000), about(1, "member-queue-end", 2_000, CC_Cancel_Reason="TIMEOUT"))
    assert feed.hear(about(1, "agent-offering", 1_990, CC_Agent="A17")) == []
    assert feed.translator.counts.ignored == 1


def test_a_visit_that_was_never_heard_to_begin_still_ends() -> None:
    """Its end is told; that its beginning is unknown is for the engine to count."""
    told = Feed().hear(about(9, "bridge-agent-end", 1_000, CC_Agent="A17"))
    assert told[0] == e.ContactEnded(time=NOW + 1_000, contact="c9", queue="sales", agent="A17")


@pytest.mark.parametrize(
    ("event", "reason"),
    [
        (said(0, "agent-status-change", CC_Agent="A17"), "missing_attribute"),
        (said(0, "agent-status-change", CC_Agent="A17", CC_Agent_Status="Asleep"), "unknown_status"),
        (said(0, "member-queue-start", CC_Member_UUID="m1", CC_Queue="sales"), "missing_attribute"),
        (said(0, "agent-offering", CC_Agent="x" * 2000), "text_too_long"),
        (said(-NOW, "agent-add", CC_Agent="A17"), "impossible_time"),
        (SwitchEvent(b"Event-Name: CUSTOM\n"), "missing_attribute"),
    ],
)
def test_what_cannot_be_used_is_counted_by_reason(event: SwitchEvent, reason: str) -> None:
    """Once each, and nothing is told."""
    translator = Feed().translator
    assert translator.event(event, NOW) == []
    assert translator.counts.invalid == {reason: 1}


def test_other_events_are_ignored() -> None:
    """Another module's subclass, other channel events, actions that tell nothing."""
    feed = Feed()
    other = SwitchEvent(
        b"Event-Subclass: sofia%3A%3Aregister\nEvent-Name: CUSTOM\nEvent-Date-Timestamp: 1773741600000000\n"
    )
    hold = SwitchEvent(b"Event-Name: CHANNEL_HOLD\nUnique-ID: stranger\nEvent-Date-Timestamp: 1773741600000000\n")
    assert feed.hear(other, hold, said(0, "members-count"), said(0, "agent-status-get", CC_Agent="A17")) == []
    assert feed.translator.counts.ignored == 4
    assert not feed.translator.counts.invalid


# Lists


def test_a_list_that_is_not_one_is_an_error() -> None:
    """The module is not loaded, or its answer was cut: nothing may be concluded from it."""
    for answer in ("-ERR callcenter_config Command not found!\n", "", "name|status\nA17|Available\n", "other\n+OK\n"):
        with pytest.raises(ListError):
            Lists(NOW).read_agents(answer)


def test_the_separator_inside_a_value_does_not_shift_the_columns() -> None:
    """A dial string of several phones; a caller's name with a bar in it."""
    made = lists(
        agents="A17|On Break|Waiting|10|0||user/A17|user/A18\n", members="sales|m1|c1|55|Mill|er|9|0|0||Waiting\n"
    )
    assert (made.agents[0]["contact"], made.agents[0]["status"]) == ("user/A17|user/A18", "On Break")
    assert (made.members[0]["state"], made.whole) == ("Waiting", True)


def test_a_row_that_cannot_be_read_is_counted_and_nothing_is_ended_by_its_absence() -> None:
    """The report is not complete then."""
    translator = Translator("pbx")
    translator.connected()
    (report,) = (
        fact for fact in translator.listed(lists(members="sales|m1|c1\n")) if isinstance(fact, e.FloorReported)
    )
    assert not report.complete
    assert translator.counts.invalid == {"bad_row": 1}


def test_a_later_look_says_the_same_again_and_finds_what_no_event_told() -> None:
    """A tier that was deleted and an agent that was: membership has no events."""
    feed = Feed(lists(agents="A17|Available|Waiting|10|0||\nA18|Available|Waiting|10|0||\n"))
    feed.translator.asking()
    (report,) = (fact for fact in feed.translator.listed(lists(5_000)) if isinstance(fact, e.FloorReported))
    assert {entry.agent: entry.state for entry in report.states} == {"A17": "available", "A18": "offline"}
    assert report.complete


def test_a_contact_spoken_of_a_moment_ago_outweighs_a_list_without_it() -> None:
    """The switch says that a contact joined before it writes it down, and that it ended before it strikes it out."""
    feed = Feed()
    feed.hear(about(1, "member-queue-start", 4_900))
    feed.talk(2, 1_000, 4_950)
    feed.translator.asking()
    stale = f"sales|m2|c2|55|Caller|{NOW // 1000}|0|{NOW // 1000 + 1}|A17|Answered\n"
    told = feed.translator.listed(lists(5_000, "A17|Available|In a queue call|10|0||\n", stale))
    (report,) = (fact for fact in told if isinstance(fact, e.FloorReported))
    assert [entry.contact for entry in report.waiting] == ["c1"]
    assert report.talking == ()


def test_a_phone_that_rings_when_we_come_is_told() -> None:
    """The lists show whom a caller is being offered to."""
    translator = Translator("pbx")
    translator.connected()
    ringing = f"sales|m1|c1|55|Caller|{NOW // 1000 - 9}|0|0|A17|Trying\n"
    told = translator.listed(lists(0, "A17|Available|Receiving|10|0||\n", ringing))
    assert bare(told[-1]) == e.ContactAlerting(time=NOW, contact="c1", queue="sales", agent="A17")


def test_a_resumed_caller_waits_since_the_second_call() -> None:
    """`joined_epoch` keeps the place in the line; the customer of this call has waited since `rejoined_epoch`."""
    translator = Translator("pbx")
    translator.connected()
    row = f"sales|m1|c1|55|Caller|{NOW // 1000 - 90}|{NOW // 1000 - 9}|0||Waiting\n"
    (report,) = (fact for fact in translator.listed(lists(members=row)) if isinstance(fact, e.FloorReported))
    assert [entry.since for entry in report.waiting] == [NOW - 9_000]


def test_events_are_held_until_the_floor_is_reported_but_not_without_end() -> None:
    """While lists are collected nothing is told; past the limit everything is."""
    translator = Translator("pbx")
    translator.connected()
    assert translator.event(about(1, "member-queue-start", 10), NOW) == []
    told = [bare(fact) for fact in translator.listed(lists())]
    assert [type(fact) for fact in told] == [e.SourceUp, e.FloorReported, e.ContactOffered]
    translator.asking()
    for n in range(HELD_MAX):
        assert translator.event(about(n + 2, "member-queue-start", 20), NOW) == []
    assert len(translator.event(about(1, "agent-offering", 30, CC_Agent="A17"), NOW)) == HELD_MAX + 1


def test_the_report_stands_before_every_event_held() -> None:
    """An event from before the question that comes after it must not fall behind the report."""
    translator = Translator("pbx")
    translator.connected()
    translator.event(about(1, "member-queue-start", -40), NOW)
    told = translator.listed(lists())
    assert [fact.time for fact in told] == [NOW - 41, NOW - 41, NOW - 40]


def test_a_report_does_not_stand_before_what_was_told_in_the_same_millisecond() -> None:
    """Two callers join in one millisecond and the lists are asked for between them: both wait, once."""
    feed = Feed()
    feed.hear(about(1, "member-queue-start", 1_000))
    feed.translator.asking()
    feed.hear(about(2, "member-queue-start", 1_000))
    members = "".join(f"sales|m{n}|c{n}|55|Caller|{NOW // 1000 + 1}|0|0||Waiting\n" for n in (1, 2))
    offered, report = feed.translator.listed(lists(1_000, members=members))
    assert bare(offered) == e.ContactOffered(time=NOW + 1_000, contact="c2", queue="sales")
    assert isinstance(report, e.FloorReported)
    assert (report.time, {entry.contact for entry in report.waiting}) == (NOW + 1_000, {"c1", "c2"})


def test_an_agent_is_reported_as_before_the_change_that_is_told_next() -> None:
    """The lists are newer than the instant they were asked at: they know a break already, and an agent just added."""
    feed = Feed()
    feed.translator.asking()
    feed.hear(said(1_010, "agent-status-change", CC_Agent="A17", CC_Agent_Status="On Break"))
    feed.hear(said(1_020, "agent-add", CC_Agent="A18"))
    found = lists(1_000, "A17|On Break|Waiting|10|0||user/A17\nA18|Logged Out|Waiting|10|0||user/A18\n")
    found.tiers.append({"queue": "sales", "agent": "A18"})
    report, *told = feed.translator.listed(found)
    assert isinstance(report, e.FloorReported)
    assert [(entry.agent, entry.state) for entry in report.states] == [("A17", "available")]
    assert [member.agent for member in report.members] == ["A17"]
    assert [bare(fact) for fact in told] == [state(1_010, "paused"), state(1_020, "offline", "A18")]
    assert feed.translator.wants_lists, "the tiers of the agent added come with the next look"


def test_a_caller_who_resumes_after_a_restart_is_a_new_contact_and_the_old_one_is_gone() -> None:
    """The visit keeps its name over a restart, its call does not: who waited before it waits no more."""
    feed = Feed()
    feed.hear(about(1, "member-queue-start", 1_000))
    feed.translator.disconnected(NOW + 2_000, "connection_lost")
    feed.translator.connected()
    resumed = {"CC_Member_UUID": "m1", "CC_Member_Session_UUID": "c2", "CC_Queue": "sales"}
    feed.translator.event(said(60_010, "member-queue-resume", **resumed), NOW + 60_010)
    found = lists(60_000)
    found.core = "core-2"
    told = feed.translator.listed(found)
    assert [fact.waiting for fact in told if isinstance(fact, e.FloorReported)] == [()]
    assert bare(told[-1]) == e.ContactOffered(time=NOW + 60_010, contact="c2", queue="sales")


# Connection


def test_what_was_missed_before_this_process_is_a_gap() -> None:
    """Down since it was last heard, up and a gap once the floor is known."""
    translator = Translator("pbx")
    assert [bare(fact) for fact in translator.not_running(NOW - 60_000)] == [
        e.SourceDown(time=NOW - 60_000, reason="not_running")
    ]
    translator.connected()
    told = translator.listed(lists())
    assert bare(told[1]) == e.SourceGap(time=NOW, since=NOW - 60_000)


def test_a_switch_that_cannot_be_reached_is_down_once() -> None:
    """However often it is tried; and what was held when the lists were lost counts as ignored."""
    translator = Translator("pbx")
    assert [type(fact) for fact in translator.disconnected(NOW, "unreachable")] == [e.SourceDown]
    translator.connected()
    translator.event(about(1, "member-queue-start", 10), NOW)
    assert translator.disconnected(NOW + 1_000, "silent") == []
    assert translator.counts.ignored == 1


def test_connection_facts_are_told_on_the_clock_of_the_switch() -> None:
    """A switch 40 s slow: its events and what is said of its connection agree."""
    feed = Feed()
    feed.translator.event(about(1, "member-queue-start", 1_000), NOW + 41_000)
    (down,) = feed.translator.disconnected(NOW + 45_000, "silent")
    assert down.time == NOW + 5_000


def test_one_wrong_time_does_not_move_the_clock() -> None:
    """A step is believed only when the next time confirms it."""
    translator = Feed().translator
    translator.reckon(NOW, NOW)
    translator.reckon(NOW + 10_000_000, NOW)
    assert translator.switch_ms(NOW) == NOW
    translator.reckon(NOW + 10_000_050, NOW)
    assert translator.switch_ms(NOW) == NOW + 10_000_050
