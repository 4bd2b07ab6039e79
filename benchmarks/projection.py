"""`python -m benchmarks.projection [DATA FOLDER]`: how far projections lie from the end of the interval.

Recorded contacts (`*.csv`, `*.csv.gz` in the neutral columns) run through the engine; at 15, 10 and 5 minutes before
the end of every half-hour the product's projection is asked for, and compared with the level the product shows for the
whole half-hour when it is over. Tested are half-hours with 20 decided visits or more of queues with 2,000 contacts or
more in all that was replayed, from `--since` on: by default the last month of the data, the months before it being
what the floor remembers. Beside it stand

- *so far*: the level of what has been decided of the half-hour;
- *last 5 min*: that, and for the rest the level of the last five minutes, over as many decisions as come at the pace of
  the half-hour so far, or at that of the last five minutes: whichever of the two errs less in all;
- the *floor of noise*: one who knows how many decisions are to come, and how often the floor's other queues will hit in
  the very same minutes, but not what becomes of any contact of this queue.

`--fit FILE` fits the law to what lies before `--since` and writes it there as a module; `--law FILE` tests that one in
the place of the one that is built in. Exit status 1 with `--check`, when a projection errs more than either or its band
holds fewer than 75 % or more than 85 %.
"""

from __future__ import annotations

import argparse
import runpy
import sys
from collections.abc import Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from statistics import fmean
from zoneinfo import ZoneInfo

from benchmarks.projection_days import MINUTE_MS, Days, contacts, ends, recordings, walk
from benchmarks.projection_fit import Learnt, fit_spreads, fit_weights, learn, outside, written
from floorwatch.engine import Engine
from floorwatch.metrics.projection.fitted import FITTED
from floorwatch.metrics.projection.law import Fit
from floorwatch.metrics.projection.project import Projection, project
from floorwatch.metrics.projection.read import period
from floorwatch.metrics.projection.state import Period, QueueState
from floorwatch.metrics.service_level import level, ratio
from floorwatch.replay import deliveries

SHARED = Path(__file__).parents[1] / "../shared/data/vanad-2014"
PATTERNS = ("calls_*", "*.csv*")
"""What of a folder is replayed: whole months, as shared folders name them; else every table."""

MINUTES = (15, 10, 5)
CONTACTS_MIN, DECIDED_MIN = 2_000, 20
COVERAGE = (0.75, 0.85)
HEADS = ("", "minutes left", "half-hours", "so far", "last 5 min", "projection",
         "less than so far", "less than last 5 min", "noise", "in the band")  # fmt: skip


@dataclass(frozen=True, slots=True)
class Asked:
    """What was known and said at an instant."""

    queue: str
    start: int
    minutes: int
    so_far: Period
    recent: tuple[int, int]
    """(hits, decided) of the last five minutes."""
    others: tuple[int, int]
    """(hits, decided) of the floor's other queues since it began."""
    projection: Projection


@dataclass(frozen=True, slots=True)
class Case:
    """One projection and what came of it: absolute errors, and where the outcome lay."""

    queue: str
    threshold_s: int
    minutes: int
    projected: float
    so_far: float
    last_5_min: tuple[float, float]
    noise: float
    outcome: float
    outside: tuple[float, float]
    """How much of it lay below and above the band; a level on an edge by parts, as if chance had decided."""


def cases(days: Days, since: int, fit: Fit) -> list[Case]:
    """Replay, ask, and compare. Half-hours that begin at `since` or later."""
    asked: list[Asked] = []
    after: dict[tuple[str, int], tuple[int, int]] = {}

    def ask(engine: Engine, instant: int, states: dict[str, QueueState]) -> None:
        start, end = engine.books.calendar.interval(instant)
        totals = {name: level(one.rolling.total, one.policy) for name, one in engine.books.ledgers.items()}
        floor = [sum(total[figure] for total in totals.values()) for figure in (0, 1)]
        others = {name: (floor[0] - hits, floor[1] - n) for name, (hits, n) in totals.items()}
        if start == instant:
            after.update({(name, start): other for name, other in others.items()})
            return
        for name, state in states.items():
            ledger = engine.books.ledgers[name]
            so_far = period(ledger, start, end)
            projection = project(state, so_far, fit=fit) if start >= since else None
            if projection is not None:
                recent = level(ledger.rolling.window("5m", engine.books.tick_s), ledger.policy)
                minutes = (end - instant) // MINUTE_MS
                asked.append(Asked(name, start, minutes, so_far, recent, others[name], projection))

    engine = walk(days, (*MINUTES, 0), ask)
    finals, offered = ends(engine), contacts(engine)
    return [
        _case(one, finals[one.queue, one.start], after.get((one.queue, one.so_far.end)), days.threshold_s)
        for one in asked
        if offered[one.queue] >= CONTACTS_MIN and one.so_far.decided and finals[one.queue, one.start][1] >= DECIDED_MIN
    ]


def _case(asked: Asked, final: tuple[int, int], others: tuple[int, int] | None, threshold_s: int) -> Case:
    outcome, so_far = final[0] / final[1], asked.so_far
    naive = so_far.hits / so_far.decided
    recent = asked.recent[0] / asked.recent[1] if asked.recent[1] else naive
    elapsed = (so_far.end - so_far.start) / MINUTE_MS - asked.minutes
    paces = (so_far.decided / elapsed * asked.minutes, asked.recent[1] / 5 * asked.minutes)
    to_come = final[1] - so_far.decided
    there = others is not None and others[1] > asked.others[1]
    known = (others[0] - asked.others[0]) / (others[1] - asked.others[1]) if there and others else recent
    return Case(
        queue=asked.queue,
        threshold_s=threshold_s,
        minutes=asked.minutes,
        projected=abs(asked.projection.median - outcome),
        so_far=abs(naive - outcome),
        last_5_min=(
            abs(_blend(so_far, paces[0], recent) - outcome),
            abs(_blend(so_far, paces[1], recent) - outcome),
        ),
        noise=abs(_blend(so_far, to_come, known) - outcome),
        outcome=outcome,
        outside=outside(asked.projection.below(outcome)),
    )


def _blend(so_far: Period, to_come: float, share: float) -> float:
    return (so_far.hits + to_come * share) / (so_far.decided + to_come)


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the table: mean absolute errors of some cases."""

    n: int
    projected: float
    so_far: float
    last_5_min: float
    noise: float
    outside: tuple[float, float] | None
    """How much lies below and above the band, of those whose level lies strictly between 0 and 1."""

    @property
    def less(self) -> tuple[float | None, float | None]:
        """By how much the projection errs less than *so far* and *last 5 min*, as parts; None of no error."""
        so_far, last_5_min = (ratio(self.projected, error) for error in (self.so_far, self.last_5_min))
        return None if so_far is None else 1 - so_far, None if last_5_min is None else 1 - last_5_min

    @property
    def coverage(self) -> float | None:
        """Of the band."""
        return None if self.outside is None else 1 - sum(self.outside)

    @property
    def is_good(self) -> bool:
        """Better than both, and the band holds what it promises."""
        holds = self.coverage is not None and COVERAGE[0] <= self.coverage <= COVERAGE[1]
        return self.projected < min(self.so_far, self.last_5_min) and holds


def line(some: Sequence[Case]) -> Line:
    """The line of these cases."""
    places = [case.outside for case in some if 0 < case.outcome < 1]
    return Line(
        n=len(some),
        projected=fmean(case.projected for case in some),
        so_far=fmean(case.so_far for case in some),
        last_5_min=min(fmean(case.last_5_min[pace] for case in some) for pace in (0, 1)),
        noise=fmean(case.noise for case in some),
        outside=(fmean(low for low, _ in places), fmean(high for _, high in places)) if places else None,
    )


def table(found: Sequence[Case]) -> Iterable[str]:
    """The tables, Markdown: pooled, by threshold, by queue."""
    yield f"| {' | '.join(HEADS)} |"
    yield "|---" * len(HEADS) + "|"
    thresholds = sorted({case.threshold_s for case in found})
    groups = [("all", list(found))]
    groups += [(f"T = {t} s", [case for case in found if case.threshold_s == t]) for t in thresholds]
    groups += [
        (queue, [case for case in found if case.queue == queue]) for queue in sorted({case.queue for case in found})
    ]
    for name, group in groups:
        for minutes in MINUTES:
            if some := [case for case in group if case.minutes == minutes]:
                yield _row(name, minutes, line(some))


def _row(name: str, minutes: int, one: Line) -> str:
    errors = " | ".join(f"{100 * error:.2f}" for error in (one.so_far, one.last_5_min, one.projected))
    less = " | ".join(_percent(part) for part in one.less)
    band = _percent(one.coverage)
    if one.outside is not None:
        band += f" ({100 * one.outside[0]:.1f} below)"
    return f"| {name} | {minutes} | {one.n:,} | {errors} | {less} | {100 * one.noise:.2f} | {band} |"


def _percent(part: float | None) -> str:
    return "–" if part is None else f"{100 * part:.1f} %"


def paths_of(typed: Path) -> tuple[Path, ...]:
    """What of a folder is replayed; a file stands for itself."""
    found = (tuple(sorted(typed.glob(pattern))) for pattern in PATTERNS)
    return next(filter(None, found), (typed,))


def begins(path: Path, timezone: str) -> int:
    """The instant of the first event in a file."""
    return next(deliveries(recordings(Days((path,), timezone, 20))))[0]


def main(arguments: list[str] | None = None) -> int:
    """Replay, compare and print; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.projection", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("data", nargs="*", type=Path, default=[SHARED], help="a folder of tables, or recordings")
    parser.add_argument(
        "--since", metavar="DATE", help="test from this day on; default: the first day of the last file"
    )
    parser.add_argument("--thresholds", nargs="+", type=int, default=[20, 60], metavar="SECONDS")
    parser.add_argument("--timezone", default="Europe/Amsterdam")
    parser.add_argument("--fit", type=Path, metavar="FILE", help="fit to what lies before --since, and write it there")
    parser.add_argument("--law", type=Path, metavar="FILE", help="test the law in this file")
    parser.add_argument("--check", action="store_true", help="exit status 1 when a projection is no better")
    chosen = parser.parse_args(arguments)
    paths = tuple(path for one in chosen.data for path in paths_of(one))
    missing = [path for path in paths if not path.is_file()]
    if missing:
        parser.error(f"{missing[0]} holds no table: give a folder of tables in the neutral columns, or recordings")
    since = begins(paths[-1], chosen.timezone) if len(paths) > 1 else 0
    if chosen.since:
        since = int(datetime.fromisoformat(chosen.since).replace(tzinfo=ZoneInfo(chosen.timezone)).timestamp()) * 1000
    settings = [Days(paths, chosen.timezone, threshold_s) for threshold_s in chosen.thresholds]
    with ProcessPoolExecutor() as pool:
        if chosen.fit is not None:
            learnt = list(pool.map(learn, settings, [since] * len(settings)))
            origin = f"{chosen.data[0].resolve().name}, up to {datetime.fromtimestamp(since / 1000, UTC):%d %B %Y}"
            chosen.fit.write_text(
                written(_fit(learnt), f"{origin}, T = {chosen.thresholds} s; on {datetime.now(UTC):%d %B %Y}")
            )
            return 0
        fit = FITTED if chosen.law is None else runpy.run_path(str(chosen.law))["FITTED"]
        found = [
            case for some in pool.map(cases, settings, [since] * len(settings), [fit] * len(settings)) for case in some
        ]
    if not found:
        raise SystemExit(f"no half-hour of {DECIDED_MIN} decided visits of a queue with {CONTACTS_MIN:,} contacts")
    for row in table(found):
        print(row)
    pooled = [line([case for case in found if case.minutes == minutes]) for minutes in MINUTES]
    return int(chosen.check and not all(one.is_good for one in pooled))


def _fit(learnt: Sequence[Learnt]) -> Fit:
    weights = fit_weights([row for one in learnt for row in one.rows])
    return fit_spreads(weights, [band for one in learnt for band in one.bands])


if __name__ == "__main__":
    sys.exit(main())
