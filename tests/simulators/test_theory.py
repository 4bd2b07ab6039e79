from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from math import comb, pi, sqrt, tan
from pathlib import Path
from statistics import fmean

import pytest

from floorwatch.floor import events as e
from simulators.chance import Chance
from simulators.flow import floor_day
from simulators.theory.__main__ import main
from simulators.theory.cases import Case, CaseError, read_cases
from simulators.theory.compare import compare
from simulators.theory.floors import Beginning, plan_of, profile_of
from simulators.theory.run import run
from simulators.theory.student import binomial_bounds, incomplete_beta, t_quantile, t_tail
from simulators.theory.watch import START_MS, Tally, Watch

# Exact figures: EC031, EC019, EA013, EA041, MG001 and MG013 of the reference cases, each computed in two ways (closed
# forms and recursions; integrals after Zeltyn and Mandelbaum and the truncated chain), to 1e-10.
MMN = """\
case_id,calls,interval_s,aht_s,agents,target_s,p_wait,sl,asa_s,mean_wait_if_delayed_s,p90_wait_s,occupancy,mean_queue
EC031,30,1800,240,6,10,0.284760845384,0.738007374700,34.1713014461,120.0,125.577540360,0.666666666667,0.569521690768
EC019,300,3600,180,20,20,0.160429387417,0.907953090183,5.77545794701,36.0,17.0166134155,0.75,0.481288162251
"""
MMN_M = """\
case_id,calls,interval_s,aht_s,agents,patience_mean_s,target_s,p_wait,p_abandon,mean_wait_all_s,mean_wait_served_s,\
mean_wait_abandoned_s,mean_queue,occupancy,p_wait_gt_T,sl_served_over_offered,p_abandon_within_T,\
sl_excl_short_abandons,sl_over_answered,sl_abandons_in_T_count_good
EA013,30,1800,240,5,90,20,0.309802599974,0.136979610208,12.3281649188,8.37937837534,37.2069282378,0.205469415313,\
0.690416311833,0.193778564307,0.751126845930,0.0550945897623,0.794922790993,0.870346581396,0.806221435693
EA041,247,900,95,26,20,10,0.356788095068,0.107800771614,2.15601543229,1.78071048654,5.26217857002,0.591706457528,\
0.894677559576,0.0685415609681,0.839482172279,0.0919762667532,0.924515672379,0.940913358329,0.931458439032
"""
MMN_G = """\
case_id,calls,interval_s,aht_s,agents,target_s,patience,patience_params,patience_mean_s,p_wait,p_abandon,\
mean_wait_all_s,mean_wait_served_s,mean_queue,occupancy,p_wait_gt_T,sl_served_over_offered,p_abandon_within_T,\
sl_excl_short_abandons,sl_over_answered
MG001,100,1800,180,11,20,deterministic,60,60.0,0.4279343105,0.07996176501,14.65799918,10.71726468,0.8143332877,\
0.8363983954,0.2988441077,0.7011558923,-6.462348536e-27,0.7011558923,0.7620942975
MG013,480,1800,180,48,20,exp_with_balk,0.05 500,475.0,0.5425969269,0.05468480842,13.77748104,13.91370293,\
3.673994943,0.9453151916,0.2686787398,0.6888523328,0.04246892739,0.7194046779,0.7287012194
"""


def cases_of(tmp_path: Path, text: str) -> list[Case]:
    path = tmp_path / "cases.csv"
    path.write_text(text)
    return read_cases(path)


# The floor.


@pytest.mark.parametrize("text", [MMN, MMN_M, MMN_G], ids=["M/M/n", "M/M/n+M", "M/M/n+G"])
def test_the_floor_is_what_theory_says(tmp_path: Path, text: str) -> None:
    """Every figure of two queues of each model is within its interval, 30 replications, simultaneously at 99 %."""
    found = [comparison for compared in run(cases_of(tmp_path, text), 30, 1, 300, 1) for comparison in compared]
    assert len(found) >= 14
    assert [comparison for comparison in found if not comparison.is_inside] == []


def test_a_floor_that_is_not_what_theory_says_is_found(tmp_path: Path) -> None:
    """Handling that takes 10 % longer than the case says is outside, first of all in the occupancy."""
    case = cases_of(tmp_path, MMN)[1]
    slow = replace(case, handling_s=case.handling_s * 1.1)
    outside = [found.column for found in next(run([slow], 30, 1, 400, 1)) if not found.is_inside]
    assert "occupancy" in outside


def test_the_program_says_by_its_status_whether_all_agree(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Status 0 when all is inside, 1 with one wrong figure, 2 for a file that is none; two processes find the same."""
    header, row, _ = MMN.splitlines()
    right, wrong, other = (tmp_path / name for name in ("right.csv", "wrong.csv", "other.csv"))
    overloaded = row.replace("EC031,30,", "EC999,60,")
    right.write_text(f"{header}\n{row}\n{overloaded}\n")
    wrong.write_text(f"{header}\n{row.replace('0.666666666667', '0.966666666667')}\n")
    other.write_text("a,b\n1,2\n")
    quick = ["--contacts", "200", "--replications", "5"]
    assert main([str(right), *quick]) == 0
    table = capsys.readouterr().out
    assert "EC999: more work than agents and nobody gives up" in table
    assert "7 comparisons, simultaneously at 99%" in table
    assert main([str(right), *quick, "--jobs", "2"]) == 0
    assert capsys.readouterr().out == table
    assert main([str(wrong), *quick]) == 1
    assert "OUTSIDE" in capsys.readouterr().out
    assert main([str(other), *quick]) == 2
    assert "not a file of reference cases" in capsys.readouterr().err


def test_a_queue_begins_as_often_with_a_wait_as_theory_says(tmp_path: Path) -> None:
    """The chain a floor begins with: mean number and probability of a wait are exact, drawn in one part or in many."""
    for case in (*cases_of(tmp_path, MMN), *cases_of(tmp_path, MMN_M)):
        beginning, chance = Beginning(case), Chance.of(1)
        numbers = [beginning.draw(chance, part, 20_000) for part in range(20_000)]
        mean = case.exact["occupancy"] * case.agents + case.exact["mean_queue"]
        assert fmean(numbers) == pytest.approx(mean, rel=1e-3)
        assert fmean(n >= case.agents for n in numbers) == pytest.approx(case.exact["p_wait"], abs=1e-4)


def test_a_floor_is_open_day_and_night(tmp_path: Path) -> None:
    """For three days nobody logs out: the next day's shift prolongs the last. The backlog comes before all others."""
    profile = profile_of(cases_of(tmp_path, MMN)[0], backlog=9)
    facts = [fact for fact in floor_day(profile, 1, START_MS, 3) if fact.time < START_MS + 3 * 86_400_000]  # type: ignore[operator]
    assert sum(isinstance(fact, e.AgentJoined) for fact in facts) == 6
    assert not [fact for fact in facts if isinstance(fact, e.AgentLeft)]
    offered = [fact.time for fact in facts if isinstance(fact, e.ContactOffered)]
    assert offered[:9] == [START_MS + 2] * 9
    assert offered[9] > START_MS + 2
    assert len(offered) > 3 * 1_440 * 0.9


# How long, and what of it counts.


def test_a_slow_queue_is_run_as_several_floors_and_rare_events_for_longer(tmp_path: Path) -> None:
    """The plan of a run follows the case: relaxation time, and how rare its waits are."""
    ordinary = cases_of(tmp_path, MMN)[1]
    plan = plan_of(ordinary, 3_000, 30)
    assert (plan.floors, plan.contacts) == (1, 3_000)
    assert plan.warm_up_ms / 1000 == pytest.approx(5 * ordinary.relaxation_s, abs=0.01)
    crowded = replace(ordinary, agents=15, arrival_rate=14.99 / 180)
    assert plan_of(crowded, 3_000, 30).floors > 1
    rare = replace(ordinary, exact={"p_wait": 0.0002})
    assert plan_of(rare, 3_000, 30).contacts == pytest.approx(100 / 30 / 0.0002)


def facts_of(*told: tuple[int, str, str]) -> Iterable[e.Event]:
    kinds = {"offered": e.ContactOffered, "abandoned": e.ContactAbandoned}
    for number, (at_s, contact, what) in enumerate(told):
        said = {"time": START_MS + at_s * 1000, "id": str(number), "source": "s", "contact": contact, "queue": "q"}
        if what in kinds:
            yield kinds[what](**said)  # type: ignore[arg-type]
        else:
            kind = e.ContactAnswered if what == "answered" else e.ContactEnded
            yield kind(**said, agent="a")  # type: ignore[arg-type]


def test_what_is_watched_is_counted(tmp_path: Path) -> None:
    """Who came while watched counts, with all of the wait; time in queue and in talk as far as it was watched."""
    case = replace(cases_of(tmp_path, MMN)[0], target_s=10, exact={"p90_wait_s": 25.0})
    tally = Tally()
    Watch(tally, case, START_MS + 100_000, START_MS + 200_000).follow(
        facts_of(
            (90, "early", "offered"), (95, "early", "answered"),
            (110, "quick", "offered"), (115, "early", "ended"), (118, "quick", "answered"),
            (120, "gone", "offered"), (125, "gone", "abandoned"),
            (130, "tired", "offered"), (160, "tired", "abandoned"),
            (180, "late", "offered"), (190, "quick", "ended"),
            (210, "after", "offered"), (220, "late", "answered"), (221, "next", "offered"), (222, "after", "answered"),
        )
    )  # fmt: skip
    assert tally == Tally(
        arrivals=4, served=2, abandoned=2, waited=4, beyond_target=2, served_in_target=1, abandoned_in_target=1,
        beyond_p90=2, wait_served_ms=47_998, wait_abandoned_ms=35_000, queue_ms=62_999, talking_ms=87_000,
        watched_ms=100_000,
    )  # fmt: skip


def test_what_is_rare_is_compared_by_the_exact_law(tmp_path: Path) -> None:
    """Where no event is expected none may be seen: an interval of no width would forgive nothing, or everything."""
    case = cases_of(tmp_path, MMN_G)[0]
    none = [Tally(arrivals=100, abandoned_in_target=0) for _ in range(30)]
    some = [*none[1:], Tally(arrivals=100, abandoned_in_target=1)]
    (right,), (wrong,) = (compare(case, ["p_abandon_within_T"], tallies, 1e-4) for tallies in (none, some))
    assert (right.t, right.is_rare, right.is_inside) == (None, True, True)
    assert right.high == pytest.approx(1 - 0.5e-4 ** (1 / 3_000))
    assert not wrong.is_inside


def test_a_mean_over_few_waits_is_not_compared(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Of a queue in which next to nobody waits only shares and the occupancy are compared; the others are named."""
    header, row, _ = MMN.splitlines()
    path = tmp_path / "quiet.csv"
    path.write_text(f"{header}\n{row.replace('0.284760845384', '1e-9')}\n")
    assert main([str(path), "--contacts", "20", "--replications", "3"]) == 1  # it does wait, in truth
    table = capsys.readouterr().out
    assert "too few contacts to be compared: mean_wait_all_s" not in table
    assert "too few contacts to be compared: asa_s, mean_wait_if_delayed_s, mean_queue" in table
    assert "4 comparisons" in table


# Reading.


def test_what_is_not_understood_is_refused(tmp_path: Path) -> None:
    """An unknown law of patience, parameters that do not give the stated mean, and nonsense: errors with a sentence."""
    for right, wrong in (("deterministic,60", "erratic,60"), ("deterministic,60,60.0", "deterministic,60,61.0")):
        with pytest.raises(CaseError, match="is not understood"):
            cases_of(tmp_path, MMN_G.replace(right, wrong))
    with pytest.raises(CaseError, match="must be above 0"):
        cases_of(tmp_path, MMN.replace("EC031,30,", "EC031,0,"))
    with pytest.raises(CaseError, match="No such file"):
        read_cases(tmp_path / "nowhere.csv")


@pytest.mark.parametrize(
    ("name", "parameters", "mean_s"),
    [
        ("exponential", "45", 45),
        ("uniform", "600", 300),
        ("uniform", "100 200", 150),
        ("weibull", "0.5 120", 240),
        ("gamma", "2 30", 60),
        ("lognormal", "0 1", 1.6487212707),
        ("hyperexp2", "0.2 30 1200", 966),
    ],
)
def test_laws_of_patience_by_name(tmp_path: Path, name: str, parameters: str, mean_s: float) -> None:
    """Each is drawn with the mean its parameters mean, in seconds."""
    text = MMN_G.replace("deterministic,60,60.0", f"{name},{parameters},{mean_s}")
    law, chance = cases_of(tmp_path, text)[0].patience, Chance.of(1)
    assert fmean(law.draw(chance) for _ in range(20_000)) == pytest.approx(mean_s * 1000, rel=0.06)


# Statistics.


def test_quantiles_of_t_are_those_of_the_tables() -> None:
    """One degree of freedom has a closed form, two have one; 29 as printed in every table; far tails invert the law."""
    for tail in (0.25, 0.05, 0.005, 1e-6):
        assert t_quantile(tail, 1) == pytest.approx(tan(pi * (0.5 - tail)), rel=1e-9)
        assert t_quantile(tail, 2) == pytest.approx((1 - 2 * tail) * sqrt(2 / (4 * tail * (1 - tail))), rel=1e-9)
        assert t_tail(t_quantile(tail, 29), 29) == pytest.approx(tail, rel=1e-9)
    printed = {0.05: 1.699127, 0.025: 2.045230, 0.005: 2.756386, 0.0005: 3.659405}
    for tail, t in printed.items():
        assert t_quantile(tail, 29) == pytest.approx(t, abs=5e-7)


def test_the_incomplete_beta_function_is_a_sum_of_binomials() -> None:
    """For whole parameters it is the tail of a binomial law, term by term."""
    for n, k, p in ((10, 3, 0.2), (50, 40, 0.7), (200, 1, 0.01), (200, 200, 0.99)):
        expected = sum(comb(n, j) * p**j * (1 - p) ** (n - j) for j in range(k, n + 1))
        assert incomplete_beta(p, k, n - k + 1) == pytest.approx(expected, rel=1e-10)
    assert (incomplete_beta(0, 2, 3), incomplete_beta(1, 2, 3)) == (0, 1)


def test_exact_bounds_of_a_probability() -> None:
    """No event, or nothing else, has a closed form; between, each bound leaves exactly its tail."""
    assert binomial_bounds(0, 100, 0.025) == (0, pytest.approx(1 - 0.025**0.01))
    assert binomial_bounds(100, 100, 0.025) == (pytest.approx(0.025**0.01), 1)
    low, high = binomial_bounds(7, 1_000, 1e-5)
    at_least, at_most = (sum(comb(1_000, j) * p**j * (1 - p) ** (1_000 - j) for j in js) for p, js in (
        (low, range(7, 1_001)), (high, range(8)),
    ))  # fmt: skip
    assert at_least == pytest.approx(1e-5, rel=1e-6)
    assert at_most == pytest.approx(1e-5, rel=1e-6)
