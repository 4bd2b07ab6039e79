"""The rules in force: the built-in ones as they were changed, and those of the site; and what is wrong with them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from difflib import get_close_matches
from fnmatch import fnmatchcase

from floorwatch.alerts.figures import FIGURES
from floorwatch.config import hours as business_hours
from floorwatch.config.marked_yaml import KeyPath
from floorwatch.config.rule_conditions import Comparing, Say, further
from floorwatch.config.rule_sense import Found, Known, senseless
from floorwatch.config.rules import RuleTyped
from floorwatch.floor.hours import Hours
from floorwatch.floor.rules import DEFAULT_RULES, EVERYBODY, Condition, Rule, Scope, Selector
from floorwatch.nearest import did_you_mean

BUILT_IN = {rule.name: rule for rule in DEFAULT_RULES}
_NAMED_BY: dict[str, Scope] = {"queues": "queue", "teams": "team", "sources": "source", "outputs": "output"}


def _unsaid(key: KeyPath, text: str) -> None:
    """Rules of a configuration that was read have no problems left."""


def in_force(typed: Mapping[str, RuleTyped], holidays: tuple[date, ...], say: Say = _unsaid) -> tuple[Rule, ...]:
    """Every rule that is on: the built-in ones first, then those of the site in the order typed.

    `say` is told of each problem; a rule that cannot be made because of one is left out.
    """
    names = (*BUILT_IN, *(name for name in typed if name not in BUILT_IN))
    found: list[Rule] = []
    for name in names:
        if name not in typed:
            found.append(BUILT_IN[name])
            continue
        rule = _Assembly(name, typed[name], BUILT_IN.get(name), holidays, say).rule(names)
        if rule is not None and typed[name].enabled:
            found.append(rule)
    return tuple(found)


@dataclass(frozen=True, slots=True)
class _Assembly:
    """One rule that is made out of what was typed and, where it changes one, of the built-in one."""

    name: str
    typed: RuleTyped
    base: Rule | None
    holidays: tuple[date, ...]
    say: Say

    def rule(self, names: Sequence[str]) -> Rule | None:
        """The rule; None when it cannot be made. `names`: of all rules."""
        conditions = self._conditions()
        self._check_muted(names)
        if not conditions:
            return None
        typed, scope = self.typed, self._scope(conditions)
        rule = replace(self.base or Rule(self.name, scope, ()), conditions=conditions)
        rule = replace(
            rule,
            hold_ms=rule.hold_ms if typed.for_ms is None else typed.for_ms,
            keep_ms=rule.keep_ms if typed.keep_firing_for_ms is None else typed.keep_firing_for_ms,
            selector=self._selector(scope),
            hours=self._hours(),
            immediate=typed.immediate,
            every_s=self._every_s(),
            mutes=typed.mutes if "mutes" in typed.model_fields_set else rule.mutes,
            labels=tuple(sorted(typed.set_labels.items())),
            playbook=typed.playbook,
            advice=tuple(sorted(typed.advice.items())),
        )
        if rule.immediate:
            self._check_immediate(rule)
        return rule

    def _wrong(self, text: str, *key: str | int) -> None:
        self.say((self.name, *key), text)

    def _conditions(self) -> tuple[Condition, ...]:
        """What has to hold; nothing where something is wrong with it."""
        typed, base = self.typed, self.base
        name = typed.figure or (base.figure if base is not None else "")
        if not name:
            self._wrong(self._without_figure())
            return ()
        if base is not None and name != base.figure:
            text = f"is the built-in rule about {base.figure}: a rule about {name} needs another name"
            self._wrong(text, "figure")
            return ()
        firsts = base.conditions[0] if base is not None else None
        first = Comparing(typed, name, firsts, typed.severity, self._said_of()).condition()
        if first is None:
            return ()
        rest: list[Condition | None] = list(base.conditions[1:]) if base is not None else []
        if "and_" in typed.model_fields_set:
            severity = first.levels[0].severity
            rest = [further(part, severity, self._said_of("and", at)) for at, part in enumerate(typed.and_)]
        return () if None in rest else (first, *(condition for condition in rest if condition is not None))

    def _said_of(self, *above: str | int) -> Say:
        return lambda key, text: self._wrong(text, *above, *key)

    def _without_figure(self) -> str:
        nearest = get_close_matches(self.name, BUILT_IN, 1)
        if nearest:
            return (
                f"there is no built-in rule of this name; did you mean '{nearest[0]}'? One of your own needs a figure"
            )
        return "needs a figure, such as figure: service_level"

    def _scope(self, conditions: Sequence[Condition]) -> Scope:
        """What the rule is about; figures of several things are about the first of them, unless it is said."""
        first, *rest = conditions
        scopes = FIGURES[first.figure].scopes
        scope = self.typed.scope or scopes[0]
        if scope not in scopes:
            self._wrong(f"{first.figure} is a figure of a {' or a '.join(scopes)}", "scope")
            return scopes[0]
        for at, condition in enumerate(rest):
            if scope not in (others := FIGURES[condition.figure].scopes):
                text = f"{condition.figure} is about a {' or a '.join(others)}, and this rule is about a {scope}"
                self._wrong(f"{text}: all its figures are of the same", "and", at)
        return scope

    def _check_immediate(self, rule: Rule) -> None:
        if rule.hold_ms:
            self._wrong("fires at the very event, and the rule has a hold: set for: 0s beside it", "immediate")
        if not FIGURES[rule.figure].is_immediate:
            known = ", ".join(name for name, figure in FIGURES.items() if figure.is_immediate)
            text = f"no event changes {rule.figure} at once, it is read every second; immediate are: {known}"
            self._wrong(text, "immediate")

    def _selector(self, scope: Scope) -> Selector:
        typed = self.typed
        for key, of in _NAMED_BY.items():
            if getattr(typed, key) and of != scope:
                self._wrong(f"this rule is about a {scope}, not about a {of}: take this key out", key)
        for key in ("channels", "labels"):
            if getattr(typed, key) and scope != "queue":
                self._wrong(f"only queues have {key}, and this rule is about a {scope}: take this key out", key)
        names = next((getattr(typed, key) for key, of in _NAMED_BY.items() if of == scope), ())
        selector = Selector(names, typed.channels, tuple(sorted(typed.labels.items())))
        return selector if selector != Selector() else EVERYBODY

    def _hours(self) -> Hours | None:
        if self.typed.hours is None:
            return None
        wrong = list(business_hours.contradictions(self.typed.hours))
        for key, text in wrong:
            self._wrong(text, "hours", *key)
        return None if wrong else business_hours.hours_of(self.typed.hours, self.holidays)

    def _every_s(self) -> int:
        every_ms = self.typed.every_ms
        if every_ms is None:
            return 1
        if every_ms % 1_000 or not every_ms:
            self._wrong("must be whole seconds, such as 1s or 30s", "every")
        elif self.typed.immediate:
            self._wrong("an immediate rule is read at every event: take this key out", "every")
        return max(1, every_ms // 1_000)

    def _check_muted(self, names: Sequence[str]) -> None:
        for at, pattern in enumerate(self.typed.mutes):
            if not any(fnmatchcase(name, pattern) for name in names):
                hint = did_you_mean(pattern, names, f"there are: {', '.join(names)}")
                self._wrong(f"there is no rule '{pattern}'; {hint}", "mutes", at)


def contradictions(typed: Mapping[str, RuleTyped], holidays: tuple[date, ...], known: Known) -> Found:
    """Every problem of these rules: (the key below `rules`, what is wrong and what mends it)."""
    found: list[tuple[KeyPath, str]] = []
    rules = in_force(typed, holidays, lambda key, text: found.append((key, text)))
    yield from found
    wrong = {key[0] for key, _ in found}
    for rule in rules:
        if rule.name in typed and rule.name not in wrong:
            yield from (((rule.name, *key), text) for key, text in senseless(rule, known))
