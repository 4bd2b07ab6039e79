"""Days to play: whatever was recorded, a folder that `floorwatch simulate` wrote, or the journal of a daemon."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from zoneinfo import ZoneInfo

from msgspec.structs import replace

from floorwatch.floor.events import EVENT_TYPES
from floorwatch.ingest.open import UnusableInputError, open_recording, recognise
from floorwatch.ingest.source import OnReject, Recording
from floorwatch.replay import JournalRecording
from floorwatch.store.segment import segment_paths
from simulators.play.player import Cue

WRITTEN = "events.jsonl.gz"
"""What `floorwatch simulate --out DIR` calls the day."""
_UNNAMED = "(unnamed)"
_KINDS = frozenset(EVENT_TYPES.values())


@dataclass(frozen=True)
class Day:
    """A day that can be read as often as it is played."""

    path: Path
    zone: ZoneInfo
    """Whose local time its times of day are."""
    input_format: str = "auto"
    interfaces: Mapping[str, str] = field(default_factory=dict)
    """Devices of a recorded switch, each with the agent it means."""

    source: str = ""
    """The name to which all of it is given; empty: as it was recorded."""

    def cues(self) -> Iterator[Cue]:
        """Its facts, in the order and at the instants at which they arrived; and the lines that are none, between them.

        Raises what opening it raises.
        """
        nonsense: list[bytes] = []
        before_ms = 0
        for at, event in self._recording(lambda _, line: nonsense.append(line)).deliveries():
            for line in nonsense:
                yield Cue(before_ms or at, line)
            nonsense.clear()
            before_ms = at
            if type(event) not in _KINDS:
                continue  # a daemon's own events, in its journal: no source may say them
            source = self.source or (None if event.source == _UNNAMED else event.source)
            yield Cue(at, event if event.source == source else replace(event, source=source))
        if before_ms:
            yield from (Cue(before_ms, line) for line in nonsense)

    def first_ms(self) -> int:
        """When it begins. Raises `UnusableInputError` when it holds nothing that could be played."""
        first = next(self.cues(), None)
        if first is None:
            raise UnusableInputError(f"{self.path} holds no events: there is nothing to play")
        return first.at

    def last_ms(self) -> int:
        """When it ends. Reads all of it."""
        last = 0
        for cue in self.cues():
            last = cue.at
        return last

    def _recording(self, on_reject: OnReject) -> Recording:
        path = self.path
        if path.is_dir():
            if segment_paths(path):
                return JournalRecording(path)
            if not (path / WRITTEN).exists():
                raise UnusableInputError(
                    f"{path} is a folder without {WRITTEN}, and no journal: name a day that was recorded or simulated"
                )
            path = path / WRITTEN
        input_format = recognise(path) if self.input_format == "auto" else self.input_format
        return open_recording(
            path,
            input_format,
            _UNNAMED,
            interfaces=self.interfaces,
            timezone=self.zone.key,
            on_reject=on_reject if input_format == "events" else None,  # no other can be said as it stands
        )
