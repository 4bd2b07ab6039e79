"""Files that hold secrets: there, not empty, and nobody else's to read."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

from floorwatch.config import Config
from floorwatch.config.output_types import SECRET_ADDRESSES
from floorwatch.doctor.finding import Checkup, Finding, Findings, failed, ok, warned
from floorwatch.links import KEY_BYTES, KEY_FILE


def secret_files(config: Config) -> Iterator[tuple[str, Path]]:
    """(the key that names it, the file)."""
    sections = (("sources", config.sources), ("outputs", config.outputs), ("replies", config.replies))
    for section, named in sections:
        for name, one in named.items():
            for key in ("secret_file", "url_file"):
                if (path := getattr(one, key, None)) is not None:
                    yield f"{section}.{name}.{key}", path
    if config.metrics.key_file is not None:
        yield "metrics.key_file", config.metrics.key_file
    if config.heartbeat.url_file is not None:
        yield "heartbeat.url_file", config.heartbeat.url_file


def check_secrets(checkup: Checkup) -> Findings:
    """Every file of a secret, the key of links, and the configuration where it holds secrets itself."""
    for key, path in secret_files(checkup.config):
        yield _secret_file(key, path)
    link_key = checkup.config.store.path / KEY_FILE
    if link_key.exists():
        yield _link_key(link_key)
    typed = list(_typed_secrets(checkup.config))
    if typed and _others_may_read(checkup.file):
        text = f"holds {', '.join(typed)}, and others may read it"
        yield warned(str(checkup.file), text, f"chmod 600 {checkup.file}, or move them into files of their own")
    elif typed:
        yield ok(str(checkup.file), f"holds {', '.join(typed)}, for its owner only")


def _secret_file(key: str, path: Path) -> Finding:
    if not path.exists():
        return failed(key, f"{path} does not exist", "write the secret into it, or correct the path")
    if not os.access(path, os.R_OK):
        return failed(
            key, f"{path} cannot be read by this user", "run this as the user of the daemon, or chown the file"
        )
    if path.is_dir():
        return failed(key, f"{path} is a folder", "name the file")
    if not path.read_bytes().strip():
        return failed(key, f"{path} is empty", "write the secret into it")
    if _others_may_read(path):
        return warned(key, f"{path} can be read by others, too", f"chmod 600 {path}")
    return ok(key, f"{path} is its owner's only")


def _link_key(path: Path) -> Finding:
    if os.access(path, os.R_OK) and path.stat().st_size != KEY_BYTES:
        text = f"{path} does not hold the {KEY_BYTES} bytes that were written to it: the daemon does not start"
        return failed("the key of links", text, "bring it back, or delete it: then every link that was sent is refused")
    return _secret_file("the key of links", path)


def _others_may_read(path: Path) -> bool:
    return bool(path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO))


def _typed_secrets(config: Config) -> Iterator[str]:
    """Keys whose secret stands in the configuration itself."""
    for section, named in (("sources", config.sources), ("outputs", config.outputs), ("replies", config.replies)):
        yield from (
            f"{section}.{name}.secret" for name, one in named.items() if getattr(one, "secret", None) is not None
        )
    yield from (
        f"outputs.{name}.url"
        for name, one in config.outputs.items()
        if one.url is not None and one.type in SECRET_ADDRESSES
    )
    if config.heartbeat.url is not None:
        yield "heartbeat.url"
