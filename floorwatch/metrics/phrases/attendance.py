"""Words of adherence: why time is neutral, what an exception is, how an agent could come."""

from __future__ import annotations

# A table is read by its rows.
# fmt: off
ATTENDANCE: dict[str, tuple[str, str]] = {
    "neutral.contact": ("a contact ran into the break", "通话延入休息"),
    "neutral.made_up": ("break made up for", "补休"),
    "neutral.feed": ("the feed was lost", "数据中断"),
    "neutral.fault": ("the phone was lost with its switch", "话机随交换机断开"),
    "neutral.excused": ("excused", "已免责"),
    "neutral.rule": ("neutral by the rules", "按规则为中性"),

    "exception.late": ("late", "迟到"),
    "exception.missing": ("missing", "缺勤"),
    "exception.early_leave": ("left early", "早退"),
    "exception.logged_out": ("logged out", "中途签出"),
    "exception.long_break": ("long break", "休息超时"),
    "exception.unscheduled_break": ("break out of turn", "非时段休息"),
    "exception.other_pause": ("paused", "其他示忙"),
    "exception.unreachable": ("phone unreachable", "话机断开"),
    "exception.break_not_taken": ("break not taken", "未按时休息"),
    "exception.not_there": ("not where scheduled", "未到场"),
    "exception.unscheduled_work": ("extra work", "非排班工作"),

    "lever.out_of_adherence": ("not keeping to the schedule", "未按班表"),
    "lever.on_break": ("on a break", "休息中"),
    "lever.off_phone": ("in a meeting or training", "会议或培训中"),
    "lever.paused": ("paused", "示忙"),
    "lever.idle_elsewhere": ("free in another queue", "在其他队列空闲"),
}
# fmt: on
