"""What is explained is what is shown: the report, the board and the command line take their operands from one place."""

from __future__ import annotations

import json
import re
import time
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from msgspec import structs
from typer.testing import CliRunner, Result

from floorwatch.cli import app
from floorwatch.config import load_config
from floorwatch.explain import answer, explained
from floorwatch.explain_outlook import PROJECTED, VALUES
from floorwatch.explain_text import definition
from floorwatch.explained import UnknownAgentError, UnknownFigureError
from floorwatch.figure_names import figure_named
from floorwatch.hindsight import Past, view_at, view_of
from floorwatch.ingest.schedule.read import read_schedule
from floorwatch.metrics.catalogue import FIGURES, LANGUAGES, Language, as_json
from floorwatch.metrics.members import GROUP_MIN
from floorwatch.metrics.operands import RECIPES
from floorwatch.metrics.service_level import FORMULAS
from floorwatch.replay import replay
from floorwatch.serve.board import Board
from tests import running
from tests.arithmetic import value_of
from tests.serve.floors import attendance, floor
from tests.serve.serving import serving

DAY = Path(__file__).parent / "reference_days/small"
EVENTS = DAY / "events_messy.jsonl.gz"
CONFIG = DAY / "floorwatch.yaml"
SETTINGS = load_config(CONFIG).settings()
PLANNED = read_schedule(DAY / "schedule.csv", "schedule.csv", SETTINGS.timezone, SETTINGS.agents).events(0)

Json = dict[str, Any]


def run(*arguments: object) -> Result:
    return CliRunner().invoke(app, ["explain", *map(str, arguments)])


@pytest.fixture(scope="module")
def report() -> Json:
    return replay([EVENTS], SETTINGS, schedule=PLANNED)


@pytest.fixture(scope="module")
def past() -> Past:
    return view_of([EVENTS], SETTINGS, schedule=PLANNED)


@pytest.fixture
def morning(tmp_path: Path) -> Path:
    """A quarter of an hour of one contact."""
    path = tmp_path / "events.jsonl"
    path.write_text(
        '{"type":"contact.offered","time":"2026-03-03T10:00:00Z","contact":"c1","queue":"sales"}\n'
        '{"type":"contact.abandoned","time":"2026-03-03T10:00:40Z","contact":"c1","queue":"sales"}\n',
        encoding="utf-8",
    )
    return path


def test_the_operands_of_a_day_come_to_the_figures_of_its_report(report: Json, past: Past) -> None:
    """Every figure of a queue that the report carries and that has operands: the same value, to the last bit."""
    compared = set()
    for name, queue in report["queues"].items():
        reported = queue | {f"service_level.{formula}": queue["service_level"][formula] for formula in FORMULAS}
        for figure in (FIGURES[id_] for id_ in RECIPES):
            for key in figure.reported_as or (figure.id,):
                if key not in reported or isinstance(reported[key], dict):
                    continue
                [row] = explained(past.view, figure, name)
                assert row.value == reported[key], key
                assert value_of(row.numbers) == pytest.approx(Fraction(row.value or 0))
                compared.add(key)
        [level] = explained(past.view, FIGURES["service_level"], name)
        assert (level.value, level.n) == (
            queue["service_level"]["short_abandons_excluded"],
            queue["service_level_n"]["short_abandons_excluded"],
        )
    assert len(compared) >= 20, compared


def test_the_operands_of_adherence_come_to_the_report(report: Json, past: Past) -> None:
    """Agent by agent, and of everybody together, as a ratio of sums."""
    shown = {name: agent["adherence"] for name, agent in report["agents"].items()}
    for figure, key in (("adherence", "ratio"), ("conformance", "conformance"), ("in_time", "in_seconds")):
        for name, figures in shown.items():
            [row] = explained(past.view, FIGURES[figure], agent=name, attendance=past.attendance)
            assert row.value == figures[key], (name, figure)
    [row] = explained(past.view, FIGURES["adherence"], attendance=past.attendance)
    total = {
        key: sum(round(figures[key] * 1000) for figures in shown.values()) for key in ("in_seconds", "out_seconds")
    }
    assert value_of(row.numbers) == Fraction(total["in_seconds"], sum(total.values()))


def test_a_part_of_a_day_is_the_sum_of_its_intervals(report: Json) -> None:
    """--from and --to: the counts of the report's intervals between them, and the levels of those."""
    start, end = "2026-03-03T10:00:00.000+00:00", "2026-03-03T11:30:00.000+00:00"
    result = run("answered", EVENTS, "--config", CONFIG, "--from", start, "--to", "2026-03-03T11:30", "--json")
    [row] = json.loads(result.stdout)["explained"]
    [queue] = report["queues"].values()
    inside = [interval for interval in queue["intervals"] if start <= interval["start"] < end]
    assert len(inside) == 6
    assert row["value"] == sum(interval["answered"] for interval in inside)
    one = run("service_level_by_arrival", EVENTS, "--config", CONFIG, "--from", start, "--to", "2026-03-03T10:15")
    assert f"n {inside[0]['service_level_by_arrival_n']} (decided visits)" in one.stdout


def test_an_instant_shows_what_the_board_showed_then() -> None:
    """--at: the view of that moment, rolling windows included."""
    at = 1_772_532_000_000  # 2026-03-03 10:00 UTC
    past = view_at([EVENTS], SETTINGS, at)
    [queue] = past.view.queues
    for window, figures in queue.windows.items():
        [level] = explained(past.view, FIGURES["service_level"], queue.name, window)
        assert (level.value, level.n) == (figures.level, figures.level_n)
        for figure, value in (("asa", figures.asa_ms), ("aht", figures.aht_ms)):
            [row] = explained(past.view, FIGURES[figure], queue.name, window)
            assert row.value is not None
            assert row.value * 1000 == pytest.approx(value)
    result = run("service_level", EVENTS, "--config", CONFIG, "--at", "2026-03-03T10:00", "--window", "15m", "--json")
    [row] = json.loads(result.stdout)["explained"]
    assert row["value"] == queue.windows["15m"].level
    [interval] = explained(past.view, FIGURES["occupancy"], queue.name)
    assert (interval.window, interval.value) == ("interval", queue.interval.occupancy)
    [now] = explained(past.view, FIGURES["waiting"], queue.name)
    assert (now.window, now.value) == ("now", queue.waiting)


def test_what_the_models_say_is_explained_with_what_they_were_told() -> None:
    """Agents needed, the end of the interval, what the rest must reach: value, model and inputs are the outlook's."""
    at = 1_772_532_420_000  # 2026-03-03 10:07 UTC
    past = view_at([EVENTS], SETTINGS, at, outlooks=True)
    [queue] = past.view.queues
    outlook = queue.outlook
    assert outlook is not None
    for figure, value in VALUES.items():
        [row] = explained(past.view, FIGURES[figure], queue.name)
        if figure == "required_agents.erlang_c":
            assert (row.value, row.why) == (None, "other_model")
            continue
        assert row.value == value(outlook)
        assert row.why in {"", "never"}
        if row.value is not None and figure not in ("patience", "places"):
            told = {operand.symbol: operand.value for operand in row.operands}
            assert told["offered"] == outlook.measured.offered
            assert told["aht"] == (outlook.measured.aht_ms or 0) / 1000
            assert row.model == outlook.model
    projection = queue.projection
    assert projection is not None
    for figure, read in PROJECTED.items():
        [row] = explained(past.view, FIGURES[figure], queue.name)
        assert (row.value, row.n, row.period_until) == (read(projection), projection.decided, projection.until)
    [needed] = explained(past.view, FIGURES["needed_for_target"], queue.name)
    found = re.fullmatch(r"\((\S+) × \((\S+) \+ (\S+)\) − (\S+)\) / (\S+)", needed.numbers)
    assert found is not None
    target, decided, coming, hits, rest = map(Fraction, found.groups())
    assert float((target * (decided + coming) - hits) / rest) == pytest.approx(needed.value, abs=1e-3)
    [unasked] = explained(view_at([EVENTS], SETTINGS, at).view, FIGURES["course"], queue.name)
    assert (unasked.value, unasked.why) == (None, "not_asked")
    said = run("required_agents", EVENTS, "--config", CONFIG, "--at", "2026-03-03T10:07").stdout
    assert f"\n  {outlook.required}\n" in said
    assert "by Erlang A" in said
    assert "period ends" not in said


def test_the_printed_line_is_exact() -> None:
    """What stands right of the equals sign, worked out by hand, is what stands left of it."""
    result = run("service_level", EVENTS, "--config", CONFIG)
    assert result.exit_code == 0
    found = re.search(r"([\d.]+) %: ([\d.]+)(…?) = (.+)", result.stdout)
    assert found is not None
    percent, shown, more, arithmetic = found.groups()
    exact = value_of(arithmetic)
    assert exact is not None
    assert Fraction(shown) <= exact < Fraction(shown) + Fraction(1, 10**4)
    assert bool(more) == (Fraction(shown) != exact)
    assert Fraction(percent) / 100 <= exact < Fraction(percent) / 100 + Fraction(1, 10**3)
    for said in ("version 1", "a / (A + B + E − B_S)", "target 80 % in 20 s", "last event 2026-03-03", "Left out:"):
        assert said in result.stdout
    for clause in FIGURES["service_level.short_abandons_excluded"].exclusions("en"):
        assert clause in result.stdout


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_figure_explains_itself_in_both_languages(lang: Language) -> None:
    """Without a floor the definition is shown: name, formula, version, text and exclusions."""
    for meant in FIGURES.values():
        shown = "\n".join(definition(as_json(meant), {}, lang))
        for said in (meant.name(lang), meant.text(lang), meant.formula, meant.since, *meant.exclusions(lang)):
            assert said in shown
    result = run("asa", "--lang", lang)
    assert result.exit_code == 0
    assert result.stdout.startswith(
        "\n".join(definition(as_json(FIGURES["asa"]), {"asa_n": as_json(FIGURES["asa_n"])}, lang))
    )


def test_queues_stand_side_by_side_without_a_queue(past: Past) -> None:
    """The whole floor: a line per queue, each with its own sample; a lost one is said to be unknown."""
    rows = explained(past.view, FIGURES["offered"])
    assert [row.queue for row in rows] == list(SETTINGS.queues)
    said = answer(floor(), FIGURES["waiting"])["explained"]
    lost = next(row for row in said if row["queue"] == "repairs")  # type: ignore[attr-defined]
    assert (lost["why"], lost["value"], lost["numbers"], lost["shown"]) == ("lost", None, "", "–")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["asaa"], "'asaa' is no figure; did you mean asa"),
        (["servicelevel"], "did you mean service_level"),
        (["遵守率"], "did you mean adherence?"),
        (["zzzz"], "`floorwatch explain --list` lists them all"),
        (["asa", "--queue", "sales"], "operands come from an INPUT"),
        (
            ["asa", "INPUT", "--queue", "sale"],
            "'sale' is no queue of this floor; there are: sales",
        ),
        (["asa", "INPUT", "--at", "noon"], "--at: 'noon' is no instant"),
        (["asa", "INPUT", "--from", "2026-03-03T10:01"], "take 2026-03-03T10:00:00.000Z or"),
        (["asa", "INPUT", "--window", "15m"], "say --at INSTANT"),
        (["asa", "nowhere.jsonl"], "nowhere.jsonl"),
        (["asa", "INPUT", "--url", "http://localhost:1"], "name the daemon's journal as INPUT"),
        (["asa", "--url", "ftp://localhost"], "write it as http://localhost:8321"),
    ],
)
def test_what_cannot_be_explained_is_said_with_the_way_out(morning: Path, arguments: list[str], said: str) -> None:
    """Exit status 2, nothing on stdout, and a sentence that names what to write instead."""
    result = run(*(morning if argument == "INPUT" else argument for argument in arguments))
    assert said in result.stderr
    assert (result.stdout, result.exit_code in (1, 2)) == ("", True)


def test_what_a_feed_cannot_tell_is_said() -> None:
    """A manager session knows no wrap-up: there is no AHT, and the reason stands there; talk it knows."""
    recording = Path(__file__).parent / "transcripts/outcomes.ami"
    untold = run("aht", recording).stdout
    assert "unknown: no feed can tell it" in untold
    assert "no feed of it tells: the end of wrap-up" in untold
    assert re.search(r"\d s$", run("talk", recording).stdout, re.MULTILINE)


def test_an_address_where_nobody_answers() -> None:
    """Exit status 1: it is not the arguments."""
    result = run("asa", "--url", "http://127.0.0.1:9")
    assert result.exit_code == 1
    assert "no daemon answers there" in result.stderr


@pytest.mark.parametrize(
    ("name", "id_"),
    [
        *((name, "asa") for name in ("asa", "asa_seconds", "average speed of answer", "平均应答速度", "ASA")),
        *((name, "service_level") for name in ("service-level", "SL", "floorwatch_service_level_ratio")),
        ("floorwatch_required_agents", "required_agents"),
    ],
)
def test_figures_are_found_as_people_name_them(name: str, id_: str) -> None:
    """By id, key of the report, metric, short form, name in either language; case and dashes do not matter."""
    assert figure_named(name).id == id_
    with pytest.raises(UnknownFigureError):
        figure_named("")


def test_every_figure_is_listed() -> None:
    """`--list` needs no figure, and names all of them."""
    result = run("--list")
    assert result.exit_code == 0
    assert [line.split()[0] for line in result.stdout.splitlines()] == list(FIGURES)


def test_adherence_without_a_schedule_says_what_is_missing(past: Past, morning: Path) -> None:
    """In both languages; an agent nobody knows is answered with the nearest, or with those there are."""
    assert "no schedule: give --schedule FILE" in run("adherence", morning).stdout
    assert "无班表：请用 --schedule FILE" in run("adherence", morning, "--lang", "zh").stdout
    for agent, said in (("A01", "did you mean A0"), ("Zoe", "there are: A001, A002, ")):
        with pytest.raises(UnknownAgentError, match=said):
            explained(past.view, FIGURES["adherence"], agent=agent, attendance=past.attendance)


async def test_the_api_gives_the_same_explanation(morning: Path) -> None:
    """GET /api/v1/explain answers what `answer` says of the board's view, and names what it cannot find."""
    board = Board()
    async with serving(board) as client:
        assert (await client.get("/api/v1/explain", params={"figure": "asa"})).status == 503
        past = view_at([morning], SETTINGS, 1_772_532_060_000)
        board.publish(past.view)
        got = await client.get("/api/v1/explain", params={"figure": "abandon_ratio", "queue": "sales", "window": "60m"})
        said = await got.json()
        assert said == json.loads(json.dumps(answer(past.view, FIGURES["abandon_ratio"], "sales", "60m")))
        assert said["explained"][0]["numbers"] == "(1 − 0) / (0 + 1 + 0 − 0)"
        for query, status in (({}, 400), ({"figure": "asaa"}, 404), ({"figure": "asa", "window": "9m"}, 400)):
            wrong = await client.get("/api/v1/explain", params=query)
            assert (wrong.status, "error" in await wrong.json()) == (status, True)


async def test_the_adherence_of_few_is_nobodys_business() -> None:
    """Everybody's together may be asked for by any viewer, unless so few are scheduled that it speaks of each."""
    board = Board()
    async with serving(board) as client:
        for agents, numbers in ((GROUP_MIN, "3600 / (7200 − 1800)"), (GROUP_MIN - 1, "")):
            board.publish(structs.replace(floor(), attendance=attendance(agents)))
            said = await (await client.get("/api/v1/explain", params={"figure": "adherence"})).json()
            assert [row["numbers"] for row in said["explained"]] == [numbers]


def test_a_daemon_and_its_journal_explain_the_same(tmp_path: Path) -> None:
    """From the running daemon over its API, and afterwards from what it has journalled: the same operands."""
    now = int(time.time())
    calls = "".join(
        f"{now - 300 + 9 * n}|c{n}|sales|NONE|ENTERQUEUE||x|1\n"
        f"{now - 300 + 9 * n + n}|c{n}|sales|A17|CONNECT|{n}|c{n}.1|{n}\n"
        f"{now - 300 + 9 * n + n + 1}|c{n}|sales|A17|COMPLETECALLER|{n}|1|1\n"
        for n in range(5, 30)
    )
    (tmp_path / "input").write_text(calls, "utf-8")
    config = tmp_path / "floorwatch.yaml"
    config.write_text("http: {port: 0}\nsources: {pbx: {type: queue_log, path: input}}\n", "utf-8")
    with running.floorwatch(tmp_path / "out", "run", "--config", str(config)) as daemon:
        daemon.wait_for(lambda: daemon.queue("sales")["windows"]["60m"]["answered"] == 25, 10)
        live = run("service_level", "--url", daemon.address, "--window", "60m", "--json")
        assert daemon.stop() == 0
    then = json.loads(live.stdout)
    [row] = then["explained"]
    assert row["numbers"] == "16 / (16 + 0 + 9 − 0)"
    assert row["heard"][0]["source"] == "pbx"
    journal = tmp_path / "journal"
    at = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(then["at"] // 1000 + 1))
    past = run("service_level", journal, "--config", config, "--at", f"{at}Z", "--window", "60m", "--json")
    [again] = json.loads(past.stdout)["explained"]
    assert {**again, **dict.fromkeys(("since", "until", "heard"))} == {
        **row,
        **dict.fromkeys(("since", "until", "heard")),
    }
