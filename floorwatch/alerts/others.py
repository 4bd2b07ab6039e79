"""Reading the rules about what is no queue: teams and the floor by their pace; sources, outputs and the daemon itself
on the tick after something was said of them, and on every tick while an alert of theirs lives.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable

from floorwatch.alerts import lifecycle
from floorwatch.alerts.figures import FIGURES
from floorwatch.alerts.gauges import Gauges
from floorwatch.alerts.lifecycle import Alert, AlertChange
from floorwatch.alerts.reading import read_condition, together
from floorwatch.alerts.sleep import NEVER_S
from floorwatch.floor.hours import BusinessClock
from floorwatch.floor.rules import Rule, Scope
from floorwatch.floor.settings import Settings

PACED: tuple[Scope, ...] = ("team", "floor")


def _is_paced(rule: Rule) -> bool:
    """Whether it is read by its pace: nothing is said that would tell when its figure has changed."""
    return rule.scope in PACED or any(condition.figure == "delay" for condition in rule.conditions)


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
        self._outputs = frozenset(policy.name for policy in settings.outputs)
        self._alerts: dict[tuple[str, str], Alert] = {}
        """By rule and subject."""
        self._unread: dict[tuple[Scope, str], None] = {}
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
        for alert in self._alerts.values():
            unread.setdefault((alert.rule.scope, alert.subject))
        for rule in self._rules:
            for subject in self._subjects(rule, unread, now_s):
                if rule.selector.fits(subject):
                    self._read(rule, subject, now, changes)
        if self._gauges.clocks_set:  # that a clock was set is news of one tick only
            for source in self._gauges.clocks_set:
                self._unread["source", source] = None
            self._gauges.clocks_set.clear()
        paces = [now_s + every_s - now_s % every_s for every_s in self._paced.values()]
        awake = [now_s + 1] if self._unread or self._is_awake() else []
        self.due_s = min([*paces, *awake], default=NEVER_S)
        return changes

    def _is_awake(self) -> bool:
        return any(alert.rule.name not in self._paced for alert in self._alerts.values())

    def _subjects(self, rule: Rule, unread: Collection[tuple[Scope, str]], now_s: int) -> Iterable[str]:
        if rule.name not in self._paced:
            return [subject for scope, subject in unread if scope == rule.scope]
        if now_s % self._paced[rule.name]:
            return ()
        if rule.scope == "source":
            return list(self._gauges.feeds)
        if rule.scope == "floor":
            return (self._settings.site,)
        return sorted({agent.team for agent in self._gauges.books.agents.values() if agent.team})

    def _read(self, rule: Rule, subject: str, now: int, changes: list[AlertChange]) -> None:
        key, hours = (rule.name, subject), self._hours.get(rule.name)
        alert = self._alerts.pop(key, None)
        if hours is not None and not hours.change_after(now)[0]:
            change = None if alert is None else lifecycle.end(alert, "off_hours", now)
            alert = None
        else:
            asked = "" if rule.scope == "floor" else subject
            aims = self._settings.default_policy
            readings = [
                read_condition(
                    condition,
                    self._gauges.read(condition.figure, asked, condition.window, now),
                    aims,
                    self._settings.min_sample,
                )
                for condition in rule.conditions
            ]
            alert, change = lifecycle.step(rule, subject, alert, together(readings), now)
        if alert is not None:
            self._alerts[key] = alert
        if change is not None:
            changes.append(change)
            if change.change == "fired":
                self._fired(change.alert)
