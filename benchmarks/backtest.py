"""`python -m benchmarks.backtest [DATA FOLDER]`: rules of three families on recorded months, each rule a point.

Recorded contacts (`calls_*`, neutral columns) run through `floorwatch.backtest`, the engine that runs live, with every
rule of three families at once: (a) a service level under a limit, fires at once; (b) the same with a hold; (c) the
projection, as the probability that the half-hour ends under target or as its median. What counts as warned and as a
false alarm stands in docs/backtest.md. T = 20 s, target 0.80, half-hours, queues with 2,000 contacts or more.

By default the months before the last are replayed: on these rules are chosen. `--report` replays the last two and
counts the last one alone; the floor remembers three weeks. `--rules` prints the families as a file of rules, as
`floorwatch backtest --rules` takes it.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path

import yaml

from benchmarks.projection import SHARED, begins, paths_of
from floorwatch.backtest.document import document
from floorwatch.backtest.run import Recorded, tried
from floorwatch.config.file import load_config, with_rules
from floorwatch.floor.rules import DEFAULT_RULES
from floorwatch.report import Json, canonical_json

HERE = Path(__file__).parent
CONFIG = HERE / "backtest.yaml"
CHOSEN = HERE / "backtest_rules.yaml"
TIMEZONE = "Europe/Amsterdam"

Rules = dict[str, Json]

LEVELS = (90, 80, 70, 60, 50)
CHANCES = (50, 60, 70, 80, 90, 95, 99)
MEDIANS = (80, 70)
ANEW = {"figure": "best_possible", "below": "100 %"}
"""True of every half-hour with a miss in it: an alert that asks for it is over with its half-hour."""
OPEN = "07:30-20:30"
"""Nobody calls outside: a projection need not be made there."""
OFTEN, SELDOM = {"every": "30s"}, {"every": "60s"}
DECIDED = {"figure": "service_level", "window": "interval", "below": "100 %", "min_sample": 20}
"""The minimum sample of a projection: so many decided in the half-hour so far."""


def naive() -> Iterator[tuple[str, Json]]:
    """(a): fires at once, is over at once. The level of 15 minutes, of the half-hour so far, and that anew in each."""
    for x in LEVELS:
        yield f"a_15m_{x}", {"figure": "service_level", "window": "15m", "below": f"{x} %"}
    yield "a_so_far_80", {"figure": "service_level", "window": "interval", "below": "80 %"}
    for x in (*LEVELS, 40, 30):
        yield f"a_anew_{x}", ANEW | {"and": [{"figure": "service_level", "window": "interval", "below": f"{x} %"}]}


def held() -> Iterator[tuple[str, Json]]:
    """(b): as (a), once it has held for so long; over 2 points above the limit, for two minutes."""
    for x in LEVELS[1:4]:
        hold = {"clear": f"{x + 2} %", "for": "1m", "keep_firing_for": "2m"}
        yield f"b_15m_{x}", {"figure": "service_level", "window": "15m", "below": f"{x} %"} | hold
        for minutes in (1, 5):
            level = {"figure": "service_level", "window": "interval", "below": f"{x} %", "clear": f"{x + 2} %"}
            yield f"b_anew_{x}_{minutes}m", ANEW | {"and": [level], "for": f"{minutes}m", "keep_firing_for": "2m"}


def projected() -> Iterator[tuple[str, Json]]:
    """(c): how likely a miss is, or the median; twenty decided at least. Last, a miss that is certain: as built in."""
    for x in CHANCES:
        clear = 30 if x < 70 else 50
        chance = {"figure": "miss_chance", "above": f"{x} %", "clear": f"{clear} %", "and": [DECIDED]}
        yield f"c_chance_{x}", chance
        if x in (50, 80, 95):
            yield f"c_chance_{x}_1m", chance | {"for": "1m"}
    for x in MEDIANS:
        yield f"c_median_{x}", {"figure": "projection", "below": f"{x} %", "clear": "90 %", "and": [DECIDED]}
    yield "c_certain", {"figure": "best_possible", "below": "target"}


def families(queues: Iterable[str]) -> Rules:
    """Every rule of the three, for these queues; the built-in ones are off."""
    found: Rules = {rule.name: {"enabled": False} for rule in DEFAULT_RULES}
    concerned = {"queues": list(queues), "hours": {"daily": OPEN}}
    for name, rule in (*naive(), *held()):
        found[name] = rule | OFTEN | concerned
    for name, rule in projected():
        found[name] = rule | SELDOM | concerned
    return found


def queues_of_the_chosen() -> list[str]:
    """Those that the chosen rules are about."""
    return next(iter(yaml.safe_load(CHOSEN.read_text("utf-8")).values()))["queues"]  # type: ignore[no-any-return]


def points(found: Json) -> Iterator[str]:
    """The table, Markdown: every rule, by family, those first that warn of most."""
    heads = ("rule", "warned", "under alarm", "false alarms a day", "pages an hour", "minutes before the end")
    yield f"| {' | '.join(heads)} |"
    yield "|---" * len(heads) + "|"
    for rule in sorted(found["rules"], key=lambda one: (one["rule"][:2], -(one["warned_ratio"] or 0), one["rule"])):
        if rule["missed"]:
            covered = rule["covered"] / rule["missed"]
            lead = "–" if rule["lead_seconds_median"] is None else f"{rule['lead_seconds_median'] / 60:.1f}"
            yield (
                f"| {rule['rule']} | {100 * rule['warned_ratio']:.1f} % | {100 * covered:.1f} % "
                f"| {rule['false_alarms_per_day']:.2f} | {rule['pages_per_hour']:.2f} | {lead} |"
            )


def main(arguments: list[str] | None = None) -> int:
    """Replay and print; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.backtest", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("data", nargs="?", type=Path, default=SHARED, help="a folder of months")
    parser.add_argument("--report", action="store_true", help="count the last month, not those before it")
    parser.add_argument("--rules", action="store_true", help="print the rules of the families, and end")
    parser.add_argument("--json", type=Path, metavar="FILE", help="keep everything there")
    chosen = parser.parse_args(arguments)
    rules = yaml.safe_dump(families(queues_of_the_chosen()), sort_keys=False)
    if chosen.rules:
        print(rules, end="")
        return 0
    paths = paths_of(chosen.data)
    if len(paths) < 2:
        parser.error(f"{chosen.data} holds no months to choose on and to report on: give a folder of several tables")
    since = begins(paths[-1], TIMEZONE) if chosen.report else 0
    with tempfile.NamedTemporaryFile("w", suffix=".yaml") as file:
        file.write(rules)
        file.flush()
        settings = with_rules(load_config(CONFIG), Path(file.name)).settings()
    found = document(tried(Recorded(paths[-2:] if chosen.report else paths[:-1], since=since), settings))
    if chosen.json is not None:
        chosen.json.write_bytes(canonical_json(found))
    for row in points(found):
        print(row)
    return 0


if __name__ == "__main__":
    sys.exit(main())
