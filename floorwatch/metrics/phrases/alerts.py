"""What alerts say: what broke. One sentence, put together from a subject's words, its sample and its limit."""

from __future__ import annotations

# A table is read by its rows.
# fmt: off
ALERTS: dict[str, tuple[str, str]] = {
    "alert.breach": ("{what}{sample}, {limit} since {since}{more}", "{what}{sample}，自 {since} 起{limit}{more}"),
    "alert.recovering": ("{what}{sample}; was {limit} from {since} on", "{what}{sample}；自 {since} 起曾{limit}"),
    "alert.over": (
        "{subject}: over at {at}, after {lasted_ms:clock} ({figure}){now}",
        "{subject}：{figure}告警已于 {at} 解除，历时 {lasted_ms:clock}{now}"),
    "alert.out_of_reach": ("target out of reach", "目标无法达到"),
    "alert.nobody_there": ("nobody on the queue", "无人在岗"),
    "alert.now": (", {value} now", "，现为 {value}"),
    "alert.nobody_waits": ("; nobody waits now", "，现已无人排队"),
    "alert.no_contacts": ("; no contacts any more", "，现已无进线"),
    "alert.period_over": ("; the period is over", "，期间已结束"),
    "alert.off_hours": ("; its hours are over", "，不在规则时段内"),

    "alert.sample": (" ({window}, n {n:count})", "（{window}，样本 {n:count}）"),
    "alert.sample_window": (" ({window})", "（{window}）"),
    "alert.sample_n": (" (n {n:count})", "（样本 {n:count}）"),

    "alert.below": ("under {limit}", "低于 {limit}"),
    "alert.above": ("over {limit}", "超过 {limit}"),
    "alert.at_least": ("{limit} or more", "达到 {limit} 或以上"),
    "alert.at_most": ("{limit} or less", "不超过 {limit}"),
    "alert.below_target": ("under target {limit}", "低于目标 {limit}"),
    "alert.above_target": ("over target {limit}", "超过目标 {limit}"),
    "alert.at_least_target": ("at or over target {limit}", "达到或超过目标 {limit}"),
    "alert.at_most_target": ("at or under target {limit}", "不超过目标 {limit}"),
    "alert.worse_low": (", {severity} at {limit} or less", "，{limit} 及以下为{severity}"),
    "alert.worse_high": (", {severity} at {limit} or more", "，{limit} 及以上为{severity}"),
    "alert.and": (", and {figure} {limit}", "，且{figure}{limit}"),

    "alert.figure": ("{subject}: {figure} {value}", "{subject}：{figure} {value}"),
    "alert.unknown": ("{subject}: {figure} unknown", "{subject}：{figure}未知"),
    "alert.service_level": (
        "{subject}: {ratio:percent} answered in {threshold_ms:span}",
        "{subject}：{threshold_ms:span}内接通 {ratio:percent}"),
    "alert.longest_wait": ("{subject}: a contact has waited {ms:clock}", "{subject}：有联络已等待 {ms:clock}"),
    "alert.no_wait": ("{subject}: nobody waits", "{subject}：无人排队"),
    "alert.asa": ("{subject}: answered after {ms:clock} on average", "{subject}：平均 {ms:clock} 后接通"),
    "alert.offered": ("{subject}: {count:contacts} came in", "{subject}：进线 {count:contacts}"),
    "alert.waiting": ("{subject}: {count:contacts} waiting", "{subject}：{count:contacts}排队"),
    "alert.waiting_past_threshold": (
        "{subject}: {count:contacts} waiting past {threshold_ms:span}",
        "{subject}：{count:contacts}等待超过 {threshold_ms:span}"),
    "alert.present": ("{subject}: {count:agents} on the queue", "{subject}：在岗 {count:agents}"),
    "alert.lost_agents": (
        "{subject}: {count:agents} missing against the schedule",
        "{subject}：因未按班表少 {count:agents}"),
    "alert.agents_short": ("{subject}: {count:agents} short", "{subject}：缺 {count:agents}"),
    "alert.exceptions": (
        "{subject}: {count:agents} not keeping to the schedule",
        "{subject}：{count:agents}未按班表"),
    "alert.projection": ("{subject}: expected to end at {ratio:percent}", "{subject}：预计期末为 {ratio:percent}"),
    "alert.miss_chance": (
        "{subject}: will miss its target with a probability of {ratio:percent}",
        "{subject}：不达标的可能性为 {ratio:percent}"),
    "alert.no_return": ("{subject}: {ms:clock} left to reach the target", "{subject}：距无法达标还有 {ms:clock}"),
    "alert.delay": ("{subject}: its events come {ms:clock} late", "{subject}：事件延迟 {ms:clock}"),

    "alert.cannot_reach": (
        "{subject}: target {target:target} can no longer be reached by {until}, {ratio:percent} at best",
        "{subject}：至 {until} 已无法达到目标 {target:target}，最多 {ratio:percent}"),
    "alert.no_return_over": ("{subject}: it is too late to reach the target", "{subject}：已来不及达标"),
    "alert.no_agents": (
        "{subject}: nobody is on the queue, {count:contacts} waiting since {since}",
        "{subject}：自 {since} 起无人在岗，{count:contacts}排队"),
    "alert.outage": (
        "{subject}: feed lost for {ms:clock}, its queues and agents are unknown",
        "{subject}：数据中断已 {ms:clock}，其队列与坐席状态未知"),
    "alert.feed_back": (
        "{subject}: the feed is back, it was lost for {ms:clock}",
        "{subject}：数据已恢复，曾中断 {ms:clock}"),
    "alert.clock_behind": (
        "{subject}: its clock is {ms:span} behind ours; its times are corrected",
        "{subject}：时钟比本机慢 {ms:span}，其时刻已更正"),
    "alert.clock_ahead": (
        "{subject}: its clock is {ms:span} ahead of ours; its times are corrected",
        "{subject}：时钟比本机快 {ms:span}，其时刻已更正"),
    "alert.clock_set": (
        "{subject}: its clock was set, and agrees with ours now",
        "{subject}：时钟已调整，现与本机一致"),
    "alert.failing": (
        "{subject}: messages have not got through for {ms:clock}",
        "{subject}：消息已 {ms:clock} 未能送达"),
    "alert.pages_refused": (
        "{subject}: what was sent to somebody on call was refused",
        "{subject}：发给值班人员的消息被拒收"),
    "alert.trouble": ("floorwatch: {trouble}", "floorwatch：{trouble}"),

    "trouble.journal": ("its journal cannot be written since {since}", "自 {since} 起日志无法写入"),
    "trouble.inbox": ("events wait too long to be read since {since}", "自 {since} 起事件积压"),
    "trouble.clock": ("the clock of this machine was set at {since}", "本机时钟于 {since} 被调整"),
    "trouble.heartbeat": ("its heartbeat is not heard since {since}", "自 {since} 起心跳无法送达"),
    "trouble.unreached": (
        "somebody on call cannot be reached in any way since {since}", "自 {since} 起有值班人员无法以任何方式联系"),
    "trouble.nobody_on_call": (
        "an alert found nobody on call since {since}", "自 {since} 起有告警无人值班可通知"),
    "trouble.other": ("something is wrong since {since}: {trouble}", "自 {since} 起有故障：{trouble}"),
    "trouble_name.journal": ("journal", "日志写入"),
    "trouble_name.inbox": ("events waiting", "事件积压"),
    "trouble_name.clock": ("this machine's clock", "本机时钟"),
    "trouble_name.heartbeat": ("heartbeat", "心跳"),
    "trouble_name.unreached": ("somebody on call out of reach", "无法联系值班人员"),
    "trouble_name.nobody_on_call": ("nobody on call", "无人值班"),
    "trouble_name.other": ("{trouble}", "{trouble} "),

    "figure.lost_agents": ("agents lost", "流失坐席"),
    "figure.outage": ("feed lost", "数据中断"),
    "figure.clock_offset": ("clock", "时钟"),
    "figure.delay": ("delay", "数据延迟"),
    "figure.failing": ("delivery", "消息送达"),
    "figure.pages_refused": ("messages to people on call refused", "被拒收的值班消息"),
    "figure.trouble": ("floorwatch", "floorwatch "),

    "severity.warning": ("warning", "警告"),
    "severity.critical": ("critical", "严重"),
    "severity.emergency": ("emergency", "紧急"),
}
