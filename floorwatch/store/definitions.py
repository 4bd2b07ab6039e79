"""Which version of each figure's definition was in force, and when another came: a mark on every series of the figure.

Kept beside the journal, in `definitions.json`. It is no part of the engine's state: a figure is what the running
version says it is, and a journal replayed by another version shows that version's figures.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

import msgspec
import structlog

log = structlog.get_logger("floorwatch.store")


class Mark(msgspec.Struct, frozen=True, kw_only=True):
    """From `at` (ms) on the figure means something else than before."""

    at: int
    figure: str
    was: int
    version: int


class _Kept(msgspec.Struct, frozen=True):
    versions: dict[str, int] = {}
    marks: list[Mark] = []


def mark_changes(folder: Path, versions: Mapping[str, int], now: int) -> list[Mark]:
    """Compare with what was in force when this was last called, take note of what is now, and return every mark so far.

    A figure that is new has no mark: there is nothing before it. Raises `OSError`.
    """
    path = folder / "definitions.json"
    kept = _read(path)
    fresh = [
        Mark(at=now, figure=figure, was=kept.versions[figure], version=version)
        for figure, version in versions.items()
        if kept.versions.get(figure, version) != version
    ]
    for mark in fresh:
        log.warning("definition_changed", figure=mark.figure, was=mark.was, version=mark.version)
    marks = [*kept.marks, *fresh]
    if fresh or kept.versions != dict(versions):
        _write(path, _Kept(kept.versions | dict(versions), marks))
    return marks


def _read(path: Path) -> _Kept:
    try:
        return msgspec.json.decode(path.read_bytes(), type=_Kept)
    except FileNotFoundError:
        return _Kept()
    except msgspec.MsgspecError as wrong:
        aside = path.with_suffix(".damaged")
        path.replace(aside)
        log.warning("definitions_unreadable", why=str(wrong), so=f"marks begin anew; the file is now {aside.name}")
        return _Kept()


def _write(path: Path, kept: _Kept) -> None:
    part = path.with_suffix(".part")
    with part.open("wb") as file:
        file.write(msgspec.json.format(msgspec.json.encode(kept), indent=1))
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)
