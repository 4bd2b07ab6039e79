"""Where people take alerts in hand, put them off and silence them: through the engine, by way of the inbox."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest

from floorwatch import desk as desks
from floorwatch.alert_desk import AlertDesk
from floorwatch.clock import ScaledClock
from floorwatch.driver import Driver
from floorwatch.engine import Engine
from floorwatch.floor.events import ContactAbandoned, ContactOffered, SourceDown, SourceUp
from floorwatch.floor.rules import DEFAULT_RULES
from floorwatch.floor.settings import QueuePolicy, Settings
from floorwatch.ingest.inbox import Inbox

START_MS = 1_772_614_800_000
WAITED_MS = 200_000
MINUTE_MS = 60_000
DAY_MS = 86_400_000
SETTINGS = Settings(queues={"sales": QueuePolicy(), "sales [DE]": QueuePolicy(), "vip": QueuePolicy()})


class Floor:
    """A floor on which contacts have waited too long in `queues`, its driver running, and a desk."""

    def __init__(self, *queues: str, waited_ms: int = WAITED_MS) -> None:
        self.clock = ScaledClock(START_MS + waited_ms, 0.001)
        self.inbox = Inbox(self.clock)
        self.engine = Engine(SETTINGS)
        self.desk = AlertDesk(self.engine, self.inbox, self.clock)
        self.driver = Driver(self.engine, self.inbox, self.clock, {}, lambda _view: None)
        self.driver.recall([SourceUp(time=START_MS - 1000, source="pbx")])
        self.driver.recall(ContactOffered(time=START_MS, source="pbx", contact=queue, queue=queue) for queue in queues)
        self.engine.advance(START_MS + waited_ms)

    def id_of(self, queue: str, rule: str = "longest_wait_high") -> str:
        """The alert of a queue that fires."""
        return next(one.id for one in self.desk.alerts(0) if one.rule == rule and one.labels.get("queue") == queue)


@asynccontextmanager
async def running(floor: Floor) -> AsyncIterator[AlertDesk]:
    driving = asyncio.create_task(floor.driver.run(live=True))
    try:
        yield floor.desk
    finally:
        driving.cancel()
        await asyncio.gather(driving, return_exceptions=True)


async def test_an_alert_is_taken_in_hand_taken_over_and_put_off() -> None:
    """Who, when and the note stand on the alert; another takes it over; a snooze mutes it until it is ended."""
    floor = Floor("sales")
    async with running(floor) as desk:
        alert_id = floor.id_of("sales")
        taken = await desk.acknowledge(alert_id, "calling", "Kim")
        assert taken is not None
        assert (taken.state, taken.acknowledged_by, taken.note) == ("acknowledged", "Kim", "calling")
        assert taken.acknowledged_at is not None
        assert taken.acknowledged_at >= START_MS + WAITED_MS
        over = await desk.acknowledge(alert_id, "", "Lee")
        assert over is not None
        assert (over.acknowledged_by, over.note) == ("Lee", "")
        until = desk.now_ms() + 15 * MINUTE_MS
        off = await desk.snooze(alert_id, until, "lunch", "Lee")
        assert off is not None
        assert off.muted is not None
        assert (off.muted.by, off.muted.what, off.muted.until, off.snoozed_until) == ("snooze", "Lee", until, until)
        assert off.state == "acknowledged", "a mute never touches the life of an alert"
        on = await desk.snooze(alert_id, 0, "", "Lee")
        assert on is not None
        assert on.muted is None
        assert [one.id for one in desk.alerts(0)] == [alert_id]


async def test_what_is_not_there_not_firing_or_over_is_not_changed() -> None:
    """None for an id that nobody has; an alert that is pending or over is answered as it is, and nothing is said."""
    floor = Floor("sales", waited_ms=70_000)
    (pending,) = [one for one in floor.engine.watch.pending_and_firing() if one.rule.name == "longest_wait_high"]
    async with running(floor) as desk:
        assert await desk.acknowledge("longest_wait_high/none/1", "", "Kim") is None
        assert await desk.snooze("longest_wait_high/none/1", 0, "", "Kim") is None
        for state in ("pending", "resolved"):
            for act in (desk.acknowledge(pending.id, "", "Kim"), desk.snooze(pending.id, desk.now_ms() + 1, "", "Kim")):
                answer = await act
                assert answer is not None
                assert (answer.state, answer.acknowledged_by, answer.snoozed_by) == (state, "", "")
            floor.engine.advance(desk.now_ms() + MINUTE_MS)
            floor.engine.apply(ContactAbandoned(time=floor.engine.now, source="pbx", contact="sales", queue="sales"))
            floor.engine.advance(floor.engine.now + MINUTE_MS)


async def test_a_silence_mutes_what_it_names_until_it_ends() -> None:
    """Its id, author and why are listed; ended before its time, what still fires is told again."""
    floor = Floor("sales", "vip")
    async with running(floor) as desk:
        now = desk.now_ms()
        given = await desk.silence(["longest_*"], ["sales*"], now, now + MINUTE_MS, " drill ", "Kim")
        assert desk.silences() == [given]
        assert (given["who"], given["why"], given["rules"], given["subjects"]) == (
            "Kim",
            "drill",
            ("longest_*",),
            ("sales*",),
        )
        muted = {one.labels["queue"]: one.muted for one in desk.alerts(0) if one.rule == "longest_wait_high"}
        assert muted["vip"] is None
        assert muted["sales"] is not None
        assert (muted["sales"].by, muted["sales"].what) == ("silence", given["id"])
        assert await desk.end_silence("none", "", "Kim") is None
        ended = await desk.end_silence(given["id"], "over", "Lee")
        assert ended == given
        assert desk.silences() == []
        assert all(one.muted is None for one in desk.alerts(0) if one.rule == "longest_wait_high")


SPAN = (0, MINUTE_MS)
WISHES: list[tuple[dict[str, Any], str]] = [
    ({"rules": [], "subjects": []}, r'rules, subjects: name at least one; rules: \["\*"\] means everything'),
    ({"rules": ["longest_wait"]}, "rules: nothing is named 'longest_wait'; did you mean 'longest_wait_high'"),
    ({"subjects": ["slaes"]}, "subjects: nothing is named 'slaes'; did you mean 'sales'"),
    ({"subjects": ["sales [DE]"]}, r"subjects: nothing is named .*; did you mean 'sales \[\[\]DE\]'"),
    ({"subjects": ["qqq*"]}, "subjects: nothing is named 'qqq\\*'; known are pbx, sales, sales \\[DE\\], vip"),
    ({"since": 5, "until": 5}, "until: has passed, or is not after since"),
    ({"since": -9, "until": -5}, "until: has passed, or is not after since"),
    ({"until": 7 * DAY_MS + 5}, "until: is more than 7 days after since"),
    ({"since": 30 * DAY_MS, "until": 32 * DAY_MS}, "until: is more than 31 days ahead"),
    ({"why": " "}, "why: say why"),
]


@pytest.mark.parametrize(("wish", "why"), WISHES)
async def test_a_silence_that_would_do_nothing_or_too_much_is_refused(wish: dict[str, Any], why: str) -> None:
    """A name that fits nothing, no name, an end that has passed or is far away: each with the fix."""
    floor = Floor("sales")
    asked: dict[str, Any] = {"rules": ["*"], "subjects": [], "since": 0, "until": MINUTE_MS, "why": "drill", **wish}
    now = floor.desk.now_ms()
    asked |= {key: asked[key] + now for key in ("since", "until")}
    with pytest.raises(desks.RefusedWishError, match=why):
        await floor.desk.silence(**asked, who="Kim")
    assert len(floor.inbox) == 0


async def test_a_snooze_is_for_a_day_at_most() -> None:
    """Longer is a silence, which says what it is about and why."""
    floor = Floor("sales")
    with pytest.raises(desks.RefusedWishError, match="until: is more than 24 h ahead: silence it instead"):
        await floor.desk.snooze(floor.id_of("sales"), floor.desk.now_ms() + DAY_MS + MINUTE_MS, "", "Kim")


async def test_what_the_disk_does_not_confirm_is_not_said_to_be_done(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody takes from the inbox, so nothing is kept: the desk says so after a while."""
    monkeypatch.setattr(desks, "DURABLE_WITHIN_S", 0.05)
    floor = Floor("sales")
    acts: list[Callable[[], Any]] = [
        lambda: floor.desk.acknowledge(floor.id_of("sales"), "", "Kim"),
        lambda: floor.desk.snooze(floor.id_of("sales"), 0, "", "Kim"),
        lambda: floor.desk.silence(["*"], [], 0, floor.desk.now_ms() + MINUTE_MS, "drill", "Kim"),
    ]
    for act in acts:
        with pytest.raises(TimeoutError):
            await act()
    assert len(floor.inbox) == 3


async def test_a_lost_feed_mutes_what_is_said_of_its_queues() -> None:
    """The picture says by which alert: nobody is told twice of one outage."""
    floor = Floor("sales")
    async with running(floor) as desk:
        floor.driver.recall([SourceDown(time=desk.now_ms(), source="pbx")])
        floor.engine.advance(desk.now_ms() + 40_000)
        alerts = {one.rule: one for one in desk.alerts(0)}
        muted = alerts["longest_wait_high"].muted
        assert muted is not None
        assert (muted.by, muted.what, muted.until) == ("rule", alerts["feed_down"].id, None)
        assert alerts["feed_down"].muted is None


async def test_every_alert_says_what_to_do_in_both_languages() -> None:
    """Of a queue whose contact waits too long, and of a lost feed, to everybody and to leads."""
    floor = Floor("sales")
    floor.driver.recall([SourceDown(time=floor.desk.now_ms(), source="pbx")])
    floor.engine.advance(floor.desk.now_ms() + 40_000)
    assert {rule.name for rule in DEFAULT_RULES} >= {one.rule for one in floor.desk.alerts(0)}
    for alert in floor.desk.alerts(0):
        for text in (alert.message, alert.advice, alert.lead_advice):
            assert text["en"]
            assert text["zh"]
