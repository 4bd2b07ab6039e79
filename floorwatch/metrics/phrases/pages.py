"""The words of all pages: the way between them, and their keys."""

from __future__ import annotations

# A table is read by its rows.
# fmt: off
PAGES: dict[str, tuple[str, str]] = {
    "nav.label": ("pages", "页面"),
    "nav.floor": ("Floor", "现场"),
    "nav.queue": ("Queue", "队列"),
    "nav.agents": ("Agents", "坐席"),
    "nav.alerts": ("Alerts", "告警"),
    "nav.feeds": ("Feeds", "数据源"),
    "nav.shift": ("Shifts", "班次"),

    "keys.title": ("Keys", "快捷键"),
    "keys.pages": ("the pages: floor, queue, agents, alerts, feeds, shifts",
                   "各页面：现场、队列、坐席、告警、数据源、班次"),
    "keys.through": ("from tile to tile, or line to line", "在磁贴或行之间移动"),
    "keys.open": ("open what a number means", "打开数字的定义"),
    "keys.close": ("close it", "关闭"),
    "keys.mute": ("sound off, and on again", "关闭或恢复声音"),
    "keys.help": ("these keys", "显示本页快捷键"),
    "keys.or": ("or", "或"),
    "toast.sound_on": ("Sound is on", "声音已开启"),
    "toast.sound_off": ("Sound is off", "声音已关闭"),
}
