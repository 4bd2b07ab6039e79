"""Rules as people type them: `rules:` of the configuration, and the files of `rules_file:` and `--rules`.

A rule under the name of a built-in one changes the keys it gives; any other is a rule of the site's own. What a key
means: docs/rules.md. What becomes of them, and what no single key shows: `config.rules_in_force`.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Annotated, Any, Literal, get_args

from pydantic import AfterValidator, BeforeValidator, Field, RootModel, WithJsonSchema, model_validator

from floorwatch.alerts.advice import STEPS, facts_named
from floorwatch.alerts.facts import FACTS
from floorwatch.alerts.figures import FIGURES
from floorwatch.config.hours import BusinessHours
from floorwatch.config.limits import LevelsTyped, LimitTyped, TypedLevels
from floorwatch.config.values import DurationMs, Name, Names, Section
from floorwatch.floor.rules import Compare, Scope, Severity
from floorwatch.nearest import did_you_mean

Channel = Literal["voice", "chat", "email", "message", "task", "callback"]
LabelName = Annotated[str, Field(pattern=r"^[a-zA-Z_][a-zA-Z0-9_]*$", max_length=64)]
COMPARISONS: tuple[Compare, ...] = get_args(Compare)
_TAKEN_LABELS = frozenset((*get_args(Scope), "rule", "severity", "alertname", "site"))


def _known(name: str, there_are: Collection[str], what: str) -> str:
    if name not in there_are:
        hint = did_you_mean(name, there_are, f"there are: {', '.join(there_are)}")
        raise ValueError(f"there is no {what} '{name}'; {hint}")
    return name


def _is_figure(name: str) -> str:
    return _known(name, FIGURES, "figure")


def _is_step(name: str) -> str:
    return _known(name, STEPS, "step of a playbook")


def _names_facts(text: str) -> str:
    for name in facts_named(text):
        _known(name, FACTS, "fact")
    return text


def _is_free_label(name: str) -> str:
    if name in _TAKEN_LABELS:
        raise ValueError(f"'{name}' is a label that every alert has of its own: choose another name")
    return name


FigureName = Annotated[Name, AfterValidator(_is_figure), WithJsonSchema({"enum": list(FIGURES)})]
StepName = Annotated[Name, AfterValidator(_is_step), WithJsonSchema({"enum": list(STEPS)})]
"""Editors are told what there is; the answer to a typo is ours."""


class ComparisonTyped(Section):
    """One comparison of one figure."""

    figure: FigureName | None = None
    window: Literal["5m", "15m", "30m", "60m", "interval", "day"] | None = None
    below: LevelsTyped | None = None
    above: LevelsTyped | None = None
    at_least: LevelsTyped | None = None
    at_most: LevelsTyped | None = None
    clear: LimitTyped | None = None
    min_sample: int | None = Field(None, ge=1)

    def comparisons(self) -> list[tuple[Compare, TypedLevels]]:
        """Those that were typed; one is right."""
        typed = ((compare, getattr(self, compare)) for compare in COMPARISONS)
        return [(compare, levels) for compare, levels in typed if levels is not None]


def _is_word(typed: object) -> object:
    if isinstance(typed, dict):
        raise ValueError(
            "limits of several severities stand with the comparison, as below: {warning: 80 %, critical: 60 %}"
        )
    return typed


class RuleTyped(ComparisonTyped):
    """One rule, or what is different in a built-in one."""

    and_: tuple[ComparisonTyped, ...] = Field((), alias="and")
    severity: Annotated[Severity, BeforeValidator(_is_word)] | None = None
    for_ms: DurationMs | None = Field(None, alias="for")
    keep_firing_for_ms: DurationMs | None = Field(None, alias="keep_firing_for")
    scope: Scope | None = None
    queues: Names = ()
    teams: Names = ()
    sources: Names = ()
    outputs: Names = ()
    channels: tuple[Channel, ...] = ()
    labels: dict[Name, Name] = Field({})
    hours: BusinessHours | None = None
    immediate: bool = False
    every_ms: DurationMs | None = Field(None, alias="every")
    mutes: Names = ()
    set_labels: dict[Annotated[LabelName, AfterValidator(_is_free_label)], Name] = Field({})
    playbook: tuple[StepName, ...] = ()
    advice: dict[Literal["en", "zh"], Annotated[Name, AfterValidator(_names_facts)]] = Field({})
    enabled: bool = True


def _is_plain(name: str) -> str:
    if not re.fullmatch(r"[\w.-]+", name):
        raise ValueError("a rule's name is a word of letters, digits, '_', '-' and '.': it becomes part of addresses")
    return name


RulesTyped = dict[Annotated[Name, AfterValidator(_is_plain)], RuleTyped]


class RulesFile(RootModel[RulesTyped]):
    """A file of rules and nothing else: the same as what stands under `rules:` of the configuration."""

    @model_validator(mode="before")
    @classmethod
    def _no_heading(cls, typed: Any) -> Any:
        """A configuration, or its `rules:` copied with the word, would be complained of rule by rule."""
        inside = typed.get("rules") if isinstance(typed, dict) else None
        if isinstance(inside, dict) and all(isinstance(rule, dict | None) for rule in inside.values()):
            raise ValueError("a file of rules holds rules alone: take out the word 'rules:', and all other sections")
        return typed
