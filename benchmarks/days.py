"""`python -m benchmarks.days [PROFILE ...]`: how long a simulated day takes to make, and how much memory.

Each day is made by a process of its own, the command as a user types it, files and truths and all. Beside it a loop
sleeps 5 ms at a time and notes how late it wakes: a run in which its p99 passes 20 ms was disturbed, and is void.

Exit status 1 when a goal is missed or a run is void.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

PROFILES = {"bpo": (3, 60.0), "mega": (1, 1200.0)}
"""Profile to (rounds, seconds at most)."""
MEMORY_MB_MAX = 2000
VOID_MS = 20.0
_NAP_S = 0.005


@dataclass(frozen=True, slots=True)
class Made:
    """One day made. `late_ms_p99` is how late the loop beside it woke."""

    wall_s: float
    cpu_s: float
    memory_mb: float
    late_ms_p99: float


def make(profile: str, seed: int) -> Made:
    """Make one day in a process of its own."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "floorwatch", "simulate", profile, "--seed", str(seed), "--out", folder]
        start = time.monotonic()
        with subprocess.Popen(command) as process:
            late_ms = []
            while (ended := os.wait4(process.pid, os.WNOHANG))[0] == 0:
                before = time.monotonic()
                time.sleep(_NAP_S)
                late_ms.append((time.monotonic() - before - _NAP_S) * 1000)
            wall_s = time.monotonic() - start
            process.returncode = os.waitstatus_to_exitcode(ended[1])
        if process.returncode:
            raise SystemExit(f"{' '.join(command)} ended with status {process.returncode}")
        assert (Path(folder) / "truth.json").stat().st_size > 1000
    used = ended[2]
    late_ms.sort()
    return Made(wall_s, used.ru_utime + used.ru_stime, used.ru_maxrss / 1000, late_ms[len(late_ms) * 99 // 100])


def main(arguments: list[str] | None = None) -> int:
    """Make the days and print what they took; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.days", description=__doc__)
    parser.add_argument("profiles", nargs="*", default=list(PROFILES), help="bundled profiles; bpo and mega have goals")
    is_good = True
    print(f"{'profile':10}{'wall s':>9}{'CPU s':>9}{'MB':>7}{'beside, p99 ms':>16}  verdict")
    for profile in parser.parse_args(arguments).profiles:
        rounds, wall_s_max = PROFILES.get(profile, (1, float("inf")))
        made = [make(profile, seed) for seed in range(1, rounds + 1)]
        wall_s = statistics.median(one.wall_s for one in made)
        late_ms = max(one.late_ms_p99 for one in made)
        memory_mb = max(one.memory_mb for one in made)
        is_met = wall_s < wall_s_max and memory_mb < MEMORY_MB_MAX
        verdict = "void: disturbed" if late_ms > VOID_MS else "met" if is_met else "MISSED"
        cpu_s = statistics.median(one.cpu_s for one in made)
        print(f"{profile:10}{wall_s:9.1f}{cpu_s:9.1f}{memory_mb:7.0f}{late_ms:16.1f}  {verdict}", flush=True)
        is_good &= verdict == "met"
    return int(not is_good)


if __name__ == "__main__":
    sys.exit(main())
