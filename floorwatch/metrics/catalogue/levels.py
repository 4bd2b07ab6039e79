"""Service level: six formulas over the same visits, by event and by arrival."""

from __future__ import annotations

from floorwatch.metrics.catalogue.figure import Figure

# A table is read by its rows.
# fmt: off
_LEVEL_EN = "Each visit is decided once: answered, abandoned, exited, or waiting past the threshold. "
_LEVEL_ZH = "每次排队只判定一次：接通、放弃、退出，或等待超过时限。"

_UNDECIDED = ("undecided", "outside_hours", "entry_unknown", "refused", "lost")

LEVELS = (
    Figure("service_level", 1, "ratio", "hits / decided", "service level", "服务水平",
           "Share of decided visits that met the threshold, by the queue's own formula. " + _LEVEL_EN
           + "Read it with the contacts waiting past the threshold and the longest wait.",
           "已判定的排队中达标的比例，按该队列选定的公式计算。" + _LEVEL_ZH + "请与超时排队数和最长等待一起看。",
           ("service_level_by_event",),
           excludes=_UNDECIDED, sample="decided"),
    Figure("service_level.short_abandons_excluded", 1, "ratio", "a / (A + B + E − B_S)",
           "service level, short abandons excluded", "服务水平（不计短时放弃）",
           _LEVEL_EN + "Short abandons are left out; other abandons, and exits after the threshold, are misses.",
           _LEVEL_ZH + "短时放弃不计入；其余放弃以及超时后的退出均算未达标。",
           excludes=(*_UNDECIDED, "short_abandons", "exits_in_threshold"),
           sample="decided"),
    Figure("service_level.abandons_missed", 1, "ratio", "a / (A + B + E)",
           "service level, abandons missed", "服务水平（放弃算未达标）",
           _LEVEL_EN + "Every abandon is a miss.", _LEVEL_ZH + "所有放弃都算未达标。",
           excludes=(*_UNDECIDED, "exits_in_threshold"), sample="decided"),
    Figure("service_level.abandons_ignored", 1, "ratio", "a / (A + B + E − B_T)",
           "service level, early abandons ignored", "服务水平（不计时限内放弃）",
           _LEVEL_EN + "Abandons within the threshold are left out; later ones are misses.",
           _LEVEL_ZH + "时限内的放弃不计入；超时后的放弃算未达标。",
           excludes=(*_UNDECIDED, "abandons_in_threshold", "exits_in_threshold"),
           sample="decided"),
    Figure("service_level.abandons_met", 1, "ratio", "(a + B_T) / (A + B + E)",
           "service level, early abandons met", "服务水平（时限内放弃算达标）",
           _LEVEL_EN + "Abandons within the threshold count as met; later ones are misses.",
           _LEVEL_ZH + "时限内的放弃算达标；超时后的放弃算未达标。",
           excludes=(*_UNDECIDED, "exits_in_threshold"), sample="decided"),
    Figure("service_level.short_abandons_met", 1, "ratio", "(a + B_S) / (A + B + E)",
           "service level, short abandons met", "服务水平（短时放弃算达标）",
           _LEVEL_EN + "Short abandons count as met; other abandons are misses.",
           _LEVEL_ZH + "短时放弃算达标；其余放弃算未达标。",
           excludes=(*_UNDECIDED, "exits_in_threshold"), sample="decided"),
    Figure("service_level.answered_only", 1, "ratio", "a / A",
           "service level, answered only", "服务水平（仅计接通）",
           "Share of answered contacts that were answered within the threshold. It decides a visit only when it is "
           "answered: it cannot see the contacts still waiting, nor those who gave up.",
           "接通的联络中在时限内接通的比例。仅在接通时判定：看不到仍在排队的联络，也看不到已放弃的联络。",
           excludes=("unanswered", "outside_hours", "entry_unknown", "refused"), sample="decided"),
    Figure("service_level_by_arrival", 1, "ratio", "hits / decided, by t_q", "service level by arrival",
           "服务水平（按进线时刻）",
           "The same share over the visits that arrived in the interval; provisional while one of them is open. "
           "Compare forecasts with this one.",
           "同一比例，但按进线时刻归入时段；其中仍有未结束者时为暂定值。与预测比较时用此值。",
           excludes=_UNDECIDED, sample="decided"),
    Figure("decided", 1, "contacts", "n", "decided visits", "已判定数",
           "Visits behind a service level: its sample. Under the smallest sample no verdict is given.",
           "服务水平背后的样本量，即已判定的排队数。低于最小样本量时不作结论。",
           ("service_level_n", "service_level_by_event_n", "service_level_by_arrival_n"),
           excludes=_UNDECIDED),
    Figure("min_sample", 1, "contacts", "n_min", "least sample", "最小样本量",
           "So many decided visits a window needs for a verdict: under it the level is shown grey, with its n, and "
           "starts no alert.",
           "一个时间窗要作结论所需的最少判定数：不足时服务水平以灰色显示并注明样本量，且不触发告警。"),
    Figure("hits", 1, "contacts", "hits", "hits", "达标数",
           "Decided visits that met the service level, by the queue's formula.", "按该队列的公式判定为达标的排队数。",
           excludes=_UNDECIDED),
    Figure("target", 1, "ratio", "target", "target", "目标",
           "The service level the queue is to reach.", "队列应达到的服务水平。"),
    Figure("threshold", 1, "seconds", "T", "threshold", "时限",
           "The wait up to which an answer meets the service level.", "应答仍算达标的最长等待时长。"),
    Figure("floor_level", 1, "ratio", "Σ hits / Σ decided", "floor level", "全场服务水平",
           "Service level of the whole floor today: the hits of all queues over their decided visits, each by its own "
           "queue's formula and threshold. Queues whose feed is lost are left out, and that is said beside it.",
           "今日全场服务水平：各队列达标数之和除以已判定数之和，各按本队列的公式与时限。"
           "数据中断的队列不计入，并在旁注明。",
           excludes=(*_UNDECIDED, "lost_queues"), sample="decided"),
)
