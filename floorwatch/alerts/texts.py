"""What an alert says: what broke, since when, how far past which limit. One sentence, in every language.

    sales: 61 % answered in 20 s (last 15 min, n 143), under target 80 % since 10:02, critical at 60 % or less
    subject  what                 sample               limit                          severity

Times are the site's. A ratio is cut, a limit is written as it was set.
"""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from floorwatch.alerts.figures import FIGURES, Unit
from floorwatch.alerts.lifecycle import Alert
from floorwatch.alerts.reading import holds
from floorwatch.floor.rules import TARGET, Condition, Limit
from floorwatch.floor.settings import QueuePolicy, Settings
from floorwatch.metrics import catalogue
from floorwatch.metrics.catalogue import LANGUAGES, Language
from floorwatch.metrics.phrases import KINDS, PHRASES, phrase
from floorwatch.metrics.phrases import message as phrases_message

WHOLE = ("outage", "clock_offset", "failing", "pages_refused", "trouble")
"""Figures that are a breach by being there: their sentence names no limit."""
LOW = ("below", "at_most")
VALUES: dict[Unit, str] = {"ratio": "percent1", "ms": "clock", "count": "count"}
LIMITS: dict[Unit, str] = {"ratio": "target", "ms": "clock", "count": "count"}
"""How values and limits of a unit are written: kinds of `metrics.phrases`."""


def time_of_day(instant: int, timezone: str) -> str:
    """`10:02`, on the site's clock."""
    return datetime.fromtimestamp(instant // 1000, ZoneInfo(timezone)).strftime("%H:%M")


def figure_name(figure: str, lang: Language) -> str:
    """What a figure that a rule looks at is called."""
    known = catalogue.FIGURES.get(figure)
    return known.name(lang) if known is not None else phrase(f"figure.{figure}", lang)


def message(alert: Alert, value: float | None, n: int, settings: Settings) -> dict[str, str]:
    """Language to sentence: what is broken. `value` is in the unit of the rule's figure, `n` its sample, if it has one.

    While an alert lives on although its figure is no longer past the limit, it says that it was.
    """
    if alert.rule.figure == "outage" and alert.clear_since is not None and value is not None:
        return phrases_message("alert.feed_back", subject=alert.subject, ms=int(value))
    return {lang: _sentence(alert, value, n, settings, lang) for lang in LANGUAGES}


def message_at_fire(alert: Alert, settings: Settings) -> dict[str, str]:
    """Language to sentence: what had broken when the alert fired, whatever has become of it since."""
    value, n = alert.value_at_fire, alert.n_at_fire
    return {lang: _sentence(alert, value, n, settings, lang) for lang in LANGUAGES}


def over(alert: Alert, settings: Settings) -> dict[str, str]:
    """Language to sentence: that a resolved alert is over, how long it fired, why, and with which value.

    Empty for one that is not over.
    """
    if alert.resolved_at is None:
        return dict.fromkeys(LANGUAGES, "")
    return {lang: _over(alert, alert.resolved_at, settings, lang) for lang in LANGUAGES}


def _over(alert: Alert, at: int, settings: Settings, lang: Language) -> str:
    figure, now = alert.rule.figure, ""
    if alert.reason != "cleared":
        now = phrase(f"alert.{alert.reason}", lang)
    elif alert.value == 0 and figure in ("longest_wait", "waiting"):
        now = phrase("alert.nobody_waits", lang)
    elif alert.value is not None and figure not in WHOLE:
        now = phrase("alert.now", lang, value=written(figure, alert.value, lang))
    return phrase(
        "alert.over",
        lang,
        subject="floorwatch" if alert.rule.scope == "daemon" else alert.subject,
        figure=_name(alert, settings, lang),
        at=time_of_day(at, settings.timezone),
        lasted_ms=at - (alert.pending_at if alert.fired_at is None else alert.fired_at),
        now=now,
    )


def written(figure: str, value: float, lang: Language) -> str:
    """A value of the figure as people read it."""
    kind = "percent" if figure == "service_level" else VALUES[FIGURES[figure].unit]
    return KINDS[kind](value, lang)


def _name(alert: Alert, settings: Settings, lang: Language) -> str:
    """What the alert is called, shortly."""
    policy = policy_of(alert, settings)
    if is_out_of_reach(alert.rule.figure, alert.value_at_fire, policy):
        return phrase("alert.out_of_reach", lang)
    if _is_nobody(alert, policy):
        return phrase("alert.nobody_there", lang)
    if alert.rule.figure == "trouble":
        return _trouble("trouble_name", alert, lang)
    return figure_name(alert.rule.figure, lang)


def _trouble(table: str, alert: Alert, lang: Language, **facts: str) -> str:
    """What is wrong with floorwatch itself, as this table of phrases has it."""
    known = f"{table}.{alert.subject}"
    return phrase(known if known in PHRASES else f"{table}.other", lang, trouble=alert.subject, **facts)


def limit_written(alert: Alert, settings: Settings) -> dict[str, str]:
    """Language to the limit of the alert's first condition: `under target 80 %`."""
    condition, policy = alert.rule.conditions[0], policy_of(alert, settings)
    return {lang: _limit(condition, condition.levels[0].limit, policy, lang) for lang in LANGUAGES}


def policy_of(alert: Alert, settings: Settings) -> QueuePolicy:
    """By which its limits are read."""
    return settings.policy(alert.subject) if alert.rule.scope == "queue" else settings.default_policy


def _sentence(alert: Alert, value: float | None, n: int, settings: Settings, lang: Language) -> str:
    rule, first = alert.rule, alert.rule.conditions[0]
    since = time_of_day(alert.pending_at, settings.timezone)
    policy = policy_of(alert, settings)
    whole = _whole(alert, value, policy, since, settings, lang)
    if whole:
        return whole
    limit = first.levels[0].limit
    is_past = value is None or holds(first, value, limit.value(policy))
    return phrase(
        "alert.breach" if is_past else "alert.recovering",
        lang,
        what=_what(alert, value, policy, lang),
        sample=_sample(first, n if FIGURES[first.figure].has_sample else 0, lang),
        limit=_limit(first, limit, policy, lang),
        since=since,
        more=_worse(alert, policy, lang)
        + "".join(
            phrase(
                "alert.and",
                lang,
                figure=figure_name(also.figure, lang),
                limit=_limit(also, also.levels[0].limit, policy, lang),
            )
            for also in rule.conditions[1:]
        ),
    )


def _whole(
    alert: Alert, value: float | None, policy: QueuePolicy, since: str, settings: Settings, lang: Language
) -> str:
    """The sentence of an alert whose limit needs no word; empty for others."""
    figure = alert.rule.figure
    if value is None:
        return ""
    if figure == "trouble":
        return phrase("alert.trouble", lang, trouble=_trouble("trouble", alert, lang, since=since))
    if figure == "clock_offset":
        key = "alert.clock_behind" if value > 0 else "alert.clock_ahead" if value < 0 else "alert.clock_set"
        return phrase(key, lang, subject=alert.subject, ms=abs(int(value)) // 100 * 100)
    if figure in WHOLE:
        return phrase(f"alert.{figure}", lang, subject=alert.subject, ms=int(value))
    if figure == "no_return" and value <= 0:
        return phrase("alert.no_return_over", lang, subject=alert.subject)
    if is_out_of_reach(figure, value, policy) and alert.until is not None:
        until = time_of_day(alert.until, settings.timezone)
        return phrase("alert.cannot_reach", lang, subject=alert.subject, target=policy.target, until=until, ratio=value)
    if _is_nobody(alert, policy):
        return phrase("alert.no_agents", lang, subject=alert.subject, count=value, since=since)
    return ""


def is_out_of_reach(figure: str, value: float | None, policy: QueuePolicy) -> bool:
    """Whether it says that the target cannot be reached any more."""
    return figure == "best_possible" and value is not None and value < policy.target


def _is_nobody(alert: Alert, policy: QueuePolicy) -> bool:
    """Whether it says that contacts wait and nobody is there."""
    waiting, *also = alert.rule.conditions
    if waiting.figure != "waiting" or len(also) != 1:
        return False
    present = also[0]
    is_low = present.figure == "present" and present.compare == "at_most"
    return is_low and present.levels[0].limit.value(policy) == 0


def _what(alert: Alert, value: float | None, policy: QueuePolicy, lang: Language) -> str:
    figure, subject = alert.rule.figure, alert.subject
    if value is None:
        return phrase("alert.unknown", lang, subject=subject, figure=figure_name(figure, lang))
    if figure == "longest_wait" and value == 0:
        return phrase("alert.no_wait", lang, subject=subject)
    if f"alert.{figure}" not in PHRASES:
        figures, shown = figure_name(figure, lang), written(figure, value, lang)
        return phrase("alert.figure", lang, subject=subject, figure=figures, value=shown)
    return phrase(
        f"alert.{figure}", lang, subject=subject, ratio=value, ms=value, count=value, threshold_ms=policy.threshold_ms
    )


def _sample(condition: Condition, n: int, lang: Language) -> str:
    window = phrase(f"window.{condition.window}", lang) if condition.window else ""
    if window and n:
        return phrase("alert.sample", lang, window=window, n=n)
    if window:
        return phrase("alert.sample_window", lang, window=window)
    return phrase("alert.sample_n", lang, n=n) if n else ""


def _limit(condition: Condition, limit: Limit, policy: QueuePolicy, lang: Language) -> str:
    """`under target 80 %`, `over 1:00`, `10 or more`."""
    shown = KINDS[LIMITS[FIGURES[condition.figure].unit]](limit.value(policy), lang)
    of_target = "_target" if limit == TARGET else ""
    return phrase(f"alert.{condition.compare}{of_target}", lang, limit=shown)


def _worse(alert: Alert, policy: QueuePolicy, lang: Language) -> str:
    """From where on it has the severity it has, where that is not the first."""
    condition = alert.rule.conditions[0]
    level = next((level for level in condition.levels[1:] if level.severity == alert.severity), None)
    if level is None:
        return ""
    return phrase(
        "alert.worse_low" if condition.compare in LOW else "alert.worse_high",
        lang,
        severity=phrase(f"severity.{alert.severity}", lang),
        limit=KINDS[LIMITS[FIGURES[condition.figure].unit]](level.limit.value(policy), lang),
    )
