from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any, get_args

import pytest

from floorwatch.floor.settings import Formula
from floorwatch.metrics.catalogue import FIGURES, GROUPS, LANGUAGES, as_markdown, definitions
from floorwatch.metrics.catalogue.exclusions import EXCLUSIONS
from floorwatch.metrics.phrases import PHRASES
from floorwatch.view import WINDOWS
from tests.metrics.pinned import digest, noted

REPORT_KEYS = """
    offered answered answered_in_threshold abandoned abandoned_in_threshold abandoned_short exited refused
    unknown_entry declined transferred waiting_at_end service_level_n wait_seconds_total asa_seconds wait_seconds_max
    abandon_ratio talk_seconds hold_seconds wrap_up_seconds aht_seconds service_level_by_event
    service_level_by_arrival occupancy seconds paused_seconds paused_any_seconds paused_by_queue adherence
    conformance down_seconds gaps read applied duplicate late invalid ignored anomalies corrected
""".split()
"""Every figure the report contract names, apart from the service level by formula."""


def test_every_figure_of_the_report_is_defined() -> None:
    """What the report shows, it can explain: each key of its contract has a definition."""
    missing = [key for key in REPORT_KEYS if key not in definitions()]
    assert not missing


def test_every_formula_has_its_own_entry() -> None:
    """The six service-level formulas are six figures, each with a formula of its own."""
    written = {definitions()[f"service_level.{formula}"]["formula"] for formula in get_args(Formula)}
    assert len(written) == len(get_args(Formula))


def test_definitions_have_the_shape_of_the_report() -> None:
    """{metric: {"id", "version", "formula", "text"}} and what has been added to it, all of them text."""
    for entry in definitions().values():
        assert set(entry) == {"id", "version", "formula", "text", "unit", "excludes"}
        assert all(type(value) is str for value in entry.values())
        assert all(value for key, value in entry.items() if key != "excludes")
        assert entry["id"] in FIGURES


def test_no_figure_is_defined_twice() -> None:
    """One place for each: an id stands in one module of the catalogue only."""
    ids = [figure.id for figures in GROUPS.values() for figure in figures]
    assert sorted(ids) == sorted(set(ids))


def test_no_key_is_claimed_by_two_figures() -> None:
    """A report key means one figure."""
    keys = [key for figure in FIGURES.values() for key in (figure.reported_as or (figure.id,))]
    assert len(keys) == len(set(keys))


@pytest.mark.parametrize("figure", FIGURES.values(), ids=lambda figure: figure.id)
def test_figures_are_complete_in_both_languages(figure) -> None:  # type: ignore[no-untyped-def]
    """Each figure is named and explained in English without Chinese, and in Chinese with it; texts end as sentences."""
    assert not re.search(r"[\u4e00-\u9fff]", figure.name_en + figure.text_en)
    assert re.search(r"[\u4e00-\u9fff]", figure.name_zh)
    assert re.search(r"[\u4e00-\u9fff]", figure.text_zh)
    assert figure.text_en.endswith(".")
    assert figure.text_zh.endswith("。")
    assert figure.version >= 1
    assert [figure.text(lang) for lang in LANGUAGES] == [figure.text_en, figure.text_zh]


@pytest.mark.parametrize("key", EXCLUSIONS)
def test_every_exclusion_says_what_and_why_in_both_languages(key: str) -> None:
    """What is left out, a colon, and the reason; and some figure leaves it out."""
    english, chinese = EXCLUSIONS[key]
    assert re.fullmatch(r"[^:]+: [^:]+[^.]", english)
    assert re.fullmatch(r"[^：]+：[^：]+[^。]", chinese)
    assert re.search(r"[\u4e00-\u9fff]", chinese)
    assert any(key in figure.excludes for figure in FIGURES.values())


def test_every_ratio_and_mean_names_its_sample() -> None:
    """A measured ratio or mean has an n, and the n is a figure too; settings and model results have none."""
    for figure in FIGURES.values():
        assert figure.sample in {"", *FIGURES}
        is_mean = figure.unit == "seconds" and " / " in figure.formula
        if (figure.unit == "ratio" and figure.id != "target") or is_mean:
            assert figure.sample, figure.id


def test_no_definition_changes_under_its_version() -> None:
    """Another unit, formula, sample or set of exclusions is another version: what each version was is noted beside."""
    known = noted()
    for figure in FIGURES.values():
        was = known.get(figure.id, {}).get(str(figure.version))
        assert was is not None, f"{figure.id} v{figure.version} is new: `python -m tests.metrics.pinned` notes it"
        assert was == digest(figure), f"{figure.id} v{figure.version} means something else now: raise its version"
        assert figure.version == max(map(int, known[figure.id])), f"{figure.id} has gone back to an old version"
    assert known.keys() == FIGURES.keys(), "a figure that is gone has left its versions behind"


@pytest.mark.parametrize(
    "other", [{"formula": "a / B"}, {"unit": "ratio"}, {"excludes": ("refused",)}, {"sample": "answered"}]
)
def test_what_makes_another_definition(other: dict[str, Any]) -> None:
    """Each part of a definition is in its digest; a wording is not."""
    asa = FIGURES["asa"]
    assert digest(replace(asa, **other)) != digest(asa)
    assert digest(replace(asa, text_en="Better words.")) == digest(asa)


def test_every_later_version_says_what_has_changed() -> None:
    """Versions count from 1 without a hole, and each after the first tells in both languages what is different."""
    for figure in FIGURES.values():
        assert [change.version for change in figure.changes] == list(range(2, figure.version + 1))
        for change in figure.changes:
            assert change.text("en").endswith(".")
            assert change.text("zh").endswith("。")


def test_reference_days_show_nothing_undefined(shared: Path) -> None:
    """Every figure of a queue in the reference days' expected results has a definition."""
    expected = json.loads((shared / "days/small/expected.json").read_text(encoding="utf-8"))
    known = definitions()
    for queue in expected["queues"].values():
        for key, value in queue.items():
            if key == "intervals":
                keys = set().union(*value) - {"start"}
            elif key == "service_level":
                keys = {f"service_level.{formula}" for formula in value}
            else:
                keys = {key}
            assert keys <= known.keys()


def test_windows_have_words() -> None:
    """Each rolling window of the view can be named on a card."""
    assert all(f"window.{window}" in PHRASES for window in WINDOWS)


def test_the_page_of_terms_is_the_catalogue(repository: Path) -> None:
    """docs/terms.md is written from the catalogue: whoever changes a definition changes the page."""
    assert (repository / "docs/terms.md").read_text(encoding="utf-8") == as_markdown()
