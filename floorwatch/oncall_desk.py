"""Where leads see who is on call, and put somebody else in their place for a while."""

from __future__ import annotations

import secrets
from collections.abc import Collection

from floorwatch.alert_view import OnCallView
from floorwatch.alerts.oncall.roster import OVERRIDES_MAX, Override
from floorwatch.clock import Clock
from floorwatch.desk import SOURCE, RefusedWishError, decide
from floorwatch.engine import Engine
from floorwatch.floor.internal import OperatorOverrideEnded, OperatorOverrode
from floorwatch.ingest.inbox import Inbox
from floorwatch.nearest import did_you_mean
from floorwatch.picture_oncall import oncall_shown

DAY_MS = 24 * 3_600_000
SPAN_MAX_MS = 31 * DAY_MS
AHEAD_MAX_MS = 366 * DAY_MS
NAMED_MAX = 20
"""So many names a refusal lists."""


class OnCallDesk:
    """Reads the engine, and puts what people decide into the inbox like any other event."""

    def __init__(self, engine: Engine, inbox: Inbox, clock: Clock) -> None:
        self._engine = engine
        self._inbox = inbox
        self._clock = clock

    @property
    def timezone(self) -> str:
        """Of the site."""
        return self._engine.settings.timezone

    def now_ms(self) -> int:
        """The present instant."""
        return self._clock.now_ms()

    def rotas(self, at: int) -> tuple[OnCallView, ...]:
        """Who is on call at this instant, in every rota there is."""
        return oncall_shown(self._engine, at)

    def overrides(self) -> list[Override]:
        """Those in force and to come, the one that begins next first."""
        now = self.now_ms()
        given = self._engine.calling.roster.overrides.values()
        return sorted((one for one in given if one.until > now), key=lambda one: (one.since, one.id))

    async def override(self, rota: str, person: str, since: int, until: int, why: str, who: str) -> Override:
        """In [since, until) this person is on call in the rota, whoever else would be.

        Raises `RefusedWishError`; `TimeoutError` when it was not on disk in time.
        """
        now = self.now_ms()
        self._check_span(since, until, now)
        _check_name("rota", rota, [one.rota for one in self.rotas(now)])
        _check_name("person", person, [one.name for one in self._engine.settings.oncall.people])
        if not why.strip():
            raise RefusedWishError("why", "say why: others will ask")
        if len(self.overrides()) >= OVERRIDES_MAX:
            raise RefusedWishError("overrides", f"there are {OVERRIDES_MAX} already: end one first")
        event = OperatorOverrode(
            time=now,
            source=SOURCE,
            override=secrets.token_hex(4),
            rota=rota,
            person=person,
            since=max(since, now),
            until=until,
            who=who,
            why=why.strip(),
        )
        await decide(self._inbox, event, who)
        return self._engine.calling.roster.overrides[event.override]

    async def end_override(self, key: str, who: str) -> Override | None:
        """It is over now, or never comes; None when there is none of this id. Raises `TimeoutError`."""
        override = next((one for one in self.overrides() if one.id == key), None)
        if override is not None:
            await decide(
                self._inbox, OperatorOverrideEnded(time=self.now_ms(), source=SOURCE, override=key, who=who), who
            )
        return override

    @staticmethod
    def _check_span(since: int, until: int, now: int) -> None:
        if until <= max(since, now):
            raise RefusedWishError("until", "has passed, or is not after since")
        if until - max(since, now) > SPAN_MAX_MS:
            raise RefusedWishError("until", "is more than 31 days after since: who needs longer changes the rota")
        if until > now + AHEAD_MAX_MS:
            raise RefusedWishError("until", "is more than a year ahead")


def _check_name(key: str, name: str, known: Collection[str]) -> None:
    if name not in known:
        hint = did_you_mean(name, known, f"known are {', '.join(sorted(known)[:NAMED_MAX]) or 'none'}")
        raise RefusedWishError(key, f"nothing is named '{name}'; {hint}")
