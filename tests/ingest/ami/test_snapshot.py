from __future__ import annotations

from typing import Any

import pytest

from tests.ingest.ami.switch import T0_MS, Switch, block


def connect(switch: Switch, at_s: float) -> list[dict[str, Any]]:
    switch.keep(switch.translator.connected(T0_MS + round(at_s * 1000)))
    return switch.take()


def disconnect(switch: Switch, at_s: float) -> list[dict[str, Any]]:
    switch.keep(switch.translator.disconnected(T0_MS + round(at_s * 1000)))
    return switch.take()


def channels(switch: Switch, at_s: float, *talks: tuple[str, str, str, str]) -> None:
    """(caller, queue, leg, interface) of callers put through."""
    for uid, queue, leg, interface in talks:
        bridge = f"bridge-{uid}"
        switch.lists(
            "CoreShowChannel",
            at_s,
            Uniqueid=leg,
            Channel=f"{interface}-000001d3",
            Application="AppQueue",
            ApplicationData="(Outgoing Line)",
            BridgeId=bridge,
        )
        switch.lists(
            "CoreShowChannel",
            at_s,
            Uniqueid=uid,
            Channel="PJSIP/trunk-00000001",
            Application="Queue",
            ApplicationData=f"{queue},b(s^1),,,100",
            BridgeId=bridge,
        )
    switch.lists("CoreShowChannelsComplete", at_s, EventList="Complete", ListItems=2 * len(talks))


def queues(
    switch: Switch, at_s: float, *entries: tuple[str, int], missing: int = 0, settle: bool = True, **member: object
) -> None:
    """sales with A17 in it, and (caller, seconds waited) waiting there; then, to `settle`, a moment's silence."""
    shown = {"Queue": "sales", "Name": "A17", "Location": "PJSIP/17", "Status": 1, "Paused": 0, "InCall": 0}
    switch.lists("QueueParams", at_s, Queue="sales", Max=0)
    switch.lists("QueueMember", at_s, **(shown | {"PausedReason": "", "LastPause": 0} | member))
    for uid, waited in entries:
        switch.lists("QueueEntry", at_s, Queue="sales", Uniqueid=uid, Wait=waited, Position=1)
    switch.lists("QueueStatusComplete", at_s, EventList="Complete", ListItems=2 + len(entries) + missing)
    if settle:
        switch.settles(at_s)


def report(told: list[dict[str, Any]]) -> dict[str, Any]:
    (found,) = [event for event in told if event["type"] == "floor.reported"]
    return found


A17_MEMBER = {"agent": "A17", "queue": "sales", "paused": False, "reason": "", "since": None}


def test_a_first_connection_is_up_at_once_and_reports_the_floor() -> None:
    """Who waits since when, who talks with whom, members with their pause, and what the phones do."""
    switch = Switch(connect=False)
    assert connect(switch, 100) == [{"type": "source.up", "time": 100}]
    channels(switch, 100.1, ("2.0", "sales", "2.1", "PJSIP/17"))
    paused = {"Paused": 1, "PausedReason": "break", "LastPause": T0_MS // 1000 + 90}
    queues(switch, 100.2, ("3.0", 19), Status=2, InCall=1, **paused)
    assert switch.take() == [
        {
            "type": "floor.reported",
            "time": 100,
            "complete": True,
            "waiting": [{"contact": "3.0", "queue": "sales", "since": 81}],
            "talking": [{"contact": "2.0", "queue": "sales", "agent": "A17", "since": None}],
            "members": [{"agent": "A17", "queue": "sales", "paused": True, "reason": "break", "since": 90}],
            "states": [{"agent": "A17", "state": "busy", "reason": None, "since": None}],
        }
    ]
    switch.agent("AgentComplete", 120, Uniqueid="2.0", DestUniqueid="2.1", Reason="caller")
    switch.agent("AgentConnect", 121, Uniqueid="3.0", DestUniqueid="3.1")
    assert [(event["type"], event["contact"]) for event in switch.take()] == [
        ("contact.ended", "2.0"),
        ("contact.answered", "3.0"),
    ]


def on_the_air() -> Switch:
    """Callers 1.0 (talking with A17), 4.0 and 5.0 (waiting) are known when the connection is lost at second 20."""
    switch = Switch(connect=False)
    connect(switch, 0)
    channels(switch, 0.1)
    queues(switch, 0.1)
    switch.joins(1)
    switch.answers(5.25)
    switch.joins(11.125, "4.0")
    switch.joins(12, "5.0")
    switch.take()
    return switch


def test_after_a_loss_come_up_gap_and_report_and_then_what_arrived_meanwhile() -> None:
    """Down at the last byte; nothing else is told until the floor is described again; known times stay exact."""
    switch = on_the_air()
    assert disconnect(switch, 20) == [{"type": "source.down", "time": 20}]
    assert connect(switch, 40) == []
    channels(switch, 40.1, ("1.0", "sales", "1.1", "PJSIP/17"))
    switch.joins(40.15, "6.0")
    queues(switch, 40.2, ("4.0", 29), ("6.0", 0), Status=2, InCall=1)
    assert switch.take() == [
        {"type": "source.up", "time": 40},
        {"type": "source.gap", "time": 40, "since": 20},
        {
            "type": "floor.reported",
            "time": 40,
            "complete": True,
            "waiting": [{"contact": "4.0", "queue": "sales", "since": 11.125}],
            "talking": [{"contact": "1.0", "queue": "sales", "agent": "A17", "since": 5.25}],
            "members": [A17_MEMBER],
            "states": [{"agent": "A17", "state": "busy", "reason": None, "since": None}],
        },
        {"type": "contact.offered", "time": 40.15, "contact": "6.0", "queue": "sales"},
    ]


def test_what_a_held_event_tells_of_is_not_reported_gone() -> None:
    """The lists may be past an event that was made before them and comes after them: it must find its contact."""
    switch = on_the_air()
    disconnect(switch, 20)
    connect(switch, 40)
    channels(switch, 40.1)
    switch.leaves(40.12, "4.0")
    switch.agent("AgentConnect", 40.13, Uniqueid="4.0", DestUniqueid="4.1")
    switch.agent("AgentComplete", 40.14, Uniqueid=None, Reason="agent")
    queues(switch, 40.2)
    told = switch.take()
    assert [entry["contact"] for entry in report(told)["waiting"]] == ["4.0"]
    assert [entry["contact"] for entry in report(told)["talking"]] == ["1.0"]
    assert [(event["type"], event["contact"]) for event in told[3:]] == [
        ("contact.answered", "4.0"),
        ("contact.ended", "1.0"),
    ]


def test_what_the_lists_already_show_is_told_by_its_own_event() -> None:
    """A Join and an AgentConnect made just before the lists are held back, and date the wait and the talk exactly."""
    switch = Switch(connect=False)
    connect(switch, 40)
    channels(switch, 40.3, ("2.0", "sales", "2.1", "PJSIP/17"))
    switch.joins(40.05, "3.0")
    switch.agent("AgentConnect", 40.06, Uniqueid="2.0", DestUniqueid="2.1")
    queues(switch, 40.3, ("3.0", 0), Status=2)
    reported, *told = switch.take()
    assert (reported["time"], reported["waiting"], reported["talking"]) == (40, [], [])
    assert [(event["type"], event["contact"], event["time"]) for event in told] == [
        ("contact.offered", "3.0", 40.05),
        ("contact.answered", "2.0", 40.06),
    ]


def test_what_the_report_has_told_is_not_told_again_by_an_event_that_comes_after_it() -> None:
    """The same two, later than the switch has ever been."""
    switch = Switch(connect=False)
    connect(switch, 40)
    channels(switch, 40.3, ("2.0", "sales", "2.1", "PJSIP/17"))
    queues(switch, 40.3, ("3.0", 0), Status=2)
    switch.joins(40.05, "3.0")
    switch.agent("AgentConnect", 40.06, Uniqueid="2.0", DestUniqueid="2.1")
    assert [event["type"] for event in switch.take()] == ["floor.reported"]


def test_a_talk_that_ended_unseen_is_not_reported() -> None:
    """The agent's leg is gone, or in a bridge with somebody else."""
    switch = on_the_air()
    disconnect(switch, 20)
    connect(switch, 40)
    channels(switch, 40.1, ("9.0", "sales", "9.1", "PJSIP/17"))
    queues(switch, 40.2, Status=2, InCall=1)
    talking = report(switch.take())["talking"]
    assert talking == [{"contact": "9.0", "queue": "sales", "agent": "A17", "since": None}]


def test_without_a_list_of_channels_the_phone_says_whether_a_talk_goes_on() -> None:
    """A client that asks for queues only still ends what cannot be."""
    for phone, goes_on in ((2, True), (1, False)):
        switch = on_the_air()
        disconnect(switch, 20)
        connect(switch, 40)
        queues(switch, 40.2, Status=phone)
        assert bool(report(switch.take())["talking"]) is goes_on


def test_lists_that_lost_an_entry_do_not_end_what_they_omit() -> None:
    """The switch says how many entries it sent; with fewer the report is not complete."""
    switch = on_the_air()
    disconnect(switch, 20)
    connect(switch, 40)
    channels(switch, 40.1)
    queues(switch, 40.2, missing=1)
    assert report(switch.take())["complete"] is False


def test_lists_that_never_come_are_not_waited_for_long() -> None:
    """After five seconds without a sign of them: up, gap, and what was held, in order."""
    switch = on_the_air()
    disconnect(switch, 20)
    connect(switch, 40)
    switch.joins(41, "6.0")
    switch.joins(44.9, "7.0")
    assert switch.take() == []
    switch.joins(45.1, "8.0")
    assert [(event["type"], event["time"]) for event in switch.take()] == [
        ("source.up", 45.1),
        ("source.gap", 45.1),
        ("contact.offered", 41),
        ("contact.offered", 44.9),
        ("contact.offered", 45.1),
    ]


def test_a_connection_lost_before_the_lists_came_leaves_the_gap_open() -> None:
    """Two losses in a row are one: down once, and the gap reaches back to the first."""
    switch = on_the_air()
    disconnect(switch, 20)
    connect(switch, 40)
    channels(switch, 40.1)
    assert disconnect(switch, 41) == []
    connect(switch, 60)
    channels(switch, 60.1)
    queues(switch, 60.2)
    told = switch.take()
    assert [event["type"] for event in told] == ["source.up", "source.gap", "floor.reported"]
    assert told[1]["since"] == 20


def test_a_restart_is_named_and_members_come_back_as_they_are_listed() -> None:
    """Shutdown says why the feed is lost; a pause that survived goes on, one that did not is over."""
    switch = on_the_air()
    switch.says("Shutdown", 19.9, Shutdown="Cleanly", Restart="True")
    assert disconnect(switch, 20) == [{"type": "source.down", "time": 20, "reason": "restart"}]
    connect(switch, 22)
    channels(switch, 22.1)
    queues(switch, 22.1, Paused=1, PausedReason="lunch", LastPause=T0_MS // 1000 + 21)
    told = report(switch.take())
    assert (told["waiting"], told["talking"]) == ([], [])
    assert told["members"] == [{"agent": "A17", "queue": "sales", "paused": True, "reason": "lunch", "since": 21}]
    switch.member("QueueMemberPause", 30, Paused=0, LastPause=T0_MS // 1000 + 21)
    assert [(event["time"], event["state"]) for event in switch.take()] == [(30, "available")]


def test_a_pause_the_list_dates_to_the_second_keeps_its_milliseconds() -> None:
    """The same pause, known from its own event."""
    switch = on_the_air()
    switch.member("QueueMemberPause", 15.625, Paused=1, PausedReason="break", LastPause=T0_MS // 1000 + 15)
    disconnect(switch, 20)
    connect(switch, 40)
    channels(switch, 40.1)
    queues(switch, 40.2, Paused=1, PausedReason="break", LastPause=T0_MS // 1000 + 15)
    assert report(switch.take())["members"][0]["since"] == 15.625


def test_namesakes_of_one_snapshot_are_both_told_apart() -> None:
    """Neither was there first, so neither may bear the name alone, whatever order the switch lists them in."""
    switch = Switch(connect=False)
    connect(switch, 0)
    switch.lists("QueueMember", 0.1, Queue="sales", Name="A17", Location="PJSIP/17", Status=1, Paused=0)
    switch.lists("QueueMember", 0.1, Queue="sales", Name="A17", Location="PJSIP/18", Status=5, Paused=0)
    switch.lists("QueueStatusComplete", 0.1, ListItems=2)
    switch.settles(0.1)
    assert [(entry["agent"], entry["state"]) for entry in report(switch.take())["states"]] == [
        ("A17 PJSIP/17", "available"),
        ("A17 PJSIP/18", "unreachable"),
    ]


@pytest.mark.parametrize("ahead_ms", [0, 3_600_000])
def test_what_has_no_timestamp_is_dated_by_the_switchs_clock(ahead_ms: int) -> None:
    """A switch an hour ahead of us says so in every Timestamp; lists and connections are told in its time, too."""
    switch = Switch(connect=False)
    keep = switch.keep
    keep(switch.translator.connected(T0_MS - ahead_ms))
    (message,) = switch.protocol.feed(
        f"Event: QueueCallerJoin\r\nTimestamp: {T0_MS // 1000}.25\r\nUniqueid: 1.0\r\nQueue: sales\r\n\r\n".encode()
    )
    keep(switch.translator.message(message, T0_MS - ahead_ms))
    for message in switch.protocol.feed(b"Event: QueueStatusComplete\r\nListItems: 0\r\n\r\n"):
        keep(switch.translator.message(message, T0_MS - ahead_ms + 1000))
    keep(switch.translator.disconnected(T0_MS - ahead_ms + 2000))
    up, reported, joined, down = switch.take()
    assert up["time"] == -ahead_ms / 1000  # nothing had been said yet
    assert (reported["time"], joined["time"], down["time"]) == (0.249, 0.25, 2.25)


def test_one_wrong_timestamp_does_not_date_what_has_none() -> None:
    """A report is not thrown years ahead by one garbled message before it; a clock that was set is followed."""
    switch = Switch(connect=False)
    connect(switch, 0)
    switch.says("Hangup", 1, Uniqueid="1.0")
    for at_s, ahead_s in ((2, 7000), (3, 0), (4, 7000), (5, 7000)):
        for message in switch.protocol.feed(block("Event: Hangup", at_s + ahead_s, {"Uniqueid": "1.0"})):
            switch.keep(switch.translator.message(message, T0_MS + at_s * 1000))
        if at_s in (2, 5):
            assert disconnect(switch, at_s)[-1]["time"] == at_s + (ahead_s if at_s == 5 else 0)
            connect(switch, at_s)
            queues(switch, at_s)
            switch.take()
