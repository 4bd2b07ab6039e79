"""The pieces that the queries are made of.

The daemon's own windows are exact, so what is shown of *now* is made of its numerators and denominators: a sum over a
sum, never a mean of ratios. The counters (`*_total`) are for history. `site` is a label of the scrape.
"""

from __future__ import annotations

SITES = 'site=~"$site"'
QUEUES = 'site=~"$site",queue=~"$queue"'
ONE_QUEUE = 'site=~"$site",queue="$queue"'
WINDOW = 'window="$window"'
LEAST = 'floorwatch_min_sample_contacts{site=~"$site"}'
"""Decided visits without which there is no verdict."""


def of(metric: str, *matchers: str) -> str:
    """A selector."""
    return f"{metric}{{{','.join(matchers)}}}" if matchers else metric


def by(labels: str, expr: str, how: str = "sum") -> str:
    """Added up (or else put together), with these labels left; without any, into one."""
    return f"{how} by ({labels}) ({expr})" if labels else f"{how}({expr})"


def each(metric: str, *matchers: str) -> str:
    """A figure of each queue of each site, once also where two daemons watch the same floor."""
    return by("site, queue", of(metric, *matchers), "max")


def level(queues: str) -> str:
    """The exact service level of the chosen window: hits over decided, added up first. Nothing decided: no level."""
    hits = by("", of("floorwatch_service_level_window_hits", queues, WINDOW))
    decided = by("", of("floorwatch_service_level_window_decided", queues, WINDOW))
    return f"{hits} / ({decided} > 0)"


def over_target(queues: str) -> str:
    """How far the level of each queue is above its own target (below: negative), in the chosen window.

    Nothing where so few were decided that there is no verdict.
    """
    ratio = of("floorwatch_service_level_ratio", queues, WINDOW)
    target = of("floorwatch_queue_target_ratio", queues)
    decided = of("floorwatch_service_level_window_decided", queues, WINDOW)
    enough = f"{decided} >= on (job, instance) group_left () {LEAST}"
    return by("site, queue", f"{ratio} - ignoring (window) {target} and ignoring (window) ({enough})", "max")


def over_targets(queues: str) -> str:
    """The same of all queues together: the hits above what the targets ask for, over all decided."""
    hits = of("floorwatch_service_level_window_hits", queues, WINDOW)
    decided = of("floorwatch_service_level_window_decided", queues, WINDOW)
    target = of("floorwatch_queue_target_ratio", queues)
    asked = f"({decided} * ignoring (window) {target})"
    return f"sum({hits} - ignoring (window) {asked}) / (sum({decided}) >= max({LEAST}))"


def gained(metric: str, span: str, *matchers: str) -> str:
    """What a counter gained in the `span` that *begins* at each step, so far where that is not over yet: exact, where
    `increase()` alone would extrapolate; where the counter began anew in it, it is what `increase()` makes of it."""
    counter = of(metric, *matchers)
    during = f"{counter}[{span}] offset -{span}"
    went_on = f"(last_over_time({during}) - {counter}) >= 0 unless resets({during}) > 0"
    return f"({went_on} or increase({during}))"


def how_many(condition: str) -> str:
    """How many series meet it: 0 where none does, nothing where there is no picture of the floor."""
    return f"count({condition}) or 0 * max({of('floorwatch_view_timestamp_seconds', SITES)})"


def per_second(metric: str, *matchers: str) -> str:
    """How fast a counter goes."""
    return f"rate({of(metric, *matchers)}[$__rate_interval])"
