"""A reconciliation as text for people, and as plain JSON."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

from floorwatch.reconcile.compare import Difference, Reconciled, Row

NAMES = {
    "completed": "completed",
    "abandoned": "abandoned",
    "waiting": "waiting",
    "level_of_completed": "% in time of completed",
    "level_of_all": "% in time of all",
    "hold_seconds": "hold time s",
    "talk_seconds": "talk time s",
}
_NAMED_MAX = 20


def as_json(found: list[Reconciled]) -> list[dict[str, Any]]:
    """Everything, for machines."""
    return [
        {
            "queue": one.queue,
            "figures": [
                {
                    "figure": row.figure,
                    "switch": row.switch,
                    "by_its_rule": row.by_its_rule,
                    "ours": row.ours,
                    "unexplained": row.unexplained,
                    "differences": [difference._asdict() for difference in row.differences],
                    "doubts": [doubt._asdict() for doubt in row.doubts],
                }
                for row in one.rows
            ],
            "service_level": one.levels,
            "notes": one.notes,
        }
        for one in found
    ]


def as_text(found: list[Reconciled]) -> str:
    """A table for each queue, and under it who makes the difference."""
    return "\n\n".join("\n".join(_queue(one)) for one in found) + "\n"


def _queue(one: Reconciled) -> Iterator[str]:
    yield f"{one.queue:<24}{'switch':>10}{'ours by':>10}{'unex-':>10}{'ours':>10}"
    yield f"{'':<24}{'':>10}{'its rule':>10}{'plained':>10}"
    for row in one.rows:
        figures = (row.switch, row.by_its_rule, row.unexplained, row.ours)
        yield f"  {NAMES[row.figure]:<22}" + "".join(f"{_number(figure):>10}" for figure in figures)
    levels = ", ".join(
        f"{name} {_number(None if level is None else round(level * 100, 1))}" for name, level in one.levels.items()
    )
    yield f"  our service level, %: {levels}"
    for row in one.rows:
        yield from _why(row)
    yield from (f"  note: {note}" for note in one.notes)


def _why(row: Row) -> Iterator[str]:
    yield from _named(NAMES[row.figure], row.differences)
    if row.doubts and row.switch != row.by_its_rule:
        yield from _named(f"{NAMES[row.figure]}, in doubt", row.doubts)


def _named(figure: str, differences: list[Difference]) -> Iterator[str]:
    for difference in differences[:_NAMED_MAX]:
        yield f"  {figure}: {difference.contact}: {difference.why}"
    more = Counter(difference.why for difference in differences[_NAMED_MAX:])
    yield from (f"  {figure}: {count} more: {why}" for why, count in more.items())


def _number(figure: float | None) -> str:
    return "–" if figure is None else f"{figure:g}"
