"""The lines of a stored file, plain or gzip, in bounded memory whatever the file holds."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

PIECE_BYTES = 65_536
_PACKED_BYTES = 4_096  # zlib drops what it unpacked in the call that meets an error: small bites lose little
_GZIP_MAGIC = b"\x1f\x8b"
_GZIP_WINDOW = 31  # zlib's way to say: a gzip header, the largest window
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


class DamagedFileError(Exception):
    """The rest of the file cannot be read: cut or corrupt gzip, or the disk refused. Raised after all that could."""


def read_pieces(path: Path) -> Iterator[bytes]:
    """The file's bytes, unpacked where its first bytes say gzip, in pieces of at most `PIECE_BYTES`.

    Raises `DamagedFileError` after the last readable piece, and `OSError` only when the file cannot be opened.
    """
    with path.open("rb") as file:
        try:
            if file.peek(2)[:2] == _GZIP_MAGIC:
                yield from _unpack(file.read)
            else:
                while piece := file.read(PIECE_BYTES):
                    yield piece
        except (OSError, zlib.error) as error:
            raise DamagedFileError(str(error)) from error


def _unpack(read: Callable[[int], bytes]) -> Iterator[bytes]:
    """Unpack one gzip member after another; zero bytes between or after them are padding."""
    packed = read(_PACKED_BYTES)
    while packed:
        member = zlib.decompressobj(_GZIP_WINDOW)
        while not member.eof:
            piece = member.decompress(packed, PIECE_BYTES)
            if piece:
                yield piece
            elif not packed:
                raise DamagedFileError("the gzip stream ends early")
            packed = member.unconsumed_tail or read(_PACKED_BYTES)
        packed = (member.unused_data + packed).lstrip(b"\0")
        while not packed and (padding := read(_PACKED_BYTES)):
            packed = padding.lstrip(b"\0")


def read_lines(path: Path, line_bytes_max: int) -> Iterator[bytes]:
    """The file's lines without their `\\n`, a byte-order mark at the start removed; the last needs no `\\n`.

    Of a line that spans pieces only the first `line_bytes_max` bytes are kept, so a gigabyte without a line end
    costs no memory. Raises `DamagedFileError` after the last line.
    """
    mark = _BYTE_ORDER_MARK
    rest = b""
    damage: DamagedFileError | None = None
    pieces = read_pieces(path)
    while True:
        try:
            piece = next(pieces, b"")
        except DamagedFileError as error:
            damage, piece = error, b""
        if not piece:
            break
        first, *others = piece.split(b"\n")
        rest = (rest + first)[:line_bytes_max]
        if others:
            yield rest.removeprefix(mark)
            mark = b""
            rest = others.pop()
            yield from others
    if rest:
        yield rest.removeprefix(mark)
    if damage is not None:
        raise damage
