"""What is in deploy/: no container runs here, so the files are read, and their parts tried out, as far as that goes."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from floorwatch.config import load_config
from floorwatch.serve.auth import hash_of

Services = dict[str, dict[str, Any]]


@pytest.fixture(scope="module")
def deploy(repository: Path) -> Path:
    """The folder."""
    return repository / "deploy"


@pytest.fixture(scope="module")
def services(deploy: Path) -> Services:
    """Those of compose.yaml."""
    read: Services = yaml.safe_load((deploy / "compose.yaml").read_text(encoding="utf-8"))["services"]
    return read


@pytest.fixture(scope="module")
def secrets(tool: Callable[[str], str], deploy: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What secrets.sh makes, with this floorwatch and the broker of this machine in the place of their images."""
    tool("mosquitto_passwd")
    folder = tmp_path_factory.mktemp("deploy") / "secrets"
    floorwatch = f"{sys.executable} -m floorwatch"
    environment = os.environ | {
        "SECRETS": str(folder),
        "FLOORWATCH": floorwatch,
        "MOSQUITTO": "env",
        "PYTHONPATH": str(deploy.parent),
    }
    script = ["sh", str(deploy / "compose/secrets.sh")]
    subprocess.run(script, env=environment, check=True, capture_output=True)
    again = subprocess.run(script, env=environment, check=False, capture_output=True, text=True)
    assert (again.returncode, "is there already" in again.stderr) == (1, True)
    return folder


def test_every_port_is_this_machines_own(services: Services) -> None:
    """What is published is published on loopback, each port once; images have a version."""
    ports = [port for service in services.values() for port in service["ports"]]
    assert len(ports) == len(set(ports)) == len(services) == 5
    assert all(re.fullmatch(r"127\.0\.0\.1:(\d+):\1", port) for port in ports)
    images = {name: service["image"] for name, service in services.items() if name != "floorwatch"}
    assert all(re.search(r":v?\d+\.\d+\.\d+$", image) for image in images.values())
    assert all(service["cap_drop"] == ["ALL"] and service["read_only"] for service in services.values())


def test_everything_that_is_mounted_exists(services: Services, deploy: Path, secrets: Path) -> None:
    """Each mounted file is in the repository, or made by secrets.sh; each volume is declared."""
    volumes = yaml.safe_load((deploy / "compose.yaml").read_text(encoding="utf-8"))["volumes"]
    for service in services.values():
        for mount in service["volumes"]:
            source = mount.split(":")[0]
            if source.startswith("./secrets/"):
                assert (secrets / source.removeprefix("./secrets/")).is_file(), mount
            elif source.startswith("."):
                assert (deploy / source).exists(), mount
            else:
                assert source in volumes, mount


def test_the_secrets_fit_each_other(secrets: Path, deploy: Path) -> None:
    """The configuration is good with them, its hashes are those of the tokens, and nobody else may enter the folder."""
    shutil.copy(deploy / "compose/floorwatch.yaml", secrets)
    config = load_config(secrets / "floorwatch.yaml")
    for name, file in (("prometheus", "metrics.token"), ("supervisor", "supervisor.token")):
        assert config.http.tokens[name].hash == hash_of((secrets / file).read_text(encoding="utf-8").strip())
    users = (secrets / "floorwatch.passwd").read_text(encoding="utf-8").splitlines()
    assert [line.split(":")[0] for line in users] == ["floorwatch", "pbx"]
    assert secrets.stat().st_mode & 0o077 == 0


def test_the_broker_listens_in_its_container(services: Services, deploy: Path) -> None:
    """The command of compose.yaml changes two lines of the shipped settings, and no other."""
    sed = re.match(r"(sed .*) /etc/mosquitto/shipped.conf >", services["mosquitto"]["command"][2])
    assert sed
    shipped = deploy / "mosquitto/mosquitto.conf"
    done = subprocess.run([*shlex.split(sed[1]), str(shipped)], check=True, capture_output=True, text=True)
    pairs = zip(shipped.read_text(encoding="utf-8").splitlines(), done.stdout.splitlines(), strict=True)
    assert [new for old, new in pairs if new != old] == ["persistence_location /mosquitto/data/", "listener 1883"]


def test_the_image_installs_what_is_locked_and_is_not_root(deploy: Path) -> None:
    """Hash-checked packages, a user without rights, a check of its health; what it copies is let into the build."""
    text = (deploy / "Containerfile").read_text(encoding="utf-8")
    assert "--require-hashes -r /requirements.lock" in text
    assert re.search(r"^USER 10001:10001$", text, re.MULTILINE)
    assert "/-/healthy" in text
    copied = re.findall(r"^COPY (?!--from)(\S+)", text, re.MULTILINE)
    ignored = (deploy.parent / ".dockerignore").read_text(encoding="utf-8")
    assert all((deploy.parent / name).exists() and f"\n!{name}\n" in ignored for name in copied)


def test_the_unit_is_in_order(deploy: Path, tmp_path: Path) -> None:
    """systemd finds nothing wrong with the unit, and little that it could do to the machine."""
    analyze = shutil.which("systemd-analyze")
    if analyze is None:
        pytest.skip("no systemd-analyze here; it comes with: sudo apt-get install -y systemd")
    text = (deploy / "floorwatch.service").read_text(encoding="utf-8")
    unit = tmp_path / "floorwatch.service"
    unit.write_text(text.replace("/opt/floorwatch/bin/floorwatch", sys.executable), encoding="utf-8")
    done = subprocess.run([analyze, "verify", str(unit)], check=False, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    command = [analyze, "security", "--offline=true", "--threshold=20", str(unit)]
    assert subprocess.run(command, check=False, capture_output=True).returncode == 0
