"""Holding a report against a simulator's truth."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

_LEFT_OUT = frozenset(("definitions", "digest", "alerts", "input", "incidents", "sources"))


def differences(truth: Any, report: Any, place: str = "", *, without: frozenset[str] = frozenset()) -> Iterator[str]:
    """Every figure that differs, with its place. `without`: names of figures that are not compared."""
    if isinstance(truth, dict) and isinstance(report, dict):
        for key in sorted(truth.keys() | report.keys()):
            if key in without or (not place and key in _LEFT_OUT):
                continue
            yield from differences(truth.get(key), report.get(key), f"{place}.{key}".lstrip("."), without=without)
    elif isinstance(truth, list) and isinstance(report, list) and len(truth) == len(report):
        for at, (one, other) in enumerate(zip(truth, report, strict=True)):
            yield from differences(one, other, f"{place}[{at}]", without=without)
    elif truth != report:
        yield f"{place}: true is {truth!r}, reported {report!r}"
