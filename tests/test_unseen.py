"""What a feed cannot tell is null in every reader of the figures, and never zero: from each protocol to the report."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from floorwatch.config import load_config
from floorwatch.engine import Engine
from floorwatch.floor import events as e
from floorwatch.floor import unseen as u
from floorwatch.floor.events import Event
from floorwatch.floor.internal import SourceDescribed
from floorwatch.floor.settings import AgentProfile, QueuePolicy, Settings
from floorwatch.ingest.freeswitch.protocol import UNSEEN as FREESWITCH
from floorwatch.ingest.source import InputCounts
from floorwatch.picture import picture
from floorwatch.picture_agents import seconds_today
from floorwatch.replay import replay
from floorwatch.report import build_report, canonical_json
from floorwatch.report_text import render_text
from floorwatch.serve.exposition import Exposition
from floorwatch.store import snapshot
from floorwatch.store.journal import read
from floorwatch.store.recover import decode, recover
from tests.ingest.freeswitch_floor import listening, speaking
from tests.running import floorwatch
from tests.store.journals import kept

TRANSCRIPTS = Path(__file__).parent / "transcripts"
T0_MS = 1_772_500_500_000
MANAGER = frozenset((u.WRAP_UP,))
BLIND = frozenset((u.WRAP_UP, u.HOLD, u.ALERTING, u.REFUSED, u.DECLINED, u.TRANSFERRED, u.PAUSES))


def _described(source: str, unseen: frozenset[str], after_s: float = 0) -> Event:
    return SourceDescribed(time=T0_MS + int(after_s * 1000), source=source, unseen=tuple(sorted(unseen)))


def _contact(
    contact: str, after_s: float, *, source: str = "a", queue: str = "sales", agent: str = "A1"
) -> list[Event]:
    """Offered, rung for 5 s, answered, ended 60 s later."""
    at = T0_MS + int(after_s * 1000)
    visit: Any = {"source": source, "contact": contact, "queue": queue}
    return [
        e.ContactOffered(time=at, **visit),
        e.ContactAlerting(time=at + 1_000, agent=agent, **visit),
        e.ContactAnswered(time=at + 6_000, agent=agent, **visit),
        e.ContactEnded(time=at + 66_000, agent=agent, **visit),
    ]


def _joined(agent: str = "A1", queue: str = "sales", source: str = "a") -> Event:
    return e.AgentJoined(time=T0_MS, source=source, agent=agent, queue=queue)


def _engine(facts: Sequence[Event], wrap_up_ms: int | None = None, **queues: QueuePolicy) -> Engine:
    policies = {"sales": QueuePolicy(wrap_up_ms=wrap_up_ms), **queues}
    engine = Engine(Settings(queues=policies, agents={"A9": AgentProfile(interfaces=("PJSIP/9",))}))
    for fact in sorted(facts, key=lambda fact: int(fact.time)):  # type: ignore[arg-type]
        assert isinstance(fact.time, int)
        engine.advance(fact.time)
        engine.apply(fact)
    return engine


def _report(facts: Sequence[Event], wrap_up_ms: int | None = None, **queues: QueuePolicy) -> Any:
    return build_report(_engine(facts, wrap_up_ms, **queues), InputCounts())


def _nulls(figures: dict[str, Any]) -> set[str]:
    return {name for name, figure in figures.items() if figure is None}


# From each protocol


@pytest.mark.parametrize(
    ("name", "unseen", "unseen_of_an_agent"),
    [
        ("outcomes.ami", {"wrap_up_seconds", "aht_seconds"}, {"wrap_up"}),
        (
            "outcomes.queue_log",
            {"refused", "hold_seconds", "wrap_up_seconds", "aht_seconds"},
            {"on_hold", "alerting", "wrap_up", "busy", "unreachable", "available", "offline"},
        ),
    ],
)
def test_a_recording_of_asterisk_shows_as_null_what_its_protocol_has_no_word_for(
    name: str, unseen: set[str], unseen_of_an_agent: set[str]
) -> None:
    """And nothing else; talk, waits and counts stay. Occupancy would be a ratio of parts that nobody told."""
    report = replay([TRANSCRIPTS / name], Settings())
    for queue in report["queues"].values():
        assert _nulls(queue) & {"refused", "declined", "transferred", "talk_seconds", "hold_seconds", *unseen} == unseen
        assert not queue["handled"] or all(interval["occupancy"] is None for interval in queue["intervals"])
    served = [agent for agent in report["agents"].values() if agent["answered"]]
    assert served
    for agent in served:
        assert _nulls(agent["seconds"]) == unseen_of_an_agent
        assert agent["occupancy"] is None
        assert agent["paused_seconds"] is not None
    text = render_text(report)
    assert "FEED asterisk: cannot tell" in text
    assert "AHT: no feed tells the wrap-up of" in text


@pytest.mark.parametrize("name", ["outcomes.ami", "outcomes.queue_log"])
def test_where_agents_do_nothing_after_a_contact_the_configuration_can_say_so(name: str) -> None:
    """With `wrap_up: 0s` AHT is talk and hold over handled; the same figures without it are null."""
    report = replay([TRANSCRIPTS / name], Settings(default_policy=QueuePolicy(wrap_up_ms=0)))
    queue = next(queue for queue in report["queues"].values() if queue["handled"])
    spoken = queue["talk_seconds"] + (queue["hold_seconds"] or 0)
    assert (queue["wrap_up_seconds"], queue["aht_seconds"]) == (0.0, pytest.approx(spoken / queue["handled"]))
    rings_are_told = name.endswith(".ami")
    assert all((agent["occupancy"] is not None) is rings_are_told for agent in report["agents"].values())


async def test_a_freeswitch_says_once_what_it_cannot_tell() -> None:
    """Over the real socket, after the first thing it says; refusals, busy phones, reasons of breaks are then null."""
    async with speaking() as (speaker, port), listening(port) as ear:
        now = int(time.time() * 1000)
        speaker.tell(e.AgentJoined(time=now, agent="A1", queue="sales"))
        speaker.tell(e.AgentStateChanged(time=now, agent="A1", state="available"))
        await ear.until(lambda: ear.of(e.AgentStateChanged) or ear.of(e.FloorReported))
        await ear.until(lambda: any(report.members for report in ear.of(e.FloorReported)))  # type: ignore[attr-defined]
    assert [type(event) for event in ear.events[:2]] == [e.SourceUp, SourceDescribed]
    assert len(ear.of(SourceDescribed)) == 1
    engine = Engine(Settings())
    for event in ear.events:
        engine.advance(int(event.time))  # type: ignore[arg-type]
        engine.apply(event)
    report = build_report(engine, InputCounts())
    assert _nulls(report["queues"]["sales"]) & {"refused", "hold_seconds", "wrap_up_seconds"} == {"refused"}
    agent = report["agents"]["A1"]
    assert _nulls(agent["seconds"]) == {"busy", "unreachable"}
    assert _nulls(agent) >= {"paused_seconds", "paused_any_seconds", "paused_by_queue"}
    assert report["sources"]["pbx"]["unseen"] == sorted(FREESWITCH)


def test_a_feed_of_the_contract_can_tell_everything() -> None:
    """Nobody says otherwise of it: no wrap-up is no wrap-up, none refused is none."""
    report = _report([_joined(), *_contact("c", 10)])
    queue, agent = report["queues"]["sales"], report["agents"]["A1"]
    assert (queue["wrap_up_seconds"], queue["refused"], queue["aht_seconds"]) == (0.0, {}, 60.0)
    assert not _nulls(agent["seconds"])
    assert agent["occupancy"] == 1.0 - 11_000 / 76_000
    assert report["sources"]["a"]["unseen"] == []


# Whose figures


def test_a_queue_of_two_feeds_is_known_when_one_of_them_can_tell() -> None:
    """Each figure by itself; the other queue, which only the blind one has named, is not."""
    facts = [
        _described("a", BLIND),
        _described("b", MANAGER),
        *_contact("c", 10, source="a"),
        *_contact("d", 20, source="b", agent="B1"),
        *_contact("e", 100, source="a", queue="other"),
    ]
    report = _report(facts)
    shown = {"refused", "declined", "transferred", "hold_seconds", "wrap_up_seconds", "aht_seconds"}
    assert _nulls(report["queues"]["sales"]) & shown == {"wrap_up_seconds", "aht_seconds"}
    assert _nulls(report["queues"]["other"]) & shown == shown
    assert _nulls(report["agents"]["B1"]["seconds"]) == {"wrap_up"}
    assert _nulls(report["agents"]["A1"]["seconds"]) == {"on_hold", "alerting", "wrap_up", "paused"}
    assert (report["agents"]["A1"]["declined"], report["agents"]["B1"]["declined"]) == (None, 0)
    facts.append(e.ContactOffered(time=T0_MS + 200_000, source="c", contact="f", queue="sales"))
    assert not _nulls(_report(facts)["queues"]["sales"]) & shown


def test_a_queue_that_no_feed_has_named_is_as_unseen_as_its_feeds_are_blind() -> None:
    """A log without refusals does not name a queue at whose door everybody was turned away."""
    facts = [_described("a", BLIND), *_contact("c", 10)]
    assert _report(facts, idle=QueuePolicy())["queues"]["idle"]["refused"] is None
    facts.append(e.SourceUp(time=T0_MS, source="b"))
    assert _report(facts, idle=QueuePolicy())["queues"]["idle"]["refused"] == {}


def test_the_wrap_up_of_an_agent_is_known_while_every_queue_served_is_timed() -> None:
    """A queue's own `wrap_up:` decides for the queue; for an agent, those of all queues whose contacts it took."""
    timed = [_described("a", MANAGER), _joined(), _joined("A2"), *_contact("c", 10), *_contact("d", 10, agent="A2")]
    report = _report(timed, 15_000)
    queue = report["queues"]["sales"]
    assert (queue["wrap_up_seconds"], queue["handled"]) == (0.0, 0), "the input ends with the talk"
    later = e.SourceHeartbeat(time=T0_MS + 100_000, source="a")
    report = _report([*timed, later], 15_000)
    queue, agent = report["queues"]["sales"], report["agents"]["A1"]
    assert (queue["wrap_up_seconds"], queue["aht_seconds"]) == (30.0, 75.0)
    assert agent["seconds"]["wrap_up"] == 15.0
    assert agent["occupancy"] == pytest.approx(80 / 100)
    assert queue["intervals"][0]["occupancy"] == pytest.approx(80 / 100)
    untimed = _contact("e", 94, queue="other", agent="A2")
    report = _report([*timed, *untimed], 15_000)
    assert report["queues"]["sales"]["aht_seconds"] == 75.0
    assert report["queues"]["other"]["aht_seconds"] is None
    assert report["agents"]["A1"]["occupancy"] == pytest.approx(80 / 160)
    assert (report["agents"]["A2"]["seconds"]["wrap_up"], report["agents"]["A2"]["occupancy"]) == (None, None)
    assert report["queues"]["sales"]["intervals"][0]["occupancy"] is None, "one of its members' time is not known"


def test_a_log_in_is_known_of_whom_the_feed_lets_join_or_the_configuration_names() -> None:
    """Of the others nobody knows whether they were free or gone between two contacts."""
    blind = _described("a", frozenset((u.LOG_IN,)))
    facts = [blind, _joined("A2"), *_contact("c", 10), *_contact("d", 10, agent="A2"), *_contact("f", 10, agent="A9")]
    report = _report([*facts, e.SourceHeartbeat(time=T0_MS + 100_000, source="a")])
    assert _nulls(report["agents"]["A1"]["seconds"]) == {"available", "offline"}
    assert report["agents"]["A1"]["occupancy"] is None
    assert not _nulls(report["agents"]["A2"]["seconds"]) | _nulls(report["agents"]["A9"]["seconds"])
    assert report["agents"]["A2"]["seconds"]["available"] == pytest.approx(35.0)


# Readers


def test_board_and_metrics_leave_out_what_is_unseen() -> None:
    """AHT is null in every window and no metric; occupancy of the interval and the agent's time likewise."""
    for described, aht_ms in ((_described("a", MANAGER), None), (_described("a", frozenset()), 60_000.0)):
        engine = _engine([described, _joined(), *_contact("c", 10)])
        engine.advance(T0_MS + 90_000)
        view = picture(engine, {}, individuals=True)
        queue, agent = view.queues[0], view.agents[-1]
        assert {window.aht_ms for window in queue.windows.values()} == {aht_ms}
        assert (queue.interval.figures.aht_ms, queue.interval.occupancy is None) == (aht_ms, aht_ms is None)
        seconds = seconds_today(engine, engine.books.agents[agent.name])
        assert ("wrap_up" in seconds) is (aht_ms is None)
        shown = {line.partition("{")[0] for line in Exposition().render(view).decode().splitlines()}
        assert ("floorwatch_window_aht_seconds" in shown) is (aht_ms is not None)
        assert "floorwatch_window_handled" in shown


def test_the_text_puts_a_dash_where_the_figure_is_null() -> None:
    """Refused, declined, AHT and activities; a sum of which one part is unknown is unknown."""
    text = render_text(_report([_described("a", BLIND), _joined(), *_contact("c", 10), *_contact("d", 90)]))
    (row,) = (line.split() for line in text.splitlines() if line.startswith("sales") and line.count("–") == 2)
    assert row == ["sales", "2", "2", "2", "0", "0", "0", "0", "–", "–"]
    (wrap_up,) = (line.split() for line in text.splitlines() if line.startswith("wrap_up"))
    assert wrap_up == ["wrap_up", "–", "–"]


# Kept, and told again


async def test_a_journal_shows_what_was_unseen_and_one_from_before_shows_what_it_always_did(tmp_path: Path) -> None:
    """Replayed alike, however often it was said; recovered alike; without the event the figures are as they were."""
    facts = [*_contact("c", 10), _described("a", MANAGER, 80), _described("a", MANAGER, 90)]
    await kept(tmp_path / "new", facts)
    await kept(tmp_path / "old", facts[:-2])
    report = replay([tmp_path / "new"], Settings())
    assert report["queues"]["sales"]["wrap_up_seconds"] is None
    assert canonical_json(replay([tmp_path / "new"], Settings())) == canonical_json(report)
    recovered = recover(tmp_path / "new", Settings(), 6).engine
    assert recovered.books.sources["a"].unseen == MANAGER
    assert replay([tmp_path / "old"], Settings())["queues"]["sales"]["wrap_up_seconds"] == 0.0


def test_a_snapshot_keeps_what_is_unseen() -> None:
    """The engine that is restored reports the same bytes, and says so of what comes later too."""
    engine = _engine([_described("a", MANAGER), _joined(), *_contact("c", 10)], 15_000)
    restored = snapshot.thaw(snapshot.freeze(engine))
    for one in (engine, restored):
        for fact in _contact("d", 100, queue="other"):
            one.advance(int(fact.time))  # type: ignore[arg-type]
            one.apply(fact)
    reports = [build_report(one, InputCounts()) for one in (engine, restored)]
    assert canonical_json(reports[0]) == canonical_json(reports[1])
    assert reports[1]["queues"]["other"]["aht_seconds"] is None
    assert reports[1]["agents"]["A1"]["occupancy"] is None


def test_a_configuration_says_nothing_of_wrap_up_until_it_does(tmp_path: Path) -> None:
    """Unset is not 0s; `defaults:` say it for every queue that does not."""
    path = tmp_path / "floorwatch.yaml"
    for text, expected in (
        ("queues: {sales: {}}", None),
        ("queues: {sales: {wrap_up: 0s}}", 0),
        ("defaults: {wrap_up: 0s}\nqueues: {sales: {}}", 0),
        ("defaults: {wrap_up: 0s}\nqueues: {sales: {wrap_up: 20s}}", 20_000),
    ):
        path.write_text(text, encoding="utf-8")
        assert load_config(path).settings().policy("sales").wrap_up_ms == expected, text


def test_a_daemon_says_it_again_after_each_start_and_its_journal_shows_it(tmp_path: Path) -> None:
    """A queue_log followed live: null on the board and in the API from the start, over a restart, and in a replay."""
    config, now = tmp_path / "floorwatch.yaml", int(time.time())
    config.write_text("http: {port: 0}\nsources: {pbx: {type: queue_log, path: input}}\n", encoding="utf-8")
    (tmp_path / "input").write_text(
        f"{now - 90}|c1|sales|NONE|ENTERQUEUE||x|1\n{now - 80}|c1|sales|A17|CONNECT|10|c1.1|3\n"
        f"{now - 20}|c1|sales|A17|COMPLETEAGENT|10|60|1\n",
        encoding="utf-8",
    )
    for _ in range(2):
        with floorwatch(tmp_path / "out", "run", "--config", str(config)) as running:
            running.wait_for(lambda: running.get("/-/ready")["ready"], 15)
            day = running.wait_for(lambda: running.queue("sales").get("windows", {}).get("day"), 5)
            assert (day["handled"], day["aht_ms"]) == (1, None)
            metrics = running.get("/metrics")
            assert "floorwatch_window_handled" in metrics
            assert "floorwatch_window_aht_seconds" not in metrics
            assert running.stop() == 0
    told = [decode(entry.event) for entry in read(tmp_path / "journal")]
    described = [event for event in told if isinstance(event, SourceDescribed)]
    assert len(described) == 2
    assert {event.source for event in described} == {"pbx"}
    before = [told[told.index(event) - 1] for event in described]
    assert {type(event) for event in before} == {e.SourceUp}, "of which nothing was said yet must not look heard"
    report = replay([tmp_path / "journal"], load_config(config).settings())
    queue = report["queues"]["sales"]
    assert (queue["talk_seconds"], queue["hold_seconds"], queue["aht_seconds"]) == (60.0, None, None)
    assert report["sources"]["pbx"]["unseen"] == list(described[0].unseen)
