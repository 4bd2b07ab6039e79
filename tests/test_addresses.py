"""A message to somebody on call goes where the configuration has it when it leaves: the engine knows no address."""

from __future__ import annotations

import asyncio
from pathlib import Path

from floorwatch.clock import ScaledClock
from floorwatch.config import Config, load_config
from floorwatch.engine import Engine
from floorwatch.floor import internal as i
from floorwatch.floor.events import Event
from floorwatch.ingest.inbox import Inbox
from floorwatch.notify.output import Message
from floorwatch.output_desk import OutputDesk
from floorwatch.store.snapshot import fingerprint

T0 = 1_770_000_000_000
CONFIG = """
sources: {{pbx: {{type: events, path: input}}}}
rules: {{daemon_trouble: {{severity: critical, for: 0s}}}}
outputs:
  hook: {{type: webhook, url: "http://127.0.0.1:9/", only_oncall: true, group_wait: 0s}}
  mail: {{type: mail, host: 127.0.0.1, sender: floor@example.com, group_wait: 0s}}
people:
  B2: {{channels: [{{output: mail, to: b2@example.com}}, {{output: hook, to: b2-hook}}]}}
  A17: {{channels: [{channels}]}}
escalations: {{floor: {{steps: [{{tell: [person A17]}}]}}}}
"""
HOOK, WORK, HOME = "{output: hook, to: a17-hook}", "{output: mail, to: a17@work}", "{output: mail, to: a17@home}"


class Life:
    """What is owed to A17, and what has become of it, under one configuration after another."""

    def __init__(self, folder: Path, *channels: str) -> None:
        self._folder = folder
        self._said: list[tuple[int, Event]] = []
        self.restart(*channels)
        self.hear(0, i.DaemonTroubled(time=T0, source="daemon", trouble="journal"))

    def restart(self, *channels: str) -> None:
        """The configuration has other channels now: all that was heard is applied anew, as a recovery does it."""
        path = self._folder / "floorwatch.yaml"
        path.write_text(CONFIG.format(channels=", ".join(channels)), encoding="utf-8")
        self.config: Config = load_config(path)
        self.engine = Engine(self.config.settings())
        for at, event in self._said:
            self._apply(at, event)

    def hear(self, after_s: int, event: Event) -> None:
        self._said.append((T0 + after_s * 1000, event))
        self._apply(*self._said[-1])

    def _apply(self, at: int, event: Event) -> None:
        self.engine.advance(at)
        self.engine.apply(event)

    def owed(self, output: str, after_s: int = 30) -> Message | None:
        """What leaves next by this output."""

        async def asked() -> Message | None:
            clock = ScaledClock(self.engine.now, 1)
            address = self.config.oncall.address
            desk = OutputDesk(self.engine, Inbox(clock), clock, lambda: asyncio.sleep(0), address)
            return await desk.owed(output)

        self.engine.advance(T0 + after_s * 1000)
        return asyncio.run(asked())

    def leaves(self, output: str) -> Message:
        """It leaves, and nobody says what has become of it."""
        message = self.owed(output)
        assert message is not None
        said = i.DeliveryBegun(
            time=T0 + 30_000,
            source="outputs",
            output=output,
            key=message.key,
            channel=message.channel,
            pages=message.pages,
        )
        self.hear(30, said)
        return message

    def is_refused(self, message: Message) -> None:
        said = i.DeliveryRefused(
            time=T0 + 30_000,
            source="outputs",
            output=message.output,
            key=message.key,
            why="unknown",
            channel=message.channel,
            pages=message.pages,
        )
        self.hear(30, said)


def ways(life: Life) -> dict[str, str]:
    """(by which output, to which address) what is owed leaves now."""
    found = {output: life.owed(output, 40) for output in ("hook", "mail")}
    return {output: message.to for output, message in found.items() if message is not None}


def test_the_engine_knows_no_address(tmp_path: Path) -> None:
    """Neither its settings nor, so, any state made of them; and a message has the one of its person and channel."""
    life = Life(tmp_path, WORK, HOOK)
    for address in ("a17@work", "a17-hook", "b2"):
        assert address not in repr(life.config.settings())
    assert ways(life) == {"mail": "a17@work"}


def test_what_is_owed_goes_to_the_address_of_now(tmp_path: Path) -> None:
    """Under the key it had, and nothing is counted anew: the state from before is good."""
    life = Life(tmp_path, WORK, HOOK)
    before, state = life.leaves("mail"), fingerprint(life.config.settings())
    life.restart(HOME, HOOK)
    after = life.owed("mail", 40)
    assert after is not None
    assert (after.to, after.key, after.pages) == ("a17@home", before.key, before.pages)
    assert fingerprint(life.config.settings()) == state


def test_other_channels_between_leaving_and_leaving_again(tmp_path: Path) -> None:
    """Whatever has become of the place by which it left: it goes by a way there is, to the address of that way."""
    life = Life(tmp_path, WORK, HOOK)
    first = life.leaves("mail")
    cases: list[tuple[tuple[str, ...], dict[str, str]]] = [
        ((HOOK,), {"hook": "a17-hook"}),
        ((HOOK, WORK), {"hook": "a17-hook"}),
        ((HOME, WORK, HOOK), {"mail": "a17@home"}),
        ((), {}),
    ]
    for channels, expected in cases:
        life.restart(*channels)
        assert ways(life) == expected, channels
    life.restart(HOOK, WORK)
    life.hear(40, i.DeliveryFailed(time=T0 + 40_000, source="outputs", output="hook", why="away"))
    again = life.owed("mail", 41)
    assert again is not None
    assert (again.to, again.channel, again.key == first.key) == ("a17@work", 1, False)


def test_what_was_refused_falls_through_whatever_the_address(tmp_path: Path) -> None:
    """The place counts: a new address there is tried at the next telling, and nobody else's is before."""
    life = Life(tmp_path, WORK, HOME, HOOK)
    life.is_refused(life.leaves("mail"))
    assert ways(life) == {"mail": "a17@home"}
    life.restart("{output: mail, to: a17@new}", HOOK)
    assert ways(life) == {"hook": "a17-hook"}
    again = life.owed("mail", 331)
    assert again is not None
    assert (again.to, len(again.pages)) == ("a17@new", 2)
