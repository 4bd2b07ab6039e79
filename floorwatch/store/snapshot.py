"""Snapshots: the engine's state after an entry of the journal, so that recovery need not begin with the first one.

A snapshot is a shortcut and never the truth: one that is damaged, of other settings, or of other code than runs now is
passed over, and the journal is applied from further back. It lies beside the journal, readable by its owner only.
"""

from __future__ import annotations

import hashlib
import io
import os
import pickle
import struct
import zlib
from collections.abc import Iterator
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import structlog

from floorwatch.engine import Engine
from floorwatch.floor.settings import Settings

KEPT = 3
_HEAD = struct.Struct(">8s32sQI")
_MAGIC = b"FWSNAP1\n"
_PURE = ("floor", "metrics", "alerts")
_PLAIN = {
    ("array", "_array_reconstructor"),
    ("array", "array"),
    ("builtins", "set"),
    ("builtins", "frozenset"),
    ("collections", "Counter"),
    ("collections", "deque"),
    ("collections", "OrderedDict"),
    ("zoneinfo", "ZoneInfo"),
    ("msgspec._utils", "rebuild"),
}

log = structlog.get_logger("floorwatch.store")


class Snapshot(NamedTuple):
    """The engine after the entry with this number."""

    seq: int
    engine: Engine


def freeze(engine: Engine) -> bytes:
    """The state of an engine; `thaw` makes one of it that goes on exactly as this one would."""
    return pickle.dumps(engine, protocol=5)


def thaw(state: bytes) -> Engine:
    """The engine whose state this is. Raises `pickle.UnpicklingError` for anything that is not our own state."""
    engine = _Unpickler(io.BytesIO(state)).load()
    if not isinstance(engine, Engine):
        raise pickle.UnpicklingError(f"holds a {type(engine).__name__}")
    return engine


class _Unpickler(pickle.Unpickler):
    """Makes only what an engine consists of: a file that names anything else is refused before it can do anything."""

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) == ("builtins", "getattr"):
            return _bound_method
        package, _, rest = module.partition(".")
        if (module, name) in _PLAIN or (package == "floorwatch" and rest.partition(".")[0] in (*_PURE, "engine")):
            return super().find_class(module, name)
        raise pickle.UnpicklingError(f"names {module}.{name}")


def _bound_method(thing: object, name: str) -> Any:
    """How pickle spells a bound method; of anything else no attribute is handed out."""
    method = getattr(thing, name)
    if thing is ZoneInfo and name == "_unpickle":
        return method
    if name.startswith("_") or getattr(method, "__self__", None) is not thing:
        raise pickle.UnpicklingError(f"asks for {name} of a {type(thing).__name__}")
    return method


@cache
def _code() -> bytes:
    """A digest of the code that the state belongs to."""
    return digest_of_code(Path(str(resources.files("floorwatch"))))


def digest_of_code(root: Path) -> bytes:
    """A digest of the engine's code under `root`: of every module of the pure packages, however deep it lies."""
    digest = hashlib.sha256()
    for path in (*sorted(path for name in _PURE for path in (root / name).rglob("*.py")), root / "engine.py"):
        digest.update(path.relative_to(root).as_posix().encode() + b"\0" + path.read_bytes())
    return digest.digest()


def fingerprint(settings: Settings) -> bytes:
    """What a state belongs to: this code with these settings. 32 bytes."""
    return hashlib.sha256(_code() + repr(settings).encode()).digest()


def write(folder: Path, seq: int, state: bytes, belongs_to: bytes) -> None:
    """Write the state after entry `seq`, which must be on disk, and forget all but the newest few. Raises `OSError`."""
    body = zlib.compress(state, 1)
    path = folder / f"snapshot-{seq:016d}.bin"
    part = path.with_suffix(".part")
    try:
        part.touch(mode=0o600)
        with part.open("wb") as file:
            file.write(_HEAD.pack(_MAGIC, belongs_to, seq, zlib.crc32(body)) + body)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    except OSError:
        part.unlink(missing_ok=True)
        raise
    for old in snapshot_paths(folder)[KEPT:]:
        old.unlink(missing_ok=True)


def snapshot_paths(folder: Path) -> list[Path]:
    """The snapshots beside a journal, newest first."""
    return sorted(folder.glob("snapshot-????????????????.bin"), reverse=True)


def valid(folder: Path, settings: Settings, seq_max: int) -> Iterator[Snapshot]:
    """The snapshots that can be gone on from, newest first; `seq_max` is the newest entry of the journal."""
    wanted = fingerprint(settings)
    for path in snapshot_paths(folder):
        try:
            content = path.read_bytes()
            magic, belongs_to, seq, checksum = _HEAD.unpack_from(content)
            body = content[_HEAD.size :]
            if magic != _MAGIC or checksum != zlib.crc32(body):
                raise pickle.UnpicklingError("is damaged")
            if seq > seq_max:
                raise pickle.UnpicklingError(f"is of entry {seq}, the journal ends with {seq_max}")
            if belongs_to != wanted:
                raise pickle.UnpicklingError("is of another version, or of other settings")
            yield Snapshot(seq, thaw(zlib.decompress(body)))
        except (OSError, struct.error, zlib.error, pickle.UnpicklingError) as wrong:
            log.info("snapshot_passed_over", snapshot=path.name, why=str(wrong))
