"""`/api/v1/oncall`: who is on call, and who takes somebody's place for a while. It names people: it is for leads."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Protocol

import msgspec
import structlog
from aiohttp import web
from msgspec import Meta

from floorwatch.alert_view import OnCallView
from floorwatch.serve.answers import json_response
from floorwatch.serve.gate import actor_of
from floorwatch.serve.wishes import Instant, ends_at, in_words, instant_ms, read_wish, who_asks

Name = Annotated[str, Meta(min_length=1, max_length=1_024)]
FOR_DAYS_MAX = 31
OVERRIDE = '{"rota": "north", "person": "B2", "for": "4h", "why": "swap"}, or since and until'
AT = "an instant with its offset, such as 2026-03-03T10:00:00+01:00, or milliseconds"

log = structlog.get_logger("floorwatch.oncall")


class OverrideWish(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """Somebody is to be on call, from `since` (else now) until then, or for so long."""

    rota: Name
    person: Name
    why: Annotated[str, Meta(min_length=1, max_length=500)]
    until: Instant | None = None
    for_: str = msgspec.field(name="for", default="")
    since: Instant | None = None


class Given(Protocol):
    """An override that was given."""

    @property
    def id(self) -> str:
        """By which it can be ended."""
        ...

    @property
    def until(self) -> int:
        """When it is over."""
        ...

    def _asdict(self) -> Mapping[str, Any]:
        """As it is shown."""
        ...


class Desk(Protocol):
    """Who knows the rotas, and takes what people decide about them."""

    @property
    def timezone(self) -> str:
        """Of the site."""
        ...

    def now_ms(self) -> int:
        """The present instant."""
        ...

    def rotas(self, at: int) -> Sequence[OnCallView]:
        """Who is on call then, in every rota."""
        ...

    def overrides(self) -> Sequence[Given]:
        """Those in force and to come."""
        ...

    async def override(self, rota: str, person: str, since: int, until: int, why: str, who: str) -> Given:
        """Put somebody in the place of whoever is on call. Raises ValueError for what cannot be."""
        ...

    async def end_override(self, key: str, who: str) -> Given | None:
        """End an override; None when there is none of this id."""
        ...


def oncall_routes(desk: Desk) -> list[web.RouteDef]:
    """The routes that show who is on call, and change it. What changes is on disk when it is answered."""

    async def shown(request: web.Request) -> web.Response:
        at = _at(request.query.get("at", ""), desk.now_ms())
        rotas = desk.rotas(at)
        log.info("oncall.shown", actor=actor_of(request), remote=request.remote, rotas=len(rotas))
        given = [one._asdict() for one in desk.overrides()]
        return json_response({"at": at, "timezone": desk.timezone, "rotas": rotas, "overrides": given})

    async def give(request: web.Request) -> web.Response:
        wish = await read_wish(request, OverrideWish)
        since = desk.now_ms() if wish.since is None else instant_ms(wish.since)
        until = ends_at(wish.until, wish.for_, since, FOR_DAYS_MAX)
        given = await desk.override(wish.rota, wish.person, since, until, wish.why, who_asks(request))
        log.warning("override.given", actor=actor_of(request), id=given.id, rota=wish.rota, until=given.until)
        return json_response(given._asdict(), status=201)

    async def end(request: web.Request) -> web.Response:
        key = request.match_info["id"]
        ended = await desk.end_override(key, who_asks(request))
        if ended is None:
            return json_response({"error": f"there is no override '{key}': GET /api/v1/oncall lists them"}, status=404)
        log.warning("override.ended", actor=actor_of(request), id=key)
        return json_response(ended._asdict())

    return [
        web.get("/api/v1/oncall", in_words(shown, AT)),
        web.post("/api/v1/oncall/overrides", in_words(give, OVERRIDE)),
        web.delete("/api/v1/oncall/overrides/{id}", in_words(end, "")),
    ]


def _at(typed: str, now: int) -> int:
    if not typed:
        return now
    try:
        return instant_ms(msgspec.convert(typed, Instant, strict=False))
    except msgspec.ValidationError:
        raise ValueError(f"at: '{typed[:40]}' is no instant") from None
