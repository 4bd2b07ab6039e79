"""How long to wait before an output is tried again."""

from __future__ import annotations

import random
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

FIRST_S, LAST_S = 0.5, 300.0
"""The first pause and the longest one there is; each is twice as long as the one before it."""
ASKED_LAST_S = 600.0
"""The longest pause that is kept because an output asks for it: so long a robot is shut out that is told too often."""


class Backoff:
    """Pauses that double, each shortened by chance to between half and all of it: outputs that failed together come
    back one after the other.
    """

    def __init__(self, first_s: float = FIRST_S, last_s: float = LAST_S) -> None:
        self._first_s = first_s
        self._last_s = last_s
        self._next_s = first_s

    def again(self, asked_s: float | None = None) -> float:
        """Seconds to wait after a failure. `asked_s`: what the output itself asked for, kept to within reason."""
        pause_s = self._next_s * random.uniform(0.5, 1.0)  # noqa: S311 - jitter, no secret
        self._next_s = min(2 * self._next_s, self._last_s)
        return pause_s if asked_s is None else min(max(pause_s, asked_s), ASKED_LAST_S)

    def reset(self) -> None:
        """It has worked: the next failure is the first again."""
        self._next_s = self._first_s


def asked_pause_s(retry_after: str | None, now_ms: int) -> float | None:
    """Seconds that a `Retry-After` header asks for (RFC 9110, 10.2.3: a number, or a date); None for none we can read.

    `now_ms` is the present by the wall clock.
    """
    text = (retry_after or "").strip()
    if text.isascii() and text.isdigit():
        return float(text) if len(text) < 10 else ASKED_LAST_S
    try:
        until = parsedate_to_datetime(text)
    except (ValueError, OverflowError):  # a day or an offset of twenty digits
        return None
    if until.tzinfo is None:
        until = until.replace(tzinfo=UTC)
    return max(0.0, (until - datetime.fromtimestamp(now_ms / 1000, UTC)).total_seconds())
