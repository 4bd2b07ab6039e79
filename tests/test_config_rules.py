"""Rules as people write them: what they become, how they change the built-in ones, and how a mistake is answered."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from floorwatch.alerts.figures import FIGURES
from floorwatch.config import Config, load_config
from floorwatch.config.file import with_rules
from floorwatch.config.hours import hours_of
from floorwatch.config.limits import typed_limit
from floorwatch.config.problems import ConfigError
from floorwatch.config.summary import summary
from floorwatch.floor.rules import (
    DEFAULT_RULES,
    FEED_DOWN,
    LONGEST_WAIT_HIGH,
    NO_AGENTS,
    SERVICE_LEVEL_LOW,
    Condition,
    Level,
    Limit,
    Rule,
    Selector,
)
from floorwatch.floor.settings import QueuePolicy


def load(folder: Path, text: str) -> Config:
    path = folder / "floor.yaml"
    path.write_text(text, encoding="utf-8")
    return load_config(path)


def rules(folder: Path, text: str) -> dict[str, Rule]:
    return {rule.name: rule for rule in load(folder, text).settings().rules}


def problems(folder: Path, text: str) -> list[str]:
    with pytest.raises(ConfigError) as wrong:
        load(folder, text)
    return [str(problem).replace(f"{folder}/", "") for problem in wrong.value.problems]


def test_without_a_word_the_built_in_rules_hold(tmp_path: Path) -> None:
    """Nothing configured: exactly the built-in ones, in their order."""
    assert load(tmp_path, "").settings().rules == DEFAULT_RULES


def test_every_key_of_a_rule_reaches_the_core(tmp_path: Path) -> None:
    """What is typed is what the engine is told, in milliseconds and ratios."""
    found = rules(
        tmp_path,
        """
site: {holidays: [2026-12-25]}
queues: {sales: {channel: chat, labels: {site: berlin}}}
rules:
  sales_drowning:
    figure: service_level
    window: 5m
    below: {warning: target, critical: target - 12.5 points, emergency: 20 %}
    clear: target + 2 points
    min_sample: 8
    and:
      - {figure: waiting, at_least: 3, clear: 1}
      - {figure: abandon_ratio, window: 30m, above: 5 %}
    for: 90s
    keep_firing_for: 2m
    queues: [sal*]
    channels: [chat]
    labels: {site: ber*}
    hours: {mon-fri: 08:00-18:00}
    every: 5s
    mutes: [longest_wait_high]
    set_labels: {owner: operations}
    playbook: [free, bring]
    advice: {en: "Call the lead, {waiting} wait.", zh: "请联系组长，{waiting} 人在等。"}
""",
    )
    day = ((8 * 3_600_000, 18 * 3_600_000),)
    (holiday,) = load(tmp_path, "site: {holidays: [2026-12-25]}").site.holidays
    assert found["sales_drowning"] == Rule(
        "sales_drowning",
        "queue",
        (
            Condition(
                "service_level",
                "below",
                (
                    Level("warning", Limit(of="target")),
                    Level("critical", Limit(-0.125, "target")),
                    Level("emergency", Limit(0.2)),
                ),
                Limit(0.02, "target"),
                "5m",
                8,
            ),
            Condition("waiting", "at_least", (Level("warning", Limit(3)),), Limit(1)),
            Condition("abandon_ratio", "above", (Level("warning", Limit(0.05)),), None, "30m"),
        ),
        hold_ms=90_000,
        keep_ms=120_000,
        selector=Selector(("sal*",), ("chat",), (("site", "ber*"),)),
        hours=hours_of({"mon-fri": day}, (holiday,)),
        every_s=5,
        mutes=("longest_wait_high",),
        labels=(("owner", "operations"),),
        playbook=("free", "bring"),
        advice=(("en", "Call the lead, {waiting} wait."), ("zh", "请联系组长，{waiting} 人在等。")),
    )
    assert [name for name in found if name != "sales_drowning"] == [rule.name for rule in DEFAULT_RULES]


def test_a_built_in_rule_keeps_what_is_not_said(tmp_path: Path) -> None:
    """Only the keys given change; new limits take their clear limit with them; `enabled: false` turns one off."""
    found = rules(
        tmp_path,
        "rules: {service_level_low: {for: 2m}, longest_wait_high: {above: 2m, severity: critical},"
        " no_agents: {severity: critical, mutes: []}, feed_down: {enabled: no}}",
    )
    assert found["service_level_low"].hold_ms == 120_000
    assert found["service_level_low"].conditions == SERVICE_LEVEL_LOW.conditions
    assert found["service_level_low"].keep_ms == SERVICE_LEVEL_LOW.keep_ms
    assert found["longest_wait_high"].conditions == (
        Condition("longest_wait", "above", (Level("critical", Limit(120_000)),)),
    )
    assert found["longest_wait_high"].hold_ms == LONGEST_WAIT_HIGH.hold_ms
    assert found["no_agents"].conditions[0].levels == (Level("critical", Limit(1)),)
    assert found["no_agents"].conditions[1:] == NO_AGENTS.conditions[1:]
    assert found["no_agents"].mutes == ()
    assert FEED_DOWN.name not in found


def test_the_built_in_rules_can_be_written_down(repository: Path) -> None:
    """The example that spells the built-in rules out means exactly them, so it is a page to start from."""
    config = with_rules(Config(), repository / "docs/examples/rules/built_in.yaml")
    assert config.settings().rules == DEFAULT_RULES
    assert config.rules.keys() == {rule.name for rule in DEFAULT_RULES}


@pytest.mark.parametrize(
    ("typed", "figure", "limit"),
    [
        ("80 %", "service_level", Limit(0.8)),
        ("0.8", "service_level", Limit(0.8)),
        ("87.5%", "service_level", Limit(0.875)),
        ("target", "service_level", Limit(of="target")),
        ("target - 5 points", "service_level", Limit(-0.05, "target")),
        ("target + 1 point", "service_level", Limit(0.01, "target")),
        ("max(50 %, target - 20 points)", "service_level", Limit(-0.2, "target", 1.0, 0.5)),
        ("90s", "longest_wait", Limit(90_000)),
        ("1m30s", "longest_wait", Limit(90_000)),
        ("90", "longest_wait", Limit(90_000)),
        ("T", "longest_wait", Limit(of="threshold")),
        ("3T", "longest_wait", Limit(0, "threshold", 3)),
        ("2 x T + 10s", "longest_wait", Limit(10_000, "threshold", 2)),
        ("max(60s, 3T)", "longest_wait", Limit(0, "threshold", 3, 60_000)),
        ("max(3T, 60s)", "longest_wait", Limit(0, "threshold", 3, 60_000)),
        ("10", "waiting", Limit(10)),
        ("2.5", "agents_short", Limit(2.5)),
    ],
)
def test_limits(typed: str, figure: str, limit: Limit) -> None:
    """Every way to write a limit."""
    assert typed_limit(typed).limit(figure, FIGURES[figure].unit, is_of_queue=True) == limit


@given(target=st.integers(1, 100), points=st.integers(0, 99), factor=st.integers(1, 20), seconds=st.integers(0, 3_600))
def test_a_limit_is_what_a_person_would_work_out(target: int, points: int, factor: int, seconds: int) -> None:
    """Points are taken from the target as decimals, and the greater of two is the greater, for any queue."""
    policy = QueuePolicy(target=target / 100, threshold_ms=20_000)
    level = typed_limit(f"target - {points} points").limit("service_level", "ratio", is_of_queue=True)
    assert level.value(policy) == round((target - points) / 100, 9)
    wait = typed_limit(f"max({seconds}s, {factor}T)").limit("longest_wait", "ms", is_of_queue=True)
    assert wait.value(policy) == max(seconds * 1000, factor * 20_000)


def test_rules_may_stand_in_a_file_of_their_own(tmp_path: Path) -> None:
    """The same rules, the same problems with the line of that file, and never in two places."""
    own = tmp_path / "rules.yaml"
    own.write_text("drowning: {figure: waiting, at_least: 5}\n", encoding="utf-8")
    assert "drowning" in rules(tmp_path, "rules_file: rules.yaml")
    (problem,) = problems(tmp_path, "rules_file: rules.yaml\nrules: {feed_down: {enabled: no}}")
    assert problem == "floor.yaml:1: rules_file: rules stand under 'rules' already: keep one of the two"
    own.write_text("drowning:\n  figure: waiting\n  at_least: 5\n  queues: [salse]\n", encoding="utf-8")
    (problem,) = problems(tmp_path, "rules_file: rules.yaml\nqueues: {sales: }")
    assert problem == "rules.yaml:4: drowning.queues.0: there is no queue 'salse'; did you mean 'sales'?"
    assert "drowning" in rules(tmp_path, "rules_file: rules.yaml")  # with no queue configured, any may turn up
    own.write_text("queues: {sales: }\nrules:\n  drowning: {figure: waiting, at_least: 5}\n", encoding="utf-8")
    (problem,) = problems(tmp_path, "rules_file: rules.yaml")
    assert problem.startswith("rules.yaml")
    assert "take out the word 'rules:', and all other sections" in problem


def test_what_is_different_is_shown(tmp_path: Path) -> None:
    """check-config says which rules were changed, turned off and added; nothing where all is as built in."""
    config = load(
        tmp_path,
        "rules: {w: {figure: waiting, above: 5}, v: {figure: waiting, above: 9, enabled: no}, feed_down: {for: 9s},"
        " no_agents: {enabled: no}}",
    )
    lines = [line.split(maxsplit=1)[1] for line in summary(config).splitlines() if line.split()[0] == "rules"]
    assert lines == ["changed: feed_down", "off: v, no_agents", "own: w"]
    assert "rules" not in summary(Config())


def test_labels_of_queues_reach_the_core(tmp_path: Path) -> None:
    """A queue's own labels take the place of those in `defaults`."""
    settings = load(tmp_path, "defaults: {labels: {b: 1, a: 2}}\nqueues: {x: , y: {labels: {c: 3}}}").settings()
    assert settings.default_policy.labels == (("a", "2"), ("b", "1"))
    assert [settings.policy(queue).labels for queue in ("x", "y", "z")] == [
        (("a", "2"), ("b", "1")),
        (("c", "3"),),
        (("a", "2"), ("b", "1")),
    ]
