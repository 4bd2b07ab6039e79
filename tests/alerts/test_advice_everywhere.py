"""What holds of every figure, every floor and every word of advice."""

from __future__ import annotations

import re
from pathlib import Path
from string import Formatter
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import settings as tried
from hypothesis import strategies as st

from floorwatch.alerts.advice import PLAYBOOKS, STEPS
from floorwatch.alerts.facts import FACTS
from floorwatch.alerts.figures import FIGURES
from floorwatch.alerts.finding import Finder
from floorwatch.floor.rules import CLOCK_OFFSET, DAEMON_TROUBLE
from floorwatch.floor.settings import QueuePolicy
from floorwatch.metrics.exceptions import Kind
from floorwatch.metrics.levers import OFF_PHONE, Way
from floorwatch.metrics.phrases import PHRASES, phrase
from tests.alerts.scenes import (
    AWAY,
    SALES,
    SUPPORT,
    alert,
    busy,
    clock_off,
    failing,
    floor,
    foreseen,
    level_alert,
    lost,
    rule,
    settings,
    told,
    troubled,
    waiting,
    worked,
)

NAMES = (*SALES, *SUPPORT)
AMISS = re.compile(r"None|\{|\}|–|  |\b0 (?:agents|contacts|more)\b|\.\.|。。")


@pytest.mark.parametrize("figure", FIGURES)
@pytest.mark.parametrize("scene", ["rich", "bare", "lost"])
def test_every_figure_has_something_to_do_and_says_nothing_it_does_not_know(figure: str, scene: str) -> None:
    """In every scope, on a floor of which much, little or nothing is known, in both languages and both forms."""
    engine = {
        "rich": lambda: foreseen(waiting(busy(floor(*AWAY), "support", "A11"), "sales", "10:01")),
        "bare": lambda: failing(floor(schedule=False, told=settings(sales=())), "hook"),
        "lost": lambda: lost(floor(*AWAY)),
    }[scene]()
    subjects = {
        "queue": "sales",
        "team": "north",
        "floor": "Kraków",
        "source": "pbx",
        "output": "hook",
        "daemon": "inbox",
    }
    value = 0.5 if FIGURES[figure].unit == "ratio" else 3
    for scope in FIGURES[figure].scopes:
        said = told(engine, alert(rule(figure, "above", 0, scope), subjects[scope], value, n=40))
        texts = [*said.public.values(), *said.lead.values()]
        assert all(said.message.values())
        assert not [text for text in (*said.message.values(), *texts) if AMISS.search(text)]
        assert all(text == "" or text[-1] in ".。" for text in texts)
        if scene == "rich" and figure not in ("outage", "clock_offset"):  # of a feed that is well there is nothing
            assert all(texts)


@tried(max_examples=40, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["available", "offline", "paused break", "paused training", "paused", "unreachable"]),
            st.sampled_from(NAMES),
        ),
        max_size=12,
    ),
    st.booleans(),
    st.integers(1, len(SALES)),
    st.sampled_from(["service_level", "longest_wait", "waiting", "best_possible", "lost_agents", "occupancy"]),
)
def test_what_everybody_is_told_names_nobody(facts: list[tuple[str, str]], schedule: bool, n: int, figure: str) -> None:
    """Whatever agents do, on teams of any size: the public form, and what broke, hold no agent's name."""
    known = settings(sales=SALES[:n])
    said = [
        (f"{9 + place // 6:02}:{place * 4 % 60:02} {state}", name)
        for place, (state, name) in enumerate(facts)
        if name in known.agents
    ]
    engine = foreseen(floor(*said, schedule=schedule, told=known))
    about = told(engine, alert(rule(figure, "below", 0.8), "sales", 0.5, n=40))
    everything = " ".join((*about.message.values(), *about.public.values()))
    assert not [name for name in NAMES if name in everything]


def test_every_playbook_is_of_a_figure_and_every_figure_has_one() -> None:
    """No figure is without advice, and every step of a playbook exists."""
    assert PLAYBOOKS.keys() == FIGURES.keys()
    assert {step for steps in PLAYBOOKS.values() for step in steps} == STEPS.keys()


def test_steps_speak_of_facts_only_and_no_sentence_lies_idle(repository: Path) -> None:
    """What a sentence names is a fact; every sentence of the catalogue is said by a step, or is a part of a fact."""
    said = {f"advice.{saying.key}" for sayings in STEPS.values() for saying in sayings}
    for key in said:
        named = {name for _, name, _, _ in Formatter().parse(PHRASES[key][0]) if name is not None}
        assert named <= FACTS.keys(), key
    parts = {key for key in PHRASES if key.startswith("advice.")} - said
    sources = "".join(path.read_text(encoding="utf-8") for path in (repository / "floorwatch/alerts").glob("*.py"))
    assert not [key for key in parts if f'"{key}"' not in sources and not key.startswith("advice.period_")]
    assert {f"advice.period_{per}" for per in ("interval", "day")} <= parts
    assert QueuePolicy().per == "interval"


def test_every_way_to_come_has_its_words() -> None:
    """Each exception, each reason off the phone and each lever; and no word beside."""
    levers = {way for way in get_args(Way) if way not in ("out_of_adherence", "off_phone")}
    assert {key for key in PHRASES if key.startswith("way.")} == {
        f"way.{way}" for way in (*get_args(Kind), *OFF_PHONE, *levers, "idle_in")
    }
    assert phrase("way.idle_in", "en", queue="support") == "free in support with the skill"


def test_every_published_fact_is_found_somewhere() -> None:
    """None is a name that never has a value."""
    known: set[str] = set()
    rich = foreseen(waiting(busy(floor(*AWAY), "support", "A11"), "sales", "10:01"))
    for engine, about in (
        (rich, level_alert()),
        (foreseen(floor(*AWAY), needed=None), level_alert()),
        (foreseen(floor(), needed=5), level_alert()),
        (rich, alert(rule("exceptions", "above", 0, "team"), "north", 1)),
        (lost(floor()), alert(rule("outage", "above", 0, "source"), "pbx", 1)),
        (clock_off(clock_off(floor(), "pbx", 3_000), "chat", 3_000), alert(CLOCK_OFFSET, "pbx", 3_000)),
        (worked(floor()), level_alert()),
        (troubled(floor(), "unreached"), alert(DAEMON_TROUBLE, "unreached", 3_000)),
    ):
        facts = Finder(engine.watch.gauges, lambda: ("B2",)).facts(about, engine.now)
        known |= facts.known.keys() | facts.by_name.keys()
    assert known == FACTS.keys()
