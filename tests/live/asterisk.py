"""A real Asterisk on loopback, for tests: Debian's packages in a folder of their own, entered with chroot.

Nobody has a phone. Callers and agents are `Local` channels: one half is in the queue, or rung by it; the other half
runs a few lines of dialplan that do what a person does. What they do is in the name: callers `w50` wait 5 s and hang
up, `k20` press 1 after 2 s; agents `a1…` answer after a moment, `r1…` let it ring, `b1…` refuse.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import pytest

from tests.conftest import IN_CI, REPOSITORY
from tests.live.control import Control

SECRET = "a-secret-of-tests"
UNPACK = REPOSITORY / "tests/live/unpack-switch.sh"
START_S = 60.0

MODULES = """app_dial app_queue app_senddtmf bridge_builtin_features bridge_simple codec_ulaw format_pcm pbx_config
res_musiconhold res_timing_timerfd""".split()

PROMPTS = ("pbx-transfer", "beep", "beeperr", "pbx-invalid")
"""What a transfer plays."""

DIALPLAN = """
[enter]
exten => go,1,Answer()
 same => n,Queue(${queue},tT,,,${limit})
 same => n,Wait(0.3)
 same => n,Hangup()
[callers]
exten => _w.,1,Answer()
 same => n,Wait($[${EXTEN:1} / 10.0])
 same => n,Hangup()
exten => _k.,1,Answer()
 same => n,Wait($[${EXTEN:1} / 10.0])
 same => n,SendDTMF(1)
 same => n,Wait(20)
[exits]
exten => 1,1,Wait(0.3)
 same => n,Hangup()
[agents]
exten => _a.,1,Ringing()
 same => n,Wait(0.3)
 same => n,Answer()
 same => n,MusicOnHold(default,60)
exten => _r.,1,Ringing()
 same => n,Wait(60)
exten => _b.,1,Wait(0.2)
 same => n,Hangup(17)
[elsewhere]
exten => _7X,1,Answer()
 same => n,Wait(20)
"""


def switch_folder() -> Path:
    """The folder with the packages, unpacked now if need be. Without it: skip where it may be missing, else fail."""
    folder = os.environ.get("FLOORWATCH_SWITCH_DIR") or Path.home() / ".cache/floorwatch-switch"
    made = subprocess.run(["sh", UNPACK], capture_output=True, text=True, check=False)
    if made.returncode == 0 and os.getuid() == 0:
        return Path(folder)
    reason = made.stderr.strip() or f"only root can enter the switch's folder: sudo make test (it is in {folder})"
    if os.getuid() == 0 and IN_CI:
        pytest.fail(reason)
    pytest.skip(reason)


class Asterisk:
    """One switch: its configuration, its process, its queue_log."""

    def __init__(self, root: Path, queues: str, *, systemname: str, manager: str, tls: bool) -> None:
        self._root = root
        self.home = Path(tempfile.mkdtemp(prefix="floorwatch-", dir=root / "run"))
        self._inside = "/" + str(self.home.relative_to(root))
        self.port, self.tls_port = _free_port(), _free_port()
        self._process: subprocess.Popen[bytes] | None = None
        for folder in ("db", "lib", "log", "spool", "run", "moh", "data/sounds/en"):
            (self.home / folder).mkdir(parents=True)
        shutil.copytree(root / "usr/share/asterisk/documentation", self.home / "data/documentation", symlinks=True)
        for sound in ("moh/quiet", *(f"data/sounds/en/{prompt}" for prompt in PROMPTS)):
            (self.home / f"{sound}.ulaw").write_bytes(b"\xff" * 800)
        if tls:
            self.certificate = _certificate(self.home)
        self._configure(queues, systemname, manager, tls=tls)

    def write(self, name: str, text: str) -> None:
        """One file of the configuration."""
        (self.home / name).write_text(text, encoding="utf-8")

    def _configure(self, queues: str, systemname: str, manager: str, *, tls: bool) -> None:
        inside = self._inside
        modules = next((self._root / "usr/lib").glob("*/asterisk/modules"))
        folders = {"etc": "", "db": "/db", "varlib": "/lib", "data": "/data", "spool": "/spool", "run": "/run"}
        folders |= {"log": "/log", "key": "/lib", "agi": "/lib", "cache": "/run"}
        directories = {f"ast{name}dir": inside + folder for name, folder in folders.items()}
        directories["astmoddir"] = "/" + str(modules.relative_to(self._root))
        options = {"nocolor": "yes", "systemname": systemname} if systemname else {"nocolor": "yes"}
        self.write("asterisk.conf", _section("directories", directories) + _section("options", options))
        loads = "".join(f"load = {module}.so\n" for module in MODULES)
        self.write("modules.conf", f"[modules]\nautoload = no\n{loads}")
        self.write("logger.conf", "[general]\nqueue_log_to_file = yes\n[logfiles]\nmessages => notice,warning,error\n")
        self.write("extensions.conf", DIALPLAN)
        self.write("queues.conf", queues)
        self.write("musiconhold.conf", f"[default]\nmode = files\ndirectory = {inside}/moh\n")
        self.write("features.conf", "[featuremap]\natxfer = *2\n")
        secure = {"tlsenable": "yes", "tlsbindaddr": f"127.0.0.1:{self.tls_port}", "tlscertfile": f"{inside}/tls.pem"}
        general = {"enabled": "yes", "bindaddr": "127.0.0.1", "port": self.port, "timestampevents": "yes"}
        control = {"secret": SECRET, "read": "all", "write": "all"}
        users = manager or _section("floorwatch", {"secret": SECRET, "read": "all", "write": "all"})
        start = _section("general", general | (secure if tls else {}))
        self.write("manager.conf", start + _section("control", control) + users)
        self.write("cdr.conf", "[general]\nenable = no\n")
        for empty in ("acl", "ccss", "cel", "http", "indications", "stasis", "udptl"):
            self.write(f"{empty}.conf", "")

    def start(self) -> None:
        """Start it, and wait until its queues are there."""
        conf = f"{self._inside}/asterisk.conf"
        with (self.home / "console").open("wb") as console:
            self._process = subprocess.Popen(
                ["chroot", self._root, "/usr/sbin/asterisk", "-f", "-C", conf], stdout=console, stderr=console
            )
        deadline = time.monotonic() + START_S
        while "QUEUESTART" not in self.queue_log() or not _answers(self.port):
            if self._process.poll() is not None or time.monotonic() > deadline:
                pytest.fail(f"Asterisk did not start: {(self.home / 'console').read_text(errors='replace')[-2000:]}")
            time.sleep(0.05)

    def stop(self) -> None:
        """End it, whatever it is doing, and forget it."""
        if self._process is not None:
            self._process.terminate()
            try:
                self._process.wait(10)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        shutil.rmtree(self.home, ignore_errors=True)

    def kill(self) -> None:
        """Gone, without a word."""
        assert self._process is not None
        self._process.kill()
        self._process.wait()

    @asynccontextmanager
    async def people(self) -> AsyncIterator[Control]:
        """Make people work and call; at the end whoever is left goes home."""
        control = Control(self.port, SECRET)
        await control.connect()
        try:
            yield control
        finally:
            await control.connect()  # whatever has become of the connection
            await control.send_home()
            await control.close()

    def queue_log(self) -> str:
        """The switch's own record of what happened."""
        path = self.home / "log/queue_log"
        return path.read_text(encoding="utf-8") if path.exists() else ""


@contextmanager
def running(queues: str, *, systemname: str = "", manager: str = "", tls: bool = False) -> Iterator[Asterisk]:
    """A switch with this queues.conf, until the block ends. `manager`: the section of the user floorwatch."""
    switch = Asterisk(switch_folder(), queues, systemname=systemname, manager=manager, tls=tls)
    try:
        switch.start()
        yield switch
    finally:
        switch.stop()


def _section(name: str, settings: Mapping[str, object]) -> str:
    return "\n".join([f"[{name}]", *(f"{key} = {value}" for key, value in settings.items()), ""])


def _certificate(home: Path) -> Path:
    """A certificate for 127.0.0.1 that signs itself; with its key in tls.pem for the switch."""
    key, certificate = home / "key.pem", home / "certificate.pem"
    command = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=127.0.0.1"
    names = ["-addext", "subjectAltName=IP:127.0.0.1", "-keyout", str(key), "-out", str(certificate)]
    subprocess.run([*command.split(), *names], check=True, capture_output=True)
    (home / "tls.pem").write_bytes(key.read_bytes() + certificate.read_bytes())
    return certificate


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port


def _answers(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
    except OSError:
        return False
    return True
