"""A floor of alerts without a floor: they fire, rise and end as the life-cycle says, and outputs are told."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field

from floorwatch.alerts import lifecycle
from floorwatch.alerts.lifecycle import Alert, AlertChange, Reading
from floorwatch.alerts.muting import Muting
from floorwatch.alerts.notice import Notice
from floorwatch.alerts.telling import Telling
from floorwatch.floor.internal import DeliveryFailed, DeliverySent, OperatorSilenced
from floorwatch.floor.outputs import OutputPolicy
from floorwatch.floor.rules import RANKS, Condition, Level, Limit, Rule, Scope, Severity

LEVELS = tuple(Level(severity, Limit(-rank)) for rank, severity in enumerate(RANKS))


def a_rule(name: str, scope: Scope = "queue", *, immediate: bool = False, mutes: tuple[str, ...] = ()) -> Rule:
    return Rule(name, scope, (Condition("waiting", "below", LEVELS),), immediate=immediate, mutes=mutes)


LOW = a_rule("level_low")
WAIT = a_rule("wait_high")
AT_ONCE = a_rule("no_line", immediate=True)
NOBODY = a_rule("nobody", mutes=("level_low", "wait_high"))
FEED = a_rule("feed_down", "source", mutes=("*",))
EVERYTHING = (LOW, WAIT, AT_ONCE, NOBODY, FEED)

QUEUES_OF = {"pbx": ("q1", "q2"), "mail": ("q3", "q2")}
CHANNEL = {"q3": "mail"}


def queues_of(source: str) -> Collection[str]:
    return QUEUES_OF.get(source, ())


def channel_and_labels(queue: str) -> tuple[str, tuple[tuple[str, str], ...]]:
    return CHANNEL.get(queue, "voice"), (("site", "north" if queue == "q1" else "south"),)


@dataclass
class Told:
    """Alerts and whom they are told to. All of it can be pickled, as the engine's state can."""

    outputs: tuple[OutputPolicy, ...]
    timezone: str = "UTC"
    now: int = 0
    alerts: dict[tuple[str, str], Alert] = field(default_factory=dict)
    fired: list[Alert] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.muting = Muting(queues_of)
        self.telling = Telling(self.outputs, self.timezone, self.muting, channel_and_labels, queues_of)

    def _heed(self, change: AlertChange | None) -> None:
        if change is not None:
            self.telling.changed(change, self.now)

    def reads(self, rule: Rule, subject: str, severity: Severity | None) -> Alert | None:
        """The rule reads a breach of this severity; None: it is clear."""
        key = rule.name, subject
        before = self.alerts.pop(key, None)
        reading = Reading(0.0, severity is not None, severity is None, severity or "warning", 1.0, 30)
        alert, change = lifecycle.step(rule, subject, before, reading, self.now)
        if alert is not None:
            self.alerts[key] = alert
            if change is not None and change.change == "fired":
                self.fired.append(alert)
        self._heed(change)
        return alert or before

    def fire(self, rule: Rule, subject: str, severity: Severity = "warning") -> Alert:
        alert = self.reads(rule, subject, severity)
        assert alert is not None
        assert alert.is_live
        return alert

    def clear(self, rule: Rule, subject: str) -> None:
        self.reads(rule, subject, None)

    def take(self, alert: Alert, who: str = "Li") -> None:
        self._heed(lifecycle.acknowledge(alert, who, "", self.now))

    def snooze(self, alert: Alert, until: int) -> None:
        self._heed(lifecycle.snooze(alert, until, "Li", self.now))

    def silence(self, id_: str, until: int, *, since: int = 0, rules: Collection[str] = (), about: str = "*") -> None:
        said = OperatorSilenced(
            time=self.now,
            silence=id_,
            since=since,
            until=until,
            who="Li",
            why="drill",
            rules=tuple(rules),
            subjects=(about,),
        )
        self.muting.silence(said, self.now)

    def owed(self, output: str = "chat") -> Notice | None:
        return self.telling.owed(output, self.now)

    def sent(self, notice: Notice) -> None:
        said = DeliverySent(time=self.now, output=notice.output, key=notice.key, told=notice.told, group=notice.group)
        self.telling.sent(said, self.now)

    def failed(self, output: str = "chat") -> None:
        self.telling.failed(DeliveryFailed(time=self.now, output=output, why="refused"), self.now)

    def hears(self, until: int, output: str = "chat") -> list[tuple[int, list[str]]]:
        """What the output is told up to then, as (when, stages without the instant in the id), each sent at once."""
        heard = []
        while (at := self.telling.next_due(output, self.now)) is not None and at <= until:
            self.now = at
            notice = self.owed(output)
            assert notice is not None, "next_due named an instant at which nothing is owed"
            self.sent(notice)
            heard.append((at, [short(key) for key in notice.told]))
        self.now = until
        return heard


def short(key: str) -> str:
    """A stage key without the instant in it: `rule/subject:state:severity`."""
    head, _, tail = key.partition(":")
    return f"{head.rpartition('/')[0]}:{tail}"


def a_chat(**policy: object) -> Told:
    """One output, `chat`."""
    return Told((OutputPolicy("chat", **policy),))  # type: ignore[arg-type]
