"""People, rotas and escalations as people type them: what is wrong is named; what is right reaches the core."""

from __future__ import annotations

from pathlib import Path

import pytest

from floorwatch.config import ConfigError, load_config
from floorwatch.config.summary import summary
from floorwatch.floor.oncall import Escalation, Person, PersonChannel, Step, Whom
from floorwatch.floor.rules import Selector

BASE = """
site: {timezone: Europe/Warsaw}
queues: {sales: {labels: {city: krakow}}}
outputs:
  sms: {type: apprise, url: "sms://host/{to}"}
  group: {type: apprise, url: "slack://T1/A1/TI/#floor"}
  filed: {type: apprise, url_file: sms.url}
  mail: {type: mail, host: mail.example.com, sender: floor@example.com}
  lamp: {type: tower, url: "http://lamp/api/control"}
"""
PEOPLE = "people: {A17: {channels: [{output: mail, to: a@example.com}]}, B2: }\n"
ROTAS = "rotas: {north: {layers: [{people: [A17]}]}}\n"


def load_problems(folder: Path, text: str) -> list[tuple[str, str]]:
    """(key, what is wrong) of everything that is."""
    path = folder / "floorwatch.yaml"
    path.write_text(BASE + text, encoding="utf-8")
    with pytest.raises(ConfigError) as wrong:
        load_config(path)
    return [(problem.key, problem.text) for problem in wrong.value.problems]


@pytest.mark.parametrize(
    ("text", "key", "words"),
    [
        ("people: {A: {channels: [{output: mial, to: x}]}}", "channels.0.output", "did you mean 'mail'?"),
        ("people: {A: {channels: [{output: zzz}]}}", "channels.0.output", "name it under 'outputs:'"),
        ("people: {A: {channels: [{output: lamp}]}}", "channels.0.output", "shows what is, and carries no message"),
        ("people: {A: {channels: [{output: mail}]}}", "channels.0.to", "is required: where mail, an output of"),
        ("people: {A: {channels: [{output: sms}]}}", "channels.0.to", "is required"),
        ("people: {A: {channels: [{output: group, to: x}]}}", "channels.0.to", "leads nowhere: write {to} into"),
        ("people: {A: {channels: [{output: mail, to: a.example.com}]}}", "channels.0.to", "such as floor@example.com"),
        ("people: {A: {channels: [{output: sms, to: x, severity: grave}]}}", "channels.0.severity", "must be one of"),
        ("people: {A: {quiet_hours: 22:00-07:00}}", "quiet_hours", "needs the days"),
        ("people: {A: {quiet_hours: {mon: closed}}}", "quiet_hours", "has no hours: leave it out"),
        ("people: {A: {quiet_hours: {daly: 22:00-07:00}}}", "quiet_hours.daly", "did you mean 'daily'?"),
        ("people: {A: {timezone: Europe/Warsw}}", "timezone", "did you mean 'Europe/Warsaw'?"),
        ("people: {A: {language: fr}}", "language", "must be one of"),
        ("people: {A: {phone: 1}}", "phone", "unknown key"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_person(tmp_path: Path, text: str, key: str, words: str) -> None:
    """The key, and a sentence that helps."""
    found = dict(load_problems(tmp_path, text))
    assert words in found[f"people.A.{key}"], found


@pytest.mark.parametrize(
    ("rota", "key", "words"),
    [
        ("{}", "", "has nobody: give it 'layers', or the 'file' of a calendar"),
        ("{file: north.txt}", "file", "must be an iCalendar file, .ics, or one of YAML, .yaml"),
        ("{file: north.yaml, layers: [{people: [A17]}]}", "layers", "stands in the file: keep one of the two"),
        ("{layers: [{people: []}]}", "layers.0.people", "must not be empty"),
        ("{layers: [{people: [[]]}]}", "layers.0.people.0", "a list of those who are on call together"),
        ("{layers: [{people: [A71]}]}", "layers.0.people.0", "there is no person 'A71'; did you mean 'A17'?"),
        ("{layers: [{people: [[A17, zoe]]}]}", "layers.0.people.0", "name it under 'people:'"),
        ("{layers: [{people: [A17], rotate: fortnight}]}", "layers.0.rotate", "must be daily, weekly, or so many days"),
        ("{layers: [{people: [A17], handover: mon-tue 09:00}]}", "layers.0.handover", "such as 'mon 09:00'"),
        ("{layers: [{people: [A17], handover: mond 09:00}]}", "layers.0.handover", "did you mean 'mon'?"),
        ("{layers: [{people: [A17], from: 5.1.2026}]}", "layers.0.from", "must be a date such as 2026-12-25"),
        ("{layers: [{people: [A17], rotate: weekly}]}", "layers.0.rotate", "needs 'from'"),
        ("{layers: [{people: [A17], hours: {mon: closed}}]}", "layers.0.hours", "has no hours: leave it out"),
        ("{layers: [{people: [A17]}], overrides: [{person: A17, since: now, until: x}]}", "overrides.0.since", "such"),
        ("{layers: [{people: [A17]}], timezone: Mars}", "timezone", "unknown time zone"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_rota(tmp_path: Path, rota: str, key: str, words: str) -> None:
    """The key, and a sentence that helps."""
    found = dict(load_problems(tmp_path, f"{PEOPLE}rotas: {{north: {rota}}}"))
    assert words in found["rotas.north" + (f".{key}" if key else "")], found


@pytest.mark.parametrize(
    ("escalation", "key", "words"),
    [
        ("{}", "", "needs 'steps': whom it tells"),
        ("{steps: [{tell: []}]}", "steps.0.tell", "must not be empty"),
        ("{steps: [{tell: [north]}]}", "steps.0.tell.0", "must be 'rota NAME' or 'person NAME'"),
        ("{steps: [{tell: [person a17]}]}", "steps.0.tell.0", "there is no person 'a17'; did you mean 'A17'?"),
        ("{steps: [{tell: [rota nort]}]}", "steps.0.tell.0", "there is no rota 'nort'; did you mean 'north'?"),
        ("{steps: [{tell: [person A1]}]}", "steps.0.tell.0", "there is no person 'A1'; did you mean 'A17'?"),
        ("{steps: [{tell: [rota north], every: 10ms}]}", "steps.0.every", "must be at least 1s"),
        ("{steps: [{tell: [rota north], times: 0}]}", "steps.0.times", "greater than or equal to 1"),
        ("{steps: [{tell: [rota north]}], rules: [no_agent]}", "rules.0", "did you mean 'no_agents'?"),
        ("{steps: [{tell: [rota north]}], queues: [sale]}", "queues.0", "did you mean 'sales'?"),
        ("{steps: [{tell: [rota north]}], labels: {city: rome}}", "labels.city", "no queue has the label city: rome"),
        ("{steps: [{tell: [rota north]}], channels: [chat]}", "channels.0", "no queue is of the channel chat"),
    ],
)
def test_what_is_wrong_with_an_escalation(tmp_path: Path, escalation: str, key: str, words: str) -> None:
    """The key, and a sentence that helps; what nobody would ever be told of is a mistake, too."""
    found = dict(load_problems(tmp_path, f"{PEOPLE}{ROTAS}escalations: {{floor: {escalation}}}"))
    assert words in found["escalations.floor" + (f".{key}" if key else "")], found
    assert len(found) == 1, "and no list is called empty because of what is wrong in it"


def test_what_is_right_reaches_the_core(tmp_path: Path) -> None:
    """Everything in its plain form, the site's time zone where a person has none, and the defaults."""
    path = tmp_path / "floorwatch.yaml"
    path.write_text(
        BASE + ROTAS + "people:\n"
        "  A17: {channels: [{output: sms, to: '+48', severity: emergency}, {output: mail, to: a@example.com},\n"
        "    {output: group}, {output: filed, to: '+48'}]}\n"
        "  B2: {quiet_hours: {mon: 22:00-07:00}, timezone: Asia/Shanghai, language: zh}\n"
        "escalations:\n"
        "  floor: {rules: [service_*], queues: [sales], labels: {city: krakow}, rounds: 0, unresolved: 0s,\n"
        "          steps: [{tell: [rota north, person B2], times: 2, every: 90s}]}\n"
        "  rest: {severity: warning, steps: [{tell: [person A17]}]}\n",
        encoding="utf-8",
    )
    config = load_config(path)
    oncall = config.settings().oncall
    first, second = oncall.people
    channels = (
        PersonChannel("sms", "emergency"),
        PersonChannel("mail"),
        PersonChannel("group"),
        PersonChannel("filed"),
    )
    assert [config.oncall.address("A17", channel) for channel in range(4)] == ["+48", "a@example.com", "", "+48"]
    assert first == Person("A17", channels, None, "Europe/Warsaw", "")
    assert (second.timezone, second.language) == ("Asia/Shanghai", "zh")
    assert second.quiet is not None
    assert second.quiet.by_day() == {"mon": "22:00-07:00"}
    steps = (Step((Whom("rota", "north"), Whom("person", "B2")), 2, 90_000),)
    chosen = Selector(("sales",), (), (("city", "krakow"),))
    assert oncall.escalations[0] == Escalation("floor", steps, "critical", ("service_*",), chosen, 0, 0)
    assert oncall.escalations[1] == Escalation("rest", (Step((Whom("person", "A17"),)),), "warning")
    assert oncall.rotas == ("north",)
    lines = summary(config).splitlines()
    assert any("north: A17, Europe/Warsaw" in line for line in lines)
    climb = "rota north and person B2 (2 times, each for 90 s); round after round until somebody has it"
    assert f"  escalation floor, from critical on: {climb}" in lines
    rest = "person A17 (for 5 min); 3 rounds until somebody has it; anew where it is not over 30 min later"
    assert f"  escalation rest, from warning on: {rest}" in lines
