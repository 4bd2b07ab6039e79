"""Opening a recorded input: what it is shows in its content, never in its name."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from itertools import islice
from pathlib import Path

from floorwatch.ingest.ami.recording import AmiRecording
from floorwatch.ingest.events import EventsRecording
from floorwatch.ingest.file_lines import DamagedFileError, read_pieces
from floorwatch.ingest.queue_log.recording import QueueLog
from floorwatch.ingest.source import OnReject, Recording
from floorwatch.ingest.table.recording import TableRecording

_HEAD_PIECES = 4
FORMATS = ("events", "ami", "queue_log", "table")

_LINE_OF = {
    "events": re.compile(rb'\s*\{\s*"'),
    "ami": re.compile(rb"Asterisk Call Manager/|(?:Event|Response|Action|ActionID|Privilege|Timestamp): "),
    "queue_log": re.compile(rb"\d{6,}(?:\.\d+)?\|[^|]*\|[^|]*\|[^|]*\|[A-Z]+(?:\||\s*$)"),
}
_TABLE_HEADER = re.compile(rb"(?=[^\n]*\bcontact_id\b)(?=[^\n]*\barrival\b)[^\n]*,")
_INDEX_LINE = re.compile(rb'\s*\{"t": ?[\d.]+, ?"(?:off|ev)": ?')
_KNOWN_STRANGERS = (
    (re.compile(rb"\xff\xfe|\xfe\xff"), "UTF-16 text; save it as UTF-8"),
    (re.compile(rb"PK\x03\x04"), "a zip archive; unpack it first (only gzip is read as it is)"),
    (re.compile(rb"\xfd7zXZ|BZh|\x28\xb5\x2f\xfd"), "compressed, but not by gzip; unpack it first"),
    (re.compile(rb"(?:\xef\xbb\xbf)?\s*\["), "a JSON array; write one object a line"),
    (_INDEX_LINE, "the index of a manager recording; name the NAME.ami file that lies beside it"),
)


class UnusableInputError(Exception):
    """This file cannot be replayed; the sentence names it, what it holds and what could be."""


def open_recording(
    path: Path,
    input_format: str = "auto",
    source: str | None = None,
    *,
    interfaces: Mapping[str, str] | None = None,
    timezone: str = "UTC",
    on_reject: OnReject | None = None,
) -> Recording:
    """The recorded input at this path, ready to be replayed once.

    `input_format` is one of `FORMATS`, or "auto" to recognise it. `source` names the feed where the input does not;
    by default `file` for events, `asterisk` for what comes from one, `table` for a table. `interfaces` maps a switch's
    device to the agent it means, `timezone` is that of a table's local times. `on_reject(reason, line)` is told of
    rejected lines of events and tables.

    Raises `UnusableInputError`, and `OSError` when the file cannot be read at all.
    """
    if input_format == "auto":
        input_format = recognise(path)
    if input_format == "events":
        return EventsRecording(path, source or "file", on_reject)
    if input_format == "ami":
        return AmiRecording(path, _index_beside(path), source or "asterisk", interfaces)
    if input_format == "queue_log":
        return QueueLog(path, source or "asterisk", interfaces)
    if input_format == "table":
        return TableRecording(path, source or "table", timezone, on_reject)
    raise UnusableInputError(f"there is no input format {input_format!r}; it is one of: auto, {', '.join(FORMATS)}")


def _index_beside(path: Path) -> Path | None:
    """`NAME.idx.jsonl[.gz]` beside `NAME.ami[.gz]`: when the bytes arrived."""
    name = path.name.removesuffix(".gz").removesuffix(".ami")
    for ending in (".idx.jsonl", ".idx.jsonl.gz"):
        index = path.with_name(name + ending)
        if index.exists():
            return index
    return None


def recognise(path: Path) -> str:
    """The format of a recorded input, one of `FORMATS`: the one that most lines of its beginning look like.

    Raises `UnusableInputError`, and `OSError` when the file cannot be read at all.
    """
    head = _head(path)
    for look, found in _KNOWN_STRANGERS:
        if look.match(head):
            raise _unusable(path, found)
    head = head.removeprefix(b"\xef\xbb\xbf")
    if _TABLE_HEADER.match(head):
        return "table"
    lines = head.splitlines()
    counts = {name: _count(look, lines) for name, look in _LINE_OF.items()}
    best = max(counts, key=counts.__getitem__)
    if not counts[best]:
        raise _unusable(path, _glimpse(head))
    return best


def _head(path: Path) -> bytes:
    """The first bytes of the content, some tens of kilobytes; of a damaged file, what can be read of them."""
    head = b""
    try:
        for piece in islice(read_pieces(path), _HEAD_PIECES):
            head += piece
    except DamagedFileError as error:
        if not head:
            raise _unusable(path, f"gzip that cannot be unpacked ({error})") from error
    return head


def _count(look: re.Pattern[bytes], lines: Iterable[bytes]) -> int:
    return sum(look.match(line) is not None for line in lines)


def _glimpse(head: bytes) -> str:
    if not head.strip():
        return "empty"
    return f"not recognised (it begins with {head[:40].decode(errors='backslashreplace')!r})"


def _unusable(path: Path, found: str) -> UnusableInputError:
    return UnusableInputError(
        f"{path} is {found}. An input is one of: events (JSON Lines of the event contract), ami (the bytes of an"
        " Asterisk manager session), queue_log (Asterisk's queue log), table (CSV with a header, a line a contact);"
        " name it with --format (of a back-test: --input) where it cannot be recognised"
    )
