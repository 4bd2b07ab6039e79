"""What an alert says: what broke, in every figure's own words, with its sample, its limit and since when."""

from __future__ import annotations

from typing import get_args

import pytest

from floorwatch.alerts.figures import FIGURES
from floorwatch.alerts.lifecycle import Alert
from floorwatch.alerts.texts import WHOLE, message, message_at_fire, over
from floorwatch.floor.rules import (
    CLOCK_OFFSET,
    DAEMON_TROUBLE,
    DEFAULT_RULES,
    FEED_DOWN,
    LONGEST_WAIT_HIGH,
    NO_AGENTS,
    OUTPUT_FAILING,
    PROJECTION_MISS,
    TARGET,
    Compare,
    Condition,
    Level,
    Limit,
    Rule,
)
from floorwatch.metrics.phrases import PHRASES
from tests.alerts.scenes import LEVEL, LEVEL_LOW, TIMES, alert, level_alert, rule, settings
from tests.alerts.scenes import over as resolved

SETTINGS = settings()
END = TIMES.ms("10:15")
CALM = Rule("r", "queue", (LEVEL, Condition("occupancy", "above", (Level("warning", Limit(0.85)),), window="15m")))


def says(about: Alert, lang: str = "en") -> str:
    """What broke, of the value at the latest reading."""
    return message(about, about.value, about.n, SETTINGS)[lang]


@pytest.mark.parametrize(
    ("about", "english", "chinese"),
    [
        (
            level_alert(),
            "sales: 61 % answered in 20 s (last 15 min, n 143), under target 80 % since 11:02",
            "sales：20 秒内接通 61%（近 15 分钟，样本 143），自 11:02 起低于目标 80%",
        ),
        (
            level_alert("critical"),
            (
                "sales: 61 % answered in 20 s (last 15 min, n 143), under target 80 % since 11:02, "
                "critical at 60 % or less"
            ),
            "sales：20 秒内接通 61%（近 15 分钟，样本 143），自 11:02 起低于目标 80%，60% 及以下为严重",
        ),
        (
            alert(LONGEST_WAIT_HIGH, "sales", 161_999),
            "sales: a contact has waited 2:41, over 1:00 since 11:02",
            "sales：有联络已等待 2:41，自 11:02 起超过 1:00",
        ),
        (
            alert(PROJECTION_MISS, "sales", 0.7999, n=80, until=END),
            "sales: target 80 % can no longer be reached by 11:15, 79 % at best",
            "sales：至 11:15 已无法达到目标 80%，最多 79%",
        ),
        (
            alert(NO_AGENTS, "night", 1),
            "night: nobody is on the queue, 1 contact waiting since 11:02",
            "night：自 11:02 起无人在岗，1 个联络排队",
        ),
        (
            alert(FEED_DOWN, "pbx", 61_000),
            "pbx: feed lost for 1:01, its queues and agents are unknown",
            "pbx：数据中断已 1:01，其队列与坐席状态未知",
        ),
        (
            alert(CLOCK_OFFSET, "pbx", -2_567),
            "pbx: its clock is 2.5 s ahead of ours; its times are corrected",
            "pbx：时钟比本机快 2.5 秒，其时刻已更正",
        ),
        (
            alert(CLOCK_OFFSET, "pbx", 0),
            "pbx: its clock was set, and agrees with ours now",
            "pbx：时钟已调整，现与本机一致",
        ),
        (
            alert(OUTPUT_FAILING, "hook", 61_000),
            "hook: messages have not got through for 1:01",
            "hook：消息已 1:01 未能送达",
        ),
        (
            alert(DAEMON_TROUBLE, "journal", 6_000),
            "floorwatch: its journal cannot be written since 11:02",
            "floorwatch：自 11:02 起日志无法写入",
        ),
        (
            alert(DAEMON_TROUBLE, "disk", 6_000),
            "floorwatch: something is wrong since 11:02: disk",
            "floorwatch：自 11:02 起有故障：disk",
        ),
        (
            alert(rule("abandon_ratio", "above", 0.05, window="15m"), "sales", 0.1239, n=81),
            "sales: abandon ratio 12.3 % (last 15 min, n 81), over 5 % since 11:02",
            "sales：放弃率 12.3%（近 15 分钟，样本 81），自 11:02 起超过 5%",
        ),
        (
            alert(rule("waiting", "at_least", 10), "sales", 12),
            "sales: 12 contacts waiting, 10 or more since 11:02",
            "sales：12 个联络排队，自 11:02 起达到 10 或以上",
        ),
        (
            alert(rule("no_return", "below", 600_000), "sales", 420_000),
            "sales: 7:00 left to reach the target, under 10:00 since 11:02",
            "sales：距无法达标还有 7:00，自 11:02 起低于 10:00",
        ),
        (
            alert(rule("no_return", "below", 600_000), "sales", 0),
            "sales: it is too late to reach the target",
            "sales：已来不及达标",
        ),
        (
            alert(rule("best_possible", "below", Limit(0.05, "target")), "sales", 0.823, n=80, until=END),
            "sales: best possible end 82.3 % (n 80), under 85 % since 11:02",
            "sales：可能的最好结果 82.3%（样本 80），自 11:02 起低于 85%",
        ),
        (
            alert(rule("adherence", "below", 0.9, "floor"), "Kraków", 0.871),
            "Kraków: adherence 87.1 %, under 90 % since 11:02",
            "Kraków：班表遵守率 87.1%，自 11:02 起低于 90%",
        ),
        (
            alert(CALM, "sales", 0.7, n=30),
            "sales: 70 % answered in 20 s (last 15 min, n 30), under target 80 % since 11:02, and occupancy over 85 %",
            "sales：20 秒内接通 70%（近 15 分钟，样本 30），自 11:02 起低于目标 80%，且占用率超过 85%",
        ),
        (
            alert(rule("occupancy", "above", 0.9, window="30m"), "sales", None),
            "sales: occupancy unknown (last 30 min), over 90 % since 11:02",
            "sales：占用率未知（近 30 分钟），自 11:02 起超过 90%",
        ),
    ],
)
def test_alerts_say_what_broke(about: Alert, english: str, chinese: str) -> None:
    """The default rules and others, as people speak, in the site's time; a level is cut, a target is as it was set."""
    assert says(about) == english
    assert says(about, "zh") == chinese


@pytest.mark.parametrize("compare", get_args(Compare))
@pytest.mark.parametrize("limit", [Limit(0.8), TARGET])
def test_every_comparison_is_said(compare: Compare, limit: Limit) -> None:
    """Each way to compare has its words, with a number and with a queue's own target."""
    past = 0.74 if compare in ("below", "at_most") else 0.86
    said = says(alert(rule("projection", compare, limit), "sales", past))
    assert said.startswith(f"sales: expected to end at {past:.0%}, ".replace("%", " %"))
    assert ("target 80 %" in said) == (limit is TARGET)
    assert "80 %" in said


def test_what_is_over_says_when_how_long_and_how_it_stands() -> None:
    """The value where there is one, nobody who waits, or why there is nothing to alert about any more."""
    cases = {
        "sales: over at 11:04, after 1:00 (service level), 83 % now": resolved(level_alert(), 0.83),
        "sales: over at 11:04, after 1:00 (longest wait); nobody waits now": resolved(
            alert(LONGEST_WAIT_HIGH, "sales", 90_000), 0
        ),
        "sales: over at 11:04, after 1:00 (service level); no contacts any more": resolved(
            level_alert(), 0.7, "no_contacts"
        ),
        "sales: over at 11:04, after 1:00 (service level); its hours are over": resolved(
            level_alert(), 0.7, "off_hours"
        ),
        "sales: over at 11:04, after 1:00 (target out of reach); the period is over": resolved(
            alert(PROJECTION_MISS, "sales", 0.77), 0.77, "period_over"
        ),
        "night: over at 11:04, after 1:00 (nobody on the queue); nobody waits now": resolved(
            alert(NO_AGENTS, "night", 1), 0
        ),
        "pbx: over at 11:04, after 1:00 (feed lost)": resolved(alert(FEED_DOWN, "pbx", 61_000), 61_000),
        "floorwatch: over at 11:04, after 1:00 (events waiting)": resolved(alert(DAEMON_TROUBLE, "inbox", 1), 0),
        "floorwatch: over at 11:04, after 1:00 (disk)": resolved(alert(DAEMON_TROUBLE, "disk", 1), 0),
    }
    assert [over(about, SETTINGS)["en"] for about in cases.values()] == list(cases)
    assert over(level_alert(), SETTINGS) == {"en": "", "zh": ""}


def test_what_had_broken_can_be_said_afterwards() -> None:
    """A report tells of an alert that is over as it fired: with the value it fired with."""
    about = resolved(level_alert(), 0.83)
    assert message_at_fire(about, SETTINGS) == {lang: says(level_alert(), lang) for lang in ("en", "zh")}
    feed = alert(FEED_DOWN, "pbx", 61_000, clear_since=TIMES.ms("10:03"))
    assert message_at_fire(feed, SETTINGS)["en"] == "pbx: feed lost for 1:01, its queues and agents are unknown"


def test_what_is_no_longer_past_its_limit_is_not_said_to_be() -> None:
    """While an alert is kept, or not yet clear, it says what was: 85 % is not under a target of 80 %."""
    better = alert(LEVEL_LOW, "sales", 0.8512, n=20, severity="critical")
    assert says(better) == "sales: 85 % answered in 20 s (last 15 min, n 20); was under target 80 % from 11:02 on"
    assert says(better, "zh") == "sales：20 秒内接通 85%（近 15 分钟，样本 20）；自 11:02 起曾低于目标 80%"
    assert says(alert(LONGEST_WAIT_HIGH, "sales", 46_000)).endswith("has waited 0:46; was over 1:00 from 11:02 on")
    assert says(alert(LONGEST_WAIT_HIGH, "sales", 0)) == "sales: nobody waits; was over 1:00 from 11:02 on"
    feed = alert(FEED_DOWN, "pbx", 61_000, clear_since=TIMES.ms("10:03"))
    assert says(feed) == "pbx: the feed is back, it was lost for 1:01"
    assert says(feed, "zh") == "pbx：数据已恢复，曾中断 1:01"


def test_every_figure_can_be_said_and_no_word_lies_idle() -> None:
    """Each figure in each of its scopes has a sentence; each sentence and word of the catalogue has its figure."""
    for figure, of in FIGURES.items():
        for scope in of.scopes:
            assert all(message(alert(rule(figure, "above", 1, scope), "x", 2.0), 2.0, 7, SETTINGS).values())
    built = {f"{compare}{of}" for compare in get_args(Compare) for of in ("", "_target")}
    built |= {"breach", "figure", "unknown", "and", "sample", "sample_window", "sample_n", "worse_low", "worse_high"}
    built |= {"cannot_reach", "no_return_over", "no_agents", "clock_behind", "clock_ahead", "clock_set"}
    built |= {
        "recovering",
        "no_wait",
        "feed_back",
        "over",
        "now",
        "nobody_waits",
        "nobody_there",
        "out_of_reach",
        "no_contacts",
        "period_over",
        "off_hours",
    }
    assert {key for key in PHRASES if key.startswith("alert.")} <= {f"alert.{key}" for key in (*built, *FIGURES)}
    assert set(WHOLE) <= FIGURES.keys()
    assert {rule.figure for rule in DEFAULT_RULES} <= FIGURES.keys()
