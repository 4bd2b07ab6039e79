"""A posted body, taken apart into lines of one event each. Bounded: a few bytes can unpack to gigabytes."""

from __future__ import annotations

import zlib
from dataclasses import dataclass

import msgspec

UNPACKED_BYTES_MAX = 1_048_576
LINES_MAX = 2_000
"""Lines of one body: a few milliseconds of work, so that the wallboard is served in between."""

_ONE = frozenset(("application/json", "application/cloudevents+json"))
_BATCH = "application/cloudevents-batch+json"
_LINES = frozenset(("application/x-ndjson", "application/jsonl"))
CONTENT_TYPES = ("application/x-ndjson", *sorted(_ONE), _BATCH)

_decode_array = msgspec.json.Decoder(list[msgspec.Raw]).decode


@dataclass(frozen=True)
class UnusableBodyError(Exception):
    """The body as a whole is no events: `reason` for the counts, `text` for its sender, `status` of the answer."""

    status: int
    reason: str
    text: str


UNREAD = {
    "body_too_large": UnusableBodyError(413, "body_too_large", f"the body is over {UNPACKED_BYTES_MAX} bytes"),
    "body_too_slow": UnusableBodyError(408, "body_too_slow", "the body took too long to arrive"),
    "body_cut_off": UnusableBodyError(400, "body_cut_off", "the body ended before its end"),
}
"""Why a body could not be read from its sender."""


def unpacked(body: bytes, encoding: str) -> bytes:
    """The body as it was before it was packed. Raises `UnusableBodyError`, past the limit without unpacking more."""
    packed = encoding.strip().lower()
    if packed in ("", "identity"):
        return body
    if packed not in ("gzip", "x-gzip"):
        raise UnusableBodyError(415, "unsupported_encoding", "Content-Encoding: gzip is understood, or none")
    unpacking = zlib.decompressobj(zlib.MAX_WBITS | 16)
    try:
        content = unpacking.decompress(body, UNPACKED_BYTES_MAX + 1)
    except zlib.error:
        raise _bad_gzip() from None
    if len(content) > UNPACKED_BYTES_MAX:
        raise UnusableBodyError(413, "body_too_large", f"unpacked, the body is over {UNPACKED_BYTES_MAX} bytes")
    # One member only: of empty ones, a megabyte would hold fifty thousand.
    if not unpacking.eof or unpacking.unused_data:
        raise _bad_gzip()
    return content


def _bad_gzip() -> UnusableBodyError:
    return UnusableBodyError(400, "bad_gzip", "the body is not one whole gzip stream")


def split(body: bytes, content_type: str) -> list[bytes]:
    """The body's lines, or the elements of its array: one event each, blank ones included. Raises `UnusableBodyError`.

    The number in the list, from 1, is the line number the sender knows.
    """
    if content_type in _LINES:
        if body.count(b"\n") > LINES_MAX:
            raise _too_many()
        lines = body.split(b"\n")
    elif content_type == _BATCH or (content_type in _ONE and body.lstrip(b" \t\r\n").startswith(b"[")):
        try:
            lines = [bytes(part) for part in _decode_array(body)]
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            raise UnusableBodyError(400, "malformed_json", "the body is not a JSON array of objects") from None
    elif content_type in _ONE:
        lines = [body]
    else:
        raise UnusableBodyError(415, "unsupported_type", f"Content-Type must be one of {', '.join(CONTENT_TYPES)}")
    if len(lines) > LINES_MAX + 1 or (len(lines) > LINES_MAX and lines[-1].strip()):
        raise _too_many()
    return lines


def _too_many() -> UnusableBodyError:
    return UnusableBodyError(413, "too_many_lines", f"the body has over {LINES_MAX} lines: send it in parts")
