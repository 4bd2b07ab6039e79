"""Schedules as the daemon takes them: from a watched file or folder, and over HTTP, into one intake."""

from __future__ import annotations

from collections.abc import Coroutine

from floorwatch.clock import Clock
from floorwatch.config import Config
from floorwatch.ingest.feed import NEVER
from floorwatch.ingest.inbox import Inbox
from floorwatch.ingest.schedule.intake import ScheduleIntake
from floorwatch.ingest.schedule.read import SCHEDULE_SOURCE
from floorwatch.ingest.schedule.receiver import ScheduleReceiver
from floorwatch.ingest.schedule.watch import ScheduleWatch
from floorwatch.memory import Memory
from floorwatch.metrics.calendar import Calendar


class Schedules:
    """What takes schedules: `receive` for what is handed in, `watching` for what lies where the configuration says."""

    def __init__(self, config: Config, memory: Memory, inbox: Inbox, clock: Clock) -> None:
        settings, said = config.settings(), config.schedule
        agents = memory.engine.books.agents
        self._intake = ScheduleIntake(
            settings,
            lambda: agents,
            inbox,
            clock,
            position=memory.heard.get(SCHEDULE_SOURCE, NEVER).position,
            agent_property=said.agent_property,
        )
        calendar = Calendar(settings.timezone, settings.day_start_ms, settings.interval_ms)
        self.receive = ScheduleReceiver(self._intake, calendar).receive
        self._said = said

    def watching(self) -> list[Coroutine[object, object, None]]:
        """To be run; nothing where no path is configured."""
        if self._said.path is None:
            return []
        return [ScheduleWatch(self._said.path, self._intake, self._said.poll_ms / 1000, strict=self._said.strict).run()]
