"""Reading the rules about what is no queue: teams and the floor by their pace; sources, outputs and the daemon itself
on the tick after something was said of them, and when a limit, a hold or a keep time is passed.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable

from floorwatch.alerts import lifecycle
from floorwatch.alerts.figures import FIGURES
from floorwatch.alerts.gauges import Gauges
from floorwatch.alerts.lifecycle import Alert, AlertChange
from floorwatch.alerts.reading import Seen, read_condition, together
from floorwatch.alerts.sleep import NEVER_S, tick_of
from floorwatch.floor.hours import BusinessClock
from floorwatch.floor.rules import Condition, Rule, Scope
from floorwatch.floor.settings import Settings

PACED: tuple[Scope, ...] = ("team", "floor")
LASTING = frozenset(("outage", "failing", "trouble"))
"""Figures that say how long something has lasted."""


def _is_paced(rule: Rule) -> bool:
    """Whether it is read by its pace: nothing is said that would tell when its figure has changed."""
    return rule.scope in PACED or any(condition.figure == "delay" for condition in rule.conditions)


def _grows_past(condition: Condition, seen: Seen, now: int) -> int | None:
    """When a trouble that lasts passes the next limit by lasting longer; None: it does not, or is none."""
    value = seen.value if seen.compared is None else seen.compared
    if condition.figure not in LASTING or not value:
        return None
    limits = (level.limit.number for level in condition.levels)
    return min((now + round(limit - value) + 1 for limit in limits if limit >= value), default=None)


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
        self._due: list[int] = []
        """When what was read last may say something else although nothing more is said."""
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
        self._due = []
        for rule in self._rules:
            for subject in self._subjects(rule, unread, now_s):
                if rule.selector.fits(subject):
                    self._read(rule, subject, now, changes)
        if self._gauges.clocks_set:  # that a clock was set is news of one tick only
            for source in self._gauges.clocks_set:
                self._unread["source", source] = None
            self._gauges.clocks_set.clear()
        paces = [now_s + every_s - now_s % every_s for every_s in self._paced.values()]
        due = [max(now_s + 1, tick_of(at)) for at in self._due]
        self.due_s = min([*paces, *due, *([now_s + 1] if self._unread else [])], default=NEVER_S)
        return changes

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
            seen = [self._gauges.read(condition.figure, asked, condition.window, now) for condition in rule.conditions]
            readings = [
                read_condition(condition, one, aims, self._settings.min_sample)
                for condition, one in zip(rule.conditions, seen, strict=True)
            ]
            alert, change = lifecycle.step(rule, subject, alert, together(readings), now)
            self._due += [at for one in zip(rule.conditions, seen, strict=True) if (at := _grows_past(*one, now))]
        if alert is not None:
            self._alerts[key] = alert
            deadline = lifecycle.next_deadline(alert)
            self._due += [deadline] if deadline is not None and deadline > now else []
        if change is not None:
            changes.append(change)
            if change.change == "fired":
                self._fired(change.alert)
