"""The feed of each configured source: the one place that knows every kind."""

from __future__ import annotations

import ssl
from collections.abc import Callable
from dataclasses import replace
from typing import NamedTuple
from zoneinfo import ZoneInfo

from floorwatch.clock import Clock
from floorwatch.config import Config
from floorwatch.config.sources import Source, SourceType
from floorwatch.engine import Engine
from floorwatch.ingest.ami.client import AsteriskFeed
from floorwatch.ingest.ami.session import AsteriskConnection
from floorwatch.ingest.feed import Feed, Heard
from floorwatch.ingest.file_feed import FileFeed, events_feed, queue_log_feed
from floorwatch.ingest.freeswitch.client import Connection as FreeswitchConnection
from floorwatch.ingest.freeswitch.client import FreeswitchFeed
from floorwatch.ingest.http.receiver import HttpFeed
from floorwatch.ingest.mqtt.client import MqttFeed
from floorwatch.ingest.mqtt.link import MqttConnection
from floorwatch.ingest.queue_log.backfill import Backfill
from floorwatch.ingest.quiet import QuietRule, QuietWatch
from floorwatch.ingest.source import OnReject
from floorwatch.shared_clock import PAUSE_S, SharedClock

UNHEARD_MS = 86_400_000
"""A switch heard by a shared clock is lost with its connection only: at 60 times real time, a silence of the floor's
quarter minute is a quarter of a second on the wire, in which no ping has its answer. Nor is it asked for lists again:
what comes of them takes a second, which may be hours of a quiet floor."""


class Place(NamedTuple):
    """What a feed is built from."""

    name: str
    source: Source
    config: Config
    clock: Clock
    on_reject: OnReject
    heard: Heard
    """What the journal remembers of it from before this process."""


def build_feed(place: Place) -> Feed:
    """The live feed of one source. Raises `OSError` when its secret or its certificates cannot be read."""
    return _KINDS[place.source.type](place)


def quiet_watched(place: Place, feed: Feed) -> Feed:
    """The feed, watched for a silence that its configuration calls too long, where it says so."""
    source = place.source
    if source.quiet_ms is None:
        return feed
    rule = QuietRule(source.quiet_ms, source.quiet_hours, ZoneInfo(place.config.site.timezone))
    return QuietWatch(feed, rule, place.clock)


def build_backfill(place: Place, engine: Engine) -> Backfill | None:
    """What fills the gaps of a switch from its own log, those from before too; None where no log is configured."""
    if place.source.queue_log is None:
        return None
    backfill = Backfill(place.name, place.source.queue_log, interfaces_of(place.config), place.clock)
    if place.name in engine.feeds:
        offset_ms = engine.feeds[place.name].clock_offset_ms
        for since, until in engine.books.sources[place.name].open_gaps():
            backfill.missing(since - offset_ms, until - offset_ms)
    return backfill


def interfaces_of(config: Config) -> dict[str, str]:
    """The switch's devices, each with the agent it means."""
    return {device: agent for agent, profile in config.agents.items() for device in profile.interfaces}


def asterisk_connection(source: Source) -> AsteriskConnection:
    """How to reach an Asterisk. Raises `OSError`."""
    host, port = source.connects_to()
    return AsteriskConnection(
        host,
        port,
        source.user or "",
        source.password(),
        tls=_tls(source),
        heartbeat_ms=source.silence_ms() or 0,
        reconcile_ms=source.reconcile_ms,
    )


def _tls(source: Source) -> ssl.SSLContext | None:
    return ssl.create_default_context(cafile=source.tls_ca) if source.tls else None


def _asterisk(place: Place) -> Feed:
    connection = asterisk_connection(place.source)
    if isinstance(place.clock, SharedClock):
        connection = replace(connection, heartbeat_ms=UNHEARD_MS, reconcile_ms=UNHEARD_MS)
    return AsteriskFeed(place.name, connection, place.clock, interfaces_of(place.config), place.heard)


def _freeswitch(place: Place) -> Feed:
    source = place.source
    host, port = source.connects_to()
    connection = FreeswitchConnection(host, port, source.password(), tls=source.tls, tls_ca=source.tls_ca)
    return FreeswitchFeed(
        place.name,
        connection,
        place.clock,
        place.heard,
        silence_ms=source.silence_ms() or 0,
        reconcile_ms=source.reconcile_ms,
    )


def _mqtt(place: Place) -> Feed:
    source = place.source
    host, port = source.connects_to()
    connection = MqttConnection(
        host=host,
        port=port,
        topics=source.topics,
        user=source.user or "",
        secret=source.password(),
        tls=_tls(source),
        client_id=source.client_id or "",
        heartbeat_ms=source.silence_ms() or 0,
    )
    return MqttFeed(place.name, connection, place.clock, place.on_reject, place.heard)


def _http(place: Place) -> Feed:
    return HttpFeed(place.name, place.clock, place.source.heartbeat_ms, place.heard, place.on_reject)


def _events(place: Place) -> Feed:
    path, heartbeat_ms = place.source.path, place.source.heartbeat_ms
    assert path is not None  # the configuration demands it
    feed = events_feed(place.name, path, place.clock, heartbeat_ms, place.on_reject, place.heard)
    return _looking(place, feed)


def _queue_log(place: Place) -> Feed:
    path, heartbeat_ms = place.source.path, place.source.heartbeat_ms
    assert path is not None  # the configuration demands it
    interfaces = interfaces_of(place.config)
    feed = queue_log_feed(place.name, path, place.clock, heartbeat_ms, interfaces, place.on_reject, place.heard)
    return _looking(place, feed)


def _looking(place: Place, feed: FileFeed) -> FileFeed:
    """The feed, looking at its file as often as the clock demands."""
    if isinstance(place.clock, SharedClock):
        feed.look_every_s(PAUSE_S)
    return feed


def _simulator(place: Place) -> Feed:
    from simulators.feed import SimulatorFeed, todays_floor

    return SimulatorFeed(todays_floor(place.clock), place.clock, place.heard.position)


_KINDS: dict[SourceType, Callable[[Place], Feed]] = {
    "asterisk": _asterisk,
    "freeswitch": _freeswitch,
    "mqtt": _mqtt,
    "http": _http,
    "events": _events,
    "queue_log": _queue_log,
    "simulator": _simulator,
}
