"""An explanation, and what it is made of."""

from __future__ import annotations

import msgspec


class UnknownFigureError(LookupError):
    """There is no such figure; the message names the nearest."""


class UnknownQueueError(LookupError):
    """There is no such queue; the message names those there are."""


class UnknownAgentError(LookupError):
    """There is no such agent, or agents are not to be named here."""


class Operand(msgspec.Struct, frozen=True, kw_only=True):
    """One symbol of a formula and its value: contacts, or seconds."""

    symbol: str
    value: float
    name: dict[str, str]
    """Language to what the symbol means; empty where it speaks for itself."""


class Heard(msgspec.Struct, frozen=True, kw_only=True):
    """How fresh one feed of the figure is."""

    source: str
    state: str
    last_event_at: int | None
    age_ms: int | None


class Explained(msgspec.Struct, frozen=True, kw_only=True):
    """One figure of one queue over one window. Instants and `_ms` in milliseconds, `value` and `n` in the figure's
    unit: contacts, seconds, or a ratio."""

    figure: str
    version: int
    queue: str | None
    """None: of the whole floor, or of an agent."""
    agent: str | None
    window: str
    since: int | None
    until: int
    value: float | None
    n: float | None
    """None for what has no sample: a count is its own."""
    shown: str
    """`value` as it is written: cut, with dots where there is more of it, or rounded where a model expects it; an
    instant in the site's time; "–" where there is none."""
    symbols: str
    numbers: str
    """Arithmetic in numbers: its value is `value`, exactly. Empty where there are no operands."""
    operands: tuple[Operand, ...]
    why: str
    """Why there is no value, a word of `why.` in the phrases (`lost`, `unseen`, `not_kept` …); else empty."""
    target: float | None
    threshold_ms: int | None
    short_abandon_ms: int | None
    unseen: tuple[str, ...]
    """Words of `floor.unseen`: what no feed of the queue can tell."""
    without: tuple[str, ...]
    """Queues left out because their feed is lost."""
    model: str
    """`erlang_a` or `erlang_c`: the model it is from; empty where it is counted."""
    period_until: int | None
    """When the period ends that a modelled figure speaks of."""
    incomplete: bool
    """Facts may be missing from the window: the feed was lost meanwhile."""
    heard: tuple[Heard, ...]
