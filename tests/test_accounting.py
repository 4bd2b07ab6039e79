"""Whatever a feed says, however it contradicts itself, every contact is accounted for exactly once."""

from __future__ import annotations

import random
import tempfile
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from floorwatch.floor.settings import AgentProfile, QueuePolicy, Settings
from floorwatch.replay import replay
from tests.audit import Figures, differences, recount
from tests.reference import closes
from tests.scenario_day import Fact, delivered, written

START = 1_790_000_000_000
FLOOR = Settings(
    timezone="Europe/Berlin",
    queues={
        "sales": QueuePolicy(),
        "tech": QueuePolicy(
            threshold_ms=30_000, short_abandon_ms=10_000, exits_count=True, wrap_up_ms=7_000, formula="abandons_met"
        ),
    },
    agents={"A1": AgentProfile(queues=("sales", "tech"))},
)
WHOSE_TALK = ("talk_seconds", "hold_seconds", "transferred")
"""Not compared: the contract does not say whose talk ends when a feed lets one agent answer and another end."""

SOURCES = st.sampled_from(["pbx", "web"])
CONTACTS = st.sampled_from(["c1", "c2"])
QUEUES = st.sampled_from(["sales", "tech"])
AGENTS = st.sampled_from(["A1", "A2", "A3"])
SEEDS = st.integers(0, 99)
STEPS = st.sampled_from([0, 1, 500, 2_000, 5_000, 10_000, 20_000, 30_000])
WITH_AGENT = ["alerting", "declined", "answered", "transferred", "ended"]


def fact(kind: str, **attributes: Any) -> st.SearchStrategy[Fact]:
    drawn = {name: st.just(value) for name, value in attributes.items() if not isinstance(value, st.SearchStrategy)}
    return st.fixed_dictionaries({"type": st.just(kind), "source": SOURCES, **attributes, **drawn})


CONTACT_FACTS = [
    fact("contact.offered", contact=CONTACTS, queue=QUEUES),
    fact("contact.refused", contact=CONTACTS, queue=QUEUES, reason="full"),
    fact("contact.abandoned", contact=CONTACTS, queue=QUEUES),
    fact("contact.exited", contact=CONTACTS, queue=QUEUES, reason=st.sampled_from(["key", "timeout", "unknown"])),
    *(fact(f"contact.{kind}", contact=CONTACTS, queue=QUEUES, agent=AGENTS) for kind in WITH_AGENT),
    *(fact(f"contact.{kind}", contact=CONTACTS, agent=AGENTS) for kind in ("held", "resumed")),
]
AGENT_FACTS = [
    fact("agent.state", agent=AGENTS, state=st.sampled_from(["available", "paused", "wrap_up", "offline", "talking"])),
    fact("agent.state", agent=AGENTS, state=st.sampled_from(["available", "paused"]), queue=QUEUES, reason="break"),
    *(fact(kind, agent=AGENTS, queue=QUEUES) for kind in ("agent.joined", "agent.left")),
]
FEED_FACTS = [fact(kind) for kind in ("source.down", "source.up", "source.heartbeat")]
LISTED = st.fixed_dictionaries({"contact": CONTACTS, "queue": QUEUES})
REPORTS = fact(
    "floor.reported",
    complete=st.booleans(),
    waiting=st.lists(LISTED, max_size=2),
    talking=st.lists(st.fixed_dictionaries({"contact": CONTACTS, "queue": QUEUES, "agent": AGENTS}), max_size=2),
)


def timed(steps: list[tuple[int, Fact]]) -> list[Fact]:
    """The facts at their times. What concerns a whole feed has a millisecond of its own; a visit is offered once."""
    now, stream, offered = START, [], set()
    for n, (step, one) in enumerate(steps):
        visit = (one["source"], one.get("contact"), one.get("queue"))
        if one["type"] == "contact.offered" and visit in offered:
            continue
        offered.add(visit if one["type"] == "contact.offered" else None)
        alone = one["type"].startswith(("source", "floor"))
        now += step + alone
        stream.append({"id": f"e{n:03d}", "time": now, **one})
        now += alone
    return stream or [{"id": "e", "time": START, "type": "source.heartbeat", "source": "pbx"}]


def streams(*facts: st.SearchStrategy[Fact]) -> st.SearchStrategy[list[Fact]]:
    return st.lists(st.tuples(STEPS, st.one_of(*facts)), min_size=1, max_size=25).map(timed)


def replayed(facts: list[Fact]) -> Figures:
    with tempfile.TemporaryDirectory() as folder:
        return replay([written(facts, Path(folder) / "facts.jsonl")], FLOOR)


def figures(report: Figures) -> Figures:
    """The parts that no order of delivery may change."""
    for queue in report["queues"].values():
        for interval in queue["intervals"]:
            del interval["corrected"]  # how often a closed interval was corrected is a matter of delivery
    return {part: report[part] for part in ("queues", "agents")}


@settings(max_examples=200)
@given(streams(*CONTACT_FACTS, *AGENT_FACTS, *FEED_FACTS, REPORTS), SEEDS)
def test_the_accounting_closes(stream: list[Fact], seed: int) -> None:
    """offered = answered + abandoned + exited + waiting, in order, shuffled within the lateness, and far too late."""
    assert closes(replayed(stream))
    assert closes(replayed(delivered(stream, random.Random(seed), FLOOR.lateness_ms)))
    assert closes(replayed(delivered(stream, random.Random(seed), 4 * FLOOR.lateness_ms)))


@settings(max_examples=200)
@given(streams(*CONTACT_FACTS, *AGENT_FACTS, *FEED_FACTS))
def test_contradictions_leave_the_figures_of_the_recount(stream: list[Fact]) -> None:
    """Answered twice, ended unanswered, abandoned after the answer: queues and intervals say what the recount says."""
    ours = recount(stream, FLOOR)
    for queue in ours["queues"].values():
        for figure in WHOSE_TALK:
            del queue[figure]
    wrong = differences({"queues": ours["queues"], "agents": {}}, replayed(stream))
    assert not wrong, "\n".join(wrong[:20])


@settings(max_examples=200)
@given(streams(*CONTACT_FACTS, *AGENT_FACTS, *FEED_FACTS), SEEDS)
def test_the_order_of_delivery_changes_no_figure(stream: list[Fact], seed: int) -> None:
    """Within the lateness, queues, intervals and agents' time come out the same, contradictions and all."""
    messy = delivered(stream, random.Random(seed), FLOOR.lateness_ms)
    assert figures(replayed(messy)) == figures(replayed(stream))
