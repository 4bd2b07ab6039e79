from __future__ import annotations

import gzip
import os
import tracemalloc
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from floorwatch.ingest.file_lines import PIECE_BYTES, DamagedFileError, read_lines, read_pieces

LIMIT = 100_000


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file to write."""
    return tmp_path_factory.mktemp("lines") / "file"


def lines_of(path: Path, content: bytes, limit: int = LIMIT) -> list[bytes]:
    """All lines of a file with this content."""
    path.write_bytes(content)
    return list(read_lines(path, limit))


def until_damage(pieces: Iterator[bytes]) -> tuple[list[bytes], bool]:
    """What could be read, and whether the file was damaged."""
    readable: list[bytes] = []
    try:
        readable.extend(pieces)  # keeps what came before the error
    except DamagedFileError:
        return readable, True
    return readable, False


@given(st.lists(st.binary(max_size=40).filter(lambda line: b"\n" not in line), min_size=1), st.booleans())
def test_lines_are_split_as_they_were_joined(path: Path, lines: list[bytes], packed: bool) -> None:
    """Plain or gzip; a last line needs no line end."""
    content = b"\n".join([b"first", *lines])
    expected = [b"first", *lines]
    if not expected[-1]:
        expected.pop()
    assert lines_of(path, gzip.compress(content) if packed else content) == expected


@pytest.mark.parametrize("packed", [False, True])
def test_lines_longer_than_a_piece_are_whole_up_to_the_limit(path: Path, packed: bool) -> None:
    """Lines that end before, at and after the borders of pieces."""
    lines = [os.urandom(1).hex().encode() * size for size in (PIECE_BYTES // 2 - 1, 5, LIMIT // 2, 7, LIMIT, 1)]
    content = b"\n".join(lines) + b"\n"
    assert lines_of(path, gzip.compress(content) if packed else content) == [line[:LIMIT] for line in lines]


def test_gzip_is_recognised_by_its_content(tmp_path: Path) -> None:
    """A name proves nothing, either way."""
    named = tmp_path / "plain.gz"
    named.write_bytes(b"a\nb\n")
    assert list(read_lines(named, LIMIT)) == [b"a", b"b"]
    unnamed = tmp_path / "packed.jsonl"
    unnamed.write_bytes(gzip.compress(b"a\nb\n"))
    assert list(read_lines(unnamed, LIMIT)) == [b"a", b"b"]


def test_gzip_members_follow_each_other_padded_or_not(path: Path) -> None:
    """`cat a.gz b.gz` is a gzip file, and tapes pad with zeros."""
    content = gzip.compress(b"one\ntw") + gzip.compress(b"o\n") + bytes(10_000) + gzip.compress(b"three") + bytes(9)
    assert lines_of(path, content) == [b"one", b"two", b"three"]


def test_a_byte_order_mark_is_removed_only_at_the_start(path: Path) -> None:
    """Editors write it there; anywhere else it is content."""
    mark = b"\xef\xbb\xbf"
    assert lines_of(path, mark + b"a\n" + mark + b"b") == [b"a", mark + b"b"]
    assert lines_of(path, mark + b"only") == [b"only"]
    assert lines_of(path, gzip.compress(mark + b"a")) == [b"a"]


@pytest.mark.parametrize("content", [b"", gzip.compress(b"")], ids=["plain", "gzip"])
def test_an_empty_file_has_no_lines(path: Path, content: bytes) -> None:
    """Nor is it damaged."""
    assert lines_of(path, content) == []


def test_every_cut_of_a_gzip_file_gives_the_beginning_and_says_so(path: Path) -> None:
    """What was packed before the cut is read, nothing is made up, and only the whole file is undamaged."""
    content = b"".join(b"line %d %d\n" % (n, n * n * 7919) for n in range(60))
    packed = gzip.compress(content)
    longest = 0
    for cut in range(2, len(packed)):
        path.write_bytes(packed[:cut])
        readable, damaged = until_damage(read_pieces(path))
        assert damaged
        assert content.startswith(b"".join(readable))
        longest = max(longest, len(b"".join(readable)))
    assert longest == len(content)
    path.write_bytes(packed)
    assert until_damage(read_pieces(path)) == ([content], False)


def test_a_corrupt_gzip_file_gives_what_came_before(path: Path) -> None:
    """A damaged spot in the middle costs the rest, not the beginning."""
    content = b"".join(b"%d %s\n" % (n, os.urandom(12).hex().encode()) for n in range(40_000))
    packed = bytearray(gzip.compress(content))
    middle = len(packed) // 2
    packed[middle : middle + 64] = bytes(64)
    path.write_bytes(packed)
    lines, damaged = until_damage(read_lines(path, LIMIT))
    assert damaged
    assert len(lines) > 15_000
    untouched = content.split(b"\n")
    assert lines[:15_000] == untouched[:15_000]


def test_garbage_after_a_gzip_member_is_damage(path: Path) -> None:
    """Something else was appended: the member is read, the rest is not passed over in silence."""
    path.write_bytes(gzip.compress(b"a\n") + b"not gzip at all")
    assert until_damage(read_lines(path, LIMIT)) == ([b"a"], True)


@pytest.mark.parametrize("packed", [False, True])
def test_an_endless_line_is_read_in_bounded_memory(path: Path, packed: bool) -> None:
    """100 MB without a line end never stand in memory; the line after them is read."""
    opener = gzip.open if packed else open
    with opener(path, "wb") as file:
        for _ in range(100):
            file.write(b"x" * 1_000_000)
        file.write(b"\nafter")
    tracemalloc.start()
    sizes = [len(line) for line in read_lines(path, LIMIT)]
    _, peak_bytes = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    path.unlink()
    assert sizes == [LIMIT, len(b"after")]
    assert peak_bytes < 3_000_000


def test_a_missing_file_is_the_callers_affair(tmp_path: Path) -> None:
    """It is no bad input but an unusable argument."""
    with pytest.raises(FileNotFoundError):
        next(read_lines(tmp_path / "none", LIMIT))
