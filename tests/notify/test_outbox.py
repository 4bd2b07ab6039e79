"""What the outbox says of an output."""

from __future__ import annotations

from pathlib import Path

from floorwatch.alerts.lifecycle import Alert, AlertChange, end
from floorwatch.alerts.recipient import OVER_MAX
from floorwatch.notify.exposition import output_metrics
from tests.alerts.told_floor import LOW
from tests.live.receiver import HANGING, receiver
from tests.notify.told_floor import told_floor


async def test_what_an_output_is_never_told_is_counted(tmp_path: Path) -> None:
    """More ends of alerts than it can be owed: the oldest are dropped, and the outbox and the metrics say how many."""
    with receiver(choose=lambda _n: HANGING) as to:
        async with told_floor(tmp_path, f"  hook: {{type: webhook, url: '{to.address}/hook'}}\n") as floor:
            for place in range(OVER_MAX + 3):
                alert = Alert(LOW, f"q{place}", "warning", 1.0, place, state="firing")
                floor.engine.telling.changed(AlertChange("fired", alert, place), place)
                over = end(alert, "cleared", place)
                assert over is not None
                floor.engine.telling.changed(over, place)
            assert floor.row("hook").json()["dropped"] == 3
            text = output_metrics(floor.office.rows)().decode()
            assert f'floorwatch_output_dropped_total{{output="hook",place="{to.address}"}} 3.0' in text
