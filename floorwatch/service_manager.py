"""What systemd is told of us, where it has started us: that we are ready, that we live, that we end.

The protocol of `sd_notify(3)`: a line for each fact, in one datagram to the socket that the environment names.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
from collections.abc import Mapping

import structlog

from floorwatch.vitals import Part, Vitals

LOOK_S = 5.0
"""Without a watchdog of the service manager the status line is looked at so often."""

log = structlog.get_logger("floorwatch.service_manager")


class ServiceManager:
    """Says it; nothing where nobody asked to be told."""

    def __init__(self, environment: Mapping[str, str] = os.environ) -> None:
        """`environment` is that of the process."""
        self._address = environment.get("NOTIFY_SOCKET", "")
        asked_us = environment.get("WATCHDOG_USEC", "")
        is_for_us = environment.get("WATCHDOG_PID", str(os.getpid())) == str(os.getpid())
        self._within_s = int(asked_us) / 1e6 if asked_us.isdigit() and is_for_us else 0.0
        """It wants a sign of life within so long; 0: none."""

    def say(self, *facts: str) -> None:
        """Say `READY=1` and the like. That nobody hears it is no reason to stop."""
        if not self._address:
            return
        # One that begins with @ is in no folder: the kernel calls it by a leading zero byte.
        address = "\0" + self._address[1:] if self._address.startswith("@") else self._address
        with contextlib.closing(socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC)) as line:
            line.setblocking(False)
            try:
                line.sendto("\n".join(facts).encode(), address)
            except OSError as wrong:
                log.warning("service_manager_not_told", why=str(wrong))

    async def run(self, vitals: Vitals) -> None:
        """Say that we are ready; then give signs of life until cancelled; then say that we end.

        None is given while a new process would mend what is wrong: the service manager then starts one.
        """
        if not self._address:
            await asyncio.Event().wait()
        self.say("READY=1")
        said: dict[Part, str] | None = None
        try:
            while True:
                standing = vitals.look()
                facts = [] if standing == said else [f"STATUS={_status(standing)}"]
                said = standing
                if self._within_s and not vitals.needs_restart:
                    facts.append("WATCHDOG=1")
                if facts:
                    self.say(*facts)
                await asyncio.sleep(self._within_s / 3 or LOOK_S)
        finally:
            self.say("STOPPING=1")


def _status(standing: Mapping[Part, str]) -> str:
    """One line for `systemctl status`."""
    return "; ".join(f"{part}: {why}" for part, why in standing.items()).replace("\n", " ") or "all parts move"
