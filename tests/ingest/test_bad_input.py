from __future__ import annotations

import json
from pathlib import Path
from typing import NoReturn

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from floorwatch.floor.events import EVENT_TYPES
from floorwatch.floor.settings import Settings
from floorwatch.ingest.events import EventReader, EventsRecording
from floorwatch.replay import replay
from tests.ingest.bad_input import ACCEPTED, BLANK, REASONS, WAYS, Case, cases, example, to_line

GOOD = to_line(example("contact.offered"))


def outcome(reader: EventReader, line: bytes) -> str:
    """What became of one line: accepted, blank, or the one reason under which it was counted."""
    read, before = reader.counts.read, reader.counts.invalid.copy()
    event = reader.decode(line)
    reasons = reader.counts.invalid - before
    if event is not None:
        assert (reader.counts.read, reasons.total()) == (read + 1, 0)
        assert type(event.time) is int
        return ACCEPTED
    if not reasons:
        assert reader.counts.read == read
        return BLANK
    assert (reader.counts.read, reasons.total()) == (read + 1, 1)
    return next(iter(reasons))


def is_json(line: bytes) -> bool:
    """What the standard library says, in its own words."""

    def no_constant(name: str) -> NoReturn:
        raise ValueError(name)

    try:
        json.loads(line.decode(), parse_constant=no_constant)
    except (ValueError, RecursionError):
        return False
    return True


def test_100_000_bad_lines_are_each_counted_once_under_the_right_reason() -> None:
    """No crash, one outcome a line, the outcome its way of being spoiled allows, and a good line after each is read."""
    reader = EventReader("file")
    outcomes: dict[str, set[str]] = {how: set() for how, _ in WAYS}
    accepted = 0
    for case in cases(100_000, seed=1):
        found = outcome(reader, case.line)
        assert found in case.outcomes, (case.how, found, case.line[:200])
        outcomes[case.how].add(found)
        accepted += found == ACCEPTED
        assert reader.decode(GOOD) is not None
    assert reader.counts.read == accepted + 100_000 + reader.counts.invalid.total()
    assert set(reader.counts.invalid) == REASONS
    assert all(outcomes.values())


def test_malformed_json_is_what_another_parser_calls_malformed() -> None:
    """The standard library agrees on every case, but for lone surrogates, which it lets through."""
    reader = EventReader("file")
    for case in cases(10_000, seed=2):
        found = outcome(reader, case.line)
        if found in (BLANK, "object_too_large") or case.how == "lone_surrogate":
            continue
        assert (found != "malformed_json") == is_json(case.line), (case.how, found, case.line[:200])


def test_a_file_of_bad_lines_closes_its_accounts(tmp_path: Path) -> None:
    """read = delivered + invalid, whatever the line ends, and engine time never steps back."""
    path = tmp_path / "bad.jsonl"
    lines = [line for case in cases(20_000, seed=3) for line in (case.line, GOOD)]
    path.write_bytes(b"\r\n".join(lines))
    recording = EventsRecording(path)
    applied = [applied_at for applied_at, _ in recording.deliveries()]
    assert recording.counts.read == len(applied) + recording.counts.invalid.total()
    assert len(applied) >= 20_000
    assert applied == sorted(applied)


def test_a_whole_replay_of_bad_lines_closes_its_accounts(tmp_path: Path) -> None:
    """What the reader lets through, the engine and the report survive, and every line is still accounted for."""
    path = tmp_path / "bad.jsonl"
    path.write_bytes(b"\n".join(case.line for case in cases(30_000, seed=5)))
    report = replay([path], Settings())
    read = report["input"]
    assert read["read"] == read["applied"] + read["duplicate"] + read["ignored"] + sum(read["invalid"].values())
    assert set(read["invalid"]) == REASONS
    assert report["queues"]["sales"]["offered"] > 0
    for queue in report["queues"].values():
        left = queue["answered"] + queue["abandoned"] + sum(queue["exited"].values())
        assert queue["offered"] == left + queue["waiting_at_end"]


def test_the_cases_are_the_same_every_time() -> None:
    """Seeded: a failure found once is found again."""
    assert list(cases(500, seed=4)) == list(cases(500, seed=4))
    assert [case.line for case in cases(500, seed=4)] != [case.line for case in cases(500, seed=5)]


def test_every_way_meets_every_event_type() -> None:
    """The cases are no monoculture: all types come up in the first thousand."""
    seen: dict[str, set[str]] = {}
    for case in cases(len(WAYS) * len(EVENT_TYPES), seed=6):
        seen.setdefault(case.how, set()).add(type_of(case))
    assert len(seen["around"]) == len(EVENT_TYPES)
    assert seen.keys() == {how for how, _ in WAYS}


def type_of(case: Case) -> str:
    """The event type a case still names."""
    return next((kind for kind in EVENT_TYPES if f'"{kind}"'.encode() in case.line), "")


@given(st.binary(max_size=3_000))
def test_no_bytes_raise(line: bytes) -> None:
    """Any bytes have exactly one outcome."""
    assert outcome(EventReader("file"), line) in REASONS | {ACCEPTED, BLANK}


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda parts: st.lists(parts, max_size=4) | st.dictionaries(st.text(max_size=8), parts, max_size=4),
    max_leaves=12,
)
attribute_names = st.sampled_from(
    sorted({name for kind in EVENT_TYPES for name in example(kind)} | {"seq", "received"})
)


@settings(max_examples=400)
@given(st.sampled_from(sorted(EVENT_TYPES)), st.dictionaries(attribute_names, json_values, max_size=6))
def test_no_json_value_in_any_attribute_raises(kind: str, changes: dict[str, object]) -> None:
    """Whatever stands where, there is one outcome, and what is accepted can be written as UTF-8 again."""
    line = json.dumps({**example(kind), **changes}).encode()
    reader = EventReader("file")
    found = outcome(reader, line)
    if found == ACCEPTED:
        msgspec.json.encode(reader.decode(line)).decode()
