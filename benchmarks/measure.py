"""How the benchmarks measure: contestants in turns, CPU time, the median of the rounds.

Turns, because a machine drifts by a quarter while others use it: only ratios taken in one run are fit for goals.
"""

from __future__ import annotations

import gc
import os
import platform
import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

from floorwatch.driver import tune_gc

ROUNDS = 5


@dataclass(frozen=True, slots=True)
class Contest:
    """One comparison. `goal` bounds `ratio`: at most for a cost, at least for a speed-up."""

    name: str
    unit: str
    """What is counted: lines, messages."""
    items: int
    input_bytes: int
    ours: str
    ours_us: float
    """Median CPU time per item, in microseconds."""
    theirs: str
    theirs_us: float
    ratio: float
    goal: float
    at_most: bool

    @property
    def is_met(self) -> bool:
        """Whether the goal holds."""
        return self.ratio <= self.goal if self.at_most else self.ratio >= self.goal

    def as_json(self) -> dict[str, object]:
        """For the result file."""
        return {**asdict(self), "is_met": self.is_met}


def in_turns(*contestants: Callable[[], object], rounds: int = ROUNDS) -> list[float]:
    """Median CPU seconds of each contestant, run one after the other, `rounds` times.

    The garbage collector is tuned as in production. What a contestant leaves is cleared outside the measured time: a
    floor that runs is never torn down.
    """
    tune_gc()
    spent: list[list[float]] = [[] for _ in contestants]
    for _ in range(rounds):
        for seconds, run in zip(spent, contestants, strict=True):
            start = time.process_time()
            left = run()
            seconds.append(time.process_time() - start)
            del left
            gc.collect()
    return [statistics.median(seconds) for seconds in spent]


def machine() -> dict[str, object]:
    """What the figures were taken on."""
    return {
        "python": f"{platform.python_implementation()} {platform.python_version()}",
        "system": platform.platform(terse=True),
        "processor": _processor(),
        "cores": os.cpu_count(),
        "load": [round(load, 2) for load in os.getloadavg()],
        "gc": list(gc.get_threshold()),
        "packages": {name: _version(name) for name in ("msgspec", "panoramisk")},
    }


def _processor() -> str:
    path = Path("/proc/cpuinfo")
    if path.exists():
        for line in path.read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or sys.platform


def _version(package: str) -> str | None:
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version(package)
    except PackageNotFoundError:
        return None
