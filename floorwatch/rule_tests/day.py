"""The day of a story: wall-clock times of one date, and facts written as one line each.

    10:02:00 contact.offered contact=c1 queue=sales
    02:30:00A …                      the first half past two of a night in which the clock goes back; B is the second

The form of the lines is that of the event contract: the type, then what the event carries.
"""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

Fact = dict[str, Any]
"""An event of the contract, as JSON has it."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_CLOCK = re.compile(r"(?:[01]\d|2[0-3]):[0-5]\d(?::[0-5]\d(?:\.\d{1,3})?)?[AB]?")
_INSTANTS = ("received", "since", "until", "start", "end", "by", "no_return_at")
"""What an event may carry that is an instant."""
_NUMBERS = ("seq", "priority", "penalty")


@dataclass(frozen=True, slots=True)
class Day:
    """A date on a site's clock."""

    date: date
    zone: ZoneInfo

    def at(self, clock: str) -> int:
        """Milliseconds since the epoch of a time of this day. ValueError for what is no time."""
        if not _CLOCK.fullmatch(clock):
            raise ValueError(f"'{clock}' is no time of day such as 10:02 or 10:02:30")
        local = datetime.combine(self.date, time.fromisoformat(clock.rstrip("AB")), self.zone)
        return (local.replace(fold=clock.endswith("B")) - _EPOCH) // timedelta(milliseconds=1)

    def shown(self, instant: int) -> str:
        """`10:02:30`, with what is finer than a second where there is something."""
        local = datetime.fromtimestamp(instant / 1000, self.zone)
        text = local.isoformat(timespec="milliseconds")[11:23].removesuffix(".000")
        return text if local.date() == self.date else f"{local.date()} {text}"

    def fact(self, line: str | Fact, source: str) -> Fact:
        """A fact as it is written, in the form of the event contract. `source`: where it names none."""
        if isinstance(line, str):
            clock, kind, *rest = shlex.split(line)
            fact: Fact = {"at": clock, "type": kind, **dict(self._pair(word) for word in rest)}
        else:
            fact = dict(line)
        fact = {"time": self.at(str(fact.pop("at", ""))), "source": source, **fact}
        for name in _NUMBERS:
            if name in fact:
                fact[name] = int(fact[name])
        return {name: self._settled(name, value) for name, value in fact.items()}

    @staticmethod
    def _pair(word: str) -> tuple[str, str]:
        name, sign, value = word.partition("=")
        if not sign:
            raise ValueError(f"'{word}' is no attribute such as queue=sales")
        return name, value

    def _settled(self, name: str, value: Any) -> Any:
        """Instants as milliseconds, wherever they stand."""
        if isinstance(value, list):
            return [self._settled(name, part) for part in value]
        if isinstance(value, dict):
            return {key: self._settled(key, part) for key, part in value.items()}
        return self.at(value) if name in _INSTANTS and _CLOCK.fullmatch(str(value)) else value
