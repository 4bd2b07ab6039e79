"""By which way a page goes to its person, from when on, and with which others it makes one message.

A way that fails is passed over while it does, and one that has refused the page for good; the next one takes its
place, in the order in which the person has them. Nothing is remembered for that but who has failed and refused.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from floorwatch.alerts.lifecycle import Alert
from floorwatch.alerts.oncall.record import Page
from floorwatch.floor.hours import BusinessClock
from floorwatch.floor.oncall import Person
from floorwatch.floor.rules import RANKS

NEWS_MS = 60 * 60_000
"""That an alert was taken, or is over, is told within an hour; later it is history."""
EMERGENCY_EVERY_MS = 5_000
"""After a message about an emergency the next one to the same address waits for so long, and tells all there is."""

PASSED_OVER_MS = 120_000
"""An output that failed is passed over for so long, where there is another way."""


class Way(NamedTuple):
    """One way to a person."""

    channel: int
    """Its place among their channels, from 0."""
    output: str


class PageAlert(NamedTuple):
    """What a message says to a person of one alert."""

    page: Page
    alert: Alert


class PageNotice(NamedTuple):
    """One message to one person."""

    key: str
    output: str
    channel: int
    """Which of their channels it takes, from 0."""
    person: str
    language: str
    alerts: tuple[PageAlert, ...]
    """The most urgent first."""
    pages: tuple[str, ...]
    """The keys of pages that count as sent once it is taken."""
    more: int = 0
    is_again: bool = False
    """It was about to leave before, and did not."""

    @property
    def is_emergency(self) -> bool:
        """Whether it calls somebody about an emergency."""
        return any(calls_about_emergency(one.page, one.alert) for one in self.alerts)


def calls_about_emergency(page: Page, alert: Alert) -> bool:
    """What waits for nobody."""
    return page.kind == "call" and alert.severity == "emergency"


class Reach:
    """Everybody, and the ways to them."""

    def __init__(self, people: Iterable[Person], outputs: Iterable[str]) -> None:
        self._people = {person.name: person for person in people}
        self._outputs = frozenset(outputs)
        self._failed_at: dict[str, int] = {}
        """When each output failed last that has taken nothing since."""
        self._quiet = {
            name: BusinessClock(person.quiet, person.timezone)
            for name, person in self._people.items()
            if person.quiet is not None
        }

    def failed(self, output: str, now: int) -> None:
        """It has not taken what it was given."""
        self._failed_at[output] = now

    def works(self, output: str) -> None:
        """It takes what it is given."""
        self._failed_at.pop(output, None)

    def is_failing(self, output: str, now: int) -> bool:
        """Whether it is passed over: for a while after each failure, then the next page tries it again."""
        at = self._failed_at.get(output)
        return at is not None and now - at < PASSED_OVER_MS

    def language(self, person: str) -> str:
        """In which they are told; empty: as the output has it."""
        known = self._people.get(person)
        return "" if known is None else known.language

    def held_until(self, page: Page, alert: Alert, now: int) -> int:
        """Until when their quiet hours hold it; `now`: they do not."""
        clock = self._quiet.get(page.person)
        if clock is None or alert.severity == "emergency":
            return now
        is_quiet, until = clock.change_after(now)
        return until if is_quiet else now

    def ways(self, page: Page, alert: Alert) -> list[Way]:
        """Those it may take, the best first; empty: it reaches nobody."""
        person = self._people.get(page.person)
        channels = () if person is None else person.channels
        rank = RANKS.index(alert.severity)
        fit = [
            Way(place, channel.output)
            for place, channel in enumerate(channels)
            if RANKS.index(channel.severity_min) <= rank and channel.output in self._outputs
        ]
        if not fit:
            return []
        first = (page.time - 1) % len(fit)
        if page.first_output:
            first = next((at for at, way in enumerate(fit) if way.output == page.first_output), 0)
        return [way for way in fit[first:] + fit[:first] if (way.output, way.channel) not in page.refused]

    def chosen(self, page: Page, alert: Alert, now: int) -> list[Way]:
        """By which it is to go now: the first that works; while none does, all of them: who takes it first has it."""
        ways = self.ways(page, alert)
        working = [way for way in ways if not self.is_failing(way.output, now)]
        return working[:1] or ways

    def by(self, page: Page, alert: Alert, output: str, now: int) -> Way | None:
        """The way by this output; None: it does not go by it now."""
        return next((way for way in self.chosen(page, alert, now) if way.output == output), None)


def is_stale(page: Page, now: int) -> bool:
    """Whether it is history."""
    return page.kind != "call" and now - page.made_at > NEWS_MS


def urgency(page: Page, alert: Alert) -> tuple[bool, bool, int, int, str]:
    """What comes first when not everything can be said: what was never told before what is told again."""
    is_call = page.kind == "call"
    return not calls_about_emergency(page, alert), not is_call, -RANKS.index(alert.severity), page.owed_since, page.key
