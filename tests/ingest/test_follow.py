from __future__ import annotations

import asyncio
import gzip
import os
import shutil
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest

from floorwatch.ingest.follow import SIBLINGS_MAX, Follower
from floorwatch.ingest.tail import LINE_BYTES_MAX

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


async def read_to(path: Path, *lines: bytes) -> str:
    """Where an earlier reader of these lines stopped."""
    async with following(path) as reader:
        await reader.has(*lines)
    return reader.position


def written(path: Path, text: bytes, ago_s: int) -> Path:
    """A file that was last written to so long ago."""
    path.write_bytes(text)
    then = time.time() - ago_s
    os.utime(path, (then, then))
    return path


def rotate(path: Path, *texts: bytes) -> None:
    """Rotate by numbers, once for each text, which the new file then holds; all between two looks."""
    for text in texts:
        for n in range(9, 0, -1):
            if (older := path.with_name(f"{path.name}.{n}")).exists():
                older.rename(path.with_name(f"{path.name}.{n + 1}"))
        path.rename(path.with_name(f"{path.name}.1"))
        path.write_bytes(text)
        time.sleep(0.02)  # file systems tell the time in steps


def pack(path: Path) -> None:
    """What `gzip` does: the packed file has another inode and the same time."""
    packed, status = path.with_name(f"{path.name}.gz"), path.stat()
    packed.write_bytes(gzip.compress(path.read_bytes()))
    os.utime(packed, ns=(status.st_atime_ns, status.st_mtime_ns))
    path.unlink()


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


async def test_files_rotated_away_while_we_were_not_there_are_read_in_order(tmp_path: Path) -> None:
    """Those that are older than the one we had read from, or are no part of the rotation, are left alone."""
    path = tmp_path / "queue_log"
    written(tmp_path / "queue_log.1", b"ancient\n", 9_000)
    append(path, b"one\n")
    position = await read_to(path, b"one")
    append(path, b"two\n")
    rotate(path, b"three\nfour\n", b"five\n", b"six\n")
    append(tmp_path / "queue_log_of_another", b"foreign\n")
    async with following(path, position) as later:
        await later.has(b"two", b"three", b"four", b"five", b"six")
        assert later.old == [b"one"]
        assert not later.follower.has_missed


async def test_packed_files_are_read_too(tmp_path: Path) -> None:
    """The one we had read from and the one after it, by gzip; one that is not finished lies beside its plain file."""
    path = tmp_path / "queue_log"
    append(path, b"one\n")
    position = await read_to(path, b"one")
    append(path, b"two\n")
    rotate(path, b"three\n", b"four\n", b"five\n")
    pack(tmp_path / "queue_log.3")
    pack(tmp_path / "queue_log.2")
    append(tmp_path / "queue_log.1.gz", b"\x1f\x8b\x08")
    async with following(path, position) as later:
        await later.has(b"two", b"three", b"four", b"five")
        assert not later.follower.has_missed


@pytest.mark.parametrize(
    "content",
    [b"BZh9\x00\x01", b"\x28\xb5\x2f\xfd abc", gzip.compress(b"three\n" * 99)[:-12]],
    ids=["bzip2", "zstd", "cut gzip"],
)
async def test_a_file_in_between_that_cannot_be_read_is_said(tmp_path: Path, content: bytes) -> None:
    """Another packer, or a gzip file that ends early: what can be read is, and that lines are missing is known."""
    path = tmp_path / "queue_log"
    append(path, b"one\n")
    position = await read_to(path, b"one")
    rotate(path, content, b"four\n")
    async with following(path, position) as later:
        for _ in range(500):
            if later.lines[-1:] == [b"four"]:
                break
            await asyncio.sleep(POLL_S)
        assert set(later.lines) <= {b"three", b"four"}
        assert later.lines[-1] == b"four"
        assert later.follower.has_missed


async def test_more_files_than_are_looked_into_are_said(tmp_path: Path) -> None:
    """The newest are read, in order; that there were more is known."""
    path = tmp_path / "queue_log"
    append(path, b"one\n")
    position = await read_to(path, b"one")
    path.rename(written(tmp_path / "queue_log-0", b"", 0))
    os.utime(tmp_path / "queue_log-0", (1, 1))
    for n in range(SIBLINGS_MAX + 1):
        written(tmp_path / f"queue_log-{n + 1}", b"%d\n" % n, 9_000 - n)
    append(path, b"last\n")
    async with following(path, position) as later:
        await later.has(*(b"%d" % n for n in range(1, SIBLINGS_MAX + 1)), b"last")
        assert later.follower.has_missed


@pytest.mark.parametrize("is_packed", [False, True])
async def test_rotations_between_two_looks_lose_nothing(tmp_path: Path, is_packed: bool) -> None:
    """Files that came and went unseen are read; the one that was open is not read again, packed or not."""
    path = tmp_path / "queue_log"
    written(tmp_path / "queue_log.1", b"ancient\n", -9_000)  # still written to after the new one was begun
    append(path, b"one\n")
    async with following(path) as reader:
        await reader.has(b"one")
        append(path, b"two\nthr")
        rotate(path, b"four\n", b"five\n", b"six\n")
        if is_packed:
            pack(tmp_path / "queue_log.3")
            pack(tmp_path / "queue_log.2")
        await reader.has(b"one", b"two", b"thr", b"four", b"five", b"six")
        rotate(path, b"seven\n")
        await reader.has(b"one", b"two", b"thr", b"four", b"five", b"six", b"seven")
        assert not reader.follower.has_missed


async def test_what_is_written_before_the_writer_hears_of_a_rotation_is_read(tmp_path: Path) -> None:
    """The new file lies there, empty, and the switch still writes to the old one."""
    path, old = tmp_path / "queue_log", tmp_path / "queue_log.1"
    append(path, b"one\n")
    async with following(path) as reader:
        await reader.has(b"one")
        rotate(path, b"")
        await asyncio.sleep(5 * POLL_S)
        append(old, b"two\n")
        append(path, b"three\n")
        await reader.has(b"one", b"two", b"three")


@pytest.mark.parametrize("new", [b"head\nnew\n", b"head\nnew\n" + b"longer\n" * 9])
async def test_a_new_file_that_begins_as_the_old_one_did_is_another(tmp_path: Path, new: bytes) -> None:
    """The same first line, and fewer lines or more than had been read of the old one: none of them is old."""
    path = tmp_path / "queue_log"
    append(path, b"head\n1\n2\n3\n4\n")
    position = await read_to(path, b"head", b"1", b"2", b"3", b"4")
    rotate(path, new)
    async with following(path, position) as later:
        await later.has(*new.splitlines())
        assert later.old == [b"head", b"1", b"2", b"3", b"4"]
        assert not later.follower.has_missed
    (tmp_path / "queue_log.1").unlink()
    async with following(path, position) as later:
        await later.has(*new.splitlines())
        assert later.follower.has_missed


async def test_a_file_of_the_same_line_only_is_told_by_its_inode(tmp_path: Path) -> None:
    """The same event again, first in the new file."""
    path = tmp_path / "queue_log"
    append(path, b"head\n")
    position = await read_to(path, b"head")
    rotate(path, b"head\nnew\n")
    async with following(path, position) as later:
        await later.has(b"head", b"new")
        assert later.old == [b"head"]


async def test_a_restored_file_is_taken_for_the_one_it_is_a_copy_of(tmp_path: Path) -> None:
    """Another inode, the same lines: reading goes on in it. Where two copies could be meant, that is said."""
    path = tmp_path / "queue_log"
    append(path, b"one\ntwo\n")
    position = await read_to(path, b"one", b"two")
    shutil.copy(path, tmp_path / "restored")
    path.rename(tmp_path / "lost")  # not removed: its inode must not be given out again
    (tmp_path / "restored").rename(path)
    append(path, b"three\n")
    async with following(path, position) as later:
        await later.has(b"three")
        assert not later.follower.has_missed
    shutil.copy(path, tmp_path / "queue_log.1")
    async with following(path, position) as later:
        await later.has(b"three")
        assert later.follower.has_missed


@pytest.mark.parametrize("refill", [b"new\n", b"new\n" * 9])
async def test_a_copy_that_was_made_before_the_file_was_emptied_is_read_to_its_end(
    tmp_path: Path, refill: bytes
) -> None:
    """copytruncate, while we are away and while we read, whether or not the file has outgrown its old length since."""
    path = tmp_path / "queue_log"
    append(path, b"one\n")
    position = await read_to(path, b"one")
    async with following(path) as reader:
        await reader.has(b"one")
        append(path, b"two\n")
        shutil.copy(path, tmp_path / "queue_log.1")
        path.write_bytes(refill)
        await reader.has(b"one", b"two", *refill.splitlines())
        assert not reader.follower.has_missed
    async with following(path, position) as later:
        await later.has(b"two", *refill.splitlines())
        assert later.old == [b"one"]
        assert not later.follower.has_missed


async def test_a_file_emptied_without_a_copy_may_have_lost_lines(tmp_path: Path) -> None:
    """What was written between our last look and then is nowhere."""
    path = tmp_path / "queue_log"
    append(path, b"one\n")
    async with following(path) as reader:
        await reader.has(b"one")
        path.write_bytes(b"2\n")
        await reader.has(b"one", b"2")
        assert reader.follower.has_missed


async def test_the_unfinished_last_line_of_a_rotated_file_is_read_once(tmp_path: Path) -> None:
    """By the reader that was there, and by none that comes later, however often."""
    path = tmp_path / "queue_log"
    append(path, b"one\n")
    position = await read_to(path, b"one")
    append(path, b"tw")
    rotate(path, b"")
    async with following(path, position) as later:
        await later.has(b"tw")
    for _ in range(2):
        async with following(path, later.position) as again:
            await again.has()
            assert again.old == [b"one", b"tw"]
            assert not again.follower.has_missed


async def test_a_position_that_says_nothing_is_that_of_a_lost_file(tmp_path: Path) -> None:
    """Everything is read, and that it may not be all is known."""
    path = tmp_path / "queue_log"
    append(path, b"one\n")
    async with following(path, "nonsense") as reader:
        await reader.has(b"one")
        assert reader.follower.has_missed
