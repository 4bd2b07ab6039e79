"""Where people see what is wrong, take it in hand, and say of what nobody is to be told for a while."""

from __future__ import annotations

import secrets
from collections.abc import Collection, Iterator, Sequence
from difflib import get_close_matches
from fnmatch import fnmatchcase
from glob import escape
from typing import Any

from floorwatch.alert_stories import AlertStories
from floorwatch.alert_view import AlertView, Story
from floorwatch.alerts.lifecycle import Alert
from floorwatch.alerts.muting import SILENCES_MAX, Silence
from floorwatch.clock import Clock
from floorwatch.desk import SOURCE, RefusedWishError, decide
from floorwatch.engine import Engine
from floorwatch.floor.internal import (
    OperatorAcknowledged,
    OperatorSilenced,
    OperatorSilenceEnded,
    OperatorSnoozed,
)
from floorwatch.ingest.inbox import Inbox
from floorwatch.picture_alerts import AlertsShown

DAY_MS = 24 * 3_600_000
SNOOZE_MAX_MS = DAY_MS
SILENCE_MAX_MS = 7 * DAY_MS
AHEAD_MAX_MS = 31 * DAY_MS
NAMED_MAX = 20
"""So many names a refusal lists."""

Json = dict[str, Any]


class AlertDesk:
    """Reads the engine, and puts what people decide into the inbox like any other event.

    `shown`: the alerts of the picture, in the words they have there already. `stories`: what became of them.
    """

    def __init__(
        self,
        engine: Engine,
        inbox: Inbox,
        clock: Clock,
        shown: AlertsShown | None = None,
        stories: AlertStories | None = None,
    ) -> None:
        self._engine = engine
        self._inbox = inbox
        self._clock = clock
        self._shown = shown or AlertsShown(engine)
        self._stories = stories or AlertStories(engine, self._shown)

    @property
    def timezone(self) -> str:
        """Of the site."""
        return self._engine.settings.timezone

    def now_ms(self) -> int:
        """The present instant."""
        return self._clock.now_ms()

    def alerts(self, back_ms: int) -> list[AlertView]:
        """The live ones, the newest first; then those resolved within `back_ms`."""
        return self._shown.all(back_ms)

    def story(self, alert: str) -> Story | None:
        """What became of the alert of this id since it fired, as far as it is known."""
        return self._stories.of(alert)

    def shown(self, alert: Alert) -> AlertView:
        """An alert of the engine, in the words of the picture."""
        return self._shown.one(alert)

    async def acknowledge(self, alert: str, note: str, who: str, link: str = "") -> AlertView | None:
        """Take a firing alert in hand, or over. The alert as it is then; None when there is none of this id.

        `link`: the one-time link by which they do; of one that was used before the engine takes no notice. Raises
        `TimeoutError` when it was not on disk in time.
        """
        if (found := self._find(alert)) is None:
            return None
        if found.is_live:
            now = self._clock.now_ms()
            event = OperatorAcknowledged(time=now, source=SOURCE, alert=alert, who=who, note=note, link=link)
            await decide(self._inbox, event, who)
        return self._shown.one(found)

    async def snooze(self, alert: str, until: int, why: str, who: str) -> AlertView | None:
        """Nobody is told of a firing alert until then; with a time that has passed they are told again.

        The alert as it is then; None when there is none of this id. Raises `RefusedWishError` and `TimeoutError`.
        """
        if (found := self._find(alert)) is None:
            return None
        now = self._clock.now_ms()
        if until > now + SNOOZE_MAX_MS:
            raise RefusedWishError("until", "is more than 24 h ahead: silence it instead, which says who and why")
        if found.is_live:
            event = OperatorSnoozed(time=now, source=SOURCE, alert=alert, until=max(until, now), who=who, why=why)
            await decide(self._inbox, event, who)
        return self._shown.one(found)

    def silences(self) -> list[Json]:
        """Those in force and to come, the one that ends next first."""
        given = self._engine.telling.muting.silences.values()
        now = self._clock.now_ms()
        return [_silence(one) for one in sorted(given, key=lambda one: (one.until, one.id)) if one.until > now]

    async def silence(
        self, rules: Sequence[str], subjects: Sequence[str], since: int, until: int, why: str, who: str
    ) -> Json:
        """Nobody is told in [since, until) of alerts of these rules (none: of all) about these subjects (none: all).

        Raises `RefusedWishError`; `TimeoutError` when it was not on disk in time.
        """
        now = self._clock.now_ms()
        self._check_span(since, until, now)
        if not rules and not subjects:
            raise RefusedWishError("rules, subjects", 'name at least one; rules: ["*"] means everything')
        self._check_names("rules", rules, {rule.name for rule in self._engine.settings.rules})
        self._check_names("subjects", subjects, set(self._subjects()))
        if not why.strip():
            raise RefusedWishError("why", "say why: others will ask")
        if len(self.silences()) >= SILENCES_MAX:
            raise RefusedWishError("silences", f"there are {SILENCES_MAX} already: end one first")
        event = OperatorSilenced(
            time=now,
            source=SOURCE,
            silence=secrets.token_hex(4),
            since=max(since, now),
            until=until,
            who=who,
            why=why.strip(),
            rules=tuple(rules),
            subjects=tuple(subjects),
        )
        await decide(self._inbox, event, who)
        return _silence(self._engine.telling.muting.silences[event.silence])

    async def end_silence(self, key: str, why: str, who: str) -> Json | None:
        """End a silence before its time; None when none of this id is in force. Raises `TimeoutError`."""
        silence = self._engine.telling.muting.silences.get(key)
        now = self._clock.now_ms()
        if silence is None or silence.until <= now:
            return None
        await decide(self._inbox, OperatorSilenceEnded(time=now, source=SOURCE, silence=key, who=who, why=why), who)
        return _silence(silence)

    def _find(self, alert: str) -> Alert | None:
        watch = self._engine.watch
        return watch.alert(alert) or next((one for one in reversed(watch.history) if one.id == alert), None)

    def _subjects(self) -> Iterator[str]:
        """Everything an alert can be about."""
        engine = self._engine
        yield from engine.settings.queues
        yield from engine.books.ledgers
        yield from engine.feeds
        yield from (output.name for output in engine.settings.outputs)
        yield from (agent.team for agent in engine.books.agents.values() if agent.team)
        yield from (alert.subject for alert in engine.watch.pending_and_firing())

    @staticmethod
    def _check_span(since: int, until: int, now: int) -> None:
        if until <= max(since, now):
            raise RefusedWishError("until", "has passed, or is not after since")
        if until - max(since, now) > SILENCE_MAX_MS:
            raise RefusedWishError("until", "is more than 7 days after since: who needs longer changes the rule")
        if until > now + AHEAD_MAX_MS:
            raise RefusedWishError("until", "is more than 31 days ahead")

    @staticmethod
    def _check_names(key: str, patterns: Sequence[str], known: Collection[str]) -> None:
        """A silence that fits nothing is a typing error that would let the alert through at night."""
        for pattern in patterns:
            if not any(fnmatchcase(name, pattern) for name in known):
                nearest = [escape(name) for name in get_close_matches(pattern, known, 1)]
                some = ", ".join(sorted(known)[:NAMED_MAX]) or "none"
                hint = f"did you mean '{nearest[0]}'?" if nearest else f"known are {some}"
                raise RefusedWishError(key, f"nothing is named '{pattern}'; {hint}")


def _silence(silence: Silence) -> Json:
    return {
        "id": silence.id,
        "since": silence.since,
        "until": silence.until,
        "rules": silence.rules,
        "subjects": silence.subjects,
        "who": silence.who,
        "why": silence.why,
        "at": silence.at,
    }
