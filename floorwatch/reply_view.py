"""What somebody answered in a chat or a pager service, and what became of it."""

from __future__ import annotations

from typing import Literal, NamedTuple

from floorwatch.alert_view import AlertView

ReplyType = Literal["pagerduty", "slack", "dingtalk", "telegram"]


class Answered(NamedTuple):
    """An answer whose signature is good."""

    sender: str
    """Who, as the platform calls them."""
    id: str
    """Of the answer there: the same one may come twice, and counts once."""
    code: str = ""
    """Of the alert they take in hand; empty where `incident` says it, or nothing does."""
    incident: str = ""
    """The key of the incident they acknowledged."""
    to: str = ""
    """Where what is said to them is to go, for platforms that must be told."""


class Outcome(NamedTuple):
    """What came of an answer. `over`: the alert is over; `several`: alerts have this code; `used`: it came before."""

    state: Literal["taken", "over", "no_such", "several", "used"]
    alert: AlertView | None = None


class ReplyPlace(NamedTuple):
    """One place from which people answer."""

    type: ReplyType
    key: bytes
    """What its messages are signed with."""
    people: dict[str, str]
    """How each person is called there, to who that is to us."""
