"""Asterisk manager bytes to figures, against panoramisk 1.4 merely parsing the same bytes.

panoramisk makes a dictionary of every message, from memory; nothing is done with it. Ours reads the session from a
file, through the protocol and the translation of the live client, into the engine.
"""

from __future__ import annotations

import gzip
from pathlib import Path
from tempfile import TemporaryDirectory

from panoramisk.ami_protocol import AMIProtocol  # type: ignore[import-untyped]
from panoramisk.message import Message  # type: ignore[import-untyped]

from benchmarks.manager_traffic import manager_bytes
from benchmarks.measure import Contest, in_turns
from benchmarks.pipeline import settle
from floorwatch.engine import Engine
from floorwatch.floor.settings import Settings
from floorwatch.ingest.ami.recording import AmiRecording
from floorwatch.ingest.file_lines import PIECE_BYTES

GOAL = 3.0
RECORDINGS = Path(__file__).parents[1] / "../shared/recordings"
SYNTHETIC_CONTACTS = 1_500


class _Panoramisk(AMIProtocol):  # type: ignore[misc]  # untyped package
    """Its protocol as it is, but for what comes after parsing."""

    def __init__(self) -> None:
        self.connection_made(None)
        self.parsed = 0

    def handle_message(self, message: Message) -> None:
        self.parsed += 1


def panoramisk_parses(chunks: list[bytes]) -> int:
    """How many messages it made of the bytes."""
    protocol = _Panoramisk()
    for chunk in chunks:
        protocol.data_received(chunk)
    return protocol.parsed


def manager_to_state(session: Path) -> Engine:
    """Bytes to messages to events to figures, as `floorwatch replay` does it at full speed."""
    engine = Engine(Settings())
    applied_at = 0
    for applied_at, event in AmiRecording(session).deliveries():
        engine.advance(applied_at)
        engine.apply(event)
    settle(engine, applied_at)
    return engine


def session_bytes(bytes_max: int | None = None) -> tuple[str, bytes]:
    """What is parsed, and its name: the first recording there is, else a made-up session."""
    for path in sorted(RECORDINGS.glob("*/*.ami.gz")):
        with gzip.open(path) as file:
            return path.name, file.read(-1 if bytes_max is None else bytes_max)
    return "made up", manager_bytes(SYNTHETIC_CONTACTS)[:bytes_max]


def contest(bytes_max: int | None = None) -> Contest:
    """How many times the CPU time panoramisk takes."""
    name, session = session_bytes(bytes_max)
    chunks = [session[start : start + PIECE_BYTES] for start in range(0, len(session), PIECE_BYTES)]
    messages = panoramisk_parses(chunks)
    with TemporaryDirectory() as folder:
        path = Path(folder) / "session.ami"
        path.write_bytes(session)
        assert manager_to_state(path).applied > 0  # warms up, and proves that the work is done
        theirs_s, ours_s = in_turns(lambda: panoramisk_parses(chunks), lambda: manager_to_state(path))
    return Contest(
        name=f"manager ({name})",
        unit="messages",
        items=messages,
        input_bytes=len(session),
        ours="floorwatch, bytes to figures and alerts",
        ours_us=ours_s / messages * 1e6,
        theirs="panoramisk, bytes to dictionaries",
        theirs_us=theirs_s / messages * 1e6,
        ratio=theirs_s / ours_s,
        goal=GOAL,
        at_most=False,
    )
