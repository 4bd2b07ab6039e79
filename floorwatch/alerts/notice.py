"""What an output is told: a notice, which says of some alerts at which stage they are.

A *stage* is what one can be told of an alert: that it fires with this severity, that somebody has it in hand, that it
is resolved, or, once more, that nobody has it yet. Each has a key, the same in every notice and in every life of the
daemon: by it a receiver knows what it has been told before.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import NamedTuple

from floorwatch.alerts.lifecycle import Alert
from floorwatch.floor.rules import RANKS, Severity

STATES = ("firing", "acknowledged", "resolved")
"""What one can be told of an alert, the most urgent first."""
_SEVERITIES: dict[str, Severity] = {severity: severity for severity in RANKS}


class Stage(NamedTuple):
    """A stage of an alert."""

    alert: str
    """Its id."""
    state: str
    """One of `STATES`."""
    severity: Severity
    reminder: int = 0
    """Said again the so-many-th time, because nobody has it in hand; 0: news."""

    @property
    def key(self) -> str:
        """`ALERT:STATE:SEVERITY`, of a reminder with `:rN` behind."""
        again = f":r{self.reminder}" if self.reminder else ""
        return f"{self.alert}:{self.state}:{self.severity}{again}"

    @property
    def is_new_emergency(self) -> bool:
        """What waits for nobody."""
        return self.state == "firing" and self.severity == "emergency" and not self.reminder


def stage_of(key: str) -> Stage:
    """The stage that has this key; names of subjects may hold colons. Raises `ValueError` where it is no such key."""
    rest, reminder = key, 0
    head, _, last = key.rpartition(":")
    if last[:1] == "r" and last[1:].isdecimal():
        rest, reminder = head, int(last[1:])
    alert, state, severity = [*rest.rsplit(":", 2), "", ""][:3]
    if state not in STATES or severity not in _SEVERITIES:
        raise ValueError(f"{key!r} is no stage of an alert: write ALERT:STATE:SEVERITY")
    return Stage(alert, state, _SEVERITIES[severity], reminder)


@dataclass(frozen=True, slots=True)
class NoticeAlert:
    """What a notice says of one alert."""

    key: str
    """Of the stage."""
    alert: Alert
    """As it was when the notice was made."""
    before: Severity | None
    """The severity with which this output was last told of it; None: this is the first it hears of it, also where it is
    resolved or in hand already."""
    reminder: int = 0
    firings: int = 1
    """How often the rule had fired about this subject within `FLAPPING_MS`, with this time."""
    is_flapping: bool = False
    """So often that the output is not told of every time; see `OutputPolicy.flaps_max`."""


@dataclass(frozen=True, slots=True)
class Notice:
    """One message to one output, as facts: the output makes the text of it."""

    key: str
    """Of what it says to whom: the same state gives the same key."""
    output: str
    group: str
    """`label=value, …` of what its alerts agree in; empty: everything, or several groups together."""
    alerts: tuple[NoticeAlert, ...]
    """The most urgent first; at most `NOTICE_MAX`."""
    more: int = 0
    """How many more there are to be told, in the next message."""

    @property
    def told(self) -> tuple[str, ...]:
        """The keys of its stages, for `DeliverySent`."""
        return tuple(said.key for said in self.alerts)


NOTICE_MAX = 50


def notice_key(output: str, stages: list[str]) -> str:
    """32 hexadecimal digits."""
    return hashlib.sha256("\n".join((output, *sorted(stages))).encode()).hexdigest()[:32]
