"""What is to be played: how, to whom, and when."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Literal

from floorwatch.clock import Clock
from floorwatch.ingest.events import EARLIEST_MS
from simulators.ami import AmiSpeaker
from simulators.freeswitch import FreeswitchSpeaker
from simulators.play.days import Day
from simulators.play.moving import at_time_of_day, local, to_day, to_free_day
from simulators.play.player import Reel
from simulators.speakers.files import events_speaker, queue_log_speaker
from simulators.speakers.http import HttpSpeaker
from simulators.speakers.mqtt import Broker, MqttSpeaker
from simulators.speakers.speaker import Speaker
from simulators.speakers.switches import Switch, SwitchSpeaker

Kind = Literal["mqtt", "http", "ami", "freeswitch", "queue_log", "events"]
Shift = Literal["now", "today", "none"]

USER, SECRET = "floorwatch", "a-long-one"
"""Who may log in to a simulated switch, where nothing else is said."""


@dataclass(frozen=True)
class Address:
    """Where a speaker speaks, and as whom. What a kind has no use for is empty."""

    url: str = ""
    path: Path | None = None
    host: str = "127.0.0.1"
    port: int = 0
    user: str = ""
    secret: str = field(default="", repr=False)
    site: str = "simulated"
    source: str = ""
    """The name under which it speaks; empty: as the day says."""


@dataclass(frozen=True)
class Order:
    """A day to be played. Times of day are minutes since local midnight."""

    day: Day
    kind: Kind
    address: Address
    speed: float = 1.0
    clock: Path | None = None
    from_min: int | None = None
    until_min: int | None = None
    loop: bool = False
    shift: Shift = "none"
    seats: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """The queues of agents, where the configuration of the day tells them."""

    @property
    def is_wall(self) -> bool:
        """Time is the wall's: whoever listens is on it, and nobody can hold it."""
        return self.clock is None and self.shift != "none"

    @property
    def is_switch(self) -> bool:
        """Whoever wants to hear it connects to it, and asks how the floor is."""
        return self.kind in ("ami", "freeswitch")

    @property
    def in_windows(self) -> bool:
        """The clock is shared, and each fact is said with its time, one line each: it can be counted, and followed.

        A switch says in its own words, and decides by what else comes: it is heard second by second.
        """
        return self.clock is not None and not self.is_switch

    def clock_begins_ms(self, first_ms: int) -> int:
        """When the clock begins, for a day whose first fact is at `first_ms`.

        A switch is asked how the floor is before anything happens: a list and a fact of one millisecond would leave
        open which of them is the older one.
        """
        return first_ms - 1 if self.is_switch else first_ms

    def reel(self) -> Reel:
        """The day as the player sees it. Raises `UnusableInputError`."""
        day = self.day
        first_ms = day.first_ms()
        from_ms = first_ms if self.from_min is None else at_time_of_day(first_ms, self.from_min, day.zone)
        until_ms = None if self.until_min is None else at_time_of_day(first_ms, self.until_min, day.zone)
        return Reel(day.cues, first_ms, max(from_ms, first_ms), until_ms)

    def place(self, reel: Reel, wall: Clock) -> Callable[[int], int]:
        """By how much the day is moved to begin after an instant (0: after none, it is the first round).

        On its own day, or on the first that is free, as time never goes back; on `today`; or so that it begins `now`.
        """
        first_ms, zone = reel.first_ms, self.day.zone

        def free(after_ms: int) -> int:
            return to_free_day(first_ms, zone, max(after_ms, EARLIEST_MS))

        def today(after_ms: int) -> int:
            day = local(wall.now_ms(), zone).date()
            if self.is_wall and after_ms:
                day = max(day, local(after_ms, zone).date() + timedelta(days=1))
            by_ms = to_day(first_ms, zone, day)
            return by_ms if self.is_wall or first_ms + by_ms > after_ms else free(after_ms)

        def now(_: int) -> int:
            return wall.now_ms() - reel.from_ms

        return {"none": free, "today": today, "now": now}[self.shift]

    def speaker(self, clock: Clock) -> Speaker:
        """Who says it. `clock` is the floor's."""
        address = self.address
        if self.kind == "http":
            return HttpSpeaker(address.url, address.secret, address.source, in_step=self.clock is not None)
        if self.kind == "mqtt":
            broker = Broker(address.host, address.port, address.user, address.secret, address.site)
            return MqttSpeaker(broker._replace(source=address.source) if address.source else broker)
        if self.kind in ("events", "queue_log"):
            assert address.path is not None
            return (events_speaker if self.kind == "events" else queue_log_speaker)(address.path)
        switch: Switch = (
            AmiSpeaker(clock, user=address.user or USER, secret=address.secret or SECRET, seats=self.seats)
            if self.kind == "ami"
            else FreeswitchSpeaker(clock, password=address.secret or SECRET)
        )
        return SwitchSpeaker(switch, address.host, address.port, in_step=self.clock is not None)
