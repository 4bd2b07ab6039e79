"""What Prometheus is told of on call: counts that are right, that never fall, and that name nobody."""

from __future__ import annotations

from prometheus_client.parser import text_string_to_metric_families

from floorwatch.floor import internal as i
from floorwatch.floor.oncall import Step
from floorwatch.oncall_metrics import oncall_metrics
from tests.alerts.oncall.rig import HOUR, MINUTE, SECOND, Rig, ladder, person, rota


def read(made: Rig) -> dict[tuple[str, str], float]:
    """(name, values of its labels) to value."""
    return {
        (sample.name, ",".join(sorted(sample.labels.values()))): sample.value
        for family in text_string_to_metric_families(oncall_metrics(made.engine)().decode())
        for sample in family.samples
    }


def rig() -> Rig:
    people = person("A17"), person("B2", "sms")
    made = Rig(people, (ladder(Step((rota("north"),), times=2, every_ms=5 * MINUTE), rounds=1),))
    made.load("north", (0, HOUR, ("A17",)), (HOUR, 2 * HOUR, ("A17", "B2")), (2 * HOUR, 3 * HOUR, ()))
    return made


def test_who_is_on_call_is_counted_and_how_far_that_is_known() -> None:
    """In each rota; nobody is 0, and what is known of comes to an end."""
    made = rig()
    made.load("south", (0, HOUR, ("B2",)))
    counted = []
    for at in (SECOND, HOUR + SECOND, 2 * HOUR + SECOND):
        made.run(at)
        now = read(made)
        counted.append(tuple(now["floorwatch_oncall_people", name] for name in ("north", "south")))
    assert counted == [(1, 1), (2, 0), (0, 0)]
    assert now["floorwatch_oncall_known_seconds", "north"] == 3_600 - 1
    assert now["floorwatch_oncall_known_seconds", "south"] == 0


def test_pages_are_counted_by_what_became_of_them() -> None:
    """One that the first of two ways refused, one that no way is left for; and as many about the alert that says so."""
    made = rig()
    made.refusing = {"+A17", "+B2"}
    made.run(HOUR + MINUTE)
    made.breaks("disk")
    made.run(HOUR + 2 * MINUTE)
    now = read(made)
    fates = {fate: now["floorwatch_pages_total", fate] for fate in ("made", "sent", "refused", "lost")}
    assert fates == {"made": 4, "sent": 2, "refused": 4, "lost": 2}
    text = oncall_metrics(made.engine)().decode()
    assert not [name for name in ("A17", "B2", "disk") if name in text]


def test_alerts_are_counted_by_how_far_they_were_carried() -> None:
    """Carried on, taken, and at the end of all rounds."""
    made, seen = rig(), []
    states = ("climbing", "taken", "muted", "exhausted")
    made.breaks("disk")
    for until in (MINUTE, 7 * MINUTE):
        made.run(until)
        now = read(made)
        seen.append(tuple(now["floorwatch_escalation_alerts", state] for state in states))
    made.take("A17")
    made.run(8 * MINUTE)
    seen.append(tuple(read(made)["floorwatch_escalation_alerts", state] for state in states))
    assert seen == [(1, 0, 0, 0), (0, 0, 0, 1), (0, 1, 0, 0)]


def test_how_long_alerts_waited_is_counted_once() -> None:
    """From firing to the first hand; taking over counts nothing; a raise makes it wait again; who was never had."""
    made = rig()
    made.breaks("disk")
    made.run(45 * SECOND)
    made.take("A17")
    made.run(MINUTE)
    made.take("B2")
    made.run(21 * MINUTE)  # an emergency after twenty
    made.take("B2")
    made.breaks("line")
    made.run(22 * MINUTE)
    made.mends("line")
    made.run(23 * MINUTE)
    now = read(made)
    counts = {
        le: now["floorwatch_acknowledge_seconds_bucket", ",".join(sorted(("critical", le)))]
        for le in ("30.0", "60.0", "+Inf")
    }
    assert counts == {"30.0": 0, "60.0": 1, "+Inf": 1}
    assert now["floorwatch_acknowledge_seconds_sum", "critical"] == 45
    assert now["floorwatch_acknowledge_seconds_count", "emergency"] == 1
    assert now["floorwatch_alerts_never_taken_total", "critical"] == 1
    made.engine.begin_counters()
    now = read(made)
    assert now["floorwatch_acknowledge_seconds_count", "critical"] == now["floorwatch_pages_total", "made"] == 0


def test_actions_are_counted_by_kind() -> None:
    """Every kind is there from the beginning, and the same one is counted once."""
    made = rig()
    made.breaks("disk")
    made.run(MINUTE)
    for key in ("a", "a", "b"):
        acted = {"time": made.engine.now, "source": "operator", "action": key, "alert": made.alert().id}
        made.engine.apply(i.OperatorActed(kind="announcement", who="A17", **acted))
    now = read(made)
    assert (now["floorwatch_actions_total", "announcement"], now["floorwatch_actions_total", "other"]) == (2, 0)
