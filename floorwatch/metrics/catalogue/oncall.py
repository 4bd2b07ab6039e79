"""On call: how soon somebody had an alert in hand, what was done about it, and what that brought."""

from __future__ import annotations

from floorwatch.metrics.catalogue.figure import Figure

# A table is read by its rows.
# fmt: off
ONCALL = (
    Figure("turn_alerts", 1, "alerts", "count(alerts that fired in the turn or still lived when it began)",
           "alerts of a turn", "班次告警数",
           "Alerts in a turn of a rota, whoever had them: those that an escalation carries to the rota; of a rota that "
           "no escalation names all but those about other teams.",
           "值班班次内的告警，不论由谁处理：升级会送达该排班表的告警；无升级指向的排班表则为全部告警，但其他班组的除外。"),
    Figure("handed_over", 1, "alerts", "count(alerts not over at the hand-over)", "handed over", "移交告警数",
           "Alerts that fired, or that somebody had in hand, when the turn ended; of a turn that runs, now.",
           "班次结束时仍在告警或有人处理的告警；班次进行中则为此刻。"),
    Figure("time_to_acknowledge", 1, "seconds", "first taken in hand − fired", "time to acknowledge", "接手用时",
           "From when an alert fired until somebody first took it in hand, however they did. Of a turn the median, "
           "beside how many alerts it is of.",
           "自告警触发至首次有人接手，不论以何方式。班次取中位数，并注明项数。",
           excludes=("not_by_then",), sample="turn_alerts"),
    Figure("time_to_act", 1, "seconds", "first action recorded − fired", "time to act", "处置用时",
           "From when an alert fired until it was first recorded that something was done about it. Of a turn the "
           "median, beside how many alerts it is of.",
           "自告警触发至首次记录采取措施。班次取中位数，并注明项数。",
           excludes=("not_by_then",), sample="turn_alerts"),
    Figure("time_to_recover", 1, "seconds", "over − fired", "time to recover", "恢复用时",
           "From when an alert fired until it was over. Of a turn the median, beside how many alerts it is of.",
           "自告警触发至恢复。班次取中位数，并注明项数。",
           excludes=("not_by_then",), sample="turn_alerts"),
    Figure("effect", 1, "ratio", "level in (t, t + h] − mean level of the same minutes played again without the action",
           "effect of an action", "措施效果",
           "What an action has brought to the service level of the visits decided in the 5, 15 or 30 minutes after it: "
           "the same customers once more, without the agents who came or with the customers who left by it. In points. "
           "Eight times in ten the true effect lies between the two that stand beside it. Projected then: what was "
           "expected when it was recorded, with the agents who were there by then. Of several actions the mean, "
           "without those that share theirs with another.",
           "措施后 5、15 或 30 分钟内判定的联络因该措施改变的服务水平："
           "以同样的客户重演，去掉由此到岗的坐席，或留下由此离开的客户。单位为百分点。"
           "旁注的上下界有八成把握包含真实效果；当时预测为记录该措施时按已在岗坐席所作的预计。多次措施取平均值，效果与其他措施混在一起者不计。",
           sample="decided"),
)
