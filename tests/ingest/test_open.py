from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from floorwatch.floor.events import SourceHeartbeat
from floorwatch.ingest.ami.recording import AmiRecording
from floorwatch.ingest.events import EventsRecording
from floorwatch.ingest.open import UnusableInputError, open_recording, recognise
from floorwatch.ingest.queue_log.recording import QueueLog
from tests.ingest.bad_input import cases, example, to_line

SHARED = Path(__file__).parents[2] / "../shared"

EVENTS = b"\n".join(to_line(example("contact.offered", number)) for number in range(20))
AMI = b"Asterisk Call Manager/11.0.0\r\nEvent: FullyBooted\r\nPrivilege: system,all\r\nStatus: Fully Booted\r\n\r\n"
QUEUE_LOG = (
    b"1795291941|NONE|NONE|NONE|QUEUESTART|\n"
    b"1795291946|1795291945.0|sales|NONE|ENTERQUEUE||2125550154|1\n"
    b"1795291948|1795291945.0|sales|A17|CONNECT|2|1795291946.1|1\n"
)
SAMPLES = {"events": EVENTS, "ami": AMI, "queue_log": QUEUE_LOG}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A file whose name says nothing."""
    return tmp_path / "recording"


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("sample", SAMPLES)
def test_a_format_is_recognised_from_content(path: Path, sample: str, packed: bool) -> None:
    """Plain or gzip, under any name."""
    path.write_bytes(gzip.compress(SAMPLES[sample]) if packed else SAMPLES[sample])
    assert recognise(path) == sample


@pytest.mark.parametrize(
    ("sample", "content"),
    [
        ("events", b"\xef\xbb\xbf" + EVENTS),
        ("events", b"\r\n\r\n  " + EVENTS.replace(b"\n", b"\r\n")),
        ("events", b'{"type":"contact.offered"'),
        ("ami", AMI.partition(b"\r\n")[2]),
        ("ami", b"lledName: x\r\nPrivilege: call,all\r\n\r\nEvent: Newexten\r\nPrivilege: dialplan,all\r\n\r\n"),
        ("ami", AMI + b'Event: VarSet\r\nPrivilege: call,all\r\nValue: \r\n{"a":1}\r\n{"b":2}\r\n\r\n'),
        ("ami", b"Response: Success\r\nMessage: Authentication accepted\r\n\r\n"),
        ("queue_log", b"garbage at the start\n" + QUEUE_LOG),
        ("queue_log", QUEUE_LOG.replace(b"\n", b"\r\n")),
        ("queue_log", b"1795291941.123456|NONE|NONE|NONE|CONFIGRELOAD|\n"),
    ],
)
def test_a_format_is_recognised_in_disorder(path: Path, sample: str, content: bytes) -> None:
    """Marks, blank lines, a beginning cut off, lines of another format inside."""
    path.write_bytes(content)
    assert recognise(path) == sample


def test_events_are_recognised_among_bad_lines(path: Path) -> None:
    """What the reader survives must reach the reader."""
    path.write_bytes(b"\n".join(case.line for case in cases(200, seed=8)))
    assert recognise(path) == "events"


def test_the_beginning_of_a_cut_gzip_file_is_enough(path: Path) -> None:
    """The rest of it is counted when it is read."""
    path.write_bytes(gzip.compress(EVENTS)[:-20])
    assert recognise(path) == "events"


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (b"", "empty"),
        (b"\n \r\n", "empty"),
        (b"time,queue,agent\n1,2,3\n", "begins with 'time,queue,agent"),
        (b'{\n  "from": "2026-03-03",\n  "queues": {}\n}\n', "begins with '{"),
        (b"\x00\x01\x02\xff", r"\\xff"),
        (EVENTS.decode().encode("utf-16"), "UTF-16"),
        (b"[" + EVENTS.replace(b"\n", b",") + b"]", "JSON array"),
        (b"PK\x03\x04rest", "zip archive"),
        (b"BZh91AY", "not by gzip"),
        (b"\xfd7zXZ\x00", "not by gzip"),
        (b"\x1f\x8b\x08broken", "cannot be unpacked"),
        (b'{"t": 1795291943.498009, "off": 0, "ev": "connect", "conn": 1}\n', "index of a manager recording"),
    ],
)
def test_what_is_no_input_is_named_with_the_way_out(path: Path, content: bytes, found: str) -> None:
    """The sentence names the file, what was found, and every format there is."""
    path.write_bytes(content)
    with pytest.raises(UnusableInputError) as raised:
        open_recording(path)
    sentence = str(raised.value)
    assert found in sentence
    assert str(path) in sentence
    assert all(name in sentence for name in SAMPLES)
    assert "--format" in sentence


def test_a_queue_log_is_opened_with_its_source(path: Path) -> None:
    """By default it is Asterisk's."""
    path.write_bytes(QUEUE_LOG)
    recording = open_recording(path)
    assert isinstance(recording, QueueLog)
    assert {event.source for _, event in recording.deliveries()} == {"asterisk"}
    assert {event.source for _, event in open_recording(path, source="pbx").deliveries()} == {"pbx"}


def test_a_named_format_is_not_doubted(path: Path) -> None:
    """`--format` decides: what does not fit is counted by its reader. An unknown one is refused."""
    path.write_bytes(QUEUE_LOG)
    recording = open_recording(path, "events")
    assert list(recording.deliveries()) == []
    assert recording.counts.invalid == {"malformed_json": 3}
    with pytest.raises(UnusableInputError, match="no input format 'csv'"):
        open_recording(path, "csv")


def test_events_take_the_source_and_the_reject_hook(path: Path) -> None:
    """What the caller gives reaches the reader."""
    told: list[str] = []
    path.write_bytes(b'{"type":"source.heartbeat","time":"2026-03-03T12:00:00Z"}\n{}\n')
    recording = open_recording(path, source="pbx", on_reject=lambda reason, line: told.append(reason))
    assert isinstance(recording, EventsRecording)
    assert list(recording.deliveries()) == [
        (1_772_539_200_000, SourceHeartbeat(time=1_772_539_200_000, source="pbx")),
    ]
    assert told == ["missing_attribute"]


@pytest.mark.parametrize("name", ["floor.ami", "floor.ami.gz"])
@pytest.mark.parametrize("ending", [".idx.jsonl", ".idx.jsonl.gz"])
def test_a_manager_recording_finds_the_index_beside_it(tmp_path: Path, name: str, ending: str) -> None:
    """With it, messages arrive when they did: here, long after their Timestamps."""
    session = AMI + b"Event: SuccessfulAuth\r\nTimestamp: 1795291943.500000\r\n\r\n"
    index = f'{{"t":1795291950.25,"off":0,"ev":"connect","conn":1}}\n{{"t":1795291950.25,"off":0,"n":{len(session)}}}\n'
    (tmp_path / name).write_bytes(gzip.compress(session) if name.endswith("gz") else session)
    without = open_recording(tmp_path / name)
    assert isinstance(without, AmiRecording)
    arrivals = {applied_at for applied_at, _ in without.deliveries()}
    (tmp_path / f"floor{ending}").write_bytes(
        gzip.compress(index.encode()) if ending.endswith("gz") else index.encode()
    )
    indexed = {applied_at for applied_at, _ in open_recording(tmp_path / name).deliveries()}
    assert arrivals == {1_795_291_943_500}
    assert indexed == {1_795_291_950_250}


def test_the_reference_inputs_are_recognised() -> None:
    """Every recorded day and every real session, by what is in them."""
    found = [path for folder in ("days", "recordings") for path in sorted((SHARED / folder).glob("*/*"))]
    kinds = {".ami.gz": "ami", ".queue_log.gz": "queue_log", "events.jsonl.gz": "events", "messy.jsonl.gz": "events"}
    inputs = [(path, kind) for path in found for ending, kind in kinds.items() if path.name.endswith(ending)]
    if not inputs:
        pytest.skip("the reference days and recordings are not here (../shared)")
    assert [recognise(path) for path, _ in inputs] == [kind for _, kind in inputs]
    for path in found:
        if path.name.endswith(("idx.jsonl.gz", ".conf", ".csv.gz", "truth.json", ".yaml")):
            with pytest.raises(UnusableInputError):
                recognise(path)
