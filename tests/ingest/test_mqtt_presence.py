"""Who is said to be there, and since when something may be missing."""

from __future__ import annotations

from floorwatch.floor.events import ContactAbandoned, SourceDown, SourceGap, SourceUp
from floorwatch.ingest.mqtt.presence import Presence


def fact(source: str) -> ContactAbandoned:
    return ContactAbandoned(time=1, source=source, contact="c", queue="q")


def up(source: str, time: int) -> SourceUp:
    return SourceUp(time=time, source=source)


def down(source: str, time: int, reason: str) -> SourceDown:
    return SourceDown(time=time, source=source, reason=reason)


def gap(source: str, time: int, since: int) -> SourceGap:
    return SourceGap(time=time, source=source, since=since)


def test_every_source_is_lost_with_the_broker_and_comes_back_with_it() -> None:
    """The feed, and whoever speaks through it; said once each."""
    presence = Presence("bus")
    assert presence.connected(10, None) == [up("bus", 10)]
    assert presence.met(fact("bus"), 11) == []
    assert presence.met(fact("pbx"), 12) == [up("pbx", 12)]
    assert presence.met(fact("pbx"), 13) == []
    assert presence.lost(20, "silent") == [down("bus", 20, "silent"), down("pbx", 20, "silent")]
    assert presence.lost(21, "unreachable") == []
    assert presence.connected(30, None) == [up("bus", 30), up("pbx", 30)]


def test_a_broker_that_kept_nothing_leaves_a_gap_for_every_source() -> None:
    """Also for one that is heard only later; a session that was kept leaves none."""
    presence = Presence("bus")
    presence.connected(10, None)
    presence.met(fact("pbx"), 11)
    presence.lost(20, "connection_lost")
    assert presence.connected(30, 15) == [up("bus", 30), gap("bus", 30, 15), up("pbx", 30), gap("pbx", 30, 15)]
    assert presence.met(fact("crm"), 31) == [up("crm", 31), gap("crm", 31, 15)]
    presence.lost(40, "connection_lost")
    assert presence.connected(50, None) == [up("bus", 50), up("pbx", 50), up("crm", 50)]


def test_what_the_broker_dropped_may_be_anyones() -> None:
    """A gap for every source."""
    presence = Presence("bus", ["pbx"])
    assert presence.missed(20, 10) == [gap("bus", 20, 10), gap("pbx", 20, 10)]


def test_a_publisher_that_goes_takes_only_its_own_source_with_it() -> None:
    """The broker's return does not bring it back: its own word does."""
    presence = Presence("bus")
    presence.connected(10, None)
    assert presence.published("pbx", True, 11) == [up("pbx", 11)]
    assert presence.published("pbx", False, 12) == [down("pbx", 12, "publisher_offline")]
    assert presence.published("pbx", False, 13) == []
    presence.lost(20, "silent")
    assert presence.connected(30, None) == [up("bus", 30)]
    assert presence.met(fact("pbx"), 31) == []  # the broker had kept it
    assert presence.published("pbx", True, 32) == [up("pbx", 32)]


def test_a_publisher_may_speak_of_itself_in_its_events() -> None:
    """A `source.down` of its own counts like its status."""
    presence = Presence("bus")
    presence.connected(10, None)
    presence.met(fact("pbx"), 11)
    assert presence.met(down("pbx", 12, "switch"), 12) == []
    presence.lost(20, "silent")
    assert presence.connected(30, None) == [up("bus", 30)]
    assert presence.met(up("pbx", 31), 31) == []
    assert presence.lost(40, "silent") == [down("bus", 40, "silent"), down("pbx", 40, "silent")]


def test_an_absence_before_our_time_is_said_at_its_beginning() -> None:
    """The journal knows until when the feed was heard."""
    presence = Presence("bus")
    assert presence.lost(5, "not_running") == [down("bus", 5, "not_running")]
    assert presence.connected(10, 5) == [up("bus", 10), gap("bus", 10, 5)]
    presence = Presence("bus", ["pbx"])  # the journal knows, too, who was heard
    assert presence.lost(5, "not_running") == [down("bus", 5, "not_running"), down("pbx", 5, "not_running")]
    assert presence.others == ("pbx",)
    assert (len(presence), "pbx" in presence, "crm" in presence) == (2, True, False)
