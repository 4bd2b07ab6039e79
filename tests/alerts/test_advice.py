"""What to do about an alert: said as far as it is known, to everybody in counts, to a lead with names."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from floorwatch import ingest
from floorwatch.alerts.advice import Advisor, advised, facts_named, in_own_words
from floorwatch.alerts.finding import EVERY_MS, Finder
from floorwatch.floor.events import SourceDown
from floorwatch.floor.rules import CLOCK_OFFSET, FEED_DOWN, LONGEST_WAIT_HIGH, NO_AGENTS
from floorwatch.floor.settings import QueuePolicy
from floorwatch.metrics.members import GROUP_MIN
from floorwatch.metrics.phrases import PHRASES
from tests.alerts.scenes import (
    AT,
    AWAY,
    LEVEL_LOW,
    SALES,
    SUPPORT,
    TIMES,
    alert,
    busy,
    clock_off,
    floor,
    foreseen,
    level_alert,
    lost,
    rule,
    settings,
    told,
    waiting,
)

NAMES = (*SALES, *SUPPORT)


def test_it_says_who_is_needed_who_could_come_and_what_else_happens() -> None:
    """The sentence a supervisor waits for: more by when, those there, those elsewhere, levers, the end, no return."""
    said = told(foreseen(busy(floor(*AWAY), "support", "A11", "A12")), level_alert())
    assert said.public["en"] == (
        "Bring 6 more by 11:06: 9 agents needed until 11:15, 5 now, 2 of them busy elsewhere. "
        "Levers: 2 on a break over time, 1 gone early, 2 free in support with the skill, 1 in training. "
        "Otherwise the interval ends at 55 % (48 % to 63 %); after 11:11 it cannot be recovered."
    )
    assert said.public["zh"] == (
        "请在 11:06 前再调来 6 人：至 11:15 需 9 名坐席，现有 5 名，其中 2 名正忙于别处。"
        "可调人员：休息超时 2 人，早退 1 人，在 support 空闲且有技能 2 人，培训中 1 人。"
        "否则本时段末预计为 55%（48% 至 63%），11:11 之后无法挽回。"
    )
    assert (
        "Levers: A17 (6 min), A18 (6 min) on a break over time; A16 (3 min) gone early; "
        "B21, B22 free in support with the skill; B23 (34 min) in training."
    ) in said.lead["en"]


def test_no_more_than_six_are_named() -> None:
    """Of eleven who could come six are named, those not keeping to the schedule first, and five are counted."""
    paused = [("09:50 paused break", name) for name in SALES]
    said = told(waiting(floor(*paused), "sales", "10:02"), alert(NO_AGENTS, "sales", 1))
    assert (
        "A11 (6 min), A12 (6 min), A13 (6 min), A14 (6 min), A15 (6 min), A16 (6 min) on a break over time; and 5 more"
        in (said.lead["en"])
    )
    assert "8 on a break over time, 3 free in support with the skill" in said.public["en"]


def test_where_no_schedule_is_known_breaks_are_told_by_their_reason() -> None:
    """On a break, for how long; not over time, which nobody can tell."""
    said = told(floor(("09:50 paused break", "A17"), schedule=False), level_alert())
    assert said.lead["en"] == "Levers: B21, B22, B23 free in support with the skill; A17 (14 min) on a break."


def test_the_schedule_says_when_who_is_off_comes_back() -> None:
    """On a break as due, in a meeting: until when, as the schedule has it."""
    engine = floor()
    lines = [TIMES.schedule(["work 08:00-10:00", "break 10:00-10:20"], agent="A17", version="v2")]
    engine.plan(lines)
    engine.apply(TIMES.fact("10:00 paused break", "A17"))
    said = told(engine, level_alert())
    assert "A17 (until 11:20) on a break" in said.lead["en"]


@pytest.mark.parametrize("n", [GROUP_MIN - 1, GROUP_MIN])
def test_of_a_small_group_everybody_is_told_only_how_many(n: int) -> None:
    """Of under five agents a way would speak of somebody: the public hear a number, the lead hears who."""
    small = settings(sales=SALES[-n:])
    small = replace(small, agents={name: agent for name, agent in small.agents.items() if name in SALES})
    said = told(floor(("09:50 paused break", "A17"), told=small), level_alert())
    assert said.public["en"] == ("Levers: 1 on a break over time." if n == GROUP_MIN else "Levers: 1 agent could come.")
    assert said.lead["en"] == "Levers: A17 (6 min) on a break over time."
    team = told(
        floor(("09:50 paused break", "A17"), told=small), alert(rule("exceptions", "above", 0, "team"), "north", 1)
    )
    assert team.public["en"] == ("Not keeping to the schedule: 1 on a break over time." if n == GROUP_MIN else "")


def test_when_nobody_more_is_needed_it_says_so_and_names_no_levers() -> None:
    """Those there are enough, as the models see it: nobody is called away from anything."""
    said = told(foreseen(floor(("09:50 paused break", "A17")), needed=5, chance_without=0.93), level_alert())
    assert said.public["en"] == (
        "Nobody more is needed until 11:15 (93 % certain), if 7 agents stay on the queue: let no one leave it."
    )


def test_who_left_a_queue_that_had_enough_is_not_asked_for_again() -> None:
    """What the models found holds of those who were there: fewer may do, and nothing is said of what fewer bring."""
    engine = foreseen(floor(*AWAY), present=8, needed=8, chance=0.99, chance_without=0.99, level_low=1.0)
    assert told(engine, level_alert()).public["en"] == (
        "Nobody more is needed until 11:15 (99 % certain), if 8 agents stay on the queue: let no one leave it."
    )


@pytest.mark.parametrize(
    ("ahead", "begins"),
    [
        (
            {"chance": 0.86},
            "Bring whoever can come by 11:06: with everybody the interval reaches its target with a probability of",
        ),
        (
            {"chance": 0.46},
            "Bring whoever can come by 11:06: even with everybody the interval reaches its target with a",
        ),
        (
            {"chance": 0.1},
            "The interval will hardly reach its target: 10 % likely even if everybody comes. Limit the harm",
        ),
        ({"chance": 0.0}, "The interval can no longer reach its target: 94 % even if everybody comes. Limit the harm"),
        ({"chance": 0.0, "best": None}, "The interval can no longer reach its target. Limit the harm"),
        (
            {"chance": 0.0, "no_return_at": None, "best": 0.77},
            "The interval can no longer reach its target: 77 % even if everybody comes.",
        ),
    ],
)
def test_a_target_out_of_reach_is_not_promised(ahead: dict[str, Any], begins: str) -> None:
    """Where no number of agents is enough it says how likely the target is, then limits the harm and looks beyond."""
    said = told(foreseen(floor(*AWAY), needed=None, **ahead), level_alert()).public["en"]
    assert said.startswith(begins)
    assert ("Needed from 11:15 on: 9 agents; there now: 5." in said) == (ahead["chance"] < 0.2)


def test_an_end_that_may_well_be_at_target_is_said_by_its_chance() -> None:
    """Where the target is likely and not sure, a middling end of 90 % would make nobody move."""
    said = told(foreseen(floor(*AWAY), chance_without=0.62, level=0.9, level_low=0.5), level_alert()).public
    assert said["en"].endswith(
        "Otherwise the interval ends between 50 % and 63 %, at target with a probability of 62 % only."
    )
    assert said["zh"].endswith("否则本时段末在 50% 至 63% 之间，达标的可能性仅 62%。")


def test_a_feed_that_is_back_and_a_clock_that_is_right_need_nothing() -> None:
    """While such an alert is kept there is nothing to check any more."""
    engine = lost(floor())
    engine.apply(TIMES.fact("10:05:30 up"))
    about = alert(FEED_DOWN, "pbx", 150_000, clear_since=engine.now)
    assert told(engine, about).public == {"en": "", "zh": ""}
    assert told(floor(), alert(CLOCK_OFFSET, "pbx", 0)).public["en"] == ""
    assert told(clock_off(floor(), "pbx", 3_000), alert(CLOCK_OFFSET, "pbx", 3_000)).public["en"].startswith("Set the")


def test_a_day_that_is_lost_is_not_put_off_till_midnight() -> None:
    """Where the target is for the day, what is needed from then on is of no use: it says what is needed now."""
    daily = settings()
    daily = replace(daily, queues={**daily.queues, "sales": QueuePolicy(per="day")})
    engine = foreseen(floor(*AWAY, told=daily), needed=None, no_return_at=None, until=TIMES.ms("23:00"))
    said = told(engine, level_alert()).public
    assert said["en"].startswith("The day can no longer reach its target: 94 % even if everybody comes. Limit the harm")
    assert "For the contacts that come now 9 agents are needed; there now: 5." in said["en"]
    assert said["zh"].startswith("今日已无法达标：即便全员到位也只有 94%。")


def test_nothing_is_said_to_be_quite_certain() -> None:
    """All trials ended at target, and that is 99 %: they were a few hundred, and a floor is no model."""
    said = told(foreseen(floor(), needed=1, chance=1.0, chance_without=1.0), level_alert()).public
    assert "(99 % certain)" in said["en"]
    assert "（把握 99%）" in said["zh"]


def test_a_share_of_none_is_a_number_and_is_said() -> None:
    """An end at 0 % is known, and bad: only counts of nothing are left out."""
    said = told(foreseen(floor(*AWAY), level=0.12, level_low=0.0, chance_without=0.0), level_alert()).public["en"]
    assert "Otherwise the interval ends at 12 % (0 % to 63 %); after 11:11 it cannot be recovered." in said
    said = told(foreseen(floor(), needed=None, chance=0.0, best=0.0), level_alert()).public["en"]
    assert "0 % even if everybody comes" in said


def test_what_is_nearer_than_a_minute_is_at_once() -> None:
    """A time to act by that has all but passed is no time: at once."""
    said = told(foreseen(floor(*AWAY), by=AT + 59_000), level_alert())
    assert said.public["en"].startswith("Bring 4 more at once: ")
    assert said.public["zh"].startswith("请立即再调来 4 人：")


def test_what_was_foreseen_too_long_ago_is_not_said() -> None:
    """After two minutes without news from the models nothing is known of what is needed."""
    engine = foreseen(floor(*AWAY), until=AT + 3_600_000)
    assert "needed" in told(engine, level_alert()).public["en"]
    engine.advance(AT + 121_000)
    assert "needed" not in told(engine, level_alert()).public["en"]


def test_free_agents_while_contacts_wait_are_pointed_at() -> None:
    """Nobody needs to be called when eight are free: it is the routing, or their phones."""
    waits = ("sales", "10:01", "10:03:55")
    said = told(waiting(floor(), *waits), alert(LONGEST_WAIT_HIGH, "sales", 180_000))
    assert said.public["en"].startswith(
        "2 contacts waiting, 1 past 20 s. Free on this queue although contacts wait past 20 s: 8 agents."
    )
    said = told(waiting(busy(floor(), "support", *NAMES), *waits), alert(LONGEST_WAIT_HIGH, "sales", 180_000))
    assert said.public["en"] == (
        "2 contacts waiting, 1 past 20 s. Nobody of this queue is on a break, in training or free elsewhere: ask other "
        "teams, or call someone in."
    )


def test_who_is_free_on_the_queue_is_not_said_to_be_nowhere() -> None:
    """While eight are free on it and contacts wait past T, nobody is told that nobody is free, and to call one in."""
    waits = ("sales", "10:01", "10:03:55")
    engine = waiting(busy(floor(), "support", *SUPPORT), *waits)
    said = told(engine, level_alert())
    assert "8 agents" in said.public["en"]
    assert "no_levers" in Finder(engine.watch.gauges).facts(level_alert(), AT).marks, "there is none to be moved"
    assert [word for word in ("Nobody of", "本队列无人") if word in f"{said.public} {said.lead}"] == []


def test_of_a_queue_whose_feed_is_lost_nothing_is_counted() -> None:
    """No agent, no contact, no lever is known: only since when."""
    engine = lost(foreseen(floor(*AWAY)))
    said = told(engine, level_alert())
    assert said.public["en"] == said.lead["en"] == "Its feed is lost since 11:03: nothing newer is known of it."
    down = told(engine, alert(rule("outage", "above", 0, "source"), "pbx", 120_000))
    assert down.public["en"].startswith(
        "Unknown since 11:03, not zero: sales, support. Their other alerts are held until it is back. "
        "Said of the loss: connection refused. Check whether the switch runs"
    )


def test_why_a_feed_is_lost_is_said_in_words_in_both_languages() -> None:
    """A reason of our own is a code, `not_running`: nobody is to read that. Each that our adapters give has words."""
    engine = floor()
    engine.apply(SourceDown(time=TIMES.fact("10:03 down").time, source="pbx", reason="not_running"))
    said = told(engine, alert(rule("outage", "above", 0, "source"), "pbx", 60_000))
    assert "Said of the loss: floorwatch was not running." in said.public["en"]
    assert "中断原因：floorwatch 未在运行。" in said.public["zh"]
    adapters = "".join(path.read_text() for path in Path(ingest.__file__).parent.rglob("*.py"))
    given = set(re.findall(r'(?:LostError|LinkError|_lose|lost|_fall|end)\((?:[\w.]+, ){0,2}"([a-z_]+)"', adapters))
    given |= set(re.findall(r'(?:REASON|TAKEN_OVER|CONNECTION_LOST) = "([a-z_]+)"', adapters))
    assert {"not_running", "silent", "unreachable", "login_refused"} <= given
    assert sorted(reason for reason in given if f"loss.{reason}" not in PHRASES) == []


def test_many_queues_are_cut_to_six() -> None:
    """A switch of ten queues: six are named, four are counted."""
    engine = floor()
    for n in range(10):
        waiting(engine, f"q{n}", "10:03")
    engine.apply(TIMES.fact("10:03:30 down"))
    said = told(engine, alert(rule("outage", "above", 0, "source"), "pbx", 31_000))
    assert "not zero: q0, q1, q2, q3, q4, q5, 4 more." in said.public["en"]
    assert "q0、q1、q2、q3、q4、q5、另有 4 个。" in said.public["zh"]


def test_a_rules_own_words_come_first_and_its_own_playbook_takes_the_place_of_its_figures() -> None:
    """A sentence that names what is not known is left out; names are for the lead; the other language is better than
    none."""
    own = replace(
        LEVEL_LOW,
        advice=(("en", "Ring the bell. Send {more} {by}! It said {why}. Level {value}, target {target}, {lasted}."),),
        playbook=("otherwise",),
    )
    engine = foreseen(floor(*AWAY))
    said = told(engine, alert(own, "sales", 0.6, n=50))
    assert said.public["en"].startswith(
        "Ring the bell. Send 4 by 11:06! Level 60 %, target 80 %, 2:00. Otherwise the interval ends at 55 %"
    )
    assert said.public["zh"].startswith(
        "Ring the bell. Send 4 在 11:06 前! Level 60%, target 80%, 2:00. 否则本时段末预计为"
    )
    named = replace(own, advice=(("en", "Call {levers}."), ("zh", "请召回：{levers}。")), playbook=("no_model",))
    said = told(engine, alert(named, "sales", 0.6, n=50))
    assert said.public["zh"] == "请召回：休息超时 2 人，早退 1 人，在 support 空闲且有技能 2 人，培训中 1 人。"
    assert said.lead["en"].startswith("Call A17 (6 min), A18 (6 min) on a break over time;")


def test_names_in_braces_that_are_no_facts_are_told_to_who_checks_rules() -> None:
    """Also those with a format of their own, which advice does not know."""
    assert facts_named("Send {more}, {needed:agents} and {}.") == ["more", "needed:agents", ""]
    assert in_own_words("{nobody} knows. All do.", {}, "en") == "All do."


def test_advice_is_worked_out_anew_when_it_is_old_or_the_alert_has_changed() -> None:
    """Within five seconds the same; then, or at once with another severity or state, of that moment."""
    engine, about = floor(*AWAY), level_alert()
    advisor = Advisor(engine.watch.gauges)
    first = advisor.told(about, engine.now)
    foreseen(engine)
    assert advisor.told(about, engine.now + EVERY_MS - 1).public == first.public
    about.severity = "critical"
    raised = advisor.told(about, engine.now + 1)
    assert raised.public != first.public
    assert "critical at 60 % or less" in raised.message["en"]
    about.severity = "warning"
    engine.advance(engine.now + 3 * EVERY_MS)
    assert "9 agents needed" in advisor.told(about, engine.now).public["en"]
    about.state, about.resolved_at, about.reason = "resolved", engine.now, "cleared"
    assert set(advisor.told(about, engine.now).lead.values()) == {""}


def test_looking_changes_nothing() -> None:
    """Advice that is asked for, and advice that is not, leave the same floor behind."""
    engines = [foreseen(busy(floor(*AWAY), "support", "A11")) for _ in range(2)]
    told(engines[0], level_alert())
    later = []
    for engine in engines:
        engine.advance(AT + 60_000)
        engine.books.settle_agents(engine.now)
        later.append([time.spent_ms() for time in engine.books.times.values()])
    assert later[0] == later[1]


def test_a_number_of_none_is_not_said() -> None:
    """Where nobody is elsewhere, nobody waits past T: the shorter sentence is said."""
    engine = foreseen(waiting(floor(*AWAY), "sales", "10:03:55"))
    found = Finder(engine.watch.gauges).facts(alert(LONGEST_WAIT_HIGH, "sales", 9_000), engine.now)
    assert (found.known["past"], found.known["elsewhere"]) == (0, 0)
    public, _ = advised(LONGEST_WAIT_HIGH, found)
    assert public["en"].startswith("1 contact waiting. Bring 4 more by 11:06: 9 agents needed until 11:15, 5 now. ")


def test_the_same_floor_says_the_same() -> None:
    """What is said is made of the engine's state alone: another run over the same input has the same words."""
    scene = [told(foreseen(busy(floor(*AWAY), "support", "A11")), level_alert()) for _ in range(2)]
    assert scene[0] == scene[1]
