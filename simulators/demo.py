"""The floor of `make demo`: a working week whose every morning has a story, told in a minute at 30 times real time.

From 9:20: all is well; the TV spot of 9:21 more than triples the contacts on `sales` while two agents are late from
their break and three are in training; the service level of the 15-minute window falls under its target and the alert
goes off (7 to 18 real seconds after opening, in each of 150 seeds); the surge fades, the team lead calls the five back,
the level recovers and the alert clears (52 to 63 seconds). Then the day goes on: lunch dip, second peak, the night line
alone through the night; next morning the same happens with other chances. After Friday's night the floor falls quiet.
"""

from __future__ import annotations

from collections.abc import Iterator

from floorwatch.floor.events import Event
from floorwatch.floor.settings import QueuePolicy, Settings
from simulators.callflow import floor_day
from simulators.old_profile import Absence, Curve, FloorProfile, QueueProfile, Surge, TeamProfile, time_of_day_ms
from simulators.shifts import day_start_ms, settings_of

DAYS = 5
DAY_MS = 86_400_000
SPEED = 30
"""Seconds of the floor to one real second."""

_NIGHT_SHAPE: Curve = ((8, 0.8), (12, 1.0), (20, 1.0), (24, 0.9), (32, 0.8))
_CHAT_SHAPE: Curve = ((8, 0.5), (9.5, 0.95), (11, 1.0), (13, 0.8), (16, 0.95), (20, 0.4))

_DAY = (time_of_day_ms(8), time_of_day_ms(16, 30))
_LATER = (time_of_day_ms(9, 30), time_of_day_ms(18))
_CHAT_LATE = (time_of_day_ms(11, 30), time_of_day_ms(20))
_EVENING = (time_of_day_ms(16), time_of_day_ms(24))
_NIGHT = (time_of_day_ms(24), time_of_day_ms(32))

_OPENS_MS = time_of_day_ms(9, 20)
_SPOT_MS = time_of_day_ms(9, 21)
_FADED_MS = time_of_day_ms(9, 30)
_CALLED_BACK_MS = time_of_day_ms(9, 31)

_STORY = (
    (_OPENS_MS, "An ordinary morning on the floor.", "平常的一个上午。"),
    (
        _SPOT_MS,
        "TV spot: contacts for sales more than triple; two agents are late from their break, three are in training.",
        "电视广告播出：sales 队列的联络量增至三倍多，而两名坐席休息超时、三名正在培训。",
    ),
    (_FADED_MS, "The surge fades; those who came with it still wait.", "高峰减退，但积压的客户仍在等待。"),
    (_CALLED_BACK_MS, "The team lead calls all five back to the phones.", "组长召回这五名坐席。"),
    (
        time_of_day_ms(9, 38),
        "Nobody waits long any more; the bad minutes leave the 15-minute window one by one.",
        "等待已恢复正常；糟糕的几分钟正逐步移出 15 分钟窗口。",
    ),
    (
        time_of_day_ms(10),
        "The day goes on. Every morning of this week at 9:20 the story happens again.",
        "这一天继续进行。本周每天上午 9:20 故事都会重演。",
    ),
)


def _late_from_break(agent: str) -> Absence:
    return Absence(agent, "break", time_of_day_ms(9, 5), time_of_day_ms(9, 20), _CALLED_BACK_MS)


def _in_training(agent: str) -> Absence:
    return Absence(agent, "training", time_of_day_ms(9), time_of_day_ms(10), _CALLED_BACK_MS)


DEMO = FloorProfile(
    name="demo",
    timezone="Europe/Berlin",
    date="2026-03-02",
    day_cv=0.03,  # the story must hold whatever the seed: the day's luck is kept small
    interval_cv=0.03,
    decline_ratio=0.015,
    queues=(
        QueueProfile(
            "sales",
            QueuePolicy(),
            peak_per_hour=168,
            talk_ms_median=105_000,
            talk_sigma=0.6,
            timeout_ms=300_000,
            room=25,
            transfer_ratio=0.04,
            transfer_to="billing",
        ),
        QueueProfile(
            "support", QueuePolicy(threshold_ms=30_000), peak_per_hour=130, talk_ms_median=105_000, talk_sigma=0.6
        ),
        QueueProfile("billing", QueuePolicy(), peak_per_hour=125, talk_ms_median=70_000, talk_sigma=0.6),
        QueueProfile(
            "chat",
            QueuePolicy(channel="chat", threshold_ms=45_000, short_abandon_ms=10_000),
            peak_per_hour=100,
            shape=_CHAT_SHAPE,
            talk_ms_median=180_000,
            talk_sigma=0.5,
            wrap_up_ms_median=0,
            hold_ratio=0.0,
            at_once=3,
        ),
        QueueProfile(
            "night line",
            QueuePolicy(threshold_ms=45_000),
            peak_per_hour=14,
            shape=_NIGHT_SHAPE,
            talk_ms_median=240_000,
            timeout_ms=120_000,
        ),
    ),
    teams=(
        TeamProfile("sales", 15, ("sales",), (_DAY,)),
        TeamProfile("flex", 3, ("sales", "billing"), (_DAY,)),
        TeamProfile("support", 13, ("support",), (_DAY, _DAY, _DAY, _LATER)),
        TeamProfile("billing", 8, ("billing",), (_DAY,)),
        TeamProfile("chat", 6, ("chat",), (_DAY, _DAY, _CHAT_LATE)),
        TeamProfile("night line", 6, ("night line",), (_DAY, _EVENING, _NIGHT)),
    ),
    surges=(Surge("sales", _SPOT_MS, _FADED_MS, 3.6),),
    absences=(
        _late_from_break("A02"),
        _late_from_break("A07"),
        *map(_in_training, ("A04", "A09", "A13")),
    ),
)


class Demo:
    """The demo floor of one seed. Everything before `start_ms` is history, to be taken at once; the rest is paced."""

    def __init__(self, seed: int = 1) -> None:
        self._seed = seed
        self._midnight_ms = day_start_ms(DEMO.date, DEMO.timezone)
        self.settings: Settings = settings_of(DEMO)
        self.start_ms = self._midnight_ms + _OPENS_MS

    def events(self) -> Iterator[Event]:
        """The week's events in order of time, from the first log-in shortly before 8:00 on Monday. Lazy."""
        return floor_day(DEMO, self._seed, self._midnight_ms, DAYS)

    @property
    def notes(self) -> list[tuple[int, dict[str, str]]]:
        """(instant, sentence by language) in order: each holds until the next, and tells what happens on the floor."""
        return [
            (self._midnight_ms + day * DAY_MS + time_ms, {"en": en, "zh": zh})
            for day in range(DAYS)
            for time_ms, en, zh in _STORY
        ]
