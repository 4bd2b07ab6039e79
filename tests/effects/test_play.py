"""Playing some minutes of a queue: that the heap of seats is the floor, and that each span counts what is its own."""

from __future__ import annotations

from math import inf
from random import Random

import pytest

from floorwatch.effects.case import Away
from floorwatch.effects.play import Comer, Counted, Seat, Stay, counted, stays
from floorwatch.floor.settings import QueuePolicy
from floorwatch.metrics.service_level import FORMULAS

UNTIL_S = 900.0


def by_hand(comers: list[Comer], seats: list[Seat]) -> list[Stay]:
    """Whoever is next in line, and of all seats the one that can take them first, looked for one by one."""
    free, due = [seat.free_s for seat in seats], [list(seat.away) for seat in seats]
    found = []
    for comer in comers:
        for number in range(len(seats)):
            while due[number] and due[number][0].due_s <= max(comer.at_s, free[number]):
                away = due[number].pop(0)
                free[number] = max(free[number], away.due_s) + away.for_s
        best_s, _, place = min((max(comer.at_s, since_s), since_s, number) for number, since_s in enumerate(free))
        wait_s = best_s - comer.at_s + comer.ring_s + comer.lost_s
        if best_s > UNTIL_S or wait_s > comer.patience_s:
            found.append(Stay(comer.at_s, comer.patience_s, "exited" if comer.is_exit else "abandoned"))
        else:
            free[place] = best_s + comer.handling_s
            found.append(Stay(comer.at_s, wait_s, "answered"))
    return found


@pytest.mark.parametrize("seed", range(8))
def test_seats_that_come_and_go_serve_the_line_in_its_order(seed: int) -> None:
    """Against looking at every seat for every customer."""
    dice = Random(seed)
    comers = [
        Comer(at_s, dice.expovariate(1 / 120), dice.expovariate(1 / 150), dice.random() < 0.1, 2.0)
        for at_s in sorted(dice.uniform(-60, UNTIL_S) for _ in range(150))
    ]
    seats = []
    for _ in range(20):
        first, second = sorted(dice.uniform(0, UNTIL_S) for _ in range(2))
        away = (Away(first, 60.0), Away(second, inf if dice.random() < 0.5 else 30.0))
        seats.append(Seat(dice.uniform(0, 200), away))
    played, hands = list(stays(comers, seats, UNTIL_S)), by_hand(comers, seats)
    policy = QueuePolicy()
    assert counted(played, [300.0, UNTIL_S], policy) == counted(hands, [300.0, UNTIL_S], policy)
    assert {stay.how for stay in played} == {"answered", "abandoned", "exited"}


def test_who_is_due_to_go_finishes_what_is_in_hand_and_is_away_for_as_long() -> None:
    """Due at 50 for 60 s, with a contact in hand until 100: back at 160, not at 110; idle, back at 110."""
    comers = [Comer(120.0, inf, 10.0)]
    for free_s, wait_s in ((100.0, 40.0), (0.0, 0.0)):
        assert list(stays(comers, [Seat(free_s, (Away(50.0, 60.0),))], UNTIL_S)) == [Stay(120.0, wait_s, "answered")]


@pytest.mark.parametrize("formula", FORMULAS)
def test_a_span_counts_what_is_decided_in_it(formula: str) -> None:
    """Before it, on its edges, in it and after it; by every formula, with exits that count."""
    policy = QueuePolicy(formula=formula, exits_count=True, threshold_ms=20_000, short_abandon_ms=5_000)  # type: ignore[arg-type]
    found = [
        Stay(-30.0, 40.0, "answered"),  # a miss before the span; answered in it
        Stay(-10.0, 30.0, "answered"),  # a miss in it, and answered
        Stay(0.0, 10.0, "answered"),
        Stay(5.0, 3.0, "abandoned"),
        Stay(5.0, 10.0, "abandoned"),
        Stay(5.0, 12.0, "exited"),
        Stay(95.0, 50.0, "abandoned"),  # not decided yet
    ]
    expected = {
        "short_abandons_excluded": (1, 4),
        "abandons_missed": (1, 5),
        "abandons_ignored": (1, 3),
        "abandons_met": (3, 5),
        "short_abandons_met": (2, 5),
        "answered_only": (1, 3),
    }[formula]
    assert counted(found, [100.0], policy) == [Counted(*expected, waiting=1)]
