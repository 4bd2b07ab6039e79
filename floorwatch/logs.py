"""Structured logs: one line an event, on stderr; JSON for machines, columns on a terminal."""

from __future__ import annotations

import logging
import sys
from datetime import UTC, datetime
from typing import Literal, TextIO

import structlog
from structlog.typing import EventDict, WrappedLogger

from floorwatch.clock import WallClock

LogFormat = Literal["auto", "json", "console"]

_clock = WallClock()


def configure_logs(form: LogFormat = "auto", level: str = "info", stream: TextIO | None = None) -> None:
    """Set up logging of the whole process, libraries included. Call once, before the first line is logged.

    `form` `auto` is `console` on a terminal and `json` elsewhere. Libraries are heard from `warning` on.
    """
    stream = stream or sys.stderr
    json = form == "json" or (form == "auto" and not stream.isatty())
    ours: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.ExtraAdder(),
        _stamp,
    ]
    shape: list[structlog.typing.Processor]
    if json:
        renderer = structlog.processors.JSONRenderer(ensure_ascii=False)
        shape = [structlog.processors.format_exc_info, _familiar_order, renderer]
    else:
        # Plain tracebacks: the pretty ones print local variables, and with them callers' numbers.
        plain = structlog.dev.plain_traceback
        shape = [structlog.dev.ConsoleRenderer(colors=stream.isatty(), timestamp_key="time", exception_formatter=plain)]
    handler = logging.StreamHandler(stream)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=ours, processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *shape]
        )
    )
    logging.basicConfig(handlers=[handler], level=logging.WARNING, force=True)
    logging.getLogger("floorwatch").setLevel(level.upper())
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *ours,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )


def _stamp(_logger: WrappedLogger, _level: str, event: EventDict) -> EventDict:
    now = datetime.fromtimestamp(_clock.now_ms() / 1000, UTC)
    event["time"] = now.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return event


def _familiar_order(_logger: WrappedLogger, _level: str, event: EventDict) -> EventDict:
    first = {key: event.pop(key) for key in ("time", "level", "logger", "event") if key in event}
    return {**first, **event}
