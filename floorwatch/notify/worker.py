"""The worker of one place of one output: pulls what is to be shown and told, one thing at a time, and tries again.

It pulls, so nothing queues up: what waits for an output that hangs is worked out when the output is back, from what
stands then. It has at most one thing in flight, so it cannot hold up the floor, and no other output.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Hashable, Iterable

import structlog

from floorwatch.notify.backoff import FIRST_S, Backoff
from floorwatch.notify.desk import Desk
from floorwatch.notify.outbox import Outbox
from floorwatch.notify.output import NotTakenError, Shows, Standing, Tells

SHOW_EVERY_S = 0.1
"""In a storm of changes the picture is shown so often and no more; the first change waits for nothing."""
SOONEST_S = 0.005
SAY_AGAIN_EVERY = 10
"""The floor hears of the first failure, and of each so-many-th after it."""
UNHEARD_S = 1.0
TELL_LAST_S = 60.0
"""The longest pause of what is told, unless it asks for a longer one itself: an emergency may be waiting."""
LEAVE_S = 2.0

log = structlog.get_logger("floorwatch.notify")


class Trouble:
    """Whether an output fails: it does while one of its places does, and recovers when all are well."""

    def __init__(self, desk: Desk, output: str, places: Iterable[str]) -> None:
        self._desk = desk
        self._output = output
        self._not_well = set(places)
        """Those that failed, and those that were not tried yet."""

    async def failed(self, place: str, why: str, attempts: int) -> None:
        """A try has failed."""
        self._not_well.add(place)
        if attempts == 1 or attempts % SAY_AGAIN_EVERY == 0:
            log.warning("output_failed", output=self._output, place=place, why=why, attempts=attempts)
            await self._desk.failed(self._output, f"{place}: {why}", attempts)

    async def succeeded(self, place: str, attempts: int) -> None:
        """A try went well, after so many that did not."""
        if attempts:
            log.info("output_recovered", output=self._output, place=place, after=attempts)
        self._not_well.discard(place)
        if not self._not_well and self._desk.is_failing(self._output):
            await self._desk.recovered(self._output)


class Worker:
    """Runs until cancelled. `wake` it when what is told or shown may have changed."""

    def __init__(
        self,
        outbox: Outbox,
        desk: Desk,
        trouble: Trouble,
        timeout_s: float,
        *,
        shows: Shows | None = None,
        tells: Tells | None = None,
    ) -> None:
        self.outbox = outbox
        self._desk = desk
        self._trouble = trouble
        self._timeout_s = timeout_s
        self._shows = shows
        self._tells = tells
        # What shows a state is looked at by people all the time: it is tried as often as it would be shown again.
        last_s = TELL_LAST_S if shows is None else max(FIRST_S, shows.resend_s)
        self._backoff = Backoff(last_s=last_s)
        self._woken = asyncio.Event()
        self._now_s = asyncio.get_running_loop().time
        self._pause_s = 0.0
        self._is_unheard = False
        """What is owed was taken already, and the floor has not heard of it: it hears nothing while the disk is far
        behind. What is new is told all the same."""
        self._is_untold = False
        """A message was not taken, and is owed yet."""
        self._shown: Hashable = None
        self._shown_at_s = float("-inf")

    def wake(self) -> None:
        """Look again."""
        self._woken.set()

    async def run(self) -> None:
        """Show and tell, until cancelled; then take leave."""
        try:
            while True:
                self._woken.clear()
                if (rest_s := await self._turn()) is None:
                    await asyncio.sleep(self._pause_s)
                else:
                    await self._rest(max(SOONEST_S, rest_s))
        finally:
            await self._leave()

    async def _turn(self) -> float | None:
        """Show and tell what there is; how long there is nothing to do then, None when that failed.

        A bug of ours counts as a failure of this output: the floor is watched, and the others are told, all the same.
        """
        try:
            return self._rest_s() if await self._show() and await self._tell() else None
        except Exception as wrong:
            log.exception("output_bug", output=self.outbox.output, place=self.outbox.place)
            await self._not_taken(NotTakenError(f"a bug of floorwatch, which its log tells: {type(wrong).__name__}"))
            return None

    async def _show(self) -> bool:
        """Show what stands, where it is not what is shown, or was shown long ago. False when that failed."""
        if self._shows is None:
            return True
        standing = self._desk.standing(self.outbox.output)
        if self._shown_for_s() < self._show_again_s(self._shows, standing):
            return True
        shows, shown = self._shows, await self._desk.spoken(standing) if self._shows.needs_texts else standing
        if not await self._try(lambda: shows.show(shown), ""):
            return False
        self._shown, self._shown_at_s = shows.picture(standing), self._now_s()
        return True

    async def _tell(self) -> bool:
        """Tell what is owed. False when that failed."""
        if self._tells is None or (message := await self._desk.owed(self.outbox.output)) is None:
            self._is_unheard = self._is_untold = False
            return True
        self._is_unheard = message.key == self.outbox.told_key
        if self._is_unheard:
            return True
        await self._desk.kept()
        tells = self._tells
        if not await self._try(lambda: tells.tell(message), message.key):
            return False
        await self._desk.sent(message)
        self._woken.set()  # there may be more
        return True

    async def _try(self, work: Callable[[], Awaitable[None]], key: str) -> bool:
        """One try, within its time. The outbox says how it went."""
        row, desk = self.outbox, self._desk
        row.in_flight_since = desk.now()
        row.owed_since = row.owed_since or row.in_flight_since
        try:
            async with asyncio.timeout(self._timeout_s):
                await work()
        except (NotTakenError, OSError, UnicodeError) as wrong:  # a name that is none is a UnicodeError
            self._is_untold |= bool(key)
            await self._not_taken(wrong)
            return False
        finally:
            row.in_flight_since = None
        row.took(desk.now(), key)
        if self._is_untold and not key:
            return True  # that the state is taken is no sign that the message will be
        self._is_untold, attempts = False, row.attempts
        row.recovered()
        self._backoff.reset()
        await self._trouble.succeeded(row.place, attempts)
        return True

    async def _not_taken(self, wrong: Exception) -> None:
        row = self.outbox
        why = str(wrong) or f"no answer within {self._timeout_s:g} s"
        self._pause_s = self._backoff.again(wrong.pause_s if isinstance(wrong, NotTakenError) else None)
        row.failed(self._desk.now(), why)
        row.retry_at = self._desk.now() + int(self._pause_s * 1000)
        await self._trouble.failed(row.place, why, row.attempts)

    def _shown_for_s(self) -> float:
        return self._now_s() - self._shown_at_s

    def _show_again_s(self, shows: Shows, standing: Standing) -> float:
        """How old what is shown may become."""
        return SHOW_EVERY_S if shows.picture(standing) != self._shown else shows.resend_s

    def _rest_s(self) -> float:
        """How long there is nothing to do, if nothing happens."""
        found, output = [float("inf")], self.outbox.output
        if self._shows is not None:
            standing = self._desk.standing(output)
            found.append(self._show_again_s(self._shows, standing) - self._shown_for_s())
            instants = (standing.until, self._shows.changes_at(standing))
            found += [self._desk.seconds_until(instant) for instant in instants if instant is not None]
        if self._is_unheard:
            found.append(UNHEARD_S)
        elif self._tells is not None and (due := self._desk.next_due(output)) is not None:
            found.append(self._desk.seconds_until(due))
        return min(found)

    async def _rest(self, rest_s: float) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(None if rest_s == float("inf") else rest_s):
                await self._woken.wait()

    async def _leave(self) -> None:
        """We end: what is shown would be taken for what is. What does not work is not waited for."""
        if self._shows is None or self.outbox.attempts or not self.outbox.told:
            return
        try:
            async with asyncio.timeout(LEAVE_S):
                await self._shows.leave(self._desk.now())
        except (NotTakenError, OSError, UnicodeError) as wrong:
            log.warning("output_left_as_it_was", output=self.outbox.output, place=self.outbox.place, why=str(wrong))
