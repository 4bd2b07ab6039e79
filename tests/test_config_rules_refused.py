"""How a mistake in a rule is answered: its line, and the way out; and nothing that is typed can do worse than that."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from floorwatch.alerts.rule_words import rule_words
from floorwatch.config import Config, load_config
from floorwatch.config.problems import ConfigError, Problem
from floorwatch.engine import Engine
from floorwatch.floor.settings import Settings
from floorwatch.metrics.catalogue import LANGUAGES


def load(folder: Path, text: str) -> Config:
    path = folder / "floor.yaml"
    path.write_text(text, encoding="utf-8")
    return load_config(path)


def problems(folder: Path, text: str) -> list[str]:
    with pytest.raises(ConfigError) as wrong:
        load(folder, text)
    return [str(problem).replace(f"{folder}/", "") for problem in wrong.value.problems]


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


def taken(folder: Path, text: str) -> Settings | list[Problem]:
    """What the core is told, or what is wrong."""
    try:
        return load(folder, text).settings()
    except ConfigError as wrong:
        return wrong.problems


LIMITS = (
    "80 %",
    "0.8",
    "90s",
    "10",
    "0",
    "target",
    "target - 5 points",
    "3T",
    "max(60s, 3T)",
    "1.5",
    "T + 10s",
    "-1",
    "",
)
TYPED: dict[str, tuple[Any, ...]] = {
    "figure": ("service_level", "waiting", "longest_wait", "occupancy", "exceptions", "outage", "trouble", "nothing"),
    "window": ("5m", "interval", "day", "2m"),
    "below": (*LIMITS, {"warning": "target", "critical": "10 %"}, {"critical": "3"}, []),
    "above": (*LIMITS, {"warning": "3", "emergency": "3T"}),
    "at_least": LIMITS,
    "at_most": LIMITS,
    "clear": LIMITS,
    "min_sample": ("5", "0"),
    "and": ([{"figure": "present", "at_most": "0"}], [{"figure": "waiting"}], [{}], {}, [{"above": "3"}]),
    "severity": ("warning", "grave", {"warning": "3"}),
    "for": ("30s", "0", "soon"),
    "keep_firing_for": ("1m",),
    "scope": ("floor", "queue"),
    "queues": (["sales"], ["s*"], ["nobody"], "sales"),
    "teams": (["red"],),
    "channels": (["voice"], ["fax"]),
    "labels": ({"site": "berlin"}, {"site": ["berlin"]}),
    "hours": ({"mon-fri": "08:00-18:00"}, {"daily": "closed"}, "always"),
    "immediate": ("yes", "no", "maybe"),
    "every": ("30s", "1500ms", "0"),
    "mutes": (["*"], ["service_level_low"], ["nobody"]),
    "set_labels": ({"owner": "desk"}, {"queue": "x"}, {"a b": "c"}),
    "playbook": (["bring"], ["nothing"]),
    "advice": ({"en": "{waiting} wait."}, {"en": "{nobody}"}, {"zh": "{"}),
    "enabled": ("yes", "no"),
}


@settings(max_examples=150)
@given(
    name=st.sampled_from(("service_level_low", "no_agents", "clock_offset", "mine", "not mine")),
    typed=st.fixed_dictionaries({}, optional={key: st.sampled_from(values) for key, values in TYPED.items()}),
    keys=st.sets(st.sampled_from(sorted(TYPED)), max_size=6),
)
def test_whatever_is_typed_is_taken_or_answered(name: str, typed: dict[str, Any], keys: set[str]) -> None:
    """A rule either works, in the engine and in words, or every problem is named with a line: nothing else happens."""
    rule = {key: value for key, value in typed.items() if key in {*keys, "figure", "above"}}
    with TemporaryDirectory() as folder:
        found = taken(Path(folder), QUEUES + yaml.safe_dump({"rules": {name: rule}}))
    if not isinstance(found, Settings):
        assert all(problem.line is not None and problem.key.startswith("rules.") for problem in found)
        return
    engine = Engine(found)
    engine.advance(1_772_438_400_000)
    assert all(rule_words(rule, found.min_sample, lang) for rule in found.rules for lang in LANGUAGES)
