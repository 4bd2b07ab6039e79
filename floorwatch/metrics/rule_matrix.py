"""Which activity keeps to the schedule: scheduled activity by (agent activity, reason) to in, out or neutral.

A row says what is in and what is neutral; all else is out. Words are the agent activities of `floor.activity`;
`paused(REASON)` is a pause for that reason, `paused` one for any. The presets are rows like any others.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches

from floorwatch.floor.activity import ACTIVITIES, CODE, PAUSED
from floorwatch.floor.settings import AdherencePolicy

SCHEDULED = ("work", "break", "lunch", "meeting", "training", "coaching", "off_phone", "time_off")
"""What can be scheduled."""

IN, NEUTRAL, OUT = range(3)
VERDICTS = ("in", "neutral", "out")


@dataclass(frozen=True, slots=True)
class Row:
    """One scheduled activity."""

    activities: tuple[int, ...]
    """The verdict on each agent activity; on a pause for a reason the row does not name."""
    pauses: Mapping[str, int]
    """The verdict on a pause, by its reason."""

    def verdict(self, activity: int, reason: str) -> int:
        """In, neutral or out."""
        if activity == PAUSED:
            return self.pauses.get(reason, self.activities[PAUSED])
        return self.activities[activity]


@dataclass(frozen=True, slots=True)
class Matrix:
    """Every row, and whether it is fair by rule."""

    rows: Mapping[str, Row]
    """By scheduled activity; what has no row is never counted."""
    is_fair: bool
    """A contact running into a break, the pause made up for it, and a fault of the source are neutral."""
    wrap_up_cap_ms: int
    """So much wrap-up of a contact that ran into a break is neutral."""

    @property
    def names_reasons(self) -> bool:
        """Whether a verdict may hang on why an agent is paused."""
        return any(row.pauses for row in self.rows.values())


class UnknownDoingError(ValueError):
    """A word of a row that is no activity."""


def row(in_: Iterable[str], neutral: Iterable[str] = ()) -> Row:
    """The row of these words. Raises `UnknownDoingError`."""
    activities, pauses = [OUT] * len(ACTIVITIES), dict[str, int]()
    for verdict, words in ((NEUTRAL, neutral), (IN, in_)):
        for word in words:
            activity, parenthesis, rest = word.partition("(")
            if activity not in CODE or (parenthesis and (activity != "paused" or not rest.endswith(")"))):
                raise UnknownDoingError(_unknown(word, activity, parenthesis + rest))
            if parenthesis:
                pauses[rest[:-1]] = verdict
            else:
                activities[CODE[activity]] = verdict
    return Row(tuple(activities), pauses)


def _unknown(word: str, activity: str, rest: str) -> str:
    near = get_close_matches(activity.strip().casefold(), ACTIVITIES, 1)
    if not near:
        return f"'{word}' is none of {', '.join(ACTIVITIES)} or paused(REASON)"
    reason = f"({rest.strip('() ')})" if near[0] == "paused" and rest else ""
    return f"there is no activity '{word}'; did you mean '{near[0]}{reason}'?"


_ON_QUEUE = ("available", "alerting", "talking", "on_hold", "wrap_up")
_UNSEEN = ("unknown",)
_UNHEARD = ("unknown", "unreachable")

_DEFAULT = {
    "work": row((*_ON_QUEUE, "busy"), _UNSEEN),
    "break": row(("paused(break)", "paused(lunch)", "offline"), _UNHEARD),
    "lunch": row(("paused(break)", "paused(lunch)", "offline"), _UNHEARD),
    **{name: row((f"paused({name})",), _UNHEARD) for name in ("meeting", "training", "coaching", "off_phone")},
}
_STRICT = {
    "work": row(_ON_QUEUE, _UNSEEN),
    **{name: row((f"paused({name})",), _UNSEEN) for name in SCHEDULED if name != "work"},
}
PRESETS: dict[str, Mapping[str, Row]] = {"default": _DEFAULT, "strict": _STRICT}
"""`default` never counts `time_off`; `strict` counts whatever is scheduled."""


def matrix(policy: AdherencePolicy) -> Matrix:
    """A preset, with some rows replaced. Raises `UnknownDoingError`."""
    replaced = {name: row(words.in_, words.neutral) for name, words in policy.rows.items()}
    return Matrix({**PRESETS[policy.preset], **replaced}, policy.preset == "default", policy.wrap_up_cap_ms)
