"""Reports of the floor, told to the engine: what they correct, and that they disturb nothing that was right."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import pytest

from floorwatch.engine import Engine
from floorwatch.floor.settings import Settings
from tests.ingest.ami.switch import T0_MS, Switch, block
from tests.ingest.ami.test_snapshot import channels, connect, disconnect, queues, report

TALK = ("1.0", "sales", "1.1", "PJSIP/17")


def at(at_s: float) -> int:
    return T0_MS + round(at_s * 1000)


class Floor(Switch):
    """A switch heard from second 0, with A17 in sales, and an engine that is told what it says."""

    def __init__(self) -> None:
        super().__init__(connect=False)
        self.engine = Engine(Settings())
        connect_and_list(self, 0)
        self.tell()

    def tell(self) -> list[dict[str, Any]]:
        for event in self.raw:
            self.engine.advance(max(self.engine.now, int(event.time)))  # type: ignore[arg-type]
            self.engine.apply(event)
        return self.take()

    def looks(self, at_s: float) -> None:
        """The client asks for the lists again."""
        self.translator.looked(at(at_s))

    def passes(self, at_s: float) -> None:
        """Time goes by, and nothing comes."""
        self.keep(self.translator.passed(at(at_s)))

    def corrected(self) -> dict[str, int]:
        return {kind: n for kind, n in self.engine.resynced["pbx"].items() if n}


def connect_and_list(switch: Switch, at_s: float) -> None:
    switch.keep(switch.translator.connected(at(at_s)))
    channels(switch, at_s)
    queues(switch, at_s)


def test_a_caller_who_came_while_the_lists_did_is_not_lost() -> None:
    """Told after the report, and made after it: the engine must not take the report's silence for its end."""
    floor = Floor()
    floor.keep(floor.translator.disconnected(at(10)))
    floor.keep(floor.translator.connected(at(20)))
    channels(floor, 20.1)
    floor.joins(20.15, "2.0")
    queues(floor, 20.2, ("2.0", 0))
    floor.tell()
    floor.abandons(25, "2.0")
    floor.leaves(25, "2.0")
    floor.hangs_up(25.01, "2.0")
    assert [(event["type"], event["time"]) for event in floor.tell()] == [("contact.abandoned", 25)]
    assert not +floor.engine.anomalies


Lists = tuple[tuple[tuple[str, str, str, str], ...], tuple[tuple[str, int], ...], dict[str, object]]
"""Talks, (caller, seconds waited), and what is different about the member."""
NOBODY: Lists = ((), (), {})
ON_BREAK = {"Paused": 1, "PausedReason": "break"}


class Story(NamedTuple):
    """What happens before second 10 and after it, and the lists before and after that."""

    earlier: tuple[Callable[[Floor], object], ...]
    then: tuple[Callable[[Floor], object], ...]
    before: Lists
    after: Lists


def answered(floor: Floor) -> None:
    floor.joins(5)
    floor.answers(6)


def gives_up(floor: Floor) -> None:
    floor.abandons(10.02)
    floor.leaves(10.02)
    floor.hangs_up(10.03)


def hang_up(floor: Floor) -> None:
    floor.hangs_up(10.01)
    floor.hangs_up(10.01, "1.1")


STORIES = {
    "a caller waits": Story((lambda f: f.joins(5),), (), ((), (("1.0", 5),), {}), ((), (("1.0", 5),), {})),
    "a caller joins": Story((), (lambda f: f.joins(10.01),), NOBODY, ((), (("1.0", 0),), {})),
    "a caller joins and is gone": Story((), (lambda f: f.joins(10.01), gives_up), NOBODY, NOBODY),
    "a caller gives up": Story((lambda f: f.joins(5),), (gives_up,), ((), (("1.0", 5),), {}), NOBODY),
    "a caller is answered": Story(
        (lambda f: f.joins(5),), (lambda f: f.answers(10.01),), ((), (("1.0", 5),), {}), ((TALK,), (), {})
    ),
    "a talk goes on": Story((answered,), (), ((TALK,), (), {}), ((TALK,), (), {})),
    "a talk ends": Story(
        (answered,),
        (lambda f: f.agent("AgentComplete", 10.01, Reason="caller"), hang_up),
        ((TALK,), (), {}),
        NOBODY,
    ),
    "a talk ends, and neither leg is named": Story(
        (answered,),
        (hang_up, lambda f: f.agent("AgentComplete", 10.02, Uniqueid=None, DestUniqueid=None, Reason="caller")),
        ((TALK,), (), {}),
        NOBODY,
    ),
    "a caller has left, and how is not known yet": Story(
        (lambda f: f.joins(5), lambda f: f.abandons(9.9), lambda f: f.leaves(9.9)), (), NOBODY, NOBODY
    ),
    "a pause begins": Story(
        (), (lambda f: f.member("QueueMemberPause", 10.01, **ON_BREAK),), NOBODY, ((), (), ON_BREAK)
    ),
    "a phone is used": Story(
        (), (lambda f: f.member("QueueMemberStatus", 10.01, Status=2),), NOBODY, ((), (), {"Status": 2})
    ),
    "a phone is used in a pause, which hides it": Story(
        (lambda f: f.member("QueueMemberPause", 5, **ON_BREAK),),
        (lambda f: f.member("QueueMemberStatus", 10.01, Status=2, **ON_BREAK),),
        ((), (), ON_BREAK),
        ((), (), ON_BREAK | {"Status": 2}),
    ),
    "a phone that was told to ring before it was told for whom": Story(
        (
            lambda f: f.joins(5),
            lambda f: f.member("QueueMemberStatus", 9.5, Status=6),
            lambda f: f.agent("AgentCalled", 9.5),
        ),
        (),
        ((), (("1.0", 5),), {"Status": 6}),
        ((), (("1.0", 5),), {"Status": 6}),
    ),
    "a log-out": Story((), (lambda f: f.member("QueueMemberRemoved", 10.01),), NOBODY, ((), (), {"Queue": "none"})),
}


@pytest.mark.parametrize("made", ["before", "meanwhile", "after"])
@pytest.mark.parametrize("story", STORIES)
def test_a_look_at_a_floor_that_is_known_corrects_nothing(story: str, made: str) -> None:
    """What happens is told exactly as without the look, whether the lists are made before it or after, and whether it
    is told before they are asked for or while they come."""
    earlier, then, before, after = STORIES[story]
    floor, undisturbed = Floor(), Floor()
    corrected = floor.corrected()
    for fact in (*earlier, *then):
        fact(undisturbed)
    undisturbed.passes(12)
    for fact in earlier:
        fact(floor)
    if made == "after":
        for fact in then:
            fact(floor)
    floor.looks(10.04 if made == "after" else 10)
    talks, waiting, member = before if made == "before" else after
    if made == "before":
        channels(floor, 10.05, *talks)
        _queues(floor, waiting, member)
    if made != "after":
        for fact in then:
            fact(floor)
    if made != "before":
        channels(floor, 10.05, *talks)
        _queues(floor, waiting, member)
    floor.settles(10.05)
    floor.passes(12)
    told = floor.tell()
    assert len([event for event in told if event["type"] == "floor.reported"]) == 1
    assert [event for event in told if event["type"] != "floor.reported"] == undisturbed.tell()
    assert floor.corrected() == corrected
    assert not +floor.engine.anomalies


def _queues(floor: Floor, waiting: tuple[tuple[str, int], ...], member: dict[str, object]) -> None:
    if member.get("Queue") == "none":
        floor.lists("QueueStatusComplete", 10.05, EventList="Complete", ListItems=0)
    else:
        queues(floor, 10.05, *waiting, settle=False, **member)


def test_a_look_finds_what_events_have_not_told() -> None:
    """A caller, a talk and a pause that were never heard of; what is over without a word is ended; no gap is marked."""
    floor = Floor()
    floor.joins(1, "9.0")
    floor.tell()
    floor.looks(10)
    channels(floor, 10.1, TALK)
    queues(floor, 10.1, ("2.0", 4), Paused=1, PausedReason="lunch")
    (reported,) = floor.tell()
    assert reported["waiting"] == [{"contact": "2.0", "queue": "sales", "since": 6}]
    assert reported["talking"] == [{"contact": "1.0", "queue": "sales", "agent": "A17", "since": None}]
    assert {kind: n for kind, n in floor.corrected().items() if kind not in ("state_found", "member_found")} == {
        "waiting_found": 1,
        "talking_found": 1,
        "pause_found": 1,
        "waiting_lost": 1,
    }


def test_a_talk_that_has_just_ended_is_not_found_again_in_the_channels() -> None:
    """The switch may list both legs a moment after it has told the end."""
    floor = Floor()
    answered(floor)
    floor.agent("AgentComplete", 9.99, Reason="caller")
    floor.tell()
    floor.looks(10)
    channels(floor, 10.01, TALK)
    queues(floor, 10.01)
    assert report(floor.tell())["talking"] == []


def test_an_optimised_local_channel_does_not_end_a_talk() -> None:
    """The agent's leg is replaced by the phone behind it: the caller who is still in the queue's bridge talks on."""
    floor = Floor()
    answered(floor)
    floor.hangs_up(7, "1.1")
    floor.tell()
    floor.looks(10)
    for uid, channel, application in (("1.0", "PJSIP/trunk-1", "Queue"), ("1.7", "PJSIP/17-9", "AppDial")):
        shown = {"Uniqueid": uid, "Channel": channel, "Application": application, "BridgeId": "b"}
        floor.lists("CoreShowChannel", 10.01, ApplicationData="sales,t", **shown)
    floor.lists("CoreShowChannelsComplete", 10.01, ListItems=2)
    queues(floor, 10.01)
    assert [talk["contact"] for talk in report(floor.tell())["talking"]] == ["1.0"]


def test_a_member_is_found_by_its_channel_whatever_options_its_interface_has() -> None:
    """`Local/17@agents/n` rings the channel `Local/17@agents-…;1`."""
    switch = Switch(connect=False)
    connect(switch, 0)
    channels(switch, 0.1, ("1.0", "sales", "1.1", "Local/17@agents"))
    queues(switch, 0.1, Location="Local/17@agents/n")
    assert [talk["agent"] for talk in report(switch.take())["talking"]] == ["A17"]


def test_after_a_restart_of_ours_the_gap_reaches_back_to_when_we_last_heard() -> None:
    """Down since then, for that reason; up with the report, and the time between is marked."""
    switch = Switch(connect=False)
    switch.keep(switch.translator.not_running(at(-600)))
    assert switch.take() == [{"type": "source.down", "time": -600, "reason": "not_running"}]
    assert connect(switch, 0) == []
    channels(switch, 0.1)
    queues(switch, 0.1)
    assert switch.take()[:2] == [
        {"type": "source.up", "time": 0},
        {"type": "source.gap", "time": 0, "since": -600},
    ]


def test_a_switch_that_cannot_be_reached_is_down_from_the_start_and_says_each_reason_once() -> None:
    """Since when it is not known is a gap, too: nobody heard it then."""
    switch = Switch(connect=False)
    for at_s, reason in ((0, "unreachable"), (1, "unreachable"), (2, "login_refused"), (3, "login_refused")):
        switch.keep(switch.translator.disconnected(at(at_s), reason))
    assert [(event["time"], event["reason"]) for event in switch.take()] == [(0, "unreachable"), (2, "login_refused")]
    connect(switch, 4)
    channels(switch, 4.1)
    queues(switch, 4.1)
    assert switch.take()[1] == {"type": "source.gap", "time": 4, "since": 0}


def test_who_left_long_before_the_loss_is_decided_and_who_left_just_then_is_not() -> None:
    """What tells a time-out from an abandon follows at once, if the connection lives that long."""
    floor = Floor()
    for uid, left_s in (("1.0", 10.0), ("2.0", 10.45)):
        floor.joins(5, uid)
        floor.abandons(left_s, uid)
        floor.leaves(left_s, uid)
    floor.tell()
    told = disconnect(floor, 10.5)
    assert [(event["type"], event.get("contact")) for event in told] == [
        ("contact.abandoned", "1.0"),
        ("source.down", None),
    ]


def test_what_waits_to_be_decided_does_not_wait_for_a_clock_that_was_set_back() -> None:
    """A second of the old clock may be an hour away."""
    floor = Floor()
    floor.joins(5)
    floor.abandons(10)
    floor.leaves(10)
    for received_s in (10.1, 10.2):
        raw = block("Event: Hold", received_s - 3600, {"Uniqueid": "8.0"})
        for message in floor.protocol.feed(raw):
            floor.keep(floor.translator.message(message, at(received_s)))
    assert [event["type"] for event in floor.tell()][-1] == "contact.abandoned"
