"""Words for what people did about an alert, and for why it is not known what that brought."""

from __future__ import annotations

# A table is read by its rows.
# fmt: off
ACTIONS: dict[str, tuple[str, str]] = {
    "action.back_from_break": ("back from break", "召回休息坐席"),
    "action.back_from_training": ("back from training", "召回培训坐席"),
    "action.back_from_meeting": ("back from meeting", "召回会议坐席"),
    "action.called_in": ("called in", "临时召入"),
    "action.moved_agents": ("agents moved here", "调入坐席"),
    "action.pauses_ended": ("pauses ended", "结束暂停"),
    "action.overflow_opened": ("overflow opened", "开启溢出"),
    "action.announcement": ("announcement", "播放提示"),
    "action.callbacks_offered": ("call-backs offered", "提供回拨"),
    "action.other": ("something else", "其他措施"),

    "action.recorded": (
        "Recorded: {action}. What it brings is known at {time}.", "已记录：{action}。效果于 {time} 可知。"),
    "action.recorded_only": ("Recorded: {action}.", "已记录：{action}。"),
    "action.take_back": ("To take it back: floorwatch alerts unact {alert} {id}",
                         "如需撤回：floorwatch alerts unact {alert} {id}"),
    "action.withdrawn": ("Taken back: {action}.", "已撤回：{action}。"),

    "effect_why.small_sample": ("too few decided", "判定样本过少"),
    "effect_why.unseen": ("nobody came, and what else it does is not seen", "无坐席到岗，其他作用无从得知"),
    "effect_why.feed": ("the feed was lost", "数据曾中断"),
    "effect_why.hours": ("the queue has business hours", "该队列设有营业时间"),
    "effect_why.handling": ("handling is not told by the feed", "数据源不提供处理时长"),
    "effect_why.members": ("nobody belongs to the queue", "该队列没有成员"),
    "effect_why.not_kept": ("what is needed for it is not kept any more", "所需记录已不再保存"),
}
