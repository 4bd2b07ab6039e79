"""The back-test's benchmark: its rules can be read, those chosen are one of them, and its table says what was found."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import yaml

from benchmarks.backtest import CHOSEN, CONFIG, families, points, queues_of_the_chosen
from benchmarks.backtest_curve import FALSE_MIN, KINDS, picture, place
from benchmarks.backtest_curve import points as curve_points
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


def test_the_curve_joins_the_rules_of_a_kind() -> None:
    """By their limit, whatever their order in the file; variants with a hold of their own are no part of a line."""
    named = {"c_chance_95": (0.1, 0.9), "c_chance_50": (5.0, 1.0), "c_chance_95_1m": (0.0, 0.8), "a_15m_80": (0.0, 0.4)}
    rules = [{"rule": name, "false_alarms_per_day": x, "warned_ratio": y} for name, (x, y) in named.items()]
    assert curve_points({"rules": rules}, "c_chance") == [(5.0, 1.0), (0.1, 0.9)]
    assert curve_points({"rules": rules}, "a_15m") == [(0.0, 0.4)]
    drawn = ElementTree.fromstring(picture({"rules": rules}))
    circles = [one for one in drawn if one.tag.endswith("circle")]
    assert len(circles) == 3 + len(KINDS)
    assert place((0.0, 0.4))[0] == place((FALSE_MIN, 0.4))[0] < place((0.1, 0.4))[0]
