"""Which of the closed intervals are known: an interval is closed by time alone, and known only when it was heard."""

from __future__ import annotations

from collections.abc import Sequence

from floorwatch.store.rows import CellRow, QueueRow


def known_cells(cells: Sequence[CellRow], rows: Sequence[QueueRow], runs: Sequence[tuple[int, int]]) -> list[CellRow]:
    """Without those of which nothing was told while every source was lost, and without days that nobody has watched.

    A business day was not watched when floorwatch was not running on any of it, and nothing that was read afterwards
    (a file, a switch's log) tells of it: then nobody can say that nothing happened.
    """
    told = {row.start for row in rows if row.tally or row.arrival}
    watched = {cell.day for cell in cells if cell.start in told or _is_worked(cell) or _is_within(cell, runs)}
    return [cell for cell in cells if cell.day in watched and (cell.heard or cell.start in told)]


def _is_worked(cell: CellRow) -> bool:
    return bool(cell.busy_ms or cell.available_ms)


def _is_within(cell: CellRow, runs: Sequence[tuple[int, int]]) -> bool:
    return any(since < cell.end and cell.start <= until for since, until in runs)
