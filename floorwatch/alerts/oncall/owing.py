"""Which pages an output is to send now, and to whom: derived from what was not sent yet, whenever somebody asks.

Each person at each output is somebody apart: an address that does not answer for now holds nobody up, for of those for
whom something is due the one who was tried longest ago is the next, and emergencies come first. What was about to leave
for them, and may or may not have left, leaves again as the same message, with the same key (`DeliveryBegun`).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from floorwatch.alerts.notice import notice_key
from floorwatch.alerts.oncall.pages import Addressee, Pages
from floorwatch.alerts.oncall.reaching import (
    EMERGENCY_EVERY_MS,
    PageAlert,
    PageNotice,
    Reach,
    calls_about_emergency,
    is_stale,
    urgency,
)
from floorwatch.alerts.oncall.record import Page, Record
from floorwatch.floor.outputs import OutputPolicy


class _Due(NamedTuple):
    """A page that goes to an addressee."""

    one: PageAlert
    at: int
    """When it may leave."""
    held_until: int


class Owing:
    """Reads `Pages`; changes nothing."""

    def __init__(self, reach: Reach, policies: Mapping[str, OutputPolicy], pages: Pages) -> None:
        self._reach = reach
        self._policies = policies
        self._pages = pages

    def owed(self, output: str, now: int) -> PageNotice | None:
        """The message that is to leave now by this output."""
        notices = [
            (addressee, notice)
            for addressee, due in self._due(output, now).items()
            if (notice := self._to(addressee, due, now)) is not None
        ]
        if not notices:
            return None
        tried = self._pages.tried_at
        _, notice = min(
            notices,
            key=lambda one: (not one[1].is_emergency, tried.get(one[0], 0), urgency(*one[1].alerts[0])),
        )
        return notice

    def next_due(self, output: str, now: int) -> int | None:
        """When there is something, if nothing happens; None: never."""
        times: list[int] = []
        for addressee, due in self._due(output, now).items():
            is_begun = addressee in self._pages.begun and self._again(addressee, due, now) is not None
            times.append(now if is_begun else min(max(now, one.at) for one in due))
        return min(times, default=None)

    def _due(self, output: str, now: int) -> dict[Addressee, list[_Due]]:
        """By whom they are for, the pages that go by this output."""
        found: dict[Addressee, list[_Due]] = {}
        for page, record in self._pages.unsent.values():
            alert = record.alert
            if is_stale(page, now) or (way := self._reach.by(page, alert, output, now)) is None:
                continue
            addressee, one = Addressee(output, page.person, way.channel), PageAlert(page, alert)
            held_until = self._reach.held_until(page, alert, now)
            ready_at = max(held_until, self._ready_at(one, addressee))
            found.setdefault(addressee, []).append(_Due(one, ready_at, held_until))
        return {addressee: self._unless_full(addressee, due, now) for addressee, due in found.items()}

    def _unless_full(self, addressee: Addressee, due: list[_Due], now: int) -> list[_Due]:
        """What fills a message waits for no company, only for some time after the last."""
        policy, last = self._policies[addressee.output], self._pages.sent_at.get(addressee)
        if policy.pages_max == 1 or sum(one.held_until <= now for one in due) < policy.pages_max:
            return due
        free_at = now if last is None else last + min(EMERGENCY_EVERY_MS, policy.group_interval_ms)
        return [one._replace(at=min(one.at, max(one.held_until, free_at))) for one in due]

    def _ready_at(self, one: PageAlert, addressee: Addressee) -> int:
        """A call about an emergency waits for nobody, nor does that somebody has it, for whom others are on their way;
        anything else for company, and for some time after the last.
        """
        page, policy = one.page, self._policies[addressee.output]
        last, every_ms = self._pages.sent_at.get(addressee), policy.group_interval_ms
        if calls_about_emergency(*one) or page.kind == "taken":
            every_ms = min(EMERGENCY_EVERY_MS, every_ms)
            return page.made_at if last is None else max(page.made_at, last + every_ms)
        ready = page.made_at + policy.group_wait_ms
        return ready if last is None else max(ready, last + every_ms)

    def _to(self, addressee: Addressee, due: list[_Due], now: int) -> PageNotice | None:
        """What they are to be sent now."""
        again = self._again(addressee, due, now)
        if again is not None:
            return again
        if all(one.at > now for one in due):
            return None
        said = sorted((one.one for one in due if one.held_until <= now), key=lambda one: urgency(*one))
        most = self._policies[addressee.output].pages_max
        return self._notice(addressee, said[:most], len(said[most:]))

    def _again(self, addressee: Addressee, due: list[_Due], now: int) -> PageNotice | None:
        """The message that was about to leave for them, while anything of it is to be told yet."""
        begun = self._pages.begun.get(addressee)
        if begun is None:
            return None
        wanted = {key for one in due if one.held_until <= now for key in (one.one.page.key, *one.one.page.covers)}
        if wanted.isdisjoint(begun.pages):
            return None
        known = [found for key in begun.pages if (found := self._pages.known(key)) is not None]
        latest = {page.alert: PageAlert(page, record.alert) for page, record in sorted(known, key=_made_at)}
        said = sorted(latest.values(), key=lambda one: urgency(*one))
        return self._notice(addressee, said, 0)._replace(key=begun.key, pages=begun.pages, is_again=True)

    def _notice(self, addressee: Addressee, said: list[PageAlert], more: int) -> PageNotice:
        output, person, channel = addressee
        pages = tuple(key for one in said for key in (one.page.key, *one.page.covers))
        key = notice_key(f"{output}\n{channel}", [one.page.key for one in said])
        return PageNotice(key, output, channel, person, self._reach.language(person), tuple(said), pages, more)


def _made_at(known: tuple[Page, Record]) -> int:
    return known[0].made_at
