"""A schedule as a workbook: the sheet named `schedule` or 排班, else the first."""

from __future__ import annotations

import io
import re
import struct
import warnings
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import datetime, time
from typing import Protocol
from xml.etree.ElementTree import ParseError

from openpyxl import Workbook, load_workbook

from floorwatch.ingest.schedule.document import (
    HEADER_LINES_MAX,
    LINES_MAX,
    Document,
    Note,
    Refusal,
    UnusableScheduleError,
    Where,
)
from floorwatch.ingest.schedule.header import Cell, Header, columns_recognised

SHEET_NAMES = frozenset(("schedule", "排班"))
COLUMNS_MAX = 64
ROWS_MAX = 1_048_576
UNPACKED_BYTES_MAX = 256 * 1_048_576
"""A workbook is a packed folder; what unpacks to more holds no schedule."""

_MIDNIGHT = time()
_NOT_OF_A_FORMAT = re.compile(r'"[^"]*"|[\\_*].|\[(?!h+\])[^\]]*\]', re.IGNORECASE)
"""What a number format says besides its parts: words, single characters, colours and languages; `[h]` is a part."""

_BROKEN = (
    *(zipfile.BadZipFile, zlib.error, struct.error, ParseError, EOFError, RuntimeError),
    *(AttributeError, LookupError, TypeError, ValueError, ArithmeticError, AssertionError, OSError),
)
"""What the library raises over files that are no workbooks, or broken ones."""


class _Formatted(Protocol):
    @property
    def number_format(self) -> str: ...


def read_xlsx(content: bytes) -> Document:
    """The rows of a workbook. Raises `UnusableScheduleError`."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            if sum(part.file_size for part in packed.infolist()) > UNPACKED_BYTES_MAX:
                raise UnusableScheduleError("too_large", limit=UNPACKED_BYTES_MAX // 1_048_576)
        with _opened(content) as book:
            return _read(book, content)
    except _BROKEN as wrong:
        raise UnusableScheduleError("unreadable_workbook", problem=f"{type(wrong).__name__}: {wrong}"[:200]) from wrong


@contextmanager
def _opened(content: bytes, *, results: bool = True) -> Iterator[Workbook]:
    """The workbook, with the results of its formulas, or with the formulas themselves."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", module="openpyxl")  # of styles and extensions that no schedule needs
        with closing(load_workbook(io.BytesIO(content), read_only=True, data_only=results)) as book:
            yield book


def _read(book: Workbook, content: bytes) -> Document:
    if not book.worksheets:
        raise UnusableScheduleError("empty")
    place = next((at for at, it in enumerate(book.worksheets) if it.title.strip().casefold() in SHEET_NAMES), 0)
    title = book.worksheets[place].title
    document = Document("xlsx")
    top = list(_rows(book, place, 1, HEADER_LINES_MAX, COLUMNS_MAX))
    headings = [[str(cell) for cell in cells] for _, cells in top]
    at = max(range(len(top)), key=lambda row: columns_recognised(headings[row]), default=None)
    if at is None:
        raise UnusableScheduleError("empty", Where(1, title))
    header_line = top[at][0]
    header = Header(headings[at], Where(header_line, title))
    if header.unused:
        document.notes.append(Note("columns_unused", {"columns": ", ".join(header.unused)}))
    columns_max = max(header.places.values()) + 1
    gaps: dict[int, dict[int, str]] = {}
    for line, cells in _rows(book, place, header_line + 1, ROWS_MAX, columns_max):
        document.rows.append(header.row(Where(line, title), cells))
        if empty := {at: column for column, at in header.places.items() if at >= len(cells) or cells[at] == ""}:
            gaps[line] = empty
        if len(document.rows) > LINES_MAX:
            raise UnusableScheduleError("too_many_lines", Where(line, title), limit=LINES_MAX)
    _refuse_formulas(document, _formulas(content, place, gaps) if gaps else {})
    return document


def _rows(book: Workbook, place: int, first: int, last: int, columns_max: int) -> Iterator[tuple[int, list[Cell]]]:
    """(row number, cells) of the rows in which there is anything."""
    sheet = book.worksheets[place]
    for line, cells in enumerate(sheet.iter_rows(min_row=first, max_row=last, max_col=columns_max), first):
        if any(cell.value is not None for cell in cells):
            yield line, [_cell(cell.value, cell) for cell in cells]


def _cell(value: object, cell: _Formatted) -> Cell:
    """A cell as text, or as the date and time it is. Numbers of agents are often kept as numbers.

    A workbook keeps a date without a time as midnight: which of the two was meant only the cell's format says.
    """
    if isinstance(value, datetime):
        if value.time() == _MIDNIGHT and "h" not in _NOT_OF_A_FORMAT.sub("", cell.number_format).lower():
            return value.date().isoformat()
        return value
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return "" if value is None else str(value).strip()


def _formulas(content: bytes, place: int, gaps: dict[int, dict[int, str]]) -> dict[int, str]:
    """Of the cells that look empty those that hold a formula without a result: their column, by line."""
    found: dict[int, str] = {}
    with _opened(content, results=False) as book:
        sheet = book.worksheets[place]
        for line, cells in enumerate(sheet.iter_rows(min_row=min(gaps), max_row=max(gaps)), min(gaps)):
            for at, column in gaps.get(line, {}).items():
                if at < len(cells) and cells[at].data_type == "f":
                    found.setdefault(line, column)
    return found


def _refuse_formulas(document: Document, formulas: dict[int, str]) -> None:
    for row in document.rows:
        if row.where.line in formulas:
            column = formulas[row.where.line]
            document.refused.append(Refusal(row.where, "formula", row.agent, {"column": column}))
    document.rows = [row for row in document.rows if row.where.line not in formulas]
