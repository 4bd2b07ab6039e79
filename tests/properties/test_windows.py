"""Rolling windows against a brute-force recount: late, early, taken back, read at any whole second."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from floorwatch.metrics.tally import ANSWERED, IN_THRESHOLD, OFFERED, TIMED, WAIT_MS, read
from floorwatch.metrics.window import SPANS, Rolling

START_S = 1_772_500_000
KINDS = (OFFERED, ANSWERED + TIMED + IN_THRESHOLD + 7_000 * WAIT_MS, ANSWERED + TIMED + 61_003 * WAIT_MS)

contributions = st.tuples(
    st.integers(-90, 7_500_000).map(lambda ms: START_S * 1000 + ms),  # when it happened, milliseconds matter
    st.sampled_from(KINDS),
    st.integers(-40, 40),  # how much later (or, with a clock that runs ahead, earlier) it arrives, in seconds
)
steps = st.lists(st.one_of(contributions, st.integers(0, 900)), min_size=1, max_size=120)
"""Contributions, and waits of so many seconds after which every window is read."""


@given(steps)
def test_windows_are_exact_at_every_whole_second(script: list[tuple[int, int, int] | int]) -> None:
    """(now - w, now]: what is on the left edge is out, what is on the right edge is in, at any time of reading."""
    rolling, posted, now_s = Rolling(), list[tuple[int, int]](), START_S
    for step in script:
        if isinstance(step, int):
            now_s += step
            for name, span_s in SPANS.items():
                edge, now = (now_s - span_s) * 1000, now_s * 1000
                expected = sum(tally for at, tally in posted if edge < at <= now)
                assert rolling.window(name, now_s) == expected, name
            rolling.prune(now_s)
        else:
            at, tally, _ = step
            rolling.add([(at, tally)])
            posted.append((at, tally))
    assert rolling.total == sum(tally for _, tally in posted)


@given(st.lists(contributions, min_size=1, max_size=60), st.data())
def test_what_is_taken_back_leaves_no_trace(posted: list[tuple[int, int, int]], data: st.DataObject) -> None:
    """A correction is the same contribution with its sign reversed, at any time; fields never run into each other."""
    rolling = Rolling()
    for at, tally, _ in posted:
        rolling.add([(at, tally)])
    now_s = START_S + data.draw(st.integers(0, 8_000))
    for name in SPANS:
        rolling.window(name, now_s)
    for at, tally, _ in data.draw(st.permutations(posted)):
        rolling.add([(at, -tally)])
    assert rolling.total == 0
    assert all(rolling.window(name, now_s + later) == 0 for name in SPANS for later in (0, 1, 5_000))


def test_fields_do_not_run_into_each_other() -> None:
    """A day's worth of each figure is read back as it was written."""
    tally = 10_000 * (ANSWERED + TIMED) + 3_456_789_012 * WAIT_MS + 7 * OFFERED
    assert [read(tally, name) for name in ("answered", "timed", "wait_ms", "offered")] == [
        10_000,
        10_000,
        3_456_789_012,
        7,
    ]


@given(
    st.lists(st.tuples(st.integers(0, 5_000_000), st.integers(1, 5)), max_size=30),
    st.integers(3_600, 5_000),
    st.integers(0, 900),
)
def test_what_will_still_be_in_a_window_later_is_known_now(
    posted: list[tuple[int, int]], now_s: int, step_s: int
) -> None:
    """Of what it holds now, nothing more and nothing less; what comes later does not count."""
    rolling, later_s = Rolling(), now_s + step_s
    rolling.add([(at, n * OFFERED) for at, n in posted])
    for name, span_s in SPANS.items():
        still = sum(
            n for at, n in posted if (later_s - span_s) * 1000 < at <= now_s * 1000 and at > (now_s - span_s) * 1000
        )
        assert read(rolling.left_at(name, now_s, later_s), "offered") == still
