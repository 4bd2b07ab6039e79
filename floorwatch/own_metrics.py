"""How floorwatch itself fares, as Prometheus metrics in a registry of this daemon.

What troubles it so much that somebody must be told is `own_health`'s to say; here are the figures one looks up then.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping

from prometheus_client import CollectorRegistry, Histogram, ProcessCollector, disable_created_metrics, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from floorwatch.agent_series import AgentSeries
from floorwatch.ingest.inbox import Inbox
from floorwatch.store.journal import Journal

LOOK_S = 0.05
LAG_BUCKETS_S = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0)
PICTURE_BUCKETS_S = (0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0)


class OwnMetrics:
    """Observes, and writes what it has observed. A floor without a journal has no metrics of one."""

    def __init__(
        self,
        viewers: Mapping[str, int],
        inbox: Inbox,
        journal: Journal | None = None,
        agents: AgentSeries | None = None,
    ) -> None:
        """`viewers`: open streams by page, as they are when it is read."""
        disable_created_metrics()  # type: ignore[no-untyped-call]  # one more for each, of which nobody has a use
        self._registry = CollectorRegistry()
        ProcessCollector(registry=self._registry)
        self._lag = Histogram(
            "floorwatch_loop_lag_seconds",
            "How late the event loop wakes who sleeps 50 ms: what everything else has to wait for.",
            registry=self._registry,
            buckets=LAG_BUCKETS_S,
        )
        self._pictures = Histogram(
            "floorwatch_picture_seconds",
            "How long a picture of the floor took, with what others did meanwhile.",
            registry=self._registry,
            buckets=PICTURE_BUCKETS_S,
        )
        self._now = _Now(viewers, inbox, journal, agents)
        self._registry.register(self._now)

    def pictured(self, seconds: float) -> None:
        """A picture was taken, which took so long."""
        self._pictures.observe(seconds)

    def scraped(self, seconds: float, series: int) -> None:
        """The metrics were written, which took so long; so many series of the floor."""
        self._now.scraped = (seconds, series)

    async def watch_loop(self) -> None:
        """See how late the loop is, for ever."""
        time_s = asyncio.get_running_loop().time
        while True:
            due_s = time_s() + LOOK_S
            await asyncio.sleep(LOOK_S)
            self._lag.observe(max(0.0, time_s() - due_s))

    def text(self) -> bytes:
        """All of them, text format 0.0.4; and CPU, memory and open files as the kernel tells them."""
        return generate_latest(self._registry)


class _Now(Collector):
    """What is read when it is asked for."""

    def __init__(
        self,
        viewers: Mapping[str, int],
        inbox: Inbox,
        journal: Journal | None,
        agents: AgentSeries | None,
    ) -> None:
        self._viewers = viewers
        self._inbox = inbox
        self._journal = journal
        self._agents = agents
        self.scraped: tuple[float, int] | None = None
        """None before the first."""

    def collect(self) -> Iterator[Metric]:
        """Every family that is known."""
        viewers = GaugeMetricFamily(
            "floorwatch_viewers",
            "Open streams of pages. Those of the floor, of alerts and of feeds are one, called floor.",
            labels=("page",),
        )
        for page, streams in self._viewers.items():
            viewers.add_metric((page,), streams)
        yield viewers
        yield GaugeMetricFamily(
            "floorwatch_inbox_events", "Events that have come and are not applied yet.", len(self._inbox)
        )
        if self.scraped is not None:
            seconds, series = self.scraped
            yield GaugeMetricFamily("floorwatch_scrape_seconds", "How long the scrape before this one took.", seconds)
            yield GaugeMetricFamily(
                "floorwatch_series",
                "Series of the floor in the scrape before this one; outputs, process and our own not counted.",
                series,
            )
        if self._journal is not None:
            yield from _journal_families(self._journal)
        if self._agents is not None:
            yield CounterMetricFamily(
                "floorwatch_agent_series_dropped_total",
                "Series of agents left out of scrapes, for there were more than metrics.agents_max.",
                self._agents.dropped,
            )


def _journal_families(journal: Journal) -> Iterator[Metric]:
    yield GaugeMetricFamily(
        "floorwatch_journal_unwritten_events",
        "Events that are applied and not on disk yet; their senders are not told yet.",
        journal.seq - journal.durable_seq,
    )
    yield GaugeMetricFamily(
        "floorwatch_journal_ok",
        "1 while the journal can be written, 0 while the disk refuses.",
        int(not journal.trouble),
    )
