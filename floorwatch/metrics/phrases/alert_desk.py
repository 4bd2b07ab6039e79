"""Words for taking alerts in hand: on the banner, in the list of alerts, on the command line."""

from __future__ import annotations

# A table is read by its rows.
# fmt: off
ALERT_DESK: dict[str, tuple[str, str]] = {
    "hand.nobody": ("nobody has it yet", "尚无人处理"),
    "hand.somebody": ("somebody has it", "已有人处理"),
    "hand.who": ("{who} has it since {time}", "{who} 自 {time} 起处理"),
    "hand.snooze": ("snoozed until {time}", "暂缓提醒至 {time}"),
    "hand.silence": ("silenced until {time}", "已静音至 {time}"),
    "hand.rule": ("muted by another alert", "因另一告警而不提醒"),
    "hand.pending": ("about to alert", "即将告警"),
    "hand.resolved": ("over since {time}", "{time} 已恢复"),

    "banner.untaken": ("{count:count} of {total:count} with nobody yet",
                       "{total:count} 项中 {count:count} 项尚无人处理"),
    "banner.calm_muted": ("Nothing to act on", "无需处理"),
    "banner.muted": ("Firing, but muted: {names}", "告警中但不提醒：{names}"),
    "banner.period_ends": ("period ends in {wait_ms:clock}", "本时段剩余 {wait_ms:clock}"),
    "banner.no_return": ("can be recovered for {wait_ms:clock} more", "可挽回时间剩余 {wait_ms:clock}"),

    "act.acknowledge": ("I have it", "由我处理"),
    "act.take_over": ("Take over", "接手"),
    "act.snooze": ("Snooze {for_ms:span}", "暂缓 {for_ms:span}"),
    "act.wake": ("End snooze", "结束暂缓"),
    "act.silence": ("Silence", "静音"),
    "act.end_silence": ("End silence", "结束静音"),
    "act.more": ("Note, snooze …", "备注、暂缓……"),
    "act.note": ("Note", "备注"),
    "act.words": ("Note or reason", "备注或原因"),
    "act.for": ("For", "时长"),
    "act.sign_in": ("Sign in to act", "登录后处理"),
    "act.failed": ("Not done: {why}", "未完成：{why}"),
    "act.unreachable": ("the server did not answer", "服务器无响应"),
    "act.no_why": ("say why", "请填写原因"),

    "alerts.title": ("Alerts", "告警"),
    "alerts.open": ("All alerts", "全部告警"),
    "alerts.live": ("Firing", "告警中"),
    "alerts.muted": ("Firing, nobody is told", "告警中，不提醒"),
    "alerts.pending": ("About to alert", "即将告警"),
    "alerts.over": ("Over, last hour", "近 1 小时已恢复"),
    "alerts.none": ("No alerts now, none in the last hour.", "当前无告警，近 1 小时也没有。"),
    "alerts.silences": ("Silences", "静音"),
    "alerts.no_silences": ("No silence is in force.", "当前没有静音。"),
    "alerts.silence": ("{what}: until {until}, by {who}: {why}", "{what}：至 {until}，{who}：{why}"),
    "alerts.silence_from": ("from {since}", "自 {since} 起"),

    "sound.on": ("Sound is on", "声音已开"),
    "sound.off": ("Sound is off", "声音已关"),
    "sound.blocked": ("Tap to let this page sound", "点击以允许声音"),
    "speech.on": ("Speech is on", "语音已开"),
    "speech.off": ("Speech is off", "语音已关"),
    "speech.severity": ("{severity}. {text}", "{severity}。{text}"),
}
