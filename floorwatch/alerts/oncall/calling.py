"""Everything about people on call: state of the engine, told the time and what is said of it.

an alert changes      -> a climb begins or ends, who was called hears who has it and that it is over
a tick                -> steps that are due, hand-overs of rotas
a message was taken   -> its pages are sent; one that was refused takes another way
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from floorwatch.alerts.lifecycle import Alert, AlertChange
from floorwatch.alerts.oncall import climbing
from floorwatch.alerts.oncall.course import KEPT_MS, Courses
from floorwatch.alerts.oncall.owing import Owing
from floorwatch.alerts.oncall.pages import NEVER, Pages
from floorwatch.alerts.oncall.reaching import PageAlert, PageNotice, Reach
from floorwatch.alerts.oncall.record import Page, PageKind, Record
from floorwatch.alerts.oncall.roster import Handover, Roster
from floorwatch.alerts.oncall.waiting import Waiting
from floorwatch.alerts.telling import Telling
from floorwatch.floor.internal import DeliveryBegun, DeliveryRefused, DeliverySent
from floorwatch.floor.oncall import Escalation
from floorwatch.floor.rules import RANKS, Severity, any_fits
from floorwatch.floor.settings import Settings

LINKS_KEPT_MS = 31 * 86_400_000
"""No link is valid for longer."""
SHIFT_OWED_MS = 86_400_000
"""A shift report that could not be sent for a day is found where it is filed."""
UNREACHED, NOBODY = "unreached", "nobody_on_call"
"""What can be wrong: troubles of the daemon."""

Trouble = Callable[[str, bool, int], None]
"""Told (what, whether it is so, when)."""


class Calling:
    """Every alert that is carried to people."""

    def __init__(self, settings: Settings, telling: Telling, trouble: Trouble) -> None:
        self.roster = Roster()
        self.records: dict[str, Record] = {}
        """By alert: those that fitted an escalation, live and over, in the order in which they did."""
        self.links: dict[str, int] = {}
        """One-time links that were used, and when."""
        self.courses = Courses()
        self.waiting = Waiting()
        self._oncall = settings.oncall
        self._telling = telling
        self._trouble = trouble
        policies = {policy.name: policy for policy in settings.outputs if not policy.is_state}
        self._reach = Reach(settings.oncall.people, policies)
        self.pages = Pages(self._reach)
        self._owing = Owing(self._reach, policies, self.pages)
        self._live: dict[str, Record] = {}
        self._shifts_sent: dict[tuple[str, str], int] = {}
        self._due = NEVER
        self._seen: tuple[int, int] | None = None
        self._said = 0
        """Grows with hand-overs, and with ways that fail and work again."""
        self._judged: tuple[int, int] | None = None
        """The version as of which it was seen who is not reached."""

    @property
    def version(self) -> tuple[int, int]:
        """Differs whenever something else may be owed than before."""
        return self._said, self.pages.version

    def begin_counters(self) -> None:
        """Counters that never fall begin at 0 now."""
        self.pages.begin_counters()
        self.waiting.begin()

    # The life of an alert

    def changed(self, change: AlertChange, now: int) -> None:
        """An alert has changed."""
        alert = change.alert
        self.courses.changed(change, now)
        self.waiting.changed(change, now)
        record = self.records.get(alert.id)
        if change.change in ("fired", "raised"):
            record = self._known(alert, record)
        if record is None:
            return
        self._due = 0
        if change.change in ("raised", "acknowledged", "resolved"):
            self._end(record)
        if change.change == "acknowledged":
            self._tell_called(record, "taken", now)
        elif change.change == "resolved":
            self._live.pop(alert.id, None)
            self._tell_called(record, "over", now)
            self._forget(now)

    def _known(self, alert: Alert, record: Record | None) -> Record | None:
        """Its record, where an escalation fits it as it is now, or did."""
        escalation = self.fitting(alert, alert.severity)
        if escalation is None:
            return record
        if record is None:
            record = self.records[alert.id] = self._live[alert.id] = Record(alert, escalation)
        record.escalation = escalation
        return record

    def fitting(self, alert: Alert, severity: Severity) -> Escalation | None:
        """The first escalation that fits the alert when it is so grave."""
        rank = RANKS.index(severity)
        for one in self._oncall.escalations:
            is_grave = RANKS.index(one.severity_min) <= rank
            if is_grave and any_fits(alert.rule.name, one.rules) and self._telling.is_about(one.selector, alert):
                return one
        return None

    def _end(self, record: Record) -> None:
        """Its climb is over, and who had it has it no more, or somebody else has: what was not sent is not so now."""
        record.climb = None
        for page in list(record.unsent.values()):
            if page.kind != "over":
                self.pages.settle(page, record)
        self._said += 1

    def _forget(self, now: int) -> None:
        """What was over long ago."""
        for alert_id, record in list(self.records.items()):
            over_at = record.alert.resolved_at
            if over_at is None or now - over_at <= KEPT_MS:
                continue
            del self.records[alert_id]
            self.pages.forget(record)

    # Ticks

    @property
    def due_s(self) -> int:
        """The tick on which there is something to do although nothing happens."""
        if self._judged != self.version or (self._live and self._telling.version != self._seen):
            return 0
        return -(-min(self._due, self.roster.due, self.pages.stale_at) // 1000)

    def look(self, second: int) -> None:
        """The tick of this second, after its rules were read."""
        now = second * 1000
        if now >= self.roster.due and self.roster.tick(now):
            self._said += 1
        self.pages.drop_stale(now)
        if not self._live:
            self._due = NEVER
        elif now >= self._due or self._telling.version != self._seen:
            self._seen = self._telling.version
            times = [self._look_at(record, now) for record in list(self._live.values())]
            times += [silence.since for silence in self._telling.muting.silences.values() if silence.since > now]
            self._due = min(times, default=NEVER)
        if self._judged != self.version:
            self._judged = self.version
            self._say_troubles(now)

    def _look_at(self, record: Record, now: int) -> int:
        """Do what is due for one alert; when there is more, if nothing happens."""
        muted = self._telling.muted(record.alert, now)
        record.is_muted = muted is not None
        if muted is not None:
            if record.climb is not None:
                self._end(record)
            return NEVER if muted.until is None else muted.until
        at = climbing.begins_at(record)
        if at is not None and at > now:
            return at
        if at is not None and (escalation := self.fitting(record.alert, record.alert.severity)) is not None:
            self._end(record)
            climbing.begin(record, escalation, now)
        if record.climb is None:
            return NEVER
        if record.climb.next_at is not None and record.climb.next_at <= now:
            self._said += 1
            for page in climbing.tell(record, self.roster, now):
                self.pages.add(page, record)
        return NEVER if record.climb.next_at is None else record.climb.next_at

    # What people hear of it

    def _tell_called(self, record: Record, kind: PageKind, now: int) -> None:
        """Who was called hears what has become of it, once, but for who has done it."""
        for person, output in self.pages.reached(record).items():
            self._tell_person(record, kind, person, output, now)

    def _tell_person(self, record: Record, kind: PageKind, person: str, output: str, now: int) -> None:
        alert = record.alert
        if kind == "taken" and person == alert.acknowledged_by:
            return
        what = f"taken{alert.acknowledged_at}" if kind == "taken" else "over"
        key = f"{alert.id}/{what}/{person}"
        if (known := self.pages.known(key)) is None:
            self.pages.add(Page(key, alert.id, kind, person, now, first_output=output), record)
        else:  # two took it in the same moment
            self.pages.want_again(*known)

    def begun(self, event: DeliveryBegun, now: int) -> None:
        """A message is about to leave."""
        self.pages.begin(event, now)

    def sent(self, event: DeliverySent, now: int) -> None:
        """An output has taken a message."""
        self._reach.works(event.output)
        if event.key.startswith("shift:"):
            self._shifts_sent[event.output, event.key] = now
            self._shifts_sent = {key: at for key, at in self._shifts_sent.items() if now - at <= 2 * SHIFT_OWED_MS}
        for page, record in self.pages.take(event, now):
            self._catch_up(page, record, now)

    def _catch_up(self, page: Page, record: Record, now: int) -> None:
        """A call that left when it was not wanted any more: they hear what has become of the alert, too."""
        if page.kind != "call" or record.climb is not None:
            return
        if record.alert.state == "resolved":
            self._tell_person(record, "over", page.person, page.output, now)
        elif record.alert.state == "acknowledged":
            self._tell_person(record, "taken", page.person, page.output, now)

    def refused(self, event: DeliveryRefused, now: int) -> None:
        """An output will never take this: its pages go another way."""
        self.pages.refuse(event, now)

    def failed(self, output: str, now: int) -> None:
        """An output has not taken what it was given."""
        self._reach.failed(output, now)
        self.pages.fail(output)

    def recovered(self, output: str) -> None:
        """An output takes what it is given."""
        self._reach.works(output)
        self._said += 1

    def is_used(self, link: str, now: int) -> bool:
        """Whether this one-time link was used before; from now on it was. No link is none that was used."""
        if not link:
            return False
        if link in self.links:
            return True
        self.links = {used: at for used, at in self.links.items() if now - at <= LINKS_KEPT_MS}
        self.links[link] = now
        return False

    # What is owed

    def owed(self, output: str, now: int) -> PageNotice | None:
        """What this output is to carry to a person now, each alert as it is."""
        notice = self._owing.owed(output, now)
        if notice is None:
            return None
        return notice._replace(alerts=tuple(PageAlert(page, replace(alert)) for page, alert in notice.alerts))

    def owed_shift(self, output: str, now: int) -> Handover | None:
        """The hand-over of which this output is to be sent the report."""
        if output not in self._oncall.shift_outputs:
            return None
        for one in self.roster.handovers:
            if one.until <= now < one.until + SHIFT_OWED_MS and (output, one.key) not in self._shifts_sent:
                return one
        return None

    def next_due(self, output: str, now: int) -> int | None:
        """When there is something to carry although nothing happens; None: never."""
        return now if self.owed_shift(output, now) is not None else self._owing.next_due(output, now)

    def told_lately(self, output: str) -> list[int]:
        """When the latest messages left by this output."""
        return self.pages.left_at(output)

    def held_until(self, page: Page, record: Record, now: int) -> int | None:
        """Until when the quiet hours of its person hold an unsent page; None: they do not, or it is not to be sent."""
        if page.key not in self.pages.unsent:
            return None
        until = self._reach.held_until(page, record.alert, now)
        return until if until > now else None

    def way(self, page: Page, record: Record, now: int) -> str:
        """By which output an unsent page is to go; empty: by none."""
        if page.key not in self.pages.unsent:
            return ""
        return next((way.output for way in self._reach.chosen(page, record.alert, now)), "")

    # What is wrong

    def unreached(self) -> tuple[str, ...]:
        """Who is to be called, and has no way left by which they can be; each once."""
        lost = (
            page.person
            for page, record in self.pages.unsent.values()
            if page.kind == "call" and not _is_ours(record) and not self._reach.ways(page, record.alert)
        )
        return tuple(dict.fromkeys(lost))

    def _say_troubles(self, now: int) -> None:
        """Alerts about that are carried on, too, but are no reason for themselves."""
        climbs = (record.climb for record in self._live.values() if not _is_ours(record))
        nobody = any(climb is not None and climb.had_gap for climb in climbs)
        self._trouble(UNREACHED, bool(self.unreached()), now)
        self._trouble(NOBODY, nobody, now)


def _is_ours(record: Record) -> bool:
    """Whether the alert itself says that people are not reached."""
    return record.alert.rule.scope == "daemon" and record.alert.subject in (UNREACHED, NOBODY)
