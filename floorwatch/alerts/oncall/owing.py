"""Which pages an output is to send now, and to whom: derived from what was not sent yet, whenever somebody asks.

What was about to leave when we ended leaves again as the same message, with the same key; see `DeliveryBegun`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from floorwatch.alerts.notice import notice_key
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
from floorwatch.floor.internal import DeliveryBegun
from floorwatch.floor.outputs import OutputPolicy

Unsent = Mapping[str, tuple[Page, Record]]
"""By key."""
Addressee = tuple[str, str, str]
"""(output, address, person)."""


class _Due(NamedTuple):
    """A page that goes by the output in question."""

    one: PageAlert
    to: str
    at: int
    """When it may leave."""
    held_until: int

    @property
    def order(self) -> tuple[bool, bool, int, int, str]:
        return urgency(*self.one)

    def leaves_with(self, other: _Due) -> bool:
        """Whether they make one message."""
        return (self.to, self.one.page.person) == (other.to, other.one.page.person)


class Owing:
    """Reads what `Calling` keeps; changes nothing."""

    def __init__(
        self,
        reach: Reach,
        policies: Mapping[str, OutputPolicy],
        pages: Unsent,
        unsent: Unsent,
        begun: Mapping[str, DeliveryBegun],
        last: Mapping[Addressee, int],
    ) -> None:
        """`pages`: all that are known; `begun`: by output, the message that was about to leave; `last`: when each
        addressee was last sent something.
        """
        self._reach = reach
        self._policies = policies
        self._pages = pages
        self._unsent = unsent
        self._begun = begun
        self._last = last

    def owed(self, output: str, now: int) -> PageNotice | None:
        """The message that is to leave now by this output."""
        due = list(self._due(output, now))
        begun = self._begun.get(output)
        if begun is not None and (again := self._again(begun, due)) is not None:
            return again
        ready = [one for one in due if one.at <= now]
        if not ready:
            return None
        first = min(ready, key=lambda one: one.order)
        said = sorted((one for one in due if one.held_until <= now and one.leaves_with(first)), key=lambda o: o.order)
        most = self._policies[output].alerts_max
        return self._notice(output, first.to, [one.one for one in said[:most]], len(said[most:]))

    def next_due(self, output: str, now: int) -> int | None:
        """When there is something, if nothing happens; None: never."""
        begun, due = self._begun.get(output), list(self._due(output, now))
        if begun is not None and self._again(begun, due) is not None:
            return now
        return min((max(now, one.at) for one in due), default=None)

    def _due(self, output: str, now: int) -> Iterator[_Due]:
        for page, record in self._unsent.values():
            alert = record.alert
            if is_stale(page, now) or (to := self._reach.to(page, alert, output, now)) is None:
                continue
            held_until = self._reach.held_until(page, alert, now)
            one = PageAlert(page, alert)
            yield _Due(one, to, max(held_until, self._ready_at(one, output, to)), held_until)

    def _ready_at(self, one: PageAlert, output: str, to: str) -> int:
        """A call about an emergency waits for nobody; anything else for company, and for some time after the last."""
        page, policy = one.page, self._policies[output]
        last = self._last.get((output, to, page.person))
        if calls_about_emergency(*one):
            return page.made_at if last is None else max(page.made_at, last + EMERGENCY_EVERY_MS)
        ready = page.made_at + policy.group_wait_ms
        return ready if last is None else max(ready, last + policy.group_interval_ms)

    def _again(self, begun: DeliveryBegun, due: list[_Due]) -> PageNotice | None:
        """The message that was about to leave, while anything of it is to be told yet by this output."""
        wanted = {one.one.page.key for one in due if one.to == begun.to}
        wanted |= {key for one in due if one.to == begun.to for key in one.one.page.covers}
        if wanted.isdisjoint(begun.pages):
            return None
        known = [self._pages[key] for key in begun.pages if key in self._pages]
        covered = {key for page, _ in known for key in page.covers}
        said = [PageAlert(page, record.alert) for page, record in known if page.key not in covered]
        return self._notice(begun.output, begun.to, said, 0)._replace(key=begun.key, pages=begun.pages)

    def _notice(self, output: str, to: str, said: list[PageAlert], more: int) -> PageNotice:
        person = said[0].page.person
        pages = tuple(key for one in said for key in (one.page.key, *one.page.covers))
        key = notice_key(f"{output}\n{to}", [one.page.key for one in said])
        return PageNotice(key, output, to, person, self._reach.language(person), tuple(said), pages, more)
