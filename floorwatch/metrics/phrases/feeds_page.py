"""The words of the feeds page: how well every source is heard, what its troubles mean, how outputs fare."""

from __future__ import annotations

# A table is read by its rows.
# fmt: off
FEEDS_PAGE: dict[str, tuple[str, str]] = {
    "feeds.sources": ("Sources", "数据源"),
    "feeds.none": ("No source has said anything yet.", "尚无任何数据源。"),
    "feeds.trouble": ("{count:count} of {total:count} in trouble", "{total:count} 个中 {count:count} 个有故障"),
    "feeds.well": ("{total:count}, all is well", "共 {total:count} 个，全部正常"),
    "feeds.unknown_now": ("As known last at {time}: nobody knows how they are now.",
                          "截至 {time} 的最后情况：现状未知。"),
    "feeds.ago": ("{age} ago", "{age} 前"),
    "feeds.since": ("since {time}", "自 {time}"),
    "feeds.rate": ("{rate} a second", "每秒 {rate}"),
    "feeds.ahead": ("{ms:span} ahead", "快 {ms:span}"),
    "feeds.behind": ("{ms:span} behind", "慢 {ms:span}"),
    "feeds.in_step": ("within 1 s", "1 秒以内"),
    "feeds.clock_set": ("was set at {time}", "于 {time} 调整"),
    "feeds.alert": ("its alert", "相关告警"),
    "feeds.kinds": ("{name} by kind", "{name}（按种类）"),

    "health.up": ("live", "在线"),
    "health.down": ("lost", "中断"),
    "health.off": ("clock is off", "时钟偏差"),
    "health.late": ("late", "延迟"),
    "health.silent": ("silent so far", "尚无数据"),
    "health.unknown": ("unknown", "未知"),

    "means.down": (
        ("Nothing newer is known of its queues and agents: they are unknown, not zero. Check whether it runs and the "
         "network reaches it; until then, lead from its own screens."),
        "其队列与坐席此后情况未知（并非为零）。请检查其是否运行、网络是否可达；此前请以其自带界面指挥现场。"),
    "means.off": (
        "Set its clock (NTP): here its times are corrected, in its own reports they are not.",
        "请校准其时钟（NTP）：此处已更正其时刻，其自身报表并未更正。"),
    "means.late": (
        "All that it tells is shown so late: check its load, and the link.",
        "其全部数字同样滞后：请检查其负荷与链路。"),
    "means.silent": (
        "It is connected and has told nothing: check that it may tell its events, and that somebody calls.",
        "已连接但尚无事件：请检查其是否获准发送事件，以及是否有来电。"),
    "means.gaps": (
        "Events may be missing: the intervals touched are marked incomplete; a queue log of the switch fills them.",
        "可能漏掉事件：所涉时段标为不完整；交换机的 queue_log 可以补齐。"),
    "means.invalid": (
        "Some of what it sends cannot be used: the dead-letter file has the lines, with the reason of each.",
        "其部分内容无法使用：死信文件保存了原文及原因。"),
    "means.anomalies": (
        "It contradicts itself: each was taken as far as it makes sense; if many are of one kind, look at the switch.",
        "其事件自相矛盾：合理部分已采用；同一种类很多时，请检查交换机。"),

    "means.resynced": (
        "Where its own list of the floor said something else than its events, the list was believed.",
        "其全场快照与事件不一致之处，以快照为准。"),

    "feeds.outputs": ("Outputs", "告警输出"),
    "feeds.no_outputs": ("No outputs are configured: nobody is told of alerts but on these pages.",
                         "未配置告警输出：仅在这些页面上可见告警。"),
    "feeds.output_works": ("works", "正常"),
    "feeds.output_fails": ("fails", "失败"),
    "feeds.output_waits": ("not used yet", "尚未使用"),
    "feeds.output_told": ("last taken", "最近送达"),
    "feeds.output_owed": ("owed since", "待送自"),
    "feeds.output_held": ("waits for its limit, until", "受频率限制，最迟等至"),
    "feeds.output_failed": ("last failed", "最近失败"),
    "feeds.output_why": ("because", "原因"),
    "feeds.output_retry": ("tried again", "重试时刻"),
    "feeds.output_attempts": ("failures in a row", "连续失败"),
    "feeds.output_counts": ("taken / failed / dropped", "送达 / 失败 / 丢弃"),

    "feeds.own": ("floorwatch itself", "floorwatch 自身"),
    "feeds.own_well": ("No trouble of its own is known.", "自身未发现故障。"),
    "feeds.input": ("Everything that was read", "读取总计"),

    "kind.answered_again": ("answered twice", "重复接通"),
    "kind.alerting_without_wait": ("rang without waiting", "未排队而振铃"),
    "kind.backfilled_too_late": ("filled in too late", "补录过晚"),
    "kind.ended_again": ("ended twice", "重复结束"),
    "kind.ended_by_another": ("ended by another agent", "由另一坐席结束"),
    "kind.held_without_talk": ("held without talking", "未通话而保持"),
    "kind.late_in_a_long_story": ("too late in a long story", "历程过长而过晚"),
    "kind.left_after_answer": ("left the queue after its answer", "接通后离队"),
    "kind.left_after_end": ("left the queue after its end", "结束后离队"),
    "kind.offered_while_waiting": ("came while it waited already", "排队中再次进线"),
    "kind.resumed_without_talk": ("resumed without talking", "未通话而恢复"),
    "kind.bad_utf8": ("broken characters (used)", "字符损坏（仍采用）"),
    "kind.foreign_source": ("of another source", "属于其他数据源"),
    "kind.impossible_time": ("impossible time", "时刻不可能"),
    "kind.line_too_long": ("line too long", "行过长"),
    "kind.malformed_json": ("no JSON", "不是 JSON"),
    "kind.malformed_line": ("malformed line", "行格式错误"),
    "kind.malformed_message": ("malformed message", "消息格式错误"),
    "kind.message_too_large": ("message too large", "消息过大"),
    "kind.message_too_long": ("message too long", "消息过长"),
    "kind.missing_attribute": ("attribute missing", "缺少属性"),
    "kind.missing_id": ("without an id", "缺少编号"),
    "kind.missing_source": ("without a source", "缺少数据源"),
    "kind.mistyped_attribute": ("attribute of a wrong type", "属性类型错误"),
    "kind.not_an_object": ("no object", "不是对象"),
    "kind.refused_by_unknown_queue": ("refused by a queue that is not named", "被未知队列拒入"),
    "kind.text_too_long": ("text too long", "文本过长"),
    "kind.truncated_file": ("file cut off", "文件截断"),
    "kind.truncated_message": ("message cut off", "消息截断"),
    "kind.undated_message": ("message without a time", "消息无时刻"),
    "kind.unknown_contact": ("contact that is not named", "联络未具名"),
    "kind.waiting_lost": ("waited no more", "已不再排队"),
    "kind.waiting_found": ("found waiting", "发现排队"),
    "kind.talking_lost": ("talked no more", "已不再通话"),
    "kind.talking_moved": ("talked with another", "改与他人通话"),
    "kind.state_found": ("other activity found", "发现其他状态"),
    "kind.member_found": ("found in the queue", "发现在队列中"),
    "kind.member_lost": ("not in the queue any more", "已不在队列中"),
    "kind.pause_found": ("found paused", "发现示忙"),
    "kind.pause_lost": ("paused no more", "已不再示忙"),
}
# fmt: on
