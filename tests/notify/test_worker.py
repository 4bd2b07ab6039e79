"""Outputs and receivers that fail, hang, refuse, reset, dribble and lie: what is told arrives, and nobody waits."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

import msgspec
import pytest

from floorwatch import output_desk
from floorwatch.floor.internal import Journalled
from floorwatch.notify import worker
from floorwatch.notify.bucket import Bucket, Limits
from floorwatch.notify.outbox import Outbox
from floorwatch.notify.output import Message, NotTakenError, RefusedError, Standing
from floorwatch.notify.tower import Tower
from floorwatch.notify.trial import trial_message
from floorwatch.notify.worker import Trouble, Worker
from floorwatch.store import journal
from floorwatch.store.journal import read
from tests.live.receiver import (
    DRIBBLING,
    FAILING,
    GOOD,
    HANGING,
    LYING,
    RESETTING,
    Behaviour,
    Receiver,
    busy,
    receiver,
)
from tests.notify.told_floor import ToldFloor, told_floor
from tests.receivers.robots import DingTalkReceiver, RobotReceiver, answering

HANGS_S = 5.0
"""So long an output waits for an answer, unless it is told otherwise."""


def hook(name: str, to: Receiver, more: str = "") -> str:
    return f"  {name}: {{type: webhook, url: '{to.address}/hook', group_wait: 0s, group_interval: 0s{more}}}\n"


def keys(to: Receiver) -> list[str]:
    return [got.headers["Idempotency-Key"] for got in to.got]


async def told(floor: ToldFloor, output: str = "hook", within_s: float = 15.0) -> None:
    """Until the output has taken something, and the floor knows."""
    await floor.until(
        lambda: floor.row(output).told and floor.engine.telling.owed(output, floor.engine.now) is None, within_s
    )


async def test_a_message_leaves_at_once_and_once(tmp_path: Path) -> None:
    """One breach, one message, without waiting for a tick; when it is over, a second one that says so."""
    with receiver() as to:
        async with told_floor(tmp_path, hook("hook", to)) as floor:
            await floor.until(lambda: floor.engine.books.sources)
            await asyncio.sleep(1.01 - time.time() % 1)  # the next tick is as far away as can be
            began_s = time.monotonic()
            contact = await floor.breach()
            await told(floor)
            assert to.got[0].at_s - began_s < 0.9
            await floor.mend(contact)
            await floor.until(lambda: len(to.got) == 2)
    states = [said["state"] for got in to.got for said in got.json()["alerts"]]
    assert states == ["firing", "resolved"]
    assert len(set(keys(to))) == 2
    first = to.got[0].json()
    assert (first["site"], first["key"]) == ("berlin", keys(to)[0])
    assert first["alerts"][0]["message"].keys() == {"en", "zh"}


@pytest.mark.parametrize(
    ("trouble", "words"),
    [
        (FAILING, "answers 503: not now"),
        (RESETTING, ""),
        (Behaviour(code=302, headers={"Location": "/elsewhere"}), "redirects are not followed"),
        (HANGING, "no answer within 2 s"),
    ],
    ids=["fails", "resets", "redirects", "hangs"],
)
async def test_what_was_not_taken_is_sent_again_with_the_same_key(
    tmp_path: Path, trouble: Behaviour, words: str
) -> None:
    """The outbox says why; the floor counts the output as failing until it is back; nothing else is asked for."""
    with receiver(choose=lambda n: trouble if n == 1 else GOOD) as to:
        async with told_floor(tmp_path, hook("hook", to, ", timeout: 2s")) as floor:
            await floor.breach()
            await floor.until(lambda: floor.engine.telling.failing_since("hook"))
            row = floor.row("hook")
            assert (row.attempts, row.told) == (1, 0)
            assert words in row.why
            assert row.retry_at is not None
            await told(floor)
            await floor.until(lambda: floor.engine.telling.failing_since("hook") is None)
            assert (row.attempts, row.failures, row.told) == (0, 1, 1)
    assert len(keys(to)) == 2
    assert len(set(keys(to))) == 1
    assert {got.path for got in to.got} == {"/hook"}


async def test_an_output_that_asks_for_time_is_given_it(tmp_path: Path) -> None:
    """429 with Retry-After: the next try comes when it said, not before."""
    with receiver(choose=lambda n: busy("1") if n == 1 else GOOD) as to:
        async with told_floor(tmp_path, hook("hook", to)) as floor:
            await floor.breach()
            await told(floor)
    assert to.got[1].at_s - to.got[0].at_s >= 1.0


@pytest.mark.parametrize("answer", [LYING, DRIBBLING], ids=["lies", "dribbles"])
async def test_the_status_says_whether_it_was_taken(tmp_path: Path, answer: Behaviour) -> None:
    """Whatever stands in the body, and however slowly it comes."""
    with receiver(answer) as to:
        async with told_floor(tmp_path, hook("hook", to)) as floor:
            await floor.breach()
            await told(floor)
            assert floor.row("hook").failures == 0
    assert len(to.got) == 1


async def test_a_connection_that_was_closed_meanwhile_is_no_failure(tmp_path: Path) -> None:
    """Kept open, closed at the other end, used again: sent once more at once, and nobody hears of it."""
    with receiver(choose=lambda n: RESETTING if n == 2 else GOOD) as to:
        async with told_floor(tmp_path, hook("hook", to)) as floor:
            contact = await floor.breach()
            await told(floor)
            await floor.mend(contact)
            await floor.until(lambda: floor.row("hook").told == 2)
            assert floor.row("hook").failures == 0
    assert len(to.got) == 3
    assert keys(to)[1] == keys(to)[2]


async def test_a_receiver_that_hangs_holds_up_no_other(tmp_path: Path) -> None:
    """Nor the end of the daemon, which does not wait for it."""
    with receiver(HANGING) as hanging, receiver() as good:
        async with told_floor(tmp_path, hook("bad", hanging) + hook("hook", good)) as floor:
            await floor.until(lambda: floor.engine.books.sources)
            began_s = time.monotonic()
            await floor.breach()
            await told(floor)
            assert good.got[0].at_s - began_s < HANGS_S / 2
            assert floor.row("bad").in_flight_since is not None
            began_s = time.monotonic()
        assert time.monotonic() - began_s < HANGS_S / 2


async def test_nothing_is_said_that_a_crash_could_unsay(tmp_path: Path) -> None:
    """When a message arrives, what it is made of is on disk, and so is then that it was told."""
    with receiver() as to:
        async with told_floor(tmp_path, hook("hook", to), journalled=True) as floor:
            await floor.breach()
            await told(floor)
    events = [entry.event for entry in read(tmp_path / "journal")]
    kinds = [event.split(b'"', 4)[3].decode() for event in events]
    assert kinds[-2:] == ["contact.offered", "delivery.sent"]
    assert keys(to)[0].encode() in events[-1]


async def test_what_changes_while_an_output_is_away_is_told_as_it_is_then(tmp_path: Path) -> None:
    """It pulls: one message when it is back, not one for each change it missed."""
    behaviour = [FAILING]
    with receiver(choose=lambda _n: behaviour[0]) as to:
        async with told_floor(tmp_path, hook("hook", to)) as floor:
            contact = await floor.breach()
            await floor.until(lambda: floor.row("hook").failures)
            await floor.mend(contact)
            await floor.breach("support")
            await floor.until(lambda: floor.subjects() & {"sales", "support"} == {"support"})
            behaviour[0] = GOOD
            await told(floor)
    said = [[(one["subject"], one["state"]) for one in got.json()["alerts"]] for got in to.taken]
    assert sorted(said[0]) == [("sales", "resolved"), ("support", "firing")]


async def test_a_tower_is_lit_again_and_again_and_goes_dark_in_the_end(tmp_path: Path) -> None:
    """A lamp is state: shown at once when it changes, and each `resend` if it does not; dark: nobody watches."""
    with receiver() as to:
        tower = f"  lamp: {{type: tower, url: '{to.address}/api/control', resend: 1s}}\n"
        async with told_floor(tmp_path, tower) as floor:
            await floor.until(lambda: floor.row("lamp").told)
            await floor.breach()
            await floor.until(lambda: to.got[-1].path.endswith("200000"))
            await floor.until(lambda: [got.path[-6:] for got in to.got].count("200000") == 2)
    codes = [got.path.partition("alert=")[2] for got in to.got]
    assert codes[0] == "001000"
    assert codes[-1] == "000000"
    again = [got.at_s for got in to.got if got.path.endswith("200000")]
    assert 0.9 < again[1] - again[0] < 2.0


async def test_a_lamp_is_tried_as_often_as_it_would_be_lit_again(tmp_path: Path) -> None:
    """However long it was away, what people look at is right again soon after it is back."""
    with receiver(FAILING) as to:
        async with told_floor(tmp_path, f"  tower: {{type: tower, url: '{to.address}/', resend: 1s}}\n") as floor:
            await floor.until(lambda: floor.row("tower").attempts >= 4)
            row = floor.row("tower")
            assert row.retry_at is not None
            assert row.failed_at is not None
            assert row.retry_at - row.failed_at <= 1000


async def test_a_tower_that_shows_something_else_fails(tmp_path: Path) -> None:
    """Read back after each setting; when it obeys again, it recovers."""
    shown = {"lie": True}

    def answer(n: int) -> Behaviour:
        said = b"000000" if shown["lie"] else b"001000"
        return Behaviour(body=said)

    with receiver(choose=answer) as to:
        tower = f"  lamp: {{type: tower, url: '{to.address}/api/control', read_back: '{to.address}/api/status'}}\n"
        async with told_floor(tmp_path, tower) as floor:
            await floor.until(lambda: floor.engine.telling.failing_since("lamp"))
            assert "was set to 001000 and says '000000'" in floor.row("lamp").why
            shown["lie"] = False
            await floor.until(lambda: floor.engine.telling.failing_since("lamp") is None)


async def test_each_peer_of_an_alertmanager_is_told_by_itself(tmp_path: Path) -> None:
    """One is away: the other has the alert all the same, and the output fails until both are well."""
    behaviour = [FAILING]
    with receiver() as one, receiver(choose=lambda _n: behaviour[0]) as other:
        urls = f"['{one.address}', '{other.address}']"
        async with told_floor(tmp_path, f"  am: {{type: alertmanager, urls: {urls}, resend: 1s}}\n") as floor:
            await floor.breach()
            await floor.until(lambda: one.got and one.got[-1].json())
            assert one.got[-1].path == "/api/v2/alerts"
            alert = one.got[-1].json()[0]
            assert alert["labels"] == {"alertname": "line", "queue": "sales", "severity": "critical", "site": "berlin"}
            assert alert["endsAt"] > alert["startsAt"]
            await floor.until(lambda: floor.engine.telling.failing_since("am"))
            assert floor.row("am", 1).failures > 0
            behaviour[0] = GOOD
            await floor.until(lambda: floor.engine.telling.failing_since("am") is None)
            assert other.got[-1].json()[0]["labels"] == alert["labels"]


async def test_while_the_disk_refuses_people_are_told_all_the_same(tmp_path: Path) -> None:
    """Late, but told: what is wrong on the floor does not wait for a disk that somebody must repair first."""
    with receiver() as to:
        async with told_floor(tmp_path, hook("hook", to), journalled=True) as floor:
            await floor.until(lambda: floor.engine.books.sources)
            (tmp_path / "journal").rename(tmp_path / "gone")
            (tmp_path / "journal").touch()
            await floor.breach()
            await floor.until(lambda: to.got)
            (tmp_path / "journal").unlink()
            (tmp_path / "gone").rename(tmp_path / "journal")
            await told(floor)


async def test_what_is_told_of_the_longest_names_can_be_read_again(tmp_path: Path) -> None:
    """Names and reasons keep within what an event may hold: who cannot read the journal cannot start."""
    behaviour = [Behaviour(code=503, body=b"no " * 1_000)]
    with receiver(choose=lambda _n: behaviour[0]) as to:
        grouped = hook("hook", to, ", group_by: [queue, rule, severity]")
        async with told_floor(tmp_path, grouped, journalled=True) as floor:
            await floor.breach("q" * 1_024)
            await floor.until(lambda: floor.engine.telling.failing_since("hook"))
            behaviour[0] = GOOD
            await told(floor)
    decode = msgspec.json.Decoder(Journalled).decode
    kinds = [type(decode(entry.event)).__name__ for entry in read(tmp_path / "journal")]
    assert kinds[-3:] == ["DeliveryFailed", "DeliveryRecovered", "DeliverySent"]


async def test_a_bug_in_one_output_is_a_failure_of_that_output(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is tried again and counts as failing; the floor is watched, and the other output is told."""

    async def broken(self: Tower, standing: Standing) -> None:
        raise KeyError("a bug")

    monkeypatch.setattr(Tower, "show", broken)
    with receiver() as to:
        outputs = hook("hook", to) + f"  lamp: {{type: tower, url: '{to.address}/api/control'}}\n"
        async with told_floor(tmp_path, outputs) as floor:
            await floor.breach()
            await told(floor)
            await floor.until(lambda: floor.row("lamp").attempts > 1)
            assert floor.engine.telling.failing_since("lamp")
            assert floor.row("lamp").why == "a bug of floorwatch, which its log tells: KeyError"


async def test_while_the_floor_cannot_hear_that_it_was_taken_it_is_not_sent_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A disk that is far behind stops the inbox: people are not told the same every second until it is repaired."""
    monkeypatch.setattr(output_desk, "HEARD_WITHIN_S", 0.05)
    monkeypatch.setattr(worker, "UNHEARD_S", 0.05)
    with receiver(choose=lambda _n: Behaviour(after_s=0.8)) as to:
        async with told_floor(tmp_path, hook("hook", to), journalled=True) as floor:
            await floor.breach()
            await floor.until(lambda: to.got)
            monkeypatch.setattr(journal, "BACKLOG_MAX", 0)
            await floor.until(lambda: floor.row("hook").told)
            await asyncio.sleep(0.6)
            assert len(to.got) == 1
            assert floor.engine.telling.owed("hook", floor.engine.now) is not None
            monkeypatch.undo()
            await told(floor)
            assert len(to.got) == 1


def robot(to: RobotReceiver, more: str) -> str:
    return f"  robot: {{type: dingtalk, url: '{to.url}', group_wait: 0s, group_interval: 0s{more}}}\n"


async def test_what_is_told_too_often_waits_and_is_told_together(tmp_path: Path) -> None:
    """Three are for everybody, one of which a crash before the start may have used; the fourth is an emergency's, and
    takes along whatever waits. The outbox says until when it would have waited.
    """
    with answering(DingTalkReceiver(limits=((4, 60.0),))) as to:
        async with told_floor(tmp_path, robot(to, ", per_minute: 4, group_by: [queue]")) as floor:
            row = floor.row("robot")
            for told, queue in enumerate(("q1", "q2"), 1):
                await floor.breach(queue)
                await floor.until(lambda told=told: row.told == told)
            for queue in ("q3", "q4", "q5"):
                await floor.breach(queue)
            await floor.until(lambda: row.held_until)
            assert row.held_until is not None
            assert 55_000 < row.held_until - floor.engine.now <= 61_200
            assert row.owed_since is not None
            for _ in range(4):
                await floor.breach("q5")
            await floor.until(lambda: row.told == 3 and row.owed_since is None, 20)
            assert (row.failures, row.held_until) == (0, None)
    assert to.broken == []
    assert [name for name in ("q3", "q4", "q5") if name in to.told[-1].text] == ["q3", "q4", "q5"]


async def test_a_robot_that_shuts_us_out_counts_as_failing(tmp_path: Path) -> None:
    """Told too often by somebody else as well: it is left alone for the ten minutes it asks for."""
    with answering(DingTalkReceiver(limits=((1, 60.0),))) as to:
        async with told_floor(tmp_path, robot(to, "")) as floor:
            await floor.breach("q1")
            await floor.until(lambda: floor.row("robot").told == 1)
            await floor.breach("q2")
            await floor.until(lambda: floor.engine.telling.failing_since("robot"))
            row = floor.row("robot")
            assert row.retry_at is not None
            assert row.retry_at - floor.engine.now > 590_000
    assert len(to.got) == 2


async def test_a_person_who_cannot_be_reached_there_is_no_failure_of_the_output() -> None:
    """That the message leaves is noted before, that it is refused after; what is no page counts as not taken."""
    page = trial_message("mail", 0)._replace(to="a17@example.com", pages=("p1",))
    desk = StandInDesk([page, trial_message("mail", 1)])

    class Refusing:
        async def tell(self, message: Message) -> None:
            desk.heard.append(f"tell {len(message.pages)}")
            raise RefusedError("no such person")

    row = Outbox("mail", "mail", "smtp://")
    told = asyncio.ensure_future(Worker(row, desk, Trouble(desk, "mail", ["smtp://"]), 1.0, tells=Refusing()).run())
    async with asyncio.timeout(30):
        while len(desk.heard) < 5:  # noqa: ASYNC110 - a stand-in has no events
            await asyncio.sleep(0.01)
    told.cancel()
    assert desk.heard[:4] == ["begun", "tell 1", "refused: no such person", "tell 0"]
    assert desk.heard[4].startswith("failed: smtp://: no such person")
    assert (row.refused, row.failures) == (1, 1)


async def test_what_was_told_before_the_start_counts() -> None:
    """Fourteen messages a second before a crash, and the one it may have cut off: the next waits for its minute."""
    desk = StandInDesk([trial_message("robot", 0)], told_lately=[-1_000] * 14)

    class Taking:
        async def tell(self, message: Message) -> None:
            desk.heard.append("tell")

    row, bucket = Outbox("robot", "dingtalk", "https://"), Bucket(Limits(((20, 60_000),)), "robot")
    worker = Worker(row, desk, Trouble(desk, "robot", ["https://"]), 1.0, tells=Taking(), bucket=bucket)
    running = asyncio.ensure_future(worker.run())
    async with asyncio.timeout(30):
        while row.held_until is None:  # noqa: ASYNC110 - a stand-in has no events
            await asyncio.sleep(0.01)
    running.cancel()
    assert 59_000 < row.held_until <= 60_200
    assert desk.heard == []


async def test_what_is_refused_is_written_down_with_what_failed_before_it() -> None:
    """The service has counted both: a crash must not forget them."""
    desk = StandInDesk([trial_message("pager", 0)._replace(to="a17", pages=("p1",))])
    answers = iter([NotTakenError("busy", 0.0), RefusedError("no such key")])

    class Refusing:
        async def tell(self, message: Message) -> None:
            raise next(answers)

    row, bucket = Outbox("pager", "pagerduty", "https://"), Bucket(Limits(((100, 60_000),)), "pager")
    worker = Worker(row, desk, Trouble(desk, "pager", ["https://"]), 1.0, tells=Refusing(), bucket=bucket)
    running = asyncio.ensure_future(worker.run())
    async with asyncio.timeout(30):
        while not row.refused:  # noqa: ASYNC110 - a stand-in has no events
            await asyncio.sleep(0.01)
    running.cancel()
    assert desk.refused_requests == [2]


class StandInDesk:
    """Owes these messages one after the other, and notes what it hears."""

    def __init__(self, owed: list[Message], told_lately: list[int] | None = None) -> None:
        self._owed = owed
        self._told_lately = told_lately or []
        self.heard: list[str] = []
        self.refused_requests: list[int] = []

    def told_lately(self, output: str) -> list[int]:
        return self._told_lately

    async def owed(self, output: str, *, together: bool = False) -> Message | None:
        return self._owed[0] if self._owed else None

    async def kept(self) -> None:
        """Everything is."""

    async def begun(self, message: Message) -> None:
        self.heard.append("begun")

    async def refused(self, message: Message, why: str) -> None:
        self._owed.pop(0)
        self.heard.append(f"refused: {why}")
        self.refused_requests.append(message.requests)

    async def failed(self, output: str, why: str, attempts: int) -> None:
        self.heard.append(f"failed: {why}")

    def now(self) -> int:
        return 0

    def next_due(self, output: str) -> int | None:
        return None

    def is_failing(self, output: str) -> bool:
        return False
