"""`/api/v1/alerts` and `/api/v1/silences`: what is wrong, who has it in hand, and of what nobody is to be told."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, Protocol

import msgspec
import structlog
from aiohttp import web
from msgspec import Meta

from floorwatch.alert_view import AlertView, Story
from floorwatch.serve.alert_stories import story_shown
from floorwatch.serve.answers import json_response
from floorwatch.serve.auth import Access, Need
from floorwatch.serve.board import Board
from floorwatch.serve.gate import actor_of, may
from floorwatch.serve.public import public_alerts
from floorwatch.serve.wishes import Instant, ends_at, in_words, instant_ms, read_wish, who_asks

Json = dict[str, Any]
Note = Annotated[str, Meta(max_length=500)]
Patterns = Annotated[tuple[Annotated[str, Meta(min_length=1, max_length=200)], ...], Meta(max_length=50)]

HOURS_MAX = 24
HOUR_MS = 3_600_000
MAY: dict[str, Need] = {
    "acknowledge": "lead",
    "snooze": "lead",
    "act": "lead",
    "silence": "supervisor",
    "excuse": "supervisor",
}
"""What people can do, and who may."""
SNOOZE = '{"for": "15m", "why": "…"}, or {"until": "2026-03-03T10:00:00Z"}'
SILENCE = '{"rules": ["longest_wait_high"], "subjects": ["sales*"], "for": "2h", "why": "drill"}, or since and until'

log = structlog.get_logger("floorwatch.alerts")


class AcknowledgeWish(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """Somebody takes an alert in hand."""

    note: Note = ""


class SnoozeWish(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """Nobody is to be told of an alert until then, or for so long; for 0s: they are told again."""

    until: Instant | None = None
    for_: str = msgspec.field(name="for", default="")
    why: Note = ""


class SilenceWish(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """Nobody is to be told of alerts of these rules about these subjects; names may be globs."""

    why: Annotated[str, Meta(min_length=1, max_length=500)]
    until: Instant | None = None
    for_: str = msgspec.field(name="for", default="")
    since: Instant | None = None
    rules: Patterns = ()
    subjects: Patterns = ()


class Desk(Protocol):
    """Who knows the alerts, and takes what people decide about them."""

    @property
    def timezone(self) -> str:
        """Of the site."""
        ...

    def now_ms(self) -> int:
        """The present instant."""
        ...

    def alerts(self, back_ms: int) -> Sequence[AlertView]:
        """The live ones, and those resolved within `back_ms`."""
        ...

    def story(self, alert: str) -> Story | None:
        """What became of the alert since it fired, as far as it is known."""
        ...

    async def acknowledge(self, alert: str, note: str, who: str) -> AlertView | None:
        """Take an alert in hand; the alert as it is then, None when there is none of this id."""
        ...

    async def snooze(self, alert: str, until: int, why: str, who: str) -> AlertView | None:
        """Put an alert off; the alert as it is then, None when there is none of this id. ValueError: not so long."""
        ...

    def silences(self) -> list[Json]:
        """Those in force and to come."""
        ...

    async def silence(
        self, rules: Sequence[str], subjects: Sequence[str], since: int, until: int, why: str, who: str
    ) -> Json:
        """Give a silence. Raises ValueError for what cannot be."""
        ...

    async def end_silence(self, key: str, why: str, who: str) -> Json | None:
        """End a silence; None when there is none of this id."""
        ...


def alert_routes(desk: Desk, access: Access, board: Board, *, individuals: bool) -> list[web.RouteDef]:
    """The route that lists alerts: in the public form to viewers, to leads with who has them, who is on call, and whom
    to call.

    Without `individuals` what to do names no agent there either.
    """

    async def listed(request: web.Request) -> web.Response:
        hours = request.query.get("hours", "1")
        if not hours.isascii() or not hours.isdigit() or len(hours) > len("24") or int(hours) > HOURS_MAX:
            return json_response({"error": f"hours={hours[:20]}: take a whole number up to {HOURS_MAX}"}, status=400)
        alerts = desk.alerts(int(hours) * HOUR_MS)
        fulfilled = may(access, request, "lead", "supervisor")
        to_lead = "lead" in fulfilled
        if to_lead:
            log.info("alerts.shown", actor=actor_of(request), remote=request.remote, alerts=len(alerts))
        shown = _lead_form(alerts, individuals=individuals) if to_lead else public_alerts(alerts)
        return json_response(
            {
                "at": desk.now_ms(),
                "timezone": desk.timezone,
                "form": "lead" if to_lead else "public",
                "may": [act for act, need in MAY.items() if need in fulfilled],
                "alerts": shown,
                "stories": {
                    alert.id: story_shown(story, to_lead=to_lead, individuals=individuals)
                    for alert in shown
                    if (story := desk.story(alert.id)) is not None
                },
                **(_oncall(board) if to_lead else {}),
            }
        )

    return [web.get("/api/v1/alerts", listed)]


def _oncall(board: Board) -> Json:
    """Who is on call, and what the kinds of action have brought so far."""
    view = board.view
    return {"oncall": () if view is None else view.oncall, "worked": () if view is None else view.worked}


def hand_routes(desk: Desk, *, individuals: bool) -> list[web.RouteDef]:
    """Routes on which leads take alerts in hand. An id holds slashes, and may be sent with them or encoded."""

    async def acknowledge(request: web.Request) -> web.Response:
        wish = await read_wish(request, AcknowledgeWish)
        alert = await desk.acknowledge(request.match_info["id"], wish.note.strip(), who_asks(request))
        return answer(request, "alert.acknowledged", alert)

    async def snooze(request: web.Request) -> web.Response:
        wish = await read_wish(request, SnoozeWish)
        until = ends_at(wish.until, wish.for_, desk.now_ms())
        alert = await desk.snooze(request.match_info["id"], until, wish.why.strip(), who_asks(request))
        return answer(request, "alert.snoozed", alert)

    def answer(request: web.Request, done: str, alert: AlertView | None) -> web.Response:
        if alert is None:
            why = f"there is no alert '{request.match_info['id']}': GET /api/v1/alerts lists them"
            return json_response({"error": why}, status=404)
        if alert.state in ("pending", "resolved"):
            why = "does not fire yet" if alert.state == "pending" else "is over"
            return json_response({"error": f"the alert '{alert.id}' {why}"}, status=409)
        log.warning(done, actor=actor_of(request), alert=alert.id, snoozed_until=alert.snoozed_until)
        return json_response(_lead_form([alert], individuals=individuals)[0])

    return [
        web.post("/api/v1/alerts/{id:.+}/acknowledge", in_words(acknowledge, '{"note": "…"}, or nothing')),
        web.post("/api/v1/alerts/{id:.+}/snooze", in_words(snooze, SNOOZE)),
    ]


def silences_shown(desk: Desk) -> list[web.RouteDef]:
    """The route that lists silences: with who gave them, and why."""

    async def shown(_request: web.Request) -> web.Response:
        return json_response({"silences": desk.silences()})

    return [web.get("/api/v1/silences", shown)]


def silence_routes(desk: Desk) -> list[web.RouteDef]:
    """Routes on which supervisors give silences, and end them."""

    async def give(request: web.Request) -> web.Response:
        wish = await read_wish(request, SilenceWish)
        since = desk.now_ms() if wish.since is None else instant_ms(wish.since)
        until = ends_at(wish.until, wish.for_, since)
        given = await desk.silence(wish.rules, wish.subjects, since, until, wish.why, who_asks(request))
        log.warning("silence.given", actor=actor_of(request), id=given["id"], until=given["until"])
        return json_response(given, status=201)

    async def end(request: web.Request) -> web.Response:
        key = request.match_info["id"]
        ended = await desk.end_silence(key, request.query.get("why", "")[:500], who_asks(request))
        if ended is None:
            return json_response({"error": f"there is no silence '{key}': GET /api/v1/silences lists them"}, status=404)
        log.warning("silence.ended", actor=actor_of(request), id=key)
        return json_response(ended)

    return [
        web.post("/api/v1/silences", in_words(give, SILENCE)),
        web.delete("/api/v1/silences/{id}", in_words(end, "")),
    ]


def _lead_form(alerts: Sequence[AlertView], *, individuals: bool) -> Sequence[AlertView]:
    if individuals:
        return alerts
    return [msgspec.structs.replace(alert, lead_advice={}) for alert in alerts]
