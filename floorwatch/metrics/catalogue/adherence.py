"""Schedules: whether what was planned is what is done."""

from __future__ import annotations

from floorwatch.metrics.catalogue.figure import Figure

# A table is read by its rows.
# fmt: off
ADHERENCE = (
    Figure("scheduled_time", 1, "seconds", "Σ scheduled", "scheduled time", "排班时长",
           "Time for which a schedule says what an agent is to do, as far as it lies in the period.",
           "期间内班表规定了坐席活动的时长。", ("scheduled_seconds",),
           excludes=("others_schedules",)),
    Figure("in_time", 1, "seconds", "Σ in", "time in adherence", "遵守时长",
           "Scheduled time in which the agent did what the schedule says, by the rule matrix.",
           "排班时间内坐席按规则矩阵判定为按班表行事的时长。", ("in_seconds",),
           excludes=("unscheduled", "neutral")),
    Figure("out_time", 1, "seconds", "Σ out", "time out of adherence", "未遵守时长",
           "Scheduled time in which the agent did something else, by the rule matrix.",
           "排班时间内坐席按规则矩阵判定为未按班表行事的时长。", ("out_seconds",),
           excludes=("unscheduled", "neutral")),
    Figure("neutral_time", 1, "seconds", "Σ neutral", "neutral time", "中性时长",
           "Scheduled time that counts neither way: a contact that ran into a break, a feed lost, or an excuse.",
           "两边都不计的排班时长：通话延入休息、数据源中断或已免责。", ("neutral_seconds",),
           excludes=("unscheduled",)),
    Figure("adherence", 1, "ratio", "in / (scheduled − neutral)", "adherence", "班表遵守率",
           "Share of scheduled time spent doing what the schedule says; neutral time counts neither way.",
           "排班时间内按班表行事的比例；中性时间两边都不计。",
           excludes=("unscheduled", "neutral", "others_schedules"), sample="counted_time"),
    Figure("counted_time", 1, "seconds", "scheduled − neutral", "time that counts", "计入时长",
           "Scheduled time that counts one way or the other: the sample of the adherence.",
           "排班时长中计入遵守或未遵守的部分，即遵守率的样本量。",
           excludes=("unscheduled", "neutral")),
    Figure("conformance", 1, "ratio", "on-queue time worked / on-queue time scheduled", "conformance", "工时符合率",
           "On-queue time worked against on-queue time scheduled; may pass 1. The right total is not the right time.",
           "实际在线工时与排定在线工时之比，可大于 1。总量对不等于时间对。",
           excludes=("unscheduled", "others_schedules"), sample="work_time"),
    Figure("work_time", 1, "seconds", "Σ scheduled as work", "on-queue time scheduled", "排定在线工时",
           "Time for which the schedule says work, on any channel: the sample of the conformance.",
           "班表规定为工作的时长，不分渠道，即工时符合率的样本量。",
           excludes=("unscheduled",)),
    Figure("extra_time", 1, "seconds", "Σ worked and not scheduled", "extra time", "额外工时",
           "Time worked with nothing scheduled, or on time off; it counts in no ratio.",
           "无排班或休假时工作的时长；不计入任何比例。", ("extra_seconds",)),
    Figure("exceptions", 1, "agents", "count(agents not doing what is scheduled) by kind", "exceptions", "班表异常",
           "Agents who are not doing what the schedule says now, by kind: late, missing, long break and so on; those "
           "excused, and what is shorter than the delay of the rules, are not among them.",
           "此刻未按班表行事的坐席数，按种类分列：迟到、缺岗、休息超时等；已免责者与未超过规则延迟者不计。",
           excludes=("neutral", "unscheduled", "others_schedules")),
    Figure("harm", 1, "agents", "count(agents out while scheduled to work, serving a queue at risk)", "harm", "影响",
           "Productive agents lost to a queue that is at risk now. Exceptions are read by it, not by minutes.",
           "当前处于风险的队列所缺少的可用坐席数。异常按影响排序，而非按分钟。",
           excludes=("calm_queues",)),
    Figure("levers", 1, "agents", "count(agents who could come) by way", "levers", "可召回坐席",
           "Agents a queue at risk could have back: on a break, off the phone, out of adherence, or idle in another "
           "queue with the skill. They are not counted as its capacity.",
           "处于风险的队列可召回的坐席数：休息中、离线活动、未按班表，或在其他队列空闲且具备技能者。不计为产能。"),
    Figure("shrinkage", 1, "ratio", "scheduled time not for contacts / scheduled time", "shrinkage", "损耗率",
           "Share of scheduled time in which agents are not meant for contacts: breaks, meetings, training, time off.",
           "排班时间中不用于处理联络的比例：休息、会议、培训、休假等。",
           excludes=("unscheduled", "others_schedules"), sample="scheduled_time"),
)
