"""Floors for reports: a few contacts told to an engine, and the history that is written of it."""

from __future__ import annotations

from collections.abc import Iterable

from floorwatch.closing import closed_rows
from floorwatch.engine import Engine
from floorwatch.floor import events as e
from floorwatch.floor.settings import Settings
from floorwatch.history import ChangedAlerts
from floorwatch.reports.rebuild import site_of
from floorwatch.store.history import History

SECOND, MINUTE, HOUR = 1_000, 60_000, 3_600_000


def contact(
    at: int, *, queue: str = "sales", agent: str = "A1", wait_ms: int = 5_000, talk_ms: int = 60_000
) -> list[e.Event]:
    """A contact that enters at this instant, is answered after its wait, and ends."""
    of = {"source": "pbx", "contact": f"{queue}-{at}", "queue": queue}
    answered = at + wait_ms
    return [
        e.ContactOffered(time=at, **of),
        e.ContactAnswered(time=answered, agent=agent, **of),
        e.ContactEnded(time=answered + talk_ms, agent=agent, **of),
    ]


def lost(at: int, *, queue: str = "sales", wait_ms: int = 30_000) -> list[e.Event]:
    """A contact that gives up after its wait."""
    of = {"source": "pbx", "contact": f"{queue}-{at}", "queue": queue}
    return [e.ContactOffered(time=at, **of), e.ContactAbandoned(time=at + wait_ms, **of)]


def told(settings: Settings, facts: Iterable[e.Event], until: int) -> Engine:
    """An engine to which these facts were told as they happened, and time went on until then."""
    engine = Engine(settings)
    for fact in sorted(facts, key=lambda fact: fact.time):  # type: ignore[arg-type, return-value]
        assert isinstance(fact.time, int)
        engine.advance(fact.time)
        engine.apply(fact)
    engine.advance(until)
    return engine


def written(engine: Engine, history: History | None = None) -> History:
    """What a daemon would have written of this engine."""
    history = history or History(":memory:", writable=True)
    history.begin(site_of(engine.settings), engine.books.calendar.closed.since)
    alerts = ChangedAlerts().take(engine)
    history.write(closed_rows(engine, alerts, engine.books.sources.values(), individuals=True))
    return history
