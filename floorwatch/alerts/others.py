"""Reading the rules about what is no queue: teams and the floor by their pace; sources, outputs and the daemon itself
on the tick after something was said of them, and when a limit, a hold or a keep time is passed.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from math import ceil

from floorwatch.alerts import lifecycle
from floorwatch.alerts.figures import FIGURES
from floorwatch.alerts.gauges import LASTING, Gauges
from floorwatch.alerts.lifecycle import Alert, AlertChange, Reading
from floorwatch.alerts.reading import Asked, Seen, asked, read_condition, together
from floorwatch.alerts.sleep import NEVER_S, tick_of
from floorwatch.floor.hours import BusinessClock
from floorwatch.floor.rules import Rule, Scope
from floorwatch.floor.settings import Settings

About = tuple[Scope, str]
"""A subject, by what it is and its name."""
PACED: tuple[Scope, ...] = ("team", "floor")


def _is_paced(rule: Rule) -> bool:
    """Whether it is read by its pace: nothing is said that would tell when its figure has changed."""
    return rule.scope in PACED or any(condition.figure == "delay" for condition in rule.conditions)


def _grows_past(one: Asked, seen: Seen, now: int) -> list[int]:
    """When a trouble that lasts reaches, or passes, its limits by lasting longer; it does not when it is none."""
    value = seen.value if seen.compared is None else seen.compared
    if one.condition.figure not in LASTING or not value:
        return []
    limits = (one.limit, *(limit for _, limit in one.graver), one.clear or 0)
    return [now + ceil(limit - value) + past for limit in limits if limit >= value for past in (0, 1)]


class Others:
    """The alerts of teams, the floor, sources, outputs and the daemon."""

    def __init__(self, gauges: Gauges, settings: Settings, fired: Callable[[Alert], None]) -> None:
        self._gauges = gauges
        self._settings = settings
        self._fired = fired
        """Told of each alert that fires."""
        self._rules = [rule for rule in settings.rules if rule.scope != "queue"]
        hours = ((rule, rule.hours) for rule in self._rules)
        self._hours = {rule.name: BusinessClock(of, settings.timezone) for rule, of in hours if of is not None}
        self._paced = {
            rule.name: max(rule.every_s, *(FIGURES[condition.figure].every_s for condition in rule.conditions))
            for rule in self._rules
            if _is_paced(rule)
        }
        aims, least = settings.default_policy, settings.min_sample
        self._asked = {rule.name: [asked(one, aims, least) for one in rule.conditions] for rule in self._rules}
        self._outputs = frozenset(policy.name for policy in settings.outputs)
        self._alerts: dict[tuple[str, str], Alert] = {}
        """By rule and subject."""
        self._due: dict[About, int] = {}
        """When what was read may say something else although nothing more is said."""
        self._unread: dict[About, None] = {}
        """What is to be read on the next tick."""
        self.due_s = 0 if self._paced else NEVER_S
        """The tick on which the next reading can make a difference."""

    def pending_and_firing(self) -> Iterable[Alert]:
        """Alerts that live now."""
        return self._alerts.values()

    def changed(self, scope: Scope, subject: str) -> None:
        """Something was said of it: read its rules on the next tick. An output that is no more has none."""
        if scope == "output" and subject not in self._outputs:
            return
        self._unread[scope, subject] = None
        self.due_s = 0

    def look(self, now_s: int) -> list[AlertChange]:
        """Read what can have changed."""
        now, changes = now_s * 1000, list[AlertChange]()
        unread, self._unread = self._unread, {}
        unread.update((about, None) for about, at in self._due.items() if at <= now)
        for about in unread:
            self._due.pop(about, None)
        for rule in self._rules:
            for subject in self._subjects(rule, unread, now_s):
                if rule.selector.fits(subject):
                    self._read(rule, subject, now, changes)
        if self._gauges.clocks_set:  # that a clock was set is news of one tick only
            for source in self._gauges.clocks_set:
                self._unread["source", source] = None
            self._gauges.clocks_set.clear()
        if self._gauges.refusals:  # and so is a refusal
            for output in self._gauges.refusals:
                self._unread["output", output] = None
            self._gauges.refusals.clear()
        paces = [now_s + every_s - now_s % every_s for every_s in self._paced.values()]
        due = [tick_of(at) for at in self._due.values()]
        self.due_s = min([*paces, *due, *([now_s + 1] if self._unread else [])], default=NEVER_S)
        return changes

    def _ask_again(self, about: About, times: Iterable[int | None], now: int) -> None:
        """At the first of these times, none of which need come."""
        to_come = [at for at in (*times, self._due.get(about)) if at is not None and at > now]
        if to_come:
            self._due[about] = min(to_come)

    def _subjects(self, rule: Rule, unread: Collection[About], now_s: int) -> Iterable[str]:
        if rule.name not in self._paced:
            return [subject for scope, subject in unread if scope == rule.scope]
        if now_s % self._paced[rule.name]:
            return ()
        if rule.scope == "source":
            return list(self._gauges.feeds)
        if rule.scope == "floor":
            return (self._settings.site,)
        alerted = {subject for name, subject in self._alerts if name == rule.name}  # a team may have nobody left
        return sorted(alerted.union(agent.team for agent in self._gauges.books.agents.values() if agent.team))

    def _read(self, rule: Rule, subject: str, now: int, changes: list[AlertChange]) -> None:
        key, hours = (rule.name, subject), self._hours.get(rule.name)
        alert = self._alerts.pop(key, None)
        is_on, turns_at = (True, None) if hours is None else hours.change_after(now)
        times = [turns_at]
        if not is_on:
            change = None if alert is None else lifecycle.end(alert, "off_hours", now)
            alert = None
        else:
            reading, grows_at = self._reading(rule, subject, now)
            alert, change = lifecycle.step(rule, subject, alert, reading, now)
            times += grows_at
        if alert is not None:
            self._alerts[key] = alert
            times.append(lifecycle.next_deadline(alert))
        if rule.name not in self._paced:
            self._ask_again((rule.scope, subject), times, now)
        if change is not None:
            changes.append(change)
            if change.change == "fired":
                self._fired(change.alert)

    def _reading(self, rule: Rule, subject: str, now: int) -> tuple[Reading, list[int]]:
        """(what the rule sees, when that may be another by lasting longer)."""
        of = "" if rule.scope == "floor" else subject
        readings, grows_at = list[Reading](), list[int]()
        for one in self._asked[rule.name]:
            seen = self._gauges.read(one.condition.figure, of, one.condition.window, now)
            readings.append(read_condition(one, seen))
            grows_at += _grows_past(one, seen, now)
        return together(readings), grows_at
