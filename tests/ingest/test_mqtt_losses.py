"""What the broker had to drop, and whether it may have been ours."""

from __future__ import annotations

from floorwatch.ingest.mqtt.losses import COUNT_AGE_MS, Losses, Position, position_of


def test_a_rise_while_we_were_away_may_be_ours() -> None:
    """Also when the count comes a little later; a rise while we read everything is somebody else's."""
    losses = Losses(None)
    losses.unread(None, 1_000)
    assert losses.counted(5, 1_000) is None  # nothing to compare with
    assert losses.counted(6, 1_001) is None  # we were new: nothing was kept for us
    losses.unread(100_000, 200_000)
    assert losses.counted(6, 200_000) is None  # as it was
    losses.unread(201_000, 202_000)
    assert losses.counted(7, 202_000 + COUNT_AGE_MS) == 100_000
    assert losses.counted(9, 202_001 + COUNT_AGE_MS) is None
    losses.unread(300_000, 400_000)
    assert losses.counted(10, 400_000) == 300_000
    assert losses.dropped == 10


def test_a_broker_that_began_again_counts_from_zero() -> None:
    """Nothing dropped since then is no loss; anything is."""
    losses = Losses(10)
    losses.unread(1_000, 2_000)
    assert losses.counted(0, 2_000) is None
    assert losses.counted(3, 2_001) == 1_000


def test_what_the_journal_keeps_comes_back() -> None:
    """Whatever else stands there is nothing known."""
    position = Position(dropped=7, sources=("pbx", "客服"))
    assert position_of(position.text()) == position
    assert position_of(Position().text()) == position_of("") == position_of("[1]") == Position()
