"""A real Alertmanager on loopback that passes on what it is told at once; alone, or with peers."""

from __future__ import annotations

import json
import urllib.request
from pathlib import Path
from typing import Any

import yaml

from tests.live.mosquitto import free_port
from tests.live.started import Started


def _config(webhook: str, group_by: list[str]) -> dict[str, Any]:
    """Told once and at once: no wait for a group, and what changes in one is told after a second."""
    receiver: dict[str, Any] = {"name": "web"}
    if webhook:
        receiver["webhook_configs"] = [{"url": webhook, "send_resolved": True}]
    route = {
        "receiver": "web",
        "group_by": group_by,
        "group_wait": "0s",
        "group_interval": "1s",
        "repeat_interval": "4h",
    }
    return {"route": route, "receivers": [receiver]}


class Alertmanager(Started):
    """One server; what it writes is in `folder`. `webhook` is where it sends, empty for nowhere.

    With `peers` (their `cluster_port`) it forms a cluster, else it has no cluster port at all.
    """

    def __init__(
        self,
        program: str,
        folder: Path,
        webhook: str = "",
        *,
        group_by: tuple[str, ...] = ("...",),
        is_clustered: bool = False,
        peers: tuple[int, ...] = (),
    ) -> None:
        self.port = free_port()
        self.cluster_port = free_port() if is_clustered else 0
        folder.mkdir(parents=True, exist_ok=True)
        config = folder / "alertmanager.yml"
        config.write_text(yaml.safe_dump(_config(webhook, list(group_by))), encoding="utf-8")
        cluster = f"127.0.0.1:{self.cluster_port}" if is_clustered else ""
        command = [
            program,
            f"--config.file={config}",
            f"--storage.path={folder / 'data'}",
            f"--web.listen-address=127.0.0.1:{self.port}",
            f"--cluster.listen-address={cluster}",
            *(f"--cluster.peer=127.0.0.1:{port}" for port in peers),
        ]
        if is_clustered:
            command += [f"--cluster.advertise-address={cluster}", "--cluster.settle-timeout=0s"]
        super().__init__(command, f"http://127.0.0.1:{self.port}", "/-/ready", folder / "alertmanager.log")

    def alerts(self) -> list[dict[str, Any]]:
        """What fires, as its own API (v2) says."""
        return _answer(f"{self.address}/api/v2/alerts")  # type: ignore[no-any-return]

    def peers(self) -> int:
        """How many servers it knows in its cluster, itself included; 0 without a cluster."""
        return len(_answer(f"{self.address}/api/v2/status")["cluster"].get("peers", ()))


def _answer(address: str) -> Any:
    with urllib.request.urlopen(address, timeout=5) as answer:
        return json.load(answer)
