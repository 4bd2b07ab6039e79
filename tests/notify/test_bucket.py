"""How often a robot is told: no window is ever broken, an emergency waits for a part of it at most."""

from __future__ import annotations

import random
from itertools import pairwise

import pytest

from floorwatch.notify.bucket import Bucket, Limits

NOON_MS = 1_795_953_600_000  # 2026-11-29T12:00:00Z
DINGTALK = Limits(((20, 60_000),))
PAGERDUTY = Limits(((100, 60_000),), reserve=0.6)
FEISHU = Limits(((100, 60_000), (5, 1_000)), avoids_half_hours=True)


def day_ms(now_s: float) -> int:
    """Seconds of these tests to the wall clock: from 12:01 on, far from any half hour."""
    return NOON_MS + 60_000 + int(now_s * 1000)


def greedy(limits: Limits, lasts_s: float, seed: int, share: float) -> tuple[list[float], list[float]]:
    """(when somebody in a hurry tried, how long each emergency had to wait)."""
    chance, bucket, now_s = random.Random(seed), Bucket(limits, "robot"), 0.0
    bucket.begin(now_s, [])
    tries, waits = [0.0], []
    while now_s < lasts_s:
        is_emergency = chance.random() < share
        began_s = now_s
        while (wait_s := bucket.wait_s(now_s, day_ms(now_s), is_emergency=is_emergency)) > 0:
            now_s += wait_s
        if is_emergency:
            waits.append(now_s - began_s)
        now_s += chance.uniform(0.0, 0.05)
        bucket.tried(now_s)
        tries.append(now_s)
    return tries, waits


def most_within(tries: list[float], span_s: float) -> int:
    """The most tries within any span, each of them early or late by up to 0.4 s on its way."""
    chance = random.Random(1)
    seen = sorted(at_s + chance.uniform(-0.4, 0.4) for at_s in tries)
    return max(sum(at_s <= other < at_s + span_s for other in seen) for at_s in seen)


@pytest.mark.parametrize(
    "limits", [DINGTALK, FEISHU, PAGERDUTY, Limits(((1, 1_000),)), Limits(((2, 5_000),), reserve=0.0)]
)
@pytest.mark.parametrize("share", [0.0, 0.1, 1.0])
def test_however_much_there_is_to_tell_no_window_is_broken(limits: Limits, share: float) -> None:
    """Counted over every window there is, on a clock that sees what we send early and late."""
    tries, _ = greedy(limits, 300.0, 3, share)
    assert len(tries) > 3
    for most, span_ms in limits.windows:
        assert most_within(tries, span_ms / 1000) <= most


@pytest.mark.parametrize("limits", [DINGTALK, PAGERDUTY, Limits(((1, 1_000),))])
def test_a_message_of_two_requests_waits_for_room_for_both(limits: Limits) -> None:
    """Some of one, some of two, some of them emergencies: no window is broken by their requests."""
    chance, bucket, now_s, tries = random.Random(5), Bucket(limits, "robot"), 0.0, [0.0]
    bucket.begin(now_s, [])
    ((most, span_ms),) = limits.windows
    while now_s < 300.0:
        is_emergency, requests = chance.random() < 0.3, chance.choice([1, min(2, most)])
        while wait_s := bucket.wait_s(now_s, day_ms(now_s), is_emergency=is_emergency, requests=requests):
            now_s += wait_s
        bucket.tried(now_s, requests)
        tries += [now_s] * requests
    assert most_within(tries, span_ms / 1000) <= most


def test_who_failed_before_a_start_may_have_been_told_as_often_as_it_was_tried() -> None:
    """Nobody has written down those tries: with them the limit is kept all the same."""
    bucket = Bucket(DINGTALK, "robot")
    bucket.begin(0.0, [], was_failing=True)
    now_s, failed = 0.0, [-60.0 + at_s for at_s in (0.0, 0.25, 0.75, 1.75, 3.75, 7.75, 15.75, 31.75)]
    told = list(failed)
    while now_s < 30.0:
        now_s += bucket.wait_s(now_s, day_ms(now_s), is_emergency=True)
        bucket.tried(now_s)
        told.append(now_s)
    assert len(told) > len(failed) + 5
    assert max(sum(at_s <= other < at_s + 60 for other in told) for at_s in told) <= 20


def test_an_emergency_waits_for_a_part_of_the_window_however_many_there_are() -> None:
    """A storm of nothing but emergencies: of the five kept for them the first goes at once, then one each 12 s."""
    _, waits = greedy(DINGTALK, 600.0, 5, 1.0)
    assert max(waits) <= 61.2 / 5 + 0.01
    _, among_others = greedy(DINGTALK, 600.0, 5, 0.05)
    assert max(among_others) <= 61.2 / 5 + 0.01


def test_the_share_of_emergencies_is_left_alone_by_all_else() -> None:
    """Fifteen of twenty are for everybody; the sixteenth waits for a minute, an emergency for none of it."""
    bucket = Bucket(DINGTALK, "robot")
    for n in range(15):
        assert bucket.wait_s(float(n), day_ms(n), is_emergency=False) == 0
        bucket.tried(float(n))
    assert bucket.wait_s(30.0, day_ms(30), is_emergency=False) == pytest.approx(31.2)
    assert bucket.wait_s(30.0, day_ms(30), is_emergency=True) == 0
    bucket.tried(30.0)
    assert bucket.wait_s(31.0, day_ms(31), is_emergency=True) == pytest.approx(11.24)


def test_where_many_are_kept_for_emergencies_a_third_goes_at_once() -> None:
    """Where each alert is a message of its own, ten at once are not to be told one by one."""
    bucket, at_once = Bucket(Limits(((120, 60_000),)), "incidents"), 0
    for _ in range(90):
        bucket.tried(0.0)
    while bucket.wait_s(1.0, day_ms(1), is_emergency=True) == 0:
        bucket.tried(1.0)
        at_once += 1
    assert at_once == 10


def test_what_was_told_before_the_start_counts_and_one_try_more() -> None:
    """A crash forgets nothing of the window: the log has what was taken, and one may have been under way."""
    bucket = Bucket(Limits(((4, 60_000),), reserve=0.0), "robot")
    bucket.begin(1_000.0, [59.0, 10.0, 3.0, 300.0])
    assert bucket.wait_s(1_000.0, NOON_MS, is_emergency=True) == pytest.approx(2.2)
    assert Bucket(Limits(((1, 60_000),)), "other").wait_s(0.0, NOON_MS, is_emergency=False) == 0


@pytest.mark.parametrize("mark_ms", [NOON_MS, NOON_MS + 1_800_000], ids=["hour", "half"])
def test_the_crowd_of_the_half_hour_is_avoided_but_by_emergencies(mark_ms: int) -> None:
    """From two seconds before until 5 to 45 s after, for each robot another while, and always the same."""
    ends = set()
    for name in ("a", "b", "c", "d"):
        bucket = Bucket(FEISHU, name)
        waits = [bucket.wait_s(0.0, mark_ms + at_ms, is_emergency=False) for at_ms in range(-4_000, 50_000, 500)]
        assert waits[:4] == [0.0] * 4
        assert 7.0 <= waits[4] <= 47.0
        assert all(later == pytest.approx(max(0.0, wait - 0.5)) for wait, later in pairwise(waits[4:]))
        assert bucket.wait_s(0.0, mark_ms, is_emergency=True) == 0
        ends.add(waits[4])
    assert len(ends) == 4
    assert Bucket(DINGTALK, "a").wait_s(0.0, mark_ms, is_emergency=False) == 0
