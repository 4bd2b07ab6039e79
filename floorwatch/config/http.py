"""The configuration of what is served, and to whom: `http:`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, ValidationInfo, field_validator

from floorwatch.config.values import Name, Names, Section, beside_the_config

Role = Literal["viewer", "lead", "supervisor", "admin", "ingest", "metrics"]
TokenHash = Annotated[str, Field(pattern=r"^sha256:[0-9a-f]{64}$")]


class Token(Section):
    """Who may ask: the bearer of one token. `hash` is what `floorwatch token` prints, never the token itself."""

    role: Role
    hash: TokenHash
    sources: Names = ()


class Http(Section):
    """Where the wallboard, the API and the metrics are served, and to whom."""

    host: Name = "127.0.0.1"
    port: int = Field(8321, ge=0, le=65535)
    allowed_hosts: Names = ()
    tokens: dict[Name, Token] = Field({})
    tokens_file: Path | None = None
    open_to_viewers: bool = False

    @field_validator("tokens_file")
    @classmethod
    def _resolved(cls, path: Path | None, info: ValidationInfo) -> Path | None:
        return None if path is None else beside_the_config(path, info)
