"""The incidents of a day, as people type them: each with its time and what it does. Immutable, checked, no behaviour.

Those of the floor change what happens (customers, agents, systems); those of the feed change only what is told of it.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from floorwatch.config.values import DurationMs, Names, Section
from simulators.laws import Exponential, Law, Share
from simulators.profile.model import TimeOfDay


class _Timed(Section):
    """What every incident has: [at, until) of the day, and a few words for whoever looks at the day later."""

    at_ms: TimeOfDay = Field(alias="at")
    until_ms: TimeOfDay = Field(alias="until")
    label: str = ""

    @model_validator(mode="after")
    def _in_order(self) -> _Timed:
        if self.at_ms >= self.until_ms:
            raise ValueError("'until' must be later than 'at'")
        return self

    def holds(self, time_of_day_ms: float) -> bool:
        """Whether it lasts at this time of the day."""
        return self.at_ms <= time_of_day_ms < self.until_ms


class Surge(_Timed):
    """A product is down, a TV spot is on: so many times as many contacts."""

    kind: Literal["surge"]
    queues: Names = ()
    """None named: all."""
    factor: Annotated[float, Field(gt=0)]


class SlowSystems(_Timed):
    """Handling takes so many times as long."""

    kind: Literal["slow_systems"]
    queues: Names = ()
    factor: Annotated[float, Field(gt=0)] = 1.35


class Outage(_Timed):
    """A site or a team is cut off: its phones are lost, with whoever is on them; it logs in again afterwards."""

    kind: Literal["outage"]
    teams: Names = ()
    sites: Names = ()

    @model_validator(mode="after")
    def _has_a_place(self) -> Outage:
        if not self.teams and not self.sites:
            raise ValueError("needs 'teams' or 'sites'")
        return self


class SickLeave(_Timed):
    """Many call in sick: agents whose shift begins in this time do not come at all."""

    kind: Literal["sick_leave"]
    ratio: Share
    teams: Names = ()


class LateShift(_Timed):
    """A train is cancelled: agents whose shift begins in this time come later by up to `by`."""

    kind: Literal["late_shift"]
    by_ms: DurationMs = Field(alias="by")
    ratio: Share = 1.0
    teams: Names = ()


class LongPause(_Timed):
    """Some agents pause together and stay away until `until`; the schedule has them back at `due` (none: then too)."""

    kind: Literal["long_pause"]
    activity: Literal["break", "lunch", "meeting", "training", "coaching", "off_phone"] = "break"
    due_ms: TimeOfDay | None = Field(None, alias="due")
    agents: Annotated[int, Field(ge=1)]
    """The first so many of each team named, of those at work."""
    skip: Annotated[int, Field(ge=0)] = 0
    """Seats passed over first, so that two long pauses can mean different agents."""
    teams: Names = Field(min_length=1)

    @model_validator(mode="after")
    def _is_due_afterwards(self) -> LongPause:
        if self.due_ms is not None and self.due_ms <= self.at_ms:
            raise ValueError("'due' must be later than 'at'")
        return self


class SwitchRestart(_Timed):
    """The switch dies with all its calls, and is back at `until`: who calls meanwhile hears nothing."""

    kind: Literal["switch_restart"]


class FeedLoss(_Timed):
    """The monitor's connection is lost; what happens meanwhile is not told, the floor goes on."""

    kind: Literal["feed_loss"]


class ClockSkew(_Timed):
    """The source's clock is wrong by so much (`ahead` of ours, or behind)."""

    kind: Literal["clock_skew"]
    by_ms: DurationMs = Field(alias="by")
    ahead: bool = False


class Duplicates(_Timed):
    """Events are told twice."""

    kind: Literal["duplicates"]
    ratio: Share


class LateEvents(_Timed):
    """Events arrive late, and so out of order."""

    kind: Literal["late_events"]
    ratio: Share
    delay: Law = Exponential(law="exponential", mean=8)


class Malformed(_Timed):
    """The feed says nonsense beside what is true: broken JSON, missing attributes, impossible times."""

    kind: Literal["malformed"]
    ratio: Share
    """So many lines of nonsense to one true one."""


FloorIncident = Surge | SlowSystems | Outage | SickLeave | LateShift | LongPause | SwitchRestart
FeedIncident = FeedLoss | ClockSkew | Duplicates | LateEvents | Malformed
Incident = Annotated[FloorIncident | FeedIncident, Field(discriminator="kind")]
FEED_KINDS = (FeedLoss, ClockSkew, Duplicates, LateEvents, Malformed)


class Timeline(Section):
    """A file of incidents."""

    incidents: tuple[Incident, ...] = ()
