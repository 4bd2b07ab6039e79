"""The words of the definition cards, and of `floorwatch explain`."""

from __future__ import annotations

# A table is read by its rows.
# fmt: off
CARDS: dict[str, tuple[str, str]] = {
    "card.target": ("Target", "目标"),
    "card.target_of": ("{target:target} in {threshold_ms:span}; short abandons up to {short_ms:span}",
                       "{threshold_ms:span}内 {target:target}；短时放弃界限 {short_ms:span}"),
    "card.hours": ("Business hours", "营业时间"),
    "card.hours_meaning": ("Threshold and waits count only then.", "时限与等待仅在此期间计时。"),
    "card.open_until": ("Open now, until {time}.", "营业中，至 {time}。"),
    "card.closed_until": ("Closed now, until {time}.", "停业中，至 {time}。"),
    "card.band": ("Band", "区间"),
    "card.band_of": ("{low} % to {high} % at {time}: four of five end in it",
                     "{time} 为 {low}% 至 {high}%：五次有四次落在其中"),
    "card.to_queue": ("This queue's day", "该队列当日"),
    "card.shown": ("Shown", "显示值"),
    "card.by_formula": ("The same visits by every formula", "同一批排队按各公式计算"),
    "card.chosen": ("this queue's formula", "本队列所用公式"),
    "card.sample_time": ("n {n_ms:span}", "样本 {n_ms:span}"),
    "card.mark": ("since {time} version {version}, before that version {was}",
                  "{time} 起为第 {version} 版，此前为第 {was} 版"),
    "card.definition": ("Definition", "定义"),
    "card.freshness": ("As of", "数据截至"),
    "card.least": ("Under {least:count} decided visits no verdict is given.", "判定不足 {least:count} 个时不作结论。"),
}
