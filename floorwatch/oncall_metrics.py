"""How on call fares, as Prometheus metrics: whether there is somebody, whether they are reached, and how fast they are.

Nobody is named, and no alert: a rota, a severity, a kind of action and what has become of a page are all the labels.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from itertools import accumulate

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector

from floorwatch.alerts.oncall.waiting import BOUNDS_MS
from floorwatch.engine import Engine
from floorwatch.picture_oncall import escalation_state, oncall_shown

STATES = ("climbing", "taken", "muted", "exhausted")


class _OnCall(Collector):
    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def collect(self) -> Iterator[Metric]:
        """Every family; without rotas those about them have no series."""
        yield from self._rotas()
        yield from self._pages()
        yield from self._waits()
        actions = CounterMetricFamily(
            "floorwatch_actions_total", "What was done about alerts, as people recorded it.", labels=("kind",)
        )
        for kind, n in self._engine.actions.counts.items():
            actions.add_metric((kind,), n)
        yield actions

    def _rotas(self) -> Iterator[Metric]:
        people = GaugeMetricFamily("floorwatch_oncall_people", "How many people are on call.", labels=("rota",))
        known = GaugeMetricFamily(
            "floorwatch_oncall_known_seconds", "How far ahead the rota is known; nothing is known: 0.", labels=("rota",)
        )
        for one in oncall_shown(self._engine):
            people.add_metric((one.rota,), len(one.people))
            ahead_ms = 0 if one.known_until is None else max(0, one.known_until - self._engine.now)
            known.add_metric((one.rota,), ahead_ms / 1000)
        yield from (people, known)

    def _pages(self) -> Iterator[Metric]:
        calling = self._engine.calling
        carried = GaugeMetricFamily(
            "floorwatch_escalation_alerts",
            "Live alerts that an escalation fits: carried on, in hand, muted, or at the end of all its rounds.",
            labels=("state",),
        )
        states: Counter[str] = Counter(
            escalation_state(record) for record in calling.records.values() if record.alert.is_live
        )
        for state in STATES:
            carried.add_metric((state,), states[state])
        yield carried
        pages = CounterMetricFamily(
            "floorwatch_pages_total",
            "What people on call are told one by one: made, sent, refused by an output, lost since no way was left.",
            labels=("fate",),
        )
        told = calling.pages
        counts = {"made": told.made, "sent": told.sent, "refused": told.refused, "lost": told.lost}
        for fate, n in counts.items():
            pages.add_metric((fate,), n)
        yield pages

    def _waits(self) -> Iterator[Metric]:
        waiting = self._engine.calling.waiting
        taken = HistogramMetricFamily(
            "floorwatch_acknowledge_seconds",
            "How long alerts waited, since they fired or got worse, until somebody had them in hand.",
            labels=("severity",),
        )
        bounds = [*(f"{ms / 1000:.1f}" for ms in BOUNDS_MS), "+Inf"]
        for severity, waits in waiting.taken.items():
            buckets = list(zip(bounds, accumulate(waits.within), strict=True))
            taken.add_metric((severity,), buckets, waits.sum_ms / 1000)
        yield taken
        never = CounterMetricFamily(
            "floorwatch_alerts_never_taken_total",
            "Alerts that were over before anybody had them.",
            labels=("severity",),
        )
        for severity, n in waiting.never_taken.items():
            never.add_metric((severity,), n)
        yield never


def oncall_metrics(engine: Engine) -> Callable[[], bytes]:
    """What makes the metrics of this engine, text format 0.0.4."""
    registry = CollectorRegistry()
    registry.register(_OnCall(engine))
    return lambda: generate_latest(registry)
