"""What the live tests share: a real broker, started and ended for each test."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.live.hearing import SECRETS
from tests.live.mosquitto import Mosquitto

Start = Callable[..., Mosquitto]


@pytest.fixture
def certificate(tool: Callable[[str], str], tmp_path: Path) -> tuple[Path, Path]:
    """A certificate for 127.0.0.1 that only who is told to will trust, and its key."""
    certificate, key = tmp_path / "certificate.pem", tmp_path / "key.pem"
    new = [tool("openssl"), "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
    subject = ["-days", "2", "-subj", "/CN=broker", "-addext", "subjectAltName=IP:127.0.0.1"]
    subprocess.run([*new, *subject, "-keyout", str(key), "-out", str(certificate)], check=True, capture_output=True)
    return certificate, key


@pytest.fixture
def start(tool: Callable[[str], str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Start]:
    """Starts brokers, with the shipped configuration and users unless told otherwise, and ends them."""
    monkeypatch.setenv("PATH", f"{os.environ['PATH']}:/usr/sbin")  # where Debian puts it, and users do not look
    program = tool("mosquitto")
    brokers: list[Mosquitto] = []

    def start_one(**options: Any) -> Mosquitto:
        broker = Mosquitto(program, tmp_path / f"broker{len(brokers)}", **options)
        broker.users(**SECRETS)
        broker.start()
        brokers.append(broker)
        return broker

    yield start_one
    for broker in brokers:
        broker.stop()
