"""An explanation as a person reads it in a terminal, in English or Chinese."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from floorwatch.metrics.catalogue import Language
from floorwatch.metrics.phrases import KINDS, phrase

Json = Mapping[str, Any]
_COMMA: dict[Language, str] = {"en": ", ", "zh": "，"}
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def explanation(answer: Json, lang: Language) -> str:
    """All of it: the definition, then each queue; of one queue every operand, of several a line each."""
    rows = answer["explained"]
    of = rows[0]["figure"] if len(rows) == 1 else answer["figure"]
    lines = [*definition(answer["definitions"][of], answer["definitions"], lang), ""]
    if not rows:
        lines.append(phrase("explain.no_queue", lang))
    elif len(rows) == 1:
        lines += _in_full(answer, rows[0], lang)
    else:
        lines += _side_by_side(answer, rows, lang)
    return "\n".join(lines) + "\n"


def definition(figure: Json, definitions: Mapping[str, Json], lang: Language) -> Iterator[str]:
    """What the figure is, what it leaves out, and what has changed."""
    yield f"{figure['name'][lang]}: {phrase('explain.version', lang, **figure)}"
    yield figure["text"][lang]
    yield f"{phrase('explain.formula', lang)}: {figure['formula']}"
    if figure["sample"]:
        sample = definitions.get(figure["sample"], {"name": {lang: figure["sample"]}})["name"][lang]
        yield f"n: {sample} ({figure['sample']})"
    out = figure["excludes"][lang]
    yield f"{phrase('explain.left_out', lang)}:" + ("" if out else f" {phrase('explain.nothing_left_out', lang)}")
    yield from (f"  - {clause}" for clause in out)
    for change in figure["changes"]:
        yield phrase("explain.changed", lang, **change | {"text": change["text"][lang]})


def _in_full(answer: Json, row: Json, lang: Language) -> Iterator[str]:
    whose = row["queue"] or row["agent"] or phrase("explain.floor", lang)
    yield f"{whose}, {_when(answer, row, lang)}"
    own = answer["definitions"][row["figure"]]
    if row["symbols"]:
        yield f"  {row['symbols']}"
    yield f"  {_value(row, own, lang)}"
    if len(row["operands"]) > 1 or any(operand["name"] for operand in row["operands"]):
        wide = max(len(operand["symbol"]) for operand in row["operands"])
        digits = max(len(_plain(operand["value"])) for operand in row["operands"])
        for operand in row["operands"]:
            value, meaning = _plain(operand["value"]), operand["name"].get(lang, "")
            yield f"    {operand['symbol']:<{wide}}  {value:>{digits}}  {meaning}".rstrip()
    yield from (f"  {remark}" for remark in _remarks(answer, row, lang))


def _side_by_side(answer: Json, rows: list[Json], lang: Language) -> Iterator[str]:
    yield _when(answer, rows[0], lang)
    wide = max(len(row["queue"]) for row in rows)
    for row in rows:
        parts = [_value(row, answer["definitions"][row["figure"]], lang), *_facts(answer, row, lang)]
        yield f"  {row['queue']:<{wide}}  " + "   ".join(parts)
    for symbols in dict.fromkeys(row["symbols"] for row in rows if row["symbols"]):
        yield f"  {symbols}"
    counted = [operand for row in rows if not row["model"] for operand in row["operands"]]
    named = {operand["symbol"]: operand["name"][lang] for operand in counted if operand["name"]}
    yield from (f"    {symbol}: {meaning}" for symbol, meaning in named.items())
    said = (line for row in rows for line in (*_untold(row, lang), *_freshness(answer, row, lang)))
    yield from (f"  {line}" for line in dict.fromkeys(said))


def _value(row: Json, figure: Json, lang: Language) -> str:
    """`0.7821… = 237 / (237 + 9 + 63 − 6)`, or why there is none."""
    if row["why"]:
        return f"– ({phrase('why.' + row['why'], lang)})" + (f" = {row['numbers']}" if row["numbers"] else "")
    shown: str = row["shown"] + (" s" if figure["unit"] == "seconds" else "")
    if figure["unit"] == "ratio":
        shown = f"{KINDS['percent1'](row['value'], lang)}: {shown}"
    if row["numbers"] in ("", row["shown"]):
        return shown
    return f"{shown} {'≈' if row['model'] else '='} {row['numbers']}"


def _facts(answer: Json, row: Json, lang: Language) -> Iterator[str]:
    """n and, of a service level, the target."""
    own = answer["definitions"][row["figure"]]
    if own["sample"] and row["n"] is not None:
        yield phrase("explain.sample", lang, n=_n(row, answer), name=answer["definitions"][own["sample"]]["name"][lang])
        if own["sample"] == "decided" and row["n"] < answer["min_sample"]:
            yield phrase("explain.small", lang, least=answer["min_sample"])
    if row["model"]:
        yield phrase(f"model.{row['model']}", lang)
    if row["period_until"] is not None:
        yield phrase("explain.period", lang, time=_time(row["period_until"], answer["timezone"]))
    if row["target"] is not None and own["sample"] == "decided":
        said = {"target": row["target"], "threshold_ms": row["threshold_ms"], "short_ms": row["short_abandon_ms"]}
        yield phrase("explain.target", lang, **said)


def _n(row: Json, answer: Json) -> str:
    sample = answer["definitions"][answer["definitions"][row["figure"]]["sample"]]
    return _plain(row["n"]) + (" s" if sample["unit"] == "seconds" else "")


def _remarks(answer: Json, row: Json, lang: Language) -> Iterator[str]:
    comma = _COMMA[lang]
    facts = comma.join(_facts(answer, row, lang))
    if facts:
        yield facts
    if row["without"]:
        yield phrase("explain.without", lang, queues=comma.join(row["without"]))
    if row["incomplete"]:
        yield phrase("explain.incomplete", lang)
    yield from _untold(row, lang)
    yield from _freshness(answer, row, lang)


def _untold(row: Json, lang: Language) -> Iterator[str]:
    facts = _COMMA[lang].join(phrase(f"unseen.{fact}", lang) for fact in row["unseen"])
    if facts:
        yield phrase("explain.untold", lang, facts=facts)


def _freshness(answer: Json, row: Json, lang: Language) -> Iterator[str]:
    for heard in row["heard"]:
        last = heard["last_event_at"]
        if last is None:
            yield phrase("explain.silent", lang, **heard)
        else:
            key = "explain.heard" if heard["state"] == "up" else "explain.down"
            yield phrase(key, lang, **heard | {"time": _time(last, answer["timezone"])})


def _when(answer: Json, row: Json, lang: Language) -> str:
    zone = answer["timezone"]
    until = _time(row["until"], zone)
    if row["since"] is None:
        return phrase("explain.at", lang, until=until)
    between = phrase("explain.between", lang, since=_time(row["since"], zone), until=until)
    return between if row["window"] == "span" else f"{phrase('window.' + row['window'], lang)} ({between})"


def _time(ms: int, zone: str) -> str:
    """`2026-03-04 10:14:32.12+01:00`, at the site: an hour that the clocks repeat stays two."""
    local = (_EPOCH + timedelta(milliseconds=ms)).astimezone(ZoneInfo(zone))
    return local.isoformat(sep=" ", timespec="milliseconds" if ms % 1000 else "seconds")


def _plain(value: float) -> str:
    return f"{value:.3f}".rstrip("0").rstrip(".")
