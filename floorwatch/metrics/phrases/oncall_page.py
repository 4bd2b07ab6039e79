"""Words for on call on the pages: how far an alert was carried, who is on call, what was done and what it brought."""

from __future__ import annotations

# A table is read by its rows.
# fmt: off
ONCALL_PAGE: dict[str, tuple[str, str]] = {
    "climb.next": ("step {step:count} of {steps:count} in {wait_ms:clock}",
                   "{wait_ms:clock} 后第 {step:count}/{steps:count} 步"),
    "climb.next_again": ("step {step:count} of {steps:count} again in {wait_ms:clock}",
                         "{wait_ms:clock} 后再次第 {step:count}/{steps:count} 步"),
    "climb.next_of": ("{subject}: {text}", "{subject}：{text}"),
    "climb.anew": ("begins anew in {wait_ms:clock}", "{wait_ms:clock} 后重新升级"),
    "climb.exhausted": ("all steps are done, nobody has it", "升级步骤已用尽，仍无人处理"),
    "climb.done": ("step {step:count} of {steps:count} done", "已到第 {step:count}/{steps:count} 步"),
    "climb.none_done": ("no step done yet", "尚未开始升级"),
    "climb.round": ("round {round:count}", "第 {round:count} 轮"),
    "climb.round_of": ("round {round:count} of {rounds:count}", "第 {round:count}/{rounds:count} 轮"),
    "climb.told": ("{count:count} told", "已通知 {count:count} 次"),
    "climb.title": ("Escalation", "升级"),
    "climb.named": ("Escalation {name}", "升级 {name}"),

    "called.earlier": ("{count:count} earlier", "更早 {count:count} 条"),
    "called.step": ("step {step:count}", "第 {step:count} 步"),
    "called.call": ("called", "呼叫"),
    "called.taken": ("told that somebody has it", "告知已有人处理"),
    "called.over": ("told that it is over", "告知已恢复"),
    "called.sent": ("by {output}, {time}", "{output}，{time}"),
    "called.trying": ("being sent by {output}", "正经 {output} 发送"),
    "called.held": ("quiet hours: not before {time}", "免打扰：不早于 {time}"),
    "called.refused": ("refused by {outputs}", "{outputs} 拒绝"),
    "called.unsent": ("not sent", "未发出"),

    "did.title": ("What was done?", "采取了什么措施？"),
    "did.agents": ("Agents", "人数"),
    "did.fewer": ("one agent fewer", "减少一人"),
    "did.more": ("one agent more", "增加一人"),
    "did.others": ("Other", "其他"),
    "did.recorded": ("recorded", "已记录"),
    "did.worked": ("{effect:points} in 15 min, {n:count}×", "15 分钟 {effect:points}，{n:count} 次"),
    "did.by": ("by {who}", "{who}"),

    "brought.after": ("{after_ms:span} after: {text}", "{after_ms:span}后：{text}"),
    "brought.known": ("{effect:points}, projected {projected:percent}, was {level:percent}, n {n:count}",
                      "{effect:points}，预测 {projected:percent}，实际 {level:percent}，样本 {n:count}"),
    "brought.due": ("known at {time}", "{time} 可知"),
    "brought.unknown": ("not known: {why}", "未知：{why}"),

    "rota.title": ("On call now", "当前值班"),
    "rota.until": ("until {time}", "至 {time}"),
    "rota.next": ("then {people}", "接班：{people}"),
    "rota.nobody": ("nobody", "无人"),
    "rota.gap": ("nobody is on call", "无人值班"),
    "rota.unknown": ("nothing is known of this rota", "此排班表尚无内容"),
    "rota.override": ("override", "替班"),
    "rota.to_shifts": ("Shifts", "班次"),
}
