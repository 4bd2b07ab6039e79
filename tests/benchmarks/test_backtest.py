"""The back-test's benchmark: its rules can be read, those chosen are one of them, and its table says what was found."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import yaml

from benchmarks.backtest import CHOSEN, CONFIG, families, points, queues_of_the_chosen
from floorwatch.config.file import load_config, with_rules
from floorwatch.floor.rules import Rule


def in_force(path: Path) -> dict[str, Rule]:
    return {rule.name: rule for rule in with_rules(load_config(CONFIG), path).settings().rules}


def test_the_chosen_rule_is_one_of_those_that_were_tried(tmp_path: Path) -> None:
    """Every rule of the families is good, and the file that is reported on says the same as the point on the curve."""
    path = tmp_path / "families.yaml"
    path.write_text(yaml.safe_dump(families(queues_of_the_chosen())))
    tried = in_force(path)
    chosen = in_force(CHOSEN)["half_hour_will_miss"]
    assert [replace(rule, name=chosen.name) for rule in tried.values()].count(chosen) == 1
    for family in ("a_", "b_", "c_"):
        assert sum(name.startswith(family) for name in tried) >= 8


def test_a_point_of_the_curve() -> None:
    """Best of a family first; a rule with nothing to warn of, or that is not about queues, is no point."""
    figures = {"missed": 8, "covered": 6, "false_alarms_per_day": 0.5, "pages_per_hour": 0.25}
    rules = [
        {"rule": "a_low", **figures, "warned_ratio": 0.25, "lead_seconds_median": 900.0},
        {"rule": "a_high", **figures, "warned_ratio": 0.5, "lead_seconds_median": None},
        {"rule": "feed_down", "missed": None, "warned_ratio": None},
    ]
    _, _, *rows = points({"rules": rules})
    assert rows == [
        "| a_high | 50.0 % | 75.0 % | 0.50 | 0.25 | – |",
        "| a_low | 25.0 % | 75.0 % | 0.50 | 0.25 | 15.0 |",
    ]
