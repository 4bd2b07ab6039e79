"""Rotas are told to the engine when they say something new, and once a day; what cannot be read changes nothing."""

from __future__ import annotations

import os
from datetime import date
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from floorwatch.config import load_config
from floorwatch.floor.internal import RotaLoaded
from floorwatch.floor.rota import Rota
from floorwatch.ingest.inbox import Inbox
from floorwatch.ingest.oncall.watch import Planned, RotaWatch
from floorwatch.rotas import planned

DAY_MS = 86_400_000
NOW = 1_792_836_000_000
"""2026-10-24T08:00Z."""
CONFIG = """
site: {timezone: Europe/Warsaw}
people: {A17: {}, B2: {}}
rotas:
  plain: {layers: [{people: [A17, B2], rotate: daily, handover: "09:00", from: 2026-10-01}]}
  file: {file: rota.yaml, team: north}
  calendar: {file: rota.ics}
"""
YAML = "layers: [{people: [A17]}]\n"


class Hand:
    """A clock that is turned by hand."""

    def __init__(self) -> None:
        self.at = NOW

    def now_ms(self) -> int:
        return self.at

    def seconds_until(self, instant_ms: int) -> float:
        return 0.0

    def behind_ms(self) -> int:
        return 0


class Watched:
    """One rota of the configuration, and what is told of it."""

    def __init__(self, folder: Path, name: str, said: RotaLoaded | None = None) -> None:
        self.clock, self.file = Hand(), folder / "rota.yaml"
        (folder / "floorwatch.yaml").write_text(CONFIG, encoding="utf-8")
        config = load_config(folder / "floorwatch.yaml")
        (one,) = [one for one in planned(config) if one.name == name]
        self.inbox = Inbox(self.clock)
        self.watch = RotaWatch(one, lambda _: said, self.inbox, self.clock, 1)

    async def told(self) -> list[RotaLoaded]:
        """What is new in the inbox."""
        return [arrival.event for arrival in await self.inbox.take(0)] if len(self.inbox) else []  # type: ignore[misc]

    async def look(self) -> list[RotaLoaded]:
        """Look twice, since a file must look the same twice; what was told."""
        await self.watch.look()
        await self.watch.look()
        return await self.told()

    def write(self, text: str) -> None:
        """Another content, and another time of change."""
        self.file.write_text(text, encoding="utf-8")
        changed = self.file.stat().st_mtime_ns + 1_000_000_000
        os.utime(self.file, ns=(changed, changed))


async def test_said_once_and_anew_each_day(tmp_path: Path) -> None:
    """At the start, not again while nothing changes, and with the next day; over a restart nothing is said twice."""
    watched = Watched(tmp_path, "plain")
    await watched.watch.begin()
    (first,) = await watched.told()
    assert (first.rota, first.source) == ("plain", "schedule")
    assert first.since <= NOW - DAY_MS
    assert first.until >= NOW + 35 * DAY_MS
    assert await watched.look() == []
    watched.clock.at = NOW + 20 * 3_600_000
    (second,) = await watched.look()
    assert (second.since, second.until) > (first.since, first.until)
    again = Watched(tmp_path, "plain", second)
    again.clock.at = watched.clock.at + 1
    await again.watch.begin()
    assert await again.look() == []


async def test_a_file_that_changes_is_said_and_a_broken_one_changes_nothing(tmp_path: Path) -> None:
    """What is written over is read when it has settled; a mistake is logged once with its line, and nothing is said."""
    watched = Watched(tmp_path, "file")
    watched.write(YAML)
    await watched.watch.begin()
    assert [(one.team, one.turns[0].people) for one in await watched.told()] == [("north", ("A17",))]
    watched.write("layers: [{people: [B2]}]\nteam: south\n")
    await watched.watch.look()
    assert await watched.told() == [], "it may be being written"
    assert [(one.team, one.turns[0].people) for one in await watched.look()] == [("south", ("B2",))]
    with capture_logs() as logs:
        watched.write("team: south\nlayers: [{people: [B3]}]\n")
        assert await watched.look() + await watched.look() == []
        watched.file.unlink()
        assert await watched.look() + await watched.look() == []
    assert [(line["log_level"], line["rota"]) for line in logs] == [("warning", "file")] * 2
    assert f"{watched.file}:2: layers.0.people.0: there is no person 'B3'" in logs[0]["why"]
    assert "No such file" in logs[1]["why"]
    watched.clock.at += DAY_MS
    (further,) = await watched.look()
    assert further.turns[-1].people == ("B2",), "what was read last is said further each day"


@pytest.mark.parametrize(
    "content",
    [
        "layers: []\nshape: round\n",
        "- 1\n",
        "\tx",
        "layers: [{people: [A17], rotate: 1}]",
        f"{YAML}holidays: {{people: [B2], dates: [9999-12-31]}}\n",
        f"{YAML}overrides: [{{person: B2, since: 2026-10-24T08:00, until: 9999-12-31T23:59}}]\n",
        f"{YAML}team: {'x' * 1025}\n",
        f'{YAML}team: "\\ud800"\n',
    ],
)
async def test_a_file_that_never_was_good_says_nothing(tmp_path: Path, content: str) -> None:
    """The start is not held up by it; as soon as it is mended it is said."""
    watched = Watched(tmp_path, "file")
    watched.write(content)
    with capture_logs() as logs:
        await watched.watch.begin()
        assert await watched.look() == []
    assert [line["event"] for line in logs] == ["rota_unreadable"]
    watched.write(YAML)
    assert [one.turns[0].people for one in await watched.look()] == [("A17",)]


async def test_what_cannot_be_laid_out_ends_nothing(tmp_path: Path) -> None:
    """Whatever the calendar of the machine cannot count, the rota is complained of, and the others go on."""
    watched = Watched(tmp_path, "plain")
    rota = Rota("plain", "America/Lima", holidays=(date(9999, 12, 31),), holiday_people=("A17",))
    planned_so = Planned("plain", "America/Lima", lambda: lambda until: rota)
    watch = RotaWatch(planned_so, lambda _: None, watched.inbox, watched.clock, 1)
    with capture_logs() as logs:
        await watch.begin()
    assert [line["event"] for line in logs] == ["rota_unreadable"]
    assert await watched.told() == []


async def test_a_calendar_is_read_further_each_day(tmp_path: Path) -> None:
    """A shift that repeats for ever is known for over a month from any day on."""
    watched = Watched(tmp_path, "calendar")
    (tmp_path / "rota.ics").write_text(
        "BEGIN:VCALENDAR\nBEGIN:VEVENT\nSUMMARY:A17\nDTSTART:20261001T090000\nDURATION:PT10H\n"
        "RRULE:FREQ=DAILY\nEND:VEVENT\nEND:VCALENDAR\n",
        encoding="utf-8",
    )
    await watched.watch.begin()
    (first,) = await watched.told()
    watched.clock.at += 100 * DAY_MS
    (later,) = await watched.look()
    assert [len([turn for turn in one.turns if turn.people]) for one in (first, later)] == [38, 38]
