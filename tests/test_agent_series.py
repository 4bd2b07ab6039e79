"""Single agents in the metrics: nobody by default; under pseudonyms or names where wanted, and gone at log-out."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from floorwatch.agent_series import AgentSeries, pseudonym
from floorwatch.config import ConfigError, load_config
from floorwatch.config.metrics import Metrics
from floorwatch.config.summary import summary
from floorwatch.engine import Engine
from floorwatch.floor.events import AgentState, AgentStateChanged
from floorwatch.floor.settings import Settings

T0_MS = 1_772_500_500_000


def engine_of(**states: AgentState) -> Engine:
    """Agents who have just reported these states."""
    engine = Engine(Settings())
    say(engine, **states)
    return engine


def say(engine: Engine, **states: AgentState) -> None:
    at = max(engine.now, T0_MS) + 1_000
    engine.advance(at)
    for agent, state in states.items():
        engine.apply(AgentStateChanged(time=at, source="pbx", agent=agent, state=state))


def test_nobody_is_told_of_by_default() -> None:
    """Without a word in the configuration there is no series of an agent, and none that was left out."""
    series = AgentSeries(engine_of(A17="available"), Metrics())
    assert list(series.present()) == []
    assert series.dropped == 0


def test_who_logs_out_is_gone() -> None:
    """What each does under their name; offline is no activity to show, and who comes back is back."""
    engine = engine_of(A17="available", A18="busy", A19="offline")
    series = AgentSeries(engine, Metrics(per_agent="id"))
    assert dict(series.present()) == {"A17": "available", "A18": "busy"}
    say(engine, A17="offline", A19="available")
    assert dict(series.present()) == {"A18": "busy", "A19": "available"}


def test_those_above_the_limit_are_left_out_and_counted() -> None:
    """Each that is left out of a scrape counts once there; who was seen first stays."""
    engine = engine_of(A17="available", A18="busy", A19="available", A20="offline")
    series = AgentSeries(engine, Metrics(per_agent="id", agents_max=2))
    assert list(series.present()) == [("A17", "available"), ("A18", "busy")]
    assert series.dropped == 1
    assert len(list(series.present())) == 2
    assert series.dropped == 2


def test_a_pseudonym_names_nobody_and_cannot_be_guessed(tmp_path: Path) -> None:
    """Of each start its own, unless there is a key; with the key the same again; another key is another."""
    engine, key = engine_of(A17="available"), tmp_path / "metrics.key"
    key.write_text("a secret of ours\n", encoding="utf-8")

    def told(said: Metrics) -> str:
        ((name, activity),) = AgentSeries(engine, said).present()
        assert activity == "available"
        assert re.fullmatch("[0-9a-f]{16}", name)
        return name

    rolled, kept = Metrics(per_agent="pseudonym"), Metrics(per_agent="pseudonym", key_file=key)
    assert told(rolled) != told(rolled)
    assert told(kept) == told(kept) == pseudonym(b"a secret of ours", "A17")
    assert pseudonym(b"another", "A17") != told(kept)
    assert pseudonym(b"a secret of ours", "A18") != told(kept)


def test_an_empty_key_is_no_key(tmp_path: Path) -> None:
    """A file that holds nothing is said, and not taken for a secret that everybody could guess."""
    key = tmp_path / "metrics.key"
    key.write_text("\n", encoding="utf-8")
    with pytest.raises(OSError, match="is empty"):
        AgentSeries(engine_of(), Metrics(per_agent="pseudonym", key_file=key))


@pytest.mark.parametrize(
    ("typed", "key", "words"),
    [
        ("metrics: {per_agent: id}", "metrics.per_agent", "set 'individuals: true', or use 'pseudonym'"),
        ("metrics: {per_agent: 'on'}", "metrics.per_agent", "must be one of 'off', 'pseudonym', 'id'"),
        ("metrics: {agents_max: 0}", "metrics.agents_max", "greater than or equal to 1"),
        ("metrics: {key_file: k}", "metrics.key_file", "is only for 'per_agent: pseudonym'"),
        ("metrics: {per_agents: id}", "metrics.per_agents", "did you mean 'per_agent'"),
    ],
)
def test_what_is_wrong_is_named_with_the_way_out(tmp_path: Path, typed: str, key: str, words: str) -> None:
    """Names need the key that allows them; everything else as in any section."""
    path = tmp_path / "floorwatch.yaml"
    path.write_text(typed, encoding="utf-8")
    with pytest.raises(ConfigError) as refused:
        load_config(path)
    (problem,) = refused.value.problems
    assert problem.key == key
    assert words in problem.text


def test_check_config_says_who_is_told_of(tmp_path: Path) -> None:
    """What is personal is said in a line of its own; a key that cannot be read, too; of what is off, nothing."""
    path = tmp_path / "floorwatch.yaml"
    path.write_text("individuals: true\nmetrics: {per_agent: id, agents_max: 20}", encoding="utf-8")
    assert "metrics    each agent by id, 20 at most" in summary(load_config(path))
    path.write_text("metrics: {per_agent: pseudonym, key_file: none.key}", encoding="utf-8")
    assert f"metrics.key_file: {tmp_path / 'none.key'} cannot be read here" in summary(load_config(path))
    path.write_text("", encoding="utf-8")
    assert "metrics" not in summary(load_config(path))
