"""What Prometheus is told besides the floor's own figures: `metrics:`."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

from pydantic import Field, ValidationInfo, field_validator

from floorwatch.config.marked_yaml import KeyPath
from floorwatch.config.values import Section, beside_the_config

AGENTS_MAX = 500


class Metrics(Section):
    """Whether single agents are told of, under which names, and how many."""

    per_agent: Literal["off", "pseudonym", "id"] = "off"
    agents_max: int = Field(AGENTS_MAX, ge=1, le=10_000)
    key_file: Path | None = None

    @field_validator("key_file")
    @classmethod
    def _resolved(cls, path: Path | None, info: ValidationInfo) -> Path | None:
        return None if path is None else beside_the_config(path, info)

    def key(self) -> bytes | None:
        """What pseudonyms are made with; None: nobody has given one. Raises `OSError` when it cannot be read."""
        if self.key_file is None:
            return None
        if key := self.key_file.read_bytes().strip():
            return key
        raise OSError(errno.EINVAL, "is empty: write a secret of your own into it", str(self.key_file))


def contradictions_of_metrics(metrics: Metrics, *, individuals: bool) -> Iterator[tuple[KeyPath, str]]:
    """Keys that are each fine, and not together."""
    if metrics.per_agent == "id" and not individuals:
        yield (
            ("per_agent",),
            "'id' names agents, which 'individuals' does not allow: set 'individuals: true', or use 'pseudonym'",
        )
    if metrics.key_file is not None and metrics.per_agent != "pseudonym":
        yield ("key_file",), "is only for 'per_agent: pseudonym': set that, or take it out"
