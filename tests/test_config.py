"""The configuration: what is accepted, what it becomes, and how a mistake is answered."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, get_args, get_origin

import pytest
from hypothesis import given
from hypothesis import strategies as st

from floorwatch.config import Config, load_config
from floorwatch.config.problems import ConfigError, keys_of
from floorwatch.config.summary import summary
from floorwatch.config.values import duration_ms, ratio
from floorwatch.floor.settings import AgentProfile, QueuePolicy, Settings


def load(folder: Path, text: str | bytes) -> Config:
    path = folder / "floor.yaml"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return load_config(path)


def problems(folder: Path, text: str | bytes) -> list[str]:
    with pytest.raises(ConfigError) as wrong:
        load(folder, text)
    return [str(problem).replace(f"{folder}/", "") for problem in wrong.value.problems]


def test_an_empty_file_means_the_defaults(tmp_path: Path) -> None:
    """No key at all, only comments, or keys without values: the settings of a fresh start."""
    for text in ("", "# later\n", "queues:\nsite:\nmin_sample:\n"):
        assert load(tmp_path, text).settings() == Settings()


@pytest.mark.parametrize("day", ["small", "medium", "incidents"])
def test_the_reference_days_load(shared: Path, day: str) -> None:
    """The configurations that come with the reference days are ours to read."""
    path = shared / "days" / day / "floorwatch.yaml"
    settings = load_config(path).settings()
    text = path.read_text(encoding="utf-8")
    assert len(settings.queues) == text.count("service_level:")
    assert len(settings.agents) == text.count("{team:")
    assert all(policy.threshold_ms in (20_000, 30_000, 60_000) for policy in settings.queues.values())


def test_every_key_reaches_the_core(tmp_path: Path) -> None:
    """What is typed is what the engine is told, in milliseconds and ratios."""
    settings = load(
        tmp_path,
        """
site: {name: Halle 3, timezone: Europe/Berlin, day_start: 06:00}
interval: 30m
lateness: 1m30s
min_sample: 50
defaults: {channel: chat, wrap_up: 10s, service_level: {target: 90%, threshold: 1m}}
queues:
  night line:
    channel: voice
    service_level: {short_abandon: 2500ms, formula: abandons_met, per: day, exits_count: yes}
agents:
  A17: {team: red, site: Halle, queues: [night line], skills: [de, en], interfaces: [PJSIP/a17]}
""",
    ).settings()
    assert settings == Settings(
        site="Halle 3",
        timezone="Europe/Berlin",
        day_start_ms=6 * 3_600_000,
        interval_ms=30 * 60_000,
        lateness_ms=90_000,
        min_sample=50,
        default_policy=QueuePolicy(channel="chat", wrap_up_ms=10_000, target=0.9, threshold_ms=60_000),
        queues={
            "night line": QueuePolicy(
                channel="voice",
                wrap_up_ms=10_000,
                target=0.9,
                threshold_ms=60_000,
                short_abandon_ms=2_500,
                formula="abandons_met",
                per="day",
                exits_count=True,
            )
        },
        agents={"A17": AgentProfile("red", "Halle", ("night line",), ("de", "en"), ("PJSIP/a17",))},
    )


def test_names_are_what_was_typed(tmp_path: Path) -> None:
    """YAML would make a boolean, an octal number, a float and a time of these; they are names."""
    config = load(
        tmp_path, "queues: {0100: {}, 10:30: }\nagents: {NO: {team: 1.10, queues: [0100]}, ~: {}, 售后: {}}\n"
    )
    assert list(config.queues) == ["0100", "10:30"]
    assert list(config.agents) == ["NO", "~", "售后"]
    assert config.agents["NO"].team == "1.10"
    assert config.agents["NO"].queues == ("0100",)


def test_a_queue_overrides_only_what_it_says(tmp_path: Path) -> None:
    """`defaults` fills the rest, key by key, also inside `service_level`."""
    config = load(
        tmp_path,
        "defaults: {service_level: {target: 0.7, threshold: 40s}}\n"
        "queues: {a: {service_level: {target: 0.9}}, b: {}}\n",
    )
    policies = config.settings().queues
    assert (policies["a"].target, policies["a"].threshold_ms) == (0.9, 40_000)
    assert policies["b"] == config.settings().default_policy == config.settings().policy("never heard of")


def test_paths_are_relative_to_the_file(tmp_path: Path) -> None:
    """A configuration can be started from anywhere."""
    config = load(
        tmp_path,
        "sources: {a: {type: queue_log, path: log/queue_log}, b: {type: events, path: /var/b, heartbeat: 15s}}",
    )
    assert config.sources["a"].path == tmp_path / "log/queue_log"
    assert config.sources["b"].path == Path("/var/b")
    assert (config.sources["a"].heartbeat_ms, config.sources["b"].heartbeat_ms) == (None, 15_000)


@pytest.mark.parametrize(
    ("typed", "ms"),
    [
        ("20s", 20_000),
        ("15m", 900_000),
        ("500ms", 500),
        ("1h", 3_600_000),
        ("20", 20_000),
        (20, 20_000),
        ("1.5 s", 1500),
        ("1m30s", 90_000),
        ("1 m 30 s", 90_000),
        ("0.001s", 1),
        ("0", 0),
        ("1d", 86_400_000),
        ("2.5m", 150_000),
    ],
)
def test_durations(typed: object, ms: int) -> None:
    """A number with its unit; a bare number is seconds."""
    assert duration_ms(typed) == ms


@pytest.mark.parametrize(
    "typed", ["", "s", "20x", "-5s", "1.5ms", "31d", "20 s!", "1e3", "nan", True, [1], None, "5s x"]
)
def test_what_is_no_duration(typed: object) -> None:
    """Anything else is refused, also what is finer than a millisecond or longer than 30 days."""
    with pytest.raises(ValueError, match=r"must be a duration|finer than|longer than"):
        duration_ms(typed)


@given(st.integers(0, 30 * 86_400_000))
def test_a_duration_means_the_same_in_every_unit(ms: int) -> None:
    """Written in milliseconds, seconds or split over units, it is the same whole number of milliseconds."""
    hours, rest = divmod(ms, 3_600_000)
    written = (f"{ms}ms", f"{ms // 1000}.{ms % 1000:03d}s", f"{ms // 1000}.{ms % 1000:03d}", f"{hours}h{rest}ms")
    assert {duration_ms(text) for text in written} == {ms}


@pytest.mark.parametrize(("typed", "value"), [("0.8", 0.8), ("80%", 0.8), ("80 %", 0.8), (1, 1.0), ("99.5%", 0.995)])
def test_ratios(typed: object, value: float) -> None:
    """A ratio, or a percentage that is exactly that ratio."""
    assert ratio(typed) == value


@pytest.mark.parametrize("typed", ["0", "1.01", "101%", "80", "-0.5", "nan", "inf", "", "%", "8 0%", "0.8%%", None])
def test_what_is_no_ratio(typed: object) -> None:
    """A target is above 0 and at most 1."""
    with pytest.raises(ValueError, match=r"must be"):
        ratio(typed)


def test_a_typo_is_answered_with_the_key_the_line_and_the_nearest_name(tmp_path: Path) -> None:
    """The promise of the README, to the letter."""
    text = "queues:\n  sales:\n    service_level:\n      threshold: 20s\n      tagret: 0.8\n"
    assert problems(tmp_path, text) == [
        "floor.yaml:5: queues.sales.service_level.tagret: unknown key; did you mean 'target'?"
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Queues: {}", "floor.yaml:1: Queues: unknown key; did you mean 'queues'?"),
        ("\nzzz: 1", "floor.yaml:2: zzz: unknown key; known here: site, interval, lateness,"),
        ("queues: {a: {threshold: 20s}}", "queues.a.threshold: unknown key; did you mean 'service_level.threshold'?"),
        ("queues: {night line: {chanel: voice}}", "queues.\"night line\".chanel: unknown key; did you mean 'channel'?"),
        (
            "sources: {a: {type: event, path: x}}",
            "'events', 'queue_log', 'simulator'; did you mean 'events'?",
        ),
        (
            "queues: {a: {channel: fax}}",
            "must be one of 'voice', 'chat', 'email', 'message', 'task', 'callback' (here: fax)",
        ),
        (
            "queues: {a: {service_level: {formula: abandons_mised}}}",
            "did you mean 'abandons_missed'? (here: abandons_mised)",
        ),
        (
            "queues: {a: {service_level: {target: 80}}}",
            "target: must be above 0 and at most 1 (or 100%); did you mean 80%?",
        ),
        ("staffing: {shrinkage: 30}", "shrinkage: must be at least 0 and under 1 (or 100%); did you mean 30%?"),
        ("queues: {a: {service_level: {exits_count: perhaps}}}", "exits_count: must be true or false (here: perhaps)"),
        ("queues: {a: 5}", "queues.a: must be keys and values (here: 5)"),
        ("queues: [a, b]", "queues: must be names and what belongs to them"),
        ('queues: {"": {}}', 'queues."": must not be empty'),
        ("min_sample: many", "min_sample: must be a whole number (here: many)"),
        ("min_sample: 0", "min_sample: must be greater than or equal to 1 (here: 0)"),
        ("interval: 15", "must divide an hour: 5m, 6m, 10m, 12m, 15m, 20m, 30m, 60m; did you mean 15m? (here: 15)"),
        ("interval: 7m", "interval: must divide an hour"),
        ("lateness: 2h", "lateness: must be at most 1h (here: 2h)"),
        ("site: {timezone: Europe/Berln}", "site.timezone: unknown time zone; did you mean 'Europe/Berlin'?"),
        ("site: {timezone: ../etc/passwd}", "site.timezone: unknown time zone"),
        ("site: {timezone: Europe}", "site.timezone: unknown time zone"),
        ("site: {timezone: CEST}", "site.timezone: unknown time zone; use a name such as Europe/Berlin or UTC"),
        ("site: {timezone: GMT+8}", "site.timezone: unknown time zone; use a name such as Europe/Berlin or UTC"),
        ("site: {day_start: 25:00}", "site.day_start: must be a time of day such as 06:00 (here: 25:00)"),
        ("agents: {A17: {queues: sales}}", "agents.A17.queues: must be a list, such as [a, b] (here: sales)"),
        ("agents: {A17: {queues: [a, {b: c}]}}", "agents.A17.queues.1: must be plain text"),
        ("agents: {A17: {team: [red]}}", "agents.A17.team: must be plain text"),
        ("http: {port: 99999}", "http.port: must be less than or equal to 65535 (here: 99999)"),
        ("sources: {a: {path: x}}", "sources.a.type: is required"),
        ("sources: {a: {type: events}}", "sources.a: needs the 'path' of its file"),
        ("sources: {a: {type: simulator, path: x}}", "sources.a.path: a source of type simulator has no 'path'"),
        ("sources: {a: {type: events, path: x, host: h}}", "sources.a.host: a source of type events has no 'host'"),
        ("sources: {a: {type: asterisk, host: h}}", "sources.a: needs the 'user' it logs in as"),
        ("sources: {a: {type: mqtt, host: h}}", "sources.a: needs the 'topics' it subscribes to"),
        (
            "sources: {a: {type: mqtt, host: h, topics: [t], secret: x, secret_file: y}}",
            "sources.a.secret: is given twice: keep 'secret' or 'secret_file'",
        ),
        (
            "sources: {a: {type: mqtt, host: h, topics: [t, $share/x/t]}}",
            "sources.a.topics.1: a shared subscription splits one contact's events",
        ),
        ("sources: {a: {type: mqtt, host: h, topics: [floor/#/events]}}", "sources.a.topics.0: '#' stands only alone"),
        ("sources: {a: {type: mqtt, host: h, topics: [floor/x#]}}", "sources.a.topics.0: '#' stands only alone"),
        (
            "sources: {a: {type: mqtt, host: h, topics: [floor/a+/e]}}",
            "sources.a.topics.0: '+' stands for a whole level",
        ),
        (
            "sources: {a: {type: mqtt, host: h, topics: [t], heartbeat: 2s}}",
            "sources.a.heartbeat: is shorter than pings allow; use 5s or more",
        ),
        ("sources: {a: {type: http, quiet_hours: 08:00-20:00}}", "quiet_hours: means nothing without 'quiet'"),
        ("sources: {a: {type: http, quiet: 5m, quiet_hours: 8-20}}", "must be two times of day such as 08:00-20:00"),
        (
            "sources: {a: {type: asterisk, host: h, user: u}, b: {type: asterisk, host: h, user: u, port: 5038}}",
            "sources.b.host: is read by source a too: each event would count twice",
        ),
        (
            "http: {tokens: {tv: {role: viewer, hash: secret}}}",
            "is not of the form 'sha256:' and 64 hexadecimal digits",
        ),
        (
            f"http: {{tokens: {{in: {{role: ingest, hash: 'sha256:{'0' * 64}'}}}}}}",
            "http.tokens.in.sources: names the sources it may speak for: sources: [NAME]",
        ),
        (
            f"http: {{tokens: {{tv: {{role: ingest, hash: 'sha256:{'0' * 64}', sources: [x]}}}}}}",
            "there is no source 'x' of type http",
        ),
        (
            "adherence: {rows: {work: {in: [availabel]}}}",
            "adherence.rows.work.in.0: there is no activity 'availabel'; did you mean 'available'?",
        ),
        ('adherence: {rows: {lunch: {in: ["pausd(lunch)"]}}}', "did you mean 'paused(lunch)'?"),
        ('adherence: {rows: {lunch: {in: ["paused(lunch"]}}}', "did you mean 'paused(lunch)'?"),
        ("adherence: {rows: {lunch: {in: [xyz]}}}", "'xyz' is none of unknown, talking"),
        (
            "adherence: {rows: {work: {in: [available, busy], neutral: [unknown, busy]}}}",
            "adherence.rows.work.neutral: 'busy' stands in 'in' too: keep it in one of the two",
        ),
        ("- a\n- b\n", "floor.yaml:1: must be keys and values, such as 'queues:'"),
        ("just words", "floor.yaml:1: must be keys and values"),
        ("queues: {}\na: b: c", "floor.yaml:2: not YAML: mapping values are not allowed here"),
        ("queues:\n\ta: {}", "floor.yaml:2: a tab: YAML is indented with spaces only"),
        ("queues: {}\n---\nagents: {}\n", "floor.yaml:2: a second document begins here"),
        ("queues:\n  a: {}\n  b: {}\n  a: {}\n", "floor.yaml:4: 'a' stands here a second time (first in line 2)"),
        ("queues: &q {a: {<<: *q}}", "floor.yaml:1: '<<' is not supported"),
        ("? [a]\n: b", "floor.yaml:1: a key must be plain text"),
        (
            "site: !!python/object:os.system {}",
            "floor.yaml:1: the tag tag:yaml.org,2002:python/object:os.system is not",
        ),
        ("site: &a {name: *a}", "nested more than 20 levels deep"),
        ("[" * 3000 + "]" * 3000, "nested more than 20 levels deep"),
        ("a: &a [x, x]\nb: \x00", "floor.yaml:2: a character YAML does not allow (code 0)"),
        (b"site:\n  name: K\xf6ln\n", "floor.yaml:2: not UTF-8 text (byte 0xf6): save the file as UTF-8"),
        ("queues: {}".encode("utf-16"), "floor.yaml:1: not UTF-8 text"),
    ],
)
def test_one_mistake_one_clear_sentence(tmp_path: Path, text: str | bytes, expected: str) -> None:
    """Each mistake is named with its line, its key, what is wrong and, where one is near, the way out."""
    (problem,) = problems(tmp_path, text)
    assert expected in problem


def test_all_mistakes_are_listed_at_once_in_the_order_of_the_file(tmp_path: Path) -> None:
    """Nobody should mend one line a run."""
    text = "zzz: 1\ninterval: 7m\nqueues:\n  a: {channel: fax}\nsite: {timezone: Mars}\n"
    assert [problem.split(":")[1] for problem in problems(tmp_path, text)] == ["1", "2", "4", "5"]


def test_a_short_abandon_longer_than_the_threshold_is_refused(tmp_path: Path) -> None:
    """S <= T, also where one of them comes from `defaults`."""
    text = "queues:\n  vip:\n    service_level: {threshold: 3s}\n"
    assert problems(tmp_path, text) == [
        "floor.yaml:3: queues.vip.service_level: short_abandon is longer than threshold: set it to 3s or less"
    ]
    assert load(tmp_path, text.replace("3s", "3s, short_abandon: 3s")).queues["vip"].service_level.threshold_ms == 3000


def test_one_interface_belongs_to_one_agent(tmp_path: Path) -> None:
    """Two agents with one phone would share every contact."""
    text = "agents:\n  A17: {interfaces: [PJSIP/1, PJSIP/2]}\n  A18:\n    interfaces:\n    - PJSIP/3\n    - PJSIP/2\n"
    assert problems(tmp_path, text) == [
        "floor.yaml:6: agents.A18.interfaces.1: 'PJSIP/2' is already an interface of A17"
    ]


def test_one_file_is_followed_once(tmp_path: Path) -> None:
    """Two feeds of the same file would count everything twice."""
    text = "sources:\n  a: {type: events, path: x}\n  b: {type: events, path: x}\n"
    assert problems(tmp_path, text) == [
        "floor.yaml:3: sources.b.path: is read by source a too: each event would count twice"
    ]


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    """A missing file and a folder each get their own sentence."""
    for path, sentence in (
        (tmp_path / "no.yaml", "cannot be read: No such file"),
        (tmp_path, "is a folder, not a file"),
    ):
        with pytest.raises(ConfigError, match=sentence):
            load_config(path)


def test_half_a_character_is_refused(tmp_path: Path) -> None:
    """As a value and as a key: no log, journal or page could carry it."""
    for text in ('site: {name: "\\ud800"}', 'queues: {"a\\udfff": }'):
        (problem,) = problems(tmp_path, f"\n{text}\n")
        assert ":2: half a character" in problem
    assert load(tmp_path, 'queues: {"\\U0001f600": }\n').queues


def test_aliases_that_unfold_to_billions_are_refused(tmp_path: Path) -> None:
    """A few hundred bytes must not take the machine."""
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 10)]
    (problem,) = problems(tmp_path, "\n".join(lines))
    assert "more than 500,000 values" in problem


@given(st.one_of(st.text(), st.text("{}[]:,-&*!|>'\"%@ \n\tab01#"), st.binary()))
def test_no_file_makes_it_crash(tmp_path_factory: pytest.TempPathFactory, content: str | bytes) -> None:
    """Whatever is in the file, the answer is a configuration or a list of problems."""
    path = tmp_path_factory.getbasetemp() / "any.yaml"
    path.write_bytes(content if isinstance(content, bytes) else content.encode("utf-8", "surrogatepass"))
    try:
        config = load_config(path)
    except ConfigError:
        return
    assert summary(config)


def test_the_summary_shows_what_a_typo_would_look_like(tmp_path: Path) -> None:
    """An agent's queue that is not configured is accepted, and said aloud."""
    config = load(tmp_path, "queues: {sales: }\nagents: {A17: {team: red, queues: [saels]}, A18: {}}\n")
    lines = dict(line.split(maxsplit=1) for line in summary(config).splitlines())
    assert lines["note"] == "agents name queues that are not configured, the defaults apply: saels"
    assert lines["agents"] == "no team 1, red 1"
    assert lines["queue"].startswith("sales: voice, 80% in 20 s per interval")


def test_the_summary_shows_schedules_where_they_are_said(tmp_path: Path) -> None:
    """Adherence, schedule and staffing have a line each; files that are not there yet are noted, not refused."""
    (tmp_path / "plans").mkdir()
    config = load(
        tmp_path,
        "adherence: {preset: strict, rows: {work: {in: [available]}}}\n"
        "schedule: {path: plans}\nstaffing: {shrinkage: 32.5%, forecast: forecats.csv}\n",
    )
    lines = dict(line.split(maxsplit=1) for line in summary(config).splitlines())
    assert lines["adherence"] == "preset strict, own rows for work"
    assert lines["schedule"] == f"{tmp_path}/plans, looked at every 5 s"
    assert lines["staffing"] == f"shrinkage 32.5%, forecast {tmp_path}/forecats.csv"
    assert lines["note"] == f"staffing.forecast: {tmp_path}/forecats.csv does not exist yet"
    assert "schedule.path: " in summary(load(tmp_path, "schedule: {path: plan}"))
    assert not {"adherence", "schedule", "staffing", "note"} & {
        line.split()[0] for line in summary(Config()).splitlines()
    }


def test_tokens_may_stand_in_a_file_of_their_own(tmp_path: Path) -> None:
    """Read with the configuration, checked as well, and no name may be in both."""
    token = f"{{role: viewer, hash: 'sha256:{'0' * 64}'}}"
    (tmp_path / "tokens.yaml").write_text(f"tv: {token}\n", encoding="utf-8")
    config = load(tmp_path, f"http: {{tokens_file: tokens.yaml, tokens: {{lead: {token}}}}}")
    assert set(config.http.tokens) == {"tv", "lead"}
    (problem,) = problems(tmp_path, f"http: {{tokens_file: tokens.yaml, tokens: {{tv: {token}}}}}")
    assert "tokens.yaml: tv: stands in" in problem
    (tmp_path / "tokens.yaml").write_text("tv:\n  role: king\n", encoding="utf-8")
    first, second = problems(tmp_path, "http: {tokens_file: tokens.yaml}")
    assert "tokens.yaml:2: tv.role: must be one of 'viewer'" in second + first
    assert "tokens.yaml:1: tv.hash: is required" in second + first
    (problem,) = problems(tmp_path, "http: {tokens_file: nowhere.yaml}")
    assert "nowhere.yaml: cannot be read: No such file or directory" in problem


def keys_with_defaults(section: type[Any], above: str = "") -> dict[str, Any]:
    """Every key a file may hold, dotted, with NAME for names people choose, and its default."""
    found: dict[str, Any] = {}
    for (key, annotation), field in zip(keys_of(section).items(), section.model_fields.values(), strict=True):
        inner = [part for part in (annotation, *get_args(annotation)) if hasattr(part, "model_fields")]
        if inner and get_origin(annotation) is not tuple:  # a list of sections is explained by its own row
            named = inner[0] is not annotation
            found |= keys_with_defaults(inner[0], f"{above}{key}.NAME." if named else f"{above}{key}.")
        else:
            found[above + key] = field.get_default() if not field.is_required() else "required"
    return found


def spelled(key: str, default: Any) -> Any:
    """A default as the model holds it, from the way the documentation spells it."""
    if key.endswith("day_start"):
        return int(default[:2]) * 3_600_000
    if re.fullmatch(r"\d+(ms|s|m|h|d)", default):
        return duration_ms(default, days_max=3_660)
    if key.endswith(".path") and default != "none":
        return Path(default)
    if re.fullmatch(r"\[\w+(, \w+)*\]", default):
        return tuple(default[1:-1].split(", "))
    words = {"none": None, "empty": "", "[]": (), "{}": {}, "true": True, "false": False}
    return words.get(default, default if not re.fullmatch(r"[\d.]+", default) or "." in default[3:] else float(default))


def test_the_documentation_names_every_key_and_its_default(repository: Path) -> None:
    """docs/configuration.md has one row a key, no more and no fewer, and the default that really holds."""
    text = (repository / "docs/configuration.md").read_text(encoding="utf-8")
    rows = dict(re.findall(r"^\| `([\w.]+)` \| `?([^|`]+?)`? \|", text, re.MULTILINE))
    # `defaults` has the keys of a queue: it is explained once, there.
    expected = {key: value for key, value in keys_with_defaults(Config).items() if not key.startswith("defaults.")}
    assert rows.keys() == expected.keys()
    assert {key: spelled(key, default) for key, default in rows.items()} == expected


@pytest.mark.parametrize(
    ("written", "why"),
    [
        (None, "No such file or directory: the secret should be in it"),
        (b" \n", "is empty: write the secret into it"),
        (b"\xff", "is no text: write the secret in letters"),
    ],
)
def test_the_secret_of_a_source_is_there_or_the_start_ends(tmp_path: Path, written: bytes | None, why: str) -> None:
    """An empty file must not mean that there is no secret to sign in with."""
    config = load(tmp_path, "sources: {m: {type: mqtt, host: h, topics: [t], secret_file: key}}")
    if written is not None:
        (tmp_path / "key").write_bytes(written)
    with pytest.raises(OSError, match=why) as wrong:
        config.sources["m"].password()
    assert wrong.value.filename == str(tmp_path / "key")
