"""A minute of the live forty-phone floor, the connection lost for 20 s of it: our figures are the switch's own."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.live.shared_floor import FLOOR, watch


@pytest.mark.skipif(not FLOOR.exists(), reason="the live floor is not beside this checkout (../shared/floor)")
@pytest.mark.skipif(os.getuid() != 0, reason="the live floor needs root: sudo make test ARGS=tests/live")
def test_a_minute_of_the_live_floor_with_the_connection_cut(tmp_path: Path) -> None:
    """Every count equals the queue log, waits within 1 s, the gap is marked, and nothing stays incomplete."""
    result = watch("live-a", 60, tmp_path)
    assert result["wrong"] == []
    assert result["waits_wrong"] == []
    assert result["contacts"] >= 10
    assert len(result["gaps"]) == 1
    assert result["filled"] == result["gaps"]
    assert [marks for _, *marks in result["intervals"] if True in marks] in ([[False, True]], [[False, True]] * 2)
