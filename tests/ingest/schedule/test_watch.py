"""A watched file or folder: what is taken of it, when, and what is not taken twice."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from floorwatch.ingest.schedule import intake, watch
from floorwatch.ingest.schedule.watch import ScheduleWatch
from tests.ingest.schedule.taking import Taking, schedule, taking

POLL_S = 0.02


@asynccontextmanager
async def watching(path: Path, position: str = "", *, strict: bool = False) -> AsyncIterator[Taking]:
    async with taking(position) as what:
        task = asyncio.create_task(ScheduleWatch(path, what.intake, POLL_S, strict=strict).run())
        try:
            yield what
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)


async def until(what: Callable[[], object]) -> None:
    async with asyncio.timeout(30):
        while not what():  # noqa: ASYNC110 - there is no event for it
            await asyncio.sleep(0.005)


async def some_looks() -> None:
    await asyncio.sleep(POLL_S * 8)


def put(path: Path, content: bytes) -> None:
    """As a careful program does: written beside it, then renamed."""
    beside = path.with_name(f".{path.name}.new")
    beside.write_bytes(content)
    beside.rename(path)


async def test_a_file_is_taken_once_and_again_when_it_says_something_else(tmp_path: Path) -> None:
    """It may come later; touched, or with the same lines in another order, it changes nothing."""
    path = tmp_path / "week.csv"
    async with watching(path) as what:
        await some_looks()
        put(path, schedule("w10"))
        await until(lambda: what.versions == ["w10"])
        os.utime(path)
        await some_looks()
        put(path, schedule("w10") + b"\n\n")
        await some_looks()
        assert what.versions == ["w10"]
        put(path, schedule("w11"))
        await until(lambda: what.versions == ["w10", "w11"])
        path.unlink()
        await some_looks()
        put(path, schedule("w12"))
        await until(lambda: what.versions == ["w10", "w11", "w12"])


async def test_a_file_that_is_being_written_is_left_alone(tmp_path: Path) -> None:
    """As long as it grows from look to look nothing is taken; then all of it, by one event."""
    path = tmp_path / "week.csv"
    days = [f"2026-03-{day:02d}" for day in range(1, 31)]
    lines = schedule("w10", more="".join(f"A18,work,{day} 08:00,{day} 09:00,w10\n" for day in days))
    async with taking() as what:
        looking = ScheduleWatch(path, what.intake, POLL_S)
        with path.open("wb") as file:
            for at in range(0, len(lines), 100):
                file.write(lines[at : at + 100])
                file.flush()
                await looking.look()
                assert what.arrivals == []
        await looking.look()
        (arrival,) = what.arrivals
        assert len(arrival.event.activities) == 31  # type: ignore[attr-defined]


async def test_a_folder_gives_its_schedules_in_the_order_of_their_changes(tmp_path: Path) -> None:
    """Of two files about one day the later stands; other files, hidden ones and locks of spreadsheets are none."""
    for name, age_s in (("b.csv", 30), ("a.ICS.csv", 20), ("notes.md", 10), (".c.csv", 10), ("~$d.xlsx", 10)):
        path = tmp_path / name
        path.write_bytes(schedule(name))
        os.utime(path, (time.time() - age_s, time.time() - age_s))
    (tmp_path / "folder.csv").mkdir()
    async with watching(tmp_path) as what:
        await until(lambda: len(what.versions) == 2)
        await some_looks()
        assert what.versions == ["b.csv", "a.ICS.csv"]


async def test_after_a_restart_an_old_file_does_not_undo_what_was_handed_in_since(tmp_path: Path) -> None:
    """The journal remembers what each file said; one that says the same is not taken, one that changed is."""
    path = tmp_path / "week.csv"
    path.write_bytes(schedule("w10"))
    async with watching(path) as what:
        await until(lambda: what.versions == ["w10"])
        taken = await what.intake.take(schedule("w10b"), "upload")
        assert taken.outcome == "loaded"
        position = what.position
    async with watching(path, position) as what:
        await some_looks()
        assert what.versions == []
        path.write_bytes(schedule("w11"))
        await until(lambda: what.versions == ["w11"])


async def test_refused_lines_are_logged_and_the_good_ones_taken(tmp_path: Path) -> None:
    """Each with its line and the way out, without the agent's name; nothing good changes nothing."""
    path = tmp_path / "week.csv"
    path.write_bytes(schedule(more="A18,wrok,2026-03-02T08:00,2026-03-02T12:00,w10\n"))
    with capture_logs() as logged:
        async with watching(path) as what:
            await until(lambda: what.versions == ["w10"])
            path.write_bytes(b"agent,activity,start,end\nA18,wrok,2026-03-02T08:00,2026-03-02T12:00\n")
            await until(lambda: sum(line.get("outcome") == "refused" for line in logged))
            await some_looks()
            assert what.versions == ["w10"]
    refused = [line for line in logged if line["event"] == "schedule_line_refused"]
    assert [line["line"] for line in refused] == ["3", "2"]
    assert "did you mean 'work'" in refused[0]["fix"]
    assert not any("A18" in str(line) for line in logged)


async def test_strictly_a_file_is_taken_whole_or_not_at_all(tmp_path: Path) -> None:
    """`schedule.strict` of the configuration."""
    path = tmp_path / "week.csv"
    path.write_bytes(schedule(more="A18,wrok,2026-03-02T08:00,2026-03-02T12:00,w10\n"))
    async with watching(path, strict=True) as what:
        await some_looks()
        assert what.versions == []
        path.write_bytes(schedule("w11"))
        await until(lambda: what.versions == ["w11"])


async def test_what_cannot_be_read_is_said_once(tmp_path: Path) -> None:
    """A path that is not there yet, for as long as it is not."""
    with capture_logs() as logged:
        async with watching(tmp_path / "missing" / "week.csv"):
            await until(lambda: logged)
            await some_looks()
    assert [line["event"] for line in logged] == ["schedule_unreadable"]


async def test_a_file_the_disk_was_too_slow_for_is_not_put_in_force_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is on its way; looked at again, it says the same, and one event is enough."""
    monkeypatch.setattr(intake, "DURABLE_WITHIN_S", 0.02)
    path = tmp_path / "week.csv"
    path.write_bytes(schedule())
    async with taking(keeping=False) as what:
        task = asyncio.create_task(ScheduleWatch(path, what.intake, POLL_S).run())
        await until(lambda: len(what.inbox))
        await some_looks()
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        assert len(what.inbox) == 1


async def test_a_file_name_that_is_no_text_is_a_name(tmp_path: Path) -> None:
    """Copied from a machine that writes names in GBK: the schedule is taken, and its version can be written."""
    path = tmp_path / os.fsdecode("排班.csv".encode("gbk"))
    path.write_bytes(b"agent,activity,start,end\nA17,work,2026-03-02 08:00,2026-03-02 09:00\n")
    async with watching(tmp_path) as what:
        await until(lambda: what.versions)
        assert what.versions[0].startswith("\\udcc5")
        position = what.position
    async with watching(tmp_path, position) as what:
        await some_looks()
        assert what.versions == []


async def test_a_file_that_changes_while_it_is_read_is_read_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was read may be half of it: nothing of that is taken, all of the rest is."""
    path = tmp_path / "week.csv"
    path.write_bytes(schedule("half"))
    really_read = watch._content

    def written_meanwhile(path: Path) -> bytes:
        content = really_read(path)
        if b"half" in content:
            path.write_bytes(schedule("whole"))
        return content

    monkeypatch.setattr(watch, "_content", written_meanwhile)
    async with watching(path) as what:
        await until(lambda: what.versions)
        assert what.versions == ["whole"]
