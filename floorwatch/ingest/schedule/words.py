"""The words of a schedule: its activities and its columns, as English and Chinese documents write them."""

from __future__ import annotations

import re

ACTIVITIES = ("work", "break", "lunch", "meeting", "training", "coaching", "off_phone", "time_off")

_CHINESE_ACTIVITIES = {
    "工作": "work",
    "在线": "work",
    "小休": "break",
    "休息": "break",
    "午餐": "lunch",
    "会议": "meeting",
    "培训": "training",
    "辅导": "coaching",
    "离线任务": "off_phone",
    "非电话": "off_phone",
    "请假": "time_off",
    "休假": "time_off",
}

REQUIRED = ("agent", "activity", "start", "end")
COLUMNS = (*REQUIRED, "version", "site", "team")

_CHINESE_COLUMNS = {
    "工号": "agent",
    "坐席": "agent",
    "座席": "agent",
    "活动": "activity",
    "开始": "start",
    "开始时间": "start",
    "结束": "end",
    "结束时间": "end",
    "版本": "version",
    "班组": "team",
    "地点": "site",
}

_BLANKS = re.compile(r"[\s_-]+")

ACTIVITY_WORDS = {word: word for word in ACTIVITIES} | _CHINESE_ACTIVITIES
_COLUMN_WORDS = {word: word for word in COLUMNS} | _CHINESE_COLUMNS


def activity_of(typed: str) -> str | None:
    """The activity a word means, also `Off Phone`, `off-phone` or 非电话; None for a word that means none."""
    return ACTIVITY_WORDS.get(_plain(typed))


def column_of(typed: str) -> str | None:
    """The column a heading means; None for a column that is no part of a schedule."""
    return _COLUMN_WORDS.get(_plain(typed))


def _plain(typed: str) -> str:
    """Lower case, without blanks around it, and with one underscore for those inside."""
    return _BLANKS.sub("_", typed.strip().casefold())
