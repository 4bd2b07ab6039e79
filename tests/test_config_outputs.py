"""Outputs as people type them: what is wrong is named with its line and the way out; what is right reaches the core."""

from __future__ import annotations

from pathlib import Path

import pytest

from floorwatch.clock import WallClock
from floorwatch.config import ConfigError, load_config
from floorwatch.config.summary import summary
from floorwatch.floor.outputs import OutputPolicy
from floorwatch.floor.rules import Selector
from floorwatch.outputs import build_outputs

HOOK = "type: webhook, url: 'http://desk/hook'"
LAMP = "type: tower, url: 'http://lamp/api/control'"


def config_of(folder: Path, *outputs: str) -> Path:
    path = folder / "floorwatch.yaml"
    named = "".join(f"  o{number}: {{{output}}}\n" for number, output in enumerate(outputs, 1))
    path.write_text(f"outputs:\n{named}", encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("output", "key", "words"),
    [
        ("type: lamp", "type", "must be one of 'mqtt', 'webhook', 'tower', 'alertmanager'"),
        ("type: webhook", "", "needs the 'url' that messages are posted to"),
        ("type: mqtt", "", "needs the 'host' of its broker"),
        ("type: tower", "", "needs the 'url' of its control, such as http://10.0.0.7/api/control"),
        ("type: alertmanager, urls: []", "", "needs the 'urls' of all its peers"),
        (f"{HOOK}, topic: x", "topic", "unknown key"),
        (f"{HOOK}, tiers: [red]", "tiers", "an output of type webhook has no 'tiers'"),
        (f"{LAMP}, remind: 5m", "remind", "an output of type tower has no 'remind'"),
        (f"{LAMP}, audience: lead", "audience", "an output of type tower has no 'audience'"),
        ("type: webhook, url: desk/hook", "url", "must be an address such as http://10.0.0.7/path"),
        ("type: webhook, url: 'ftp://desk/hook'", "url", "must be an address such as"),
        ("type: webhook, url: 'http://'", "url", "must be an address such as"),
        ("type: webhook, url: 'http://desk:99999/'", "url", "must be an address such as"),
        ("type: webhook, url: 'http://a:b@desk/'", "url", "use 'user' and 'secret_file'"),
        (f"{HOOK}, secret: a, secret_file: b", "secret", "is given twice: keep 'secret' or 'secret_file'"),
        (f"{HOOK}, severity: high", "severity", "must be one of 'warning', 'critical', 'emergency'"),
        (f"{HOOK}, timeout: 5ms", "timeout", "must be from 100ms to 60s"),
        (f"{HOOK}, storm_max: 0", "storm_max", "greater than or equal to 1"),
        (f"{HOOK}, quiet_hours: 22:00-07:00", "quiet_hours", "needs the days"),
        (f"{HOOK}, quiet_hours: {{mon: closed}}", "quiet_hours", "has no hours: leave it out"),
        (f"{HOOK}, quiet_hours: {{mon: 08:00-09:00, daily: 07:00-08:00}}", "quiet_hours.daily", "is named twice"),
        (f"{LAMP}, resend: 100ms", "resend", "must be at least 1s"),
        (f"{LAMP}, calm: [blue]", "calm", "there is no tier 'blue'; 'tiers' has red, amber, green"),
        (f"{LAMP}, tiers: [red, white]", "calm", "there is no tier 'green'"),
        (f"{LAMP}, tiers: [a, b, c, d, e, f]", "tiers", "at most 5"),
        (f"{LAMP}, tiers: [red, amber, green, red]", "tiers", "names a colour twice"),
        (f"{LAMP}, buzzer: {{critical: 4}}", "buzzer.critical", "less than or equal to 3"),
        (f"{LAMP}, lamps: {{calm: [red]}}", "lamps.calm", "must be one of"),
        (f"{LAMP}, read_back_paths: [a]", "read_back_paths", "means nothing without 'read_back'"),
        ("type: mqtt, host: b, prefix: a/+/b", "prefix", "must be the beginning of a topic"),
        ("type: mqtt, host: b, prefix: /a", "prefix", "must be the beginning of a topic"),
        ("type: alertmanager, urls: ['http://am:9093', 'http://am:9093/']", "urls", "is used twice"),
    ],
)
def test_what_is_wrong_is_named_with_the_way_out(tmp_path: Path, output: str, key: str, words: str) -> None:
    """The key, its line, and a sentence that helps."""
    with pytest.raises(ConfigError) as wrong:
        load_config(config_of(tmp_path, output))
    place = "outputs.o1" + (f".{key}" if key else "")
    found = [problem for problem in wrong.value.problems if problem.key == place]
    assert found, wrong.value.problems
    assert words in found[0].text
    assert found[0].line == 2


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (LAMP, LAMP),
        ("type: mqtt, host: b", "type: mqtt, host: b, port: 1883"),
        ("type: alertmanager, urls: ['http://a', 'http://b']", "type: alertmanager, urls: ['http://b/']"),
    ],
)
def test_two_outputs_never_show_at_one_place(tmp_path: Path, one: str, other: str) -> None:
    """Each would undo what the other shows; two webhooks at one address are fine."""
    with pytest.raises(ConfigError, match=r"outputs\.o2\..*is used by output o1 too"):
        load_config(config_of(tmp_path, one, other))
    load_config(config_of(tmp_path, HOOK, f"{HOOK}, audience: lead"))


def test_the_core_knows_whom_to_tell_and_nothing_of_how(tmp_path: Path) -> None:
    """The policy holds what was typed; without a word of it, what the core takes for granted."""
    typed = (
        f"{HOOK}, severity: critical, rules: [longest*], queues: [sales*], channels: [chat], labels: {{floor: '2'}},"
        " audience: lead, group_by: [queue], group_wait: 0s, group_interval: 1m, remind: 0s, storm_max: 5,"
        " quiet_hours: {daily: 22:00-07:00}, secret: hush"
    )
    plain, full = load_config(config_of(tmp_path, HOOK, typed)).settings().outputs
    assert plain == OutputPolicy("o1")
    assert full.quiet is not None
    assert set(full.quiet.texts()) == {"22:00-07:00"}
    assert full == OutputPolicy(
        "o2",
        audience="lead",
        severity_min="critical",
        rules=("longest*",),
        selector=Selector(("sales*",), ("chat",), (("floor", "2"),)),
        group_by=("queue",),
        group_wait_ms=0,
        group_interval_ms=60_000,
        remind_ms=0,
        quiet=full.quiet,
        storm_max=5,
    )
    assert "hush" not in repr(full)


def test_what_shows_what_is_is_told_nothing(tmp_path: Path) -> None:
    """Towers and Alertmanagers are states to the core; a broker is told messages besides its states.

    A tower has no words to name anybody with, so it is lit for alerts about teams, too.
    """
    others = ("type: mqtt, host: b", LAMP, "type: alertmanager, urls: ['http://am']")
    outputs = load_config(config_of(tmp_path, HOOK, *others)).settings().outputs
    assert [policy.is_state for policy in outputs] == [False, False, True, True]
    assert [policy.audience for policy in outputs] == ["public", "public", "lead", "public"]


def test_check_config_shows_the_outputs(tmp_path: Path) -> None:
    """And notes what this user cannot read, and messages that nobody signs."""
    config = load_config(config_of(tmp_path, f"{HOOK}, secret_file: nowhere", LAMP, HOOK))
    said = summary(config)
    assert "outputs   o1 (webhook), o2 (tower), o3 (webhook)" in said
    assert "outputs.o1.secret_file" in said
    assert "outputs.o3: without 'secret' its messages are not signed" in said


@pytest.mark.parametrize(("written", "why"), [(b" \n", "is empty"), (b"\xff\xfe\x00", "is no text")])
def test_a_file_without_a_secret_does_not_mean_that_there_is_none(tmp_path: Path, written: bytes, why: str) -> None:
    """Nothing goes out unsigned because a file was not filled: the start ends with a sentence that names it."""
    config = load_config(config_of(tmp_path, f"{HOOK}, secret_file: key"))
    (tmp_path / "key").write_bytes(written)
    with pytest.raises(OSError, match=why) as wrong:
        build_outputs(config, WallClock())
    assert wrong.value.filename == str(tmp_path / "key")
    (tmp_path / "key").write_bytes(b"hush\n")
    assert config.outputs["o1"].password() == "hush"
