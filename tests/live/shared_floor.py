"""The live forty-phone floor beside the checkout, watched by the daemon over a connection that is cut on the way.

    python -m tests.live.shared_floor live-a 600 [FOLDER]

runs it for so many seconds, prints the switch's own figures beside ours, and exits with 1 when they differ. As root.
"""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from floorwatch.config import load_config
from floorwatch.floor import events as e
from floorwatch.floor.internal import SourceBackfilled
from floorwatch.replay import JournalRecording, replay
from tests.ingest.recordings import fold
from tests.running import REPOSITORY, floorwatch

FLOOR = REPOSITORY / "../shared/floor/live-floor"
PORTS = {"live-a": 5048, "live-b": 5049}
CUT_S = 20.0
DRAIN_S = 30
COUNTS = {
    "offered": ("offered",),
    "answered": ("answered",),
    "abandoned": ("abandoned",),
    "exit_timeout": ("exited", "timeout"),
    "exit_key": ("exited", "key"),
    "exit_empty": ("exited", "empty"),
    "withdrawn": ("exited", "withdrawn"),
}
CONFIG = """
site: {{name: floor}}
interval: 5m
http: {{port: 0}}
queues:
  vip: {{service_level: {{threshold: 10s}}}}
sources:
  pbx:
    type: asterisk
    host: 127.0.0.1
    port: {port}
    user: monitor
    secret: floorwatch
    queue_log: {queue_log}
"""


class Relay(threading.Thread):
    """A TCP relay to the switch, in a thread of its own, that can lose the connection."""

    def __init__(self, to_port: int) -> None:
        super().__init__(daemon=True)
        self._to_port = to_port
        self._loop = asyncio.new_event_loop()
        self._ready = threading.Event()
        self._cut = False
        self._writers: list[asyncio.StreamWriter] = []
        self.port = 0
        self.start()
        self._ready.wait(5)

    def run(self) -> None:
        async def serve() -> None:
            server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
            self.port = server.sockets[0].getsockname()[1]
            self._ready.set()
            await server.serve_forever()

        self._loop.run_until_complete(serve())

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._cut:
            writer.close()
            return
        try:
            there, back = await asyncio.open_connection("127.0.0.1", self._to_port)
        except OSError:
            writer.close()
            return
        self._writers += [writer, back]
        await asyncio.gather(_pump(reader, back), _pump(there, writer))

    def cut(self) -> None:
        """Lose the connection, and refuse new ones."""
        self._cut = True
        for writer in self._writers:
            self._loop.call_soon_threadsafe(writer.close)
        self._writers.clear()

    def mend(self) -> None:
        """Let connections through again."""
        self._cut = False


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while received := await reader.read(65_536):
            writer.write(received)
            await writer.drain()
    writer.close()


@contextmanager
def floor(profile: str, seconds: int, out: Path, *more: str) -> Iterator[tuple[subprocess.Popen[str], Path]]:
    """The floor, running; yields its process and the queue log it writes. It ends by itself, at the latest with us."""
    root = Path(os.environ.get("ROOT_DIR", Path.home() / ".cache/floorwatch-switch"))
    before = set(root.glob("floor.*"))
    process = subprocess.Popen(
        [str(FLOOR), profile, str(seconds), str(out), *more],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
        env=os.environ | {"FLOOR_DRAIN": str(DRAIN_S)},
    )
    try:
        assert process.stdout is not None
        said = ""
        for line in process.stdout:
            said += line
            if "AMI is up" in line:
                break
        else:
            raise AssertionError(f"the floor did not start: {said}")
        [run] = set(root.glob("floor.*")) - before
        yield process, run / "run" / profile / "log/queue_log"
    finally:
        if process.poll() is None:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, 15)
        process.communicate(timeout=60)


def watch(profile: str, seconds: int, folder: Path, *more: str) -> dict[str, Any]:
    """Watch a floor to its end, the connection lost for 20 s in the middle; our report, the truth and the journal."""
    with floor(profile, seconds, folder / "out", *more) as (process, queue_log):
        relay = Relay(PORTS[profile])
        (folder / "floorwatch.yaml").write_text(CONFIG.format(port=relay.port, queue_log=queue_log), encoding="utf-8")
        with floorwatch(folder / "daemon.log", "run", "--config", str(folder / "floorwatch.yaml")) as running:
            running.wait_for(lambda: running.get("/-/ready")["ready"], 15)
            time.sleep(10 + seconds * 0.45)
            relay.cut()
            time.sleep(CUT_S)
            verdicts = {queue["verdict"] for queue in running.get("/api/v1/view")["queues"]}
            assert verdicts == {"unknown"}, "a lost switch must not look like an empty floor"
            relay.mend()
            process.wait()
            assert running.stop() == 0
    return compared(profile, folder)


def compared(profile: str, folder: Path) -> dict[str, Any]:
    """The switch's figures beside ours."""
    truth = json.loads((folder / "out" / f"{profile}.truth.json").read_text("utf-8"))
    calls = [
        json.loads(line) for line in (folder / "out" / f"{profile}.truth_calls.jsonl").read_text("utf-8").splitlines()
    ]
    settings = load_config(folder / "floorwatch.yaml").settings()
    report = replay([folder / "journal"], settings)
    events = list(JournalRecording(folder / "journal").deliveries())
    gaps = [(event.since, event.time) for _, event in events if isinstance(event, e.SourceGap)]
    first_up = next(event.time for _, event in events if isinstance(event, e.SourceUp))
    filled = [(event.since, event.until) for _, event in events if isinstance(event, SourceBackfilled)]
    return {
        "wrong": list(_wrong(truth, report)),
        "waits_wrong": list(_waits_wrong(calls, events, [(0, first_up), *gaps])),
        "gaps": gaps,
        "filled": filled,
        "contacts": sum(queue["offered"] for queue in truth["queues"].values()),
        "intervals": [
            (interval["start"], interval["incomplete"], interval["backfilled"])
            for interval in report["queues"]["sales"]["intervals"]
        ],
        "report": report,
        "truth": truth,
    }


def _figure(queue: dict[str, Any], place: tuple[str, ...]) -> Any:
    return queue[place[0]] if len(place) == 1 else queue[place[0]].get(place[1], 0)


def _wrong(truth: dict[str, Any], report: dict[str, Any]) -> Iterator[str]:
    for queue, true in truth["queues"].items():
        for figure, place in COUNTS.items():
            got = _figure(report["queues"][queue], place) if queue in report["queues"] else 0
            if got != true[figure]:
                yield f"{queue} {figure}: the switch's log says {true[figure]}, we say {got}"


def _waits_wrong(
    calls: list[dict[str, Any]], events: list[tuple[int, Any]], unheard: list[tuple[Any, Any]]
) -> Iterator[str]:
    """Contacts heard live, from beginning to end, whose wait differs from the logged one by more than a second."""
    stays = {}
    for stay in fold(events).stays:
        stays.setdefault((stay.contact, stay.queue), []).append(stay)
    for call in sorted(calls, key=lambda call: call["t"]):
        if any(
            call["t"] * 1000 - 2000 <= to and (call["t_end"] or call["t"]) * 1000 + 2000 >= since
            for since, to in unheard
        ):
            continue
        mine = stays.get((call["uid"], call["queue"]), [])
        stay = mine.pop(0) if mine else None
        if stay is None or stay.wait_ms is None or abs(stay.wait_ms / 1000 - call["wait"]) > 1.001:
            yield f"{call['uid']} in {call['queue']}: {call['wait']} s logged, ours {stay and stay.wait_ms}"


def main(arguments: list[str]) -> int:
    """Run it, and say what came of it."""
    profile, seconds = arguments[0], int(arguments[1])
    folder = Path(arguments[2] if len(arguments) > 2 else tempfile.mkdtemp(prefix="floor-"))
    folder.mkdir(parents=True, exist_ok=True)
    result = watch(profile, seconds, folder)
    say: Callable[[str], int] = sys.stdout.write
    say(f"{profile}, {seconds} s: {result['contacts']} contacts; files in {folder}\n")
    for queue, true in result["truth"]["queues"].items():
        ours = result["report"]["queues"].get(queue)
        row = [f"{figure} {true[figure]}/{_figure(ours, place) if ours else 0}" for figure, place in COUNTS.items()]
        say(f"  {queue:10} " + "  ".join(row) + "\n")
    say(f"  gaps {result['gaps']}, filled {result['filled']}\n")
    for wrong in (*result["wrong"], *result["waits_wrong"]):
        say(f"  WRONG {wrong}\n")
    return bool(result["wrong"] or result["waits_wrong"])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
