"""What was read, and what could not be used."""

from __future__ import annotations

from floorwatch.metrics.catalogue.figure import Figure

# A table is read by its rows.
# fmt: off
INPUT = (
    Figure("events_read", 1, "events", "count(read)", "read", "已读取",
           "Lines, messages or rows read: applied, duplicate, invalid and ignored together.",
           "读取的行、消息或记录数：已应用、重复、无效与忽略之和。", ("read",)),
    Figure("events_applied", 1, "events", "count(applied)", "applied", "已应用",
           "Read and taken into the picture of the floor.", "已读取并计入全场状态的数量。", ("applied",)),
    Figure("events_duplicate", 1, "events", "count(repeated source and id)", "duplicate", "重复",
           "Dropped because the same source had sent the same id before.", "同一数据源、同一编号重复而丢弃的数量。",
           ("duplicate",)),
    Figure("events_late", 1, "events", "count(older than already applied)", "late", "迟到",
           "Applied after an event of a later time; the figures were corrected.",
           "晚于更新的事件才到达而应用的数量；数字已更正。", ("late",)),
    Figure("events_ignored", 1, "events", "count(ignored)", "ignored", "忽略",
           "Well formed, but saying nothing about the floor.", "格式正确但与现场无关的数量。", ("ignored",)),
    Figure("events_invalid", 1, "events", "count(invalid) by reason", "invalid", "无效",
           "Set aside because they cannot be read or cannot be true, by reason.",
           "无法解析或不可能为真而搁置的数量，按原因分列。",
           ("invalid",)),
    Figure("anomalies", 1, "events", "count(anomalies) by kind", "anomalies", "矛盾",
           "Events that contradict what is known of the floor, by kind; applied as far as they make sense.",
           "与已知状态相矛盾的事件数，按种类分列；合理部分仍予应用。"),
    Figure("unknown_attributes", 1, "events", "count(unknown attributes)", "unknown attributes", "未知属性",
           "Attributes the event contract does not know, ignored.", "事件约定之外而被忽略的属性数。"),
    Figure("corrections", 1, "events", "count(corrected)", "corrections", "更正",
           "Facts that came after their interval had closed and corrected it.", "时段关闭后到达并更正该时段的事实数。",
           ("corrected",)),
    Figure("settled_corrections", 1, "events", "count(corrected after settling)", "late corrections", "结算后更正",
           "Facts that came too late and changed what had settled, or an interval that had closed: windows, intervals "
           "and reports are right again, counters of queues stay as they were.",
           "来得太迟、改变了已结算内容或已关闭时段的事实数：窗口、时段与报告随之更正，队列计数器保持不变。"),
)
