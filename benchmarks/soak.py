"""`python -m benchmarks.soak`: the daemon on one switch for half an hour: does its memory grow, and how late is it?

A made-up switch says `--rate` manager messages a second, live, over a real socket: contacts one overlapping the next,
as `manager_traffic.py` tells them. Measured: the daemon's resident memory every 10 s, and for every event the time from
the switch's stamp to its application (from the journal). A loop beside it that does nothing shows what the machine
itself adds: a run in which that loop's p99 passes 20 ms says nothing.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import re
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path
from statistics import median, quantiles

from benchmarks.manager_traffic import AGENTS, QUEUES, contact_messages, member_headers, spelled
from floorwatch.floor.events import FloorReported, SourceDown, SourceUp
from floorwatch.store.journal import read
from floorwatch.store.recover import decode

OVERLAP = 20
"""Contacts that are told at the same time."""
NOTHING_P99_MS_MAX = 20.0
SAMPLE_S = 10.0
CONFIG = """
http: {{port: 0}}
sources:
  pbx: {{type: asterisk, host: 127.0.0.1, port: {port}, user: bench, secret: bench}}
"""


class Switch:
    """Lets anybody in, answers what a client asks, and talks at a steady rate."""

    def __init__(self, rate: float) -> None:
        self._rate = rate
        self._next = 0
        self.said = 0
        self._open: list[asyncio.StreamWriter] = []

    async def serve(self) -> int:
        """Listen on a free port, which is returned."""
        server = await asyncio.start_server(self._client, "127.0.0.1", 0)
        port: int = server.sockets[0].getsockname()[1]
        return port

    async def _client(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"Asterisk Call Manager/11.0.0\r\n")
        self._open.append(writer)
        try:
            while True:
                action = (await reader.readuntil(b"\r\n\r\n")).decode()
                writer.write(_answer(action).encode())
        except (asyncio.IncompleteReadError, ConnectionError):
            self._open.remove(writer)

    async def talk(self, seconds: float) -> None:
        """Say so many messages a second for so long."""
        stories = [contact_messages(number) for number in range(OVERLAP)]
        number, began = OVERLAP, time.monotonic()
        while (passed := time.monotonic() - began) < seconds:
            while self.said < passed * self._rate:
                place = self.said % OVERLAP
                told = next(stories[place], None)
                if told is None:
                    stories[place], number = contact_messages(number), number + 1
                    told = next(stories[place])
                name, headers = told
                message = spelled(name, time.time_ns() // 1000, headers).encode()
                for writer in self._open:
                    writer.write(message)
                self.said += 1
            await asyncio.sleep(1 / self._rate)


def _answer(action: str) -> str:
    asked = dict(line.split(": ", 1) for line in action.split("\r\n") if ": " in line)
    name, action_id = asked.get("Action", "").lower(), asked.get("ActionID", "")
    head = f"Response: Success\r\nActionID: {action_id}\r\n"
    if name == "challenge":
        return head + "Challenge: 1234\r\n\r\n"
    if name == "coreshowchannels":
        return head + "EventList: start\r\n\r\n" + _end("CoreShowChannels", action_id, 0)
    if name == "queuestatus":
        rows = [f"Event: QueueParams\r\nQueue: {queue}\r\nActionID: {action_id}\r\n\r\n" for queue in QUEUES]
        rows += [_member(number, action_id) for number in range(AGENTS)]
        return head + "EventList: start\r\n\r\n" + "".join(rows) + _end("QueueStatus", action_id, len(rows))
    if name == "login":
        return head + "Message: Authentication accepted\r\n\r\nEvent: FullyBooted\r\nStatus: Fully Booted\r\n\r\n"
    return head + f"Ping: Pong\r\nTimestamp: {time.time():.6f}\r\n\r\n"


def _end(name: str, action_id: str, items: int) -> str:
    return f"Event: {name}Complete\r\nActionID: {action_id}\r\nEventList: Complete\r\nListItems: {items}\r\n\r\n"


def _member(number: int, action_id: str) -> str:
    names = {"MemberName": "Name", "Interface": "Location"}
    headers = member_headers(QUEUES[number % len(QUEUES)], number)
    lines = [f"{names.get(name, name)}: {value}" for name, value in headers]
    return "\r\n".join(["Event: QueueMember", *lines, f"ActionID: {action_id}"]) + "\r\n\r\n"


async def _do_nothing(late_ms: list[float]) -> None:
    while True:
        due = time.monotonic() + 0.01
        await asyncio.sleep(0.01)
        late_ms.append((time.monotonic() - due) * 1000)


async def _sample(pid: int, memory_mb: list[float]) -> None:
    while True:
        await asyncio.sleep(SAMPLE_S)
        status = Path(f"/proc/{pid}/status").read_text()
        found = re.search(r"VmRSS:\s+(\d+) kB", status)
        assert found is not None, status
        memory_mb.append(int(found[1]) / 1024)


async def soak(seconds: float, rate: float, folder: Path) -> dict[str, object]:
    """Run it; the figures."""
    switch = Switch(rate)
    (folder / "floorwatch.yaml").write_text(CONFIG.format(port=await switch.serve()))
    with (folder / "log").open("w") as log:
        daemon = subprocess.Popen(
            [sys.executable, "-m", "floorwatch", "run", "--config", str(folder / "floorwatch.yaml")],
            stdout=log,
            stderr=subprocess.STDOUT,
        )
    try:
        await _until_ready(folder / "log")
        memory_mb: list[float] = []
        late_ms: list[float] = []
        beside = [asyncio.create_task(_do_nothing(late_ms)), asyncio.create_task(_sample(daemon.pid, memory_mb))]
        await switch.talk(seconds)
        for task in beside:
            task.cancel()
    finally:
        daemon.send_signal(signal.SIGTERM)
        await asyncio.to_thread(daemon.wait, 30)
    return _figures(folder, switch.said, memory_mb, late_ms)


async def _until_ready(log: Path) -> None:
    until = time.monotonic() + 30
    while time.monotonic() < until:
        await asyncio.sleep(0.2)
        if found := re.search(r"http://localhost:\d+/", log.read_text()):
            try:
                with urllib.request.urlopen(found[0] + "-/ready", timeout=2):  # noqa: S310 - our own daemon
                    return
            except OSError:
                continue
    raise SystemExit(f"the daemon did not come up:\n{log.read_text()}")


def _figures(folder: Path, said: int, memory_mb: list[float], late_ms: list[float]) -> dict[str, object]:
    delays, contacts = [], 0
    for entry in read(folder / "journal"):
        event = decode(entry.event)
        if isinstance(event, SourceUp | SourceDown | FloorReported):
            continue
        delays.append(entry.applied_at - int(event.time))  # type: ignore[arg-type]
        contacts += type(event).__name__ == "ContactOffered"
    half = memory_mb[len(memory_mb) // 2 :]
    edge = max(1, len(half) // 6)
    grown = median(half[-edge:]) - median(half[:edge])
    nothing_p99 = quantiles(late_ms, n=100)[98]
    return {
        "messages": said,
        "events": len(delays),
        "contacts": contacts,
        "memory_mb_first": round(memory_mb[0], 1),
        "memory_mb_half": round(half[0], 1),
        "memory_mb_last": round(memory_mb[-1], 1),
        "grown_mb_in_second_half": round(grown, 2),
        "grown_ratio_in_second_half": round(grown / half[0], 4),
        "delay_ms_median": median(delays),
        "delay_ms_p99": quantiles(delays, n=100)[98],
        "delay_ms_max": max(delays),
        "doing_nothing_ms_p99": round(nothing_p99, 2),
        "void": nothing_p99 > NOTHING_P99_MS_MAX,
    }


def main(arguments: list[str] | None = None) -> int:
    """Run the soak and print its figures; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.soak", description=__doc__)
    parser.add_argument("--seconds", type=float, default=1800.0)
    parser.add_argument("--rate", type=float, default=200.0, help="manager messages a second")
    chosen = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="soak-") as folder:
        figures = asyncio.run(soak(chosen.seconds, chosen.rate, Path(folder)))
    print(json.dumps(figures, indent=2))
    is_flat = figures["grown_ratio_in_second_half"] < 0.02 or figures["grown_mb_in_second_half"] < 5  # type: ignore[operator]
    return int(bool(figures["void"]) or not is_flat or figures["delay_ms_p99"] >= 100)  # type: ignore[operator]


if __name__ == "__main__":
    sys.exit(main())
