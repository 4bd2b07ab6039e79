"""Reading the rules: every rule of a queue, on the ticks on which it can have changed.

A rule is *defined* on every tick. It is *read* only when something was decided in its queue, when its window is about to
change, or when one of its own times runs out: on all other ticks it would read what it read before. The property tests
prove the two equal.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from floorwatch.alerts import lifecycle
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
from floorwatch.metrics.ledger import QueueLedger
from floorwatch.metrics.service_level import level

RULE_WINDOW = "15m"
MANY = 1 << 30


class Watch:
    """The alerts of every queue."""

    def __init__(self, min_sample: int, look_again: Callable[[int, QueueLedger], None]) -> None:
        self._min_sample = max(1, min_sample)
        self._look_again = look_again
        """(tick, queue): read this queue's rules on that tick, whatever happens."""
        self._level: dict[str, Alert] = {}
        self._wait: dict[str, Alert] = {}
        self._next_look: dict[str, int] = {}
        self.history: list[Alert] = []
        """Everything that fired, in the order it did."""

    def pending_and_firing(self) -> Iterable[Alert]:
        """Alerts that live now."""
        yield from self._level.values()
        yield from self._wait.values()

    def look(self, ledger: QueueLedger, now_s: int) -> list[AlertChange] | None:
        """Read both rules of a queue on this tick, and ask for the next look."""
        name, policy = ledger.name, ledger.policy
        known = ledger.unknown_since is None
        hits, n = level(ledger.rolling.window(RULE_WINDOW, now_s), policy) if known else (0, 0)
        oldest = ledger.oldest_wait() if known and ledger.waiting else None
        waited_ms = now_s * 1000 - oldest.entered_at if oldest is not None else 0
        changes: list[AlertChange] | None = None
        if (
            name in self._level
            or name in self._wait
            or (n >= self._min_sample and hits < n * policy.target)
            or waited_ms > policy.threshold_ms
        ):
            changes = []
            self._step_level(ledger, read_service_level(hits, n, self._min_sample, policy), now_s * 1000, changes)
            waited = read_longest_wait(waited_ms, policy, known=known)
            self._step(LONGEST_WAIT_HIGH, self._wait, ledger, waited, now_s * 1000, changes)
        ledger.quiet = oldest is None and name not in self._wait
        self._plan(ledger, now_s, hits, n, None if oldest is None else oldest.entered_at)
        return changes

    def _step_level(self, ledger: QueueLedger, reading: Reading, now: int, changes: list[AlertChange]) -> None:
        self._step(SERVICE_LEVEL_LOW, self._level, ledger, reading, now, changes)
        alert = self._level.get(ledger.name)
        if alert is None or alert.state != "firing" or ledger.waiting or ledger.unknown_since is not None:
            return
        if now - (ledger.last_offered_at or 0) >= NO_CONTACTS_MS:
            changes.append(lifecycle.resolve(alert, "no_contacts", now))
            del self._level[ledger.name]

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

    def _plan(self, ledger: QueueLedger, now_s: int, hits: int, n: int, oldest_entered_at: int | None) -> None:
        """Ask for the next tick on which something may change by itself, or after how many decisions it may."""
        level_alert, wait_alert = self._level.get(ledger.name), self._wait.get(ledger.name)
        following = 0
        ledger.watched = level_alert is not None or wait_alert is not None
        if not ledger.watched:
            following = self._spare(ledger, hits, n) or 0
        else:
            following = ledger.rolling.next_change(RULE_WINDOW, now_s) or 0
            empty_at = (ledger.last_offered_at or 0) + NO_CONTACTS_MS
            deadlines = (lifecycle.next_deadline(level_alert), lifecycle.next_deadline(wait_alert), empty_at)
            for deadline in deadlines:
                following = _sooner(following, -(-(deadline or 0) // 1000), now_s)
        if oldest_entered_at is not None:
            limit_s = (oldest_entered_at + longest_wait_limit_ms(ledger.policy)) // 1000 + 1
            following = _sooner(following, limit_s, now_s)
        if following <= now_s:
            return
        planned = self._next_look.get(ledger.name, 0)
        if planned <= now_s or following < planned:
            self._next_look[ledger.name] = following
            self._look_again(following, ledger)

    def _spare(self, ledger: QueueLedger, hits: int, n: int) -> int | None:
        """How far the service level is from a breach: decisions that may come, and the tick until which hits may leave.

        While n is under the minimum sample, only decisions can bring a breach. From then on each miss that comes costs
        `target` of the spare hits - target * n, each hit that leaves 1 - target, and nothing else costs anything. Half of
        what is there to spare is given to each; when either is used up, the rule is read again.
        """
        target = ledger.policy.target
        if n < self._min_sample:
            ledger.hits_to_look = ledger.misses_to_look = (self._min_sample - n - 1) // 2
            return None
        spare = (hits - target * n) / 2
        ledger.hits_to_look = MANY
        ledger.misses_to_look = int(spare / target)
        return ledger.rolling.when_hits_leave(RULE_WINDOW, int(spare / (1 - target)) if target < 1 else 0)


def _sooner(second: int, other: int, now_s: int) -> int:
    """The earlier of two ticks that lie ahead; one that does not is no tick at all."""
    if other <= now_s:
        return second
    return min(second, other) if second > now_s else other
