"""Agents: what they do now, and how long they did it."""

from __future__ import annotations

from floorwatch.metrics.catalogue.figure import Figure

# A table is read by its rows.
# fmt: off
AGENTS = (
    Figure("agents_by_activity", 1, "agents", "count(agents) by activity", "agents by activity", "坐席状态分布",
           "Agents by what they are doing now; a queue shows its own members, whatever queue they are serving.",
           "按当前状态统计的坐席数；队列只显示其成员，不论其正在服务哪个队列。",
           excludes=("unheard",)),
    Figure("agent_activity", 1, "state", "1 for the activity of now", "activity of an agent", "坐席当前状态",
           "What one agent is doing now. Off unless the configuration wants it; gone once the agent logs out.",
           "单个坐席的当前状态。仅在配置要求时输出；坐席签出后即不再输出。",
           excludes=("unheard",)),
    Figure("present", 1, "agents", "members − offline − unreachable − paused", "agents here", "在岗坐席",
           "Members who are neither offline, unreachable nor paused; those on another queue's contact are named apart.",
           "既未离线、未断开、也未示忙的成员；正在服务其他队列的另行标注。",
           excludes=("away",)),
    Figure("elsewhere", 1, "agents", "present on another queue's contact", "of them on other queues", "其中在其他队列",
           "Agents here who are with another queue's contact at the moment.", "在岗坐席中此刻正在服务其他队列的人数。",
           excludes=("away",)),
    Figure("room", 1, "contacts", "Σ ⌊(1 − load) × concurrency⌋ over members here", "places free", "空余名额",
           "Contacts of the queue its members could take now, beside those they have in hand or that ring; none in "
           "wrap-up or on a call of no queue.",
           "此刻成员除手中及振铃的联络外还能再接的本队列联络数；话后处理或非队列通话中的坐席不计。",
           excludes=("away",)),
    Figure("with_room", 1, "agents", "members here with a place free", "agents with a place free", "有空余名额的坐席",
           "Members who could take one more contact of the queue now.", "此刻还能再接至少一个本队列联络的成员数。",
           excludes=("away",)),
    Figure("activity_time", 1, "seconds", "Σ time by activity", "time by activity", "各状态时长",
           "How long an agent was in each activity; together they make the whole period.",
           "坐席处于各状态的时长；合计等于整个期间。", ("seconds",)),
    Figure("paused", 1, "seconds", "Σ paused time by reason", "paused time", "示忙时长",
           "Time paused in every queue, by reason.", "在所有队列均示忙的时长，按原因分列。", ("paused_seconds",),
           excludes=("lost_time",)),
    Figure("paused_any", 1, "seconds", "Σ time paused in at least one queue, by reason", "partly paused time",
           "部分示忙时长",
           "Time paused in at least one queue, by reason, also while finishing a contact.",
           "至少在一个队列示忙的时长，按原因分列，含收尾通话期间。", ("paused_any_seconds", "paused_by_queue"),
           excludes=("lost_time",)),
    Figure("utilisation", 1, "ratio", "(talking + on hold + wrap-up) / logged in", "utilisation", "利用率",
           "Share of logged-in time spent handling contacts, pauses included in what it is a share of. Others use the "
           "word otherwise.",
           "签入时间（含示忙）中用于处理联络的比例。该词在别处另有用法。",
           excludes=("logged_out",), sample="logged_in_time"),
    Figure("logged_in_time", 1, "seconds", "all time but offline and unknown", "logged-in time", "签入时长",
           "How long the agent was logged in: the sample of the utilisation.", "坐席签入的总时长，即利用率的样本量。",
           excludes=("logged_out",)),
)
