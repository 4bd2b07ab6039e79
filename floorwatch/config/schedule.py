"""The configuration of schedule input: `schedule:`."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field, ValidationInfo, field_validator

from floorwatch.config.values import DurationMs, Section, beside_the_config

POLL_MS_MIN = 100


class ScheduleInput(Section):
    """Where schedules lie, and how they are read."""

    path: Path | None = None
    poll_ms: DurationMs = Field(5_000, alias="poll")
    strict: bool = False
    agent_property: str = ""

    @field_validator("path")
    @classmethod
    def _resolved(cls, path: Path | None, info: ValidationInfo) -> Path | None:
        return None if path is None else beside_the_config(path, info)

    @field_validator("poll_ms")
    @classmethod
    def _not_too_often(cls, poll_ms: int) -> int:
        if poll_ms < POLL_MS_MIN:
            raise ValueError(f"must be at least {POLL_MS_MIN}ms")
        return poll_ms
