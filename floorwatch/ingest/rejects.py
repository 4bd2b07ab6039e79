"""Rejected input: kept in the dead-letter file, and spoken of in the log at most once a second for each reason."""

from __future__ import annotations

from pathlib import Path

import structlog

from floorwatch.clock import Clock
from floorwatch.ingest.dead_letter import DeadLetters, RateLimit

log = structlog.get_logger("floorwatch.ingest")


class Rejects:
    """What a reader tells of lines it cannot use: an `OnReject`."""

    def __init__(self, path: Path, limit_bytes: int, clock: Clock) -> None:
        self._clock = clock
        self._limit = RateLimit()
        try:
            self._letters = DeadLetters(path, limit_bytes)
        except OSError as wrong:
            log.warning("dead_letters_not_kept", path=str(path), why=wrong.strerror)
            self._letters = DeadLetters(None)

    def __call__(self, reason: str, line: bytes) -> None:
        """Keep the line; say so unless this reason was spoken of just now."""
        now_ms = self._clock.now_ms()
        self._letters.put(reason, now_ms, line)
        if lines := self._limit.let_through(reason, now_ms):
            log.warning("input_rejected", reason=reason, lines=lines)

    def close(self) -> None:
        """Close the file."""
        self._letters.close()
