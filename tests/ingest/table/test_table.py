"""The neutral table: which lines are visits, what facts they become, and days of real centres read whole."""

from __future__ import annotations

import gzip
from collections import Counter
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from floorwatch.floor import events as e
from floorwatch.floor.internal import SourceDescribed
from floorwatch.floor.settings import Settings
from floorwatch.ingest.open import open_recording, recognise
from floorwatch.ingest.table.protocol import Header, UnusableLineError
from floorwatch.replay import replay

HEADER = "contact_id,queue,arrival,outcome,answer_time,end_time,agent"
UTC = ZoneInfo("UTC")
NINE = 1_772_528_400_000  # 2026-03-03T09:00:00Z


def table(tmp_path: Path, *rows: str, header: str = HEADER) -> Path:
    """A file of these lines."""
    path = tmp_path / "day.csv"
    path.write_text("\n".join([header, *rows, ""]), encoding="utf-8")
    return path


def told(path: Path, timezone: str = "UTC") -> list[tuple[str, int]]:
    """(kind, seconds after nine) of all facts."""
    deliveries = open_recording(path, timezone=timezone).deliveries()
    return [
        (type(event).__name__, (at - NINE) // 1000)
        for at, event in deliveries
        if not isinstance(event, SourceDescribed)
    ]


def test_a_visit_is_offered_answered_and_ended(tmp_path: Path) -> None:
    """In order of time, whatever the order of the lines; of one second, in the order of the contract."""
    path = table(
        tmp_path,
        "c2,sales,2026-03-03T09:00:05,abandoned,,2026-03-03T09:00:10,",
        "c1,sales,2026-03-03T09:00:00,answered,2026-03-03T09:00:05,2026-03-03T09:00:10,A1",
    )
    assert recognise(path) == "table"
    assert told(path) == [
        ("ContactOffered", 0),
        ("ContactOffered", 5),
        ("ContactAnswered", 5),
        ("ContactEnded", 10),
        ("ContactAbandoned", 10),
    ]


def test_columns_stand_in_any_order_and_more_may_be_there(tmp_path: Path) -> None:
    """A transfer ends the agent's part, by a consultation or without; priority and channel are told."""
    header = (
        "queue,agent,priority,end_time,remark,transfer_time,consult_time,outcome,answer_time,arrival,contact_id,channel"
    )
    at = "2026-03-03 09:00:00"
    path = table(
        tmp_path,
        f'sales,A1,2,{at},"so, so",{at},,answered,{at},{at},c1,chat',
        f"s,A,,{at},,{at},{at},answered,{at},{at},c2,",
        header=header,
    )
    events = [event for _, event in open_recording(path).deliveries()]
    offered = next(event for event in events if isinstance(event, e.ContactOffered))
    assert (offered.contact, offered.queue, offered.priority, offered.channel) == ("c1", "sales", 2, "chat")
    assert [event.mode for event in events if isinstance(event, e.ContactTransferred)] == ["blind", "attended"]


def test_served_at_once_is_no_time_or_midnight(tmp_path: Path) -> None:
    """As centres write it: the answer is the arrival then. Whom nobody wrote down has answered is `unknown`."""
    path = table(
        tmp_path,
        "c1,s,2026-03-03T09:00:00,answered,,2026-03-03T09:01:00,A1",
        "c2,s,2026-03-03T09:00:01,answered,2026-03-03T00:00:00,2026-03-03T09:01:00,",
    )
    answers = [event for _, event in open_recording(path).deliveries() if isinstance(event, e.ContactAnswered)]
    assert [(answer.time, answer.agent) for answer in answers] == [(NINE, "A1"), (NINE + 1_000, "unknown")]


def test_local_times_are_those_of_the_site(tmp_path: Path) -> None:
    """Ten in Berlin is nine; a time with an offset is its own."""
    path = table(
        tmp_path,
        "c1,s,2026-03-03T10:00:00,answered,,2026-03-03T10:01:00,A1",
        "c2,s,2026-03-03T09:00:00Z,abandoned,,2026-03-03T11:00:07+02:00,",
    )
    assert told(path, "Europe/Berlin")[:2] == [("ContactOffered", 0), ("ContactOffered", 0)]
    assert told(path, "Europe/Berlin")[3:] == [("ContactAbandoned", 7), ("ContactEnded", 60)]


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (",s,2026-03-03T09:00:00,abandoned,,2026-03-03T09:00:10,", "missing_attribute"),
        ("c,s,,abandoned,,2026-03-03T09:00:10,", "missing_attribute"),
        ("c,s,2026-03-03T09:00:00,abandoned,,,", "missing_attribute"),
        ("c,s,2026-03-03T09:00:00,lost,,2026-03-03T09:00:10,", "unknown_outcome"),
        ("c,s,9 o'clock,abandoned,,2026-03-03T09:00:10,", "mistyped_attribute"),
        ("c,s,2026-03-03T09:00:00,abandoned,,2026-03-03T08:00:10,", "impossible_time"),
        ("c,s,2026-03-03T09:00:00,answered,2026-03-03T08:00:00,2026-03-03T09:00:10,A", "impossible_time"),
        ("c,s,1066-10-14T09:00:00,abandoned,,2026-03-03T09:00:10,", "impossible_time"),
        ("c,s,0001-01-01T00:00:00,abandoned,,2026-03-03T09:00:10,", "impossible_time"),
        (f"{'c' * 1025},s,2026-03-03T09:00:00,abandoned,,2026-03-03T09:00:10,", "text_too_long"),
        ('"c,s,2026-03-03T09:00:00,abandoned,,2026-03-03T09:00:10,', "malformed_line"),
        ("c" * 65_537, "line_too_long"),
    ],
)
def test_a_line_that_is_no_visit_is_refused_with_its_reason(row: str, reason: str) -> None:
    """And nothing else is raised."""
    with pytest.raises(UnusableLineError) as refused:
        Header(HEADER.encode()).row(row.encode(), UTC)
    assert str(refused.value) == reason


def test_bad_lines_are_counted_and_the_others_told(tmp_path: Path) -> None:
    """Each by its reason, and handed on in its own bytes; a short line lacks what stands at its end."""
    rejected: list[tuple[str, bytes]] = []
    path = table(tmp_path, "c1,s", "c2,s,2026-03-03T09:00:00,abandoned,,2026-03-03T09:00:10,", "", "x,y,z,u,,,")
    recording = open_recording(path, on_reject=lambda reason, line: rejected.append((reason, line)))
    assert len(list(recording.deliveries())) == 3  # one of them says what a table cannot tell
    assert (recording.counts.read, recording.counts.invalid) == (3, Counter(missing_attribute=1, mistyped_attribute=1))
    assert rejected == [("missing_attribute", b"c1,s"), ("mistyped_attribute", b"x,y,z,u,,,")]


def test_without_its_header_it_is_no_table(tmp_path: Path) -> None:
    """A column that must be there is missing: said of the header, and nothing is guessed."""
    path = table(tmp_path, "c1,sales", header="contact_id,queue,arrival")
    recording = open_recording(path)
    assert list(recording.deliveries()) == []
    assert recording.counts.invalid["missing_column"] == 2


def test_damaged_gzip_is_read_as_far_as_it_goes(tmp_path: Path) -> None:
    """And counted."""
    rows = [f"c{n},s,2026-03-03T09:00:00,abandoned,,2026-03-03T09:00:10," for n in range(5_000)]
    packed = gzip.compress(table(tmp_path, *rows).read_bytes())
    path = tmp_path / "day.csv.gz"
    path.write_bytes(packed[: len(packed) // 2])
    recording = open_recording(path)
    assert 100 < len(list(recording.deliveries())) < 10_000
    assert recording.counts.invalid["truncated_file"] == 1


@pytest.mark.parametrize(
    ("name", "contacts", "abandoned"),
    [("technion-1999/replay_1999-02-03.csv.gz", 1544, 226), ("vanad-2014/replay_2014-01-15.csv.gz", 5287, 55)],
)
def test_days_of_real_centres(shared: Path, name: str, contacts: int, abandoned: int) -> None:
    """Every line of them is a visit; waits summed here from the columns are those of the report."""
    path = shared / "data" / name
    report = replay([path], Settings())
    queues = report["queues"].values()
    assert report["input"]["invalid"] == {}
    assert sum(queue["offered"] for queue in queues) == report["input"]["read"] == contacts
    assert sum(queue["abandoned"] for queue in queues) == abandoned
    assert sum(queue["wait_seconds_total"] for queue in queues) == pytest.approx(_waits_s(path), abs=1e-6)


def _waits_s(path: Path) -> float:
    """The seconds waited by whoever was answered, by the columns alone."""
    import csv
    from datetime import datetime

    with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["outcome"] == "answered"]
    waits = [datetime.fromisoformat(row["answer_time"]) - datetime.fromisoformat(row["arrival"]) for row in rows]
    return sum(wait.total_seconds() for wait in waits)
