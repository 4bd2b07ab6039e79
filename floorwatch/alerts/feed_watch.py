"""Reading the rules about sources: after something was said of a feed, and when a hold or keep time runs out.

Between those ticks a reading stays what it was, but for the length of an outage, which no rule compares with anything.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from floorwatch.alerts import lifecycle
from floorwatch.alerts.lifecycle import Alert, AlertChange
from floorwatch.alerts.rule import CLOCK_OFFSET, FEED_DOWN, Reading, Rule, read_clock, read_outage
from floorwatch.floor.feed_health import FeedHealth

NEVER_S = 1 << 62


class FeedWatch:
    """The alerts of every source."""

    def __init__(self, fired: Callable[[Alert], None]) -> None:
        self._fired = fired
        """Told of each alert that fires."""
        self._alerts: dict[tuple[Rule, str], Alert] = {}
        self._unread: dict[FeedHealth, bool] = {}
        """Feeds to be read on the next tick, and whether their clock was set since they were read."""
        self._alarming: dict[FeedHealth, None] = {}
        """Feeds with an alert, pending or firing."""
        self.due_s = NEVER_S
        """The tick on which the next reading can make a difference."""

    def pending_and_firing(self) -> Iterable[Alert]:
        """Alerts that live now."""
        return self._alerts.values()

    def changed(self, feed: FeedHealth, *, clock_was_set: bool = False) -> None:
        """Something was said of the feed: read its rules on the next tick."""
        self._unread[feed] = self._unread.get(feed, False) or clock_was_set
        self.due_s = 0

    def look(self, now_s: int) -> list[AlertChange]:
        """Read both rules of every feed that can have changed."""
        now, changes = now_s * 1000, []
        unread, self._unread = self._unread, {}
        for feed in {**self._alarming, **unread}:
            outage = read_outage(feed.lost_ms(now), is_down=feed.is_down)
            clock = read_clock(feed.clock_offset_ms, was_set=unread.get(feed, False))
            changes += [
                *self._step(FEED_DOWN, feed, outage, now),
                *self._step(CLOCK_OFFSET, feed, clock, now),
            ]
            if any((rule, feed.source.name) in self._alerts for rule in (FEED_DOWN, CLOCK_OFFSET)):
                self._alarming[feed] = None
            else:
                self._alarming.pop(feed, None)
        # That a clock was set is news of one tick only.
        self._unread = {feed: False for feed, clock_was_set in unread.items() if clock_was_set}
        deadlines = [lifecycle.next_deadline(alert) for alert in self._alerts.values()]
        self.due_s = min((-(-at // 1000) for at in deadlines if at is not None), default=NEVER_S)
        if self._unread:
            self.due_s = now_s + 1
        return changes

    def _step(self, rule: Rule, feed: FeedHealth, reading: Reading, now: int) -> list[AlertChange]:
        key = (rule, feed.source.name)
        alert, change = lifecycle.step(rule, feed.source.name, self._alerts.pop(key, None), reading, now)
        if alert is not None:
            self._alerts[key] = alert
        if change is None:
            return []
        if change.change == "fired":
            self._fired(change.alert)
        return [change]
