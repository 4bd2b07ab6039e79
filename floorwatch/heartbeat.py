"""The heartbeat: an address is called again and again while floorwatch does its work, and only then."""

from __future__ import annotations

import asyncio
import json
import ssl
from collections.abc import Awaitable, Callable, Iterator

import structlog
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from floorwatch.clock import Clock, monotonic_s
from floorwatch.config.heartbeat import Heartbeat as HeartbeatTyped
from floorwatch.notify.backoff import Backoff
from floorwatch.notify.output import NotTakenError
from floorwatch.notify.web import AnsweredError, Web
from floorwatch.vitals import PARTS, Vitals

LOOK_S = 1.0
FIRST_RETRY_S = 2.0
FAILURES_SAID = 3
"""One call that is lost is made again at once; so many in a row are trouble."""

log = structlog.get_logger("floorwatch.heartbeat")


class Heartbeat:
    """Calls, as long as all of `vitals` move. Holds nothing up: it has a task of its own, and each call a limit."""

    def __init__(self, call: Callable[[], Awaitable[object]], every_s: float, timeout_s: float, vitals: Vitals) -> None:
        self._call = call
        self._every_s = every_s
        self._timeout_s = timeout_s
        self._vitals = vitals
        self._backoff = Backoff(min(FIRST_RETRY_S, every_s), every_s)
        self._in_row = 0
        self.sent = 0
        """Calls that were answered well."""
        self.failed = 0
        """Calls that were not."""
        self.trouble = ""
        """Why nobody hears us; empty while somebody does."""

    async def run(self) -> None:
        """Call, for ever. After a silence of our own the next call is made as soon as all moves again."""
        due_s = monotonic_s()
        while True:
            began_s = monotonic_s()
            if began_s >= due_s:
                if self._vitals.look():
                    await asyncio.sleep(LOOK_S)
                    continue
                due_s = began_s + self._every_s if await self._beat() else monotonic_s() + self._backoff.again()
            await asyncio.sleep(min(LOOK_S, max(0.01, due_s - monotonic_s())))

    async def _beat(self) -> bool:
        """One call; whether it was answered well."""
        try:
            async with asyncio.timeout(self._timeout_s):
                await self._call()
        except AnsweredError as wrong:  # what it says may hold the path of the address, which is a secret
            self._not_heard(f"answers {wrong.answer.code}")
            return False
        except (NotTakenError, OSError, UnicodeError) as wrong:
            self._not_heard(str(wrong) or f"no answer within {self._timeout_s:g} s")
            return False
        except Exception as wrong:
            log.exception("heartbeat_bug")
            self._not_heard(f"a bug of floorwatch, which its log tells: {type(wrong).__name__}")
            return False
        if self._in_row:
            log.info("heartbeat_heard_again", after=self._in_row)
        self.sent += 1
        self._in_row, self.trouble = 0, ""
        self._backoff.reset()
        return True

    def _not_heard(self, why: str) -> None:
        self.failed += 1
        self._in_row += 1
        if self._in_row == 1:
            log.warning("heartbeat_failed", why=why)
        if self._in_row >= FAILURES_SAID:
            self.trouble = why


def build_heartbeat(typed: HeartbeatTyped, site: str, clock: Clock, vitals: Vitals) -> Heartbeat | None:
    """The heartbeat as configured; None where nobody is to be called. Raises `OSError`."""
    if not typed.is_wanted:
        return None
    address = typed.address()
    tls = ssl.create_default_context(cafile=typed.tls_ca) if typed.tls_ca is not None else None
    web = Web("heartbeat", clock, tls)
    body = json.dumps({"site": site}, ensure_ascii=False).encode()

    def call() -> Awaitable[object]:
        return web.get(address) if typed.method == "GET" else web.post(address, body)

    return Heartbeat(call, typed.every_ms / 1000, typed.timeout_ms / 1000, vitals)


class _Metrics(Collector):
    def __init__(self, vitals: Vitals, heartbeat: Heartbeat | None) -> None:
        self._vitals = vitals
        self._heartbeat = heartbeat

    def collect(self) -> Iterator[Metric]:
        """Every family; calls are counted where there is somebody to call."""
        withheld = GaugeMetricFamily(
            "floorwatch_heartbeat_withheld",
            "1 while this part does not do its work: no heartbeat is sent, and none would be.",
            labels=("reason",),
        )
        for part in PARTS:
            withheld.add_metric((part,), int(part in self._vitals.standing))
        yield withheld
        if self._heartbeat is not None:
            sent, failed = self._heartbeat.sent, self._heartbeat.failed
            yield CounterMetricFamily("floorwatch_heartbeat_sent_total", "Heartbeats that were answered well.", sent)
            yield CounterMetricFamily("floorwatch_heartbeat_failed_total", "Heartbeats that were not.", failed)


def heartbeat_metrics(vitals: Vitals, heartbeat: Heartbeat | None) -> Callable[[], bytes]:
    """What makes their metrics, text format 0.0.4."""
    registry = CollectorRegistry()
    registry.register(_Metrics(vitals, heartbeat))
    return lambda: generate_latest(registry)
