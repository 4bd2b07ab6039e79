"""The schema of the configuration: what an editor underlines is what `check-config` refuses."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

from floorwatch.cli.schema import Document, text_of
from floorwatch.config import load_config
from floorwatch.config.problems import ConfigError

SCHEMA = Draft202012Validator(json.loads(text_of(Document.config)))


def editor_takes(text: str) -> bool:
    """Whether an editor with the schema finds nothing to underline."""
    return SCHEMA.is_valid(yaml.safe_load(text))


def we_take(folder: Path, text: str) -> bool:
    """Whether `check-config` finds nothing wrong."""
    path = folder / "floorwatch.yaml"
    path.write_text(text, encoding="utf-8")
    try:
        load_config(path)
    except ConfigError:
        return False
    return True


@pytest.mark.parametrize("page", ["README.md", "docs/configuration.md"])
def test_the_examples_of_the_documents_fit(repository: Path, page: str) -> None:
    """What we tell people to type is not underlined."""
    examples = re.findall(r"```yaml\n(.*?)```", (repository / page).read_text(encoding="utf-8"), re.DOTALL)
    assert examples
    assert all(editor_takes(example) for example in examples)


def test_the_rules_of_the_front_page_hold_in_its_configuration(repository: Path, tmp_path: Path) -> None:
    """Whoever types the ten lines, and then the rules and outputs below them, is not refused."""
    examples = re.findall(r"```yaml\n(.*?)```", (repository / "README.md").read_text(encoding="utf-8"), re.DOTALL)
    assert any(example.startswith("rules:") for example in examples)
    for secret in re.findall(r"secret_file: ([\w.]+)", "".join(examples)):
        (tmp_path / secret).write_text("a-secret-of-ours", encoding="utf-8")
        (tmp_path / secret).chmod(0o600)
    (floor,) = [example for example in examples if example.startswith("site:")]
    assert we_take(tmp_path, floor + "".join(example for example in examples if example.startswith("rules:")))


def test_the_configuration_of_the_reference_day_fits(repository: Path) -> None:
    """A real one."""
    assert editor_takes((repository / "tests/reference_days/small/floorwatch.yaml").read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    "good",
    [
        "",
        "queues:\n  sales:\n",
        "interval: 30m\nlateness: 90\nmin_sample: 1",
        "lateness: 1m30s",
        "lateness: 1.5 m",
        "lateness: 500ms",
        "defaults: {wrap_up: 0s, service_level: {target: 1, threshold: 4h}}",
        "defaults: {service_level: {target: 87.5%}}",
        "staffing: {shrinkage: 0}",
        "staffing: {shrinkage: 32.5%}",
        "site: {day_start: '6:00', timezone: Europe/Berlin}",
        "sources: {pbx: {type: asterisk, host: pbx, user: floorwatch, quiet: 2m, quiet_hours: 08:00-20:00}}",
        "rules: {w: {figure: longest_wait, above: 'max(60s, 3T)', clear: T, for: 30s, keep_firing_for: 1m30s}}",
        "rules: {w: {figure: waiting, at_least: {warning: 3, critical: 10}, and: [{figure: present, at_most: 2}]}}",
        "rules: {w: {figure: service_level, below: {warning: target, critical: target - 9 points}, playbook: [bring]}}",
        "rules: {w: {figure: abandon_ratio, above: 7.5 %, window: day, immediate: true, channels: [voice]}}",
        "rules: {w: {figure: waiting, above: 5, labels: {b: c*}}}\nqueues: {sales: {labels: {b: cd}}}",
        "rules: {w: {figure: occupancy, above: 0.9, hours: {mon-fri: 08:00-18:00}}, feed_down: {enabled: false}}",
    ],
)
def test_what_is_right_is_not_underlined(tmp_path: Path, good: str) -> None:
    """Every way of writing a value that the documents name."""
    assert we_take(tmp_path, good)
    assert editor_takes(good)


@pytest.mark.parametrize(
    "bad",
    [
        "- sales",
        "sites: {}",
        "queues: {sales: {sla: 80%}}",
        "queues: [sales]",
        "staffing: {shrinkage: 1}",
        "staffing: {shrinkage: 30}",
        "defaults: {channel: fax}",
        "defaults: {service_level: {formula: best}}",
        "defaults: {service_level: {target: 1.2}}",
        "defaults: {service_level: {target: 0}}",
        "defaults: {service_level: {target: eighty}}",
        "defaults: {service_level: {threshold: 20 seconds}}",
        "defaults: {service_level: {threshold: ''}}",
        "defaults: {service_level: {threshold: -5}}",
        "defaults: {wrap_up: [20s]}",
        "site: {day_start: '25:00'}",
        "http: {port: 65536}",
        "min_sample: 0",
        "rules: {w: {figure: waitings, above: 3}}",
        "rules: {w: {figure: waiting, abov: 3}}",
        "rules: {w: {figure: waiting, above: lots}}",
        "rules: {w: {figure: waiting, above: {warnign: 3}}}",
        "rules: {w: {figure: waiting, above: 'max(3)'}}",
        "rules: {w: {figure: waiting, above: -3}}",
        "rules: {w: {figure: waiting, above: 3, for: soon}}",
        "rules: {w: {figure: waiting, above: 3, playbook: [brings]}}",
        "rules: {w: {figure: waiting, above: 3, advice: {de: Los}}}",
        "rules: {w: {figure: waiting, above: 3, and: [{figure: present, at_mst: 2}]}}",
        "sources: {pbx: {path: queue_log}}",
        "sources: {pbx: {type: asterisc}}",
        "sources: {pbx: {type: events, path: day.jsonl, quiet_hours: always}}",
    ],
)
def test_what_is_wrong_is_underlined(tmp_path: Path, bad: str) -> None:
    """Unknown keys, unknown words, values of another kind: found while they are typed."""
    assert not we_take(tmp_path, bad)
    assert not editor_takes(bad)


def test_every_key_is_there(repository: Path) -> None:
    """Whatever docs/configuration.md explains can be completed."""
    text = (repository / "docs/configuration.md").read_text(encoding="utf-8")
    keys = re.findall(r"^\| `([\w.]+)` \|", text, re.MULTILINE)
    assert len(keys) > 20
    for key in keys:
        form: Any = SCHEMA.schema
        for part in key.split("."):
            form = form["properties"][part] if part != "NAME" else form["additionalProperties"]
            if "$ref" in form:
                form = SCHEMA.schema["$defs"][form["$ref"].removeprefix("#/$defs/")]
