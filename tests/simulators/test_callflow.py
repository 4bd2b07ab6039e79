from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import replace
from functools import cache
from itertools import islice, pairwise

import msgspec
import pytest

from floorwatch.floor import events as contract
from simulators.callflow import floor_day
from simulators.day import PROFILES, lines
from simulators.old_profile import SMALL
from simulators.shifts import day_start_ms

TIE_ORDER = (
    "agent.described agent.joined agent.left contact.offered contact.refused contact.alerting contact.declined "
    "contact.answered contact.held contact.resumed contact.transferred contact.ended contact.abandoned contact.exited "
    "agent.state"
).split()
DAYS = [(name, seed) for name in PROFILES for seed in (1, 2, 3)]
every_day = pytest.mark.parametrize(("name", "seed"), DAYS)


def kind(event: contract.Event) -> str:
    """The event's type as the contract spells it."""
    return str(event.__struct_config__.tag)


@cache
def day(name: str, seed: int) -> list[contract.Event]:
    """One simulated day."""
    profile = PROFILES[name]
    return list(floor_day(profile, seed, day_start_ms(profile.date, profile.timezone)))


@every_day
def test_every_event_is_one_of_the_contract(name: str, seed: int) -> None:
    """Each line decodes strictly to the event it came from, with an id of its own and a source."""
    events = day(name, seed)
    for event, line in zip(events[:3000], lines(events[:3000]), strict=True):
        read = msgspec.json.decode(line, type=contract.AnyEvent)
        assert round(read.time.timestamp() * 1000) == event.time
        assert msgspec.structs.replace(read, time=event.time) == event
    assert len({event.id for event in events}) == len(events)
    assert {event.source for event in events} == {"simulator"}


@every_day
def test_time_never_runs_backwards_and_ties_stand_in_the_contracts_order(name: str, seed: int) -> None:
    """Sorting by (time, order of ties, id) as an engine may do changes nothing."""
    events = day(name, seed)
    assert events == sorted(events, key=lambda event: (event.time, TIE_ORDER.index(kind(event)), event.id))


@every_day
def test_a_contact_goes_its_lawful_way(name: str, seed: int) -> None:
    """Each visit: offered first, rings and declines in turn, one outcome, holds in pairs, and one end of the talk."""
    after = {
        "": {"contact.offered", "contact.refused"},
        "contact.offered": {"contact.alerting", "contact.abandoned", "contact.exited"},
        "contact.alerting": {"contact.declined", "contact.answered", "contact.abandoned", "contact.exited"},
        "contact.declined": {"contact.alerting", "contact.abandoned", "contact.exited"},
        "contact.answered": {"contact.held", "contact.ended", "contact.transferred"},
        "contact.held": {"contact.resumed"},
        "contact.resumed": {"contact.held", "contact.ended", "contact.transferred"},
    }
    state: dict[tuple[str, str], str] = defaultdict(str)
    agent: dict[str, str] = {}
    for event in day(name, seed):
        if kind(event).startswith("contact."):
            visit = (event.contact, event.queue)
            assert kind(event) in after[state[visit]]
            state[visit] = kind(event)
            if kind(event) == "contact.alerting":
                agent[event.contact] = event.agent
            elif hasattr(event, "agent"):
                assert agent[event.contact] == event.agent
    left = {"contact.ended", "contact.transferred", "contact.abandoned", "contact.exited", "contact.refused"}
    assert set(state.values()) <= left


@every_day
def test_an_agent_handles_one_voice_contact_or_a_few_chats_while_logged_in_and_not_paused(name: str, seed: int) -> None:
    """Nobody rings while paused, in wrap-up, logged out or busy; chats are shared up to the queue's limit."""
    at_once = {queue.name: queue.at_once for queue in PROFILES[name].queues}
    hands: dict[str, dict[str, str]] = defaultdict(dict)
    state: dict[str, str] = defaultdict(lambda: "offline")
    members: set[tuple[str, str]] = set()
    rings_at: dict[str, str] = {}
    for event in day(name, seed):
        match kind(event):
            case "agent.joined":
                members.add((event.agent, event.queue))
            case "agent.left":
                members.remove((event.agent, event.queue))
            case "agent.state":
                assert not hands[event.agent] or event.state == "wrap_up"
                state[event.agent] = event.state
            case "contact.alerting":
                assert state[event.agent] == "available"
                assert (event.agent, event.queue) in members
                hands[event.agent][event.contact] = event.queue
                rings_at[event.contact] = event.agent
                assert len(hands[event.agent]) <= min(at_once[queue] for queue in hands[event.agent].values())
            case "contact.answered":
                del rings_at[event.contact]
            case "contact.abandoned" | "contact.exited" | "contact.declined" if event.contact in rings_at:
                del hands[rings_at.pop(event.contact)][event.contact]
            case "contact.ended" | "contact.transferred":
                del hands[event.agent][event.contact]
    assert not any(hands.values())
    assert set(state.values()) == {"offline"}
    assert not members


@every_day
def test_the_oldest_contact_rings_at_the_agent_idle_longest(name: str, seed: int) -> None:
    """First come, first served; no colleague of the team was idle over a second longer than the one it rings at."""
    team = {agent.agent: agent.team for agent in day(name, seed) if isinstance(agent, contract.AgentDescribed)}
    entered: dict[tuple[str, str], int] = {}
    waiting: dict[str, dict[str, int]] = defaultdict(dict)
    idle: dict[str, int] = {}
    rings_at: dict[str, str] = {}
    for event in day(name, seed):
        if getattr(event, "queue", None) == "chat":  # dealt by the number of chats in hand, idle time comes second
            continue
        match kind(event):
            case "contact.offered":
                waiting[event.queue][event.contact] = entered[event.contact, event.queue] = event.time
            case "contact.alerting":
                del waiting[event.queue][event.contact]
                for other, since in waiting[event.queue].items():
                    older = entered[other, event.queue] < entered[event.contact, event.queue]
                    assert not older or since > event.time - 1_000  # a moment ago it was ringing elsewhere
                idle_since = idle.pop(event.agent)
                colleagues = [at for other, at in idle.items() if team[other] == team[event.agent]]
                assert all(at > idle_since - 1_000 for at in colleagues)
                rings_at[event.contact] = event.agent
            case "contact.declined":
                waiting[event.queue][event.contact] = event.time
                idle[rings_at.pop(event.contact)] = event.time
            case "contact.abandoned" | "contact.exited":
                waiting[event.queue].pop(event.contact, None)
                if event.contact in rings_at:
                    idle[rings_at.pop(event.contact)] = event.time
            case "contact.answered":
                del rings_at[event.contact]
            case "agent.state" if event.state == "available":
                idle[event.agent] = event.time
            case "agent.state":
                idle.pop(event.agent, None)


def test_the_demo_floor_shows_everything_that_happens_on_a_floor() -> None:
    """One day holds exits by time-out and key, declines, holds, transfers, refusals, chats and every kind of pause."""
    events = [event for seed in (1, 2, 3) for event in day("demo", seed)]
    kinds = Counter(kind(event) for event in events)
    assert set(kinds) == set(TIE_ORDER)
    assert {event.reason for event in events if isinstance(event, contract.ContactExited)} == {"timeout", "key"}
    assert {event.channel for event in events if isinstance(event, contract.ContactOffered)} == {None, "chat"}
    states = {(event.state, event.reason) for event in events if isinstance(event, contract.AgentStateChanged)}
    paused = {"break", "lunch", "training", "no_answer"}
    assert states == {("available", None), ("wrap_up", None), ("offline", None)} | {("paused", why) for why in paused}


@every_day
def test_a_transferred_contact_comes_to_the_queue_it_was_sent_to(name: str, seed: int) -> None:
    """Within a second it is offered there, or refused."""
    sent: dict[str, tuple[str, int]] = {}
    for event in day(name, seed):
        if isinstance(event, contract.ContactTransferred):
            sent[event.contact] = (event.to, event.time)
        elif isinstance(event, contract.ContactOffered | contract.ContactRefused) and event.contact in sent:
            queue, at = sent.pop(event.contact)
            assert event.queue == queue
            assert 0 < event.time - at < 1_000
    assert not sent


def test_a_full_queue_refuses() -> None:
    """With room for three, never more than three wait, and some are turned away as `full`."""
    narrow = replace(SMALL, queues=(replace(SMALL.queues[0], room=3, peak_per_hour=400),))
    waiting: set[str] = set()
    refused = 0
    for event in floor_day(narrow, 1, 0):
        match kind(event):
            case "contact.offered":
                waiting.add(event.contact)
                assert len(waiting) <= 3
            case "contact.answered" | "contact.abandoned" | "contact.exited":
                waiting.remove(event.contact)
            case "contact.refused" if event.reason == "full":
                assert len(waiting) == 3
                refused += 1
    assert refused > 10


def test_a_day_is_drawn_as_it_is_read() -> None:
    """The first events of a hundred simulated years come at once: nothing is drawn ahead."""
    forever = floor_day(PROFILES["demo"], 1, 0, days=36_500)
    first = list(islice(forever, 100))
    assert first == list(islice(floor_day(PROFILES["demo"], 1, 0), 100))


def test_a_week_keeps_time_and_names_going() -> None:
    """Days follow each other without a break in time or a repeated id, each with its own chances."""
    week = list(floor_day(PROFILES["small"], 1, 0, days=3))
    assert all(one.time <= other.time for one, other in pairwise(week))
    assert len({event.id for event in week}) == len(week)
    arrivals = [
        [
            event.time % 86_400_000
            for event in week
            if kind(event) == "contact.offered" and event.time // 86_400_000 == n
        ]
        for n in range(3)
    ]
    assert all(len(times) > 1_000 for times in arrivals)
    assert arrivals[0][:50] != arrivals[1][:50] != arrivals[2][:50]
