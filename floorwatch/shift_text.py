"""A shift report as plain text, for mail, console and file: what is handed over comes first."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from zoneinfo import ZoneInfo

from floorwatch.metrics.catalogue import Language
from floorwatch.metrics.phrases import PHRASES, person, phrase
from floorwatch.shift_view import ShiftAlert, ShiftReport

ALERTS_MAX = 100
"""So many alerts are told one by one, under each heading."""


def shift_title(report: ShiftReport, lang: Language) -> str:
    """One line: whose turn, and when it was handed over."""
    return phrase("shift.subject", lang, rota=report.rota, time=_time(report, report.until))


def shift_text(report: ShiftReport, lang: Language) -> str:
    """The whole report, ending in a newline."""
    live = [alert for alert in report.alerts if alert.is_live]
    over = [alert for alert in report.alerts if not alert.is_live]
    parts = [_head(report, lang), _figures(report, lang)]
    headings = ("turn.live" if report.is_running else "shift.live", live), ("shift.over", over)
    parts += [_listed(heading, part, report, lang) for heading, part in headings if part]
    return "\n\n".join(text for part in parts if (text := "\n".join(part))) + "\n"


def _head(report: ShiftReport, lang: Language) -> Iterator[str]:
    yield phrase("shift.title", lang, rota=report.rota)
    since, until = (_time(report, at) for at in (report.since, report.until))
    span = "shift.span_now" if report.is_running else "shift.span"
    yield f"{report.site} · {phrase(span, lang, since=since, until=until, zone=report.timezone)}"
    yield phrase("shift.people", lang, people=_people(report.people, lang))
    following = _people(report.next_people, lang)
    if report.next_at is not None:
        yield phrase("shift.then", lang, people=following, time=_time(report, report.next_at))
    elif not report.is_running:
        yield phrase("shift.next", lang, people=following)
    if report.known_since is not None:
        yield phrase("shift.known_since", lang, time=_time(report, report.known_since))


def _figures(report: ShiftReport, lang: Language) -> Iterator[str]:
    if not report.alerts:
        if report.known_since is None:
            yield phrase("shift.no_alerts", lang)
        elif report.known_since < report.until:
            yield phrase("shift.no_alerts_then", lang)
        return
    counts = [
        phrase("shift.of_severity", lang, n=n, severity=phrase(f"severity.{severity}", lang))
        for severity, n in report.n_by_severity.items()
    ]
    yield phrase("shift.counts", lang, n=len(report.alerts), by_severity=_join(counts, lang))
    for key, ms, n in (
        ("shift.acknowledge", report.acknowledge_ms, report.acknowledge_n),
        ("shift.act", report.act_ms, report.act_n),
        ("shift.recover", report.recover_ms, report.recover_n),
    ):
        if ms is not None:
            yield phrase(key, lang, ms=ms, n=n, all=len(report.alerts))


def _listed(heading: str, alerts: list[ShiftAlert], report: ShiftReport, lang: Language) -> Iterator[str]:
    yield phrase(heading, lang, n=len(alerts))
    for alert in alerts[:ALERTS_MAX]:
        severity = phrase(f"severity.{alert.severity}", lang)
        yield f"- {_time(report, alert.fired_at)}  {severity}  {alert.message.get(lang, alert.rule)}"
        yield f"    {' · '.join(_became(alert, lang))}"
    if len(alerts) > ALERTS_MAX:
        yield phrase("shift.more", lang, n=len(alerts) - ALERTS_MAX)


def _became(alert: ShiftAlert, lang: Language) -> Iterator[str]:
    """Who was called, who had it, what was done, how it ended."""
    if alert.told:
        yield phrase("shift.told", lang, people=_join(alert.told, lang))
    if alert.unreached:
        yield phrase("shift.unreached", lang, people=_join(alert.unreached, lang))
    if alert.acknowledge_ms is None:
        yield phrase("shift.untaken", lang)
    else:
        people = _join((person(who, lang) for who in alert.taken_by), lang)
        yield phrase("shift.taken", lang, people=people, ms=alert.acknowledge_ms)
    if alert.act_ms is not None:
        actions = [_action(kind, lang) for kind in dict.fromkeys(alert.actions)]
        yield phrase("shift.acted", lang, actions=_join(actions, lang), ms=alert.act_ms)
    for brought in alert.effects:
        key = "shift.brought_shared" if brought.shared else "shift.brought"
        yield phrase(key, lang, action=_action(brought.kind, lang), effect=brought.effect)
    if alert.recover_ms is None:
        yield phrase("shift.not_over", lang)
    else:
        yield phrase("shift.recovered", lang, ms=alert.recover_ms)


def _action(kind: str, lang: Language) -> str:
    key = f"action.{kind}"
    return phrase(key, lang) if key in PHRASES else kind


def _people(people: Iterable[str], lang: Language) -> str:
    return _join(people, lang) or phrase("shift.nobody", lang)


def _join(words: Iterable[str], lang: Language) -> str:
    return ("、" if lang == "zh" else ", ").join(words)


def _time(report: ShiftReport, at: int) -> str:
    return f"{datetime.fromtimestamp(at / 1000, ZoneInfo(report.timezone)):%Y-%m-%d %H:%M}"
