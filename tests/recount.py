"""The auditor: recounts a day naively, in one batch, from the written definitions; it shares no code with the engine.

`config` is a plain dict: timezone, day_start_ms, interval_ms, default_policy, queues (policies) and agents ({queues}).
Everything is counted here, in milliseconds; `tests/audit.py` only lays it out as the report does, and compares.
"""
# Laid out by hand, so that the tables stay tables and all of it stays within 150 lines of code.
# fmt: off

from collections import Counter, defaultdict
from datetime import datetime, timedelta
from types import SimpleNamespace as Record
from zoneinfo import ZoneInfo

ORDER = "joined left offered alerting declined answered held resumed transferred ended abandoned exited state"
ACTIVITIES = "unknown talking on_hold alerting wrap_up paused unreachable busy available offline".split()
OUTCOMES = {"answered": "answered", "transferred": "answered", "ended": "answered",
            "abandoned": "abandoned", "exited": "exited", "unseen": "exited"}  # unseen: missing in a complete report
FORMULAS = {  # hits, misses. a, A: answered in T, later; s, t: abandoned in S, T; m: waited past T, or a counted exit
    "short_abandons_excluded": ("a", "tm"), "abandons_missed": ("a", "stm"), "abandons_ignored": ("a", "m"),
    "abandons_met": ("ast", "m"), "short_abandons_met": ("as", "tm"), "answered_only": ("a", "A")}
EVER = float("inf")
WAITING = {"outcome": None, "at": EVER, "reason": "", "stage": "waiting", "agent": None, "closed": "", "talk_ms": 0}


def instant(stamp):
    return stamp if isinstance(stamp, int) else round(datetime.fromisoformat(stamp).timestamp() * 1000)


class Recount:
    def __init__(self, events, config):
        self.config, self.visits, self.agents, self.outages = config, {}, {}, defaultdict(list)
        self.policies = defaultdict(lambda: config["default_policy"], config["queues"])
        self.events = sorted({(e.get("source"), e.get("id", id(e))): e for e in events}.values(), key=lambda e: (
            instant(e["time"]), e.get("seq", 0), ORDER.find(e["type"].split(".")[1]), e.get("id", "")))
        self.start, self.to = instant(self.events[0]["time"]), instant(self.events[-1]["time"])
        for e in self.events:
            self.take(e, instant(e["time"]))
        self.spend(self.to, *self.agents.values())

    def take(self, e, t):
        kind, source, name, queue, reason = map(e.get, ("type", "source", "agent", "queue", "reason"))
        agent = name and self.agents.setdefault(name, Record(
            state="offline", since=t, source=source, joined=None, pauses={}, wrap_until=0, ringing=set(), visits=[],
            spent=Counter(), configured=self.config["agents"].get(name, {}).get("queues", ())))
        if agent:
            self.spend(t, agent)
            agent.source = source
        if "contact" in e:
            self.contact(t, kind[8:], (source, e["contact"], queue), agent, reason)
        elif agent:
            self.presence(kind, agent, queue, source, e.get("state"), reason or "")
        elif kind == "source.down" and all(back < EVER for _, back in self.outages[source]):
            self.outages[source].append((t, EVER))
        elif kind == "source.up":
            self.outages[source] = [(lost, min(back, t)) for lost, back in self.outages[source]]
        elif kind == "floor.reported":
            for fact in list(self.resync(e)):
                self.take({"source": source, **fact}, instant(fact.get("since", t)) if "contact" in fact else t)

    def presence(self, kind, agent, queue, source, state, reason):
        if kind == "agent.joined":
            agent.joined = {**(agent.joined or {}), queue: source}
            agent.state = "available" if agent.state == "offline" else agent.state
        elif kind == "agent.left":
            agent.pauses.pop(queue, None)
            if agent.joined and agent.joined.pop(queue, EVER) != EVER and not agent.joined:
                self.presence("agent.state", agent, None, source, "offline", "")
        elif kind == "agent.state":
            agent.pauses.pop(queue, None)  # under None: the pause without a queue
            if not queue:
                agent.state, agent.wrap_until = state, 0 if state == "offline" else agent.wrap_until
                agent.pauses = {} if state in ("available", "offline") else agent.pauses
            if state == "paused":
                agent.pauses[queue] = reason  # a dict keeps the order: the latest pause is the last

    def spend(self, until, *agents):
        """Books the time of agents up to `until`, cut where a timed wrap-up ends or their source goes or comes back."""
        for a in agents:
            cuts = {until, a.wrap_until, *(t for outage in self.outages[a.source] for t in outage)}
            for end in sorted(t for t in cuts if a.since < t <= until):
                ms, queues = end - a.since, set(a.configured if a.joined is None else a.joined)
                holds = {"alerting": a.ringing, "wrap_up": a.since < a.wrap_until,
                         "unknown": any(lost <= a.since < back for lost, back in self.outages[a.source]),
                         "paused": a.pauses and queues <= set(a.pauses)}
                kinds = {a.state, *(v.stage for v in a.visits), *(kind for kind in holds if holds[kind])}
                activity = next(activity for activity in ACTIVITIES if activity in kinds)
                a.spent["seconds", activity] += ms
                pauses = a.pauses if activity != "unknown" else {}  # what is unknown is not paused
                for kind, holds in (("paused_any_seconds", True), ("paused_seconds", activity == "paused")):
                    a.spent.update({(kind, latest): ms for latest in list(pauses.values())[-1:] if holds})
                for queue in {*pauses, *(queues if None in pauses else ())} - {None}:
                    a.spent["paused_by_queue", queue, [pauses[q] for q in pauses if q in (queue, None)][-1]] += ms
                for visit in a.visits:
                    visit.spent[visit.stage] += ms
                a.since = end

    def contact(self, t, kind, key, agent, reason):
        visit = self.visits.get(key, [None])[-1]
        if visit and visit.reason == "unknown" and kind not in ("offered", "refused", "unseen"):
            vars(visit).update(WAITING)  # its end was only inferred: a fact that names it reopens it
        if kind == "offered" or (not visit and kind in (*OUTCOMES, "listed")) or (kind == "listed" and visit.outcome):
            visit = Record(key=key, opened=t, entry=None if kind in OUTCOMES else t, spent=Counter(), **WAITING)
            self.visits.setdefault(key, []).append(visit)
        if kind == "alerting" and not (visit and visit.outcome):
            agent.ringing.add(key)
        elif kind == "declined":
            agent.ringing.discard(key)
        elif kind in ("held", "resumed"):
            for held in [v for v in agent.visits if v.key[:2] == key[:2] and not v.closed][-1:]:
                held.stage = "on_hold" if kind == "held" else "talking"
        elif kind in OUTCOMES:
            self.settle(t, kind, visit, agent, reason)

    def settle(self, t, kind, visit, agent, reason):
        """What ends the wait, the talk or both; a fact that contradicts an earlier one changes nothing."""
        if not visit.outcome:
            for other in [a for a in self.agents.values() if visit.key in a.ringing]:
                self.spend(t, other)
                other.ringing.remove(visit.key)
            vars(visit).update(outcome=OUTCOMES[kind], at=t, stage="over", reason=reason or "")
            if visit.outcome == "answered":  # where an end comes first the answer was lost, and the wait is not known
                vars(visit).update(agent=agent, stage="talking", entry=visit.entry if kind == "answered" else None)
                agent.visits.append(visit)
        if visit.stage in ("talking", "on_hold") and kind in ("transferred", "ended", "unseen"):
            self.spend(t, visit.agent)
            if kind != "unseen":
                agent.wrap_until = max(agent.wrap_until, t + (self.policies[visit.key[2]]["wrap_up_ms"] or 0))
                visit.talk_ms = t - visit.at - visit.spent["on_hold"]
            visit.stage, visit.closed = "over", kind

    def resync(self, e):
        """The plain facts that a report of the floor amounts to; only a complete one ends what it omits."""
        waiting, talking, members, states = (e.get(part, []) for part in ("waiting", "talking", "members", "states"))
        listed = {(x.get("contact") or x["agent"], x["queue"]) for x in waiting + talking + members}
        for source, contact, queue in self.visits if e["complete"] else ():
            if source == e.get("source") and (contact, queue) not in listed:
                yield {"type": "contact.unseen", "contact": contact, "queue": queue, "reason": "unknown"}
        for name, agent in self.agents.items() if e["complete"] and members else ():
            for queue, source in (agent.joined or {}).items():
                if source == e.get("source") and (name, queue) not in listed:
                    yield {"type": "agent.left", "agent": name, "queue": queue}
        pauses = [{**m, "state": "paused" if m.get("paused") else "available"} for m in members]
        for kind, part in (("contact.listed", waiting), ("contact.answered", talking), ("agent.joined", members),
                           ("agent.state", states), ("agent.state", pauses)):
            yield from ({**x, "type": kind} for x in part)

    def marks(self, visit):
        """(when, what) of everything the visit counts as, with a letter of FORMULAS where it is decided."""
        policy, wait = self.policies[visit.key[2]], EVER if visit.entry is None else visit.at - visit.entry
        yield from ((visit.opened, "offered"), (visit.at, visit.outcome or "waiting_at_end"))
        if wait <= policy["threshold_ms"]:
            counted = "m" if policy["exits_count"] and visit.reason != "unknown" else ""
            letter = {"answered": "a", "abandoned": "t", "exited": counted}[visit.outcome]
            yield visit.at, "s" if letter == "t" and wait <= policy["short_abandon_ms"] else letter
        elif visit.entry is not None:
            yield visit.at, "A" if visit.outcome == "answered" else ""
            due, outages = visit.entry + policy["threshold_ms"], self.outages[visit.key[0]]
            lost, back = ([outage for outage in outages if outage[0] < visit.at] or [(EVER, EVER)])[-1]
            if due <= self.to and not (lost < due <= back and (visit.reason == "unknown" or visit.at == back == EVER)):
                yield due, "m"

    def interval(self, t):
        """The start of the interval holding t, on the grid of its local day."""
        day_start = timedelta(milliseconds=self.config["day_start_ms"])
        local = datetime.fromtimestamp(t / 1000, ZoneInfo(self.config["timezone"])) - day_start
        midnight = local.replace(hour=0, minute=0, second=0, microsecond=0, fold=0)
        return t - (t - round((midnight + day_start).timestamp() * 1000)) % self.config["interval_ms"]

    def queue(self, name):
        """Its visits; what they count as, by interval and by interval of arrival (None: never); its sources' gaps."""
        visits = [visit for key in self.visits if key[2] == name for visit in self.visits[key]]
        now, arrived = defaultdict(Counter), defaultdict(Counter)
        for entry, at, what in [(visit.entry, *mark) for visit in visits for mark in self.marks(visit)]:
            now[self.interval(at) if at < EVER else None][what] += 1
            arrived[self.interval(entry) if entry is not None else None][what] += 1
        named = {e.get("source") for e in self.events if e.get("queue") == name}
        gaps = [e for e in self.events if e["type"] == "source.gap" and e.get("source") in named]
        return visits, now, arrived, [(instant(e["since"]), instant(e["time"])) for e in gaps]
