"""`floorwatch alerts`: seeing alerts and taking them in hand from a terminal, against the real server."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from msgspec.structs import replace
from structlog.testing import capture_logs
from typer.testing import CliRunner, Result

from floorwatch.alert_view import MutedView
from floorwatch.cli import app
from floorwatch.serve.board import Board
from tests.serve.alerts_kept import AlertsKept
from tests.serve.floors import AT, alert
from tests.serve.grants import TOKENS, closed
from tests.serve.serving import serving

SALES, VIP = "service_level_low/sales/1", "service_level_low/vip/a b?/1"
ADVICE = {"en": "Call 2 back.", "zh": "召回 2 名。"}


@dataclass
class Terminal:
    """A terminal beside a daemon that asks for tokens."""

    url: str
    desk: AlertsKept
    run: Callable[[list[str], str], Result]

    async def floorwatch(self, *args: str, role: str = "supervisor", status: int = 0) -> str:
        """What the command prints, on stdout or, where it fails, on stderr."""
        result = await asyncio.to_thread(self.run, ["alerts", "--url", self.url, *args], TOKENS[role])  # type: ignore[index]
        assert result.exit_code == status, result.output
        return result.output


@pytest.fixture
async def terminal(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Terminal]:
    """Two alerts fire; of one somebody has been told to wait."""
    sales = replace(alert("sales"), id=SALES, advice=ADVICE, lead_advice={"en": "Call A17 back.", "zh": "召回 A17。"})
    desk = AlertsKept(
        sales,
        replace(alert("vip"), id=VIP, muted=MutedView(by="snooze", what="Kim", until=AT + 900_000)),
        replace(alert("mail", state="resolved"), id="service_level_low/mail/1"),
    )

    def run(args: list[str], token: str) -> Result:
        return CliRunner().invoke(app, args, env={"FLOORWATCH_TOKEN": token})

    with capture_logs():  # what a command prints is taken from the whole process, and the server is in it
        async with serving(Board(), access=closed(), individuals=True, alerts=desk) as client:
            yield Terminal(str(client.make_url("")), desk, run)


async def test_the_list_says_what_broke_what_to_do_and_who_has_it(terminal: Terminal) -> None:
    """Live ones first, then those that are over; to a viewer what is public, to a lead all; in both languages."""
    viewer = await terminal.floorwatch(role="viewer")
    assert viewer.splitlines() == [
        f"{SALES}  warning · nobody has it yet",
        "  sales: 61 % answered in 20 s (last 15 min, n 143), target 80 % since 10:02",
        "  Call 2 back.",
        f"{VIP}  warning · snoozed until 10:29",
        "  vip: 61 % answered in 20 s (last 15 min, n 143), target 80 % since 10:02",
        "service_level_low/mail/1  warning · over since 10:13",
        "  mail: 61 % answered in 20 s (last 15 min, n 143), target 80 % since 10:02",
    ]
    assert "Call A17 back." in await terminal.floorwatch("list", role="lead")
    assert "召回 A17。" in await terminal.floorwatch("--lang", "zh", "list")
    assert "mail" not in await terminal.floorwatch("list", "--hours", "0")
    assert json.loads(await terminal.floorwatch("--json"))["form"] == "lead"
    terminal.desk.kept.clear()
    assert await terminal.floorwatch() == "No alerts now, none in the last hour.\n"


async def test_a_lead_takes_an_alert_in_hand(terminal: Terminal) -> None:
    """By its id or by rule and subject; who has it and the note are said; whatever the queue is called."""
    told = await terminal.floorwatch("ack", "service_level_low/sales", "--note", "calling the agency", role="lead")
    assert told.splitlines()[0] == f"{SALES}  warning · lead of A17 has it since 10:14"
    assert told.splitlines()[-1] == "  Note: calling the agency"
    await terminal.floorwatch("ack", VIP)
    await terminal.floorwatch("snooze", SALES, "1h", "--why", "lunch")
    assert terminal.desk.kept[SALES].snoozed_until == AT + 3_600_000
    assert [act[:3] for act in terminal.desk.told] == [
        ("acknowledge", SALES, "lead of A17"),
        ("acknowledge", VIP, "supervisor of A17"),
        ("snooze", SALES, "supervisor of A17"),
    ]


async def test_a_name_that_fits_several_alerts_takes_none(terminal: Terminal) -> None:
    """They are listed instead; one that fits none is said to be none, with the way to the list."""
    assert f"2 alerts are called so; give one of {SALES}, {VIP}" in await terminal.floorwatch(
        "ack", "service_level_low", status=2
    )
    assert "there is no alert 'sales'" in await terminal.floorwatch("ack", "sales", status=2)
    assert terminal.desk.told == [("acknowledge", "sales", "supervisor of A17", "")]


async def test_a_name_with_slashes_is_that_of_one_queue(terminal: Terminal) -> None:
    """Of two queues of which one is called like the beginning of the other, the one is taken that was named."""
    whole, part, root = (f"line/{name}/1" for name in ("a", "a/b", "/"))
    terminal.desk.kept = {key: replace(alert("sales"), id=key) for key in (whole, part, root)}
    for typed in ("line/a", "line/a/b", "line//"):
        await terminal.floorwatch("ack", typed)
    assert [act[1] for act in terminal.desk.told] == [whole, part, root]
    assert "3 alerts are called so" in await terminal.floorwatch("ack", "line", status=2)


async def test_a_supervisor_silences_lists_and_ends(terminal: Terminal) -> None:
    """What is silenced, until when, by whom and why; a silence to come says from when."""
    silence = (
        "silence",
        "2h",
        "--rule",
        "longest_wait_high",
        "--subject",
        "sales*",
        "--subject",
        "vip",
        "--why",
        "drill",
    )
    assert "is for the role supervisor" in await terminal.floorwatch(*silence, role="lead", status=2)
    given = await terminal.floorwatch(*silence)
    line = "longest_wait_high · sales*, vip: until 12:14, by supervisor of A17: drill"
    assert given == f"s0  {line}\n"
    later = await terminal.floorwatch(
        "silence", "1d", "--rule", "*", "--why", "move", "--since", "2026-03-05T22:00:00+01:00"
    )
    assert later.endswith("*: until 2026-03-06 22:00, by supervisor of A17: move (from 2026-03-05 22:00)\n")
    assert line in await terminal.floorwatch("silences", role="lead")
    assert line in await terminal.floorwatch("unsilence", "s0", "--why", "over")
    assert "there is no silence 's0'" in await terminal.floorwatch("unsilence", "s0", status=2)
    terminal.desk.given.clear()
    assert await terminal.floorwatch("silences") == "No silence is in force.\n"


@pytest.mark.parametrize(
    ("args", "why"),
    [
        (("snooze", SALES, "soon"), "for: must be a duration such as 20s"),
        (("silence", "2h", "--why", "x", "--since", "10:00"), "since: write date, time to the second and offset"),
        (("--token-file", "/nowhere/token", "list"), "/nowhere/token: no such file"),
    ],
)
async def test_what_is_typed_wrong_is_said_with_the_fix(terminal: Terminal, args: tuple[str, ...], why: str) -> None:
    """The command ends with the sentence of the server, or its own; nothing was done."""
    status = 1 if "--token-file" in args else 2
    assert why in await terminal.floorwatch(*args, status=status)
    assert terminal.desk.told == []


async def test_a_token_that_is_missing_wrong_or_not_enough(terminal: Terminal, tmp_path: Path) -> None:
    """The way out names the role and where a token is put; one in a file goes before that of the environment."""
    wrong = await asyncio.to_thread(terminal.run, ["alerts", "--url", terminal.url], "")
    assert wrong.exit_code == 2
    assert "give a viewer's token with --token-file, or in FLOORWATCH_TOKEN" in wrong.output
    said = await terminal.floorwatch("ack", SALES, role="viewer", status=2)
    assert "is for the role lead; the token 'viewer of A17' has the role viewer" in said
    file = tmp_path / "token"
    file.write_text(TOKENS["lead"] + "\n", encoding="utf-8")
    await terminal.floorwatch("--token-file", str(file), "ack", SALES, role="viewer")


@pytest.mark.parametrize("url", ["http://127.0.0.1:1", "ftp://localhost", "http://localhost:port", "http://"])
def test_no_daemon_there(url: str) -> None:
    """An address that is none, or that nobody answers at, is named."""
    result = CliRunner().invoke(app, ["alerts", "--url", url])
    assert result.exit_code == (1 if url.endswith(":1") else 2)
    assert url in result.output
