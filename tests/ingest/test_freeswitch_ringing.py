"""Ringing that ends without its agent's doing, and agents the switch calls Idle: what is told, and what must not be."""

from __future__ import annotations

import pytest

from floorwatch.floor import events as e
from floorwatch.floor.events import Event
from floorwatch.ingest.freeswitch.protocol import SwitchEvent
from floorwatch.ingest.freeswitch.translate import Translator
from tests.ingest.freeswitch_said import NOW, Feed, about, lists, said, state


def declined(at_ms: int, reason: str = "", agent: str = "A17") -> Event:
    """A decline told, of the first contact."""
    return e.ContactDeclined(time=NOW + at_ms, contact="c1", queue="sales", agent=agent, reason=reason)


def ringing(*agents: str) -> Feed:
    """A contact that came at 1 s and is offered to these agents at 2 s."""
    feed = Feed(lists(agents="".join(f"{agent}|Available|Waiting|10|0||\n" for agent in ("A17", *agents[1:]))))
    offers = [about(1, "agent-offering", 2_000, CC_Agent=agent) for agent in agents]
    feed.hear(about(1, "member-queue-start", 1_000), *offers)
    return feed


def failed(at_ms: int, cause: str, agent: str = "A17") -> SwitchEvent:
    """The leg of an agent came to nothing."""
    return about(1, "bridge-agent-fail", at_ms, CC_Agent=agent, CC_Hangup_Cause=cause)


def in_state(at_ms: int, name: str, agent: str = "A17") -> SwitchEvent:
    """The agent's state on the switch."""
    return said(at_ms, "agent-state-change", CC_Agent=agent, CC_Agent_State=name)


# Idle agents


def on_demand() -> Feed:
    """One agent on demand who has been offered a contact."""
    feed = Feed(lists(agents="A17|Available (On Demand)|Waiting|10|0||\n"))
    feed.hear(
        about(1, "member-queue-start", 1_000),
        in_state(2_000, "Receiving"),
        about(1, "agent-offering", 2_000, CC_Agent="A17"),
    )
    return feed


def test_an_agent_idle_without_a_talk_is_not_in_wrap_up() -> None:
    """Older versions put an agent on demand into Idle after an unanswered call too: it accepts nothing, and says so."""
    told = on_demand().hear(failed(9_000, "NO_ANSWER"), in_state(9_001, "Idle"), in_state(30_000, "Waiting"))
    assert told == [
        declined(9_000, "no_answer"),
        state(9_001, "paused", reason="idle"),
        state(30_000, "available"),
    ]


def test_an_agent_idle_after_a_talk_is_in_wrap_up_until_it_is_waiting() -> None:
    """However long, and however often Idle is said."""
    feed = Feed(lists(agents="A17|Available (On Demand)|Waiting|10|0||\n"))
    assert feed.talk(1, 1_000, 5_000, then="Idle")[-1] == state(5_000, "wrap_up")
    assert feed.tick(60_000) == []
    assert feed.hear(in_state(61_000, "Idle"), in_state(70_000, "Waiting")) == [state(70_000, "available")]


def test_a_break_of_an_idle_agent_is_another_pause() -> None:
    """Both are pauses; the reason tells them apart."""
    feed = on_demand()
    feed.hear(failed(9_000, "NO_ANSWER"), in_state(9_001, "Idle"))
    told = feed.hear(said(12_000, "agent-status-change", CC_Agent="A17", CC_Agent_Status="On Break"))
    assert told == [state(12_000, "paused")]


@pytest.mark.parametrize(
    ("offered", "ended", "expected"),
    [(100, 130, ("wrap_up", None)), (150, 130, ("paused", "idle")), (150, 0, ("paused", "idle"))],
)
def test_an_agent_found_idle_is_in_wrap_up_if_the_latest_offer_became_a_talk(
    offered: int, ended: int, expected: tuple[str, str | None]
) -> None:
    """The list of agents tells when it was last offered a contact and when it last talked."""
    found = lists()
    found.agents[0] |= {"state": "Idle", "last_offered_call": str(offered), "last_bridge_end": str(ended)}
    translator = Translator("pbx")
    translator.connected()
    (report,) = (fact for fact in translator.listed(found) if isinstance(fact, e.FloorReported))
    assert [(entry.state, entry.reason) for entry in report.states] == [expected]


def test_an_agent_idle_without_a_talk_stays_paused_at_a_later_look() -> None:
    """The lists cannot tell a state set by hand from one after a talk; what was heard can."""
    feed = Feed()
    feed.talk(1, 1_000, 5_000)
    feed.hear(in_state(30_000, "Idle"))
    found = lists(40_000)
    found.agents[0] |= {"state": "Idle", "last_bridge_end": str(NOW // 1000 + 5)}
    feed.translator.asking()
    (report,) = (fact for fact in feed.translator.listed(found) if isinstance(fact, e.FloorReported))
    assert [(entry.state, entry.reason) for entry in report.states] == [("paused", "idle")]


# Ringing that ends


@pytest.mark.parametrize("cause", ["ORIGINATOR_CANCEL", "LOSE_RACE"])
def test_who_loses_a_race_has_declined_nothing(cause: str) -> None:
    """Older versions hang the losers up before they tell who has won."""
    feed = ringing("A17", "A18")
    told = feed.hear(
        failed(4_000, cause),
        in_state(4_001, "Waiting"),
        about(1, "bridge-agent-start", 4_010, CC_Agent="A18", CC_Agent_UUID="leg18"),
        in_state(4_020, "In a queue call", "A18"),
    )
    assert told == [e.ContactAnswered(time=NOW + 4_010, contact="c1", queue="sales", agent="A18")]
    assert feed.tick(60_000) == []


def test_a_phone_hung_up_because_the_caller_left_has_declined_nothing() -> None:
    """Though the switch hangs it up before it tells that the caller has left."""
    feed = ringing("A17")
    told = feed.hear(
        failed(4_000, "ORIGINATOR_CANCEL"),
        about(1, "member-queue-end", 4_010, CC_Cancel_Reason="BREAK_OUT", Answer_State="hangup"),
    )
    assert told == [e.ContactAbandoned(time=NOW + 4_010, contact="c1", queue="sales")]
    assert feed.tick(60_000) == []


@pytest.mark.parametrize("status", ["On Break", "Logged Out"])
def test_going_on_break_declines_in_whichever_order_it_is_told(status: str) -> None:
    """The phone is hung up before the new status is told, by another thread."""
    left = said(4_000, "agent-status-change", CC_Agent="A17", CC_Agent_Status=status)
    after = ringing("A17").hear(failed(3_990, "ORIGINATOR_CANCEL"), in_state(3_991, "Waiting"), left)
    assert (after[0], len(after)) == (declined(3_990, "rejected"), 2)
    before = ringing("A17").hear(left, failed(4_030, "ORIGINATOR_CANCEL"), in_state(4_031, "Waiting"))
    assert (before[1], len(before)) == (declined(4_030, "rejected"), 2)


def test_a_ringing_that_ended_for_no_known_reason_is_over_all_the_same() -> None:
    """Nothing explains it within five seconds: it did end, then, and no reason is made up."""
    feed = ringing("A17")
    assert feed.hear(failed(4_000, "ORIGINATOR_CANCEL")) == []
    assert feed.tick(9_000) == []
    assert feed.tick(9_001) == [declined(4_000)]
    assert feed.tick(60_000) == []


@pytest.mark.parametrize("done", ["Waiting", "Idle"])
def test_a_ringing_whose_end_is_never_told_is_over_when_the_agent_is(done: str) -> None:
    """The phone's real leg was gone when it was looked for: the state is all the switch says of it."""
    feed = ringing("A17")
    feed.hear(in_state(4_000, done))
    assert declined(4_000) in feed.tick(60_000)


def test_a_phone_that_rings_again_for_the_same_contact_is_ringing() -> None:
    """The end of the first attempt is no end of the second."""
    feed = ringing("A17")
    feed.hear(in_state(4_000, "Waiting"), about(1, "agent-offering", 5_000, CC_Agent="A17"))
    assert feed.tick(60_000) == []


def test_losers_are_freed_when_the_winner_was_not_joined_either() -> None:
    """The caller waits on, and their phones have long been silent."""
    feed = ringing("A17", "A18")
    feed.hear(about(1, "bridge-agent-start", 4_000, CC_Agent="A18", CC_Agent_UUID="leg18"), failed(4_010, "LOSE_RACE"))
    assert feed.tick(9_500) == []
    told = feed.hear(about(1, "bridge-agent-end", 10_000, CC_Agent="A18", CC_Agent_Bridged="false"))
    assert told == [declined(10_000, "rejected", "A18")]
    assert feed.tick(10_001) == [declined(4_010)]


def test_an_agent_whose_caller_had_gone_has_declined_nothing() -> None:
    """The switch found the caller's channel gone, and tells so before it tells that the caller has left."""
    feed = ringing("A17")
    vain = {"CC_Agent": "A17", "CC_Agent_Bridged": "false", "variable_cc_agent_bridged": "false"}
    told = feed.hear(
        about(1, "bridge-agent-start", 4_000, CC_Agent="A17", CC_Agent_UUID="leg17"),
        about(1, "bridge-agent-end", 7_000, **vain),
        in_state(7_001, "Waiting"),
        about(1, "member-queue-end", 7_010, CC_Cancel_Reason="NONE", Answer_State="hangup"),
    )
    assert told == [e.ContactAbandoned(time=NOW + 7_010, contact="c1", queue="sales")]
    assert feed.tick(60_000) == []
