"""Signal towers over HTTP: `GET URL?alert=RRRRRB`, five tiers and the buzzer, a digit each; read back where it can be.

As Patlite's LA6-POE operation manual has it, 5.8: what was understood is answered `Success.`, what was not `Error.`.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass

from floorwatch.notify.output import Message, NotTakenError, Standing
from floorwatch.notify.signals import DARK, Signals
from floorwatch.notify.web import Web


@dataclass(frozen=True, slots=True)
class ReadBack:
    """How the tower says what it shows: each path of its JSON gives one digit, in order; without paths its answer must
    hold the six digits.
    """

    url: str
    paths: tuple[str, ...] = ()

    def check(self, code: str, text: str) -> None:
        """Raises `NotTakenError` when the tower does not show it."""
        if not self.paths:
            if code not in text:
                raise NotTakenError(f"was set to {code} and says {text[:80]!r}")
            return
        try:
            shown = [str(_at(json.loads(text), path)) for path in self.paths]
        except (ValueError, KeyError, IndexError, TypeError, RecursionError):
            raise NotTakenError(f"its status has no {', '.join(self.paths)}: {text[:80]!r}") from None
        if shown != list(code[: len(shown)]):
            raise NotTakenError(f"was set to {code} and shows {' '.join(shown)}")


def _at(document: object, path: str) -> object:
    for part in path.split("."):
        if isinstance(document, list):
            document = document[int(part)]
        elif isinstance(document, dict):
            document = document[part]
        else:
            raise KeyError(part)
    return document


class Tower:
    """One signal tower."""

    needs_texts = False

    def __init__(
        self, url: str, signals: Signals, web: Web, resend_s: float, read_back: ReadBack | None = None
    ) -> None:
        self._url = url
        self._signals = signals
        self._web = web
        self._read_back = read_back
        self.resend_s = resend_s

    def picture(self, standing: Standing) -> str:
        """The six digits."""
        return self._signals.code(standing)

    def changes_at(self, standing: Standing) -> int | None:
        """When the buzzer has sounded for long enough."""
        return self._signals.quiet_at(standing)

    async def show(self, standing: Standing) -> None:
        """Light it. Raises `NotTakenError`."""
        await self._set(self._signals.code(standing))

    async def leave(self, now: int) -> None:
        """Dark: nobody watches."""
        await self._set(DARK)

    async def test(self, message: Message, each_s: float) -> AsyncIterator[str]:
        """Light each tier, sound the buzzer, go dark. A daemon that runs lights it again as it should be."""
        for what, code in self._signals.each_in_turn():
            yield f"{what}: set to {code}: {await self._set(code)}"
            await asyncio.sleep(each_s)
        yield f"dark: set to {DARK}: {await self._set(DARK)}"

    async def close(self) -> None:
        """Let go of the connection."""
        await self._web.close()

    async def _set(self, code: str) -> str:
        said = (await self._web.get(self._control(code))).text()
        if said.lower().startswith("error"):
            raise NotTakenError(f"was set to {code} and answers {said[:80]!r}")
        if self._read_back is not None:
            said = (await self._web.get(self._read_back.url)).text()
            self._read_back.check(code, said)
        return said[:80]

    def _control(self, code: str) -> str:
        return f"{self._url}{'&' if '?' in self._url else '?'}alert={code}"
