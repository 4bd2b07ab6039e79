"""What is shown is defined, and what is defined is shown: report, view, metrics, pages and explanations."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path
from types import ModuleType

import msgspec
import pytest

import floorwatch.agent_view
import floorwatch.shift_view
import floorwatch.view
from floorwatch.agent_view import AdherenceView
from floorwatch.alerts.figures import FIGURES as RULED
from floorwatch.config import load_config
from floorwatch.explain_outlook import VALUES
from floorwatch.ingest.schedule.read import read_schedule
from floorwatch.metrics.catalogue import FIGURES
from floorwatch.metrics.measured import Measured
from floorwatch.metrics.operands import RECIPES
from floorwatch.metrics.outlook import Outlook
from floorwatch.replay import replay
from floorwatch.serve.exposition import FAMILIES
from floorwatch.view import IntervalView, WindowView

VIEWS = (floorwatch.view, floorwatch.agent_view)
DAY = Path(__file__).parents[1] / "reference_days/small"

SAID_OTHERWISE = {
    "ratio": "adherence",
    "neutral_by_cause": "neutral_time",
    "neutral_ms": "neutral_time",
    "scheduled_ms": "scheduled_time",
    "in_ms": "in_time",
    "out_ms": "out_time",
    "extra_ms": "extra_time",
    "work_ms": "work_time",
    "worked_ms": "conformance",
    "exceptions_by_kind": "exceptions",
    "lost": "harm",
    "level": "service_level",
    "level_n": "decided",
    "level_hits": "hits",
    "level_by_arrival": "service_level_by_arrival",
    "corrections": "settled_corrections",
    "level_by_arrival_n": "decided",
    "occupancy_of_ms": "occupancy_time",
    "oldest_since": "oldest_entry",
    "activities": "agents_by_activity",
    "members": "agents_by_activity",
    "is_open": "queue_open",
    "changed_at": "schedule_changed",
    "last_event_at": "source_last_event",
    "delay_ms": "source_delay",
    "delay_ms_max": "source_delay_max",
    "clock_offset_ms": "source_clock_offset",
    "events_per_s": "source_rate",
    "down_ms": "source_down_time",
    "events": "source_events",
    "duplicates": "events_duplicate",
    "n": "decided",
    "error": "effect",
    "low": "effect",
    "high": "effect",
}
"""Keys of the report and the view that carry a figure under a name of their own, which their place explains."""

NO_FIGURES = set(
    """
    id name at site sites timezone channel formula verdict rule label labels severity state message kind way version
    definitions digest queues agents alerts sources input attendance floor teams team actual activity
    from to since until start end day interval intervals interval_ms windows trend hours week counts_from changes_at
    min_sample short_abandon_ms short_abandon_seconds threshold_seconds exits_count concurrency membership accounts
    figures incomplete backfilled unknown_since unknown unseen reason contacts paused_in clock_set_at minutes agent
    pending_at fired_at raised_at resolved_at acknowledged_at acknowledged_by note snoozed_until snoozed_by muted
    scope advice lead_advice value threshold back_at scheduled outlook lines excuses who why
    settled tells_wrap_up
    escalation actions worked queue oncall rota people next_people known_until override
    """.split()
)
"""Keys that name, place or configure something: none of them is measured."""

SHIFT = {
    "effects": "effect",
    "n_by_severity": "turn_alerts",
    "n_live": "handed_over",
    "acknowledge_ms": "time_to_acknowledge",
    "acknowledge_n": "turn_alerts",
    "act_ms": "time_to_act",
    "act_n": "turn_alerts",
    "recover_ms": "time_to_recover",
    "recover_n": "turn_alerts",
}
"""The same of a shift report."""

NAMED_IN_SHIFTS = set("key subject told unreached taken_by shared is_live next_at known_since".split())
"""Keys of a shift report that name or place something."""

OUTLOOK = {
    "required": "required_agents",
    "scheduled": "scheduled_agents",
    "coming": "to_come",
    "level": "course",
    "backlog_gone_at": "backlog_gone",
    "rest_needed": "needed_for_target",
    "best": "best_reachable",
    "agents_needed": "agents_to_recover",
    "no_return_at": "no_return",
    "over_ms": "measured_time",
    "waits": "patience",
    "abandons": "abandoned",
}
"""The same of an outlook and of what it is measured from."""

COMING = {
    "shrinkage": "reports",
    "forecast": "staffing",
}
"""Defined before they are shown, and where they will be; a figure that is shown must leave this list."""


def _figure(key: str) -> str | None:
    """The figure that a key carries; None for a key that is no figure."""
    if key in SAID_OTHERWISE:
        return SAID_OTHERWISE[key]
    for name in (key, key.removesuffix("_ms"), key.removesuffix("_n"), f"source_{key}", f"events_{key}"):
        if name in FIGURES:
            return name
        reported = [figure.id for figure in FIGURES.values() if name in figure.reported_as]
        if reported:
            return reported[0]
    return None


def _view_keys(*views: ModuleType) -> set[str]:
    kinds = [kind for view in views or VIEWS for kind in vars(view).values()]
    structs = [kind for kind in kinds if isinstance(kind, type) and issubclass(kind, msgspec.Struct)]
    return {field for kind in structs for field in kind.__struct_fields__}


@pytest.fixture(scope="module")
def report_keys() -> set[str]:
    settings = load_config(DAY / "floorwatch.yaml").settings()
    planned = read_schedule(DAY / "schedule.csv", "schedule.csv", settings.timezone, settings.agents).events(0)
    report = replay([DAY / "events_messy.jsonl.gz"], settings, schedule=planned)
    inside = [report, report["input"], *report["sources"].values()]
    for queue in report["queues"].values():
        inside += [queue, queue["target"], *queue["intervals"]]
        inside.append({f"service_level.{formula}": level for formula, level in queue["service_level"].items()})
    for agent in report["agents"].values():
        inside += [agent, agent["adherence"]]
    return {key for part in inside for key in part}


def test_every_key_of_the_report_is_a_figure_or_no_measure(report_keys: set[str]) -> None:
    """A measured key that nobody has defined is found here, whoever adds it."""
    assert sorted(key for key in report_keys if key not in NO_FIGURES and _figure(key) is None) == []


def test_every_field_of_the_view_is_a_figure_or_no_measure() -> None:
    """The same of what the API and the pages are given."""
    assert sorted(key for key in _view_keys() if key not in NO_FIGURES and _figure(key) is None) == []


def test_every_field_of_a_shift_report_is_a_figure_or_no_measure() -> None:
    """The same of what is handed over: its page opens a card of each."""
    keys = _view_keys(floorwatch.shift_view) - NO_FIGURES - NAMED_IN_SHIFTS
    assert sorted(key for key in keys if (SHIFT.get(key) or _figure(key)) is None) == []
    assert set(SHIFT.values()) <= FIGURES.keys()


def test_every_field_of_an_outlook_is_a_figure_or_no_measure() -> None:
    """The same of what the models make of a queue: each of its figures can be explained, too."""
    fields = {field.name for kind in (Outlook, Measured) for field in dataclasses.fields(kind)}
    figures = {OUTLOOK.get(key) or _figure(key) for key in fields - {"at", "until", "missing", "measured", "model"}}
    assert None not in figures
    assert set(VALUES) - figures == {"required_agents.erlang_a", "required_agents.erlang_c"}


@pytest.mark.parametrize("kind", [WindowView, IntervalView, AdherenceView], ids=lambda kind: kind.__name__)
def test_no_ratio_of_the_view_is_without_its_sample(kind: type[msgspec.Struct]) -> None:
    """Each ratio and mean of the API stands beside its n, or beside the sums that it is made of."""
    here = {_figure(key) for key in kind.__struct_fields__ if key not in NO_FIGURES}
    if {"scheduled_time", "neutral_time"} <= here:
        here.add("counted_time")
    samples = {FIGURES[figure].sample for figure in here if figure is not None}
    assert samples - {""} <= here
    assert samples - {""}


def test_pages_open_cards_of_figures_that_exist(repository: Path) -> None:
    """What can be tapped on a page has a definition; `queue` opens the sheet of a queue."""
    modules = [path.read_text("utf-8") for path in (repository / "floorwatch/serve/static").rglob("*.js")]
    tapped = {name for text in modules for name in re.findall(r'(?:figureButton|ownFigure|labelled)\("(\w+)"', text)}
    assert tapped
    assert tapped - {"queue"} <= FIGURES.keys()


def test_what_is_defined_is_shown_somewhere(report_keys: set[str], repository: Path) -> None:
    """Report, view, metrics, pages, explanations or rules carry every figure, but those that are said to be coming."""
    pages = "".join(path.read_text("utf-8") for path in (repository / "floorwatch/serve/static").rglob("*.js"))
    shown = {_figure(key) for key in report_keys | _view_keys() if key not in NO_FIGURES}
    shown |= {family.figure for family in FAMILIES.values()} | RECIPES.keys() | VALUES.keys() | set(OUTLOOK.values())
    shown |= {id_ for id_ in FIGURES if f'"{id_}"' in pages} | RULED.keys()
    assert sorted(FIGURES.keys() - shown - COMING.keys()) == []


def test_nothing_that_is_coming_is_here_already(report_keys: set[str]) -> None:
    """The list of what is defined ahead of its time does not outlive its reason."""
    here = {_figure(key) for key in report_keys | _view_keys() if key not in NO_FIGURES}
    here |= {family.figure for family in FAMILIES.values()} | RECIPES.keys() | VALUES.keys()
    assert sorted(here & COMING.keys()) == []
    assert COMING.keys() <= FIGURES.keys()
