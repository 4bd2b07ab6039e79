"""Business hours and channels in the configuration: what a supervisor types, and what comes of a slip of the pen."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from floorwatch.config import load_config
from floorwatch.config.problems import ConfigError
from floorwatch.config.summary import summary
from floorwatch.floor.channels import CHANNELS
from floorwatch.floor.settings import QueuePolicy, Settings

HOUR_MS = 3_600_000


def load(folder: Path, text: str) -> Settings:
    path = folder / "floor.yaml"
    path.write_text(text, encoding="utf-8")
    return load_config(path).settings()


def test_hours_as_they_are_typed(tmp_path: Path) -> None:
    """Ranges, lists, several spans a day, nights, closed days: all become spans of the days of the week."""
    hours = (
        load(
            tmp_path,
            """
queues:
  mail:
    hours:
      mon-wed: 09:00-18:00
      Thursday: 08:00-12:00, 13:00-18:00
      fri: 22:00-06:00
      sat, sun: closed
""",
        )
        .queues["mail"]
        .hours
    )
    assert hours is not None
    office = ((9 * HOUR_MS, 18 * HOUR_MS),)
    lunch = ((8 * HOUR_MS, 12 * HOUR_MS), (13 * HOUR_MS, 18 * HOUR_MS))
    assert hours.week == (office, office, office, lunch, ((22 * HOUR_MS, 30 * HOUR_MS),), (), ())
    assert hours.texts()[3:5] == ("08:00-12:00, 13:00-18:00", "22:00-06:00")


@pytest.mark.parametrize("typed", ["{daily: 00:00-24:00}", "{sat-fri: 00:00-24:00}", "{mon-sun: 0:00-00:00}"])
def test_all_week(tmp_path: Path, typed: str) -> None:
    """However the whole week is written, it is the whole week; but for a span that says nothing."""
    text = f"queues: {{mail: {{hours: {typed}}}}}"
    if "0:00-00:00" in typed:
        with pytest.raises(ConfigError, match="the whole day is 00:00-24:00"):
            load(tmp_path, text)
        return
    hours = load(tmp_path, text).queues["mail"].hours
    assert hours is not None
    assert hours.week == (((0, 24 * HOUR_MS),),) * 7


def test_holidays_of_the_site_and_of_a_queue(tmp_path: Path) -> None:
    """Those of a queue stand in place of the site's; without hours they mean nothing."""
    queues = load(
        tmp_path,
        """
site: {holidays: [2026-12-25, "2026-12-26"]}
defaults: {hours: {mon-fri: 09:00-18:00}}
queues:
  mail:
  emergency: {holidays: []}
  returns: {holidays: [2026-01-01]}
""",
    ).queues
    dates = {name: policy.hours.holidays for name, policy in queues.items() if policy.hours is not None}
    assert dates == {
        "mail": (date(2026, 12, 25), date(2026, 12, 26)),
        "emergency": (),
        "returns": (date(2026, 1, 1),),
    }


@pytest.mark.parametrize(
    ("typed", "line", "said"),
    [
        ("{mom: 09:00-18:00}", 2, "queues.mail.hours.mom: 'mom' is no day of the week; did you mean 'mon'?"),
        ("{mon-fry: 09:00-18:00}", 2, "hours.mon-fry: 'fry' is no day of the week; did you mean 'fri'?"),
        ("{mon-wendesday: 09:00-18:00}", 2, "'wendesday' is no day of the week; did you mean 'wednesday'?"),
        ("{mon: 0900-18:00}", 2, "queues.mail.hours.mon: must be opening times such as 09:00-18:00"),
        ("{mon: 09:00-25:00}", 2, "must be opening times"),
        ("{mon: 09:00-09:00}", 2, "opens when it closes; the whole day is 00:00-24:00"),
        ("\n      mon-fri: 09:00-18:00\n      fri: 09:00-12:00", 4, "hours.fri: Friday is named twice"),
        ("\n      sun: 22:00-06:00\n      mon: 05:00-12:00", 4, "hours.mon: overlaps with 'sun'"),
        ('{mon: "09:00-12:00, 11:00-14:00"}', 2, "hours.mon: overlaps"),
        ("{mon: closed}", 2, "queues.mail.hours: is never open"),
        ("{}", 2, "queues.mail.hours: is never open"),
        ("09:00-18:00", 2, "queues.mail.hours: needs the days"),
    ],
)
def test_nonsense_is_refused_with_its_line(tmp_path: Path, typed: str, line: int, said: str) -> None:
    """Each mistake is named where it stands, with the way out."""
    with pytest.raises(ConfigError) as wrong:
        load(
            tmp_path,
            f"queues:\n  mail: {{hours: {typed}}}" if "\n" not in typed else f"queues:\n  mail:\n    hours:{typed}",
        )
    (problem,) = wrong.value.problems
    assert problem.line == (line if "\n" not in typed else line + 1)
    assert said in str(problem)


def test_a_queue_has_the_promise_of_its_channel(tmp_path: Path) -> None:
    """Its own keys first, then those of `defaults`, then the channel's; voice is what it always was."""
    settings = load(
        tmp_path,
        """
defaults: {service_level: {target: 90%}}
queues:
  calls:
  mail: {channel: email}
  chat: {channel: chat, concurrency: 3, service_level: {threshold: 30s}}
""",
    )
    assert settings.default_policy == QueuePolicy(target=0.9)
    assert settings.queues["calls"] == QueuePolicy(target=0.9)
    mail, chat = settings.queues["mail"], settings.queues["chat"]
    assert (mail.threshold_ms, mail.short_abandon_ms, mail.target, mail.per) == (24 * HOUR_MS, 0, 0.9, "day")
    assert (chat.threshold_ms, chat.short_abandon_ms, chat.target, chat.concurrency) == (30_000, 5_000, 0.9, 3)


def test_the_table_of_channels_is_the_documented_one(repository: Path) -> None:
    """docs/channels.md shows the table of the code, row by row."""
    rows = [
        [cell.strip(" `") for cell in line.strip("|").split("|")]
        for line in (repository / "docs/channels.md").read_text(encoding="utf-8").splitlines()
        if line.startswith("| `")
    ]
    documented = {row[0]: tuple(row[1:5]) for row in rows if row[0] in CHANNELS}
    units = {3_600_000: "h", 1_000: "s"}
    for channel, policy in CHANNELS.items():
        size = 3_600_000 if policy.threshold_ms % 3_600_000 == 0 else 1_000
        threshold = f"{policy.threshold_ms // size} {units[size]}"
        short = f"{policy.short_abandon_ms // 1000} s" if policy.short_abandon_ms else "0"
        assert documented[channel] == (f"{policy.target:.0%}".replace("%", " %"), threshold, short, policy.per)
        assert policy.channel == channel


def test_the_summary_says_when_t_counts(tmp_path: Path) -> None:
    """`check-config` shows hours as they were understood."""
    path = tmp_path / "floor.yaml"
    hours = "{mon-fri: 09:00-18:00, sat: 10:00-14:00}"
    path.write_text(f"queues: {{mail: {{channel: email, hours: {hours}, holidays: [2026-12-25]}}}}")
    said = summary(load_config(path))
    assert "80% in 24 h per day" in said
    assert "T counts mon-fri 09:00-18:00; sat 10:00-14:00, but for 1 holiday" in said
