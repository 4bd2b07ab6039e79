"""Random rules about everything, and random floors that have everything: what the properties of rules are tried on."""

from __future__ import annotations

import random

from floorwatch.alerts.figures import FIGURES
from floorwatch.floor import events as e
from floorwatch.floor import internal as i
from floorwatch.floor.hours import Hours
from floorwatch.floor.outputs import OutputPolicy
from floorwatch.floor.rules import EVERYBODY, RANKS, Compare, Condition, Level, Limit, Rule, Scope, Selector
from floorwatch.floor.settings import AgentProfile, QueuePolicy, Settings

START_MS = 1_772_500_000_250
LONG_MS = 5_400_000
Delivery = tuple[int, e.Event]

HALF_HOURS = Hours(tuple(tuple((m * 3_600_000, m * 3_600_000 + 1_800_000) for m in range(24)) for _ in range(7)))
QUEUES = {
    "sales": QueuePolicy(labels=(("tier", "gold"),)),
    "chat": QueuePolicy(channel="chat", threshold_ms=45_000, target=0.9, formula="abandons_met"),
    "strict": QueuePolicy(target=1.0, formula="answered_only", per="day"),
    "desk": QueuePolicy(threshold_ms=90_000, target=0.5, formula="abandons_ignored", hours=HALF_HOURS),
    "quiet": QueuePolicy(),
}
AGENTS = {
    "A1": AgentProfile(team="red", queues=("sales", "chat")),
    "A2": AgentProfile(team="red", queues=("desk",)),
    "A3": AgentProfile(team="blue"),
}
NAMES = ("A1", "A2", "A3", "B1", "B2", "B3")
OF_SOURCE = {"one": ("sales", "chat", "desk"), "two": ("sales", "strict", "new")}
STATES: tuple[e.AgentState, ...] = ("available", "paused", "paused", "offline", "unreachable", "wrap_up")
COMPARES: tuple[Compare, ...] = ("below", "above", "at_least", "at_most")
HEAVY = ("projection", "projection_low", "projection_high", "miss_chance")

LIMITS = {
    "asa": (5_000, 60_000),
    "offered": (1, 30),
    "longest_wait": (5_000, 200_000),
    "waiting": (1, 6),
    "waiting_past_threshold": (1, 4),
    "present": (0, 3),
    "lost_agents": (1, 3),
    "no_return": (60_000, 600_000),
    "agents_short": (1, 4),
    "exceptions": (1, 3),
    "outage": (1_000, 90_000),
    "clock_offset": (500, 3_000),
    "delay": (500, 20_000),
    "failing": (1_000, 90_000),
    "trouble": (1_000, 90_000),
}
"""Where limits lie; of ratios, anywhere."""
WORSE_ABOVE = dict.fromkeys(LIMITS, 0.7) | {"outage": 1.0, "failing": 1.0, "trouble": 1.0, "present": 0.2}
"""How often a rule says that a figure is too high; of all others, as often as that it is too low."""


def settings(seed: int, rules: tuple[Rule, ...]) -> Settings:
    """A floor of several queues, some agents configured, one output."""
    return Settings(
        queues=QUEUES,
        agents=AGENTS,
        min_sample=(20, 5, 1)[seed % 3],
        default_policy=QueuePolicy(wrap_up_ms=20_000),
        rules=rules,
        outputs=(OutputPolicy("horn"),),
    )


def _limits(dice: random.Random, figure: str, compare: Compare, n: int) -> list[Limit]:
    """So many, each further from what is wanted than the one before."""
    if FIGURES[figure].unit == "ratio":
        numbers = [round(dice.uniform(0.02, 0.99), 2) for _ in range(n)]
    else:
        numbers = [float(dice.randint(*LIMITS[figure])) for _ in range(n)]
        if dice.random() < 0.2:
            numbers = [number + 0.5 for number in numbers]
    numbers = sorted(set(numbers), reverse=compare in ("below", "at_most"))
    if figure == "service_level" and dice.random() < 0.4:
        return [Limit(of="target")]
    if figure == "longest_wait" and dice.random() < 0.4:
        return [Limit(of="threshold", factor=2.0)]
    return [Limit(number) for number in numbers]


def condition(dice: random.Random, figure: str) -> Condition:
    """Any comparison of the figure, with or without a clear limit of its own."""
    of, compare = FIGURES[figure], dice.choice(COMPARES)
    if dice.random() < WORSE_ABOVE.get(figure, 0.0):
        compare = dice.choice(("above", "at_least"))
    first, *graver = _limits(dice, figure, compare, dice.randint(1, 3))
    severity = dice.sample(range(3), len(graver) + 1)
    levels = tuple(Level(RANKS[rank], limit) for rank, limit in zip(sorted(severity), (first, *graver), strict=True))
    clear = None
    if dice.random() < 0.5:
        side = 1 if compare in ("below", "at_most") else -1
        step = 0.05 if of.unit == "ratio" else max(1.0, round(first.number / 4))
        clear = Limit(round(first.number + side * step, 9), first.of, first.factor)
    window = dice.choice(of.windows) if of.windows else ""
    sample = dice.choice((None, None, 1, 8)) if of.has_sample else None
    return Condition(figure, compare, levels, clear, window, sample)


def rule(dice: random.Random, number: int, scope: Scope, figures: tuple[str, ...]) -> Rule:
    """One rule of this scope over some of these figures."""
    conditions = tuple(condition(dice, figure) for figure in figures)
    hours = HALF_HOURS if dice.random() < 0.15 else None
    selector = EVERYBODY
    if scope == "queue" and dice.random() < 0.3:
        selector = dice.choice((Selector(("s*",)), Selector((), ("chat",)), Selector((), (), (("tier", "g*"),))))
    at_once = dice.random() < 0.25 and scope == "queue" and FIGURES[figures[0]].is_immediate
    return Rule(
        f"r{number}_{'_'.join(figures)}",
        scope,
        conditions,
        0 if at_once else dice.choice((0, 0, 1_000, 15_000, 60_500)),
        dice.choice((0, 0, 1_000, 30_000, 120_500)),
        selector,
        hours,
        at_once,
        1 if at_once else dice.choice((1, 1, 1, 5, 7)),
    )


def rules(seed: int, n: int = 14) -> tuple[Rule, ...]:
    """Rules about queues, of one condition or several; and some about everything else."""
    dice = random.Random(seed)
    queue_figures = [name for name, figure in FIGURES.items() if "queue" in figure.scopes and name not in HEAVY]
    found = []
    for number in range(n):
        figures = tuple(dice.sample(queue_figures, dice.choice((1, 1, 1, 2, 2, 3))))
        found.append(rule(dice, number, "queue", figures))
    if seed % 8 == 0:
        found.append(rule(dice, n, "queue", (dice.choice(HEAVY),)))
    others: tuple[tuple[Scope, str], ...] = (
        ("team", "exceptions"),
        ("team", "adherence"),
        ("floor", "exceptions"),
        ("source", "outage"),
        ("source", "clock_offset"),
        ("source", "delay"),
        ("output", "failing"),
        ("daemon", "trouble"),
    )
    found += [rule(dice, n + 1 + at, scope, (figure,)) for at, (scope, figure) in enumerate(others)]
    return tuple(found)


class Floor:
    """Facts of a random floor, told in the order in which they become known."""

    def __init__(self, seed: int, long_ms: int = LONG_MS) -> None:
        self.dice = random.Random(seed)
        self.end = START_MS + long_ms
        self.facts: list[tuple[int, e.Event]] = []
        self._contacts()
        self._agents()
        self._connections()
        self._inside()

    def told(self) -> list[Delivery]:
        """(when it is applied, the event), in order."""
        return sorted(self.facts, key=lambda delivery: delivery[0])

    def _say(self, fact: e.Event, late_ms: int = 29_000) -> None:
        at: int = fact.time  # type: ignore[assignment]
        kind = self.dice.random()
        delay = self.dice.randint(0, late_ms) if kind < 0.2 else -self.dice.randint(0, 2_500) if kind > 0.97 else 0
        self.facts.append((at + delay, fact))

    def _contacts(self) -> None:
        dice, at = self.dice, START_MS
        while at < self.end:
            at += int(dice.expovariate(1 / dice.choice((1_500, 8_000, 60_000))))
            if dice.random() < 0.004:
                at += dice.randint(600_000, 1_500_000)
            source = dice.choice(tuple(OF_SOURCE))
            queue, contact = dice.choice(OF_SOURCE[source]), f"c{len(self.facts)}"
            channel = "chat" if queue == "new" and dice.random() < 0.3 else None
            self._say(e.ContactOffered(time=at, source=source, contact=contact, queue=queue, channel=channel))
            self._ends(source, queue, contact, at)

    def _ends(self, source: str, queue: str, contact: str, at: int) -> None:
        dice, agent = self.dice, self.dice.choice(NAMES)
        left = at + int(dice.expovariate(1 / dice.choice((4_000, 25_000, 120_000))))
        kind = dice.choices(("answered", "abandoned", "exited", "stays"), (70, 20, 8, 2))[0]
        reason = dice.choice(("timeout", "unknown"))
        if kind == "answered":
            rung, over = max(at, left - 3_000), left + int(dice.expovariate(1 / 60_000))
            if dice.random() < 0.3:
                self._say(e.ContactAlerting(time=rung, source=source, contact=contact, queue=queue, agent=agent))
            self._say(e.ContactAnswered(time=left, source=source, contact=contact, queue=queue, agent=agent))
            self._say(e.ContactEnded(time=over, source=source, contact=contact, queue=queue, agent=agent))
        elif kind == "abandoned":
            self._say(e.ContactAbandoned(time=left, source=source, contact=contact, queue=queue))
        elif kind == "exited":
            self._say(e.ContactExited(time=left, source=source, contact=contact, queue=queue, reason=reason))

    def _agents(self) -> None:
        dice = self.dice
        for agent in NAMES:
            at, source = START_MS, dice.choice(tuple(OF_SOURCE))
            while at < self.end:
                at += int(dice.expovariate(1 / 150_000))
                queue, kind = dice.choice(OF_SOURCE[source]), dice.random()
                if kind < 0.15 and agent != "A3":
                    self._say(e.AgentJoined(time=at, source=source, agent=agent, queue=queue))
                elif kind < 0.3 and agent != "A3":
                    self._say(e.AgentLeft(time=at, source=source, agent=agent, queue=queue))
                else:
                    state = dice.choice(STATES)
                    of = queue if state in ("available", "paused") and dice.random() < 0.4 else None
                    self._say(e.AgentStateChanged(time=at, source=source, agent=agent, state=state, queue=of))

    def _connections(self) -> None:
        dice = self.dice
        for source in OF_SOURCE:
            self.facts.append((START_MS, e.SourceUp(time=START_MS, source=source)))
            at = START_MS
            while at < self.end:
                at += int(dice.expovariate(1 / 1_500_000))
                for_ms = dice.randint(1_000, 400_000)
                self.facts.append((at, e.SourceDown(time=at, source=source, reason="silent")))
                self.facts.append((at + for_ms, e.SourceUp(time=at + for_ms, source=source)))
                self.facts.append((at + for_ms, e.SourceGap(time=at + for_ms, since=at, source=source)))
                if dice.random() < 0.6:
                    self._backfilled(source, at, at + for_ms)
                at += for_ms
            for _ in range(3):
                at = dice.randint(START_MS, self.end)
                offset_ms = dice.choice((0, 2_500, -2_600))
                stepped = dice.random() < 0.3
                self.facts.append((at, i.SourceClock(time=at, source=source, offset_ms=offset_ms, stepped=stepped)))

    def _backfilled(self, source: str, since: int, until: int) -> None:
        dice, visits = self.dice, []
        for number in range(dice.randint(1, 12)):
            entered = dice.randint(since, until)
            left = entered + dice.randint(0, 60_000)
            visits.append(
                i.BackfilledVisit(
                    contact=f"b{since}-{number}",
                    queue=dice.choice(OF_SOURCE[source]),
                    entered_at=entered,
                    left_at=left,
                    outcome=dice.choice(("answered", "abandoned")),
                    agent=dice.choice(NAMES),
                    ended_at=left + 20_000,
                    ended_by="customer",
                )
            )
        told_at = until + dice.randint(1_000, 100_000)
        event = i.SourceBackfilled(time=told_at, source=source, since=since, until=until, visits=tuple(visits))
        self.facts.append((told_at, event))

    def _inside(self) -> None:
        dice = self.dice
        shifts = tuple(
            e.ScheduledActivity(agent=agent, activity="work", start=START_MS, end=self.end) for agent in NAMES[:4]
        )
        self.facts.append((START_MS, e.ScheduleLoaded(time=START_MS, source="one", version="v1", activities=shifts)))
        for _ in range(4):
            at, until = sorted(dice.randint(START_MS, self.end) for _ in range(2))
            trouble = dice.choice(("journal", "clock"))
            self.facts.append((at, i.DaemonTroubled(time=at, source="daemon", trouble=trouble)))
            self.facts.append((until, i.DaemonTroubled(time=until, source="daemon", trouble=trouble, is_over=True)))
            self.facts.append((at, i.DeliveryFailed(time=at, source="outputs", output="horn", why="x", attempts=1)))
            self.facts.append((until, i.DeliveryRecovered(time=until, source="outputs", output="horn")))
        for _ in range(30):
            at = dice.randint(START_MS, self.end)
            queue = dice.choice(tuple(QUEUES))
            foreseen = i.RulesForeseen(
                time=at, source="daemon", queue=queue, until=at + 300_000, present=2, places=2,
                needed=dice.choice((None, 2, 4)), no_return_at=dice.choice((None, at + 90_000, at + 300_000)),
            )  # fmt: skip
            self.facts.append((at, foreseen))
        for _ in range(2):
            at = dice.randint(START_MS, self.end)
            team = e.AgentDescribed(time=at, source="one", agent=dice.choice(NAMES), team=dice.choice(("red", "green")))
            self.facts.append((at, team))
