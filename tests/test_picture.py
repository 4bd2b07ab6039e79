"""The picture: what readers see of the engine, and above all what they must not see as a number."""

from __future__ import annotations

from floorwatch.engine import Engine
from floorwatch.floor import events as e
from floorwatch.floor.settings import AgentProfile, QueuePolicy, Settings
from floorwatch.picture import picture
from floorwatch.picture_agents import seconds_today
from floorwatch.view import FloorView, QueueView

T0_MS = 1_772_500_500_000


def _engine(*facts: e.Event, agents: dict[str, AgentProfile] | None = None) -> Engine:
    engine = Engine(Settings(queues={"sales": QueuePolicy(), "idle": QueuePolicy()}, agents=agents or {}))
    for fact in facts:
        assert isinstance(fact.time, int)
        engine.advance(fact.time)
        engine.apply(fact)
    return engine


def _seen(engine: Engine, after_s: float, *, individuals: bool = False) -> FloorView:
    engine.advance(T0_MS + int(after_s * 1000))
    return picture(engine, {}, individuals=individuals)


def _queue(view: FloorView, name: str = "sales") -> QueueView:
    return next(queue for queue in view.queues if queue.name == name)


def _offered(contact: str, after_s: float) -> e.Event:
    return e.ContactOffered(time=T0_MS + int(after_s * 1000), source="s", contact=contact, queue="sales")


def _answered(contact: str, after_s: float, agent: str) -> e.Event:
    at = T0_MS + int(after_s * 1000)
    return e.ContactAnswered(time=at, source="s", contact=contact, queue="sales", agent=agent)


def test_waiting_contacts_are_shown_as_they_wait() -> None:
    """How many, the longest, and how many past T, now; a configured queue nobody called is there too."""
    view = _seen(_engine(_offered("a", 0), _offered("b", 10), _offered("c", 11), _answered("b", 12, "A1")), 25)
    queue = _queue(view)
    assert (queue.waiting, queue.waiting_past_threshold) == (2, 1)
    assert (queue.longest_wait_ms, queue.oldest_since) == (25_000, T0_MS)
    assert queue.windows["5m"].level == 0.5
    assert queue.windows["5m"].level_n == 2
    assert (_queue(view, "idle").waiting, _queue(view, "idle").windows["5m"].level) == (0, None)


def test_a_lost_feed_makes_its_queues_unknown_and_nothing_else() -> None:
    """None, never 0: waiting, longest wait, present; the other queue stays what it is."""
    other = e.AgentJoined(time=T0_MS, source="other", agent="A1", queue="idle")
    up = _engine(other, _offered("a", 0), e.SourceDown(time=T0_MS + 5_000, source="s"))
    queue = _queue(_seen(up, 60))
    assert queue.verdict == "unknown"
    assert queue.unknown_since == T0_MS + 5_000
    assert (queue.waiting, queue.longest_wait_ms, queue.present) == (None, None, None)
    assert _queue(_seen(up, 61), "idle").unknown_since is None
    assert queue.windows["5m"].level_n == 0, "nothing is decided while the feed is lost"
    up.apply(e.SourceUp(time=T0_MS + 90_000, source="s"))
    back = _queue(_seen(up, 95))
    assert (back.unknown_since, back.waiting, back.waiting_past_threshold) == (None, 1, 1)
    assert back.windows["5m"].level_n == 1, "who still waits is decided at t_q + T, as if the feed had never been lost"


def test_a_queue_nobody_has_named_is_unknown_when_every_feed_is_lost() -> None:
    """With no feed at all, a configured queue is not an empty queue."""
    engine = _engine(e.SourceDown(time=T0_MS, source="s", reason="no such file"))
    assert _queue(_seen(engine, 1)).verdict == "unknown"
    engine.apply(e.SourceUp(time=T0_MS + 2_000, source="s"))
    assert _queue(_seen(engine, 3)).unknown_since is None


def test_members_are_counted_by_activity_and_named_apart_when_elsewhere() -> None:
    """Joined, configured, inferred, in this order of certainty; present means neither away nor paused there."""
    at = T0_MS
    joined = [e.AgentJoined(time=at, source="s", agent=name, queue="sales") for name in ("A1", "A2", "A3")]
    engine = _engine(
        *joined,
        e.AgentJoined(time=at, source="s", agent="A2", queue="other"),
        e.ContactOffered(time=at + 1, source="s", contact="x", queue="other"),
        e.ContactAnswered(time=at + 2, source="s", contact="x", queue="other", agent="A2"),
        e.AgentStateChanged(time=at + 3, source="s", agent="A3", state="paused", reason="lunch", queue="sales"),
    )
    queue = _queue(_seen(engine, 10))
    assert queue.membership == "joined"
    assert queue.members == {"available": 1, "talking": 1, "paused": 1}
    assert (queue.present, queue.elsewhere) == (2, 1)
    configured = _engine(_offered("a", 0), agents={"A9": AgentProfile(queues=("sales",))})
    assert _queue(_seen(configured, 1)).membership == "configured"
    inferred = _engine(_offered("a", 0), _answered("a", 1, "A7"))
    assert _queue(_seen(inferred, 2)).membership == "inferred"
    assert _queue(_seen(_engine(), 2)).membership == "none"


def test_individuals_are_in_the_picture_only_when_asked_for() -> None:
    """Agents are employees: the default picture has none of them."""
    engine = _engine(_offered("a", 0), _answered("a", 1, "A7"))
    assert _seen(engine, 5).agents == ()
    [agent] = _seen(engine, 6, individuals=True).agents
    assert (agent.name, agent.activity, agent.since) == ("A7", "talking", T0_MS + 1_000)


def _seconds(engine: Engine, agent: str) -> dict[str, float | None]:
    return seconds_today(engine, engine.books.agents[agent])


def test_what_is_just_going_on_counts_up_to_now() -> None:
    """Occupancy and an agent's seconds do not wait for the end of the talk: the longest talks would count least."""
    joined = [e.AgentJoined(time=T0_MS, source="s", agent=name, queue="sales") for name in ("A1", "A2")]
    engine = _engine(*joined, _offered("a", 4), _answered("a", 5, "A1"))
    view = _seen(engine, 305, individuals=True)
    assert _queue(view).interval.occupancy == 300 / (305 + 305)
    assert {agent.name: _seconds(engine, agent.name) for agent in view.agents} == {
        "A1": {"available": 5.0, "talking": 300.0},
        "A2": {"available": 305.0},
    }


def test_who_is_paused_everywhere_is_not_present_even_under_a_last_contact() -> None:
    """A pause without a queue named holds in each of them."""
    engine = _engine(
        e.AgentJoined(time=T0_MS, source="s", agent="A1", queue="sales"),
        _offered("a", 0),
        _answered("a", 1, "A1"),
        e.AgentStateChanged(time=T0_MS + 2_000, source="s", agent="A1", state="paused", reason="lunch"),
    )
    queue = _queue(_seen(engine, 5))
    assert (queue.members, queue.present) == ({"talking": 1}, 0)


def test_a_pause_found_by_a_report_began_when_the_switch_says() -> None:
    """After a gap, or at the first connect: the board shows since when, and the time is counted."""
    member = e.Member(agent="A17", queue="sales", paused=True, reason="lunch", since=T0_MS - 600_000)
    engine = _engine(e.FloorReported(time=T0_MS, source="s", complete=True, members=(member,)))
    (agent,) = _seen(engine, 5, individuals=True).agents
    assert (agent.activity, agent.reason, agent.since) == ("paused", "lunch", T0_MS - 600_000)
    assert _seconds(engine, agent.name)["paused"] == 605


def test_something_ancient_takes_nothing_from_today() -> None:
    """A contact, and an agent's state, of months ago: today's figures of their queue and agent stay what they were."""
    old_s = -200 * 86_400
    state = e.AgentStateChanged(time=T0_MS - 600_000, source="s", agent="A17", state="available")
    engine = _engine(state, _offered("c1", 0), _answered("c1", 4, "A17"))
    before = _seen(engine, 60, individuals=True)
    seconds = _seconds(engine, before.agents[0].name)
    assert (_queue(before).windows["day"].offered, seconds["available"]) == (1, 604)
    for fact in (_offered("c0", old_s), _answered("c0", old_s + 5, "A18"), _answered("c0", old_s + 9, "A17")):
        engine.apply(fact)
    engine.apply(
        e.ContactEnded(time=T0_MS + old_s * 1000 + 20_000, source="s", contact="c0", queue="sales", agent="A17")
    )
    after = _seen(engine, 60, individuals=True)
    assert _queue(after).windows["day"].offered == 1
    assert _queue(after).windows["day"].answered == 1
    assert _seconds(engine, after.agents[0].name) == seconds


def test_the_day_is_not_a_rolling_window() -> None:
    """The business day holds what its intervals hold, also what every rolling window has long left."""
    engine = _engine(_offered("a", 0), _answered("a", 1, "A7"))
    queue = _queue(_seen(engine, 4_000))
    assert queue.windows["60m"].answered == 0
    assert queue.windows["day"].answered == 1
