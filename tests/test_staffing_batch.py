"""`floorwatch staffing --batch`: every reference case from its inputs alone; unusable rows by their line."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from floorwatch.cli.staffing_batch import answered, kind_of
from floorwatch.cli.staffing_rows import UnusableCasesError

CASES = sorted((Path(__file__).parent / "data/erlang").glob("*.csv"))
FIGURES = {
    "erlang_a_cases": 24 * 14,
    "erlang_c_cases": 29 * 8,
    "mmn_plus_g_cases": 7 * 12,
    "qed_sqrt_staffing": 35 * 4,
    "staffing_erlang_a": 28 * 5,
    "staffing_erlang_c": 23 * 5,
    "time_varying_ode": 50 * 7,
}


def ask(
    tmp_path: Path, columns: Sequence[str], rows: Sequence[Mapping[str, str]]
) -> tuple[list[dict[str, str]], list[str]]:
    """What is answered, and what is refused."""
    path, out = tmp_path / "cases.csv", io.StringIO()
    with path.open("w", encoding="utf-8", newline="") as file:
        table = csv.DictWriter(file, columns, extrasaction="ignore")
        table.writeheader()
        table.writerows(rows)
    refused = answered(path, out)
    out.seek(0)
    return list(csv.DictReader(out)), refused


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_every_figure_of_every_case(tmp_path: Path, path: Path) -> None:
    """From the input columns alone, rows in any order, all figures within 1e-6 relative and 1e-9 absolute."""
    with path.open(encoding="utf-8", newline="") as file:
        cases = list(csv.DictReader(file))
    columns = list(cases[0])
    kind = kind_of(columns)
    agents_are_given = "offered" not in columns
    inputs = [name for name in columns if name not in kind.figures or (name == "agents" and agents_are_given)]
    found, refused = ask(tmp_path, inputs, cases[::-1])
    assert not refused
    compared = 0
    for case, answer in zip(cases[::-1], found, strict=True):
        assert {name: answer[name] for name in inputs} == {name: case[name] for name in inputs}
        for figure in kind.figures:
            if case.get(figure):
                exact = float(case[figure])
                assert float(answer[figure]) == pytest.approx(exact, rel=1e-6, abs=1e-9), (case, figure)
                compared += 1
    if path.stem == "mmn_plus_g_cases":
        compared -= len(cases) - 7  # the mean patience is an input, too
    assert compared == FIGURES[path.stem]


def test_figures_in_the_file_are_not_copied(tmp_path: Path) -> None:
    """Output columns that stand in the file are answered anew; other columns are carried through untouched."""
    columns = ["calls", "interval_s", "aht_s", "agents", "target_s", "sl", "note"]
    found, _ = ask(
        tmp_path,
        columns,
        [
            {
                "calls": "100",
                "interval_s": "1800",
                "aht_s": "180",
                "agents": "12",
                "target_s": "20",
                "sl": "0.99",
                "note": "a, b",
            }
        ],
    )
    assert float(found[0]["sl"]) == pytest.approx(0.6402, abs=5e-5)
    assert found[0]["note"] == "a, b"


def test_defaults_where_columns_are_missing(tmp_path: Path) -> None:
    """T is 20 s, nothing shrinks, a target is of served over offered, where the file has no column for it."""
    row = {"calls": "100", "interval_s": "1800", "aht_s": "180", "sl_target": "0.8", "patience_mean_s": "300"}
    found, _ = ask(tmp_path, list(row), [row])
    assert (found[0]["agents_required"], found[0]["agents_with_shrinkage_ceil"]) == ("13", "13")
    assert float(found[0]["sl_at_n"]) == pytest.approx(0.8581777000307628)


def test_patience_without_end_is_nobody_leaving(tmp_path: Path) -> None:
    """An empty cell, or inf: Erlang C in the columns of Erlang A, and a day on which nobody abandons."""
    row = {"calls": "100", "interval_s": "1800", "aht_s": "180", "agents": "12", "target_s": "20"}
    for typed in ("", "inf"):
        found, _ = ask(tmp_path, [*row, "patience_mean_s"], [row | {"patience_mean_s": typed}])
        assert float(found[0]["sl_served_over_offered"]) == pytest.approx(0.6402, abs=5e-5)
        assert (found[0]["p_abandon"], found[0]["mean_wait_abandoned_s"]) == ("0.0", "")
    day = {"case": "a", "interval": "0", "lambda_per_15min": "40", "agents": "8", "aht_s": "180", "patience_s": "inf"}
    found, _ = ask(tmp_path, list(day), [day])
    assert float(found[0]["expected_abandons"]) == 0


def test_required_agents_by_our_own_formulas(tmp_path: Path) -> None:
    """`sl_definition` takes our names as well, short abandons included; S above T counts as T."""
    row = {"calls": "100", "interval_s": "1800", "aht_s": "180", "sl_target": "0.8", "patience_mean_s": "20"}
    levels = []
    for definition, short in (("abandons_met", ""), ("short_abandons_met", "90"), ("short_abandons_met", "5")):
        asked = row | {"sl_definition": definition, "short_abandon_s": short}
        found, refused = ask(tmp_path, list(asked), [asked])
        assert not refused
        levels.append((found[0]["agents_required"], float(found[0]["sl_at_n"])))
    assert levels[0] == levels[1]
    assert levels[2] != levels[1]


@pytest.mark.parametrize(
    ("spoilt", "sentence"),
    [
        ({"calls": ""}, "line 3: calls is empty: give the contacts"),
        ({"calls": "-1"}, "line 3: calls is '-1': give a number not below 0"),
        ({"aht_s": "3m"}, "line 3: aht_s is '3m': give a number"),
        ({"interval_s": "0"}, "line 3: interval_s is 0"),
        ({"agents": "12.5"}, "line 3: agents is '12.5': give a whole number"),
        ({"agents": "nan"}, "line 3: agents is 'nan'"),
        ({"patience_mean_s": "0"}, "line 3: patience_mean_s is 0"),
        ({"patience_mean_s": "1e12", "calls": "1e6"}, "line 3: the line would be of"),
    ],
)
def test_a_bad_row_is_refused_by_its_line(tmp_path: Path, spoilt: dict[str, str], sentence: str) -> None:
    """With the column and the fix; the rows around it are answered."""
    good = {"calls": "100", "interval_s": "1800", "aht_s": "180", "agents": "12", "patience_mean_s": "60"}
    found, refused = ask(tmp_path, list(good), [good, good | spoilt, good])
    assert len(found) == 2
    assert len(refused) == 1
    assert refused[0].startswith(sentence)


@pytest.mark.parametrize(
    ("row", "sentence"),
    [
        ({"sl_target": "80"}, "sl_target is 80: give a share up to 1"),
        ({"sl_target": "1"}, "no number of agents keeps these limits"),
        ({"sl_target": ""}, "asks for nothing"),
        ({"sl_target": "0.8", "sl_definition": "tsf"}, "sl_definition is 'tsf'"),
        ({"sl_target": "0.8", "model": "erlang_x"}, "model is 'erlang_x'"),
        ({"sl_target": "0.8", "model": "erlang_a"}, "patience_mean_s is empty"),
        ({"sl_target": "0.8", "shrinkage": "1"}, "shrinkage must be"),
    ],
)
def test_what_cannot_be_required(tmp_path: Path, row: dict[str, str], sentence: str) -> None:
    """A target of 80, of 1, of nothing; formulas and models that do not exist."""
    asked = {"calls": "100", "interval_s": "1800", "aht_s": "180"} | row
    _, refused = ask(tmp_path, list(asked), [asked])
    assert refused[0].startswith(f"line 2: {sentence}")


@pytest.mark.parametrize(
    ("rows", "sentence"),
    [
        ([{"kind": "erlang_x", "offered": "25", "agents": "26"}], "kind is 'erlang_x'"),
        ([{"kind": "erlang_c_halfin_whitt", "offered": "25"}], "agents and beta_target are empty"),
        ([{"kind": "erlang_c_halfin_whitt", "offered": "25", "beta_target": "-9"}], "beta_target leaves -20 agents"),
        ([{"kind": "erlang_a_garnett", "offered": "25", "beta_target": "x"}], "beta_target is 'x'"),
        ([{"kind": "erlang_a_garnett", "offered": "25", "beta_target": "1"}], "mu_over_theta is empty"),
    ],
)
def test_square_roots_that_cannot_be(tmp_path: Path, rows: list[dict[str, str]], sentence: str) -> None:
    """Each refused with its fix."""
    _, refused = ask(tmp_path, ["kind", "offered", "beta_target", "agents", "mu_over_theta"], rows)
    assert refused[0].startswith(f"line 2: {sentence}")


def test_a_day_with_a_gap_is_refused_whole(tmp_path: Path) -> None:
    """Intervals depend on those before them: a missing or spoilt one spoils its case, and no other."""
    row = {"case": "a", "lambda_per_15min": "10", "agents": "3", "aht_s": "200", "patience_s": "100"}
    rows = [row | {"interval": "0"}, row | {"interval": "2"}, row | {"interval": "0", "case": "b"}]
    rows += [row | {"interval": "1", "case": "b"}, row | {"interval": "0", "case": "c", "agents": ""}]
    found, refused = ask(tmp_path, ["case", "interval", *list(row)[1:]], rows)
    assert [answer["case"] for answer in found] == ["b", "b"]
    assert [sentence.partition(":")[0] for sentence in refused] == ["line 2", "line 3", "line 6"]
    assert "intervals run on by 1" in refused[0]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "no kind of case"),
        ("calls,aht_s\n1,2\n", "no kind of case"),
        ("calls,calls\n1,2\n", "named twice"),
        ("calls,agents\n\xff\n", "not CSV in UTF-8"),
    ],
)
def test_a_file_that_is_none(tmp_path: Path, text: str, sentence: str) -> None:
    """Nothing is answered, and the sentence says which columns are wanted."""
    path = tmp_path / "cases.csv"
    path.write_bytes(text.encode("latin-1"))
    with pytest.raises(UnusableCasesError, match=sentence):
        answered(path, io.StringIO())


def test_too_many_cells_are_refused(tmp_path: Path) -> None:
    """A comma too much moves every figure by one column: the line is refused."""
    path, out = tmp_path / "cases.csv", io.StringIO()
    path.write_text("note,calls,interval_s,aht_s,agents\na,b,100,1800,180,12\nc,100,1800,180,12\n", encoding="utf-8")
    assert answered(path, out) == ["line 2: has 6 cells under 5 columns: quote text with commas"]
    assert len(out.getvalue().splitlines()) == 2
