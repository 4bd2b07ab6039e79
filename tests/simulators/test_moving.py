"""Days moved in time: at the same local times, whatever clocks do, and under names of their own."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

from floorwatch.floor import events as e
from simulators.play.moving import at_time_of_day, local, moved, tag_of, to_day, to_free_day

BERLIN = ZoneInfo("Europe/Berlin")


def ms(text: str) -> int:
    """An instant of Berlin."""
    return int(datetime.fromisoformat(text).replace(tzinfo=BERLIN).timestamp() * 1000)


def test_a_day_keeps_its_local_times_over_a_change_of_the_clocks() -> None:
    """Saturday 8:00 in winter is Sunday 8:00 in summer: 23 hours later."""
    first = ms("2026-03-28T08:00")
    by_ms = to_day(first, BERLIN, date(2026, 3, 29))
    assert by_ms == 23 * 3_600_000
    assert local(first + by_ms, BERLIN).isoformat() == "2026-03-29T08:00:00+02:00"


def test_the_first_free_day_is_its_own_or_a_later_one() -> None:
    """Its own while time has not passed it, else the first on which it begins later; years away as well."""
    first = ms("2026-03-03T08:00")
    assert to_free_day(first, BERLIN, 0) == 0
    assert to_free_day(first, BERLIN, first - 1) == 0
    assert to_free_day(first, BERLIN, first) == 86_400_000
    assert to_free_day(first, BERLIN, ms("2026-03-05T07:59")) == 2 * 86_400_000
    later = first + to_free_day(first, BERLIN, ms("2030-07-01T12:00"))
    assert local(later, BERLIN).isoformat() == "2030-07-02T08:00:00+02:00"


def test_times_of_day_may_lie_after_midnight() -> None:
    """25:30 is half past one in the night that belongs to the day."""
    assert at_time_of_day(ms("2026-03-03T08:00"), 10 * 60 + 30, BERLIN) == ms("2026-03-03T10:30")
    assert at_time_of_day(ms("2026-03-03T08:00"), 25 * 60 + 30, BERLIN) == ms("2026-03-04T01:30")


def test_every_time_in_an_event_moves_with_it() -> None:
    """Also those of gaps, reports and schedules; what it waits under is another name then."""
    by_ms = 86_400_000
    gap = moved(e.SourceGap(time=2_000, since=1_000, id="g"), by_ms, 0)
    assert (gap.time, gap.since) == (by_ms + 2_000, by_ms + 1_000)  # type: ignore[attr-defined]
    report = e.FloorReported(
        time=9_000,
        complete=True,
        waiting=(e.Waiting(contact="c", queue="q", since=5_000),),
        members=(e.Member(agent="A", queue="q"),),
    )
    told = moved(report, by_ms, 7)
    assert isinstance(told, e.FloorReported)
    assert told.waiting == (e.Waiting(contact="c" + tag_of(by_ms), queue="q", since=by_ms + 5_000),)
    assert told.members == report.members
    planned = e.ScheduledActivity(agent="A", activity="work", start=1, end=2)
    schedule = moved(e.ScheduleLoaded(time=0, version="1", activities=(planned,)), by_ms, 8)
    assert schedule.activities[0].end == by_ms + 2  # type: ignore[attr-defined]


def test_an_event_has_an_id_of_its_own_in_every_move() -> None:
    """Its own where it has one, its place in the day where not; unmoved it keeps the names it has."""
    named = e.ContactOffered(time=1_000, contact="c", queue="q", id="e1", received=1_500)
    unnamed = e.ContactOffered(time=1_000, contact="c", queue="q")
    as_it_is = moved(named, 0, 3)
    assert (as_it_is.id, as_it_is.contact, as_it_is.received) == ("e1", "c", None)  # type: ignore[attr-defined]
    ids = {moved(event, by_ms, 3).id for event in (named, unnamed) for by_ms in (0, 86_400_000, 2 * 86_400_000)}
    assert len(ids) == 6
