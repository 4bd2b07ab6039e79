"""What is asked of required agents, as people type it."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field, ValidationInfo, field_validator

from floorwatch.config.values import Ratio, Section, Share, beside_the_config
from floorwatch.floor.settings import StaffingPolicy

_STAFFING = StaffingPolicy()


class Staffing(Section):
    """Shrinkage, a limit on occupancy, and the forecast of contacts."""

    shrinkage: Share = _STAFFING.shrinkage
    occupancy_max: Ratio | None = Field(_STAFFING.occupancy_max, alias="max_occupancy")
    forecast: Path | None = None

    @field_validator("forecast")
    @classmethod
    def _resolved(cls, path: Path | None, info: ValidationInfo) -> Path | None:
        return None if path is None else beside_the_config(path, info)

    def policy(self) -> StaffingPolicy:
        """The same, plain."""
        return StaffingPolicy(self.shrinkage, self.occupancy_max)
