"""`python -m benchmarks.backtest_curve FOUND.json OUT.svg`: what `benchmarks.backtest --json` found, as a picture.

Each rule is a point: false alarms a day (logarithmic; fewer than one in a hundred days stand on the left edge) and the
share of missed half-hours that it warned of. The rules of one kind, from the most careful to the boldest, are joined.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator, Sequence
from itertools import pairwise
from math import log10
from pathlib import Path

from floorwatch.report import Json

WIDTH, HEIGHT, LEFT, TOP, RIGHT, BOTTOM = 760, 440, 60, 20, 190, 50
FALSE_MIN, FALSE_MAX = 0.01, 30.0
KINDS = (
    ("a_15m", "(a) level of 15 min", "#b36b00"),
    ("a_anew", "(a) level so far", "#e0a030"),
    ("b_15m", "(b) 15 min, held", "#6a4c93"),
    ("b_anew", "(b) so far, held", "#a98bd0"),
    ("c_chance", "(c) chance of a miss", "#006d77"),
    ("c_median", "(c) median", "#4fb3bf"),
)
"""Name of the rules, what they are called, and their colour."""

Point = tuple[float, float]
"""(false alarms a day, share warned of)."""


def points(found: Json, kind: str) -> list[Point]:
    """Of the rules `kind`_N, by N; those with a hold of another length have longer names, and are left out."""
    fits = re.compile(rf"{kind}_(\d+)(?:_1m)?" if kind == "b_anew" else rf"{kind}_(\d+)")
    named = [(int(match[1]), rule) for rule in found["rules"] if (match := fits.fullmatch(rule["rule"]))]
    return [(rule["false_alarms_per_day"], rule["warned_ratio"]) for _, rule in sorted(named, key=lambda one: one[0])]


def place(point: Point) -> Point:
    """Where it stands in the picture."""
    part = (log10(min(max(point[0], FALSE_MIN), FALSE_MAX)) - log10(FALSE_MIN)) / log10(FALSE_MAX / FALSE_MIN)
    return LEFT + part * (WIDTH - LEFT - RIGHT), TOP + (1 - point[1]) * (HEIGHT - TOP - BOTTOM)


def curve(some: Sequence[Point], colour: str) -> Iterator[str]:
    """The points, each joined to the next."""
    placed = [place(point) for point in some]
    for (x, y), (u, v) in pairwise(placed):
        yield f'<line x1="{x:.1f}" y1="{y:.1f}" x2="{u:.1f}" y2="{v:.1f}" stroke="{colour}" stroke-width="1.5"/>'
    for x, y in placed:
        yield f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3.5" fill="{colour}"/>'


def axes() -> Iterator[str]:
    """The grid and what it means."""
    for share in range(0, 101, 20):
        x, y = place((FALSE_MIN, share / 100))
        yield f'<line x1="{x}" y1="{y:.1f}" x2="{WIDTH - RIGHT}" y2="{y:.1f}" stroke="#ddd"/>'
        yield f'<text x="{x - 8}" y="{y + 4:.1f}" text-anchor="end">{share} %</text>'
    for alarms in (0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30):
        x, y = place((alarms, 0.0))
        yield f'<line x1="{x:.1f}" y1="{TOP}" x2="{x:.1f}" y2="{y:.1f}" stroke="#eee"/>'
        yield f'<text x="{x:.1f}" y="{y + 18:.1f}" text-anchor="middle">{alarms:g}</text>'
    middle = LEFT + (WIDTH - LEFT - RIGHT) / 2
    yield f'<text x="{middle}" y="{HEIGHT - 8}" text-anchor="middle">false alarms a day, all queues together</text>'


def picture(found: Json) -> str:
    """The picture, SVG."""
    lines = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif" ']
    lines[0] += 'font-size="12"><title>Missed half-hours warned of, against false alarms a day</title>'
    lines += [f'<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>', *axes()]
    for at, (kind, words, colour) in enumerate(KINDS):
        lines += curve(points(found, kind), colour)
        y = TOP + 16 + 20 * at
        lines.append(f'<circle cx="{WIDTH - RIGHT + 20}" cy="{y - 4}" r="4" fill="{colour}"/>')
        lines.append(f'<text x="{WIDTH - RIGHT + 30}" y="{y}">{words}</text>')
    return "\n".join([*lines, "</svg>"]) + "\n"


def main() -> None:
    """Read what was found, write the picture."""
    found, out = (Path(name) for name in sys.argv[1:3])
    out.write_text(picture(json.loads(found.read_bytes())), encoding="utf-8")


if __name__ == "__main__":
    main()
