"""The commands about rules: `test-rules`, `rules`, and `replay --rules`."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import msgspec
import pytest
from click.testing import Result
from typer.testing import CliRunner

from floorwatch.cli import app
from floorwatch.floor.events import Event
from floorwatch.floor.rules import DEFAULT_RULES
from floorwatch.rule_tests.file import read_tests

EXAMPLES = Path(__file__).parents[1] / "docs/examples/rules"


def floorwatch(*args: object) -> Result:
    return CliRunner().invoke(app, [str(arg) for arg in args])


def tried(folder: Path, text: str) -> Result:
    path = folder / "waits_test.yaml"
    path.write_text(text, encoding="utf-8")
    return floorwatch("test-rules", path)


@pytest.mark.parametrize("tests", sorted(EXAMPLES.glob("*_test.yaml")), ids=lambda path: path.name)
def test_the_examples_are_as_expected(tests: Path) -> None:
    """What we hand out as rules does what is said beside it."""
    result = floorwatch("test-rules", tests)
    assert result.exit_code == 0, result.output
    assert re.search(r"\d tests?, all as expected", result.output)


WAITS = """\
rules:
  line_forming: {figure: waiting, at_least: {warning: 3, critical: 6}, for: 20s}
tests:
  a line:
    timeline:
      - 10:00 contacts sales 4 abandoned after 50s
    expect:
      - at: 10:00:30
        rules: line_forming
        alerts:
          - {rule: line_forming, queue: sales, severity: warning, value: 4, fired_at: "10:00:20"}
"""


def test_what_is_not_as_expected_is_said_with_its_line(tmp_path: Path) -> None:
    """Each thing that differs, an alert that is missing and one that nobody named; exit status 1."""
    assert tried(tmp_path, WAITS).exit_code == 0
    result = tried(tmp_path, WAITS.replace("warning, value: 4", "critical, value: 5").replace("10:00:20", "10:00:21"))
    assert result.exit_code == 1
    assert result.stdout.replace(f"{tmp_path}/", "").splitlines() == [
        "FAILED  waits_test.yaml: a line",
        "        waits_test.yaml:8: at 10:00:30: line_forming sales: severity is warning, expected critical",
        "        waits_test.yaml:8: at 10:00:30: line_forming sales: fired_at is 10:00:20, expected 10:00:21",
        "        waits_test.yaml:8: at 10:00:30: line_forming sales: value is 4, expected 5",
        "1 test, 1 failed",
    ]
    there = "line_forming about sales (firing since 10:00:20, warning, value 4)"
    result = tried(tmp_path, WAITS.replace("queue: sales", "queue: support"))
    assert "there is no line_forming about support (firing)\n" in result.stdout
    assert f"not expected: {there}" in result.stdout
    result = tried(tmp_path, WAITS.replace("queue: sales,", "queue: sales, state: resolved,"))
    assert f"there is no line_forming about sales (resolved); there is {there}" in result.stdout


def test_an_alert_that_nobody_named_is_an_error(tmp_path: Path) -> None:
    """Silence is claimed as exactly as an alarm; `rules` says of which rules."""
    quiet = WAITS[: WAITS.index("        alerts:")]
    assert "not expected: line_forming about sales (firing" in tried(tmp_path, quiet).stdout
    assert tried(tmp_path, quiet.replace("rules: line_forming", "rules: service_*")).exit_code == 0


def test_values_are_compared_as_they_are_read(tmp_path: Path) -> None:
    """Cut to the places that were typed: 2 of 3 is 66 % and 66.6 %, not 67 %."""
    text = """\
rules: {low: {figure: service_level, window: 5m, below: 90 %, min_sample: 3}}
tests:
  two of three:
    timeline: [10:00 contacts q 2 answered after 5s, 10:00 contacts q 1 abandoned after 25s]
    expect: [{at: "10:00:30", rules: low, alerts: [{rule: low, queue: q, value: VALUE, n: 3}]}]
"""
    outcomes = {value: tried(tmp_path, text.replace("VALUE", value)).exit_code for value in ("66 %", "66.6 %", "0.66")}
    assert outcomes == {"66 %": 0, "66.6 %": 0, "0.66": 0}
    assert "value is 66.6 %, expected 67 %" in tried(tmp_path, text.replace("VALUE", "67 %")).stdout


def test_what_people_do_is_part_of_a_story(tmp_path: Path) -> None:
    """Acknowledged, by whom; and there must be something to acknowledge."""
    text = WAITS.replace("    expect:", "      - 10:00:25 acknowledge line_forming sales by Anna\n    expect:")
    text = text.replace("queue: sales,", "queue: sales, state: acknowledged, acknowledged_by: Anna,")
    assert tried(tmp_path, text).exit_code == 0
    result = tried(tmp_path, text.replace("acknowledge line_forming", "acknowledge no_agents"))
    assert "at 10:00:25: there is no no_agents about sales to acknowledge" in result.stdout


def test_who_is_told_and_what_is_told(tmp_path: Path) -> None:
    """Mutes by name, the sentence word by word, the advice by words of it; each difference is said."""
    text = WAITS.replace("value: 4,", "muted: no, message: '?', advice: {zh: 去喝茶},")
    result = tried(tmp_path, text)
    assert "message.en is 'sales: 4 contacts waiting, 3 or more since 10:00', expected '?'" in result.stdout
    assert "advice.zh is '" in result.stdout
    silenced = text.replace("    expect:", "      - 10:00-10:05 silence * * by Ben\n    expect:")
    assert "muted is silence (" in tried(tmp_path, silenced).stdout


def test_a_story_that_contradicts_itself_fails(tmp_path: Path) -> None:
    """Two ends of one contact: the test says so, and does not pass by luck."""
    left = "contact.abandoned contact=c queue=sales\n"
    twice = f"      - 10:01 {left}      - 10:01:05 {left}"
    result = tried(tmp_path, WAITS.replace("    expect:", twice + "    expect:").replace("at: 10:00:30", 'at: "10:02"'))
    assert result.exit_code == 1
    assert "the story contradicts itself: " in result.stdout


@pytest.mark.parametrize(
    ("was", "bad", "answer"),
    [
        ("queue: sales", "source: sales", "line_forming is about a queue: say queue: NAME"),
        ("queue: sales, ", "", 'waits_test.yaml:11: tests."a line".expect.0.alerts.0: needs what it is about: queue'),
        (
            "rule: line_forming",
            "rule: line_formin",
            "there is no rule 'line_formin' in force; did you mean 'line_forming'?",
        ),
        (
            "rules: line_forming",
            "rules: lines*",
            'waits_test.yaml:9: tests."a line".expect.0.rules.0: there is no rule',
        ),
        ("value: 4", "value: 4 %", "must be a number such as 5"),
        ("at: 10:00:30", "at: noon", "'noon' is no time of day such as 10:02"),
        (
            "4 abandoned",
            "4 abandonned",
            "waits_test.yaml:6: tests.\"a line\".timeline.0: 'abandonned after 50s' is not",
        ),
        ("at_least", "at_lest", "waits_test.yaml:2: rules.line_forming.at_lest: unknown key; did you mean 'at_least'?"),
        ("warning: 3", "warning: 3s", "waits_test.yaml:2: rules.line_forming.at_least: '3s' is a time, and waiting is"),
        ("rules:\n", "rules_file: none.yaml\nrules:\n", "rules_file: 'rules' stands here already: keep one of the two"),
        ("rules:\n", "config_file: none.yaml\nrules:\n", "none.yaml: cannot be read: No such file or directory"),
        (
            "rules:\n",
            "config: {queues: {sales: {hours: {mon: closed}}}}\nrules:\n",
            "config.queues.sales.hours: is never",
        ),
        ("severity: warning", "severty: warning", "unknown key; did you mean 'severity'?"),
    ],
)
def test_a_file_that_cannot_be_used(tmp_path: Path, was: str, bad: str, answer: str) -> None:
    """Exit status 2, the line, and the way out; nothing is run."""
    assert WAITS.count(was) == 1
    result = tried(tmp_path, WAITS.replace(was, bad))
    assert result.exit_code == 2
    assert answer in result.stderr
    assert not result.stdout


def test_a_replay_of_the_same_events_fires_the_same(tmp_path: Path) -> None:
    """A story runs through the engine that runs live: written down as events and replayed, its alerts are the same."""
    (test, *_) = read_tests(EXAMPLES / "loans_test.yaml")
    said = [one.what for one in test.story if isinstance(one.what, Event)]
    recorded = tmp_path / "day.jsonl"
    recorded.write_bytes(b"".join(msgspec.json.encode(event) + b"\n" for event in said))
    config = tmp_path / "loans_floor.yaml"
    config.write_text("site: {timezone: Europe/Berlin}\nqueues: {loans: , loans-vip: }\n", encoding="utf-8")
    shutil.copy(EXAMPLES / "loans.yaml", tmp_path / "loans.yaml")
    result = floorwatch("replay", recorded, "--config", config, "--rules", tmp_path / "loans.yaml")
    fired = [
        (alert["rule"], alert["labels"], alert["fired_at"], alert["resolved_at"])
        for alert in json.loads(result.stdout)["alerts"]
        if alert["rule"] == "line_forming"
    ]
    day = "2026-03-02T09"
    assert fired == [
        ("line_forming", {"queue": "loans"}, f"{day}:00:20.000Z", f"{day}:02:00.000Z"),
    ]


def test_the_rules_in_force_in_plain_words(tmp_path: Path) -> None:
    """Every rule, in both languages, with what is different in it; turned-off ones are not there."""
    config = tmp_path / "floor.yaml"
    config.write_text(
        "queues: {sales: {service_level: {target: 85 %, threshold: 30s}}}\n"
        "rules: {feed_down: {enabled: no}, service_level_low: {for: 2m, hours: {mon-fri: 08:00-18:00}},\n"
        "  many: {figure: waiting, above: 5, and: [{figure: longest_wait, above: 'max(60s, 2T + 10s)'}],"
        " queues: [sales]}}\n",
        encoding="utf-8",
    )
    result = floorwatch("rules", "--config", config)
    assert result.exit_code == 0
    english, chinese = result.stdout.split("现行规则")
    for rule in DEFAULT_RULES:
        assert (f"\n{rule.name}\n" in english) == (f"\n{rule.name}\n" in chinese) == (rule.name != "feed_down")
    assert (
        "service_level_low\n  service level (last 15 min, n 20 or more) under the target for 120 s: warning; the target"
        " − 20 points or less: critical. Over at the target + 2 points or more for 120 s. Hours: mon-fri 08:00-18:00.\n"
    ) in english
    assert (
        "many\n  waiting over 5 and longest wait over the greater of 60 s and 2 × T + 10 s: warning."
        " Over as soon as it no longer holds. Queues: sales.\n"
    ) in english
    assert "排队中超过 5，且最长等待超过 60 秒与 2 × T + 10 秒中较大者：警告。不再成立即解除。队列：sales。" in chinese
    assert "contacts wait and nobody is on the queue for 15 s: emergency." in english
    assert "sales: target 85 % in T = 30 s\n" in english
    assert "其他队列：目标 80%，T = 20 秒\n" in chinese
    assert "现行规则" not in floorwatch("rules", "--lang", "en").stdout


def test_the_rules_of_a_file_take_the_place_of_the_configured_ones(tmp_path: Path) -> None:
    """`--rules` beside a configuration that has rules of its own."""
    (tmp_path / "floor.yaml").write_text("rules: {mine: {figure: waiting, above: 5}}\n", encoding="utf-8")
    (tmp_path / "other.yaml").write_text("other: {figure: waiting, above: 6}\n", encoding="utf-8")
    shown = floorwatch("rules", "--config", tmp_path / "floor.yaml", "--rules", tmp_path / "other.yaml", "--lang", "en")
    assert "\nother\n" in shown.stdout
    assert "\nmine\n" not in shown.stdout
    (tmp_path / "other.yaml").write_text("other: {figure: waiting, abov: 6}\n", encoding="utf-8")
    wrong = floorwatch("replay", EXAMPLES / "loans.yaml", "--rules", tmp_path / "other.yaml")
    assert wrong.exit_code == 2
    assert "other.yaml:1: other.abov: unknown key; did you mean 'above'?" in wrong.stderr
