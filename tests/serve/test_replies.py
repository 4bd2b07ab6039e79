"""Answers from chats and pager services: signed as each platform documents it, from people who are known, and once."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from aiohttp.test_utils import TestClient
from structlog.testing import capture_logs

from floorwatch.links import code_of
from floorwatch.notify.pagerduty import dedup_key
from floorwatch.reply_desk import ReplyDesk
from floorwatch.reply_view import ReplyPlace
from floorwatch.serve.attempts import FAILURES_MAX
from floorwatch.serve.reply_routes import ReplyRoutes
from floorwatch.serve.reply_signs import code_in
from tests.serve.link_floor import LinkFloor, served

SECRET = b"shhh"
SENDERS = {"pagerduty": "PUSER17", "slack": "U017", "dingtalk": "staff17", "telegram": "1717"}
PLACES = {kind: ReplyPlace(kind, SECRET, {sender: "A17"}) for kind, sender in SENDERS.items()}  # type: ignore[arg-type]

Signed = tuple[bytes | BytesIO, dict[str, str]]
"""A body and its headers."""


def pagerduty(floor: LinkFloor, sender: str, said: str, key: bytes = SECRET, said_id: str = "01E", **_: Any) -> Signed:
    """The incident of the alert that is meant is acknowledged there."""
    (alert,) = [one.id for one in floor.alerts.alerts(0) if code_of(one.id) == code_in(said)]
    data = {"id": "PGR0VU2", "type": "incident", "status": "acknowledged", "incident_key": dedup_key(alert)}
    agent = {"id": sender, "type": "user_reference", "html_url": "https://acme.pagerduty.com/users/PUSER17"}
    event = {
        "id": said_id,
        "event_type": "incident.acknowledged",
        "occurred_at": "2026-03-04T09:00:00Z",
        "agent": agent,
    }
    body = json.dumps({"event": {**event, "data": data}}).encode()
    wrong = "v1=" + hmac.new(b"the one before", body, hashlib.sha256).hexdigest()
    signature = "v1=" + hmac.new(key, body, hashlib.sha256).hexdigest()
    return body, {"X-PagerDuty-Signature": f"{wrong},{signature}", "Content-Type": "application/json"}


def slack(floor: LinkFloor, sender: str, said: str, key: bytes = SECRET, age_s: int = 0, said_id: str = "") -> Signed:
    fields = {
        "token": "x",
        "team_id": "T1",
        "user_id": sender,
        "command": "/floor",
        "text": said,
        "trigger_id": said_id,
    }
    body, time_s = urlencode(fields).encode(), str(floor.clock.now_ms() // 1000 - age_s)
    signature = "v0=" + hmac.new(key, f"v0:{time_s}:".encode() + body, hashlib.sha256).hexdigest()
    form = "application/x-www-form-urlencoded"
    return body, {"X-Slack-Signature": signature, "X-Slack-Request-Timestamp": time_s, "Content-Type": form}


def dingtalk(
    floor: LinkFloor, sender: str, said: str, key: bytes = SECRET, age_s: int = 0, said_id: str = "m1"
) -> Signed:
    time_ms = str(floor.clock.now_ms() - age_s * 1000)
    sign = base64.b64encode(hmac.new(key, f"{time_ms}\n{key.decode()}".encode(), hashlib.sha256).digest()).decode()
    body = {"msgtype": "text", "msgId": said_id, "senderStaffId": sender, "text": {"content": f" {said} "}}
    return json.dumps(body).encode(), {"timestamp": time_ms, "sign": sign, "Content-Type": "application/json"}


def telegram(floor: LinkFloor, sender: str, said: str, key: bytes = SECRET, said_id: str = "1", **_: Any) -> Signed:
    who = {"id": int(sender) if sender.isdigit() else 5}
    body = {"update_id": int(said_id), "message": {"message_id": 3, "from": who, "chat": {"id": -9}, "text": said}}
    return json.dumps(body).encode(), {"X-Telegram-Bot-Api-Secret-Token": key.decode()}


SIGNED: dict[str, Callable[..., Signed]] = {
    "pagerduty": pagerduty,
    "slack": slack,
    "dingtalk": dingtalk,
    "telegram": telegram,
}


def replies(floor: LinkFloor) -> ReplyRoutes:
    return ReplyRoutes(ReplyDesk(floor.engine, floor.clock, floor.alerts), PLACES)


async def send(client: TestClient[Any, Any], kind: str, signed: Signed) -> tuple[int, Any]:
    async with client.post(f"/api/v1/replies/{kind}", data=signed[0], headers=signed[1]) as answer:
        return answer.status, await answer.json()


def owner(floor: LinkFloor) -> str:
    return next(one.acknowledged_by for one in floor.alerts.alerts(0) if one.id == floor.alert())


def said(logs: list[Any]) -> list[tuple[str, str]]:
    return [(line["event"], line.get("why", "")) for line in logs if line["event"].startswith("reply.")]


@pytest.mark.parametrize("kind", SIGNED)
async def test_an_answer_takes_the_alert_in_hand_once(tmp_path: Path, kind: str) -> None:
    """Signed, by somebody who is known: theirs in the journal; the same answer played back does nothing more."""
    floor = LinkFloor(tmp_path)
    async with served(floor, replies=replies(floor)) as client:
        signed = SIGNED[kind](floor, SENDERS[kind], f"take {code_of(floor.alert()).lower()}")
        with capture_logs() as logs:
            status, answer = await send(client, kind, signed)
        assert (status, owner(floor)) == (200, "A17")
        assert "A17" in json.dumps(answer, ensure_ascii=False)
        assert said(logs) == [("reply.used", "")]
        written = await floor.written()
        assert len(written) == 1
        assert b"operator.acknowledged" in written[0]
        await floor.alerts.acknowledge(floor.alert(), "", "B2")
        with capture_logs() as logs:
            assert (await send(client, kind, signed))[0] == 200
        assert said(logs) == [("reply.refused", "used")]
        assert owner(floor) == "B2", "who took it over keeps it"
        assert len(await floor.written()) == 2


@pytest.mark.parametrize("kind", SIGNED)
async def test_what_is_not_signed_by_the_platform_changes_nothing(tmp_path: Path, kind: str) -> None:
    """Another secret, no signature, another body under a good one: refused, logged, and after ten slowed down."""
    floor = LinkFloor(tmp_path)
    async with served(floor, replies=replies(floor)) as client:
        text = f"take {code_of(floor.alert())}"
        body, headers = SIGNED[kind](floor, SENDERS[kind], text)
        forged = [SIGNED[kind](floor, SENDERS[kind], text, key=b"guess"), (body, {})]
        if kind in ("pagerduty", "slack"):  # the others do not sign what is said
            forged.append((bytes(body) + b" ", headers))
        with capture_logs() as logs:
            for one in forged:
                assert (await send(client, kind, one))[0] == 403
            for _ in range(FAILURES_MAX - len(forged)):
                await send(client, kind, (body, {}))
            assert (await send(client, kind, (body, {})))[0] == 429
        assert said(logs) == [("reply.refused", "signature")] * FAILURES_MAX
        assert await floor.written() == []
        assert (await send(client, kind, (body, headers)))[0] == 200, "who is right is let in all the same"
        assert owner(floor) == "A17"


@pytest.mark.parametrize("side", [1, -1])
@pytest.mark.parametrize(("kind", "good_s"), [("slack", 300), ("dingtalk", 3_600)])
async def test_a_signature_is_good_for_as_long_as_the_platform_says(
    tmp_path: Path, kind: str, good_s: int, side: int
) -> None:
    """Five minutes of Slack, an hour of DingTalk, either way; a second less is in time."""
    floor = LinkFloor(tmp_path)
    async with served(floor, replies=replies(floor)) as client:
        text = f"ack {code_of(floor.alert())}"
        with capture_logs() as logs:
            old = SIGNED[kind](floor, SENDERS[kind], text, age_s=side * (good_s + 1))
            assert (await send(client, kind, old))[0] == 403
        assert said(logs) == [("reply.refused", "too_old")]
        nearly = SIGNED[kind](floor, SENDERS[kind], text, age_s=side * good_s)
        assert (await send(client, kind, nearly))[0] == 200
        assert owner(floor) == "A17"


@pytest.mark.parametrize("kind", SIGNED)
async def test_a_stranger_changes_nothing_though_the_platform_knows_them(tmp_path: Path, kind: str) -> None:
    """Who is not named in the configuration is told so, and the log has how the platform calls them."""
    floor = LinkFloor(tmp_path)
    async with served(floor, replies=replies(floor)) as client:
        text = f"take {code_of(floor.alert())}"
        with capture_logs() as logs:
            status, _ = await send(client, kind, SIGNED[kind](floor, "99", text))
        assert status == 200
        assert [(line["why"], line["sender"]) for line in logs if line["event"] == "reply.refused"] == [
            ("stranger", "99")
        ]
        assert await floor.written() == []


async def test_what_cannot_be_taken_is_said_to_who_answered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An unknown code, none at all, one of two alerts, one that is over: in words, and nothing is changed."""
    floor = LinkFloor(tmp_path)
    code = code_of(floor.alert())
    async with served(floor, replies=replies(floor)) as client:

        async def answer(text: str, said_id: str) -> str:
            status, found = await send(client, "slack", slack(floor, "U017", text, said_id=said_id))
            assert (status, found["response_type"]) == (200, "ephemeral")
            return str(found["text"])

        assert await answer("take BBBBBB", "1") == "No such code: no alert that fires has BBBBBB."
        assert await answer("bbbbbb", "5") == "No such code: no alert that fires has BBBBBB."
        assert "Answer: take CODE" in await answer("what is going on?", "2")
        with monkeypatch.context() as same:
            same.setattr("floorwatch.reply_desk.code_of", lambda _alert: code)
            assert (await answer(f"take {code}", "3")).startswith(f"Several alerts have the code {code}")
        assert await floor.written() == []
        floor.resolve()
        before = await floor.written()
        assert (await answer(f"take {code}", "4")).startswith("It is over:")
        assert await floor.written() == before


async def test_what_no_platform_sends_is_refused_and_other_events_are_not_answers(tmp_path: Path) -> None:
    """A body that is no JSON, one that is too large, an unknown place; a ping, and what we ourselves acknowledged."""
    floor = LinkFloor(tmp_path)
    async with served(floor, replies=replies(floor)) as client:

        def signed(body: bytes) -> Signed:
            return body, {"X-PagerDuty-Signature": "v1=" + hmac.new(SECRET, body, hashlib.sha256).hexdigest()}

        assert (await send(client, "pagerduty", signed(b"{")))[0] == 400
        assert (await send(client, "pagerduty", signed(b"\xff")))[0] == 400
        assert (await send(client, "pagerduty", (BytesIO(b"x" * 1_100_000), {})))[0] == 400
        assert (await send(client, "elsewhere", signed(b"{}")))[0] == 404
        ping = json.dumps({"event": {"id": "1", "event_type": "pagey.ping", "data": {"message": "hi"}}}).encode()
        ours = {"id": "2", "event_type": "incident.acknowledged", "agent": {"id": "S1", "type": "service_reference"}}
        for event in (ping, json.dumps({"event": ours}).encode()):
            assert await send(client, "pagerduty", signed(event)) == (200, {"taken": False})
        assert await floor.written() == []


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("take QWDKTW", "QWDKTW"),
        ("ack qwdktw", "QWDKTW"),
        ("接手 QWDKTW", "QWDKTW"),
        ("接手QWDKTW", "QWDKTW"),
        ("@floorwatch  ack   QWDKTW, thanks", "QWDKTW"),
        ("TAKE QwDkTw!", "QWDKTW"),
        ("take QWDKTWX", ""),
        ("take QWDKT", ""),
        ("take AEIOUY", ""),
        ("mistake QWDKTW", ""),
        ("QWDKTW", "QWDKTW"),
        (" qwdktw. ", "QWDKTW"),
        ("QWDKTW please", ""),
        ("", ""),
    ],
)
def test_what_takes_an_alert_in_hand(text: str, code: str) -> None:
    """A word and the six letters, in any case, anywhere in what was said; or they alone, and nothing else."""
    assert code_in(text) == code
