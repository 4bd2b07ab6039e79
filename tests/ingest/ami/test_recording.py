from __future__ import annotations

import gzip
import json
import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from floorwatch.floor import events as e
from floorwatch.ingest.ami.recording import AmiRecording
from floorwatch.ingest.queue_log.recording import QueueLog
from floorwatch.ingest.source import Delivery
from tests.ingest.recordings import NAMES, Stay, fold, part

TRANSCRIPTS = Path(__file__).parents[2] / "transcripts"
DEVICES = {f"PJSIP/a1{n:03}": f"A1{n:03}" for n in range(1, 41)}


def recording(name: str, **options: object) -> AmiRecording:
    return AmiRecording(TRANSCRIPTS / f"{name}.ami", TRANSCRIPTS / f"{name}.idx.jsonl", **options)  # type: ignore[arg-type]


def outcome(stay: Stay) -> tuple[object, ...]:
    return stay.contact, stay.queue, stay.how, stay.agent, stay.transferred


def about_contacts(deliveries: Iterator[Delivery]) -> list[e.Event]:
    return [event for _, event in deliveries if hasattr(event, "contact")]


def test_every_outcome_is_the_one_the_queue_log_tells() -> None:
    """A time-out, an overflow, a key, an emptied queue, an abandon, both kinds of transfer: log and manager agree."""
    manager = fold(recording("outcomes", interfaces=DEVICES).deliveries())
    log = fold(QueueLog(TRANSCRIPTS / "outcomes.queue_log", interfaces=DEVICES).deliveries())
    assert len(log.stays) == 9  # of seven callers, two of them in a second queue
    assert list(map(outcome, manager.stays)) == list(map(outcome, log.stays))
    assert {stay.how for stay in log.stays} == {"answered", "abandoned", "timeout", "key", "empty"}
    for ours, theirs in zip(manager.stays, log.stays, strict=True):
        assert abs((ours.wait_ms or 0) - (theirs.wait_ms or 0)) <= 1000
        assert abs((ours.talk_ms or 0) - (theirs.talk_ms or 0)) <= 1000
    assert manager.declined == log.declined
    assert manager.refused == {("billing", "full"): 1, ("vip", "empty"): 1}  # the log has no line for these
    for agent in DEVICES.values():
        assert abs(manager.pause_seconds(agent) - log.pause_seconds(agent)) < 3


def test_a_lost_connection_is_a_marked_gap_and_the_floor_is_described_after_it() -> None:
    """Down at the last byte before the drop, up when the lists were asked for; who talks is found in the channels."""
    deliveries = list(recording("lost_connection").deliveries())
    kinds = [type(event) for _, event in deliveries]
    down = kinds.index(e.SourceDown)
    assert kinds[down : down + 4] == [e.SourceDown, e.SourceUp, e.SourceGap, e.FloorReported]
    (_, lost), (at, up), (_, gap), (_, reported) = deliveries[down : down + 4]
    assert isinstance(gap, e.SourceGap)
    assert isinstance(reported, e.FloorReported)
    assert lost.time == gap.since
    before_the_drop = (TRANSCRIPTS / "lost_connection.idx.jsonl").read_text().split('"ev": "drop"')[0].splitlines()
    assert abs(json.loads(before_the_drop[-2])["t"] * 1000 - lost.time) < 3
    assert 1_795_292_417_150 <= up.time == gap.time == reported.time <= at < 1_795_292_420_000
    assert reported.complete
    assert not reported.waiting
    since = {talk.contact: (talk.queue, talk.agent, talk.since) for talk in reported.talking}
    assert since == {
        "1795292360.380": ("vip", "A1031", 1_795_292_382_589),  # its AgentConnect came before the loss
        "1795292388.432": ("support", "A1023", None),  # waited when it was lost, was answered unseen
        "1795292411.469": ("support", "A1014", None),  # came and was answered unseen
    }
    ended = [event.contact for event in about_contacts(iter(deliveries[down:])) if isinstance(event, e.ContactEnded)]
    assert ended == ["1795292360.380", "1795292388.432", "1795292411.469"]


def test_a_restart_ends_calls_as_told_and_members_come_back_paused() -> None:
    """Torn down with ordinary messages, so the log agrees; the feed is lost for a second, and says why."""
    deliveries = list(recording("restart").deliveries())
    manager = fold(iter(deliveries))
    log = fold(QueueLog(TRANSCRIPTS / "restart.queue_log", interfaces=DEVICES).deliveries())
    assert list(map(outcome, manager.stays)) == list(map(outcome, log.stays))
    assert manager.declined == log.declined
    (down,) = [event for _, event in deliveries if isinstance(event, e.SourceDown)]
    assert down.reason == "restart"
    (reported,) = manager.reports
    assert (reported.complete, reported.waiting, reported.talking) == (True, (), ())
    assert {member.agent for member in reported.members} == {"A1001", "A1002", "A1020", "A1026", "A1027", "A1030"}


@pytest.mark.parametrize("name", ["outcomes", "lost_connection", "restart"])
def test_no_cut_changes_a_delivery(name: str) -> None:
    """Every event, number and arrival stays as it is, wherever the bytes are cut."""

    def cut(received: bytes) -> Iterator[bytes]:
        while received:
            size = chance.randint(1, 700)
            yield received[:size]
            received = received[size:]

    expected = recording(name)
    deliveries = list(expected.deliveries())
    for seed in range(20):
        chance = random.Random(seed)
        again = recording(name, cut=cut)
        assert list(again.deliveries()) == deliveries
        assert again.counts == expected.counts


@pytest.mark.parametrize("name", NAMES)
def test_no_cut_changes_a_delivery_of_a_whole_recording(name: str, shared: Path) -> None:
    """The same for a day of tens of megabytes, with its index and without."""

    def cut(received: bytes) -> Iterator[bytes]:
        while received:
            size = chance.randint(1, 9000)
            yield received[:size]
            received = received[size:]

    for index in (part(name, "idx.jsonl"), None):
        chance = random.Random(7)
        whole, pieces = AmiRecording(part(name, "ami"), index), AmiRecording(part(name, "ami"), index, cut=cut)
        assert list(pieces.deliveries()) == list(whole.deliveries())
        assert pieces.counts == whole.counts


@pytest.mark.parametrize("name", NAMES)
def test_without_its_index_a_recording_tells_the_same_of_its_contacts(name: str, shared: Path) -> None:
    """Banners and Timestamps are enough for all but the instants of connecting."""
    indexed = about_contacts(AmiRecording(part(name, "ami"), part(name, "idx.jsonl")).deliveries())
    plain = about_contacts(AmiRecording(part(name, "ami")).deliveries())
    assert plain == indexed


def test_a_message_arrives_with_the_chunk_that_brings_its_last_byte(tmp_path: Path) -> None:
    """The index tells when; a chunk may end anywhere, and what the index does not tell of came last."""
    join = b"Event: QueueCallerJoin\r\nTimestamp: 1795291946.5\r\nUniqueid: %d.0\r\nQueue: sales\r\n\r\n"
    raw = b"".join(join % n for n in range(4))
    size = len(raw) // 4
    (tmp_path / "x.ami").write_bytes(raw)
    (tmp_path / "x.idx.jsonl").write_text(
        f'{{"t": 1795291946.6, "off": 0, "n": {size - 1}}}\n'
        f'{{"t": 1795291946.7, "off": {size - 1}, "n": {size}}}\n'
        "not a line of an index\n"
        f'{{"t": 1795291946.9, "off": {2 * size - 1}, "n": {size + 1}}}\n'
    )
    found = AmiRecording(tmp_path / "x.ami", tmp_path / "x.idx.jsonl")
    arrivals = [at for at, event in found.deliveries() if isinstance(event, e.ContactOffered)]
    assert arrivals == [1_795_291_946_700, 1_795_291_946_900, 1_795_291_946_900, 1_795_291_946_900]
    assert found.counts.invalid == {"bad_index_line": 1}


def test_a_packed_recording_is_read_as_it_is_and_a_cut_one_to_its_end(tmp_path: Path) -> None:
    """gzip in both files; of a truncated one, what can be unpacked."""
    raw = gzip.compress((TRANSCRIPTS / "restart.ami").read_bytes())
    index = tmp_path / "x.idx.jsonl.gz"
    index.write_bytes(gzip.compress((TRANSCRIPTS / "restart.idx.jsonl").read_bytes()))
    path = tmp_path / "x.ami.gz"
    path.write_bytes(raw)
    whole = list(AmiRecording(path, index).deliveries())
    assert whole == list(recording("restart").deliveries())
    path.write_bytes(raw[: len(raw) // 2])
    cut = AmiRecording(path, index)
    some = list(cut.deliveries())
    assert 0 < len(some) < len(whole)
    assert cut.counts.invalid["truncated_file"] == 1


JOIN = "Event: QueueCallerJoin\r\nTimestamp: {}.5\r\nUniqueid: {}.0\r\nQueue: sales\r\n\r\n"


def test_an_impossible_time_is_set_aside(tmp_path: Path) -> None:
    """Without an index: a leap of more than an hour that nothing confirms. With one: five minutes ahead of arrival."""
    path, index = tmp_path / "x.ami", tmp_path / "x.idx.jsonl"
    raw = JOIN.format(1795291946, 1) + JOIN.format(1895291946, 2) + JOIN.format(1795291947, 3)
    raw += JOIN.format(1795391947, 4) + JOIN.format(1795391948, 5) + JOIN.format(12, 6)
    path.write_text(raw, newline="")
    plain = AmiRecording(path)
    assert [event.contact for event in about_contacts(plain.deliveries())] == ["1.0", "3.0", "4.0", "5.0"]
    assert plain.counts.invalid == {"impossible_time": 2}
    index.write_text(f'{{"t": 1795291947.6, "off": 0, "n": {len(raw)}}}\n')
    indexed = AmiRecording(path, index)
    assert [event.contact for event in about_contacts(indexed.deliveries())] == ["1.0", "3.0"]
    assert indexed.counts.invalid == {"impossible_time": 4}


def test_engine_time_never_goes_back() -> None:
    """Whatever the Timestamps say."""
    for name in ("outcomes", "lost_connection", "restart"):
        for found in (recording(name), AmiRecording(TRANSCRIPTS / f"{name}.ami")):
            stamps = [at for at, _ in found.deliveries()]
            assert stamps == sorted(stamps)
