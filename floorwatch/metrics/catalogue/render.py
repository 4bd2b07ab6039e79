"""The catalogue written out: the page of terms, and what the report says of its metrics."""

from __future__ import annotations

from collections.abc import Mapping

from floorwatch.metrics.catalogue.figure import Figure, Language

_HEADING = """# Terms and figures

Every figure floorwatch shows, from the one catalogue in the code (`floorwatch/metrics/catalogue/`); a test keeps this
page equal to it. Symbols, per queue and window: `t_q` enters the queue, `t_a` answered, `t_b` abandoned; `T`
service-level threshold, `S` short-abandon limit; `a` answered in T, `A` answered, `B` abandoned, `B_S` short abandons,
`B_T` abandoned in T, `E` exited after waiting past T. Times are integer milliseconds; `≤` is inclusive; windows are
`(now − w, now]`, intervals and days `[from, to)` in the site's time zone. What no feed of a queue or an agent can tell
is not known: `null` in the report and the API, "–" on the board, absent from the metrics; never 0.

| figure | name | unit | formula | meaning |
|---|---|---|---|---|"""


def markdown(figures: Mapping[str, Figure]) -> str:
    """`docs/terms.md`: every figure, its formula and its meaning, in both languages."""
    rows = [
        f"| `{figure.id}` v{figure.version} | {figure.name('en')} / {figure.name('zh')} | {figure.unit} "
        f"| `{figure.formula.replace('|', chr(92) + '|')}` | {figure.text('en')}<br>{figure.text('zh')} |"
        for figure in figures.values()
    ]
    return "\n".join((_HEADING, *rows, ""))


def report_definitions(figures: Mapping[str, Figure], lang: Language) -> dict[str, dict[str, str]]:
    """The report's keys (`asa_seconds`, `service_level.answered_only`, …) to {"id", "version", "formula", "text"}."""
    return {
        key: {
            "id": figure.id,
            "version": str(figure.version),
            "formula": figure.formula,
            "text": figure.text(lang),
        }
        for figure in figures.values()
        for key in (figure.reported_as or (figure.id,))
    }
