"""A server of another make, started on loopback for a test: waited for until it answers, and ended by its process."""

from __future__ import annotations

import signal
import subprocess
import time
import urllib.request
from collections.abc import Sequence
from pathlib import Path

STARTS_WITHIN_S = 90
ENDS_WITHIN_S = 45


class Started:
    """One process and its log; `address` answers at `ready` once it is up."""

    def __init__(self, command: Sequence[str], address: str, ready: str, log: Path) -> None:
        self.address = address
        self._command = command
        self._ready = address + ready
        self._log = log
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it, and wait until it says that it is ready."""
        assert self._process is None
        with self._log.open("ab") as out:
            self._process = subprocess.Popen(self._command, stdout=out, stderr=subprocess.STDOUT)
        until = time.monotonic() + STARTS_WITHIN_S
        while time.monotonic() < until:
            assert self._process.poll() is None, self.said()
            try:
                urllib.request.urlopen(self._ready, timeout=1).close()
            except OSError:
                time.sleep(0.05)
            else:
                return
        self.stop()
        raise AssertionError(f"it is not ready: {self.said()}")

    def kill(self) -> None:
        """End it as a power cut would."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        """End it in peace; by force when it takes too long; nothing when it does not run."""
        if self._process is not None:
            self._end(signal.SIGTERM)

    def said(self) -> str:
        """Its log."""
        return self._log.read_text(encoding="utf-8", errors="replace")

    def _end(self, number: int) -> None:
        assert self._process is not None
        self._process.send_signal(number)
        try:
            self._process.wait(timeout=ENDS_WITHIN_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process = None
