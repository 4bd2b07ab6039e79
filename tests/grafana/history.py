"""A simulated day as Prometheus would have scraped it: put into its storage at once, with the times of that day."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

from floorwatch.ahead import LookingAhead
from floorwatch.engine import Engine
from floorwatch.metrics.outlook import answer
from floorwatch.picture import Pictures
from floorwatch.serve.exposition import Exposition
from simulators.demo import Demo
from simulators.speaker import instant

SCRAPE_MS = 120_000
ASK_EVERY = 30
"""Scrapes between two outlooks: they are the dear part."""
HOUR_MS = 3_600_000
TARGET = 'site="main",instance="floor:8321",job="floorwatch"'


class SimulatedDay:
    """The floor of the demonstration from eight in the morning until six in the evening, scraped every two minutes."""

    def __init__(self) -> None:
        self._demo = Demo(1)
        self._midnight_ms = self._demo.start_ms - self._demo.start_ms % (24 * HOUR_MS) - HOUR_MS
        self.start_ms = self._midnight_ms + 8 * HOUR_MS
        self.end_ms = self._midnight_ms + 18 * HOUR_MS
        self.engine = Engine(self._demo.settings)
        self.engine.advance(self.start_ms - HOUR_MS)
        self.engine.plan([self._demo.schedule()])  # not from the start: that it has changed is to be seen

    def scrapes(self) -> Iterator[tuple[int, str]]:
        """When, and the text."""
        ahead = LookingAhead(self.engine)
        pictures = Pictures(self.engine, {}, individuals=False, ahead=ahead.latest)
        exposition, due = Exposition(), self.start_ms
        events = self._demo.events()
        for event in events:
            while due <= min(instant(event), self.end_ms):
                self.engine.advance(due)
                ahead.project()
                if (due - self.start_ms) // SCRAPE_MS % ASK_EVERY == 0:
                    for name in self.engine.books.ledgers:
                        found = answer(ahead.question(name))
                        ahead.latest[name] = ahead.latest[name]._replace(outlook=found)
                yield due, exposition.render(pictures.take()).decode()
                due += SCRAPE_MS
            if due > self.end_ms:
                return
            self.engine.advance(instant(event))
            self.engine.apply(event)

    def openmetrics(self, path: Path) -> None:
        """Write every sample with its time, and the labels that a scrape adds."""
        with path.open("w", encoding="utf-8") as file:
            for at_ms, text in self.scrapes():
                for line in text.splitlines():
                    if not line.startswith("#"):
                        series, _, value = line.rpartition(" ")
                        file.write(f"{labelled(series)} {value} {at_ms / 1000}\n")
            file.write("# EOF\n")


def labelled(series: str) -> str:
    """The series with the labels of its target; its own label of the same name is renamed, as a scrape does."""
    if series.endswith("}"):
        series = re.sub(r'([{,])site="', r'\1exported_site="', series)
        return f"{series[:-1]},{TARGET}}}"
    assert re.fullmatch(r"[a-z_]+", series), series
    return f"{series}{{{TARGET}}}"


def stored(promtool: str, openmetrics: Path, folder: Path) -> None:
    """Make the storage of a Prometheus of it."""
    command = [promtool, "tsdb", "create-blocks-from", "openmetrics", "--max-block-duration=24h", "--quiet"]
    subprocess.run([*command, str(openmetrics), str(folder)], check=True, capture_output=True)
