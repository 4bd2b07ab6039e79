"""What a broker itself has lost: Mosquitto counts the messages it had to drop, and tells nobody else.

The count is of the whole broker. A rise counts as ours only where it may be: while we were away, or did not read.
"""

from __future__ import annotations

import msgspec

SOURCES_MAX = 200
"""Sources that may be heard through one feed, beside the feed itself: all of them stand in its position."""
COUNT_AGE_MS = 60_000
"""How long after the fact a broker may publish its count (Mosquitto: every `sys_interval`, 10 s unless configured)."""


class Position(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What the journal keeps of the feed from one process to the next."""

    dropped: int | None = None
    """The broker's count when it was last heard; None when it never told."""
    sources: tuple[str, ...] = ()
    """Who was heard through the broker."""

    def text(self) -> str:
        """As the journal keeps it."""
        return msgspec.json.encode(self).decode()


def position_of(text: str) -> Position:
    """What was kept; nothing when that cannot be read."""
    try:
        return msgspec.json.decode(text, type=Position)
    except msgspec.MsgspecError:
        return Position()


class Losses:
    """Compares the broker's counts. All instants are integer milliseconds of our clock."""

    def __init__(self, dropped: int | None) -> None:
        self.dropped = dropped
        """The newest count; None before the first."""
        self._since: int | None = None
        self._until = 0

    def unread(self, since: int | None, now: int) -> None:
        """From `since` to `now` messages could pile up for us; None: we are new here, nothing could."""
        if self._since is None or now > self._until:
            self._since = since
        self._until = now + COUNT_AGE_MS

    def counted(self, dropped: int, now: int) -> int | None:
        """The broker has dropped so many since its start. Since when something of ours may be missing; None if not."""
        before, self.dropped = self.dropped, dropped
        has_more = before is not None and dropped != before and dropped > 0  # fewer: the broker began again
        return self._since if has_more and now <= self._until else None
