"""The feed that hears a broker: connects, takes messages, acknowledges what is on disk, comes back after every loss."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Iterable
from dataclasses import replace
from functools import partial

import aiomqtt
import structlog

from floorwatch.clock import Clock
from floorwatch.floor.events import Event, SourceHeartbeat
from floorwatch.ingest.feed import NEVER, Heard
from floorwatch.ingest.inbox import Inbox
from floorwatch.ingest.mqtt.doorway import Acknowledgements, Doorway
from floorwatch.ingest.mqtt.link import Link, LinkError, MqttConnection
from floorwatch.ingest.mqtt.losses import SOURCES_MAX, Losses, Position, position_of
from floorwatch.ingest.mqtt.presence import Presence
from floorwatch.ingest.mqtt.session import CONNECTION_LOST, TAKEN_OVER, Session
from floorwatch.ingest.mqtt.topics import OFFLINE, ONLINE, Kind, kind_of, source_of, subscriptions
from floorwatch.ingest.mqtt.translate import MessageReader
from floorwatch.ingest.source import OnReject

RETRY_FIRST_S, RETRY_LAST_S = 0.5, 30.0
LASTING_MS = 30_000
"""A connection that lasts for so long was a good one: after it, the first pause is short again."""
TOPICS_REMEMBERED = 1_000
NAME_BYTES_MAX = 1_024

REFUSALS = UNKNOWN_STATUS, RETAINED, FOREIGN, UNUSABLE, TOO_MANY = (
    "unknown_status",
    "retained_event",
    "foreign_source",
    "unusable_source",
    "too_many_sources",
)
"""Why a message is refused before it is looked into; docs/contract/README.md says what each means."""

_OWN_ID = "another client uses the same client id: give this source its own 'client_id'"
WHAT_TO_DO = {
    "login_refused": "check 'user' and 'secret' of this source, and the users and rights of the broker",
    "subscription_refused": "allow this user to read the topic, or correct 'topics' of this source",
    CONNECTION_LOST: f"if this repeats: {_OWN_ID}",
    TAKEN_OVER: _OWN_ID,
    "dropped": "raise max_queued_messages and max_queued_bytes of the broker",
    "connection_refused": "the broker must speak MQTT 5 and accept this client id",
}

log = structlog.get_logger("floorwatch.ingest.mqtt")


class MqttFeed:
    """A broker, and the sources that publish through it: an `ingest.feed.Feed`.

    `on_reject(reason, payload)` is told of what cannot be used.
    """

    def __init__(
        self,
        name: str,
        connection: MqttConnection,
        clock: Clock,
        on_reject: OnReject | None = None,
        heard: Heard = NEVER,
    ) -> None:
        self._name = name
        self._connection = replace(connection, client_id=connection.client_id or f"floorwatch-{name}")
        self._clock = clock
        self._reader = MessageReader(name, on_reject)
        before = position_of(heard.position)
        self._presence = Presence(name, before.sources)
        self._losses = Losses(before.dropped)
        self._session = Session(heard.last_ms)
        self._sources_told = len(self._presence)
        self._filters = subscriptions(connection.topics)
        self._kinds: dict[str, Kind] = {}
        self._heard_ms = heard.last_ms
        """When the broker was surely there, on our clock; None when it never was."""
        self._before_us = heard.last_ms
        self._is_greeted = False
        self._greeted_ms = 0
        self._trouble = ""
        self.counts = self._reader.counts

    async def run(self, inbox: Inbox) -> None:
        """Hear the broker until cancelled."""
        doorway = Doorway(inbox)
        if self._before_us is not None:
            _say(doorway, self._presence.lost(self._before_us, "not_running"))
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(doorway.serve())
            tasks.create_task(self._beat(inbox))
            tasks.create_task(self._come_back(doorway))

    async def _come_back(self, doorway: Doorway) -> None:
        """One connection after another, with pauses that grow while none succeeds."""
        delay_s = RETRY_FIRST_S
        while True:
            await doorway.freed()
            try:
                await self._hear(doorway)
            except LinkError as lost:
                now = self._clock.now_ms()
                self._tell(lost)
                if self._is_greeted:
                    self._heard_ms = max(self._heard_ms or 0, now - self._connection.heartbeat_ms)
                    if now - self._greeted_ms > LASTING_MS:
                        delay_s = RETRY_FIRST_S
                    self._is_greeted = False
                    self._session.ended(now, lost.reason, self._heard_ms)
                else:
                    self._session.failed(lost.reason)
                _say(doorway, self._presence.lost(now, lost.reason))
            await asyncio.sleep(delay_s * random.uniform(0.5, 1.0))  # noqa: S311 # jitter, no secret
            delay_s = min(2 * delay_s, RETRY_LAST_S)

    async def _hear(self, doorway: Doorway) -> None:
        """One connection, from the first try to its end, which is raised as a `LinkError`."""
        link = Link(self._connection, lambda message: self._take(message, link, doorway, unacknowledged))
        unacknowledged = Acknowledgements(link.acknowledge)
        try:
            doorway.attend(partial(self._pause, link), link.resume)
            await link.open()
            await link.subscribe(self._filters)
            self._greet(link, doorway)
            await link.ended()
        finally:
            doorway.attend(None, None)
            await link.close()

    def _pause(self, link: Link) -> None:
        """The inbox is full: what comes now waits at the broker, as long as that has room."""
        now = self._clock.now_ms()
        self._losses.unread(now, now)
        link.pause()

    def _greet(self, link: Link, doorway: Doorway) -> None:
        """The broker hears us. Without our session it has kept nothing for us since it was last there.

        With it, what it kept may have gone to another client of our id.
        """
        if self._is_greeted:
            return
        self._is_greeted = True
        self._trouble = ""
        log.info("broker_connected", source=self._name, broker=self._address(), session_kept=link.had_session)
        if self._session.is_doubtful:
            log.warning("session_shared", source=self._name, client_id=self._connection.client_id, fix=_OWN_ID)
        self._greeted_ms = now = self._clock.now_ms()
        missed_since = self._session.resumed(now, None if link.had_session else self._heard_ms)
        self._losses.unread(self._heard_ms, now)
        _say(doorway, self._presence.connected(now, missed_since))

    def _take(self, message: aiomqtt.Message, link: Link, doorway: Doorway, unacknowledged: Acknowledgements) -> None:
        """A message has come: its events go into the inbox, the last with the word that lets the broker forget it."""
        self._greet(link, doorway)
        self._heard_ms = now = self._clock.now_ms()
        settled = unacknowledged.expect(message.mid) if message.qos else None
        events: list[Event] = []
        for event in self._facts(message, now):
            events += self._presence.met(event, now)
            events.append(event)
        if len(self._presence) > self._sources_told:  # on disk before it is up: who ends us now must find it there
            self._sources_told = len(self._presence)
            doorway.put(self._heartbeat(), position=self._position())
        for event in events[:-1]:
            doorway.put(event)
        if events:
            doorway.put(events[-1], settled)
        elif settled is not None:
            settled()

    def _facts(self, message: aiomqtt.Message, now: int) -> list[Event]:
        """What the message says. What it says in vain is counted."""
        topic, payload = message.topic.value, bytes(message.payload)
        kind = self._kind(topic)
        if kind == "other" or not payload:
            self._reader.ignore()
            return []
        if kind == "dropped":
            return self._lost(payload, now)
        if kind == "status":
            if payload not in (ONLINE, OFFLINE):
                self._reader.reject(UNKNOWN_STATUS, payload)
                return []
            return self._status(source_of(topic), payload, now)
        if message.retain:
            self._reader.reject(RETAINED, payload)  # an old one, told again to everyone who subscribes
            return []
        return self._reader.events(payload, now, partial(self._refusal, topic))

    def _status(self, source: str, payload: bytes, now: int) -> list[Event]:
        """A publisher says whether it is there."""
        reason = self._refusal_of(source)
        if reason:
            self._reader.reject(reason, payload)
            return []
        self._reader.ignore()
        return self._presence.published(source, payload == ONLINE, now)

    def _refusal(self, topic: str, source: str) -> str:
        """Why an event at this topic may not be of this source: the topic is what the broker gives a publisher."""
        return self._refusal_of(source) if source == source_of(topic) else FOREIGN

    def _refusal_of(self, source: str) -> str:
        """Why there may be no source of this name."""
        if source in self._presence:
            return ""
        if not 0 < len(source.encode()) <= NAME_BYTES_MAX:
            return UNUSABLE
        return TOO_MANY if len(self._presence) > SOURCES_MAX else ""

    def _lost(self, payload: bytes, now: int) -> list[Event]:
        """The broker says how many messages it had to drop."""
        since = self._losses.counted(int(payload), now) if payload.isdigit() and len(payload) < 20 else None
        if since is None:
            return []
        log.warning("broker_dropped_messages", source=self._name, broker=self._address(), fix=WHAT_TO_DO["dropped"])
        return self._presence.missed(now, since)

    def _kind(self, topic: str) -> Kind:
        kind = self._kinds.get(topic)
        if kind is None:
            if len(self._kinds) >= TOPICS_REMEMBERED:
                self._kinds.clear()
            kind = self._kinds[topic] = kind_of(topic, self._filters)
            if kind == "other":  # the broker's session remembers what an earlier configuration asked for
                log.warning("topic_not_configured", source=self._name, topic=topic)
        return kind

    async def _beat(self, inbox: Inbox) -> None:
        """While the broker is there, say so from time to time: the journal then knows until when it was."""
        while True:
            await asyncio.sleep(self._connection.heartbeat_ms / 1000)
            position = None
            while self._is_greeted and position != self._position():  # again where it changed in a wait for room
                position = self._position()
                await inbox.put(self._heartbeat(), position=position)

    def _heartbeat(self) -> Event:
        return SourceHeartbeat(time=self._clock.now_ms(), source=self._name)

    def _position(self) -> str:
        return Position(dropped=self._losses.dropped, sources=self._presence.others).text()

    def _tell(self, lost: LinkError) -> None:
        """Say why the broker is not heard, once for each reason."""
        if lost.reason != self._trouble:
            self._trouble = lost.reason
            log.warning(
                lost.reason,
                source=self._name,
                broker=self._address(),
                user=self._connection.user or None,
                client_id=self._connection.client_id,
                why=str(lost),
                fix=WHAT_TO_DO.get(lost.reason),
            )

    def _address(self) -> str:
        return f"{self._connection.host}:{self._connection.port}"


def _say(doorway: Doorway, facts: Iterable[Event]) -> None:
    for fact in facts:
        doorway.put(fact)
