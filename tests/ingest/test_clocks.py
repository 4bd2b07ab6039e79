"""Source clocks: what is believed of a clock that is off, and all that must not be taken for one."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator
from pathlib import Path

import msgspec
import pytest

from floorwatch.floor import events as e
from floorwatch.floor.events import Event
from floorwatch.floor.internal import BackfilledDecline, BackfilledVisit, SourceBackfilled, SourceClock, SourceDescribed
from floorwatch.ingest.ami.recording import AmiRecording
from floorwatch.ingest.clocks import MINUTES, MOMENTS, SOURCES_MAX, ClockOffset, SourceClocks, in_our_time
from floorwatch.ingest.events import EventsRecording
from floorwatch.ingest.open import open_recording
from floorwatch.ingest.source import Delivery

T0 = 1_772_500_500_000
HOUR = 3_600_000
INSIDE = Path(__file__).parents[1] / "reference_days"
SHARED = Path(__file__).parents[3] / "shared"

Said = tuple[int, int]
"""(time by the source's clock, when received), in ms."""


def steady(
    offset_ms: int = 0, *, n: int = 60, every_ms: int = 1_500, delay_ms: int = 40, start_ms: int = T0
) -> list[Said]:
    """Events at an even pace, from a clock that is behind ours by `offset_ms`."""
    return [(start_ms + i * every_ms - offset_ms, start_ms + i * every_ms + delay_ms) for i in range(n)]


def changes(said: Iterable[Said], clock: ClockOffset | None = None, *, ordered: bool = False) -> list[tuple[int, int]]:
    """What is believed in the end and on the way: (number of the event, offset)."""
    clock = clock or ClockOffset()
    found = []
    for number, (time_ms, received_ms) in enumerate(said, start=1):
        if clock.observe(time_ms, received_ms, ordered=ordered) is not None:
            found.append((number, clock.offset_ms))
    return found


def test_a_slow_clock_is_found_after_ten_moments_and_ten_seconds() -> None:
    """40 s behind, and the shortest delay: the eleventh event is the first one that is corrected."""
    assert changes(steady(40_000)) == [(11, 40_040)]
    dense = steady(40_000, n=200, every_ms=100)
    [(number, offset_ms)] = changes(dense)
    assert offset_ms == 40_040
    assert dense[number - 1][1] - dense[0][1] == 10_000, "not before ten seconds, however dense"


def test_a_fast_clock_is_found_at_once() -> None:
    """Nothing arrives before it happens: three moments that agree are proof, the fourth event is corrected."""
    assert changes(steady(-15_000)) == [(4, -14_960)]


def test_a_second_is_no_offset() -> None:
    """Clocks that are kept, logs of whole seconds, and a file that is looked at once a second all read as right."""
    assert changes(steady(900, n=2_000)) == []
    whole = [(time_ms // 1000 * 1000, received_ms + 700) for time_ms, received_ms in steady(n=2_000, every_ms=1_730)]
    assert changes(whole) == []


def test_a_step_is_noticed_in_seconds() -> None:
    """40 s back: after ten moments; 40 s ahead: after three. And back again."""
    dense = {"n": 40, "every_ms": 1_500}
    back = [*steady(**dense), *steady(40_000, start_ms=T0 + 60_000, **dense)]
    clock = ClockOffset()
    assert changes(back, clock) == [(51, 40_040)]
    assert changes(steady(0, start_ms=T0 + 120_000, **dense), clock) == [(4, 0)]
    ahead = [*steady(**dense), *steady(-40_000, start_ms=T0 + 60_000, **dense)]
    assert changes(ahead) == [(44, -39_960)]


def test_an_ordered_stream_whose_time_goes_back_proves_a_step_at_once() -> None:
    """No delay turns the order of a stream round: three moments are enough, as for a clock that is ahead."""
    said = [*steady(n=20), *steady(40_000, n=20, start_ms=T0 + 30_000)]
    assert changes(said, ordered=True) == [(24, 40_040)]
    assert changes(said, ordered=False)[0][0] > 24


def test_a_step_is_told_from_a_clock_that_always_was_off() -> None:
    """`stepped` only where another offset, also none, had been found before."""
    first, then = ClockOffset(), ClockOffset()
    assert [first.observe(*said) for said in steady(40_000)].count(False) == 1
    for said in steady(n=20):
        then.observe(*said)
    assert [then.observe(*said) for said in steady(-40_000, start_ms=T0 + 30_000)].count(True) == 1
    after_restart = ClockOffset(0)
    assert [after_restart.observe(*said) for said in steady(-40_000)].count(True) == 1


def test_drift_is_followed_and_does_not_flicker() -> None:
    """A clock that loses 30 ms a minute: nothing for half an hour, then moves of over a second, each time by drift."""
    said = [(T0 + i * 2_000 - i, T0 + i * 2_000 + 40) for i in range(5_400)]
    clock, moves = ClockOffset(), []
    for time_ms, received_ms in said:
        if (stepped := clock.observe(time_ms, received_ms)) is not None:
            moves.append(clock.offset_ms)
            assert not stepped
    assert moves == sorted(moves)
    assert 3 <= len(moves) <= 5
    assert 5_400 - 1_700 <= clock.offset_ms <= 5_400 + 40


def stall(length_ms: int, speed: float) -> Iterator[Said]:
    """A minute of traffic, a stall, the backlog at so many times real time, and a minute of traffic."""
    at = float(T0)
    for i in range(400):
        time_ms = T0 + i * 500
        blocked = 60_000 <= time_ms - T0 < 60_000 + length_ms
        earliest = T0 + 60_000 + length_ms if blocked else time_ms + 40
        at = max(earliest, at + 500 / speed)
        yield time_ms, int(at)


def scattered(seed: int, delay_ms_max: int, every_ms: int, n: int) -> Iterator[Said]:
    """Each event late by anything up to the greatest delay, in order of arrival."""
    dice = random.Random(seed)
    said = [(T0 + i * every_ms, T0 + i * every_ms + dice.randint(0, delay_ms_max)) for i in range(n)]
    return iter(sorted(said, key=lambda event: event[1]))


NO_OFFSET: dict[str, list[Said]] = {
    "a stall of 30 s, then everything at once": list(stall(30_000, 10_000)),
    "a stall of 30 s that drains at twice the pace": list(stall(30_000, 2.0)),
    "a stall of 30 s that drains slowly": list(stall(30_000, 1.25)),
    "eight hours of history at once, then live": [
        *((T0 - 8 * HOUR + i * 3_000, T0 + i // 40) for i in range(9_600)),
        *steady(start_ms=T0 + 1_000),
    ],
    "eight hours of history over a minute": [
        *((T0 - 8 * HOUR + i * 3_000, T0 + i * 6) for i in range(9_600)),
        *steady(start_ms=T0 + 60_000),
    ],
    "one event in ten minutes, 20 s late": [(T0 + i * 600_000, T0 + i * 600_000 + 20_000) for i in range(7)],
    "a time an hour ahead": [*steady(n=30), (T0 + HOUR, T0 + 45_000), *steady(n=30, start_ms=T0 + 46_000)],
    "a time an hour behind": [*steady(n=30), (T0 - HOUR, T0 + 45_000), *steady(n=30, start_ms=T0 + 46_000)],
    "a wild time in every tenth minute": [
        (time_ms + (30_000 if i % 400 == 7 else 0), received_ms)
        for i, (time_ms, received_ms) in enumerate(steady(n=8_000))
    ],
    "a mailbox emptied every 20 s": [(T0 + i * 1_000, T0 + -(-i // 20) * 20_000 + 100) for i in range(3_000)],
    "a retained value of yesterday": [(T0 - 24 * HOUR, T0), *steady()],
    **{f"delays up to 8 s, {seed}": list(scattered(seed, 8_000, 1_500, 4_000)) for seed in range(5)},
    **{f"few events, late up to 3 s, {seed}": list(scattered(seed, 3_000, 30_000, 1_000)) for seed in range(5)},
}


@pytest.mark.parametrize("story", NO_OFFSET)
def test_what_is_late_or_wild_is_no_clock_that_is_off(story: str) -> None:
    """Delays, history, rare traffic and single wrong times are believed of no clock."""
    clock, in_order = ClockOffset(), sorted(NO_OFFSET[story])
    assert changes(NO_OFFSET[story], clock) == []
    assert clock.offset_ms == 0
    if in_order == NO_OFFSET[story]:
        assert changes(in_order, ordered=True) == []


def test_what_an_adapter_tells_seconds_late_is_no_step() -> None:
    """Ends of talk that a switch never said, told five seconds later one after the other, in an ordered stream."""
    said = [(time_ms - (5_000 if i > 20 else 0), received_ms) for i, (time_ms, received_ms) in enumerate(steady(n=28))]
    assert changes([*said, *steady(start_ms=T0 + 42_000)], ordered=True) == []


@pytest.mark.parametrize("offset_ms", [40_000, -15_000])
@pytest.mark.parametrize("seed", range(5))
def test_a_clock_that_is_off_is_found_among_delays(offset_ms: int, seed: int) -> None:
    """Three of four events come at once, the rest up to 8 s late: it is found, and to half a second."""
    dice = random.Random(seed)
    said = [
        (T0 + i * 1_500 - offset_ms, T0 + i * 1_500 + dice.choice((40, 40, 40, dice.randint(0, 8_000))))
        for i in range(2_000)
    ]
    clock = ClockOffset()
    found = changes(sorted(said, key=lambda event: event[1]), clock)
    assert len(found) == 1
    assert abs(clock.offset_ms - offset_ms) <= 500


def mixed(share: float, rate: float, *, ahead_ms: int = 3_000, hours: float = 2, seed: int = 5) -> Iterator[Said]:
    """Two senders under one name: of one the clock is right, of the other, with this share of the events, ahead."""
    dice, at = random.Random(seed), float(T0)
    while at < T0 + hours * HOUR:
        at += dice.expovariate(rate) * 1_000
        yield int(at) + (ahead_ms if dice.random() < share else 0), int(at) + dice.randint(5, 80)


@pytest.mark.parametrize("rate", [0.5, 1, 2, 8, 30])
@pytest.mark.parametrize("share", [0.02, 0.1, 0.3])
@pytest.mark.parametrize("known", [None, 0])
def test_the_lesser_part_of_two_clocks_under_one_name_moves_nothing(
    share: float, rate: float, known: int | None
) -> None:
    """Most events still say what is believed: it stays, from a few events a minute to many a second."""
    hours = 2 if rate <= 2 else 0.5
    for ahead_ms in (3_000, HOUR):
        assert changes(mixed(share, rate, ahead_ms=ahead_ms, hours=hours), ClockOffset(known)) == []


@pytest.mark.parametrize("share", [0.02, 0.1, 0.3, 0.5, 0.7, 0.9])
@pytest.mark.parametrize("base_ms", [0, 40_000])
@pytest.mark.parametrize("ordered", [False, True])
def test_two_clocks_under_one_name_do_not_make_the_offset_flicker(share: float, base_ms: int, ordered: bool) -> None:
    """Whichever of the two is believed, it is found once, and changes there and back once an hour at most."""
    for rate, seed in ((0.1, 1), (0.5, 2), (1, 3), (2, 4)):
        said = (
            (time_ms - base_ms, received_ms)
            for time_ms, received_ms in mixed(share, rate, ahead_ms=15_000, hours=4, seed=seed)
        )
        assert len(changes(said, ordered=ordered)) <= 1 + 2 * 4


def test_a_delay_that_comes_and_goes_is_believed_once_an_hour() -> None:
    """A pipeline that is a steady minute late every few minutes: believed once, undone in three moments, not again."""
    clock, start_ms, heard = ClockOffset(0), T0, []
    for _ in range(5):
        heard += steady(n=60, start_ms=start_ms)
        heard += [(time_ms, received_ms + 60_000) for time_ms, received_ms in steady(n=40, start_ms=start_ms + 90_000)]
        start_ms = heard[-1][1] + 1_500
    found = changes(heard, clock)
    assert [offset_ms for _, offset_ms in found] == [60_040, 0]
    later = [(time_ms, at + 60_000) for time_ms, at in steady(n=1_000, start_ms=start_ms + HOUR)]
    assert [offset_ms for _, offset_ms in changes(later, clock)] == [60_040], "an hour later it may be the clock"


def test_a_clock_set_to_the_same_wrong_time_twice_is_found_by_the_minutes() -> None:
    """Set back, put right, set back again within the hour: the second time takes ten minutes, and is no mystery."""
    spans = ((0, 120), (40_000, 80), (0, 80), (40_000, 800))
    clock, start_ms, heard = ClockOffset(0), T0, []
    for offset_ms, n in spans:
        heard += steady(offset_ms, n=n, start_ms=start_ms)
        start_ms += n * 1_500
    found = changes(heard, clock)
    assert [offset_ms for _, offset_ms in found] == [40_040, 0, 40_040]
    assert heard[found[-1][0] - 1][1] - heard[280][1] <= 660_000


def test_memory_is_bounded() -> None:
    """However much is heard, and from however many sources."""
    clock = ClockOffset()
    for said in steady(n=50_000, every_ms=700):
        clock.observe(*said)
    assert (len(clock._moments), len(clock._minutes)) == (MOMENTS, MINUTES)
    clocks = SourceClocks()
    for number in range(SOURCES_MAX + 50):
        clocks.hear(_state(T0, source=f"s{number}"), T0)
    assert len(clocks._clocks) == SOURCES_MAX
    none = SourceClocks(sources_max=0)
    assert [none.hear(_state(time_ms), received_ms) for time_ms, received_ms in steady(40_000)] == [
        (_state(time_ms),) for time_ms, _ in steady(40_000)
    ]


# The stage


def _state(at: int, source: str = "switch", agent: str = "A17") -> Event:
    return e.AgentStateChanged(time=at, source=source, agent=agent, state="available")


def _knowing(offset_ms: int) -> SourceClocks:
    return SourceClocks({"switch": offset_ms})


def test_the_change_is_told_before_the_first_event_it_corrects() -> None:
    """One `source.clock` on our clock, then events in our time; other sources are left alone."""
    clocks = SourceClocks()
    heard: list[Event] = []
    for time_ms, received_ms in steady(40_000, n=14):
        heard += clocks.hear(_state(time_ms), received_ms)
    told = [said for said in heard if isinstance(said, SourceClock)]
    assert told == [SourceClock(time=T0 + 10 * 1_500 + 40, source="switch", offset_ms=40_040)]
    assert [said.time for said in heard[:2]] == [T0 - 40_000, T0 - 38_500]
    assert [said.time for said in heard[heard.index(told[0]) + 1 :]] == [T0 + i * 1_500 + 40 for i in range(10, 14)]
    assert (clocks.offset_ms("switch"), clocks.offset_ms("other")) == (40_040, 0)
    [other] = clocks.hear(_state(T0, source="other"), T0)
    assert other.time == T0


def test_an_offset_survives_a_restart() -> None:
    """What the engine remembers is where the stage goes on: the first event is corrected already."""
    [event] = _knowing(40_000).hear(_state(T0 - 40_000), T0 + 50)
    assert event.time == T0


def test_nothing_is_touched_while_there_is_no_offset() -> None:
    """The very same event goes on, whatever it is."""
    for event in (_state(T0), e.SourceUp(time=T0, source="switch"), e.SourceGap(time=T0, source="switch", since=T0)):
        [said] = SourceClocks().hear(event, T0 + 40)
        assert said is event


def test_what_is_said_of_a_protocol_is_no_evidence_and_has_the_time_of_what_came_before_it() -> None:
    """In the source's time it is moved, as that was; in ours it stays; and said often it never becomes an offset."""
    for time_ms in (T0 - 40_000, T0):
        [said] = _knowing(40_000).hear(SourceDescribed(time=time_ms, source="switch", unseen=("hold",)), T0 + 50)
        assert said.time == T0
    clocks = SourceClocks()
    for second in range(60):
        at = T0 + second * 1_000
        assert len(clocks.hear(SourceDescribed(time=at - 40_000, source="switch"), at)) == 1
    assert clocks.offset_ms("switch") == 0


def test_times_inside_an_event_move_with_it() -> None:
    """A report's entries, a gap's beginning, the visits of a back-fill; what has no time inside has none after."""
    report = e.FloorReported(
        time=T0 - 40_000,
        source="switch",
        complete=True,
        waiting=(e.Waiting(contact="c1", queue="sales", since=T0 - 50_000),),
        members=(e.Member(agent="A17", queue="sales"),),
        states=(e.ReportedState(agent="A17", state="paused", since=T0 - 60_000),),
    )
    moved = in_our_time(report, 40_000, T0 + 100)
    assert isinstance(moved, e.FloorReported)
    assert (moved.time, moved.waiting[0].since, moved.states[0].since) == (T0, T0 - 10_000, T0 - 20_000)
    assert moved.members[0].since is None
    gap = in_our_time(e.SourceGap(time=T0 + 15_000, source="switch", since=T0 - 5_000), -15_000, T0 + 10)
    assert gap == e.SourceGap(time=T0, source="switch", since=T0 - 20_000)
    visit = BackfilledVisit(
        contact="c1", queue="sales", entered_at=T0 - 70_000, declined=(BackfilledDecline(agent="A17", at=T0 - 65_000),)
    )
    told = SourceBackfilled(time=T0, source="switch", since=T0 - 90_000, until=T0 - 40_000, visits=(visit,))
    filled = in_our_time(told, 40_000, T0)
    assert isinstance(filled, SourceBackfilled)
    assert (filled.visits[0].entered_at, filled.visits[0].left_at) == (T0 - 30_000, None)
    assert filled.visits[0].declined[0].at == T0 - 25_000
    assert (filled.since, filled.until) == (T0 - 90_000, T0), "what is covered is never less than the gap"


def test_what_we_say_of_a_source_is_in_our_time_already() -> None:
    """Of each fact of the connection the nearer clock is taken; that we were not running is ours, however old."""
    clocks = _knowing(40_000)
    for ours in (
        e.SourceUp(time=T0, source="switch"),
        e.SourceDown(time=T0 - 15_000, source="switch", reason="silent"),
        e.SourceDown(time=T0 - HOUR, source="switch", reason="not_running"),
        e.SourceHeartbeat(time=T0, source="switch"),
    ):
        assert clocks.hear(ours, T0 + 5) == (ours,)
    [down] = clocks.hear(e.SourceDown(time=T0 - 55_000, source="switch"), T0)
    assert down.time == T0 - 15_000, "said by the switch's clock, 15 s after the last byte"


def test_a_gap_in_mixed_times_is_rather_too_wide() -> None:
    """Its end is the switch's, its beginning was remembered by us: moving both would lose 40 s that may be missing."""
    [gap] = _knowing(40_000).hear(e.SourceGap(time=T0 - 40_000, source="switch", since=T0 - 20_000), T0 + 5)
    assert gap == e.SourceGap(time=T0, source="switch", since=T0 - 20_000)


def test_what_we_say_is_no_evidence() -> None:
    """Heartbeats and reports on our clock, among events of a slow one, do not hide it."""
    clocks = SourceClocks()
    for time_ms, received_ms in steady(40_000, n=14):
        clocks.hear(e.SourceHeartbeat(time=received_ms, source="switch"), received_ms)
        clocks.hear(_state(time_ms), received_ms)
    assert clocks.offset_ms("switch") == 40_040


# Recordings


def _recordings() -> list[Path]:
    found = [*INSIDE.glob("*/events_messy.jsonl.gz")]
    if SHARED.is_dir():
        found += [*SHARED.glob("days/*/events_messy.jsonl.gz"), *SHARED.glob("recordings/*/*.ami.gz")]
    return sorted(found)


def _moved(arriving: Iterable[Delivery], offset_ms: int) -> Iterator[Delivery]:
    for at, event in arriving:
        assert isinstance(event.time, int)
        yield at, msgspec.structs.replace(event, time=event.time - offset_ms)


def _told(arriving: Iterable[Delivery]) -> list[SourceClock]:
    clocks = SourceClocks()
    said = (said for at, event in arriving for said in clocks.hear(event, at))
    return [event for event in said if isinstance(event, SourceClock)]


@pytest.mark.parametrize("path", _recordings(), ids=lambda path: path.name + " " + path.parent.name)
def test_recorded_arrivals_show_no_offset_where_there_was_none(path: Path) -> None:
    """A whole day delivered late and shuffled, whole sessions of a switch: not one word about a clock; and when the
    same clock is made 40 s slow or 15 s fast, exactly one."""
    recording = open_recording(path)
    assert isinstance(recording, EventsRecording | AmiRecording)
    assert _told(recording.deliveries()) == []
    for offset_ms in (40_000, -15_000):
        [told] = _told(_moved(open_recording(path).deliveries(), offset_ms))
        assert (abs(told.offset_ms - offset_ms) < 500, told.stepped) == (True, False)
