"""The life of an alert, against its definition over the whole of what was read: no state, only a look back."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest

from floorwatch.alerts.lifecycle import Alert, Reading, acknowledge, end, snooze, step
from floorwatch.floor.rules import RANKS, SERVICE_LEVEL_LOW

NO_DATA = Reading(None, False, False, "warning", 0.8, is_known=False)
Happened = tuple[int, str, str]
"""(tick, what, severity)."""


def _readings(dice: random.Random) -> list[Reading]:
    """Ten minutes of spells: breached, between, clear, unknown."""
    found: list[Reading] = []
    while len(found) < 600:
        kind = dice.choice(("breached", "breached", "between", "cleared", "cleared", "no data"))
        for _ in range(dice.choice((1, 2, 7, 30))):
            severity = dice.choices(RANKS, (8, 2, 1))[0]
            reading = Reading(dice.random(), kind == "breached", kind == "cleared", severity, 0.8)
            found.append(NO_DATA if kind == "no data" else reading)
    return found


def _spell(readings: list[Reading], tick: int, word: str) -> int:
    """For how many ticks up to this one it has been so, less one; -1: it is not."""
    since = tick
    while since >= 0 and readings[since].value is not None and getattr(readings[since], word):
        since -= 1
    return tick - since - 1


def _by_definition(readings: list[Reading], hold: int, keep: int) -> list[Happened]:
    """Fires when a breach has been held; is over when it has been clear for so long; rises with the worst seen."""
    happened: list[Happened] = []
    fired: int | None = None
    over = -1
    for tick in range(len(readings)):
        if fired is None:
            if min(_spell(readings, tick, "breached"), tick - over - 1) >= hold:
                fired = tick
                happened.append((tick, "fired", readings[tick].severity))
            continue
        worst = max(
            (one.severity for one in readings[fired : tick + 1] if one.breached and one.value is not None),
            key=RANKS.index,
        )
        if worst != happened[-1][2]:
            happened.append((tick, "raised", worst))
        if min(_spell(readings, tick, "cleared"), tick - fired - 1) >= keep:
            happened.append((tick, "resolved", worst))
            fired, over = None, tick
    return happened


@pytest.mark.parametrize("hold", [0, 1, 6])
@pytest.mark.parametrize("keep", [0, 5])
def test_an_alert_lives_as_it_is_defined(hold: int, keep: int) -> None:
    """Twelve random stretches of readings for each hold and keep time: the same happens on the same ticks."""
    rule = replace(SERVICE_LEVEL_LOW, hold_ms=hold * 1000, keep_ms=keep * 1000)
    fired = 0
    for seed in range(12):
        readings = _readings(random.Random(seed))
        alert: Alert | None = None
        happened: list[Happened] = []
        for tick, reading in enumerate(readings):
            alert, change = step(rule, "sales", alert, reading, tick * 1000)
            if change is not None:
                happened.append((tick, change.change, change.alert.severity))
        assert happened == _by_definition(readings, hold, keep)
        fired += sum(what == "fired" for _, what, _ in happened)
    assert fired > 50


@pytest.mark.parametrize("seed", range(5))
def test_hands_on_an_alert_change_neither_when_it_fires_nor_when_it_ends(seed: int) -> None:
    """Taken in hand and put off at random, it is raised and resolved on the same ticks; a raise takes it back."""
    dice = random.Random(seed)
    readings = _readings(dice)
    rule = replace(SERVICE_LEVEL_LOW, hold_ms=2_000, keep_ms=3_000)
    alert: Alert | None = None
    happened: list[Happened] = []
    for tick, reading in enumerate(readings):
        alert, change = step(rule, "sales", alert, reading, tick * 1000)
        if change is not None:
            happened.append((tick, change.change, change.alert.severity))
            assert change.change != "raised" or (change.alert.state, change.alert.acknowledged_by) == ("firing", "")
        if alert is not None and dice.random() < 0.3:
            assert (acknowledge(alert, "Li", "", tick * 1000) is not None) == alert.is_live
        if alert is not None and dice.random() < 0.3:
            assert (snooze(alert, tick * 1000 + 9, "Li", tick * 1000) is not None) == alert.is_live
    assert happened == _by_definition(readings, 2, 3)


def test_what_has_nothing_to_be_about_any_more_ends_in_whatever_state_it_is() -> None:
    """A pending alert without a word, one that fires or is in hand with its reason; and nothing ends twice."""
    breach = Reading(0.5, True, False, "warning", 0.8)
    for hold, hands, said in ((60, False, False), (0, False, True), (0, True, True)):
        alert, _ = step(replace(SERVICE_LEVEL_LOW, hold_ms=hold * 1000), "sales", None, breach, 0)
        assert alert is not None
        if hands:
            acknowledge(alert, "Li", "", 1)
        change = end(alert, "no_contacts", 5)
        assert (change is not None) == said
        assert (alert.state, alert.reason) == (("resolved", "no_contacts") if said else ("quiet", ""))
        assert acknowledge(alert, "Li", "", 6) is None
        assert snooze(alert, 9, "Li", 6) is None
