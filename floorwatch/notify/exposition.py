"""How the outputs fare, as Prometheus metrics: one series for each place of each output."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from floorwatch.notify.outbox import Outbox

Rows = Callable[[], Sequence[Outbox]]
_LABELS = ("output", "place")


class _Outputs(Collector):
    def __init__(self, rows: Rows) -> None:
        self._rows = rows

    def collect(self) -> Iterator[Metric]:
        """Every family; without outputs none has a series."""
        rows = self._rows()
        failing = GaugeMetricFamily("floorwatch_output_failing", "1 while its last try has failed.", labels=_LABELS)
        attempts = GaugeMetricFamily("floorwatch_output_attempts", "Tries in a row that failed.", labels=_LABELS)
        told_at = GaugeMetricFamily(
            "floorwatch_output_told_timestamp_seconds", "When it last took something.", labels=_LABELS
        )
        told = CounterMetricFamily(
            "floorwatch_output_told_total", "How often it took a message or a state.", labels=_LABELS
        )
        failures = CounterMetricFamily("floorwatch_output_failures_total", "How often it did not.", labels=_LABELS)
        dropped = CounterMetricFamily(
            "floorwatch_output_dropped_total", "Alerts of which it was not told how they ended.", labels=_LABELS
        )
        refused = CounterMetricFamily(
            "floorwatch_output_refused_total",
            "Messages to a person that it would not take at that address; they are told otherwise.",
            labels=_LABELS,
        )
        for row in rows:
            labels = (row.output, row.place)
            failing.add_metric(labels, int(row.attempts > 0))
            attempts.add_metric(labels, row.attempts)
            told.add_metric(labels, row.told)
            failures.add_metric(labels, row.failures)
            dropped.add_metric(labels, row.dropped)
            refused.add_metric(labels, row.refused)
            if row.told_at is not None:
                told_at.add_metric(labels, row.told_at / 1000)
        yield from (failing, attempts, told_at, told, failures, dropped, refused)


def output_metrics(rows: Rows) -> Callable[[], bytes]:
    """What makes the metrics of these rows, text format 0.0.4."""
    registry = CollectorRegistry()
    registry.register(_Outputs(rows))
    return lambda: generate_latest(registry)
