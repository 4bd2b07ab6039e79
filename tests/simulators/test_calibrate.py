from __future__ import annotations

from datetime import UTC, datetime
from functools import cache
from math import log
from pathlib import Path
from statistics import fmean

import pytest
from typer.testing import CliRunner

from floorwatch.cli import app
from simulators.calibrate import calibrated
from simulators.calibrate.closing import stretched
from simulators.calibrate.compare import compared, distance, figures
from simulators.calibrate.staffing import duties, gaps, skills
from simulators.calibrate.survival import Lasting, hazard, interval_hazard, kaplan_meier
from simulators.calibrate.visits import Day, Visit, days_of, visits_of
from simulators.calibrate.volume import day_cv, dispersion, half_hours, shape
from simulators.flow import day_start_ms, floor_day
from simulators.profile import FloorProfile, load_profile
from simulators.profile.model import QueueProfile

SMALL = load_profile("small")
KNOWN = SMALL.model_copy(
    update={
        "teams": {"support": SMALL.teams["support"].model_copy(update={"agents": 8})},
        "queues": {
            "support": QueueProfile.model_validate(
                {
                    "contacts": 550,
                    "handling": {"law": "lognormal", "median": 160, "sigma": 0.6},
                    "patience": {"law": "exponential", "mean": 240},
                    "wrap_up": {"law": "lognormal", "median": 20, "sigma": 0.4},
                    "retry": {"ratio": 0},
                }
            )
        },
    }
)


@cache
def simulated(seed: int = 1, days: int = 1) -> list[Day]:
    """Days of a floor whose laws are known."""
    start_ms = day_start_ms(SMALL.date, SMALL.timezone)
    return days_of(visits_of(floor_day(KNOWN, seed, start_ms, days)), SMALL.timezone)


@cache
def fit() -> tuple[FloorProfile, Day]:
    """The profile calibrated on one of them."""
    typed, day, _ = calibrated(simulated(), name="fit", timezone=SMALL.timezone)
    return FloorProfile.model_validate(typed), day


def test_the_laws_of_a_simulated_day_are_found_again() -> None:
    """Handling, patience, volume, the number of agents and when they are there come out as they went in."""
    profile, day = fit()
    queue = profile.queues["support"]
    answered = [visit for visit in day.visits if visit.outcome == "answered"]
    assert queue.handling.mean_ms / 1000 == pytest.approx(fmean(v.handled_ms for v in answered) / 1000, rel=0.1)
    assert queue.handling.mean_ms / 1000 == pytest.approx(KNOWN.queues["support"].handling.mean_ms / 1000, rel=0.15)
    assert queue.contacts == pytest.approx(len(day.visits), rel=0.08)
    assert sum(team.agents for team in profile.teams.values()) == len({visit.agent for visit in answered})
    starts = sorted(shift.spans[0][0] / 3_600_000 for shift in profile.shifts.values())
    assert starts[0] == pytest.approx(8, abs=0.3)
    assert starts[-1] == pytest.approx(9.5, abs=0.6)


def test_a_calibrated_floor_is_like_the_day() -> None:
    """Waits, abandons, level and handling of days simulated from the fit lie beside those of the day itself."""
    profile, day = fit()
    found = compared(profile, day)
    assert found is not None
    assert found.simulated.offered == pytest.approx(found.real.offered, rel=0.08)
    assert found.simulated.aht_s == pytest.approx(found.real.aht_s, rel=0.08)
    assert found.simulated.service_level == pytest.approx(found.real.service_level, abs=0.12)
    assert found.simulated.abandon_ratio == pytest.approx(found.real.abandon_ratio, abs=0.05)
    assert found.handling_distance < 0.06
    assert found.wait_distance < 0.2


def test_half_hours_are_dispersed_as_on_real_floors() -> None:
    """Variance over mean of half-hour counts given the day's total lies between 2 and 4, and one factor makes it."""
    days = simulated(2, 20)
    assert 2 < (dispersion([half_hours(day) for day in days]) or 0) < 4
    calm = KNOWN.model_copy(update={"overdispersion": 0.0})
    steady = days_of(visits_of(floor_day(calm, 2, day_start_ms(SMALL.date, SMALL.timezone), 20)), SMALL.timezone)
    assert (dispersion([half_hours(day) for day in steady]) or 0) == pytest.approx(1, abs=0.25)
    assert (day_cv(days, 1.8) or 0) == pytest.approx(SMALL.day_cv, abs=0.06)
    points = shape(days)
    assert max(points, key=lambda point: point[1])[0] == pytest.approx(10.5, abs=1)


def test_the_kaplan_meier_estimate_of_a_published_trial() -> None:
    """Weeks of remission of Freireich's 21 patients (1963), the textbook case: 0.857, 0.807, … as it is published."""
    ended = (6, 6, 6, 7, 10, 13, 16, 22, 23)
    lost = (6, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 35)
    found = kaplan_meier([Lasting(ms, ms_over) for times, ms_over in ((ended, True), (lost, False)) for ms in times])
    assert [round(ratio, 3) for ratio in found.ratios] == [0.857, 0.807, 0.753, 0.69, 0.627, 0.538, 0.448]
    assert (found.at(5), round(found.at(12), 3), found.quantile_ms(0.5)) == (1.0, 0.753, 23)


def test_patience_is_a_rate_over_those_who_still_wait() -> None:
    """By hand: in the first 6 s 20 leave of 100 who wait 5 s or more; then nobody but the 20 who leave at 10 s."""
    left = [Lasting(5_000, is_over=True)] * 20 + [Lasting(10_000, is_over=True)] * 20
    law = hazard([*left, *[Lasting(30_000, is_over=False)] * 60])
    assert law is not None
    assert law.from_s == (0, 6)
    first, last = 20 / (20 * 5 + 80 * 6), 20 / (20 * 4 + 60 * 24)
    assert law.per_second == pytest.approx((first, last), rel=1e-3)
    assert hazard(left[:9]) is None


def test_what_is_known_only_to_lie_between_has_a_law_too() -> None:
    """Half are back within 10 s, half between 10 and 20 s, and those of whom nothing is known change nothing."""
    seen = [(0, 10_000)] * 50 + [(10_000, 20_000)] * 50 + [(0, 20_000)] * 30
    law = interval_hazard(seen, (0, 10, 20))
    assert law is not None
    assert law.per_second[0] == pytest.approx(log(2) / 10, rel=1e-3)


def test_a_pause_is_what_others_waited_through() -> None:
    """An agent who is away for 20 minutes while others wait was on a pause; one who is away as long unseen, idle."""
    at = range(0, 3_000_000, 1_500_000)
    seen = [Visit(f"c{ms}", "a", ms, ms, "answered", "A1", ms + 300_000) for ms in at]
    waiting = Visit("w", "a", 1_000_000, 1_490_000, "abandoned")
    known = {"A1": frozenset("a")}
    assert gaps(Day("1970-01-01", 0, tuple(seen)), known)[1] == []
    there, pauses = gaps(Day("1970-01-01", 0, (*seen, waiting)), known)
    assert [(pause.since_ms, pause.until_ms) for pause in pauses] == [(300_000, 1_490_000)]
    assert not there


def test_agents_who_served_a_queue_have_the_skill_and_the_hours() -> None:
    """Two agents of one queue, one of both: skills and hours, to the minute as the day is short, are the contacts'."""
    visits = [
        Visit(f"c{n}", queue, n * 60_000, n * 60_000 + 5_000, "answered", agent, n * 60_000 + 55_000)
        for n, (queue, agent) in enumerate(
            [("a", "A1"), ("b", "A2"), ("a", "A3"), ("b", "A3"), ("a", "A1"), ("b", "A2")] * 20
        )
    ]
    day = Day("1970-01-01", 0, tuple(visits))
    known = skills([day])
    assert known == {"A1": frozenset("a"), "A2": frozenset("b"), "A3": frozenset("ab")}
    assert {duty.agent: (duty.since_ms, duty.until_ms) for duty in duties(day, known, [])}["A1"] == (0, 7_140_000)


def test_distance_of_two_samples() -> None:
    """0 for the same sample, 1 for samples apart, a half where half of one lies beyond the other."""
    assert distance([1, 2, 3], [3, 2, 1]) == 0
    assert distance([1, 2], [3, 4]) == 1
    assert distance([1, 2, 3, 4], [1, 2, 9, 9]) == 0.5
    assert figures([]) is None


def test_stretching_scales_the_time_to_the_next_contact() -> None:
    """Twice as long: the edges double, the rates halve, once for queues that share a law; all else stays."""
    law = {"law": "hazard", "from_s": [0, 4], "per_second": [0.2, 0.1]}
    typed = {"queues": {name: {"contacts": 5, "wrap_up": law} for name in "ab"}}
    for queue in stretched(typed, 2.0)["queues"].values():
        assert queue == {"contacts": 5, "wrap_up": law | {"from_s": [0, 8], "per_second": [0.1, 0.05]}}


def test_the_command_writes_a_profile_and_shows_the_fit(tmp_path: Path) -> None:
    """A table of contacts in, a profile that loads out, with real and simulated figures side by side."""
    table = tmp_path / "day.csv"
    rows = ["contact_id,queue,arrival,outcome,answer_time,end_time,agent"]
    for visit in simulated()[0].visits[:350]:
        left, ended = (f"{_stamp(at)}" for at in (visit.left_ms, visit.ended_ms))
        if visit.outcome == "answered":
            rows.append(f"{visit.contact},support,{_stamp(visit.arrived_ms)},answered,{left},{ended},{visit.agent}")
        else:
            rows.append(f"{visit.contact},support,{_stamp(visit.arrived_ms)},abandoned,,{left},")
    table.write_text("\n".join(rows) + "\n", encoding="utf-8")
    out = tmp_path / "mine.yaml"
    done = CliRunner().invoke(app, ["calibrate", str(table), "--out", str(out), "--timezone", "Europe/Berlin"])
    assert done.exit_code == 0, done.output
    assert "service level 20 s" in done.output
    assert load_profile(str(out)).queues["support"].contacts > 250


def test_what_holds_no_contacts_is_refused(tmp_path: Path) -> None:
    """An empty day, a day without agents and an unknown zone are each answered with a sentence, status 2."""
    head = "contact_id,queue,arrival,outcome,answer_time,end_time,agent\n"
    for text, zone, said in (
        (head, "UTC", "nothing to calibrate"),
        (head + "c1,q,2026-03-02T09:00:00,abandoned,,2026-03-02T09:01:00,\n", "UTC", "nothing to calibrate"),
        (head, "Europe/Berln", "--timezone: there is no 'Europe/Berln'"),
    ):
        table = tmp_path / "day.csv"
        table.write_text(text, encoding="utf-8")
        done = CliRunner().invoke(app, ["calibrate", str(table), "--timezone", zone])
        assert done.exit_code == 2
        assert said in done.output


def test_the_calibrated_profiles_load() -> None:
    """`bank` and `multi-skill` are floors one can simulate."""
    for name, queues in (("bank", 5), ("multi-skill", 12)):
        profile = load_profile(name)
        assert profile.name == name
        assert len(profile.queues) >= queues


def _stamp(at_ms: int) -> str:
    return datetime.fromtimestamp(at_ms / 1000, UTC).isoformat(timespec="milliseconds")
