"""The composition root: builds the parts, starts them, stops them in reverse. The only file that knows them all."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from contextlib import closing
from functools import partial
from pathlib import Path

import structlog

from floorwatch.action_desk import ActionDesk
from floorwatch.agent_series import AgentSeries
from floorwatch.agents_desk import AgentsDesk
from floorwatch.ahead import LookingAhead
from floorwatch.alert_desk import AlertDesk
from floorwatch.alert_stories import AlertStories
from floorwatch.attendance_desk import AttendanceDesk
from floorwatch.clock import Clock, WallClock
from floorwatch.config import Config
from floorwatch.config.replies import answered_in
from floorwatch.driver import BACK_MS, Driver
from floorwatch.engine import Engine
from floorwatch.feeds import Place, build_backfill, build_feed, quiet_watched
from floorwatch.heartbeat import Heartbeat, build_heartbeat, heartbeat_metrics
from floorwatch.history import Keeping
from floorwatch.ingest.clocks import SourceClocks
from floorwatch.ingest.feed import NEVER, AskingFeed, Feed, KeptFeed
from floorwatch.ingest.http.receiver import HttpFeed, HttpReceiver
from floorwatch.ingest.inbox import Inbox
from floorwatch.ingest.rejects import Rejects
from floorwatch.link_desk import LinkDesk
from floorwatch.links import LinkSigner, load_link_key
from floorwatch.measuring import Measuring
from floorwatch.memory import Memory, remembered
from floorwatch.metrics.catalogue import LANGUAGES, VERSIONS
from floorwatch.notify.exposition import output_metrics
from floorwatch.notify.office import Office
from floorwatch.oncall_desk import OnCallDesk
from floorwatch.oncall_metrics import oncall_metrics
from floorwatch.output_desk import OutputDesk
from floorwatch.outputs import build_outputs
from floorwatch.own_health import Look, OwnHealth, clock_trouble, inbox_trouble
from floorwatch.own_metrics import OwnMetrics
from floorwatch.picture_alerts import AT_ONCE, AlertsShown
from floorwatch.queue_day import QueueDays
from floorwatch.reply_desk import ReplyDesk
from floorwatch.reply_view import ReplyPlace
from floorwatch.reports.asked import day_report
from floorwatch.rotas import Rotas
from floorwatch.running import Work, forever, serving, until_stopped
from floorwatch.schedules import Schedules
from floorwatch.serve.auth import Access, Grant, refuse_open_binding
from floorwatch.serve.board import Board
from floorwatch.serve.exposition import Exposition
from floorwatch.serve.exposition_scrape import Scrape
from floorwatch.serve.http import create_app
from floorwatch.serve.reply_routes import ReplyRoutes
from floorwatch.service_manager import ServiceManager
from floorwatch.shared_clock import InboxInStep, SharedClock
from floorwatch.shift_desk import ShiftDesk
from floorwatch.shift_files import ShiftFiles
from floorwatch.store.definitions import mark_changes
from floorwatch.view import FloorView
from floorwatch.vitals import (
    Part,
    Vitals,
    clock_stands,
    driver_stands,
    engine_stands,
    journal_stands,
    outputs_stand,
    sources_stand,
)

log = structlog.get_logger("floorwatch.app")


def run_daemon(config: Config, clock: Path | None = None) -> int:
    """Watch the floor live until told to stop. Returns the exit status; OSError when the address is taken.

    `clock` is the shared clock to live by, instead of the wall's.
    """
    return asyncio.run(_daemon(config, clock))


async def _daemon(config: Config, shared: Path | None) -> int:
    clock, access = WallClock() if shared is None else SharedClock(shared), _access(config)
    refuse_open_binding(config.http.host, access.grants)
    inbox, board = InboxInStep(clock) if isinstance(clock, SharedClock) else Inbox(clock), Board()
    rejects = Rejects(config.dead_letters.path, config.dead_letters.limit_bytes, clock)
    with closing(rejects):
        keeping = Keeping(config.store.history_ms, config.store.individuals_keep_ms)
        async with remembered(config.store.path, config.store.keep_ms, config.settings(), clock, keeping) as memory:
            if isinstance(clock, SharedClock):
                await clock.begun()
            places = [
                Place(name, source, config, clock, rejects, memory.heard.get(name, NEVER))
                for name, source in config.sources.items()
            ]
            feeds = [build_feed(place) for place in places]
            backfills = [backfill for place in places if (backfill := build_backfill(place, memory.engine)) is not None]
            looking = LookingAhead(memory.engine, config.staffing.forecast, say=inbox.put)
            signer, shown = _signer(config), AlertsShown(memory.engine, AT_ONCE)
            office, stories = _office(config, memory, inbox, clock, signer), AlertStories(memory.engine, shown)
            alerts = AlertDesk(memory.engine, inbox, clock, shown, stories)
            actions = ActionDesk(memory.engine, inbox, clock, alerts)
            told = AgentSeries(memory.engine, config.metrics)
            own = OwnMetrics(board.viewers, inbox, memory.journal, told)
            driver = Driver(
                memory.engine,
                inbox,
                clock,
                {place.name: feed.counts for place, feed in zip(places, feeds, strict=True)},
                _paced(board, clock),
                heed=office.heed,
                journal=memory.journal,
                clocks=SourceClocks(_known_offsets_ms(memory.engine)),
                catching_up=[feed.caught_up for feed in feeds if isinstance(feed, KeptFeed)],
                on_gap=[backfill.gap for backfill in backfills],
                individuals=config.individuals,
                ahead=looking,
                in_step=isinstance(clock, SharedClock),
                alerts=shown,
                pictured=own.pictured,
            )
            vitals = _vitals(config, memory, driver, inbox, office, clock)
            heartbeat = build_heartbeat(config.heartbeat, config.site.name, clock, vitals)
            texts = [own.text, output_metrics(office.rows), heartbeat_metrics(vitals, heartbeat)]
            texts.append(oncall_metrics(memory.engine))
            schedules = Schedules(config, memory, inbox, clock)
            posted = [feed for feed in feeds if isinstance(feed, HttpFeed)]
            app = create_app(
                board,
                ready=partial(_ready, driver, memory, clock),
                metrics=Scrape(Exposition(told.present), texts, own.scraped).pieces,
                access=access,
                individuals=config.individuals,
                everybody=AgentsDesk(memory.engine).everybody,
                hosts=config.http.allowed_hosts,
                receive=HttpReceiver(posted).receive if posted else None,
                receive_schedule=schedules.receive,
                desk=AttendanceDesk(memory.engine, inbox, clock),
                alerts=alerts,
                actions=actions,
                links=None if signer is None else LinkDesk(memory.engine, clock, alerts, actions, signer),
                replies=_replies(config, ReplyDesk(memory.engine, clock, alerts)),
                staffing=looking.day,
                marks=_marks(config.store.path, clock),
                day_report=partial(day_report, config.store.path),
                outputs=office.json,
                queue_day=QueueDays(memory.engine, looking.day).of,
                oncall=OnCallDesk(memory.engine, inbox, clock),
                shifts=ShiftDesk(memory.engine),
            )
            async with serving(app, config.http.host, config.http.port):
                hearing = [quiet_watched(*pair).run(inbox) for pair in zip(places, feeds, strict=True)]
                hearing += [*(backfill.run(inbox) for backfill in backfills), *schedules.watching()]
                rotas = Rotas(config, memory, inbox, clock)
                await rotas.begin()
                hearing += rotas.watching()
                if isinstance(clock, SharedClock):
                    hearing.append(_follow(clock, driver, inbox, feeds))
                else:
                    hearing.append(_own_health(memory, driver, inbox, heartbeat, clock).run())
                    hearing += [vitals.run(), ServiceManager().run(vitals)]
                    hearing += [heartbeat.run()] if heartbeat is not None else []
                keeping_on = [memory.journal.watch(), memory.history.run(), looking.run(), office.run(), stories.run()]
                keeping_on += [Measuring(memory.engine, looking.question, inbox.put).run()]
                keeping_on += [files.run() for files in _shift_files(config, memory)]
                await until_stopped([driver.run(), own.watch_loop(), *keeping_on, *map(forever, hearing)])
    return 0


def _paced(board: Board, clock: Clock) -> Callable[[FloorView], None]:
    """Publishes to the board, at the pace of the clock."""
    if not isinstance(clock, SharedClock):
        return board.publish

    def publish(view: FloorView) -> None:
        board.speed = clock.speed or 1.0
        board.publish(view)

    return publish


def _follow(clock: SharedClock, driver: Driver, inbox: Inbox, feeds: Sequence[Feed]) -> Work:
    """Tells the owner of the clock when all that he has said has been applied."""

    def lines_read() -> int:
        return sum(feed.counts.read for feed in feeds)

    def is_settled() -> bool:
        return driver.is_live and not driver.in_hand and len(inbox) == 0 and not any(feed.is_asking for feed in asking)

    asking = [feed for feed in feeds if isinstance(feed, AskingFeed)]
    return clock.follow(lines_read, is_settled)


def _shift_files(config: Config, memory: Memory) -> list[ShiftFiles]:
    """Who files shift reports; nobody where no folder is configured."""
    reports, journal = config.shift_reports, memory.journal
    if reports.folder is None:
        return []
    languages = LANGUAGES if reports.language == "both" else (reports.language,)
    return [ShiftFiles(memory.engine, reports.folder, languages, reports.keep_ms, lambda: journal.reached(journal.seq))]


def _vitals(config: Config, memory: Memory, driver: Driver, inbox: Inbox, office: Office, clock: Clock) -> Vitals:
    """What must move for us to say that we live."""
    expected = {name: source.silence_ms() is not None for name, source in config.sources.items()}
    looks: dict[Part, Look] = {
        "driver": driver_stands(driver),
        "engine": engine_stands(memory.engine, clock),
        "clock": clock_stands(clock, BACK_MS),
        "inbox": lambda: inbox_trouble(inbox, clock),
        "journal": journal_stands(memory.journal),
        "sources": sources_stand(memory.engine, expected),
        "outputs": outputs_stand(office.stopped),
    }
    return Vitals(looks, lambda: driver.is_live)


def _own_health(memory: Memory, driver: Driver, inbox: Inbox, heartbeat: Heartbeat | None, clock: Clock) -> OwnHealth:
    """What is watched of ourselves."""
    looks = {
        "journal": lambda: memory.journal.trouble,
        "inbox": lambda: inbox_trouble(inbox, clock) if driver.is_live else "",
        "clock": clock_trouble(clock, BACK_MS),
        "heartbeat": lambda: heartbeat.trouble if heartbeat is not None else "",
    }
    return OwnHealth(inbox, clock, looks, memory.engine.watch.gauges.troubles)


def _known_offsets_ms(engine: Engine) -> dict[str, int]:
    """What was found out of the sources' clocks before this process began."""
    return {name: feed.clock_offset_ms for name, feed in engine.feeds.items() if feed.clock_offset_ms}


def _ready(driver: Driver, memory: Memory, clock: Clock) -> tuple[bool, str]:
    """Whether the floor can be trusted yet, and if not why."""
    if not driver.is_live:
        return False, "reading what the feeds have kept"
    if memory.journal.trouble:
        return False, f"what happens cannot be kept: {memory.journal.trouble}"
    if (behind_ms := clock.behind_ms()) > BACK_MS:
        return False, f"our clock was set back: the floor stands still for {behind_ms // 1000} s"
    sources = memory.engine.books.sources.values()
    if all(source.down_since is not None for source in sources):
        return False, f"no source is up: {', '.join(source.name for source in sources) or 'none was heard yet'}"
    return True, ""


def _marks(folder: Path, clock: Clock) -> dict[str, list[dict[str, int]]]:
    """When the definition of a figure has changed, by figure."""
    found: dict[str, list[dict[str, int]]] = {}
    for mark in mark_changes(folder, VERSIONS, clock.now_ms()):
        found.setdefault(mark.figure, []).append({"at": mark.at, "was": mark.was, "version": mark.version})
    return found


def _access(config: Config) -> Access:
    """Who may ask for what."""
    grants = [Grant(name, token.role, token.hash, token.sources) for name, token in config.http.tokens.items()]
    return Access(grants, open_to_viewers=config.http.open_to_viewers)


def _signer(config: Config) -> LinkSigner | None:
    """Who makes the links in messages; None where nobody could follow them."""
    if config.links.address is None:
        return None
    return LinkSigner(load_link_key(config.store.path), config.links.address, config.links.valid_ms)


def _replies(config: Config, desk: ReplyDesk) -> ReplyRoutes | None:
    """Where platforms post what people answer. Raises `OSError` for a secret that cannot be read."""
    places = {name: ReplyPlace(reply.type, reply.key(), reply.people) for name, reply in config.replies.items()}
    return ReplyRoutes(desk, places) if places else None


def _office(config: Config, memory: Memory, inbox: Inbox, clock: Clock, links: LinkSigner | None) -> Office:
    """The outputs, and where they learn what they are to show and to tell."""
    journal = memory.journal
    address, answered = config.oncall.address, answered_in(config.replies)
    desk = OutputDesk(memory.engine, inbox, clock, lambda: journal.reached(journal.seq), address, links, answered)
    return Office(desk, build_outputs(config, clock))
