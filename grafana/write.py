"""Which dashboards there are, and how one becomes the text that is committed."""

from __future__ import annotations

import json
from collections.abc import Callable

from grafana_foundation_sdk.cog.encoder import JSONEncoder

from floorwatch.metrics.catalogue import LANGUAGES
from grafana.boards import adherence, alerts, floor, health, queue
from grafana.sheet import Sheet

BOARDS: dict[str, Callable[[Sheet], None]] = {
    "floor-overview": floor.lay_out,
    "queue-detail": queue.lay_out,
    "adherence-and-staffing": adherence.lay_out,
    "alerts-and-actions": alerts.lay_out,
    "feeds-and-daemon": health.lay_out,
}
"""File name without its ending, to what lays the dashboard out."""


def written() -> dict[str, str]:
    """Every file, as `LANG/NAME.json`, to its text: the same bytes each time."""
    files = {}
    for lang in LANGUAGES:
        for name, lay_out in BOARDS.items():
            sheet = Sheet(lang)
            lay_out(sheet)
            files[f"{lang}/{name}.json"] = (
                json.dumps(sheet.dashboard(), cls=JSONEncoder, sort_keys=True, indent=2, ensure_ascii=False) + "\n"
            )
    return files
