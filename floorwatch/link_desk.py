"""Where one-time links are looked at and used: between the signer, the engine and the inbox."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import chain, islice

from floorwatch.action_desk import ActionDesk
from floorwatch.alert_desk import AlertDesk
from floorwatch.alerts.lifecycle import Alert
from floorwatch.clock import Clock
from floorwatch.desk import RefusedWishError
from floorwatch.engine import Engine
from floorwatch.floor.oncall import Person
from floorwatch.link_view import Done, LinkState, Opened
from floorwatch.links import Link, LinkSigner

PAST_MAX = 5_000
"""So many alerts that are over are looked through for the one that a link is about."""

FOLLOWING_MAX = 100
"""So many uses in a row are gone through for the next link."""


class UsedLinkError(Exception):
    """The link was used before, or is being used at this moment."""


class LinkDesk:
    """Says what a token stands for, and does what its bearer asks. Whether it was used the engine knows."""

    def __init__(
        self, engine: Engine, clock: Clock, alerts: AlertDesk, actions: ActionDesk, signer: LinkSigner
    ) -> None:
        self._engine = engine
        self._clock = clock
        self._alerts = alerts
        self._actions = actions
        self._signer = signer
        self._in_use: set[str] = set()

    def now_ms(self) -> int:
        """The present instant."""
        return self._clock.now_ms()

    def opened(self, token: str) -> Opened:
        """The link as it stands now. Looking changes nothing."""
        link = self._signer.read(token)
        if link is None:
            return Opened("forged")
        person, alert = self._person(link), self._alert(link)
        name = "" if person is None else person.name
        shown = None if alert is None else self._alerts.shown(alert)
        state = self._state(link, person, alert)
        has_it = person is not None and alert is not None and alert.acknowledged_by == person.name
        return Opened(
            state,
            link,
            name,
            "" if person is None else person.language,
            self._engine.settings.timezone,
            shown,
            self._engine.calling.links.get(link.id),
            self._unused_after(link) if state == "used" and has_it else "",
        )

    async def take(self, opened: Opened) -> Done:
        """Their bearer takes the alert in hand. Raises `TimeoutError` when it was not on disk in time."""
        link, alert = opened.link, opened.alert
        assert link is not None
        assert alert is not None
        try:
            with self._using(link):
                taken = await self._alerts.acknowledge(alert.id, "", opened.person, link.id)
        except UsedLinkError:
            return Done("used")
        if taken is None or taken.state == "resolved":
            return Done("over")
        return Done("done", self._signer.following(link, self._clock.now_ms() + self._signer.valid_ms))

    async def act(self, opened: Opened, kind: str, agents: int) -> Done:
        """Their bearer says what they did, by how many agents (0: not said). Raises as `take` does."""
        link, alert = opened.link, opened.alert
        assert link is not None
        assert alert is not None
        try:
            with self._using(link):
                acted = await self._actions.act(alert.id, kind, agents, "", opened.person, link.id)
        except (UsedLinkError, RefusedWishError):  # the engine knew it as used
            return Done("used")
        return Done("over") if acted is None else Done("done", self._signer.following(link, link.expires_at))

    def _unused_after(self, link: Link) -> str:
        """The first that was not used of those that follow it, for as long as it was good for itself; empty where there
        are too many."""
        token, used = "", self._engine.calling.links
        for _ in range(FOLLOWING_MAX):
            if link.id not in used:
                return token
            token = self._signer.following(link, link.expires_at)
            following = self._signer.read(token)
            assert following is not None
            link = following
        return ""

    @contextmanager
    def _using(self, link: Link) -> Iterator[None]:
        """The engine decides which of two uses was first; this tells it to the bearer of the second.

        Raises `UsedLinkError`.
        """
        if link.id in self._in_use or link.id in self._engine.calling.links:
            raise UsedLinkError
        self._in_use.add(link.id)
        try:
            yield
        finally:
            self._in_use.discard(link.id)

    def _state(self, link: Link, person: Person | None, alert: Alert | None) -> LinkState:
        if person is None:
            return "withdrawn"
        if link.expires_at <= self._clock.now_ms():
            return "expired"
        if link.id in self._engine.calling.links:
            return "used"
        if alert is None or (link.purpose == "take" and not alert.is_live):
            return "over"
        return "open"

    def _person(self, link: Link) -> Person | None:
        people = self._engine.settings.oncall.people
        return next((person for person in people if self._signer.is_for(link, person.name)), None)

    def _alert(self, link: Link) -> Alert | None:
        watch = self._engine.watch
        past = islice(reversed(watch.history), PAST_MAX)
        return next(
            (one for one in chain(watch.pending_and_firing(), past) if self._signer.is_about(link, one.id)), None
        )
