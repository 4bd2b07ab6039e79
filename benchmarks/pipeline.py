"""The whole pipeline against the floor under it: decoding the same lines and doing nothing with them.

The pipeline is what runs live and in a replay: JSON Lines bytes become typed events, de-duplicated state, windows,
intervals, agents' time, and the default rules on every tick.
"""

from __future__ import annotations

import msgspec

from benchmarks.measure import Contest, in_turns
from benchmarks.traffic import bench_lines
from floorwatch.engine import Engine
from floorwatch.floor.events import AnyEvent
from floorwatch.floor.settings import Settings
from floorwatch.ingest.events import EventReader

SEED = 1
GOAL = 12.0

_decode = msgspec.json.Decoder(AnyEvent).decode


def bare_decode(lines: list[bytes]) -> None:
    """The fixed yardstick: the contract's tagged union, every attribute, times as datetimes; nothing kept."""
    decode = _decode
    for line in lines:
        decode(line)


def pipeline(lines: list[bytes]) -> Engine:
    """From bytes to figures, as `floorwatch replay` does it at full speed."""
    engine = Engine(Settings())
    decode, advance, apply = EventReader("benchmark").decode, engine.advance, engine.apply
    applied_at = 0
    for line in lines:
        event = decode(line)
        assert event is not None
        at: int = event.time  # type: ignore[assignment]  # an integer, past the reader
        if at > applied_at:
            applied_at = at
        advance(applied_at)
        apply(event)
    settle(engine, applied_at)
    return engine


def settle(engine: Engine, at: int) -> None:
    """Do before the clock stops what the engine may have put off: the last tick, and agents' time."""
    engine.advance(at + 1_000)
    engine.books.settle_agents(engine.now)


def contest(events: int = 200_000) -> Contest:
    """The pipeline's CPU time as a multiple of the bare decode's."""
    lines = bench_lines(SEED, events)
    assert pipeline(lines).applied == len(lines)  # warms up, and proves that the work is done
    bare_s, ours_s = in_turns(lambda: bare_decode(lines), lambda: pipeline(lines))
    return Contest(
        name="pipeline",
        unit="lines",
        items=len(lines),
        input_bytes=sum(map(len, lines)),
        ours="floorwatch, bytes to figures and alerts",
        ours_us=ours_s / len(lines) * 1e6,
        theirs="msgspec, bare decode",
        theirs_us=bare_s / len(lines) * 1e6,
        ratio=ours_s / bare_s,
        goal=GOAL,
        at_most=True,
    )
