"""The floor of `make demo`: a working week whose mornings tell a story, in three minutes at 10 times real time.

The floor is an ordinary profile, what goes wrong an ordinary timeline (`profiles/demo.yaml`, `timelines/demo.yaml`).
From 9:17: all is well; the TV spot of 9:20 triples the contacts on `sales` while two agents are late from
their break and three are in training; the service level of the 15-minute window falls under its target and the alert
goes off; the recommendation is followed, all five come back; the surge fades, the level recovers and the alert clears.
Then the day goes on: lunch dip, second peak, the night line alone through the night; next morning the same happens with
other chances. After Friday's night the floor falls quiet.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from floorwatch.floor.events import Event, ScheduledActivity, ScheduleLoaded
from floorwatch.floor.internal import RotaLoaded, RotaTurn
from floorwatch.floor.oncall import Escalation, OnCall, Person, PersonChannel, Step, Whom
from floorwatch.floor.outputs import OutputPolicy
from floorwatch.floor.settings import Settings
from floorwatch.metrics.staffing.forecast import Planned
from simulators.day import lines_of, settings_of
from simulators.flow import day_start_ms, day_starts, floor_day, plan
from simulators.flow.arrivals import expected
from simulators.incidents import load_incidents
from simulators.profile import load_profile
from simulators.profile.model import time_of_day_ms

DAYS = 5
SPEED = 10
"""Seconds of the floor to one real second."""

HALF_HOUR_MS = 30 * 60_000
INTERVAL_MS = HALF_HOUR_MS
"""When the alert fires, there is still time to save the interval: that is what the story is about."""
TIMELINE = Path(__file__).parent / "timelines/demo.yaml"
OPENS_MS = time_of_day_ms("09:17")

PAGER = "pager"
"""The output that people on call are told by; it reaches nobody."""
ROTA = "leads"
ON_CALL = ("L1", "L2", "L3")
"""Team leads, each on call for a turn, the first from 8:30 on."""
FIRST_TURN_MS = time_of_day_ms("08:30")
TURN_MS = 8 * 3_600_000
_ONCALL = OnCall(
    people=tuple(Person(name, (PersonChannel(PAGER),)) for name in ON_CALL),
    escalations=(
        Escalation(
            "floor",
            (
                Step((Whom("rota", ROTA),), times=2, every_ms=3 * 60_000),
                Step((Whom("person", ON_CALL[1]),), every_ms=5 * 60_000),
            ),
            severity_min="warning",
        ),
    ),
    rotas=(ROTA,),
)

_STORY = (
    (OPENS_MS, "An ordinary morning on the floor.", "平常的一个上午。"),
    (
        time_of_day_ms("09:20"),
        "TV spot: contacts for sales triple; two agents are late from their break, three are in training.",
        "电视广告播出：sales 队列的联络量增至三倍，而两名坐席休息超时、三名正在培训。",
    ),
    (
        time_of_day_ms("09:26"),
        "Recommendation: sales is under its target. Call back the two late from break, then the three in training.",
        "建议：sales 未达目标。请先召回两名休息超时的坐席，再召回三名培训中的坐席。",
    ),
    (
        time_of_day_ms("09:28"),
        "The team lead follows it: all five come back to the phones.",
        "组长照做：五名坐席全部回到岗位。",
    ),
    (
        time_of_day_ms("09:30"),
        "The surge fades; those who came with it still wait.",
        "高峰减退，但积压的客户仍在等待。",
    ),
    (
        time_of_day_ms("09:34"),
        "Nobody waits long any more; the bad minutes leave the 15-minute window one by one.",
        "等待已恢复正常；糟糕的几分钟正逐步移出 15 分钟窗口。",
    ),
    (time_of_day_ms("09:45"), "Recovered: sales is back over its target.", "已恢复：sales 重新达到目标。"),
    (
        time_of_day_ms("09:50"),
        "The day goes on. Every morning of this week at 9:20 the story happens again.",
        "这一天继续进行。本周每天上午 9:20 故事都会重演。",
    ),
)


class Demo:
    """The demo floor of one seed. Everything before `start_ms` is history, to be taken at once; the rest is paced.

    `opens_ms`: when on its first day it begins to be paced, since midnight.
    """

    def __init__(self, seed: int = 1, opens_ms: int = OPENS_MS) -> None:
        self._seed = seed
        self.profile = load_profile("demo")
        self.incidents = load_incidents(TIMELINE, self.profile).incidents
        self._midnight_ms = day_start_ms(self.profile.date, self.profile.timezone)
        self.settings: Settings = replace(
            settings_of(self.profile),
            interval_ms=INTERVAL_MS,
            outputs=(OutputPolicy(PAGER, only_oncall=True),),
            oncall=_ONCALL,
        )
        self.start_ms = self._midnight_ms + opens_ms

    def schedule(self) -> ScheduleLoaded:
        """The week as it was planned."""
        stints = plan(self.profile, self.incidents)
        lines = [
            ScheduledActivity(agent=stint.agent, activity=activity, start=since_ms, end=until_ms)
            for midnight_ms in day_starts(self._midnight_ms, DAYS, self.profile.timezone)
            for stint in stints
            for activity, since_ms, until_ms in lines_of(stint, midnight_ms)
        ]
        return ScheduleLoaded(time=self._midnight_ms, source="schedule", version="demo", activities=tuple(lines))

    def rota(self) -> RotaLoaded:
        """Who is on call: one after the other, from the night before on."""
        first = self._midnight_ms + FIRST_TURN_MS - TURN_MS
        turns = tuple(
            RotaTurn(since=since, until=since + TURN_MS, people=(ON_CALL[(place - 1) % len(ON_CALL)],))
            for place, since in enumerate(range(first, first + (DAYS + 1) * 3 * TURN_MS, TURN_MS))
        )
        return RotaLoaded(
            time=self._midnight_ms, source="schedule", rota=ROTA, since=first, until=turns[-1].until, turns=turns
        )

    def forecast(self) -> dict[str, tuple[Planned, ...]]:
        """By queue, what an ordinary week leads one to expect in each half-hour; nobody has foreseen the TV spot."""
        midnights = list(day_starts(self._midnight_ms, DAYS, self.profile.timezone))
        return {
            name: tuple(
                Planned(start, start + HALF_HOUR_MS, contacts * self.profile.weekdays[day])
                for day, midnight_ms in enumerate(midnights)
                for half_hour, contacts in expected(queue)
                for start in (midnight_ms + half_hour * HALF_HOUR_MS,)
            )
            for name, queue in self.profile.queues.items()
        }

    def events(self) -> Iterator[Event]:
        """The week's events in order of time, from the first log-in shortly before 8:00 on Monday. Lazy."""
        return floor_day(self.profile, self._seed, self._midnight_ms, DAYS, incidents=self.incidents)

    @property
    def notes(self) -> list[tuple[int, dict[str, str]]]:
        """(instant, sentence by language) in order: each holds until the next, and tells what happens on the floor."""
        return [
            (midnight_ms + time_ms, {"en": en, "zh": zh})
            for midnight_ms in day_starts(self._midnight_ms, DAYS, self.profile.timezone)
            for time_ms, en, zh in _STORY
        ]
