"""`floorwatch doctor` on configurations of which one thing is wrong: it is found, by its name, with the way out."""

from __future__ import annotations

import fcntl
import shutil
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import pytest
from typer.testing import CliRunner

from floorwatch.cli import app
from floorwatch.doctor import machine, reach, store
from floorwatch.doctor.examine import AREAS
from floorwatch.store.journal import Journal
from floorwatch.store.segment import segment_paths
from tests.doctor.surgery import doctor, free_port
from tests.store.journals import START_MS

SOURCE = "sources: {pbx: {type: events, path: events.jsonl}}\n"
PEOPLE = """
outputs: {mail: {type: mail, host: 127.0.0.1, sender: floor@example.com}, hook: {type: webhook, url: "http://127.0.0.1/"}}
rotas: {north: {layers: [{people: [A17]LAYER}]}}
escalations: {floor: {steps: [{tell: [rota north]}]}}
people: {A17: {channels: [{output: mail, to: a17@example.com}, {output: hook}]}, B2: {channels: [{output: hook}]}}
"""


class Case(NamedTuple):
    """What is written, and the line it must lead to."""

    config: str
    area: str
    subject: str
    words: str
    level: str


CASES = {
    "no source": Case("site: {name: berlin}", "sources", "sources", "there is none", "failed"),
    "a file that is not there": Case(SOURCE, "sources", "sources.pbx", "not there yet", "warning"),
    "the password of every FreeSWITCH": Case(
        "sources: {fs: {type: freeswitch, host: 127.0.0.1, secret: ClueCon}}",
        "sources",
        "sources.fs",
        "everybody knows",
        "failed",
    ),
    "a secret in the clear": Case(
        "sources: {pbx: {type: asterisk, host: 192.0.2.7, user: fw, secret: hush}}",
        "sources",
        "sources.pbx",
        "crosses the network",
        "warning",
    ),
    "a manager without a secret": Case(
        "sources: {pbx: {type: asterisk, host: 127.0.0.1, user: fw}}", "sources", "sources.pbx", "no secret", "failed"
    ),
    "no secret in its file": Case(
        "sources: {pbx: {type: asterisk, host: 127.0.0.1, user: fw, secret_file: nowhere}}",
        "secrets",
        "sources.pbx.secret_file",
        "does not exist",
        "failed",
    ),
    "an empty file of a secret": Case(
        'outputs: {hook: {type: webhook, url: "http://127.0.0.1/", secret_file: empty}}',
        "secrets",
        "outputs.hook.secret_file",
        "is empty",
        "failed",
    ),
    "a secret that others may read": Case(
        'outputs: {hook: {type: webhook, url: "http://127.0.0.1/", secret_file: open}}',
        "secrets",
        "outputs.hook.secret_file",
        "read by others",
        "warning",
    ),
    "an address of a heartbeat that is none": Case(
        "heartbeat: {url_file: open}", "heartbeat", "heartbeat.url_file", "must be an address", "failed"
    ),
    "no heartbeat": Case(SOURCE, "heartbeat", "heartbeat", "nobody would notice", "warning"),
    "no output": Case(SOURCE, "outputs", "outputs", "wallboard only", "warning"),
    "open to everybody": Case("http: {host: 0.0.0.0}", "access", "http.host", "no token", "failed"),
    "nobody who may acknowledge": Case(
        f'http: {{tokens: {{tv: {{role: viewer, hash: "sha256:{"0" * 64}"}}}}}}',
        "access",
        "http.tokens",
        "nobody may acknowledge",
        "warning",
    ),
    "nobody who may post": Case(
        f'sources: {{web: {{type: http}}}}\nhttp: {{tokens: {{me: {{role: admin, hash: "sha256:{"0" * 64}"}}}}}}',
        "access",
        "sources.web",
        "nobody may post",
        "warning",
    ),
    "links in the clear": Case(
        'links: {address: "http://floor.example.com"}\nhttp: {allowed_hosts: [floor.example.com]}',
        "links",
        "links.address",
        "not https",
        "warning",
    ),
    "no links for whom is told": Case(PEOPLE.replace("LAYER", ""), "links", "links.address", "is not said", "warning"),
    "nights without anybody": Case(
        PEOPLE.replace("LAYER", ', hours: {daily: "08:00-20:00"}'),
        "on call",
        "rotas.north",
        "nobody is on call",
        "warning",
    ),
    "an escalation with a gap": Case(
        PEOPLE.replace("LAYER", ', hours: {daily: "08:00-20:00"}'),
        "on call",
        "escalations.floor",
        "tells nobody at",
        "warning",
    ),
    "a calendar that is not there": Case(
        PEOPLE.replace("{layers: [{people: [A17]LAYER}]}", "{file: nowhere.ics}"),
        "on call",
        "rotas.north",
        "cannot be read",
        "failed",
    ),
    "somebody who cannot be told": Case(
        PEOPLE.replace("[A17]LAYER", "[[A17, C3]]").replace("B2: {", "C3: {channels: []}, B2: {"),
        "on call",
        "escalations.floor",
        "tells C3, who has no channel",
        "failed",
    ),
    "somebody who is told of worse only": Case(
        PEOPLE.replace("[A17]LAYER", "[[A17, C3]]").replace(
            "B2: {", "C3: {channels: [{output: hook, severity: emergency}]}, B2: {"
        ),
        "on call",
        "escalations.floor",
        "tells C3, who has no channel for critical: they hear of it only once it is emergency",
        "warning",
    ),
    "channels for emergencies only": Case(
        PEOPLE.replace("LAYER", "")
        .replace("{output: hook}]}, B2", "{output: hook, severity: emergency}]}, B2")
        .replace("to: a17@example.com", "to: a17@example.com, severity: emergency"),
        "on call",
        "escalations.floor",
        "can reach nobody",
        "failed",
    ),
    "one way only": Case(
        PEOPLE.replace("LAYER", "").replace(", {output: hook}]}, B2", "]}, B2"),
        "on call",
        "people.A17",
        "by mail only",
        "warning",
    ),
    "a folder of reports that cannot be made": Case(
        "shift_reports: {folder: open/shifts}", "store", "shift_reports.folder", "cannot be made", "failed"
    ),
    "a file where reports are to be filed": Case(
        "shift_reports: {folder: open}", "store", "shift_reports.folder", "is no folder", "failed"
    ),
    "a key of links that is cut off": Case(
        "store: {path: cut}", "secrets", "the key of links", "the daemon does not start", "failed"
    ),
    "people whom nobody tells": Case(
        "people: {A17: {}}", "on call", "escalations", "nobody on call is told", "warning"
    ),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_what_is_wrong_is_found(tmp_path: Path, case: Case) -> None:
    """Each is one line, with what mends it; the exit status says whether something has failed. No place is called."""
    for name, content, mode in (("empty", "\n", 0o600), ("open", "hush-hush", 0o644)):
        (tmp_path / name).write_text(content, encoding="utf-8")
        (tmp_path / name).chmod(mode)
    (tmp_path / "cut").mkdir(mode=0o700)
    (tmp_path / "cut/link.key").write_bytes(b"hush")
    config = tmp_path / "floorwatch.yaml"
    config.write_text(case.config, encoding="utf-8")
    told = doctor(config, "--no-network")
    assert told.level(case.area, case.subject, case.words) == case.level, told.text
    assert told.exit_code == any(row["level"] == "failed" for row in told.rows)
    assert all(bool(row["fix"]) == (row["level"] != "ok") for row in told.rows)
    assert "hush" not in told.text


def test_a_configuration_that_cannot_be_used_ends_with_2(tmp_path: Path) -> None:
    """And says why, as every command does."""
    config = tmp_path / "floorwatch.yaml"
    config.write_text("people: {A17: {channels: [{output: nowhere}]}}\n", encoding="utf-8")
    done = CliRunner().invoke(app, ["doctor", "--config", str(config)])
    assert done.exit_code == 2
    assert "there is no output 'nowhere'" in done.stderr


def test_people_read_lines_with_what_mends_them(tmp_path: Path) -> None:
    """Level, area, subject and text; the way out below; counts at the end."""
    config = tmp_path / "floorwatch.yaml"
    config.write_text(SOURCE, encoding="utf-8")
    lines = CliRunner().invoke(app, ["doctor", "--config", str(config), "--no-network"]).stdout.splitlines()
    at = next(at for at, line in enumerate(lines) if line.startswith("WARNING  outputs    outputs: there is none"))
    assert lines[at + 1] == f"{'':<20}-> name one under 'outputs:'"
    assert lines[-1].startswith("0 failed, ")


async def test_a_journal_that_is_damaged_is_found(tmp_path: Path) -> None:
    """Bytes in the middle of its newest day are not what was written."""
    journal = Journal(tmp_path / "journal")
    journal.start()
    for _ in range(2_000):
        journal.append(START_MS, b'{"type":"source.heartbeat"}', "pbx", START_MS)
    journal.commit()
    await journal.reached(journal.seq)
    await journal.close()
    config = tmp_path / "floorwatch.yaml"
    config.write_text(SOURCE, encoding="utf-8")
    assert doctor(config, "--no-network").level("store", "journal", "up to entry 2000") == "ok"
    (day,) = segment_paths(tmp_path / "journal")
    being_made = day.with_name("journal-20990101.db")
    being_made.touch()
    assert doctor(config, "--no-network").level("store", "journal", "or what it held is lost") == "warning"
    being_made.unlink()
    with day.open("r+b") as file:
        file.seek(8_192)
        file.write(b"\xff" * 8_192)
    assert doctor(config, "--no-network").level("store", "journal") == "failed"


@pytest.mark.parametrize(
    ("free", "level"), [(40_000_000_000, "ok"), (2_000_000_000, "warning"), (400_000_000, "failed"), (0, "failed")]
)
def test_room_for_the_days_that_are_to_be_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, free: int, level: str
) -> None:
    """Three days of 100 MB, 30 are to be kept: 2.7 GB more are wanted; 500 MB are the least."""
    folder = tmp_path / "journal"
    folder.mkdir(mode=0o700)
    for day in ("20260301", "20260302", "20260303"):
        with (folder / f"journal-{day}.db").open("wb") as file:
            file.truncate(100_000_000)
    usage = shutil.disk_usage(folder)._replace(free=free)
    monkeypatch.setattr(store.shutil, "disk_usage", lambda _path: usage)
    config = tmp_path / "floorwatch.yaml"
    config.write_text(SOURCE, encoding="utf-8")
    assert doctor(config, "--no-network").level("store", "free space") == level


@pytest.mark.parametrize(("state", "level"), [(0, "ok"), (machine._UNSYNCHRONISED, "warning"), (None, "warning")])
def test_a_clock_that_nobody_keeps_is_warned_of(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, state: int | None, level: str
) -> None:
    """As the kernel says; where it cannot be asked that is said."""
    monkeypatch.setattr(machine, "kernel_clock_state", lambda: state)
    config = tmp_path / "floorwatch.yaml"
    config.write_text(SOURCE, encoding="utf-8")
    assert doctor(config, "--no-network").level("machine", "clock") == level


def test_the_kernel_can_be_asked() -> None:
    """One of the states that adjtimex(2) names, or not at all."""
    assert machine.kernel_clock_state() in (None, *range(6))


@contextmanager
def saying(greeting: bytes) -> Iterator[int]:
    """Something that greets whoever connects; its port."""
    with socket.create_server(("127.0.0.1", 0)) as door:

        def answer() -> None:
            while True:
                try:
                    line, _ = door.accept()
                except OSError:
                    return
                with line:
                    line.sendall(greeting)

        threading.Thread(target=answer, daemon=True).start()
        yield door.getsockname()[1]
        door.shutdown(socket.SHUT_RDWR)


@pytest.mark.parametrize(
    ("kind", "greeting", "level"),
    [
        ("asterisk", b"Asterisk Call Manager/9.0.0\r\n", "ok"),
        ("asterisk", b"SSH-2.0-OpenSSH_9.2\r\n", "failed"),
        ("asterisk", b"", "failed"),
        ("freeswitch", b"Content-Type: auth/request\n\n", "ok"),
        ("freeswitch", b"Content-Type: text/rude-rejection\n", "failed"),
    ],
)
def test_a_switch_is_known_by_its_greeting(tmp_path: Path, kind: str, greeting: bytes, level: str) -> None:
    """Whatever else listens there is not taken for one, and nobody logs in."""
    user = ", user: fw" if kind == "asterisk" else ""
    config = tmp_path / "floorwatch.yaml"
    with saying(greeting) as port:
        source = f"{{type: {kind}, host: 127.0.0.1, port: {port}{user}, secret: hush}}"
        config.write_text(f"sources: {{pbx: {source}}}\n", encoding="utf-8")
        told = doctor(config)
    assert told.level("sources", "sources.pbx") == level


def test_places_that_do_not_answer_are_not_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One refuses, one has no name, one takes the connection and is silent: all three are named, each with why."""
    monkeypatch.setattr(reach, "CONNECT_S", 0.3)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        config = tmp_path / "floorwatch.yaml"
        config.write_text(
            f"""{SOURCE}
outputs:
  gone: {{type: webhook, url: "http://127.0.0.1:{free_port()}/hush"}}
  lost: {{type: webhook, url: "https://name.invalid/hush"}}
  mute: {{type: webhook, url: "https://127.0.0.1:{silent.getsockname()[1]}/hush"}}
""",
            encoding="utf-8",
        )
        told = doctor(config)
    assert told.level("outputs", "outputs.gone", "refused") == "failed"
    assert told.level("outputs", "outputs.lost", "name.invalid is not known") == "failed"
    assert told.level("outputs", "outputs.mute", "no answer within 0.3 s") == "failed"
    assert "hush" not in told.text


def test_a_link_to_ourselves_is_not_failed_before_the_first_start(tmp_path: Path) -> None:
    """Nobody listens where it leads, since no daemon runs; where one does it has failed."""
    config, folder = tmp_path / "floorwatch.yaml", tmp_path / "journal"
    config.write_text(f'{SOURCE}links: {{address: "http://127.0.0.1:{free_port()}"}}\n', encoding="utf-8")
    told = doctor(config)
    assert told.level("links", "links.address", "refused; floorwatch itself does not run") == "warning"
    folder.mkdir(mode=0o700)
    with (folder / "lock").open("wb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        assert doctor(config).level("links", "links.address", "refused") == "failed"


def test_the_documentation_says_what_each_area_looks_at(repository: Path) -> None:
    """docs/operating.md names every one; some share a row."""
    text = (repository / "docs/operating.md").read_text(encoding="utf-8").partition("| area | looks at |")[2]
    rows = [line.split("|")[1] for line in text.partition("\n\n")[0].splitlines() if line.startswith("| ")]
    assert [area.strip() for row in rows for area in row.split(",")] == [*AREAS]
