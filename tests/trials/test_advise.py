"""The advice: the same question has one answer, and it is right where one can say what is right."""

from __future__ import annotations

from dataclasses import replace

import pytest

from floorwatch.trials.advise import ENOUGH, REACTION_MS, Advised, advise
from tests.trials.asking import AT, asked


def test_one_question_has_one_answer() -> None:
    """Bit for bit, however often it is asked; another period has other dice."""
    question = asked(rate=0.07, agents=10, busy=10, waited_s=(9.0, 3.0), hits=20, decided=30)
    assert advise(question) == advise(question)
    other = replace(question, queue="support")
    assert advise(other).level != advise(question).level or advise(other).chance != advise(question).chance


def test_where_nothing_comes_only_arithmetic_is_left() -> None:
    """Nobody waits or calls: a period at target stays there, one under it cannot be recovered by any number."""
    met = advise(asked(rate=0.0, known_s=1e6, hits=8, decided=10))
    assert (met.needed, met.chance, met.chance_without, met.level) == (12, 1.0, 1.0, 0.8)
    assert met.no_return_at == met.until
    lost = advise(asked(rate=0.0, known_s=1e6, hits=7, decided=10))
    assert (lost.needed, lost.chance, lost.chance_without, lost.best) == (None, 0.0, 0.0, 0.7)
    assert lost.no_return_at is None


def test_it_cannot_be_recovered_by_arithmetic() -> None:
    """`terms.md`: 900 decided, 690 of them hits, 100 to come: at best 79.0 %, and that is what is said."""
    found = advise(asked(rate=100 / 900, hits=690, decided=900, agents=200))
    assert found.needed is None
    assert found.best == pytest.approx(0.790, abs=0.003)
    assert found.chance is not None
    assert found.chance < 0.05


def test_what_goes_well_needs_nobody() -> None:
    """Agents enough and nobody waiting: those present suffice, and acting is never too late."""
    found = advise(asked(rate=0.03, agents=14, hits=19, decided=20))
    assert (found.needed, found.present) == (14, 14)
    assert found.chance_without == found.chance
    assert found.chance is not None
    assert found.chance > 0.95
    assert found.no_return_at == found.until


def test_more_trouble_needs_more_agents() -> None:
    """More misses so far, more customers, fewer minutes: each needs more agents, and leaves less of a chance."""
    base = {"rate": 0.08, "agents": 15, "busy": 15, "waited_s": (12.0, 6.0), "hits": 31, "decided": 36}
    usual, missed, busier, late, too_late = (
        advise(asked(**{**base, "left_s": left_s, **worse}))  # type: ignore[arg-type]
        for left_s, worse in ((1200.0, {}), (1200.0, {"hits": 27}), (1200.0, {"rate": 0.095}), (600.0, {}), (200.0, {}))
    )
    assert usual.needed is not None
    assert usual.needed > 15
    for worse in (missed, busier, late):
        assert worse.needed is not None
        assert worse.needed > usual.needed
        assert worse.chance is not None
        assert worse.chance >= ENOUGH
    assert too_late.needed is None
    assert too_late.no_return_at is not None
    assert too_late.no_return_at < too_late.until
    chances = [one.chance_without for one in (usual, missed, busier)]
    assert None not in chances
    assert chances == sorted(chances, reverse=True)  # type: ignore[type-var]


def test_agents_are_needed_when_they_can_be_there_but_never_too_late() -> None:
    """After the time people take to come; where that is past the point of no return, no number is named."""
    found = advise(asked(rate=0.08, agents=12, busy=12, hits=30, decided=36, left_s=1200.0))
    assert found.by == AT + REACTION_MS
    assert found.no_return_at is not None
    assert found.by <= found.no_return_at
    slow = advise(asked(rate=0.08, agents=6, busy=6, hits=33, decided=40, left_s=1200.0), 1_000_000)
    assert slow.needed is None
    assert slow.by == AT + 1_000_000
    assert slow.no_return_at is not None
    assert slow.no_return_at < slow.by
    assert slow.chance is not None
    assert slow.chance < 0.5


def test_what_is_known_from_little_is_less_certain() -> None:
    """A minute tells a rate worse than an hour does: the band is wider, and more agents are needed to be sure."""
    base = {"rate": 0.4, "agents": 80, "busy": 80, "waited_s": (10.0,), "hits": 160, "decided": 200, "left_s": 1500.0}
    bands: list[Advised] = [
        advise(asked(**base, known_s=known_s, handled=handled))  # type: ignore[arg-type]
        for known_s, handled in ((3_600.0, 5000), (60.0, 10))
    ]
    width = [one.high - one.low for one in bands if one.high is not None and one.low is not None]
    assert width[1] > width[0] + 0.1
    sure, unsure = bands
    assert sure.needed is not None
    assert unsure.needed is None or unsure.needed > sure.needed


def test_agents_of_several_contacts_at_once_are_counted_as_agents() -> None:
    """Chats, three at a time: agents are needed, not places."""
    base = {"rate": 0.08, "busy": 12, "waited_s": (12.0, 6.0), "hits": 31, "decided": 36, "left_s": 1200.0}
    one = advise(asked(**base, agents=12))  # type: ignore[arg-type]
    three = advise(asked(**base, agents=12, concurrency=3))  # type: ignore[arg-type]
    assert (one.present, three.present) == (12, 4)
    assert one.needed is not None
    assert three.needed is not None
    assert 3 * (three.needed - three.present) in range(one.needed - one.present, one.needed - one.present + 4)


def test_what_is_missing_is_said() -> None:
    """Without a situation there is no advice, only the reason."""
    found = advise(replace(asked(), situation=None, missing="feed"))
    assert (found.missing, found.present, found.needed, found.chance, found.level) == ("feed", 12, None, None, None)
