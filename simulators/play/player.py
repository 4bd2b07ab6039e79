"""The player: what is to be said now. It knows no speaker and reads no clock: it is told how much real time has passed.

    playing  <-- space -->  paused
    forward: what lies between is told at once, each fact at its own time
    back, and the next round of a loop: the floor is closed, and the day plays again on the next free day, up to there
    at once; for the time of a floor does not go back

A daemon that lives by the shared clock looks at its rules at whole seconds, and must do so exactly where it would have,
had the day been its own. So what is said at once lies in one second of the day; or in a *window* of up to a minute,
where every fact is told at its own time, which the clock can follow, and whoever speaks can be counted on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from floorwatch.floor.events import Event
from simulators.play.moving import moved
from simulators.play.open_floor import OpenFloor
from simulators.speakers.speaker import Item

GRAIN_S = 0.02
"""Real time between two looks, and two moves of the clock: fifty a second look like flowing time."""
GROUP_MAX = 500
WINDOW_MS = 60_000
"""Far less than facts may lie ahead of a daemon's clock."""
MAX = float("inf")
"""The speed that waits for nothing."""


class Cue(NamedTuple):
    """A fact of the day, and the instant at which it is told: that of its arrival, if it came late."""

    at: int
    item: Item

    @property
    def is_on_time(self) -> bool:
        """Told as it happened; nonsense has no time to be off."""
        return isinstance(self.item, bytes) or self.item.time == self.at


class Step(NamedTuple):
    """Move the clock there, say this, and come back after so many seconds."""

    at: int
    items: Sequence[Item]
    wait_s: float = 0.0
    until: int = 0
    """Where the window ends within which the clock goes with what is said; 0: there is none."""


class Reel(NamedTuple):
    """A day as the player sees it. All instants are those of the day itself."""

    cues: Callable[[], Iterator[Cue]]
    """Its facts in the order of telling, from the beginning."""
    first_ms: int
    from_ms: int
    """Up to here everything is told at once."""
    until_ms: int | None = None
    """From here on nothing is told any more; None: to its end."""


class Player:
    """Plays a reel. `place(after_ms)` says by how much the day is moved to begin after this instant.

    `speed`: seconds of the day in a real one. `flows`: time is the wall's and can be neither held nor moved, real
    seconds are those since the epoch; what is over is said at once, in groups of any seconds. `in_windows`: the clock
    is shared, and whoever speaks tells every fact with its own time.
    """

    def __init__(
        self,
        reel: Reel,
        place: Callable[[int], int],
        speed: float,
        *,
        loop: bool = False,
        flows: bool = False,
        in_windows: bool = False,
        after_ms: int = 0,
    ) -> None:
        self._reel = reel
        self._place = place
        self._loop = loop
        self._flows = flows
        self._in_windows = in_windows
        self._floor = OpenFloor()
        self.speed = speed
        self.is_paused = False
        self.said = 0
        """Facts so far, and nonsense."""
        self.round = 0
        """How often the day has begun."""
        self.moved_ms = 0
        """By how much it is moved in this round."""
        self.at = after_ms
        """The instant reached."""
        self._anchor: tuple[float, int] | None = None
        """(real seconds, instant) from which time is counted; None until the next look."""
        self._begin(reel.from_ms)

    def _begin(self, from_ms: int) -> None:
        """One more round, told at once up to this instant of the day."""
        self.round += 1
        self.moved_ms = self._place(self.at)
        self._rush_to: int | None = from_ms + self.moved_ms
        self._coming = self._cues(self.moved_ms)
        self._next = next(self._coming, None)
        self._anchor = None

    def _cues(self, by_ms: int) -> Iterator[Cue]:
        until_ms = self._reel.until_ms
        for number, (at, item) in enumerate(self._reel.cues()):
            if until_ms is not None and at >= until_ms:
                return
            yield Cue(at + by_ms, item if isinstance(item, bytes) else moved(item, by_ms, number))

    @property
    def day_ms(self) -> int:
        """The instant of the day that is reached."""
        return self.at - self.moved_ms

    def behind_ms(self, real_s: float) -> int:
        """How far the clock is behind where it should be by now: whoever listens is slow."""
        due = self._due(real_s)
        return 0 if self._rush_to is not None or due == MAX else max(0, int(due) - self.at)

    # What can be done to it

    def pause(self) -> None:
        """Stand still, or go on."""
        self.is_paused = not self.is_paused
        self._anchor = None

    def set_speed(self, speed: float) -> None:
        """From now on so fast."""
        self.speed = speed
        self._anchor = None

    def forward(self, by_ms: int) -> None:
        """Tell at once what comes within this time."""
        self._rush_to = max(self.at, self._rush_to or 0) + by_ms

    def back(self, by_ms: int) -> list[Event]:
        """Go back in the day by so much: what closes the floor must be said at once, and then the day comes again."""
        to_ms = max(self._reel.first_ms, self.day_ms - by_ms)
        return self._again(to_ms)

    def _again(self, from_ms: int) -> list[Event]:
        closing = self._floor.close(self.at)
        self.said += len(closing)
        self._begin(from_ms)
        return closing

    # What is due

    def step(self, real_s: float) -> Step | None:
        """What to do at this real time; None when the day is over."""
        if self._next is None and not self._is_waiting_for_its_end():
            if not self._loop:
                return None
            at = self.at
            return Step(at, self._again(self._reel.from_ms))
        due = self._due(real_s)
        if self._rush_to is not None:
            if self._next is not None and self._next.at <= self._rush_to:
                return self._group(self._rush_to)
            self.at, self._rush_to, self._anchor = max(self.at, self._rush_to), None, None
            return Step(self.at, [])
        if self._next is not None and self._next.at <= due:
            return self._group(due)
        if due == MAX:  # nothing more but the end
            assert self._reel.until_ms is not None
            due = self._reel.until_ms + self.moved_ms
        self.at = max(self.at, int(due))
        return Step(self.at, [], self._wait_s())

    def _is_waiting_for_its_end(self) -> bool:
        """Whether all is told, and the instant at which it shall end is not reached yet."""
        return self._reel.until_ms is not None and self.at < self._reel.until_ms + self.moved_ms

    def _group(self, limit: float) -> Step:
        """What is due of one second, or of one window."""
        first = self._next
        assert first is not None
        items: list[Item] = []
        is_window = self._in_windows and first.is_on_time
        while (cue := self._next) is not None and cue.at <= limit and len(items) < GROUP_MAX:
            if is_window:
                if not cue.is_on_time or cue.at > first.at + WINDOW_MS:
                    break
            elif not self._flows and (cue.at - 1) // 1000 != (first.at - 1) // 1000:
                break
            items.append(cue.item)
            if not isinstance(cue.item, bytes):
                self._floor.hear(cue.item)
            self.at = max(self.at, cue.at)
            self._next = next(self._coming, None)
        self.said += len(items)
        return Step(first.at, items, until=self.at) if is_window else Step(self.at, items)

    def _due(self, real_s: float) -> float:
        """Where the clock should be."""
        if self._flows:
            return real_s * 1000
        if self._anchor is None:
            self._anchor = real_s, self.at
        began_s, began_ms = self._anchor
        if self.is_paused:
            return began_ms
        return MAX if self.speed == MAX else began_ms + (real_s - began_s) * 1000 * self.speed

    def _wait_s(self) -> float:
        """Until the next fact, but not longer than a grain."""
        if self._next is None or self.is_paused:
            return GRAIN_S
        return min(GRAIN_S, max(0.0, (self._next.at - self.at) / 1000 / self.speed))
