"""Rules are read only on ticks on which they can have changed: the alerts must be those of reading on every tick."""

from __future__ import annotations

import random

import pytest

from floorwatch.engine import Engine
from floorwatch.floor import events as e
from floorwatch.floor.settings import QueuePolicy, Settings

START_MS = 1_772_500_000_000
POLICIES = {
    "sales": QueuePolicy(),
    "chat": QueuePolicy(threshold_ms=45_000, target=0.9, formula="abandons_met"),
    "strict": QueuePolicy(target=1.0, formula="answered_only"),
    "mail": QueuePolicy(threshold_ms=600_000, target=0.5, formula="abandons_ignored", exits_count=True),
}
Delivery = tuple[int, e.Event]


class EveryTick(Engine):
    """The engine as the definition has it: every rule of every queue on every tick."""

    def _tick(self, second: int) -> None:
        for ledger in self.books.ledgers.values():
            self.books.changed[ledger] = None
        super()._tick(second)


def _stream(seed: int) -> list[Delivery]:
    """Two hours of contacts in bursts and silences, some facts late, the feed lost now and then."""
    dice = random.Random(seed)
    facts: list[e.Event] = []
    at = START_MS
    while at < START_MS + 7_200_000:
        at += int(dice.expovariate(1 / dice.choice((2_000, 12_000, 90_000))))
        if dice.random() < 0.01:
            at += dice.randint(600_000, 1_500_000)
        contact, queue = f"c{len(facts)}", dice.choice(tuple(POLICIES))
        facts.append(e.ContactOffered(time=at, source="s", contact=contact, queue=queue))
        wait = int(dice.expovariate(1 / dice.choice((4_000, 25_000, 120_000))))
        kind = dice.choices(("answered", "abandoned", "exited", "stays"), (70, 20, 8, 2))[0]
        if kind == "answered":
            facts.append(e.ContactAnswered(time=at + wait, source="s", contact=contact, queue=queue, agent="A1"))
            facts.append(e.ContactEnded(time=at + wait + 9_000, source="s", contact=contact, queue=queue, agent="A1"))
        elif kind == "abandoned":
            facts.append(e.ContactAbandoned(time=at + wait, source="s", contact=contact, queue=queue))
        elif kind == "exited":
            facts.append(e.ContactExited(time=at + wait, source="s", contact=contact, queue=queue, reason="timeout"))
        if dice.random() < 0.002:
            facts.append(e.SourceDown(time=at, source="s"))
            facts.append(e.SourceUp(time=at + dice.randint(1_000, 200_000), source="s"))
    late = ((int(fact.time) + dice.choice((0, 0, 0, dice.randint(0, 29_000))), fact) for fact in facts)  # type: ignore[arg-type]
    return sorted(late, key=lambda delivery: delivery[0])


def _history(engine: Engine, stream: list[Delivery]) -> list[tuple[object, ...]]:
    for applied_at, fact in stream:
        engine.advance(applied_at)
        engine.apply(fact)
    engine.advance(stream[-1][0] + 4_000_000)
    return sorted(
        (alert.fired_at, alert.rule.name, alert.subject, *(getattr(alert, name) for name in SEEN))
        for alert in engine.watch.history
    )


SEEN = ("pending_at", "severity", "value_at_fire", "n_at_fire", "resolved_at", "reason")


@pytest.mark.parametrize("seed", range(12))
def test_reading_when_it_can_change_equals_reading_on_every_tick(seed: int) -> None:
    """Same alerts, fired and resolved on the same ticks, with the same values."""
    settings = Settings(queues=POLICIES, min_sample=(20, 5, 1)[seed % 3])
    stream = _stream(seed)
    lazy = _history(Engine(settings), stream)
    assert lazy == _history(EveryTick(settings), stream)
    assert len(lazy) > 3, "a stream without alerts would prove nothing"
