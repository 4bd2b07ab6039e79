"""The back-test for people: tables 100 columns wide, in the site's time. "–" is "not known" or "not judged"."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from datetime import datetime
from zoneinfo import ZoneInfo

from floorwatch.report import Json
from floorwatch.text_table import WIDTH, clock, percent, table

FIGURES = ("firings", "pages/h", "firing", "nobody had it", "warned", "lead", "false", "a day")


def render_text(found: Json) -> str:
    """The tables of `document.document`, ending in a newline."""
    site = _Site(ZoneInfo(found["timezone"]))
    compared = found.get("compared")
    parts = [_head(found, site), _rules("RULES", found["rules"]), _queues(found)]
    if compared is not None:
        parts += [_rules("RULES COMPARED WITH", compared["rules"]), *_differences(compared, site)]
    parts += [_firings(found, site), _misses(found, site)]
    sections = ["\n".join(lines) for part in parts if (lines := list(part))]
    return "\n\n".join([*sections, f"digest {found['digest']}"]) + "\n"


class _Site:
    """Instants in the site's time."""

    def __init__(self, zone: ZoneInfo) -> None:
        self._zone = zone

    def __call__(self, instant: str) -> datetime:
        return datetime.fromisoformat(instant).astimezone(self._zone)

    def span(self, since: str, until: str | None) -> str:
        """`2026-03-02 10:02:31 – 10:14:05`."""
        ends = f"{self(until):%H:%M:%S}" if until else "open"
        return f"{self(since):%Y-%m-%d %H:%M:%S} – {ends:<8}"


def _head(found: Json, site: _Site) -> Iterator[str]:
    if found["from"] is None:
        yield "Nothing was accepted from this input."
        return
    first, last = site(found["from"]), site(found["to"])
    yield f"{first:%Y-%m-%d %H:%M:%S} to {last:%Y-%m-%d %H:%M:%S}, {found['timezone']}"
    yield f"{found['days']} day{'' if found['days'] == 1 else 's'} with contacts, {found['open_hours']:g} h in all"


def _rules(title: str, rules: list[Json]) -> Iterator[str]:
    yield title
    rows = []
    for rule in rules:
        per_hour, per_day = rule["pages_per_hour"], rule["false_alarms_per_day"]
        warned = "–" if rule["warned"] is None else f"{rule['warned']} of {rule['missed']}"
        rows.append(
            [
                rule["rule"],
                f"{rule['firings']:,}",
                "–" if per_hour is None else f"{per_hour:.2f}",
                clock(rule["firing_seconds"]),
                clock(rule["unacknowledged_seconds"]),
                warned,
                clock(rule["lead_seconds_median"]),
                "–" if rule["false_alarms"] is None else f"{rule['false_alarms']:,}",
                "–" if per_day is None else f"{per_day:.2f}",
            ]
        )
    yield from table(["rule", *FIGURES], rows)


def _queues(found: Json) -> Iterator[str]:
    yield "PERIODS"
    rows = [
        [name, f"{queue['periods']:,}", f"{queue['missed']:,}", f"{queue['incomplete']:,}"]
        for name, queue in found["queues"].items()
    ]
    yield from table(["queue", "judged", "missed", "incomplete"], rows)
    text = (
        f"judged: {found['min_sample']} decided or more and no gap; missed: ended under the target; warned: an alert "
        "fired 5 min or more before that end, and began 30 min before it or later; false: fired while no period that "
        "it touches was missed; lead: median time from the first warning to the end"
    )
    yield from textwrap.wrap(text, WIDTH)


def _differences(compared: Json, site: _Site) -> Iterator[Iterator[str]]:
    yield _listed(f"FIRES ONLY NOW: {len(compared['only_new'])}", compared["only_new"], site)
    yield _listed(f"FIRED ONLY BEFORE: {len(compared['only_old'])}", compared["only_old"], site)
    yield _moved(compared, site)


def _listed(title: str, firings: list[Json], site: _Site) -> Iterator[str]:
    yield title
    for firing in firings:
        yield from _wrapped(f"{_start(firing, site)}  {firing['severity']}")


def _moved(compared: Json, site: _Site) -> Iterator[str]:
    yield f"MOVED: {len(compared['moved'])}, the same: {compared['same']}"
    for firing in compared["moved"]:
        severity = firing["severity"]
        if severity != firing["severity_before"]:
            severity = f"{firing['severity_before']} → {severity}"
        fires, resolves = (_shift(firing[key]) for key in ("fires_later_seconds", "resolves_later_seconds"))
        yield from _wrapped(f"{_start(firing, site)}  {severity}, fires {fires}, resolved {resolves}")


def _shift(seconds: float | None) -> str:
    if seconds is None:
        return "–"
    return f"{clock(abs(seconds))} {'later' if seconds > 0 else 'earlier'}" if seconds else "as before"


def _start(firing: Json, site: _Site) -> str:
    (about,) = firing["labels"].values()
    return f"{site.span(firing['fired_at'], firing['resolved_at'])}  {firing['rule']}  {about}"


def _firings(found: Json, site: _Site) -> Iterator[str]:
    yield f"FIRED: {len(found['firings'])}"
    for firing in found["firings"]:
        first, last = firing["severity_at_fire"], firing["severity"]
        grave = last if first == last else f"{first}, rose to {last}"
        verdict = ", false alarm" if firing["false_alarm"] else ""
        yield from _wrapped(f"{_start(firing, site)}  {grave}, {_value(firing)}{verdict}")


def _value(firing: Json) -> str:
    value, unit = firing["value_at_fire"], firing["unit"]
    shown = f"{value:g}" if unit == "count" else percent(value) if unit == "ratio" else clock(value / 1000)
    return f"at {shown}" + (f" (n {firing['n_at_fire']})" if firing["n_at_fire"] else "")


def _misses(found: Json, site: _Site) -> Iterator[str]:
    silent = [miss for miss in found["misses"] if not miss["lead_seconds"]]
    yield f"MISSED WITHOUT A WARNING: {len(silent)} of {len(found['misses'])}"
    for miss in silent:
        level = f"{percent(miss['service_level'])} (n {miss['n']}), target {percent(miss['target'], 0)}"
        yield from _wrapped(f"{site(miss['from']):%Y-%m-%d %H:%M} – {site(miss['to']):%H:%M}  {miss['queue']}  {level}")


def _wrapped(line: str) -> list[str]:
    return textwrap.wrap(line, WIDTH, subsequent_indent=" " * 33)
