"""What agents spend on the contacts of a queue."""

from __future__ import annotations

from floorwatch.metrics.catalogue.figure import Change, Figure

_KNOWN = Change(
    2,
    "0.1.0",
    "Not known where no feed tells a part of it; version 1 counted that part as 0.",
    "数据源无法提供其中某一部分时为未知；第 1 版按 0 计。",
)

# A table is read by its rows.
# fmt: off
WORK = (
    Figure("talk", 1, "seconds", "Σ talk", "talk time", "通话时长",
           "Time agents talked with contacts of the queue, hold not included.",
           "坐席与本队列联络通话的时长，不含保持。",
           ("talk_seconds",),
           excludes=("holds", "open_work", "end_unseen")),
    Figure("hold", 1, "seconds", "Σ hold", "hold time", "保持时长",
           "Time contacts of the queue were on hold.", "本队列联络被保持的时长。", ("hold_seconds",),
           excludes=("open_work", "end_unseen")),
    Figure("wrap_up", 2, "seconds", "Σ wrap-up", "wrap-up time", "话后处理时长",
           "Time agents spent finishing contacts of the queue after they ended, as the feed tells it or the "
           "configuration sets it; not known where neither does.",
           "通话结束后坐席处理收尾工作的时长，由数据源上报，或由配置设定；两者都没有时为未知。",
           ("wrap_up_seconds",),
           excludes=("open_work",),
           changes=(_KNOWN,)),
    Figure("handled", 1, "contacts", "count(talk and wrap-up ended)", "handled", "处理完成量",
           "Contacts whose talk and wrap-up ended in the period.", "期间内通话与话后处理均已结束的联络数。",
           excludes=("open_work", "end_unseen")),
    Figure("handling", 1, "seconds", "Σ(talk + hold + wrap-up) of the handled", "handling time", "处理总时长",
           "Work on all handled contacts together; not known where the wrap-up is not.",
           "全部处理完成的联络的处理时长之和；话后处理时长未知时，本项也未知。",
           excludes=("open_work", "end_unseen")),
    Figure("aht", 2, "seconds", "(talk + hold + wrap-up) / handled", "average handling time", "平均处理时长",
           "Mean work per handled contact; not known where the wrap-up is not.",
           "每个处理完成的联络的平均处理时长；话后处理时长未知时，本项也未知。", ("aht_seconds",),
           excludes=("open_work", "end_unseen"), sample="handled",
           changes=(_KNOWN,)),
    Figure("occupancy", 2, "ratio", "(talking + on hold + wrap-up + alerting) / (same + available)",
           "occupancy", "占用率",
           "Share of the members' working time spent with a contact, whatever queue it came from; not known where the "
           "feed cannot tell a part of it.",
           "成员工作时间中用于联络的比例，不论联络来自哪个队列；数据源无法提供其中某一部分时为未知。",
           excludes=("off_duty",), sample="occupancy_time",
           changes=(_KNOWN,)),
    Figure("occupancy_by_load", 1, "ratio", "Σ contacts held / Σ contacts that could be held", "occupancy by load",
           "占用率（按负荷）",
           "How much of what the members could have in hand they had, over their working time: of a queue that allows "
           "three contacts at once, one is a third of an agent; wrap-up is all of one. Above 1 where agents hold more "
           "than the configuration says they can.",
           "成员工作时间内，手中联络占其可同时处理量的比例：允许同时处理三个联络的队列，一个联络占三分之一名坐席；"
           "话后处理占整名坐席。实际多于配置上限时会大于 1。",
           ("load_occupancy",),
           excludes=("off_duty",), sample="occupancy_time"),
    Figure("occupancy_time", 1, "seconds", "talking + on hold + wrap-up + alerting + available", "time at work",
           "在岗工时",
           "The members' time with a contact or free for one: the sample of the occupancy.",
           "成员处理联络与待命的总时长，即占用率的样本量。",
           excludes=("off_duty",)),
)
