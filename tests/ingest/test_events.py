from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from floorwatch.floor.events import EVENT_TYPES, ContactOffered, FloorReported, ScheduleLoaded, SourceGap
from floorwatch.ingest.events import AHEAD_MS_MAX, EARLIEST_MS, LATEST_MS, OBJECT_BYTES_MAX, EventReader
from tests.ingest.bad_input import SPECIFIC, example, to_line

NOON_MS = 1_772_539_200_000
NOON = "2026-03-03T12:00:00Z"


def test_the_instants_of_these_tests_are_what_they_say() -> None:
    """The constants agree with the calendar."""
    epoch = datetime(1970, 1, 1, tzinfo=UTC)
    assert epoch + timedelta(milliseconds=NOON_MS) == datetime.fromisoformat(NOON)
    assert epoch + timedelta(milliseconds=EARLIEST_MS) == datetime(2000, 1, 1, tzinfo=UTC)
    assert epoch + timedelta(milliseconds=LATEST_MS) == datetime(9999, 1, 1, tzinfo=UTC)


def offered(**changes: object) -> bytes:
    """A line in which a contact is offered at noon."""
    return to_line({**example("contact.offered"), "time": NOON, **changes})


def refused(line: bytes, clock_ms: int | None = None) -> str:
    """The one reason for which a fresh reader refuses this line."""
    reader = EventReader("file")
    assert reader.decode(line, clock_ms) is None
    ((reason, times),) = reader.counts.invalid.items()
    assert (times, reader.counts.read) == (1, 1)
    return reason


@pytest.mark.parametrize("kind", EVENT_TYPES)
def test_every_type_of_the_contract_is_read_into_its_class(kind: str) -> None:
    """The example of each type decodes to that type, every attribute kept."""
    reader = EventReader("file")
    event = reader.decode(to_line(example(kind)))
    assert type(event) is EVENT_TYPES[kind]
    for name, value in SPECIFIC[kind].items():
        if isinstance(value, str) and name != "since":
            assert getattr(event, name) == value
    assert (reader.counts.read, reader.counts.unknown_attributes, reader.counts.invalid) == (1, 0, {})


def test_the_examples_cover_the_whole_contract() -> None:
    """No event type is without an example, and none is made up."""
    assert SPECIFIC.keys() == EVENT_TYPES.keys()


@pytest.mark.parametrize(
    ("written", "ms"),
    [
        (NOON, NOON_MS),
        ("2026-03-03T12:00:00.001Z", NOON_MS + 1),
        ("2026-03-03T12:00:00.001999Z", NOON_MS + 1),
        ("2026-03-03T12:00:00.001999499Z", NOON_MS + 1),
        ("2026-03-03T11:59:59.999999Z", NOON_MS - 1),
        ("2026-03-03T20:00:00+08:00", NOON_MS),
        ("2026-03-03t12:00:00z", NOON_MS),
        ("2026-03-03T06:30:00.25-05:30", NOON_MS + 250),
        (NOON_MS, NOON_MS),
        (EARLIEST_MS, EARLIEST_MS),
        ("2000-01-01T00:00:00Z", EARLIEST_MS),
        ("9998-12-31T23:59:59.999Z", LATEST_MS - 1),
    ],
)
def test_times_become_integer_milliseconds_rounded_down(written: object, ms: int) -> None:
    """Every spelling of an instant is the same integer."""
    event = EventReader("file").decode(offered(time=written))
    assert event is not None
    assert type(event.time) is int
    assert event.time == ms


def test_received_becomes_integer_milliseconds() -> None:
    """The recorder's stamp is treated like the event's own."""
    event = EventReader("file").decode(offered(received="2026-03-03T12:00:07.5+00:00"))
    assert event is not None
    assert event.received == NOON_MS + 7_500


def test_times_inside_rare_events_become_integers_too() -> None:
    """A gap's start, what a resynchronisation reports, a schedule's hours; what is absent stays unknown."""
    reader = EventReader("file")
    gap = reader.decode(to_line(example("source.gap", since="2026-03-03T07:00:00Z")))
    assert isinstance(gap, SourceGap)
    assert gap.since == NOON_MS - 5 * 3_600_000
    report = reader.decode(to_line(example("floor.reported")))
    assert isinstance(report, FloorReported)
    since_ms = NOON_MS - 4 * 3_600_000 - 60_000
    assert (report.waiting[0].since, report.talking[0].since, report.members[0].since) == (since_ms,) * 3
    assert report.states[0].since is None
    schedule = reader.decode(to_line(example("schedule.loaded")))
    assert isinstance(schedule, ScheduleLoaded)
    assert (schedule.activities[0].start, schedule.activities[0].end) == (NOON_MS - 5 * 3_600_000, 1_772_550_000_000)


def test_the_source_is_filled_in_only_where_absent() -> None:
    """The feed's own name is the default, also where the line says null."""
    reader = EventReader("hotline")
    unnamed = example("contact.offered")
    del unnamed["source"]
    sources = [
        reader.decode(to_line(line)) for line in (unnamed, {**unnamed, "source": None}, {**unnamed, "source": ""})
    ]
    assert [event.source for event in sources if event] == ["hotline", "hotline", ""]


def test_unknown_attributes_are_ignored_and_counted() -> None:
    """CloudEvents' own attributes, for one: the event is the same without them."""
    reader = EventReader("file")
    plain = reader.decode(offered())
    cloud = reader.decode(offered(specversion="1.0", datacontenttype="application/json", extra={"deep": [1]}))
    assert cloud == plain
    assert type(cloud) is ContactOffered
    assert reader.counts.unknown_attributes == 3
    assert reader.counts.invalid == {}


def test_blank_lines_are_skipped_and_not_read() -> None:
    """Nothing was said, nothing is counted."""
    reader = EventReader("file")
    assert [reader.decode(line) for line in (b"", b"\r", b"  \t\r\n", b" " * 5000)] == [None] * 4
    assert (reader.counts.read, reader.counts.invalid) == (0, {})


def test_a_line_may_carry_its_line_end() -> None:
    """A follower that splits keeping ends reads the same."""
    reader = EventReader("file")
    assert reader.decode(offered() + b"\r\n") == reader.decode(offered() + b"\n") == reader.decode(offered())


def test_a_good_line_after_garbage_is_read() -> None:
    """One line's fault is its own."""
    reader = EventReader("file")
    for garbage in (b"\xff" * 50, b'{"type":', b"[" * 5000, offered()[:-1], b"\x00"):
        assert reader.decode(garbage) is None
        assert reader.decode(offered()) is not None
    assert (reader.counts.read, reader.counts.invalid) == (10, {"malformed_json": 5})


@pytest.mark.parametrize(
    ("reason", "line"),
    [
        ("malformed_json", offered()[:-1]),
        ("malformed_json", offered() + offered()),
        ("malformed_json", b'"full"}'),
        ("malformed_json", offered(priority=float("nan"))),
        ("malformed_json", offered().replace(b"sales", b"s\xe4les")),
        ("malformed_json", offered().replace(b"sales", rb"\udc00")),
        ("malformed_json", b"\xef\xbb\xbf" + offered()),
        ("malformed_json", b"{" + b'"a":[' * 9000),
        ("not_an_object", b"[" + offered() + b"]"),
        ("not_an_object", b"null"),
        ("not_an_object", b"1e999"),
        ("missing_attribute", b"{}"),
        ("missing_attribute", b'{"type":"contact.offered","time":0}'),
        ("missing_attribute", to_line(example("source.gap")).replace(b"since", b"SINCE")),
        ("mistyped_attribute", offered(type=17)),
        ("mistyped_attribute", offered(queue=17)),
        ("mistyped_attribute", offered(queue="")),
        ("mistyped_attribute", offered(time="2026-03-03T12:00:00")),
        ("mistyped_attribute", offered(time="2026-03-03T24:00:00Z")),
        ("mistyped_attribute", offered(time="2026-03-03T23:59:60Z")),
        ("mistyped_attribute", offered(received="soon")),
        ("mistyped_attribute", to_line(example("source.gap", since="2026-03-03"))),
        ("mistyped_attribute", to_line(example("agent.state", state="asleep"))),
        ("mistyped_attribute", to_line(example("floor.reported", waiting=[{"contact": "c", "queue": 1}]))),
        ("missing_attribute", to_line(example("floor.reported", waiting=[{"contact": "c"}]))),
        ("unknown_type", offered(type="contact.vanished")),
        ("internal_type", offered(type="operator.acknowledged")),
        ("internal_type", offered(type="rules.loaded")),
        ("internal_type", offered(type="delivery.failed")),
        ("internal_type", offered(type="source.clock")),
        ("internal_type", offered(type="source.described")),
        ("internal_type", b'{"type":"contact.offered","type":"operator.silenced"}'),
        ("text_too_long", offered(queue="x" * 1025)),
        ("text_too_long", offered(caller="é" * 513)),
        ("text_too_long", to_line(example("floor.reported", states=[{"agent": "界" * 342, "state": "paused"}]))),
        ("object_too_large", offered(note="x" * OBJECT_BYTES_MAX)),
        ("impossible_time", offered(time=EARLIEST_MS - 1)),
        ("impossible_time", offered(time="1999-12-31T23:59:59.999Z")),
        ("impossible_time", offered(time="0001-01-01T00:00:00+23:00")),
        ("impossible_time", offered(time=LATEST_MS + 1)),
        ("impossible_time", offered(time="9999-12-31T23:59:59Z")),
        ("impossible_time", offered(time=10**200)),
        ("impossible_time", offered().replace(b'"2026-03-03T12:00:00Z"', b"9" * 800)),
        ("impossible_time", offered(received=10**18)),
        ("impossible_time", offered(received=0)),
        ("impossible_time", to_line(example("source.gap", since=0))),
        ("impossible_time", to_line(example("source.gap", time=NOON, since="2026-03-03T12:05:00.001Z"))),
        ("impossible_time", to_line(example("floor.reported", waiting=[{"contact": "c", "queue": "q", "since": 1}]))),
        ("impossible_time", to_line(example("schedule.loaded")).replace(b"1772550000000", b"1772550000")),
    ],
)
def test_bad_input_is_refused_for_its_reason(reason: str, line: bytes) -> None:
    """Each rule of the contract's bad-input list, by the name under which it is counted."""
    assert refused(line) == reason


@pytest.mark.parametrize("text", ["x" * 1024, "é" * 512, "界" * 341, "\x00", "\u202e", "a\x1b[31m"])
def test_a_text_of_a_kibibyte_of_any_characters_is_accepted(text: str) -> None:
    """The limit is in bytes of UTF-8; what characters mean to a screen is for the outputs to escape."""
    event = EventReader("file").decode(offered(queue=text))
    assert isinstance(event, ContactOffered)
    assert event.queue == text


def test_an_object_of_64_kibibytes_is_accepted() -> None:
    """The limit counts the object, not the line end."""
    room = OBJECT_BYTES_MAX - len(offered(note=""))
    assert EventReader("file").decode(offered(note="x" * room) + b"\r\n") is not None
    assert refused(offered(note="x" * (room + 1))) == "object_too_large"


def test_a_time_may_lie_five_minutes_after_its_receipt() -> None:
    """Up to and including the limit: clocks differ a little."""
    received_ms = NOON_MS - AHEAD_MS_MAX
    assert EventReader("file").decode(offered(received=received_ms)) is not None
    assert refused(offered(received=received_ms - 1)) == "impossible_time"


def test_live_the_clock_is_ours_and_not_what_the_line_claims() -> None:
    """A feed cannot talk its way past the limit with a `received` of its own."""
    reader = EventReader("mqtt")
    event = reader.decode(offered(received=NOON_MS + 10**9), NOON_MS - AHEAD_MS_MAX)
    assert event is not None
    assert event.received is None
    assert refused(offered(received=NOON_MS), NOON_MS - AHEAD_MS_MAX - 1) == "impossible_time"


def test_rejected_lines_are_handed_on_with_their_reason() -> None:
    """Once each, as they came; accepted and blank lines are not."""
    told: list[tuple[str, bytes]] = []
    reader = EventReader("file", lambda reason, line: told.append((reason, line)))
    for line in (offered(), b"{", b"", offered(time=0)):
        reader.decode(line)
    assert told == [("malformed_json", b"{"), ("impossible_time", offered(time=0))]


def test_events_written_by_us_are_read_back() -> None:
    """What the reader made of a line, encoded again, is the same event."""
    for kind in EVENT_TYPES:
        event = EventReader("file").decode(to_line(example(kind)))
        assert EventReader("other").decode(msgspec.json.encode(event)) == event
        assert json.loads(msgspec.json.encode(event))["type"] == kind
