"""Channels: what a queue promises when nobody has typed it. One table; docs/channels.md gives the sources.

Who waits on the line, or in a chat, is answered at once or gives up: seconds count, and leaving within S is no verdict
on anybody. Mail, messages, tasks and callbacks are answered later, and cannot be hung up: their T is a response time in
hours, S is 0, and the promise is kept over a day, not over a quarter of an hour.
"""

from __future__ import annotations

from floorwatch.floor.settings import QueuePolicy

_SECOND_MS = 1_000
_HOUR_MS = 3_600_000


def _deferred(channel: str, threshold_ms: int) -> QueuePolicy:
    return QueuePolicy(channel=channel, threshold_ms=threshold_ms, short_abandon_ms=0, per="day")


CHANNELS: dict[str, QueuePolicy] = {
    "voice": QueuePolicy(),
    "chat": QueuePolicy(channel="chat", threshold_ms=40 * _SECOND_MS),
    "message": _deferred("message", _HOUR_MS),
    "callback": _deferred("callback", _HOUR_MS),
    "email": _deferred("email", 24 * _HOUR_MS),
    "task": _deferred("task", 24 * _HOUR_MS),
}
"""Channel to the policy of a queue that says nothing but its channel."""
