"""Reading the rules: every rule of a queue, on the ticks on which it can have changed.

A rule is *defined* on every tick. It is *read* only when something was decided in its queue, when its window is about
to change, or when one of its own times runs out: on all other ticks it would read what it read before. The property
tests prove the two equal.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from floorwatch.alerts import lifecycle
from floorwatch.alerts.feed_watch import FeedWatch
from floorwatch.alerts.lifecycle import Alert, AlertChange
from floorwatch.alerts.rule import (
    LONGEST_WAIT_HIGH,
    NO_CONTACTS_MS,
    SERVICE_LEVEL_LOW,
    Reading,
    Rule,
    longest_wait_limit_ms,
    read_longest_wait,
    read_service_level,
)
from floorwatch.floor.visit import Visit
from floorwatch.metrics.ledger import QueueLedger
from floorwatch.metrics.service_level import level

RULE_WINDOW = "15m"


class Watch:
    """The alerts of every queue and, beside them, of every source."""

    def __init__(self, min_sample: int, look_again: Callable[[int, QueueLedger], None]) -> None:
        self._min_sample = max(1, min_sample)
        self._look_again = look_again
        """(tick, queue): read this queue's rules on that tick, whatever happens."""
        self._level: dict[str, Alert] = {}
        self._wait: dict[str, Alert] = {}
        self.history: list[Alert] = []
        """Everything that fired, in the order it did."""
        self.feeds = FeedWatch(self.history.append)

    def pending_and_firing(self) -> Iterable[Alert]:
        """Alerts that live now."""
        yield from self._level.values()
        yield from self._wait.values()
        yield from self.feeds.pending_and_firing()

    def look(self, ledger: QueueLedger, now_s: int) -> list[AlertChange] | None:
        """Read both rules of a queue on this tick, and ask for the next look."""
        name, policy, now = ledger.name, ledger.policy, now_s * 1000
        known = ledger.unknown_since is None
        hits, n = level(ledger.rolling.window(RULE_WINDOW, now_s), policy) if known else (0, 0)
        oldest = ledger.oldest_wait() if known and ledger.waiting else None
        waited_ms = 0 if oldest is None else ledger.waited_ms(oldest, now)
        changes: list[AlertChange] = []
        # Without an alert, a figure that does not breach changes nothing.
        ledger.watched = name in self._level or (n >= self._min_sample and hits / n < policy.target)
        if ledger.watched:
            self._step_level(ledger, read_service_level(hits, n, self._min_sample, policy), now, changes)
        if name in self._wait or waited_ms > longest_wait_limit_ms(policy):
            reading = read_longest_wait(waited_ms, policy, known=known)
            self._step(LONGEST_WAIT_HIGH, self._wait, ledger, reading, now, changes)
        self._plan(ledger, now_s, hits, n, oldest)
        return changes

    def _step_level(self, ledger: QueueLedger, reading: Reading, now: int, changes: list[AlertChange]) -> None:
        """The service-level rule; a queue that nobody calls any more neither starts an alert nor keeps one."""
        is_empty = not ledger.waiting and now - (ledger.last_offered_at or 0) >= NO_CONTACTS_MS
        if not is_empty or ledger.unknown_since is not None:
            self._step(SERVICE_LEVEL_LOW, self._level, ledger, reading, now, changes)
            return
        alert = self._level.pop(ledger.name, None)
        if alert is not None and alert.state == "firing":
            changes.append(lifecycle.resolve(alert, "no_contacts", now))

    def _step(
        self,
        rule: Rule,
        alerts: dict[str, Alert],
        ledger: QueueLedger,
        reading: Reading,
        now: int,
        changes: list[AlertChange],
    ) -> None:
        alert, change = lifecycle.step(rule, ledger.name, alerts.get(ledger.name), reading, now)
        if change is not None:
            changes.append(change)
            if change.change == "fired":
                self.history.append(change.alert)
        if alert is None:
            alerts.pop(ledger.name, None)
        else:
            alerts[ledger.name] = alert

    def _plan(self, ledger: QueueLedger, now_s: int, hits: int, n: int, oldest: Visit | None) -> None:
        """Ask for the next look: on a tick, after so many decisions, when the contact that waits longest has left."""
        level_alert, wait_alert = self._level.get(ledger.name), self._wait.get(ledger.name)
        ledger.alarming = oldest if wait_alert is not None else None
        if ledger.watched:
            following = ledger.rolling.next_change(RULE_WINDOW, now_s) or 0
            empty_at = (ledger.last_offered_at or 0) + NO_CONTACTS_MS
            following = _sooner(following, _tick(lifecycle.next_deadline(level_alert)), now_s)
            following = _sooner(following, _tick(empty_at), now_s)
        else:
            following = self._spare(ledger, now_s, hits, n)
        if wait_alert is not None:
            following = _sooner(following, _tick(lifecycle.next_deadline(wait_alert)), now_s)
        elif oldest is not None:
            limit_at = ledger.waits_so_long_until(oldest, longest_wait_limit_ms(ledger.policy))
            following = _sooner(following, _tick(limit_at + 1), now_s)
        if following > now_s and not now_s < ledger.look_s <= following:
            ledger.look_s = following
            self._look_again(following, ledger)

    def _spare(self, ledger: QueueLedger, now_s: int, hits: int, n: int) -> int:
        """How far the service level is from a breach: decisions that may come, and the tick until which hits may leave.

        While n is under the minimum sample, only decisions can bring a breach. From then on each miss that comes costs
        `target` of the spare hits - target * n, each hit that leaves 1 - target, and nothing else costs anything. Half
        of what there is to spare is given to each; when either may be used up, the rule is read again.
        """
        following = 0
        if n < self._min_sample:
            ledger.hits_spend, ledger.spare = 1, self._min_sample - n - 1
        else:
            target = ledger.policy.target
            spare = (hits - target * n) / 2
            ledger.hits_spend, ledger.spare = 0, int(spare / target) if target > 0 else n
            if target < 1:
                following = ledger.rolling.when_hits_leave(RULE_WINDOW, int(spare / (1 - target))) or 0
        entering = ledger.rolling.next_entry(now_s)
        return following if entering is None else _sooner(following, entering, now_s)


def _tick(instant: int | None) -> int:
    """The first tick at or after the instant; 0 for never."""
    return -(-(instant or 0) // 1000)


def _sooner(second: int, other: int, now_s: int) -> int:
    """The earlier of two ticks that lie ahead; one that does not is no tick at all."""
    if other <= now_s:
        return second
    return min(second, other) if second > now_s else other
