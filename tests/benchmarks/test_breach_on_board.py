"""The benchmark of the board: what counts as a limit that is not kept; and that a breach does turn red."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from contextlib import closing
from itertools import pairwise
from pathlib import Path

from benchmarks.alerting import Posting, contact_event, daemon
from benchmarks.breach_on_board import (
    CONFIG,
    EVERY_MS,
    QUEUES_EACH,
    TOKEN,
    WAITS_MS,
    flips_of,
    missed,
    queue_of,
    red_at,
    table,
    watched,
)
from floorwatch.serve.auth import hash_of

GOOD = {"immediate": [300.0] * 25, "tick": [900.0] * 25}


def test_a_run_within_every_limit_is_clean() -> None:
    """Nothing is missed, and there is a row for each rule and one for both."""
    assert missed(GOOD, nothing_p99_ms=1.0) == []
    assert "| tick | 25 | 900 ms | 900 ms | 900 ms |" in list(table(GOOD))
    assert "| both | 50 | 600 ms | 900 ms | 900 ms |" in list(table(GOOD))


def test_each_limit_can_be_missed() -> None:
    """A slow tail is named with its rule; a machine that is late itself makes the run void."""
    assert missed(GOOD | {"tick": [900.0] * 22 + [1_600.0] * 3}, nothing_p99_ms=1.0) == [
        "tick: p95 1600 ms is over 1500 ms"
    ]
    assert missed(GOOD, nothing_p99_ms=20.5) == ["void: a loop that does nothing had a p99 of 20.5 ms"]


def test_a_queue_is_empty_again_before_somebody_waits_there_once_more() -> None:
    """Breaches come one after the other, at any moment of the second, and each queue has its rest in between."""
    flips = flips_of(50, seed=1)
    assert all(one < other for one, other in pairwise(flips))
    assert len({at % 1_000 // 100 for at in flips}) == 10
    turn = 2 * QUEUES_EACH
    assert [queue_of(flip) for flip in range(turn)] * 2 == [queue_of(flip) for flip in range(2 * turn)]
    assert len({queue_of(flip) for flip in range(turn)}) == turn
    assert EVERY_MS * turn - 1_000 > WAITS_MS + 2_000


async def test_a_breach_turns_red_on_the_board(tool: Callable[[str], str], tmp_path: Path) -> None:
    """A real daemon, a real browser: each breach, by an immediate rule and by one of ticks, is drawn in vermilion."""
    flips = range(5)
    queues = ", ".join(f"{queue_of(flip)}: {{}}" for flip in flips)
    with (
        daemon(tmp_path, CONFIG.format(hash=hash_of(TOKEN), queues=queues)) as running,
        closing(Posting(running.address, TOKEN)) as posting,
    ):
        async with watched(tool("chromium"), running.address) as seen:
            for flip in flips:
                await asyncio.sleep(random.random() / 2)
                event = contact_event("offered", f"c{flip}", queue_of(flip))
                await asyncio.to_thread(posting.post, event)
                assert await red_at(seen, queue_of(flip), flip) >= event["time"]
            assert seen.complaints == seen.strangers == []
