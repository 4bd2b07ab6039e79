"""PagerDuty, Events API v2: an alert is an incident there, triggered, acknowledged and resolved under one key.

What the service asks of its clients (https://github.com/PagerDuty/developer-docs, docs/events-API-v2): a summary of at
most 1,024 characters, a `dedup_key` of at most 255, an event of at most 512 KB; 202 says that it was taken, 400 that it
never will be, 429 that it is too much, and anything else that it is to be tried again. What is triggered once more
notifies nobody while it is acknowledged there: to call somebody again it is resolved first, which opens a new incident.
"""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any, Literal

import msgspec

from floorwatch.floor.outputs import Audience
from floorwatch.floor.rules import RANKS, Severity
from floorwatch.notify.output import Message, NotTakenError, RefusedError, Said
from floorwatch.notify.payload import alert_json, encoded
from floorwatch.notify.web import Answer, AnsweredError, Web
from floorwatch.notify.words import Languages, Site, audience_of, worded

Action = Literal["trigger", "acknowledge", "resolve"]
Json = dict[str, Any]

TAKEN, REFUSED, TOO_MUCH = 202, 400, 429
TOO_MUCH_S = 60.0
"""How long it is left alone where it does not say for how long."""
SUMMARY_CHARS_MAX = 1_024
KEY_CHARS_MAX = 255
TEXT_CHARS_MAX = 16_000
EVENT_BYTES_MAX = 512_000
SAID_CHARS = 200
SEVERITIES: dict[Severity, str] = {"emergency": "critical", "critical": "critical", "warning": "warning"}
_OF_STATE: dict[str, Action] = {"firing": "trigger", "acknowledged": "acknowledge", "resolved": "resolve"}
_OF_PAGE: dict[str, Action] = {"call": "trigger", "taken": "acknowledge", "over": "resolve"}


class PagerDuty:
    """One service there, by its routing key; a person's address is the routing key of a service of their own."""

    def __init__(
        self,
        url: str,
        routing_key: str,
        web: Web,
        *,
        site: Site,
        audience: Audience,
        language: Languages,
        link: str = "",
    ) -> None:
        self._url = url
        self._routing_key = routing_key
        self._web = web
        self._site = site
        self._audience = audience
        self._language = language
        self._link = link

    def requests(self, message: Message) -> int:
        """How many events it takes to tell it."""
        return sum(2 if is_opened_anew(said) else 1 for said in message.said)

    async def tell(self, message: Message) -> None:
        """Send an event for each alert. Raises `RefusedError` for what is never taken, `NotTakenError` for all else.

        When it stops half-way it begins anew the next time: an event that comes twice is one to PagerDuty.
        """
        for said in message.said:
            if is_opened_anew(said):
                await self._post(self._event(message, said, "resolve"))
            await self._post(self._event(message, said, action_of(said)))

    async def test(self, message: Message, each_s: float) -> AsyncIterator[str]:
        """Trigger an incident that says that it is a test, and resolve it."""
        said = message.said[0]
        for action in ("trigger", "resolve"):
            answer = await self._post(self._event(message, said, action))
            yield f"{action}: answers {answer.code} {answer.text()[:100]}".rstrip()

    async def close(self) -> None:
        """Let go of the connection."""
        await self._web.close()

    def _event(self, message: Message, said: Said, action: Action) -> Json:
        event: Json = {
            "routing_key": message.to or self._routing_key,
            "event_action": action,
            "dedup_key": dedup_key(said.alert.id),
        }
        if action != "trigger":
            return event
        event["client"] = "floorwatch"
        event["payload"] = self._payload(message, said)
        links = [{"href": said.oncall.link, "text": "take it"}] if said.oncall is not None and said.oncall.link else []
        if self._link:
            event["client_url"] = self._link
            links.append({"href": self._link, "text": "wallboard"})
        if links:
            event["links"] = links
        if len(encoded(event)) > EVENT_BYTES_MAX:
            event["payload"]["custom_details"] = {}
        return event

    def _payload(self, message: Message, said: Said) -> Json:
        alert, audience = said.alert, audience_of(message, self._audience)
        alone = message._replace(said=(said,), more=0)
        words = worded(
            alone,
            site=self._site,
            audience=self._audience,
            language=self._language,
            chars_max=TEXT_CHARS_MAX,
            title_chars_max=SUMMARY_CHARS_MAX,
        )
        fired_at = alert.fired_at if alert.fired_at is not None else message.at
        return {
            "summary": words.title,
            "source": self._site.name,
            "severity": SEVERITIES[alert.severity],
            "timestamp": datetime.fromtimestamp(fired_at / 1000, UTC).isoformat(timespec="milliseconds"),
            "component": alert.labels[alert.scope],
            "group": message.group or alert.scope,
            "class": alert.rule,
            "custom_details": {"text": words.text, "key": said.key, "alert": alert_json(alert, audience)},
        }

    async def _post(self, event: Json) -> Answer:
        key = event["routing_key"]
        if not key:
            raise RefusedError("has no routing key: write it into 'secret_file', or into the person's 'to'")
        try:
            answer = await self._web.post(self._url, encoded(event))
        except AnsweredError as wrong:
            if wrong.answer.code == REFUSED:
                raise RefusedError(f"answers {REFUSED}: {_errors(wrong.answer, key)}") from None
            pause_s = wrong.pause_s or (TOO_MUCH_S if wrong.answer.code == TOO_MUCH else None)
            said = _without(key, wrong.answer.text())[:SAID_CHARS]  # masked before it is cut: half a key is one, too
            raise NotTakenError(f"answers {wrong.answer.code}: {said}", pause_s) from None
        if answer.code != TAKEN:  # somebody in between has answered, and nobody is paged
            raise NotTakenError(f"answers {answer.code}, not {TAKEN}: {_without(key, answer.text())[:SAID_CHARS]}")
        return answer


def action_of(said: Said) -> Action:
    """What becomes of the incident."""
    return _OF_PAGE[said.oncall.kind] if said.oncall is not None else _OF_STATE[said.alert.state]


def is_opened_anew(said: Said) -> bool:
    """Whether somebody may have acknowledged the incident there who is not to be left in peace any more: it was in hand
    for too long, or it got worse.
    """
    if action_of(said) != "trigger":
        return False
    if said.oncall is not None and said.oncall.unresolved_since is not None:
        return True
    return said.was is not None and RANKS.index(said.was) < RANKS.index(said.alert.severity)


def dedup_key(alert: str) -> str:
    """By which PagerDuty knows the alert: its id, where that is short enough; else its beginning, and a digest."""
    if len(alert) <= KEY_CHARS_MAX:
        return alert
    digest = hashlib.sha256(alert.encode("utf-8", "replace")).hexdigest()
    return f"{alert[: KEY_CHARS_MAX - len(digest) - 1]}/{digest}"


def _errors(answer: Answer, key: str) -> str:
    """Why an event is refused, in its own words, which may quote the routing key."""
    try:
        found = msgspec.json.decode(answer.body)
        errors = [found.get("message", ""), *found.get("errors", ())]
    except (msgspec.DecodeError, UnicodeDecodeError, AttributeError, TypeError):
        errors = [answer.text()]
    return _without(key, "; ".join(str(error) for error in errors if error))[:SAID_CHARS]


def _without(key: str, text: str) -> str:
    shown = "".join(letter for letter in " ".join(text.split()) if letter.isprintable())
    return shown.replace(key, "ROUTING_KEY")
