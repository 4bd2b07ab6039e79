"""Reading a file that people type: YAML into a checked model, or a list of all that is wrong with it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from floorwatch.config.marked_yaml import KeyPath, MarkedTree, UnusableYamlError, read_marked
from floorwatch.config.problems import ConfigError, Problem, dotted, explain, told

AnyFile = TypeVar("AnyFile", bound=BaseModel)


def read_as(
    path: Path, kind: type[AnyFile], check: Callable[[AnyFile], Iterator[tuple[KeyPath, str]]] | None = None
) -> AnyFile:
    """Read and check a file people type, of any kind. Raises `ConfigError`, which names every line that is wrong.

    `check` finds what no single key shows: (the key, what is wrong and what mends it).
    """
    return read_with_lines(path, kind, check)[0]


def read_with_lines(
    path: Path, kind: type[AnyFile], check: Callable[[AnyFile], Iterator[tuple[KeyPath, str]]] | None = None
) -> tuple[AnyFile, MarkedTree]:
    """The same, with the line of every key for whoever has to point at one later."""
    try:
        tree = read_marked(_text(path))
    except UnusableYamlError as wrong:
        raise ConfigError([Problem(str(path), wrong.line, "", wrong.why)]) from wrong
    if not isinstance(tree.content, dict | None):
        raise ConfigError([Problem(str(path), 1, "", "must be keys and values, such as 'queues:'")])
    try:
        read = kind.model_validate(tree.content or {}, context={"folder": path.parent})
    except ValidationError as wrong:
        found = [(error["loc"], explain(error, kind)) for error in told(wrong.errors())]
    else:
        found = [] if check is None else list(check(read))
    if found:
        raise ConfigError([Problem(str(path), tree.line(key), dotted(key), text) for key, text in found])
    return read, tree


def line_of(path: Path, key: KeyPath) -> int | None:
    """The line of a key, or of the nearest above it, in a file that has been read before; None: no longer known."""
    try:
        return read_marked(_text(path)).line(key)
    except (ConfigError, UnusableYamlError):
        return None


def _text(path: Path) -> str:
    try:
        return path.read_bytes().decode("utf-8-sig")
    except IsADirectoryError:
        raise ConfigError([Problem(str(path), None, "", "is a folder, not a file")]) from None
    except OSError as wrong:
        raise ConfigError([Problem(str(path), None, "", f"cannot be read: {wrong.strerror}")]) from wrong
    except UnicodeDecodeError as wrong:
        line = wrong.object.count(b"\n", 0, wrong.start) + 1
        why = f"not UTF-8 text (byte 0x{wrong.object[wrong.start]:02x}): save the file as UTF-8"
        raise ConfigError([Problem(str(path), line, "", why)]) from wrong
