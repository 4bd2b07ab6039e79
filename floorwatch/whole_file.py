"""Files that are written as a whole, and are for their owner only."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path


def write_whole(path: Path, content: bytes) -> None:
    """All of it or nothing, also after a crash, which cannot take it back once this has returned. Raises `OSError`."""
    part = path.with_name(f".{path.name}.part")
    with suppress(FileNotFoundError):
        part.unlink()  # of a crash; what is opened below is a file of our own, whatever lay there
    file = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with open(file, "wb") as opened:  # noqa: PTH123 - it is open already
        opened.write(content)
        opened.flush()
        os.fsync(file)
    part.replace(path)
    _sync(path.parent)


def _sync(folder: Path) -> None:
    """Put the new name on disk, too."""
    file = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(file)
    finally:
        os.close(file)
