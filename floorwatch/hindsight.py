"""Hindsight: the floor of a recording at an instant, or over a part of it, for who asks what its figures mean."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

from msgspec.structs import replace

from floorwatch.ahead import LookingAhead
from floorwatch.engine import Engine
from floorwatch.explain import SPAN
from floorwatch.floor.events import Event
from floorwatch.floor.settings import Settings
from floorwatch.ingest.source import InputCounts, summed
from floorwatch.metrics.accounts import accounts_between, attendance_accounts
from floorwatch.metrics.occupancy import by_interval
from floorwatch.metrics.operands import Accounts
from floorwatch.metrics.outlook import answer
from floorwatch.picture import picture
from floorwatch.replay import recordings_of, run
from floorwatch.report import close_books, rfc3339
from floorwatch.view import Ahead, FloorView


class OffGridError(ValueError):
    """A part of the recording was asked for that does not begin and end with intervals; the message names those."""


class Past(NamedTuple):
    """What is known of a recording."""

    view: FloorView
    attendance: dict[str, Accounts]
    """How the schedule was kept to, of everybody together under "" and of agents by name; empty without a schedule."""


def view_at(
    inputs: Sequence[Path],
    settings: Settings,
    at: int,
    *,
    schedule: Iterable[Event] = (),
    outlooks: bool = False,
) -> Past:
    """The view that was shown at this instant: of what had been told by then. Raises as `replay.recordings_of`.

    `outlooks`: with what the models make of it, which takes longer.
    """
    recordings = recordings_of(inputs, settings)
    engine = run(recordings, settings, schedule=schedule, until=at)
    counts = {"": summed(recording.counts for recording in recordings)}
    view = picture(engine, counts, individuals=False, ahead=_ahead(engine) if outlooks else {})
    return Past(view, _attendance(engine, engine.books.calendar.day(at)[0], at, at))


def view_of(
    inputs: Sequence[Path],
    settings: Settings,
    since: int | None = None,
    until: int | None = None,
    *,
    schedule: Iterable[Event] = (),
) -> Past:
    """The view at the end of it all, whose accounts (window `SPAN`) are those of [since, until): of what is known now.

    Without `since` and `until` they are those of the report of a replay. Raises `OffGridError`, and as
    `replay.recordings_of`.
    """
    engine = run(recordings_of(inputs, settings), settings, schedule=schedule)
    view, last = picture(engine, {"": InputCounts()}, individuals=False), engine.last_at
    if not engine.applied:
        return Past(view, {})
    for instant in (since, until):
        _on_grid(engine, instant)
    close_books(engine, last)
    return _with_accounts(
        view, engine, engine.first_at if since is None else since, last + 1 if until is None else until
    )


def _ahead(engine: Engine) -> dict[str, Ahead]:
    """Of every queue, without a forecast."""
    looking = LookingAhead(engine)
    looking.project()
    return {name: found._replace(outlook=answer(looking.question(name))) for name, found in looking.latest.items()}


def _on_grid(engine: Engine, instant: int | None) -> None:
    if instant is None:
        return
    start, end = engine.books.calendar.interval(instant)
    if start != instant:
        raise OffGridError(f"{rfc3339(instant)} lies inside an interval: take {rfc3339(start)} or {rfc3339(end)}")


def _with_accounts(view: FloorView, engine: Engine, since: int, until: int) -> Past:
    """The view, with accounts of [since, until) instead of its own. The books are closed."""
    books, occupied, end = engine.books, by_interval(engine.books), min(until, engine.last_at)
    begun = books.calendar.day(since)[0] if since == engine.first_at else since

    def of_queue(name: str) -> dict[str, Accounts]:
        found = accounts_between(books, books.ledgers[name], since, until, occupied)
        return {SPAN: dataclasses.replace(found, until=end)}

    queues = tuple(replace(queue, accounts=of_queue(queue.name)) for queue in view.queues)
    attendance = _attendance(engine, begun, until, engine.last_at)
    return Past(
        replace(view, queues=queues),
        {agent: dataclasses.replace(kept, until=end) for agent, kept in attendance.items()},
    )


def _attendance(engine: Engine, since: int, until: int, now: int) -> dict[str, Accounts]:
    kept = {agent: attendance_accounts(engine.books, since, until, now, agent) for agent in ("", *engine.books.agents)}
    return {agent: accounts for agent, accounts in kept.items() if accounts is not None}
