"""Where people on call are reached stands in the configuration only, whatever the other side says of it."""

from __future__ import annotations

import asyncio
import base64
import json
import time
import zlib
from pathlib import Path
from typing import Any

import pytest

from floorwatch.store.export import exported
from floorwatch.store.snapshot import snapshot_paths
from tests.live.receiver import Behaviour, Got, Receiver, receiver
from tests.receivers.smtp import post_office
from tests.running import Running, floorwatch

HOOK, ROBOT, AT, OPEN_ID = "a17-of-hooks", "+48600100200", "manager4220", "ou_84aad35d084aa403"
ROUTING_KEY, MAIL, PHONE, DESK = "9c41e07bd2a85f36" * 2, "a17@private.example.net", "+48600300400", "room-17-on-floor-3"
ADDRESSES = (HOOK, ROBOT, AT, OPEN_ID, ROUTING_KEY, MAIL, PHONE, DESK)
CONFIG = """
http: {{port: 0}}
store: {{path: store}}
sources: {{pbx: {{type: events, path: events.jsonl}}}}
rules:
  line: {{figure: waiting, at_least: {{emergency: 1}}, immediate: true}}
  no_agents: {{enabled: false}}
outputs:
  hook: {{type: webhook, url: "{to}/hook", {only}}}
  robot: {{type: wecom, url: "{to}/wecom?key=k0123456789", {only}}}
  at: {{type: dingtalk, url: "{to}/dingtalk?access_token=t0123456789", {only}}}
  open: {{type: feishu, url: "{to}/feishu/b0123456789", {only}}}
  pager: {{type: pagerduty, url: "{to}/pager", {only}}}
  mail: {{type: mail, host: 127.0.0.1, port: {mail}, starttls: false, sender: f@example.com, {only}}}
  phone: {{type: apprise, url: "json://{host}/{{to}}", {only}}}
  desk: {{type: webhook, url: "{to}/desk", {only}}}
people:
  A17: {{channels: [{channels}]}}
rotas: {{north: {{layers: [{{people: [A17]}}]}}}}
escalations: {{floor: {{steps: [{{tell: [rota north]}}]}}}}
"""
PLACES = ("hook", "robot", "at", "open", "pager", "mail", "phone", "desk")


def answered(got: Got) -> Behaviour:
    """What is wrong with the address, each in its own way; also where no more of an answer is quoted."""
    if got.path == "/desk":
        return Behaviour()
    if got.path == "/hook":
        return Behaviour(code=404, body=f"{'x' * 98} nobody is called {HOOK} here".encode())
    if got.path == "/pager":
        body: Any = {"status": "invalid event", "errors": [f"{'x' * 180} no service {ROUTING_KEY}"]}
    elif got.path.startswith("/feishu"):
        body = {"code": 19024, "msg": f"unknown {OPEN_ID}"}
    elif got.path.startswith("/wecom"):
        body = {"errcode": 40058, "errmsg": f"invalid {ROBOT}, or {ROBOT[1:]}"}
    elif got.path.startswith("/dingtalk"):
        body = {"errcode": 40035, "errmsg": f"invalid {AT}, {'x' * 160} or {AT}"}
    else:
        body = {"error": f"cannot call {PHONE}"}
    is_of_robot = got.path.startswith(("/feishu", "/wecom", "/dingtalk"))
    return Behaviour(code=200 if is_of_robot else 400, body=json.dumps(body).encode())


def forms(address: str) -> set[bytes]:
    """How it may be written: as text, of which half would be too much already; as other text; as base64."""
    found = {address[:8].encode(), address[-8:].encode()}
    for coding in ("utf-16-le", "utf-16-be"):
        found.add(address.encode(coding))
    for shift in range(3):  # where it begins within what is coded
        coded = base64.b64encode(b"\0" * shift + address.encode())
        found.add(coded[4 if shift else 0 : -4])
    return found


def written(folder: Path) -> dict[str, bytes]:
    """Every file of a folder, and what is packed in snapshots."""
    found = {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    unpacked = {f"{path.name}, unpacked": path for path in snapshot_paths(folder)}
    return found | {name: zlib.decompressobj().decompress(path.read_bytes()[52:]) for name, path in unpacked.items()}


def asked(running: Running) -> dict[str, bytes]:
    """What is answered to who asks."""
    places = ("/api/v1/outputs", "/api/v1/alerts", "/api/v1/oncall", "/api/v1/shifts", "/metrics")
    return {place: str(running.get(place)).encode() for place in places}


def lived(folder: Path, config: str, to: Receiver) -> dict[str, bytes]:
    """Everything that is written and answered of an alert that is told by the last channel."""
    path, log = folder / "floorwatch.yaml", folder / "log"
    path.write_text(config, encoding="utf-8")
    event = {"type": "contact.offered", "time": int(time.time() * 1000), "contact": "c1", "queue": "sales"}
    (folder / "events.jsonl").write_text(json.dumps(event) + "\n", encoding="utf-8")
    with floorwatch(log, "run", "--config", str(path)) as running:
        running.wait_for(lambda: [got for got in to.got if got.path == "/desk"], 20)
        found = asked(running)
        assert running.stop() == 0
    return found | written(folder / "store") | {"log": log.read_bytes()}


async def test_no_address_is_written_anywhere(tmp_path: Path) -> None:
    """Seven outputs refuse it, and quote the address; the eighth takes it: it is in no file, no log and no answer."""
    pytest.importorskip("apprise")
    channels = ", ".join(f"{{output: {name}, to: '{to}'}}" for name, to in zip(PLACES, ADDRESSES, strict=True))
    async with post_office() as office:
        office.refuses[MAIL] = f"550 5.1.1 <{MAIL}>: nobody of this name"
        with receiver(choose=lambda n: answered(to.got[n - 1])) as to:
            config = CONFIG.format(
                to=to.address,
                host=to.address.removeprefix("http://"),
                mail=office.port,
                only="only_oncall: true, group_wait: 0s",
                channels=channels,
            )
            found = await asyncio.to_thread(lived, tmp_path, config, to)
    assert [b"A17" in content for name, content in found.items() if name.endswith("unpacked")] == [True]
    said = [json.loads(line) for line in exported(tmp_path / "store", internal=True)]
    assert {one["output"] for one in said if one["type"] in ("delivery.failed", "delivery.refused")} == {*PLACES[:-1]}
    for address in ADDRESSES:
        for name, content in found.items():
            assert [form for form in forms(address) if form in content] == [], (address, name)
