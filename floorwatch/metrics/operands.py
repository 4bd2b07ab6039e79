"""A figure written out with its operands: 0.7821… = 237 / (237 + 9 + 63 − 6).

The wallboard's cards, the API and `floorwatch explain` all take their operands from `fill`, and `fill` takes them from
the tallies and sums the figures themselves are made of. A window holds decisions, each at its instant, so what the
formulas write as A + B + E is counted here as a + B_T + M (and + X_T where exits count): the same visits, see
`service_level`.

To make a figure explainable, give it a recipe in `RECIPES`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from floorwatch.floor import unseen as u
from floorwatch.floor.activity import ACTIVITIES, AVAILABLE, OCCUPIED, OFFLINE, ON_HOLD, TALKING, UNKNOWN, WRAP_UP
from floorwatch.floor.settings import Formula
from floorwatch.metrics import tally as t
from floorwatch.metrics.agent_time import BEYOND
from floorwatch.metrics.service_level import FORMULAS, ratio
from floorwatch.metrics.unseen import NOTHING

Missing = Literal["unseen", "not_kept"]
"""Why there are no operands: no feed can tell it, or nobody was there; or it is not kept over this window."""


@dataclass(frozen=True, slots=True)
class Term:
    """One operand: a count, or milliseconds, which are written in seconds."""

    symbol: str
    value: int
    sign: int = 1
    in_ms: bool = False

    @property
    def number(self) -> str:
        """The value as it is written, exactly: `237`, `7824.5`."""
        if not self.in_ms:
            return str(self.value)
        seconds, ms = divmod(abs(self.value), 1000)
        return ("-" if self.value < 0 else "") + f"{seconds}.{ms:03d}".rstrip("0").rstrip(".")


@dataclass(frozen=True, slots=True)
class Filled:
    """Sums of terms, one over the other; without `below` a plain sum."""

    above: tuple[Term, ...]
    below: tuple[Term, ...] = ()
    of: tuple[Term, ...] = ()
    """The sample, where it is not what is divided by."""

    @property
    def value(self) -> float | None:
        """The figure: contacts, seconds, or a ratio. None where there is nothing to divide by."""
        above = _total(self.above)
        if not self.below:
            return above / 1000 if self.above[0].in_ms else above
        return ratio(above / 1000 if self._is_seconds else above, _total(self.below))

    @property
    def shown(self) -> str:
        """The value as it is written, cut and never rounded: `0.7821…`, where the dots say that there is more of it.

        Four decimals of a ratio, three of seconds, none of a count; "–" where there is nothing to divide by.
        """
        above, below = _total(self.above), _total(self.below) if self.below else 1
        below *= 1000 if self._is_seconds else 1
        if not below:
            return "–"
        decimals = 3 if self._is_seconds else 4 if self.below else 0
        cut, rest = divmod(above * 10**decimals, below)
        whole, part = divmod(cut, 10**decimals)
        digits = f".{part:0{decimals}d}" if decimals else ""
        return f"{whole}{digits}…" if rest else f"{whole}{digits.rstrip('0').rstrip('.')}"

    @property
    def _is_seconds(self) -> bool:
        return self.above[0].in_ms and not (self.below and self.below[0].in_ms)

    @property
    def n(self) -> float | None:
        """The sample: what is divided by, contacts or seconds. None of a plain sum."""
        if not self.below:
            return None
        sample = self.of or self.below
        return _total(sample) / 1000 if sample[0].in_ms else _total(sample)

    @property
    def operands(self) -> tuple[Term, ...]:
        """Every operand, each once, in the order in which they are met."""
        return tuple({term.symbol: term for term in (*self.above, *self.below)}.values())

    @property
    def symbols(self) -> str:
        """`a / (a + B_T + M − B_S)`."""
        return self._written(lambda term: term.symbol)

    @property
    def numbers(self) -> str:
        """`237 / (237 + 9 + 63 − 6)`: its value is the figure's, exactly."""
        return self._written(lambda term: term.number)

    def _written(self, written: Callable[[Term], str]) -> str:
        above = _sum(self.above, written)
        if not self.below:
            return above
        below = _sum(self.below, written)
        return f"{_held(self.above, above)} / {_held(self.below, below)}"


def _total(terms: tuple[Term, ...]) -> int:
    return sum(term.sign * term.value for term in terms)


def _sum(terms: tuple[Term, ...], written: Callable[[Term], str]) -> str:
    signs = [" − " if term.sign < 0 else " + " for term in terms]
    return "".join(sign + written(term) for sign, term in zip(signs, terms, strict=True)).removeprefix(" + ")


def _held(terms: tuple[Term, ...], written: str) -> str:
    return f"({written})" if len(terms) > 1 else written


@dataclass(frozen=True, slots=True)
class Accounts:
    """What the figures of one queue (or of one agent) over one window are made of."""

    since: int
    until: int
    tally: int = 0
    arrival: int | None = None
    """What was decided of the visits that arrived; None where it is not kept."""
    spent_ms: tuple[int, ...] | None = None
    """The members' time by activity. None: not kept over this window; empty: nobody there, or no feed can tell."""
    sums: Mapping[str, int] = field(default_factory=dict)
    """Other sums by name (`in_ms`, `scheduled_ms`, `neutral_ms`, `work_ms`, `worked_ms`, `wait_ms_max` …), as kept;
    and `whole`, into how many parts an agent is divided where several contacts are held at once."""
    unseen: frozenset[str] = NOTHING
    """Words of `floor.unseen`: what no feed can tell."""


Recipe = Callable[[Accounts, Formula, bool], Filled | Missing]
"""(accounts, the queue's formula, whether exits count) to the operands."""


def fill(figure: str, accounts: Accounts, formula: Formula, *, exits_count: bool) -> Filled | Missing:
    """The operands of a figure of `RECIPES`. KeyError for one that has no recipe."""
    return RECIPES[figure](accounts, formula, exits_count)


def _count(symbol: str, field_name: str, *, blind: str = "") -> Recipe:
    def recipe(accounts: Accounts, _formula: Formula, _exits_count: bool) -> Filled | Missing:
        if blind in accounts.unseen:
            return "unseen"
        return Filled((Term(symbol, t.read(accounts.tally, field_name), in_ms=field_name.endswith("_ms")),))

    return recipe


def _by_reason(symbol: str, counts: Callable[[int], dict[str, int]], blind: str = "") -> Recipe:
    def recipe(accounts: Accounts, _formula: Formula, _exits_count: bool) -> Filled | Missing:
        if blind in accounts.unseen:
            return "unseen"
        found = counts(accounts.tally)
        return Filled(tuple(Term(f"{symbol}[{reason}]", n) for reason, n in found.items()) or (Term(symbol, 0),))

    return recipe


def level_terms(tally: int, formula: Formula, exits_count: bool) -> Filled:
    """The service level of a tally by a formula."""
    hits, timed, abandoned, short, past, exited = t.deciding(tally)
    a, b_t, b_s = Term("a", hits), Term("B_T", abandoned), Term("B_S", short)
    if formula == "answered_only":
        return Filled((a,), (Term("A", timed),))
    below = (a, b_t, Term("M", past), *((Term("X_T", exited),) if exits_count else ()))
    if formula == "short_abandons_excluded":
        return Filled((a,), (*below, Term("B_S", short, -1)))
    if formula == "abandons_ignored":
        return Filled((a,), (*below, Term("B_T", abandoned, -1)))
    above = {"abandons_met": (a, b_t), "short_abandons_met": (a, b_s)}.get(formula, (a,))
    return Filled(above, below)


def _level(of: Formula | None = None, *, by_arrival: bool = False) -> Recipe:
    def recipe(accounts: Accounts, formula: Formula, exits_count: bool) -> Filled | Missing:
        tally = accounts.arrival if by_arrival else accounts.tally
        return "not_kept" if tally is None else level_terms(tally, of or formula, exits_count)

    return recipe


def _decided(accounts: Accounts, formula: Formula, exits_count: bool) -> Filled:
    return Filled(level_terms(accounts.tally, formula, exits_count).below)


def _hits(accounts: Accounts, formula: Formula, exits_count: bool) -> Filled:
    return Filled(level_terms(accounts.tally, formula, exits_count).above)


def _asa(accounts: Accounts, _formula: Formula, _exits_count: bool) -> Filled:
    waited = Term("Σ(t_a − t_q)", t.read(accounts.tally, "wait_ms"), in_ms=True)
    return Filled((waited,), (Term("A", t.read(accounts.tally, "timed")),))


def _abandon_ratio(accounts: Accounts, _formula: Formula, _exits_count: bool) -> Filled:
    b, b_s = (t.read(accounts.tally, name) for name in ("abandoned", "abandoned_short"))
    lost = (Term("B", b), Term("B_S", b_s, -1))
    answered = Term("A", t.read(accounts.tally, "answered"))
    return Filled(lost, (answered, lost[0], Term("X", sum(t.exits(accounts.tally).values())), lost[1]))


def _finished(accounts: Accounts, formula: Formula, exits_count: bool) -> Filled:
    return Filled(_abandon_ratio(accounts, formula, exits_count).below)


def _aht(accounts: Accounts, _formula: Formula, _exits_count: bool) -> Filled | Missing:
    if u.WRAP_UP in accounts.unseen:
        return "unseen"
    work = Term("Σ(talk + hold + wrap-up)", t.read(accounts.tally, "handling_ms"), in_ms=True)
    return Filled((work,), (Term("handled", t.read(accounts.tally, "handled")),))


def _time(activities: tuple[int, ...], accounts: Accounts) -> tuple[Term, ...]:
    assert accounts.spent_ms is not None
    return tuple(Term(ACTIVITIES[activity], accounts.spent_ms[activity], in_ms=True) for activity in activities)


def _share_of_time(above: tuple[int, ...], below: tuple[int, ...]) -> Recipe:
    def recipe(accounts: Accounts, _formula: Formula, _exits_count: bool) -> Filled | Missing:
        if not accounts.spent_ms:
            return "not_kept" if accounts.spent_ms is None else "unseen"
        return Filled(_time(above, accounts), _time(below, accounts) if below else ())

    return recipe


def _occupancy_by_load(accounts: Accounts, _formula: Formula, _exits_count: bool) -> Filled | Missing:
    """In parts of an agent: of a queue that allows three contacts at once, each is a third of one."""
    if not accounts.spent_ms:
        return "not_kept" if accounts.spent_ms is None else "unseen"
    whole, at_work = accounts.sums["whole"], _time((*OCCUPIED, AVAILABLE), accounts)
    held = sum(accounts.spent_ms[activity] for activity in OCCUPIED) * whole + accounts.spent_ms[BEYOND]
    could = Term("could be held", _total(at_work) * whole, in_ms=True)
    return Filled((Term("held", held, in_ms=True),), (could,), at_work)


def _of_sums(above: Mapping[str, str], below: Mapping[str, str] | None = None) -> Recipe:
    """`above` and `below`: symbol, with a minus before it where it is taken off, to the name of its sum."""

    def terms(accounts: Accounts, names: Mapping[str, str]) -> tuple[Term, ...]:
        return tuple(
            Term(symbol.removeprefix("−"), accounts.sums[name], -1 if symbol.startswith("−") else 1, in_ms=True)
            for symbol, name in names.items()
        )

    def recipe(accounts: Accounts, _formula: Formula, _exits_count: bool) -> Filled | Missing:
        if not all(name in accounts.sums for name in (*above.values(), *(below or {}).values())):
            return "not_kept"
        return Filled(terms(accounts, above), terms(accounts, below or {}))

    return recipe


_LOGGED_IN = tuple(code for code in range(len(ACTIVITIES)) if code not in (OFFLINE, UNKNOWN))

RECIPES: dict[str, Recipe] = {
    "offered": _count("count(t_q)", "offered"),
    "answered": _count("A", "answered"),
    "answered_in_threshold": _count("a", "in_threshold"),
    "abandoned": _count("B", "abandoned"),
    "abandoned_in_threshold": _count("B_T", "abandoned_in_threshold"),
    "abandoned_short": _count("B_S", "abandoned_short"),
    "exited": _by_reason("X", t.exits),
    "refused": _by_reason("refused", t.refusals, u.REFUSED),
    "declined": _count("declined", "declined", blind=u.DECLINED),
    "transferred": _count("transferred", "transferred", blind=u.TRANSFERRED),
    "unknown_entry": _count("t_q unknown", "unknown_entry"),
    "wait_total": _count("Σ(t_a − t_q)", "wait_ms"),
    "wait_max": _of_sums({"max(wait)": "wait_ms_max"}),
    "asa": _asa,
    "asa_n": _count("A", "timed"),
    "abandon_ratio": _abandon_ratio,
    "abandon_ratio_n": _finished,
    "service_level": _level(),
    **{f"service_level.{formula}": _level(formula) for formula in FORMULAS},
    "service_level_by_arrival": _level(by_arrival=True),
    "decided": _decided,
    "hits": _hits,
    "talk": _count("Σ talk", "talk_ms"),
    "hold": _count("Σ hold", "hold_ms", blind=u.HOLD),
    "wrap_up": _count("Σ wrap-up", "wrap_up_ms", blind=u.WRAP_UP),
    "handled": _count("handled", "handled"),
    "aht": _aht,
    "occupancy": _share_of_time(OCCUPIED, (*OCCUPIED, AVAILABLE)),
    "occupancy_by_load": _occupancy_by_load,
    "occupancy_time": _share_of_time((*OCCUPIED, AVAILABLE), ()),
    "utilisation": _share_of_time((TALKING, ON_HOLD, WRAP_UP), _LOGGED_IN),
    "logged_in_time": _share_of_time(_LOGGED_IN, ()),
    "scheduled_time": _of_sums({"scheduled": "scheduled_ms"}),
    "in_time": _of_sums({"in": "in_ms"}),
    "out_time": _of_sums({"out": "out_ms"}),
    "neutral_time": _of_sums({"neutral": "neutral_ms"}),
    "adherence": _of_sums({"in": "in_ms"}, {"scheduled": "scheduled_ms", "−neutral": "neutral_ms"}),
    "conformance": _of_sums({"on-queue worked": "worked_ms"}, {"on-queue scheduled": "work_ms"}),
    "counted_time": _of_sums({"scheduled": "scheduled_ms", "−neutral": "neutral_ms"}),
    "work_time": _of_sums({"on-queue scheduled": "work_ms"}),
    "extra_time": _of_sums({"extra": "extra_ms"}),
}
"""Figure to how its operands are found."""
