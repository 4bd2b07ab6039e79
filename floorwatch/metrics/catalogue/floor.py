"""The floor itself: alerts, feeds, and the instant of it all."""

from __future__ import annotations

from floorwatch.metrics.catalogue.figure import Figure

# A table is read by its rows.
# fmt: off
FLOOR = (
    Figure("queue_known", 1, "state", "1 known, 0 unknown", "queue known", "队列数据可用",
           "1 while the queue's feed is up; 0 while it is lost and all its figures are absent.",
           "数据源正常时为 1；中断时为 0，此时该队列的所有数字均不输出。"),
    Figure("alert_firing", 1, "alerts", "1 firing, 0 not", "alert firing", "告警中",
           "1 while the alert fires; 0 while it is pending or was resolved within the last hour.",
           "告警触发期间为 1；待定或最近一小时内已恢复时为 0。"),
    Figure("source_up", 1, "state", "1 up, 0 down", "feed up", "数据源在线",
           "1 while the feed is connected; while it is 0 its queues and agents are unknown, not idle.",
           "数据源连接时为 1；为 0 时其队列与坐席状态未知，而非空闲。"),
    Figure("source_since", 1, "instant", "time of the last up or down", "feed since", "数据源状态起始",
           "Since when the feed is up or, where it is lost, since when it is lost.",
           "数据源当前状态（在线或中断）开始的时刻。"),
    Figure("source_last_event", 1, "instant", "max(time)", "last event", "最近事件时刻",
           "When the feed last said anything.", "数据源最近一次发出事件的时刻。"),
    Figure("source_delay", 1, "seconds", "applied − time, latest event", "feed delay", "数据延迟",
           "How late the feed's latest event was when it was applied, its clock's offset removed.",
           "数据源最近一个事件从发生到应用的时长，已扣除时钟偏差。"),
    Figure("source_delay_max", 1, "seconds", "max(applied − time) over the last minute", "greatest feed delay",
           "最大数据延迟",
           "The greatest delay of the feed's events in the last minute; absent when none came.",
           "近一分钟内该数据源事件的最大延迟；无事件时不输出。"),
    Figure("source_clock_offset", 1, "seconds", "min(received − time) over the last 10 min", "clock offset", "时钟偏差",
           "How far the source's clock is behind ours (below 0: ahead). Its times are corrected by it; up to 1 s is 0.",
           "数据源时钟比本机慢多少（负值为快）。其时刻已按此更正；1 秒以内视为 0。"),
    Figure("source_events", 1, "events", "count(events)", "feed events", "数据源事件数",
           "Events of the feed that were applied; what is said of the connection itself is not counted.",
           "已应用的该数据源事件数；不含连接状态本身。"),
    Figure("source_rate", 1, "events", "count(events) a second over the last minute", "feed rate", "数据速率",
           "Events a second the feed has told in the last minute; not known while it is lost.",
           "近一分钟内该数据源每秒的事件数；中断期间未知。"),
    Figure("source_resynced", 1, "events", "count(corrections) by kind", "resynchronised", "重新同步更正",
           "What a report of the whole floor has corrected after a loss, by kind.",
           "中断后由全场快照更正的项目数，按种类分列。", ("resynced",)),
    Figure("source_gaps", 1, "events", "count(gaps)", "gaps", "数据缺口",
           "Times events of the feed may have been missed; the intervals touched are marked incomplete.",
           "可能漏掉该数据源事件的次数；所涉时段标为不完整。", ("gaps",)),
    Figure("source_down_time", 1, "seconds", "Σ time down", "feed down time", "数据源中断时长",
           "How long the feed was lost.", "数据源中断的总时长。", ("down_seconds",)),
    Figure("view_time", 1, "instant", "engine time", "as of", "数据截至",
           "The instant these figures describe.", "这些数字所描述的时刻。"),
    Figure("build", 1, "state", "1", "build", "版本", "The running version.", "正在运行的版本。"),
)
