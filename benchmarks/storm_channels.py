"""`python -m benchmarks.storm_channels`: 300 alerts in a minute through every channel, with their documented limits.

A real daemon tells a mail server, PagerDuty, DingTalk, WeCom, Feishu and apprise; their receivers check signatures,
sizes and limits, in any minute and in each of the clock, and shut out who breaks one. In the middle of the storm come
emergencies. With `--kills N` the daemon is killed -9 so often and started again. Printed: how many messages told of how
many alerts, how late the emergencies came, and what any receiver had to refuse; `--check`: exit status 1 when one had.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path
from statistics import median

from tests.live.channels import ONCALL, Channels, all_channels, storm
from tests.running import Running, floorwatch

QUEUES, EMERGENCIES = 300, 12
SETTLES_S = 300.0


def main(arguments: list[str] | None = None) -> int:
    """Run the storm and print it; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.storm_channels", description=__doc__)
    parser.add_argument("--seconds", type=float, default=60.0, help="how long the storm lasts")
    parser.add_argument("--kills", type=int, default=0, help="so often the daemon is killed meanwhile")
    parser.add_argument("--oncall", action="store_true", help="three people are called twice about each alert, too")
    parser.add_argument("--check", action="store_true", help="exit status 1 when a receiver had to refuse anything")
    chosen = parser.parse_args(arguments)
    with all_channels() as channels, tempfile.TemporaryDirectory() as folder, ExitStack() as lives:
        config = channels.configured(Path(folder), ONCALL if chosen.oncall else "")
        written_s = _run(channels, config, lives, chosen.seconds, chosen.kills)
    _print(channels, written_s)
    return int(chosen.check and bool(channels.broken() or any(_missing(channels, written_s).values())))


def _run(channels: Channels, config: Path, lives: ExitStack, seconds: float, kills: int) -> dict[str, float]:
    """When each alert had its cause."""

    def begin() -> Running:
        return lives.enter_context(floorwatch(config.parent / f"log{len(running)}", "run", "--config", str(config)))

    running: list[Running] = []
    running.append(begin())

    def meanwhile(share: float) -> None:
        channels.look()
        if share > len(running) / (kills + 1):
            running[-1].process.kill()
            running.append(begin())

    written_s = storm(config.parent, QUEUES, EMERGENCIES, seconds, meanwhile)
    ends_s = time.monotonic() + SETTLES_S
    while not channels.has_all(list(written_s)) and time.monotonic() < ends_s:
        time.sleep(0.05)
    return written_s


def _missing(channels: Channels, written_s: dict[str, float]) -> dict[str, list[str]]:
    """Of what each channel was not told at all."""
    return {name: [queue for queue in written_s if queue not in seen] for name, seen in channels.seen.items()}


def _print(channels: Channels, written_s: dict[str, float]) -> None:
    ended_s = max(written_s.values())
    print(f"{'channel':10} {'messages':>8} {'alerts':>6} {'emergencies late, s':>20}  all told after, s")
    for name, texts in channels.messages().items():
        seen = channels.seen[name]
        late_s = [seen[queue] - written_s[queue] for queue in written_s if queue[0] == "e" and queue in seen]
        late = f"{median(late_s):.1f}, at most {max(late_s):.1f}" if late_s else "none came"
        print(f"{name:10} {len(texts):8} {len(seen):6} {late:>20}  {max(seen.values()) - ended_s:.1f}")
    for line in channels.broken():
        print(line)
    for name, queues in _missing(channels, written_s).items():
        if queues:
            print(f"{name} was never told of {len(queues)}: {', '.join(queues[:5])} …")


if __name__ == "__main__":
    sys.exit(main())
