"""Speakers where things go wrong: a daemon that is full, a broker that dies, a switch told what it cannot know."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest
from aiohttp import web

from floorwatch.clock import ScaledClock
from floorwatch.floor import events as e
from floorwatch.floor.events import Event
from simulators.freeswitch import FreeswitchSpeaker
from simulators.speakers.http import HttpSpeaker
from simulators.speakers.mqtt import Broker, MqttSpeaker
from simulators.speakers.speaker import UnsaidError
from simulators.speakers.switches import SwitchSpeaker
from simulators.speakers.whole import WholeFloor
from tests.live.hearing import hearing
from tests.live.mosquitto import Mosquitto, free_port

START = 1_772_528_400_000


def offered(number: int) -> Event:
    """A contact comes."""
    return e.ContactOffered(time=START + number, contact=f"c{number}", queue="sales", id=f"e{number}")


class Receiver:
    """A real server that gives these answers, one after the other, and then 202."""

    def __init__(self, *answers: web.Response) -> None:
        self._answers = list(answers)
        self.bodies: list[bytes] = []
        self.tokens: set[str] = set()
        self.port = free_port()

    async def __aenter__(self) -> Receiver:
        app = web.Application()
        app.router.add_post("/api/v1/events", self._post)
        self._runner = web.AppRunner(app)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self.port).start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._runner.cleanup()

    async def _post(self, request: web.Request) -> web.Response:
        self.bodies.append(await request.read())
        self.tokens.add(request.headers.get("Authorization", ""))
        return self._answers.pop(0) if self._answers else web.json_response({}, status=202)


async def test_later_means_the_very_same_again() -> None:
    """A full daemon names the pause, a busy one may not: nothing is lost, and nothing overtakes."""
    answers = (
        web.json_response({}, status=429, headers={"Retry-After": "0"}),
        web.json_response({}, status=503, headers={"Retry-After": "0"}),
    )
    async with Receiver(*answers) as receiver:
        speaker = HttpSpeaker(f"http://127.0.0.1:{receiver.port}", "fw-secret")
        await speaker.start()
        assert await speaker.say([offered(1), offered(2)]) == 2
        assert await speaker.say([offered(3)]) == 1
        await speaker.stop()
    first, second, third, last = receiver.bodies
    assert first == second == third
    assert [body.count(b'"contact.offered"') for body in (first, last)] == [2, 1]
    assert receiver.tokens == {"Bearer fw-secret"}


async def test_a_refusal_for_good_ends_the_day_with_the_daemons_own_words() -> None:
    """A wrong token does not get better by trying; nonsense alone is refused, too, but was heard."""
    async with Receiver(web.json_response({"error": "no such token"}, status=401)) as receiver:
        speaker = HttpSpeaker(f"http://127.0.0.1:{receiver.port}/api/v1/events")
        await speaker.start()
        with pytest.raises(UnsaidError, match=r"401.*no such token"):
            await speaker.say([offered(1)])
        await speaker.stop()
    async with Receiver(web.json_response({"error": "no line is an event"}, status=400)) as receiver:
        speaker = HttpSpeaker(f"http://127.0.0.1:{receiver.port}")
        await speaker.start()
        assert await speaker.say([b"{nonsense"]) == 1
        await speaker.stop()


async def test_a_killed_broker_is_told_again(
    tool: Callable[[str], str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What it may have lost is published once more, in order, before what is new."""
    monkeypatch.setenv("PATH", "/usr/sbin", prepend=":")
    config = "listener 1883 127.0.0.1\nallow_anonymous true\n"
    broker = Mosquitto(tool("mosquitto"), tmp_path / "broker", config=config)
    broker.start()
    try:
        speaker = MqttSpeaker(Broker("127.0.0.1", broker.port, source="pbx"))
        assert await speaker.start() == 1
        await speaker.say([offered(1), offered(2)])
        broker.kill()
        broker.start()
        async with hearing(broker, topics=("floor/v1/+/pbx/events",)) as bus:
            await bus.said(e.SourceUp)
            await speaker.say([offered(3)])
            taken = await bus.until(lambda taken: any(event.id == "e3" for event in taken))
        assert [event.id for event in taken if event.id] == ["e1", "e2", "e3"]
        await speaker.stop()
    finally:
        broker.stop()


def test_a_switch_is_told_what_it_must_know_and_nothing_it_cannot() -> None:
    """A table's agents log in when they are first called; the end of a call that nobody began is left out."""
    floor = WholeFloor()
    visit = {"time": START, "contact": "c1", "queue": "sales"}
    assert floor.told(e.ContactEnded(agent="A", **visit)) == []  # type: ignore[arg-type]
    assert floor.told(e.ContactAnswered(agent="A", **visit)) == []  # type: ignore[arg-type]
    answer = e.ContactAnswered(agent="A", **visit)  # type: ignore[arg-type]
    told = [*floor.told(e.ContactOffered(**visit)), *floor.told(answer), *floor.told(answer)]  # type: ignore[arg-type]
    assert [type(fact) for fact in told] == [e.ContactOffered, e.AgentJoined, e.AgentStateChanged, e.ContactAnswered]
    assert floor.left_out == {"ContactEnded": 1, "ContactAnswered": 2}


async def test_a_switch_waits_for_somebody_to_log_in() -> None:
    """Nobody would hear the beginning of the day; a port that is taken is said so."""
    speaker = SwitchSpeaker(FreeswitchSpeaker(ScaledClock(START, 0.0)), "127.0.0.1", 0)
    await speaker.start()
    host, port = speaker.where.split(":")
    with pytest.raises(UnsaidError, match=f"--listen: 127.0.0.1:{port}"):
        await SwitchSpeaker(FreeswitchSpeaker(ScaledClock(START, 0.0)), host, int(port)).start()
    attended = asyncio.create_task(speaker.attended())
    await asyncio.sleep(0.1)
    assert not attended.done()
    _, writer = await asyncio.open_connection(host, int(port))
    writer.write(b"auth a-long-one\n\nevent plain CHANNEL_HOLD\n\n")
    await asyncio.wait_for(attended, 5)
    writer.close()
    await speaker.stop()
