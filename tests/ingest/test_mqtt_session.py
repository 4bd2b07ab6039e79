"""Whether the session at the broker was ours alone."""

from __future__ import annotations

from floorwatch.ingest.mqtt.session import CONNECTION_LOST, SHORT_MS, TAKEN_OVER, UNREACHABLE, Session


def test_a_session_that_was_kept_leaves_no_gap() -> None:
    """One that was not leaves what the feed knows to be missing; one misfortune is no twin."""
    session = Session(1_000)
    assert session.resumed(2_000, None) is None
    session.ended(3_000, CONNECTION_LOST, 2_900)
    assert session.resumed(4_000, 2_900) == 2_900
    session.ended(4_000 + SHORT_MS + 1, CONNECTION_LOST, 50_000)
    assert session.resumed(90_000, None) is None
    session.ended(91_000, CONNECTION_LOST, 90_500)
    assert session.resumed(92_000, None) is None


def test_a_session_that_was_taken_over_leaves_a_gap() -> None:
    """Where the broker says so, since the last sign of life before it; said once."""
    session = Session(None)
    assert session.resumed(2_000, None) is None
    session.ended(500_000, TAKEN_OVER, 490_000)
    assert session.is_doubtful
    assert session.resumed(501_000, None) == 490_000
    session.ended(900_000, CONNECTION_LOST, 890_000)
    assert session.resumed(901_000, None) is None


def test_connections_that_end_again_and_again_are_a_twin() -> None:
    """Since the session was last surely ours: the end of a long connection, the journal's word, or the beginning."""
    for before, certain in ((None, 2_000), (1_000, 1_000)):
        session = Session(before)
        assert session.resumed(2_000, None) is None
        session.ended(3_000, CONNECTION_LOST, 2_900)
        assert session.resumed(4_000, None) is None
        session.ended(5_000, CONNECTION_LOST, 4_900)
        assert session.resumed(6_000, None) == certain
        session.ended(7_000, CONNECTION_LOST, 6_900)
        assert session.resumed(8_000, 6_900) == 6_000  # what was before is marked
        session.ended(8_000 + 2 * SHORT_MS, CONNECTION_LOST, 100_000)
        for now in (200_000, 210_000):
            assert session.resumed(now, None) is None
            session.ended(now + 1_000, CONNECTION_LOST, now + 900)
        assert session.resumed(220_000, None) == 100_000


def test_a_broker_that_went_away_is_no_twin() -> None:
    """Between two twins the broker is always there."""
    session = Session(None)
    for now in (2_000, 4_000, 6_000, 8_000):
        assert session.resumed(now, None) is None
        session.ended(now + 1_000, CONNECTION_LOST, now)
        session.failed(UNREACHABLE)
