"""A real Mosquitto on a free port of loopback, with the settings we ship; it can be killed and started again."""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import subprocess
import time
from pathlib import Path

REPOSITORY = Path(__file__).parents[2]
SHIPPED = REPOSITORY / "deploy/mosquitto"
STARTS_WITHIN_S = 60


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def adapted(text: str, folder: Path, port: int) -> str:
    """The shipped configuration, with its files in `folder` and this port."""
    text = text.replace("/etc/mosquitto/", f"{folder}/").replace("/var/lib/mosquitto/", f"{folder}/")
    return re.sub(r"^listener \d+", f"listener {port}", text, flags=re.MULTILINE)


class Mosquitto:
    """A broker. The shipped configuration by default; everything it writes is in `folder`."""

    def __init__(self, program: str, folder: Path, config: str | None = None, *, extra: str = "") -> None:
        self.port = free_port()
        self._program = program
        self._folder = folder
        self._log = folder / "mosquitto.log"
        self._process: subprocess.Popen[bytes] | None = None
        folder.mkdir(parents=True, exist_ok=True)
        text = (SHIPPED / "mosquitto.conf").read_text(encoding="utf-8") if config is None else config
        if os.getuid() == 0:
            extra += "user root\n"  # else it goes on as `mosquitto`, to whom the folders of tests are closed
        self._config = folder / "mosquitto.conf"
        self._config.write_text(adapted(text, folder, self.port) + extra, encoding="utf-8")

    def users(self, **passwords: str) -> None:
        """Write the password file, and the shipped list of rights beside it."""
        path = self._folder / "floorwatch.passwd"
        path.write_text("".join(f"{user}:{password}\n" for user, password in passwords.items()), encoding="utf-8")
        subprocess.run([self.companion("mosquitto_passwd"), "-U", str(path)], check=True, capture_output=True)
        path.chmod(0o644)
        shutil.copy(SHIPPED / "floorwatch.acl", self._folder)

    def companion(self, command: str) -> str:
        """A command of the same package."""
        found = shutil.which(command) or str(Path(self._program).parent.parent / "bin" / command)
        assert Path(found).exists(), found
        return found

    def start(self) -> None:
        """Start it, and wait until it listens."""
        assert self._process is None
        with self._log.open("ab") as out:
            self._process = subprocess.Popen(
                [self._program, "-c", str(self._config)], stdout=out, stderr=subprocess.STDOUT
            )
        until = time.monotonic() + STARTS_WITHIN_S
        while time.monotonic() < until:
            assert self._process.poll() is None, self.said()
            try:
                socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
            except OSError:
                time.sleep(0.05)
            else:
                return
        raise AssertionError(f"it does not listen: {self.said()}")

    def kill(self) -> None:
        """End it as a power cut would."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        """End it in peace; nothing when it does not run."""
        if self._process is not None:
            self._end(signal.SIGTERM)

    def pause(self) -> None:
        """It is there, and silent."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)

    def go_on(self) -> None:
        """It speaks again."""
        assert self._process is not None
        self._process.send_signal(signal.SIGCONT)

    def said(self) -> str:
        """Its log."""
        return self._log.read_text(encoding="utf-8", errors="replace")

    def _end(self, number: int) -> None:
        assert self._process is not None
        self._process.send_signal(number)
        self._process.send_signal(signal.SIGCONT)
        self._process.wait(timeout=15)
        self._process = None
