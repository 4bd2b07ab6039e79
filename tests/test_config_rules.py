"""Rules as people write them: what they become, how they change the built-in ones, and how a mistake is answered."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from floorwatch.alerts.figures import FIGURES
from floorwatch.config import Config, load_config
from floorwatch.config.file import with_rules
from floorwatch.config.limits import typed_limit
from floorwatch.config.problems import ConfigError
from floorwatch.config.summary import summary
from floorwatch.floor.hours import Hours
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
        hours=Hours((day, day, day, day, day, (), ()), frozenset([holiday])),
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


QUEUES = "queues: {sales: {labels: {site: berlin}}, support: {channel: chat, service_level: {target: 50%}}}\n"


@pytest.mark.parametrize(
    ("bad", "answer"),
    [
        (
            "w: {figure: longest_weight, above: 90s}",
            "there is no figure 'longest_weight'; did you mean 'longest_wait'",
        ),
        ("w: {figure: longest_wait, over: 90s}", "w.over: unknown key; did you mean"),
        ("w: {figure: waiting, above: 3, and: [{figure: present, bellow: 2}]}", "unknown key; did you mean 'below'?"),
        ("service_level_lo: {for: 2m}", "no built-in rule of this name; did you mean 'service_level_low'?"),
        ("w: {for: 2m}", "w: needs a figure, such as figure: service_level"),
        ("w: {figure: waiting}", "w: needs a comparison: below, above, at_least or at_most"),
        (
            "w: {figure: waiting, above: 3, below: 9}",
            "w: has both below and above: keep one, and put the other under 'and'",
        ),
        (
            "no_agents: {figure: present, below: 1}",
            "is the built-in rule about waiting: a rule about present needs another",
        ),
        ("w: {figure: service_level, below: 90s}", "'90s' is a time, and service_level is a ratio, such as 80 %"),
        ("w: {figure: service_level, below: 80}", "'80': a ratio is at most 1, or 100 %; did you mean 80 %?"),
        ("w: {figure: service_level, below: 3T}", "'3T' is a time, and service_level is a ratio"),
        ("w: {figure: service_level, below: target - 5 %}", "what is added to the target is said in points"),
        (
            "w: {figure: longest_wait, above: target}",
            "'target' is a ratio, and longest_wait is a time, such as 90s or 3T",
        ),
        ("w: {figure: longest_wait, above: 80 %}", "'80 %' is a ratio, and longest_wait is a time"),
        ("w: {figure: waiting, above: 10s}", "'10s' is a time, and waiting is a number, such as 3"),
        (
            "w: {figure: outage, above: 3T}",
            "only a queue has a target and a threshold T: outage needs a time such as 90s",
        ),
        ("w: {figure: waiting, above: lots}", "must be a limit such as 80 %, 90s, 10"),
        (
            "w: {figure: waiting, above: 'max(3T, 2T)'}",
            "max() takes the greater of something plain and something of the",
        ),
        ("w: {figure: waiting, above: {warnign: 3}}", "there is no severity 'warnign'; did you mean 'warning'?"),
        (
            "w: {figure: waiting, above: {warning: 3}, severity: critical}",
            "each limit under 'above' has its own severity",
        ),
        (
            "service_level_low: {severity: critical}",
            "has a limit for warning and critical: give them, as below: {warning",
        ),
        (
            "w: {figure: waiting, above: {warning: 3, critical: 3}}",
            "critical (3) must be over warning (3): it is the worse",
        ),
        (
            "w: {figure: service_level, below: {warning: target, critical: 60 %}}",
            "critical (60 %) must be under warning (50 %): it is the worse of the two (queue support)",
        ),
        (
            "w: {figure: waiting, above: 3, clear: 5}",
            "clear: 5 must not be over the limit, 3: an alert would clear while",
        ),
        ("w: {figure: waiting, at_least: 0}", "waiting at least 0 always holds: choose another limit"),
        ("w: {figure: abandon_ratio, above: 100 %}", "abandon_ratio above 100 % never holds"),
        ("w: {figure: waiting, above: 3, window: 15m}", "w.window: waiting: has no window: take this key out"),
        ("w: {figure: occupancy, above: 90 %, window: day}", "w.window: occupancy: its windows are 5m, 15m, 30m, 60m"),
        ("w: {figure: waiting, above: 3, min_sample: 5}", "w.min_sample: waiting is no ratio of a sample"),
        (
            "w: {figure: waiting, above: 3, immediate: yes, for: 5s}",
            "fires at the very event, and the rule has a hold: set",
        ),
        ("service_level_low: {immediate: yes}", "and the rule has a hold: set for: 0s beside it"),
        (
            "w: {figure: projection, below: 70 %, immediate: yes}",
            "no event changes projection at once, it is read every",
        ),
        ("w: {figure: waiting, above: 3, every: 1500ms}", "w.every: must be whole seconds"),
        (
            "w: {figure: waiting, above: 3, queues: [salse]}",
            "w.queues.0: there is no queue 'salse'; did you mean 'sales'?",
        ),
        (
            "w: {figure: waiting, above: 3, queues: [x*]}",
            "there is no queue 'x*'; name it under 'queues:' of the config",
        ),
        ("w: {figure: waiting, above: 3, sources: [pbx]}", "w.sources: this rule is about a queue, not about a source"),
        (
            "w: {figure: outage, above: 3s, channels: [chat]}",
            "w.channels: only queues have channels, and this rule is about",
        ),
        (
            "w: {figure: waiting, above: 3, channels: [email]}",
            "no queue is of the channel email: they are of chat, voice",
        ),
        ("w: {figure: waiting, above: 3, labels: {site: rome}}", "no queue has the label site: rome; they have berlin"),
        ("w: {figure: waiting, above: 3, labels: {severity: page}}", "(what the alert is to carry is set_labels)"),
        (
            "w: {figure: waiting, above: 3, set_labels: {queue: x}}",
            "'queue' is a label that every alert has of its own",
        ),
        (
            "w: {figure: waiting, above: 3, mutes: [service_level]}",
            "no rule 'service_level'; did you mean 'service_level_low'?",
        ),
        (
            "w: {figure: waiting, above: 3, and: [{figure: outage, above: 3s}]}",
            "w.and.0: outage is about a source, and this",
        ),
        ("w: {figure: waiting, above: 3, and: [{above: 3}]}", "w.and.0: needs a figure, such as figure: waiting"),
        (
            "w: {figure: waiting, above: 3, and: [{figure: present, below: {warning: 3, critical: 2}}]}",
            "w.and.0: has one limit: the severities are those of the rule's first comparison",
        ),
        ("w: {figure: waiting, above: 3, scope: team}", "w.scope: waiting is a figure of a queue"),
        ("w: {figure: waiting, above: 3, hours: {mon-sun: closed}}", "w.hours: is never open"),
        ("two words: {figure: waiting, above: 3}", "a rule's name is a word of letters, digits"),
        (
            "w: {figure: waiting, above: 3, severity: {warning: 3}}",
            "limits of several severities stand with the comparison",
        ),
        ("w: {figure: waiting, above: 3, severity: grave}", "must be one of 'warning', 'critical', 'emergency'"),
        (
            "w: {figure: waiting, above: 3, playbook: [brings]}",
            "there is no step of a playbook 'brings'; did you mean 'bring'?",
        ),
        ("w: {figure: waiting, above: 3, advice: {en: '{wating} wait.'}}", "no fact 'wating'; did you mean 'waiting'?"),
        ("w: {figure: waiting, above: 3, advice: {de: Los!}}", "must be one of 'en', 'zh'"),
    ],
)
def test_a_mistake_is_named_with_its_line_and_the_way_out(tmp_path: Path, bad: str, answer: str) -> None:
    """One problem, at the line it stands in, with what mends it."""
    (problem,) = problems(tmp_path, f"{QUEUES}rules:\n  {bad}\n")
    assert problem.startswith("floor.yaml:3: rules.")
    assert answer in problem


def test_every_problem_is_named_at_once(tmp_path: Path) -> None:
    """Three rules, four mistakes, four lines."""
    found = problems(
        tmp_path,
        "rules:\n"
        "  a: {figure: waiting, above: 9s}\n"
        "  b:\n"
        "    figure: service_level\n"
        "    window: 15m\n"
        "    below: {warning: 3T, critical: 90s}\n"
        "  c: {above: 3}\n",
    )
    assert [problem.split(": ")[0] for problem in found] == [
        "floor.yaml:2",
        "floor.yaml:6",
        "floor.yaml:6",
        "floor.yaml:7",
    ]


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


def test_an_output_that_would_never_be_told_a_word(tmp_path: Path) -> None:
    """Rules, queues, labels and channels that no alert can have are named, wherever the rules stand."""
    outputs = "outputs: {desk: {type: webhook, url: 'http://127.0.0.1/', CHOSEN}}\n"
    mine = "rules: {mine: {figure: waiting, above: 5}, no_agents: {enabled: no}}\n"
    for chosen, answer in (
        ("rules: [mein]", "outputs.desk.rules.0: there is no rule 'mein'; did you mean 'mine'?"),
        ("rules: [no_agents]", "outputs.desk.rules.0: there is no rule 'no_agents'"),  # it is turned off
        ("queues: [salse]", "outputs.desk.queues.0: there is no queue 'salse'; did you mean 'sales'?"),
        ("labels: {site: rome}", "outputs.desk.labels.site: no queue has the label site: rome; they have berlin"),
        ("channels: [email]", "outputs.desk.channels.0: no queue is of the channel email"),
    ):
        (problem,) = problems(tmp_path, QUEUES + mine + outputs.replace("CHOSEN", chosen))
        assert problem.startswith(f"floor.yaml:3: {answer}")
    (tmp_path / "rules.yaml").write_text("mine: {figure: waiting, above: 5}\n", encoding="utf-8")
    assert load(tmp_path, "rules_file: rules.yaml\n" + outputs.replace("CHOSEN", "rules: [mi*, feed_down]"))
    (problem,) = problems(tmp_path, "rules_file: rules.yaml\n" + outputs.replace("CHOSEN", "rules: [mein]"))
    assert problem == "floor.yaml: outputs.desk.rules.0: there is no rule 'mein'; did you mean 'mine'?"


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
