"""PagerDuty by its documented API: one incident for each alert, whatever is said of it and however often."""

from __future__ import annotations

from pathlib import Path

import pytest

from floorwatch.clock import WallClock
from floorwatch.config import load_config
from floorwatch.floor.internal import OperatorAcknowledged
from floorwatch.notify.office import Place
from floorwatch.notify.output import Message, NotTakenError, OnCallNote, RefusedError, Said
from floorwatch.notify.pagerduty import dedup_key
from floorwatch.outputs import build_output
from tests.live.receiver import Behaviour, busy
from tests.notify.shown import NOW, alert
from tests.notify.told_floor import told_floor
from tests.receivers.pagerduty import KEY, PagerDutyReceiver, pagerduty

OTHER = "f" * 32
LINK = "https://floor.example.com/take/abc"


def typed(to: PagerDutyReceiver, more: str = f", secret: {KEY}") -> str:
    """The output, as people type it."""
    return f"  pager: {{type: pagerduty, url: '{to.url}', group_wait: 0s, group_interval: 0s{more}}}\n"


def pager_of(folder: Path, output: str) -> Place:
    """The output by itself, as the configuration makes it."""
    path = folder / "floorwatch.yaml"
    path.write_text(f"site: {{name: berlin}}\noutputs:\n{output}", encoding="utf-8")
    (place,) = build_output(load_config(path), "pager", WallClock())
    return place


async def tell(folder: Path, output: str, message: Message) -> None:
    """Tell the output, and let go of it."""
    place = pager_of(folder, output)
    assert place.tells is not None
    try:
        await place.tells.tell(message)
    finally:
        await place.door.close()


def page(kind: str = "call", to: str = OTHER) -> Message:
    """What somebody on call is told."""
    note = OnCallNote("p", kind, "north", 2, 3, link=LINK if kind == "call" else "")  # type: ignore[arg-type]
    return Message("p", "pager", NOW, (Said("k", alert(severity="emergency"), oncall=note),), to=to, person="A17")


async def test_what_is_opened_anew_counts_as_the_two_events_it_is(tmp_path: Path) -> None:
    """Two alerts get worse, of which each is resolved and triggered: where five events may be told in a minute, one of
    which a crash may have left unrecorded, the second has to wait. So many count after a start, too.
    """
    with pagerduty(per_minute=4) as to:
        async with told_floor(tmp_path, typed(to, f", secret: {KEY}, per_minute: 5, reserve: 0%")) as floor:
            for queue in ("sales", "support"):
                await floor.breach(queue)
            await floor.until(lambda: floor.row("pager").told == 2)
            for _ in range(4):
                await floor.breach("sales")
                await floor.breach("support")
            await floor.until(lambda: floor.row("pager").told == 3 and floor.row("pager").held_until)
            assert len(floor.engine.calling.told_lately("pager")) == 4
    assert [got.json()["event_action"] for got in to.got] == ["trigger", "trigger", "resolve", "trigger"]


async def test_an_alert_is_one_incident_from_its_beginning_to_its_end(tmp_path: Path) -> None:
    """Triggered, acknowledged when somebody has it, resolved when it is over: three events, one key, none refused."""
    with pagerduty() as to:
        async with told_floor(tmp_path, typed(to)) as floor:
            contact = await floor.breach()
            await floor.until(lambda: to.incidents)
            (alert_id,) = [alert.id for alert in floor.engine.watch.pending_and_firing()]
            taken = OperatorAcknowledged(time=WallClock().now_ms(), source="operator", alert=alert_id, who="Ada")
            await floor.hear(taken)
            await floor.until(lambda: to.incidents[KEY, alert_id].state == "acknowledged")
            await floor.mend(contact)
            await floor.until(lambda: to.incidents[KEY, alert_id].state == "resolved")
            assert floor.row("pager").place == to.address
    (incident,) = to.incidents.values()
    assert incident.actions == ["trigger", "acknowledge", "resolve"]
    assert (incident.payload["severity"], incident.payload["component"]) == ("critical", "sales")
    assert incident.payload["summary"].startswith("CRITICAL sales: ")
    assert to.refused == []
    assert all(b"Ada" not in got.body for got in to.got)


async def test_a_person_has_a_service_of_their_own(tmp_path: Path) -> None:
    """Their address is its routing key: called, told that somebody else has it, and that it is over."""
    with pagerduty(routing_keys=(KEY, OTHER)) as to:
        for kind in ("call", "taken", "over"):
            await tell(tmp_path, typed(to, ", only_oncall: true, link: 'https://floor.example.com'"), page(kind))
        ((key, _),) = to.incidents
        assert key == OTHER
        assert to.incidents[key, alert().id].actions == ["trigger", "acknowledge", "resolve"]
        event = to.got[0].json()
    assert [link["href"] for link in event["links"]] == [LINK, "https://floor.example.com"]
    assert "on call in rota north: step 2 of 3" in event["payload"]["custom_details"]["text"]
    assert to.refused == []


async def test_who_is_called_again_is_notified_again(tmp_path: Path) -> None:
    """PagerDuty keeps quiet about what is acknowledged: what is not over in time, or got worse, is a new incident."""
    with pagerduty() as to:
        await tell(tmp_path, typed(to), page(to=""))
        await tell(tmp_path, typed(to), page(to=""))
        await tell(tmp_path, typed(to), page("taken", to=""))
        assert len(to.notified) == 1
        again = OnCallNote("p", "call", "north", unresolved_since=NOW - 1_800_000)
        anew = Said("k", alert(severity="emergency", state="acknowledged"), oncall=again)
        await tell(tmp_path, typed(to), Message("p", "pager", NOW, (anew,)))
        assert len(to.notified) == 2
        worse = Said("w", alert(severity="emergency"), was="critical")
        await tell(tmp_path, typed(to), Message("q", "pager", NOW, (worse,)))
    assert len(to.notified) == 3
    assert [incident.state for incident in to.incidents.values()] == ["triggered"]


async def test_what_is_refused_is_told_from_what_may_be_tried_again(tmp_path: Path) -> None:
    """A key that is none is refused for good, and not quoted; too much waits for a minute, or as long as is asked."""
    with pagerduty() as to:
        with pytest.raises(RefusedError, match="answers 400: Event object is invalid; 'routing_key' is invalid") as bad:
            await tell(tmp_path, typed(to), page())
        assert OTHER not in str(bad.value)
        with pytest.raises(RefusedError, match="has no routing key"):
            await tell(tmp_path, typed(to, ", only_oncall: true"), page(to=""))
        for behaviour, pause_s in (
            (Behaviour(code=429), 60.0),
            (busy("7"), 7.0),
            (Behaviour(code=503), None),
            (Behaviour(code=200, body=b"<html>welcome</html>"), None),
        ):
            to.behaviour = behaviour
            with pytest.raises(NotTakenError, match=f"answers {behaviour.code}") as wrong:
                await tell(tmp_path, typed(to), page(to=""))
            assert (type(wrong.value), wrong.value.pause_s) == (NotTakenError, pause_s)
    assert to.incidents == {}


async def test_no_alert_is_too_long_for_it(tmp_path: Path) -> None:
    """Names and texts of any length are cut to what is documented, and two long names are two incidents."""
    long = dict.fromkeys(("en", "zh"), "库存 é " * 3_000)
    shown = [
        alert(id="line/" + "n" * 1_000 + end, message=long, advice=long, labels={"queue": "n" * 1_000})
        for end in ("1", "2")
    ]
    with pagerduty() as to:
        for one in shown:
            await tell(tmp_path, typed(to), Message("k", "pager", NOW, (Said("s", one),)))
    assert (len(to.incidents), to.refused) == (2, [])
    assert dedup_key("short") == "short"


async def test_a_trial_leaves_no_incident_open(tmp_path: Path) -> None:
    """It triggers one that says that it is a test, and resolves it; the configuration demands a key."""
    from floorwatch.notify.trial import trial_message

    with pagerduty() as to:
        place = pager_of(tmp_path, typed(to))
        said = [line async for line in place.door.test(trial_message("pager", NOW), 0.0)]
        await place.door.close()
    (incident,) = to.incidents.values()
    assert incident.state == "resolved"
    assert incident.payload["summary"].startswith("TEST of the output pager")
    assert [line.partition(":")[0] for line in said] == ["trigger", "resolve"]
    assert "answers 202" in said[0]
