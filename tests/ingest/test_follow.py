from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from floorwatch.ingest.follow import LINE_BYTES_MAX, Follower

POLL_S = 0.01


class Reader:
    """Reads a followed file in the background, as a feed does."""

    def __init__(self, path: Path, position: str = "") -> None:
        self.follower = Follower(path, position, POLL_S)
        self.lines: list[bytes] = []
        self.old: list[bytes] = []
        self.position = ""

    async def run(self) -> None:
        async for line in self.follower.lines():
            (self.old if line.is_old else self.lines).append(line.text)
            self.position = line.position

    async def has(self, *lines: bytes) -> None:
        """Wait until exactly these were read, and see that nothing else comes."""
        for _ in range(500):
            if len(self.lines) >= len(lines):
                break
            await asyncio.sleep(POLL_S)
        await asyncio.sleep(3 * POLL_S)
        assert self.lines == list(lines)


@asynccontextmanager
async def following(path: Path, position: str = "") -> AsyncIterator[Reader]:
    reader = Reader(path, position)
    task = asyncio.create_task(reader.run())
    await asyncio.sleep(3 * POLL_S)
    yield reader
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


def append(path: Path, text: bytes) -> None:
    with path.open("ab") as file:
        file.write(text)


async def test_lines_are_read_as_they_are_written(tmp_path: Path) -> None:
    """A line without its end waits for it."""
    path = tmp_path / "queue_log"
    append(path, b"one\ntw")
    async with following(path) as reader:
        await reader.has(b"one")
        append(path, b"o\n\nthree\n")
        await reader.has(b"one", b"two", b"", b"three")


async def test_a_file_that_is_not_there_yet_is_waited_for(tmp_path: Path) -> None:
    """The switch may start after us."""
    path = tmp_path / "queue_log"
    async with following(path) as reader:
        append(path, b"one\n")
        await reader.has(b"one")


async def test_reading_goes_on_where_another_reader_stopped(tmp_path: Path) -> None:
    """What was read before is marked as old, and what came since is not; a long line moves the place like any other."""
    path = tmp_path / "queue_log"
    append(path, b"one\n" + b"x" * 200_000 + b"\ntwo\n")
    async with following(path) as reader:
        await reader.has(b"one", b"x" * LINE_BYTES_MAX, b"two")
    append(path, b"three\n")
    async with following(path, reader.position) as later:
        await later.has(b"three")
        assert later.old == reader.lines
        assert later.follower.caught_up.is_set()


async def test_a_file_rotated_away_meanwhile_is_read_to_its_end_first(tmp_path: Path) -> None:
    """Found by its first line, whatever it is called now; where it is gone, that is said."""
    path = tmp_path / "queue_log"
    append(path, b"one\ntwo\n")
    async with following(path) as reader:
        await reader.has(b"one", b"two")
    append(path, b"three\n")
    path.rename(tmp_path / "queue_log-20261122")
    append(path, b"four\n")
    async with following(path, reader.position) as later:
        await later.has(b"three", b"four")
        assert not later.follower.has_missed
    (tmp_path / "queue_log-20261122").unlink()
    async with following(path, reader.position) as later:
        await later.has(b"four")
        assert later.follower.has_missed


async def test_a_rotation_loses_nothing(tmp_path: Path) -> None:
    """The renamed file is read to its end, its unfinished last line included, before the new one."""
    path, old = tmp_path / "queue_log", tmp_path / "queue_log.1"
    append(path, b"one\n")
    async with following(path) as reader:
        await reader.has(b"one")
        path.rename(old)
        await asyncio.sleep(3 * POLL_S)
        append(old, b"two\nthr")
        await reader.has(b"one", b"two")
        append(path, b"four\n")
        await reader.has(b"one", b"two", b"thr", b"four")


async def test_an_emptied_file_is_read_from_its_start(tmp_path: Path) -> None:
    """copytruncate: the same file, shorter than what was read of it."""
    path = tmp_path / "queue_log"
    append(path, b"a long line\nunfinis")
    async with following(path) as reader:
        await reader.has(b"a long line")
        os.truncate(path, 0)
        await asyncio.sleep(3 * POLL_S)
        append(path, b"new\n")
        await reader.has(b"a long line", b"new")


async def test_a_removed_file_may_come_back(tmp_path: Path) -> None:
    """Deleted and written anew."""
    path = tmp_path / "queue_log"
    append(path, b"one\n")
    async with following(path) as reader:
        await reader.has(b"one")
        path.unlink()
        await asyncio.sleep(3 * POLL_S)
        append(path, b"two\n")
        await reader.has(b"one", b"two")


async def test_a_line_without_end_is_cut_to_the_limit(tmp_path: Path) -> None:
    """Megabytes of it cost no memory, and the reader sees that it is too long."""
    path = tmp_path / "queue_log"
    append(path, b"x" * 1_000_000 + b"\nshort\n")
    async with following(path) as reader:
        await reader.has(b"x" * LINE_BYTES_MAX, b"short")


async def test_a_large_backlog_leaves_room_for_others(tmp_path: Path) -> None:
    """Reading gives way between pieces: another task runs many times before the end is reached."""
    path = tmp_path / "queue_log"
    append(path, b"line\n" * 200_000)
    reader, seen_by_another = Reader(path), 0
    task = asyncio.create_task(reader.run())
    while len(reader.lines) < 200_000:
        await asyncio.sleep(0)
        seen_by_another += 0 < len(reader.lines) < 200_000
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task
    assert seen_by_another >= 10
