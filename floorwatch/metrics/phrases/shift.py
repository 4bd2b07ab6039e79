"""The words of shift reports."""

from __future__ import annotations

# A table is read by its rows.
# fmt: off
SHIFT: dict[str, tuple[str, str]] = {
    "shift.title": ("Shift report: {rota}", "交班报告：{rota}"),
    "shift.subject": ("Shift report: {rota}, {time}", "交班报告：{rota}，{time}"),
    "shift.span": ("{since} to {until} ({zone})", "{since} 至 {until}（{zone}）"),
    "shift.span_now": ("since {since}, told up to {until} ({zone})", "{since} 起，截至 {until}（{zone}）"),
    "shift.people": ("On call: {people}", "值班：{people}"),
    "shift.next": ("Now on call: {people}", "接班：{people}"),
    "shift.then": ("From {time} on: {people}", "{time} 起：{people}"),
    "shift.nobody": ("nobody", "无人"),
    "shift.known_since": ("What happened before {time} is not known here.", "{time} 之前的经过在此不详。"),
    "shift.counts": ("Alerts: {n:count} ({by_severity})", "告警：{n:count} 项（{by_severity}）"),
    "shift.of_severity": ("{n:count} {severity}", "{severity} {n:count}"),
    "shift.no_alerts": ("No alert fired, and none was left over.", "本班无告警，也无遗留。"),
    "shift.no_alerts_then": ("No alert fired after that, and none was left over.", "此后无告警，也无遗留。"),
    "shift.acknowledge": ("Median time until somebody had it: {ms:clock} ({n:count} of {all:count} alerts)",
                          "首次接手用时中位数：{ms:clock}（{all:count} 项告警中的 {n:count} 项）"),
    "shift.act": ("Median time until something was done: {ms:clock} ({n:count} of {all:count} alerts)",
                  "首次处置用时中位数：{ms:clock}（{all:count} 项告警中的 {n:count} 项）"),
    "shift.recover": ("Median time until it was over: {ms:clock} ({n:count} of {all:count} alerts)",
                      "恢复用时中位数：{ms:clock}（{all:count} 项告警中的 {n:count} 项）"),

    "shift.live": ("Handed over: {n:count}", "移交：{n:count} 项"),
    "shift.over": ("Over: {n:count}", "已恢复：{n:count} 项"),
    "shift.told": ("called {people}", "已呼叫 {people}"),
    "shift.unreached": ("not reached: {people}", "未能联系到 {people}"),
    "shift.taken": ("{people} had it after {ms:clock}", "{ms:clock} 后由 {people} 接手"),
    "shift.untaken": ("nobody had it", "无人接手"),
    "shift.acted": ("done after {ms:clock}: {actions}", "{ms:clock} 后处置：{actions}"),
    "shift.brought": ("{action}: {effect:points} after 15 min", "{action}：15 分钟后 {effect:points}"),
    "shift.brought_shared": ("{action}: {effect:points} after 15 min, together with what else was done then",
                             "{action}：15 分钟后 {effect:points}，含同期其他措施"),
    "shift.recovered": ("over after {ms:clock}", "{ms:clock} 后恢复"),
    "shift.not_over": ("not over", "尚未恢复"),
    "shift.more": ("and {n:count} more", "另有 {n:count} 项"),
}
# fmt: on
