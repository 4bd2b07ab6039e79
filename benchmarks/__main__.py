"""`python -m benchmarks`: the two figures this project promises, measured here and now.

Exit status 0; with `--check`, 1 when a goal is missed.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from pathlib import Path

from benchmarks import ami, pipeline
from benchmarks.measure import ROUNDS, Contest, machine

QUICK_EVENTS = 20_000
QUICK_BYTES = 4_000_000


def main(arguments: list[str] | None = None) -> int:
    """Run the benchmarks and print them; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a tenth of the input: seconds instead of a minute")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there, too")
    parser.add_argument("--check", action="store_true", help="exit status 1 when a goal is missed")
    chosen = parser.parse_args(arguments)

    facts = machine()
    print(", ".join(f"{name} {value}" for name, value in facts.items()))
    print(f"CPU time, in turns, median of {ROUNDS}\n")
    contests: list[Contest] = []
    for contest in _contests(chosen.quick):
        contests.append(contest)
        print(_table(contest), flush=True)
    if chosen.json is not None:
        figures = {"machine": facts, "quick": chosen.quick, "contests": [contest.as_json() for contest in contests]}
        chosen.json.write_text(json.dumps(figures, indent=2) + "\n")
    return int(chosen.check and not all(contest.is_met for contest in contests))


def _contests(quick: bool) -> Iterator[Contest]:
    yield pipeline.contest(QUICK_EVENTS) if quick else pipeline.contest()
    yield ami.contest(QUICK_BYTES) if quick else ami.contest()


def _table(contest: Contest) -> str:
    bound = "at most" if contest.at_most else "at least"
    verdict = "met" if contest.is_met else "MISSED"
    rows = [f"{contest.name}: {contest.items:,} {contest.unit}, {contest.input_bytes / 1e6:.1f} MB"]
    for who, us in ((contest.theirs, contest.theirs_us), (contest.ours, contest.ours_us)):
        rows.append(f"  {who:42}{us:8.3f} µs each {1e6 / us:12,.0f} a second")
    measure = "times the cost" if contest.at_most else "times as fast"
    rows.append(f"  {f'{contest.ratio:.2f} {measure}':42}{f'goal {bound} {contest.goal:g}: {verdict}'}\n")
    return "\n".join(rows)


if __name__ == "__main__":
    sys.exit(main())
