"""Logs: one line an event, with its fields, and nothing of what must not be kept."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator

import pytest
import structlog

from floorwatch.logs import LogFormat, configure_logs


@pytest.fixture(autouse=True)
def as_it_was() -> Iterator[None]:
    """The logging of the test run itself comes back afterwards."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    structlog.reset_defaults()
    root.handlers[:], root.level = handlers, level


def logged(form: LogFormat) -> str:
    """What four lines look like: one of ours, one below the level, two of a library."""
    stream = io.StringIO()
    configure_logs(form, stream=stream)
    ours = structlog.get_logger("floorwatch.test_logs")
    ours.info("source.up", source="pbx", queue="售后")
    ours.debug("too much")
    logging.getLogger("library").info("chatter")
    logging.getLogger("library").warning("odd request from %s", "somewhere")
    caller = "0155501 23"
    try:
        raise ValueError(len(caller))
    except ValueError:
        ours.exception("broke")
    return stream.getvalue()


def test_json_is_one_object_a_line() -> None:
    """Time, level, logger and event come first; fields keep their names and their letters; libraries look the same."""
    lines = [json.loads(line) for line in logged("json").splitlines()]
    assert [line["event"] for line in lines] == ["source.up", "odd request from somewhere", "broke"]
    assert list(lines[0]) == ["time", "level", "logger", "event", "source", "queue"]
    assert (lines[0]["level"], lines[0]["logger"], lines[0]["queue"]) == ("info", "floorwatch.test_logs", "售后")
    assert lines[0]["time"].endswith("Z")
    assert "ValueError: 10" in lines[2]["exception"]


@pytest.mark.parametrize("form", ["json", "console"])
def test_a_traceback_never_shows_local_variables(form: LogFormat) -> None:
    """They hold callers' numbers."""
    text = logged(form)
    assert "ValueError: 10" in text
    assert "0155501 23" not in text


def test_what_is_no_terminal_gets_json() -> None:
    """A service's log is read by machines."""
    assert json.loads(logged("auto").splitlines()[0])["event"] == "source.up"
