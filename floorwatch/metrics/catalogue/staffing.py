"""Staffing: how many agents a queue needs, and on what that is founded. Each figure says which model it is from."""

from __future__ import annotations

from floorwatch.metrics.catalogue.figure import Figure

# A table is read by its rows.
# fmt: off
STAFFING = (
    Figure("forecast", 1, "contacts", "expected count(t_q)", "forecast", "预测进线量",
           "Contacts expected in the interval: the forecast's, or what the day so far makes of it.",
           "本时段预期的进线量：取自预测文件，或按当日实际修正。"),
    Figure("patience", 1, "seconds", "mean of the Kaplan–Meier curve of waits until abandon", "patience",
           "平均耐心时长",
           "How long customers would wait on average before they give up; answered ones count as having waited longer.",
           "客户放弃前平均愿意等待的时长；被接通者视为至少等到接通。",
           excludes=("answered_patience", "entry_unknown"), sample="abandoned"),
    Figure("required_agents", 1, "agents", "min n: level(n) ≥ target", "agents needed", "所需坐席",
           "Fewest agents on the queue with whom the target is met; the model it is from stands beside it.",
           "达到目标所需的最少坐席数；旁边注明所用模型。",
           excludes=("levers",)),
    Figure("required_agents.erlang_c", 1, "agents", "min n: level of M/M/n ≥ target", "agents needed, Erlang C",
           "所需坐席（Erlang C）",
           "Fewest agents by Erlang C: Poisson arrivals, exponential handling, and nobody gives up.",
           "按 Erlang C 所需的最少坐席：泊松到达、指数处理时长、无人放弃。",
           excludes=("levers", "abandonment")),
    Figure("required_agents.erlang_a", 1, "agents", "min n: level of M/M/n+M ≥ target", "agents needed, Erlang A",
           "所需坐席（Erlang A）",
           "Fewest agents by Erlang A: as Erlang C, and customers give up after an exponential patience, as measured.",
           "按 Erlang A 所需的最少坐席：同 Erlang C，且客户按实测的指数耐心放弃。",
           excludes=("levers",)),
    Figure("needed_for_target", 1, "ratio", "(target × (n + to come) − hits) / to come", "needed for the target",
           "达标所需水平",
           "Service level the rest of the period must have for the whole to reach the target; over 1 it cannot.",
           "余下时间须达到的服务水平，整个期间才能达标；大于 1 即无法达到。",
           excludes=("undecided",), sample="decided"),
)
