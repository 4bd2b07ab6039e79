"""Words of messages to mail, chats and people on call: what has become of an alert, why you, and how to take it."""

from __future__ import annotations

# A table is read by its rows.
# fmt: off
WORDS_OUT: dict[str, tuple[str, str]] = {
    "out.state.warning": ("WARNING", "警告"),
    "out.state.critical": ("CRITICAL", "严重"),
    "out.state.emergency": ("EMERGENCY", "紧急"),
    "out.state.acknowledged": ("IN HAND", "处理中"),
    "out.state.resolved": ("OVER", "已解除"),

    "out.head": ("{state} {what}", "【{state}】{what}"),
    "out.more_alerts": (" (+{count:count})", "（另 {count:count} 项）"),
    "out.between": ("; ", "；"),
    "out.named": ("{state} {subject}: {rule}", "【{state}】{subject}：{rule}"),

    "out.since_then": ("since {time}", "自 {time} 起"),
    "out.since": ("fires since {time}", "自 {time} 起告警"),
    "out.reminder": ("reminder {count:count}: nobody has it in hand", "第 {count:count} 次提醒：尚无人处理"),
    "out.raised": ("was {was} before", "此前为{was}"),
    "out.again": ("fired {count:count} times within {for_ms:span}", "{for_ms:span}内已告警 {count:count} 次"),
    "out.flapping": (
        "fires again and again, {count:count} times within {for_ms:span}: not every time is told",
        "反复告警，{for_ms:span}内 {count:count} 次，不再逐次通知"),
    "out.somebody": ("somebody has it in hand since {time}", "自 {time} 起已有人处理"),
    "out.who": ("{who:person} has it in hand since {time}", "{who:person} 自 {time} 起处理"),
    "out.note": ("they say: {note}", "备注：{note}"),
    "out.came_and_went": ("it was over before it could be told", "通知送达前已解除"),
    "out.to_do": ("To do: {advice}", "建议：{advice}"),

    "out.you_rota": (
        "You are told because you are on call in rota {rota}{how}.", "通知您，因您在班表 {rota} 中值班{how}。"),
    "out.you": ("You are told because the escalation names you{how}.", "通知您，因升级流程指定了您{how}。"),
    "out.they_rota": ("Told: who is on call in rota {rota}{how}.", "通知对象：班表 {rota} 的值班人{how}。"),
    "out.they": ("Told: whom the escalation names{how}.", "通知对象：升级流程指定的人{how}。"),
    "out.how": (": step {step:count} of {steps:count}, round {round:count}, call {time:count}",
                "：第 {step:count} 步（共 {steps:count} 步），第 {round:count} 轮，第 {time:count} 次"),
    "out.unresolved": ("It is in hand since {time} and not over yet, so it begins anew.",
                       "自 {time} 起处理，至今未解除，故重新通知。"),
    "out.unresolved_who": ("{who:Person} has it in hand since {time} and it is not over yet, so it begins anew.",
                           "{who:Person} 自 {time} 起处理，至今未解除，故重新通知。"),
    "out.taken": ("You need not act on it any more.", "您无需再处理。"),
    "out.over": ("Nobody needs to act on it any more.", "已无需处理。"),
    "out.take": ("Take it in hand:", "由我处理："),
    "out.code": ("In {where}: take {code}", "在{where}中回复：接手 {code}"),
    "out.in.slack": ("Slack", " Slack "),
    "out.in.dingtalk": ("DingTalk", "钉钉"),
    "out.in.telegram": ("Telegram", " Telegram "),
    "out.or": (" or ", "或"),

    "out.more": ("{count:count} more in the next message.", "另有 {count:count} 项将在下一条消息中。"),
    "out.left_out": (
        "{count:count} more do not fit here: see the wallboard.", "另有 {count:count} 项未列出：请看墙板。"),
    "out.zones": (
        "Times are those of {zone}: it is {own} in {own_zone} now.",
        "以上时间为 {zone} 时间；{own_zone} 现为 {own}。"),
    "out.foot": ("{site}, {time}", "{site}，{time}"),
}
# fmt: on
