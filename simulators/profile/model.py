"""What a simulated floor is like: its queues and customers, its teams and their habits. Immutable and checked.

People type it as YAML (`simulators/profiles/`, docs/simulator.md). Times of day may pass 24:00: a night belongs to the
day it began on.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, model_validator

from floorwatch.config.file import ServiceLevel, Site
from floorwatch.config.hours import BusinessHours, contradictions, hours_of
from floorwatch.config.values import DurationMs, Name, Section
from floorwatch.floor.channels import CHANNELS
from floorwatch.floor.settings import QueuePolicy
from simulators.laws import Exponential, Gamma, Law, Lognormal, Share, SpanMs, Weight

HOUR_MS = 3_600_000


def time_of_day_ms(typed: object) -> int:
    """Milliseconds since local midnight of `08:30`, `26:00` or `09:21:30`."""
    match = re.fullmatch(r"([0-4]?\d):([0-5]\d)(?::([0-5]\d))?", str(typed).strip())
    if match is None:
        raise ValueError("must be a time of day such as 08:30 (26:00 is two in the night that follows)")
    return ((int(match[1]) * 60 + int(match[2])) * 60 + int(match[3] or 0)) * 1000


def time_of_day(ms: int) -> str:
    """`08:30` of milliseconds since local midnight; with seconds where there are any."""
    seconds = ms // 1000
    text = f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}"
    return f"{text}:{seconds % 60:02d}" if seconds % 60 else text


def _span(typed: object) -> tuple[int, int]:
    since, _, until = str(typed).partition("-")
    span = time_of_day_ms(since), time_of_day_ms(until)
    if span[0] >= span[1]:
        raise ValueError("must be two times of day, the earlier first, such as 08:30-17:00 or 22:00-30:00")
    return span


def local_date(typed: object) -> str:
    """`2026-03-03`; not before 2000, which the event contract takes for impossible."""
    text = str(typed).strip()
    try:
        found = datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC)
    except ValueError:
        raise ValueError("must be a date such as 2026-03-03") from None
    if found.year < 2000:
        raise ValueError("is before 2000, which no event may be; 28 years later the calendar is the same")
    return f"{found:%Y-%m-%d}"


LocalDate = Annotated[str, BeforeValidator(local_date)]
TimeOfDay = Annotated[int, BeforeValidator(time_of_day_ms)]
Span = Annotated[tuple[int, int], BeforeValidator(_span)]
Curve = tuple[tuple[float, float], ...]
"""(hour of the day, relative rate) points, joined by straight lines; zero outside. Two points of one hour: a step."""

M_SHAPE: Curve = (
    (8.0, 0.30), (9.0, 0.78), (9.75, 0.97), (10.5, 1.0), (11.25, 0.96), (12.25, 0.64), (13.0, 0.56),
    (14.0, 0.74), (15.0, 0.80), (16.0, 0.72), (17.0, 0.48), (18.0, 0.22),
)  # fmt: skip
"""Sharp peak from 9:30 to 11:30, lunch dip, weaker second peak."""


class Hold(Section):
    """Contacts put on hold once, in the middle of the talk."""

    ratio: Share = 0.0
    length: Law = Lognormal(law="lognormal", median=25, sigma=0.6)


class Transfer(Section):
    """Contacts sent on to another queue (or out of the floor, where `to` is no queue) when the talk ends."""

    ratio: Share = 0.0
    to: str = ""
    mode: Literal["blind", "attended"] = "blind"


class Overflow(Section):
    """Contacts that have waited `after` leave for another queue (`contact.exited`, overflow)."""

    after_ms: SpanMs = Field(alias="after")
    to: Name


class Retry(Section):
    """Customers who gave up and call again, as a new contact. 41 % do within the hour, 12.7 % within 5 minutes."""

    ratio: Share = 0.0
    delay: Law = Exponential(law="exponential", mean=1_400)


class QueueProfile(Section):
    """One queue: its policy, its customers and its work."""

    contacts: Weight
    """First calls on a day of factor 1, over the whole shape."""
    backlog: Annotated[int, Field(ge=0)] = 0
    """Contacts left over from before the first day: they come all at once, where its shape begins."""
    channel: Literal["voice", "chat", "email", "message", "task", "callback"] = "voice"
    service_level: ServiceLevel = ServiceLevel()
    hours: BusinessHours | None = None
    """When its clock runs; customers come as the shape says, and agents as they are scheduled."""
    shape: Curve = M_SHAPE
    handling: Law = Lognormal(law="lognormal", median=150, sigma=0.75)
    """Talk, without holds."""
    peak_factor: Annotated[float, Field(gt=0)] = 1.0
    """Handling is so many times as long where the shape is highest, and in proportion between."""
    wrap_up: Law | None = None
    """After each talk, as the agent's state; None: none is reported."""
    wrap_up_quiet: Law | None = None
    """The same when nobody waits in any queue of the agent's: people take their time then. None: no difference."""
    patience: Law = Exponential(law="exponential", mean=480)
    retry: Retry = Retry()
    hold: Hold = Hold()
    transfer: Transfer = Transfer()
    key_ratio: Share = 0.0
    """Contacts that leave by pressing a key, if they wait 30 s to 90 s."""
    routing: Literal["longest_idle", "ring_all"] = "longest_idle"
    priority: int = 0
    """Of several queues an agent serves, the one with the greater number is served first."""
    overflow: Overflow | None = None
    timeout_ms: SpanMs | None = Field(None, alias="timeout")
    """Wait after which the switch sends the contact away (`contact.exited`, timeout)."""
    room: Annotated[int, Field(ge=0)] = 1_000
    """Contacts that may wait; the next is refused (`full`)."""
    open_when_empty: bool = False
    """Contacts may wait while no agent is logged in; else they are refused (`empty`)."""
    at_once: Annotated[int, Field(ge=1)] = 1
    """Contacts of this queue one agent handles at the same time; above 1 for chat."""

    @model_validator(mode="after")
    def _is_possible(self) -> QueueProfile:
        if len(self.shape) < 2 or any(
            one[0] > other[0] for one, other in zip(self.shape, self.shape[1:], strict=False)
        ):
            raise ValueError("shape needs two points or more, [hour, height], in order of time")
        if any(not 0 <= hour <= 48 or height < 0 for hour, height in self.shape):
            raise ValueError("shape: hours are from 0 to 48, heights from 0 upwards")
        if self.wrap_up is None and self.wrap_up_quiet is not None:
            raise ValueError("wrap_up_quiet needs a wrap_up")
        if self.at_once > 1 and self.wrap_up is not None:
            raise ValueError("wrap_up is one state of an agent: with at_once above 1 leave it out")
        return self

    @property
    def policy(self) -> QueuePolicy:
        """What a monitor is configured with: what `service_level` does not say is the channel's."""
        level = self.service_level
        typed = {name: getattr(level, name) for name in level.model_fields_set}
        hours = None if self.hours is None else hours_of(self.hours, ())
        return replace(CHANNELS[self.channel], concurrency=self.at_once, hours=hours, **typed)


class Pause(Section):
    """Something other than work in a shift: at a time of day, or so long `after` the shift has begun."""

    activity: Literal["break", "lunch", "meeting", "training", "coaching", "off_phone"]
    at_ms: TimeOfDay | None = Field(None, alias="at")
    after_ms: DurationMs | None = Field(None, alias="after")
    length_ms: DurationMs = Field(alias="length")
    stagger_ms: DurationMs = Field(0, alias="stagger")
    """Seats take turns, each so much later, `turns` of them."""
    turns: Annotated[int, Field(ge=1)] = 5

    @model_validator(mode="after")
    def _has_a_place(self) -> Pause:
        if (self.at_ms is None) == (self.after_ms is None):
            raise ValueError("needs either 'at' (a time of day) or 'after' (since the shift began)")
        return self


class ShiftProfile(Section):
    """Working hours, in one span or, for a split shift, several; and what interrupts them."""

    spans: tuple[Span, ...] = Field(min_length=1)
    pauses: tuple[Pause, ...] = ()

    @model_validator(mode="after")
    def _in_order(self) -> ShiftProfile:
        if any(one[1] >= other[0] for one, other in zip(self.spans, self.spans[1:], strict=False)):
            raise ValueError("spans must be in order of time, and apart")
        return self


class TeamProfile(Section):
    """Agents who serve the same queues. Shifts are dealt out to the seats in turn."""

    agents: Annotated[int, Field(ge=1)]
    queues: dict[Name, int] | tuple[Name, ...]
    """In order of preference, or each with a penalty: agents of a lower one ring first."""
    shifts: tuple[Name, ...] = Field(min_length=1)
    site: str = ""

    @property
    def penalties(self) -> dict[str, int]:
        """Queue to penalty."""
        return self.queues if isinstance(self.queues, dict) else dict.fromkeys(self.queues, 0)


class Habits(Section):
    """How agents keep to the schedule, and to the phone that rings. Typical adherence is 90 to 95 %."""

    absent_ratio: Share = 0.0
    """Scheduled, and not there all day."""
    log_in_early_ms: DurationMs = Field(360_000, alias="log_in_early")
    """Log-ins are spread over so long before the shift."""
    late_ratio: Share = 0.03
    late: Law = Gamma(law="gamma", shape=2, mean=480)
    over_ratio: Share = 0.15
    """Pauses that last too long, by `over`."""
    over: Law = Gamma(law="gamma", shape=1.5, mean=240)
    extra_ratio: Share = 0.0
    """Agents who take a pause (`personal`) that is in no schedule, once a shift."""
    extra: Law = Gamma(law="gamma", shape=2, mean=300)
    leave_late_ms: DurationMs = Field(120_000, alias="leave_late")
    decline_ratio: Share = 0.02
    """Rings that nobody picks up, or, in one case of four, that are rejected."""
    answer: Law = Lognormal(law="lognormal", median=2.8, sigma=0.5)
    """From the first ring to the answer."""
    ring_ms: SpanMs = Field(15_000.0, alias="ring")
    """Nobody picks up within this: declined. 0: contacts are answered without ringing."""
    come_back_waiting: int = 0
    """Agents on a break come back early when more contacts than this wait in a queue of theirs; 0: never."""
    come_back_ratio: Share = 0.5
    unreachable_ratio: Share = 0.0
    """Agents whose phone is lost once a shift, for `unreachable`."""
    unreachable: Law = Gamma(law="gamma", shape=2, mean=180)
    private_ratio: Share = 0.0
    """Talks followed by a call of the agent's own (`busy`), for `private`."""
    private: Law = Gamma(law="gamma", shape=2, mean=60)
    speed_cv: Weight = 0.16
    """Spread of the agents' mean handling times."""


class FloorProfile(Section):
    """A floor and its day."""

    name: Name
    site: Site = Site()
    date: LocalDate = "2026-03-03"
    """The local date simulated when none is named."""
    weekdays: tuple[Weight, Weight, Weight, Weight, Weight, Weight, Weight] = (1, 1, 1, 1, 1, 1, 1)
    """Contacts by day of the week, Monday first, relative to `contacts`."""
    day_cv: Weight = 0.14
    """Spread of the whole day's volume (gamma)."""
    overdispersion: Weight = 1.8
    """Variance over mean of the floor's half-hour counts, given the day, less the 1 of a Poisson process."""
    switch_ms: tuple[Annotated[int, Field(ge=1)], Annotated[int, Field(ge=1)]] = Field(
        (150, 600), alias="switch_delay_ms"
    )
    """What the switch needs from one step to the next. 1 at least: facts of one instant do not hang on each other."""
    habits: Habits = Habits()
    shifts: dict[Name, ShiftProfile] = Field(min_length=1)
    queues: dict[Name, QueueProfile] = Field(min_length=1)
    teams: dict[Name, TeamProfile] = Field(min_length=1)
    agents_from: Annotated[int, Field(ge=0)] = 1
    """Number of the first agent's name."""

    @model_validator(mode="after")
    def _fits_together(self) -> FloorProfile:
        wrong = "; ".join(self._contradictions())
        if wrong:
            raise ValueError(wrong)
        return self

    def _contradictions(self) -> Iterator[str]:
        if self.site.holidays:
            yield "site.holidays: a simulated floor has none"
        for name, queue in self.queues.items():
            if queue.overflow is not None and queue.overflow.to not in self.queues:
                yield f"queues.{name}.overflow.to: there is no queue '{queue.overflow.to}'"
            if queue.overflow is not None and queue.overflow.to == name:
                yield f"queues.{name}.overflow.to: is the queue itself"
            if queue.policy.short_abandon_ms > queue.policy.threshold_ms:
                yield f"queues.{name}.service_level: short_abandon is longer than threshold"
            for key, text in contradictions(queue.hours) if queue.hours is not None else ():
                yield ".".join((f"queues.{name}.hours", *key)) + f": {text}"
        for name, team in self.teams.items():
            for queue_name in team.penalties:
                if queue_name not in self.queues:
                    yield f"teams.{name}.queues: there is no queue '{queue_name}'"
            for shift in team.shifts:
                if shift not in self.shifts:
                    yield f"teams.{name}.shifts: there is no shift '{shift}'"

    @property
    def timezone(self) -> str:
        """The site's time zone."""
        return self.site.timezone
