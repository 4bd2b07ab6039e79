"""Watches floorwatch itself: what keeps it from doing its work is said to the engine, whose rules raise the alert."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping

import structlog

from floorwatch.clock import Clock
from floorwatch.floor.internal import DaemonTroubled
from floorwatch.ingest.inbox import Inbox

SOURCE = "daemon"
LOOK_S = 1.0
LATE_MS = 5_000
"""What has waited in the inbox for longer is applied too late for a board of this minute."""
CLOCK_SAID_S = 60.0
"""While our clock is behind the floor stands still, and no alert can fire: it is said for so long after."""

Look = Callable[[], str]
"""What is wrong now; empty: nothing."""

log = structlog.get_logger("floorwatch.health")


def inbox_trouble(inbox: Inbox, clock: Clock) -> str:
    """Whether what has come is applied too late."""
    oldest_ms = inbox.oldest_ms()
    late_ms = 0 if oldest_ms is None else clock.now_ms() - oldest_ms
    return f"{len(inbox)} events wait, the oldest for {late_ms // 1000} s" if late_ms > LATE_MS else ""


def clock_trouble(clock: Clock, tolerated_ms: int) -> Look:
    """Whether our clock was set back lately."""
    said_until_s = float("-inf")

    def look() -> str:
        nonlocal said_until_s
        now_s = asyncio.get_running_loop().time()
        if clock.behind_ms() > tolerated_ms:
            said_until_s = now_s + CLOCK_SAID_S
        return "was set back: the floor stood still until it had caught up" if now_s < said_until_s else ""

    return look


class OwnHealth:
    """Looks once a second at each trouble that can be: its name to what is wrong. `said`: what is known to be wrong."""

    def __init__(self, inbox: Inbox, clock: Clock, looks: Mapping[str, Look], said: Iterable[str] = ()) -> None:
        self._inbox = inbox
        self._clock = clock
        self._looks = looks
        self._said = set(said)

    async def run(self) -> None:
        """Look, for ever."""
        while True:
            for trouble, look in self._looks.items():
                self._say(trouble, look())
            await asyncio.sleep(LOOK_S)

    def _say(self, trouble: str, why: str) -> None:
        """Say what has begun, or is over; when there is no room for it in the inbox, at the next look."""
        if bool(why) == (trouble in self._said):
            return
        now = self._clock.now_ms()
        if self._inbox.offer(DaemonTroubled(time=now, source=SOURCE, trouble=trouble, why=why[:500], is_over=not why)):
            self._said ^= {trouble}
            log.warning("trouble" if why else "trouble_over", trouble=trouble, why=why or None)
