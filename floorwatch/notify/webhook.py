"""Webhook: each message is posted as JSON, signed, with a key by which a second copy is known.

Signed as Standard Webhooks has it (https://www.standardwebhooks.com), for which there are receivers' libraries in most
languages: HMAC-SHA256 over `ID.TIMESTAMP.BODY`.
"""

from __future__ import annotations

import base64
import binascii
import contextlib
import hmac
from collections.abc import AsyncIterator

from floorwatch.clock import Clock
from floorwatch.floor.outputs import Audience
from floorwatch.notify.output import Message
from floorwatch.notify.payload import AUDIENCES, encoded, message_json
from floorwatch.notify.web import Web

PREFIX = "whsec_"


def signing_key(secret: str) -> bytes:
    """The bytes to sign with: behind `whsec_` a secret is base64; any other is its own UTF-8."""
    if secret.startswith(PREFIX):
        with contextlib.suppress(binascii.Error):
            return base64.b64decode(secret.removeprefix(PREFIX), validate=True)
    return secret.encode()


def signature(key: bytes, message_id: str, timestamp_s: int, body: bytes) -> str:
    """The `webhook-signature` of a body, sent at this second."""
    signed = f"{message_id}.{timestamp_s}.".encode() + body
    return "v1," + base64.b64encode(hmac.digest(key, signed, "sha256")).decode()


class Webhook:
    """One address."""

    def __init__(self, url: str, secret: str, web: Web, clock: Clock, *, site: str, audience: Audience) -> None:
        self._url = url
        self._key = signing_key(secret)
        self._web = web
        self._clock = clock
        self._site = site
        self._audience = audience

    async def tell(self, message: Message) -> None:
        """Post it. Raises `NotTakenError`."""
        await self._post(message, self._audience)

    async def test(self, message: Message, each_s: float) -> AsyncIterator[str]:
        """Post a test message in both forms; to a person in theirs."""
        forms: tuple[Audience, ...] = ("lead",) if message.person else AUDIENCES
        for audience in forms:
            code, said = await self._post(message._replace(key=f"{message.key}-{audience}"), audience)
            signed = "signed" if self._key else "not signed"
            yield f"the {audience} form posted, {signed}: answers {code} {said[:100]}".rstrip()

    async def close(self) -> None:
        """Let go of the connection."""
        await self._web.close()

    async def _post(self, message: Message, audience: Audience) -> tuple[int, str]:
        body = encoded(message_json(message, self._site, audience))
        headers = {"Idempotency-Key": message.key, "webhook-id": message.key}
        if self._key:
            timestamp_s = self._clock.now_ms() // 1000
            headers["webhook-timestamp"] = str(timestamp_s)
            headers["webhook-signature"] = signature(self._key, message.key, timestamp_s, body)
        answer = await self._web.post(self._url, body, headers, to=message.to)
        return answer.code, answer.text()
