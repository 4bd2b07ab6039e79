"""What the switch itself counts, as `QueueStatus` answers: one `QueueParams` a queue. Pure but for reading a file.

All counters run since the switch started (or its statistics were reset), and forget everything then.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import NamedTuple

import msgspec


class SwitchQueue(NamedTuple):
    """The counters of one queue."""

    queue: str
    waiting: int
    """`Calls`."""
    completed: int
    """`Completed`: talks that ended while their agent belonged to the queue."""
    abandoned: int
    """`Abandoned`: whoever left unanswered but by key; time-outs and emptied queues too."""
    threshold_s: int
    """`ServiceLevel`."""
    percent_of_completed: float
    """`ServicelevelPerf`: completed and answered in threshold, of the completed."""
    percent_of_all: float
    """`ServicelevelPerf2`: the same and abandoned in threshold, of the completed and abandoned."""
    hold_s: int
    """`Holdtime`: a moving average, three parts old and one part new."""
    talk_s: int
    """`TalkTime`: the same of talk."""


class SwitchCounters(NamedTuple):
    """What a switch said of all its queues at one instant."""

    at: int
    """In ms, on the switch's clock."""
    label: str
    queues: list[SwitchQueue]
    since: int | None = None
    """Since when it counts, in ms; None: since it last started, as far as that was heard."""


class UnusableCountersError(Exception):
    """This is not what a switch counts; the text says what is wrong."""


class _Said(msgspec.Struct):
    """One moment of the file: an answer of the switch to QueueStatus, as it came."""

    t: float
    QueueParams: list[dict[str, str]]
    label: str = ""
    since: float | None = None


def switch_queue(params: Mapping[str, str]) -> SwitchQueue:
    """One `QueueParams` message. Raises `UnusableCountersError`."""
    try:
        return SwitchQueue(
            params["Queue"],
            int(params["Calls"]),
            int(params["Completed"]),
            int(params["Abandoned"]),
            int(params["ServiceLevel"]),
            float(params["ServicelevelPerf"]),
            float(params["ServicelevelPerf2"]),
            int(params["Holdtime"]),
            int(params["TalkTime"]),
        )
    except KeyError as missing:
        raise UnusableCountersError(f"a QueueParams has no {missing.args[0]}") from missing
    except ValueError as wrong:
        raise UnusableCountersError(f"a QueueParams is not one: {wrong}") from wrong


def switch_counters(
    at: int, params: Iterable[Mapping[str, str]], label: str = "", since: int | None = None
) -> SwitchCounters:
    """What the switch answered at this instant. Raises `UnusableCountersError`."""
    return SwitchCounters(at, label, [switch_queue(queue) for queue in params], since)


def read_counters(path: Path) -> list[SwitchCounters]:
    """The moments of a file: JSON, one object or an array of `{"t": seconds, "QueueParams": [...]}`, with
    `label` and `since` (when the switch began to count, in seconds) where they are known.

    Raises `UnusableCountersError`, and `OSError` when it cannot be read.
    """
    try:
        said = msgspec.json.decode(path.read_bytes(), type=list[_Said] | _Said)
    except (msgspec.MsgspecError, UnicodeDecodeError) as wrong:
        raise UnusableCountersError(f"{path}: {wrong}") from wrong
    moments = said if isinstance(said, list) else [said]
    if not moments:
        raise UnusableCountersError(f"{path} tells of no moment")
    return [
        switch_counters(
            int(one.t * 1000), one.QueueParams, one.label, None if one.since is None else int(one.since * 1000)
        )
        for one in moments
    ]
