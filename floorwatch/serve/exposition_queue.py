"""The metrics of queues, by columns: the same figure of every queue, one below the other.

A queue whose feed is lost has its settings, its counters and when it was last heard of, and no figure of now. What is
None is absent.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from operator import attrgetter

from floorwatch.serve.exposition_ahead import outlook_columns, projection_columns
from floorwatch.serve.exposition_settled import settled_columns
from floorwatch.serve.text_format import Column, Family, Figure, Labels, by_key, each, seconds
from floorwatch.view import WINDOWS, FloorView, QueueView

FAMILIES_QUEUE: dict[str, Family] = {
    "floorwatch_queue_known": Family("gauge", "queue_known"),
    "floorwatch_queue_open": Family("gauge", "queue_open"),
    "floorwatch_queue_last_event_timestamp_seconds": Family("gauge", "queue_last_event"),
    "floorwatch_queue_age_seconds": Family("gauge", "queue_age"),
    "floorwatch_queue_target_ratio": Family("gauge", "target"),
    "floorwatch_queue_threshold_seconds": Family("gauge", "threshold"),
    "floorwatch_waiting": Family("gauge", "waiting"),
    "floorwatch_waiting_past_threshold": Family("gauge", "waiting_past_threshold"),
    "floorwatch_longest_wait_seconds": Family("gauge", "longest_wait"),
    "floorwatch_oldest_entry_timestamp_seconds": Family("gauge", "oldest_entry"),
    "floorwatch_service_level_ratio": Family("gauge", "service_level", "floorwatch_service_level_window_decided"),
    "floorwatch_service_level_window_hits": Family("gauge", "hits"),
    "floorwatch_service_level_window_decided": Family("gauge", "decided"),
    "floorwatch_window_offered": Family("gauge", "offered"),
    "floorwatch_window_answered": Family("gauge", "answered"),
    "floorwatch_window_answered_in_threshold": Family("gauge", "answered_in_threshold"),
    "floorwatch_window_abandoned": Family("gauge", "abandoned"),
    "floorwatch_window_abandoned_short": Family("gauge", "abandoned_short"),
    "floorwatch_window_exited": Family("gauge", "exited"),
    "floorwatch_window_handled": Family("gauge", "handled"),
    "floorwatch_window_abandon_ratio": Family("gauge", "abandon_ratio", "floorwatch_window_abandon_ratio_n"),
    "floorwatch_window_abandon_ratio_n": Family("gauge", "abandon_ratio_n"),
    "floorwatch_window_asa_seconds": Family("gauge", "asa", "floorwatch_window_asa_n"),
    "floorwatch_window_asa_n": Family("gauge", "asa_n"),
    "floorwatch_window_aht_seconds": Family("gauge", "aht", "floorwatch_window_handled"),
    "floorwatch_interval_level_by_arrival_ratio": Family(
        "gauge", "service_level_by_arrival", "floorwatch_interval_level_by_arrival_decided"
    ),
    "floorwatch_interval_level_by_arrival_decided": Family("gauge", "decided"),
    "floorwatch_interval_occupancy_ratio": Family("gauge", "occupancy", "floorwatch_interval_occupancy_seconds"),
    "floorwatch_interval_load_occupancy_ratio": Family(
        "gauge", "occupancy_by_load", "floorwatch_interval_occupancy_seconds"
    ),
    "floorwatch_interval_occupancy_seconds": Family("gauge", "occupancy_time"),
    "floorwatch_queue_agents": Family("gauge", "agents_by_activity"),
    "floorwatch_queue_agents_present": Family("gauge", "present"),
    "floorwatch_queue_agents_elsewhere": Family("gauge", "elsewhere"),
    "floorwatch_queue_room": Family("gauge", "room"),
    "floorwatch_queue_agents_with_room": Family("gauge", "with_room"),
}
"""By metric name."""

OF_QUEUE: dict[str, Figure] = {
    "floorwatch_waiting": attrgetter("waiting"),
    "floorwatch_waiting_past_threshold": attrgetter("waiting_past_threshold"),
    "floorwatch_longest_wait_seconds": seconds("longest_wait_ms"),
    "floorwatch_oldest_entry_timestamp_seconds": seconds("oldest_since"),
    "floorwatch_queue_agents_present": attrgetter("present"),
    "floorwatch_queue_agents_elsewhere": attrgetter("elsewhere"),
    "floorwatch_queue_room": attrgetter("room"),
    "floorwatch_queue_agents_with_room": attrgetter("with_room"),
}
OF_WINDOW: dict[str, Figure] = {
    "floorwatch_service_level_ratio": attrgetter("level"),
    "floorwatch_service_level_window_hits": attrgetter("level_hits"),
    "floorwatch_service_level_window_decided": attrgetter("level_n"),
    "floorwatch_window_offered": attrgetter("offered"),
    "floorwatch_window_answered": attrgetter("answered"),
    "floorwatch_window_answered_in_threshold": attrgetter("answered_in_threshold"),
    "floorwatch_window_abandoned": attrgetter("abandoned"),
    "floorwatch_window_abandoned_short": attrgetter("abandoned_short"),
    "floorwatch_window_exited": attrgetter("exited"),
    "floorwatch_window_handled": attrgetter("handled"),
    "floorwatch_window_abandon_ratio": attrgetter("abandon_ratio"),
    "floorwatch_window_abandon_ratio_n": attrgetter("abandon_ratio_n"),
    "floorwatch_window_asa_seconds": seconds("asa_ms"),
    "floorwatch_window_asa_n": attrgetter("asa_n"),
    "floorwatch_window_aht_seconds": seconds("aht_ms"),
}
OF_INTERVAL: dict[str, Figure] = {
    "floorwatch_interval_level_by_arrival_ratio": attrgetter("level_by_arrival"),
    "floorwatch_interval_level_by_arrival_decided": attrgetter("level_by_arrival_n"),
}
OF_STAFFED_INTERVAL: dict[str, Figure] = {
    "floorwatch_interval_occupancy_ratio": attrgetter("occupancy"),
    "floorwatch_interval_load_occupancy_ratio": attrgetter("load_occupancy"),
    "floorwatch_interval_occupancy_seconds": seconds("occupancy_of_ms"),
}


def queue_columns(view: FloorView) -> Iterator[Column]:
    """Every figure of every queue, family by family."""
    queues, at = view.queues, view.at
    heard = [queue.last_event_at for queue in queues]
    plain: Labels = ()
    yield Column("floorwatch_queue_known", plain, (int(queue.unknown_since is None) for queue in queues))
    yield Column("floorwatch_queue_open", plain, (int(q.hours is None or q.hours.is_open) for q in queues))
    yield Column("floorwatch_queue_last_event_timestamp_seconds", plain, each(queues, seconds("last_event_at")))
    yield Column(
        "floorwatch_queue_age_seconds", plain, (None if ms is None else max(0, at - ms) / 1000 for ms in heard)
    )
    yield Column("floorwatch_queue_target_ratio", plain, (queue.target for queue in queues))
    yield Column("floorwatch_queue_threshold_seconds", plain, (queue.threshold_ms / 1000 for queue in queues))
    known = [queue if queue.unknown_since is None else None for queue in queues]
    for name, figure in OF_QUEUE.items():
        yield Column(name, plain, each(known, figure))
    yield from by_key(
        "floorwatch_queue_agents", "activity", [None if queue is None else queue.members for queue in known]
    )
    yield from _window_columns(known)
    intervals = [None if queue is None else queue.interval for queue in known]
    for name, figure in OF_INTERVAL.items():
        yield Column(name, plain, each(intervals, figure))
    staffed = [None if one is None or one.occupancy_of_ms is None else one for one in intervals]
    for name, figure in OF_STAFFED_INTERVAL.items():
        yield Column(name, plain, each(staffed, figure))
    yield from projection_columns([None if queue is None else queue.projection for queue in known])
    yield from outlook_columns([None if queue is None else queue.outlook for queue in known])
    yield from settled_columns(queues)


def _window_columns(known: Sequence[QueueView | None]) -> Iterator[Column]:
    windows = {window: [None if queue is None else queue.windows.get(window) for queue in known] for window in WINDOWS}
    for name, figure in OF_WINDOW.items():
        for window, figures in windows.items():
            yield Column(name, (("window", window),), each(figures, figure))
