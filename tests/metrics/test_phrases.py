from __future__ import annotations

import re
from pathlib import Path
from string import Formatter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from floorwatch.floor.events import AgentState
from floorwatch.metrics.phrases import KINDS, PEOPLE, PHRASES, clock, floored_percent, message, phrase, span

STATIC = "floorwatch/serve/static"
OUR_OWN = {
    "advice",
    "alert",
    "exception",
    "figure",
    "trouble",
    "trouble_name",
    "way",
    "explain",
    "lever",
    "link",
    "loss",
    "neutral",
    "model",
    "out",
    "output",
    "reply",
    "shift",
    "report",
    "rule",
    "sign_in",
    "unseen",
    "why",
} | {
    "schedule",
    "schedule_column",
    "schedule_fix",
    "schedule_note",
}
"""Families of phrases that the daemon writes itself."""


def placeholders(template: str) -> set[tuple[str, str]]:
    return {(name, kind or "") for _, name, kind, _ in Formatter().parse(template) if name is not None}


@pytest.mark.parametrize("key", PHRASES)
def test_both_languages_say_the_same_things(key: str) -> None:
    """A sentence has the same placeholders, of the same kinds, in English and in Chinese, and every kind exists."""
    english, chinese = PHRASES[key]
    assert english
    assert chinese
    assert placeholders(english) == placeholders(chinese)
    assert {kind for _, kind in placeholders(english)} <= {"", *KINDS, *PEOPLE}


def test_who_has_no_name_is_somebody() -> None:
    """Where nobody signs in; at the start of a sentence in capitals; and no sentence names who did something raw."""
    assert phrase("hand.who", "en", who="anybody", time="09:34") == "somebody has it since 09:34"
    assert phrase("link.somebody", "en", who="anybody", time="09:34").startswith("Somebody has it")
    assert phrase("link.somebody", "zh", who="anybody", time="09:34").startswith("某人")
    assert phrase("hand.who", "en", who="A17", time="09:34") == "A17 has it since 09:34"
    kinds = {kind for texts in PHRASES.values() for text in texts for name, kind in placeholders(text) if name == "who"}
    assert kinds == PEOPLE.keys()


def test_every_activity_has_a_word() -> None:
    """The activities of the event contract, and `unknown`, can all be said."""
    states = [*AgentState.__args__, "unknown"]  # type: ignore[attr-defined]
    assert all(f"activity.{state}" in PHRASES for state in states)


def test_pages_use_only_phrases_that_exist_and_none_lies_idle(repository: Path) -> None:
    """Keys named in the page's modules exist; keys of the catalogue are used by a page or by the daemon itself."""
    modules = "".join(path.read_text(encoding="utf-8") for path in (repository / STATIC).rglob("*.js"))
    named = set(re.findall(r'say\(\s*"([a-z_]+\.[a-z0-9_]+)"', modules))
    families = set(re.findall(r"say\(`([a-z]+)\.\$\{", modules)) | set(re.findall(r'wordFor\("([a-z_]+)"', modules))
    assert named
    assert named <= PHRASES.keys()
    quoted = set(re.findall(r'"([a-z_]+\.[a-z0-9_]+)"', modules))
    idle = {key for key in PHRASES if key not in quoted and key.partition(".")[0] not in {*families, *OUR_OWN}}
    assert not idle


def test_a_name_that_looks_like_a_placeholder_is_a_name() -> None:
    """A queue may be called what it likes: what fills a sentence is not filled again."""
    said = message("alert.service_level", subject="sales {n}", ratio=0.61049, threshold_ms=20_000)
    assert said == {"en": "sales {n}: 61 % answered in 20 s", "zh": "sales {n}：20 秒内接通 61%"}


def test_counts_are_said_with_the_right_noun() -> None:
    """One agent, two agents; nothing about none of it in Chinese."""
    assert [KINDS["agents"](n, "en") for n in (0, 1, 2)] == ["0 agents", "1 agent", "2 agents"]
    assert [KINDS["contacts"](n, "zh") for n in (1, 2)] == ["1 个联络", "2 个联络"]


@given(hits=st.integers(0, 5_000), decided=st.integers(1, 5_000), decimals=st.integers(0, 2))
def test_a_level_is_never_shown_higher_than_it_is(hits: int, decided: int, decimals: int) -> None:
    """Percentages are cut: what is written is the greatest number of that many decimals not above the true one."""
    hits = min(hits, decided)
    shown = floored_percent(hits / decided, decimals)
    assert shown.replace(".", "") == str(hits * 100 * 10**decimals // decided).zfill(decimals + 1)


@pytest.mark.parametrize(
    ("ms", "english", "chinese"),
    [
        (20_000, "20 s", "20 秒"),
        (1_500, "1.5 s", "1.5 秒"),
        (90_000, "90 s", "90 秒"),
        (120_000, "120 s", "120 秒"),
        (900_000, "15 min", "15 分钟"),
        (14_400_000, "4 h", "4 小时"),
    ],
)
def test_set_durations_in_the_unit_people_use(ms: int, english: str, chinese: str) -> None:
    """Thresholds and windows are said in seconds, minutes or hours, whichever is plain."""
    assert span(ms, "en") == english
    assert span(ms, "zh") == chinese


@pytest.mark.parametrize(("ms", "shown"), [(0, "0:00"), (59_999, "0:59"), (3_599_999, "59:59"), (6_720_000, "1h52")])
def test_running_durations_are_cut_to_the_second(ms: int, shown: str) -> None:
    """A wait of 59.999 s has not reached a minute."""
    assert clock(ms) == shown


def test_targets_are_written_exactly() -> None:
    """A target is what was configured, not a rounding of it."""
    assert phrase("tile.target", "en", target=0.855, threshold_ms=20_000) == "target 85.5 % in 20 s"
    assert phrase("tile.target", "zh", target=0.7, threshold_ms=20_000) == "目标 70% / 20 秒"
