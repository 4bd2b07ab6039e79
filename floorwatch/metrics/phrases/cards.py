"""The words of the definition cards, and of `floorwatch explain`."""

from __future__ import annotations

# A table is read by its rows.
# fmt: off
CARDS: dict[str, tuple[str, str]] = {
    "card.formula": ("Formula", "公式"),
    "card.window": ("Window", "时间窗"),
    "card.target": ("Target", "目标"),
    "card.target_of": ("{target:target} in {threshold_ms:span}; short abandons up to {short_ms:span}",
                       "{threshold_ms:span}内 {target:target}；短时放弃界限 {short_ms:span}"),
    "card.shown": ("Shown", "显示值"),
    "card.operands": ("{hits:count} met of {n:count} decided", "判定 {n:count}，达标 {hits:count}"),
    "card.today": ("Today", "今日"),
    "card.by_formula": ("The same visits by every formula", "同一批排队按各公式计算"),
    "card.chosen": ("this queue's formula", "本队列所用公式"),
    "card.version": ("{id}, version {version}", "{id}，第 {version} 版"),
    "card.definition": ("Definition", "定义"),
    "card.freshness": ("As of", "数据截至"),
    "card.least": ("Under {least:count} decided visits no verdict is given.", "判定不足 {least:count} 个时不作结论。"),
    "card.symbols": (
        ("a answered in threshold, A answered, B abandoned, B_S short abandons, B_T abandoned in threshold, "
         "E exited after the threshold, X exited; t_q enters the queue, t_a answered, t_b abandoned; T threshold"),
        ("a 时限内接通，A 接通，B 放弃，B_S 短时放弃，B_T 时限内放弃，E 超时后退出，X 退出；"
         "t_q 进入队列，t_a 接通，t_b 放弃；T 时限")),
}
