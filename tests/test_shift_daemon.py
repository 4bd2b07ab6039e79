"""On call as leads meet it: a daemon, its API, and what becomes of a hand-over when it is killed."""

from __future__ import annotations

import asyncio
import json
import re
import signal
import urllib.error
import urllib.request
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

from typer.testing import CliRunner

from floorwatch.cli import app
from floorwatch.serve.auth import hash_of, new_token
from tests.receivers.smtp import PostOffice, post_office
from tests.running import Running, floorwatch

ROLES = ("viewer", "lead")
TOKENS = {role: new_token(role) for role in ROLES}  # type: ignore[arg-type]
CONFIG = """
http:
  port: 0
  tokens: {tokens}
sources: {{desk: {{type: events, path: events.jsonl}}}}
outputs:
  letters: {{type: mail, host: 127.0.0.1, port: {port}, starttls: false, sender: floor@example.com,
            to: [leads@example.com], audience: lead, only_oncall: true}}
people: {{A17: {{}}, B2: {{}}}}
rotas: {{north: {{layers: [{{people: [A17]}}]}}}}
shift_reports: {{folder: shifts, outputs: [letters], language: en}}
"""
OVERRIDES = "/api/v1/oncall/overrides"


def ask(running: Running, method: str, path: str, wish: Any = None, role: str = "lead") -> tuple[int, Any]:
    """(status, JSON)."""
    body = None if wish is None else json.dumps(wish).encode()
    request = urllib.request.Request(running.address + path, data=body, method=method)
    request.add_header("Authorization", f"Bearer {TOKENS[role]}")
    try:
        with urllib.request.urlopen(request, timeout=15) as answer:
            return answer.status, json.loads(answer.read())
    except urllib.error.HTTPError as refusal:
        return refusal.code, json.loads(refusal.read())


def on_call(running: Running) -> list[str]:
    """Whoever is in the rota, as of the last tick."""
    status, report = ask(running, "GET", "/api/v1/shifts/shift:north:now")
    return list(report["people"]) if status == 200 else []


def now(running: Running) -> list[str]:
    """Whoever is in the rota at this instant."""
    return list(ask(running, "GET", "/api/v1/oncall")[1]["rotas"][0]["people"])


class Days:
    """A daemon's days: each ends with a power cut."""

    def __init__(self, folder: Path, port: int) -> None:
        tokens = {f"{role} Kim": {"role": role, "hash": hash_of(TOKENS[role])} for role in ROLES}
        (folder / "floorwatch.yaml").write_text(CONFIG.format(tokens=json.dumps(tokens), port=port), encoding="utf-8")
        (folder / "events.jsonl").touch()
        self._folder = folder
        self._n = 0

    @asynccontextmanager
    async def day(self) -> AsyncIterator[Running]:
        self._n += 1
        config = str(self._folder / "floorwatch.yaml")
        started = floorwatch(self._folder / f"log{self._n}", "run", "--config", config)
        running = await asyncio.to_thread(started.__enter__)
        try:
            yield running
            running.process.send_signal(signal.SIGKILL)
        finally:
            await asyncio.to_thread(started.__exit__, None, None, None)


async def until(running: Running, what: Any) -> Any:
    """Wait, beside the loop in which the mail server lives."""
    return await asyncio.to_thread(running.wait_for, what, 15)


def keys(office: PostOffice) -> list[str]:
    """Of the letters that were taken."""
    return [str(letter.read()["X-Floorwatch-Key"]) for letter in office.taken]


async def test_a_hand_over_is_filed_and_mailed_once_whatever_dies(tmp_path: Path) -> None:
    """Neither folder nor mail server takes the report, then we are killed: after that there is one file and one letter
    of it, with the key it was tried with; and no second one after the next kill."""
    folder = tmp_path / "shifts"
    folder.write_text("no folder yet", encoding="utf-8")
    async with post_office() as office:
        days = Days(tmp_path, office.port)
        office.answers = ["451 4.3.0 not now"] * 1_000
        async with days.day() as running:
            await until(running, lambda: on_call(running) == ["A17"])
            wish = {"rota": "north", "person": "B2", "for": "2h", "why": "swap"}
            status, given = await asyncio.to_thread(ask, running, "POST", OVERRIDES, wish)
            assert (status, given["person"], given["who"]) == (201, "B2", "lead Kim")
            await until(running, lambda: office.has_tried(1))
            await until(running, lambda: "shift_report_not_written" in running.said())
        folder.unlink()
        office.answers = []
        async with days.day() as running:
            await until(running, lambda: office.taken and len(list(folder.glob("*.json"))) == 1)
            (shift,) = (await asyncio.to_thread(ask, running, "GET", "/api/v1/shifts"))[1]["shifts"]
            assert keys(office) == [shift["key"]]
            assert {mail["X-Floorwatch-Key"] for mail in office.tried} == {shift["key"]}
            assert len({mail["Message-ID"] for mail in office.tried}) == 1
            assert (shift["people"], shift["next_people"]) == (["A17"], ["B2"])
            assert "On call: A17\nNow on call: B2" in office.taken[0].text()
            place = f"/api/v1/shifts/{quote(shift['key'], safe='')}"
            report = (await asyncio.to_thread(ask, running, "GET", place))[1]
            filed = next(folder.glob("*.json"))
            assert json.loads(filed.read_bytes()) == report
            await until(running, lambda: on_call(running) == ["B2"])
        written = filed.stat().st_mtime_ns
        async with days.day() as running:
            await until(running, lambda: on_call(running) == ["B2"])
            assert (await asyncio.to_thread(ask, running, "DELETE", f"{OVERRIDES}/{given['id']}"))[0] == 200
            await until(running, lambda: len(office.taken) > 1 and len(list(folder.glob("*.json"))) == 2)
            assert len(set(keys(office))) == len(keys(office)) == 2
            await until(running, lambda: on_call(running) == ["A17"])
        assert filed.stat().st_mtime_ns == written


async def test_who_is_on_call_is_for_leads_and_changed_in_words(tmp_path: Path) -> None:
    """Viewers see no names; what cannot be is refused with the way out; the command does what the API does."""
    async with post_office() as office, Days(tmp_path, office.port).day() as running:
        await until(running, lambda: on_call(running) == ["A17"])
        await asyncio.to_thread(_asked, running, tmp_path)


def _asked(running: Running, folder: Path) -> None:
    for path in ("/api/v1/oncall", "/api/v1/shifts", "/api/v1/shifts/shift:north:now"):
        status, refused = ask(running, "GET", path, role="viewer")
        assert (status, "A17" in json.dumps(refused)) == (403, False)
        assert ask(running, "GET", path)[0] == 200
    assert ask(running, "GET", "/api/v1/shifts/shift:south:now")[0] == 404
    wish = {"rota": "north", "person": "B2", "for": "4h", "why": "swap"}
    assert ask(running, "POST", OVERRIDES, wish, role="viewer")[0] == 403
    for wrong, why in (
        ({"rota": "nort"}, "did you mean 'north'?"),
        ({"person": "B3"}, "known are A17, B2"),
        ({"for": "32d"}, "longer than 31 days"),
        ({"for": ""}, "until, for: give one of them"),
        ({"since": 4_102_444_800_000}, "more than a year ahead"),
        ({"why": " "}, "say why"),
    ):
        status, refused = ask(running, "POST", OVERRIDES, {**wish, **wrong})
        assert (status, why in refused["error"]) == (422, True), refused
    token = folder / "token"
    token.write_text(TOKENS["lead"], encoding="utf-8")
    place = ["--url", running.address, "--token-file", str(token)]

    def said(*arguments: str) -> str:
        done = CliRunner().invoke(app, ["oncall", *arguments, *place])
        assert done.exit_code == 0, done.output
        return done.output

    assert "north: B2" in said("override", "north", "B2", "--for", "4h", "--why", "swap")
    (given,) = ask(running, "GET", "/api/v1/oncall")[1]["overrides"]
    assert (given["who"], given["why"], now(running)) == ("lead Kim", "swap", ["B2"])
    later = ask(running, "GET", f"/api/v1/oncall?at={given['until']}")[1]["rotas"][0]
    assert (later["people"], later["override"]) == (["A17"], "")
    assert ask(running, "GET", "/api/v1/oncall?at=soon")[0] == 422
    assert re.search(r"north: B2, \S+ \S+ UTC to \S+ \S+ UTC, by lead Kim: swap", said("overrides"))
    assert given["id"] in said("end-override", given["id"])
    assert now(running) == ["A17"]
    assert said("overrides").strip() == "No override is in force."
    assert ask(running, "DELETE", f"{OVERRIDES}/{given['id']}")[0] == 404
    log = [json.loads(line) for line in running.said().splitlines() if line.startswith("{")]
    seen = {(line.get("event"), line.get("actor")) for line in log}
    assert {("oncall.shown", "lead Kim"), ("shift.shown", "lead Kim"), ("override.given", "lead Kim")} <= seen
    assert not [line for line in log if "B2" in json.dumps(line)]
