"""What a rule says: when an alert of it fires, how grave it is, when it is over, whom it concerns."""

from __future__ import annotations

# A table is read by its rows.
# fmt: off
RULES: dict[str, tuple[str, str]] = {
    "rule.fires": ("{holds}{hold}: {severity}{worse}. {over}{more}", "{holds}{hold}：{severity}{worse}。{over}{more}"),
    "rule.hold": (" for {ms:span}", "，持续 {ms:span}"),
    "rule.at_once": (", at the very event", "，事件发生时立即"),
    "rule.holds": ("{figure}{window} {limit}", "{figure}{window}{limit}"),
    "rule.and": (" and {holds}", "，且{holds}"),
    "rule.window": (" ({window})", "（{window}）"),
    "rule.window_sample": (" ({window}, n {n:count} or more)", "（{window}，样本不少于 {n:count}）"),
    "rule.sample": (" (n {n:count} or more)", "（样本不少于 {n:count}）"),
    "rule.worse": ("; {limit}: {severity}", "；{limit}：{severity}"),

    "rule.over": ("Over as soon as it no longer holds.", "不再成立即解除。"),
    "rule.over_kept": ("Over when it has not held for {ms:span}.", "不再成立并保持 {ms:span}即解除。"),
    "rule.over_low": ("Over at {limit} or more{keep}.", "回升至 {limit} 或以上{keep}即解除。"),
    "rule.over_high": ("Over when under {limit}{keep}.", "降至 {limit} 以下{keep}即解除。"),
    "rule.keep": (" for {ms:span}", "并保持 {ms:span}"),

    "rule.is_waiting": ("contacts wait", "有联络排队"),
    "rule.is_present": ("nobody is on the queue", "无人在岗"),
    "rule.is_best_possible": ("the target can no longer be reached", "已无法达到目标"),
    "rule.is_outage": ("a feed is lost", "数据中断"),
    "rule.is_failing": ("an output takes nothing", "告警输出无法送达"),
    "rule.is_pages_refused": ("what is sent to somebody on call is refused", "发给值班人员的消息被拒收"),
    "rule.is_trouble": ("something is wrong with floorwatch itself", "floorwatch 自身出现故障"),
    "rule.name_clock_offset": ("a clock is off by", "时钟偏差"),
    "rule.name_outage": ("a feed has been lost for", "数据中断时长"),
    "rule.name_failing": ("an output has taken nothing for", "告警输出无法送达的时长"),
    "rule.name_delay": ("a feed is late by", "数据延迟"),
    "rule.name_present": ("agents present", "在岗坐席"),
    "rule.name_no_return": ("time left until it is too late", "距无法达标的时间"),
    "rule.target": ("the target", "目标"),
    "rule.threshold": ("T", "T"),
    "rule.times": ("{factor} × {own}", "{factor} × {own}"),
    "rule.points": ("{own} {sign} {points} points", "{own} {sign} {points} 个百分点"),
    "rule.longer": ("{own} {sign} {ms:span}", "{own} {sign} {ms:span}"),
    "rule.max": ("the greater of {least} and {own}", "{least}与 {own} 中较大者"),

    "rule.only_queue": (" Queues: {names}.", "队列：{names}。"),
    "rule.only_team": (" Teams: {names}.", "班组：{names}。"),
    "rule.only_source": (" Sources: {names}.", "数据源：{names}。"),
    "rule.only_output": (" Outputs: {names}.", "告警输出：{names}。"),
    "rule.whole_floor": (" On the whole floor.", "针对整个现场。"),
    "rule.channels": (" Channels: {names}.", "渠道：{names}。"),
    "rule.labels": (" Queues labelled {names}.", "带标签 {names} 的队列。"),
    "rule.hours": (" Hours: {names}.", "时段：{names}。"),
    "rule.every": (" Read every {ms:span}.", "每 {ms:span}读取一次。"),
    "rule.mutes": (
        " Meanwhile nobody is told, about the same {about}, of {names}.", "其间不再就同一{about}通知：{names}。"),
    "rule.mutes_source": (
        " Meanwhile nobody is told, about its queues, of {names}.", "其间不再就其队列通知：{names}。"),
    "rule.about_queue": ("queue", "队列"),
    "rule.about_team": ("team", "班组"),
    "rule.about_floor": ("floor", "现场"),
    "rule.about_output": ("output", "告警输出"),
    "rule.about_daemon": ("trouble", "故障"),
    "rule.everything": ("all rules", "所有规则"),

    "rule.in_force": ("Rules in force", "现行规则"),
    "rule.queue": ("{queue}: target {target:target} in T = {threshold_ms:span}",
                   "{queue}：目标 {target:target}，T = {threshold_ms:span}"),
    "rule.any_queue": ("any other queue", "其他队列"),

    "rule.day_mon": ("mon", "周一"),
    "rule.day_tue": ("tue", "周二"),
    "rule.day_wed": ("wed", "周三"),
    "rule.day_thu": ("thu", "周四"),
    "rule.day_fri": ("fri", "周五"),
    "rule.day_sat": ("sat", "周六"),
    "rule.day_sun": ("sun", "周日"),
    "rule.day_to": ("{first}-{last}", "{first}至{last}"),
}
