"""Whether the session that the broker keeps for us was ours alone.

Another client of the same id takes it over, and with it what was kept for us. MQTT 5 has a word for that, which not
every broker says (Mosquitto 2.0.11 does not): two clients that throw each other out, again and again, are recognised by
connections that end soon after they began.
"""

from __future__ import annotations

TAKEN_OVER = "session_taken_over"
CONNECTION_LOST = "connection_lost"
UNREACHABLE = "unreachable"

SHORT_MS = 60_000
"""A connection that ends sooner may have been ended by a twin: it comes back after 30 s at most, and ends ours then."""
SHORT_MAX = 1
"""So many short ones in a row are taken for misfortune."""


class Session:
    """Our session, over many connections. All instants are integer milliseconds of our clock."""

    def __init__(self, certain_ms: int | None) -> None:
        self._certain_ms = certain_ms
        """Until when everything that was kept for us surely came to us; None when nothing was kept yet."""
        self._greeted_ms = 0
        self._short = 0
        self._is_doubtful = False

    @property
    def is_doubtful(self) -> bool:
        """Whether another client has probably had it since it was surely ours."""
        return self._is_doubtful

    def resumed(self, now: int, missed_since: int | None) -> int | None:
        """A connection begins, and events since `missed_since` may be lost. Since when they may be, doubts included."""
        if self._is_doubtful and self._certain_ms is not None:
            missed_since = self._certain_ms if missed_since is None else min(missed_since, self._certain_ms)
        if self._is_doubtful or self._certain_ms is None:
            self._certain_ms = now  # what was before is marked
        self._is_doubtful = False
        self._greeted_ms = now
        return missed_since

    def ended(self, now: int, reason: str, heard_ms: int) -> None:
        """The connection ends; the broker was last there at `heard_ms`."""
        if reason in (CONNECTION_LOST, TAKEN_OVER) and now - self._greeted_ms <= SHORT_MS:
            self._short += 1
        else:
            self._short = 0
            self._certain_ms = heard_ms
        self._is_doubtful = reason == TAKEN_OVER or self._short > SHORT_MAX

    def failed(self, reason: str) -> None:
        """A try came to nothing. A broker that is not there explains why connections end, without a twin."""
        if reason == UNREACHABLE:
            self._short = 0
