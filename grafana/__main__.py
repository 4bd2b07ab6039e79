"""Writes every dashboard: `python -m grafana [DIR]`."""

from __future__ import annotations

import sys
from pathlib import Path

from grafana.write import written

folder = Path(sys.argv[1]) if sys.argv[1:] else Path(__file__).parent / "dashboards"
for name, text in written().items():
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8", newline="\n")
