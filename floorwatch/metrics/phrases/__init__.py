"""The sentences people read, in English and Simplified Chinese: alerts, and every word on the screens.

One catalogue for the whole product: alert messages are rendered here, pages fetch the same templates and render them
with the same rules. A placeholder may name how its value is written, `{wait_ms:clock}`; the kinds are in `KINDS`.
Nothing depends on the machine's locale.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from string import Formatter

from floorwatch.metrics.catalogue import LANGUAGES, Language
from floorwatch.metrics.phrases.actions import ACTIONS
from floorwatch.metrics.phrases.advice import ADVICE
from floorwatch.metrics.phrases.agents_page import AGENTS_PAGE
from floorwatch.metrics.phrases.alert_desk import ALERT_DESK
from floorwatch.metrics.phrases.alerts import ALERTS
from floorwatch.metrics.phrases.attendance import ATTENDANCE
from floorwatch.metrics.phrases.board import BOARD
from floorwatch.metrics.phrases.cards import CARDS
from floorwatch.metrics.phrases.explain import EXPLAIN
from floorwatch.metrics.phrases.feeds_page import FEEDS_PAGE
from floorwatch.metrics.phrases.links import LINKS
from floorwatch.metrics.phrases.losses import LOSSES
from floorwatch.metrics.phrases.oncall_page import ONCALL_PAGE
from floorwatch.metrics.phrases.outputs import OUTPUTS
from floorwatch.metrics.phrases.pages import PAGES
from floorwatch.metrics.phrases.queue_page import QUEUE_PAGE
from floorwatch.metrics.phrases.reports import REPORTS
from floorwatch.metrics.phrases.rules import RULES
from floorwatch.metrics.phrases.schedule import SCHEDULE
from floorwatch.metrics.phrases.shift import SHIFT
from floorwatch.metrics.phrases.sign_in import SIGN_IN
from floorwatch.metrics.phrases.words import WORDS
from floorwatch.metrics.phrases.words_out import WORDS_OUT

LEAST_CHANCE = 0.01
ANYBODY = "anybody"
"""Who it was, as it is journalled, where there are no tokens."""
_SECOND, _MINUTE, _HOUR = 1_000, 60_000, 3_600_000
_UNIT_WORDS: dict[Language, tuple[str, str, str]] = {"en": (" s", " min", " h"), "zh": (" 秒", " 分钟", " 小时")}


def _trimmed(value: float, decimals: int) -> str:
    return f"{value:.{decimals}f}".rstrip("0").rstrip(".") if decimals else f"{value:.0f}"


def _percent_sign(lang: Language) -> str:
    return "%" if lang == "zh" else " %"


def floored_percent(ratio: float, decimals: int) -> str:
    """A ratio in percent, cut, never rounded up: 79.96 % is not shown as the 80.0 % it has not reached.

    The small addition undoes binary fractions such as 0.29 * 100 = 28.999….
    """
    scale = 10**decimals
    return f"{math.floor(ratio * 100 * scale + 1e-6) / scale:.{decimals}f}"


def chance(ratio: float, lang: Language) -> str:
    """A probability in percent: what may still happen is not called 0 %."""
    if 0 < ratio < LEAST_CHANCE:
        return "不到 1%" if lang == "zh" else "under 1 %"
    return floored_percent(ratio, 0) + _percent_sign(lang)


def clock(ms: int) -> str:
    """A running duration, cut to the second: `0:38`, `12:05`, from one hour on `1h52`."""
    minutes, seconds = divmod(max(0, int(ms)) // _SECOND, 60)
    return f"{minutes // 60}h{minutes % 60:02d}" if minutes >= 60 else f"{minutes}:{seconds:02d}"


def span(ms: int, lang: Language) -> str:
    """A set duration in the unit people say it in: `20 s`, `90 s`, `15 min`, `4 h`."""
    seconds, minutes, hours = _UNIT_WORDS[lang]
    if ms >= _HOUR and ms % _HOUR == 0:
        return f"{ms // _HOUR}{hours}"
    if ms > 2 * _MINUTE and ms % _MINUTE == 0:
        return f"{ms // _MINUTE}{minutes}"
    return f"{_trimmed(ms / _SECOND, 3)}{seconds}"


def points(difference: float, lang: Language) -> str:
    """A difference of two ratios, with its sign, cut towards nothing: `+6 points`, `−1 point`, `0 points`."""
    whole = int(abs(difference) * 100 + 1e-6)
    sign = "" if whole == 0 else "+" if difference > 0 else "−"
    return sign + _counted(whole, lang, ("point", "个百分点"))


def _counted(n: int, lang: Language, of: tuple[str, str]) -> str:
    """`1 agent`, `2 agents`, `2 名坐席`."""
    return f"{n} {of[1]}" if lang == "zh" else f"{n} {of[0]}{'' if n == 1 else 's'}"


def person(name: str, lang: Language, *, begins: bool = False) -> str:
    """Who has done something; where nobody signs in that is somebody. `begins`: a sentence."""
    if name != ANYBODY:
        return name
    return "某人" if lang == "zh" else "Somebody" if begins else "somebody"


PEOPLE: dict[str, Callable[[str, Language], str]] = {
    "person": person,
    "Person": lambda name, lang: person(name, lang, begins=True),
}
KINDS: dict[str, Callable[[float, Language], str]] = {
    "count": lambda value, lang: str(int(value)),
    "percent": lambda ratio, lang: floored_percent(ratio, 0) + _percent_sign(lang),
    "percent1": lambda ratio, lang: floored_percent(ratio, 1) + _percent_sign(lang),
    "chance": chance,
    "target": lambda ratio, lang: _trimmed(ratio * 100, 2) + _percent_sign(lang),
    "points": points,
    "clock": lambda ms, lang: clock(int(ms)),
    "span": lambda ms, lang: span(int(ms), lang),
    "agents": lambda n, lang: _counted(int(n), lang, ("agent", "名坐席")),
    "contacts": lambda n, lang: _counted(int(n), lang, ("contact", "个联络")),
}
"""How a placeholder's value is written. Ratios are 0 to 1, durations milliseconds; `shell/words.js` has the same, and
`PEOPLE` too."""


class _Writer(Formatter):
    def __init__(self, lang: Language) -> None:
        self._lang = lang

    def format_field(self, value: object, format_spec: str) -> str:
        if not format_spec:
            return str(value)
        if format_spec in PEOPLE:
            return PEOPLE[format_spec](str(value), self._lang)
        if not isinstance(value, (int, float)):
            raise TypeError(f"{format_spec} wants a number, not {value!r}")
        return KINDS[format_spec](value, self._lang)


_WRITERS = {lang: _Writer(lang) for lang in LANGUAGES}

PHRASES: dict[str, tuple[str, str]] = {
    **ACTIONS,
    **ALERTS,
    **ALERT_DESK,
    **ADVICE,
    **ATTENDANCE,
    **AGENTS_PAGE,
    **WORDS,
    **WORDS_OUT,
    **BOARD,
    **PAGES,
    **ONCALL_PAGE,
    **FEEDS_PAGE,
    **QUEUE_PAGE,
    **SIGN_IN,
    **CARDS,
    **EXPLAIN,
    **LINKS,
    **LOSSES,
    **OUTPUTS,
    **RULES,
    **SCHEDULE,
    **REPORTS,
    **SHIFT,
}
"""Key to the template in English and in Chinese."""


def template(key: str, lang: Language) -> str:
    """The unfilled sentence. KeyError for a key that does not exist: that is our bug, not the reader's problem."""
    english, chinese = PHRASES[key]
    return chinese if lang == "zh" else english


def templates(lang: Language) -> dict[str, str]:
    """Every template of one language, for pages that fill them themselves."""
    return {key: template(key, lang) for key in PHRASES}


def phrase(key: str, lang: Language, **values: object) -> str:
    """The sentence `key` in `lang`, filled. Ratios are 0 to 1, durations milliseconds; see `KINDS`."""
    return _WRITERS[lang].format(template(key, lang), **values)


def message(key: str, **values: object) -> dict[str, str]:
    """The sentence in every language, as an alert carries it: {"en": …, "zh": …}. So may a value be given."""
    return {lang: phrase(key, lang, **in_lang(values, lang)) for lang in LANGUAGES}


def in_lang(values: Mapping[str, object], lang: Language) -> dict[str, object]:
    """Values to fill a sentence of this language with, from such as are given in every language."""
    return {name: value[lang] if isinstance(value, dict) else value for name, value in values.items()}
