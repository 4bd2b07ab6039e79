"""Who is told what, and when: decided from what the alerts are, against the log of what each output was last told.

Nothing is queued. A notice is what an output does not know yet at this instant; so a send that was lost is made good
by the next one, what was overtaken meanwhile is not told, and the same state gives the same notice with the same key,
also after a crash. Everything here is state of the engine: told the time, journalled by way of the events it heeds.

    an alert is owed to an output   when it concerns it (rule, severity, subject), and its stage is not what it was told
    and nothing stands against it   not muted, no quiet hours (but for emergencies), not known to be flapping
    and it is time                  its group has waited for company, and not so many messages went out this minute
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import replace
from typing import NamedTuple

from floorwatch.alerts.flapping import Flapping, about
from floorwatch.alerts.lifecycle import Alert, AlertChange
from floorwatch.alerts.muting import Muted, Muters, Muting
from floorwatch.alerts.notice import STATES, Notice, NoticeAlert, Stage, notice_key, stage_of
from floorwatch.alerts.recipient import NEWS_MS, Entry, Recipient
from floorwatch.floor.internal import DeliveryFailed, DeliveryRecovered, DeliverySent
from floorwatch.floor.outputs import OutputPolicy
from floorwatch.floor.rules import EVERYBODY, RANKS, Selector

FAR_MS = 400 * 24 * 60 * 60_000
"""What stands against telling it for longer than that stands for ever: quiet hours all week."""
Labels = tuple[tuple[str, str], ...]


class _Owed(NamedTuple):
    """One thing an output does not know."""

    entry: Entry
    stage: Stage
    own: int
    """Since or from when it is to be told."""
    group: str
    at: int
    """When it may be told at the earliest, if nothing stands against it."""

    @property
    def order(self) -> tuple[bool, int, int, int, str]:
        """What comes first when not everything can be said."""
        rank = RANKS.index(self.entry.alert.severity)
        return not self.stage.is_new_emergency, STATES.index(self.stage.state), -rank, self.own, self.stage.alert


class Telling:
    """Every output and its log. Raises `KeyError` for an output that is not among the policies."""

    def __init__(
        self,
        outputs: Iterable[OutputPolicy],
        timezone: str,
        muting: Muting,
        channel_and_labels: Callable[[str], tuple[str, Labels]],
        queues_of_source: Callable[[str], Collection[str]],
    ) -> None:
        self.muting = muting
        self._channel_and_labels = channel_and_labels
        self._queues_of_source = queues_of_source
        self._recipients = {policy.name: Recipient(policy, timezone) for policy in outputs}
        self._flapping = Flapping()
        self._muters = Muters()
        self._changes = 0

    @property
    def version(self) -> tuple[int, int]:
        """Differs whenever somebody may be owed something else than before."""
        return self._changes + self.muting.version, self._muters.clearing

    # Whom it concerns

    def concerns(self, output: str, alert: Alert) -> bool:
        """Whether the output is told of such alerts: their rule, their severity and what they are about."""
        recipient = self._recipients[output]
        return recipient.concerns(alert) and self.is_about(recipient.policy.selector, alert)

    def concerns_queue(self, output: str, queue: str) -> bool:
        """Whether the output is told of this queue."""
        return self._fits(self._recipients[output].policy.selector, queue)

    def muted(self, alert: Alert, now: int) -> Muted | None:
        """Why nobody is told of this alert now; None: it is not muted."""
        return self.muting.why(alert, self._muters.of(alert), now)

    def quiet(self, output: str, now: int) -> tuple[bool, int | None]:
        """(whether the output is in its quiet hours, when that changes; None: it has none)."""
        return self._recipients[output].quiet(now)

    def is_about(self, selector: Selector, alert: Alert) -> bool:
        """Whether it is about what is selected: a queue, a source that tells of one, or anything for everybody."""
        if selector == EVERYBODY:
            return True
        if alert.rule.scope == "queue":
            return self._fits(selector, alert.subject)
        if alert.rule.scope == "source":  # its alert mutes those of its queues: who is told of them must know
            return any(self._fits(selector, queue) for queue in self._queues_of_source(alert.subject))
        return False

    def _fits(self, selector: Selector, queue: str) -> bool:
        return selector == EVERYBODY or selector.fits(queue, *self._channel_and_labels(queue))

    def _group(self, policy: OutputPolicy, alert: Alert) -> str:
        if not policy.group_by:
            return ""
        labels = {**alert.labels, "rule": alert.rule.name, "severity": alert.severity}
        if alert.rule.scope == "queue":
            channel, of_queue = self._channel_and_labels(alert.subject)
            labels = {"channel": channel, **dict(of_queue), **labels}
        return ", ".join(f"{label}={labels.get(label, '')}" for label in policy.group_by)

    # What happens

    def changed(self, change: AlertChange, now: int) -> None:
        """An alert has changed."""
        alert = change.alert
        self._changes += 1
        self._flapping.heed(change, now)
        self._muters.heed(alert)
        for recipient in self._recipients.values():
            if recipient.policy.is_state:
                continue
            if change.change == "resolved":
                self._resolved(recipient, alert, now)
            elif change.change != "snoozed" and self.concerns(recipient.policy.name, alert):
                entry = recipient.heed(alert, self._flapping.firings(about(alert)), now)
                entry.is_owed |= self._clear_at(recipient, entry, now) == now

    def _resolved(self, recipient: Recipient, alert: Alert, now: int) -> None:
        entry = recipient.live.get(alert.id)
        if entry is None:
            return
        if entry.said is None and not entry.is_owed and self._clear_at(recipient, entry, now) != now:
            recipient.drop(entry)  # it came and went while nobody was to be told
        else:
            recipient.resolve(entry, now)

    def sent(self, event: DeliverySent, now: int) -> None:
        """An output has taken a message. What is said there of alerts that it need not be told of any more is passed
        over, and so is an output that there is no more.
        """
        recipient = self._recipients.get(event.output)
        if recipient is None:
            return
        self._changes += 1
        stages, groups = [], set()
        for key in event.told:
            stage = stage_of(key)
            stages.append(stage)
            entry = recipient.entry(stage.alert)
            if entry is not None:
                groups.add(self._group(recipient.policy, entry.alert))
                recipient.say(entry, stage, now)
        recipient.count(stages, groups, now)

    def failed(self, event: DeliveryFailed, now: int) -> None:
        """An output has not taken what it was given."""
        recipient = self._recipients.get(event.output)
        if recipient is not None and recipient.failing_since is None:
            recipient.failing_since = now

    def recovered(self, event: DeliveryRecovered, now: int) -> None:
        """An output takes what it is given again."""
        recipient = self._recipients.get(event.output)
        if recipient is not None:
            recipient.failing_since = None

    def failing_since(self, output: str) -> int | None:
        """Since when the output has taken nothing of what it was given; None: it works, or there is none of this name
        any more, as the journal may know it.
        """
        recipient = self._recipients.get(output)
        return None if recipient is None else recipient.failing_since

    def dropped(self, output: str) -> int:
        """Alerts of which the output was not told how they ended: they were too many, or it took longer than a day."""
        return self._recipients[output].dropped

    # What is owed

    def owed(self, output: str, now: int, *, together: bool = False) -> Notice | None:
        """What the output is to be told now; None: nothing, and always of one that shows what is. `together`: all
        groups in one message.
        """
        recipient = self._recipients[output]
        owed = [(one, self._ready_at(recipient, one, now)) for one in self._owed(recipient)]
        ready = [one for one, at in owed if at == now]
        if not ready:
            return None
        first = min(ready, key=lambda one: one.order)
        is_storm = together or recipient.is_storm(now, is_emergency=first.stage.is_new_emergency)
        groups = {one.group for one in ready} if is_storm else {first.group}
        reminds = any(one.stage.reminder and one.group in groups for one in ready)
        until = now + (recipient.policy.remind_ms // 2 if reminds else 0)
        said = [
            one for one, at in owed if one.group in groups and (at == now or self._joins(recipient, one, now, until))
        ]
        said.sort(key=lambda one: one.order)
        return self._notice(recipient, "" if len(groups) > 1 else first.group, said)

    def _joins(self, recipient: Recipient, one: _Owed, now: int, until: int) -> bool:
        """Whether it is said in a message of its group that goes out now: with one reminder go those due soon."""
        due = one.own <= (until if one.stage.reminder else now)
        return due and self._clear_at(recipient, one.entry, now) == now

    def next_due(self, output: str, now: int) -> int | None:
        """When the output is owed something although nothing changes: `now` where it is already; None: never."""
        recipient = self._recipients[output]
        times = (self._ready_at(recipient, one, now) for one in self._owed(recipient))
        return min((at for at in times if at is not None), default=None)

    def _owed(self, recipient: Recipient) -> Iterator[_Owed]:
        policy = recipient.policy
        for entry in recipient.entries():
            following = entry.next(policy.remind_ms)
            if following is not None:
                stage, own = following
                group = self._group(policy, entry.alert)
                yield _Owed(entry, stage, own, group, recipient.earliest(entry, stage, own, group))

    def _ready_at(self, recipient: Recipient, one: _Owed, now: int) -> int | None:
        return self._clear_at(recipient, one.entry, max(now, one.at))

    def _clear_at(self, recipient: Recipient, entry: Entry, at: int) -> int | None:
        """The first instant from `at` on at which nothing stands against telling it; None: not by itself."""
        alert, last = entry.alert, at + FAR_MS
        if alert.resolved_at is not None and entry.said is None:
            last = alert.resolved_at + NEWS_MS
        while at <= last:
            muted = self.muted(alert, at)
            until = muted.until if muted is not None else self._held_until(recipient, alert, at)
            if until is None:
                return None
            if until == at:
                return at
            at = until
        return None

    def _held_until(self, recipient: Recipient, alert: Alert, at: int) -> int:
        """Until when the output itself is left in peace; `at`: it is not."""
        is_quiet, until = recipient.quiet(at)
        if is_quiet and until is not None and alert.severity != "emergency":
            return until
        if recipient.is_warned(alert):
            return max(at, self._flapping.until(about(alert), recipient.flaps_max))
        return at

    def _notice(self, recipient: Recipient, group: str, owed: list[_Owed]) -> Notice:
        said = tuple(
            NoticeAlert(
                one.stage.key,
                replace(one.entry.alert),
                one.entry.before,
                one.stage.reminder,
                one.entry.firings,
                is_flapping=one.entry.firings >= recipient.flaps_max,
            )
            for one in owed[: recipient.policy.alerts_max]
        )
        output = recipient.policy.name
        key = notice_key(output, [one.key for one in said])
        return Notice(key, output, group, said, len(owed) - len(said))
