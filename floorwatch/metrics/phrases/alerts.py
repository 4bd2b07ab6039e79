"""What alerts say."""

from __future__ import annotations

# A table is read by its rows.
# fmt: off
ALERTS: dict[str, tuple[str, str]] = {
    "alert.service_level_low": (
        ("{queue}: {level:percent1} answered in {threshold_ms:span} over the last {window_ms:span} (n {n:count}), "
         "target {target:target}"),
        ("{queue}：近 {window_ms:span}有 {level:percent1} 在 {threshold_ms:span}内接通（样本 {n:count}），"
         "目标 {target:target}")),
    "alert.longest_wait_high": (
        "{queue}: a contact has waited {wait_ms:clock}, limit {limit_ms:clock}",
        "{queue}：有联络已等待 {wait_ms:clock}，上限 {limit_ms:clock}"),
    "alert.feed_down": (
        "{source}: feed lost for {lost_ms:clock}, its queues and agents are unknown",
        "{source}：数据中断已 {lost_ms:clock}，其队列与坐席状态未知"),
    "alert.clock_behind": (
        "{source}: its clock is {offset_ms:span} behind ours; its times are corrected",
        "{source}：时钟比本机慢 {offset_ms:span}，其时刻已更正"),
    "alert.clock_ahead": (
        "{source}: its clock is {offset_ms:span} ahead of ours; its times are corrected",
        "{source}：时钟比本机快 {offset_ms:span}，其时刻已更正"),
    "alert.clock_set": (
        "{source}: its clock was set, and agrees with ours now",
        "{source}：时钟已调整，现与本机一致"),

    "severity.warning": ("warning", "警告"),
    "severity.critical": ("critical", "严重"),
    "severity.emergency": ("emergency", "紧急"),
}
