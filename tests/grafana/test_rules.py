"""The bundled rules and routes, checked and tried out by Prometheus' and Alertmanager's own tools."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from floorwatch.floor.outputs import PUBLIC_SCOPES
from grafana.queries import gained

Tool = Callable[[str], str]
HERE = Path(__file__).parent


def run(*command: str) -> str:
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture
def grafana(repository: Path) -> Path:
    """The folder that the wheel carries."""
    return repository / "grafana"


def test_the_rules_are_in_order(tool: Tool, grafana: Path) -> None:
    """promtool finds nothing wrong with any file of rules, by its lint too."""
    for path in (grafana / "prometheus/rules").glob("*.yml"):
        run(tool("promtool"), "check", "rules", "--lint=all", "--lint-fatal", str(path))


def test_the_rules_do_what_they_are_for(tool: Tool, grafana: Path, tmp_path: Path) -> None:
    """What fires when, with which words, and what is recorded: told to promtool as stories."""
    rules = json.dumps([str(path) for path in sorted((grafana / "prometheus/rules").glob("*.yml"))])
    told = (HERE / "rules_test.yml").read_text(encoding="utf-8").replace("RULES", rules, 1)
    path = tmp_path / "rules_test.yml"
    path.write_text(told, encoding="utf-8")
    run(tool("promtool"), "test", "rules", str(path))
    tried = {test["alertname"] for story in yaml.safe_load(told)["tests"] for test in story.get("alert_rule_test", ())}
    (group,) = yaml.safe_load((grafana / "prometheus/rules/alerts.yml").read_text(encoding="utf-8"))["groups"]
    assert tried == {rule["alert"] for rule in group["rules"]}


def test_what_an_interval_gained_is_counted_to_the_contact(tool: Tool, tmp_path: Path) -> None:
    """A closed interval, the open one so far, and one in which the counter began anew and passed where it had been."""
    told = {
        "rule_files": [],
        "tests": [
            {
                "interval": "1m",
                "input_series": [{"series": "c_total", "values": "0+3x40 0+7x46"}],  # begins anew at minute 41
                "promql_expr_test": [
                    {
                        "expr": f"round({gained('c_total', '30m')}, 0.001)",
                        "eval_time": f"{minute}m",
                        "exp_samples": [{"labels": "{}", "value": value}],
                    }
                    for minute, value in ((0, 90), (30, 30 + 19 * 7), (60, 27 * 7), (87, 0))
                ],
            }
        ],
    }
    path = tmp_path / "gained.yml"
    path.write_text(yaml.safe_dump(told), encoding="utf-8")
    run(tool("promtool"), "test", "rules", str(path))


def test_the_scrape_is_in_order(tool: Tool, grafana: Path, tmp_path: Path) -> None:
    """promtool takes the configuration with its rules, where the token is; the floor's site is said here."""
    text = (grafana / "prometheus/prometheus.yml").read_text(encoding="utf-8")
    (tmp_path / "rules").symlink_to(grafana / "prometheus/rules")
    (tmp_path / "metrics.token").write_text("fw_metrics_x")
    path = tmp_path / "prometheus.yml"
    path.write_text(text.replace("/etc/prometheus/secrets/", f"{tmp_path}/"), encoding="utf-8")
    run(tool("promtool"), "check", "config", str(path))
    assert yaml.safe_load(text)["scrape_configs"][0]["static_configs"][0]["labels"] == {"site": "main"}


def test_an_alert_is_held_back_by_none_about_something_else(grafana: Path) -> None:
    """One that has got worse holds back its own lower degree, not the one of another queue, feed, output or trouble;
    and each is told of apart."""
    config = yaml.safe_load((grafana / "alertmanager/alertmanager.yml").read_text(encoding="utf-8"))
    assert {*config["route"]["group_by"]} >= {"site", "rule", *PUBLIC_SCOPES}
    worse = [rule for rule in config["inhibit_rules"] if "severity" in str(rule["source_matchers"])]
    assert len(worse) == 2
    assert all({*rule["equal"]} == {"site", "rule", *PUBLIC_SCOPES} for rule in worse)


def test_the_routes_are_in_order(tool: Tool, grafana: Path) -> None:
    """amtool takes the configuration, and sends each alert where it belongs."""
    config = str(grafana / "alertmanager/alertmanager.yml")
    run(tool("amtool"), "check-config", config)
    for receiver, labels in {
        "dead-man": ["alertname=Watchdog", "severity=none"],
        "on-call": ["alertname=FloorwatchAlert", "severity=emergency"],
        "leads": ["alertname=FloorwatchAlert", "severity=warning"],
    }.items():
        assert run(tool("amtool"), "config", "routes", "test", f"--config.file={config}", *labels).strip() == receiver
