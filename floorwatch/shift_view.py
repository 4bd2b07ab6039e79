"""ShiftReport: what happened in one turn of a rota, as it is shown, filed and mailed at hand-over.

Instants are integer milliseconds since the epoch, durations milliseconds. People are named: it is for who was on call,
who comes after them, and leads; what a public screen may know of it is written out where it is shown.
"""

from __future__ import annotations

import msgspec

from floorwatch.alert_view import Text

RUNNING = "now"
"""In the key of a turn that is not over, where others have the instant of their hand-over."""


class ShiftEffect(msgspec.Struct, frozen=True, kw_only=True):
    """What an action has brought in 15 minutes, as far as that was known at the hand-over."""

    kind: str
    effect: float
    """A difference of ratios: 0.09 is nine points of service level."""
    shared: bool = False
    """Something else was done about the queue at the same time: the effect is theirs together."""


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
    unreached: tuple[str, ...] = ()
    """People who were to be called about it, and whom no call reached, for no way led to them."""
    taken_by: tuple[str, ...] = ()
    """Who had it in hand, the first first."""
    actions: tuple[str, ...] = ()
    """What was done about it: kinds of `alerts.actions`, in order."""
    effects: tuple[ShiftEffect, ...] = ()
    """Of those of them of which it is known."""
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
    """Who is now; of a turn that runs who comes next."""
    next_at: int | None = None
    """Of a turn that runs: when they come. None: not as far as is known."""
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
    """What was before this is not known, and not in here; None: the whole turn is known. `until`: nothing of it is."""

    @property
    def is_running(self) -> bool:
        """Nothing is handed over yet: `until` is the instant up to which it is told."""
        return self.key.endswith(f":{RUNNING}")
