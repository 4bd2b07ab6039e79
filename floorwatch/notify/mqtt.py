"""MQTT: what stands, kept by the broker for lamps, sirens and signs; and each message once, for what passes it on.

Where, stands in `mqtt_topics`; what is in them, in docs/outputs.md and docs/contract/asyncapi.yaml.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Hashable
from dataclasses import replace
from urllib.parse import unquote

from msgspec import structs

from floorwatch.floor.outputs import Audience
from floorwatch.floor.rules import RANKS
from floorwatch.notify.aside import Aside
from floorwatch.notify.mqtt_link import Broker, MqttLink
from floorwatch.notify.mqtt_topics import OFFLINE, ONLINE, MqttTopics
from floorwatch.notify.output import Message, NotTakenError, Standing
from floorwatch.notify.payload import AUDIENCES, encoded, message_json, outline, queue_json, state_json, unknown_json


class Mqtt:
    """One broker."""

    needs_texts = True

    def __init__(self, broker: Broker, prefix: str, resend_s: float, *, site: str, audience: Audience) -> None:
        self.topics = MqttTopics(prefix)
        self._broker = replace(broker, will_topic=self.topics.online)
        self._site = site
        self._audience = audience
        self._names = Aside(f"names of {broker.host}")
        self._link: MqttLink | None = None
        self._shown: dict[str, Hashable] = {}
        """The outline of each queue that this connection has shown, and of the floor under the empty name."""
        self.resend_s = resend_s
        self._clearing: asyncio.Future[None] | None = None
        self._lost: Callable[[], None] = lambda: None

    def when_lost(self, call: Callable[[], None]) -> None:
        """`call` this when the broker is gone, so that it is looked for at once."""
        self._lost = call

    def picture(self, standing: Standing) -> Hashable:
        """The outline, and whether the broker is there: a new connection is shown everything."""
        return outline(standing), self._link is not None and self._link.is_open

    def changes_at(self, standing: Standing) -> int | None:
        """Never by itself."""
        return None

    async def show(self, standing: Standing) -> None:
        """Publish what stands: what has changed, or all of it when nothing has. Raises `NotTakenError` or `OSError`."""
        link = await self._open()
        is_new, outlines = not self._shown, _outlines(standing)
        changed = [queue for queue in standing.queues if outlines[queue] != self._shown.get(queue)]
        if outlines[""] == self._shown.get(""):
            changed = list(standing.queues)
        state = encoded(state_json(standing, self._site, self._audience))
        await link.publish(self.topics.state, state, retain=True)
        await asyncio.gather(*(self._show_queue(link, queue, standing) for queue in changed))
        self._shown = outlines
        if is_new:
            self._clearing = asyncio.ensure_future(self._clear_others(link))

    async def tell(self, message: Message) -> None:
        """Publish a message. Raises `NotTakenError` or `OSError`."""
        link = await self._open()
        await link.publish(self.topics.alert, encoded(message_json(message, self._site, self._audience)))

    async def leave(self, now: int) -> None:
        """Nobody watches any more: lamps that look at the state alone learn it, too."""
        if self._link is not None and self._link.is_open:
            await self._link.publish(self.topics.state, encoded(unknown_json(self._site, now)), retain=True)
            await self._link.publish(self.topics.online, OFFLINE, retain=True)

    async def test(self, message: Message, each_s: float) -> AsyncIterator[str]:
        """A message in both forms, and each severity on the state topic, not kept; then what is kept there again."""
        broker = replace(self._broker, client_id=f"{self._broker.client_id}-test", will_topic="")
        link = MqttLink(broker, self._names, lambda: None)
        try:
            await link.open()
            for audience in AUDIENCES:
                form = message._replace(key=f"{message.key}-{audience}")
                await link.publish(self.topics.alert, encoded(message_json(form, self._site, audience)))
                yield f"{self.topics.alert}, the {audience} form: the broker has it"
            kept = (await link.kept(self.topics.state)).get(self.topics.state)
            for severity in RANKS:
                alert = structs.replace(message.said[0].alert, severity=severity)
                document = state_json(Standing(message.at, (alert,)), self._site, self._audience)
                await link.publish(self.topics.state, encoded(document | {"test": True}))
                yield f"{self.topics.state}, {severity}, not to be kept: the broker has it"
                await asyncio.sleep(each_s)
            await link.publish(self.topics.state, kept or encoded(unknown_json(self._site, message.at)))
            yield f"{self.topics.state}: {'what the broker keeps there' if kept else 'unknown'}, again"
        finally:
            await link.close()

    async def close(self) -> None:
        """Let go of the connection."""
        if self._clearing is not None:
            self._clearing.cancel()
        link, self._link = self._link, None
        if link is not None:
            await link.close()

    async def _show_queue(self, link: MqttLink, queue: str, standing: Standing) -> None:
        document = queue_json(queue, standing, self._site, self._audience)
        await link.publish(self.topics.queue(queue), encoded(document), retain=True)

    async def _clear_others(self, link: MqttLink) -> None:
        """Clear what is kept of queues that are no more. A connection that is lost meanwhile begins it anew."""
        with contextlib.suppress(NotTakenError):
            for topic in await link.kept(self.topics.queues):
                queue = unquote(topic.rpartition("/")[2])
                if queue not in self._shown or self.topics.queue(queue) != topic:
                    await link.publish(topic, b"", retain=True)

    async def _open(self) -> MqttLink:
        """The connection, made anew where it was lost."""
        if self._link is not None and self._link.is_open:
            return self._link
        await self.close()
        self._shown = {}
        self._link = link = MqttLink(self._broker, self._names, self._lost)
        try:
            await link.open()
            await link.publish(self.topics.online, ONLINE, retain=True)
        except BaseException:
            await self.close()
            raise
        return link


def _outlines(standing: Standing) -> dict[str, Hashable]:
    """Of each queue, and of the whole under the empty name."""
    found: dict[str, Hashable] = {"": outline(standing)}
    for queue in standing.queues:
        found[queue] = outline(standing.of_queue(queue))
    return found
