"""The composition root of the demo: a simulated floor in place of a switch, and nothing that is kept."""

from __future__ import annotations

import asyncio
import sys

from floorwatch.action_desk import ActionDesk
from floorwatch.agents_desk import AgentsDesk
from floorwatch.ahead import LookingAhead
from floorwatch.alert_desk import AlertDesk
from floorwatch.alert_stories import AlertStories
from floorwatch.attendance_desk import AttendanceDesk
from floorwatch.clock import ScaledClock
from floorwatch.driver import Driver
from floorwatch.engine import Engine
from floorwatch.ingest.clocks import SourceClocks
from floorwatch.ingest.inbox import Inbox
from floorwatch.measuring import Measuring
from floorwatch.notify.office import Office
from floorwatch.oncall_desk import OnCallDesk
from floorwatch.oncall_metrics import oncall_metrics
from floorwatch.output_desk import OutputDesk
from floorwatch.own_metrics import OwnMetrics
from floorwatch.picture_alerts import AT_ONCE, AlertsShown
from floorwatch.queue_day import QueueDays
from floorwatch.running import forever, serving, until_stopped
from floorwatch.serve.auth import Access
from floorwatch.serve.board import Board
from floorwatch.serve.exposition import Exposition
from floorwatch.serve.exposition_scrape import Scrape
from floorwatch.serve.http import create_app
from floorwatch.shift_desk import ShiftDesk


def run_demo(host: str, port: int, speed: float, seed: int, opens_ms: int) -> int:
    """Show a simulated floor until told to stop: the embedded simulator, no services. Returns the exit status.

    `opens_ms`: when on its first day it begins, since midnight.
    """
    return asyncio.run(_demo(host, port, speed, seed, opens_ms))


async def _demo(host: str, port: int, speed: float, seed: int, opens_ms: int) -> int:
    from simulators.demo import Demo
    from simulators.feed import SimulatorFeed, note_at
    from simulators.pager import pager_place
    from simulators.speaker import split_at

    demo, board = Demo(seed, opens_ms), Board(speed=speed)
    history, live = split_at(demo.events(), demo.start_ms)
    clock = ScaledClock(demo.start_ms, speed)
    inbox = Inbox(clock)
    feed = SimulatorFeed(live, clock)
    engine = Engine(demo.settings)
    engine.plan([demo.schedule(), demo.rota()])
    # Nothing is kept, so there is no disk to wait for; and nobody has an address.
    desk = OutputDesk(engine, inbox, clock, lambda: asyncio.sleep(0), lambda _person, _channel: "")
    office = Office(desk, [pager_place(output.name) for output in demo.settings.outputs])
    looking = LookingAhead(engine, demo.forecast(), pace=speed, say=inbox.put)
    shown = AlertsShown(engine, AT_ONCE)
    stories = AlertStories(engine, shown)
    alerts = AlertDesk(engine, inbox, clock, shown, stories)
    measuring = Measuring(engine, looking.question, inbox.put, pace=speed)
    own = OwnMetrics(board.viewers, inbox)
    driver = Driver(
        engine,
        inbox,
        clock,
        {"demo": feed.counts},
        lambda view: board.publish(view, note_at(demo.notes, view.at)),
        heed=office.heed,
        clocks=SourceClocks(sources_max=0),
        individuals=True,
        ahead=looking,
        alerts=shown,
        pictured=own.pictured,
    )
    driver.recall(history)
    feed.counts.read += len(history)
    app = create_app(
        board,
        ready=lambda: (True, ""),
        metrics=Scrape(Exposition(), [own.text, oncall_metrics(engine)], own.scraped).pieces,
        access=Access(),
        individuals=True,
        everybody=AgentsDesk(engine).everybody,
        desk=AttendanceDesk(engine, inbox, clock),
        alerts=alerts,
        actions=ActionDesk(engine, inbox, clock, alerts),
        staffing=looking.day,
        queue_day=QueueDays(engine, looking.day, pace=speed).of,
        outputs=office.json,
        oncall=OnCallDesk(engine, inbox, clock),
        shifts=ShiftDesk(engine),
    )
    async with serving(app, host, port) as address:
        sys.stdout.write(
            f"\n  floorwatch demo: open {address}\n  A simulated morning, {speed:g} × real time; Ctrl-C ends it.\n\n"
        )
        sys.stdout.flush()
        clock.restart()
        await until_stopped(
            [
                driver.run(live=True),
                looking.run(),
                stories.run(),
                office.run(),
                own.watch_loop(),
                measuring.run(),
                forever(feed.run(inbox)),
            ]
        )
    return 0
