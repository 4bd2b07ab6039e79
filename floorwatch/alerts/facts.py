"""Facts: what is known, now, of what an alert is about. Advice is made of them, and a rule's own advice may name them.

A fact that is not known is not there: whatever would speak of it is not said.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal["count", "ratio", "duration", "time", "text"]
"""How it is written where nothing else is asked for: 7; 61 %; 2:41; 10:21 (the site's clock); words."""
Value = float | str | dict[str, str]
"""A count or a ratio; a duration in ms; a time as it is written; words, in every language where they differ."""


@dataclass(frozen=True, slots=True)
class Fact:
    """What a fact is called and means. `has_names`: in a lead's form it names people."""

    kind: Kind
    en: str
    zh: str
    has_names: bool = False


FACTS: dict[str, Fact] = {
    # of every alert
    "subject": Fact("text", "what the alert is about", "告警对象"),
    "since": Fact("time", "since when the condition holds", "条件成立的起始时刻"),
    "lasted": Fact("duration", "for how long it has held", "条件已持续的时长"),
    "value": Fact("text", "its figure at the last reading", "指标最近的读数"),
    "limit": Fact("text", "its limit", "界限"),
    # of a queue
    "target": Fact("ratio", "its target", "目标"),
    "threshold": Fact("duration", "its threshold T", "服务水平时限 T"),
    "period": Fact("text", "what its target is for: the interval or the day", "目标所属期间：时段或全日"),
    "until": Fact("time", "when that period ends", "该期间的结束时刻"),
    "lost_since": Fact("time", "since when its feed, or the source, is lost", "数据中断的起始时刻"),
    "waiting": Fact("count", "contacts waiting", "排队中的联络数"),
    "past": Fact("count", "of those, past T", "其中超过 T 的数量"),
    "longest": Fact("duration", "the longest of their waits", "最长等待"),
    "present": Fact("count", "agents present", "在岗坐席数"),
    "elsewhere": Fact(
        "count", "of those, busy elsewhere: with another queue or another call", "其中正忙于别处的坐席数"
    ),
    "free": Fact("count", "agents who could take a contact now", "此刻可接的坐席数"),
    "required": Fact("count", "agents needed in the long run, with the arrivals of now", "按目前进线长期所需坐席数"),
    "needed": Fact("count", "agents needed for the period to end at target", "使期间达标所需坐席数"),
    "more": Fact("count", "of those, still to come", "尚需增加的坐席数"),
    "by": Fact(
        "text", "until when they must be there: `by 10:05`, or `at once`", "须到位的时刻：“在 10:05 前”或“立即”"
    ),
    "chance": Fact("ratio", "how probable the target is with them", "到位后达标的可能性"),
    "chance_without": Fact("ratio", "how probable it is with those there are", "维持现状时达标的可能性"),
    "chance_of_all": Fact(
        "ratio", "how probable it is with any number, where none is enough", "无论增加多少人时达标的可能性"
    ),
    "enough": Fact("count", "agents on the queue, where no more are needed", "无需增人时的在线坐席数"),
    "level_end": Fact("ratio", "the level the period ends with, if nobody comes", "无人增援时的期末水平"),
    "level_low": Fact("ratio", "one time in ten it ends below", "十次中约一次低于此值"),
    "level_high": Fact("ratio", "one time in ten it ends above", "十次中约一次高于此值"),
    "best": Fact("ratio", "the best level it can still end with", "期末最多可达到的水平"),
    "no_return": Fact("time", "after that the target is out of reach", "此后无法达标的时刻"),
    "levers": Fact("text", "who could come, in words", "可调人员说明", has_names=True),
    "worked": Fact("text", "what actions have brought in this queue so far, in words", "各类措施迄今在本队列的效果"),
    "lever_count": Fact("count", "how many could come", "可调人数"),
    # of a team or the floor
    "out": Fact("text", "who is not keeping to the schedule, in words", "未按班表人员说明", has_names=True),
    "out_count": Fact("count", "how many are not", "未按班表人数"),
    # of a source
    "queues": Fact("text", "the queues it tells of", "该数据源所涉队列"),
    "why": Fact("text", "what was said of the loss", "中断原因"),
    "sources_off": Fact(
        "count", "sources whose clocks are off, where there are several", "时钟有偏差的数据源数（多个时）"
    ),
    # of the daemon
    "unreached": Fact(
        "text", "who on call cannot be reached in any way", "无法以任何方式联系的值班人员", has_names=True
    ),
}
"""Every fact, by the name under which advice speaks of it."""
