"""A file of rule tests, as people type it: the floor, the rules, and for each test a story and what is expected when.

Every mistake is named with its line before anything runs; see docs/rules.md, "Tests of rules".
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from pydantic import BeforeValidator, Field, ValidationInfo, field_validator

from floorwatch.alerts.figures import FIGURES
from floorwatch.config import Config, load_config
from floorwatch.config.file import contradictions as contradictions_of_config
from floorwatch.config.file import with_rules
from floorwatch.config.marked_yaml import KeyPath
from floorwatch.config.reading import read_with_lines
from floorwatch.config.rules import RulesTyped
from floorwatch.config.rules_in_force import contradictions as contradictions_of_rules
from floorwatch.config.values import Name, Names, Section, beside_the_config
from floorwatch.floor.rules import Rule, Scope, Severity
from floorwatch.floor.settings import Settings
from floorwatch.nearest import did_you_mean
from floorwatch.rule_tests.day import Day
from floorwatch.rule_tests.lines import Line, read_line
from floorwatch.rule_tests.traffic import StoryError, Told, told
from floorwatch.rule_tests.values import is_value

_DATE = date(2026, 3, 2)
"""A Monday, far from any change of the clocks."""


def _story_line(typed: object) -> Any:
    if isinstance(typed, str) and typed.strip():
        return typed
    if isinstance(typed, dict) and {"at", "type"} <= typed.keys():
        return typed
    raise ValueError("must be a line such as '10:00-10:15 contacts sales every 10s', or an event with at and type")


def _one_or_several(typed: object) -> object:
    return (typed,) if isinstance(typed, str) else typed


def _in_english(typed: object) -> object:
    return {"en": typed} if isinstance(typed, str) else typed


ByLanguage = Annotated[dict[Literal["en", "zh"], str], BeforeValidator(_in_english)]


class ExpectedAlert(Section):
    """An alert that is there. What is not said of it may be anything."""

    rule: Name
    state: Literal["pending", "firing", "acknowledged", "resolved"] = "firing"
    queue: Name | None = None
    team: Name | None = None
    floor: Name | None = None
    source: Name | None = None
    output: Name | None = None
    daemon: Name | None = None
    severity: Severity | None = None
    value: Name | None = None
    n: int | None = None
    pending_at: Name | None = None
    fired_at: Name | None = None
    resolved_at: Name | None = None
    reason: Literal["cleared", "no_contacts", "period_over", "off_hours"] | None = None
    acknowledged_by: Name | None = None
    labels: dict[Name, str] | None = None
    muted: Literal["snooze", "silence", "rule", "no"] | None = None
    message: ByLanguage = Field({})
    advice: ByLanguage = Field({})
    """Words that what is said to leads holds."""

    def subject(self) -> str | None:
        """What it is about; None when it is not said."""
        said = (self.queue, self.team, self.floor, self.source, self.output, self.daemon)
        return next((name for name in said if name is not None), None)


SUBJECTS: tuple[Scope, ...] = ("queue", "team", "floor", "source", "output", "daemon")
CLOCKS = ("pending_at", "fired_at", "resolved_at")


class Expectation(Section):
    """What alerts there are right after the tick of this instant: these, and no others."""

    at: Name
    rules: Annotated[Names, BeforeValidator(_one_or_several)] = ()
    alerts: tuple[ExpectedAlert, ...] = ()


class RuleTest(Section):
    """One test."""

    timeline: tuple[Annotated[Any, BeforeValidator(_story_line)], ...]
    expect: tuple[Expectation, ...] = Field(min_length=1)


class RuleTestFile(Section):
    """The whole file."""

    config: Config = Config()
    config_file: Path | None = None
    rules: RulesTyped = Field({})
    rules_file: Path | None = None
    date_: date = Field(_DATE, alias="date")
    source: Name = "pbx"
    tests: dict[Name, RuleTest] = Field(min_length=1)

    @field_validator("config_file", "rules_file")
    @classmethod
    def _resolved(cls, path: Path | None, info: ValidationInfo) -> Path | None:
        return None if path is None else beside_the_config(path, info)


@dataclass(frozen=True, slots=True)
class Expected:
    """What is expected, at which instant, and in which line of the file it stands."""

    line: int | None
    at: int
    what: Expectation


@dataclass(frozen=True, slots=True)
class ReadyTest:
    """A test that can be run."""

    name: str
    line: int | None
    settings: Settings
    day: Day
    story: list[Told]
    expect: tuple[Expected, ...]


def read_tests(path: Path) -> list[ReadyTest]:
    """The tests of a file, ready to be run. Raises `ConfigError`, which names every line that is wrong."""
    reading = _Reading()
    file, tree = read_with_lines(path, RuleTestFile, reading.problems)
    return [
        ReadyTest(
            name,
            tree.line(("tests", name)),
            reading.settings,
            reading.day,
            reading.stories[name],
            tuple(
                Expected(tree.line(("tests", name, "expect", place)), reading.day.at(one.at), one)
                for place, one in enumerate(test.expect)
            ),
        )
        for name, test in file.tests.items()
    ]


class _Reading:
    """What becomes of a file while it is checked."""

    settings: Settings
    day: Day

    def __init__(self) -> None:
        self.stories: dict[str, list[Told]] = {}

    def problems(self, file: RuleTestFile) -> Iterator[tuple[KeyPath, str]]:
        """(the key, what is wrong and what mends it)."""
        if twice := [key for key in ("config", "rules") if {key, f"{key}_file"} <= file.model_fields_set]:
            yield (f"{twice[0]}_file",), f"'{twice[0]}' stands here already: keep one of the two"
            return
        config = file.config if file.config_file is None else load_config(file.config_file)
        yield from ((("config", *key), text) for key, text in contradictions_of_config(file.config))
        for rules_file in (file.config.rules_file, file.rules_file):
            config = config if rules_file is None else with_rules(config, rules_file)
        if file.rules:
            found = list(contradictions_of_rules(file.rules, config.site.holidays, config.known()))
            yield from ((("rules", *key), text) for key, text in found)
            config = config.model_copy(update={"rules": file.rules})
        self.settings = config.settings()
        self.day = Day(file.date_, ZoneInfo(config.site.timezone))
        for name, test in file.tests.items():
            yield from ((("tests", name, *key), text) for key, text in self._story(name, test, file.source))
            for place, expectation in enumerate(test.expect):
                above = ("tests", name, "expect", place)
                yield from (((*above, *key), text) for key, text in self._expectation(expectation))

    def _story(self, name: str, test: RuleTest, source: str) -> Iterator[tuple[KeyPath, str]]:
        lines: list[Line] = []
        for place, typed in enumerate(test.timeline):
            try:
                lines.append(read_line(typed, self.day, source))
            except ValueError as wrong:
                yield ("timeline", place), str(wrong)
        if len(lines) == len(test.timeline):
            try:
                self.stories[name] = told(lines, self.day, source)
            except StoryError as wrong:
                yield ("timeline", wrong.line), wrong.why

    def _expectation(self, expectation: Expectation) -> Iterator[tuple[KeyPath, str]]:
        yield from self._clock(expectation.at, "at")
        names = [rule.name for rule in self.settings.rules]
        for place, pattern in enumerate(expectation.rules):
            if not any(fnmatchcase(name, pattern) for name in names):
                yield ("rules", place), _no_rule(pattern, names)
        for place, alert in enumerate(expectation.alerts):
            above = ("alerts", place)
            rule = next((rule for rule in self.settings.rules if rule.name == alert.rule), None)
            if rule is None:
                yield (*above, "rule"), _no_rule(alert.rule, names)
                continue
            yield from (((*above, *key), text) for key, text in self._alert(alert, rule))

    def _alert(self, alert: ExpectedAlert, rule: Rule) -> Iterator[tuple[KeyPath, str]]:
        for scope in SUBJECTS:
            if getattr(alert, scope) is not None and scope != rule.scope:
                yield (scope,), f"{rule.name} is about a {rule.scope}: say {rule.scope}: NAME"
        if alert.subject() is None:
            yield (), f"needs what it is about: {rule.scope}: NAME"
        for key in CLOCKS:
            if (clock := getattr(alert, key)) is not None:
                yield from self._clock(clock, key)
        if alert.value is not None:
            try:
                is_value(alert.value, None, FIGURES[rule.figure].unit)
            except ValueError as wrong:
                yield ("value",), str(wrong)

    def _clock(self, typed: str, key: str) -> Iterator[tuple[KeyPath, str]]:
        try:
            self.day.at(typed)
        except ValueError as wrong:
            yield (key,), str(wrong)


def _no_rule(name: str, names: Sequence[str]) -> str:
    hint = did_you_mean(name, names, f"there are: {', '.join(names)}")
    return f"there is no rule '{name}' in force; {hint}"
