from __future__ import annotations

import math
import subprocess
from collections.abc import Callable

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from prometheus_client.parser import text_string_to_metric_families

from floorwatch import __version__
from floorwatch.metrics.catalogue import FIGURES
from floorwatch.metrics.members import GROUP_MIN
from floorwatch.serve.exposition import CORRECTED, FAMILIES, Exposition
from floorwatch.serve.exposition_settled import FAMILIES_SETTLED
from floorwatch.view import FloorView
from tests.serve.floors import AGENTS, AT, alert, attendance, floor, floors, looking_ahead, queue
from tests.serve.metrics_page import whole

Series = dict[tuple[str, frozenset[tuple[str, str]]], float]


def read(text: bytes) -> Series:
    """Every series of an exposition, by name and labels; a series written twice is an error."""
    found: Series = {}
    for family in text_string_to_metric_families(text.decode()):
        for sample in family.samples:
            key = (sample.name, frozenset(sample.labels.items()))
            assert key not in found, key
            found[key] = sample.value
    return found


def of(series: Series, name: str, **labels: str) -> float | None:
    return series.get((name, frozenset(labels.items())))


def test_what_the_view_says_is_what_is_scraped() -> None:
    """Figures of a known queue come back from the parser as they were, in seconds and ratios."""
    series = read(Exposition().render(floor()))
    assert of(series, "floorwatch_service_level_ratio", queue="sales", window="15m") == 87 / 143
    assert of(series, "floorwatch_service_level_window_hits", queue="sales", window="day") == 87
    assert of(series, "floorwatch_service_level_window_decided", queue="sales", window="5m") == 143
    assert of(series, "floorwatch_waiting", queue="sales") == 3
    assert of(series, "floorwatch_longest_wait_seconds", queue="sales") == 161
    assert of(series, "floorwatch_oldest_entry_timestamp_seconds", queue="sales") == (AT - 161_000) / 1000
    assert of(series, "floorwatch_window_asa_seconds", queue="sales", window="60m") == 21.4005
    assert of(series, "floorwatch_queue_agents", queue="sales", activity="talking") == 9
    assert of(series, "floorwatch_agents", activity="available") == 12
    assert of(series, "floorwatch_events_read_total") == 104
    assert of(series, "floorwatch_events_invalid_total", reason="not_json") == 2
    assert of(series, "floorwatch_anomalies_total", kind="ended_twice") == 1
    assert of(series, "floorwatch_source_up", source="asterisk-2") == 0
    assert of(series, "floorwatch_view_timestamp_seconds") == AT / 1000
    assert of(series, "floorwatch_build_info", version=__version__) == 1


def test_unknown_is_absent_not_zero() -> None:
    """A queue whose feed is lost has its settings, `known 0` and when it was last heard of, and not one figure."""
    series = read(Exposition().render(floor()))
    names = {name for name, labels in series if ("queue", "repairs") in labels}
    counters = {name for name in names if name in FAMILIES_SETTLED or name.startswith("floorwatch_wait_seconds_")}
    assert len(counters) == len(FAMILIES_SETTLED) + 2, "what has settled is known all the same"
    names -= counters
    assert names == {
        "floorwatch_queue_known",
        "floorwatch_queue_open",
        "floorwatch_queue_last_event_timestamp_seconds",
        "floorwatch_queue_age_seconds",
        "floorwatch_queue_target_ratio",
        "floorwatch_queue_threshold_seconds",
    }
    assert of(series, "floorwatch_queue_known", queue="repairs") == 0


def test_a_ratio_of_nothing_is_absent() -> None:
    """With nothing decided the level, ASA and AHT have no series, while the counts are true zeros."""
    series = read(Exposition().render(floor(queues=(queue("quiet", hits=0, decided=0),))))
    labels = {"queue": "quiet", "window": "15m"}
    for name in ("service_level_ratio", "window_asa_seconds", "window_aht_seconds", "window_abandon_ratio"):
        assert of(series, f"floorwatch_{name}", **labels) is None
    assert of(series, "floorwatch_service_level_window_decided", **labels) == 0
    assert of(series, "floorwatch_longest_wait_seconds", queue="quiet") is None


def test_an_alert_that_fired_again_is_one_series() -> None:
    """A resolved and a firing alert of the same rule, queue and severity are one series, 1."""
    again = (alert("sales", state="firing"), alert("sales", state="resolved"), alert("billing", state="pending"))
    series = read(Exposition().render(msgspec.structs.replace(floor(), alerts=again)))
    labels = {"rule": "service_level_low", "severity": "warning"}
    assert of(series, "floorwatch_alert_firing", queue="sales", **labels) == 1
    assert of(series, "floorwatch_alert_firing", queue="billing", **labels) == 0


@given(name=st.text(min_size=1).filter(lambda text: text.isprintable() or "\n" in text))
def test_any_queue_name_survives_the_round_trip(name: str) -> None:
    """Quotes, backslashes, line ends, braces and every script come back as they went in."""
    series = read(Exposition().render(floor(queues=(queue(name),))))
    assert of(series, "floorwatch_queue_known", queue=name) == 1


def _never_corrected(text: bytes) -> list[str]:
    return [line for line in text.decode().split("\n") if not any(name in line for name in CORRECTED)]


@settings(max_examples=30)
@given(views=st.lists(floors(), min_size=2, max_size=3))
def test_every_floor_can_be_scraped(views: list[FloorView]) -> None:
    """Any floor parses, no series twice, nothing is NaN or infinite, nobody is named; what is remembered changes
    nothing but the counters that something may be taken back of."""
    exposition = Exposition()
    for view in views:
        text = exposition.render(view)
        assert _never_corrected(text) == _never_corrected(Exposition().render(view))
        assert all(math.isfinite(value) for value in read(text).values())
        assert all(name.encode() not in text for name in AGENTS)


def test_before_the_first_picture_only_the_build_is_known() -> None:
    """No view is not an empty floor; what the figures mean is true anyway."""
    assert {name for name, _ in read(Exposition().render(None))} == {
        "floorwatch_build_info",
        "floorwatch_definition_info",
    }


def test_help_comes_from_the_catalogue() -> None:
    """Each family's HELP holds the English text, the exclusions, the formula and the version of its figure."""
    helps = {family.name: family.documentation for family in text_string_to_metric_families(whole().decode())}
    for name, family in FAMILIES.items():
        figure = FIGURES[family.figure]
        shown = helps[name.removesuffix("_total") if family.kind == "counter" else name]
        assert figure.text_en in shown
        assert all(clause in shown for clause in figure.exclusions("en"))
        assert figure.formula in shown
        assert f"{figure.id} v{figure.version}" in shown


def test_every_ratio_and_mean_has_a_metric_that_is_its_sample() -> None:
    """What the catalogue calls the n of a figure is the figure of the metric beside it; a ratio without one is a
    setting."""
    for name, family in FAMILIES.items():
        wanted = FIGURES[family.figure].sample
        assert (FAMILIES[family.sample].figure if family.sample else "") == wanted, name
        if name.endswith("_ratio"):
            assert family.sample or name == "floorwatch_queue_target_ratio", name


@settings(max_examples=50)
@given(view=floors())
def test_no_ratio_is_exported_without_its_n(view: FloorView) -> None:
    """Series by series: whatever floor it is, the n stands there under the same labels."""
    series = read(Exposition().render(view))
    for name, labels in series:
        sample = FAMILIES[name].sample if name in FAMILIES else ""
        assert not sample or (sample, labels) in series, (name, labels)


def test_what_lies_ahead_is_exported_with_its_samples() -> None:
    """Projection, outlook and adherence, each with its n under the same labels; the model is said of the agents."""
    series = read(Exposition().render(looking_ahead(floor())))
    name = floor().queues[0].name
    assert of(series, "floorwatch_projection_ratio", queue=name) == 0.74
    assert of(series, "floorwatch_required_agents", queue=name, model="erlang_a") == 19
    assert of(series, "floorwatch_patience_seconds", queue=name) == 207.911
    assert of(series, "floorwatch_adherence_ratio") == 2 / 3
    assert of(series, "floorwatch_adherence_counted_seconds") == 5_400
    for metric, labels in series:
        sample = FAMILIES[metric].sample if metric in FAMILIES else ""
        assert not sample or (sample, labels) in series, (metric, labels)
    few = msgspec.structs.replace(floor(), attendance=attendance(GROUP_MIN - 1))
    assert of(read(Exposition().render(few)), "floorwatch_adherence_ratio") is None


def test_every_queue_says_how_fresh_it_is() -> None:
    """The instant of its feeds' last event, and the age of that, also while it is unknown; nothing before the first."""
    unheard = msgspec.structs.replace(queue("new"), last_event_at=None)
    series = read(Exposition().render(floor(queues=(queue("sales"), queue("lost", unknown_since=AT - 5_000), unheard))))
    for name in ("sales", "lost"):
        assert of(series, "floorwatch_queue_last_event_timestamp_seconds", queue=name) == (AT - 200) / 1000
        assert of(series, "floorwatch_queue_age_seconds", queue=name) == 0.2
    assert of(series, "floorwatch_queue_age_seconds", queue="new") is None


def test_the_versions_of_the_definitions_are_exported() -> None:
    """A series of another version is another series: one join tells from when on a figure means something else."""
    series = read(Exposition().render(None))
    versions = {key: value for key, value in series.items() if key[0] == "floorwatch_definition_info"}
    assert len(versions) == len(FIGURES)
    assert of(series, "floorwatch_definition_info", figure="aht", version=str(FIGURES["aht"].version)) == 1


def test_agents_are_told_of_only_where_that_is_wanted() -> None:
    """One series each, under the name that they may be called by; by default nobody is told of."""
    series = read(whole())
    assert of(series, "floorwatch_agent_activity", agent="A17", activity="talking") == 1
    assert of(series, "floorwatch_agent_activity", agent="A18", activity="paused") == 1
    assert all(name != "floorwatch_agent_activity" for name, _ in read(Exposition().render(floor())))


def test_the_site_and_the_schedule_are_told_of() -> None:
    """Where the floor is, and when what is scheduled last became something else; nothing of a floor without one."""
    series = read(Exposition().render(looking_ahead(floor())))
    assert of(series, "floorwatch_site_info", site="Harbour Street", timezone="Europe/Berlin") == 1
    assert of(series, "floorwatch_schedule_changed_timestamp_seconds") == (AT - 7_200_000) / 1000
    assert of(read(Exposition().render(floor())), "floorwatch_schedule_changed_timestamp_seconds") is None


def _teams(**agents: int) -> FloorView:
    """A floor on which teams of so many agents are scheduled."""
    kept = msgspec.structs.replace(
        attendance(sum(agents.values())), teams={name: attendance(size).floor for name, size in agents.items()}
    )
    return msgspec.structs.replace(floor(), attendance=kept)


@pytest.mark.parametrize(
    ("teams", "shown"),
    [
        ({"red": 5, "blue": 9}, {"red", "blue"}),
        ({"red": 5, "blue": 9, "green": 4}, {"blue"}),
        ({"red": 5, "blue": 9, "green": 4, "grey": 1}, {"red", "blue"}),
        ({"red": 6, "": 4}, set()),
        ({"red": 3}, set()),
    ],
)
def test_no_small_team_can_be_told_apart(teams: dict[str, int], shown: set[str]) -> None:
    """Neither a team of few, nor what is left when all that is shown is taken from the whole, is fewer than five."""
    series = read(Exposition().render(_teams(**teams)))
    ratios = {dict(labels)["team"] for name, labels in series if name == "floorwatch_team_adherence_ratio"}
    assert ratios == shown
    assert all(of(series, "floorwatch_team_adherence_counted_seconds", team=team) == 5_400 for team in shown)


def test_a_queue_that_is_gone_leaves_nothing() -> None:
    """The picture without it has no series of it, whatever was kept of the one before."""
    exposition = Exposition()
    assert b'"gone"' in exposition.render(floor(queues=(queue("sales"), queue("gone"))))
    assert b'"gone"' not in exposition.render(floor(queues=(queue("sales"),)))


def test_promtool_finds_nothing_to_improve(tool: Callable[[str], str]) -> None:
    """Prometheus' own linter accepts names, units, types and HELP of everything exported."""
    command = [tool("promtool"), "check", "metrics"]
    checked = subprocess.run(command, check=False, input=whole(), capture_output=True, timeout=60)
    assert checked.stdout + checked.stderr == b""
    assert checked.returncode == 0
