"""A posted body taken apart: what is understood, and where it stops."""

from __future__ import annotations

import gzip
import json
import tracemalloc
import zlib
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from floorwatch.ingest.http.protocol import (
    CONTENT_TYPES,
    LINES_MAX,
    UNPACKED_BYTES_MAX,
    UnusableBodyError,
    split,
    unpacked,
)

LINES = "application/x-ndjson"


def refusal(body: bytes, content_type: str = LINES, encoding: str = "") -> tuple[int, str]:
    with pytest.raises(UnusableBodyError) as refused:
        split(unpacked(body, encoding), content_type)
    return refused.value.status, refused.value.reason


@pytest.mark.parametrize("encoding", ["", "identity", "gzip", "x-gzip", "GZIP"])
def test_packed_or_not_it_is_the_same_body(encoding: str) -> None:
    """gzip is undone; what is not packed stays."""
    body = b'{"a":1}\n'
    assert unpacked(gzip.compress(body) if "gzip" in encoding.lower() else body, encoding) == body


def test_a_bomb_is_not_unpacked() -> None:
    """A kilobyte a thousand times as large when unpacked: refused, and never held in memory."""
    pack = zlib.compressobj(9, zlib.DEFLATED, zlib.MAX_WBITS | 16)
    bomb = b"".join(pack.compress(bytes(1_048_576)) for _ in range(200)) + pack.flush()
    assert len(bomb) < UNPACKED_BYTES_MAX
    tracemalloc.start()
    assert refusal(bomb, encoding="gzip") == (413, "body_too_large")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 8 * UNPACKED_BYTES_MAX


def test_the_limit_itself_is_allowed() -> None:
    """Exactly as large as allowed is allowed; one byte more is not."""
    body = b" " * UNPACKED_BYTES_MAX
    assert unpacked(gzip.compress(body), "gzip") == body
    assert refusal(gzip.compress(body + b" "), encoding="gzip") == (413, "body_too_large")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b'{"type":"source.heartbeat"}',
        gzip.compress(b"{}")[:-1],
        gzip.compress(b"{}") + b"x",
        gzip.compress(b"") * 2,
        gzip.compress(b"{}")[:-8] + bytes(8),
    ],
    ids=["nothing", "plain", "cut", "more behind", "two", "wrong sum"],
)
def test_what_is_not_one_whole_gzip_stream_is_refused(body: bytes) -> None:
    """Not packed, cut short, wrong sum, more behind it: nothing is guessed."""
    assert refusal(body, encoding="gzip") == (400, "bad_gzip")


@pytest.mark.parametrize("encoding", ["br", "deflate", "zstd", "gzip, gzip"])
def test_other_encodings_are_refused(encoding: str) -> None:
    """Only gzip is understood, and only once."""
    assert refusal(b"{}", encoding=encoding) == (415, "unsupported_encoding")


def test_lines_keep_their_numbers() -> None:
    """A blank line is a line: what is said of line 3 is of the sender's third."""
    assert split(b"one\r\n\nthree\n", LINES) == [b"one\r", b"", b"three", b""]
    assert split(b"", LINES) == [b""]


@pytest.mark.parametrize("content_type", ["application/json", "application/cloudevents+json"])
def test_one_object_may_stand_on_many_lines(content_type: str) -> None:
    """As JSON, an object is one event however it is laid out."""
    body = b'\n{\n  "type": "source.heartbeat"\n}\n'
    assert split(body, content_type) == [body]


@pytest.mark.parametrize("content_type", ["application/json", "application/cloudevents-batch+json"])
def test_an_array_is_a_line_for_each_element(content_type: str) -> None:
    """Whatever its elements are: each is judged by itself."""
    assert split(b' [{"a":1}, 7,\n"]", [ ]]', content_type) == [b'{"a":1}', b"7", b'"]"', b"[ ]"]
    assert split(b"[]", content_type) == []


@pytest.mark.parametrize("body", [b"[", b'[{"a":1}', b"[1] x", b"[\xff]", b"[" * 100_000])
def test_a_broken_array_is_refused_whole(body: bytes) -> None:
    """Where it ends nobody knows, so nothing of it is taken."""
    assert refusal(body, "application/json") == (400, "malformed_json")


def test_a_batch_must_be_an_array() -> None:
    """That is what its content type says."""
    assert refusal(b"{}", "application/cloudevents-batch+json") == (400, "malformed_json")


@pytest.mark.parametrize("content_type", ["text/plain", "application/x-www-form-urlencoded", ""])
def test_other_content_types_are_refused(content_type: str) -> None:
    """What a web page may send without asking is not taken; the answer names what is."""
    with pytest.raises(UnusableBodyError) as refused:
        split(b"{}", content_type)
    assert refused.value.status == 415
    assert all(known in refused.value.text for known in CONTENT_TYPES)


def test_too_many_lines_are_refused() -> None:
    """As many as allowed, with or without a last line end; one more is told to come in parts."""
    assert len(split(b"x\n" * LINES_MAX, LINES)) == LINES_MAX + 1
    assert len(split(b"\n".join([b"x"] * LINES_MAX), LINES)) == LINES_MAX
    too_many = (413, "too_many_lines")
    assert refusal(b"x\n" * LINES_MAX + b"x", LINES) == too_many
    assert refusal(b"\n" * 1_000_000, LINES) == too_many
    assert refusal(json.dumps([1] * (LINES_MAX + 1)).encode(), "application/json") == too_many


@given(st.binary(max_size=200), st.sampled_from(["", "gzip"]), st.sampled_from([*CONTENT_TYPES, "text/html"]))
def test_no_bytes_break_it(body: bytes, encoding: str, content_type: str) -> None:
    """Any body is lines or a refusal, never another error."""
    with suppress(UnusableBodyError):
        assert all(isinstance(line, bytes) for line in split(unpacked(body, encoding), content_type))
