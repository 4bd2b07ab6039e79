"""The names under which people ask for a figure, and the nearest where there is none of that name."""

from __future__ import annotations

from difflib import get_close_matches

from floorwatch.explained import UnknownFigureError
from floorwatch.metrics.catalogue import FIGURES, Figure
from floorwatch.serve.exposition import FAMILIES

SHORT_FORMS = {"sl": "service_level", "acw": "wrap_up"}
"""What the trade says for short; others (`asa`, `aht`) are ids already."""


def figure_named(metric: str) -> Figure:
    """The figure of this id, key of the report, name in either language, Prometheus metric, or short form.

    Raises `UnknownFigureError`, which names the nearest, or how to see them all.
    """
    known = {
        key: figure for figure in FIGURES.values() for key in (figure.name_zh, figure.name_en, *figure.reported_as)
    }
    known |= {name: FIGURES[family.figure] for name, family in FAMILIES.items()}
    known |= {short: FIGURES[id_] for short, id_ in SHORT_FORMS.items()}
    known |= FIGURES
    asked = metric.strip()
    plain = asked.casefold().replace("-", "_").replace(" ", "_")
    for key in (asked, plain, asked.casefold()):
        if key in known:
            return known[key]
    if ids := dict.fromkeys(known[key].id for key in _near(asked, plain, known)):
        raise UnknownFigureError(f"'{metric}' is no figure; did you mean {' or '.join(ids)}?")
    raise UnknownFigureError(f"'{metric}' is no figure; `floorwatch explain --list` lists them all")


def listed() -> str:
    """Every figure in a line: its id and its names."""
    wide = max(map(len, FIGURES))
    return "\n".join(f"{figure.id:<{wide}}  {figure.name_en}, {figure.name_zh}" for figure in FIGURES.values())


def _near(asked: str, plain: str, known: dict[str, Figure]) -> list[str]:
    """The names of the one figure whose name what was asked is a part of, else those that are spelled alike."""
    parts = [key for key in known if len(asked) > 1 and (plain in key or asked.casefold() in key)]
    if len({known[key].id for key in parts}) == 1:
        return parts
    return get_close_matches(plain, known, n=3, cutoff=0.5) or get_close_matches(asked, known, n=3)
