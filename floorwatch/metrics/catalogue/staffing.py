"""Staffing: how many agents a queue needs, and on what that is founded. Each figure says which model it is from."""

from __future__ import annotations

from floorwatch.metrics.catalogue.figure import Figure

# A table is read by its rows.
# fmt: off
STAFFING = (
    Figure("forecast", 1, "contacts", "expected count(t_q)", "forecast", "预测进线量",
           "Contacts expected in the interval: the forecast's, for the rest of the day corrected by what has come.",
           "本时段预期的进线量：取自预测文件，当日余下时段按实际进线修正。"),
    Figure("measured_time", 1, "seconds", "length of the window", "measured over", "测量时长",
           "The time over which arrivals are measured for the models.", "模型所用进线的测量时长。"),
    Figure("patience", 1, "seconds", "Σ wait / B", "mean patience", "平均耐心时长",
           "How long customers are willing to wait on average, of an exponential patience under which as many would "
           "give up: the waits of all over the abandons of the last day. Not known under ten abandons.",
           "客户平均愿意等待的时长（按指数耐心估计）：近一日全部等待之和除以放弃数。放弃不足十个时为未知。",
           excludes=("answered_patience", "entry_unknown", "outside_hours"), sample="abandoned"),
    Figure("required_agents", 1, "agents", "min n: level(n) ≥ target", "agents needed", "所需坐席",
           "Fewest agents on the queue with whom the target is met in the long run, at the arrivals and handling times "
           "of now, by the queue's own formula: Erlang A where patience is known, else Erlang C; it says which.",
           "按当前进线与处理时长、以该队列的公式，长期达到目标所需的最少在线坐席：耐心已知时用 Erlang A，否则用 "
           "Erlang C，并注明所用模型。",
           excludes=("levers", "present_state")),
    Figure("required_agents.erlang_c", 1, "agents", "min n: level of M/M/n ≥ target", "agents needed, Erlang C",
           "所需坐席（Erlang C）",
           "Fewest agents by Erlang C: Poisson arrivals, exponential handling times, and nobody gives up.",
           "按 Erlang C 所需的最少坐席：泊松到达、指数处理时长、无人放弃。",
           excludes=("levers", "present_state", "abandonment")),
    Figure("required_agents.erlang_a", 1, "agents", "min n: level of M/M/n+M ≥ target", "agents needed, Erlang A",
           "所需坐席（Erlang A）",
           "Fewest agents by Erlang A: as Erlang C, and customers give up after an exponential patience, as measured.",
           "按 Erlang A 所需的最少坐席：同 Erlang C，且客户按实测的指数耐心放弃。",
           excludes=("levers", "present_state")),
    Figure("scheduled_agents", 1, "agents", "⌈required / (1 − shrinkage)⌉", "agents to schedule", "应排坐席",
           "Agents to schedule so that those needed are there, a share of scheduled time being spent otherwise.",
           "考虑损耗后为保证所需坐席在岗而应排班的坐席数。",
           excludes=("levers",)),
    Figure("places", 1, "contacts", "Σ contacts in hand + room", "places", "接待位",
           "Contacts the agents now on the queue can have in hand at once: one each, where one is all they take.",
           "当前在线坐席可同时接待的联络数；每人只接一个时即坐席数。",
           excludes=("away", "elsewhere")),
)
