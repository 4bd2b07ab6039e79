"""One connection to the manager: what is said to the switch and when, and what is made of its answers. No I/O.

    login -> clock (a ping, whose answer tells the switch's time) -> booted -> events on, lists asked -> hearing

While hearing: a ping when nothing has come for a third of the heartbeat, and the lists again every `reconcile_ms` and
after a reload. `ended` says when, and why, the connection is of no more use.
"""

from __future__ import annotations

import ssl
from dataclasses import dataclass, field
from typing import Final

import structlog

from floorwatch.floor.events import Event
from floorwatch.ingest.ami import actions
from floorwatch.ingest.ami.protocol import Message, Protocol
from floorwatch.ingest.ami.translate import WANTED, Translator

BOOT_PATIENCE_MS = 10_000
"""A switch that has just started lets us in before its queues are there. It says FullyBooted when they are, but only to
users who may read `system`."""
SILENT_AT = 0.9
"""Part of the heartbeat after which silence is taken for a loss, so that the board says so within the whole of it."""
QUIET_MS = 200
"""Time is said to have passed when nothing has come for so long: what lies unread is older than what time decides."""
LOOK_AGAIN_MS = 30_000
"""When lists did not come."""
LOOK_AFTER_LOAD_MS = 2_000

_OWN = {"FullyBooted": b"", "Reload": b""}

log = structlog.get_logger("floorwatch.ingest.asterisk")


@dataclass(frozen=True, slots=True)
class AsteriskConnection:
    """How to reach a switch's manager, and how to keep the connection."""

    host: str
    port: int
    user: str
    secret: str = field(repr=False)
    tls: ssl.SSLContext | None = None
    heartbeat_ms: int = 15_000
    """After what silence the switch counts as lost."""
    reconcile_ms: int = 300_000
    """How often the whole floor is asked for again."""


class Session:
    """`to_send` is for the switch; `received` and `passed` return what has happened on the floor, `ended` says why not.

    All instants are milliseconds on our clock.
    """

    def __init__(
        self, name: str, connection: AsteriskConnection, translator: Translator, now_ms: int, *, is_private: bool
    ) -> None:
        self._name = name
        self._connection = connection
        self._translator = translator
        self._protocol = Protocol({**WANTED, **_OWN}, translator.counts)
        self._login = actions.Login(connection.user, connection.secret, may_tell_secret=is_private)
        self._outgoing = self._login.first()
        self._heard_ms = self._pinged_ms = self._began_ms = now_ms
        self._knows_clock = self._is_booted = self._has_lists = False
        self._look_ms: int | None = None
        """When the floor is asked for (again); None before the first time."""
        self.ended = ""
        """Why the connection is of no more use; "" while it is."""
        self.explanation = ""
        """More of that, for the log."""

    @property
    def is_hearing(self) -> bool:
        """Events have been asked for."""
        return self._look_ms is not None

    def to_send(self) -> bytes:
        """What the switch is to be told now."""
        outgoing, self._outgoing = self._outgoing, b""
        return outgoing

    def received(self, piece: bytes, now_ms: int) -> list[Event]:
        """Bytes came."""
        self._heard_ms = now_ms
        found: list[Event] = []
        for message in self._protocol.feed(piece):
            if self._login.is_over:
                found += self._translator.message(message, now_ms)
            if message.name == "Response":
                self._answered(message)
            elif message.name in _OWN or message.name == "QueueStatusComplete":
                self._noticed(message.name, now_ms)
        return found + self._advance(now_ms)

    def passed(self, now_ms: int) -> list[Event]:
        """Time went by."""
        silent_ms, heartbeat_ms = now_ms - self._heard_ms, self._connection.heartbeat_ms
        if silent_ms >= heartbeat_ms * SILENT_AT:
            self.end("silent")
        elif not self._login.is_over and now_ms - self._began_ms >= heartbeat_ms:
            self.end("no_login", "it does not answer like a manager")
        elif silent_ms >= heartbeat_ms // 3 and now_ms - self._pinged_ms >= heartbeat_ms // 3:
            self._pinged_ms = now_ms
            self._outgoing += actions.ping("ping") if self._login.is_over else b""
        found = self._advance(now_ms)
        return found + self._translator.passed(now_ms) if silent_ms >= QUIET_MS else found

    def lost(self) -> list[Event]:
        """The connection is over: when its last byte came, and why, as far as we know."""
        self._protocol.close()
        return self._translator.disconnected(self._heard_ms, self.ended)

    def end(self, why: str, explanation: str = "") -> None:
        """The connection is of no more use; the first reason given stands."""
        if not self.ended:
            self.ended, self.explanation = why, explanation

    def _answered(self, answer: Message) -> None:
        if not self._login.is_over:
            self._log_in(answer)
            return
        asked = actions.asked(answer)
        if asked == "clock":
            self._knows_clock = True
        elif asked in _REFUSED and not actions.is_success(answer):
            log.warning("asterisk_refused", source=self._name, says=actions.says(answer), so=_REFUSED[asked])

    def _log_in(self, answer: Message) -> None:
        self._outgoing += self._login.answered(answer)
        if self._login.refusal:
            self.end("login_refused", self._login.refusal)
        elif self._login.is_over:
            self._outgoing += actions.ping("clock")

    def _noticed(self, name: str, now_ms: int) -> None:
        self._is_booted = self._is_booted or name == "FullyBooted"
        if name == "QueueStatusComplete":
            self._has_lists = True
        elif self._look_ms is not None:  # the switch does not tell what a (re)load has changed
            self._look_ms = min(self._look_ms, now_ms + LOOK_AFTER_LOAD_MS)

    def _advance(self, now_ms: int) -> list[Event]:
        """Ask for events and lists when they are due."""
        if self.ended or not self._knows_clock:
            return []
        if self._look_ms is None:
            if not self._is_booted and now_ms - self._began_ms < BOOT_PATIENCE_MS:
                return []
            self._outgoing += actions.events()
            self._look(now_ms)
            return self._translator.connected(now_ms)
        if not self._has_lists and not self._translator.is_asking:
            self._look_ms, self._has_lists = min(self._look_ms, now_ms + LOOK_AGAIN_MS), True
            log.warning("asterisk_lists_missing", source=self._name, again_in_s=LOOK_AGAIN_MS // 1000)
        if now_ms >= self._look_ms and not self._translator.is_asking:
            self._translator.looked(now_ms)
            self._look(now_ms)
        return []

    def _look(self, now_ms: int) -> None:
        self._has_lists = False
        self._look_ms = now_ms + self._connection.reconcile_ms
        self._outgoing += actions.lists()


_REFUSED: Final = {
    "events": "no events will come",
    "channels": "no list of channels: who talks with whom is not known (manager.conf: write = reporting)",
    "queues": "no list of queues: who waits and who is a member is not known",
}
"""What it means when an action is refused, by its ActionID."""
