"""`python -m benchmarks.reality [PROFILE DAY [OTHER ...]]`: simulated days beside real ones.

Without arguments: the bundled profiles `bank` and `multi-skill` beside the days they are calibrated on, and beside
other days of the same floors, which say how much real days differ. With them: any profile, the recorded day it is like,
and others. Twenty simulated days (seeds 101 to 120) of the volume of the day are compared; sixty (201 to 260) say how
half-hour counts are dispersed given the day's total. Then the same method on the weekdays of a whole month: each day's
own staff and volume, the laws of the month, five simulated days each. Prints tables in Markdown.
"""

from __future__ import annotations

import csv
import gzip
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from statistics import fmean
from zoneinfo import ZoneInfo

from simulators.calibrate import Day, Visit, calibrated, compared, days_from
from simulators.calibrate.closing import stretched
from simulators.calibrate.compare import Figures, distance, figures, simulated_days
from simulators.calibrate.fit import typed_profile
from simulators.calibrate.visits import days_of
from simulators.calibrate.volume import dispersion, half_hours, ordinary
from simulators.profile import FloorProfile, load_profile

SHARED = Path(__file__).parents[1] / "../shared/data"
BANK_MONTH = SHARED / "technion-1999/calls_1999-02.tsv.gz"
DISPERSION_SEEDS = range(201, 261)


@dataclass(frozen=True, slots=True)
class Case:
    """A profile, the day it is like, and other days of the floor."""

    profile: str
    day: Path
    others: tuple[tuple[Path, str], ...]
    """Recordings, each with the local date to take from it."""


CASES = (
    Case("bank", SHARED / "technion-1999/replay_1999-02-03.csv.gz",
         ((SHARED / "technion-1999/replay_1999-03-15.csv.gz", "1999-03-15"),)),
    Case("multi-skill", SHARED / "vanad-2014/replay_2014-01-15.csv.gz",
         ((SHARED / "vanad-2014/calls_2014-01.csv.gz", "2014-01-08"),
          (SHARED / "vanad-2014/calls_2014-01.csv.gz", "2014-01-22"),
          (SHARED / "vanad-2014/calls_2014-02.csv.gz", "2014-02-12"))),
)  # fmt: skip
_ROWS = (
    ("offered", "offered", "{:.0f}"),
    ("wait_s_median", "wait of answered, median, s", "{:.0f}"),
    ("wait_s_75", "75 %, s", "{:.0f}"),
    ("wait_s_90", "90 %, s", "{:.0f}"),
    ("asa_s", "ASA, s", "{:.1f}"),
    ("abandon_ratio", "abandon ratio", "{:.3f}"),
    ("service_level", "service level, 20 s", "{:.3f}"),
    ("aht_s", "AHT, s", "{:.0f}"),
)


def report(profile: FloorProfile, day: Day, others: list[Day]) -> Iterator[str]:
    """One table, Markdown."""
    made = simulated_days(profile, day)
    found = compared(profile, day, simulated=made)
    if found is None:
        raise SystemExit(f"{day.date}: no answered contact to compare")
    columns: list[tuple[str, Figures]] = [(f"{day.date}, real", found.real), ("simulated, mean", found.simulated)]
    each = sorted((one for one in (figures(one.visits) for one in made) if one), key=lambda one: one.asa_s)
    columns += [("calmest", each[0]), ("busiest", each[-1])]
    columns += [(f"{other.date}, real", own) for other in others if (own := figures(other.visits))]
    yield f"### {profile.name}\n"
    yield f"| | {' | '.join(title for title, _ in columns)} |"
    yield "|---" * (len(columns) + 1) + "|"
    for name, label, form in _ROWS:
        yield f"| {label} | {' | '.join(form.format(getattr(one, name)) for _, one in columns)} |"
    waits, handled = ([_of(other, what) for other in (day, *others)] for what in ("wait_ms", "handled_ms"))
    apart = [f"{distance(waits[0], wait):.3f}" for wait in waits[1:]]
    apart_handled = [f"{distance(handled[0], own):.3f}" for own in handled[1:]]
    blank = " |  | "
    yield f"| distance of waits from the first column | 0 | {found.wait_distance:.3f} | {blank}{' | '.join(apart)} |"
    yield f"| distance of handling times | 0 | {found.handling_distance:.3f} | {blank}{' | '.join(apart_handled)} |"
    yield f"| half-hour volume off by | 0 | {found.volume_error:.3f} | | |{' |' * len(others)}"
    counts = [half_hours(one) for one in simulated_days(profile, day, DISPERSION_SEEDS)]
    yield f"\nVariance/mean of half-hour counts given the day's total, 60 days: **{dispersion(counts) or 0:.2f}**.\n"


def month(name: str, days: Sequence[Day], timezone: str, date: str, step: int) -> Iterator[str]:
    """How far simulated days lie from the real ones they are like, over the weekdays of a month: Markdown."""
    _, _, factor = calibrated(days, name=name, timezone=timezone, date=date)
    pairs: list[tuple[Figures, Figures]] = []
    for place, day in enumerate(ordinary(days)[::step]):
        typed = stretched(typed_profile(days, name=name, timezone=timezone, date=day.date), factor)
        seeds = range(301 + 5 * place, 306 + 5 * place)
        profile = FloorProfile.model_validate(typed)
        found = compared(profile, day, simulated=simulated_days(profile, day, seeds))
        if found is not None:
            pairs.append((found.real, found.simulated))
    yield f"### {name}: {len(pairs)} weekdays of {date[:7]}, one factor for all ({factor:g})\n"
    yield "| | real, mean | standard deviation | simulated, mean | root mean square difference, day by day |"
    yield "|---|---|---|---|---|"
    for figure, label, form in _ROWS:
        real, made = ([getattr(pair[side], figure) for pair in pairs] for side in (0, 1))
        usual = fmean(real)
        spread = fmean((one - usual) ** 2 for one in real) ** 0.5
        apart = fmean((one - other) ** 2 for one, other in zip(real, made, strict=True)) ** 0.5
        yield f"| {label} | {' | '.join(form.format(one) for one in (usual, spread, fmean(made), apart))} |"
    yield ""


def bank_visits(path: Path, timezone: str) -> Iterator[Visit]:
    """A month of the bank, in the form it was published in; calls that ended in the voice menu are none."""
    with gzip.open(path, "rt", encoding="utf-8") as rows:
        for row in csv.DictReader(rows, delimiter="\t"):
            queued, answered = row["q_start"] != "0:00:00", row["outcome"] == "AGENT"
            if not answered and not (queued and row["outcome"] == "HANG"):
                continue
            left_ms = _bank_ms(row, "ser_start" if answered else "q_exit", timezone)
            arrived_ms = min(_bank_ms(row, "q_start", timezone), left_ms) if queued else left_ms
            ended_ms = _bank_ms(row, "ser_exit", timezone) if answered else 0
            outcome = "answered" if answered else "abandoned"
            yield Visit(row["contact_id"], row["type"], arrived_ms, left_ms, outcome, row["agent"], ended_ms)  # type: ignore[arg-type]


def _bank_ms(row: dict[str, str], column: str, timezone: str) -> int:
    at = datetime.strptime(f"19{row['date']} {row[column]}", "%Y%m%d %H:%M:%S").replace(tzinfo=ZoneInfo(timezone))
    return int(at.timestamp()) * 1000


def _of(day: Day, what: str) -> list[float]:
    return [getattr(visit, what) // 1000 for visit in day.visits if visit.outcome == "answered"]


def _one(path: Path, timezone: str, date: str | None = None) -> Day:
    days = days_from([path], timezone)
    found = [day for day in days if date in (None, day.date)]
    return max(found, key=lambda day: len(day.visits))


def main(arguments: list[str] | None = None) -> int:
    """Print the tables; returns the exit status."""
    typed = sys.argv[1:] if arguments is None else arguments
    if len(typed) == 1:
        raise SystemExit(__doc__)
    cases = CASES if not typed else [Case(typed[0], Path(typed[1]), tuple((Path(path), "") for path in typed[2:]))]
    for case in cases:
        profile = load_profile(case.profile)
        day = _one(case.day, profile.timezone)
        others = [_one(path, profile.timezone, date or None) for path, date in case.others]
        for line in report(profile, day, others):
            print(line, flush=True)
    if not typed:
        bank, multi_skill = (load_profile(case.profile) for case in CASES)
        months = (
            (bank, days_of(bank_visits(BANK_MONTH, bank.timezone), bank.timezone), "1999-02-03", 1),
            (
                multi_skill,
                days_from([SHARED / "vanad-2014/calls_2014-01.csv.gz"], multi_skill.timezone),
                "2014-01-15",
                2,
            ),
        )
        for profile, days, date, step in months:
            for line in month(profile.name, days, profile.timezone, date, step):
                print(line, flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
