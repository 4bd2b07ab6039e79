from __future__ import annotations

import gzip
import random
import tracemalloc
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from floorwatch.floor.events import Event
from floorwatch.ingest.ami.protocol import (
    MESSAGE_BYTES_MAX,
    Message,
    Protocol,
    UnusableError,
    header,
    timestamp_ms,
)
from floorwatch.ingest.ami.translate import WANTED, Translator
from floorwatch.ingest.source import InputCounts
from tests.ingest.recordings import NAMES, part

TRANSCRIPT = (Path(__file__).parents[2] / "transcripts/outcomes.ami").read_bytes()
JOIN = b"Event: QueueCallerJoin\r\nTimestamp: 1795291946.544978\r\nUniqueid: 1.0\r\nQueue: sales\r\n\r\n"
NOISE = b"Event: Newstate\r\nTimestamp: 1795291947.000001\r\nUniqueid: 1.0\r\n\r\n"


def sample(size: int) -> bytes:
    """The beginning of a recorded session: a whole one where there is any, else of a transcript."""
    if not NAMES:
        return TRANSCRIPT[:size]
    with gzip.open(part(NAMES[-1], "ami")) as file:
        return file.read(size)


def read(pieces: Iterable[bytes], joined: bool = False) -> tuple[list[tuple[object, ...]], InputCounts]:
    """Everything that can be seen of the messages, and the counts."""
    protocol = Protocol(WANTED, joined=joined)
    seen = [
        (message.name, message.raw, message.time_ms, message.clock_ms, message.end)
        for piece in pieces
        for message in protocol.feed(piece)
    ]
    protocol.close()
    return seen, protocol.counts


def translated(pieces: Iterable[bytes]) -> tuple[list[Event], InputCounts]:
    """Bytes to events, as a live client does it."""
    protocol = Protocol(WANTED)
    translator = Translator(counts=protocol.counts)
    events = translator.connected(1_795_291_943_000)
    for piece in pieces:
        for message in protocol.feed(piece):
            events += translator.message(message, message.clock_ms or 1_795_291_943_000)
    protocol.close()
    return events + translator.finished(1_795_293_000_000), protocol.counts


def slices(raw: bytes, cuts: Iterable[int]) -> Iterator[bytes]:
    start = 0
    for cut in sorted(cuts):
        yield raw[start:cut]
        start = cut
    yield raw[start:]


def test_every_cut_of_the_first_20_kb_gives_the_same_events() -> None:
    """Inside a line, a separator, a character: wherever a read ends, nothing changes; nor byte by byte."""
    raw = sample(20_000)
    expected = translated([raw])
    assert len(expected[0]) >= 5
    for cut in range(len(raw)):
        assert translated((raw[:cut], raw[cut:])) == expected, cut
    assert translated(raw[i : i + 1] for i in range(len(raw))) == expected
    assert read(raw[i : i + 1] for i in range(len(raw))) == read([raw])


def test_2000_random_cuts_in_200_kb_give_the_same_events() -> None:
    """One cut at a time, and all of them at once."""
    raw = sample(200_000)
    expected = translated([raw])
    cuts = random.Random(1).sample(range(len(raw)), 2000)
    assert translated(slices(raw, cuts)) == expected
    for cut in cuts:
        assert translated((raw[:cut], raw[cut:])) == expected, cut


def test_every_truncation_is_survived_and_counted() -> None:
    """A stream may end anywhere: what was complete is told, what was not is one truncated message at most."""
    raw = sample(20_000)
    complete, _ = read([raw])
    for end in range(0, len(raw), 7):
        seen, counts = read([raw[:end]])
        assert seen == complete[: len(seen)]
        assert counts.invalid.keys() <= {"truncated_message"}
        assert counts.invalid["truncated_message"] <= 1


def damaged(raw: bytes, chance: random.Random) -> bytes:
    """The bytes with something wrong in them."""
    torn = bytearray(raw)
    for _ in range(chance.randint(1, 20)):
        at, length = chance.randrange(len(torn)), chance.randint(1, 40)
        how = chance.randrange(5)
        if how == 0:
            torn[at : at + length] = chance.randbytes(length)
        elif how == 1:
            del torn[at : at + length]
        elif how == 2:
            torn[at:at] = torn[at : at + length]
        elif how == 3:
            torn[at : at + 1] = b"\r\n"
        else:
            torn[at : at + length] = b"9" * length
    return bytes(torn)


def test_corruption_is_survived_whatever_it_hits() -> None:
    """Overwritten, lost, doubled, broken lines, numbers gone wild: no crash, the same for any cut, and it goes on."""
    raw, chance = sample(200_000), random.Random(2)
    for _ in range(2000):
        start = chance.randrange(len(raw) - 4000)
        torn = damaged(raw[start : start + 4000], chance) + b"\r\n\r\n" + JOIN.replace(b"1.0", b"after.1")
        events, counts = translated([torn])
        assert any(getattr(event, "contact", "") == "after.1" for event in events)
        assert (events, counts) == translated(slices(torn, chance.sample(range(len(torn)), 5)))


@given(st.lists(st.one_of(st.binary(max_size=60), st.sampled_from([JOIN, NOISE, b"\r\n", b"\r\n\r\n", b"Event: "]))))
def test_any_bytes_are_survived(pieces: list[bytes]) -> None:
    """Never raises, and joins what was cut."""
    assert read(pieces) == read([b"".join(pieces)])
    translated(pieces)


def test_messages_nobody_wants_are_counted_and_not_handed_out() -> None:
    """By name, and by what does not occur in them."""
    other = b"Event: VarSet\r\nUniqueid: 1.0\r\nVariable: OTHER\r\nValue: QUEUESTATUS\r\n\r\n"
    status = b"Event: VarSet\r\nUniqueid: 1.0\r\nVariable: QUEUESTATUS\r\nValue: TIMEOUT\r\n\r\n"
    seen, counts = read([NOISE + other + JOIN + NOISE + status])
    assert [message[0] for message in seen] == ["QueueCallerJoin", "VarSet"]
    assert (counts.read, counts.ignored, counts.invalid.total()) == (5, 3, 0)


def test_the_banner_and_answers_are_handed_out() -> None:
    """The banner has no blank line behind it, and is no message."""
    seen, counts = read([b"Asterisk Call Manager/11.0.0\r\nResponse: Success\r\nActionID: login-1\r\n\r\n" + JOIN])
    assert [message[0] for message in seen] == ["Banner", "Response", "QueueCallerJoin"]
    assert (counts.read, counts.ignored) == (2, 0)


@pytest.mark.parametrize(
    "cut_short", [b"", b"Event: VarSet\r\nUniqu", b"Event: QueueCallerJoin\r\nTimestamp: 1795291946.5\r\n"]
)
def test_connections_joined_in_one_file_begin_at_their_banner(cut_short: bytes) -> None:
    """What stood before a banner was cut short, and its time is not that of what follows."""
    banner = b"Asterisk Call Manager/11.0.0\r\nResponse: Success\r\n\r\n"
    raw = JOIN + cut_short + banner + b"Event: QueueParams\r\nQueue: sales\r\n\r\n" + NOISE + JOIN
    seen, counts = read([raw], joined=True)
    assert [(message[0], message[3]) for message in seen] == [
        ("QueueCallerJoin", 1_795_291_946_544),
        ("Banner", 1_795_291_946_544),
        ("Response", None),
        ("QueueParams", None),
        ("QueueCallerJoin", 1_795_291_946_544),
    ]
    assert counts.invalid["truncated_message"] == bool(cut_short)
    for cut in range(len(raw)):
        assert read([raw[:cut], raw[cut:]], joined=True) == (seen, counts)


def test_a_variable_that_quotes_the_banner_begins_no_connection() -> None:
    """Only a banner with a message behind it is one."""
    quoting = b"Event: VarSet\r\nVariable: X\r\nValue: Asterisk Call Manager/11.0.0\r\n\r\n"
    seen, _ = read([JOIN + quoting + JOIN], joined=True)
    assert [message[0] for message in seen] == ["QueueCallerJoin", "QueueCallerJoin"]


@pytest.mark.parametrize("size", [MESSAGE_BYTES_MAX, MESSAGE_BYTES_MAX + 1, 5 * MESSAGE_BYTES_MAX])
@pytest.mark.parametrize("step", [1 << 30, 60_000, 997])
def test_a_message_over_64_kib_is_dropped_alone(size: int, step: int) -> None:
    """Exactly the limit passes; one byte more is counted; the next message is read, however the bytes are cut."""
    start = b"Event: QueueCallerJoin\r\nTimestamp: 1795291946.5\r\nUniqueid: 2.0\r\nQueue: sales\r\nX: "
    raw = start + b"x" * (size - len(start)) + b"\r\n\r\n" + JOIN
    seen, counts = read(raw[i : i + step] for i in range(0, len(raw), step))
    fits = size <= MESSAGE_BYTES_MAX
    assert len(seen) == 1 + fits
    assert (counts.read, counts.invalid["message_too_long"]) == (2, not fits)
    assert seen[-1][4] == len(raw)


def test_a_line_without_end_costs_no_memory() -> None:
    """Hundreds of megabytes without a blank line: a buffer of some kilobytes, one count."""
    protocol, piece = Protocol(WANTED), b"x" * 65_536
    protocol.feed(piece)
    tracemalloc.start()
    for _ in range(2000):
        protocol.feed(piece)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 1_000_000
    assert [message.name for message in protocol.feed(b"\r\n\r\n" + JOIN)] == ["QueueCallerJoin"]
    assert protocol.counts.invalid == {"message_too_long": 1}


def test_wrong_utf8_is_counted_and_the_message_is_used() -> None:
    """A Latin-1 name is shown with replacement characters, not lost."""
    seen, counts = read([JOIN.replace(b"sales", b"Verk\xe4ufe")])
    message = Message(*seen[0])  # type: ignore[arg-type]
    assert message.text(header("Queue")) == "Verk\ufffdufe"
    assert counts.invalid == {"bad_utf8": 1}


def test_a_blank_line_too_many_is_nothing() -> None:
    """Neither a message nor an error."""
    seen, counts = read([b"\r\n\r\n\r\n" + JOIN + b"\r\n" + JOIN + b"\r\n\r\n\r\n"])
    assert [message[0] for message in seen] == ["QueueCallerJoin"] * 2
    assert (counts.read, counts.invalid.total()) == (2, 0)


def test_what_is_no_message_is_counted() -> None:
    """Neither an event nor an answer."""
    _, counts = read([b"hello\r\nworld\r\n\r\n" + JOIN + b"Event: \r\n\r\n"])
    assert (counts.read, counts.invalid) == (3, {"malformed_message": 2})


def test_values_may_be_empty_and_may_hold_colons() -> None:
    """Split at the first colon and blank; a header of a like name is another header."""
    raw = b"Event: QueueMemberPause\r\nXQueue: no\r\nPausedReason: \r\nQueue: a: b\r\nStatus: 1x\r\nPaused: 1\r\n\r\n"
    (message,) = Protocol(WANTED).feed(raw)
    assert message.text(header("PausedReason")) == ""
    assert message.text(header("Queue")) == "a: b"
    assert message.text(header("Absent")) == ""
    assert message.number(header("Paused")) == 1
    assert message.number(header("Status")) is None
    with pytest.raises(UnusableError, match="missing_attribute"):
        message.required(header("Absent"))


@pytest.mark.parametrize(
    ("stamp", "time_ms"),
    [
        (b"1795291946.544978", 1_795_291_946_544),
        (b"1795291946.999999", 1_795_291_946_999),
        (b"1795291946.5", 1_795_291_946_500),
        (b"1795291946", 1_795_291_946_000),
        (b"", None),
        (b"-1", None),
        (b"1.2.3", None),
        (b"1795291946.5e3", None),
        (b"9" * 400, None),
        ("١٢٣".encode(), None),
    ],
)
def test_timestamps_are_rounded_down_to_milliseconds(stamp: bytes, time_ms: int | None) -> None:
    """Never through floating point; what is no time is none."""
    assert timestamp_ms(b"Event: X\r\nTimestamp: " + stamp + b"\r\nA: b") == time_ms
