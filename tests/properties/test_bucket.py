"""Whatever is to be told when, and however long a try takes: no window is broken, and an emergency waits for a step."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from floorwatch.notify.bucket import MARGIN, MARGIN_S_MIN, Bucket, Limits

NOW_MS = 1_795_953_660_000
WINDOWS = st.tuples(st.integers(1, 40), st.sampled_from([1_000, 10_000, 60_000]))
TOLD = st.lists(st.tuples(st.booleans(), st.floats(0, 30), st.floats(0, 5)), max_size=120)
"""(an emergency, so long after the last, a try that takes so long)."""


@given(st.lists(WINDOWS, min_size=1, max_size=3), st.floats(0, 1), TOLD, st.lists(st.floats(0, 90), max_size=40))
def test_no_window_is_ever_broken(
    windows: list[tuple[int, int]], reserve: float, told: list[tuple[bool, float, float]], ages_s: list[float]
) -> None:
    """Each message leaves as soon as it may; what was told before the start counts as far as it kept to the limit."""
    limits, now_s = Limits(tuple(windows), reserve), 0.0
    bucket, ends_s = Bucket(limits, "robot"), [0.0]
    bucket.begin(now_s, ages_s)
    for is_emergency, after_s, lasts_s in told:
        now_s += after_s
        waits_s = 0.0
        while (wait_s := bucket.wait_s(now_s, NOW_MS, is_emergency=is_emergency)) > 0:
            now_s, waits_s = now_s + wait_s, waits_s + wait_s
            assert waits_s <= 200, "it is never held for ever"
        for most, span_ms in windows:
            assert sum(now_s - end_s < span_ms / 1000 for end_s in ends_s) < most
        now_s += lasts_s
        bucket.tried(now_s)
        ends_s.append(now_s)


@given(WINDOWS, TOLD)
def test_an_emergency_never_waits_for_longer_than_a_step(
    window: tuple[int, int], told: list[tuple[bool, float, float]]
) -> None:
    """However many there are of them, and of everything else: the reserve is there, or is soon."""
    most, span_ms = window
    limits, now_s = Limits((window,), 0.25), 0.0
    reserved = most - limits.shared(most)
    span_s = span_ms / 1000 + max(MARGIN * span_ms / 1000, MARGIN_S_MIN)
    longest_s = span_s / max(1, reserved - max(1, reserved // 3) + 1)
    bucket = Bucket(limits, "robot")
    bucket.begin(now_s, [])
    for is_emergency, after_s, lasts_s in told:
        now_s += after_s / 10
        wait_s = bucket.wait_s(now_s, NOW_MS, is_emergency=is_emergency)
        if is_emergency:
            assert wait_s <= longest_s + 1e-6
        now_s += wait_s + lasts_s / 10
        if bucket.wait_s(now_s, NOW_MS, is_emergency=is_emergency) <= 0:
            bucket.tried(now_s)
