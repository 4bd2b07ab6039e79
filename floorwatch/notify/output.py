"""What an output is, whatever its kind: it shows what is, or is told what has happened, or both.

*Showing* is said again and again, so nothing of it needs to be remembered. *Telling* happens once for each notice; who
was told what is decided in the engine (`alerts.telling`).
"""

from __future__ import annotations

import os
import re
import socket
import ssl
from collections.abc import AsyncIterator, Hashable
from typing import Literal, NamedTuple, Protocol

from floorwatch.alert_view import AlertView
from floorwatch.floor.rules import RANKS, Severity
from floorwatch.shift_view import ShiftReport

WORD_CHARS_MIN = 5
"""An address that is shorter may be a part of any word."""


class NotTakenError(Exception):
    """An output has not taken what it was given. The text says why, and names no secret.

    `pause_s`: how long it asks to be left alone.
    """

    def __init__(self, why: str, pause_s: float | None = None) -> None:
        super().__init__(why)
        self.pause_s = pause_s


def unreachable(host: str, port: int | None, wrong: OSError) -> str:
    """That a place cannot be connected to, and why in the system's words: asyncio's hold number and address again."""
    why = wrong.strerror or str(wrong)
    if wrong.errno is not None and not isinstance(wrong, ssl.SSLError | socket.gaierror):  # those have other numbers
        why = os.strerror(wrong.errno)
    return f"cannot connect to {host} port {port}: {why}"


def unaddressed(said: str, to: str) -> str:
    """What was answered, without the address of the person it was about, which some repeat: it would be seen in logs.

    With its plus sign or without; a short one where it is a word of its own.
    """
    if not (bare := to.removeprefix("+")):
        return said
    pattern = rf"\+?{re.escape(bare)}"
    if len(bare) < WORD_CHARS_MIN:
        pattern = rf"(?<!\w){pattern}(?!\w)"
    return re.sub(pattern, "ADDRESS", said, flags=re.ASCII | re.IGNORECASE)


class RefusedError(NotTakenError):
    """The output works, and will not take this message at this address, however often it is tried.

    Of a message to a person it is said once, and they are told otherwise. Of any other it counts as not taken.
    """


class Standing(NamedTuple):
    """What there is to show at one instant."""

    now: int
    """Engine time, ms."""
    alerts: tuple[AlertView, ...] = ()
    """Those that fire or are in hand, concern the output, and are not muted; the worst first.

    Without their figures and texts until `Desk.spoken` has filled them in: that takes far longer than to see whether
    anything has changed.
    """
    muted: int = 0
    """How many more are muted."""
    is_quiet: bool = False
    """Within the quiet hours of the output."""
    queues: tuple[str, ...] = ()
    """Every queue of the floor that concerns it."""
    until: int | None = None
    """When it changes although nothing happens: a mute or quiet hours begin or end. None: not before something does."""

    def of_queue(self, queue: str) -> Standing:
        """What of it is about this queue."""
        alerts = tuple(alert for alert in self.alerts if alert.labels.get("queue") == queue)
        return Standing(self.now, alerts, 0, self.is_quiet, (queue,))

    @property
    def severity(self) -> Severity | None:
        """The worst of them; None when nothing fires."""
        return max((alert.severity for alert in self.alerts), key=RANKS.index, default=None)


class Said(NamedTuple):
    """What a notice says of one alert."""

    key: str
    """The stage of the alert that it tells of: the same stage has the same key in every notice."""
    alert: AlertView
    was: Severity | None = None
    """The severity that this output knows of; None: it hears of the alert for the first time."""
    reminder: int = 0
    """Said for the so-many-th time again, because nobody has it in hand; 0: news."""
    firings: int = 1
    """How often the same has fired of late, with this time."""
    is_flapping: bool = False
    """So often that not every time is told."""
    oncall: OnCallNote | None = None
    """Of what somebody on call is told; None of what an output is told as such."""

    @property
    def is_urgent(self) -> bool:
        """Whether it is an emergency, and news of it, or a call to act."""
        if self.alert.severity != "emergency":
            return False
        if self.oncall is not None:
            return self.oncall.kind == "call"
        return self.alert.state == "firing" and self.reminder == 0


class OnCallNote(NamedTuple):
    """Why somebody on call is told of an alert."""

    key: str
    """Of the page: the same word to the same person has the same key in every message."""
    kind: Literal["call", "taken", "over"]
    """`call`: somebody must act, and nobody has said they do; `taken`: somebody else has it; `over`: it is over."""
    rota: str = ""
    """In which they are on call; empty: they are named in person."""
    step: int = 1
    steps: int = 1
    round: int = 1
    time: int = 1
    """The so-many-th time within the step."""
    unresolved_since: int | None = None
    """When it was taken in hand by somebody and has not been resolved since: it begins anew."""
    link: str = ""
    """Where it can be taken in hand, once; empty where there is no such address."""
    code: str = ""
    """What to answer with."""
    answered_in: tuple[str, ...] = ()
    """Where answers of this person count, by type: "slack", "dingtalk", "telegram". Empty: nowhere."""


class Message(NamedTuple):
    """A notice with its texts, ready to be sent."""

    key: str
    """The same notice has the same key, however often it is sent."""
    output: str
    at: int
    """Engine time at which it was made, ms."""
    said: tuple[Said, ...]
    told: tuple[str, ...] = ()
    """The stages that count as told once it is taken."""
    more: int = 0
    """How many more alerts there are that it does not name."""
    group: str = ""
    is_test: bool = False
    to: str = ""
    """The address of the person who is told; empty: it goes to whomever the output itself leads."""
    channel: int = 0
    """Which of that person's channels it takes, from 0."""
    person: str = ""
    language: str = ""
    """Of that person: "en" or "zh"; empty: as the output has it."""
    timezone: str = ""
    """Of that person; empty: as the site's."""
    pages: tuple[str, ...] = ()
    """The pages that count as sent once it is taken."""
    shift: ShiftReport | None = None
    """A report at hand-over, instead of alerts."""
    requests: int = 1
    """As how many requests it goes to where it goes."""

    @property
    def is_emergency(self) -> bool:
        """Whether it tells of an emergency that somebody does not know of, or has not taken in hand."""
        return any(said.is_urgent for said in self.said)


class Shows(Protocol):
    """An output that shows what is: a lamp, a topic that is kept."""

    resend_s: float
    """After so long it is shown again, changed or not."""
    needs_texts: bool
    """Whether it shows words, and not only lamps."""

    def picture(self, standing: Standing) -> Hashable:
        """What would be seen, but for words. It is shown again at once when it differs from what was shown last."""
        ...

    def changes_at(self, standing: Standing) -> int | None:
        """Engine time at which the picture changes although nothing happens; None for never."""
        ...

    async def show(self, standing: Standing) -> None:
        """Show it. Raises `NotTakenError` or `OSError`."""
        ...

    async def leave(self, now: int) -> None:
        """We end, at this engine time: show that nobody watches any more. Raises as `show` does."""
        ...


class Tells(Protocol):
    """An output that is told: something reads and passes on messages."""

    async def tell(self, message: Message) -> None:
        """Hand it over. Raises `NotTakenError` or `OSError`; then nobody has it, or it will come a second time."""
        ...


class Output(Protocol):
    """What every output can do."""

    def test(self, message: Message, each_s: float) -> AsyncIterator[str]:
        """Send a test that says that it is one; yields what was sent and what came back. Raises as `show` does.

        `each_s`: for how long each lamp is lit.
        """
        ...

    async def close(self) -> None:
        """Let go of connections."""
        ...
