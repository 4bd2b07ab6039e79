"""Recordings with a gap cut into them: what a monitor hears whose connection is lost from one instant to another."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import cache

from floorwatch.floor import events as e
from floorwatch.floor.events import Event
from floorwatch.ingest.ami.arrivals import read_arrivals
from floorwatch.ingest.ami.protocol import Message, Protocol
from floorwatch.ingest.ami.recording import AmiRecording
from floorwatch.ingest.ami.translate import WANTED, Translator
from floorwatch.ingest.file_lines import read_pieces
from floorwatch.ingest.source import Delivery, InputCounts
from tests.ingest.recordings import interfaces, part

SOURCE = "asterisk"


@cache
def heard(name: str) -> list[Delivery]:
    """Every event of a recording, as the manager told it."""
    recording = AmiRecording(part(name, "ami"), part(name, "idx.jsonl"), SOURCE, interfaces(name))
    return list(recording.deliveries())


@cache
def messages(name: str) -> list[tuple[int, Message]]:
    """(arrival, message) of a recording that was never interrupted."""
    counts = InputCounts()
    chunks = [
        (arrival.off + arrival.n, arrival.at_ms)
        for arrival in read_arrivals(part(name, "idx.jsonl"), counts)
        if arrival.n is not None
    ]
    protocol, found, chunk = Protocol(WANTED, counts), [], 0
    for piece in read_pieces(part(name, "ami")):
        for message in protocol.feed(piece):
            while chunks[chunk][0] < message.end:
                chunk += 1
            found.append((chunks[chunk][1], message))
    return found


def without_lists(name: str, since: int, until: int) -> Iterator[Delivery]:
    """The connection is lost at `since` and back at `until`; nobody says what the floor is like then."""
    translator = Translator(SOURCE, interfaces(name))
    told = messages(name)
    yield from _at(told[0][0], translator.connected(told[0][0], lists=False))
    is_lost = is_back = False
    for at, message in told:
        if since < at < until:
            if not is_lost:
                is_lost = True
                yield from _at(at, translator.disconnected(since))
            continue
        if at >= until and is_lost and not is_back:
            is_back = True
            yield from _at(until, translator.connected(until, lists=False))
        yield from _at(at, translator.message(message, at))
    yield from _at(told[-1][0], translator.finished(told[-1][0]))


def with_lists(deliveries: Iterable[Delivery], since: int, until: int, *, complete: bool = True) -> list[Delivery]:
    """The same gap, after which the switch says truly who waits and who talks; since when, as far as it knows."""
    before = [(at, event) for at, event in deliveries if _time(event) <= since]
    after = [(at, event) for at, event in deliveries if _time(event) > until]
    missed = [event for _, event in deliveries if since < _time(event) <= until]
    waiting, talking = _floor([event for _, event in before] + missed)
    known_waiting, known_talking = _floor([event for _, event in before])
    report = e.FloorReported(
        time=until,
        source=SOURCE,
        seq=1 << 40,
        complete=complete,
        waiting=tuple(
            e.Waiting(
                contact=contact, queue=queue, since=at if known_waiting.get((contact, queue)) == at else _second(at)
            )
            for (contact, queue), at in waiting.items()
        ),
        talking=tuple(
            e.Talking(
                contact=contact, queue=queue, agent=agent, since=at if (contact, queue) in known_talking else None
            )
            for (contact, queue), (agent, at) in talking.items()
        ),
    )
    said = [
        e.SourceUp(time=until, source=SOURCE, seq=(1 << 40) - 2),
        e.SourceGap(time=until, source=SOURCE, seq=(1 << 40) - 1, since=since),
        report,
    ]
    return [
        *before,
        (since, e.SourceDown(time=since, source=SOURCE, seq=1 << 40)),
        *((until, fact) for fact in said),
        *after,
    ]


def _floor(facts: list[Event]) -> tuple[dict[tuple[str, str], int], dict[tuple[str, str], tuple[str, int]]]:
    """Who waits since when, who talks with whom since when, by contact and queue."""
    waiting: dict[tuple[str, str], int] = {}
    talking: dict[tuple[str, str], tuple[str, int]] = {}
    for fact in facts:
        match fact:
            case e.ContactOffered():
                waiting[fact.contact, fact.queue] = _time(fact)
            case e.ContactAnswered():
                waiting.pop((fact.contact, fact.queue), None)
                talking[fact.contact, fact.queue] = (fact.agent, _time(fact))
            case e.ContactAbandoned() | e.ContactExited():
                waiting.pop((fact.contact, fact.queue), None)
            case e.ContactEnded() | e.ContactTransferred():
                talking.pop((fact.contact, fact.queue), None)
    return waiting, talking


def backfilled(
    deliveries: Iterable[Delivery], tell: Callable[[int, int, int], list[Event]], after_ms: int = 10_000
) -> Iterator[Delivery]:
    """The same, and so long after each gap what `tell(since, until, now)` says of it."""
    gaps: list[tuple[int, int]] = []
    last = 0
    for at, event in deliveries:
        last = max(last, at)
        while gaps and last >= gaps[0][1] + after_ms:
            yield from ((last, fact) for fact in tell(*gaps.pop(0), last))
        yield at, event
        if isinstance(event, e.SourceGap):
            assert isinstance(event.since, int)
            gaps.append((event.since, _time(event)))
    for gap in gaps:
        yield from ((last, fact) for fact in tell(*gap, last))


def _at(at: int, events: Iterable[Event]) -> list[Delivery]:
    return [(at, event) for event in events]


def _time(event: Event) -> int:
    assert isinstance(event.time, int)
    return event.time


def _second(at: int) -> int:
    return at - at % 1000
