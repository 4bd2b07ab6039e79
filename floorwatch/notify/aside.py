"""Calls that block, beside the event loop: each in a thread of its own, never in the pool that everybody shares.

A name server that hangs would fill that pool, and with it the reading of files would stop. Nor is such a thread waited
for when we end.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Callable
from typing import TypeVar

_T = TypeVar("_T")


class Aside:
    """One call at a time: while one hangs, the next is refused with a `TimeoutError` instead of waiting behind it."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._busy: threading.Thread | None = None

    async def call(self, work: Callable[[], _T]) -> _T:
        """What `work` returns or raises. When we are cancelled it goes on, and what it returns is forgotten."""
        if self._busy is not None and self._busy.is_alive():
            raise TimeoutError("the call before it has not come back yet")
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[_T] = loop.create_future()

        def settle(result: _T | None, wrong: BaseException | None) -> None:
            self._busy = None  # what is left of the thread takes no time: the next call need not be refused for it
            if answer.done():
                return
            if wrong is not None:
                answer.set_exception(wrong)
            else:
                answer.set_result(result)  # type: ignore[arg-type]

        def run() -> None:
            result: _T | None = None
            wrong: BaseException | None = None
            try:
                result = work()
            except BaseException as raised:  # noqa: BLE001 - raised again where it is awaited
                wrong = raised
            with contextlib.suppress(RuntimeError):  # the loop has ended, and nobody waits
                loop.call_soon_threadsafe(settle, result, wrong)

        self._busy = threading.Thread(target=run, name=self._name, daemon=True)
        self._busy.start()
        return await answer
