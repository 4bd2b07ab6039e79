"""`POST /api/v1/replies/NAME`: people take an alert in hand by answering where they were told of it.

No token of ours is asked for: the platform signs what it passes on, and says who answered. That must be somebody who is
named under `replies.NAME.people`; nobody else's answer counts.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Mapping
from typing import Any, Protocol

import msgspec
import structlog
from aiohttp import web

from floorwatch.metrics.catalogue import Language
from floorwatch.metrics.phrases import phrase
from floorwatch.reply_view import Answered, Outcome, ReplyPlace
from floorwatch.serve.answers import json_response
from floorwatch.serve.attempts import Attempts
from floorwatch.serve.auth import place_of
from floorwatch.serve.body import UnreadBodyError, read_body
from floorwatch.serve.reply_signs import ForgedError, answered_of

log = structlog.get_logger("floorwatch.replies")


class Desk(Protocol):
    """Who finds the alert that is meant, and takes it in hand for who answered."""

    def now_ms(self) -> int:
        """The present instant."""
        ...

    def language(self, person: str) -> Language | None:
        """In which they are spoken to; None: not said."""
        ...

    async def take(self, place: str, answered: Answered, person: str) -> Outcome:
        """The person takes it in hand. TimeoutError: not on disk in time."""
        ...


class ReplyRoutes:
    """Where each platform posts to."""

    def __init__(self, desk: Desk, places: Mapping[str, ReplyPlace]) -> None:
        self._desk = desk
        self._places = places
        self._attempts = Attempts()

    def routes(self) -> list[web.RouteDef]:
        """One place for all of them, by the name they have in the configuration."""
        return [web.post("/api/v1/replies/{name}", self.receive)]

    async def receive(self, request: web.Request) -> web.Response:
        """What somebody answered. Whatever is not signed by the platform is refused, and changes nothing."""
        name = request.match_info["name"]
        place = self._places.get(name)
        if place is None:
            raise web.HTTPNotFound
        try:
            body = await read_body(request)
            answered = answered_of(place.type, request.headers, body, place.key, self._desk.now_ms())
        except UnreadBodyError as wrong:
            return self._refuse(request, name, wrong.reason, 400)
        except ForgedError as wrong:
            return self._refuse(request, name, str(wrong), 403)
        except (msgspec.DecodeError, UnicodeDecodeError):
            return self._refuse(request, name, "not_understood", 400)
        if answered is None:
            return json_response({"taken": False})
        return _said(place, answered, *await self._answer(request, name, place, answered))

    async def _answer(self, request: web.Request, name: str, place: ReplyPlace, answered: Answered) -> tuple[bool, str]:
        """(whether they have it now, what is said to them)."""
        person = place.people.get(answered.sender, "")
        lang = self._desk.language(person) or ("zh" if place.type == "dingtalk" else "en")
        known: dict[str, Any] = {"place": name, "remote": request.remote, "person": person}
        if not person:
            log.warning("reply.refused", why="stranger", sender=answered.sender[:64], **known)
            return False, phrase("reply.stranger", lang)
        if not answered.code and not answered.incident:
            log.warning("reply.refused", why="no_code", **known)
            return False, phrase("reply.how", lang)
        try:
            outcome = await self._desk.take(name, answered, person)
        except TimeoutError:
            log.warning("reply.refused", why="not_kept", **known)
            return False, phrase("reply.not_kept", lang)
        alert = "" if outcome.alert is None else outcome.alert.id
        if outcome.state != "taken":
            log.warning("reply.refused", why=outcome.state, alert=alert, **known)
        else:
            log.warning("reply.used", alert=alert, **known)
        return outcome.state == "taken", _words(outcome, person, answered, lang)

    def _refuse(self, request: web.Request, name: str, why: str, status: int) -> web.Response:
        wait_s, is_said = self._attempts.guessed(place_of(request.remote or ""), asyncio.get_running_loop().time())
        if is_said:
            log.warning("reply.refused", why="too_many" if wait_s else why, place=name[:64], remote=request.remote)
        if wait_s:
            headers = {"Retry-After": str(math.ceil(wait_s))}
            return json_response({"error": "too many wrong signatures"}, status=429, headers=headers)
        return json_response({"error": why.replace("_", " ")}, status=status)


def _words(outcome: Outcome, person: str, answered: Answered, lang: Language) -> str:
    message = "" if outcome.alert is None else outcome.alert.message.get(lang, "")
    code = answered.code or answered.incident
    return phrase(f"reply.{outcome.state}", lang, who=person, alert=message, code=code)


def _said(place: ReplyPlace, answered: Answered, taken: bool, text: str) -> web.Response:
    """As each platform shows it to who answered."""
    if place.type == "slack":
        return json_response({"response_type": "ephemeral", "text": text})
    if place.type == "dingtalk":
        return json_response({"msgtype": "text", "text": {"content": text}})
    if place.type == "telegram":
        return json_response({"method": "sendMessage", "chat_id": answered.to, "text": text})
    return json_response({"taken": taken, "text": text})
