"""Where shift reports go, as people type it: what cannot be is named with the way out."""

from __future__ import annotations

from pathlib import Path

import pytest

from floorwatch.config import ConfigError, load_config
from floorwatch.config.summary import summary

OUTPUTS = """
outputs:
  letters: {type: mail, host: m, sender: f@example.com, to: [l@example.com], audience: lead}
  group: {type: webhook, url: 'http://desk/hook'}
  persons: {type: mail, host: n, sender: f@example.com, audience: lead, only_oncall: true}
  lamp: {type: tower, url: 'http://lamp/api/control'}
"""

ROTA = "people: {A17: }\nrotas: {north: {layers: [{people: [A17]}]}}\n"


def config_of(folder: Path, reports: str) -> Path:
    path = folder / "floorwatch.yaml"
    path.write_text(f"{OUTPUTS}shift_reports: {{{reports}}}\n", encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("reports", "key", "words"),
    [
        ("outputs: [leters]", "outputs.0", "there is no output 'leters'; did you mean 'letters'?"),
        ("outputs: [letters, lamp]", "outputs.1", "an output of type tower carries no reports"),
        ("outputs: [persons]", "outputs.0", "say who reads it, outputs.persons.to"),
        ("outputs: [group]", "outputs.0", "names who was on call: say outputs.group.audience: lead"),
        ("keep: 1h", "keep", "must be at least 1d"),
        ("language: de", "language", "must be one of 'en', 'zh', 'both'"),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, reports: str, key: str, words: str) -> None:
    """The key, and what mends it."""
    with pytest.raises(ConfigError) as refused:
        load_config(config_of(tmp_path, reports))
    assert f"shift_reports.{key}" in str(refused.value)
    assert words in str(refused.value)


def test_what_is_right_reaches_the_core(tmp_path: Path) -> None:
    """The engine knows whom it owes reports; the folder lies beside the file."""
    config = load_config(config_of(tmp_path, "folder: shifts, outputs: [letters]"))
    assert config.settings().oncall.shift_outputs == ("letters",)
    assert config.shift_reports.folder == tmp_path / "shifts"
    said = load_config(config_of(tmp_path, f"folder: shifts, outputs: [letters]}}\n{ROTA}#"))
    shown = f"a report of each turn, filed in {tmp_path / 'shifts'} for 400 days and sent by letters"
    assert f"  shifts     {shown}" in summary(said).splitlines()
    assert load_config(config_of(tmp_path, "")).settings().oncall.shift_outputs == ()
