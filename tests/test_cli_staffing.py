"""`floorwatch staffing` as it is typed: what it answers, in which words, and with which exit status."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from floorwatch.cli import app

LOAD = ("--calls", 100, "--interval", "30m", "--aht", "3m", "--threshold", "20s")


def staffing(*args: object) -> Result:
    return CliRunner().invoke(app, ["staffing", *(str(arg) for arg in args)])


def test_what_agents_make_of_a_load() -> None:
    """Erlang A with 14 agents: the figures, each with its meaning, and every formula."""
    done = staffing(*LOAD, "--patience", "5m", "--agents", 14)
    assert done.exit_code == 0, done.output
    assert "100 contacts in 30 min, 3 min of handling each: 10.00 erlangs of work" in done.stdout
    assert "Erlang A: who waits leaves after 5 min on average (exponential patience)" in done.stdout
    assert "91.9 %   answered within 20 s, of all contacts but those who left within 5 s" in done.stdout
    assert "1.4 %   contacts that leave unanswered" in done.stdout
    assert "answered_only" in done.stdout
    assert "Take care" not in done.stdout


def test_how_many_agents_a_target_needs() -> None:
    """The least number, what one fewer would reach, and how many to schedule."""
    done = staffing(*LOAD, "--target", "80%", "--shrinkage", "30%")
    assert done.exit_code == 0, done.output
    assert "14 agents are needed for a service level of 80.0 % in 20 s" in done.stdout
    assert "with 13: service level 79.6 %" in done.stdout
    assert "schedule 20, at a shrinkage of 30.0 %" in done.stdout


def test_for_machines() -> None:
    """Full floats under the names of the reference columns; what does not exist is null."""
    done = staffing(*LOAD, "--target", 0.8, "--patience", "5m", "--max-occupancy", "72%", "--json")
    found = json.loads(done.stdout)
    assert (found["model"], found["agents"], found["agents_required"]) == ("erlang_a", 14, 14)
    assert found["service_levels"]["abandons_missed"] == pytest.approx(0.916792091864, abs=1e-11)
    assert found["p_abandon"] == pytest.approx(0.0139837441224, abs=1e-12)
    patient = json.loads(staffing(*LOAD, "--agents", 14, "--json").stdout)
    assert (patient["model"], patient["agents_required"], patient["mean_wait_abandoned_s"]) == ("erlang_c", None, None)
    assert patient["service_level"] == pytest.approx(0.8884, abs=5e-5)


def test_a_queue_without_an_equilibrium_is_said_to_have_none() -> None:
    """Erlang C with too few agents: no mean wait, and a sentence on what to do; near the edge a warning."""
    done = staffing(*LOAD, "--agents", 9)
    assert "–   mean wait of answered contacts" in done.stdout
    assert "Take care: 10.00 erlangs on 9 agents: the line grows without end" in done.stdout
    assert "far too long waits" in staffing("--calls", 1364, "--aht", "296s", "--agents", 225).stdout


def test_the_real_half_hour() -> None:
    """Charlotte, 10:30: ASA 32.6 s, 1.8 % abandon, with a patience of 30 min."""
    done = staffing("--calls", 1364, "--interval", "30m", "--aht", "296s", "--agents", 223, "--patience", "30m")
    assert "32.6 s   mean wait of answered contacts" in done.stdout
    assert "1.8 %   contacts that leave unanswered" in done.stdout


@pytest.mark.parametrize(
    ("args", "sentence"),
    [
        ([], "give --calls and --aht"),
        (["--calls", "100"], "give --calls and --aht"),
        (["--calls", "0", "--aht", "3m", "--agents", "1"], "--calls: 0 is not a number"),
        (["--calls", "100", "--aht", "3m"], "give --agents, or what is wanted of them"),
        (["--calls", "100", "--aht", "3m", "--agents", "0"], "--agents: 0 is not"),
        (["--calls", "100", "--aht", "0s", "--agents", "9"], "--aht: '0s' must be longer than 0 s"),
        (["--calls", "100", "--aht", "three", "--agents", "9"], "--aht: 'three' must be a duration"),
        (["--calls", "100", "--aht", "3m", "--target", "80"], "--target: '80' must be above 0 and at most 1"),
        (["--calls", "100", "--aht", "3m", "--target", "1"], "no number of agents reaches that"),
        (["--calls", "100", "--aht", "3m", "--agents", "9", "--formula", "tsf"], "--formula: 'tsf' is no formula"),
        (
            ["--calls", "100", "--aht", "3m", "--agents", "9", "--shrinkage", "1"],
            "--shrinkage: '1' must be at least 0 and",
        ),
        ([*LOAD, "--agents", "9", "--shrinkage", "30"], "at least 0 and under 1 (or 100%); did you mean 30%?"),
        (
            [*LOAD, "--agents", "9", "--shrinkage", "100%"],
            "--shrinkage: '100%' must be at least 0 and under 1 (or 100%)",
        ),
        (["--calls", "1e6", "--aht", "3m", "--agents", "9", "--patience", "30d"], "the line would be of"),
        (
            ["--calls", "100", "--aht", "3m", "--max-abandon", "5%"],
            "--max-abandon: nobody leaves in Erlang C: give --pat",
        ),
        (["--forecast", "any.csv", "--max-abandon", "5%"], "--max-abandon: nobody leaves in Erlang C: give --patience"),
        ([*LOAD, "--agents", "9", "--target", "0.8"], "--agents and --target do not go together"),
        ([*LOAD, "--agents", "9", "--max-occupancy", "0.8"], "--agents and --max-occupancy do not go together"),
        ([*LOAD, "--agents", "9", "--max-abandon", "0.1", "--patience", "5m"], "--agents and --max-abandon do not go"),
        (["--forecast", "any.csv", "--agents", "9"], "--forecast and --agents do not go together"),
        (["--forecast", "any.csv", "--calls", "9"], "--forecast and --calls do not go together"),
        (["--forecast", "any.csv", "--calls", "0"], "--forecast and --calls do not go together"),
        (["--batch", "any.csv", "--json"], "--batch and --json do not go together"),
        (["--batch", "any.csv", "--forecast", "any.csv"], "--batch and --forecast do not go together"),
        ([*LOAD, "--agents", "9", "--config", "any.yaml"], "--config says nothing without --forecast"),
        ([*LOAD, "--agents", "9", "--actuals", "any.csv"], "--actuals says nothing without --forecast"),
        ([*LOAD, "--agents", "9", "--short-abandon", "21s"], "--short-abandon 21s is above the --threshold of 20s"),
        (["--batch", "nowhere.csv"], "nowhere.csv: no such file"),
        (["--forecast", "nowhere.csv"], "nowhere.csv: no such file"),
    ],
)
def test_unusable_arguments_say_why(args: list[object], sentence: str) -> None:
    """One sentence that names the option and the fix."""
    done = staffing(*args)
    assert done.exit_code in (1, 2)
    assert sentence in done.stderr


def test_a_file_of_cases(tmp_path: Path) -> None:
    """Good rows are answered on stdout, the bad one is refused on stderr with its line, and the exit status says so."""
    path = tmp_path / "cases.csv"
    path.write_text("case_id,calls,interval_s,aht_s,agents\na,100,1800,180,12\nb,x,1800,180,12\n", encoding="utf-8")
    done = staffing("--batch", path)
    assert done.exit_code == 2
    assert done.stderr.strip() == f"{path}: line 3: calls is 'x': give a number not below 0, with a point for decimals"
    (row,) = csv.DictReader(io.StringIO(done.stdout))
    assert row["case_id"] == "a"
    assert float(row["sl"]) == pytest.approx(0.6402, abs=5e-5)


@pytest.fixture
def forecast(tmp_path: Path) -> Path:
    """Two queues, three half-hours."""
    path = tmp_path / "forecast.csv"
    path.write_text(
        "queue,start,contacts,aht_seconds\n"
        "sales,2026-03-02T09:00,100,180\nsales,2026-03-02T09:30,0,\nhelp,2026-03-02T09:00,20,60\n",
        encoding="utf-8",
    )
    return path


def test_a_forecast(forecast: Path, tmp_path: Path) -> None:
    """Every interval's agents, by each queue's own target and threshold of the configuration."""
    config = tmp_path / "floorwatch.yaml"
    config.write_text(
        "site: {timezone: Europe/Berlin}\nqueues: {help: {service_level: {target: 0.99, threshold: 5s}}}\n",
        encoding="utf-8",
    )
    done = staffing("--forecast", forecast, "--config", config, "--shrinkage", 0.3)
    assert done.exit_code == 0, done.output
    assert "help: 99 % in 5 s, short_abandons_excluded, by Erlang C" in done.stdout
    rows = [line.split() for line in done.stdout.splitlines() if line.startswith("  2026")]
    assert [row[:6] for row in rows] == [
        ["2026-03-02", "09:00", "20.0", "0.67", "4", "6"],
        ["2026-03-02", "09:00", "100.0", "10.00", "14", "20"],
        ["2026-03-02", "09:30", "0.0", "0.00", "0", "0"],
    ]
    found = json.loads(staffing("--forecast", forecast, "--config", config, "--patience", "5m", "--json").stdout)
    assert found["sales"]["intervals"][0]["agents_required"] == 13
    assert found["sales"]["intervals"][0]["start"] == "2026-03-02T09:00:00+01:00"
    assert found["help"]["limits"]["target"] == 0.99


def test_the_rest_of_a_day_from_actuals(tmp_path: Path) -> None:
    """Twice as many came as expected: the rest is planned for more, and a queue without actuals as forecast."""
    forecast, actuals = tmp_path / "forecast.csv", tmp_path / "actuals.csv"
    hours = [f"{hour:02}:{minute:02}" for hour in range(8, 12) for minute in (0, 30)]
    rows = [f"{queue},2026-03-02T{hour},100,180" for queue in ("sales", "help") for hour in hours]
    rows.append("sales,2026-03-03T08:00,100,180")
    forecast.write_text("\n".join(["queue,start,contacts,aht_seconds", *rows, ""]), encoding="utf-8")
    came = [f"sales,2026-03-02T{hour},200" for hour in hours[:4]]
    actuals.write_text("\n".join(["queue,start,contacts", *came, ""]), encoding="utf-8")
    asked = ("--forecast", forecast, "--actuals", actuals, "--patience", "5m")
    done = staffing(*asked)
    assert done.exit_code == 0, done.output
    # 0.0225 / (0.0225 + 2.8 / 400) = 0.763 of the surplus is believed.
    assert "so far 800 came where 400.0 were expected: the rest of the day is forecast x 1.763" in done.stdout
    found = json.loads(staffing(*asked, "--json").stdout)
    assert [interval["start"][11:16] for interval in found["sales"]["intervals"]] == hours[4:]
    assert found["sales"]["intervals"][0]["contacts"] == pytest.approx(176.3, abs=0.05)
    assert (len(found["help"]["intervals"]), found["help"]["reforecast"]) == (8, None)
    assert done.stderr == "no actuals for help: planned as forecast\n"


DAY = {"08:00": 40, "08:30": 120, "09:00": 300, "09:30": 10, "10:00": 80, "10:30": 0, "11:00": 60}
"""A day whose intervals are nothing like each other."""


@pytest.fixture
def day(tmp_path: Path) -> Path:
    """The forecast of it, and of the day after."""
    path = tmp_path / "forecast.csv"
    rows = [f"sales,2026-03-02T{start},{contacts},180" for start, contacts in DAY.items()]
    text = "\n".join(["queue,start,contacts,aht_seconds", *rows, "sales,2026-03-03T08:00,50,180", ""])
    path.write_text(text, encoding="utf-8")
    return path


def compared(day: Path, *lines: str) -> tuple[Result, dict[str, Any]]:
    """With these actuals: the command as ended, and what it planned for sales."""
    actuals = day.with_name("actuals.csv")
    actuals.write_text("\n".join(["queue,start,contacts", *lines, ""]), encoding="utf-8")
    done = staffing("--forecast", day, "--actuals", actuals, "--json")
    return done, json.loads(done.stdout)["sales"]


@pytest.mark.parametrize(
    "missing", [(), ("09:00",), ("08:00",), ("08:00", "08:30", "09:30"), ("08:30", "09:00", "09:30")]
)
def test_what_came_as_forecast_changes_nothing_whatever_is_missing(day: Path, missing: tuple[str, ...]) -> None:
    """A factor of 1, each interval without actuals is named, and the rest begins after the last one with some."""
    there = [start for start in list(DAY)[:5] if start not in missing]
    done, sales = compared(day, *(f"sales,2026-03-02T{start},{DAY[start]}" for start in there))
    assert done.exit_code == 0, done.output
    assert sales["reforecast"]["factor"] == 1.0
    assert sales["reforecast"]["expected"] == sales["reforecast"]["actual"] == sum(DAY[start] for start in there)
    assert [interval["start"][11:16] for interval in sales["intervals"]] == ["10:30", "11:00"]
    assert [start[11:16] for start in sales["reforecast"]["left_out"]] == list(missing)
    named = f"no actuals for sales {', '.join(missing)}: left out of the comparison\n"
    assert done.stderr == (named if missing else "")


def test_what_came_twice_as_much_is_seen_of_any_intervals(day: Path) -> None:
    """Twice the forecast in two of three intervals is a ratio of 2, by a factor that believes what these two say."""
    _, sales = compared(day, "sales,2026-03-02T09:00,600", "sales,2026-03-02T08:00,80")
    again = sales["reforecast"]
    assert (again["actual"], again["expected"], again["ratio"]) == (680, 340, 2.0)
    assert again["factor"] == pytest.approx(1 + 0.0225 / (0.0225 + 2.8 / 340))


def test_mistyped_actuals_are_refused_and_the_others_compared(day: Path) -> None:
    """Another queue, another date, quarters: each by its line; none of them shifts the rest of the day."""
    good = "sales,2026-03-02T08:00,40"
    done, sales = compared(day, good, "salse,2026-03-02T08:30,9", "sales,2026-03-12T08:30,9")
    assert done.exit_code == 2
    path, days = day.with_name("actuals.csv"), "the forecast of queue sales of 2026-03-02, 2026-03-03"
    assert done.stderr.splitlines() == [
        f"{path}: line 3: queue 'salse' is not in the forecast; did you mean 'sales'?",
        f"{path}: line 4: start 2026-03-12T08:30 is of 2026-03-12, {days}",
    ]
    assert (sales["reforecast"]["factor"], sales["intervals"][0]["start"][11:16]) == (1.0, "08:30")
    done, sales = compared(day, good, "sales,2026-03-02T08:15,40", "sales,2026-03-02T08:30,60")
    assert (done.exit_code, sales["reforecast"], len(sales["intervals"])) == (2, None, 8)
    assert "line 3: start 2026-03-02T08:15 lies inside the interval 08:00-08:30" in done.stderr


def test_the_day_before_says_nothing_of_the_last_day(day: Path) -> None:
    """Actuals of two forecast days: the last one's alone are compared, and that is said."""
    done, sales = compared(day, "sales,2026-03-02T08:00,400", "sales,2026-03-03T08:00,50")
    assert (done.exit_code, sales["reforecast"]["factor"], sales["intervals"]) == (0, 1.0, [])
    assert done.stderr == "actuals for sales of 2026-03-02: not compared, only the last day's are\n"


def test_a_forecast_that_lacks_something(forecast: Path) -> None:
    """Handling times that stand nowhere are asked for; a refused line is named, and the rest is answered."""
    forecast.write_text("queue,start,contacts\nsales,2026-03-02T09:00,100\nsales,soon,100\n", encoding="utf-8")
    done = staffing("--forecast", forecast)
    assert (done.exit_code, "queue sales: some lines have no aht_seconds; give --aht" in done.stderr) == (2, True)
    done = staffing("--forecast", forecast, "--aht", "3m")
    assert done.exit_code == 2
    assert "line 3: start is 'soon'" in done.stderr
    assert "sales: 80 % in 20 s" in done.stdout


def test_how_long_an_interval_is(tmp_path: Path) -> None:
    """As the lines say; with a line per queue as typed, else as the site's; and the heading names the length."""
    forecast, config = tmp_path / "forecast.csv", tmp_path / "floorwatch.yaml"
    config.write_text("interval: 20m\n", encoding="utf-8")
    text = "queue,start,contacts,aht_seconds\nsales,2026-03-02T09:00,100,180\nhelp,2026-03-02T09:30,10,180\n"
    forecast.write_text(text, encoding="utf-8")
    for typed, length, erlangs in [
        (("--interval", "30m"), "30 min", 10),
        (("--interval", "45m", "--config", config), "45 min", 20 / 3),
        (("--config", config), "20 min", 15),
        ((), "15 min", 20),
    ]:
        done = staffing("--forecast", forecast, *typed)
        assert f"sales: 80 % in 20 s, short_abandons_excluded, by Erlang C, intervals of {length}" in done.stdout
        found = json.loads(staffing("--forecast", forecast, *typed, "--json").stdout)["sales"]
        assert found["intervals"][0]["offered_erlangs"] == pytest.approx(erlangs)
        assert f"{found['interval_s'] / 60:g} min" == length
    forecast.write_text(text + "sales,2026-03-02T09:30,100,180\n", encoding="utf-8")
    assert staffing("--forecast", forecast, "--config", config).stdout.count("intervals of 30 min") == 2
    assert staffing("--forecast", forecast, "--interval", "30m").exit_code == 0
    for other, named in [("15m", "15 min"), ("1h", "60 min")]:
        done = staffing("--forecast", forecast, "--interval", other)
        assert (done.exit_code, done.stdout) == (2, "")
        assert f"queue sales has lines 30 min apart, which contradicts --interval {named}: leave it out" in done.stderr


def test_shrinkage_and_occupancy_are_the_sites_unless_typed(forecast: Path, tmp_path: Path) -> None:
    """10 erlangs at 70 % occupancy need 15 where the target needs 14; 30 % shrinkage schedules 22; typed ones win."""
    config = tmp_path / "floorwatch.yaml"
    config.write_text("staffing: {shrinkage: 30%, max_occupancy: 70%}\n", encoding="utf-8")
    for typed, agents, scheduled, heading in [
        ((), 15, 22, ", intervals of 30 min, at most 70 % occupancy, shrinkage 30 %"),
        (("--max-occupancy", "60%", "--shrinkage", 0.5), 17, 34, ", at most 60 % occupancy, shrinkage 50 %"),
        (("--max-occupancy", 1, "--shrinkage", 0), 14, 14, ", intervals of 30 min, at most 100 % occupancy\n"),
    ]:
        asked = ("--forecast", forecast, "--config", config, *typed)
        found = json.loads(staffing(*asked, "--json").stdout)["sales"]["intervals"][0]
        assert (found["agents_required"], found["agents_scheduled"]) == (agents, scheduled)
        assert heading in staffing(*asked).stdout


def test_a_short_abandon_is_held_against_each_queues_own_threshold(forecast: Path, tmp_path: Path) -> None:
    """S = 8 s is above the 6 s of help; S = T is not above it; the S of nobody's typing gives way to a smaller T."""
    config = tmp_path / "floorwatch.yaml"
    config.write_text("queues: {help: {service_level: {threshold: 6s}}}\n", encoding="utf-8")
    done = staffing("--forecast", forecast, "--config", config, "--short-abandon", "8s")
    assert (done.exit_code, done.stdout) == (2, "")
    assert done.stderr.strip() == "queue help: --short-abandon 8s is above the --threshold of 6s: give S <= T"
    assert staffing("--forecast", forecast, "--config", config, "--short-abandon", "6s").exit_code == 0
    assert staffing(*LOAD, "--agents", 14, "--threshold", "3s").exit_code == 0


def test_a_queue_of_the_forecast_that_is_not_configured_is_named(forecast: Path, tmp_path: Path) -> None:
    """With the name that was meant; a configuration that names no queue leaves nothing to be named."""
    config = tmp_path / "floorwatch.yaml"
    config.write_text("queues: {Sales: {}, fax: {}}\n", encoding="utf-8")
    done = staffing("--forecast", forecast, "--config", config)
    assert (done.exit_code, done.stdout.count("80 % in 20 s")) == (0, 2)
    assert done.stderr.splitlines() == [
        f"{forecast}: queue 'help' is not configured: planned with the defaults",
        f"{forecast}: queue 'sales' is not configured: planned with the defaults; did you mean 'Sales'?",
    ]
    config.write_text("site: {timezone: Europe/Berlin}\n", encoding="utf-8")
    assert staffing("--forecast", forecast, "--config", config).stderr == ""


def test_a_bare_number_is_seconds() -> None:
    """Said where it is typed, and so: 5 is 5 s, not 5 min."""
    assert "a bare 5 is 5 s" in " ".join(staffing("--help").stdout.replace("│", " ").split())
    assert "leaves after 5 s on average" in staffing(*LOAD, "--agents", 14, "--patience", 5).stdout
