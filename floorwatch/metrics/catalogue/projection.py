"""Projection: where the interval or the day will end, and what can still be done about it."""

from __future__ import annotations

from floorwatch.metrics.catalogue.figure import Figure

# A table is read by its rows.
# fmt: off
PROJECTION = (
    Figure("to_come", 1, "contacts", "expected decisions until the end of the period", "still to come", "预计尚待判定",
           "Visits expected to be decided until the period ends: those who wait and are not decided, and arrivals.",
           "期末前预计判定的排队数：尚未判定的排队者与预计进线。",
           excludes=("past_threshold",)),
    Figure("projection", 1, "ratio", "median of (hits + hits to come) / (decided + to come)", "projection",
           "预计服务水平",
           "Service level at the end of the period: half of such moments end above it, half below. From what is "
           "decided, who waits, and who is still to come.",
           "期末服务水平的预计：类似时刻约有一半高于此值。依据已判定者、排队者与尚未到来者。",
           excludes=("lost",), sample="decided"),
    Figure("projection_low", 1, "ratio", "10 % quantile of the level at the end", "projection, low", "预计下限",
           "One time in ten the period ends below this.", "十次中约有一次期末低于此值。",
           excludes=("lost",), sample="decided"),
    Figure("projection_high", 1, "ratio", "90 % quantile of the level at the end", "projection, high", "预计上限",
           "One time in ten the period ends above this.", "十次中约有一次期末高于此值。",
           excludes=("lost",), sample="decided"),
    Figure("course", 1, "ratio", "expected hits / expected decided, by the time-dependent Erlang A chain",
           "level with the agents of now", "按现有坐席的期末水平",
           "Service level expected at the end of the period if the agents now on the queue stay and nobody comes: by "
           "the birth–death chain of Erlang A from the present line on, Erlang C where patience is not known.",
           "若现有坐席不变、无人增援，期末预期的服务水平：自当前排队起按 Erlang A 生灭链推算；耐心未知时按 Erlang C。",
           excludes=("levers",), sample="decided"),
    Figure("backlog_gone", 1, "instant", "first t: P(nobody waits) > ½", "backlog gone", "积压清空时刻",
           "When it becomes more likely than not that nobody waits, with the agents of now.",
           "按现有坐席，无人排队的可能性首次过半的时刻。",
           excludes=("levers",)),
    Figure("needed_for_target", 1, "ratio", "(target × (decided + to come) − hits) / to come", "needed for the target",
           "达标所需水平",
           "Service level all visits still to come must reach for the period to meet its target; above 1 it cannot be "
           "recovered.",
           "余下各联络须达到的服务水平，整个期间才能达标；大于 1 即无法挽回。",
           sample="decided"),
    Figure("best_reachable", 1, "ratio", "(hits + to come) / (decided + to come)", "best still reachable",
           "尚可达到的最好水平",
           "The service level of the period if every visit still to come is a hit.",
           "余下联络全部达标时，本期间的服务水平。",
           sample="decided"),
    Figure("best_possible", 1, "ratio",
           "(hits + waiting in T + most that may come) / (decided + waiting in T + most that may come)",
           "best possible end", "可能的最好结果",
           "The service level of the period if all who wait within T, and the most who may still come, are hits: a "
           "bound that one period in a thousand passes. Under the target, the period is certain to miss it.",
           "若阈值内排队者与可能到来的最多联络全部达标时本期间的服务水平：千个期间约有一个超过此界。低于目标即必然不达标。",
           sample="decided"),
    Figure("miss_chance", 1, "ratio", "P(level at the end < target)", "chance of a miss", "不达标可能性",
           "Probability that the period ends under its target, by the projection.",
           "按预计，本期间期末低于目标的概率。",
           excludes=("lost",), sample="decided"),
    Figure("agents_short", 1, "agents", "max(0, agents needed by then − present)", "agents short", "坐席缺口",
           "Agents that must come, beside those present, for the period to end at its target in nine of ten trials.",
           "为使十次推演中九次达标，除在岗坐席外还须增加的人数。",
           excludes=("levers",)),
    Figure("agents_to_recover", 1, "agents", "min n from now on: level at the end ≥ target", "agents to recover",
           "挽回所需坐席",
           "Fewest agents on the queue from now on with whom the period still meets its target, from the present line "
           "on; none where no number is enough.",
           "自当前排队起，为使本期间仍达标，从现在起所需的最少坐席；任何数量都不够时为无。",
           excludes=("levers",)),
    Figure("no_return", 1, "instant", "last t: hits + all to come after t ≥ target", "point of no return", "最后时限",
           "Until when acting can still reach the target, if until then the agents of now go on. The end of the period "
           "where the target is met without acting; none where it is too late.",
           "在此之前采取行动仍可达标（此前按现有坐席）。无需行动即可达标时为期末；已来不及时为无。",
           excludes=("levers",)),
)
