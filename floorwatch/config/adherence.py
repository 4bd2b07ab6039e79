"""How adherence is judged, as people type it."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, Field, ValidationInfo, field_validator

from floorwatch.config.values import DurationMs, Name, Section
from floorwatch.floor.settings import AdherencePolicy, RowWords
from floorwatch.metrics.rule_matrix import UnknownDoingError
from floorwatch.metrics.rule_matrix import row as row_of

_ADHERENCE = AdherencePolicy()


def _is_doing(word: str) -> str:
    try:
        row_of([word])
    except UnknownDoingError as wrong:
        raise ValueError(str(wrong)) from None
    return word


Doings = tuple[Annotated[Name, AfterValidator(_is_doing)], ...]
"""Words of the rule matrix: agent activities, and `paused(REASON)`."""
Scheduled = Literal["work", "break", "lunch", "meeting", "training", "coaching", "off_phone", "time_off"]


class AdherenceRow(Section):
    """One row of the rule matrix: what is in, what is neutral; all else is out."""

    in_: Doings = Field((), alias="in")
    neutral: Doings = ()

    @field_validator("neutral")
    @classmethod
    def _not_in_as_well(cls, neutral: Doings, info: ValidationInfo) -> Doings:
        if both := sorted(set(neutral) & set(info.data.get("in_", ()))):
            raise ValueError(f"'{both[0]}' stands in 'in' too: keep it in one of the two")
        return neutral


class Adherence(Section):
    """Which rule matrix says whether an agent keeps to the schedule."""

    preset: Literal["default", "strict"] = _ADHERENCE.preset
    delay_ms: DurationMs = Field(_ADHERENCE.delay_ms, alias="delay")
    wrap_up_cap_ms: DurationMs = Field(_ADHERENCE.wrap_up_cap_ms, alias="wrap_up_cap")
    rows: dict[Scheduled, AdherenceRow] = Field({})

    def policy(self) -> AdherencePolicy:
        """The same, plain."""
        rows: dict[str, RowWords] = {
            name: RowWords(tuple(row.in_), tuple(row.neutral)) for name, row in self.rows.items()
        }
        return AdherencePolicy(self.preset, self.delay_ms, self.wrap_up_cap_ms, rows)
