"""What a one-time link shows to who follows it."""

from __future__ import annotations

from typing import Literal, NamedTuple

from floorwatch.alert_view import AlertView
from floorwatch.links import Link

LinkState = Literal["open", "forged", "withdrawn", "expired", "used", "over"]
"""`open`: it can be used. `withdrawn`: nobody is configured any more under the name it was given to. `over`: there is
nothing to take in hand any more."""


class Opened(NamedTuple):
    """A link as it stands now. What names people is for its bearer, and only where the state says that they may know
    it: nothing is shown of an alert to who comes with one that was never ours, was withdrawn, or has expired."""

    state: LinkState
    link: Link | None = None
    """None of one that is not ours."""
    person: str = ""
    """Who it was given to."""
    language: str = ""
    """Of that person, "en" or "zh"; empty: not said."""
    timezone: str = "UTC"
    """Of the site, as in the words of the alert."""
    alert: AlertView | None = None
    """None where it is not known any more."""
    used_at: int | None = None
    following: str = ""
    """Of one that was used: the token by which who has the alert says what they did; empty to whoever has it not."""


class Done(NamedTuple):
    """What became of the use of a link."""

    state: Literal["done", "used", "over"]
    following: str = ""
    """The token of the link by which they say what they do next; empty unless it was done."""
