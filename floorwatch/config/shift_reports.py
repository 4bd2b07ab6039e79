"""The configuration of shift reports: `shift_reports:`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Literal

from pydantic import Field, ValidationInfo, field_validator

from floorwatch.config.marked_yaml import KeyPath
from floorwatch.config.output_types import ROBOTS, OutputType
from floorwatch.config.outputs import Output
from floorwatch.config.values import LongDurationMs, Names, Section, beside_the_config
from floorwatch.nearest import did_you_mean

_DAY_MS = 86_400_000
_CARRY_REPORTS: frozenset[OutputType] = ROBOTS | {"mail", "apprise", "webhook"}
"""Outputs that people read, or a program that is told everything."""


class ShiftReports(Section):
    """Where the report of each turn of a rota goes at its hand-over."""

    folder: Path | None = None
    language: Literal["en", "zh", "both"] = "both"
    keep_ms: LongDurationMs = Field(400 * _DAY_MS, alias="keep")
    outputs: Names = ()

    @field_validator("folder")
    @classmethod
    def _resolved(cls, folder: Path | None, info: ValidationInfo) -> Path | None:
        return None if folder is None else beside_the_config(folder, info)

    @field_validator("keep_ms")
    @classmethod
    def _long_enough(cls, keep_ms: int) -> int:
        if keep_ms < _DAY_MS:
            raise ValueError("must be at least 1d")
        return keep_ms


def contradictions_of_shift_reports(
    reports: ShiftReports, outputs: Mapping[str, Output]
) -> Iterator[tuple[KeyPath, str]]:
    """Outputs that cannot be sent a report: it names who was on call, and is no incident and no lamp."""
    for at, name in enumerate(reports.outputs):
        output = outputs.get(name)
        if output is None:
            hint = did_you_mean(name, outputs, f"there are: {', '.join(outputs) or 'none'}")
            yield ("outputs", at), f"there is no output '{name}'; {hint}"
        elif output.type not in _CARRY_REPORTS:
            yield ("outputs", at), f"an output of type {output.type} carries no reports: name one of type mail"
        elif output.type == "mail" and not output.to:
            yield ("outputs", at), f"goes to nobody: say who reads it, outputs.{name}.to: [floor@example.com]"
        elif output.audience != "lead":
            yield ("outputs", at), f"a report names who was on call: say outputs.{name}.audience: lead"
