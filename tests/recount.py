"""The auditor: recounts a day naively, in one batch, from the written definitions; it shares no code with the engine.

`config` is a plain dict: timezone, day_start_ms, interval_ms, default_policy, queues (of policies), agents (of {queues}).
The figures come as counters in milliseconds and counts; `tests/audit.py` lays them out as the report does.
"""
# fmt: off

from collections import Counter, defaultdict
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace as Record
from zoneinfo import ZoneInfo

FACTS = """agent.joined agent.left contact.offered contact.alerting contact.declined contact.answered contact.held
    contact.resumed contact.transferred contact.ended contact.abandoned contact.exited agent.state""".split()
ACTIVITIES = "unknown talking on_hold alerting wrap_up paused unreachable busy available offline".split()
CLOSING = ("transferred", "ended", "unseen")  # unseen: a complete report of the floor omits the contact
OUTCOMES = {"answered": "answered", "transferred": "answered", "ended": "answered",
            "abandoned": "abandoned", "exited": "exited", "unseen": "exited"}
FORMULAS = {  # hits, misses. a, A: answered in T, later; s, t: abandoned in S, in T; m: waited past T, or a counted exit
    "short_abandons_excluded": ("a", "tm"), "abandons_missed": ("a", "stm"), "abandons_ignored": ("a", "m"),
    "abandons_met": ("ast", "m"), "short_abandons_met": ("as", "tm"), "answered_only": ("a", "A")}
EPOCH, EVER = datetime(1970, 1, 1, tzinfo=UTC), float("inf")


def instant(stamp):
    return stamp if isinstance(stamp, int) else (datetime.fromisoformat(stamp) - EPOCH) // timedelta(milliseconds=1)


class Recount:
    def __init__(self, events, config):
        self.config, self.visits, self.latest, self.outages = config, [], {}, defaultdict(list)
        self.policies, self.declined = defaultdict(lambda: config["default_policy"], config["queues"]), Counter()
        self.agents = defaultdict(lambda: Record(state="offline", since=EVER, source=None, joined=None, pauses={},
                                                 wrap_until=0, ringing={}, contacts={}, visits=[], spent=Counter()))
        unique = {(e.get("source"), e.get("id", id(e))): e for e in events}.values()
        self.events = sorted(unique, key=lambda e: (
            instant(e["time"]), e.get("seq", 0), FACTS.index(e["type"]) if e["type"] in FACTS else -1, e.get("id", "")))
        self.start, self.to = instant(self.events[0]["time"]), instant(self.events[-1]["time"])
        for e in self.events:
            self.take(e, instant(e["time"]))
        self.spend(self.to, *self.agents)

    def take(self, e, t):
        kind, source, name, queue, reason = map(e.get, ("type", "source", "agent", "queue", "reason"))
        if name:
            self.spend(t, name)
            self.agents[name].source = source
        if "contact" in e:
            self.contact(t, kind[8:], (source, e["contact"], queue), name, reason)
        elif kind.startswith("agent."):
            self.presence(kind, self.agents[name], queue, source, e.get("state"), reason or "")
        else:
            self.spend(t, *self.agents)
            if kind == "source.down" and not self.is_down(source):
                self.outages[source].append([t, EVER])
            elif kind == "source.up" and self.is_down(source):
                self.outages[source][-1][1] = t
            for fact in list(self.resync(e)) if kind == "floor.reported" else ():
                self.take({"source": source, **fact}, instant(fact["since"]) if "contact" in fact and "since" in fact else t)

    def is_down(self, source):
        return bool(self.outages[source]) and self.outages[source][-1][1] == EVER

    def presence(self, kind, agent, queue, source, state, reason):
        if kind == "agent.joined":
            agent.joined = {**(agent.joined or {}), queue: source}
            agent.state = "available" if agent.state == "offline" else agent.state
        elif kind == "agent.left":
            agent.pauses.pop(queue, None)
            if agent.joined and queue in agent.joined:
                del agent.joined[queue]
                if not agent.joined:
                    self.presence("agent.state", agent, None, source, "offline", "")
        elif kind == "agent.state":
            agent.pauses.pop(queue, None)  # under None: the pause without a queue
            if not queue:
                agent.state = state
                agent.pauses = {} if state in ("available", "offline") else agent.pauses
                agent.wrap_until = 0 if state == "offline" else agent.wrap_until
            if state == "paused":
                agent.pauses[queue] = reason  # a dict keeps the order: the latest pause is the last

    def spend(self, until, *names):
        """Books the time of agents up to `until`; between two facts only a timed wrap-up can end."""
        for name, a in [(name, self.agents[name]) for name in names]:
            for end in [end for end in sorted({min(a.wrap_until, until), until}) if end > a.since]:
                ms, configured = end - a.since, self.config["agents"].get(name, {}).get("queues", ())
                queues, latest = set(configured if a.joined is None else a.joined), list(a.pauses.values())[-1:]
                kinds = {a.state, *(stage for stage, _ in a.contacts.values())}
                kinds |= {"alerting"} if a.ringing else set()
                kinds |= {"wrap_up"} if a.since < a.wrap_until else set()
                kinds |= {"paused"} if latest and queues <= set(a.pauses) else set()
                kinds |= {"unknown"} if self.is_down(a.source) else set()
                activity = next(activity for activity in ACTIVITIES if activity in kinds)
                a.spent.update({("seconds", activity): ms} | {("paused_any_seconds", why): ms for why in latest})
                a.spent.update({("paused_seconds", why): ms for why in latest if activity == "paused"})
                for queue in {*a.pauses, *(queues if None in a.pauses else ())} - {None}:
                    why = [why for q, why in a.pauses.items() if q in (queue, None)][-1]
                    a.spent["paused_by_queue", queue, why] += ms
                a.since = end
            a.since = until if a.since == EVER else a.since

    def contact(self, t, kind, key, name, reason):
        agent, visits = self.agents[name] if name else None, [v for v in self.latest.get(key, [])]
        waiting = [v for v in visits if not v.outcome]
        visit = ([v for v in waiting if v.opened < t] or waiting or visits or [None])[-1]
        if kind in ("transferred", "ended"):
            visit = ([v for v in agent.visits if v.key == key and not v.closed] or [visit])[-1]
        if visit and visit.reason == "unknown" and kind not in ("offered", "refused", "unseen"):  # only taken for gone
            vars(visit).update(outcome=None, at=EVER, reason="")
        if kind in ("held", "resumed"):
            visit = max((v for v in agent.visits if v.key[:2] == key[:2]), key=lambda v: v.at, default=None)
            if key[:2] in agent.contacts:
                agent.contacts[key[:2]] = "on_hold" if kind == "held" else "talking", agent.contacts[key[:2]][1]
            if visit and not visit.closed and (visit.held is None) == (kind == "held"):
                visit.hold_ms += t - visit.held if kind == "resumed" else 0
                visit.held = t if kind == "held" else None
        elif kind == "declined":
            agent.ringing.pop(key[:2], None)
            self.declined.update([("queue", key[2]), ("agent", name)])
        elif kind == "alerting" and not (visit and visit.outcome):
            agent.ringing[key[:2]] = key
        elif kind == "offered" or (kind == "waiting" and (not visit or visit.outcome)) or (
                kind in OUTCOMES and not visit):
            visit = Record(
                key=key, opened=t, entry=None if kind in OUTCOMES else t, outcome=None, at=EVER, reason="", agent=None,
                closed="", held=None, hold_ms=0, talk_ms=None)
            self.visits.append(visit)
            self.latest.setdefault(key, []).append(visit)
        if kind in OUTCOMES:
            self.settle(t, kind, visit, agent, name, reason)

    def settle(self, t, kind, visit, agent, name, reason):
        lost = kind in ("transferred", "ended") and not visit.outcome
        if not visit.outcome:
            for other in [other for other, a in self.agents.items() if visit.key in a.ringing.values()]:
                self.spend(t, other)
                del self.agents[other].ringing[visit.key[:2]]
            vars(visit).update(outcome=OUTCOMES[kind], at=t, reason=reason if OUTCOMES[kind] == "exited" else "")
            if visit.outcome == "answered":
                visit.agent = name
                agent.visits.append(visit)
            if lost:  # its answer was lost: neither wait nor talk is known
                visit.entry = None
        if kind == "answered":
            agent.contacts[visit.key[:2]] = "talking", visit
        if kind in ("transferred", "ended"):
            agent.contacts.pop(visit.key[:2], None)
            agent.wrap_until = max(agent.wrap_until, t + self.policies[visit.key[2]]["wrap_up_ms"])
        if kind in CLOSING and visit.outcome == "answered" and not visit.closed and (visit.agent == name or not name):
            visit.closed = kind
            if kind != "unseen" and not lost:
                visit.hold_ms += t - visit.held if visit.held is not None else 0
                visit.talk_ms = t - visit.at - visit.hold_ms
            for other, a in self.agents.items():
                if a.contacts.get(visit.key[:2], (0, 0))[1] is visit:
                    self.spend(t, other)
                    a.contacts.pop(visit.key[:2])

    def resync(self, e):
        """The plain facts that a report of the floor amounts to; only a complete one ends what it omits."""
        waiting, talking, members, states = (e.get(part, []) for part in ("waiting", "talking", "members", "states"))
        listed = {(x.get("contact") or x["agent"], x["queue"]) for x in waiting + talking + members}
        for source, contact, queue in list(self.latest) if e["complete"] else ():
            if source == e.get("source") and (contact, queue) not in listed:
                yield {"type": "contact.unseen", "contact": contact, "queue": queue, "reason": "unknown"}
        for name, queue in [(name, queue) for name, a in self.agents.items() for queue in a.joined or ()]:
            if e["complete"] and members and (
                    self.agents[name].joined[queue] == e.get("source") and (name, queue) not in listed):
                yield {"type": "agent.left", "agent": name, "queue": queue}
        pauses = [{**m, "state": "paused" if m.get("paused") else "available"} for m in members]
        for kind, part in (("contact.waiting", waiting), ("contact.answered", talking), ("agent.joined", members),
                           ("agent.state", states), ("agent.state", pauses)):
            yield from ({**item, "type": kind} for item in part)

    def marks(self, visit, policy):
        """(when, what) of everything the visit counts as, with a letter of FORMULAS where it is decided."""
        threshold_ms, wait = policy["threshold_ms"], EVER if visit.entry is None else visit.at - visit.entry
        yield from ((visit.opened, "offered"), (visit.at, visit.outcome or "waiting_at_end"))
        if wait <= threshold_ms:
            abandon = "s" if wait <= policy["short_abandon_ms"] else "t"
            counted = "m" if policy["exits_count"] and visit.reason != "unknown" else ""
            yield visit.at, {"answered": "a", "abandoned": abandon, "exited": counted}[visit.outcome]
        elif visit.entry is not None:
            yield visit.at, "A" if visit.outcome == "answered" else ""
            due, outages = visit.entry + threshold_ms, [o for o in self.outages[visit.key[0]] if o[0] < visit.at]
            lost, back = outages[-1] if outages else (EVER, EVER)
            guessed = visit.reason == "unknown" or (not visit.outcome and back == EVER)
            if due <= self.to and not (guessed and lost < due <= back):
                yield due, "m"

    def interval(self, t):
        """The start of the interval holding t, on the grid of its local day."""
        day_start = timedelta(milliseconds=self.config["day_start_ms"])
        local = datetime.fromtimestamp(t / 1000, ZoneInfo(self.config["timezone"])) - day_start
        midnight = local.replace(hour=0, minute=0, second=0, microsecond=0, fold=0)
        return t - (t - round((midnight + day_start).timestamp() * 1000)) % self.config["interval_ms"]

    def queue(self, name):
        """Its visits; what they count as in all, by interval, and by interval of arrival; the gaps of its sources."""
        visits, total, now, arrived = [v for v in self.visits if v.key[2] == name], Counter(), {}, {}
        for visit in visits:
            for at, what in self.marks(visit, self.policies[name]):
                total[what] += 1
                if at < EVER:
                    now.setdefault(self.interval(at), Counter())[what] += 1
                if visit.entry is not None:
                    arrived.setdefault(self.interval(visit.entry), Counter())[what] += 1
        named = {e.get("source") for e in self.events if e.get("queue") == name}
        gaps = [(instant(e["since"]), instant(e["time"])) for e in self.events
                if e["type"] == "source.gap" and e.get("source") in named]
        return visits, total, now, arrived, gaps
