"""ShiftReport: what happened in one turn of a rota, as it is shown, filed and mailed at hand-over.

Instants are integer milliseconds since the epoch, durations milliseconds. People are named: it is for who was on call,
who comes after them, and leads; what a public screen may know of it is written out where it is shown.
"""

from __future__ import annotations

import msgspec

from floorwatch.alert_view import Text


class ShiftAlert(msgspec.Struct, frozen=True, kw_only=True):
    """One alert that fired, or still fired, in the shift. None where it has not happened, or is not known."""

    id: str
    rule: str
    scope: str
    subject: str
    severity: str
    message: Text
    fired_at: int
    told: tuple[str, ...] = ()
    """People who were called about it, the first first."""
    taken_by: tuple[str, ...] = ()
    """Who had it in hand, the first first."""
    actions: tuple[str, ...] = ()
    """What was done about it: kinds of `alerts.actions`, in order."""
    acknowledge_ms: int | None = None
    """From its firing until somebody had it in hand first."""
    act_ms: int | None = None
    """Until something was done about it."""
    recover_ms: int | None = None
    """Until it was resolved."""
    is_live: bool = False
    """It is handed over: it still fires, or is in hand."""


class ShiftLine(msgspec.Struct, frozen=True, kw_only=True):
    """One turn in a list of them."""

    key: str
    rota: str
    team: str
    since: int
    until: int
    people: tuple[str, ...]
    next_people: tuple[str, ...]
    n_by_severity: dict[str, int]
    """Its alerts, without severities of which there was none."""
    n_live: int
    """Those of them that were handed over."""


class ShiftReport(msgspec.Struct, frozen=True, kw_only=True):
    """One turn of a rota."""

    key: str
    """The same turn has the same key."""
    site: str
    timezone: str
    rota: str
    team: str
    since: int
    until: int
    """The hand-over."""
    people: tuple[str, ...]
    """Who was on call."""
    next_people: tuple[str, ...]
    """Who is now."""
    alerts: tuple[ShiftAlert, ...] = ()
    n_by_severity: dict[str, int] = {}
    acknowledge_ms: int | None = None
    """Median over the alerts of which it is known: `acknowledge_n` of them. None: over none."""
    acknowledge_n: int = 0
    act_ms: int | None = None
    act_n: int = 0
    recover_ms: int | None = None
    recover_n: int = 0
    known_since: int | None = None
    """What was before this is not known, and not in here; None: the whole turn is known."""
