"""Alerts over HTTP: who sees what of them, who may do what about them, and how an id with slashes is sent."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote

import pytest
from aiohttp.test_utils import TestClient
from msgspec.structs import replace
from structlog.testing import capture_logs
from yarl import URL

from floorwatch.alert_view import AlertView, LevelThen, MutedView, Snoozed, Story, Taken
from floorwatch.serve.board import Board
from tests.serve.alerts_kept import AlertsKept
from tests.serve.floors import AGENTS, AT, alert
from tests.serve.grants import bearer, closed
from tests.serve.serving import serving

ID = "service_level_low/sales/1772614892000"


def firing(alert_id: str = ID, **changed: Any) -> AlertView:
    """An alert that somebody has, with all that names people."""
    told = {"acknowledged_by": AGENTS[0], "note": f"{AGENTS[0]} calls", "lead_advice": {"en": f"call {AGENTS[1]}"}}
    return replace(alert("sales"), id=alert_id, **told | changed)


async def post(client: TestClient[Any, Any], path: str, wish: Any = None, **options: Any) -> tuple[int, Any]:
    """(status, JSON) of a request as a lead makes it; the path is sent as it stands."""
    body = wish if isinstance(wish, bytes) else b"" if wish is None else json.dumps(wish).encode()
    headers = options.get("headers") or bearer(options.get("role", "lead"))
    async with client.post(URL(path, encoded=True), data=body, headers=headers) as answer:
        return answer.status, await answer.json()


async def test_viewers_see_the_public_form_and_leads_who_has_it() -> None:
    """To viewers: what broke, what to do, whether somebody has it. To leads: who, their note, whom to call."""
    muted = MutedView(by="snooze", what=AGENTS[0], until=AT + 60_000)
    desk = AlertsKept(firing(muted=muted, advice={"en": "1 could be called"}), replace(firing("t"), scope="team"))
    async with serving(Board(), access=closed(), individuals=True, alerts=desk) as client:
        answer = await client.get("/api/v1/alerts", headers=bearer("viewer"))
        text = await answer.text()
        assert not any(name in text for name in AGENTS)
        public = json.loads(text)
        assert (public["form"], public["may"], [one["id"] for one in public["alerts"]]) == ("public", [], [ID])
        assert public["alerts"][0]["advice"] == {"en": "1 could be called"}
        assert public["alerts"][0]["muted"] == {"by": "snooze", "until": AT + 60_000}
        with capture_logs() as logs:
            lead = await (await client.get("/api/v1/alerts", headers=bearer("lead"))).json()
        assert (lead["form"], lead["may"], len(lead["alerts"])) == ("lead", ["acknowledge", "snooze", "act"], 2)
        assert lead["alerts"][0]["acknowledged_by"] == AGENTS[0]
        assert lead["alerts"][0]["lead_advice"] == {"en": f"call {AGENTS[1]}"}
        assert [(line["event"], line["actor"]) for line in logs] == [("alerts.shown", "lead of A17")]
        supervisor = await (await client.get("/api/v1/alerts", headers=bearer("supervisor"))).json()
        assert supervisor["may"] == ["acknowledge", "snooze", "act", "silence", "excuse"]


async def test_a_story_is_told_with_names_to_leads_only() -> None:
    """Who took it, who put it off, their note, whom to call then: to leads; without individuals no agent either."""
    desk = AlertsKept(firing())
    desk.stories[ID] = Story(
        severity_at_fire="warning",
        message={"en": "61 %"},
        advice={"en": "1 could be called"},
        lead_advice={"en": f"call {AGENTS[1]}"},
        taken=[Taken(at=AT, who=AGENTS[0], note=f"{AGENTS[1]} comes")],
        snoozed=[Snoozed(at=AT, until=AT + 60_000, who=AGENTS[0])],
        target=0.8,
        levels={"fired": LevelThen(at=AT, level=None, n=0)},
    )
    async with serving(Board(), access=closed(), individuals=True, alerts=desk) as client:
        text = await (await client.get("/api/v1/alerts", headers=bearer("viewer"))).text()
        assert not any(name in text for name in AGENTS)
        assert json.loads(text)["stories"] == {
            ID: {
                "severity_at_fire": "warning",
                "message": {"en": "61 %"},
                "reason": "",
                "advice": {"en": "1 could be called"},
                "taken": [{"at": AT}],
                "snoozed": [{"at": AT, "until": AT + 60_000}],
                "target": 0.8,
                "levels": {"fired": {"at": AT, "level": None, "n": 0}},
            }
        }
        told = (await (await client.get("/api/v1/alerts", headers=bearer("lead"))).json())["stories"][ID]
        assert told["taken"] == [{"at": AT, "who": AGENTS[0], "note": f"{AGENTS[1]} comes"}]
        assert told["snoozed"] == [{"at": AT, "until": AT + 60_000, "who": AGENTS[0]}]
        assert told["advice"] == {"en": f"call {AGENTS[1]}"}
    async with serving(Board(), access=closed(), alerts=desk) as client:
        told = (await (await client.get("/api/v1/alerts", headers=bearer("lead"))).json())["stories"][ID]
        assert told["advice"] == {"en": "1 could be called"}


async def test_without_individuals_advice_names_nobody_to_leads_either() -> None:
    """Leads still see who has it: the bearer of a token; of agents no answer speaks."""
    async with serving(Board(), access=closed(), alerts=AlertsKept(firing(acknowledged_by="Kim", note=""))) as client:
        answer = await client.get("/api/v1/alerts", headers=bearer("lead"))
        text = await answer.text()
        assert not any(name in text for name in AGENTS)
        assert json.loads(text)["alerts"][0]["acknowledged_by"] == "Kim"
        status, taken = await post(client, f"/api/v1/alerts/{ID}/acknowledge")
        assert (status, taken["lead_advice"]) == (200, {})


async def test_without_tokens_anybody_may() -> None:
    """On a daemon that only its own machine reaches, and in the demonstration."""
    desk = AlertsKept(firing())
    async with serving(Board(), alerts=desk) as client:
        shown = await (await client.get("/api/v1/alerts")).json()
        assert (shown["form"], shown["may"]) == ("lead", ["acknowledge", "snooze", "act", "silence", "excuse"])
        assert (await post(client, f"/api/v1/alerts/{ID}/acknowledge", headers={"X": "y"}))[0] == 200
        assert desk.told == [("acknowledge", ID, "anybody", "")]


@pytest.mark.parametrize(
    "name", ["sales", "a/b", "a b?c=d&e#f", "50% off", "../../etc", "//", "acknowledge", "x/snooze", "热线", "[vip]*"]
)
async def test_an_id_is_sent_encoded_whatever_the_queue_is_called(name: str) -> None:
    """An id holds slashes and the name of a queue, which may hold anything."""
    alert_id = f"service_level_low/{name}/{AT}"
    desk = AlertsKept(firing(alert_id))
    async with serving(Board(), access=closed(), alerts=desk) as client:
        status, taken = await post(client, f"/api/v1/alerts/{quote(alert_id, safe='')}/acknowledge", {"note": " mine "})
        assert (status, taken["id"], taken["state"]) == (200, alert_id, "acknowledged")
        status, _ = await post(client, f"/api/v1/alerts/{quote(alert_id, safe='')}/snooze", {"for": "15m"})
        assert status == 200
    assert desk.told == [("acknowledge", alert_id, "lead of A17", "mine"), ("snooze", alert_id, "lead of A17", "")]


async def test_an_id_may_be_typed_with_its_slashes() -> None:
    """A person with curl need not encode what holds nothing but slashes; a proxy that decodes them breaks nothing."""
    desk = AlertsKept(firing())
    async with serving(Board(), access=closed(), alerts=desk) as client:
        assert (await post(client, f"/api/v1/alerts/{ID}/snooze", {"for": "1m30s", "why": "lunch"}))[0] == 200
    assert desk.kept[ID].snoozed_until == AT + 90_000


async def test_what_cannot_be_taken_in_hand_says_why() -> None:
    """No such alert; one that does not fire yet, or is over; a disk that does not answer."""
    desk = AlertsKept(firing("p", state="pending"), firing("r", state="resolved", resolved_at=AT - 1), firing())
    async with serving(Board(), access=closed(), alerts=desk) as client:
        status, refused = await post(client, "/api/v1/alerts/service_level_low%2Fnone%2F1/acknowledge")
        assert (status, "GET /api/v1/alerts lists them" in refused["error"]) == (404, True)
        for alert_id, why in (("p", "does not fire yet"), ("r", "is over")):
            for act, wish in (("acknowledge", {}), ("snooze", {"for": "5m"})):
                status, refused = await post(client, f"/api/v1/alerts/{alert_id}/{act}", wish)
                assert (status, why in refused["error"]) == (409, True)
        desk.is_slow = True
        status, refused = await post(client, f"/api/v1/alerts/{ID}/acknowledge")
        assert (status, "see what is in force" in refused["error"]) == (503, True)


@pytest.mark.parametrize(
    ("act", "wish", "why"),
    [
        ("acknowledge", {"who": "me"}, "unknown field `who`"),
        ("acknowledge", {"note": "x" * 501}, "length <= 500"),
        ("acknowledge", b"{", "truncated"),
        ("snooze", {}, "until, for: give one of them"),
        ("snooze", {"for": "1h", "until": AT}, "until, for: give one of them"),
        ("snooze", {"for": "soon"}, "for: must be a duration such as 20s"),
        ("snooze", {"until": "2026-03-04T10:00:00"}, "until: give the offset"),
        ("snooze", {"until": "10:00"}, "until: write date, time to the second and offset"),
    ],
)
async def test_a_wish_that_cannot_be_read_is_refused_in_words(act: str, wish: Any, why: str) -> None:
    """422 names the place and shows what is expected."""
    desk = AlertsKept(firing())
    async with serving(Board(), access=closed(), alerts=desk) as client:
        status, refused = await post(client, f"/api/v1/alerts/{ID}/{act}", wish)
    assert status == 422
    assert why in refused["error"]
    assert refused["expected"].startswith("{")
    assert desk.told == []


async def test_supervisors_silence_and_leads_see_it() -> None:
    """A silence is given with an end and a why, listed for leads, ended by its id; all of it is logged by name."""
    desk = AlertsKept()
    async with serving(Board(), access=closed(), alerts=desk) as client:
        wish = {"rules": ["longest_wait_high"], "subjects": ["sales*"], "for": "2h", "why": "drill"}
        assert (await post(client, "/api/v1/silences", wish))[0] == 403
        with capture_logs() as logs:
            status, given = await post(client, "/api/v1/silences", wish, role="supervisor")
            assert (status, given["since"], given["until"]) == (201, AT, AT + 7_200_000)
            assert given["who"] == "supervisor of A17"
            shown = await (await client.get("/api/v1/silences", headers=bearer("lead"))).json()
            assert shown == {"silences": [given]}
            place = f"/api/v1/silences/{given['id']}?why=over"
            assert (await client.delete(place, headers=bearer("lead"))).status == 403
            assert (await client.delete(place, headers=bearer("supervisor"))).status == 200
            assert (await client.delete(place, headers=bearer("supervisor"))).status == 404
        said = [(line["event"], line["actor"]) for line in logs if line["event"].startswith("silence.")]
        assert said == [("silence.given", "supervisor of A17"), ("silence.ended", "supervisor of A17")]
        later = {**wish, "since": AT + 60_000, "for": "1m"}
        assert (await post(client, "/api/v1/silences", later, role="supervisor"))[1]["until"] == AT + 120_000
        for broken in ({**wish, "why": ""}, {**wish, "rules": [""]}, {**wish, "for": ""}, {}):
            assert (await post(client, "/api/v1/silences", broken, role="supervisor"))[0] == 422


async def test_another_sites_page_takes_nothing_in_hand() -> None:
    """A browser's cookie works only from our own pages, and a page elsewhere cannot act on a daemon without tokens."""
    desk = AlertsKept(firing())
    async with serving(Board(), alerts=desk) as client:
        for headers in ({"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://evil.example"}):
            assert (await post(client, f"/api/v1/alerts/{ID}/acknowledge", headers=headers))[0] == 403
    assert desk.told == []


@pytest.mark.parametrize("hours", ["0", "24", "25", "-1", "²", "", "9" * 5_000])
async def test_alerts_that_are_over_are_listed_for_some_hours(hours: str) -> None:
    """Of the last hour unless more is asked for, up to a day."""
    status = 200 if hours in ("0", "24") else 400
    over = firing("r", state="resolved", resolved_at=AT - 60_000)
    async with serving(Board(), alerts=AlertsKept(over)) as client:
        answer = await client.get("/api/v1/alerts", params={"hours": hours})
        assert answer.status == status
        if status == 200:
            assert len((await answer.json())["alerts"]) == (0 if hours == "0" else 1)
        assert len((await (await client.get("/api/v1/alerts")).json())["alerts"]) == 1
