"""The catalogue written out: the page of terms, what the report and the API say of their figures, and HELP texts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from floorwatch.metrics.catalogue.figure import LANGUAGES, Figure, Language
from floorwatch.metrics.catalogue.symbols import SYMBOLS, symbols_of

_HEADING = """# Terms and figures

Every figure floorwatch shows, from the one catalogue in the code (`floorwatch/metrics/catalogue/`); a test keeps this
page equal to it. Times are integer milliseconds; `≤` is inclusive; windows are `(now − w, now]`, intervals and days
`[from, to)` in the site's time zone. What no feed of a queue or an agent can tell is not known: `null` in the report
and the API, "–" on the board, absent from the metrics; never 0.

`floorwatch explain FIGURE` writes any of them out with its operands; see [explain](explain.md).

## Symbols

Per queue and window.

| symbol | |
|---|---|"""

_COUNTED = """
Each visit is decided once, at the first of: answered, abandoned, exited, or `T` elapsed; it belongs to the window that
holds that instant. So over any window `A + B + E` is counted as `a + B_T + M` (and `+ X_T` where exits count): the same
visits, each at the instant at which it was decided.
"""

_TABLE = """## {title}

| figure | name | unit | formula | meaning, and what is left out |
|---|---|---|---|---|"""

_OPENING = {"en": "Left out: ", "zh": "不计入："}
_CLOSING = {"en": ("; ", "."), "zh": ("；", "。")}


def left_out(figure: Figure, lang: Language) -> str:
    """What the figure leaves out and why, as one sentence; empty where it leaves nothing out."""
    between, end = _CLOSING[lang]
    clauses = figure.exclusions(lang)
    return _OPENING[lang] + between.join(clauses) + end if clauses else ""


def described(figure: Figure, lang: Language) -> str:
    """The figure in one paragraph: HELP of a metric, description of a panel."""
    space = "" if lang == "zh" else " "
    n = f"; n: {figure.sample}" if figure.sample else ""
    about = f"[{figure.formula}; {figure.id} v{figure.version}{n}]"
    return space.join(part for part in (figure.text(lang), left_out(figure, lang), about) if part)


def markdown(groups: Mapping[str, Iterable[Figure]]) -> str:
    """`docs/terms.md`: every figure, its formula and its meaning, in both languages. `groups`: by heading."""
    parts = [_HEADING, *(f"| `{symbol}` | {english} / {chinese} |" for symbol, (english, chinese) in SYMBOLS.items())]
    parts.append(_COUNTED)
    for title, figures in groups.items():
        parts += [_TABLE.format(title=title), *map(_row, figures), ""]
    changed = [figure for figures in groups.values() for figure in figures if figure.changes]
    parts += ["## What has changed", "", *(line for figure in changed for line in _changes(figure)), ""]
    return "\n".join(parts)


def _row(figure: Figure) -> str:
    formula = figure.formula.replace("|", "\\|")
    said = [text for lang in LANGUAGES for text in (figure.text(lang), left_out(figure, lang)) if text]
    n = f"<br>n: `{figure.sample}`" if figure.sample else ""
    return (
        f"| `{figure.id}` v{figure.version} | {figure.name('en')} / {figure.name('zh')} | {figure.unit} "
        f"| `{formula}`{n} | {'<br>'.join(said)} |"
    )


def _changes(figure: Figure) -> list[str]:
    return [
        f"- `{figure.id}` version {change.version}, since {change.since}: {change.text('en')} / {change.text('zh')}"
        for change in figure.changes
    ]


def report_definitions(figures: Iterable[Figure], lang: Language) -> dict[str, dict[str, str]]:
    """The report's keys (`asa_seconds`, `service_level.answered_only`, …) to what each means, all of it text."""
    return {
        key: {
            "id": figure.id,
            "version": str(figure.version),
            "unit": figure.unit,
            "formula": figure.formula,
            "text": figure.text(lang),
            "excludes": left_out(figure, lang),
        }
        for figure in figures
        for key in (figure.reported_as or (figure.id,))
    }


def as_json(figure: Figure) -> dict[str, Any]:
    """Everything the catalogue says of a figure, in every language: `/api/v1/definitions`."""
    return {
        "id": figure.id,
        "version": figure.version,
        "since": figure.since,
        "unit": figure.unit,
        "formula": figure.formula,
        "symbols": {
            symbol: dict(zip(LANGUAGES, SYMBOLS[symbol], strict=True)) for symbol in symbols_of(figure.formula)
        },
        "sample": figure.sample or None,
        "reported_as": figure.reported_as or (figure.id,),
        "name": {lang: figure.name(lang) for lang in LANGUAGES},
        "text": {lang: figure.text(lang) for lang in LANGUAGES},
        "excludes": {lang: figure.exclusions(lang) for lang in LANGUAGES},
        "changes": [
            {
                "version": change.version,
                "since": change.since,
                "text": {lang: change.text(lang) for lang in LANGUAGES},
            }
            for change in figure.changes
        ],
    }
