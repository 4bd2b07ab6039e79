"""The feed of each configured source: the one place that knows every kind."""

from __future__ import annotations

from collections.abc import Iterable

from floorwatch.clock import Clock
from floorwatch.config import Config
from floorwatch.config_sources import Source
from floorwatch.ingest.feed import Feed, Heard
from floorwatch.ingest.file_feed import events_feed, queue_log_feed
from floorwatch.ingest.source import InputCounts, OnReject


def build_feed(name: str, source: Source, config: Config, clock: Clock, on_reject: OnReject, heard: Heard) -> Feed:
    """The live feed of one source. `heard`: what the journal remembers of it from before this process."""
    if source.type == "simulator":
        from simulators.feed import SimulatorFeed, todays_floor

        return SimulatorFeed(todays_floor(clock), clock, heard.position)
    assert source.path is not None  # the configuration demands it
    if source.type == "queue_log":
        interfaces = interfaces_of(config)
        return queue_log_feed(name, source.path, clock, source.heartbeat_ms, interfaces, on_reject, heard)
    return events_feed(name, source.path, clock, source.heartbeat_ms, on_reject, heard)


def interfaces_of(config: Config) -> dict[str, str]:
    """The switch's devices, each with the agent it means."""
    return {device: agent for agent, profile in config.agents.items() for device in profile.interfaces}


def summed(feeds: Iterable[Feed]) -> InputCounts:
    """What all feeds together have met."""
    total = InputCounts()
    for feed in feeds:
        total.add(feed.counts)
    return total
