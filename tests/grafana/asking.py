"""A real Prometheus with a simulated day in its storage, that scrapes a daemon as the bundled configuration says."""

from __future__ import annotations

import json
import shutil
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path
from typing import Any

import yaml

from tests.live.mosquitto import free_port
from tests.live.started import Started

BUNDLED = Path(__file__).parents[2] / "grafana" / "prometheus"


class Asking(Started):
    """One server on loopback; `data` holds blocks. It scrapes `floor` (host:port) every second with the token in a
    file, and keeps all rules."""

    def __init__(self, program: str, folder: Path, data: Path, floor: str, token: Path) -> None:
        port = free_port()
        config = yaml.safe_load((BUNDLED / "prometheus.yml").read_text(encoding="utf-8"))
        config["global"] = dict.fromkeys(("scrape_interval", "scrape_timeout", "evaluation_interval"), "1s")
        config.pop("alerting")
        (job,) = (job for job in config["scrape_configs"] if job["job_name"] == "floorwatch")
        job["authorization"]["credentials_file"] = str(token)
        job["static_configs"][0]["targets"] = [floor]
        config["scrape_configs"] = [job]
        shutil.copytree(BUNDLED / "rules", folder / "rules")
        for rules in (folder / "rules").iterdir():  # a minute is long for a test
            text = rules.read_text(encoding="utf-8").replace("interval: 1m", "interval: 1s")
            rules.write_text(text, encoding="utf-8")
        path = folder / "prometheus.yml"
        path.write_text(yaml.safe_dump(config), encoding="utf-8")
        command = [
            program,
            f"--config.file={path}",
            f"--storage.tsdb.path={data}",
            "--storage.tsdb.retention.time=100y",  # the day lies in the past
            f"--web.listen-address=127.0.0.1:{port}",
        ]
        super().__init__(command, f"http://127.0.0.1:{port}", "/-/ready", folder / "prometheus.log")

    def ask(self, what: str, **parameters: Any) -> Any:
        """What its API answers; fails with what it says where it refuses."""
        address = f"{self.address}/api/v1/{what}?{urllib.parse.urlencode(parameters)}"
        try:
            with urllib.request.urlopen(address, timeout=20) as answer:
                return json.load(answer)["data"]
        except urllib.error.HTTPError as wrong:
            raise AssertionError(f"{parameters}: {wrong.read().decode()}") from None

    def now(self, expr: str, at_s: float) -> list[dict[str, Any]]:
        """An instant query."""
        found: list[dict[str, Any]] = self.ask("query", query=expr, time=at_s)["result"]
        return found

    def over(self, expr: str, start_s: float, end_s: float, step_s: float) -> list[dict[str, Any]]:
        """A range query."""
        span = {"start": start_s, "end": end_s, "step": step_s}
        found: list[dict[str, Any]] = self.ask("query_range", query=expr, **span)["result"]
        return found
