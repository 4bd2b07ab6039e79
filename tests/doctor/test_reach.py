"""Many places are looked at together."""

from __future__ import annotations

import time

import pytest

from floorwatch.doctor import reach


def _after(seconds: float) -> float:
    time.sleep(seconds)
    return seconds


def test_all_places_together_have_one_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each that answers in time does not give the ones after it another such time; who is late is left to itself."""
    monkeypatch.setattr(reach, "WITHIN_S", 0.3)
    seconds = [0.0, *(0.25 * n for n in range(1, 12))]
    found = reach.all_at_once([lambda one=one: _after(one) for one in seconds])  # type: ignore[misc]
    assert found[0] == 0.0
    assert found[-1] is None


def test_what_answers_is_not_waited_for_any_longer(monkeypatch: pytest.MonkeyPatch) -> None:
    """The result stands in the order of what was asked."""
    monkeypatch.setattr(reach, "WITHIN_S", 60.0)
    assert reach.all_at_once([lambda: "a", lambda: "b"]) == ["a", "b"]
    assert reach.all_at_once([]) == []
