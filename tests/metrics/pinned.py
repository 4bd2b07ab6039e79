"""What each version of each figure's definition was, as a digest: so that none changes under its number.

After a change that raised a version, or a new figure: `python -m tests.metrics.pinned` takes note of it. It never
replaces what was noted.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

from floorwatch.metrics.catalogue import FIGURES, Figure

NOTED = Path(__file__).with_name("definitions.json")


def digest(figure: Figure) -> str:
    """Of what the figure is: its unit, its formula, what it leaves out, and its sample."""
    meaning = [figure.unit, figure.formula, sorted(figure.excludes), figure.sample]
    return hashlib.sha256(json.dumps(meaning).encode()).hexdigest()[:16]


def noted() -> dict[str, dict[str, str]]:
    """Figure to version to digest."""
    return json.loads(NOTED.read_text(encoding="utf-8")) if NOTED.exists() else {}  # type: ignore[no-any-return]


if __name__ == "__main__":
    known = noted()
    for figure in FIGURES.values():
        known.setdefault(figure.id, {}).setdefault(str(figure.version), digest(figure))
    NOTED.write_text(json.dumps(known, indent=1, sort_keys=True) + "\n", encoding="utf-8")
