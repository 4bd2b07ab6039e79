"""Words for what a thing may be: a verdict, an activity, a window."""

from __future__ import annotations

# A table is read by its rows.
# fmt: off
WORDS: dict[str, tuple[str, str]] = {
    "verdict.breach": ("alert", "告警"),
    "verdict.warning": ("warning", "预警"),
    "verdict.small_sample": ("no verdict", "不作结论"),
    "verdict.unknown": ("feed lost", "数据中断"),
    "verdict.fine": ("on target", "达标"),

    "activity.talking": ("talking", "通话"),
    "activity.on_hold": ("hold", "保持"),
    "activity.alerting": ("ringing", "振铃"),
    "activity.wrap_up": ("wrap", "话后"),
    "activity.paused": ("paused", "示忙"),
    "activity.unreachable": ("unreachable", "断开"),
    "activity.busy": ("other call", "其他通话"),
    "activity.available": ("free", "空闲"),
    "activity.offline": ("logged out", "未签入"),
    "activity.unknown": ("unknown", "未知"),

    "window.5m": ("last 5 min", "近 5 分钟"),
    "window.15m": ("last 15 min", "近 15 分钟"),
    "window.30m": ("last 30 min", "近 30 分钟"),
    "window.60m": ("last 60 min", "近 60 分钟"),
    "window.interval": ("this interval", "本时段"),
    "window.day": ("today", "今日"),
    "window.now": ("now", "当前"),
}
