"""States of a queue, made by hand and at random."""

from __future__ import annotations

from hypothesis import strategies as st

from floorwatch.metrics.projection.state import SPANS_S, Flow, Period, QueueState, Usual, UsualDay, Waiting

NOW = 1_772_532_900_000
HALF_HOUR_MS = 1_800_000


def flow(per_minute: float, level: float, seconds: int) -> Flow:
    """A steady flow: everybody is answered, this part of them in time."""
    n = per_minute * seconds / 60
    return Flow(n, n, level * n, n)


def state(
    *, per_minute: float = 2.0, level: float = 0.8, waiting: int = 0, oldest_ms: int = 0, free: int = 0, **more: object
) -> QueueState:
    """A queue on its own; of those who wait, ages are spread evenly and none is past the threshold of 20 s."""
    flows = {name: flow(per_minute, level, seconds) for name, seconds in SPANS_S.items()}
    known: dict[str, object] = {
        "now": NOW,
        "threshold_ms": 20_000,
        "waiting": tuple(Waiting(oldest_ms * (waiting - place) // waiting, place) for place in range(waiting)),
        "own": flows,
        "pool": flows,
        "pool_waiting": float(waiting),
        "pool_longest_ms": oldest_ms,
        "pool_free": free,
        "today": (level * 100, 100.0),
        "usual": Usual(NOW - NOW % 86_400_000, HALF_HOUR_MS),
    }
    return QueueState(**(known | more))  # type: ignore[arg-type]


def period(minutes_left: float, hits: int, decided: int) -> Period:
    """A half-hour that has so many minutes left."""
    end = NOW + int(minutes_left * 60_000)
    return Period(end - HALF_HOUR_MS, end, hits, decided)


def usual_day(slots: list[tuple[float, float, float]]) -> UsualDay:
    """A day of these (offered, hits, decided) by interval."""
    return UsualDay(tuple(slots), sum(hits for _, hits, _ in slots), sum(decided for *_, decided in slots))


_counts = st.floats(0, 400)


@st.composite
def flows(draw: st.DrawFn) -> Flow:
    """Any window: nothing in it is more than decided, or offered, makes possible."""
    offered, answered, decided = draw(_counts), draw(_counts), draw(_counts)
    return Flow(offered, answered, decided * draw(st.floats(0, 1)), decided)


@st.composite
def any_state(draw: st.DrawFn) -> QueueState:
    """Any floor: seconds or hours of threshold, full and empty, with and without usual days."""
    threshold_ms = draw(st.sampled_from((5_000, 20_000, 60_000, 3_600_000, 14_400_000)))
    ages = sorted(draw(st.lists(st.integers(0, threshold_ms - 1), max_size=30)), reverse=True)
    slots = draw(st.lists(st.tuples(_counts, _counts, _counts), max_size=48))
    today = draw(_counts)
    return QueueState(
        now=NOW,
        threshold_ms=threshold_ms,
        waiting=tuple(Waiting(age, place) for place, age in enumerate(ages)),
        own={name: draw(flows()) for name in SPANS_S},
        pool={name: draw(flows()) for name in SPANS_S},
        pool_waiting=draw(st.floats(len(ages), 500)),
        pool_longest_ms=draw(st.integers(0, 7_200_000)),
        pool_free=draw(st.integers(0, 200)),
        today=(today * draw(st.floats(0, 1)), today),
        usual=Usual(
            NOW - NOW % 86_400_000,
            HALF_HOUR_MS,
            ((usual_day([(n, min(hits, decided), decided) for n, hits, decided in slots]), 1.0, True),),
        ),
    )
