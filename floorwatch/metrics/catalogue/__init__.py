"""The catalogue: every figure that is shown, defined once.

Prometheus HELP texts, the wallboard's definition cards, `floorwatch explain`, the report's `definitions` and the docs
are all rendered from here. The symbols of the formulas are in `symbols`, what is left out and why in `exclusions`.
"""

from __future__ import annotations

from floorwatch.metrics.catalogue.adherence import ADHERENCE
from floorwatch.metrics.catalogue.agents import AGENTS
from floorwatch.metrics.catalogue.contacts import CONTACTS
from floorwatch.metrics.catalogue.figure import LANGUAGES, Change, Figure, Language, Unit
from floorwatch.metrics.catalogue.floor import FLOOR
from floorwatch.metrics.catalogue.input import INPUT
from floorwatch.metrics.catalogue.levels import LEVELS
from floorwatch.metrics.catalogue.oncall import ONCALL
from floorwatch.metrics.catalogue.projection import PROJECTION
from floorwatch.metrics.catalogue.render import as_json, described, left_out, markdown, report_definitions
from floorwatch.metrics.catalogue.staffing import STAFFING
from floorwatch.metrics.catalogue.symbols import SYMBOLS
from floorwatch.metrics.catalogue.waits import WAITS
from floorwatch.metrics.catalogue.work import WORK

__all__ = [
    "FIGURES",
    "GROUPS",
    "LANGUAGES",
    "SYMBOLS",
    "VERSIONS",
    "Change",
    "Figure",
    "Language",
    "Unit",
    "as_json",
    "as_markdown",
    "definitions",
    "described",
    "left_out",
]

GROUPS: dict[str, tuple[Figure, ...]] = {
    "Contacts": CONTACTS,
    "Waiting": WAITS,
    "Service level": LEVELS,
    "Work": WORK,
    "Agents": AGENTS,
    "Schedules": ADHERENCE,
    "Staffing": STAFFING,
    "Projection": PROJECTION,
    "On call": ONCALL,
    "The floor and its feeds": FLOOR,
    "Input": INPUT,
}
"""Every figure, by heading, in the order a reader would meet them."""

FIGURES: dict[str, Figure] = {figure.id: figure for figures in GROUPS.values() for figure in figures}
"""Every figure by id."""

VERSIONS: dict[str, int] = {figure.id: figure.version for figure in FIGURES.values()}
"""Which version of each definition is in force."""


def as_markdown() -> str:
    """`docs/terms.md`: every figure, its formula and its meaning, in both languages."""
    return markdown(GROUPS)


def definitions(lang: Language = "en") -> dict[str, dict[str, str]]:
    """What the report says of its metrics: its keys (`asa_seconds`, `service_level.answered_only`, …) to
    {"id", "version", "unit", "formula", "text", "excludes"}."""
    return report_definitions(FIGURES.values(), lang)
