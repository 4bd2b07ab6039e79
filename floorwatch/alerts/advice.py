"""What to do about an alert: the steps of its playbook, each said as far as what it speaks of is known.

    step       a few ways to say one thing, the fullest first; the first whose facts are all known is said
    playbook   steps in order: the rule's own, else its figure's
    advice     the rule's own words, where it has any, and then its playbook

A count of nothing is not said, and neither is what is not known: such a sentence is left out. Everybody is told the
same, but for individuals: only the lead's form names them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from string import Formatter
from typing import NamedTuple

from floorwatch.alerts.facts import FACTS, Kind, Value
from floorwatch.alerts.finding import EVERY_MS, Facts, Finder
from floorwatch.alerts.gauges import Gauges
from floorwatch.alerts.lifecycle import Alert
from floorwatch.alerts.texts import message, over
from floorwatch.floor.rules import Rule
from floorwatch.metrics.catalogue import LANGUAGES, Language
from floorwatch.metrics.phrases import KINDS, in_lang, phrase, template

Text = dict[str, str]


class Saying(NamedTuple):
    """A sentence, `advice.KEY` of the catalogue; besides what it speaks of, what must be so, and what must not."""

    key: str
    when: tuple[str, ...] = ()
    unless: tuple[str, ...] = ()


TROUBLES = ("journal", "inbox", "clock", "heartbeat", "unreached", "nobody_on_call")
"""Troubles of the daemon itself of which more can be said than where to look."""
LATE = ("too_late", "hardly")
"""Marks of a period whose target is out of reach, or all but."""

STEPS: dict[str, tuple[Saying, ...]] = {
    # a queue
    "lost": (Saying("lost"),),
    "free": (Saying("free", when=("past",)),),
    "waiting": (Saying("waiting_past"), Saying("waiting")),
    "bring": (
        Saying("bring_elsewhere"),
        Saying("bring"),
        Saying("bring_all", when=("needed",)),
        Saying("everybody_likely", when=("likely_with_all",)),
        Saying("everybody", unless=LATE),
        Saying("enough"),
    ),
    "levers": (
        Saying("levers", unless=("enough",)),
        Saying("no_levers", when=("no_levers",), unless=("enough", "staffed_later", "free_past")),
    ),
    "worked": (Saying("worked", unless=("enough",)),),
    "otherwise": (
        *(
            Saying(key, when=(*when, what), unless=LATE)
            for what in ("more", "chance_of_all")
            for key, when in (("otherwise_likely", ("likely",)), ("otherwise_until", ()), ("otherwise", ()))
        ),
    ),
    "too_late": (
        Saying("too_late", when=("too_late",)),
        Saying("lost_period", when=("too_late",)),
        Saying("hardly", when=("hardly",)),
    ),
    "limit_harm": tuple(Saying("limit_harm", when=(late,)) for late in LATE),
    "next_period": (
        Saying("staffed", when=("staffed_later",)),
        Saying("next_period_elsewhere", when=("understaffed_later",)),
        Saying("next_period", when=("understaffed_later",)),
        Saying("next_period_all", when=("understaffed_later",)),
        Saying("long_run", when=("understaffed_now",)),
    ),
    "no_model": tuple(
        Saying(f"no_model_{missing}", when=(f"no_model_{missing}",))
        for missing in ("handling", "forecast", "hours", "overload")
    ),
    "send_one": (Saying("send_one", when=("nobody",)), Saying("send_one", when=("lever_count",))),
    "divert": (Saying("divert"),),
    "give_up": (Saying("give_up"),),
    "relieve": (Saying("relieve"),),
    # people
    "out": (Saying("out"),),
    # a source
    "feed_unknown": (Saying("feed_unknown"),),
    "feed_why": (Saying("feed_why"),),
    "feed_check": (Saying("feed_check", when=("lost_since",)),),
    "feed_meanwhile": (Saying("feed_meanwhile", when=("lost_since", "queues")),),
    "set_clock": (Saying("set_own_clock", when=("clock_off",)), Saying("set_clock", when=("clock_off",))),
    "behind": (Saying("behind"),),
    # an output, the daemon
    "untold": (Saying("untold"),),
    "unwanted": (Saying("unwanted"),),
    "trouble": (
        Saying("trouble_unreached_who", when=("trouble_unreached",)),
        *(Saying(f"trouble_{known}", when=(f"trouble_{known}",)) for known in TROUBLES),
        Saying("trouble"),
    ),
}
"""Every step a playbook can have, by name."""

QUEUE = ("lost", "free", "too_late", "limit_harm", "next_period", "bring", "levers", "worked", "otherwise", "no_model")
LINE = ("lost", "waiting", *QUEUE[1:])
PLAYBOOKS: dict[str, tuple[str, ...]] = {
    "service_level": QUEUE,
    "asa": LINE,
    "longest_wait": LINE,
    "waiting": ("lost", "send_one", "free", "too_late", "bring", "levers", "worked", "divert", "otherwise", "no_model"),
    "waiting_past_threshold": LINE,
    "abandon_ratio": ("lost", "waiting", "free", "give_up", *QUEUE[2:]),
    "offered": QUEUE,
    "present": LINE,
    "occupancy": ("lost", "relieve", "bring", "levers", "no_model"),
    "lost_agents": ("lost", "levers", "worked", "bring", "otherwise", "no_model"),
    "best_possible": ("lost", "limit_harm", "free", "next_period", "levers", "no_model"),
    "projection": QUEUE,
    "projection_low": QUEUE,
    "projection_high": QUEUE,
    "miss_chance": QUEUE,
    "no_return": QUEUE,
    "agents_short": QUEUE,
    "adherence": ("out",),
    "exceptions": ("out",),
    "outage": ("feed_unknown", "feed_why", "feed_check", "feed_meanwhile"),
    "clock_offset": ("set_clock",),
    "delay": ("behind",),
    "failing": ("untold",),
    "pages_refused": ("unwanted",),
    "trouble": ("trouble",),
}
"""What to do about each figure that a rule can look at."""


class Told(NamedTuple):
    """What is said of an alert, by language. `public` and `lead`: what to do; empty when it is over."""

    message: Text
    """What broke, or that it is over."""
    public: Text
    """Counts only."""
    lead: Text
    """With individuals: personal data."""


SILENCE: Text = dict.fromkeys(LANGUAGES, "")
FORGET_MS = 60_000


class Advisor:
    """Says what there is to say of alerts; what to do is said anew after `EVERY_MS`, or when the alert has changed.

    `unreached`: who on call cannot be told of an alert in any way.
    """

    def __init__(self, gauges: Gauges, unreached: Callable[[], tuple[str, ...]] = tuple) -> None:
        self._finder = Finder(gauges, unreached)
        self._settings = gauges.books.settings
        self._said: dict[str, tuple[int, tuple[str, str], tuple[Text, Text]]] = {}
        """By alert: (when, its state and severity, advice)."""
        self._forgot_at = 0

    def due_since(self, alert: Alert, now: int) -> int | None:
        """Since when what to do is to be said anew, 0 where it was never said; None: what was said is good yet."""
        said = self._said.get(alert.id)
        if said is None or said[1] != (alert.state, alert.severity):
            return 0
        return None if 0 <= now - said[0] < EVERY_MS else said[0] + EVERY_MS

    def told(self, alert: Alert, now: int, *, anew: bool = True) -> Told:
        """What is said of the alert at engine time `now`.

        `anew` False: what to do as it was said last, or not at all: to work it out takes a millisecond.
        """
        if alert.state == "resolved":
            self._said.pop(alert.id, None)
            return Told(over(alert, self._settings), SILENCE, SILENCE)
        if anew and self.due_since(alert, now) is not None:
            self._forget(now)
            stage = alert.state, alert.severity
            self._said[alert.id] = now, stage, advised(alert.rule, self._finder.facts(alert, now))
        said = self._said.get(alert.id)
        public, lead = (SILENCE, SILENCE) if said is None else said[2]
        return Told(message(alert, alert.value, alert.n, self._settings), public, lead)

    def _forget(self, now: int) -> None:
        """What was said of alerts that nobody has asked about since: those that were dropped before they fired."""
        if not 0 <= now - self._forgot_at < FORGET_MS:
            self._said = {known: one for known, one in self._said.items() if now - one[0] < FORGET_MS}
            self._forgot_at = now


def advised(rule: Rule, facts: Facts) -> tuple[Text, Text]:
    """(public, lead): what to do about an alert of this rule."""
    public: Text = {lang: _advised(rule, facts.known, facts.marks, lang) for lang in LANGUAGES}
    if not facts.by_name:
        return public, public
    known = {**facts.known, **facts.by_name}
    lead: Text = {lang: _advised(rule, known, facts.marks, lang) for lang in LANGUAGES}
    return public, lead


def _advised(rule: Rule, known: Mapping[str, Value], marks: set[str], lang: Language) -> str:
    values = in_lang(known, lang)
    own = dict(rule.advice)
    said = [in_own_words(own.get(lang) or next(iter(own.values())), values, lang)] if own else []
    said += [_step(step, values, marks, lang) for step in rule.playbook or PLAYBOOKS.get(rule.figure, ())]
    return _one_after_the_other(said)


def _one_after_the_other(said: Iterable[str]) -> str:
    """Sentences as one text: after a full stop of Chinese there is no space."""
    return "".join(one if one[-1] in "。！？" else f"{one} " for one in said if one).rstrip()


def _step(step: str, values: Mapping[str, object], marks: set[str], lang: Language) -> str:
    so = marks | {name for name, value in values.items() if value != 0 or FACTS[name].kind != "count"}
    for saying in STEPS[step]:
        key = f"advice.{saying.key}"
        if so.issuperset((*_named(template(key, "en")), *saying.when)) and so.isdisjoint(saying.unless):
            return phrase(key, lang, **values)
    return ""


@cache
def _named(text: str) -> frozenset[str]:
    return frozenset(name for _, name, _, _ in Formatter().parse(text) if name is not None)


# A rule's own words

_SENTENCES = re.compile(r"(?<=[.!?])\s+|(?<=[。！？])\s*")
_IN_BRACES = re.compile(r"\{([^{}]*)\}")
_WRITTEN: dict[Kind, str] = {"count": "count", "ratio": "percent", "duration": "clock"}


def facts_named(text: str) -> list[str]:
    """The names in braces in a rule's own advice; those that are no facts can never be filled."""
    return _IN_BRACES.findall(text)


def in_own_words(text: str, values: Mapping[str, object], lang: Language) -> str:
    """A site's own advice, filled; a sentence that names a fact which is not known is left out."""
    return _one_after_the_other(
        _IN_BRACES.sub(lambda name: _written(name[1], values[name[1]], lang), sentence)
        for sentence in _SENTENCES.split(text)
        if values.keys() >= set(facts_named(sentence))
    )


def _written(name: str, value: object, lang: Language) -> str:
    kind = _WRITTEN.get(FACTS[name].kind)
    return KINDS[kind](value, lang) if kind and isinstance(value, int | float) else str(value)
