"""A floor of nothing but troubles of the daemon, which are alerts that begin and end when a test says so."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from floorwatch.alerts.lifecycle import Alert
from floorwatch.alerts.oncall.reaching import PageNotice
from floorwatch.engine import Engine
from floorwatch.floor import internal as i
from floorwatch.floor.oncall import Escalation, OnCall, Person, PersonChannel, Step, Whom
from floorwatch.floor.outputs import OutputPolicy
from floorwatch.floor.rules import Condition, Level, Limit, Rule
from floorwatch.floor.settings import Settings

T0 = 1_770_000_000_000
SECOND, MINUTE, HOUR = 1_000, 60_000, 3_600_000
OUTPUTS = ("sms", "mail")
TROUBLE = Rule(
    "trouble",
    "daemon",
    (Condition("trouble", "above", (Level("critical", Limit(0)), Level("emergency", Limit(20 * MINUTE)))),),
)
"""Fires on the tick after the trouble is said, is over on the tick after its end; an emergency after 20 minutes."""


def rota(name: str) -> Whom:
    return Whom("rota", name)


def person(name: str, *outputs: str, **more: Any) -> Person:
    return Person(name, tuple(map(PersonChannel, outputs or OUTPUTS)), **more)


def ladder(*steps: Step, **more: Any) -> Escalation:
    return Escalation("ladder", steps, **more)


@dataclass
class Told:
    """One message that left."""

    at: int
    output: str
    to: str
    """See `Rig.address`."""
    key: str
    pages: tuple[str, ...]
    more: int = 0


@dataclass
class Rig:
    """An engine whose outputs take what they are given, but for those that fail or refuse."""

    people: tuple[Person, ...]
    escalations: tuple[Escalation, ...]
    outputs: tuple[OutputPolicy, ...] = tuple(OutputPolicy(name, only_oncall=True) for name in OUTPUTS)
    failing: set[str] = field(default_factory=set)
    refusing: set[str] = field(default_factory=set)
    """Addresses."""
    deaf: set[str] = field(default_factory=set)
    """Addresses at which nothing is taken for now."""
    told: list[Told] = field(default_factory=list)
    engine: Engine = field(init=False)

    def __post_init__(self) -> None:
        names = tuple({whom.name: None for one in self.escalations for step in one.steps for whom in step.tell})
        oncall = OnCall(self.people, self.escalations, names)
        self.engine = Engine(Settings(rules=(TROUBLE,), outputs=self.outputs, oncall=oncall))
        self.engine.advance(T0)

    @property
    def now(self) -> int:
        return self.engine.now - T0

    def load(self, rota_name: str, *turns: tuple[int, int, tuple[str, ...]]) -> None:
        spans = tuple(i.RotaTurn(since=T0 + since, until=T0 + until, people=people) for since, until, people in turns)
        self.engine.apply(
            i.RotaLoaded(
                time=self.engine.now,
                source="schedule",
                rota=rota_name,
                since=spans[0].since,
                until=spans[-1].until,
                turns=spans,
            )
        )

    def breaks(self, what: str = "disk") -> None:
        self.engine.apply(i.DaemonTroubled(time=self.engine.now, source="daemon", trouble=what))

    def mends(self, what: str = "disk") -> None:
        self.engine.apply(i.DaemonTroubled(time=self.engine.now, source="daemon", trouble=what, is_over=True))

    def alert(self, what: str = "disk") -> Alert:
        return next(alert for alert in reversed(self.engine.watch.history) if alert.subject == what)

    def take(self, who: str, what: str = "disk", link: str = "") -> None:
        said = i.OperatorAcknowledged(
            time=self.engine.now, source="operator", alert=self.alert(what).id, who=who, link=link
        )
        self.engine.apply(said)

    def run(self, until: int, *, carry: bool = True) -> None:
        """Go on to this instant after the beginning, a second at a time; with `carry` what is owed is sent."""
        while self.now < until:
            self.engine.advance(min(self.engine.now + SECOND, T0 + until))
            if carry:
                self.carry()

    def carry(self, most: int = 50) -> None:
        for policy in self.outputs:
            for _ in range(most):
                notice = self.engine.calling.owed(policy.name, self.engine.now)
                if notice is None or not self._send(notice):
                    break

    def address(self, notice: PageNotice) -> str:
        """Where it goes, which no engine knows: "+A" or "A@x"; by a second channel of the same output "+A2"."""
        of = next(one for one in self.people if one.name == notice.person)
        nth = sum(channel.output == notice.output for channel in of.channels[: notice.channel]) + 1
        name = notice.person + (str(nth) if nth > 1 else "")
        return f"+{name}" if notice.output == "sms" else f"{name}@x"

    def begins(self, output: str = "sms") -> PageNotice:
        """What is owed by this output is about to leave."""
        notice = self.engine.calling.owed(output, self.engine.now)
        assert notice is not None
        self.begin(notice)
        return notice

    def begin(self, notice: PageNotice) -> None:
        self.engine.apply(
            i.DeliveryBegun(
                time=self.engine.now,
                source="outputs",
                output=notice.output,
                key=notice.key,
                channel=notice.channel,
                pages=notice.pages,
            )
        )

    def _send(self, notice: PageNotice) -> bool:
        now, output, key, pages = self.engine.now, notice.output, notice.key, notice.pages
        to = self.address(notice)
        said: dict[str, Any] = {"time": now, "source": "outputs", "output": output}
        self.begin(notice)
        if output in self.failing or to in self.deaf:
            self.engine.apply(i.DeliveryFailed(**said, why="away"))
            return False
        if to in self.refusing:
            self.engine.apply(i.DeliveryRefused(**said, key=key, why="unknown", channel=notice.channel, pages=pages))
            return True
        self.engine.apply(i.DeliverySent(**said, key=key, pages=pages))
        self.told.append(Told(now - T0, output, to, key, pages, notice.more))
        return True

    def said(self) -> list[tuple[int, str, str]]:
        """(when, to which address, what: without the alert) of every page that was sent."""
        return [
            (one.at, one.to, page.removeprefix(f"{self.alert().id}/").rpartition("/")[0])
            for one in self.told
            for page in one.pages
            if page.startswith(f"{self.alert().id}/")
        ]
