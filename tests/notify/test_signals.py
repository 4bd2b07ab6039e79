"""What a signal tower shows for what."""

from __future__ import annotations

import pytest

from floorwatch.notify.output import NotTakenError
from floorwatch.notify.signals import Signals
from floorwatch.notify.tower import ReadBack
from tests.notify.shown import NOW, alert, standing

SIGNALS = Signals()
STATUS = '{"Status1": 2, "Status2": 0, "buzzer": {"pattern": [1]}}'


@pytest.mark.parametrize(
    ("alerts", "code"),
    [
        ([], "001000"),
        ([alert(severity="warning")], "020000"),
        ([alert()], "200000"),
        ([alert(severity="emergency")], "220001"),
        ([alert(state="acknowledged", acknowledged_at=NOW)], "100000"),
        ([alert(severity="emergency", state="acknowledged")], "110000"),
        ([alert(1, state="acknowledged"), alert(2, severity="warning")], "120000"),
        ([alert(1, severity="emergency", state="acknowledged"), alert(2)], "210000"),
    ],
)
def test_colours_say_how_bad_and_flashing_that_nobody_has_it(alerts: list, code: str) -> None:
    """Steady once in hand; flashing wins where two alerts share a colour; green only when nothing fires."""
    assert SIGNALS.code(standing(*alerts)) == code


def test_the_buzzer_stops_after_its_time_and_says_when() -> None:
    """It sounds from when the alert fired, or got worse, and the worker is told when to look again."""
    fired = alert(severity="emergency")
    ends = NOW - 1_000 + SIGNALS.buzzer_max_ms
    assert SIGNALS.quiet_at(standing(fired)) == ends
    assert SIGNALS.code(standing(fired, at=ends - 1)) == "220001"
    assert SIGNALS.code(standing(fired, at=ends)) == "220000"
    assert SIGNALS.quiet_at(standing(fired, at=ends)) is None
    assert SIGNALS.code(standing(alert(severity="emergency", raised_at=ends), at=ends)) == "220001"


def test_in_quiet_hours_only_an_emergency_is_heard() -> None:
    """The lamps go on shining: light wakes nobody."""
    loud = Signals(buzzer={"critical": 2, "emergency": 1})
    assert loud.code(standing(alert())) == "200002"
    assert loud.code(standing(alert(), is_quiet=True)) == "200000"
    assert loud.code(standing(alert(severity="emergency"), is_quiet=True)) == "220001"


def test_tiers_are_as_they_are_mounted() -> None:
    """A tower of four colours, the lowest first; every tier and pattern is tried in a test."""
    four = Signals(("white", "green", "amber", "red"), calm=("white",))
    assert four.code(standing()) == "100000"
    assert four.code(standing(alert())) == "000200"
    steps = [("white", "100000"), ("green", "010000"), ("amber", "001000"), ("red", "000100"), ("buzzer 1", "000001")]
    assert four.each_in_turn() == steps


@pytest.mark.parametrize("paths", [("Status1", "Status2"), ("Status1",), ()])
def test_a_tower_that_shows_what_it_was_set_to_is_believed(paths: tuple[str, ...]) -> None:
    """Digit by digit where the paths are known, else by the six digits in its answer."""
    ReadBack("http://tower/status", paths).check("200001", STATUS if paths else "lamps=200001;ok")


@pytest.mark.parametrize(
    ("paths", "said", "words"),
    [
        (("Status1", "Status2"), '{"Status1": 0, "Status2": 0}', "shows 0 0"),
        (("Status1", "buzzer.pattern.0"), STATUS, "shows 2 1"),
        (("Status1", "Status9"), STATUS, "has no Status1, Status9"),
        (("buzzer.pattern.7",), STATUS, "has no"),
        (("Status1.deep",), STATUS, "has no"),
        (("Status1",), "<html>", "has no"),
        (("Status1",), "[" * 100_000, "has no"),
        ((), "all is well", "says 'all is well'"),
    ],
)
def test_a_tower_that_shows_something_else_has_failed(paths: tuple[str, ...], said: str, words: str) -> None:
    """Whatever it answers instead, in words that say what was expected."""
    with pytest.raises(NotTakenError, match=words):
        ReadBack("http://tower/status", paths).check("200000", said)
