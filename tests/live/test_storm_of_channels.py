"""A storm of alerts through every channel that people read, told by a real daemon that is killed in the middle."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from typing import Any

from tests.live.channels import all_channels, storm
from tests.running import Running, floorwatch

QUEUES, EMERGENCIES, LASTS_S = 300, 8, 5.0


def test_a_storm_breaks_no_limit_and_loses_no_emergency(tmp_path: Path) -> None:
    """300 alerts in groups of their own, killed -9 after a third of them, emergencies amid the rest: no receiver has
    anything to refuse, and each emergency is told in every channel. What is none waits where the limit is reached, for
    longer than a test may: `python -m benchmarks.storm_channels` waits for it.
    """
    with all_channels() as channels, ExitStack() as lives:
        config = channels.configured(tmp_path)

        def begin(life: str) -> Running:
            return lives.enter_context(floorwatch(tmp_path / life, "run", "--config", str(config)))

        running = [begin("one")]

        def kill_once(share: float) -> None:
            if share > 1 / 3 and len(running) == 1:
                running[0].process.kill()
                running.append(begin("two"))

        written_s = storm(tmp_path, QUEUES, EMERGENCIES, LASTS_S, kill_once)
        emergencies = [queue for queue in written_s if queue[0] == "e"]
        running[1].wait_for(lambda: channels.has_all(emergencies), 30)

        def rows() -> dict[str, dict[str, Any]]:
            return {row["output"]: row for row in running[1].get("/api/v1/outputs")["outputs"]}

        for limited in ("dingtalk", "wecom"):
            running[1].wait_for(lambda limited=limited: rows()[limited]["held_until"], 30)
        failures = {name: row["failures"] for name, row in rows().items() if row["failures"]}
    assert channels.broken() == []
    assert failures == {}
