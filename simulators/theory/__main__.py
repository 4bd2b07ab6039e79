"""The simulated floor against queueing theory: reference cases in, a table of exact and simulated figures out.

Exit status 0 when every exact value is inside the simulated figure's interval (simultaneously at 99 %), 1 when one is
outside, 2 when a file cannot be used.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import typer

from simulators.theory.cases import Case, CaseError, read_cases
from simulators.theory.compare import SURE, Comparison
from simulators.theory.run import HEADING, left_out, row, run, summary
from simulators.theory.student import t_quantile


def main(arguments: list[str] | None = None) -> int:
    """Run the cases and print the table; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m simulators.theory", description=__doc__)
    parser.add_argument(
        "files", nargs="+", type=Path, metavar="CASES.csv", help="M/M/n, M/M/n+M or M/M/n+G, by its columns"
    )
    parser.add_argument("--only", metavar="CASE", nargs="+", help="these cases alone")
    parser.add_argument("--replications", type=int, default=30, help="of every case (default 30)")
    parser.add_argument("--seed", type=int, default=1, help="default 1")
    parser.add_argument(
        "--contacts", type=int, default=3_000, help="usual number watched per replication (default 3000)"
    )
    parser.add_argument("--jobs", type=int, default=1, help="processes (default 1)")
    chosen = parser.parse_args(arguments)
    if chosen.replications < 2 or chosen.contacts < 1 or chosen.jobs < 1:
        parser.error("at least 2 replications, 1 contact and 1 process are needed")
    try:
        cases = [case for file in chosen.files for case in read_cases(file)]
    except CaseError as error:
        typer.echo(str(error), err=True)
        return 2
    if chosen.only:
        cases = [case for case in cases if case.name in chosen.only]
    found = _table(cases, chosen)
    return int(not all(comparison.is_inside for comparison in found))


def _table(cases: list[Case], chosen: argparse.Namespace) -> list[Comparison]:
    for case in cases:
        if not case.is_steady:
            typer.echo(f"{case.name}: more work than agents and nobody gives up: no equilibrium to compare with")
        elif too_few := left_out(case, chosen.replications, chosen.contacts):
            typer.echo(f"{case.name}: of too few contacts to be compared: {', '.join(too_few)}")
    steady = [case for case in cases if case.is_steady]
    typer.echo(HEADING)
    found: list[Comparison] = []
    for comparisons in run(steady, chosen.replications, chosen.seed, chosen.contacts, chosen.jobs):
        found += comparisons
        for comparison in comparisons:
            typer.echo(row(comparison))
    tail = (1 - SURE) / max(1, len(found)) / 2
    typer.echo(
        f"\n{len(found)} comparisons, simultaneously at {SURE:.0%}: |t| up to "
        f"{t_quantile(tail, chosen.replications - 1):.2f} is inside; "
        f"{chosen.replications} replications, seed {chosen.seed}"
    )
    for line in summary(found):
        typer.echo(line)
    return found


if __name__ == "__main__":
    sys.exit(main())
