"""A message in words: who reads it learns the worst first, and nothing that is not for them; no link is lost."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from floorwatch.alert_view import AlertView
from floorwatch.floor.rules import RANKS
from floorwatch.notify.fitting import ELLIPSIS, Room, cut
from floorwatch.notify.output import Message, OnCallNote, Said
from floorwatch.notify.words import TITLE_CHARS_MAX, Languages, Site, Words, worded
from floorwatch.shift_view import ShiftReport
from tests.notify.shown import NOW, alert

SITE = Site("Kraków", "Europe/Warsaw")
LINK = "https://floor.example.com/take/" + "x" * 60
LEAST_BYTES = 400
"""Room for a link, a code, and a few words."""
WHO = "Ada Lovelace"

names = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=40) | st.sampled_from(
    ["销售组" * 20, "e\u0301" * 30, "👩\u200d💻" * 20, "a\r\nBcc: x", "\u202eevil"]
)


def note(kind: str = "call", **given: Any) -> OnCallNote:
    """Why somebody on call is told."""
    plain: dict[str, Any] = {"link": LINK, "code": "QWDKTW", "answered_in": ("slack",)} if kind == "call" else {}
    return OnCallNote("p", kind, "north", 2, 3, 1, 2, **{**plain, **given})  # type: ignore[arg-type]


def message(*said: Said, **given: Any) -> Message:
    """A message that says this."""
    return Message("k", "chat", NOW, said, **given)


def english(told: Message, **given: Any) -> Words:
    """As a group reads it that reads English."""
    plain: dict[str, Any] = {"audience": "public", "language": "en"}
    return worded(told, site=SITE, **{**plain, **given})


@st.composite
def messages(draw: st.DrawFn) -> Message:
    """Messages of up to twelve alerts, some of them to people on call."""
    said = []
    for number in range(draw(st.integers(1, 12))):
        name = draw(names)
        words = {"en": f"{name}: 5 contacts waiting", "zh": f"{name}：5 个联络排队"}
        shown = alert(
            number,
            labels={"queue": name},
            message=words,
            severity=draw(st.sampled_from(RANKS)),
            state=draw(st.sampled_from(["firing", "acknowledged", "resolved"])),
            acknowledged_at=NOW,
        )
        said.append(Said(str(number), shown, firings=draw(st.integers(1, 5))))
    if draw(st.booleans()):
        said[0] = said[0]._replace(oncall=note())
    return message(*said, more=draw(st.integers(0, 300)), to=draw(st.sampled_from(["", "a17@example.com"])))


def emergency(number: int, name: str, rule: str, oncall: OnCallNote | None = None) -> Said:
    """Of a queue whose name begins with its number."""
    queue = f"e{number:03}{name}"
    what = {"en": f"{queue}: 5 contacts waiting", "zh": f"{queue}：5 个联络排队"}
    shown = alert(number, labels={"queue": queue}, rule=rule, severity="emergency", message=what)
    return Said(str(number), shown, oncall=oncall)


@pytest.mark.parametrize("language", ["en", "zh", "both"])
@pytest.mark.parametrize("rule", ["crowd", "队列排队人数过多" * 4])
@pytest.mark.parametrize("name", ["", "客服热线" * 10, "😀" * 40])
def test_twenty_emergencies_are_named_in_2048_bytes_whatever_they_are_called(
    language: Languages, rule: str, name: str
) -> None:
    """What is told counts as told: one that is not named would be lost. Of six calls, each has its link, too."""
    twenty = [emergency(number, name, rule) for number in range(20)]
    site = Site("呼叫中心" * 20)
    text = worded(message(*twenty, more=280), site=site, audience="public", language=language, bytes_max=2_048).text
    assert all(f"e{number:03}" in text for number in range(20))
    assert "280" in text
    calls = [emergency(number, name, rule, note(link=f"{LINK}{number}")) for number in range(20)]
    text = worded(message(*calls[:6]), site=site, audience="public", language=language, bytes_max=2_048).text
    assert all(f"e{number:03}" in text and f"{LINK}{number}" in text.splitlines() for number in range(6))
    text = worded(message(*calls), site=site, audience="public", language=language, bytes_max=2_048).text
    assert all(f"e{number:03}" in text for number in range(20))
    assert f"{LINK}0" in text.splitlines()


def test_where_only_one_fits_it_is_said_how_many_there_are() -> None:
    """In a text message there is no room for a last line."""
    calls = [emergency(number, "", "crowd", note(answered_in=())) for number in range(5)]
    text = english(message(*calls, more=3), chars_max=140).text
    assert text == f"EMERGENCY e000: crowd (+7)\nTake it in hand:\n{LINK}"


def test_the_last_line_goes_before_what_broke_is_cut() -> None:
    """In a text message the name and the rule have all the room that the link leaves, also of the first of several."""
    one, other = (emergency(number, "_vip_north", "no_agents", note(answered_in=())) for number in range(2))
    named, way = "EMERGENCY e000_vip_north: no_agents", f"Take it in hand:\n{LINK}"
    assert english(message(one), chars_max=len(f"{named}\n{way}")).text == f"{named}\n{way}"
    text = f"EMERGENCY {'e000' + 'n' * 27}…: no_agents_at_all (+1)\n{way}"
    long = emergency(0, "n" * 40, "no_agents_at_all", note(answered_in=()))
    assert english(message(long, other), chars_max=len(text)).text == text


@given(messages(), st.sampled_from(["en", "zh", "both"]), st.integers(LEAST_BYTES, 5_000), st.booleans())
def test_no_text_is_longer_than_there_is_room_for(
    told: Message, language: Languages, most: int, counts_bytes: bool
) -> None:
    """In bytes and in characters, in any language; and the link is whole, the title one line of a hundred letters."""
    limit = {"bytes_max": most} if counts_bytes else {"chars_max": most}
    words = worded(told, site=SITE, audience="public", language=language, **limit)
    assert (len(words.text.encode()) if counts_bytes else len(words.text)) <= most
    assert 0 < len(words.title) <= TITLE_CHARS_MAX
    assert words.title.isprintable()
    if told.said[0].oncall is not None:
        assert LINK in words.text.splitlines()


@given(st.integers(1, 50), st.integers(LEAST_BYTES, 6_000))
def test_what_is_not_named_is_counted(n_alerts: int, most: int) -> None:
    """Every alert is named, in however few words, or is one of those the foot counts; the first always is."""
    shown = [
        alert(n, labels={"queue": f"q{n:02d}"}, message={"en": f"q{n:02d}: broken " + "x" * 80}) for n in range(50)
    ]
    told = message(*(Said(str(n), one) for n, one in enumerate(shown[:n_alerts])))
    text = english(told, bytes_max=most).text
    named = [n for n in range(n_alerts) if f"q{n:02d}" in text]
    assert named == list(range(len(named)))
    assert named
    left_out = n_alerts - len(named)
    assert (f"{left_out} more do not fit here" in text) == bool(left_out)


def test_twenty_emergencies_are_all_named_where_the_least_fits() -> None:
    """In the 2,048 bytes of the smallest robot, in both languages: none of them counts as told without being named."""
    shown = [
        alert(
            n,
            severity="emergency",
            labels={"queue": f"queue number {n:02d}"},
            message={"en": f"queue number {n:02d}: nobody on the queue " + "x" * 60, "zh": "无人在岗" * 20},
        )
        for n in range(20)
    ]
    told = message(*(Said(str(n), one) for n, one in enumerate(shown)), more=280)
    text = worded(told, site=SITE, audience="public", language="both", bytes_max=2_048).text
    assert all(f"queue number {n:02d}" in text for n in range(20))
    assert "280 more in the next message." in text


@given(names, st.integers(1, 60))
def test_no_character_is_cut_in_two(name: str, most: int) -> None:
    """What is cut is a beginning of the text, and no accent or joined sign loses its other half."""
    found = cut(name, Room(bytes_max=most).holds)
    if found != name:
        kept = found.removesuffix(ELLIPSIS)
        assert found == "" or found.endswith(ELLIPSIS)
        assert name.startswith(kept)
        assert not name[len(kept) :].startswith(("\u0301", "\u200d")) or not kept


def private(**given: Any) -> AlertView:
    """An alert that knows a name wherever one can be."""
    lead = {"en": f"Send {WHO}.", "zh": f"派 {WHO}。"}
    return alert(
        acknowledged_by=WHO, note=f"{WHO} does", snoozed_by=WHO, acknowledged_at=NOW, lead_advice=lead, **given
    )


@pytest.mark.parametrize("state", ["firing", "acknowledged", "resolved"])
@pytest.mark.parametrize("kind", [None, "call", "taken", "over"])
def test_a_group_is_told_nobodys_name(state: str, kind: str | None) -> None:
    """Neither who has it, nor what they wrote, nor the person that is called; at their own address a person is told."""
    oncall = None if kind is None else note(kind, unresolved_since=NOW - 60_000)
    told = message(Said("s", private(state=state), oncall=oncall), person=WHO)
    for language in ("en", "zh", "both"):
        words = worded(told, site=SITE, audience="public", language=language)  # type: ignore[arg-type]
        assert "Ada" not in words.title + words.text
    for text in (english(told, audience="lead").text, english(told._replace(to="a17@example.com")).text):
        assert ("Ada" in text) == (kind == "call" or state == "acknowledged" or (state, kind) == ("firing", None))


def test_who_has_it_and_since_when() -> None:
    """A lead is told who, and what they wrote, in one line; a group that somebody has it."""
    told = message(Said("s", private(state="acknowledged")))
    assert english(told, audience="lead").text.splitlines()[:2] == [
        "IN HAND sales: 1:31",
        f"{WHO} has it in hand since 22:06; they say: {WHO} does",
    ]
    assert english(told).text.splitlines()[1] == "somebody has it in hand since 22:06"


def test_a_message_says_whether_it_is_news() -> None:
    """Reminders, what got worse, what fires again and again, and what was over before it could be told, say so."""
    text = english(message(Said("s", alert(severity="emergency"), was="critical", reminder=2, firings=3))).text
    assert "reminder 2: nobody has it in hand; was critical before; fired 3 times within 30 min; fires since" in text
    assert "not every time is told" in english(message(Said("s", alert(), firings=6, is_flapping=True))).text
    over = alert(state="resolved", resolved_at=NOW)
    assert "it was over before it could be told" in english(message(Said("s", over))).text
    assert "before it could" not in english(message(Said("s", over, was="critical"))).text


def test_a_page_says_why_you_and_how_to_take_it() -> None:
    """The rota, how far it was carried, since when it is not resolved; the link and the code on lines of their own."""
    called = note(unresolved_since=NOW - 3_600_000)
    told = message(Said("s", private(severity="emergency"), oncall=called), to="a17@example.com", person="A17")
    lines = english(told, language="zh")
    assert "通知您，因您在班表 north 中值班：第 2 步（共 3 步），第 1 轮，第 2 次。" in lines.text
    lines = english(told)
    assert lines.title == "EMERGENCY sales: 1:31"
    assert lines.text.splitlines()[2:] == [
        f"To do: Send {WHO}.",
        "You are told because you are on call in rota north: step 2 of 3, round 1, call 2.",
        f"{WHO} has it in hand since 21:06 and it is not over yet, so it begins anew.",
        "Take it in hand:",
        LINK,
        "In Slack: take QWDKTW",
        "",
        "Kraków, 22:06",
    ]


def test_what_is_in_hand_for_too_long_is_told_by_its_severity() -> None:
    """Who is called about it reads that it is bad, and what to do, and not that all is well since somebody has it."""
    shown = private(state="acknowledged", severity="emergency")
    words = english(message(Said("s", shown, oncall=note(unresolved_since=NOW - 60_000)), to="a17@example.com"))
    assert words.title == "EMERGENCY sales: 1:31"
    assert words.text.splitlines()[1] == f"To do: Send {WHO}."


@pytest.mark.parametrize(
    ("kind", "words"), [("taken", "You need not act on it any more."), ("over", "Nobody needs to")]
)
def test_who_was_called_is_told_that_they_need_not_act(kind: str, words: str) -> None:
    """And is given neither a link nor advice."""
    state = "acknowledged" if kind == "taken" else "resolved"
    text = english(message(Said("s", private(state=state), oncall=note(kind)), to="a17@example.com")).text
    assert words in text
    assert "Take it" not in text
    assert "To do" not in text


def test_a_person_is_written_to_in_their_language() -> None:
    """Which goes before that of the output."""
    told = message(Said("s", alert()), to="a17@example.com")
    assert "【严重】" not in english(told, language="en").text
    assert english(told._replace(language="zh"), language="en").text.startswith("【严重】sales：1:31")


def test_a_title_names_the_worst_and_how_many_more() -> None:
    """In both languages, sharing the line."""
    told = message(Said("s", alert(severity="emergency")), Said("t", alert(2)), more=3)
    both = worded(told, site=SITE, audience="public", language="both").title
    assert both == "EMERGENCY sales: 1:31 (+4) / 【紧急】sales：1:31（另 4 项）"


def test_what_to_answer_is_said_to_whom_answers_count_from() -> None:
    """And where; to nobody else, who would only be refused."""

    def text(*places: str) -> str:
        told = message(Said("s", alert(), oncall=note(answered_in=places)), to="a17@example.com")
        return worded(told, site=SITE, audience="lead", language="both").text

    both = "In Slack or DingTalk: take QWDKTW / 在 Slack 或钉钉中回复：接手 QWDKTW"
    assert both in text("slack", "dingtalk").splitlines()
    assert "QWDKTW" not in text()


def test_a_title_is_cut_between_words_and_keeps_how_many_more_in_each_language() -> None:
    """As a mail has it: in both languages it is read to the end what is said, and that there is more."""
    long = {
        "en": "reservations: 62 % answered in 20 s (last 15 min, n 57), under target 80 % since 14:21",
        "zh": "预订部门第一组与第二组合并队列：20 秒内接通 62%（近 15 分钟，样本 57），自 14:21 起低于目标 80%",
    }
    told = message(Said("s", alert(message=long)), more=4)
    english_half, chinese_half = worded(told, site=SITE, audience="public", language="both").title.split(" / ")
    assert english_half == "CRITICAL reservations: 62 % answered in… (+4)"
    assert chinese_half == "【严重】预订部门第一组与第二组合并队列：20 秒内接通 62%（近 15 分钟…（另 4 项）"


def test_since_when_is_not_said_twice() -> None:
    """Where the sentence of the alert has that instant already."""
    at = {"en": "sales: 62 %, under target since 22:06", "zh": "sales：62%，自 22:06 起低于目标"}
    told = message(Said("s", alert(message=at, fired_at=NOW)))
    assert worded(told, site=SITE, audience="public", language="both").text.count("22:06") == 3, "twice, and the foot"
    assert "fires since 22:05" in english(message(Said("s", alert(message=at, fired_at=NOW - 60_000)))).text


def test_who_lives_by_another_clock_is_told_whose_times_these_are() -> None:
    """And what theirs shows, with its day where that is another; to a group, or by the same clock, nothing is said."""
    told = message(Said("s", alert()), to="a17@example.com", person="A17")
    here = english(told).text
    assert here == english(told._replace(timezone="Europe/Berlin")).text, "the same clock by another name"
    assert here == english(told._replace(to="", timezone="Asia/Shanghai"), audience="lead").text
    away = english(told._replace(timezone="Asia/Shanghai")).text
    assert away == f"{here}\nTimes are those of Europe/Warsaw: it is 2026-11-29 05:06 in Asia/Shanghai now."


def test_an_instant_of_another_day_has_its_day() -> None:
    """On the clock of the site."""
    text = english(message(Said("s", alert(fired_at=NOW - 86_400_000)))).text
    assert "fires since 2026-11-27 22:06" in text


def test_a_shift_report_is_text_in_the_languages_of_its_reader() -> None:
    """And is cut like any other."""
    report = ShiftReport(
        key="k",
        site="berlin",
        timezone="UTC",
        rota="north",
        team="",
        since=NOW - 3_600_000,
        until=NOW,
        people=("A17",),
        next_people=("B2",),
    )
    told = message(shift=report)
    words = worded(told, site=SITE, audience="lead", language="both")
    assert words.text.count("A17") == 2
    assert " / " in words.title
    assert len(worded(told, site=SITE, audience="lead", language="both", bytes_max=100).text.encode()) <= 100
