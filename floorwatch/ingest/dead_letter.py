"""What was rejected, kept for whoever has to find out why: bounded, and without callers' numbers."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import BinaryIO

import msgspec

from floorwatch.floor.events import EVENT_TYPES, Member, ReportedState, ScheduledActivity, Talking, Waiting

TEXT_BYTES_MAX = 2_048
MASK = "#####"

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_CALLER = re.compile("caller", re.IGNORECASE)
_PARTS: tuple[type[msgspec.Struct], ...] = (Waiting, Talking, Member, ReportedState, ScheduledActivity)
_ATTRIBUTES = {name for kind in (*EVENT_TYPES.values(), *_PARTS) for name in kind.__struct_fields__} | {"type"}
# Instants are matched first, so that they survive; a number may be written +44 20 7946 0000 or (020) 7946-0000.
_INSTANT_OR_NUMBER = re.compile(
    r"(?P<instant>\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)?)|\+?\d(?:[ ().+/-]{0,3}\d){4,}"
)


class DeadLetters:
    """A file of rejected lines, JSON Lines of `reason`, `when` (RFC 3339) and `text`.

    It never grows past `limit_bytes`, also over restarts; from then on, or when the disk refuses, or with no path,
    letters are only counted in `dropped`. Readable by its owner only. Raises `OSError` when it cannot be opened.
    """

    def __init__(self, path: Path | None, limit_bytes: int = 10_000_000) -> None:
        self.kept = 0
        self.dropped = 0
        self._room_bytes = 0
        self._file: BinaryIO | None = None
        if path is not None:
            if not path.exists():
                path.touch(mode=0o600)
            # unbuffered: whoever follows the file sees a letter at once, and the limit bounds what that costs
            self._file = path.open("ab", buffering=0)
            self._room_bytes = limit_bytes - self._file.tell()

    def put(self, reason: str, when_ms: int, line: bytes) -> None:
        """Keep one rejected line, cut to `TEXT_BYTES_MAX`, with the instant its rejection was noticed. Never raises."""
        letter = (
            msgspec.json.encode({"reason": reason, "when": _rfc3339(when_ms), "text": without_numbers(line)}) + b"\n"
        )
        if self._file is None or len(letter) > self._room_bytes:
            self._room_bytes = 0  # what came first tells most: no later, shorter letter slips in
            self.dropped += 1
            return
        try:
            self._file.write(letter)
        except OSError:
            self._room_bytes = 0
            self.dropped += 1
            return
        self._room_bytes -= len(letter)
        self.kept += 1

    def close(self) -> None:
        """Close the file; what comes later is counted only."""
        if self._file is not None:
            self._file.close()
            self._file = None


class RateLimit:
    """Lets one in `every_ms` through for each key, and says how many it stands for."""

    def __init__(self, every_ms: int = 1_000) -> None:
        self._every_ms = every_ms
        self._last_ms: dict[str, int] = {}
        self._held_back: dict[str, int] = {}

    def let_through(self, key: str, now_ms: int) -> int:
        """0: say nothing now. Otherwise say it, for this one and those held back since the last time, this many."""
        last_ms = self._last_ms.get(key)
        if last_ms is not None and 0 <= now_ms - last_ms < self._every_ms:
            self._held_back[key] = self._held_back.get(key, 0) + 1
            return 0
        self._last_ms[key] = now_ms
        return 1 + self._held_back.pop(key, 0)


def without_numbers(line: bytes) -> str:
    """The line as text, at most `TEXT_BYTES_MAX` bytes of it, callers' numbers masked.

    In a JSON object the contract's attributes keep their values, because ids hold digits; whatever belongs to a
    caller is masked whole, and anything else, like any text that is no JSON, loses its runs of five digits and more.
    """
    text = line[:TEXT_BYTES_MAX].decode(errors="replace")
    try:
        content = msgspec.json.decode(text)
        if isinstance(content, dict):
            return msgspec.json.encode(_masked(content)).decode()
    except (msgspec.MsgspecError, RecursionError):
        pass
    return _mask_runs(text)


def _masked(value: object, trusted: bool = False) -> object:
    """The value without numbers; `trusted` when it belongs to an attribute of the contract."""
    if isinstance(value, dict):
        return {_mask_runs(name): _masked_attribute(name, part) for name, part in value.items()}
    if isinstance(value, list):
        return [_masked(part, trusted) for part in value]
    masked = _mask_runs(str(value))
    return value if trusted or masked == str(value) else masked


def _masked_attribute(name: str, value: object) -> object:
    return MASK if _CALLER.search(name) else _masked(value, name in _ATTRIBUTES)


def _mask_runs(text: str) -> str:
    return _INSTANT_OR_NUMBER.sub(lambda found: found["instant"] or MASK, text)


def _rfc3339(when_ms: int) -> str:
    instant = _EPOCH + timedelta(milliseconds=when_ms)
    return instant.isoformat(timespec="milliseconds").replace("+00:00", "Z")
