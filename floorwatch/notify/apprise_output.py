"""Whatever apprise can reach: SMS, Slack, Teams, Telegram, … A library of its own, installed only where it is wanted.

It blocks, so it runs in a thread of the output's own, one message at a time. Of its own throttling, retries and files
nothing is used: how often it is told, and when again, is decided as for every other output.
"""

from __future__ import annotations

import errno
import logging
import re
import threading
from collections.abc import AsyncIterator
from types import ModuleType
from typing import Protocol
from urllib.parse import quote, unquote

from floorwatch.floor.outputs import Audience
from floorwatch.notify.aside import Aside
from floorwatch.notify.output import Message, NotTakenError, RefusedError, unaddressed
from floorwatch.notify.words import Languages, Site, Words, audience_of, worded

TO = "{to}"
"""In an address: where the address of the person who is told belongs."""
TEXT_CHARS_MAX = 6_000
"""Nobody reads more, also where more is taken."""
SECRET_CHARS_MIN = 5
"""What is shorter may be a word as well."""


class Service(Protocol):
    """What apprise makes of an address."""

    body_maxlen: int
    title_maxlen: int
    request_rate_per_sec: float

    def notify(self, *, body: str, title: str, body_format: str) -> object:
        """Send it; true when it was taken."""
        ...

    def __len__(self) -> int: ...


class Apprise:
    """One address. Raises `OSError` when it is none, or when apprise is not installed."""

    def __init__(self, url: str, name: str, *, site: Site, audience: Audience, language: Languages) -> None:
        self._url = url
        self._site = site
        self._audience = audience
        self._language = language
        self._aside = Aside(f"apprise of {name}")
        self._overheard = _Overheard()
        where = f"outputs.{name}.url"
        try:
            self._apprise = _imported(self._overheard)
        except ImportError:
            why = 'needs apprise, which is not installed: pip install "floorwatch[notify]"'
            raise OSError(errno.ENOPKG, why, where) from None
        self.targets = 1
        """How many are told by one message: each is a request of its own."""
        if TO not in url:
            if (service := self._service(url)) is None:
                raise OSError(errno.EINVAL, "is no address that apprise can use, see its list of services", where)
            self.targets = max(1, len(service))
        elif url.partition(":")[0].lower() not in self._apprise.manager_plugins.NotificationManager():
            raise OSError(errno.EINVAL, "is of no service that apprise knows, see its list", where)

    async def tell(self, message: Message) -> None:
        """Send it. Raises `RefusedError` for an address that is none, `NotTakenError`; a `TimeoutError` while the one
        before it has not come back.
        """
        await self._aside.call(lambda: self._send(message))

    async def test(self, message: Message, each_s: float) -> AsyncIterator[str]:
        """Send a test message, as it is told everything else."""
        if TO in self._url and not message.to:
            yield "leads nowhere without the address of a person: nothing was sent"
            return
        await self.tell(message)
        yield f"the {audience_of(self._led(message), self._audience)} form sent: it was taken"

    async def close(self) -> None:
        """Nothing is kept open."""

    def _send(self, message: Message) -> None:
        url = self._url.replace(TO, quote(message.to, safe=""))
        if (service := self._service(url)) is None:
            raise RefusedError("apprise can make no address of this")
        service.request_rate_per_sec = 0.0
        words = self._words(message, service)
        with self._overheard as said:
            is_taken = service.notify(
                title=words.title if service.title_maxlen > 0 else "", body=words.text, body_format="text"
            )
        if not is_taken:
            why = said[-1] if said else "apprise says that it was not taken, and not why"
            raise NotTakenError(unaddressed(_without_secrets(why, url), message.to))

    def _words(self, message: Message, service: Service) -> Words:
        chars_max = min(service.body_maxlen, TEXT_CHARS_MAX)
        words = worded(
            self._led(message), site=self._site, audience=self._audience, language=self._language, chars_max=chars_max
        )
        return words._replace(title=words.title[: service.title_maxlen])

    def _led(self, message: Message) -> Message:
        """To a person only where the address has a place for theirs: else whoever is there reads it."""
        return message if TO in self._url else message._replace(to="")

    def _service(self, url: str) -> Service | None:
        module = self._apprise
        asset = module.AppriseAsset(
            app_id="floorwatch",
            app_desc="floorwatch",
            app_url="",
            image_url_mask=None,
            image_url_logo=None,
            plugin_paths=[],
            http_redirects=False,
            allow_templates=False,
            storage_mode=module.PersistentStoreMode.MEMORY,
        )
        found: Service | None = module.Apprise.instantiate(url, asset=asset)
        return found


class _Overheard(logging.Handler):
    """What apprise logs while one thread sends: it says there why something was not taken, and nowhere else."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self._thread: int | None = None
        self._said: list[str] = []

    def __enter__(self) -> list[str]:
        self._thread, self._said = threading.get_ident(), []
        return self._said

    def __exit__(self, *_: object) -> None:
        self._thread = None

    def emit(self, record: logging.LogRecord) -> None:
        """A line of the log."""
        if record.thread == self._thread:
            self._said.append(record.getMessage())


def _imported(overheard: _Overheard) -> ModuleType:
    """The library, which logs to us and to nobody else: its lines may hold addresses. Raises `ImportError`."""
    import apprise
    import apprise.manager_plugins

    log = logging.getLogger("apprise")
    log.propagate = False
    log.addHandler(overheard)
    return apprise


def _without_secrets(said: str, url: str) -> str:
    """The text without any part of the address, which is made of tokens, numbers and passwords."""
    parts = re.split(r"[/:@?&=,+\s]+", url.partition("://")[2])
    for part in sorted({*parts, *map(unquote, parts)}, key=len, reverse=True):
        if len(part) >= SECRET_CHARS_MIN:
            said = said.replace(part, "…")
    return " ".join(said.split())
