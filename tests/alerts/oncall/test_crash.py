"""A crash at every instant of an escalation that can make a difference: nothing lost, nothing under two names."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import pytest

from floorwatch.alerts.oncall.reaching import PageNotice
from floorwatch.floor import internal as i
from floorwatch.floor.oncall import Step, Whom
from floorwatch.store.snapshot import freeze, thaw
from tests.alerts.oncall.rig import HOUR, MINUTE, SECOND, T0, Rig, Told, ladder, person, rota

Instant = Literal["before", "begun", "left", "heard"]
"""Nothing was said yet; that it is about to leave is on disk; it has left and nobody has noted it; all is noted."""


@dataclass
class Mortal(Rig):
    """Dies once, around the so-many-th message, and is dead for a while."""

    message: int = 0
    instant: Instant = "before"
    dead_ms: int = 0
    n: int = 0

    def _send(self, notice: PageNotice) -> bool:
        self.n += 1
        if self.n != self.message:
            return super()._send(notice)
        now = self.engine.now
        said: dict[str, Any] = {"time": now, "source": "outputs", "output": notice.output, "key": notice.key}
        if self.instant != "before":
            self.begin(notice)
        kept = freeze(self.engine)
        if self.instant in ("left", "heard"):
            self.told.append(Told(now - T0, notice.output, self.address(notice), notice.key, notice.pages))
        if self.instant == "heard":
            self.engine.apply(i.DeliverySent(**said, pages=notice.pages))
            kept = freeze(self.engine)
        self.engine = thaw(kept)
        self.engine.advance(self.engine.now + self.dead_ms)
        return True


def lived(message: int, instant: Instant, dead_ms: int) -> Mortal:
    steps = (
        Step((rota("north"),), times=2, every_ms=MINUTE),
        Step((Whom("person", "C"), rota("north")), every_ms=MINUTE),
    )
    people = (person("A"), person("B"), person("C", "mail"))
    made = Mortal(people, (ladder(*steps, rounds=2),), message=message, instant=instant, dead_ms=dead_ms)
    made.load("north", (0, 3 * MINUTE, ("A",)), (3 * MINUTE, HOUR, ("B",)))
    made.breaks()
    made.run(90 * SECOND)
    made.breaks("other")
    made.run(9 * MINUTE)
    made.take("B")
    made.take("A", "other")
    made.run(10 * MINUTE)
    made.mends()
    made.mends("other")
    made.run(14 * MINUTE)
    return made


def calls(made: Rig) -> set[str]:
    return {page for one in made.told for page in one.pages if "/e1." in page}


WHOLE = lived(0, "before", 0)


@pytest.mark.parametrize("dead_ms", [0, 25 * SECOND])
@pytest.mark.parametrize("instant", ["before", "begun", "left", "heard"])
def test_wherever_it_dies(instant: Instant, dead_ms: int) -> None:
    """Around each message: every step is told that would have been, each of them under one name."""
    assert len(WHOLE.told) > 12
    for message in range(1, len(WHOLE.told) + 1):
        made = lived(message, instant, dead_ms)
        assert calls(made) == calls(WHOLE), message
        names: dict[str, set[str]] = {}
        held: dict[str, set[tuple[str, ...]]] = {}
        for one in made.told:
            held.setdefault(one.key, set()).add(one.pages)
            for page in one.pages:
                names.setdefault(page, set()).add(one.key)
        assert {page for page, keys in names.items() if len(keys) > 1} == set(), message
        assert {key for key, pages in held.items() if len(pages) > 1} == set(), message
        assert len(made.told) - len({one.key for one in made.told}) <= (instant == "left"), message
