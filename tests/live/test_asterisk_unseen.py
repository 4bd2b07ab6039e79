"""A second switch, configured as nobody expected: names in any script, a system name, namesakes, the least rights."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest

from floorwatch.floor import events as e
from tests.conftest import REPOSITORY
from tests.live.asterisk import SECRET, Asterisk, running
from tests.live.test_asterisk import assert_as_logged
from tests.live.watching import watching

QUEUES = """[general]
persistentmembers = yes
autofill = yes
[客服 一线]
timeout = 5
ringinuse = no
joinempty = yes
[Büro: Süd]
timeout = 5
ringinuse = no
joinempty = yes
maxlen = 1
[дежурные]
joinempty = no
"""
FRONT, SOUTH, NIGHT = "客服 一线", "Büro: Süd", "дежурные"


@pytest.fixture(scope="module")
def switch() -> Iterator[Asterisk]:
    """With the very manager section we ship."""
    shipped = (REPOSITORY / "deploy/asterisk/manager.conf").read_text("utf-8")
    section = shipped[shipped.index("[floorwatch]") :].replace("CHANGE-ME", SECRET)
    with running(QUEUES, systemname="berlin-1", manager=section) as switch:
        yield switch


async def test_names_in_any_script_and_with_any_punctuation(switch: Asterisk) -> None:
    """Queues and agents keep their names to the letter, contacts their ids, and the figures are the switch's."""
    since = len(switch.queue_log())
    async with switch.people() as control, watching(switch.port, reconcile_ms=400) as watched:
        await watched.said(e.FloorReported)
        await control.log_in(FRONT, "a1", "王 小明")
        await control.log_in(SOUTH, "a2", "A: 17")
        await control.pause("a2", "Pause: Größe 2", SOUTH)
        await control.call(FRONT, 2)
        await control.call(SOUTH)
        await watched.until(lambda: watched.day().of(SOUTH, ""))
        await control.call(SOUTH)
        full = await watched.said(e.ContactRefused)
        await control.call(NIGHT)
        empty = await watched.said(e.ContactRefused, queue=NIGHT)
        assert (full.queue, full.reason, empty.reason) == (SOUTH, "full", "empty")
        answered = await watched.said(e.ContactAnswered)
        assert (answered.queue, answered.agent) == (FRONT, "王 小明")
        assert answered.contact.startswith("berlin-1-")
        paused = await watched.said(e.AgentStateChanged, state="paused")
        assert (paused.agent, paused.queue, paused.reason) == ("A: 17", SOUTH, "Pause: Größe 2")
        await control.send_home()
        await watched.until(watched.has(answered=1, abandoned=1))
        await watched.said(e.ContactEnded, contact=answered.contact)
        await watched.until(lambda: sum(isinstance(event, e.AgentLeft) for event in watched.events) == 2)
        assert_as_logged(switch, watched, since)
        assert not watched.engine.resynced["pbx"]
        assert not watched.feed.counts.invalid


async def test_a_report_has_the_same_names_as_the_events(switch: Asterisk) -> None:
    """Lists call the same things differently; a waiting caller, a talk and a pause are found under their names."""
    async with switch.people() as control:
        await control.log_in(FRONT, "a1", "王 小明")
        await control.log_in(SOUTH, "a2", "A: 17")
        await control.pause("a2", "Pause: Größe 2")
        await control.call(FRONT)
        await control.call(SOUTH)
        await control.talking_leg()
        async with watching(switch.port) as watched:
            report = await watched.said(e.FloorReported)
            assert [(talk.queue, talk.agent) for talk in report.talking] == [(FRONT, "王 小明")]
            assert [waiting.queue for waiting in report.waiting] == [SOUTH]
            paused = [(m.agent, m.queue, m.reason) for m in report.members if m.paused]
            assert paused == [("A: 17", SOUTH, "Pause: Größe 2")]


async def test_two_people_may_share_a_name(switch: Asterisk) -> None:
    """Each has their own contacts; the configuration may tell them apart by device."""
    async with switch.people() as control, watching(switch.port) as watched:
        await watched.said(e.FloorReported)
        await control.log_in(FRONT, "a1", "Anna Li")
        await control.log_in(FRONT, "a2", "Anna Li")
        await control.call(FRONT)
        await control.call(FRONT)
        await watched.until(watched.has(answered=2))
        agents = {event.agent for event in watched.events if isinstance(event, e.ContactAnswered)}
        assert agents == {"Anna Li", "Anna Li Local/a2@agents/n"}
        devices = {"Local/a1@agents/n": "Anna Li (1)", "Local/a2@agents/n": "Anna Li (2)"}
        await asyncio.sleep(0.5)  # the switch's lists know of an answer a moment after its event
        async with watching(switch.port, interfaces=devices) as configured:
            report = await configured.said(e.FloorReported)
            assert {talk.agent for talk in report.talking} == set(devices.values())
