from __future__ import annotations

import gzip
from collections.abc import Callable
from pathlib import Path

import pytest

from floorwatch.floor.events import ContactOffered
from floorwatch.ingest.events import EventsRecording, to_ms
from tests.ingest.bad_input import Attributes, example, to_line

SHARED_DAYS = Path(__file__).parents[2] / "../shared/days"
START_MS = 1_772_524_800_000

Write = Callable[..., EventsRecording]


@pytest.fixture
def recording_of(tmp_path: Path) -> Write:
    """Makes a recording of events, or of bytes as they are."""

    def write(*lines: Attributes | bytes, line_end: bytes = b"\n") -> EventsRecording:
        path = tmp_path / "events.jsonl"
        path.write_bytes(line_end.join(line if isinstance(line, bytes) else to_line(line) for line in lines))
        return EventsRecording(path)

    return write


def at(minutes: float, source: str = "a", **changes: object) -> Attributes:
    """A contact offered this long after the start; without an id."""
    event = {**example("contact.offered"), "time": START_MS + int(minutes * 60_000), "source": source, **changes}
    del event["id"]
    return event


def minutes_of(recording: EventsRecording) -> list[tuple[float, float]]:
    """Of each delivery, engine time and the event's own, in minutes after the start."""
    deliveries = [
        ((applied_at - START_MS) / 60_000, (to_ms(event.time) - START_MS) / 60_000)
        for applied_at, event in recording.deliveries()
    ]
    assert recording.counts.read == len(deliveries) + recording.counts.invalid.total()
    return deliveries


def test_without_received_engine_time_is_the_running_maximum_of_time(recording_of: Write) -> None:
    """A late event is applied when the latest one was."""
    assert minutes_of(recording_of(at(0), at(2), at(1), at(3))) == [(0, 0), (2, 2), (2, 1), (3, 3)]


def test_with_received_engine_time_is_its_running_maximum(recording_of: Write) -> None:
    """Late and shuffled delivery is reproduced as it was."""
    lines = [at(time, received=START_MS + got * 60_000) for time, got in ((0, 1), (5, 6), (2, 4), (7, 7))]
    assert minutes_of(recording_of(*lines)) == [(1, 0), (6, 5), (6, 2), (7, 7)]


@pytest.mark.parametrize("line_end", [b"\n", b"\r\n", b"\n\n", b"\r\n \r\n"])
def test_line_ends_and_blank_lines_do_not_matter(recording_of: Write, line_end: bytes) -> None:
    """Unix or DOS, with or without blank lines, last line with or without an end."""
    assert len(minutes_of(recording_of(at(0), at(1), at(2), line_end=line_end))) == 3
    recording = recording_of(at(0), at(1), b"", line_end=line_end)
    assert len(minutes_of(recording)) == 2
    assert recording.counts.read == 2


def test_a_byte_order_mark_does_not_cost_the_first_event(recording_of: Write) -> None:
    """As Windows editors save it."""
    assert len(minutes_of(recording_of(b"\xef\xbb\xbf" + to_line(at(0)), at(1)))) == 2


def test_an_absent_source_is_called_file_or_what_the_caller_says(tmp_path: Path) -> None:
    """The name under which its state is kept."""
    path = tmp_path / "events.jsonl"
    event = at(0)
    del event["source"]
    path.write_bytes(to_line(event))
    assert [event.source for _, event in EventsRecording(path).deliveries()] == ["file"]
    assert [event.source for _, event in EventsRecording(path, "pbx").deliveries()] == ["pbx"]


def test_one_event_leaping_ahead_is_set_aside(recording_of: Write) -> None:
    """The next one of its source does not confirm it, so engine time stays where it was."""
    recording = recording_of(at(0), at(1), at(500_000), at(2), at(3))
    assert minutes_of(recording) == [(0, 0), (1, 1), (2, 2), (3, 3)]
    assert recording.counts.invalid == {"impossible_time": 1}


def test_a_leap_that_the_next_event_confirms_is_taken(recording_of: Write) -> None:
    """The floor was closed overnight: nothing is lost, nothing is late."""
    recording = recording_of(at(0), at(600), at(599.9), at(601))
    assert minutes_of(recording) == [(0, 0), (600, 600), (600, 599.9), (601, 601)]
    assert recording.counts.invalid == {}


def test_a_step_of_exactly_an_hour_is_no_leap(recording_of: Write) -> None:
    """More than an hour is."""
    assert len(minutes_of(recording_of(at(0), at(60)))) == 2
    assert len(minutes_of(recording_of(at(0), at(60.001)))) == 1


def test_a_wrong_year_just_before_a_pause_does_not_hide_in_it(recording_of: Write) -> None:
    """The next event leaps too, but not that far; it is confirmed by the one after it."""
    recording = recording_of(at(0), at(500_000), at(600), at(601))
    assert minutes_of(recording) == [(0, 0), (600, 600), (601, 601)]
    assert recording.counts.invalid == {"impossible_time": 1}


def test_a_leap_is_confirmed_by_its_own_source_only(recording_of: Write) -> None:
    """Another source goes on meanwhile, undisturbed."""
    recording = recording_of(at(0, "a"), at(0, "b"), at(90, "a"), at(1, "b"), at(2, "b"), at(91, "a"))
    assert minutes_of(recording) == [(0, 0), (0, 0), (1, 1), (2, 2), (90, 90), (91, 91)]


def test_the_repeat_of_a_leaping_event_does_not_confirm_it(recording_of: Write) -> None:
    """The same fact delivered twice is one witness; both copies share its fate."""
    wrong = {**at(500_000), "id": "e7"}
    recording = recording_of(at(0), wrong, wrong, at(1))
    assert minutes_of(recording) == [(0, 0), (1, 1)]
    assert recording.counts.invalid == {"impossible_time": 2}
    right = {**at(500), "id": "e7"}
    assert len(minutes_of(recording_of(at(0), right, right, at(501)))) == 4


def test_rejected_lines_do_not_confirm_a_leap(recording_of: Write) -> None:
    """Only an event of the source does."""
    recording = recording_of(at(0), at(500), b"garbage", {**at(501), "queue": 7}, at(1))
    assert minutes_of(recording) == [(0, 0), (1, 1)]
    assert recording.counts.invalid == {"impossible_time": 1, "malformed_json": 1, "mistyped_attribute": 1}


def test_a_first_event_far_ahead_of_the_second_is_set_aside(recording_of: Write) -> None:
    """It would hold engine time in a far future for the whole replay."""
    recording = recording_of(at(500_000), at(0), at(1))
    assert minutes_of(recording) == [(0, 0), (1, 1)]
    assert recording.counts.invalid == {"impossible_time": 1}


def test_an_event_of_ages_ago_is_set_aside(recording_of: Write) -> None:
    """One digit of a year would stretch the report over all the years between; three weeks late is only late."""
    day = 24 * 60
    recording = recording_of(at(0), at(1), at(-7_300 * day), at(-21 * day), at(2))
    assert minutes_of(recording) == [(0, 0), (1, 1), (1, -21 * day), (2, 2)]
    assert recording.counts.invalid == {"impossible_time": 1}
    first = recording_of(at(-7_300 * day), at(0), at(1))
    assert minutes_of(first) == [(0, 0), (1, 1)]
    received = recording_of(at(0, received=START_MS), at(-7_300 * day, received=START_MS + 1), at(1))
    assert minutes_of(received) == [(0, 0), (1, 1)]


def test_an_older_log_in_the_same_file_is_taken(recording_of: Write) -> None:
    """Months joined in the wrong order: late, all of it, but there; and the way back is no loss either."""
    march, january = 60 * 24 * 60, 0
    times = [march, march + 1, january, january + 1, january + 2, march + 2, march + 3]
    assert [time for _, time in minutes_of(recording_of(*map(at, times)))] == times


def test_a_wrong_year_that_was_believed_does_not_cost_what_follows(recording_of: Write) -> None:
    """Two wrong lines in a row confirm each other; the right ones after them are not taken for relics."""
    recording = recording_of(at(0), at(1), at(9_000_000), at(9_000_000), at(2), at(3), at(4))
    assert [time for _, time in minutes_of(recording)] == [0, 1, 9_000_000, 9_000_000, 2, 3, 4]


def test_a_first_event_of_another_source_says_nothing_about_the_second(recording_of: Write) -> None:
    """Two switches' clocks may differ; one event alone is taken."""
    assert len(minutes_of(recording_of(at(500_000, "b"), at(0, "a"), at(1, "a")))) == 3
    assert len(minutes_of(recording_of(at(7)))) == 1


def test_a_new_source_may_not_leap_ahead_of_all_others(recording_of: Write) -> None:
    """A line whose name is garbled as well as its year; an honest newcomer of the next morning is taken."""
    day = 24 * 60
    recording = recording_of(at(0), at(1), at(20 * 365 * day, "garbled"), at(2), at(1 + day, "night"), at(3))
    assert minutes_of(recording) == [(0, 0), (1, 1), (2, 2), (1 + day, 1 + day), (1 + day, 3)]
    assert recording.counts.invalid == {"impossible_time": 1}


def test_a_wrong_year_in_received_does_not_move_engine_time(recording_of: Write) -> None:
    """Its time contradicts it and no later line confirms it."""

    def got(minutes: float, received: float) -> Attributes:
        return at(minutes, received=START_MS + int(received * 60_000))

    recording = recording_of(got(0, 0), got(1, 500_000), got(2, 2))
    assert minutes_of(recording) == [(0, 0), (2, 2)]
    assert recording.counts.invalid == {"impossible_time": 1}
    overnight = recording_of(got(0, 0), got(600, 600))
    assert minutes_of(overnight) == [(0, 0), (600, 600)]
    both_wrong = recording_of(got(0, 0), got(500_000, 500_000), got(2, 2))
    assert minutes_of(both_wrong) == [(0, 0), (2, 2)]
    kept_back = recording_of(got(0, 0), got(1, 300), got(2, 300), got(299, 300.1))
    assert minutes_of(kept_back) == [(0, 0), (300, 1), (300, 2), (300.1, 299)]


def test_what_is_set_aside_is_handed_on_as_a_line(tmp_path: Path) -> None:
    """The dead-letter file shows it like any other bad line."""
    told: list[tuple[str, bytes]] = []
    path = tmp_path / "events.jsonl"
    path.write_bytes(b"\n".join(map(to_line, (at(0), at(500), at(1)))))
    list(EventsRecording(path, on_reject=lambda reason, line: told.append((reason, line))).deliveries())
    ((reason, line),) = told
    assert reason == "impossible_time"
    assert str(START_MS + 500 * 60_000).encode() in line


def test_a_cut_gzip_file_gives_what_can_be_read_and_says_so(tmp_path: Path) -> None:
    """A recorder was killed: the events before the cut count, the cut is counted."""
    path = tmp_path / "events.jsonl.gz"
    content = b"\n".join(to_line({**at(n / 60), "id": f"e{n * 7919}"}) for n in range(2_000))
    path.write_bytes(gzip.compress(content)[:-3_000])
    recording = EventsRecording(path)
    deliveries = list(recording.deliveries())
    assert 500 < len(deliveries) < 2_000
    assert recording.counts.invalid["truncated_file"] == 1
    assert recording.counts.invalid["malformed_json"] <= 1
    assert recording.counts.read == len(deliveries) + recording.counts.invalid.total()


def test_a_line_without_end_is_one_rejected_line(tmp_path: Path) -> None:
    """Ten megabytes of no line end, and the next line is read."""
    path = tmp_path / "events.jsonl"
    path.write_bytes(to_line(at(0)) + b"\n" + b'{"a":' * 2_000_000 + b"\n" + to_line(at(1)))
    recording = EventsRecording(path)
    assert len(minutes_of(recording)) == 2
    assert recording.counts.invalid == {"object_too_large": 1}


def test_a_binary_file_is_survived(tmp_path: Path) -> None:
    """Every byte value, no event, every line accounted for."""
    path = tmp_path / "events.jsonl"
    path.write_bytes(bytes(range(256)) * 500)
    recording = EventsRecording(path)
    assert minutes_of(recording) == []
    assert recording.counts.invalid == {"malformed_json": 501}


@pytest.mark.parametrize("day", ["small", "medium", "incidents"])
@pytest.mark.parametrize("name", ["events", "events_messy"])
def test_the_reference_days_are_read_without_loss(day: str, name: str) -> None:
    """Every line is an event, in the order of the file, its times the ones written."""
    path = SHARED_DAYS / day / f"{name}.jsonl.gz"
    if not path.exists():
        pytest.skip("the reference days are not here (../shared/days)")
    recording = EventsRecording(path)
    events = [event for _, event in recording.deliveries()]
    ids = [line.split(b'"', 4)[3].decode() for line in gzip.decompress(path.read_bytes()).splitlines()]
    assert [event.id for event in events] == ids
    assert (recording.counts.read, recording.counts.invalid, recording.counts.unknown_attributes) == (len(ids), {}, 0)
    assert any(isinstance(event, ContactOffered) for event in events)
