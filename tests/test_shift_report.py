"""Shift reports: what is in them, to the millisecond, and how they are filed."""

from __future__ import annotations

import json
import threading
from pathlib import Path
from typing import Any

import msgspec
import pytest
from typer.testing import CliRunner

from floorwatch.alerts.oncall.roster import Handover
from floorwatch.cli import app
from floorwatch.floor import internal as i
from floorwatch.floor.events import Event
from floorwatch.floor.oncall import Step, Whom
from floorwatch.shift_desk import ShiftDesk
from floorwatch.shift_files import ShiftFiles, file_name
from floorwatch.shift_rebuilt import rebuild_shift
from floorwatch.shift_report import build_shift
from floorwatch.shift_text import shift_text, shift_title
from floorwatch.shift_view import ShiftReport
from tests.alerts.oncall.rig import HOUR, MINUTE, SECOND, T0, Rig, ladder, person, rota
from tests.store.journals import kept

TURNS = (0, 8 * HOUR, ("A17",)), (8 * HOUR, 16 * HOUR, ("B2",)), (16 * HOUR, 24 * HOUR, ("A17",))


class Recorded(Rig):
    """Writes down what the engine is told."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.given: list[Event] = []
        apply = self.engine.apply

        def heard(event: Event) -> Any:
            self.given.append(event)
            return apply(event)

        self.engine.apply = heard


def rig(*escalations: Any, turns: tuple[Any, ...] = TURNS) -> Recorded:
    """A17 is on call first, then B2."""
    made = Recorded(
        (person("A17"), person("B2")), escalations or (ladder(Step((rota("north"),), every_ms=5 * MINUTE)),)
    )
    made.load("north", *turns)
    return made


def acted(made: Rig, kind: str, what: str) -> None:
    """Something is done about it."""
    now, alert = made.engine.now, made.alert(what).id
    said = {"time": now, "source": "operator", "action": f"a{now}", "who": "B2"}
    made.engine.apply(i.OperatorActed(alert=alert, kind=kind, **said))


def reports(made: Rig) -> list[ShiftReport]:
    return [build_shift(made.engine, handover) for handover in made.engine.calling.roster.handovers]


@pytest.fixture(scope="module")
def made() -> Recorded:
    """One alert of the first turn that is taken and over, one that is handed over, one of the second turn."""
    made = rig()
    made.run(HOUR)
    made.breaks("disk")
    made.run(HOUR + 7 * MINUTE)
    made.take("B2", "disk")
    made.run(HOUR + 8 * MINUTE)
    acted(made, "called_in", "disk")
    made.run(HOUR + 10 * MINUTE)
    made.mends("disk")
    made.run(8 * HOUR - 2 * MINUTE)
    made.breaks("line")
    made.run(8 * HOUR + 3 * MINUTE)
    made.take("B2", "line")
    made.run(9 * HOUR)
    made.mends("line")
    made.breaks("fan")
    made.run(9 * HOUR + 2 * MINUTE)
    made.mends("fan")
    made.run(16 * HOUR + SECOND)
    return made


def test_a_turn_is_told_as_it_was_when_it_was_handed_over(made: Recorded) -> None:
    """Who was called, had it and after how long; what is handed over is not told as taken, though it was later."""
    first, second = reports(made)
    assert (first.key, first.since, first.until) == (f"shift:north:{T0 + 8 * HOUR}", T0, T0 + 8 * HOUR)
    assert (first.people, first.next_people, first.rota, first.known_since) == (("A17",), ("B2",), "north", None)
    disk, line = first.alerts
    assert (disk.subject, disk.told, disk.taken_by, disk.is_live) == ("disk", ("A17",), ("B2",), False)
    assert (disk.fired_at, disk.acknowledge_ms, disk.act_ms, disk.recover_ms) == (
        T0 + HOUR,
        7 * MINUTE,
        8 * MINUTE,
        10 * MINUTE,
    )
    assert (disk.actions, line.actions) == (("called_in",), ())
    assert (line.subject, line.told, line.taken_by, line.is_live) == ("line", ("A17",), (), True)
    assert (line.acknowledge_ms, line.recover_ms) == (None, None)
    assert first.n_by_severity == {"critical": 2}
    assert (first.acknowledge_ms, first.acknowledge_n) == (7 * MINUTE, 1)
    assert (first.recover_ms, first.recover_n, first.act_ms, first.act_n) == (10 * MINUTE, 1, 8 * MINUTE, 1)
    line, fan = second.alerts
    assert (line.subject, line.told, line.taken_by, line.is_live) == ("line", ("A17", "B2"), ("B2",), False)
    assert line.acknowledge_ms == 5 * MINUTE
    assert (fan.subject, fan.taken_by, fan.acknowledge_ms, fan.recover_ms) == ("fan", (), None, 2 * MINUTE)
    assert (second.recover_ms, second.recover_n) == ((HOUR + 2 * MINUTE + 2 * MINUTE) // 2, 2)


def test_a_rota_is_told_of_its_own_alerts() -> None:
    """Those whose escalation names it; one that no escalation names looks after everything."""
    made = rig(ladder(Step((rota("south"),)), rules=("trouble",)), ladder(Step((rota("north"),))))
    made.load("south", *((since, until, ("B2",) if "A17" in who else ("A17",)) for since, until, who in TURNS))
    made.load("spare", *TURNS)
    made.run(HOUR)
    made.breaks("disk")
    made.run(8 * HOUR + SECOND)
    told = {report.rota: [alert.subject for alert in report.alerts] for report in reports(made)}
    assert told == {"north": [], "south": ["disk"], "spare": ["disk"]}


def test_what_happens_later_changes_no_report() -> None:
    """Worse, carried to others, taken and over after the hand-over: made again, the report is the same; the next turn
    tells it as it is then."""
    grave = ladder(Step((rota("south"),)), severity_min="emergency")
    made = rig(grave, ladder(Step((rota("north"),))))
    made.load("south", (0, 16 * HOUR, ("B2",)), (16 * HOUR, 24 * HOUR, ("A17",)))
    made.run(8 * HOUR - MINUTE)
    made.breaks("disk")
    made.run(8 * HOUR + SECOND)
    (first,) = reports(made)
    assert [(one.severity, one.told, one.is_live) for one in first.alerts] == [("critical", ("A17",), True)]
    made.run(9 * HOUR)
    made.take("B2")
    acted(made, "announcement", "disk")
    made.mends("disk")
    made.run(16 * HOUR + SECOND)
    again, north, south = reports(made)
    assert again == first
    told = ("emergency", ("A17", "B2"), ("B2",), False)
    for report in (north, south):
        assert [(one.severity, one.told, one.taken_by, one.is_live) for one in report.alerts] == [told]


def test_what_is_not_known_is_said() -> None:
    """An engine that begins in the middle of a turn says from when on it knows."""
    made = rig(turns=((-HOUR, HOUR, ("A17",)), (HOUR, 2 * HOUR, ("B2",))))
    made.engine.apply(i.SourceClock(time=T0, source="pbx", offset_ms=0))
    made.run(HOUR + SECOND)
    (report,) = reports(made)
    assert (report.since, report.known_since) == (T0 - HOUR, T0)
    assert "is not known here.\n\nNo alert fired after that" in shift_text(report, "en")


async def test_of_a_time_of_which_nothing_is_known_it_is_not_said_that_no_alert_fired(tmp_path: Path) -> None:
    """A turn that was over before the journal began: the same words from the journal as from the daemon."""
    made = rig(turns=((-9 * HOUR, -HOUR, ("A17",)), (-HOUR, HOUR, ("B2",)), (HOUR, 2 * HOUR, ("A17",))))
    made.given[0] = msgspec.structs.replace(made.given[0], time=T0 - 10 * HOUR)
    made.engine.apply(i.SourceClock(time=T0, source="pbx", offset_ms=0))
    made.run(HOUR + SECOND)
    await kept(tmp_path, made.given)
    report = rebuild_shift(tmp_path, made.engine.settings, "north", T0 - 2 * HOUR, made.engine.now)
    assert report is not None
    assert (report.since, report.until) == (T0 - 9 * HOUR, T0 - HOUR)
    assert report.known_since == report.until
    text = shift_text(report, "en")
    assert text.endswith("Now on call: B2\nWhat happened before 2026-02-02 01:40 is not known here.\n")
    assert "No alert fired" not in text


async def test_the_last_turn_that_is_over_may_have_been_an_overrides(tmp_path: Path) -> None:
    """One that was ended early: its turn is the last one, and those who come after it have theirs since then."""
    made = rig()
    made.run(HOUR)
    said = {"source": "operator", "override": "o1", "who": "S1"}
    over = {"rota": "north", "person": "B2", "since": T0 + HOUR, "until": T0 + 5 * HOUR, "why": "A17 is ill"}
    made.engine.apply(i.OperatorOverrode(time=made.engine.now, **said, **over))
    made.run(2 * HOUR)
    made.engine.apply(i.OperatorOverrideEnded(time=made.engine.now, **said))
    made.run(2 * HOUR + MINUTE)
    await kept(tmp_path, made.given)
    settings, now = made.engine.settings, made.engine.now
    last = rebuild_shift(tmp_path, settings, "north", None, now)
    assert last == reports(made)[-1]
    assert (last.people, last.next_people, last.since, last.until) == (("B2",), ("A17",), T0 + HOUR, T0 + 2 * HOUR)
    running = rebuild_shift(tmp_path, settings, "north", now, now)
    assert running is not None
    assert (running.people, running.since, running.next_at) == (("A17",), T0 + 2 * HOUR, T0 + 8 * HOUR)


def test_a_turn_that_runs_hands_nothing_over_yet() -> None:
    """Its text says since when it runs, who comes when, and what is not over; who comes is left out if nobody knows."""
    made = rig()
    made.run(HOUR)
    made.breaks("disk")
    made.run(HOUR + MINUTE)
    report = ShiftDesk(made.engine).report("shift:north:now")
    assert report is not None
    text = shift_text(report, "en")
    assert "since 2026-02-02 02:40, told up to 2026-02-02 03:41" in text
    assert "On call: A17\nFrom 2026-02-02 10:40 on: B2\n" in text
    assert "Not over: 1" in text
    assert "Handed over" not in text
    chinese = shift_text(report, "zh")
    assert "2026-02-02 10:40 起：B2" in chinese
    assert "未结束：1 项" in chinese
    assert "接班" not in chinese
    made.run(16 * HOUR + SECOND)
    last = ShiftDesk(made.engine).report("shift:north:now")
    assert last is not None
    made.load("north", (0, 40 * HOUR, ("A17",)))
    assert "on: " not in shift_text(msgspec.structs.replace(last, next_at=None), "en")


def test_whom_no_call_reached_is_named() -> None:
    """Every address of B2 refuses: the report of the turn says so, and calls nobody unreached who was told."""
    made = rig(ladder(Step((rota("north"), Whom("person", "B2")))))
    made.refusing = {"+B2", "B2@x"}
    made.run(HOUR)
    made.breaks("disk")
    made.run(8 * HOUR + SECOND)
    (report,) = reports(made)
    disk = next(alert for alert in report.alerts if alert.subject == "disk")
    assert (disk.told, disk.unreached) == (("A17",), ("B2",))
    assert "called A17 · not reached: B2 · nobody had it" in shift_text(report, "en")
    assert "已呼叫 A17 · 未能联系到 B2" in shift_text(report, "zh")
    taken = msgspec.structs.replace(disk, taken_by=("anybody", "B2"), acknowledge_ms=MINUTE)
    report = msgspec.structs.replace(report, alerts=(taken,))
    assert "somebody, B2 had it after 1:00" in shift_text(report, "en")
    assert "1:00 后由 某人、B2 接手" in shift_text(report, "zh")


def test_what_an_action_has_brought_stands_beside_it(made: Recorded) -> None:
    """As far as it was known at the hand-over; what was measured later is in no report of the turn."""
    first = reports(made)[0]
    action = next(iter(made.engine.actions))
    measured = {"time": T0, "source": "effects", "action": action.id, "queue": "sales", "kind": "called_in"}
    action.measured["15m"] = i.ActionMeasured(**measured, span="15m", effect=0.09, shared=True)
    try:
        action.measured_at["15m"] = first.until
        report = reports(made)[0]
        text = shift_text(report, "en")
        assert "done after 8:00: called in · called in: +9 points after 15 min, together with" in text
        assert "临时召入：15 分钟后 +9" in shift_text(report, "zh")
        action.measured_at["15m"] = first.until + 1
        assert reports(made)[0] == first
    finally:
        action.measured.clear()


async def test_a_turn_that_runs_is_shown_as_far_as_it_has_come(made: Recorded) -> None:
    """The list has it apart; its report has no hand-over yet, but who comes next."""
    desk = ShiftDesk(made.engine)
    assert [line.key for line in await desk.lines()] == [f"shift:north:{T0 + hour * HOUR}" for hour in (16, 8)]
    assert [line.n_live for line in await desk.lines()] == [0, 1]
    (running,) = desk.running()
    assert (running.key, running.since, running.people) == ("shift:north:now", T0 + 16 * HOUR, ("A17",))
    assert desk.report("shift:north:now") is not None
    assert desk.report("shift:south:now") is None
    assert desk.report("shift:north:17") is None


def test_the_text_says_it_in_both_languages(made: Recorded) -> None:
    """What is handed over first, with who was called, who had it and how it ended."""
    first, _ = reports(made)
    text = shift_text(first, "en")
    assert shift_title(first, "en") == "Shift report: north, 2026-02-02 10:40"
    assert text.index("Handed over: 1") < text.index("Over: 1")
    assert "On call: A17\nNow on call: B2" in text
    assert "Alerts: 2 (2 critical)" in text
    assert "Median time until it was over: 10:00 (1 of 2 alerts)" in text
    assert "called A17 · B2 had it after 7:00 · done after 8:00: called in · over after 10:00" in text
    assert "called A17 · nobody had it · not over" in text
    chinese = shift_text(first, "zh")
    assert "移交：1 项" in chinese
    assert "已呼叫 A17 · 7:00 后由 B2 接手 · 8:00 后处置：临时召入 · 10:00 后恢复" in chinese


# From the journal


async def test_an_old_turn_is_counted_anew_from_the_journal(made: Recorded, tmp_path: Path) -> None:
    """It is the same to the last byte, of whichever instant of it is asked for; the last one that is over by default;
    of one that runs there is as much as there is; where nobody was on call there is nothing."""
    await kept(tmp_path, made.given)
    settings, now = made.engine.settings, made.engine.now
    first, second = reports(made)

    def rebuilt(at: int | None, rota_name: str = "north") -> ShiftReport | None:
        return rebuild_shift(tmp_path, settings, rota_name, at, now)

    assert [rebuilt(at) for at in (T0, T0 + 5 * HOUR, T0 + 8 * HOUR - 1)] == [first] * 3
    assert [rebuilt(at) for at in (T0 + 8 * HOUR, None)] == [second] * 2
    running = rebuilt(T0 + 16 * HOUR)
    assert running is not None
    assert (running.key, running.since, running.people) == ("shift:north:now", T0 + 16 * HOUR, ("A17",))
    assert rebuilt(T0 - 1) is rebuilt(T0, "south") is None


async def test_the_command_reports_a_turn(made: Recorded, tmp_path: Path) -> None:
    """As text in either language, or as JSON; without a journal it says that nothing is known."""
    (tmp_path / "floorwatch.yaml").write_text("store: {path: journal}\n", encoding="utf-8")
    command = ["oncall", "shift", "--config", str(tmp_path / "floorwatch.yaml"), "--rota", "north"]
    refused = CliRunner().invoke(app, command)
    assert (refused.exit_code, "nothing is known of a turn of 'north'" in refused.output) == (1, True)
    (tmp_path / "floorwatch.yaml").write_text(
        "store: {path: journal}\npeople: {A17: }\nrotas: {north: {layers: [{people: [A17]}]}}\n", encoding="utf-8"
    )
    mistyped = CliRunner().invoke(app, [*command[:-1], "nort"])
    assert "nothing is known of a turn of 'nort' then; did you mean 'north'?" in mistyped.output
    await kept(tmp_path / "journal", made.given)
    at = ["--at", "2026-02-02T12:00"]
    assert "On call: B2\nNow on call: A17\n\nAlerts: 2 (2 critical)" in CliRunner().invoke(app, [*command, *at]).output
    assert "接班：A17" in CliRunner().invoke(app, [*command, *at, "--lang", "zh"]).output
    found = json.loads(CliRunner().invoke(app, [*command, *at, "--json"]).output)
    assert (found["key"], found["people"]) == (f"shift:north:{T0 + 16 * HOUR}", ["B2"])


# Files


class Kept:
    """Says when it was asked that all is on disk."""

    def __init__(self) -> None:
        self.asked = 0

    async def __call__(self) -> None:
        self.asked += 1


def files(made: Rig, folder: Path, keep_ms: int = 400 * 24 * HOUR) -> ShiftFiles:
    return ShiftFiles(made.engine, folder, ("en", "zh"), keep_ms, Kept())


def names_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


async def test_each_hand_over_is_filed_once_and_never_written_over(made: Recorded, tmp_path: Path) -> None:
    """For machines and for people, readable for nobody else; what is there stays, also for one who knows less."""
    folder = tmp_path / "shifts"
    await files(made, folder).write()
    names = sorted(path.name for path in folder.iterdir())
    assert names == [
        f"{file_name(one)}{end}" for one in made.engine.calling.roster.handovers for end in (".json", ".txt")
    ]
    assert {path.stat().st_mode & 0o777 for path in folder.iterdir()} == {0o600}
    first = folder / names[0]
    assert msgspec.json.decode(first.read_bytes(), type=ShiftReport) == reports(made)[0]
    assert first.with_suffix(".txt").read_text(encoding="utf-8").count("A17") > 2
    first.write_text("what another knew", encoding="utf-8")
    await files(made, folder).write()
    assert first.read_text(encoding="utf-8") == "what another knew"


async def test_a_report_whose_writing_was_cut_off_is_written(made: Recorded, tmp_path: Path) -> None:
    """Ended after the text, or in the middle of a file: the next start has both, and nothing besides that counts."""
    name = file_name(made.engine.calling.roster.handovers[0])
    (tmp_path / f"{name}.txt").write_text("half of", encoding="utf-8")
    (tmp_path / f".{name}.json.part").write_text('{"key":', encoding="utf-8")
    await files(made, tmp_path).write()
    assert json.loads((tmp_path / f"{name}.json").read_text(encoding="utf-8"))["rota"] == "north"
    assert "Handed over" in (tmp_path / f"{name}.txt").read_text(encoding="utf-8")
    assert names_in(tmp_path)[:2] == [f"{name}.json", f"{name}.txt"]


async def test_a_disk_that_refuses_is_tried_again(made: Recorded, tmp_path: Path) -> None:
    """It is said once; when there is room the report is there."""
    blocked = tmp_path / "shifts"
    blocked.write_text("no folder", encoding="utf-8")
    writer = files(made, blocked)
    await writer.write()
    assert writer.trouble
    blocked.unlink()
    await writer.write()
    assert (writer.trouble, len(list(blocked.glob("*.json")))) == ("", 2)


async def test_old_reports_are_deleted_and_nothing_else(made: Recorded, tmp_path: Path) -> None:
    """After so long; a file that is none of ours stays."""
    old = file_name(Handover("north", 0, T0 - 3 * 24 * HOUR, ("A17",), ("B2",)))
    for name in (f"{old}.json", f"{old}.txt", "notes.txt", "20200101-north.json"):
        (tmp_path / name).write_text("x", encoding="utf-8")
    await files(made, tmp_path, keep_ms=2 * 24 * HOUR).write()
    left = set(names_in(tmp_path))
    assert {"notes.txt", "20200101-north.json"} < left
    assert not {f"{old}.json", f"{old}.txt"} & left


@pytest.mark.parametrize("name", ["north", "Süd/Ost", "../x", "热线" * 40, "热线" * 41, "a:b"])
def test_a_rota_may_be_called_what_it_likes(name: str, tmp_path: Path) -> None:
    """Its file lies in the folder, and no other rota has the same."""
    made = file_name(Handover(name, 0, T0, (), ()))
    assert (tmp_path / made).resolve().parent == tmp_path.resolve()
    assert len(made) < 200
    assert made != file_name(Handover(f"{name}x", 0, T0, (), ()))


def test_two_hand_overs_within_a_second_have_a_file_each() -> None:
    """The instant in the name is that of the hand-over, to the millisecond."""
    first, second = (file_name(Handover("north", 0, T0 + ms, ("A17",), ("B2",))) for ms in (0, 500))
    assert (first[-11:], second[-11:]) == (".000Z-north", ".500Z-north")


async def test_the_disk_is_asked_beside_the_floor(
    made: Recorded, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A folder that answers late, as one on a network may, holds the loop up for none of the hand-overs."""
    asked: list[int] = []
    exists = Path.exists

    def noted(path: Path) -> bool:
        asked.append(threading.get_ident())
        return exists(path)

    monkeypatch.setattr(Path, "exists", noted)
    await files(made, tmp_path).write()
    assert len(asked) >= 2
    assert threading.get_ident() not in asked
