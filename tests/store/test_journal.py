"""What is acknowledged is on disk, in order, however the process ends."""

from __future__ import annotations

import asyncio
import json
import random
import resource
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from floorwatch.floor.internal import SourceClock
from floorwatch.store.export import exported
from floorwatch.store.journal import Journal, JournalInUseError, read
from floorwatch.store.segment import DamagedJournalError, Segment, segment_paths
from floorwatch.store.verify import verify
from tests.store.journals import DAY_MS, START_MS, encode, kept, offered

REPOSITORY = Path(__file__).parents[2]


async def test_what_was_written_is_read_back_in_order(tmp_path: Path) -> None:
    """Numbers without a hole, the bytes as they were, and how far the source was heard."""
    events = [offered(n, START_MS + n) for n in range(500)]
    await kept(tmp_path, events)
    entries = list(read(tmp_path))
    assert [entry.seq for entry in entries] == list(range(1, 501))
    assert [entry.event for entry in entries] == [encode(event) for event in events]
    assert [entry.seq for entry in read(tmp_path, after=498)] == [499, 500]
    journal = Journal(tmp_path)
    assert journal.marks == {"pbx": (START_MS + 499, f"at {START_MS + 499}")}
    await journal.close()
    assert verify(tmp_path).problems == []


async def test_nobody_is_told_before_it_is_on_disk(tmp_path: Path) -> None:
    """When `durable` is called, another process can read the entry; and it is called in order, once each."""
    journal = Journal(tmp_path)
    journal.start()
    told: list[int] = []

    def durable(n: int) -> None:
        assert n in {entry.seq for entry in read(tmp_path, after=n - 1)}
        told.append(n)

    for n in range(1, 101):
        journal.append(START_MS, encode(offered(n)), "pbx", START_MS, durable=lambda n=n: durable(n))
        if n % 7 == 0:
            journal.commit()
            await asyncio.sleep(0.001)
    assert await journal.reached(100)
    await journal.close()
    assert told == list(range(1, 101))


async def test_a_callback_that_raises_keeps_nobody_else_from_being_told(tmp_path: Path) -> None:
    """Its error goes to the event loop's handler; the others of its group are called."""
    journal, told, errors = Journal(tmp_path), [], []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: errors.append(context["exception"]))
    journal.start()
    for n, durable in enumerate((lambda: told.append(1), lambda: 1 / 0, lambda: told.append(3))):
        journal.append(START_MS, encode(offered(n)), "pbx", START_MS, durable=durable)
    assert await journal.reached(3)
    await asyncio.sleep(0.01)
    assert told == [1, 3]
    assert [type(error) for error in errors] == [ZeroDivisionError]
    await journal.close()


async def test_a_bug_in_the_thread_ends_the_daemon_and_is_not_silent(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`watch` raises it, the trouble is named, nobody waits for ever, and nobody is told that it is safe."""
    journal, told = Journal(tmp_path), []
    monkeypatch.setattr(Segment, "write", lambda *_: 1 / 0)
    journal.start()
    journal.append(START_MS, encode(offered(1)), "pbx", START_MS, durable=lambda: told.append(1))
    assert not await journal.reached(1)
    with pytest.raises(ZeroDivisionError):
        await journal.watch()
    assert journal.trouble.startswith("ZeroDivisionError")
    assert told == []
    await journal.close()


async def test_a_journal_deleted_under_us_is_noticed(tmp_path: Path) -> None:
    """Nobody is told of what went into a file that nobody will find: another is begun, and takes it."""
    journal, told = Journal(tmp_path), []
    journal.start()
    journal.append(START_MS, encode(offered(1)), "pbx", START_MS)
    assert await journal.reached(1)
    for path in segment_paths(tmp_path):
        path.unlink()
    journal.append(START_MS, encode(offered(2)), "pbx", START_MS, durable=lambda: told.append(2))
    while not await journal.reached(2):  # noqa: ASYNC110 - the thread tries again
        await asyncio.sleep(0.1)
    await asyncio.sleep(0.01)
    assert told == [2]
    assert [entry.seq for entry in read(tmp_path)] == [2]
    assert not journal.trouble
    await journal.close()


async def test_a_batch_is_written_all_or_nothing(tmp_path: Path) -> None:
    """What was appended and not committed is in no transaction: a line's events stay together with their place."""
    journal = Journal(tmp_path)
    journal.start()
    journal.append(START_MS, encode(offered(1)), "pbx", START_MS)
    await asyncio.sleep(0.05)
    assert list(read(tmp_path)) == []
    assert await journal.reached(1)
    assert len(list(read(tmp_path))) == 1
    await journal.close()


async def test_a_day_has_a_segment_and_old_ones_are_forgotten(tmp_path: Path) -> None:
    """The chain runs on over the border; after `keep` the oldest files go, and the rest is still good."""
    await kept(tmp_path, [offered(day, START_MS + day * DAY_MS) for day in range(4)])
    assert len(segment_paths(tmp_path)) == 4
    assert verify(tmp_path).entries == 4
    await kept(tmp_path, [offered(4, START_MS + 4 * DAY_MS)], keep_ms=2 * DAY_MS)
    assert [entry.seq for entry in read(tmp_path)] == [3, 4, 5]
    assert verify(tmp_path).problems == []


async def test_a_clock_set_back_over_midnight_goes_on_in_the_newer_segment(tmp_path: Path) -> None:
    """Numbers never run backwards through the folder."""
    await kept(tmp_path, [offered(1, START_MS + DAY_MS), offered(2, START_MS)])
    await kept(tmp_path, [offered(3, START_MS)])
    assert [entry.seq for entry in read(tmp_path)] == [1, 2, 3]


async def test_two_processes_cannot_write_one_journal(tmp_path: Path) -> None:
    """The second one is told which folder, and what to do."""
    journal = Journal(tmp_path)
    with pytest.raises(JournalInUseError, match=r"another floorwatch writes this journal; stop it, or set store\.path"):
        Journal(tmp_path)
    await journal.close()
    await Journal(tmp_path).close()


DAMAGES = {
    "DELETE FROM entries WHERE seq = 3": "entries 3 to 3 are missing",
    "UPDATE entries SET event = replace(event, 'sales', 'sale2') WHERE seq = 3": "entry 3: was changed",
    "UPDATE entries SET applied_at = applied_at - 1000 WHERE seq = 3": "entry 3: was applied before",
    "UPDATE entries SET actor = 'A17' WHERE seq = 5": "entry 5: was changed",
    "UPDATE entries SET event = '{' WHERE seq = 2": "entry 2: is no event",
    "UPDATE segment SET format = '9'": "has format 9, this version reads format 1",
    "DELETE FROM entries": "does not go on",
}


@pytest.mark.parametrize("damage", DAMAGES)
async def test_every_damage_is_found_and_named(tmp_path: Path, damage: str) -> None:
    """A row missing, changed, reordered or meaningless, in the first of two segments."""
    await kept(tmp_path, [offered(n, START_MS + n // 6 * DAY_MS) for n in range(10)])
    database = sqlite3.connect(segment_paths(tmp_path)[0])
    database.execute(damage)
    database.commit()
    database.close()
    assert any(DAMAGES[damage] in problem for problem in verify(tmp_path).problems)


async def test_nobody_reads_over_a_damage(tmp_path: Path) -> None:
    """A changed or missing row stops whoever reads, also from the middle on, and so a start of the daemon."""
    await kept(tmp_path, [offered(n) for n in range(10)])
    database = sqlite3.connect(segment_paths(tmp_path)[0])
    database.execute("UPDATE entries SET event = replace(event, 'sales', 'sale2') WHERE seq = 7")
    database.execute("DELETE FROM entries WHERE seq = 3")
    database.commit()
    database.close()
    for after, damaged in ((0, 3), (2, 3), (4, 7)):
        with pytest.raises(DamagedJournalError, match=rf"entry {damaged} is missing, or was changed"):
            list(read(tmp_path, after))
    with pytest.raises(DamagedJournalError, match="entry 3 is missing"):
        list(read(tmp_path, 3))
    assert len(list(read(tmp_path, 7))) == 3


async def test_a_lost_segment_is_found(tmp_path: Path) -> None:
    """By `verify`, and by whoever reads: a hole is never read over."""
    await kept(tmp_path, [offered(day, START_MS + day * DAY_MS) for day in range(3)])
    segment_paths(tmp_path)[1].unlink()
    assert "does not go on where the segment before it ends (entry 1)" in verify(tmp_path).problems[0]
    with pytest.raises(DamagedJournalError, match="begins with entry 3, the one before it is 1"):
        list(read(tmp_path))


async def test_a_newest_file_that_is_being_made_holds_nothing_yet(tmp_path: Path) -> None:
    """Who reads beside the daemon at midnight reads the days before. Without a daemon, or of an older day, it is
    damage: what it held may be lost.
    """
    await kept(tmp_path, [offered(1)])
    (written,) = segment_paths(tmp_path)
    daemon = Journal(tmp_path)
    written.with_name("journal-20990101.db").touch()
    assert [entry.seq for entry in read(tmp_path)] == [1]
    assert (verify(tmp_path).problems, verify(tmp_path).last_seq) == ([], 1)
    older = written.with_name("journal-20000101.db")
    older.touch()
    assert "no such table" in verify(tmp_path).problems[0]
    with pytest.raises(sqlite3.OperationalError, match="no such table"):
        list(read(tmp_path))
    older.unlink()
    await daemon.close()
    assert verify(tmp_path).problems == ["journal-20990101.db: no such table: segment"]


async def test_a_damaged_file_is_found(tmp_path: Path) -> None:
    """Bytes overwritten in the middle of the file."""
    await kept(tmp_path, [offered(n) for n in range(2_000)])
    [path] = segment_paths(tmp_path)
    content = bytearray(path.read_bytes())
    content[len(content) // 2 :: 4096] = bytes(len(content[len(content) // 2 :: 4096]))
    content[len(content) // 2 : len(content) // 2 + 2048] = b"\xff" * 2048
    path.write_bytes(content)
    assert verify(tmp_path).problems


async def test_an_export_is_the_contract_again(tmp_path: Path) -> None:
    """Each line carries when it was applied."""
    await kept(tmp_path, [offered(1)])
    [line] = exported(tmp_path)
    assert line == (
        b'{"type":"contact.offered","time":%d,"id":"1","source":"pbx","received":%d,"contact":"c1","queue":"sales"}\n'
        % (START_MS, START_MS)
    )


async def test_an_export_with_internals_says_who(tmp_path: Path) -> None:
    """The name of the token an event came with, and the daemon's own events; a line without a token is as ever."""
    journal = Journal(tmp_path)
    journal.start()
    for n, actor in ((1, "gateway of A17"), (2, "")):
        journal.append(START_MS, encode(offered(n)), "pbx", START_MS, actor=actor)
    journal.append(START_MS, encode(SourceClock(time=START_MS, source="pbx", offset_ms=7)), "pbx", START_MS)
    assert await journal.reached(journal.seq)
    await journal.close()
    posted, heard, clock = (json.loads(line) for line in exported(tmp_path, internal=True))
    assert posted.pop("actor") == "gateway of A17"
    assert (clock["type"], "actor" in clock) == ("source.clock", False)
    assert [posted, heard] == [json.loads(line) for line in exported(tmp_path)]


WRITER = """
import asyncio, sys
from pathlib import Path
from floorwatch.store.journal import Journal
from tests.store.journals import START_MS, encode, offered

async def main():
    journal = Journal(Path(sys.argv[1]))
    journal.start()
    def durable(n):
        sys.stdout.write(f"{n}\\n")
        sys.stdout.flush()
    while True:
        for _ in range(20):
            n = journal.seq + 1
            event = encode(offered(n))
            journal.append(n, event, "pbx", START_MS, position=str(n), durable=lambda n=n: durable(n))
        journal.commit()
        await asyncio.sleep(0.001)
        while journal.is_full:
            await asyncio.sleep(0.001)

asyncio.run(main())
"""


def test_what_was_acknowledged_survives_kill_9(tmp_path: Path) -> None:
    """Ten processes one after another, each killed at a random moment: nothing acknowledged is missing, all is good."""
    rng = random.Random(9)
    acknowledged = 0
    for _ in range(10):
        command = [sys.executable, "-c", WRITER, str(tmp_path)]
        with subprocess.Popen(command, cwd=REPOSITORY, stdout=subprocess.PIPE, text=True) as writer:
            assert writer.stdout is not None
            for _ in range(rng.randrange(1, 400)):
                acknowledged = int(writer.stdout.readline())
            writer.send_signal(signal.SIGKILL)
            rest = writer.stdout.read()
        whole_lines = rest[: rest.rfind("\n") + 1].split()
        acknowledged = max([acknowledged, *map(int, whole_lines)])
        verdict = verify(tmp_path)
        assert verdict.problems == []
        assert verdict.last_seq >= acknowledged
        with_position = Segment(segment_paths(tmp_path)[-1])
        assert with_position.marks()["pbx"].position == str(verdict.last_seq)
        with_position.close()


FULL_DISK = """
import asyncio, resource, signal, sys
from pathlib import Path
from floorwatch.store.journal import Journal
from tests.store.journals import START_MS, encode, offered

async def main():
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    journal = Journal(Path(sys.argv[1]))
    journal.start()
    told = []
    def put(n):
        journal.append(START_MS, encode(offered(n)), "pbx", START_MS, durable=lambda: told.append(n))
    put(1)
    assert await journal.reached(1)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, resource.RLIM_INFINITY))
    for n in range(2, 3000):
        put(n)
    assert not await journal.reached(2999), "a full disk took it"
    assert journal.trouble and told == [1], (journal.trouble, told[-3:])
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    while journal.durable_seq < 2999:
        await asyncio.sleep(0.05)
    assert not journal.trouble and told == list(range(1, 3000))
    await journal.close()

asyncio.run(main())
"""


def test_a_full_disk_acknowledges_nothing_and_loses_nothing(tmp_path: Path) -> None:
    """While the disk refuses, nobody is told and the trouble is named; when it takes again, everything is written."""
    assert resource.getrlimit(resource.RLIMIT_FSIZE)
    subprocess.run([sys.executable, "-c", FULL_DISK, str(tmp_path)], cwd=REPOSITORY, check=True, timeout=60)
    assert verify(tmp_path).entries == 2999
    assert verify(tmp_path).problems == []
