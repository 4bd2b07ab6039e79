from __future__ import annotations

from collections import Counter, defaultdict
from functools import cache
from itertools import groupby, islice, pairwise

import msgspec
import pytest

from floorwatch.floor import events as contract
from simulators.faults import line_of
from simulators.flow import day_start_ms, floor_day
from simulators.profile import FloorProfile, load_profile

TIE_ORDER = (
    "agent.described agent.joined agent.left contact.offered contact.refused contact.alerting contact.declined "
    "contact.answered contact.held contact.resumed contact.transferred contact.ended contact.abandoned contact.exited "
    "agent.state"
).split()
PROFILES = {name: load_profile(name) for name in ("small", "demo", "property-desk")}
DAYS = [(name, seed) for name in PROFILES for seed in (1, 2)]
every_day = pytest.mark.parametrize(("name", "seed"), DAYS)


def kind(event: contract.Event) -> str:
    """The event's type as the contract spells it."""
    return str(event.__struct_config__.tag)


def run(profile: FloorProfile, seed: int = 1, days: int = 1) -> list[contract.Event]:
    """The day of a profile."""
    return list(floor_day(profile, seed, day_start_ms(profile.date, profile.timezone), days))


@cache
def day(name: str, seed: int) -> list[contract.Event]:
    """One simulated day of a bundled profile."""
    return run(PROFILES[name], seed)


def changed(name: str, **queue: object) -> FloorProfile:
    """A bundled profile with its first queue changed."""
    first = next(iter(PROFILES[name].queues))
    queues = dict(PROFILES[name].queues)
    queues[first] = queues[first].model_copy(update=queue)
    return PROFILES[name].model_copy(update={"queues": queues})


@every_day
def test_every_event_is_one_of_the_contract(name: str, seed: int) -> None:
    """Each line decodes strictly to the event it came from, with an id of its own and a source."""
    events = day(name, seed)
    for event in events[:3000]:
        read = msgspec.json.decode(line_of(event), type=contract.AnyEvent)
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
    """Each visit: offered first, rings at one agent or several, one outcome, holds in pairs, one end of the talk."""
    after = {
        "": {"contact.offered", "contact.refused"},
        "contact.offered": {"contact.alerting", "contact.abandoned", "contact.exited"},
        "contact.alerting": {
            *("contact.alerting", "contact.declined", "contact.answered", "contact.abandoned", "contact.exited")
        },
        "contact.declined": {
            *("contact.alerting", "contact.declined", "contact.answered", "contact.abandoned", "contact.exited")
        },
        "contact.answered": {"contact.held", "contact.ended", "contact.transferred"},
        "contact.held": {"contact.resumed"},
        "contact.resumed": {"contact.held", "contact.ended", "contact.transferred"},
    }
    again = {"contact.exited", "contact.transferred"}
    state: dict[tuple[str, str], str] = defaultdict(str)
    ringing: dict[str, set[str]] = defaultdict(set)
    talks: dict[str, str] = {}
    for event in day(name, seed):
        if not kind(event).startswith("contact."):
            continue
        visit = (event.contact, event.queue)
        allowed = after.get(state[visit], after[""] if state[visit] in again else set())
        assert kind(event) in allowed
        state[visit] = kind(event)
        match kind(event):
            case "contact.alerting":
                assert event.agent not in ringing[event.contact]
                ringing[event.contact].add(event.agent)
            case "contact.declined":
                ringing[event.contact].remove(event.agent)
            case "contact.answered":
                assert event.agent in ringing.pop(event.contact)
                talks[event.contact] = event.agent
            case "contact.abandoned" | "contact.exited":
                ringing.pop(event.contact, None)
            case "contact.held" | "contact.resumed" | "contact.ended" | "contact.transferred":
                assert talks[event.contact] == event.agent
    left = {"contact.ended", "contact.transferred", "contact.abandoned", "contact.exited", "contact.refused"}
    assert set(state.values()) <= left


@every_day
def test_an_agent_handles_one_voice_contact_or_a_few_chats_while_logged_in_and_not_paused(name: str, seed: int) -> None:
    """Nobody rings while paused, in wrap-up, logged out or busy; chats are shared up to the queue's limit."""
    at_once = {name: queue.at_once for name, queue in PROFILES[name].queues.items()}
    hands: dict[str, dict[str, str]] = defaultdict(dict)
    state: dict[str, str] = defaultdict(lambda: "offline")
    members: set[tuple[str, str]] = set()
    ringing: dict[str, list[str]] = defaultdict(list)
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
                ringing[event.contact].append(event.agent)
                assert len(hands[event.agent]) <= min(at_once[queue] for queue in hands[event.agent].values())
            case "contact.answered" | "contact.abandoned" | "contact.exited":
                for agent in ringing.pop(event.contact, ()):
                    if agent != getattr(event, "agent", None):
                        del hands[agent][event.contact]
            case "contact.declined":
                ringing[event.contact].remove(event.agent)
                del hands[event.agent][event.contact]
            case "contact.ended" | "contact.transferred":
                del hands[event.agent][event.contact]
    assert not any(hands.values())
    assert set(state.values()) == {"offline"}
    assert not members


@pytest.mark.parametrize("name", ["small", "demo"])
def test_the_oldest_contact_rings_at_the_agent_idle_longest(name: str) -> None:
    """First come, first served; no colleague of the team was idle over a second longer than the one it rings at."""
    team = {agent.agent: agent.team for agent in day(name, 1) if isinstance(agent, contract.AgentDescribed)}
    entered: dict[tuple[str, str], int] = {}
    waiting: dict[str, dict[str, int]] = defaultdict(dict)
    idle: dict[str, int] = {}
    rings_at: dict[str, str] = {}
    for event in day(name, 1):
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


def test_the_property_desk_shows_everything_that_happens_on_a_floor() -> None:
    """Two days hold every event of the contract's floor, every channel, and every kind of exit, decline and pause."""
    events = [*day("property-desk", 1), *day("property-desk", 2)]
    assert {kind(event) for event in events} == set(TIE_ORDER)
    exits = {event.reason for event in events if isinstance(event, contract.ContactExited)}
    assert exits == {"timeout", "key", "overflow"}
    assert {event.channel for event in events if isinstance(event, contract.ContactOffered)} == {None, "chat", "email"}
    declined = {event.reason for event in events if isinstance(event, contract.ContactDeclined)}
    assert declined == {"no_answer", "rejected"}
    states = {(event.state, event.reason) for event in events if isinstance(event, contract.AgentStateChanged)}
    paused = {"break", "lunch", "meeting", "coaching", "no_answer", "personal"}
    plain = {"available", "wrap_up", "offline", "unreachable"}
    assert states == {(state, None) for state in plain} | {("paused", why) for why in paused}
    described = {event.site for event in events if isinstance(event, contract.AgentDescribed)}
    assert described == {"riverside", "hill"}


@every_day
def test_a_contact_sent_on_comes_to_the_queue_it_was_sent_to(name: str, seed: int) -> None:
    """Transferred or overflowing, within a second it is offered there under its own id, or refused."""
    overflow = {name: queue.overflow.to for name, queue in PROFILES[name].queues.items() if queue.overflow}
    sent: dict[str, tuple[str, int]] = {}
    for event in day(name, seed):
        if isinstance(event, contract.ContactTransferred):
            sent[event.contact] = (event.to, event.time)
        elif isinstance(event, contract.ContactExited) and event.reason == "overflow":
            sent[event.contact] = (overflow[event.queue], event.time)
        elif isinstance(event, contract.ContactOffered | contract.ContactRefused) and event.contact in sent:
            queue, at = sent.pop(event.contact)
            assert event.queue == queue
            assert 0 < event.time - at < 1_000
    assert not sent


def test_a_ring_all_queue_rings_at_all_who_are_free() -> None:
    """The emergency line rings at several agents at once, one answers, and nobody else keeps ringing."""
    rung: Counter[str] = Counter()
    for event in day("property-desk", 1):
        if isinstance(event, contract.ContactAlerting) and event.queue == "emergency":
            rung[event.contact] += 1
    assert max(rung.values()) >= 5
    one_by_one = Counter(
        event.contact
        for event in day("property-desk", 1)
        if isinstance(event, contract.ContactAlerting) and event.queue == "chat"
    )
    assert sum(one_by_one.values()) <= len(one_by_one) * 1.2


def test_a_full_queue_refuses() -> None:
    """With room for three, never more than three wait, and some are turned away as `full`."""
    waiting: set[str] = set()
    refused = 0
    for _, instant in groupby(run(changed("small", room=3, contacts=3000)), key=lambda event: event.time):
        for event in instant:  # of one millisecond, who comes is said before who leaves
            match kind(event):
                case "contact.offered":
                    waiting.add(event.contact)
                case "contact.answered" | "contact.abandoned" | "contact.exited":
                    waiting.remove(event.contact)
                case "contact.refused" if event.reason == "full":
                    assert len(waiting) == 3
                    refused += 1
        assert len(waiting) <= 3
    assert refused > 10


def test_who_gave_up_calls_again() -> None:
    """With every second customer calling again, and nothing else changed, more contacts come, and later ones."""
    never, often = (
        sum(isinstance(event, contract.ContactOffered) for event in run(changed("small", contacts=2600, retry=retry)))
        for retry in (
            PROFILES["small"].queues["support"].retry.model_copy(update={"ratio": ratio}) for ratio in (0.0, 0.5)
        )
    )
    assert often > never * 1.05


def test_the_lower_penalty_rings_first() -> None:
    """While an agent of the desk (penalty 0) is idle, nobody of accounts (penalty 1) rings for repairs."""
    team, idle = dict[str, str](), set[str]()
    checked = 0
    for event in day("property-desk", 1):
        match kind(event):
            case "agent.described":
                team[event.agent] = event.team
            case "agent.state":
                (idle.add if event.state == "available" else idle.discard)(event.agent)
            case "contact.alerting":
                if event.queue == "repairs" and team[event.agent] == "accounts":
                    checked += 1
                    assert not [agent for agent in idle if team[agent] == "desk"]
                idle.discard(event.agent)
    assert checked > 20


def test_a_split_shift_logs_out_in_between() -> None:
    """Somebody logs in twice on one day, with hours between."""
    spans: dict[str, list[tuple[str, int]]] = defaultdict(list)
    for event in day("property-desk", 1):
        if isinstance(event, contract.AgentStateChanged) and event.state == "offline":
            spans[event.agent].append(("out", event.time))
        elif isinstance(event, contract.AgentDescribed):
            spans[event.agent].append(("in", event.time))
    twice = [said for said in spans.values() if len(said) == 4]
    assert len(twice) >= 3
    for said in twice:
        assert [what for what, _ in said] == ["in", "out", "in", "out"]
        assert said[2][1] - said[1][1] > 3 * 3_600_000


def test_agents_come_back_from_a_break_when_a_queue_builds() -> None:
    """On an overloaded floor breaks are cut short where agents can be called back, and are not where they cannot."""

    def paused_ms(waiting: int) -> int:
        habits = PROFILES["small"].habits.model_copy(update={"come_back_waiting": waiting, "come_back_ratio": 1.0})
        total, since = 0, {}
        for event in run(changed("small", contacts=2600).model_copy(update={"habits": habits})):
            if isinstance(event, contract.AgentStateChanged):
                total += event.time - since.pop(event.agent, event.time)
                if event.state == "paused" and event.reason in ("break", "lunch"):
                    since[event.agent] = event.time
        return total

    assert paused_ms(3) < 0.6 * paused_ms(0)


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
