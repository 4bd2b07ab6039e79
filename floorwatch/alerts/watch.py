"""Reading the rules about queues: on the ticks on which they can have changed, or at once for those that say so.

`alerts.sleep` says until when a rule need not be read; while an alert of it lives it is read on every tick.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from itertools import islice

from floorwatch.alerts import lifecycle
from floorwatch.alerts.figures import FIGURES
from floorwatch.alerts.gauges import Gauges
from floorwatch.alerts.lifecycle import Alert, AlertChange, Reading
from floorwatch.alerts.others import Others
from floorwatch.alerts.reading import UNKNOWN, Asked, Seen, asked, read_condition, together
from floorwatch.alerts.sleep import NEVER_S, SLEEPERS, silent_until, tick_of
from floorwatch.floor.feed_health import FeedHealth
from floorwatch.floor.hours import BusinessClock
from floorwatch.floor.rules import Rule
from floorwatch.metrics.books import FloorBooks
from floorwatch.metrics.ledger import QueueLedger

NO_CONTACTS_MS = 15 * 60_000
"""An alert of a figure with a sample is over after this long in which nothing was offered and nobody waits."""
BACK_MAX = 500
"""So many alerts that are over can still be said to have been acted on."""


@dataclass(slots=True)
class _QueueRule:
    """A rule that concerns a queue."""

    rule: Rule
    asked: tuple[Asked, ...]
    every_s: int
    needs_contacts: bool
    hours: BusinessClock | None
    sleeps_until: int = 0
    """The tick before which it need not be read, unless the queue is roused."""


@dataclass(slots=True)
class _QueueRules:
    """The rules that concern a queue, as it is called now."""

    channel: str
    rules: list[_QueueRule] = field(default_factory=list)
    is_immediate: bool = False


class Watch:
    """Every alert of the floor."""

    def __init__(
        self, books: FloorBooks, feeds: Mapping[str, FeedHealth], failing_since: Callable[[str], int | None]
    ) -> None:
        """`failing_since`: since when an output has failed; None: it does not."""
        self._books = books
        self._min_sample = max(1, books.settings.min_sample)
        self._rules = [rule for rule in books.settings.rules if rule.scope == "queue"]
        zone = books.settings.timezone
        self._hours = {rule.name: BusinessClock(rule.hours, zone) for rule in self._rules if rule.hours is not None}
        self._of: dict[str, _QueueRules] = {}
        self._alerts: dict[str, dict[str, Alert]] = {}
        """By queue and rule, those that are pending or live."""
        self.history: list[Alert] = []
        """Everything that fired, in the order it did."""
        self.gauges = Gauges(books, feeds, failing_since)
        self.others = Others(self.gauges, books.settings, self.history.append)

    def pending_and_firing(self) -> Iterable[Alert]:
        """Alerts that live now."""
        for alerts in self._alerts.values():
            yield from alerts.values()
        yield from self.others.pending_and_firing()

    def alert(self, alert_id: str) -> Alert | None:
        """The alert of this id, pending or live."""
        return next((alert for alert in self.pending_and_firing() if alert.id == alert_id), None)

    def refused(self, output: str) -> None:
        """An output would not take a message to somebody on call."""
        self.gauges.refusals[output] += 1
        self.others.changed("output", output)

    def trouble(self, trouble: str, is_so: bool, now: int) -> None:
        """Something is wrong with the daemon, or is over."""
        troubles = self.gauges.troubles
        if is_so == (trouble in troubles):
            return
        if is_so:
            troubles[trouble] = now
        else:
            del troubles[trouble]
        self.others.changed("daemon", trouble)

    def alert_of(self, alert_id: str) -> Alert | None:
        """The same, or else the one that was: of the latest `BACK_MAX` that fired."""
        past = islice(reversed(self.history), BACK_MAX)
        return self.alert(alert_id) or next((alert for alert in past if alert.id == alert_id), None)

    # On ticks

    def look(self, ledger: QueueLedger, now_s: int) -> list[AlertChange]:
        """Read the rules of a queue on this tick, and ask for the next look."""
        now, changes = now_s * 1000, list[AlertChange]()
        rules, alerts = self._rules_of(ledger), self._alerts.setdefault(ledger.name, {})
        if ledger.is_roused:
            ledger.calm()
            for one in rules.rules:
                one.sleeps_until = 0
        ledger.is_watched = ledger.is_immediate = rules.is_immediate
        self._books.minding.pop(ledger, None)
        following = NEVER_S
        for one in rules.rules:
            is_on, turns_at = self._is_on(one, ledger, now)
            following = min(following, tick_of(turns_at))
            if not is_on:
                self._end(alerts, one.rule, "off_hours", now, changes)
                continue
            following = min(following, self._look_at(one, ledger, alerts, now_s, changes))
        if now_s < following < NEVER_S and not now_s < ledger.look_s <= following:
            ledger.look_s = following
            self._books.wheel.set(following, ledger)
        return changes

    def _look_at(
        self, one: _QueueRule, ledger: QueueLedger, alerts: dict[str, Alert], now_s: int, changes: list[AlertChange]
    ) -> int:
        """Read one rule, unless it sleeps; the tick on which to look again, if nothing wakes the queue before."""
        if one.rule.name not in alerts:
            if one.sleeps_until <= now_s:
                one.sleeps_until = self._sleeps_until(one, ledger, now_s) or 0
            if one.sleeps_until > now_s:
                return one.sleeps_until
        following = now_s + one.every_s - now_s % one.every_s
        if now_s % one.every_s:
            return following  # what has woken the queue is read when it is this rule's turn
        self._read(one, ledger, alerts, now_s * 1000, changes)
        return max(following, self._silent_until(one, ledger, alerts.get(one.rule.name), now_s))

    def _silent_until(self, one: _QueueRule, ledger: QueueLedger, alert: Alert | None, now_s: int) -> int:
        """The tick on which the rule may say something else although nothing more happens; what happens marks it."""
        if ledger.unknown_since is not None:  # nothing but the clock says anything then
            return NEVER_S if alert is None or alert.until is None else tick_of(alert.until)
        ledger.is_watched = True
        following = min(silent_until(self.gauges, ledger, part, now_s) for part in one.asked)
        deadline = None if alert is None else lifecycle.next_deadline(alert)
        empty_at = (ledger.last_offered_at or 0) + NO_CONTACTS_MS if one.needs_contacts else None
        due = [tick_of(at) for at in (deadline, empty_at) if at is not None]
        return min([following, *(second for second in due if second > now_s)])

    def look_at_once(self, ledger: QueueLedger, now: int) -> list[AlertChange]:
        """Read the immediate rules of a queue that an event has touched; only the next tick will clear them."""
        changes, rules = list[AlertChange](), self._rules_of(ledger)
        if rules.is_immediate and ledger.unknown_since is None:
            alerts = self._alerts.setdefault(ledger.name, {})
            for one in rules.rules:
                alert = alerts.get(one.rule.name)
                if one.rule.immediate and self._is_on(one, ledger, now)[0]:
                    reading = self._reading(one, ledger, now)
                    if reading.breached and not self._is_empty(one, ledger, now):
                        self._step(one.rule, ledger.name, alerts, alert, reading, now, changes)
        return changes

    def _rules_of(self, ledger: QueueLedger) -> _QueueRules:
        known = self._of.get(ledger.name)
        if known is None or known.channel != ledger.channel:
            known = self._of[ledger.name] = _QueueRules(ledger.channel)
            alerts = self._alerts.get(ledger.name, ())
            for rule in self._rules:
                # an alert that lives goes on to its end, whatever the queue is called now
                if rule.name in alerts or rule.selector.fits(ledger.name, ledger.channel, ledger.policy.labels):
                    figures = [FIGURES[condition.figure] for condition in rule.conditions]
                    every_s = max(rule.every_s, *(figure.every_s for figure in figures))
                    needs_contacts = any(figure.has_sample or figure.is_foreseen for figure in figures)
                    parts = tuple(asked(part, ledger.policy, self._min_sample) for part in rule.conditions)
                    hours = self._hours.get(rule.name)
                    known.rules.append(_QueueRule(rule, parts, every_s, needs_contacts, hours))
                    known.is_immediate |= rule.immediate
        return known

    @staticmethod
    def _is_on(one: _QueueRule, ledger: QueueLedger, now: int) -> tuple[bool, int]:
        """(whether the queue is open, and these are the rule's hours; when that may change)."""
        is_on, turns_at = True, NEVER_S * 1000
        for clock in (ledger.clock, one.hours):
            if clock is not None:
                is_open, changes_at = clock.change_after(now)
                is_on, turns_at = is_on and is_open, min(turns_at, changes_at)
        return is_on, turns_at

    def _sleeps_until(self, one: _QueueRule, ledger: QueueLedger, now_s: int) -> int | None:
        """The tick until which one of its conditions cannot hold; None where that cannot be told of any."""
        if ledger.unknown_since is not None:
            return NEVER_S  # the queue is marked when its source is back
        for part in reversed(one.asked):
            sleeper = SLEEPERS.get(part.condition.figure)
            if sleeper is not None:
                until = sleeper(self.gauges, ledger, part, now_s)
                if until is not None and until > now_s:
                    return until
        return None

    def _read(
        self, one: _QueueRule, ledger: QueueLedger, alerts: dict[str, Alert], now: int, changes: list[AlertChange]
    ) -> None:
        if self._is_empty(one, ledger, now):
            self._end(alerts, one.rule, "no_contacts", now, changes)
            return
        alert = alerts.get(one.rule.name)
        if alert is not None and alert.until is not None and now >= alert.until:
            self._end(alerts, one.rule, "period_over", now, changes)
            alert = None
        self._step(one.rule, ledger.name, alerts, alert, self._reading(one, ledger, now), now, changes)

    @staticmethod
    def _is_empty(one: _QueueRule, ledger: QueueLedger, now: int) -> bool:
        """A queue that nobody calls any more neither starts an alert nor keeps one."""
        if not one.needs_contacts or ledger.waiting or ledger.unknown_since is not None:
            return False
        return now - (ledger.last_offered_at or 0) >= NO_CONTACTS_MS

    def _reading(self, one: _QueueRule, ledger: QueueLedger, now: int) -> Reading:
        return together([read_condition(part, self._seen(part, ledger, now)) for part in one.asked])

    def _seen(self, part: Asked, ledger: QueueLedger, now: int) -> Seen:
        if ledger.unknown_since is not None:
            return UNKNOWN
        return self.gauges.read(part.condition.figure, ledger, part.condition.window, now)

    def _step(
        self,
        rule: Rule,
        queue: str,
        alerts: dict[str, Alert],
        alert: Alert | None,
        reading: Reading,
        now: int,
        changes: list[AlertChange],
    ) -> None:
        alert, change = lifecycle.step(rule, queue, alert, reading, now)
        if alert is None:
            alerts.pop(rule.name, None)
        else:
            alerts[rule.name] = alert
        if change is not None:
            changes.append(change)
            if change.change == "fired":
                self.history.append(change.alert)

    @staticmethod
    def _end(alerts: dict[str, Alert], rule: Rule, reason: str, now: int, changes: list[AlertChange]) -> None:
        alert = alerts.pop(rule.name, None)
        change = None if alert is None else lifecycle.end(alert, reason, now)
        if change is not None:
            changes.append(change)
