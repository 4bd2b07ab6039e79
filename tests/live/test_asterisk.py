"""Our client at a real Asterisk 22: what it hears is what the switch's own queue_log says."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress

import pytest

from floorwatch.floor import events as e
from floorwatch.floor.internal import SourceDescribed
from floorwatch.ingest.feed import Heard
from tests.live.asterisk import Asterisk, running
from tests.live.control import Control
from tests.live.relay import relay
from tests.live.watching import Watching, watching

QUEUES = """[general]
persistentmembers = yes
autofill = yes
[sales]
timeout = 2
ringinuse = no
retry = 1
joinempty = yes
context = exits
[support]
timeout = 20
ringinuse = no
joinempty = yes
[small]
maxlen = 1
joinempty = yes
[staffed]
timeout = 2
joinempty = no
leavewhenempty = paused
[strict]
timeout = 1
retry = 1
autopause = yes
joinempty = yes
"""
WAYS = {"ABANDON": "abandoned", "EXITWITHTIMEOUT": "timeout", "EXITEMPTY": "empty", "EXITWITHKEY": "key"}
WAYS |= {"CONNECT": "answered", "WITHDRAW": "withdrawn"}


@pytest.fixture(scope="module")
def switch() -> Iterator[Asterisk]:
    """One switch for all tests of this file."""
    with running(QUEUES) as switch:
        yield switch


def logged(switch: Asterisk, since: int = 0) -> tuple[Counter[tuple[str, str]], dict[tuple[str, str], float]]:
    """(queue, way) to how many left so, and (contact, queue) to the wait in whole seconds, as the switch wrote them."""
    ways: Counter[tuple[str, str]] = Counter()
    waits = {}
    for line in switch.queue_log()[since:].splitlines():
        _, contact, queue, _, verb, *told = line.split("|")
        if verb in WAYS:
            ways[queue, WAYS[verb]] += 1
            waits[contact, queue] = float(told[{"CONNECT": 0, "EXITWITHKEY": 3}.get(verb, 2)])
    return ways, waits


def assert_as_logged(switch: Asterisk, watched: Watching, since: int) -> None:
    """Every visit, its way out and its wait, contact by contact."""
    ways, waits = logged(switch, since)
    stays = watched.day().stays
    assert Counter((stay.queue, stay.how) for stay in stays) == ways
    assert {(stay.contact, stay.queue) for stay in stays} == waits.keys()
    for stay in stays:
        assert stay.wait_ms is not None
        assert abs(stay.wait_ms / 1000 - waits[stay.contact, stay.queue]) <= 1
    assert not watched.engine.anomalies


async def test_every_way_out_of_a_queue_is_the_one_the_switch_logged(switch: Asterisk) -> None:
    """Answered, abandoned, timed out, left by key, emptied, withdrawn; refused at the door; while the floor is asked
    for again and again, which corrects nothing."""
    since = len(switch.queue_log())
    async with switch.people() as control, watching(switch.port, reconcile_ms=300) as watched:
        first = await watched.said(e.FloorReported)
        assert (first.complete, first.waiting, first.talking, first.members) == (True, (), (), ())
        before = dict(watched.engine.resynced["pbx"])
        await control.log_in("sales", "b1", "Bo")
        await control.log_in("sales", "a1", "Ann")
        await control.log_in("staffed", "a2", "Abe")
        await control.call("sales", 2)
        await control.call("support", 1)
        await control.call("support", limit=1)
        await control.call("small", 3)
        await watched.until(lambda: watched.day().of("small", ""))
        await control.call("small")
        await watched.said(e.ContactRefused, queue="small", reason="full")
        await control.call("staffed", 2)
        await watched.until(watched.has(answered=2, abandoned=1, timeout=1))
        await control.pause("a1", "lunch")
        await control.call("sales", key_after_s=1)
        await control.log_out("staffed", "a2")
        await control.call("staffed")
        await watched.said(e.ContactRefused, queue="staffed", reason="empty")
        await control.log_in("staffed", "r2", "Rob")
        await control.call("staffed")
        await watched.said(e.ContactAlerting, agent="Rob")
        await control.pause("r2", "left")
        await control.call("support")
        await watched.until(lambda: watched.day().of("support", ""))
        await control.do("QueueWithdrawCaller", Queue="support", Caller=await control.waiting_leg("support"))
        await watched.until(watched.has(answered=2, abandoned=2, timeout=1, key=1, empty=1, withdrawn=1))
        await control.send_home()
        await watched.until(lambda: len([x for x in watched.events if isinstance(x, e.AgentLeft)]) == 4)
        reports = sum(isinstance(event, e.FloorReported) for event in watched.events)
        await watched.until(lambda: sum(isinstance(x, e.FloorReported) for x in watched.events) > reports)
        assert_as_logged(switch, watched, since)
        assert watched.day().declined["sales", "Bo"] == switch.queue_log()[since:].count("|Bo|RINGNOANSWER|")
        assert dict(watched.engine.resynced["pbx"]) == before
        assert not watched.day().gaps
        assert not watched.feed.counts.invalid


async def test_transfers_end_the_agents_part(switch: Asterisk) -> None:
    """Blind, with where to, and attended: the switch logs both."""
    since = len(switch.queue_log())
    async with switch.people() as control, watching(switch.port) as watched:
        await watched.said(e.FloorReported)
        await control.log_in("sales", "a1", "Ann")
        await control.call("sales")
        await watched.said(e.ContactAnswered)
        await control.do("BlindTransfer", Channel=await control.talking_leg(), Context="elsewhere", Exten="71")
        blind = await watched.said(e.ContactTransferred)
        assert (blind.agent, blind.to, blind.mode) == ("Ann", "71", "blind")
        await control.hang_up("^Local/.*callers.*")
        await control.call("sales")
        await watched.said(e.ContactAnswered, after=watched.events.index(blind))
        await asyncio.sleep(1)
        await control.do("Atxfer", Channel=await control.talking_leg(), Context="elsewhere", Exten="72")
        await control.talking_channel("Local/72@elsewhere")
        await control.hang_up("^Local/a1@agents-.*;2$")
        attended = await watched.said(e.ContactTransferred, mode="attended")
        assert attended.agent == "Ann"
        await control.send_home()
        await watched.said(e.AgentLeft)
        assert_as_logged(switch, watched, since)
        verbs = [line.split("|")[4] for line in switch.queue_log()[since:].splitlines()]
        assert ("BLINDTRANSFER" in verbs, "ATTENDEDTRANSFER" in verbs) == (True, True)


async def test_after_a_cut_the_floor_is_corrected_and_the_gap_marked(switch: Asterisk) -> None:
    """Who entered unseen waits since then; the talk goes on; the pause made unseen has its reason and its beginning."""
    async with switch.people() as control, relay(switch.port) as network, watching(network.port) as watched:
        await watched.said(e.FloorReported)
        await control.log_in("support", "a1", "Ann")
        await control.log_in("support", "a2", "Abe")
        await control.pause("a2", "lunch")
        await control.call("support")
        answered = await watched.said(e.ContactAnswered)
        network.cut()
        down = await watched.said(e.SourceDown)
        since = len(switch.queue_log())
        await control.call("support")
        await control.call("small", 1)
        await control.pause("a2", "training")
        await control.log_in("sales", "r1", "Rob")
        await watched.until(lambda: "ABANDON" in switch.queue_log()[since:])
        place = len(watched.events)
        network.mend()
        report = await watched.said(e.FloorReported, place)
        up, gap = await watched.said(e.SourceUp, place), await watched.said(e.SourceGap, place)
        assert [type(event) for event in watched.events[place : place + 3]] == [
            e.SourceUp,
            e.SourceGap,
            e.FloorReported,
        ]
        assert (gap.since, gap.time) == (down.time, up.time)
        (talk,) = report.talking
        assert (talk.contact, talk.queue, talk.agent) == (answered.contact, "support", "Ann")
        assert talk.since == answered.time
        (waiting,) = report.waiting
        lines = [line.split("|") for line in switch.queue_log()[since:].splitlines()]
        entered = next(int(line[0]) for line in lines if line[2] == "support" and line[4] == "ENTERQUEUE")
        assert waiting.queue == "support"
        assert abs(int(waiting.since) / 1000 - entered) <= 1  # type: ignore[arg-type]
        members = {(member.agent, member.queue): member for member in report.members}
        assert members.keys() == {("Ann", "support"), ("Abe", "support"), ("Rob", "sales")}
        pause = members["Abe", "support"]
        began = next(int(line[0]) for line in lines if line[4] == "PAUSE")
        assert (pause.paused, pause.reason) == (True, "training")
        assert abs(int(pause.since) / 1000 - began) <= 1  # type: ignore[arg-type]
        await control.send_home()
        await watched.said(e.ContactEnded, contact=answered.contact)
        await watched.said(e.ContactAbandoned, contact=waiting.contact)
        assert not watched.engine.anomalies


async def test_an_agent_who_was_talking_before_we_came_is_found(switch: Asterisk) -> None:
    """After a restart of ours: not running since the last event, then up, gap and a floor with its talk and its end."""
    heard = Heard(last_ms=1_795_000_000_000)
    async with switch.people() as control:
        await control.log_in("support", "a1", "Ann")
        await control.call("support")
        await control.talking_leg()
        async with watching(switch.port, heard) as watched:
            await _finds_the_talk(control, watched)


async def _finds_the_talk(control: Control, watched: Watching) -> None:
    report = await watched.said(e.FloorReported)
    down, described, up, gap = watched.events[:4]
    assert isinstance(down, e.SourceDown)
    assert isinstance(described, SourceDescribed)
    assert (down.time, down.reason) == (1_795_000_000_000, "not_running")
    assert isinstance(up, e.SourceUp)
    assert isinstance(gap, e.SourceGap)
    assert gap.since == down.time
    (talk,) = report.talking
    assert (talk.queue, talk.agent) == ("support", "Ann")
    await control.send_home()
    await watched.said(e.ContactEnded, contact=talk.contact, agent="Ann")


async def test_what_has_drifted_is_corrected_without_a_gap(switch: Asterisk) -> None:
    """An event that never came: the next look at the floor sees the pause, and nothing else changes."""

    def lossy(message: bytes) -> bytes:
        return b"" if message.startswith(b"Event: QueueMemberPause") else message

    async with (
        switch.people() as control,
        relay(switch.port, lossy) as network,
        watching(network.port, reconcile_ms=500) as watched,
    ):
        await watched.said(e.FloorReported)
        await control.log_in("sales", "a1", "Ann")
        await watched.said(e.AgentJoined)
        before = Counter(watched.engine.resynced["pbx"])
        await control.pause("a1", "lunch")
        await watched.until(lambda: watched.engine.resynced["pbx"]["pause_found"])
        assert watched.engine.resynced["pbx"] - before == Counter(pause_found=1)
        assert not watched.day().gaps
        await control.send_home()


async def test_reloads_and_resets_change_nothing_but_what_they_change(switch: Asterisk) -> None:
    """A reload that adds a static member is seen without a gap; QueueReset and QueueReload lose no waiting caller."""
    since = len(switch.queue_log())
    async with switch.people() as control, watching(switch.port) as watched:
        await watched.said(e.FloorReported)
        await control.call("support", 8)
        await watched.said(e.ContactOffered)
        await control.do("QueueReset", Queue="support")
        await control.do("QueueReload", Queue="support", Members="yes", Rules="yes", Parameters="yes")
        switch.write("queues.conf", QUEUES.replace("[small]", "member => Local/r9@agents/n,0,Rita\n[small]"))
        place = len(watched.events)
        await control.command("module reload app_queue.so")
        report = await watched.said(e.FloorReported, place)
        assert [member.agent for member in report.members] == ["Rita"]
        assert [waiting.queue for waiting in report.waiting] == ["support"]
        switch.write("queues.conf", QUEUES)
        place = len(watched.events)
        await control.command("module reload app_queue.so")
        await watched.until(watched.has(abandoned=1))
        await watched.said(e.FloorReported, place)
        await watched.until(lambda: "Rita" not in _members(watched))
        assert not watched.day().gaps
        assert_as_logged(switch, watched, since)
        await control.send_home()


def _members(watched: Watching) -> set[str]:
    last = [event for event in watched.events if isinstance(event, e.FloorReported)][-1]
    return {member.agent for member in last.members}


async def test_a_restart_is_named_and_survived(switch: Asterisk) -> None:
    """Waiting and talking end as the switch logs it; who was logged in comes back, still paused, and calls go on."""
    since = len(switch.queue_log())
    async with switch.people() as control, watching(switch.port) as watched:
        await watched.said(e.FloorReported)
        await control.log_in("sales", "a1", "Ann")
        await control.log_in("sales", "a2", "Abe")
        await control.pause("a2", "lunch")
        await control.call("sales")
        await control.call("small")
        await watched.said(e.ContactAnswered)
        place = len(watched.events)
        with suppress(asyncio.IncompleteReadError):  # it may not even answer
            await control.command("core restart now")
        down = await watched.said(e.SourceDown, place)
        assert down.reason == "restart"
        report = await watched.said(e.FloorReported, place)
        assert {(m.agent, m.paused, m.reason) for m in report.members} == {("Ann", False, ""), ("Abe", True, "lunch")}
        assert (report.waiting, report.talking) == ((), ())
        await control.connect()
        await control.call("sales", 1)
        await watched.until(watched.has(answered=2, abandoned=1))
        await control.send_home()
        await watched.said(e.AgentLeft, place)
        assert_as_logged(switch, watched, since)


async def test_pauses_penalties_and_ring_in_use(switch: Asterisk) -> None:
    """A pause in one queue holds there only; who lets it ring is paused by the switch; the rest breaks nothing."""
    async with switch.people() as control, watching(switch.port) as watched:
        await watched.said(e.FloorReported)
        await control.log_in("sales", "a1", "Ann")
        await control.log_in("support", "a1", "Ann")
        await control.log_in("strict", "r1", "Rob", penalty=5)
        interface = "Local/a1@agents/n"
        await control.do("QueuePenalty", Interface=interface, Penalty=3, Queue="sales")
        await control.do("QueueMemberRingInUse", Interface=interface, RingInUse="no", Queue="sales")
        await control.pause("a1", "training", "sales")
        paused = await watched.said(e.AgentStateChanged, agent="Ann", state="paused")
        assert (paused.queue, paused.reason) == ("sales", "training")
        await control.call("strict", 4)
        autopaused = await watched.said(e.AgentStateChanged, agent="Rob", state="paused")
        assert (autopaused.queue, autopaused.reason) == ("strict", "Auto-Pause")
        joined = await watched.said(e.AgentJoined, agent="Rob")
        assert joined.penalty == 5
        await watched.until(watched.has(abandoned=1))
        await control.send_home()
        await watched.until(lambda: len([x for x in watched.events if isinstance(x, e.AgentLeft)]) == 3)
        assert not watched.feed.counts.invalid
