"""A schedule as CSV: separated by commas, semicolons or tabs, as spreadsheets write it."""

from __future__ import annotations

import csv
from collections.abc import Iterator

from floorwatch.ingest.schedule.document import (
    HEADER_LINES_MAX,
    LINES_MAX,
    Document,
    Note,
    Refusal,
    UnusableScheduleError,
    Where,
)
from floorwatch.ingest.schedule.header import Header, columns_recognised

SEPARATORS = ",;\t"
RECORD_LINES_MAX = 20
"""Lines over which a quoted field may run on: a quotation mark left open must not swallow the rest of the file."""


def read_csv(text: str, encoding: str) -> Document:
    """The rows of a CSV file. Raises `UnusableScheduleError`."""
    document = Document("csv", encoding)
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    at, headings, separator = _header(lines)
    header = Header(headings, Where(at + 1))
    if header.unused:
        document.notes.append(Note("columns_unused", {"columns": ", ".join(header.unused)}))
    for line, cells in _records(lines, at + 1, separator):
        if cells is None:
            document.refused.append(Refusal(Where(line), "malformed_line"))
        elif any(cell.strip() for cell in cells):
            document.rows.append(header.row(Where(line), cells))
        if len(document.rows) + len(document.refused) > LINES_MAX:
            raise UnusableScheduleError("too_many_lines", Where(line), limit=LINES_MAX)
    return document


def _header(lines: list[str]) -> tuple[int, list[str], str]:
    """(place, headings, separator) of the header: of the first lines the one of which the most columns are known."""
    filled = [at for at, line in enumerate(lines[:HEADER_LINES_MAX]) if line.strip()]
    if not filled:
        raise UnusableScheduleError("empty")
    split = [(at, _cells(lines[at], mark), mark) for at in filled for mark in SEPARATORS]
    return max(split, key=lambda header: columns_recognised(header[1]))


def _cells(line: str, separator: str) -> list[str]:
    try:
        return next(csv.reader((line,), delimiter=separator), [])
    except csv.Error:
        return []


def _records(lines: list[str], at: int, separator: str) -> Iterator[tuple[int, list[str] | None]]:
    """(line on which it begins, its cells) of each record; None for one that cannot be read."""
    while at < len(lines):
        if not lines[at] or lines[at].isspace():
            at += 1
            continue
        reader = csv.reader(lines[at : at + RECORD_LINES_MAX], delimiter=separator, strict=True)
        try:
            yield at + 1, next(reader)
            at += reader.line_num
        except csv.Error:
            yield at + 1, None
            at += 1
