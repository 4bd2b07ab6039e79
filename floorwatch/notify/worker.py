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
from floorwatch.notify.bucket import Bucket
from floorwatch.notify.desk import Desk
from floorwatch.notify.outbox import Outbox
from floorwatch.notify.output import Message, NotTakenError, RefusedError, Shows, Standing, Tells
from floorwatch.notify.pulse import Pulse

SHOW_EVERY_S = 0.1
"""In a storm of changes the picture is shown so often and no more; the first change waits for nothing."""
SOONEST_S = 0.005
SAY_AGAIN_EVERY = 10
"""The floor hears of the first failure, and of each so-many-th after it."""
UNHEARD_S = 1.0
TELL_LAST_S = 60.0
"""The longest pause of what is told, unless it asks for a longer one itself: an emergency may be waiting."""
LEAVE_S = 2.0
HELD_LOOK_S, HELD_LAST_S = 0.2, 1.0
"""While a message waits because of a limit, it is looked whether an emergency has come: when something changes, but in
a storm of changes not oftener than this, and after so long in any case.
"""

log = structlog.get_logger("floorwatch.notify")


class Trouble:
    """Whether an output fails: it does while one of its places does, and recovers when all are well."""

    def __init__(self, desk: Desk, output: str, places: Iterable[str]) -> None:
        self._desk = desk
        self._output = output
        self._not_well = set(places)
        """Those that failed, and those that were not tried yet."""

    async def failed(self, place: str, why: str, attempts: int, *, is_waited_for: bool = False) -> None:
        """A try has failed. `is_waited_for`: by somebody on call, who is told another way once the floor knows."""
        self._not_well.add(place)
        if attempts == 1 or attempts % SAY_AGAIN_EVERY == 0 or is_waited_for:
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
        bucket: Bucket | None = None,
        requests: Callable[[Message], int] | None = None,
    ) -> None:
        """`requests`: how much of what the bucket has a message uses up; None: one."""
        self.outbox = outbox
        self._desk = desk
        self._trouble = trouble
        self._timeout_s = timeout_s
        self._shows = shows
        self._tells = tells
        self._bucket = bucket
        self._requests = requests
        # What shows a state is looked at by people all the time: it is tried as often as it would be shown again.
        last_s = TELL_LAST_S if shows is None else max(FIRST_S, shows.resend_s)
        self._backoff = Backoff(last_s=last_s)
        self._woken = asyncio.Event()
        self._now_s = asyncio.get_running_loop().time
        self.pulse = Pulse(self._now_s)
        self._pause_s = 0.0
        self._is_unheard = False
        """What is owed was taken already, and the floor has not heard of it: it hears nothing while the disk is far
        behind. What is new is told all the same."""
        self._is_untold = False
        """A message was not taken, and is owed yet."""
        self._held_s = 0.0
        """How long what is owed must wait yet, because the output may not be told so often."""
        self._refusal = ""
        """Why the message that was handed over last is not wanted at its address; empty: it was taken."""
        self._is_to_person = False
        """What was tried last is to somebody on call."""
        self._shown: Hashable = None
        self._shown_at_s = float("-inf")

    def wake(self) -> None:
        """Look again."""
        self.pulse.asked()
        self._woken.set()

    async def run(self) -> None:
        """Show and tell, until cancelled; then take leave."""
        if self._bucket is not None:
            now, output = self._desk.now(), self.outbox.output
            ages_s = [(now - at) / 1000 for at in self._desk.told_lately(output)]
            self._bucket.begin(self._now_s(), ages_s, was_failing=self._desk.is_failing(output))
        try:
            while True:
                self._woken.clear()
                self.pulse.turned()
                if (rest_s := await self._turn()) is None:
                    await asyncio.sleep(self._pause_s)
                    continue
                if self._held_s:
                    await asyncio.sleep(min(rest_s, HELD_LOOK_S))
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
        desk, row = self._desk, self.outbox
        if self._tells is None:
            return True
        message = await desk.owed(row.output, together=self._held_s > 0)
        self._held_s, row.held_until = 0.0, None
        if message is None:
            self._is_unheard = self._is_untold = False
            if not row.attempts:
                row.owed_since = None  # what waited for a limit may be over by now
            return True
        if self._requests is not None:
            message = message._replace(requests=self._requests(message))
        self._is_unheard = message.key == row.told_key
        if self._is_unheard or self._hold(message):
            return True
        await desk.kept()
        self._is_to_person = bool(message.pages)
        if message.pages:
            await desk.begun(message)
        tells = self._tells
        if not await self._try(lambda: self._hand_over(tells, message), message.key):
            return False
        noted = self._noted(message)
        if self._refusal:
            row.refused += 1
            await desk.refused(noted, self._refusal)
        else:
            await desk.sent(noted)
        self._woken.set()  # there may be more
        return True

    def _hold(self, message: Message) -> bool:
        """Whether it must wait, because the output may not be told so often. What comes meanwhile is told with it."""
        if self._bucket is None:
            return False
        now, row = self._desk.now(), self.outbox
        self._held_s = self._bucket.wait_s(
            self._now_s(), now, is_emergency=message.is_emergency, requests=message.requests
        )
        if self._held_s:
            row.owed_since = row.owed_since or now
            row.held_until = now + int(self._held_s * 1000)
        return self._held_s > 0

    def _noted(self, message: Message) -> Message:
        """With all tries of it and before it: after a crash they are to be known."""
        return message if self._bucket is None else message._replace(requests=self._bucket.noted(self._now_s()))

    async def _hand_over(self, tells: Tells, message: Message) -> None:
        """A person who cannot be reached there is no trouble of the output: it works."""
        self._refusal = ""
        try:
            await tells.tell(message)
        except RefusedError as wrong:
            if not message.pages:
                raise
            self._refusal = str(wrong)
        finally:
            if self._bucket is not None:
                self._bucket.tried(self._now_s(), message.requests)

    async def _try(self, work: Callable[[], Awaitable[None]], key: str) -> bool:
        """One try, within its time. The outbox says how it went."""
        row, desk = self.outbox, self._desk
        row.in_flight_since = desk.now()
        self.pulse.busy(self._timeout_s)
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
        self.pulse.busy(self._pause_s)
        await self._trouble.failed(row.place, why, row.attempts, is_waited_for=self._is_to_person)

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
        if self._held_s:
            found.append(min(self._held_s, HELD_LAST_S))
        elif self._is_unheard:
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
