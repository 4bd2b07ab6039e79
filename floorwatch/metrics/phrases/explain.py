"""What `floorwatch explain` says around the numbers, and why a figure has no value."""

from __future__ import annotations

# A table is read by its rows.
# fmt: off
EXPLAIN: dict[str, tuple[str, str]] = {
    "explain.version": ("{id}, version {version}, since floorwatch {since}",
                        "{id}，第 {version} 版，自 floorwatch {since} 起"),
    "explain.changed": ("version {version}, since {since}: {text}", "第 {version} 版，自 {since} 起：{text}"),
    "explain.formula": ("Formula", "公式"),
    "explain.left_out": ("Left out", "不计入"),
    "explain.nothing_left_out": ("nothing", "无"),
    "explain.sample": ("n {n} ({name})", "样本 {n}（{name}）"),
    "explain.target": ("target {target:target} in {threshold_ms:span}, short abandons up to {short_ms:span}",
                       "目标 {threshold_ms:span}内 {target:target}，短时放弃界限 {short_ms:span}"),
    "explain.small": ("under {least:count}, so no verdict", "不足 {least:count}，不作结论"),
    "explain.floor": ("whole floor", "全场"),
    "explain.between": ("{since} to {until}", "{since} 至 {until}"),
    "explain.at": ("at {until}", "{until}"),
    "explain.heard": ("{source}: last event {time}, {age_ms:clock} ago",
                      "{source}：最近事件 {time}，{age_ms:clock} 前"),
    "explain.silent": ("{source}: has said nothing yet", "{source}：尚无数据"),
    "explain.down": ("{source}: feed lost, last event {time}", "{source}：数据中断，最近事件 {time}"),
    "explain.period": ("the period ends at {time}", "本期间于 {time} 结束"),
    "explain.incomplete": ("incomplete: the feed was lost in this interval", "不完整：本时段内数据曾中断"),
    "explain.without": ("without {queues}, whose feed is lost", "不含 {queues}：数据中断"),
    "explain.untold": ("no feed of it tells: {facts}", "数据源无法提供：{facts}"),
    "explain.no_queue": ("No operands are kept of this figure: the definition is all there is to it.",
                         "此项不保留代入数值，仅有定义。"),
    "explain.no_floor": (
        "Name an INPUT with --config FILE, or a daemon with --url, to see the operands.",
        "如需查看代入数值，请给出 INPUT 与 --config FILE，或用 --url 指定运行中的服务。"),

    "why.lost": ("unknown: the feed is lost", "未知：数据中断"),
    "why.unseen": ("unknown: no feed can tell it, or nobody was there", "未知：数据源无法提供，或当时无人"),
    "why.not_kept": ("not kept over this window", "此时间窗不保留该项"),
    "why.nothing": ("none: there is nothing to divide by, or nobody waits", "无：分母为零，或无人排队"),

    "why.not_asked": ("not known yet: the models have not been asked", "尚未计算"),
    "why.feed": ("unknown: the feed is lost", "未知：数据中断"),
    "why.members": ("unknown: nobody is known to belong to the queue", "未知：没有已知成员"),
    "why.handling": ("unknown: no handling time is measured yet, or no feed tells the wrap-up",
                     "未知：尚无处理时长，或数据源无法提供话后处理"),
    "why.hours": ("unknown: no model here has a clock that stands still outside business hours",
                  "未知：模型不支持营业时间外停表"),
    "why.forecast": ("unknown: the rest of a day needs a forecast", "未知：全日推算需要预测"),
    "why.overload": ("unknown: so much more work than agents that the line would grow beyond what is worked out",
                     "未知：工作量远超坐席能力，排队过长，不予推算"),
    "why.few_abandons": ("unknown: too few have given up to tell", "未知：放弃过少，无法估计"),
    "why.other_model": ("not from this model now", "目前不采用此模型"),
    "why.never": ("none: no number is enough, or it is too late", "无：任何数量都不够，或已来不及"),

    "model.erlang_a": ("by Erlang A", "按 Erlang A"),
    "model.erlang_c": ("by Erlang C", "按 Erlang C"),

    "unseen.refused": ("refusals", "拒入"),
    "unseen.declined": ("declined attempts", "坐席未接"),
    "unseen.transferred": ("transfers", "转接"),
    "unseen.alerting": ("ringing", "振铃"),
    "unseen.hold": ("holds", "保持"),
    "unseen.wrap_up": ("the end of wrap-up", "话后处理的结束"),
    "unseen.busy": ("other calls", "其他通话"),
    "unseen.unreachable": ("phones that are off", "话机断开"),
    "unseen.log_in": ("who is logged in", "签入情况"),
    "unseen.pauses": ("pauses", "示忙"),
    "unseen.pause_reasons": ("reasons of pauses", "示忙原因"),
}
