"""Tables for people at a terminal, 100 columns wide: names to the left, figures to the right, "–" for "not known"."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from unicodedata import east_asian_width

WIDTH = 100
_NAME_WIDTH_MAX = 24


def table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """The first column to the left, figures to the right; Chinese characters take two columns."""
    rows = [[_cut(row[0]), *row[1:]] for row in rows]
    widths = [max(_columns(row[at]) for row in [heads, *rows]) for at in range(len(heads))]
    gap = " " * max(1, min(3, (WIDTH - sum(widths)) // max(1, len(heads) - 1)))
    for row in [heads, *rows]:
        cells = [" " * (width - _columns(cell)) + cell for cell, width in zip(row, widths, strict=True)]
        cells[0] = row[0] + " " * (widths[0] - _columns(row[0]))
        yield gap.join(cells).rstrip()


def _columns(text: str) -> int:
    return sum(2 if east_asian_width(letter) in "WF" else 1 for letter in text)


def _cut(name: str) -> str:
    if _columns(name) <= _NAME_WIDTH_MAX:
        return name
    while _columns(name) > _NAME_WIDTH_MAX - 1:
        name = name[:-1]
    return name + "…"


def percent(value: float | None, digits: int = 1) -> str:
    """A ratio as `81.9 %`."""
    return "–" if value is None else f"{value * 100:.{digits}f} %"


def clock(seconds: float | None) -> str:
    """`0:07`, `12:30`, `8:05:00`: whole seconds, never rounded up."""
    if seconds is None:
        return "–"
    minutes, rest = divmod(int(seconds), 60)
    return f"{minutes}:{rest:02d}" if minutes < 60 else f"{minutes // 60}:{minutes % 60:02d}:{rest:02d}"
