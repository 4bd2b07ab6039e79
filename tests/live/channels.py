"""All channels that people read at once, each with a receiver of its kind, and a storm of alerts to tell them."""

from __future__ import annotations

import asyncio
import json
import re
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.live.receiver import Got, Receiver, receiver
from tests.receivers.pagerduty import KEY, PagerDutyReceiver
from tests.receivers.robots import DingTalkReceiver, FeishuReceiver, RobotReceiver, WeComReceiver, answering
from tests.receivers.smtp import PostOffice, post_office

SECRET = "SEC0123456789abcdef0123456789"
CROWD = 5
"""So many contacts that wait in a queue are an emergency; one is critical."""
CONFIG = """
site: {{name: berlin}}
http: {{port: 0}}
sources: {{pbx: {{type: events, path: events.jsonl}}}}
rules:
  line: {{figure: waiting, at_least: {{critical: 1}}}}
  crowd: {{figure: waiting, at_least: {{emergency: 5}}, immediate: true}}
  no_agents: {{enabled: false}}
outputs:
  mail: {{type: mail, host: 127.0.0.1, port: {mail}, starttls: false, sender: f@x.pl, to: [l@x.pl], {only}}}
  pagerduty: {{type: pagerduty, url: "{pagerduty}", secret: {key}, {only}}}
  dingtalk: {{type: dingtalk, url: "{dingtalk}", secret: {secret}, {only}}}
  wecom: {{type: wecom, url: "{wecom}", {only}}}
  feishu: {{type: feishu, url: "{feishu}", secret: {secret}, {only}}}
  apprise: {{type: apprise, url: "json://127.0.0.1:{apprise}/x", {only}}}
"""
ONCALL = """
people:
  A17: {channels: [{output: dingtalk, to: a17}, {output: mail, to: a17@x.pl}]}
  B9: {channels: [{output: wecom, to: b9}, {output: apprise}]}
  C3: {channels: [{output: feishu, to: ou_3}]}
escalations:
  floor: {severity: warning, steps: [{tell: [person A17, person B9, person C3], times: 2, every: 15s}]}
"""
"""Three people are called twice about each alert: no limit of the floor's own holds that back."""
ONLY = "rules: [line, crowd], group_by: [queue], group_wait: 0s, group_interval: 0s"
"""As many messages as there may be: each alert would have one of its own."""
APPRISE_A_MINUTE = 60
_QUEUE = re.compile(r"\b[en]\d{3}\b")


@dataclass(slots=True)
class Channels:
    """What has come to each of them. Seconds are those of the monotonic clock."""

    office: PostOffice
    pagerduty: PagerDutyReceiver
    robots: Mapping[str, RobotReceiver]
    apprise: Receiver
    seen: dict[str, dict[str, float]] = field(default_factory=dict)
    """Channel to queue to when its alert was first seen there."""
    _read: dict[str, int] = field(default_factory=dict)
    _letters: list[str] = field(default_factory=list)
    """Those that were read: that takes a while."""

    def configured(self, folder: Path, more: str = "") -> Path:
        """The configuration of a daemon that tells all of them, in its folder; `more` goes with it."""
        path = folder / "floorwatch.yaml"
        urls = {name: robot.url for name, robot in self.robots.items()}
        ports = {"mail": self.office.port, "apprise": self.apprise.server_port}
        text = CONFIG.format(**urls, **ports, pagerduty=self.pagerduty.url, key=KEY, secret=SECRET, only=ONLY)
        path.write_text(text + more, encoding="utf-8")
        return path

    def messages(self) -> dict[str, list[str]]:
        """All that each channel has taken, as text."""
        texts = {name: [told.text for told in robot.told] for name, robot in self.robots.items()}
        self._letters += [letter.text() for letter in self.office.taken[len(self._letters) :]]
        texts["mail"] = list(self._letters)
        texts["apprise"] = [str(got.json()) for got in list(self.apprise.taken)]
        texts["pagerduty"] = [got.body.decode() for got in list(self.pagerduty.got)]
        return texts

    def look(self) -> None:
        """See what has come meanwhile."""
        for name, texts in self.messages().items():
            seen = self.seen.setdefault(name, {})
            for text in texts[self._read.get(name, 0) :]:
                for queue in _QUEUE.findall(text):
                    seen.setdefault(queue, time.monotonic())
            self._read[name] = len(texts)

    def has_all(self, queues: list[str]) -> bool:
        """Whether the alerts of these queues were told in every channel."""
        self.look()
        return all(set(queues) <= seen.keys() for seen in self.seen.values())

    def broken(self) -> list[str]:
        """What any of them had to refuse: a limit, a signature, a size."""
        found = [f"{name}: {text}" for name, robot in self.robots.items() for text in robot.broken]
        found += [f"pagerduty: {errors}" for errors in self.pagerduty.refused]
        found += ["pagerduty: too many"] * self.pagerduty.too_many
        if most_a_minute(self.apprise.got) > APPRISE_A_MINUTE:
            found.append("apprise: too many")
        return found


def most_a_minute(got: list[Got]) -> int:
    """The most requests within any minute."""
    times = [one.at_s for one in got]
    return max((sum(at <= other < at + 60 for other in times) for at in times), default=0)


@contextmanager
def all_channels() -> Iterator[Channels]:
    """They answer, with the limits that are documented, until the block ends."""
    with ExitStack() as stack:
        robots: dict[str, RobotReceiver] = {
            "dingtalk": stack.enter_context(answering(DingTalkReceiver(SECRET, ((20, 60.0),)))),
            "wecom": stack.enter_context(answering(WeComReceiver("", ((20, 60.0),)))),
            "feishu": stack.enter_context(answering(FeishuReceiver(SECRET, ((100, 60.0), (5, 1.0))))),
        }
        pagerduty = stack.enter_context(_serving(PagerDutyReceiver(per_minute=100)))
        yield Channels(stack.enter_context(_post_office()), pagerduty, robots, stack.enter_context(receiver()))


@contextmanager
def _serving(made: PagerDutyReceiver) -> Iterator[PagerDutyReceiver]:
    thread = threading.Thread(target=made.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield made
    finally:
        made.shutdown()
        made.server_close()
        thread.join(timeout=5)


@contextmanager
def _post_office() -> Iterator[PostOffice]:
    """The mail server, in a loop of its own: nobody who waits holds it up."""
    offices: list[PostOffice] = []
    is_open = threading.Event()
    loop = asyncio.new_event_loop()
    closed = asyncio.Event()

    async def serve() -> None:
        async with post_office() as office:
            offices.append(office)
            is_open.set()
            await closed.wait()

    thread = threading.Thread(target=lambda: loop.run_until_complete(serve()), daemon=True)
    thread.start()
    assert is_open.wait(5)
    try:
        yield offices[0]
    finally:
        loop.call_soon_threadsafe(closed.set)
        thread.join(timeout=5)
        loop.close()


def storm(
    folder: Path, queues: int, emergencies: int, lasts_s: float, meanwhile: Callable[[float], None]
) -> dict[str, float]:
    """In so many queues somebody begins to wait, evenly over that time; in the middle of it crowds. Queue to when, by
    the monotonic clock. `meanwhile` is told the share that is over.
    """
    began_s, written_s = time.monotonic(), {}
    crowds = [f"e{n:03}" for n in range(emergencies)]
    with (folder / "events.jsonl").open("a", encoding="utf-8") as file:
        for n in range(queues):
            while time.monotonic() < began_s + lasts_s * n / queues:
                time.sleep(0.005)
            _offer(file, f"n{n:03}")
            written_s[f"n{n:03}"] = time.monotonic()
            if n * 2 >= queues and crowds and n % 5 == 0:
                crowd = crowds.pop(0)
                for _ in range(CROWD):
                    _offer(file, crowd)
                written_s[crowd] = time.monotonic()
            meanwhile((n + 1) / queues)
    assert not crowds
    return written_s


def _offer(file: object, queue: str) -> None:
    now_ms = time.time_ns() // 1_000_000
    contact = f"{queue}-{time.monotonic_ns()}"
    event = {"type": "contact.offered", "id": contact, "time": now_ms, "contact": contact, "queue": queue}
    file.write(json.dumps(event) + "\n")  # type: ignore[attr-defined]
    file.flush()  # type: ignore[attr-defined]
