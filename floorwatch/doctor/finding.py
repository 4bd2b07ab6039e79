"""What a check finds, and what it may look at."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Literal, NamedTuple

from floorwatch.config import Config

Level = Literal["ok", "warning", "failed"]


class Finding(NamedTuple):
    """One line. `fix`: what mends it; never holds a secret, and neither does `text`."""

    level: Level
    subject: str
    text: str
    fix: str = ""


Findings = Iterator[Finding]


class Checkup(NamedTuple):
    """What there is to look at."""

    config: Config
    file: Path
    """The configuration's."""
    now_ms: int
    is_online: bool = True
    """Whether other machines may be connected to."""
    token: str = ""
    """Of a viewer or more, for what the daemon tells only to those; empty: none is at hand."""


def ok(subject: str, text: str) -> Finding:
    """All is as it should be."""
    return Finding("ok", subject, text)


def warned(subject: str, text: str, fix: str) -> Finding:
    """It works, and may not be what is wanted, or not for long."""
    return Finding("warning", subject, text, fix)


def failed(subject: str, text: str, fix: str) -> Finding:
    """It does not work."""
    return Finding("failed", subject, text, fix)
