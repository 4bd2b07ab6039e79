"""From a comparison as it was typed to one that the core can read; whatever does not fit its figure is said."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from floorwatch.alerts.figures import FIGURES, Figure
from floorwatch.config.limits import TypedLevels, TypedLimit
from floorwatch.config.marked_yaml import KeyPath
from floorwatch.config.rules import ComparisonTyped
from floorwatch.floor.rules import Condition, Level, Limit, Severity

Say = Callable[[KeyPath, str], None]
"""Told of each problem: (the key, what is wrong and what mends it)."""

WINDOW = "15m"
"""Of a figure that has several, where none is named."""


@dataclass(frozen=True, slots=True)
class Comparing:
    """A comparison that is to be read. `base` is what it changes, None where there is nothing to change."""

    typed: ComparisonTyped
    name: str
    """Of the figure."""
    base: Condition | None
    severity: Severity | None
    """The word that stands for the whole rule."""
    say: Say

    @property
    def figure(self) -> Figure:
        """What is compared."""
        return FIGURES[self.name]

    def condition(self) -> Condition | None:
        """What holds; None when something is wrong with it."""
        found = self.typed.comparisons()
        if len(found) > 1:
            self.say((), f"has both {found[0][0]} and {found[1][0]}: keep one, and put the other under 'and'")
            return None
        if found:
            compare, levels, clear = found[0][0], self._levels(*found[0]), None
        elif self.base is not None:
            compare, levels, clear = self.base.compare, self._renamed(self.base.levels), self.base.clear
        else:
            self.say((), "needs a comparison: below, above, at_least or at_most, such as below: target")
            return None
        if self.typed.clear is not None:
            clear = self._limit(self.typed.clear, "clear")
        if not levels:
            return None
        return Condition(self.name, compare, levels, clear, self._window(), self._min_sample())

    def _levels(self, key: str, typed: TypedLevels) -> tuple[Level, ...]:
        if typed.only is not None:
            limit = self._limit(typed.only, key)
            severity = self.severity or (self.base.levels[0].severity if self.base is not None else "warning")
            return () if limit is None else (Level(severity, limit),)
        if self.severity is not None:
            self.say(("severity",), f"each limit under '{key}' has its own severity: take this key out")
        found = ((severity, self._limit(limit, key)) for severity, limit in typed.by_severity)
        levels = tuple(Level(severity, limit) for severity, limit in found if limit is not None)
        return levels if len(levels) == len(typed.by_severity) else ()

    def _renamed(self, levels: tuple[Level, ...]) -> tuple[Level, ...]:
        """The limits of the built-in rule, under the severity that was typed."""
        if self.severity is None:
            return levels
        if len(levels) > 1:
            words = " and ".join(level.severity for level in levels)
            self.say(("severity",), f"this rule has a limit for {words}: give them, as below: {{warning: target}}")
            return ()
        return (Level(self.severity, levels[0].limit),)

    def _limit(self, typed: TypedLimit, key: str) -> Limit | None:
        try:
            return typed.limit(self.name, self.figure.unit, is_of_queue="queue" in self.figure.scopes)
        except ValueError as wrong:
            self.say((key,), str(wrong))
            return None

    def _window(self) -> str:
        if self.typed.window is None and self.base is not None:
            return self.base.window
        if self.typed.window is None:
            return WINDOW if self.figure.windows else ""
        if self.typed.window not in self.figure.windows:
            known = ", ".join(self.figure.windows)
            hint = f"its windows are {known}" if known else "has no window: take this key out"
            self.say(("window",), f"{self.name}: {hint}")
        return self.typed.window

    def _min_sample(self) -> int | None:
        if self.typed.min_sample is not None and not self.figure.has_sample:
            self.say(("min_sample",), f"{self.name} is no ratio of a sample: take this key out")
        if self.typed.min_sample is None and self.base is not None:
            return self.base.min_sample
        return self.typed.min_sample


def further(typed: ComparisonTyped, severity: Severity, say: Say) -> Condition | None:
    """A comparison under `and`."""
    if typed.figure is None:
        say((), "needs a figure, such as figure: waiting")
        return None
    if any(levels.by_severity for _, levels in typed.comparisons()):
        say((), "has one limit: the severities are those of the rule's first comparison")
        return None
    return Comparing(typed, typed.figure, None, severity, say).condition()
