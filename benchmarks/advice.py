"""`python -m benchmarks.advice --seeds N --from K`: is the advice right? (docs/advice.md)

Breaches are made by the simulator of the floor and seen by the product through its engine (`breaches`). What it advises
is tried out on the true floor (`continuations`). Three figures, by size of the queue:

    reached     how often the period ends at target with the number advised, there when advised
    gap         that number beside the least with which it does in 85 of 100
    calibrated  stated probabilities beside what came of it

Exit status 0; with `--check`, 1 when a goal is missed.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from itertools import count
from pathlib import Path
from time import process_time
from typing import NamedTuple

from benchmarks.breaches import SIZES, breach_of
from benchmarks.continuations import Continuation, continuations
from floorwatch.metrics.staffing.required import least_number
from floorwatch.trials.advise import advise

REACHED = 0.85
GAP_SHARE = 0.10
OFF_POINTS = 0.10
CONTINUATIONS = 60
BATCH = 32
BINS = ((0.0, 0.2), (0.2, 0.4), (0.4, 0.6), (0.6, 0.8), (0.8, 1.0))


class Judged(NamedTuple):
    """One breach, what was advised, and what is true. Shares are of the continuations."""

    seed: int
    erlangs: float
    trouble: str
    left_s: float
    """From the alert to the period's end."""
    present: int
    needed: int | None
    stated: float
    """The probability that goes with the advice: with `needed`, or with any number."""
    stated_without: float
    happened: float
    happened_without: float
    least: int | None
    """The least number that truly reaches the target in `REACHED` of the continuations, from those present on."""
    ended: float
    """1 where the simulated floor itself ended at target, with nobody added."""
    cost_s: float
    """Processor time of the advice."""

    @property
    def is_advised(self) -> bool:
        """Agents are to be added."""
        return self.needed is not None and self.needed > self.present


def judge(seed: int) -> Judged | None:
    """What becomes of one seed; None for a floor that keeps its target, or of which nothing can be said."""
    breach = breach_of(seed)
    if breach is None or breach.asked.situation is None or breach.level is None:
        return None
    asked = breach.asked
    begun = process_time()
    advised = advise(asked)
    cost_s = process_time() - begun
    rests = continuations(breach, CONTINUATIONS)
    by_s = (advised.by - asked.at) / 1000
    plenty = len(rests[0].reserve)
    added = plenty if advised.needed is None else advised.needed - advised.present
    assert advised.chance is not None
    assert advised.chance_without is not None
    return Judged(
        seed=seed,
        erlangs=breach.erlangs,
        trouble=breach.trouble,
        left_s=(asked.until - asked.at) / 1000,
        present=advised.present,
        needed=advised.needed,
        stated=advised.chance,
        stated_without=advised.chance_without,
        happened=_share(rests, added, by_s),
        happened_without=_share(rests, 0, by_s),
        least=_least(rests, advised.present, max(1, added), by_s, plenty),
        ended=float(breach.level >= asked.policy.target),
        cost_s=cost_s,
    )


def _share(rests: Sequence[Continuation], added: int, by_s: float) -> float:
    return sum(rest.play(added, by_s) for rest in rests) / len(rests)


def _least(rests: Sequence[Continuation], present: int, guess: int, by_s: float, plenty: int) -> int | None:
    """The number that truly suffices."""
    if _share(rests, 0, by_s) >= REACHED:
        return present
    if _share(rests, plenty, by_s) < REACHED:
        return None
    found = least_number(lambda added: _share(rests, added, by_s) - REACHED, guess, plenty)
    return None if found is None else present + found


def main(arguments: list[str] | None = None) -> int:
    """Judge the advice and print the tables; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.advice", description=__doc__)
    parser.add_argument("--seeds", type=int, default=200, help="breaches for which agents are advised")
    parser.add_argument("--from", type=int, default=0, dest="since", help="the first seed")
    parser.add_argument("--jobs", type=int, default=1, help="processes")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write every breach there, too")
    parser.add_argument("--check", action="store_true", help="exit status 1 when a goal is missed")
    chosen = parser.parse_args(arguments)
    found = list(_judged(chosen.since, chosen.seeds, chosen.jobs))
    if chosen.json is not None:
        chosen.json.write_text("".join(json.dumps(one._asdict()) + "\n" for one in found))
    are_met = report(found)
    return int(chosen.check and not are_met)


def _judged(since: int, wanted: int, jobs: int) -> Iterator[Judged]:
    """Breach after breach, in order of their seeds, until so many of them have advice."""
    with ProcessPoolExecutor(jobs) as pool:
        for first in count(since, BATCH):
            for one in pool.map(judge, range(first, first + BATCH)):
                if one is not None:
                    yield one
                    wanted -= one.is_advised
                if not wanted:
                    return


def report(found: Sequence[Judged]) -> bool:
    """Print the tables; whether every goal is met."""
    advised = [one for one in found if one.is_advised]
    enough = [one for one in found if one.needed == one.present]
    beyond = [one for one in found if one.needed is None]
    print(f"{len(found)} breaches: {len(advised)} with agents to add, {len(enough)} where those present are said to")
    print(f"suffice, {len(beyond)} where no number is sure enough; seeds {found[0].seed} to {found[-1].seed}\n")
    print("| Erlang | advised | reached | without | added | least added | gap | at most | no least |")
    print("|---|---|---|---|---|---|---|---|---|")
    are_met = True
    for low, high in (*SIZES, (SIZES[0][0], SIZES[-1][1])):
        of_size = [one for one in advised if low <= one.erlangs < high]
        if of_size:
            are_met = _print_size(f"{low}–{high}", of_size)  # the goals are those of all sizes: the last row
    print("\n| stated | of | cases | mean stated | happened | off |\n|---|---|---|---|---|---|")
    are_met &= _print_calibration("with", [(one.stated, one.happened) for one in found])
    are_met &= _print_calibration("without", [(one.stated_without, one.happened_without) for one in found])
    print(f"\nBreaches with no sure number: truly none in {_percent(one.least is None for one in beyond)}.")
    print(f"Those present said to suffice: reached in {_percent(one.happened_without for one in enough)}.")
    print(f"The simulated floor itself, nobody added: stated {_percent(one.stated_without for one in found)},")
    print(f"ended at target {_percent(one.ended for one in found)}.")
    costs = sorted(one.cost_s for one in found)
    print(f"One advice costs {costs[len(costs) // 2]:.2f} s in the median, {costs[-1]:.2f} s at most.")
    return are_met


def _print_size(size: str, of_size: Sequence[Judged]) -> bool:
    reached = _mean(one.happened for one in of_size)
    pairs = [(one.needed, one.least) for one in of_size if one.needed is not None and one.least is not None]
    gap = _mean(abs(needed - least) for needed, least in pairs)
    at_most = max(1.0, GAP_SHARE * _mean(least for _, least in pairs))
    print(
        f"| {size} | {len(of_size)} | {reached:.1%} | {_mean(one.happened_without for one in of_size):.1%} "
        f"| {_mean((one.needed or 0) - one.present for one in of_size):.1f} "
        f"| {_mean((one.least or 0) - one.present for one in of_size if one.least):.1f} "
        f"| {gap:.2f} | {at_most:.2f} | {len(of_size) - len(pairs)} |"
    )
    return reached >= REACHED and gap <= at_most


def _print_calibration(name: str, pairs: Sequence[tuple[float, float]]) -> bool:
    is_met = True
    for low, high in BINS:
        inside = [pair for pair in pairs if low <= pair[0] < high or (high == 1.0 and pair[0] == 1.0)]
        if inside:
            stated, happened = _mean(one for one, _ in inside), _mean(other for _, other in inside)
            row = (f"{low:.0%}–{high:.0%}", name, len(inside), f"{stated:.1%}", f"{happened:.1%}")
            print(f"| {' | '.join(map(str, row))} | {happened - stated:+.1%} |")
            is_met &= abs(happened - stated) <= OFF_POINTS
    return is_met


def _mean(values: Iterable[float]) -> float:
    held = list(values)
    return sum(held) / len(held) if held else 0.0


def _percent(values: Iterable[float]) -> str:
    return f"{_mean(values):.1%}"


if __name__ == "__main__":
    sys.exit(main())
