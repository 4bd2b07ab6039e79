"""`python -m benchmarks.projection_of_day [DATA ...]`: how far projections of the day lie from its end.

As `benchmarks.projection`, but at 10, 12, 14 and 16 o'clock and for the whole day, without any forecast; days with 100
decided visits or more of a queue, T = 20 s and 60 s. Beside it stands the level of the day so far.
"""

from __future__ import annotations

import sys
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean

from benchmarks.projection import SHARED, begins, paths_of
from benchmarks.projection_days import Days, contacts, walk
from benchmarks.projection_fit import outside
from floorwatch.engine import Engine
from floorwatch.metrics.projection.project import Projection, project
from floorwatch.metrics.projection.read import period
from floorwatch.metrics.projection.state import Period, QueueState

HOURS = (10, 12, 14, 16)
CONTACTS_MIN, DECIDED_MIN = 2_000, 100
TIMEZONE = "Europe/Amsterdam"


@dataclass(frozen=True, slots=True)
class Case:
    """One projection of a day and what came of it: absolute errors, and how much lay below and above the band."""

    hour: int
    projected: float
    so_far: float
    width: float
    is_partial: bool
    outside: tuple[float, float]


def cases(days: Days, since: int) -> list[Case]:
    """Replay, ask, and compare. Days that begin at `since` or later."""
    asked: list[tuple[str, int, Period, Projection]] = []

    def ask(engine: Engine, instant: int, states: dict[str, QueueState]) -> None:
        moment = engine.books.calendar.local(instant)
        if moment.minute or moment.hour not in HOURS or instant < since:
            return
        day = engine.books.calendar.day(instant)
        for name, state in states.items():
            so_far = period(engine.books.ledgers[name], *day)
            projection = project(state, so_far)
            if so_far.decided and projection is not None:
                asked.append((name, moment.hour, so_far, projection))

    engine = walk(days, (0,), ask)
    offered = contacts(engine)
    found = []
    for name, hour, so_far, projection in asked:
        final = period(engine.books.ledgers[name], so_far.start, so_far.end)
        if final.decided >= DECIDED_MIN and offered[name] >= CONTACTS_MIN:
            outcome = final.hits / final.decided
            found.append(
                Case(
                    hour=hour,
                    projected=abs(projection.median - outcome),
                    so_far=abs(so_far.hits / so_far.decided - outcome),
                    width=projection.high - projection.low,
                    is_partial=0 < outcome < 1,
                    outside=outside(projection.below(outcome)),
                )
            )
    return found


def main(arguments: list[str] | None = None) -> int:
    """Replay, compare and print; returns the exit status."""
    typed = [Path(one) for one in (sys.argv[1:] if arguments is None else arguments)] or [SHARED]
    paths = tuple(path for one in typed for path in paths_of(one))
    since = begins(paths[-1], TIMEZONE) if len(paths) > 1 else 0
    settings = [Days(paths, TIMEZONE, threshold_s) for threshold_s in (20, 60)]
    with ProcessPoolExecutor() as pool:
        found = [case for some in pool.map(cases, settings, [since] * len(settings)) for case in some]
    print("| at | days | so far | projection | less | width of the band | in the band |\n|---|---|---|---|---|---|---|")
    for hour in HOURS:
        some = [case for case in found if case.hour == hour]
        inside = [1 - sum(case.outside) for case in some if case.is_partial]
        if inside:
            so_far, projected, width = (
                fmean(getattr(case, name) for case in some) for name in ("so_far", "projected", "width")
            )
            less = f"{100 * (1 - projected / so_far):.1f} %"
            errors = f"{100 * so_far:.2f} | {100 * projected:.2f} | {less} | {100 * width:.1f}"
            print(f"| {hour}:00 | {len(some):,} | {errors} | {100 * fmean(inside):.1f} % |")
    return 0


if __name__ == "__main__":
    sys.exit(main())
