"""A schedule as a document holds it: rows as they were typed, whatever the format, and what of it is refused."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, NamedTuple

from floorwatch.metrics.catalogue import Language
from floorwatch.metrics.phrases import phrase

Format = Literal["csv", "xlsx", "icalendar"]

HEADER_LINES_MAX = 20
"""Lines at the top among which a table's header is looked for: titles may stand above it."""
LINES_MAX = 200_000
"""Lines of one document: 5,000 agents with 40 lines each."""


class Where(NamedTuple):
    """The place of a line: of text its line, of a sheet its row, of a calendar the line on which the event begins."""

    line: int
    sheet: str = ""
    event: str = ""
    """Of a calendar: the event's UID, or what it is called."""

    def __str__(self) -> str:
        place = f"{self.sheet}:{self.line}" if self.sheet else str(self.line)
        return f"{place} ({self.event})" if self.event else place


class Refusal(NamedTuple):
    """A line, or the whole document, that is not taken: a `reason` of the phrases' family `schedule`."""

    where: Where
    reason: str
    agent: str = ""
    values: Mapping[str, object] = {}

    def why(self, lang: Language) -> str:
        """What is wrong."""
        return phrase(f"schedule.{self.reason}", lang, **_worded(self.values, lang))

    def fix(self, lang: Language) -> str:
        """What mends it."""
        near = "_near" if "nearest" in self.values else ""
        return phrase(f"schedule_fix.{self.reason}{near}", lang, **_worded(self.values, lang))


def _worded(values: Mapping[str, object], lang: Language) -> dict[str, object]:
    """The values, with the names of columns in the reader's language: that is how the reader's document has them."""
    return {
        name: ", ".join(phrase(f"schedule_column.{word}", lang) for word in str(value).split(", "))
        if name in ("column", "columns")
        else value
        for name, value in values.items()
    }


class Note(NamedTuple):
    """Something to know of a document that refuses nothing: a key of the phrases' family `schedule_note`."""

    key: str
    values: Mapping[str, object] = {}

    def text(self, lang: Language) -> str:
        """The sentence."""
        return phrase(f"schedule_note.{self.key}", lang, **self.values)


class Row(NamedTuple):
    """One line as it was typed. A `start` or `end` that is no text comes from a format that has times of its own."""

    where: Where
    agent: str
    activity: str
    start: str | datetime
    end: str | datetime
    version: str = ""
    team: str = ""
    site: str = ""
    agent_otherwise: str = ""
    """Another name by which the agent may be known: a calendar gives a name and an address."""


@dataclass(slots=True)
class Document:
    """What a reader of one format has found."""

    format: Format
    encoding: str = ""
    """Of text: `utf-8` or `gb18030`."""
    rows: list[Row] = field(default_factory=list)
    refused: list[Refusal] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)


class UnusableScheduleError(Exception):
    """The document as a whole cannot be read; where no place is named, from its first line on."""

    def __init__(self, reason: str, where: Where | None = None, **values: object) -> None:
        super().__init__(reason)
        self.refusal = Refusal(where or Where(1), reason, values=values)
