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
MAIL = "type: mail, host: m, sender: f@example.com"
LAMP = "type: tower, url: 'http://lamp/api/control'"


def config_of(folder: Path, *outputs: str) -> Path:
    path = folder / "floorwatch.yaml"
    named = "".join(f"  o{number}: {{{output}}}\n" for number, output in enumerate(outputs, 1))
    path.write_text(f"outputs:\n{named}", encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("output", "key", "words"),
    [
        ("type: lamp", "type", "must be one of 'mqtt', 'webhook', 'tower', 'alertmanager', 'mail'"),
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
        ("type: mail, sender: f@example.com", "", "needs the 'host' of its mail server"),
        ("type: mail, host: m", "", "needs the 'sender' that its mail is from"),
        (f"{MAIL}, to: [a17]", "to.0", "must be a mail address such as floor@example.com"),
        (f"{MAIL}, to: ['a17@example.com, b2@example.com']", "to.0", "must be a mail address"),
        ("type: mail, host: m, sender: 'Floor floor@example.com'", "sender", "must be a mail address"),
        (f"{MAIL}, tls: true, starttls: true", "starttls", "keep one of them"),
        (f"{MAIL}, user: floor", "user", "means nothing without 'secret_file'"),
        (f"{MAIL}, secret_file: key", "secret_file", "means nothing without 'user'"),
        (f"{MAIL}, starttls: false, user: u, secret: s", "starttls", "a password is never sent in the clear"),
        (f"{MAIL}, url: 'http://m'", "url", "an output of type mail has no 'url'"),
        ("type: pagerduty", "", "needs the routing key of its service"),
        ("type: dingtalk, secret: SEC1", "", "needs the 'url' of its robot, or better an 'url_file'"),
        ("type: wecom, url: 'https://w/send', secret: s", "secret", "an output of type wecom has no 'secret'"),
        ("type: feishu, url: 'https://f/hook', url_file: f", "url", "keep 'url' or 'url_file'"),
        ("type: feishu, url: hook, language: de", "language", "must be one of 'en', 'zh', 'both'"),
        ("type: feishu, url: 'https://f/hook', reserve: 100%", "reserve", "under 1 (or 100%)"),
        ("type: apprise, url: nonsense", "url", "must be an address as apprise has them"),
        ("type: apprise, url: 'dingtalk://SECRET@TOKEN'", "url", "use type: dingtalk"),
        ("type: apprise, url: 'WecomBot://TOKEN'", "url", "use type: wecom"),
        ("type: apprise, url: 'lark://TOKEN'", "url", "use type: feishu"),
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


@pytest.mark.parametrize("where", ["url: 'https://oapi.example.com/robot?access_token=T'", "url_file: robot"])
def test_two_outputs_never_share_a_robot(tmp_path: Path, where: str) -> None:
    """It takes so many messages and no more, whoever sends them."""
    one = f"type: dingtalk, {where}"
    with pytest.raises(ConfigError, match=r"is used by output o1 too: together they would be told more"):
        load_config(config_of(tmp_path, one, one))


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
    """And notes what this user cannot read, messages that nobody signs, and more of them than a robot takes."""
    robot = "type: dingtalk, per_minute: 2{}, url: 'https://robot/{}'"
    config = load_config(
        config_of(tmp_path, f"{HOOK}, secret_file: nowhere", LAMP, HOOK, robot.format(1, "a"), robot.format(0, "b"))
    )
    said = summary(config)
    assert "outputs    o1 (webhook), o2 (tower), o3 (webhook), o4 (dingtalk), o5 (dingtalk)" in said
    assert "outputs.o1.secret_file" in said
    assert "outputs.o3: without 'secret' its messages are not signed" in said
    assert "outputs.o4.per_minute: its makers allow 20" in said
    assert "outputs.o5" not in said


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


TOKEN = "0f1e2d3c"


def test_a_robot_in_two_files_is_one_robot(tmp_path: Path) -> None:
    """Each of the outputs would keep its limit, and both together break it: the start ends, and quotes no address."""
    url = f"https://open.example.com/hook/{TOKEN}"
    (tmp_path / "robot").write_text(f"{url}\n", encoding="utf-8")
    config = load_config(config_of(tmp_path, f"type: feishu, url: '{url}'", "type: feishu, url_file: robot"))
    with pytest.raises(OSError, match="is used by output o1 too") as wrong:
        build_outputs(config, WallClock())
    assert TOKEN not in str(wrong.value)
    assert wrong.value.filename == "outputs.o2"


@pytest.mark.parametrize(
    ("typed", "place"),
    [
        (
            f"type: dingtalk, url: 'https://oapi.example.com/robot/send?access_token={TOKEN}'",
            "https://oapi.example.com",
        ),
        (f"type: feishu, url: 'https://open.example.com/hook/{TOKEN}'", "https://open.example.com"),
        (f"type: apprise, url: 'tgram://123456789:AAF{TOKEN}AAF{TOKEN}AAF{TOKEN}AA/12345'", "tgram://"),
        (f"type: pagerduty, secret: {TOKEN}", "https://events.pagerduty.com"),
        (f"{MAIL}, user: u, secret: {TOKEN}", "smtp://m:587"),
        (f"{MAIL}, tls: true, user: u, secret: {TOKEN}", "smtps://m:465"),
    ],
)
def test_the_address_of_a_robot_is_shown_nowhere(tmp_path: Path, typed: str, place: str) -> None:
    """Neither in the outbox nor by the configuration itself; as it is in a file of its own, too."""
    if "apprise" in typed:
        pytest.importorskip("apprise")
    config = load_config(config_of(tmp_path, typed))
    assert TOKEN not in repr(config)
    assert TOKEN not in summary(config)
    assert [built.address for built in build_outputs(config, WallClock())] == [place]


@pytest.mark.parametrize(
    ("kind", "written", "why"),
    [
        ("wecom", "", "is empty: write the address into it"),
        ("wecom", f"qyapi.example.com/{TOKEN}", "must be an address such as"),
        ("apprise", f"dingtalk://{TOKEN}", "use type: dingtalk"),
    ],
)
def test_an_address_in_a_file_is_checked_and_never_quoted(tmp_path: Path, kind: str, written: str, why: str) -> None:
    """The start ends with a sentence that names the file; a good one is used."""
    config = load_config(config_of(tmp_path, f"type: {kind}, url_file: robot"))
    assert "outputs.o1.url_file" in summary(config)
    (tmp_path / "robot").write_text(written, encoding="utf-8")
    with pytest.raises(OSError, match=why) as wrong:
        build_outputs(config, WallClock())
    assert TOKEN not in str(wrong.value)
    assert wrong.value.filename == str(tmp_path / "robot")
    good = f"https://qyapi.example.com/{TOKEN}" if kind == "wecom" else f"json://desk/{TOKEN}"
    (tmp_path / "robot").write_text(f"{good}\n", encoding="utf-8")
    assert config.outputs["o1"].address() == good


def test_what_each_service_takes_is_known(tmp_path: Path) -> None:
    """How many messages a minute, and a share for emergencies; mail has no limit but one that is configured."""
    robot = "url: 'https://robot/"
    typed = (
        f"type: dingtalk, {robot}1'",
        f"type: feishu, {robot}2', per_minute: 60, reserve: 10%",
        "type: pagerduty, secret: k",
        MAIL,
        f"{MAIL}, per_minute: 30",
        HOOK,
    )
    limits = [output.limits() for output in load_config(config_of(tmp_path, *typed)).outputs.values()]
    assert [None if found is None else found.windows for found in limits] == [
        ((20, 60_000),),
        ((60, 60_000), (5, 1_000)),
        ((100, 60_000),),
        None,
        ((30, 60_000),),
        None,
    ]
    assert [found.reserve for found in limits if found is not None] == [0.25, 0.1, 0.25, 0.25]
    assert [found.avoids_half_hours for found in limits if found is not None] == [False, True, False, False]


def test_who_has_no_address_of_its_own_only_carries_pages(tmp_path: Path) -> None:
    """Mail that is sent to nobody in particular is for people on call; an incident is one alert's, at once."""
    typed = (MAIL, f"{MAIL}, to: [a@example.com]", f"{HOOK}, only_oncall: true", "type: pagerduty, only_oncall: true")
    policies = load_config(config_of(tmp_path, *typed)).settings().outputs
    assert [policy.only_oncall for policy in policies] == [True, False, True, True]
    assert [policy.alerts_max for policy in policies] == [50, 50, 50, 1]
    assert [policy.group_interval_ms for policy in policies] == [30_000, 30_000, 30_000, 0]
    assert [policy.pages_max for policy in policies] == [50, 50, 50, 1]


def test_a_message_of_2048_bytes_is_of_few_alerts(tmp_path: Path) -> None:
    """Each is named there, and each that calls somebody has its link."""
    typed = "type: wecom, url: 'https://qyapi.example.com/x'"
    (policy,) = load_config(config_of(tmp_path, typed)).settings().outputs
    assert (policy.alerts_max, policy.pages_max) == (20, 6)
