"""Waiting: who waits, how long, and who gave up."""

from __future__ import annotations

from floorwatch.metrics.catalogue.figure import Figure

# A table is read by its rows.
# fmt: off
WAITS = (
    Figure("waiting", 1, "contacts", "count(open visits)", "waiting", "排队中",
           "Contacts in the queue now, not yet with an agent; ringing counts as waiting.",
           "此刻在队列中、尚未接通的联络数；振铃也算等待。", ("waiting_at_end",),
           excludes=("menus",)),
    Figure("waiting_past_threshold", 1, "contacts", "count(now − t_q > T)", "waiting past threshold", "超时排队",
           "Contacts waiting now for longer than the threshold: each is already a miss.",
           "此刻等待已超过时限的联络数，每个都已计为未达标。",
           excludes=("menus", "outside_hours", "entry_unknown")),
    Figure("longest_wait", 1, "seconds", "max(now − t_q) over open visits", "longest wait", "最长等待",
           "How long the contact that waits longest has been waiting.", "当前等待最久的联络已等待的时长。",
           excludes=("menus", "outside_hours", "entry_unknown")),
    Figure("oldest_entry", 1, "instant", "min(t_q) over open visits", "oldest entry", "最早进队时刻",
           "When the contact that waits longest entered the queue.", "当前等待最久的联络进入队列的时刻。",
           excludes=("menus", "outside_hours", "entry_unknown")),
    Figure("wait_max", 1, "seconds", "max(wait), any outcome", "greatest wait", "最大等待时长",
           "The longest wait of any contact that left the queue in the period, however it ended.",
           "期间内离开队列的联络中最长的等待时长，不论结局。", ("wait_seconds_max",),
           excludes=("menus", "outside_hours", "entry_unknown", "still_waiting", "exits_end_unknown")),
    Figure("waits", 1, "seconds", "count(wait ≤ bound) by outcome", "waits by length", "等待时长分布",
           "How long contacts waited until they were answered, gave up or left another way: how many waited no longer "
           "than each bound. Every threshold of a queue is a bound.",
           "联络在接通、放弃或以其他方式离开前等待了多久：等待不超过各界限的联络数。各队列的时限都是界限。",
           excludes=("menus", "outside_hours", "entry_unknown", "still_waiting", "exits_end_unknown")),
    Figure("wait_total", 1, "seconds", "Σ(t_a − t_q)", "total wait", "等待总时长",
           "Waiting time of all answered contacts together.", "全部接通联络的等待时长之和。",
           ("wait_seconds_total",),
           excludes=("menus", "outside_hours", "entry_unknown", "unanswered")),
    Figure("asa", 1, "seconds", "Σ(t_a − t_q) / A", "average speed of answer", "平均应答速度",
           "Mean wait of answered contacts: a true mean, not the switch's moving average.",
           "接通联络的平均等待时长；是真实均值，不是交换机的滑动平均。", ("asa_seconds",),
           excludes=("menus", "outside_hours", "entry_unknown", "unanswered"), sample="asa_n"),
    Figure("asa_n", 1, "contacts", "A, of known wait", "answers of known wait", "等待已知的接通量",
           "Answered contacts whose wait is known: the sample of the average speed of answer.",
           "等待时长已知的接通联络数，即平均应答速度的样本量。",
           excludes=("entry_unknown",)),
    Figure("abandon_ratio", 1, "ratio", "(B − B_S) / (A + B + X − B_S)", "abandon ratio", "放弃率",
           "Share of finished visits that were abandoned, short abandons left out.",
           "已结束的排队中放弃所占比例，不含短时放弃。",
           excludes=("short_abandons", "still_waiting", "refused"), sample="abandon_ratio_n"),
    Figure("abandon_ratio_n", 1, "contacts", "A + B + X − B_S", "finished visits", "已结束的排队数",
           "Visits that are over, short abandons left out: the sample of the abandon ratio.",
           "已结束的排队数，不含短时放弃，即放弃率的样本量。",
           excludes=("short_abandons", "still_waiting", "refused")),
)
