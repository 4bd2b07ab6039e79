"""Our figures beside the switch's own: by its rules the same, and every other difference has a contact and a reason."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from floorwatch.cli.reconcile import reconcile as command
from floorwatch.floor import events as e
from floorwatch.floor.hours import Hours
from floorwatch.floor.settings import QueuePolicy, Settings
from floorwatch.ingest.ami.reconcile import (
    SwitchCounters,
    UnusableCountersError,
    read_counters,
    switch_counters,
    switch_queue,
)
from floorwatch.ingest.open import open_recording
from floorwatch.ingest.source import Delivery
from floorwatch.reconcile.compare import Reconciled, Row, reconcile
from floorwatch.reconcile.watched import watch
from tests.ingest.recordings import NAMES, interfaces, part, text
from tests.test_recordings import _settings as recording_settings

recorded = pytest.mark.skipif(not NAMES, reason="the recordings are not beside this checkout (../shared/recordings)")


def _moments(name: str) -> list[SwitchCounters]:
    said = json.loads(text(name, "switch_stats.json"))
    return [switch_counters(int(one["t"] * 1000), one["QueueParams"], one["label"]) for one in said]


def _compared(name: str, form: str, counters: SwitchCounters, *, log: bool = True) -> list[Reconciled]:
    arriving = open_recording(part(name, form), form, interfaces=interfaces(name)).deliveries()
    path = part(name, "queue_log") if log else None
    return reconcile(watch(arriving, recording_settings(name), path, counters.at), counters)


def _unexplained(found: list[Reconciled]) -> list[tuple[str, str, float]]:
    return [(one.queue, row.figure, row.unexplained) for one in found for row in one.rows if row.unexplained]


@recorded
@pytest.mark.parametrize("form", ["queue_log", "ami"])
@pytest.mark.parametrize("name", [name for name in NAMES if name in ("dev-a", "dev-c")])
def test_an_undisturbed_day_leaves_nothing_unexplained_and_nothing_in_doubt(name: str, form: str) -> None:
    """Completed, abandoned, both levels and both moving averages come out as the switch has them, to the digit."""
    for counters in _moments(name):
        found = _compared(name, form, counters)
        assert len(found) == len(counters.queues)
        assert [(row.switch, row.figure) for one in found for row in one.rows if row.switch != row.by_its_rule] == []
        for one in found:
            for row in one.rows[:2]:
                assert row.ours is not None
                assert abs(row.switch - row.ours) == len(row.differences), (one.queue, row.figure)


@recorded
@pytest.mark.parametrize("form", ["queue_log", "ami"])
@pytest.mark.parametrize("name", [name for name in NAMES if name == "dev-b"])
def test_a_gap_a_reload_and_a_restart_leave_nothing_unexplained(name: str, form: str) -> None:
    """At every moment it was asked, its counters from before the restart and from after it."""
    for counters in _moments(name):
        assert not _unexplained(_compared(name, form, counters)), counters.label


@recorded
@pytest.mark.parametrize("name", [name for name in NAMES if name == "dev-b"])
def test_a_gap_that_is_not_back_filled_is_unexplained_and_named(name: str) -> None:
    """The comparison can fail: contacts nobody heard of are missing, and the gap says where they may be."""
    (before_restart,) = (one for one in _moments(name) if one.label == "before core restart now")
    found = _compared(name, "ami", before_restart, log=False)
    assert _unexplained(found)
    assert found[0].notes == ["nothing was heard for 20.017 s, and that is not back-filled"]


# One difference at a time

AT = 1_772_500_000_000
T: dict[str, Any] = {"queue": "q", "agent": "A17"}


VOICE = QueuePolicy()


def _heard(*facts: tuple[float, type[e.Event], dict[str, Any]]) -> list[Delivery]:
    return [
        (AT + int(at * 1000), kind(time=AT + int(at * 1000), source="pbx", seq=number, **more))
        for number, (at, kind, more) in enumerate(facts)
    ]


def _said(at: float = 100, since: float | None = None, **changed: str) -> SwitchCounters:
    said = {"Queue": "q", "Calls": "0", "Completed": "0", "Abandoned": "0", "ServiceLevel": "20"}
    said |= {"ServicelevelPerf": "0.0", "ServicelevelPerf2": "0.0", "Holdtime": "0", "TalkTime": "0"} | changed
    return switch_counters(AT + int(at * 1000), [said], "", None if since is None else AT + int(since * 1000))


def _rows(
    counters: SwitchCounters, *facts: tuple[float, type[e.Event], dict[str, Any]], policy: QueuePolicy = VOICE
) -> dict[str, Row]:
    settings = Settings(queues={"q": policy})
    (one,) = reconcile(watch(_heard(*facts), settings, until=counters.at), counters)
    return {row.figure: row for row in one.rows}


def _answered(
    contact: str, start: float, wait: float, talk: float
) -> list[tuple[float, type[e.Event], dict[str, Any]]]:
    return [
        (start, e.ContactOffered, {"contact": contact, "queue": "q"}),
        (start + wait, e.ContactAnswered, {"contact": contact, **T}),
        (start + wait + talk, e.ContactEnded, {"contact": contact, **T}),
    ]


def test_who_logged_out_during_the_talk_is_completed_for_us_alone() -> None:
    """And who logged out and in again before its end is completed for both."""
    joined = (0, e.AgentJoined, T)
    facts = [joined, *_answered("c1", 1, 4, 20), *_answered("c2", 40, 4, 20)]
    facts += [(10, e.AgentLeft, T), (26, e.AgentJoined, T), (46, e.AgentLeft, T), (47, e.AgentJoined, T)]
    facts.sort(key=lambda fact: fact[0])
    rows = _rows(
        _said(Completed="1", ServicelevelPerf="100.0", ServicelevelPerf2="100.0", Holdtime="4", TalkTime="20"), *facts
    )
    completed = rows["completed"]
    assert (completed.ours, completed.by_its_rule, completed.unexplained) == (2, 1, 0)
    assert [(one.contact, "A17 was no member" in one.why) for one in completed.differences] == [("c1", True)]
    assert not any(row.unexplained for row in rows.values())


@pytest.mark.parametrize(
    ("reason", "counted"), [("timeout", 1), ("empty", 1), ("withdrawn", 1), ("key", 0), ("other", 0)]
)
def test_what_the_switch_calls_abandoned(reason: str, counted: int) -> None:
    """Time-outs and emptied queues among them, a leave by key not; for us none of them gave up."""
    stay = {"contact": "c1", "queue": "q"}
    facts = [(1, e.ContactOffered, stay), (30, e.ContactExited, {**stay, "reason": reason})]
    row = _rows(_said(Abandoned=str(counted)), *facts)["abandoned"]
    assert (row.ours, row.by_its_rule, row.unexplained, len(row.differences)) == (0, counted, 0, counted)


def test_whole_seconds_at_the_threshold() -> None:
    """20.4 s is past 20 s for us; the switch's clocks, cut to seconds, say 20."""
    rows = _rows(_said(Completed="1", ServicelevelPerf="100.0"), *_answered("c1", 1.3, 20.4, 9))
    row = rows["level_of_completed"]
    assert (row.by_its_rule, row.ours, row.unexplained) == (100.0, 0.0, 0)
    assert [one.why for one in row.differences] == ["waited 20.400 s: the switch's clocks, cut, say 20 s"]


def test_a_second_that_two_clocks_read_apart_is_a_doubt() -> None:
    """Two milliseconds after the turn of a second the switch may have read the second before: no error of anybody."""
    rows = _rows(_said(Completed="1", ServicelevelPerf="0.0"), *_answered("c1", 1.002, 20.1, 9))
    row = rows["level_of_completed"]
    assert (row.by_its_rule, row.unexplained) == (100.0, 0)
    assert [one.why for one in row.doubts] == ["waited 20 s or 21 s by the switch's clocks"]


def test_another_threshold_is_named() -> None:
    """Ours is the configuration's, the switch's that of queues.conf."""
    rows = _rows(_said(Completed="1", ServiceLevel="30", ServicelevelPerf="100.0"), *_answered("c1", 1, 25, 9))
    row = rows["level_of_completed"]
    assert [one.why for one in row.differences] == ["waited 25.0 s: the switch's threshold is 30 s, ours 20 s"]


def test_business_hours_the_switch_does_not_know_are_named() -> None:
    """It waits as long as ever, and for the promise not at all."""
    elsewhen = Hours(((),) * 6 + (((0, 60_000),),))  # a minute a week, and not this one
    policy = QueuePolicy(hours=elsewhen)
    rows = _rows(_said(Completed="1", ServicelevelPerf="0.0"), *_answered("c1", 1, 25, 9), policy=policy)
    row = rows["level_of_completed"]
    assert (row.ours, row.unexplained) == (100.0, 0)
    assert [one.why for one in row.differences] == ["waited 0.0 s of the queue's hours: the switch knows none"]


def test_who_still_talks_is_answered_and_not_completed() -> None:
    """The switch counts at the end of talk."""
    row = _rows(_said(at=50), *_answered("c1", 1, 4, 90))["completed"]
    assert (row.ours, row.by_its_rule, row.unexplained) == (1, 0, 0)
    assert "talk is not over" in row.differences[0].why


def test_what_changed_as_the_switch_was_asked_is_a_doubt() -> None:
    """Within a second of the asking either side may be ahead; further away it is an error."""
    facts = _answered("c1", 1, 4, 20)
    assert _rows(_said(at=25.4, Completed="0"), *facts)["completed"].unexplained == 0
    assert _rows(_said(at=27, Completed="0"), *facts)["completed"].unexplained == -1


def test_the_switch_counts_since_it_started() -> None:
    """What was over before a restart is not asked of it; where it counted before we listened, that is said."""
    facts = [
        (0.0, e.SourceUp, {}),
        *_answered("c1", 1, 4, 20),
        (40.0, e.SourceDown, {"reason": "restart"}),
        (41.0, e.SourceUp, {}),
        *_answered("c2", 50, 4, 20),
    ]
    assert _rows(_said(Completed="1"), *facts)["completed"].unexplained == 0
    settings = Settings(queues={"q": QueuePolicy()})
    (one,) = reconcile(watch(_heard(*facts[1:4]), settings), _said(since=-60, Completed="3"))
    assert one.rows[0].unexplained == 2
    assert one.notes == ["the switch had counted for 61 s when we began to hear it"]


# The file, and the command


def test_counters_that_are_none_are_refused_with_the_reason(tmp_path: Path) -> None:
    """Whatever the file holds, a sentence says what is wrong with it."""
    for content, wrong in (
        ("[]", "no moment"),
        ("{", "truncated"),
        ('[{"t": 1}]', "QueueParams"),
        ('[{"t": 1, "QueueParams": [{"Queue": "q"}]}]', "no Calls"),
    ):
        path = tmp_path / "stats.json"
        path.write_text(content)
        with pytest.raises(UnusableCountersError, match=wrong):
            read_counters(path)
    with pytest.raises(UnusableCountersError, match="invalid literal"):
        switch_queue({"Queue": "q", "Calls": "many"})


app = typer.Typer(pretty_exceptions_enable=False)
app.command()(command)


def _run(*arguments: object) -> Any:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


@recorded
def test_the_command_says_who_makes_the_difference(tmp_path: Path) -> None:
    """A recording, the switch's answers, one table a queue; exit status 0 while everything is explained."""
    stats = tmp_path / "stats.json"
    stats.write_text(text("dev-c", "switch_stats.json"))
    done = _run(part("dev-c", "ami"), "--switch", stats)
    assert done.exit_code == 0, done.output
    assert "1795293427.366: Dina Costa was no member of the queue when talk ended" in done.output
    assert "left by timeout: no abandon for us, one for the switch" in done.output
    shown = json.loads(_run(part("dev-c", "ami"), "--switch", stats, "--json").output)
    assert {one["queue"] for one in shown} == {"sales", "support", "billing", "vip", "overflow"}
    assert all(figure["unexplained"] == 0 for one in shown for figure in one["figures"])


@recorded
def test_the_command_fails_when_something_stays_unexplained(tmp_path: Path) -> None:
    """A gap without its back-fill: exit status 1; with the log: 0. A label that is not there: 2, and what there is."""
    stats = tmp_path / "stats.json"
    stats.write_text(text("dev-b", "switch_stats.json"))
    ask = (part("dev-b", "ami"), "--switch", stats, "--label", "before core restart now")
    assert _run(*ask).exit_code == 1
    config = tmp_path / "floorwatch.yaml"
    config.write_text(
        "agents:\n" + "".join(f"  {name}: {{interfaces: [{device}]}}\n" for device, name in interfaces("dev-b").items())
    )
    assert _run(*ask, "--backfill", part("dev-b", "queue_log"), "--config", config).exit_code == 0
    wrong = _run(part("dev-b", "ami"), "--switch", stats, "--label", "noon")
    assert (wrong.exit_code, "has no moment 'noon'; it has: before module reload" in wrong.output) == (2, True)


def test_unusable_arguments_are_named(tmp_path: Path) -> None:
    """A file that is not there, and one that is no recording: exit status 2 and a sentence."""
    stats = tmp_path / "stats.json"
    assert _run(tmp_path / "none", "--switch", stats).exit_code == 2
    stats.write_text(json.dumps([{"t": 1, "QueueParams": []}]))
    for name, content, why in (("none.ami", None, "no such file"), ("odd", "hello", "not recognised")):
        if content is not None:
            (tmp_path / name).write_text(content)
        done = _run(tmp_path / name, "--switch", stats)
        assert (done.exit_code, why in done.output) == (2, True), done.output
