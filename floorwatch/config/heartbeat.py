"""Whom we tell that we are alive: `heartbeat:`. Whoever hears nothing for a while raises the alarm for us."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

from pydantic import Field, ValidationInfo, field_validator

from floorwatch.config.addresses import WebAddress, web_address
from floorwatch.config.marked_yaml import KeyPath
from floorwatch.config.values import DurationMs, Section, beside_the_config

EVERY_MS_MIN, EVERY_MS_MAX = 1_000, 3_600_000
TIMEOUT_MS_MIN = 100


class Heartbeat(Section):
    """An address that is asked again and again, and only while floorwatch does its work."""

    url: WebAddress | None = Field(None, repr=False)
    url_file: Path | None = None
    every_ms: DurationMs = Field(60_000, alias="every")
    timeout_ms: DurationMs = Field(5_000, alias="timeout")
    method: Literal["GET", "POST"] = "GET"
    tls_ca: Path | None = None

    @field_validator("url_file", "tls_ca")
    @classmethod
    def _resolved(cls, path: Path | None, info: ValidationInfo) -> Path | None:
        return None if path is None else beside_the_config(path, info)

    @field_validator("every_ms")
    @classmethod
    def _of_use(cls, every_ms: int) -> int:
        if not EVERY_MS_MIN <= every_ms <= EVERY_MS_MAX:
            raise ValueError(f"must be from {EVERY_MS_MIN // 1000}s to {EVERY_MS_MAX // 3_600_000}h")
        return every_ms

    @property
    def is_wanted(self) -> bool:
        """Whether there is anybody to tell."""
        return self.url is not None or self.url_file is not None

    def address(self) -> str:
        """Where to; whoever knows it can speak for us. Raises `OSError` when its file holds none."""
        if self.url_file is None:
            return self.url or ""
        try:
            return web_address(self.url_file.read_text(encoding="utf-8").strip())
        except UnicodeDecodeError:
            raise OSError(errno.EINVAL, "is no text: write the address into it", str(self.url_file)) from None
        except ValueError as wrong:
            raise OSError(errno.EINVAL, f"what it holds {wrong}", str(self.url_file)) from None


def contradictions_of_heartbeat(heartbeat: Heartbeat) -> Iterator[tuple[KeyPath, str]]:
    """Keys that are each fine, and not together."""
    if heartbeat.url is not None and heartbeat.url_file is not None:
        yield ("url",), "is given twice: keep 'url' or 'url_file'"
    if heartbeat.model_fields_set and not heartbeat.is_wanted:
        yield (), "needs the 'url' to call, or better an 'url_file' that holds it"
    if not TIMEOUT_MS_MIN <= heartbeat.timeout_ms <= heartbeat.every_ms:
        yield ("timeout",), f"must be from {TIMEOUT_MS_MIN}ms to 'every', {heartbeat.every_ms / 1000:g}s"
