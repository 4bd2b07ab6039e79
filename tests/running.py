"""The floorwatch command as a user runs it: a real process, its log, and the address it serves on."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

REPOSITORY = Path(__file__).parents[1]
STARTS_WITHIN_S = 15
PATIENCE = 3
"""The machine may have other things to do: a wait lasts so many times what is asked for."""


class Running:
    """A floorwatch process and the address it serves on."""

    def __init__(self, process: subprocess.Popen[str], log: Path) -> None:
        self.process = process
        self._log = log
        self.address = ""

    def said(self) -> str:
        """Everything the process has written."""
        return self._log.read_text(encoding="utf-8")

    def get(self, path: str) -> Any:
        """The JSON (or text) at a path."""
        with urllib.request.urlopen(self.address + path, timeout=5 * PATIENCE) as answer:
            body = answer.read().decode()
        return json.loads(body) if answer.headers["Content-Type"].startswith("application/json") else body

    def queue(self, name: str) -> dict[str, Any]:
        """A queue of the current view."""
        return next((queue for queue in self.get("/api/v1/view").get("queues", ()) if queue["name"] == name), {})

    def wait_for(self, what: Callable[[], Any], within_s: float) -> Any:
        """The first true answer; fails with what the process said when there is none in time."""
        until = time.monotonic() + within_s * PATIENCE
        while time.monotonic() < until:
            try:
                if found := what():
                    return found
            except (OSError, KeyError):
                pass
            assert self.process.poll() is None, self.said()
            time.sleep(0.1)
        raise AssertionError(f"not within {within_s * PATIENCE} s; the process said:\n{self.said()}")

    def stop(self) -> int:
        """Ask it to end; its exit status."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout=10 * PATIENCE)


@contextmanager
def floorwatch(log: Path, *arguments: str) -> Iterator[Running]:
    """Run the command; it is ended whatever happens."""
    with log.open("w", encoding="utf-8") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", "floorwatch", *arguments],
            cwd=REPOSITORY,
            stdout=out,
            stderr=subprocess.STDOUT,
            text=True,
            env=os.environ | {"PYTHONUNBUFFERED": "1"},
        )
    running = Running(process, log)
    try:

        def address() -> str:
            found = re.search(r"http://localhost:(\d+)/", running.said())
            return f"http://127.0.0.1:{found[1]}" if found else ""

        running.address = running.wait_for(address, STARTS_WITHIN_S)
        yield running
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()
