"""Measures what actions have brought, beside the event loop: what was found enters like any other event."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from functools import partial

import msgspec
import structlog

from floorwatch.alerts.actions import SPANS, Action
from floorwatch.effects.case import Case
from floorwatch.effects.foresee import foreseen
from floorwatch.effects.gather import gather
from floorwatch.effects.measure import measured
from floorwatch.engine import Engine
from floorwatch.floor.internal import ActionForeseen, ActionMeasured
from floorwatch.metrics.outlook import Question

EVERY_S = 1.0
BREATH_S = 0.0001
"""Long enough for the event loop to take its turn between two trials."""

log = structlog.get_logger("floorwatch.measuring")

Said = ActionForeseen | ActionMeasured


class Measuring:
    """Asks, of every action, what would come without it, and when a span is over what it has brought."""

    def __init__(
        self,
        engine: Engine,
        question: Callable[[str], Question],
        say: Callable[[Said], Awaitable[None]],
        *,
        pace: float = 1.0,
    ) -> None:
        """`question`: a queue as it is now. `say`: takes what was found. `pace`: as in `LookingAhead`."""
        self._engine = engine
        self._question = question
        self._say = say
        self._every_s = EVERY_S / pace
        self._said: set[tuple[str, str]] = set()
        """What was said and may not be applied yet: (action, span; '' for what was foreseen)."""

    async def run(self) -> None:
        """Measure, for ever."""
        while True:
            await self.once()
            await asyncio.sleep(max(0.05, self._every_s))

    async def once(self) -> None:
        """Whatever is due now."""
        engine = self._engine
        for action in engine.actions.unforeseen(engine.now):
            await self._one((action.id, ""), partial(self._foreseen, action))
        for action, span in engine.actions.due(engine.now):
            await self._one((action.id, span), partial(self._measured, action, span))

    async def _one(self, key: tuple[str, str], find: Callable[[], Awaitable[Said]]) -> None:
        if key in self._said:
            return
        self._said.add(key)
        try:
            said = await find()
        except Exception:  # a bug of ours in a figure: the floor is watched all the same
            self._said.discard(key)
            log.exception("effect_failed", action=key[0], span=key[1])
            return
        await self._say(said)

    async def _foreseen(self, action: Action) -> ActionForeseen:
        asked = self._question(action.queue)
        return await asyncio.to_thread(foreseen, action.id, asked, _breathe)

    async def _measured(self, action: Action, span: str) -> ActionMeasured:
        return await asyncio.to_thread(measurement(self._engine, action, span, _breathe))


def case_of(engine: Engine, action: Action, span: str) -> Case | str:
    """What is known of a span that is over; or why it cannot be told."""
    books = engine.books
    if engine.now >= action.over_at or action.queue not in books.kept:
        return "not_kept"
    books.settle_agents(engine.now)
    return gather(books, action, span)


def measurement(
    engine: Engine, action: Action, span: str, breathe: Callable[[], None] | None = None
) -> Callable[[], ActionMeasured]:
    """Works out what an action has brought. Reads no engine any more: it may be called beside the loop."""
    case = case_of(engine, action, span)
    said = ActionMeasured(
        time=max(engine.now, action.at + SPANS[span]),
        source="effects",
        action=action.id,
        span=span,
        queue=action.queue,
        kind=action.kind,
        agents=action.agents,
        shared=engine.actions.is_shared(action, span),
        why=case if isinstance(case, str) else "",
    )
    if isinstance(case, str):
        return lambda: said
    return partial(_worked_out, said, case, engine.settings.min_sample, breathe)


def _worked_out(
    said: ActionMeasured, case: Case, min_sample: int, breathe: Callable[[], None] | None
) -> ActionMeasured:
    found = measured(case, breathe)
    is_known = found.effect is not None and found.n >= min_sample
    return msgspec.structs.replace(
        said,
        level=found.level,
        n=found.n,
        effect=found.effect if is_known else None,
        low=found.low if is_known else None,
        high=found.high if is_known else None,
        waiting=found.waiting,
        waiting_without=found.waiting_without if is_known else None,
        why="" if is_known else "unseen" if case.is_unseen else "small_sample",
    )


def _breathe() -> None:
    time.sleep(BREATH_S)
