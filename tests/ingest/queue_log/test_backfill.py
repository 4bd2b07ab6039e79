"""A gap read from a switch's log: through rotation, never claimed before the log has told it, tried until it has."""

from __future__ import annotations

import asyncio
import gzip
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from floorwatch.clock import WallClock
from floorwatch.floor.events import SourceGap
from floorwatch.floor.internal import BackfilledVisit, SourceBackfilled
from floorwatch.ingest.inbox import Inbox
from floorwatch.ingest.queue_log import rotated
from floorwatch.ingest.queue_log.backfill import Backfill, NotCoveredError, backfill_events, read_gap
from floorwatch.ingest.queue_log.visits import GapVisits

S = 1_795_290_000
"""The second at which the stories begin."""
SINCE, UNTIL = (S + 100) * 1000, (S + 160) * 1000


def line(at: int, event: str, contact: str = "pbx-1795291945.3", agent: str = "NONE", queue: str = "sales") -> str:
    """A line of a queue_log, `at` in seconds after the start."""
    return f"{S + at}|{contact}|{queue}|{agent}|{event}"


STORY = [
    line(0, "QUEUESTART|", contact="NONE", queue="NONE"),
    line(90, "ENTERQUEUE||2125550154|1"),
    line(110, "RINGNOANSWER|8000", agent="Ben Carter"),
    line(120, "CONNECT|30|1795291945.9|4", agent="Ben Carter"),
    line(150, "COMPLETECALLER|30|30|1", agent="Ben Carter"),
    line(170, "PAUSE|lunch", contact="NONE", agent="Ben Carter"),
]
TOLD = {
    "contact": "pbx-1795291945.3",
    "queue": "sales",
    "entered_at": (S + 90) * 1000,
    "left_at": (S + 120) * 1000,
    "wait_ms": 30_000,
    "outcome": "answered",
    "agent": "Ben Carter",
    "ended_at": (S + 150) * 1000,
    "talk_ms": 30_000,
    "ended_by": "customer",
}


def _write(path: Path, lines: list[str]) -> Path:
    text = ("\n".join(lines) + "\n").encode()
    path.write_bytes(gzip.compress(text) if path.suffix == ".gz" else text)
    return path


def _read(path: Path, since: int = SINCE, until: int = UNTIL, **interfaces: str) -> list[BackfilledVisit]:
    return read_gap(path, since, until, interfaces)


def _fields(visit: BackfilledVisit) -> dict[str, Any]:
    return {name: getattr(visit, name) for name in TOLD}


def test_the_visit_is_told_with_the_seconds_of_its_lines(tmp_path: Path) -> None:
    """Entry, end and declines where their lines are, wait and talk as logged; ids keep the switch's own prefix."""
    (visit,) = _read(_write(tmp_path / "queue_log", STORY))
    assert _fields(visit) == TOLD
    assert [(decline.agent, decline.at, decline.reason) for decline in visit.declined] == [
        ("Ben Carter", (S + 110) * 1000, "no_answer")
    ]


@pytest.mark.parametrize(
    ("event", "outcome", "wait_ms"),
    [
        ("ABANDON|1|1|12", "abandoned", 12_000),
        ("EXITWITHTIMEOUT|1|1|12", "timeout", 12_000),
        ("EXITWITHKEY|5|1|1|12", "key", 12_000),
        ("EXITEMPTY|1|1|12", "empty", 12_000),
        ("WITHDRAW|1|1|12|why", "withdrawn", 12_000),
        ("SYSCOMPAT|", "other", None),
    ],
)
def test_every_way_to_leave(tmp_path: Path, event: str, outcome: str, wait_ms: int | None) -> None:
    """Whoever left unanswered did so for the logged reason, after the logged wait."""
    lines = [STORY[0], line(105, "ENTERQUEUE||x|1"), line(117, event), STORY[-1]]
    (visit,) = _read(_write(tmp_path / "queue_log", lines))
    assert (visit.outcome, visit.wait_ms, visit.over_at) == (outcome, wait_ms, (S + 117) * 1000)


@pytest.mark.parametrize(
    ("event", "talk_ms"), [("ATTENDEDTRANSFER|BRIDGE|x|30|21|1", 21_000), ("BLINDTRANSFER|8|y|30|21|1", 21_000)]
)
def test_a_transfer_ends_the_talk(tmp_path: Path, event: str, talk_ms: int) -> None:
    """By either kind, with the talk it logs."""
    lines = [*STORY[:4], line(141, event, agent="Ben Carter"), STORY[-1]]
    (visit,) = _read(_write(tmp_path / "queue_log", lines))
    assert (visit.ended_by, visit.talk_ms) == ("transfer", talk_ms)


def test_what_has_nothing_to_do_with_the_gap_is_left_out(tmp_path: Path) -> None:
    """Over before it, begun after it: the stream has told both. What crosses its end is told up to there."""
    lines = [
        STORY[0],
        line(10, "ENTERQUEUE||x|1", contact="before"),
        line(20, "ABANDON|1|1|10", contact="before"),
        line(158, "ENTERQUEUE||x|1", contact="across"),
        line(175, "ENTERQUEUE||x|1", contact="after"),
        line(176, "CONNECT|18|x|1", contact="across", agent="Ben Carter"),
    ]
    (visit,) = _read(_write(tmp_path / "queue_log", lines))
    assert (visit.contact, visit.outcome) == ("across", "")


def test_a_restart_ends_what_was_open(tmp_path: Path) -> None:
    """Nobody logged how: the wait left for reasons unknown, the talk has no length."""
    lines = [
        *STORY[:4],
        line(121, "ENTERQUEUE||x|1", contact="waiting"),
        line(130, "QUEUESTART|", contact="NONE", queue="NONE"),
        STORY[-1],
    ]
    talking, waiting = _read(_write(tmp_path / "queue_log", lines))
    assert (talking.ended_at, talking.ended_by, talking.talk_ms) == ((S + 130) * 1000, "", None)
    assert (waiting.outcome, waiting.left_at, waiting.wait_ms) == ("unknown", (S + 130) * 1000, None)


def test_an_interface_is_the_agent_it_means(tmp_path: Path) -> None:
    """Where the lines name devices and the configuration says whose they are."""
    lines = [text.replace("Ben Carter", "PJSIP/1002") for text in STORY]
    (visit,) = read_gap(_write(tmp_path / "queue_log", lines), SINCE, UNTIL, {"PJSIP/1002": "Ben Carter"})
    assert visit.agent == visit.declined[0].agent == "Ben Carter"


def test_lines_that_are_none_are_passed_over(tmp_path: Path) -> None:
    """Torn, foreign and senseless lines hide no contact."""
    lines = [
        "1795290",
        "\x00|",
        STORY[0],
        "x|y|z|a|CONNECT|1",
        line(95, "CONNECT|many"),
        line(96, "NEWTHING|1"),
        *STORY[1:],
    ]
    (visit,) = _read(_write(tmp_path / "queue_log", lines))
    assert _fields(visit) == TOLD


@pytest.mark.parametrize("names", [("queue_log.1", "queue_log.2.gz"), ("queue_log-20261122", "queue_log-20261121.gz")])
def test_rotated_files_are_read_oldest_first(tmp_path: Path, names: tuple[str, str]) -> None:
    """Which is older shows in the first lines, whatever the files are called; others beside them are none of it."""
    newer, older = names
    _write(tmp_path / older, STORY[:3])
    _write(tmp_path / newer, STORY[3:4])
    log = _write(tmp_path / "queue_log", STORY[4:])
    _write(tmp_path / "queue_log.bak", [line(130, "ABANDON|1|1|40")])
    _write(tmp_path / "queue_log_of_another", [line(130, "ABANDON|1|1|40")])
    assert [_fields(visit) for visit in _read(log)] == [TOLD]


def test_a_large_log_is_not_read_from_its_beginning(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ten thousand old lines are skipped: the limit is what must be read, not what there is."""
    old = [f"{S - 90_000 + number}|old.{number}|sales|NONE|ENTERQUEUE||x|1" for number in range(10_000)]
    log = _write(tmp_path / "queue_log", old + STORY)
    monkeypatch.setattr(rotated, "READ_BYTES_MAX", 150_000)
    assert log.stat().st_size > 450_000
    assert _fields(_read(log)[-1]) == TOLD
    monkeypatch.setattr(rotated, "READ_BYTES_MAX", 100)
    with pytest.raises(NotCoveredError, match="would have to be read") as refused:
        _read(log)
    assert not refused.value.may_come


def test_a_log_that_begins_after_the_gap_did_covers_nothing(tmp_path: Path) -> None:
    """Its first line is later: what came before, nobody knows; no later line mends that."""
    with pytest.raises(NotCoveredError, match="begins after") as refused:
        _read(_write(tmp_path / "queue_log", STORY), since=(S - 1) * 1000)
    assert not refused.value.may_come


def test_a_log_without_a_later_line_does_not_cover_the_gap_yet(tmp_path: Path) -> None:
    """Only a line from after the gap proves that all of it has been written."""
    with pytest.raises(NotCoveredError, match="no line yet") as refused:
        _read(_write(tmp_path / "queue_log", STORY[:-1]))
    assert refused.value.may_come


def test_parts_keep_a_contact_together() -> None:
    """Many visits go in several events; the visits of one contact in one, and the gap is closed by the last."""
    gap = GapVisits(SINCE, UNTIL, {})
    for number in range(1_300):
        for visit in (0, 1):
            gap.line(line(101 + visit, "ENTERQUEUE||x|1", contact=f"c{number}").encode())
            gap.line(line(101 + visit, "ABANDON|1|1|0", contact=f"c{number}").encode())
    events = backfill_events("pbx", SINCE, UNTIL, gap.visits(), UNTIL)
    assert [len(event.visits) for event in events] == [500, 500, 500, 500, 500, 100]
    assert [event.more for event in events] == [True] * 5 + [False]
    seen: set[str] = set()
    for event in events:
        contacts = {visit.contact for visit in event.visits}
        assert not contacts & seen
        seen |= contacts
    assert backfill_events("pbx", SINCE, UNTIL, [], UNTIL)[0].more is False


# Live

GAP = SourceGap(time=UNTIL, source="pbx", since=SINCE)


async def _filled(
    path: Path, meanwhile: Callable[[], object] = lambda: None, tries: int = 400
) -> tuple[list[Any], list[dict[str, Any]]]:
    """What comes into the inbox when this gap is told, and what is logged."""
    inbox = Inbox(WallClock())
    backfill = Backfill("pbx", path, {}, WallClock(), waits_s=(0.01,) * tries)
    arrived: list[Any] = []
    with capture_logs() as logs:
        running = asyncio.ensure_future(backfill.run(inbox))
        backfill.gap(SourceGap(time=UNTIL, source="another", since=SINCE))
        backfill.gap(GAP)
        await asyncio.sleep(0.05)
        meanwhile()
        async with asyncio.timeout(30):
            while not any(entry["event"] in ("gap_backfilled", "gap_not_backfilled") for entry in logs):
                arrived += await inbox.take(0.02)
        arrived += await inbox.take(0.01)
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running
    return [arrival.event for arrival in arrived], list(logs)


async def test_a_gap_is_back_filled_when_the_log_has_told_it(tmp_path: Path) -> None:
    """Tried until the line from after the gap is there; then once, and only for the source whose log it is."""
    log = _write(tmp_path / "queue_log", STORY[:-1])

    def later() -> None:
        with log.open("a") as file:
            file.write(STORY[-1] + "\n")

    events, logs = await _filled(log, later)
    assert [type(event) for event in events] == [SourceBackfilled]
    assert (events[0].source, events[0].since, events[0].until, len(events[0].visits)) == ("pbx", SINCE, UNTIL, 1)
    assert logs[-1]["attempts"] > 1


async def test_a_log_that_cannot_be_read_yet_is_waited_for(tmp_path: Path) -> None:
    """Its folder may be mounted late: one warning, then the visits."""
    log = tmp_path / "queue_log"
    events, logs = await _filled(log, lambda: _write(log, STORY))
    assert len(events) == 1
    assert [entry["event"] for entry in logs] == ["backfill_waits", "gap_backfilled"]


async def test_a_gap_nobody_tells_of_is_given_up(tmp_path: Path) -> None:
    """After the last attempt it is said why, and nothing is claimed; a log that begins too late is tried once."""
    events, logs = await _filled(_write(tmp_path / "quiet", STORY[:-1]), tries=5)
    assert not events
    assert (logs[-1]["why"], logs[-1]["attempts"]) == ("the log has no line yet from after the gap", 5)
    events, logs = await _filled(_write(tmp_path / "late", STORY[4:]))
    assert not events
    assert (logs[-1]["why"], logs[-1]["attempts"]) == ("the log begins after the gap did", 1)


async def test_of_too_many_gaps_the_later_stay_open(tmp_path: Path) -> None:
    """A connection that flaps does not fill the memory: what is not tried is said."""
    backfill = Backfill("pbx", tmp_path / "queue_log", {}, WallClock())
    with capture_logs() as logs:
        for _ in range(102):
            backfill.gap(GAP)
    assert [entry["why"] for entry in logs] == ["too many gaps"] * 2
