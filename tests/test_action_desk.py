"""Saying what was done about an alert, over HTTP and from a terminal: through the inbox, and measured."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import pytest
from aiohttp.test_utils import TestClient
from structlog.testing import capture_logs
from typer.testing import CliRunner

from floorwatch import desk as desks
from floorwatch.action_desk import ActionDesk
from floorwatch.ahead import LookingAhead
from floorwatch.cli import app
from floorwatch.floor.events import ContactOffered
from floorwatch.floor.internal import ActionForeseen, ActionMeasured
from floorwatch.measuring import Measuring, Said
from floorwatch.picture_alerts import AlertsShown
from floorwatch.serve.board import Board
from tests.serve.grants import TOKENS, bearer, closed
from tests.serve.serving import serving
from tests.test_alert_desk import START_MS, Floor, running


@dataclass
class Desk:
    """A daemon's desk behind its real server."""

    floor: Floor
    client: TestClient[Any, Any]
    alert: str

    async def act(self, wish: Any, *, role: str = "lead", alert: str = "") -> tuple[int, Any]:
        """(status, JSON) of recording it."""
        place = f"/api/v1/alerts/{alert or self.alert}/actions"
        async with self.client.post(place, data=json.dumps(wish), headers=bearer(role)) as answer:
            return answer.status, await answer.json()

    async def take_back(self, action: str, *, role: str = "lead") -> tuple[int, Any]:
        """(status, JSON) of undoing it."""
        place = f"/api/v1/alerts/{self.alert}/actions/{action}"
        async with self.client.delete(place, headers=bearer(role)) as answer:
            return answer.status, await answer.json()


@pytest.fixture
async def desk() -> AsyncIterator[Desk]:
    """An alert about a queue fires, and the daemon runs."""
    floor = Floor("sales")
    async with running(floor) as alerts:
        actions = ActionDesk(floor.engine, floor.inbox, floor.clock, alerts)
        settings = {"access": closed(), "individuals": True, "alerts": alerts, "actions": actions}
        async with serving(Board(), **settings) as client:
            yield Desk(floor, client, floor.id_of("sales"))


async def test_one_tap_is_one_action_with_who_and_when(desk: Desk) -> None:
    """It stands on the alert and in the list, and when its effect is known; the log holds no note."""
    with capture_logs() as logs:
        status, done = await desk.act({"kind": "back_from_training", "agents": 3, "note": " asked the trainer "})
    assert (status, done["action"]["kind"], done["action"]["agents"]) == (201, "back_from_training", 3)
    assert (done["action"]["who"], done["action"]["note"]) == ("lead of A17", "asked the trainer")
    assert set(done["action"]["effects"]) == {"5m", "15m", "30m"}
    assert done["alert"]["actions"] == [done["action"]]
    listed = await (await desk.client.get("/api/v1/actions", headers=bearer("lead"))).json()
    assert listed["actions"] == [{"alert": desk.alert, "queue": "sales", **done["action"]}]
    assert listed["worked"] == []
    assert [line["event"] for line in logs] == ["action.recorded"]
    assert "trainer" not in str(logs)


@pytest.mark.parametrize(
    ("wish", "role", "alert", "status", "said"),
    [
        ({"kind": "prayer"}, "lead", "", 422, "there is no 'prayer'; known are back_from_break,"),
        ({"kind": "called_im"}, "lead", "", 422, "there is no 'called_im'; did you mean 'called_in'? known are"),
        ({"kind": "called_in", "agents": -1}, "lead", "", 422, "agents: a whole number up to 99"),
        ({"kind": "called_in", "agents": 100}, "lead", "", 422, "agents: a whole number up to 99"),
        ({"kind": "called_in", "id": "short"}, "lead", "", 422, "id: 8 to 64 letters, digits, - or _"),
        ({"kind": "called_in", "id": "ä" * 8}, "lead", "", 422, "id: 8 to 64 letters, digits, - or _"),
        ({"kind": "called_in"}, "lead", "nothing/sales/1", 404, "there is no alert 'nothing/sales/1'"),
        ({"kind": "called_in"}, "viewer", "", 403, ""),
    ],
)
async def test_what_cannot_be_recorded_is_refused(
    desk: Desk, wish: Any, role: str, alert: str, status: int, said: str
) -> None:
    """An unknown kind, a wrong number, an alert that is none, and a viewer: nothing is recorded."""
    found, answer = await desk.act(wish, role=role, alert=alert)
    assert found == status
    assert said in answer["error"]
    assert list(desk.floor.engine.actions) == []


async def test_a_terminal_records_as_a_page_does(desk: Desk) -> None:
    """`floorwatch alerts act`, by the name of rule and subject; and when its effect is known."""
    url = str(desk.client.make_url(""))
    args = ["alerts", "--url", url, "act", "longest_wait_high/sales", "called_in", "--agents", "2"]
    result = await asyncio.to_thread(CliRunner().invoke, app, args, env={"FLOORWATCH_TOKEN": TOKENS["lead"]})
    assert result.exit_code == 0, result.output
    assert "Recorded: called in. What it brings is known at" in result.stdout
    (action,) = desk.floor.engine.actions
    assert (action.kind, action.agents, action.who) == ("called_in", 2, "lead of A17")
    said, _, undo = result.stdout.partition("To take it back: floorwatch ")
    assert undo.split() == ["alerts", "unact", desk.alert, action.id], said
    args = ["alerts", "--url", url, *undo.split()[1:]]
    result = await asyncio.to_thread(CliRunner().invoke, app, args, env={"FLOORWATCH_TOKEN": TOKENS["lead"]})
    assert result.stdout.splitlines()[-1] == "Taken back: called in."
    assert list(desk.floor.engine.actions) == []


async def test_what_was_recorded_by_mistake_is_taken_back(desk: Desk) -> None:
    """By leads alone, once; the answer is the alert without it, the log has who did, and the list has it no more."""
    _, done = await desk.act({"kind": "called_in"})
    _, kept = await desk.act({"kind": "announcement"})
    key = done["action"]["id"]
    assert (await desk.take_back(key, role="viewer"))[0] == 403
    with capture_logs() as logs:
        status, undone = await desk.take_back(key)
    assert (status, undone["action"]["id"]) == (200, key)
    assert [one["id"] for one in undone["alert"]["actions"]] == [kept["action"]["id"]]
    assert [(line["event"], line["id"], line["actor"]) for line in logs] == [("action.withdrawn", key, "lead of A17")]
    listed = await (await desk.client.get("/api/v1/actions", headers=bearer("lead"))).json()
    assert [one["id"] for one in listed["actions"]] == [kept["action"]["id"]]
    status, answer = await desk.take_back(key)
    assert (status, f"there is no action '{key}'" in answer["error"]) == (404, True)


async def test_the_same_id_twice_is_the_same_action(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where the first was not on disk in time; for another kind, or once it is taken back, it is refused."""
    wish = {"kind": "called_in", "agents": 2, "id": "tap-1_of-this-page"}
    monkeypatch.setattr(desks, "DURABLE_WITHIN_S", 0.0)
    assert (await desk.act(wish))[0] == 503
    monkeypatch.undo()
    status, done = await desk.act(wish)
    assert (status, done["action"]["id"]) == (201, wish["id"])
    assert (await desk.act(wish)) == (201, done)
    (action,) = desk.floor.engine.actions
    assert (action.id, action.agents) == (wish["id"], 2)
    status, answer = await desk.act({**wish, "kind": "announcement"})
    assert (status, answer["error"]) == (422, "id: stands for something else that was done: take a new one")
    await desk.take_back(action.id)
    status, answer = await desk.act(wish)
    assert (status, answer["error"]) == (422, "id: was taken back: what was done anew takes a new one")
    assert list(desk.floor.engine.actions) == []


async def test_what_it_brought_is_said_once_and_stands_on_an_alert_that_is_over() -> None:
    """Foreseen at once, measured as each span is over, each once; here too few were decided, and that is said."""
    floor = Floor("sales")
    said: list[Said] = []

    async def say(event: Said) -> None:
        said.append(event)

    async with running(floor) as alerts:
        alert = floor.id_of("sales")
        actions = ActionDesk(floor.engine, floor.inbox, floor.clock, alerts)
        assert await actions.act(alert, "back_from_break", 1, "", "L1") is not None
    measuring = Measuring(floor.engine, LookingAhead(floor.engine).question, say)
    await measuring.once()
    await measuring.once()
    (foreseen,) = said
    assert isinstance(foreseen, ActionForeseen)
    assert foreseen.missing == "members"
    for minute in range(4, 40):
        at = START_MS + minute * 60_000
        floor.engine.advance(at)
        floor.engine.apply(ContactOffered(time=at, source="pbx", contact=f"m{minute}", queue="sales"))
        await measuring.once()
    measured = said[1:]
    assert [(one.span, one.effect, one.why) for one in measured if isinstance(one, ActionMeasured)] == [
        (span, None, "handling") for span in ("5m", "15m", "30m")
    ]
    for event in said:
        floor.engine.apply(event)
    shown = next(one for one in AlertsShown(floor.engine).all(86_400_000) if one.id == alert)
    assert [effect.why for effect in shown.actions[0].effects.values()] == ["handling"] * 3
