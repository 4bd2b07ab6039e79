"""Outputs on a real broker: what stands is kept there, each message is sent once, and what is lost is made good."""

from __future__ import annotations

import asyncio
import json
from collections import defaultdict
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiomqtt
from typer.testing import CliRunner

from floorwatch.cli import app
from tests.live.conftest import Start
from tests.live.hearing import SECRETS
from tests.live.mosquitto import Mosquitto
from tests.notify.told_floor import LOOK_S, told_floor

PREFIX = "floorwatch/v1/alerts"
STATES = ("online", "state", "queue/#")
WITHIN_S = 30


class Sign:
    """Something on the wall: subscribed to all there is."""

    def __init__(self) -> None:
        self.came: dict[str, list[bytes]] = defaultdict(list)

    def now(self, topic: str) -> Any:
        """What stands at the topic: JSON, or the word itself; None for nothing."""
        came = self.came[f"{PREFIX}/{topic}"]
        if not came or not came[-1]:
            return None
        return json.loads(came[-1]) if came[-1].startswith(b"{") else came[-1].decode()

    def severity(self, topic: str = "state") -> str | None:
        stands = self.now(topic)
        return stands and stands["severity"]

    def messages(self) -> list[tuple[str, str]]:
        """(subject, state) of everything that was told, in order."""
        told = [json.loads(message) for message in self.came[f"{PREFIX}/alert"]]
        return [(one["subject"], one["state"]) for message in told for one in message["alerts"]]

    async def until(self, done: Callable[[], object]) -> None:
        try:
            async with asyncio.timeout(WITHIN_S):
                while not done():  # noqa: ASYNC110 - many things are waited for
                    await asyncio.sleep(LOOK_S)
        except TimeoutError:
            raise AssertionError(f"not within {WITHIN_S} s: {dict(self.came)}") from None


@asynccontextmanager
async def sign(broker: Mosquitto) -> AsyncIterator[Sign]:
    """A sign that is connected, and has seen what is kept."""
    account = {"username": "floorwatch", "password": SECRETS["floorwatch"], "protocol": aiomqtt.ProtocolVersion.V5}
    async with aiomqtt.Client("127.0.0.1", broker.port, **account) as client:
        seen = Sign()

        async def look() -> None:
            async for message in client.messages:
                seen.came[message.topic.value].append(bytes(message.payload))

        await client.subscribe(f"{PREFIX}/#", qos=1)
        looking = asyncio.ensure_future(look())
        try:
            yield seen
        finally:
            looking.cancel()
            await asyncio.gather(looking, return_exceptions=True)


def bus(broker: Mosquitto, more: str = "") -> str:
    login = f"user: floorwatch, secret: '{SECRETS['floorwatch']}'"
    at_once = "group_wait: 0s, group_interval: 0s"
    return f"  bus: {{type: mqtt, host: 127.0.0.1, port: {broker.port}, {login}, {at_once}{more}}}\n"


async def keep(broker: Mosquitto, topic: str, payload: bytes) -> None:
    account = {"username": "floorwatch", "password": SECRETS["floorwatch"]}
    async with aiomqtt.Client("127.0.0.1", broker.port, **account) as client:
        await client.publish(topic, payload, qos=1, retain=True)


async def test_what_stands_is_kept_and_what_happens_is_told_once(start: Start, tmp_path: Path) -> None:
    """A lamp that comes late sees what stands; queues that are gone are cleared; in the end nobody watches any more."""
    broker = start()
    await keep(broker, f"{PREFIX}/queue/of%20yesterday", b'{"severity":"critical"}')
    async with told_floor(tmp_path, bus(broker)) as floor:
        contact = await floor.breach("north/sales")
        await floor.until(lambda: floor.row("bus").told_key)
        async with sign(broker) as late:
            await late.until(lambda: late.severity() == "critical")
            await late.until(lambda: late.severity("queue/north%2Fsales") == "critical")
            assert late.now("online") == "online"
            assert late.now("state")["alerts"][0]["message"]["en"].startswith("north/sales")
            await late.until(lambda: late.now("queue/of%20yesterday") is None)
            assert late.messages() == []
            await floor.mend(contact, "north/sales")
            await late.until(lambda: late.severity() == late.severity("queue/north%2Fsales") == "none")
            await late.until(late.messages)
            assert late.messages() == [("north/sales", "resolved")]
            assert floor.row("bus").failures == 0
    async with sign(broker) as later:
        await later.until(lambda: later.severity() == "unknown")
        assert later.now("online") == "offline"


async def test_a_broker_that_was_away_is_shown_what_stands_and_told_what_was_missed(
    start: Start, tmp_path: Path
) -> None:
    """Killed, and back with nothing kept: as soon as it is there, and once; the outage is known while it lasts."""
    broker = start(extra="persistence false\n")
    async with told_floor(tmp_path, bus(broker)) as floor:
        await floor.until(lambda: floor.row("bus").told)
        broker.kill()
        await floor.until(lambda: floor.engine.telling.failing_since("bus"))
        await floor.until(lambda: "port " in (floor.row("bus").why or ""))  # the first failure is the connection's end
        assert str(floor.row("bus").why).endswith(f"port {broker.port}: Connection refused")
        await floor.breach()
        broker.start()
        async with sign(broker) as back:
            await back.until(lambda: back.severity() == "critical" and back.now("online") == "online")
            await back.until(back.messages)
            assert back.messages() == [("sales", "firing")]
        await floor.until(lambda: floor.engine.telling.failing_since("bus") is None)


async def test_a_broker_that_is_silent_fails_in_time_and_is_told_when_it_speaks_again(
    start: Start, tmp_path: Path
) -> None:
    """Connected, and without an answer: what it did not confirm is sent again."""
    broker = start()
    async with told_floor(tmp_path, bus(broker, ", timeout: 300ms")) as floor:
        await floor.until(lambda: floor.row("bus").told)
        broker.pause()
        await floor.breach()
        await floor.until(lambda: floor.row("bus").failures)
        assert "0.3 s" in floor.row("bus").why
        broker.go_on()
        await floor.until(lambda: floor.row("bus").told_key)


async def test_an_output_is_tried_and_the_lamp_is_as_it_was(start: Start, tmp_path: Path) -> None:
    """Beside a daemon that runs, and without its connection being taken: each severity, then what stands again."""
    broker = start()
    async with told_floor(tmp_path, bus(broker)) as floor, sign(broker) as seen:
        await floor.breach()
        await seen.until(lambda: seen.severity() == "critical" and seen.messages())
        tried = ["test-alert", "bus", "--config", str(tmp_path / "floorwatch.yaml"), "--each", "0"]
        found = await asyncio.to_thread(CliRunner().invoke, app, tried)
        assert found.exit_code == 0, found.output
        assert found.output.endswith("works\n")

        def shown() -> list[tuple[str, bool]]:
            states = [json.loads(state) for state in seen.came[f"{PREFIX}/state"]]
            return [(state["severity"], state.get("test", False)) for state in states]

        await seen.until(lambda: len(seen.messages()) == 3 and ("emergency", True) in shown()[:-1])
        assert shown()[-4:] == [
            ("warning", True),
            ("critical", True),
            ("emergency", True),
            ("critical", False),
        ]
        assert floor.row("bus").failures == 0
    async with sign(broker) as later:
        await later.until(lambda: later.severity() == "unknown")


async def test_a_right_that_is_missing_is_said(start: Start, tmp_path: Path) -> None:
    """A broker of MQTT 5 refuses a message in its answer to it: that is no delivery."""
    async with told_floor(tmp_path, bus(start(), ", prefix: floor/v1/main")) as floor:
        await floor.until(lambda: floor.row("bus").failures)
        assert "refused: Not authorized; allow this user to write the topic" in floor.row("bus").why
        assert floor.row("bus").told == 0


async def test_states_that_are_taken_do_not_hide_that_messages_are_not(start: Start, tmp_path: Path) -> None:
    """A broker that lets us write what stands, and no message: the output fails, however often the state is shown."""
    broker = start()
    broker.stop()
    rights = "user floorwatch\ntopic write floorwatch/v1/alerts/"
    (tmp_path / "broker0/floorwatch.acl").write_text(
        "".join(f"{rights}{topic}\n" for topic in STATES), encoding="utf-8"
    )
    broker.start()
    async with told_floor(tmp_path, bus(broker, ", resend: 1s")) as floor:
        await floor.until(lambda: floor.row("bus").told)
        assert floor.engine.telling.failing_since("bus") is None
        await floor.breach()
        await floor.until(lambda: floor.engine.telling.failing_since("bus"))
        since, told = floor.engine.telling.failing_since("bus"), floor.row("bus").told
        await floor.until(lambda: floor.row("bus").told >= told + 2)
        assert floor.engine.telling.failing_since("bus") == since
        assert "alert: refused: Not authorized" in floor.row("bus").why


async def test_a_login_that_is_refused_says_what_to_check(start: Start, tmp_path: Path) -> None:
    """The words name the keys of the configuration."""
    broker = start()
    wrong = f"  bus: {{type: mqtt, host: 127.0.0.1, port: {broker.port}, user: floorwatch, secret: wrong}}\n"
    async with told_floor(tmp_path, wrong) as floor:
        await floor.until(lambda: floor.row("bus").failures)
        assert "check 'user' and 'secret' of this output" in floor.row("bus").why


async def test_tls_is_spoken_to_whom_the_configuration_trusts(
    start: Start, certificate: tuple[Path, Path], tmp_path: Path
) -> None:
    """And to nobody else: a broker whose certificate nobody vouches for is told nothing."""
    broker = start(extra=f"certfile {certificate[0]}\nkeyfile {certificate[1]}\n")
    strange = bus(broker, ", tls: true").replace("  bus:", "  strange:")
    trusted = bus(broker, f", tls: true, tls_ca: '{certificate[0]}', prefix: {PREFIX}/trusted")
    async with told_floor(tmp_path, strange + trusted) as floor:
        await floor.until(lambda: floor.row("bus").told and floor.row("strange").failures)
        assert "certificate verify failed" in floor.row("strange").why
        assert (floor.row("strange").told, floor.row("bus").failures) == (0, 0)
