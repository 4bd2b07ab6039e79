"""The header of a table: which column stands where, in whichever order and language."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from floorwatch.ingest.schedule.document import Row, UnusableScheduleError, Where
from floorwatch.ingest.schedule.words import REQUIRED, column_of

Cell = str | datetime


class Header:
    """The columns of a table. Raises `UnusableScheduleError` when one stands twice, or one that is needed is not there.

    Columns with other headings are passed over; `unused` names them.
    """

    def __init__(self, headings: Sequence[str], where: Where) -> None:
        self.places: dict[str, int] = {}
        """Column to its place, from 0."""
        self.unused: list[str] = []
        for place, heading in enumerate(headings):
            column = column_of(heading)
            if column is None:
                if heading.strip():
                    self.unused.append(heading.strip())
            elif (other := self.places.setdefault(column, place)) != place:
                names = f"{headings[other].strip()}, {heading.strip()}"
                raise UnusableScheduleError("double_column", where, column=column, names=names)
        if missing := [column for column in REQUIRED if column not in self.places]:
            raise UnusableScheduleError("missing_columns", where, columns=", ".join(missing))

    def row(self, where: Where, cells: Sequence[Cell]) -> Row:
        """The line at `where`. Cells that the line does not have are empty."""
        return Row(
            where,
            self._text(cells, "agent"),
            self._text(cells, "activity"),
            self._cell(cells, "start"),
            self._cell(cells, "end"),
            self._text(cells, "version"),
            self._text(cells, "team"),
            self._text(cells, "site"),
        )

    def _cell(self, cells: Sequence[Cell], column: str) -> Cell:
        place = self.places.get(column, len(cells))
        return cells[place] if place < len(cells) else ""

    def _text(self, cells: Sequence[Cell], column: str) -> str:
        return str(self._cell(cells, column)).strip()


def columns_recognised(headings: Sequence[str]) -> int:
    """How many of the needed columns these headings name: by it a header is found."""
    return len({column_of(heading) for heading in headings} & set(REQUIRED))
