"""A real Prometheus on loopback that scrapes and evaluates every second and tells an Alertmanager."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from tests.live.mosquitto import free_port
from tests.live.started import Started


def _config(exporter_port: int, alertmanager_port: int, rules: Path) -> dict[str, Any]:
    return {
        "global": {"scrape_interval": "1s", "scrape_timeout": "1s", "evaluation_interval": "1s"},
        "rule_files": [str(rules)],
        "scrape_configs": [
            {"job_name": "floor", "static_configs": [{"targets": [f"127.0.0.1:{exporter_port}"]}]},
        ],
        "alerting": {
            "alertmanagers": [{"static_configs": [{"targets": [f"127.0.0.1:{alertmanager_port}"]}]}],
        },
    }


class Prometheus(Started):
    """One server; what it writes is in `folder`. `rules` maps the name of an alert to its expression; none is held."""

    def __init__(
        self, program: str, folder: Path, *, exporter_port: int, alertmanager_port: int, rules: dict[str, str]
    ) -> None:
        self.port = free_port()
        folder.mkdir(parents=True, exist_ok=True)
        alerts = [{"alert": name, "expr": expression} for name, expression in rules.items()]
        rule_file, config = folder / "rules.yml", folder / "prometheus.yml"
        rule_file.write_text(yaml.safe_dump({"groups": [{"name": "floor", "rules": alerts}]}), encoding="utf-8")
        config.write_text(yaml.safe_dump(_config(exporter_port, alertmanager_port, rule_file)), encoding="utf-8")
        command = [
            program,
            f"--config.file={config}",
            f"--storage.tsdb.path={folder / 'data'}",
            f"--web.listen-address=127.0.0.1:{self.port}",
        ]
        super().__init__(command, f"http://127.0.0.1:{self.port}", "/-/ready", folder / "prometheus.log")
