"""What systemd is told: a real datagram socket in its place hears it from a real daemon."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from floorwatch.service_manager import ServiceManager
from floorwatch.vitals import Part, Vitals
from tests.running import floorwatch

CONFIG = "http: {port: 0}\nsources: {pbx: {type: events, path: events.jsonl}}\n"


@contextmanager
def listening(address: str | bytes) -> Iterator[socket.socket]:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as ear:
        ear.bind(address)
        ear.settimeout(15)
        yield ear


def facts(ear: socket.socket) -> list[str]:
    return ear.recv(4096).decode().splitlines()


def heard(ear: socket.socket) -> list[str]:
    """What lies there already."""
    ear.setblocking(False)
    found: list[str] = []
    try:
        while True:
            found += facts(ear)
    except BlockingIOError:
        return found
    finally:
        ear.settimeout(15)


def test_a_daemon_says_that_it_is_ready_that_it_lives_and_that_it_ends(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """READY once it serves, WATCHDOG again and again, none while it is stopped, STOPPING with SIGTERM."""
    (tmp_path / "floorwatch.yaml").write_text(CONFIG, encoding="utf-8")
    (tmp_path / "events.jsonl").touch()
    with listening(str(tmp_path / "notify")) as ear:
        monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))
        monkeypatch.setenv("WATCHDOG_USEC", "600000")
        with floorwatch(tmp_path / "log", "run", "--config", str(tmp_path / "floorwatch.yaml")) as running:
            assert facts(ear) == ["READY=1"]
            said = [facts(ear) for _ in range(4)]
            assert all("WATCHDOG=1" in one for one in said)
            assert any("STATUS=all parts move" in one for one in said) or "STATUS=all parts move" in facts(ear)
            running.process.send_signal(signal.SIGSTOP)
            time.sleep(0.3)
            heard(ear)
            time.sleep(0.9)
            assert heard(ear) == []
            running.process.send_signal(signal.SIGCONT)
            while "WATCHDOG=1" not in facts(ear):
                pass
            assert running.stop() == 0
            assert heard(ear)[-1] == "STOPPING=1"


async def test_what_a_restart_would_not_mend_is_said_and_keeps_the_watchdog_calm() -> None:
    """An abstract socket, as systemd may use one. A full disk is in the status; a driver that hangs is not answered."""
    whys: dict[Part, str] = {"journal": "database or disk is full"}
    parts: tuple[Part, ...] = ("driver", "journal")
    vitals = Vitals({part: lambda part=part: whys.get(part, "") for part in parts}, lambda: True)  # type: ignore[misc]
    name = f"floorwatch-test-{os.getpid()}"
    with listening(f"\0{name}".encode()) as ear:
        manager = ServiceManager({"NOTIFY_SOCKET": f"@{name}", "WATCHDOG_USEC": "150000"})
        running = asyncio.create_task(manager.run(vitals))
        await asyncio.sleep(0.2)
        assert {"STATUS=journal: database or disk is full", "WATCHDOG=1"} <= {*heard(ear)}
        whys["driver"] = "has not come round for 16 s"
        await asyncio.sleep(0.1)
        heard(ear)
        await asyncio.sleep(0.2)
        assert heard(ear) == []
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        assert heard(ear) == ["STOPPING=1"]


async def test_without_a_service_manager_nothing_is_said_and_one_that_is_gone_harms_nobody(tmp_path: Path) -> None:
    """A socket that nobody holds any more is logged; a watchdog that is another process's is not answered."""
    ServiceManager({}).say("READY=1")
    ServiceManager({"NOTIFY_SOCKET": str(tmp_path / "nobody")}).say("READY=1")
    vitals = Vitals({"driver": lambda: ""}, lambda: True)
    with listening(str(tmp_path / "notify")) as ear:
        environment = {"NOTIFY_SOCKET": str(tmp_path / "notify"), "WATCHDOG_USEC": "100000", "WATCHDOG_PID": "1"}
        running = asyncio.create_task(ServiceManager(environment).run(vitals))
        await asyncio.sleep(0.2)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        assert heard(ear) == ["READY=1", "STATUS=all parts move", "STOPPING=1"]
