from __future__ import annotations

from typing import Any

import pytest

from tests.ingest.ami.switch import Switch


def states(switch: Switch) -> list[tuple[Any, ...]]:
    """(time, state, queue, reason) of what was told."""
    told = switch.take()
    assert {event["type"] for event in told} <= {"agent.state"}
    return [(event["time"], event["state"], event.get("queue"), event.get("reason")) for event in told]


@pytest.fixture
def switch() -> Switch:
    """A17 is a member of sales and support, free."""
    switch = Switch()
    switch.member("QueueMemberAdded", 1, Queue="sales", Penalty=3)
    switch.member("QueueMemberAdded", 1, Queue="support")
    assert switch.take() == [
        {"type": "agent.joined", "time": 1, "agent": "A17", "queue": "sales", "penalty": 3},
        {"type": "agent.joined", "time": 1, "agent": "A17", "queue": "support", "penalty": 0},
    ]
    return switch


@pytest.mark.parametrize(
    ("phone", "state"),
    [(2, "busy"), (3, "busy"), (7, "busy"), (8, "busy"), (6, "busy"), (4, "unreachable"), (5, "unreachable")],
)
def test_a_phone_is_told_once_though_every_queue_repeats_it(switch: Switch, phone: int, state: str) -> None:
    """One change of a device comes once per queue; ringing for nothing of ours is a private call."""
    for queue in ("sales", "support"):
        switch.member("QueueMemberStatus", 2, Queue=queue, Status=phone)
    for queue in ("support", "sales"):
        switch.member("QueueMemberStatus", 9, Queue=queue, Status=1)
    assert states(switch) == [(2, state, None, None), (9, "available", None, None)]


def test_ringing_for_a_queue_contact_is_not_busy(switch: Switch) -> None:
    """The alerting contact says it; when the ringing ends without an answer the agent was never anything but free."""
    switch.joins(2)
    switch.agent("AgentCalled", 3)
    switch.member("QueueMemberStatus", 3, Status=6)
    switch.agent("AgentRingNoAnswer", 11, RingTime=8000)
    switch.member("QueueMemberStatus", 11, Status=1)
    assert [event["type"] for event in switch.take()] == ["contact.offered", "contact.alerting", "contact.declined"]


def test_who_lost_the_race_for_a_contact_rings_no_more(switch: Switch) -> None:
    """Nothing is said to those who rang in vain: a later ringing of their phone is a private call again."""
    switch.joins(2)
    switch.agent("AgentCalled", 3, DestUniqueid="1.7", Interface="PJSIP/18", MemberName="A18")
    switch.agent("AgentCalled", 3)
    switch.agent("AgentConnect", 5, DestUniqueid="1.7", Interface="PJSIP/18", MemberName="A18")
    switch.take()
    switch.member("QueueMemberStatus", 6, Status=6)
    assert states(switch) == [(6, "busy", None, None)]


def test_a_pause_is_told_by_queue_and_again_with_another_reason(switch: Switch) -> None:
    """Paused in all queues: one fact a queue; a new reason without an unpause closes the old; repeats say nothing."""
    for queue in ("sales", "support"):
        switch.member("QueueMemberPause", 2, Queue=queue, Paused=1, PausedReason="break", LastPause=2)
    switch.member("QueueMemberStatus", 3, Queue="sales", Paused=1, PausedReason="break", LastPause=2)
    switch.member("QueueMemberPause", 4, Queue="sales", Paused=1, PausedReason="lunch", LastPause=4)
    switch.member("QueueMemberPause", 5, Queue="support", Paused=0, LastPause=2)
    switch.member("QueueMemberPause", 6, Queue="support", Paused=0, LastPause=2)
    assert states(switch) == [
        (2, "paused", "sales", "break"),
        (2, "paused", "support", "break"),
        (4, "paused", "sales", "lunch"),
        (5, "available", "support", None),
    ]


def test_a_phone_that_is_free_again_keeps_a_partial_pause(switch: Switch) -> None:
    """`available` without a queue ends every pause, so those in force are told again right after it."""
    switch.member("QueueMemberPause", 2, Queue="sales", Paused=1, PausedReason="training", LastPause=2)
    switch.member("QueueMemberStatus", 3, Queue="support", Status=2)
    switch.member("QueueMemberStatus", 9, Queue="support", Status=1)
    assert states(switch) == [
        (2, "paused", "sales", "training"),
        (3, "busy", None, None),
        (9, "available", None, None),
        (9, "paused", "sales", "training"),
    ]


def test_a_phone_hidden_by_a_full_pause_is_told_when_it_ends(switch: Switch) -> None:
    """A private call during lunch changes nothing; unregistering during lunch shows when lunch is over."""
    for queue in ("sales", "support"):
        switch.member("QueueMemberPause", 2, Queue=queue, Paused=1, PausedReason="lunch", LastPause=2)
    switch.take()
    switch.member("QueueMemberStatus", 3, Paused=1, PausedReason="lunch", Status=2)
    switch.member("QueueMemberStatus", 4, Paused=1, PausedReason="lunch", Status=5)
    assert states(switch) == []
    switch.member("QueueMemberPause", 5, Queue="sales", Paused=0, Status=5)
    assert states(switch) == [(5, "available", "sales", None), (5, "unreachable", None, None)]


def test_logging_out_while_paused_says_only_that_the_agent_left(switch: Switch) -> None:
    """The pause goes with the membership; the next log-in starts without it."""
    switch.member("QueueMemberPause", 2, Queue="sales", Paused=1, PausedReason="break", LastPause=2)
    switch.take()
    for queue in ("sales", "support"):
        switch.member("QueueMemberRemoved", 3, Queue=queue, Paused=1)
    switch.member("QueueMemberAdded", 9, Queue="sales")
    assert [(event["type"], event["queue"]) for event in switch.take()] == [
        ("agent.left", "sales"),
        ("agent.left", "support"),
        ("agent.joined", "sales"),
    ]


def test_logging_in_paused_or_unreachable_is_told_with_the_login() -> None:
    """The first event of a member carries all there is to know."""
    switch = Switch()
    switch.member("QueueMemberAdded", 1, Status=5)
    switch.member("QueueMemberAdded", 2, Interface="PJSIP/18", MemberName="A18", Paused=1, PausedReason="break")
    told = [(event["type"], event["agent"], event.get("state")) for event in switch.take()]
    assert told == [
        ("agent.joined", "A17", None),
        ("agent.state", "A17", "unreachable"),
        ("agent.joined", "A18", None),
        ("agent.state", "A18", "paused"),
    ]


def agents(switch: Switch) -> list[str]:
    return [event["agent"] for event in switch.take() if event["type"] == "agent.joined"]


def test_two_interfaces_of_one_name_at_a_time_are_two_agents() -> None:
    """The newcomer carries its interface, as long as it is logged in; a desk changed after a log-out is no newcomer."""
    switch = Switch()
    switch.member("QueueMemberAdded", 1, Interface="PJSIP/17")
    switch.member("QueueMemberAdded", 2, Interface="PJSIP/18")
    switch.member("QueueMemberRemoved", 3, Interface="PJSIP/17")
    switch.member("QueueMemberAdded", 4, Interface="PJSIP/18", Queue="support")
    switch.member("QueueMemberAdded", 5, Interface="PJSIP/19")
    assert agents(switch) == ["A17", "A17 PJSIP/18", "A17 PJSIP/18", "A17"]


def test_one_desk_for_several_agents() -> None:
    """Who logs in there is known by the name given, also in what is said of its calls."""
    switch = Switch()
    switch.member("QueueMemberAdded", 1, MemberName="A17")
    switch.member("QueueMemberRemoved", 2, MemberName="A17")
    switch.member("QueueMemberAdded", 3, MemberName="A18")
    switch.agent("AgentCalled", 4, MemberName="A18")
    assert [event["agent"] for event in switch.take()] == ["A17", "A17", "A18", "A18"]


def test_the_configuration_says_whose_an_interface_is() -> None:
    """Two devices of one agent are one agent: a member once, paused when both are, reachable when either is."""
    switch = Switch({"PJSIP/17": "A17", "Local/17@mobile/n": "A17"})
    mobile = {"Interface": "Local/17@mobile/n", "MemberName": "somebody"}
    switch.member("QueueMemberAdded", 1)
    switch.member("QueueMemberAdded", 1, **mobile)
    assert agents(switch) == ["A17"]
    switch.member("QueueMemberPause", 2, Paused=1, PausedReason="break", LastPause=2)
    assert states(switch) == []
    switch.member("QueueMemberPause", 3, Paused=1, PausedReason="break", LastPause=3, **mobile)
    switch.member("QueueMemberPause", 4, Paused=0)
    assert states(switch) == [(3, "paused", "sales", "break"), (4, "available", "sales", None)]
    switch.member("QueueMemberStatus", 5, Status=5)
    assert states(switch) == []
    switch.member("QueueMemberStatus", 6, Status=5, Paused=1, PausedReason="break", **mobile)
    assert states(switch) == [(6, "unreachable", None, None)]
    switch.member("QueueMemberRemoved", 7)
    assert [event["type"] for event in switch.take()] == ["agent.state"]  # only the paused device is left
    switch.member("QueueMemberRemoved", 8, **mobile)
    assert [event["type"] for event in switch.take()] == ["agent.left"]


def test_a_member_without_a_name_is_its_interface() -> None:
    """So the switch names it, too."""
    switch = Switch()
    switch.member("QueueMemberAdded", 1, MemberName="")
    assert agents(switch) == ["PJSIP/17"]


def test_leaving_a_queue_one_was_never_seen_in_is_nothing() -> None:
    """A log-out whose log-in was not seen tells nothing that could be acted on."""
    switch = Switch()
    switch.member("QueueMemberRemoved", 1)
    assert switch.take() == []
