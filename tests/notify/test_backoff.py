"""How long an output that has failed is left alone."""

from __future__ import annotations

import pytest

from floorwatch.notify.backoff import ASKED_LAST_S, LAST_S, Backoff, asked_pause_s

NOW_MS = 1_795_900_000_000  # 2026-11-28T21:06:40Z


def test_pauses_double_up_to_five_minutes_and_begin_anew_after_a_success() -> None:
    """Each is between half and all of its span, so that outputs do not come back all at once."""
    backoff = Backoff(first_s=0.5)
    pauses = [backoff.again() for _ in range(14)]
    spans = [min(0.5 * 2**n, LAST_S) for n in range(14)]
    assert all(span / 2 <= pause <= span for pause, span in zip(pauses, spans, strict=True))
    assert len({pause / span for pause, span in zip(pauses, spans, strict=True)}) > 1
    backoff.reset()
    assert backoff.again() <= 0.5


def test_an_output_that_asks_for_time_has_it_but_not_for_ever() -> None:
    """Longer than our own pause, never shorter, and ten minutes at most: an alert must not wait for tomorrow."""
    assert Backoff().again(7.0) == 7.0
    assert Backoff(first_s=20).again(1.0) >= 10
    assert Backoff().again(86_400.0) == ASKED_LAST_S
    assert Backoff(last_s=15.0).again(60.0) == 60.0, "also of what is tried more often of our own accord"


@pytest.mark.parametrize(
    ("header", "pause_s"),
    [
        ("120", 120.0),
        (" 0 ", 0.0),
        ("Sat, 28 Nov 2026 21:07:10 GMT", 30.0),
        ("Sat, 28 Nov 2026 21:07:10", 30.0),
        ("Sat, 28 Nov 2026 21:00:00 GMT", 0.0),
        ("9" * 400, ASKED_LAST_S),
        ("soon", None),
        ("Mon, 01 Jan 2024 00:00:00 +99999999999999999999", None),
        ("Mon, 99999999999999999999 Jan 2024 00:00:00 GMT", None),
        ("-5", None),
        ("١٢", None),
        ("", None),
        (None, None),
    ],
)
def test_retry_after_is_a_number_of_seconds_or_a_date(header: str | None, pause_s: float | None) -> None:
    """What it cannot be read as is passed over."""
    assert asked_pause_s(header, NOW_MS) == pause_s
