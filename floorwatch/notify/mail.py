"""Mail: each message is a letter, to the addresses of the output or to that of the person who is told."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from email.utils import parseaddr
from typing import TypeVar

import structlog

from floorwatch.clock import Clock
from floorwatch.floor.outputs import Audience
from floorwatch.notify.aside import Aside
from floorwatch.notify.letter import is_mail_address, letter
from floorwatch.notify.mail_server import LetterRefusedError, MailServer, Posting, Receipt
from floorwatch.notify.output import Message, NotTakenError, RefusedError
from floorwatch.notify.words import Languages, Site, languages_of, worded

CHARS_MAX = 200_000
_T = TypeVar("_T")

log = structlog.get_logger("floorwatch.notify")


class Mail:
    """One mail server, and who is written to by it. `to`: everybody who is told of what the output is told of."""

    def __init__(
        self,
        server: MailServer,
        sender: str,
        to: Sequence[str],
        clock: Clock,
        *,
        site: Site,
        audience: Audience,
        language: Languages,
    ) -> None:
        self._server = server
        self._sender = sender
        self._to = tuple(dict.fromkeys(to))
        self._clock = clock
        self._site = site
        self._audience = audience
        self._language = language
        self._aside = Aside(f"mail by {server.host}")

    async def tell(self, message: Message) -> None:
        """Send it. Told is what the server has taken for one of its addresses at least.

        Raises `RefusedError` where it will never take it for this person, `NotTakenError` for all else.
        """
        to = (message.to,) if message.to else self._to
        if not to or not all(map(is_mail_address, to)):
            raise RefusedError("this is no mail address: correct 'to'")
        try:
            receipt = await self._send(message, to)
        except LetterRefusedError as wrong:
            if message.to and wrong.refusal.is_permanent:
                raise RefusedError(str(wrong)) from None
            raise
        if not receipt.refused:
            return
        worst = max(receipt.refused.values())
        if len(receipt.refused) < len(to):
            counts = {"refused": len(receipt.refused), "of": len(to)}
            log.warning("mail_not_for_all", output=message.output, why=str(worst), **counts)
        elif message.to and worst.is_permanent:
            raise RefusedError(str(worst))
        else:
            raise NotTakenError(f"takes it for nobody: {worst}")

    async def test(self, message: Message, each_s: float) -> AsyncIterator[str]:
        """Send a test to the person, or to the addresses of the output; where there is none, greet its server only."""
        to = (message.to,) if message.to else self._to
        if not to:
            how = await self._posted(Posting.greet)
            yield f"{how}; nobody is written to: it has no 'to', and people on call have their own addresses"
            return
        receipt = await self._send(message, to)
        for refusal in receipt.refused.values():
            yield f"not for one of them: {refusal}"
        if len(receipt.refused) == len(to):
            raise NotTakenError("takes it for nobody")
        yield f"sent to {len(to) - len(receipt.refused)} of {len(to)}: {receipt.said}"

    async def close(self) -> None:
        """No connection is kept."""

    async def _send(self, message: Message, to: Sequence[str]) -> Receipt:
        words = worded(message, site=self._site, audience=self._audience, language=self._language, chars_max=CHARS_MAX)
        mail = letter(
            message,
            words,
            languages=languages_of(message, self._language),
            sender=self._sender,
            to=to,
            sent_ms=self._clock.now_ms(),
        )
        sender, content = parseaddr(self._sender)[1], mail.as_bytes()
        return await self._posted(lambda posting: posting.send(sender, to, content))

    async def _posted(self, work: Callable[[Posting], _T]) -> _T:
        """In a thread. When there is no time any more it is ended, so that the next one need not wait for it."""
        posting = Posting(self._server)
        try:
            return await self._aside.call(lambda: work(posting))
        except asyncio.CancelledError:
            posting.give_up()
            raise
