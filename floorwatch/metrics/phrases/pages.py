"""The words of the pages: the way between them."""

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
}
