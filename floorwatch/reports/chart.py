"""The bars above a queue's table: what became of its contacts, part of the day by part of the day. Plain SVG."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

from floorwatch.metrics.catalogue import Language
from floorwatch.metrics.phrases import phrase
from floorwatch.reports.sums import Json

WIDTH, HEIGHT = 1060, 96
LEFT, BASE, TOP = 30, 80, 8
LABELS_MAX = 16
PARTS = ("hit", "late", "lost", "other")


def parts(line: Json) -> tuple[int, int, int, int]:
    """Answered in T, answered later, abandoned, exited; none where nothing is known."""
    if line["offered"] is None:
        return 0, 0, 0, 0
    in_threshold = line["answered_in_threshold"]
    return in_threshold, line["answered"] - in_threshold, line["abandoned"], line["exited"]


def bars(rows: list[tuple[str, Json]], lang: Language) -> str:
    """The chart; empty where nothing happened."""
    highest = max((sum(parts(line)) for _, line in rows), default=0)
    if highest == 0:
        return ""
    title = phrase("report.chart_title", lang)
    drawn = "".join(_drawn(rows, highest, lang))
    return (
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{escape(title)}">'
        f'<text x="{LEFT - 4}" y="{TOP + 6}" text-anchor="end">{highest:,}</text>'
        f'<text x="{LEFT - 4}" y="{BASE}" text-anchor="end">0</text>{drawn}'
        f'<line class="axis" x1="{LEFT}" x2="{WIDTH}" y1="{BASE}" y2="{BASE}"/></svg>'
    )


def key(lang: Language) -> str:
    """What the colours mean."""
    named = (
        f'<span class="key"><svg viewBox="0 0 10 10"><rect class="{part}" width="10" height="10"/></svg></span>'
        f"{escape(phrase(f'report.chart_{part}', lang))}"
        for part in PARTS
    )
    return f'<p class="hint">{escape(phrase("report.chart_title", lang))}:{"".join(named)}</p>'


def _drawn(rows: list[tuple[str, Json]], highest: int, lang: Language) -> Iterator[str]:
    step = (WIDTH - LEFT) / len(rows)
    width, every = min(step * 0.8, 36.0), -(-len(rows) // LABELS_MAX)
    for place, (label, line) in enumerate(rows):
        middle = LEFT + step * (place + 0.5)
        if line["offered"] is None:
            yield _rect("unknown", middle - step / 2, TOP, step, BASE - TOP, "")
        y = float(BASE)
        for part, count in zip(PARTS, parts(line), strict=True):
            if count:
                height = (BASE - TOP) * count / highest
                y -= height
                said = f"{label}: {phrase(f'report.chart_{part}', lang)} {count:,}"
                yield _rect(part, middle - width / 2, y, width, height, said)
        if place % every == 0:
            yield f'<text x="{middle:.1f}" y="{BASE + 12}" text-anchor="middle">{escape(label)}</text>'


def _rect(name: str, x: float, y: float, width: float, height: float, title: str) -> str:
    inner = f"<title>{escape(title)}</title>" if title else ""
    place = f'x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}"'
    return f'<rect class="{name}" {place}>{inner}</rect>'
