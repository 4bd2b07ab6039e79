"""What is said to the switch: actions as bytes, and the login as a conversation. Pure."""

from __future__ import annotations

import hashlib

from floorwatch.ingest.ami.protocol import Message, UnusableError, header

_ACTION_ID, _CHALLENGE, _SAYS = map(header, ("ActionID", "Challenge", "Message"))
EVENTS = "system,call,agent,dialplan"
"""The classes of events asked for; docs/asterisk.md says what each is needed for."""
BEFORE = "system"
"""Those asked for at login, until the lists are: FullyBooted is one of them."""


def action(name: str, action_id: str, **headers: str) -> bytes:
    """One action as it stands on the wire. A line break in a value raises `ValueError`: it would be another header."""
    lines = [f"Action: {name}", f"ActionID: {action_id}", *(f"{key}: {value}" for key, value in headers.items())]
    if any("\r" in line or "\n" in line for line in lines):
        raise ValueError(f"a line break in what {name} says")
    return "\r\n".join([*lines, "", ""]).encode()


def ping(action_id: str) -> bytes:
    """Are you there, and what time is it? The answer has a Timestamp."""
    return action("Ping", action_id)


def lists() -> bytes:
    """Ask for the whole floor. The channels come first: a talk that ends in between is then not taken for a new one."""
    return action("CoreShowChannels", "channels") + action("QueueStatus", "queues")


def events() -> bytes:
    """From now on, tell."""
    return action("Events", "events", EventMask=EVENTS)


def is_success(answer: Message) -> bool:
    """Whether the switch did what it was asked for."""
    return answer.raw.startswith(b"Response: Success")


def asked(answer: Message) -> str:
    """The ActionID of what is answered; "" when it is nothing we have asked."""
    return _text(answer, _ACTION_ID)


def says(answer: Message) -> str:
    """The answer in the switch's own words."""
    return _text(answer, _SAYS)


def _text(answer: Message, key: bytes) -> str:
    try:
        return answer.text(key)
    except UnusableError:
        return ""


class Login:
    """The login as one side of a conversation: `first`, then what `answered` returns, until `is_over`.

    By MD5 challenge, so that the secret is not sent. A switch that refuses the challenge gets the secret itself only
    where nobody can overhear it (`may_tell_secret`: TLS, or the same machine). Events of the floor are off at first.
    """

    def __init__(self, user: str, secret: str, *, may_tell_secret: bool) -> None:
        self._user = user
        self._secret = secret
        self._may_tell_secret = may_tell_secret
        self.is_over = False
        self.refusal = ""
        """Why not, in the words of the switch or ours; "" when it is in."""

    def first(self) -> bytes:
        """What to say when the connection is made, without waiting for the greeting."""
        return action("Challenge", "challenge", AuthType="MD5")

    def answered(self, answer: Message) -> bytes:
        """What to say to this answer; nothing when the login is over."""
        action_id = asked(answer)
        if action_id == "challenge":
            challenge = _text(answer, _CHALLENGE)
            if is_success(answer) and challenge:
                key = hashlib.md5((challenge + self._secret).encode(), usedforsecurity=False).hexdigest()
                return action("Login", "login", AuthType="MD5", Username=self._user, Key=key, Events=BEFORE)
            if self._may_tell_secret:
                return action("Login", "login", Username=self._user, Secret=self._secret, Events=BEFORE)
            self._refuse("it takes no MD5 challenge, and without TLS the secret is not sent as it is")
        elif action_id == "login":
            self.is_over = True
            if not is_success(answer):
                self._refuse(says(answer) or "no reason given")
        return b""

    def _refuse(self, why: str) -> None:
        self.is_over, self.refusal = True, why
