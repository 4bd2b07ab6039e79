from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from floorwatch.ingest.dead_letter import MASK, TEXT_BYTES_MAX, DeadLetters, RateLimit, without_numbers
from floorwatch.ingest.events import EventReader
from tests.ingest.bad_input import cases, example, to_line

NOON_MS = 1_772_539_200_250


def letters(path: Path) -> list[dict[str, str]]:
    """What the file holds."""
    return [json.loads(line) for line in path.read_bytes().splitlines()]


def test_a_letter_says_reason_when_and_text(tmp_path: Path) -> None:
    """One JSON object a line, to be read by people and by jq."""
    path = tmp_path / "dead.jsonl"
    dead = DeadLetters(path)
    dead.put("malformed_json", NOON_MS, b'{"type":')
    dead.put("not_an_object", NOON_MS + 1_000, b"\xff[]")
    dead.close()
    assert letters(path) == [
        {"reason": "malformed_json", "when": "2026-03-03T12:00:00.250Z", "text": '{"type":'},
        {"reason": "not_an_object", "when": "2026-03-03T12:00:01.250Z", "text": "\ufffd[]"},
    ]
    assert (dead.kept, dead.dropped) == (2, 0)


def test_the_file_never_grows_past_its_limit(tmp_path: Path) -> None:
    """The first letters are kept, the rest counted, also by the next process that opens it."""
    path = tmp_path / "dead.jsonl"
    for _ in range(3):
        dead = DeadLetters(path, limit_bytes=1_000)
        for _ in range(20):
            dead.put("malformed_json", NOON_MS, b"x" * 100)
        assert dead.kept + dead.dropped == 20
        dead.put("malformed_json", NOON_MS, b"")
        assert dead.dropped > 0
        dead.close()
        assert path.stat().st_size <= 1_000
    assert len(letters(path)) >= 4


def test_without_a_file_letters_are_counted_only(tmp_path: Path) -> None:
    """Also after closing."""
    dead = DeadLetters(None)
    dead.put("malformed_json", NOON_MS, b"x")
    assert (dead.kept, dead.dropped) == (0, 1)
    closed = DeadLetters(tmp_path / "dead.jsonl")
    closed.close()
    closed.put("malformed_json", NOON_MS, b"x")
    assert (closed.kept, closed.dropped) == (0, 1)


def test_a_full_disk_stops_the_letters_not_the_feed() -> None:
    """The kernel's own full disk refuses the write; the letter is counted as dropped."""
    if not Path("/dev/full").exists():
        pytest.skip("this system has no /dev/full to stand for a full disk")
    dead = DeadLetters(Path("/dev/full"))
    dead.put("malformed_json", NOON_MS, b"x")
    dead.put("malformed_json", NOON_MS, b"x")
    dead.close()
    assert (dead.kept, dead.dropped) == (0, 2)


def test_only_its_owner_may_read_the_file(tmp_path: Path) -> None:
    """It holds what somebody sent, whatever that was."""
    path = tmp_path / "dead.jsonl"
    DeadLetters(path).close()
    assert path.stat().st_mode & 0o077 == 0


def test_a_letter_is_cut(tmp_path: Path) -> None:
    """A megabyte of garbage is two kilobytes of letter."""
    path = tmp_path / "dead.jsonl"
    dead = DeadLetters(path)
    dead.put("object_too_large", NOON_MS, b"x" * 1_000_000)
    dead.close()
    assert [len(letter["text"]) for letter in letters(path)] == [TEXT_BYTES_MAX]


def test_in_json_the_caller_goes_and_the_ids_stay() -> None:
    """Whatever is called caller, at any depth and of any type; the contract's own attributes keep their digits."""
    event = {
        "type": "contact.vanished",
        "id": "1772539200.12345",
        "contact": "17725392001",
        "time": 1772539200000,
        "caller": "+1 212 555 0123",
        "CallerIDNum": 2125550123,
        "caller_name": "Ann",
        "penalty": 1,
        "extra": {"caller": ["2125550123"], "ani": "212-555-0123", "n": 7, "ok": True, "at": "2026-03-03T12:00:00Z"},
        "2125550123": None,
    }
    assert json.loads(without_numbers(to_line(event))) == {
        **{name: event[name] for name in ("type", "id", "contact", "time", "penalty")},
        "caller": MASK,
        "CallerIDNum": MASK,
        "caller_name": MASK,
        "extra": {"caller": MASK, "ani": MASK, "n": 7, "ok": True, "at": "2026-03-03T12:00:00Z"},
        MASK: None,
    }


@pytest.mark.parametrize(
    "number",
    [
        "2125550123",
        "+12125550123",
        "+44 20 7946 0000",
        "(020) 7946-0000",
        "212.555.0123",
        "555 01 23",
        "１２３４５６７",
    ],
)
def test_in_other_text_runs_of_digits_go(number: str) -> None:
    """However people write them; instants and short numbers stay, for they help to find the fault."""
    text = f'{{"caller":"{number}" from {number}, at 2026-03-03T12:00:00.250+01:00 queue 4711'
    masked = without_numbers(text.encode())
    assert re.sub(r"\D", "", number) not in re.sub(r"\D", "", masked.replace("2026-03-03T12:00:00.250+01:00", ""))
    assert "2026-03-03T12:00:00.250+01:00 queue 4711" in masked
    assert masked.count(MASK) == 2


def test_a_number_cut_off_by_the_limit_is_masked_too() -> None:
    """Cutting first and masking then leaves no half of a number."""
    line = to_line({"caller": "2125550123", "x": "y" * 3_000})
    assert "21255" not in without_numbers(line)


@given(st.text(max_size=50), st.text(max_size=50), st.from_regex(r"\+?[0-9]{5,15}", fullmatch=True))
def test_no_callers_number_is_ever_written(before: str, after: str, number: str) -> None:
    """In an event of any form, or in a cut one, the digits of the caller do not come through."""
    digits = number.lstrip("+")
    for line in (
        to_line({**example("contact.offered"), "type": "unheard", "note": before + after, "caller": number}),
        to_line({"caller": number, "note": before})[:-1],
        f"{before}\n{number}\n{after}".encode(),
    ):
        assert digits not in without_numbers(line)


def test_every_bad_case_makes_a_readable_letter(tmp_path: Path) -> None:
    """Whatever the reader rejects can be kept as one line of valid UTF-8 JSON."""
    path = tmp_path / "dead.jsonl"
    dead = DeadLetters(path)
    reader = EventReader("file", lambda reason, line: dead.put(reason, NOON_MS, line))
    for case in cases(3_000, seed=7):
        reader.decode(case.line)
    dead.close()
    assert len(letters(path)) == dead.kept == reader.counts.invalid.total()
    assert dead.dropped == 0


def test_a_rate_limit_lets_one_a_second_through_for_each_reason() -> None:
    """And the next one says how many it stands for."""
    limit = RateLimit()
    assert [limit.let_through("a", now_ms) for now_ms in (0, 1, 999, 1_000, 1_500, 2_600, 9_000)] == [
        1,
        0,
        0,
        3,
        0,
        2,
        1,
    ]
    assert limit.let_through("b", 1) == 1


def test_a_clock_that_steps_back_does_not_silence_the_log() -> None:
    """It would for as long as the step was wide."""
    limit = RateLimit()
    assert [limit.let_through("a", now_ms) for now_ms in (10_000, 2_000, 2_500)] == [1, 1, 0]
