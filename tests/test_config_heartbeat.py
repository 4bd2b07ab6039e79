"""`heartbeat:` as people type it: what it means, and each mistake with its way out."""

from __future__ import annotations

from pathlib import Path

import pytest

from floorwatch.config import Config, ConfigError, load_config
from floorwatch.config.summary import summary


def loaded(folder: Path, heartbeat: str) -> Config:
    path = folder / "floorwatch.yaml"
    path.write_text(f"heartbeat: {heartbeat}\n", encoding="utf-8")
    return load_config(path)


@pytest.mark.parametrize(
    ("typed", "key", "words"),
    [
        ("{every: 30s}", "heartbeat", "needs the 'url' to call"),
        ("{url: ftp://m.example/x}", "heartbeat.url", "must be an address such as"),
        ("{url: 'https://me:hush@m.example/x'}", "heartbeat.url", "holds a user or a password"),
        ("{url: 'https://m.example/x', url_file: beat.url}", "heartbeat.url", "is given twice"),
        ("{url: 'https://m.example/x', every: 500ms}", "heartbeat.every", "must be from 1s to 1h"),
        ("{url: 'https://m.example/x', every: 2h}", "heartbeat.every", "must be from 1s to 1h"),
        ("{url: 'https://m.example/x', every: 3s}", "heartbeat.timeout", "must be from 100ms to 'every', 3s"),
        ("{url: 'https://m.example/x', timeout: 10ms}", "heartbeat.timeout", "must be from 100ms"),
        ("{url: 'https://m.example/x', method: HEAD}", "heartbeat.method", "must be one of 'GET', 'POST'"),
    ],
)
def test_what_cannot_be_meant_is_refused(tmp_path: Path, typed: str, key: str, words: str) -> None:
    """With its key, and what to write instead."""
    with pytest.raises(ConfigError) as refused:
        loaded(tmp_path, typed)
    (problem,) = refused.value.problems
    assert (problem.key, problem.line) == (key, 1)
    assert words in problem.text


def test_the_address_may_stand_in_a_file_beside_the_configuration(tmp_path: Path) -> None:
    """It is a secret: whoever has it can speak for us. The summary says that there is one, and not which."""
    (tmp_path / "beat.url").write_text("https://m.example/ping/hush\n", encoding="utf-8")
    config = loaded(tmp_path, "{url_file: beat.url, every: 2m}")
    assert config.heartbeat.address() == "https://m.example/ping/hush"
    assert "heartbeat  every 2 min" in summary(config)
    assert "m.example" not in summary(config)
    assert "note" not in summary(config)
    (tmp_path / "beat.url").unlink()
    assert f"note       heartbeat.url_file: {tmp_path / 'beat.url'} cannot be read here" in summary(config)
    assert not loaded(tmp_path, "").heartbeat.is_wanted


@pytest.mark.parametrize(
    ("content", "words"), [(b"", "must be an address"), (b"hush", "must be an address"), (b"\xff\xfe", "is no text")]
)
def test_a_file_that_holds_no_address_says_so_without_quoting_it(tmp_path: Path, content: bytes, words: str) -> None:
    """The daemon then does not start, as with any secret that cannot be read."""
    (tmp_path / "beat.url").write_bytes(content)
    with pytest.raises(OSError, match=words) as refused:
        loaded(tmp_path, "{url_file: beat.url}").heartbeat.address()
    assert "hush" not in str(refused.value)
    assert refused.value.filename == str(tmp_path / "beat.url")
