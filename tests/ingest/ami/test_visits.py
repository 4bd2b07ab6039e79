from __future__ import annotations

import pytest

from tests.ingest.ami.switch import Switch

STAY = {"contact": "1.0", "queue": "sales"}
WITH_A17 = {**STAY, "agent": "A17"}


@pytest.fixture
def waiting() -> Switch:
    """Caller 1.0 has been waiting for sales since second 1."""
    switch = Switch()
    switch.joins(1)
    assert switch.take() == [{"type": "contact.offered", "time": 1, **STAY}]
    return switch


@pytest.fixture
def talking(waiting: Switch) -> Switch:
    """And talks with A17 since second 5."""
    waiting.answers(5)
    assert waiting.take() == [{"type": "contact.answered", "time": 5, **WITH_A17}]
    return waiting


def test_an_answer_is_not_an_exit_although_leave_comes_first(waiting: Switch) -> None:
    """Ring, Leave, Connect, Complete: alerting, answered, ended, with the times of their own messages."""
    waiting.agent("AgentCalled", 2)
    waiting.says("DialEnd", 5.001, Uniqueid="1.0", DestUniqueid="1.1", DialStatus="ANSWER")
    waiting.leaves(5.002)
    waiting.agent("AgentConnect", 5.003)
    waiting.agent("AgentComplete", 42.5, Reason="caller")
    waiting.hangs_up(42.6)
    assert waiting.take() == [
        {"type": "contact.alerting", "time": 2, **WITH_A17},
        {"type": "contact.answered", "time": 5.003, **WITH_A17},
        {"type": "contact.ended", "time": 42.5, **WITH_A17, "by": "customer"},
    ]


def test_a_subroutine_before_the_connection_is_waited_for(waiting: Switch) -> None:
    """An agent picked up: however long the switch takes to say AgentConnect, it is an answer."""
    waiting.agent("AgentCalled", 2)
    waiting.says("DialEnd", 5, Uniqueid="1.0", DestUniqueid="1.1", DialStatus="ANSWER")
    waiting.leaves(5)
    waiting.joins(30, "2.0")
    waiting.agent("AgentConnect", 31)
    assert [(event["type"], event["time"]) for event in waiting.take()] == [
        ("contact.alerting", 2),
        ("contact.offered", 30),
        ("contact.answered", 31),
    ]


def test_an_abandon_is_told_at_the_hangup_with_its_own_time(waiting: Switch) -> None:
    """QueueCallerAbandon and QueueCallerLeave are one abandon, decided by the Hangup."""
    waiting.abandons(7)
    waiting.leaves(7.001)
    assert waiting.take() == []
    waiting.hangs_up(7.004)
    assert waiting.take() == [{"type": "contact.abandoned", "time": 7, **STAY}]


def test_an_abandon_waits_at_most_a_second_for_its_hangup(waiting: Switch) -> None:
    """A channel kept busy after the caller is gone does not keep the caller waiting on the board."""
    waiting.abandons(7)
    waiting.leaves(7.001)
    waiting.joins(7.9, "2.0")
    assert [event["type"] for event in waiting.take()] == ["contact.offered"]
    waiting.joins(8.001, "3.0")
    assert [(event["type"], event["time"]) for event in waiting.take()] == [
        ("contact.abandoned", 7),
        ("contact.offered", 8.001),
    ]


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ("TIMEOUT", "timeout"),
        ("LEAVEEMPTY", "empty"),
        ("LEAVEUNAVAIL", "empty"),
        ("WITHDRAW", "withdrawn"),
    ],
)
@pytest.mark.parametrize("abandons", [True, False])
def test_queuestatus_tells_an_exit_from_an_abandon(waiting: Switch, value: str, reason: str, abandons: bool) -> None:
    """The switch says Abandon for time-outs and emptied queues too; the variable set after the Leave names the exit."""
    if abandons:
        waiting.abandons(7)
    waiting.leaves(7)
    waiting.sets_status(7.002, value)
    waiting.joins(7.003, queue="overflow")
    waiting.hangs_up(9)
    exited, offered, *_ = waiting.take()
    assert exited == {"type": "contact.exited", "time": 7, **STAY, "reason": reason}
    assert offered == {"type": "contact.offered", "time": 7.003, "contact": "1.0", "queue": "overflow"}


@pytest.mark.parametrize("then", ["hangup", "join", "time"])
def test_a_leave_alone_is_a_leave_by_key(waiting: Switch, then: str) -> None:
    """No Abandon, no answer under way: told at the hang-up, at the next queue, or after a second."""
    waiting.leaves(7)
    if then == "hangup":
        waiting.hangs_up(7.5)
    elif then == "join":
        waiting.joins(7.5, queue="overflow")
    else:
        waiting.says("Hangup", 8.1, Uniqueid="9.9")
    assert waiting.take()[0] == {"type": "contact.exited", "time": 7, **STAY, "reason": "key"}


@pytest.mark.parametrize(("value", "reason"), [("FULL", "full"), ("JOINEMPTY", "empty"), ("JOINUNAVAIL", "empty")])
def test_a_refusal_names_the_queue_the_dialplan_asked_for(value: str, reason: str) -> None:
    """No queue event comes for a caller turned away; the Queue() before it says where."""
    switch = Switch()
    switch.says("Newexten", 1, Uniqueid="1.0", Application="Queue", AppData="billing,b(s^1),,,40")
    switch.sets_status(1.001, value)
    refused = {"type": "contact.refused", "time": 1.001, "contact": "1.0", "queue": "billing", "reason": reason}
    assert switch.take() == [refused]


def test_a_refusal_by_nobody_knows_whom_is_counted() -> None:
    """A connection made between Queue() and its refusal cannot name the queue."""
    switch = Switch()
    switch.sets_status(1, "FULL")
    assert switch.take() == []
    assert switch.translator.counts.invalid == {"refused_by_unknown_queue": 1}


def test_a_caller_may_visit_the_same_queue_again(talking: Switch) -> None:
    """Transferred back to the queue it came from, within the same millisecond: two visits."""
    legs = {"TransfererUniqueid": "1.1", "TransfereeUniqueid": "1.0"}
    talking.says("BlindTransfer", 9, Result="Success", Extension=8001, **legs)
    talking.agent("AgentComplete", 9, Reason="transfer")
    talking.joins(9)
    talking.abandons(12)
    talking.leaves(12)
    talking.hangs_up(12)
    assert talking.take() == [
        {"type": "contact.transferred", "time": 9, **WITH_A17, "to": "8001", "mode": "blind"},
        {"type": "contact.offered", "time": 9, **STAY},
        {"type": "contact.abandoned", "time": 12, **STAY},
    ]


def test_the_end_of_a_talk_may_be_told_after_the_caller_is_back(talking: Switch) -> None:
    """AgentComplete without the agent's leg, after the Join that follows it: it still ends the talk, not the wait."""
    talking.joins(9)
    talking.agent("AgentComplete", 9.001, Reason="transfer", DestUniqueid=None)
    talking.abandons(12)
    talking.hangs_up(12)
    types = [event["type"] for event in talking.take()]
    assert types == ["contact.offered", "contact.transferred", "contact.abandoned"]


def test_an_attended_transfer_says_whom_the_agent_had_dialled(talking: Switch) -> None:
    """The agent's part ends; the caller goes on talking to somebody who is no agent of ours."""
    talking.says(
        "AttendedTransfer",
        9,
        Result="Success",
        OrigTransfererUniqueid="1.1",
        SecondTransfererExten=9003,
        TransfereeUniqueid="1.0",
    )
    talking.agent("AgentComplete", 9.001, Reason="transfer")
    transferred = {"type": "contact.transferred", "time": 9.001, **WITH_A17, "to": "9003", "mode": "attended"}
    assert talking.take() == [transferred]


@pytest.mark.parametrize("missing", [["Uniqueid"], ["DestUniqueid"], ["Uniqueid", "DestUniqueid"]])
@pytest.mark.parametrize(("reason", "by"), [("caller", "customer"), ("agent", "agent")])
def test_agentcomplete_may_lack_either_leg_or_both(talking: Switch, missing: list[str], reason: str, by: str) -> None:
    """A leg that is gone already is left out; queue and interface still say whose talk it was."""
    talking.hangs_up(20, "1.1")
    talking.agent("AgentComplete", 20.001, Reason=reason, **dict.fromkeys(missing))
    assert talking.take() == [{"type": "contact.ended", "time": 20.001, **WITH_A17, "by": by}]
    talking.hangs_up(20.002)
    talking.joins(60, "2.0")
    assert [event["type"] for event in talking.take()] == ["contact.offered"]


def test_an_agentcomplete_of_nobody_is_counted() -> None:
    """Both legs missing, and nobody known to talk there."""
    switch = Switch()
    switch.agent("AgentComplete", 20, Reason="agent", Uniqueid=None, DestUniqueid=None)
    assert switch.take() == []
    assert switch.translator.counts.invalid == {"unknown_contact": 1}


def test_an_agentcomplete_that_was_lost_is_made_good(talking: Switch) -> None:
    """Both legs gone for five seconds: the talk ended when the last of them went."""
    talking.hangs_up(20, "1.1")
    talking.hangs_up(20.5)
    talking.joins(25.4, "2.0")
    talking.joins(25.6, "3.0")
    told = talking.take()
    assert told[1] == {"type": "contact.ended", "time": 20.5, **WITH_A17, "by": "system"}
    assert [event["type"] for event in told] == ["contact.offered", "contact.ended", "contact.offered"]


def test_a_caller_hung_up_while_waiting_does_not_wait_for_ever(waiting: Switch) -> None:
    """Its Abandon and Leave were lost: it is gone, nobody knows how."""
    waiting.hangs_up(9)
    assert waiting.take() == [{"type": "contact.exited", "time": 9, **STAY, "reason": "unknown"}]


@pytest.mark.parametrize(
    ("dial_end", "reason"),
    [(None, "no_answer"), ("NOANSWER", "rejected"), ("BUSY", "busy"), ("CANCEL", "no_answer")],
)
def test_why_an_agent_did_not_take_it(waiting: Switch, dial_end: str | None, reason: str) -> None:
    """A phone that stopped ringing by itself refused the call; one that the queue gave up on was not answered."""
    waiting.agent("AgentCalled", 2)
    if dial_end is not None:
        waiting.says("DialEnd", 3, Uniqueid="1.0", DestUniqueid="1.1", DialStatus=dial_end)
    waiting.agent("AgentRingNoAnswer", 3, RingTime=1000)
    assert waiting.take()[-1] == {"type": "contact.declined", "time": 3, **WITH_A17, "reason": reason}


def test_an_answer_dumped_during_the_announcement_is_rejected_and_the_wait_goes_on(waiting: Switch) -> None:
    """AgentDump after the phone was picked up: declined; a later Leave alone is then no answer."""
    waiting.agent("AgentCalled", 2)
    waiting.says("DialEnd", 3, Uniqueid="1.0", DestUniqueid="1.1", DialStatus="ANSWER")
    waiting.agent("AgentDump", 4)
    waiting.leaves(9)
    waiting.hangs_up(9.5)
    assert waiting.take()[1:] == [
        {"type": "contact.declined", "time": 4, **WITH_A17, "reason": "rejected"},
        {"type": "contact.exited", "time": 9, **STAY, "reason": "key"},
    ]


def test_a_contact_is_on_hold_while_either_side_holds(talking: Switch) -> None:
    """Holds of both sides overlap; an Unhold without a Hold (before each transfer) says nothing."""
    talking.says("Unhold", 6, Uniqueid="1.1")
    talking.says("Hold", 7, Uniqueid="1.1")
    talking.says("Hold", 8, Uniqueid="1.0")
    talking.says("Unhold", 9, Uniqueid="1.1")
    talking.says("Unhold", 10, Uniqueid="1.0")
    talking.says("Unhold", 11, Uniqueid="1.0")
    talking.says("Hold", 12, Uniqueid="7.7")
    assert talking.take() == [
        {"type": "contact.held", "time": 7, **WITH_A17},
        {"type": "contact.resumed", "time": 10, **WITH_A17},
    ]


def test_a_talk_whose_beginning_was_not_seen_still_ends() -> None:
    """After a gap: the message itself names contact, queue and agent."""
    switch = Switch()
    switch.agent("AgentComplete", 20, Reason="agent")
    assert switch.take() == [{"type": "contact.ended", "time": 20, **WITH_A17, "by": "agent"}]


def test_facts_are_numbered_in_the_order_read(talking: Switch) -> None:
    """`seq` grows with every event, over all kinds."""
    talking.says("Hold", 7, Uniqueid="1.1")
    talking.joins(7, "2.0")
    talking.agent("AgentComplete", 7, Reason="agent")
    numbers = [event.seq for event in talking.raw]
    assert len(numbers) == 3
    assert numbers == list(range(numbers[0], numbers[0] + 3))
    assert {event.source for event in talking.raw} == {"pbx"}


@pytest.mark.parametrize("lacks", ["Uniqueid", "Queue"])
def test_a_message_that_names_nobody_is_counted(lacks: str) -> None:
    """A missing key is a bad message, not a crash."""
    switch = Switch()
    headers = {"Uniqueid": "1.0", "Queue": "sales"}
    del headers[lacks]
    switch.says("QueueCallerJoin", 1, **headers)
    assert switch.take() == []
    assert switch.translator.counts.invalid == {"missing_attribute": 1}
    assert (switch.translator.counts.read, switch.translator.counts.ignored) == (1, 0)


def test_text_over_a_kibibyte_is_refused_where_it_is_used() -> None:
    """A long queue name makes the message unusable; a long value nobody asks for does not."""
    switch = Switch()
    switch.says("QueueCallerJoin", 1, Uniqueid="1.0", Queue="q" * 1025)
    switch.says("QueueCallerJoin", 2, Uniqueid="2.0", Queue="sales", AccountCode="x" * 5000)
    assert [event["contact"] for event in switch.take()] == ["2.0"]
    assert switch.translator.counts.invalid == {"text_too_long": 1}
