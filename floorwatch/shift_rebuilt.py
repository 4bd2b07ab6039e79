"""A turn of a rota that the daemon does not know any more: its report made anew of the journal."""

from __future__ import annotations

from pathlib import Path

from floorwatch.alerts.oncall.roster import Roster
from floorwatch.floor.internal import OperatorOverrideEnded, OperatorOverrode, RotaLoaded
from floorwatch.floor.settings import Settings
from floorwatch.shift_desk import RUNNING, ShiftDesk
from floorwatch.shift_view import ShiftReport
from floorwatch.store.recover import begun_before, decided_before, recounted

TICK_MS = 1_000


def rebuild_shift(folder: Path, settings: Settings, rota: str, at: int | None, now: int) -> ShiftReport | None:
    """The report of the turn that ran at this instant, else of the last one that is over; of one that still runs as
    far as it has come. None: nobody was on call then, as far as the journal tells.

    Raises `DamagedJournalError` and `sqlite3.Error`.
    """
    roster = _roster(folder, now if at is None else at)
    if at is None:
        at = roster.began(rota, now) - 1
    since = roster.began(rota, at)
    until = min(roster.change_after(rota, at) or now, now)
    first = begun_before(folder, since)
    if first is None or not roster.on_call(rota, at):
        return None
    engine = recounted(folder, settings, first, until).engine
    engine.advance(min(until + TICK_MS + 1, now))
    handovers = engine.calling.roster.handovers
    key = next((one.key for one in handovers if one.rota == rota and one.since <= at < one.until), None)
    return ShiftDesk(engine).report(key or f"shift:{rota}:{RUNNING}")


def _roster(folder: Path, at: int) -> Roster:
    """Who was on call, as it was known then."""
    roster = Roster()
    for event in decided_before(folder, None):
        said_at = event.time if isinstance(event.time, int) else 0
        if said_at > at:
            continue
        if isinstance(event, RotaLoaded):
            roster.load(event, said_at)
        elif isinstance(event, OperatorOverrode):
            roster.override(event, said_at)
        elif isinstance(event, OperatorOverrideEnded):
            roster.end_override(event.override, said_at)
    return roster
