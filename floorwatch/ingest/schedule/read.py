"""A schedule that somebody hands in, read and checked: the one way, for files, uploads, replay and the command line."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo

import msgspec

from floorwatch.floor.events import AgentDescribed, Event, ScheduledActivity, ScheduleLoaded
from floorwatch.floor.settings import AgentProfile
from floorwatch.ingest.schedule.csv_rows import read_csv
from floorwatch.ingest.schedule.document import Document, Format, Note, Refusal, UnusableScheduleError
from floorwatch.ingest.schedule.ical_rows import read_ical
from floorwatch.ingest.schedule.lines import Checker, Line, version_of
from floorwatch.ingest.schedule.xlsx_rows import read_xlsx

BYTES_MAX = 16 * 1_048_576
SCHEDULE_SOURCE = "schedule"
"""The source of what a document says: schedules do not come from a switch."""

_encode = msgspec.json.Encoder().encode


@dataclass(frozen=True, slots=True)
class Roster:
    """Facts the document states of an agent; empty where it states none."""

    team: str = ""
    site: str = ""


@dataclass(frozen=True, slots=True)
class ScheduleRead:
    """What a document says, and what of it is refused. Without activities it says nothing, and changes nothing."""

    document: str
    """Its name: what was said under it before gives way, of the days it names."""
    format: Format | None
    """None for a document of no known format."""
    encoding: str
    """Of text: `utf-8` or `gb18030`."""
    version: str
    activities: tuple[ScheduledActivity, ...]
    """By agent and start; times in ms since the epoch."""
    described: Mapping[str, Roster]
    """What is to be told of agents whose team or site the configuration leaves open."""
    refused: tuple[Refusal, ...]
    """In the order of the document."""
    notes: tuple[Note, ...]

    @property
    def digest(self) -> str:
        """The same for documents that say the same, in whichever format, and are taken in the same parts."""
        roster = sorted((name, facts.team, facts.site) for name, facts in self.described.items())
        return hashlib.sha256(_encode((self.version, self.activities, roster))).hexdigest()[:16]

    def events(self, time_ms: int) -> list[Event]:
        """What the document says, as events of this instant; the schedule as a whole is one, and the last."""
        said: list[Event] = [
            AgentDescribed(
                time=time_ms, source=SCHEDULE_SOURCE, agent=name, team=facts.team or None, site=facts.site or None
            )
            for name, facts in self.described.items()
        ]
        loaded = ScheduleLoaded(
            time=time_ms,
            source=SCHEDULE_SOURCE,
            version=self.version,
            activities=self.activities,
            document=self.document,
        )
        return [*said, loaded]


def read_schedule(
    document: Path | bytes,
    name: str,
    timezone: str,
    configured: Mapping[str, AgentProfile],
    seen: Collection[str] = (),
    agent_property: str = "",
) -> ScheduleRead:
    """Read and check a document: CSV, .xlsx or iCalendar, told apart by content.

    `name` stands in the version of a document that names none, before a digest of its bytes. `timezone` is that of
    local times without a zone of their own. Agents are those `configured`, and those `seen`; where none is configured
    everybody is taken, for whoever was heard so far need not be all. `agent_property` names the property of a calendar
    that says whose an event is. Raises `OSError` for a file that cannot be read,
    and nothing for what is in it.
    """
    zone = ZoneInfo(timezone)
    content = document if isinstance(document, bytes) else document.read_bytes()
    try:
        found = _found(content, zone, agent_property)
        version = version_of(found.rows)
    except UnusableScheduleError as wrong:
        return ScheduleRead(name, None, "", "", (), {}, (wrong.refusal,), ())
    known = {*configured, *seen} if configured else set()
    lines, refused = Checker(zone, known).check(found.rows)
    if not configured:
        found.notes.append(Note("everybody_accepted"))
    described = _described(lines, configured, found.notes)
    activities = sorted((line.activity for line in lines), key=lambda activity: (activity.agent, activity.start))
    refused = sorted((*found.refused, *refused), key=lambda refusal: refusal.where.line)
    if not activities and not refused:
        refused.append(UnusableScheduleError("empty").refusal)
    return ScheduleRead(
        name,
        found.format,
        found.encoding,
        version or f"{plain(name)}@{hashlib.sha256(content).hexdigest()[:12]}",
        tuple(activities),
        described,
        tuple(refused),
        tuple(found.notes),
    )


def plain(name: str) -> str:
    """A name that can be written anywhere: file names need not be text in the encoding of the machine."""
    return name.encode(errors="backslashreplace").decode()


def _found(content: bytes, zone: ZoneInfo, agent_property: str) -> Document:
    """What the document holds, whatever its format, which its first bytes tell."""
    if len(content) > BYTES_MAX:
        raise UnusableScheduleError("too_large", limit=BYTES_MAX // 1_048_576)
    if content.startswith(b"PK\x03\x04"):
        return read_xlsx(content)
    if content.startswith(b"\xd0\xcf\x11\xe0"):
        raise UnusableScheduleError("old_workbook")
    text, encoding = _decoded(content)
    if text.lstrip()[:15].upper() == "BEGIN:VCALENDAR":
        return read_ical(text, encoding, zone, agent_property)
    return read_csv(text, encoding)


def _decoded(content: bytes) -> tuple[str, str]:
    """The text and its encoding. UTF-8 is tried first: text in GB18030 is almost never valid UTF-8 by chance."""
    if b"\0" in content:
        raise UnusableScheduleError("unknown_format")
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return content.decode(encoding), encoding.removesuffix("-sig")
        except UnicodeDecodeError:
            continue
    raise UnusableScheduleError("unknown_format")


def _described(lines: list[Line], configured: Mapping[str, AgentProfile], notes: list[Note]) -> dict[str, Roster]:
    """What is to be told of the agents' teams and sites: the first that the document says, unless the configuration
    says one."""
    stated: dict[str, Roster] = {}
    torn: set[str] = set()
    for row, activity in lines:
        before = stated.get(activity.agent, Roster())
        if (row.team and before.team not in ("", row.team)) or (row.site and before.site not in ("", row.site)):
            torn.add(activity.agent)
        stated[activity.agent] = Roster(before.team or row.team, before.site or row.site)
    described: dict[str, Roster] = {}
    overruled = 0
    for name, facts in stated.items():
        profile = configured.get(name, AgentProfile())
        overruled += (profile.team not in ("", facts.team) and facts.team != "") or (
            profile.site not in ("", facts.site) and facts.site != ""
        )
        left = Roster("" if profile.team else facts.team, "" if profile.site else facts.site)
        if left != Roster():
            described[name] = left
    if torn:
        notes.append(Note("two_teams", {"n": len(torn)}))
    if overruled:
        notes.append(Note("roster_stands", {"n": overruled}))
    return described
