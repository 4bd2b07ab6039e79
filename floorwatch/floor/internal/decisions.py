"""What people decide: excuses, acknowledgements, silences, actions, and who is on call."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta

from floorwatch.floor.events import Event, Name, Text

AlertName = Annotated[str, Meta(min_length=1, max_length=4_096)]
"""The id of an alert, or the key of a stage of it: made of two names of up to 1,024 characters, and more."""


class OperatorExcused(Event, frozen=True, kw_only=True, tag="operator.excused"):
    """A supervisor takes [`since`, `until`) out of adherence, for one agent or for everybody: it counts neither way."""

    excuse: Name
    """By which it can be taken back."""
    since: int
    until: int
    who: Text
    why: Text
    agent: Text = ""
    """Empty: everybody."""


class OperatorExcuseWithdrawn(Event, frozen=True, kw_only=True, tag="operator.excuse_withdrawn"):
    """An excuse is taken back, as if it had never been given."""

    excuse: Name
    who: Text
    why: Text = ""


class OperatorAcknowledged(Event, frozen=True, kw_only=True, tag="operator.acknowledged"):
    """Somebody has taken an alert in hand. An alert that is not live is not changed."""

    alert: AlertName
    who: Text
    note: Text = ""
    link: Text = ""
    """The one-time link by which they did; one that was used already does nothing."""


class OperatorSnoozed(Event, frozen=True, kw_only=True, tag="operator.snoozed"):
    """Nobody is told of this alert until then; with a time that has passed, at once again."""

    alert: AlertName
    until: int
    who: Text
    why: Text = ""


class OperatorSilenced(Event, frozen=True, kw_only=True, tag="operator.silenced"):
    """Nobody is told in [`since`, `until`) of alerts of these rules about these subjects. Names may be globs."""

    silence: Name
    """By which it can be ended."""
    since: int
    until: int
    who: Text
    why: Text
    rules: tuple[Text, ...] = ()
    """Empty: of every rule."""
    subjects: tuple[Text, ...] = ()
    """Names of queues, sources, teams, outputs; empty: about everything."""


class OperatorSilenceEnded(Event, frozen=True, kw_only=True, tag="operator.silence_ended"):
    """A silence ends before its time."""

    silence: Name
    who: Text
    why: Text = ""


class OperatorActed(Event, frozen=True, kw_only=True, tag="operator.acted"):
    """Somebody has done something about an alert: `alerts.actions` has the kinds."""

    action: Name
    """Its id."""
    alert: AlertName
    kind: Name
    who: Text
    note: Text = ""
    agents: int = 0
    """How many agents it brought; 0: not said."""
    link: Text = ""
    """The one-time link by which they said so; one that was used already says nothing."""


class OperatorActWithdrawn(Event, frozen=True, kw_only=True, tag="operator.act_withdrawn"):
    """What somebody said they had done is taken back, as if it had never been said."""

    action: Name
    alert: AlertName
    who: Text


class OperatorOverrode(Event, frozen=True, kw_only=True, tag="operator.overrode"):
    """In [`since`, `until`) this person is on call in the rota, whoever else would be."""

    override: Name
    """By which it can be ended."""
    rota: Name
    person: Name
    since: int
    until: int
    who: Text
    why: Text = ""


class OperatorOverrideEnded(Event, frozen=True, kw_only=True, tag="operator.override_ended"):
    """An override is over now, or never comes."""

    override: Name
    who: Text


class RotaTurn(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """In [`since`, `until`) these people are on call; nobody: a gap."""

    since: int
    until: int
    people: tuple[Name, ...] = ()


class RotaLoaded(Event, frozen=True, kw_only=True, tag="rota.loaded"):
    """Who is on call in a rota, in [`since`, `until`). From now on it takes the place of what was said of the rota.

    Turns are in order, do not overlap, and follow each other without a gap that is not said. The first may have begun
    before.
    """

    rota: Name
    since: int
    until: int
    turns: tuple[RotaTurn, ...] = ()
    team: Text = ""
    site: Text = ""
