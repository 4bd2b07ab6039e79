"""From recorded days to a profile: the floor as somebody would type it who had measured it.

One of the days is the one to be like: it gives the volume and who worked when. The laws (patience, handling,
turnaround, the shape of the day and how days differ) come from all of them.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from math import exp, log
from statistics import fmean, median, pstdev
from typing import Any

from pydantic import BaseModel

from simulators.calibrate import closing, staffing, volume
from simulators.calibrate.handling import VISITS_MIN, HandlingLaw, handling_law, paced, speeds
from simulators.calibrate.staffing import Duty
from simulators.calibrate.survival import Lasting, hazard, interval_hazard, scaled
from simulators.calibrate.visits import Day, Visit
from simulators.laws import Law, Never
from simulators.profile.model import time_of_day

OVERDISPERSION = 1.8
DAY_CV = 0.14
CALENDAR_YEARS = 28
RETRY_RATIO = 0.41
"""Where nothing can be measured: what floors have that were."""
ABANDONS_MIN = 100
"""Fewer in a queue lend their speed to the floor's law of patience; from so many on, a queue has one of its own."""
QUIET_EDGES_S = (0, 2, 4, 6, 8, 12, 20, 30, 45, 60, 90, 120, 180, 240, 300)
"""Where the law of the time agents take when nobody waits may bend."""
COME_BACK_MIN = 3
"""Agents come back from a pause when more wait in a queue than a third of the day's agents, and more than this."""
LUNCH_MS, OTHER_WORK_MS = 1_800_000, 4_500_000
"""Pauses from so long on are a lunch, and other work."""


class NothingToCalibrateError(Exception):
    """These days do not hold what a profile is made of; the sentence says what is missing."""


CLOSING_DAYS = 3
"""So many other days, spread over those recorded, have a say in how the fit is closed."""


def calibrated(
    days: Sequence[Day], *, name: str, timezone: str, date: str | None = None
) -> tuple[dict[str, Any], Day, float]:
    """(the profile as it is typed, the day it is like, the factor that closed the fit; see `closing`).

    `date` is the day to be like; None: the one of median volume. Raises `NothingToCalibrateError`.
    """
    ordinary = volume.ordinary(days)
    model = _model_day(days, ordinary, date)
    others = [day for day in ordinary if day is not model]
    others = others[:: max(1, len(others) // CLOSING_DAYS)][:CLOSING_DAYS]
    fitted = [
        (day, typed_profile(days, name=name, timezone=timezone, date=day.date))
        for day in (model, *others)
        if any(visit.agent for visit in day.answered)
    ]
    if not fitted or fitted[0][0] is not model:
        raise NothingToCalibrateError(
            f"{model.date}: no contact that was answered, by an agent who is named, and ended"
        )
    factor = closing.stretch(fitted)
    return closing.stretched(fitted[0][1], factor), model, factor


def typed_profile(days: Sequence[Day], *, name: str, timezone: str, date: str | None = None) -> dict[str, Any]:
    """A profile as it is typed, fitted to these days; `date` is the day to be like, else the one of median volume.

    Raises `NothingToCalibrateError`.
    """
    ordinary = volume.ordinary(days)
    model = _model_day(days, ordinary, date)
    others = ordinary if model in ordinary else [model]
    answered = [visit for day in others for visit in day.answered]
    if not any(visit.agent for visit in model.answered):
        raise NothingToCalibrateError(
            f"{model.date}: no contact that was answered, by an agent who is named, and ended"
        )
    drawn, speed_cv = speeds(answered)
    served = staffing.skills(others)
    today = staffing.skills_on(model, served, others)
    there = [gap for day in others for gap in staffing.gaps(day, served)[0]]
    hurried, unhurried = staffing.turnarounds(there)
    quiet = interval_hazard(unhurried, QUIET_EDGES_S)
    busy = hazard(hurried)
    laws = {"wrap_up": busy or quiet, "wrap_up_quiet": quiet if busy else None}
    wrap_up = {key: typed_law(law) for key, law in laws.items() if law is not None}
    queues = _queues(model, others, drawn, wrap_up, speed_cv)
    measured = volume.dispersion([volume.half_hours(day) for day in others])
    overdispersion = OVERDISPERSION if measured is None else max(0.0, measured - 1)
    day_cv = volume.day_cv(others, overdispersion)
    profile = {
        "name": name,
        "site": {"name": name, "timezone": timezone},
        "date": _since_2000(model.date),
        "day_cv": round(DAY_CV if day_cv is None else day_cv, 3),
        "overdispersion": round(overdispersion, 2),
        "habits": _habits(answered, speed_cv, len({visit.agent for visit in model.answered})),
        "queues": queues,
        **_staff(staffing.duties(model, today, staffing.gaps(model, today)[1]), model),
    }
    weekdays = _weekdays(days, model)
    return profile | ({"weekdays": weekdays} if weekdays else {})


def _since_2000(date: str) -> str:
    """The date, or the first since 2000 with the same calendar (every 28 years): no event may be older."""
    year = int(date[:4])
    while year < 2000:
        year += CALENDAR_YEARS
    return f"{year:04d}{date[4:]}"


def _model_day(days: Sequence[Day], ordinary: Sequence[Day], date: str | None) -> Day:
    if not days:
        raise NothingToCalibrateError("no contact that was offered, and answered or given up")
    if date is not None:
        found = [day for day in days if day.date == date]
        if not found:
            raise NothingToCalibrateError(f"nothing happened on {date}: there are {days[0].date} to {days[-1].date}")
        return found[0]
    usual = median(len(day.visits) for day in ordinary)
    return min(ordinary, key=lambda day: (abs(len(day.visits) - usual), day.date))


def _queues(
    model: Day, days: Sequence[Day], drawn: dict[str, float], wrap_up: dict[str, Any], cv: float
) -> dict[str, dict[str, Any]]:
    visits: defaultdict[str, list[Visit]] = defaultdict(list)
    for day in days:
        for visit in day.visits:
            visits[visit.queue].append(visit)
    patience = hazard([lasting for own in visits.values() for lasting in _patience(own)])
    pooled = _handling([visit for own in visits.values() for visit in own], drawn)
    floor_shape = volume.shape(days)
    offered = Counter(visit.queue for visit in model.visits)
    laws = dict.fromkeys(offered, pooled)
    for queue in offered:
        if sum(visit.outcome == "answered" for visit in visits[queue]) >= 2 * VISITS_MIN:
            laws[queue] = _handling(visits[queue], drawn)
    pace = _pace(model, laws, cv)
    lost = Counter(visit.queue for visit in model.visits if visit.outcome == "abandoned")
    typed: dict[str, dict[str, Any]] = {}
    for queue, count in offered.most_common():
        own = visits[queue]
        given_up = sum(visit.outcome == "abandoned" for visit in own)
        law: Law | None = patience
        if patience is not None:
            law = hazard(_patience(own)) if given_up >= ABANDONS_MIN else scaled(patience, _patience(own))
        shape = volume.shape(days, queue) if len(own) >= 500 else floor_shape
        typed[queue] = {
            "contacts": round(count - RETRY_RATIO * lost[queue]),
            "shape": shape,
            "handling": typed_law(paced(laws[queue], pace)),
            "patience": typed_law(law or Never(law="never")),
            "retry": {"ratio": RETRY_RATIO},
            "room": 10_000,
            "open_when_empty": True,
            **wrap_up,
        }
    return typed


def _patience(visits: Sequence[Visit]) -> list[Lasting]:
    return [Lasting(visit.wait_ms, visit.outcome == "abandoned") for visit in visits]


def _handling(visits: Sequence[Visit], drawn: dict[str, float]) -> HandlingLaw:
    lengths = [visit.handled_ms / drawn.get(visit.agent, 1.0) for visit in visits if visit.outcome == "answered"]
    return handling_law(lengths)


def _pace(model: Day, laws: dict[str, HandlingLaw], cv: float) -> float:
    """How many times as long as by these laws handling took on the day to be like."""
    answered = model.answered
    took_ms = sum(visit.handled_ms for visit in answered) * (1 + cv * cv)
    return took_ms / sum(laws[visit.queue].mean_ms for visit in answered)


def _habits(answered: Sequence[Visit], speed_cv: float, agents: int) -> dict[str, Any]:
    """Agents who do what they were measured to do, and come back from a pause when a queue builds."""
    habits: dict[str, Any] = {
        "speed_cv": round(speed_cv, 3),
        "log_in_early": 0,
        "late_ratio": 0,
        "over_ratio": 0,
        "leave_late": 0,
        "decline_ratio": 0,
        "come_back_waiting": max(COME_BACK_MIN, agents // 3),
    }
    rings_s = [(visit.left_ms - visit.rang_ms) / 1000 for visit in answered if visit.rang_ms is not None]
    if len(rings_s) < VISITS_MIN:
        shortest = sorted(visit.wait_ms / 1000 for visit in answered if visit.wait_ms < staffing.WAITS_MS)
        usual = median(shortest) if len(shortest) >= VISITS_MIN else 0.0
        if usual < 1:
            return habits | {"ring": 0}
        return habits | {"ring": 20, "answer": {"law": "constant", "value": usual}}
    logs = [log(max(ring, 0.1)) for ring in rings_s]
    answer = {"law": "lognormal", "median": round(exp(fmean(logs)), 2), "sigma": round(max(pstdev(logs), 0.01), 3)}
    return habits | {"ring": 60, "answer": answer}


def _staff(duties: Sequence[Duty], model: Day) -> dict[str, Any]:
    """A shift for each agent; a team for all who serve the same queues."""
    names = {queue: place for place, (queue, _) in enumerate(Counter(v.queue for v in model.visits).most_common())}
    shifts: dict[str, Any] = {}
    teams: defaultdict[tuple[str, ...], list[str]] = defaultdict(list)
    for place, duty in enumerate(sorted(duties, key=lambda duty: (duty.since_ms, duty.until_ms, duty.agent)), 1):
        shift: dict[str, Any] = {"spans": [f"{time_of_day(duty.since_ms)}-{time_of_day(duty.until_ms)}"]}
        pauses = [_pause(since_ms, until_ms) for since_ms, until_ms in duty.pauses]
        shifts[f"s{place:02d}"] = shift | ({"pauses": pauses} if pauses else {})
        teams[tuple(sorted(duty.queues, key=lambda queue: names.get(queue, len(names))))].append(f"s{place:02d}")
    typed = {
        f"team-{place:02d}": {
            "agents": len(own),
            "queues": [queue for queue in queues if queue in names],
            "shifts": own,
        }
        for place, (queues, own) in enumerate(sorted(teams.items(), key=lambda team: (-len(team[1]), team[0])), 1)
    }
    return {"shifts": shifts, "teams": typed}


def _pause(since_ms: int, until_ms: int) -> dict[str, Any]:
    length_ms = until_ms - since_ms
    return {
        "activity": "break" if length_ms < LUNCH_MS else "lunch" if length_ms < OTHER_WORK_MS else "off_phone",
        "at": time_of_day(since_ms // 60_000 * 60_000),
        "length": f"{max(1, round(length_ms / 60_000))}m",
    }


def _weekdays(days: Sequence[Day], model: Day) -> list[float] | None:
    means = volume.weekday_means(days)
    if len(days) < volume.DAYS_MIN or model.weekday not in means:
        return None
    return [round(means.get(weekday, means[model.weekday]) / means[model.weekday], 3) for weekday in range(7)]


def typed_law(law: BaseModel) -> dict[str, Any]:
    """A law as it is typed: times in seconds."""
    typed: dict[str, Any] = {}
    for name, field in type(law).model_fields.items():
        found = getattr(law, name)
        if isinstance(found, tuple):
            found = [typed_law(one) if isinstance(one, BaseModel) else one for one in found]
        elif name.endswith("_ms"):
            found = round(found / 1000, 3)
        if name == "above_ms" and not found:
            continue
        typed[field.alias or name] = found
    return typed
