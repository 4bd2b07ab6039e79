"""A run: every case, every replication, on as many processes as are wished for; the table as it grows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial

from simulators.theory.cases import Case
from simulators.theory.compare import SURE, Comparison, columns_of, compare
from simulators.theory.floors import Plan, plan_of
from simulators.theory.watch import Tally, replicate

HEADING = f"{'case':8} {'figure':28} {'exact':>14} {'simulated':>14} {'half-width':>12} {'t':>6}  verdict"


def run(cases: Sequence[Case], replications: int, seed: int, contacts: int, jobs: int) -> Iterator[list[Comparison]]:
    """The comparisons of one case after the other; simultaneous at the level of all of them together.

    `contacts` is the usual number that is watched in a replication. What is found does not depend on `jobs`.
    """
    plans = [plan_of(case, contacts, replications) for case in cases]
    columns = [columns_of(case, plan.contacts * replications)[0] for case, plan in zip(cases, plans, strict=True)]
    level = (1 - SURE) / max(1, sum(map(len, columns)))
    for case, compared, tallies in zip(
        cases, columns, _replications(cases, plans, replications, seed, jobs), strict=True
    ):
        yield compare(case, compared, tallies, level)


def _replications(
    cases: Sequence[Case], plans: Sequence[Plan], replications: int, seed: int, jobs: int
) -> Iterator[list[Tally]]:
    if jobs == 1:
        for case, plan in zip(cases, plans, strict=True):
            yield [replicate(case, plan, seed, number) for number in range(replications)]
        return
    with ProcessPoolExecutor(jobs) as pool:
        for case, plan in zip(cases, plans, strict=True):
            yield list(pool.map(partial(replicate, case, plan, seed), range(replications)))


def left_out(case: Case, replications: int, contacts: int) -> list[str]:
    """The figures of the case that are not compared, because too few contacts make them."""
    return columns_of(case, plan_of(case, contacts, replications).contacts * replications)[1]


def row(found: Comparison) -> str:
    """One line of the table."""
    asked = f"{'-':>6}" if found.t is None or found.is_rare else f"{found.t:6.2f}"
    verdict = ("inside" if found.is_inside else "OUTSIDE") + (", rare" if found.is_rare else "")
    return (
        f"{found.case:8} {found.column:28} {found.exact:14.6g} {found.simulated:14.6g} {found.half_width:12.3g} {asked}"
        f"  {verdict}"
    )


def summary(found: Sequence[Comparison]) -> Iterator[str]:
    """By model: cases and comparisons, the largest |t|, the usual half-width, and how many are outside."""
    for model in dict.fromkeys(comparison.model for comparison in found):
        own = [comparison for comparison in found if comparison.model == model]
        usual = [abs(comparison.t) for comparison in own if comparison.t is not None and not comparison.is_rare]
        relative = sorted(comparison.half_width / comparison.exact for comparison in own if comparison.exact > 0)
        yield (
            f"{model:8} {len({comparison.case for comparison in own})} cases, {len(own)} comparisons, largest |t| "
            f"{max(usual, default=0.0):.2f}, half-width in the median {relative[len(relative) // 2]:.1%} of the exact "
            f"value, outside: {sum(not comparison.is_inside for comparison in own)}"
        )
