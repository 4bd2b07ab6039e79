"""The event socket's framing: any cut gives the same messages, and nothing the switch may send stops the reader."""

from __future__ import annotations

import json
from itertools import pairwise

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from floorwatch.ingest.freeswitch.protocol import (
    BODY_BYTES_MAX,
    HEAD_BYTES_MAX,
    TEXT_BYTES_MAX,
    Message,
    Protocol,
    SwitchEvent,
    UnusableError,
)
from floorwatch.ingest.source import InputCounts
from tests.ingest.freeswitch_transcripts import NAMES, sent_bytes

REPLY = b"Content-Type: command/reply\nReply-Text: +OK accepted\n\n"


def framed(body: bytes, kind: str = "text/event-plain") -> bytes:
    """A message with a body."""
    return f"Content-Length: {len(body)}\nContent-Type: {kind}\n\n".encode() + body


def read(*pieces: bytes) -> tuple[list[tuple[str, bytes, str]], InputCounts, str]:
    """What comes of these pieces, one after the other, and the end of the connection."""
    protocol = Protocol()
    messages = [message for piece in pieces for message in protocol.feed(piece)]
    protocol.close()
    return [shown(message) for message in messages], protocol.counts, protocol.broken


def shown(message: Message) -> tuple[str, bytes, str]:
    """A message as something that can be compared."""
    return message.kind, message.body, message.answer


def event_of(body: bytes, kind: str = "text/event-plain") -> SwitchEvent:
    """The one event in a message."""
    (message,) = Protocol().feed(framed(body, kind))
    assert message.event is not None
    return message.event


@pytest.mark.parametrize("name", NAMES)
def test_every_cut_of_a_transcript_gives_the_same_messages(name: str) -> None:
    """The stream cut in two at every place, and into single bytes, is the stream in one piece."""
    sent = sent_bytes(name)[:6_000]
    whole = read(sent)
    assert len(whole[0]) > 5
    assert read(*(sent[at : at + 1] for at in range(len(sent)))) == whole
    for at in range(0, len(sent), 7):
        assert read(sent[:at], sent[at:]) == whole


lengths = st.sampled_from(["0", "3", "7", "-1", "x", "", "99", "9" * 13, str(BODY_BYTES_MAX + 1)])
heads = st.builds(
    lambda length, kind: f"Content-Length: {length}\nContent-Type: {kind}\n\n".encode(),
    lengths,
    st.sampled_from(["command/reply", "text/event-json", "text/event-plain", ""]),
)
pieces_of_streams = st.lists(
    st.one_of(
        st.binary(max_size=60),
        heads,
        st.just(REPLY),
        st.just(b"\n\n"),
        st.just(framed(b'{"a":"b"}', "text/event-json")),
    ),
    max_size=8,
)


@settings(max_examples=300, deadline=None)
@given(pieces_of_streams, st.lists(st.integers(0, 600), max_size=8))
@example([b"\n\n\n", REPLY], [1, 2])
def test_whatever_comes_is_read_the_same_in_any_cut(pieces: list[bytes], cuts: list[int]) -> None:
    """Random bytes, lengths that are none and halves of messages: never an exception, never another result."""
    sent = b"".join(pieces)
    places = sorted({0, len(sent), *(cut for cut in cuts if cut < len(sent))})
    assert read(*(sent[begin:end] for begin, end in pairwise(places))) == read(sent)


def test_values_of_plain_events_are_decoded() -> None:
    """Percent signs, UTF-8 in several bytes, a colon and a line feed inside a value; `_undef_` is empty."""
    event = event_of(b"A: 50%25%3A%20ok\nB: %E6%9D%8E%E5%A8%9C\nC: one%0Atwo\nD: _undef_\n\n")
    assert [event.text(name) for name in "ABCDE"] == ["50%: ok", "李娜", "one\ntwo", "", ""]


def test_a_header_is_found_by_its_whole_name_and_not_in_the_body() -> None:
    """`Agent` is not `CC-Agent`, and what stands in an event's own body is no header of it."""
    body = b"CC-Agent: A17\nContent-Length: 11\n\nAgent: A99\n"
    event = event_of(body)
    assert (event.text("CC-Agent"), event.text("Agent")) == ("A17", "")
    messages, counts, _ = read(framed(body) + REPLY)
    assert [kind for kind, _, _ in messages] == ["text/event-plain", "command/reply"]
    assert counts.read == 2


def test_json_events_read_like_plain_ones() -> None:
    """The same headers, whichever format was asked for; values that are no text count as absent."""
    event = event_of(json.dumps({"CC-Agent": "李娜", "n": 1, "list": ["a"]}).encode(), "text/event-json")
    assert [event.text(name) for name in ("CC-Agent", "n", "list", "none")] == ["李娜", "", "", ""]


def test_json_that_is_none_is_counted_and_passed_over() -> None:
    """A damaged event costs itself, not the one behind it."""
    messages, counts, broken = read(framed(b'{"a"', "text/event-json") + REPLY)
    assert [kind for kind, _, _ in messages] == ["command/reply"]
    assert (counts.invalid, broken) == ({"malformed_json": 1}, "")


def test_a_wrong_byte_in_a_name_is_replaced() -> None:
    """A name that is not UTF-8 is still a name."""
    assert event_of(b"CC-Agent: A%FF17\n\n").text("CC-Agent") == "A\ufffd17"


def test_long_values_and_missing_ones_make_an_event_unusable() -> None:
    """Only when they are asked for, with the reason they are counted under."""
    event = event_of(b"Long: " + b"x" * (TEXT_BYTES_MAX + 1) + b"\nGood: y\n\n")
    assert event.required("Good") == "y"
    with pytest.raises(UnusableError, match="text_too_long"):
        event.text("Long")
    with pytest.raises(UnusableError, match="missing_attribute"):
        event.required("Absent")
    with pytest.raises(UnusableError, match="missing_attribute"):
        event.time_ms()


def test_times_are_rounded_down_to_milliseconds() -> None:
    """Event-Date-Timestamp counts microseconds."""
    assert event_of(b"Event-Date-Timestamp: 1773741608250999\n\n").time_ms() == 1_773_741_608_250


def test_a_body_too_long_is_skipped_in_bounded_memory() -> None:
    """Reading goes on behind it, and no more of it is kept than came at once."""
    protocol, piece = Protocol(), b"x" * 65_536
    left = BODY_BYTES_MAX + 1
    protocol.feed(f"Content-Type: api/response\nContent-Length: {left}\n\n".encode())
    while left:
        assert protocol.feed(piece[:left]) == []
        assert len(protocol._rest) <= len(piece)
        left -= min(left, len(piece))
    assert [message.kind for message in protocol.feed(REPLY)] == ["command/reply"]
    assert protocol.counts.invalid == {"message_too_long": 1}


@pytest.mark.parametrize(
    ("sent", "reason"),
    [
        (b"Content-Length: -4\n\n", "bad_content_length"),
        (b"Content-Length: many\n\n", "bad_content_length"),
        (b"Content-Length: " + b"9" * 13 + b"\n\n", "bad_content_length"),
        (b"x" * (HEAD_BYTES_MAX + 2), "head_too_long"),
        (b"x" * (HEAD_BYTES_MAX + 1) + b"\n\n", "head_too_long"),
    ],
)
def test_a_head_that_hides_where_the_next_one_begins_ends_the_connection(sent: bytes, reason: str) -> None:
    """It is counted once, and whatever follows is not guessed at."""
    messages, counts, broken = read(REPLY, sent, REPLY)
    assert ([kind for kind, _, _ in messages], broken) == (["command/reply"], reason)
    assert counts.invalid == {reason: 1}


def test_a_message_that_does_not_say_what_it_is_is_counted() -> None:
    """Its length is known, so the next one is found."""
    messages, counts, _ = read(b"Hello: there\nContent-Length: 3\n\nabc", REPLY)
    assert [kind for kind, _, _ in messages] == ["command/reply"]
    assert counts.invalid == {"malformed_message": 1}


@pytest.mark.parametrize("at", [5, len(REPLY) - 1, len(REPLY) + 40])
def test_a_message_cut_short_by_the_end_is_counted(at: int) -> None:
    """In its head or in its body."""
    _, counts, _ = read((REPLY + framed(b"A: b\n\n"))[:at])
    assert counts.invalid == {"truncated_message": 1}
