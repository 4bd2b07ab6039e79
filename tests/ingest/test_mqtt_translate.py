"""What the payload of a message becomes."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from floorwatch.floor.events import ContactOffered
from floorwatch.ingest.mqtt.translate import MESSAGE_BYTES_MAX, MessageReader

NOW_MS = 1_760_000_000_000


def offered(number: int, **more: object) -> bytes:
    event = {"type": "contact.offered", "time": NOW_MS, "id": f"e{number}", "contact": f"c{number}", "queue": "support"}
    return json.dumps(event | more).encode()


def of_pbx(source: str) -> str:
    """As at the topic of `pbx`."""
    return "" if source == "pbx" else "foreign_source"


class Reading:
    """A reader at the topic of `pbx`, and what it rejected."""

    def __init__(self) -> None:
        self.rejected: list[tuple[str, bytes]] = []
        self.reader = MessageReader("bus", lambda reason, line: self.rejected.append((reason, line)))

    def ids(self, payload: bytes) -> list[str | None]:
        return [event.id for event in self.reader.events(payload, NOW_MS, of_pbx)]


def test_one_object_is_one_event_of_the_feed() -> None:
    """Its source is the feed's name unless it gives one itself."""
    reading = Reading()
    (event,) = reading.reader.events(offered(1), NOW_MS, of_pbx)
    assert event == ContactOffered(time=NOW_MS, id="e1", source="bus", contact="c1", queue="support")
    (event,) = reading.reader.events(offered(2, source="pbx"), NOW_MS, of_pbx)
    assert event.source == "pbx"
    assert reading.reader.counts.read == 2


def test_an_array_is_its_events_in_order() -> None:
    """Space around and between them means nothing."""
    reading = Reading()
    payload = b" \n[ " + b" ,\n ".join(offered(n) for n in range(5)) + b" ]\n"
    assert reading.ids(payload) == ["e0", "e1", "e2", "e3", "e4"]
    assert reading.ids(b" " + offered(5)) == ["e5"]


def test_a_cloudevent_is_an_event() -> None:
    """CloudEvents 1.0 in structured JSON: its own attributes are counted as unknown, nothing else happens."""
    reading = Reading()
    event = offered(1, specversion="1.0", datacontenttype="application/json", source="pbx")
    assert reading.ids(event) == ["e1"]
    assert reading.ids(b"[" + event.replace(b"e1", b"e2") + b"]") == ["e2"]
    assert (reading.rejected, reading.reader.counts.unknown_attributes) == ([], 4)


@pytest.mark.parametrize(
    ("payload", "reason"),
    [
        (b"{", "malformed_json"),
        (b"[{]", "malformed_json"),
        (b"\xff\xfe", "malformed_json"),
        (b'["\xff"', "malformed_json"),
        (b"[" * 500_000 + b"]" * 500_000, "malformed_json"),
        (b"7", "not_an_object"),
        (b'"online"', "not_an_object"),
        (b'{"type":"contact.offered"}', "missing_attribute"),
        (b'{"type":"contact.shouted","time":1}', "unknown_type"),
        (b'{"type":"operator.excused","time":1}', "internal_type"),
        (offered(1, time=NOW_MS + 3_600_000), "impossible_time"),
        (offered(1).replace(b'"id": "e1", ', b""), "missing_id"),
        (offered(1, id=""), "missing_id"),
        (offered(1, source="crm"), "foreign_source"),
        (b"[" + b" " * MESSAGE_BYTES_MAX + b"]", "message_too_large"),
        (b" " + b" " * MESSAGE_BYTES_MAX, "message_too_large"),
        (offered(1, caller="x" * 70_000), "object_too_large"),
    ],
)
def test_what_is_no_event_is_counted_by_reason_and_kept_as_it_came(payload: bytes, reason: str) -> None:
    """Nothing is lost without a word: the very bytes go to the dead letters."""
    reading = Reading()
    assert reading.ids(payload) == []
    assert reading.rejected == [(reason, payload)]
    assert (reading.reader.counts.read, reading.reader.counts.invalid) == (1, {reason: 1})


def test_one_bad_event_does_not_spoil_an_array() -> None:
    """The others count; the bad one is rejected in the bytes it came in."""
    reading = Reading()
    bad = b'{ "type" : "contact.offered", "id":"e9" , "caller" : "\\u00e9" }'
    assert reading.ids(b"[" + offered(1) + b", " + bad + b" ,[1],null," + offered(2) + b"]") == ["e1", "e2"]
    assert reading.rejected == [("missing_attribute", bad), ("not_an_object", b"[1]"), ("not_an_object", b"null")]
    assert reading.reader.counts.read == 5


@pytest.mark.parametrize("payload", [b"", b" \n", b"[]", b" [ ] "])
def test_a_message_that_holds_nothing_is_ignored_and_counted(payload: bytes) -> None:
    """It is no mistake: a retained message is deleted that way."""
    reading = Reading()
    assert reading.ids(payload) == []
    assert (reading.reader.counts.read, reading.reader.counts.ignored, reading.rejected) == (1, 1, [])


@given(st.binary(max_size=200) | st.recursive(st.none() | st.text() | st.integers(), st.lists).map(json.dumps))
def test_no_payload_can_harm(payload: bytes | str) -> None:
    """Whatever comes, it is counted, and every count is accounted for."""
    reading = Reading()
    found = reading.ids(payload.encode("utf-8", "surrogatepass") if isinstance(payload, str) else payload)
    counts = reading.reader.counts
    assert counts.read == len(found) + counts.ignored + sum(counts.invalid.values())
    assert len(reading.rejected) == sum(counts.invalid.values())
