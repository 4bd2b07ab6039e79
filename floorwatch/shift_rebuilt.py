"""A turn of a rota that the daemon does not know any more: its report made anew of the journal."""

from __future__ import annotations

from pathlib import Path

from floorwatch.alerts.oncall.roster import Handover, Roster
from floorwatch.engine import Engine
from floorwatch.floor.internal import OperatorOverrideEnded, OperatorOverrode, RotaLoaded
from floorwatch.floor.settings import Settings
from floorwatch.shift_desk import ShiftDesk
from floorwatch.shift_report import build_shift
from floorwatch.shift_view import RUNNING, ShiftReport
from floorwatch.store.recover import begun_before, decided_before, recounted

TICK_MS = 1_000


def rebuild_shift(folder: Path, settings: Settings, rota: str, at: int | None, now: int) -> ShiftReport | None:
    """The report of the turn that ran at this instant, else of the last one that is over; of one that still runs as
    far as it has come. None: nobody was on call then, as far as the journal tells.

    Raises `DamagedJournalError` and `sqlite3.Error`.
    """
    roster, handovers = _lived(folder, now)
    ended = [one for one in handovers if one.rota == rota and (at is None or one.since <= at < one.until)]
    if ended:
        last = ended[-1]
        engine = _counted(folder, settings, last.since, last.until)
        engine.advance(min(last.until + TICK_MS + 1, now))
        return build_shift(engine, _as_counted(engine, last))
    current = roster.current(rota)
    if at is None or current is None or not current[0] <= at <= now:
        return None
    return ShiftDesk(_counted(folder, settings, current[0], now)).report(f"shift:{rota}:{RUNNING}")


def _counted(folder: Path, settings: Settings, since: int, until: int) -> Engine:
    engine = recounted(folder, settings, begun_before(folder, since), until).engine
    engine.advance(until)
    return engine


def _as_counted(engine: Engine, handover: Handover) -> Handover:
    """As the engine found it, which hears of an override a moment after it was given."""
    at = handover.until - 1
    found = (one for one in engine.calling.roster.handovers if one.rota == handover.rota)
    return next((one for one in found if one.since <= at < one.until), handover)


def _lived(folder: Path, now: int) -> tuple[Roster, list[Handover]]:
    """Who is on call now, and every hand-over up to now, by what was known at each moment."""
    roster, handovers, clock = Roster(), list[Handover](), 0
    for event in decided_before(folder, None):
        said_at = event.time if isinstance(event.time, int) else 0
        if said_at > now or not isinstance(event, RotaLoaded | OperatorOverrode | OperatorOverrideEnded):
            continue
        handovers += _ticked(roster, clock, said_at)
        clock = max(clock, said_at)
        if isinstance(event, RotaLoaded):
            roster.load(event, clock)
        elif isinstance(event, OperatorOverrode):
            roster.override(event, clock)
        else:
            roster.end_override(event, clock)
    return roster, handovers + _ticked(roster, clock, now)


def _ticked(roster: Roster, since: int, until: int) -> list[Handover]:
    """The hand-overs in between: the roster is asked whenever somebody's turn may end."""
    found: list[Handover] = []
    while (at := max(roster.due, since)) <= until:
        found += roster.tick(at)
        since = at + 1
    return found
