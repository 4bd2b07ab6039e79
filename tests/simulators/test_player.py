"""The player, told real time by the test: what is due, in which groups, and what pause, leaps and loops make of it."""

from __future__ import annotations

from collections.abc import Iterator

from floorwatch.floor import events as e
from floorwatch.floor.events import Event
from simulators.play.player import MAX, Cue, Player, Reel, Step

DAY_MS = 86_400_000
START = 1_772_521_200_000  # 2026-03-03T07:00:00Z


def offered(at_ms: int, contact: str = "c") -> Event:
    """A contact comes so long after the start."""
    return e.ContactOffered(time=START + at_ms, contact=contact, queue="sales", id=f"{contact}@{at_ms}")


def reel(*events: Event, **more: int) -> Reel:
    """A day of these."""

    def cues() -> Iterator[Cue]:
        for event in events:
            assert isinstance(event.time, int)
            yield Cue(event.received if isinstance(event.received, int) else event.time, event)

    return Reel(cues, START, START + more.pop("from_ms", 0), **more)


def next_day(after_ms: int) -> int:
    """On its own day, or on the first that is free."""
    return max(0, (after_ms - START) // DAY_MS + 1) * DAY_MS


def said(player: Player, real_s: float) -> list[tuple[int, int]]:
    """(instant of the clock, time of the fact) after START, of all that is due at this real time."""
    found: list[tuple[int, int]] = []
    while (step := player.step(real_s)) is not None and (step.items or step.wait_s == 0.0):
        found += [(step.at - START, item.time - START) for item in step.items]  # type: ignore[operator, union-attr]
    return found


def test_at_sixty_times_a_second_is_a_minute() -> None:
    """What lies within it is due, nothing else, and the clock stands where real time has brought it."""
    player = Player(reel(*(offered(n * 30_000) for n in range(10))), next_day, 60.0)
    assert said(player, 100.0) == [(0, 0)]
    assert said(player, 101.0) == [(30_000, 30_000), (60_000, 60_000)]
    assert player.at == START + 60_000
    player.step(101.25)
    assert player.at == START + 75_000


def test_a_pause_takes_no_time_of_the_day() -> None:
    """However long it lasts; and a new speed holds from now on, not from the beginning."""
    player = Player(reel(*(offered(n * 1_000) for n in range(100))), next_day, 1.0)
    assert len(said(player, 0.0)) == 1
    player.pause()
    assert said(player, 500.0) == []
    player.pause()
    assert said(player, 1_000.0) == []
    assert said(player, 1_003.0) == [(1_000, 1_000), (2_000, 2_000), (3_000, 3_000)]
    player.set_speed(10.0)
    said(player, 1_003.0)
    assert len(said(player, 1_004.0)) == 10


def test_what_is_overdue_is_said_second_by_second() -> None:
    """A group never holds facts before and after a whole second: rules are looked at there."""
    player = Player(reel(*(offered(ms) for ms in (0, 300, 1_000, 1_001, 1_999, 2_000, 2_001))), next_day, MAX)
    groups = []
    while (step := player.step(0.0)) is not None:
        groups.append([item.time - START for item in step.items])  # type: ignore[operator, union-attr]
    assert [group for group in groups if group] == [[0], [300, 1_000], [1_001, 1_999, 2_000], [2_001]]


def test_a_window_ends_where_a_fact_comes_late() -> None:
    """Within it the clock follows the facts, which it can only where each is told as it happens."""
    late = e.ContactAbandoned(time=START + 1_000, received=START + 9_000, contact="c", queue="sales")
    events = (offered(0), offered(5_000), late, offered(20_000), offered(79_999), offered(80_001))
    player = Player(reel(*events), next_day, MAX, in_windows=True)
    steps = []
    while (step := player.step(0.0)) is not None:
        if step.items:
            steps.append((step.at - START, step.until and step.until - START, len(step.items)))
    # the first is told at once, before time is counted
    assert steps == [(0, 0, 1), (5_000, 5_000, 1), (9_000, 0, 1), (20_000, 79_999, 2), (80_001, 80_001, 1)]


def test_forward_tells_what_lies_between_at_once() -> None:
    """Each fact at its own time; then the day goes on from there at its speed."""
    player = Player(reel(*(offered(n * 60_000) for n in range(20))), next_day, 1.0)
    said(player, 0.0)
    player.forward(300_000)
    assert said(player, 0.0) == [(ms, ms) for ms in range(60_000, 300_001, 60_000)]
    assert said(player, 59.0) == []
    assert said(player, 60.0) == [(360_000, 360_000)]


def test_from_is_reached_at_once_and_until_ends_the_day() -> None:
    """History is said, what comes after the end is not, and the end is waited for."""
    player = Player(
        reel(*(offered(n * 60_000) for n in range(20)), from_ms=120_000, until_ms=START + 200_000), next_day, 1
    )
    assert [at for at, _ in said(player, 0.0)] == [0, 60_000, 120_000]
    assert said(player, 60.0) == [(180_000, 180_000)]
    assert player.step(79.0) is not None
    player.step(80.0)
    assert player.step(80.1) is None


def test_a_loop_begins_again_on_the_next_day_under_other_names() -> None:
    """At the same time of day, with ids and contacts of its own, after whoever was left was sent home."""
    joined = e.AgentJoined(time=START, agent="A1", queue="sales", id="j")
    player = Player(reel(joined, offered(1_000), offered(2_000, "d")), next_day, MAX, loop=True)
    steps: list[Step] = []
    while player.round < 3:
        step = player.step(0.0)
        assert step is not None
        steps.append(step)
    facts = [item for step in steps for item in step.items if not isinstance(item, bytes)]
    first, closing, second = facts[:3], facts[3:6], facts[6:9]
    assert [type(fact) for fact in closing] == [e.ContactExited, e.ContactExited, e.AgentLeft]
    assert {fact.time for fact in closing} == {START + 2_000}
    assert [fact.time for fact in second] == [fact.time + DAY_MS for fact in first]  # type: ignore[operator]
    assert len({fact.id for fact in facts}) == len(facts)
    assert second[1].contact != first[1].contact  # type: ignore[attr-defined]
    times = [step.at for step in steps]
    assert times == sorted(times)


def test_back_is_the_same_time_on_another_day() -> None:
    """The floor is closed now, and the next day's morning is told at once, up to there."""
    player = Player(reel(*(offered(n * 60_000, f"c{n}") for n in range(20))), next_day, 1.0)
    said(player, 0.0)
    player.forward(600_000)
    said(player, 0.0)
    closing = player.back(300_000)
    assert len(closing) == 11
    assert {fact.time for fact in closing} == {START + 600_000}
    again = said(player, 1.0)
    assert [at - DAY_MS for at, _ in again] == list(range(0, 300_001, 60_000))
    assert player.day_ms == START + 300_000


def test_the_walls_time_is_due_whatever_was_wished() -> None:
    """Real time is that of the day: what is over is said at once, in few groups, and the rest when it comes."""
    player = Player(reel(*(offered(n * 1_000) for n in range(1_500))), lambda _: 0, 1.0, flows=True)
    now_s = START / 1000 + 1_000
    groups = [len(step.items) for _ in range(5) if (step := player.step(now_s)) is not None]
    assert groups == [1, 0, 500, 500, 0]
    assert player.step(now_s + 1).items[0].time == START + 1_001_000  # type: ignore[union-attr]
