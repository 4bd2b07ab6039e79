"""A message in words, once for all outputs that people read: mail, chats, whatever apprise reaches.

A group is told counts only (`public`): neither who has an alert, nor what they wrote, nor advice that names
individuals. A message that goes to one person's own address is for them alone, and may (`lead`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from functools import partial
from typing import Literal, NamedTuple
from zoneinfo import ZoneInfo

from floorwatch.floor.outputs import FLAPPING_MS, Audience
from floorwatch.floor.rules import RANKS
from floorwatch.metrics.catalogue import Language
from floorwatch.metrics.phrases import phrase
from floorwatch.notify.fitting import Block, Room, cut, cut_at_word, fitted
from floorwatch.notify.output import Message, OnCallNote, Said
from floorwatch.shift_text import shift_text, shift_title

Languages = Literal["en", "zh", "both"]
TITLE_CHARS_MAX = 100
SUBJECT_CHARS_MAX = 32
"""Of what an alert is about, where there is room for no more than a name."""
SITE_CHARS_MAX = 32
"""Of whose floor it is, on the last line."""
BETWEEN_LANGUAGES = " / "
_LANGUAGES: dict[str, tuple[Language, ...]] = {"en": ("en",), "zh": ("zh",), "both": ("en", "zh")}
_OF_PAGE = {"taken": "acknowledged", "over": "resolved"}


class Site(NamedTuple):
    """Of whose floor it is."""

    name: str
    timezone: str = "UTC"
    """On whose clock instants are written."""


class Words(NamedTuple):
    """A message as people read it."""

    title: str
    """One line, at most `TITLE_CHARS_MAX` unless there is room for more."""
    text: str


class _Title(NamedTuple):
    """A title in one language: where there is no room for both parts, the first gives way."""

    head: str
    more: str = ""
    """That there are others, and how many."""


class _Reader(NamedTuple):
    """For whom words are chosen."""

    site: Site
    audience: Audience
    languages: tuple[Language, ...]
    now: int
    timezone: str = ""
    """Of the person who reads it; empty: as the site's."""

    def time(self, at: int) -> str:
        """The time of day at the site; with the day, where it is not today."""
        when, today = (_on_clock(instant, self.site.timezone) for instant in (at, self.now))
        return when.strftime("%H:%M" if when.date() == today.date() else "%Y-%m-%d %H:%M")

    @property
    def own_clock(self) -> str:
        """What the reader's own clock shows now, with the day if that is another; empty where it shows the same."""
        theirs = _on_clock(self.now, self.timezone or self.site.timezone)
        ours = _on_clock(self.now, self.site.timezone)
        if theirs.utcoffset() == ours.utcoffset():
            return ""
        return theirs.strftime("%H:%M" if theirs.date() == ours.date() else "%Y-%m-%d %H:%M")


def audience_of(message: Message, audience: Audience) -> Audience:
    """Who reads it, where the output's own readers are these: at a person's own address nobody else does."""
    return "lead" if message.to else audience


def languages_of(message: Message, language: Languages) -> tuple[Language, ...]:
    """In which languages it is written, where the output has this: a person's own goes before."""
    return _LANGUAGES[message.language or language]


def worded(
    message: Message,
    *,
    site: Site,
    audience: Audience,
    language: Languages,
    bytes_max: int | None = None,
    chars_max: int | None = None,
    title_chars_max: int = TITLE_CHARS_MAX,
) -> Words:
    """The message in words, no longer than that: the text without the title, in UTF-8 bytes or in characters.

    Links are whole in any case, so there must be room for one.
    """
    languages, room = languages_of(message, language), Room(bytes_max, chars_max)
    if message.shift is not None:
        reports = [shift_text(message.shift, lang).strip() for lang in languages]
        titles = [_Title(_line(shift_title(message.shift, lang))) for lang in languages]
        return Words(_title(titles, title_chars_max), cut("\n\n".join(reports), room.holds))
    zone = message.timezone if message.to else ""  # a group reads nothing of one person, and has many clocks
    reader = _Reader(site, audience_of(message, audience), languages, message.at, zone)
    blocks = [Block(_forms(said, message, reader), _way_to_take(said.oncall, reader)) for said in message.said]
    title = _title([_title_in(lang, message) for lang in languages], title_chars_max)
    foot, rest = partial(_foot, message, reader), partial(_rest, message, reader)
    return Words(title, fitted(blocks, foot, rest, room))


def _title_in(lang: Language, message: Message) -> _Title:
    """Of the worst alert, and how many more there are."""
    others = len(message.said) - 1 + message.more
    more = phrase("out.more_alerts", lang, count=others) if others > 0 else ""
    return _Title(_line(_head(message.said[0], message, lang)) if message.said else "", more)


def _title(titles: Sequence[_Title], chars_max: int) -> str:
    """All languages in one line; where there is not enough room for them, the longest gives way first."""
    said = [f"{title.head}{title.more}" for title in titles]
    whole = BETWEEN_LANGUAGES.join(said)
    if len(whole) <= chars_max:
        return whole
    share = (chars_max - len(BETWEEN_LANGUAGES) * (len(said) - 1)) // len(said)
    room = Room(chars_max=share + sum(max(0, share - len(title)) for title in said))
    return BETWEEN_LANGUAGES.join(cut_at_word(title.head, room.less(title.more).holds) + title.more for title in titles)


def _forms(said: Said, message: Message, reader: _Reader) -> tuple[str, str, str]:
    """One alert, in full, in short, and as no more than a name."""
    full: list[str] = []
    for lang in reader.languages:
        full.append(_head(said, message, lang))
        if status := phrase("out.between", lang).join(_status(said, reader, lang)):
            full.append(status)
        if advice := _advice(said, reader, lang):
            full.append(phrase("out.to_do", lang, advice=advice))
        if said.oncall is not None:
            full += _why_you(said, said.oncall, message, reader, lang)
    short = [_head(said, message, lang) for lang in reader.languages]
    lang = reader.languages[0]
    alert = said.alert
    subject = cut(_line(alert.labels.get(alert.scope, alert.scope)), Room(chars_max=SUBJECT_CHARS_MAX).holds)
    name = phrase("out.named", lang, state=_state(said, lang), subject=subject, rule=alert.rule)
    return "\n".join(full), "\n".join(short), name


def _head(said: Said, message: Message, lang: Language) -> str:
    """How bad, and what broke. A test says so itself, and is not bad."""
    what = _line(said.alert.message.get(lang, ""))
    return what if message.is_test else phrase("out.head", lang, state=_state(said, lang), what=what)


def _state(said: Said, lang: Language) -> str:
    """Its severity while somebody is to act, also where it is in hand for too long; else what has become of it."""
    if must_act(said):
        return phrase(f"out.state.{said.alert.severity}", lang)
    return phrase(f"out.state.{said.alert.state if said.oncall is None else _OF_PAGE[said.oncall.kind]}", lang)


def _status(said: Said, reader: _Reader, lang: Language) -> Iterator[str]:
    """Since when, who has it, and whether it is news."""
    alert = said.alert
    if said.reminder:
        yield phrase("out.reminder", lang, count=said.reminder)
    if said.was is not None and RANKS.index(said.was) < RANKS.index(alert.severity):
        yield phrase("out.raised", lang, was=phrase(f"severity.{said.was}", lang))
    if said.firings > 1 and alert.state != "resolved":
        key = "out.flapping" if said.is_flapping else "out.again"
        yield phrase(key, lang, count=said.firings, for_ms=FLAPPING_MS)
    if alert.state == "firing" and must_act(said) and alert.fired_at is not None:
        time = reader.time(alert.fired_at)
        if phrase("out.since_then", lang, time=time) not in alert.message.get(lang, ""):
            yield phrase("out.since", lang, time=time)
    if alert.state == "acknowledged" and alert.acknowledged_at is not None and not must_act(said):
        yield from _in_hand(said, reader, lang)
    if alert.state == "resolved" and said.was is None and said.oncall is None:
        yield phrase("out.came_and_went", lang)


def _in_hand(said: Said, reader: _Reader, lang: Language) -> Iterator[str]:
    alert = said.alert
    time = reader.time(alert.acknowledged_at or 0)
    if reader.audience == "public" or not alert.acknowledged_by:
        yield phrase("out.somebody", lang, time=time)
        return
    yield phrase("out.who", lang, who=_line(alert.acknowledged_by), time=time)
    if alert.note:
        yield phrase("out.note", lang, note=_line(alert.note))


def _advice(said: Said, reader: _Reader, lang: Language) -> str:
    """What to do; nothing where nothing is to be done."""
    alert = said.alert
    if not must_act(said):
        return ""
    texts = alert.lead_advice if reader.audience == "lead" and alert.lead_advice else alert.advice
    return _line(texts.get(lang, ""))


def must_act(said: Said) -> bool:
    """Whether somebody is to act on it: nobody has it in hand, or who has it has had it for too long."""
    return said.alert.state == "firing" if said.oncall is None else said.oncall.kind == "call"


def _why_you(said: Said, note: OnCallNote, message: Message, reader: _Reader, lang: Language) -> Iterator[str]:
    """Why somebody on call is told, and whether they must act."""
    if note.kind != "call":
        yield phrase(f"out.{note.kind}", lang)
        return
    whom = "you" if message.to else "they"
    how = phrase("out.how", lang, step=note.step, steps=note.steps, round=note.round, time=note.time)
    yield phrase(f"out.{whom}_rota" if note.rota else f"out.{whom}", lang, rota=_line(note.rota), how=how)
    if note.unresolved_since is not None:
        who, time = said.alert.acknowledged_by, reader.time(note.unresolved_since)
        named = reader.audience == "lead" and who
        yield phrase("out.unresolved_who" if named else "out.unresolved", lang, who=_line(who), time=time)


def _way_to_take(note: OnCallNote | None, reader: _Reader) -> str:
    """The link on a line of its own, and what to answer; the same for all languages."""
    if note is None or note.kind != "call":
        return ""
    lines = []
    if note.link:
        lines += [_both("out.take", reader), note.link]
    if note.answered_in:
        lines.append(BETWEEN_LANGUAGES.join(_what_to_answer(note, lang) for lang in reader.languages))
    return "\n".join(lines)


def _what_to_answer(note: OnCallNote, lang: Language) -> str:
    where = phrase("out.or", lang).join(phrase(f"out.in.{place}", lang) for place in note.answered_in)
    return phrase("out.code", lang, where=where, code=note.code)


def _foot(message: Message, reader: _Reader, left_out: int) -> str:
    """What is not named, whose floor it is, and when this was said."""
    lines = []
    if left_out:
        lines.append(_both("out.left_out", reader, count=left_out))
    if message.more:
        lines.append(_both("out.more", reader, count=message.more))
    site = cut(_line(reader.site.name), Room(chars_max=SITE_CHARS_MAX).holds)
    lang, time = reader.languages[0], reader.time(message.at)
    lines.append(phrase("out.foot", lang, site=site, time=time))
    if own := reader.own_clock:
        lines.append(phrase("out.zones", lang, zone=reader.site.timezone, own=own, own_zone=reader.timezone))
    return "\n".join(lines)


def _rest(message: Message, reader: _Reader, left_out: int) -> str:
    """How many are not named, where there is no room for more words."""
    others = left_out + message.more
    return phrase("out.more_alerts", reader.languages[0], count=others) if others else ""


def _both(key: str, reader: _Reader, **values: object) -> str:
    return BETWEEN_LANGUAGES.join(phrase(key, lang, **values) for lang in reader.languages)


def _on_clock(at: int, timezone: str) -> datetime:
    return datetime.fromtimestamp(at / 1000, ZoneInfo(timezone))


def _line(text: str) -> str:
    """In one line, as names and notes may hold anything: what is no letter and no sign becomes a space."""
    whole = text.encode("utf-8", "replace").decode()
    return " ".join("".join(letter if letter.isprintable() else " " for letter in whole).split())
