"""Rules in plain words, so that everybody can read when emergency measures are taken.

service level (last 15 min) under the target for 60 s: warning; the target − 20 points or less: critical.
Over at the target + 2 points or more for 120 s.
"""

from __future__ import annotations

import re

from floorwatch.alerts.figures import FIGURES, Unit
from floorwatch.alerts.texts import figure_name
from floorwatch.floor.hours import Hours
from floorwatch.floor.rules import TARGET, Compare, Condition, Limit, Rule, Selector
from floorwatch.floor.settings import QueuePolicy, Settings
from floorwatch.metrics.catalogue import Language
from floorwatch.metrics.phrases import KINDS, PHRASES, phrase

_LOW = ("below", "at_most")
_PLAIN: dict[str, tuple[Compare, Limit]] = {
    "waiting": ("at_least", Limit(1)),
    "present": ("at_most", Limit(0)),
    "best_possible": ("below", TARGET),
    "outage": ("above", Limit(0)),
    "failing": ("above", Limit(0)),
    "pages_refused": ("above", Limit(0)),
    "trouble": ("above", Limit(0)),
}
"""Comparisons for which there are plainer words than a figure and a limit."""
_BETWEEN_CHINESE = re.compile(r"(?<=[\u4e00-\u9fff]) (?=[\u4e00-\u9fff])")


def rule_words(rule: Rule, min_sample: int, lang: Language) -> str:
    """When an alert of the rule fires, how grave it is, when it is over, and whom it concerns."""
    first, *further = rule.conditions
    holds = _holds(first, min_sample, lang)
    for condition in further:
        holds += phrase("rule.and", lang, holds=_holds(condition, min_sample, lang))
    hold = phrase("rule.hold", lang, ms=rule.hold_ms) if rule.hold_ms else ""
    said = phrase(
        "rule.fires",
        lang,
        holds=holds,
        hold=phrase("rule.at_once", lang) if rule.immediate else hold,
        severity=phrase(f"severity.{first.levels[0].severity}", lang),
        worse="".join(_worse(first, place, lang) for place in range(1, len(first.levels))),
        over=_over(rule, lang),
        more=_more(rule, lang),
    )
    return _BETWEEN_CHINESE.sub("", said)


def queue_words(settings: Settings, lang: Language) -> list[str]:
    """What target and T are, queue by queue, for limits that speak of them."""
    policies: dict[str, QueuePolicy] = {**settings.queues, phrase("rule.any_queue", lang): settings.default_policy}
    return [
        phrase("rule.queue", lang, queue=queue, target=policy.target, threshold_ms=policy.threshold_ms)
        for queue, policy in policies.items()
    ]


def _holds(condition: Condition, min_sample: int, lang: Language) -> str:
    figure, limit, window = condition.figure, condition.levels[0].limit, _window(condition, min_sample, lang)
    if (condition.compare, limit) == _PLAIN.get(figure):
        return phrase(f"rule.is_{figure}", lang) + window
    known = f"rule.name_{figure}"
    return phrase(
        "rule.holds",
        lang,
        figure=phrase(known, lang) if known in PHRASES else figure_name(figure, lang),
        window=window,
        limit=phrase(f"alert.{condition.compare}", lang, limit=_limit(condition, limit, lang)),
    )


def _window(condition: Condition, min_sample: int, lang: Language) -> str:
    n = condition.min_sample if condition.min_sample is not None else min_sample
    has_sample = FIGURES[condition.figure].has_sample
    if not condition.window:
        return phrase("rule.sample", lang, n=n) if has_sample else ""
    window = phrase(f"window.{condition.window}", lang)
    return phrase("rule.window_sample" if has_sample else "rule.window", lang, window=window, n=n)


def _worse(condition: Condition, place: int, lang: Language) -> str:
    level = condition.levels[place]
    reached = "alert.at_most" if condition.compare in _LOW else "alert.at_least"  # a higher severity holds at its limit
    limit = phrase(reached, lang, limit=_limit(condition, level.limit, lang))
    return phrase("rule.worse", lang, limit=limit, severity=phrase(f"severity.{level.severity}", lang))


def _over(rule: Rule, lang: Language) -> str:
    first = rule.conditions[0]
    if first.clear is None:
        return phrase("rule.over_kept", lang, ms=rule.keep_ms) if rule.keep_ms else phrase("rule.over", lang)
    keep = phrase("rule.keep", lang, ms=rule.keep_ms) if rule.keep_ms else ""
    key = "rule.over_low" if first.compare in _LOW else "rule.over_high"
    return phrase(key, lang, limit=_limit(first, first.clear, lang), keep=keep)


def _more(rule: Rule, lang: Language) -> str:
    """Whom it concerns, when, how often, and what it mutes."""
    found = _whom(rule, rule.selector, lang)
    if rule.hours is not None:
        found += phrase("rule.hours", lang, names=_hours(rule.hours, lang))
    every_s = max(rule.every_s, *(FIGURES[condition.figure].every_s for condition in rule.conditions))
    if every_s > 1:
        found += phrase("rule.every", lang, ms=every_s * 1000)
    if rule.mutes:
        names = phrase("rule.everything", lang) if "*" in rule.mutes else ", ".join(rule.mutes)
        if rule.scope == "source":
            found += phrase("rule.mutes_source", lang, names=names)
        else:
            found += phrase("rule.mutes", lang, about=phrase(f"rule.about_{rule.scope}", lang), names=names)
    return found


def _whom(rule: Rule, selector: Selector, lang: Language) -> str:
    found = phrase("rule.whole_floor", lang) if rule.scope == "floor" else ""
    if selector.names:
        found += phrase(f"rule.only_{rule.scope}", lang, names=", ".join(selector.names))
    if selector.channels:
        found += phrase("rule.channels", lang, names=", ".join(selector.channels))
    if selector.labels:
        found += phrase("rule.labels", lang, names=", ".join(f"{key}: {value}" for key, value in selector.labels))
    return found


def _hours(hours: Hours, lang: Language) -> str:
    """`mon-fri 08:00-18:00; sat 10:00-14:00`."""
    said = []
    for first, last, text in hours.runs():
        names = [phrase(f"rule.day_{day}", lang) for day in (first, last)]
        days = names[0] if first == last else phrase("rule.day_to", lang, first=names[0], last=names[1])
        said.append(f"{days} {text}")
    return "; ".join(said)


def _limit(condition: Condition, limit: Limit, lang: Language) -> str:
    unit = FIGURES[condition.figure].unit
    if not limit.of:
        return _number(limit.number, unit, lang)
    own = phrase(f"rule.{limit.of}", lang)
    if limit.factor != 1:
        own = phrase("rule.times", lang, factor=f"{limit.factor:g}", own=own)
    if limit.number:
        sign = "+" if limit.number > 0 else "−"
        if unit == "ratio":
            own = phrase("rule.points", lang, own=own, sign=sign, points=f"{abs(limit.number) * 100:g}")
        else:
            own = phrase("rule.longer", lang, own=own, sign=sign, ms=abs(limit.number))
    if limit.least == float("-inf"):
        return own
    return phrase("rule.max", lang, least=_number(limit.least, unit, lang), own=own)


def _number(number: float, unit: Unit, lang: Language) -> str:
    if unit == "count":
        return f"{number:g}"
    return KINDS["target" if unit == "ratio" else "span"](number, lang)
