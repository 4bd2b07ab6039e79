"""The catalogue: every figure that is shown, defined once.

Prometheus HELP texts, the wallboard's definition cards, the report's `definitions` and the docs are all rendered from
here. Changing what a figure means raises its `version`; changing only the wording does not.

Symbols in `formula`, per queue and window: t_q enters the queue, t_a answered, t_b abandoned, t_x left otherwise;
T service-level threshold, S short-abandon limit; a answered in T, A answered, B abandoned, B_S short abandons,
B_T abandoned in T, E exited after waiting past T, X all exits.
"""

from __future__ import annotations

from floorwatch.metrics.catalogue.adherence import ADHERENCE
from floorwatch.metrics.catalogue.agents import AGENTS
from floorwatch.metrics.catalogue.contacts import CONTACTS
from floorwatch.metrics.catalogue.figure import LANGUAGES, Figure, Language, Unit
from floorwatch.metrics.catalogue.floor import FLOOR
from floorwatch.metrics.catalogue.input import INPUT
from floorwatch.metrics.catalogue.levels import LEVELS
from floorwatch.metrics.catalogue.projection import PROJECTION
from floorwatch.metrics.catalogue.render import markdown, report_definitions
from floorwatch.metrics.catalogue.staffing import STAFFING
from floorwatch.metrics.catalogue.waits import WAITS
from floorwatch.metrics.catalogue.work import WORK

__all__ = ["FIGURES", "LANGUAGES", "Figure", "Language", "Unit", "as_markdown", "definitions"]

FIGURES: dict[str, Figure] = {
    figure.id: figure
    for figure in (
        *CONTACTS,
        *WAITS,
        *LEVELS,
        *WORK,
        *AGENTS,
        *ADHERENCE,
        *STAFFING,
        *PROJECTION,
        *FLOOR,
        *INPUT,
    )
}
"""Every figure by id, in the order a reader would meet them."""


def as_markdown() -> str:
    """`docs/terms.md`: every figure, its formula and its meaning, in both languages."""
    return markdown(FIGURES)


def definitions(lang: Language = "en") -> dict[str, dict[str, str]]:
    """What the report says of its metrics: its keys (`asa_seconds`, `service_level.answered_only`, …) to
    {"id", "version", "formula", "text"}."""
    return report_definitions(FIGURES, lang)
