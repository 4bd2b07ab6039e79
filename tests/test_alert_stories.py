"""The story of an alert: what was said and advised when it fired, who took it, how its queue fared since."""

from __future__ import annotations

from floorwatch.alert_stories import LATER_MS, AlertStories
from floorwatch.alerts.texts import over
from floorwatch.engine import Engine
from floorwatch.floor.events import ContactAnswered, ContactOffered, SourceDown, SourceUp
from floorwatch.floor.internal import OperatorAcknowledged, OperatorSnoozed
from floorwatch.floor.rules import LONGEST_WAIT_HIGH, SERVICE_LEVEL_LOW, Condition, Level, Limit, Rule
from floorwatch.floor.settings import QueuePolicy, Settings
from floorwatch.floor.steps import at_once
from floorwatch.metrics.service_level import level, ratio
from floorwatch.picture_alerts import BACK_MS_MAX, AlertsShown

T0_MS = 1_772_500_500_000
SECOND_MS, MINUTE_MS = 1_000, 60_000


class Floor:
    """A queue on which one contact waits too long, and the stories of what comes of it."""

    def __init__(self, *rules: Rule) -> None:
        rules = rules or (LONGEST_WAIT_HIGH,)
        self.engine = Engine(Settings(queues={"sales": QueuePolicy(target=0.8)}, rules=rules, min_sample=1))
        self.shown = AlertsShown(self.engine)
        self.stories = AlertStories(self.engine, self.shown)
        self.read: dict[int, tuple[float | None, int]] = {}
        """Level and sample of the window, by tick."""
        self.engine.advance(T0_MS)
        self.engine.apply(SourceUp(time=T0_MS, source="s"))
        self.answer("first", T0_MS, 5 * SECOND_MS)
        self.engine.apply(ContactOffered(time=self.engine.now, source="s", contact="long", queue="sales"))
        for _ in range(180):
            if not self.engine.watch.history:
                self.go_on(SECOND_MS)
        (self.alert,) = self.engine.watch.history

    def answer(self, contact: str, at: int, wait_ms: int) -> None:
        """A contact that is answered after so long."""
        self.engine.apply(ContactOffered(time=at, source="s", contact=contact, queue="sales"))
        self.engine.advance(at + wait_ms)
        self.engine.apply(ContactAnswered(time=at + wait_ms, source="s", contact=contact, queue="sales", agent="A17"))

    def go_on(self, ms: int) -> None:
        """Time passes, and is looked at every second."""
        until = self.engine.now + ms
        while self.engine.now < until:
            self.engine.advance(min(until, self.engine.now + SECOND_MS))
            tick = self.engine.books.tick_s
            sales = self.engine.books.ledger("sales")
            hits, n = level(sales.rolling.window("15m", tick), sales.policy)
            self.read[tick * 1000] = ratio(hits, n), n
            self.shown.all()
            self.stories.look()


def test_a_level_that_fired_is_told_once() -> None:
    """Where the alert is about the level itself, "when it fired" is its own figure, not the trend's of the minute."""
    floor = Floor(SERVICE_LEVEL_LOW)
    alert = floor.alert
    story = floor.stories.of(alert.id)
    assert story is not None
    then = story.levels["fired"]
    assert (then.at, then.level, then.n) == (alert.fired_at, alert.value_at_fire, alert.n_at_fire)
    assert f"{int((then.level or 0) * 100)} % answered" in story.message["en"]
    for n in range(20):
        floor.answer(f"quick{n}", floor.engine.now, SECOND_MS)
    floor.go_on(5 * MINUTE_MS)
    assert alert.resolved_at is not None
    then = story.levels["resolved"]
    assert (then.at, then.level, then.n) == (alert.resolved_at, alert.value, alert.n)
    assert f", {int((then.level or 0) * 100)} % now" in over(alert, floor.engine.settings)["en"]


def test_two_moments_of_one_second_have_one_level() -> None:
    """Taken right after it fired, half a minute after the trend's; who looks later is told the nearest."""
    floor = Floor(SERVICE_LEVEL_LOW)
    alert = floor.alert
    taken = OperatorAcknowledged(time=floor.engine.now, source="desk", alert=alert.id, who="Kim", note="")
    floor.engine.apply(taken)
    late = AlertStories(floor.engine, floor.shown)
    for stories in (floor.stories, late):
        stories.look()
        levels = stories.of(alert.id).levels  # type: ignore[union-attr]
        assert levels["acknowledged"] == levels["fired"]
        assert levels["fired"].at == alert.fired_at
        floor.answer(f"quick{len(floor.read)}", floor.engine.now, SECOND_MS)
        floor.go_on(20 * SECOND_MS)
    assert floor.read[max(floor.read)] != floor.read[alert.fired_at or 0], "another level by then"


def test_a_story_is_told_from_the_firing_to_a_quarter_of_an_hour_after_the_end() -> None:
    """What broke and was advised then stays, each hand that took it too; levels are those of that very second."""
    floor = Floor()
    alert = floor.alert
    story = floor.stories.of(alert.id)
    assert story is not None
    assert story.message["en"].startswith("sales: a contact has waited 1:")
    assert story.advice["en"].startswith("1 contact waiting")
    assert (story.target, story.taken, story.reason, list(story.levels)) == (0.8, [], "", ["fired"])
    first, second = floor.engine.now, floor.engine.now + MINUTE_MS
    floor.engine.apply(OperatorAcknowledged(time=first, source="desk", alert=alert.id, who="Kim", note="on it"))
    floor.go_on(MINUTE_MS)
    floor.engine.apply(OperatorAcknowledged(time=second, source="desk", alert=alert.id, who="Lee", note=""))
    floor.engine.apply(
        OperatorSnoozed(time=second, source="desk", alert=alert.id, until=second + 900_000, who="Lee", why="")
    )
    floor.go_on(MINUTE_MS)
    now = floor.engine.now
    floor.engine.apply(ContactAnswered(time=now, source="s", contact="long", queue="sales", agent="A17"))
    floor.go_on(MINUTE_MS)
    assert [(one.at, one.who, one.note) for one in story.taken] == [(first, "Kim", "on it"), (second, "Lee", "")]
    assert [(one.at, one.until, one.who) for one in story.snoozed] == [(second, second + 900_000, "Lee")]
    assert story.reason == "cleared"
    assert alert.resolved_at is not None
    assert set(story.levels) == {"fired", "acknowledged", "resolved"}, "what is to come is not known"
    floor.answer("quick", floor.engine.now, SECOND_MS)
    floor.go_on(LATER_MS + MINUTE_MS)
    at = {
        "fired": alert.fired_at or 0,
        "acknowledged": first,
        "resolved": alert.resolved_at,
        "later": alert.resolved_at + LATER_MS,
    }
    for moment, instant in at.items():
        then = story.levels[moment]
        assert abs(then.at - instant) <= SECOND_MS, moment
        assert (then.level, then.n) == floor.read[then.at], moment
    assert story.levels["fired"].level == 0.5, "the long wait is a miss already"
    assert story.levels["later"].level == 1.0
    assert story.advice["en"].startswith("1 contact waiting"), "as it was then"


def test_what_was_not_seen_is_not_made_up() -> None:
    """After a restart an hour is known again; advice of before is not, nor the level of a lost feed; a day is kept."""
    floor = Floor()
    floor.go_on(10 * MINUTE_MS)
    again = AlertStories(floor.engine, floor.shown)
    again.look()
    story = again.of(floor.alert.id)
    assert story is not None
    assert story.advice == {}, "advised now is not what was advised then"
    assert story.levels["fired"].level == 0.5
    floor.engine.apply(SourceDown(time=floor.engine.now, source="s", reason="closed"))
    floor.go_on(MINUTE_MS)
    floor.engine.apply(
        OperatorAcknowledged(time=floor.engine.now, source="desk", alert=floor.alert.id, who="Kim", note="")
    )
    floor.stories.look()
    known = floor.stories.of(floor.alert.id)
    assert known is not None
    assert known.levels["acknowledged"].level is None
    floor.engine.apply(SourceUp(time=floor.engine.now, source="s"))
    floor.engine.advance(floor.engine.now + 4 * 3_600_000)
    late = AlertStories(floor.engine, floor.shown)
    late.look()
    assert late.of(floor.alert.id).levels == {}  # type: ignore[union-attr]
    now = floor.engine.now
    floor.engine.apply(ContactAnswered(time=now, source="s", contact="long", queue="sales", agent="A17"))
    floor.engine.advance(now + MINUTE_MS)
    assert floor.alert.resolved_at is not None
    floor.engine.advance(floor.alert.resolved_at + BACK_MS_MAX)
    floor.stories.look()
    assert floor.stories.of(floor.alert.id) is not None
    floor.engine.advance(floor.alert.resolved_at + BACK_MS_MAX + SECOND_MS)
    floor.stories.look()
    assert floor.stories.of(floor.alert.id) is None


def test_what_fires_while_stories_are_taken_down_has_its_own_in_the_next_look() -> None:
    """The engine goes on between two steps of a look: nothing is left out by that, and nothing is told twice."""
    line = Rule("line", "queue", (Condition("waiting", "at_least", (Level("critical", Limit(1)),)),), immediate=True)
    engine = Engine(Settings(queues={name: QueuePolicy() for name in ("east", "west")}, rules=(line,)))
    engine.advance(T0_MS)
    engine.apply(SourceUp(time=T0_MS, source="s"))
    stories = AlertStories(engine, AlertsShown(engine))
    engine.apply(ContactOffered(time=T0_MS, source="s", contact="c1", queue="east"))
    engine.advance(T0_MS + SECOND_MS)
    looking = stories.looking()
    next(looking)
    engine.apply(ContactOffered(time=T0_MS + SECOND_MS, source="s", contact="c2", queue="west"))
    engine.advance(T0_MS + 2 * SECOND_MS)
    at_once(looking)
    east, west = (alert.id for alert in engine.watch.history)
    assert (stories.of(east) is not None, stories.of(west)) == (True, None)
    stories.look()
    assert stories.of(west) is not None
