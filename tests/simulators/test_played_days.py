from __future__ import annotations

from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from floorwatch.ingest.open import UnusableInputError
from simulators.play.days import Day


def test_nonsense_at_the_end_of_a_day_is_played_too(tmp_path: Path) -> None:
    """A line that is no event stands where it stood, also behind the last that is; of nonsense alone no day is made."""
    path = tmp_path / "day.jsonl"
    good = b'{"type":"source.heartbeat","time":"2026-03-03T08:00:00Z","id":"1","source":"s"}\n'
    path.write_bytes(b"{broken\n" + good + b"{broken too\n")
    cues = list(Day(path, ZoneInfo("UTC"), "events").cues())
    assert [cue.item.strip() for cue in cues if isinstance(cue.item, bytes)] == [b"{broken", b"{broken too"]
    assert len(cues) == 3
    path.write_bytes(b"{broken\n" * 9)
    with pytest.raises(UnusableInputError, match="holds no events"):
        Day(path, ZoneInfo("UTC"), "events").first_ms()
