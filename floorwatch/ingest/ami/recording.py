"""A recorded manager session, replayed through the very protocol and translation that run live."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path

from floorwatch.floor.events import Event
from floorwatch.ingest.ami.arrivals import Arrival, read_arrivals
from floorwatch.ingest.ami.protocol import UNSEEN, Message, Protocol
from floorwatch.ingest.ami.translate import WANTED, Translator
from floorwatch.ingest.file_lines import PIECE_BYTES, DamagedFileError, read_pieces
from floorwatch.ingest.leaps import LeapGuard, without_stray_first
from floorwatch.ingest.source import Delivery, InputCounts, described

AHEAD_MS_MAX = 300_000
"""How far an event's time may lie ahead of its receipt."""
UNDATED_MAX = 10_000
"""Messages of a connection kept until a first Timestamp says what time it is."""

Cut = Callable[[bytes], Iterable[bytes]]
"""Cuts bytes into pieces, for those who want to see that no cut makes a difference."""


class AmiRecording:
    """`NAME.ami[.gz]`: an `ingest.source.Recording`.

    With its index (`NAME.idx.jsonl[.gz]`) every message arrives when its last byte did, and connections are made and
    lost as they were. Without, a banner starts a new connection, and messages arrive at the last Timestamp.
    """

    def __init__(
        self,
        path: Path,
        index: Path | None = None,
        source: str = "asterisk",
        interfaces: Mapping[str, str] | None = None,
        cut: Cut | None = None,
    ) -> None:
        self._path = path
        self._index = index
        self._cut: Cut = cut or (lambda received: (received,))
        self.counts = InputCounts()
        self._translator = Translator(source, interfaces, self.counts)

    def deliveries(self) -> Iterator[Delivery]:
        """Every event with the engine time of its arrival. Bad input is counted, never raised."""
        arriving = self._by_timestamps() if self._index is None else self._by_arrivals(self._index)
        return described(arriving, UNSEEN)

    # With an index

    def _by_arrivals(self, index: Path) -> Iterator[Delivery]:
        for at_ms, events in _Replay(self._path, self._translator, self.counts, self._cut).run(index):
            for event in events:
                if int(event.time) > at_ms + AHEAD_MS_MAX:  # type: ignore[arg-type]  # a translator's times are integers
                    self.counts.invalid["impossible_time"] += 1
                else:
                    yield at_ms, event

    # Without

    def _by_timestamps(self) -> Iterator[Delivery]:
        applied_at = 0
        for event in without_stray_first(self._admitted(), self._set_aside):
            applied_at = max(applied_at, int(event.time))  # type: ignore[arg-type]
            yield applied_at, event

    def _admitted(self) -> Iterator[Event]:
        """The file's events in order, without those whose time leaps and is not confirmed."""
        guard = LeapGuard(self._set_aside)
        for event in self._translated():
            if guard.passes(event):
                yield event
            else:
                yield from guard.weigh(event)
        guard.close()

    def _translated(self) -> Iterator[Event]:
        translator, clock_ms = self._translator, None
        undated: list[Message] = []
        """Messages of a new connection that came before its first Timestamp."""
        connected = greeted = False
        for message in self._messages():
            if message.name == "Banner":
                if connected:
                    yield from translator.disconnected(message.clock_ms or clock_ms or 0)
                connected, greeted = False, True
                self._drop(undated)
            elif message.clock_ms is None:
                undated.append(message)
                if len(undated) > UNDATED_MAX:
                    self._drop(undated)
            else:
                clock_ms = message.clock_ms
                if not connected:
                    connected = True
                    yield from translator.connected(clock_ms, lists=greeted)
                for earlier in undated:
                    yield from translator.message(earlier, clock_ms)
                undated.clear()
                yield from translator.message(message, clock_ms)
        self._drop(undated)
        if clock_ms is not None:
            yield from translator.finished(clock_ms)

    def _drop(self, undated: list[Message]) -> None:
        if undated:
            self.counts.invalid["undated_message"] += len(undated)
            undated.clear()

    def _messages(self) -> Iterator[Message]:
        protocol = Protocol(WANTED, self.counts, joined=True)
        try:
            for received in read_pieces(self._path):
                for piece in self._cut(received):
                    yield from protocol.feed(piece)
        except DamagedFileError:
            self.counts.invalid["truncated_file"] += 1
        protocol.close()

    def _set_aside(self, _: Event) -> None:
        self.counts.invalid["impossible_time"] += 1


class _Replay:
    """Feeds the bytes connection by connection, in blocks, and dates each message by the index."""

    def __init__(self, path: Path, translator: Translator, counts: InputCounts, cut: Cut) -> None:
        self._file = _Bytes(path, counts)
        self._translator = translator
        self._counts = counts
        self._cut = cut
        self._protocol: Protocol | None = None
        self._base = 0
        """Where in the file the connection began."""
        self._block: list[tuple[int, int]] = []
        """(offset after it, arrival in ms) of the index's chunks not yet fed."""
        self._fed_to = 0
        self._last_ms = 0

    def run(self, index: Path) -> Iterator[tuple[int, list[Event]]]:
        """Arrival in ms and events of each message or connection fact that gave any."""
        for arrival in read_arrivals(index, self._counts):
            if arrival.means == "bytes":
                self._block.append((arrival.off + (arrival.n or 0), arrival.at_ms))
                if self._block[-1][0] - self._fed_to >= PIECE_BYTES:
                    yield from self._feed()
            elif arrival.means != "nothing":
                yield from self._feed()
                yield from self._turn(arrival)
        yield from self._feed()
        yield from self._rest()

    def _turn(self, arrival: Arrival) -> Iterator[tuple[int, list[Event]]]:
        """A connection is lost or made."""
        if self._protocol is not None:
            self._protocol.close()
            self._protocol = None
            yield arrival.at_ms, self._translator.disconnected(self._last_ms)
        if arrival.means == "connect":
            self._connect()
            self._last_ms = arrival.at_ms
            yield arrival.at_ms, self._translator.connected(arrival.at_ms)

    def _connect(self) -> Protocol:
        self._protocol = Protocol(WANTED, self._counts)
        self._base = self._fed_to
        return self._protocol

    def _feed(self) -> Iterator[tuple[int, list[Event]]]:
        """Feed what the index has told of; a message arrives with the chunk that brings its last byte."""
        block, self._block = self._block, []
        if not block:
            return
        protocol = self._protocol
        if protocol is None:  # bytes without a connect: the index begins in the middle
            protocol = self._connect()
            yield block[0][1], self._translator.connected(block[0][1], lists=False)
        chunk = 0
        for received in self._file.up_to(block[-1][0]):
            self._fed_to += len(received)
            for piece in self._cut(received):
                for message in protocol.feed(piece):
                    while block[chunk][0] < self._base + message.end:
                        chunk += 1
                    at_ms = block[chunk][1]
                    events = self._translator.message(message, at_ms)
                    if events:
                        yield at_ms, events
        self._last_ms = block[-1][1]

    def _rest(self) -> Iterator[tuple[int, list[Event]]]:
        """Bytes the index does not tell of are taken to have come with its last."""
        protocol, at_ms = self._protocol, self._last_ms
        if protocol is not None:
            for received in self._file.up_to(None):
                for message in protocol.feed(received):
                    yield at_ms, self._translator.message(message, at_ms)
            protocol.close()
            yield at_ms, self._translator.finished(at_ms)


class _Bytes:
    """A file's bytes in order, as many as are asked for."""

    def __init__(self, path: Path, counts: InputCounts) -> None:
        self._pieces = read_pieces(path)
        self._counts = counts
        self._left = b""
        self._position = 0

    def up_to(self, offset: int | None) -> Iterator[bytes]:
        """The bytes from where the last call ended, up to this offset or (None) to the end of the file."""
        while offset is None or self._position < offset:
            piece = self._left or self._next()
            if not piece:
                return
            wanted = len(piece) if offset is None else offset - self._position
            self._left = piece[wanted:]
            self._position += min(wanted, len(piece))
            yield piece[:wanted]

    def _next(self) -> bytes:
        try:
            return next(self._pieces, b"")
        except DamagedFileError:
            self._counts.invalid["truncated_file"] += 1
            return b""
