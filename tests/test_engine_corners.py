"""Corners of the engine that once gave a wrong number: each a short story with its one right figure."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec

from floorwatch.floor.settings import QueuePolicy, Settings
from floorwatch.replay import replay

START_MS = 1_772_500_500_000
Fact = dict[str, Any]


def _report(folder: Path, *facts: Fact, **policy: Any) -> Any:
    """The report of facts whose `at` is in seconds."""
    lines = [
        msgspec.json.encode({"source": "pbx", **fact, "time": START_MS + int(fact["at"] * 1000)} | {"at": None})
        for fact in facts
    ]
    (folder / "facts.jsonl").write_bytes(b"\n".join(line.replace(b',"at":null', b"") for line in lines))
    settings = Settings(queues={"q": QueuePolicy(**policy)})
    return replay([folder / "facts.jsonl"], settings, input_format="events")


def _fact(at: float, kind: str, contact: str = "c", queue: str = "q", **more: Any) -> Fact:
    return {"at": at, "type": f"contact.{kind}", "contact": contact, "queue": queue, **more}


def test_a_ring_all_of_many_rounds_loses_nothing(tmp_path: Path) -> None:
    """However many phones rang in vain, the answer and the end of a contact count."""
    rung = [
        _fact(1 + turn * 20 + part, kind, agent=f"A{phone}")
        for turn in range(20)
        for phone in range(30)
        for part, kind in ((0, "alerting"), (15, "declined"))
    ]
    rung.sort(key=lambda fact: fact["at"])
    report = _report(
        tmp_path, _fact(0, "offered"), *rung, _fact(500, "answered", agent="A1"), _fact(560, "ended", agent="A1")
    )
    queue = report["queues"]["q"]
    assert (queue["answered"], queue["waiting_at_end"], queue["talk_seconds"]) == (1, 0, 60.0)


def test_an_empty_source_name_is_a_name(tmp_path: Path) -> None:
    """One odd line never stops a feed."""
    report = _report(tmp_path, _fact(0, "offered", source=""), _fact(5, "answered", agent="A1", source=""))
    assert report["queues"]["q"]["answered_in_threshold"] == 1


def test_a_miss_decided_after_an_outage_survives_the_next_one(tmp_path: Path) -> None:
    """Decided once: a later outage that hides the end hides nothing of that."""
    report = _report(
        tmp_path,
        _fact(0, "offered"),
        {"at": 10, "type": "source.down"},
        {"at": 30, "type": "source.up"},
        {"at": 31, "type": "floor.reported", "complete": True, "waiting": [{"contact": "c", "queue": "q"}]},
        {"at": 60, "type": "source.down"},
        {"at": 100, "type": "source.up"},
        {"at": 101, "type": "floor.reported", "complete": True},
        {"at": 200, "type": "source.heartbeat"},
    )
    queue = report["queues"]["q"]
    assert queue["exited"] == {"unknown": 1}
    assert queue["service_level_n"]["abandons_missed"] == 1


def test_a_talk_that_moved_during_an_outage_leaves_the_first_agent(tmp_path: Path) -> None:
    """The report says who has the contact now; who had it does not talk on for ever."""
    report = _report(
        tmp_path,
        _fact(0, "offered"),
        _fact(5, "answered", agent="A1"),
        {"at": 50, "type": "source.down"},
        {"at": 60, "type": "source.up"},
        {
            "at": 60.5,
            "type": "floor.reported",
            "complete": True,
            "talking": [{"contact": "c", "queue": "q", "agent": "A2", "since": START_MS + 55_000}],
        },
        _fact(100, "ended", agent="A2"),
        {"at": 1000, "type": "source.heartbeat"},
    )
    assert report["agents"]["A1"]["seconds"]["talking"] < 60
    assert report["agents"]["A2"]["seconds"]["talking"] <= 45


def test_what_a_report_leaves_out_is_over_also_when_it_is_heard_of_later(tmp_path: Path) -> None:
    """A late offer and a late answer from before a complete report that names neither."""
    facts = (
        {"at": 50, "type": "floor.reported", "complete": True, "received": START_MS + 50_000},
        _fact(40, "offered", received=START_MS + 60_000),
        _fact(30, "offered", "d", received=START_MS + 61_000),
        _fact(35, "answered", "d", agent="A1", received=START_MS + 62_000),
        {"at": 500, "type": "source.heartbeat", "received": START_MS + 500_000},
    )
    report = _report(tmp_path, *facts)
    queue = report["queues"]["q"]
    assert (queue["offered"], queue["exited"], queue["waiting_at_end"]) == (2, {"unknown": 1}, 0)
    assert report["agents"]["A1"]["seconds"]["talking"] == 15.0
    assert not report["input"]["anomalies"]


def test_a_threshold_of_nothing_does_not_hold_an_alert_for_ever(tmp_path: Path) -> None:
    """T = 0: the longest wait clears when nobody waits."""
    report = _report(
        tmp_path,
        _fact(0, "offered"),
        _fact(121, "answered", agent="A1"),
        {"at": 600, "type": "source.heartbeat"},
        threshold_ms=0,
        short_abandon_ms=0,
    )
    [alert] = report["alerts"]
    assert alert["resolved_at"] is not None


def test_timed_wrap_up_is_counted_once_and_survives_a_ring_in_vain(tmp_path: Path) -> None:
    """A repeated end adds nothing; a phone that rings in vain interrupts the wrap-up and does not end it."""
    ended = [_fact(0, "offered"), _fact(1, "answered", agent="A1"), _fact(11, "ended", agent="A1")]
    rung = [_fact(20, "offered", "d"), _fact(21, "alerting", "d", agent="A1"), _fact(26, "declined", "d", agent="A1")]
    again = _fact(30, "ended", agent="A1")
    report = _report(tmp_path, *ended, *rung, again, _fact(90, "abandoned", "d"), wrap_up_ms=30_000)
    assert report["agents"]["A1"]["seconds"]["wrap_up"] == 25.0
    queue = report["queues"]["q"]
    assert (queue["wrap_up_seconds"], queue["handled"], queue["aht_seconds"]) == (25.0, 1, 35.0)


def test_a_queue_nobody_configured_has_the_channel_its_contacts_say(tmp_path: Path) -> None:
    """A configured queue has the one of its policy, whatever a contact says."""
    report = _report(tmp_path, _fact(0, "offered", channel="chat"), _fact(1, "offered", queue="new", channel="chat"))
    assert {name: queue["channel"] for name, queue in report["queues"].items()} == {"q": "voice", "new": "chat"}


def test_an_end_at_the_last_instant_is_handled(tmp_path: Path) -> None:
    """Talk that counts is talk of a contact that counts."""
    report = _report(tmp_path, _fact(0, "offered"), _fact(5, "answered", agent="A1"), _fact(100, "ended", agent="A1"))
    queue = report["queues"]["q"]
    assert (queue["talk_seconds"], queue["handled"], queue["aht_seconds"]) == (95.0, 1, 95.0)


def test_leaving_a_queue_never_joined_changes_nothing(tmp_path: Path) -> None:
    """Also when every joined queue has been left."""
    report = _report(
        tmp_path,
        {"at": 0, "type": "agent.joined", "agent": "A1", "queue": "q"},
        {"at": 10, "type": "agent.left", "agent": "A1", "queue": "q"},
        {"at": 20, "type": "agent.state", "agent": "A1", "state": "available"},
        {"at": 30, "type": "agent.left", "agent": "A1", "queue": "other"},
        {"at": 140, "type": "source.heartbeat"},
    )
    assert report["agents"]["A1"]["seconds"] == {"available": 130.0, "offline": 10.0}


def test_an_empty_input_lists_who_is_configured(tmp_path: Path) -> None:
    """Nothing was said: every figure is there and empty, and the times are unknown."""
    report = _report(tmp_path)
    assert report["from"] is None
    assert report["queues"]["q"]["offered"] == 0
    assert report["queues"]["q"]["service_level"]["abandons_missed"] is None
