"""What mod_callcenter answers when it is asked for its lists: tables with a column line, `|` between, `+OK` at the end.

An empty table has no column line. Values are written as they stand, so one may hold a `|` itself: where a table has one
such column (a dial string, a caller's name), the surplus fields belong to it. Pure.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

TEXT_BYTES_MAX = 1_024
MEMBERS_FREE = "cid_number"
AGENTS_FREE = "contact"

Row = dict[str, str]


class ListError(Exception):
    """The switch did not answer with a list; the text is what it said, shortened."""


@dataclass(slots=True)
class Lists:
    """The floor as the switch lists it. `whole`: nothing in it was unreadable."""

    asked_ms: int
    """The switch's own clock when it was asked."""
    core: str = ""
    """Core-UUID of the running switch; "" when it would not tell."""
    queues: list[str] = field(default_factory=list)
    members: list[Row] = field(default_factory=list)
    """Contacts in a queue, as mod_callcenter calls them."""
    agents: list[Row] = field(default_factory=list)
    tiers: list[Row] = field(default_factory=list)
    bad_rows: int = 0

    @property
    def whole(self) -> bool:
        """Whether what is missing in it is really not there."""
        return not self.bad_rows

    def read_queues(self, answer: str) -> None:
        """Take the answer to `queue list`; only the names are wanted, and they come first."""
        for line in _rows(answer)[1:]:
            self.queues += self._usable([line.partition("|")[0]])

    def read_members(self, answer: str) -> None:
        """Take the answer to `queue list members QUEUE`."""
        self.members += self._table(answer, MEMBERS_FREE, ("queue", "uuid", "state", "joined_epoch"))

    def read_agents(self, answer: str) -> None:
        """Take the answer to `agent list`."""
        self.agents += self._table(answer, AGENTS_FREE, ("name", "status", "state"))

    def read_tiers(self, answer: str) -> None:
        """Take the answer to `tier list`."""
        self.tiers += self._table(answer, "", ("queue", "agent"))

    def _table(self, answer: str, free: str, needed: tuple[str, ...]) -> Iterator[Row]:
        lines = _rows(answer)
        if not lines:
            return
        columns = lines[0].split("|")
        if not set(needed) <= set(columns):
            raise ListError(lines[0][:80])
        for line in lines[1:]:
            row = _row(columns, line.split("|"), free)
            if row is None or not self._usable([row[name] for name in needed]):
                self.bad_rows += row is None
            else:
                yield row

    def _usable(self, values: list[str]) -> list[str]:
        """The values if none is missing or longer than a name may be, else none: counted."""
        if all(value and len(value.encode()) <= TEXT_BYTES_MAX for value in values):
            return values
        self.bad_rows += 1
        return []


def _rows(answer: str) -> list[str]:
    """The lines of a list, column line first. Raises `ListError` for anything that does not end in +OK."""
    lines = answer.split("\n")
    while lines and not lines[-1]:
        lines.pop()
    if not lines or lines.pop() != "+OK":
        raise ListError(answer.strip()[:80] or "nothing")
    return lines


def _row(columns: list[str], fields: list[str], free: str) -> Row | None:
    """One row by column; None when its fields cannot be told apart."""
    surplus = len(fields) - len(columns)
    if surplus > 0 and free in columns:
        place = columns.index(free)
        fields[place : place + surplus + 1] = ["|".join(fields[place : place + surplus + 1])]
    if len(fields) != len(columns):
        return None
    return {name: "" if value == "(null)" else value for name, value in zip(columns, fields, strict=True)}


def epoch_ms(row: Row, column: str) -> int | None:
    """A time of a list, which are whole seconds since the epoch, in ms; None for none (0) and for what is no number."""
    value = row.get(column, "")
    seconds = int(value) if value.isascii() and value.isdigit() and len(value) <= 11 else 0
    return seconds * 1000 or None
