"""What things look like: the colours of the wallboard, and what a state is called.

Okabe-Ito, so that nobody has to tell red from green. Red is a breach and an alert, and nothing else; orange is what
needs a look. A state is said in words besides.
"""

from __future__ import annotations

from grafana_foundation_sdk.builders import dashboard as build
from grafana_foundation_sdk.models import dashboard as model

from floorwatch.floor.activity import ACTIVITIES
from floorwatch.metrics.catalogue import Language
from floorwatch.metrics.phrases import phrase

RED, ORANGE, GREEN, SKY, BLUE, YELLOW = "#D55E00", "#E69F00", "#009E73", "#56B4E9", "#0072B2", "#F0E442"
PURPLE, GREY, DARK = "#CC79A7", "#8E8E8E", "#555555"

ACTIVITY_COLOURS = {
    "talking": SKY,
    "on_hold": BLUE,
    "alerting": YELLOW,
    "wrap_up": PURPLE,
    "available": GREEN,
    "paused": ORANGE,
    "busy": GREY,
    "unreachable": DARK,
    "offline": DARK,
    "unknown": DARK,
}

Two = tuple[str, str]
"""A text in English and in Chinese."""
State = tuple[float, Two, str]
"""A value, what it is called, its colour."""

ALERT_STATES: tuple[State, ...] = (
    (0, ("over", "已恢复"), GREY),
    (1, ("pending", "待确认"), YELLOW),
    (2, ("firing", "告警中"), RED),
    (3, ("acknowledged", "已确认"), ORANGE),
)
QUEUE_STATES: tuple[State, ...] = (
    (0, ("unknown", "状态未知"), ORANGE),
    (1, ("closed", "停业"), GREY),
    (2, ("open", "营业中"), GREEN),
)
UP_STATES: tuple[State, ...] = ((0, ("lost", "中断"), ORANGE), (1, ("up", "在线"), GREEN))
GOOD_STATES: tuple[State, ...] = ((0, ("not kept", "未能保存"), ORANGE), (1, ("kept", "正常保存"), GREEN))
STANDING_STATES: tuple[State, ...] = ((0, ("works", "正常"), GREEN), (1, ("stands", "停住"), ORANGE))
FAILING_STATES: tuple[State, ...] = ((0, ("fine", "正常"), GREEN), (1, ("failing", "失败"), ORANGE))


def said(text: Two, lang: Language) -> str:
    """The text in this language."""
    return text[lang == "zh"]


def mapped(states: tuple[State, ...], lang: Language) -> list[model.ValueMapping]:
    """Numbers as words and colours."""
    results = {
        f"{value:g}": model.ValueMappingResult(text=said(name, lang), color=colour, index=place)
        for place, (value, name, colour) in enumerate(states)
    }
    return [model.ValueMap(options=results)]


def activity_states(lang: Language) -> tuple[State, ...]:
    """Every activity an agent may be in, by its place in `ACTIVITIES`."""
    return tuple(
        (place, (phrase(f"activity.{name}", "en"), phrase(f"activity.{name}", "zh")), ACTIVITY_COLOURS[name])
        for place, name in enumerate(ACTIVITIES)
    )


def steps(*marks: tuple[float | None, str]) -> build.ThresholdsConfig:
    """Colours from a value on; the first, of None, holds below all others."""
    return (
        build.ThresholdsConfig()
        .mode(model.ThresholdsMode.ABSOLUTE)
        .steps([model.Threshold(value, colour) for value, colour in marks])
    )


AGAINST_TARGET = ((None, RED), (0.0, GREEN))
"""Of a distance to a target: what is below it is red. A target belongs to its queue, so no figure of it stands here."""


def prop(name: str, value: object) -> model.DynamicConfigValue:
    """One property of an override."""
    return model.DynamicConfigValue(id_val=name, value=value)


def fixed(colour: str) -> model.DynamicConfigValue:
    """One colour."""
    return prop("color", {"mode": "fixed", "fixedColor": colour})
