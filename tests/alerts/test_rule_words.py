"""Rules in plain words: of every figure, in both languages."""

from __future__ import annotations

import re

import pytest

from floorwatch.alerts.figures import FIGURES
from floorwatch.alerts.rule_words import rule_words
from floorwatch.floor.rules import Condition, Level, Limit, Rule, Selector

LIMITS = {"ratio": (0.8, "80 %", "80%"), "ms": (300_000, "5 min", "5 分钟"), "count": (7, "7", "7")}
PATTERNS = {"queue": "queues", "team": "teams", "source": "sources", "output": "outputs"}


@pytest.mark.parametrize("figure", FIGURES)
def test_every_figure_can_be_said(figure: str) -> None:
    """With its limit, its severities, its hold and keep time and whom it concerns, in sentences without a seam."""
    scope, unit = FIGURES[figure].scopes[-1], FIGURES[figure].unit
    number, english, chinese = LIMITS[unit]
    levels = (Level("warning", Limit(number)), Level("emergency", Limit(number / 10)))
    window = FIGURES[figure].windows[0] if FIGURES[figure].windows else ""
    selector = Selector(("re*", "blue")) if scope in PATTERNS else Selector()
    condition = Condition(figure, "below", levels, Limit(number * 1.1), window)
    rule = Rule("rule", scope, (condition,), hold_ms=90_000, keep_ms=600_000, selector=selector)
    said = {"en": rule_words(rule, 20, "en"), "zh": rule_words(rule, 20, "zh")}
    assert f"under {english} for 90 s: warning; " in said["en"]
    assert f"低于 {chinese}，持续 90 秒：警告；" in said["zh"]
    assert "or less: emergency. Over at " in said["en"]
    assert " for 10 min." in said["en"]
    assert "并保持 10 分钟即解除。" in said["zh"]
    if scope in PATTERNS:
        assert f"{PATTERNS[scope].capitalize()}: re*, blue." in said["en"]
        assert "：re*, blue。" in said["zh"]
    assert all("  " not in text and not re.search(r"[{}]|\.\.|。。", text) for text in said.values())
