"""An agent's timeline comes out the same in whatever order its facts arrive, filed one by one or many at a time."""

from __future__ import annotations

from random import Random

from hypothesis import given
from hypothesis import strategies as st

from floorwatch.floor import events as e
from floorwatch.floor.activity import TALKING
from floorwatch.floor.agent import Agent
from floorwatch.floor.contact import Vanished
from floorwatch.floor.order import Released
from floorwatch.metrics.agent_time import AgentTime
from floorwatch.metrics.calendar import Calendar

START_MS = 1_772_500_000_000
INTERVAL_MS = 900_000
WRAP_UP_MS = {"sales": 0, "support": 20_000}

queues = st.sampled_from(tuple(WRAP_UP_MS))
contacts = st.sampled_from(("c1", "c2"))
sources = st.sampled_from(("pbx", "pbx", "pbx", "web"))
states = st.sampled_from(("available", "wrap_up", "paused", "unreachable", "alerting", "talking", "busy", "offline"))
Draw = st.SearchStrategy[dict[str, object]]


def _attributes(**more: st.SearchStrategy[object]) -> Draw:
    return st.fixed_dictionaries({"source": sources, **more})


KINDS: dict[type[e.Event], Draw] = {
    e.AgentStateChanged: _attributes(
        state=states, reason=st.sampled_from((None, "lunch")), queue=st.sampled_from((None, None, "sales", "support"))
    ),
    e.AgentJoined: _attributes(queue=queues),
    e.AgentLeft: _attributes(queue=queues),
    e.ContactAlerting: _attributes(contact=contacts, queue=queues),
    e.ContactDeclined: _attributes(contact=contacts, queue=queues),
    e.ContactAnswered: _attributes(contact=contacts, queue=queues),
    e.ContactHeld: _attributes(contact=contacts),
    e.ContactResumed: _attributes(contact=contacts),
    e.ContactEnded: _attributes(contact=contacts, queue=queues),
    e.ContactTransferred: _attributes(contact=contacts, queue=queues),
    Vanished: _attributes(contact=contacts, queue=queues),
    Released: _attributes(contact=contacts),
    e.SourceDown: _attributes(),
    e.SourceUp: _attributes(),
}
WITHOUT_AGENT = (e.SourceDown, e.SourceUp)
drawn = st.one_of(*(st.tuples(st.just(kind), attributes) for kind, attributes in KINDS.items()))
gaps = st.sampled_from((0, 0, 1, 999, 15_000, 20_000, 400_000))


@st.composite
def timelines(draw: st.DrawFn) -> list[e.Event]:
    """Facts about one agent in the order in which they happened: ties, wrap-ups that run out, interval edges."""
    facts, at = [], START_MS
    for n, (kind, attributes) in enumerate(draw(st.lists(drawn, min_size=1, max_size=40))):
        at += draw(gaps)
        named = {} if kind in WITHOUT_AGENT else {"agent": "A1"}
        facts.append(kind(time=at, id=f"f{n:02d}", **named, **attributes))
    return facts


class Books(AgentTime):
    """The agent's accounts, with what it handled by (queue, instant, wrap-up, handling)."""

    late_ms = 10 * INTERVAL_MS * 40
    now_ms = 0  # no interval is ever closed: nothing is too late to find its place

    def __init__(self) -> None:
        super().__init__(Calendar("UTC", 0, INTERVAL_MS), ())
        self.handlings: dict[tuple[str, int, int, int], int] = {}

    def restated(self, since: int) -> None:
        """Nobody writes down what is closed here."""

    def handled(self, queue: str, at: int, wrap_up_ms: int, handling_ms: int, sign: int, *, is_late: bool) -> None:
        """Count, or take back."""
        key = (queue, at, wrap_up_ms, handling_ms)
        self.handlings[key] = self.handlings.get(key, 0) + sign

    def wrap_up_ms(self, queue: str) -> int:
        """As configured above."""
        return WRAP_UP_MS[queue]


def _accounts(facts: list[e.Event], look_after: set[int], end: int) -> dict[str, object]:
    """Everything counted for an agent to whom these facts came in this order, looked at after some of them."""
    books = Books()
    agent = Agent("A1", books)
    for n, fact in enumerate(facts):
        agent.file(fact)
        if n in look_after:
            agent.settle(max(int(known.time) for known in facts[: n + 1]) + 1_000)  # type: ignore[arg-type]
    agent.close(end)
    return {
        "rows": {(start, joined): ms for start, joined, ms in books.by_interval() if any(ms)},
        "paused": {reason: ms for reason, ms in books.paused.items() if ms},
        "paused_any": {reason: ms for reason, ms in books.paused_any.items() if ms},
        "paused_in": {key: ms for key, ms in books.paused_in.items() if ms},
        "handled": {handling: n for handling, n in books.handlings.items() if n},
        "doing": agent.now_doing(end),
        "state": (agent.state.slot, agent.state.pauses, agent.state.contacts, agent.state.joined),
    }


@given(timelines(), st.randoms(use_true_random=False), st.sets(st.integers(0, 39)), st.integers(0, 1_000_000))
def test_any_order_of_arrival_gives_the_same_accounts(
    facts: list[e.Event], dice: Random, look_after: set[int], beyond_ms: int
) -> None:
    """Rows, pauses, handled contacts and the present activity: shuffled and looked at meanwhile, or all in order."""
    end = int(facts[-1].time) + beyond_ms  # type: ignore[arg-type]
    shuffled = list(facts)
    dice.shuffle(shuffled)
    assert _accounts(shuffled, look_after, end) == _accounts(facts, set(), end)


@given(timelines(), st.integers(0, 39), st.randoms(use_true_random=False))
def test_a_fact_taken_back_leaves_no_trace(facts: list[e.Event], place: int, dice: Random) -> None:
    """Filing a derived fact anywhere and taking it back is as if it had never been."""
    end = int(facts[-1].time) + 60_000  # type: ignore[arg-type]
    at = int(facts[place % len(facts)].time)  # type: ignore[arg-type]
    derived = Released(time=at, id="derived", source="pbx", agent="A1", contact="c1")
    books = Books()
    agent = Agent("A1", books)
    arriving = [*facts, derived]
    dice.shuffle(arriving)
    for fact in arriving:
        agent.file(fact)
    agent.unfile(derived)
    agent.close(end)
    expected = _accounts(facts, set(), end)
    assert {(start, joined): ms for start, joined, ms in books.by_interval() if any(ms)} == expected["rows"]
    assert {handling: n for handling, n in books.handlings.items() if n} == expected["handled"]
    assert agent.now_doing(end) == expected["doing"]


@given(timelines(), st.integers(0, 1_000_000))
def test_every_millisecond_is_accounted_once(facts: list[e.Event], beyond_ms: int) -> None:
    """From the first fact that names the agent to the end, in one activity at a time."""
    end = int(facts[-1].time) + beyond_ms  # type: ignore[arg-type]
    named = [int(fact.time) for fact in facts if type(fact) not in WITHOUT_AGENT]  # type: ignore[arg-type]
    rows = _accounts(facts, set(), end)["rows"]
    assert isinstance(rows, dict)
    assert sum(sum(ms) for ms in rows.values()) == (end - named[0] if named else 0)


def test_a_fact_too_late_for_its_place_can_still_be_taken_back() -> None:
    """It stands at the earliest instant there is, not where it happened; taken back, it leaves no trace either."""
    books = Books()
    books.late_ms = 60_000
    agent = Agent("A1", books)
    for minute in range(30):
        agent.file(e.AgentStateChanged(time=START_MS + minute * 60_000, source="pbx", agent="A1", state="available"))
    agent.settle(START_MS + 29 * 60_000)
    books.calendar.closed_before = books.calendar.late_before = START_MS + 29 * 60_000
    before = [row for row in books.by_interval() if any(row[2])]
    answered = e.ContactAnswered(time=START_MS, source="pbx", seq=7, agent="A1", contact="c1", queue="sales")
    agent.file(answered)
    assert sum(ms[TALKING] for _, _, ms in books.by_interval()) == books.late_ms
    agent.unfile(answered)
    assert [row for row in books.by_interval() if any(row[2])] == before
    assert not agent.state.contacts
