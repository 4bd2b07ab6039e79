"""What figures leave out, and why: one sentence for each, shared by every figure that leaves it out.

A figure names these by key, so that a better wording is no other definition.
"""

from __future__ import annotations

# A table is read by its rows.
# fmt: off
EXCLUSIONS: dict[str, tuple[str, str]] = {
    "refused": (
        "contacts refused at the door: they never entered the queue",
        "入口被拒的联络：从未进入队列"),
    "menus": (
        "time in menus before the queue: nobody could have answered yet",
        "进队前在语音菜单中的时间：此时尚无人可应答"),
    "entry_unknown": (
        "contacts whose entry was not seen: how long they waited is not known",
        "进队时刻不明的联络：等待时长未知"),
    "outside_hours": (
        "time outside the queue's business hours, where it has any: nobody promised to answer then",
        "队列营业时间以外的时间（如有设置）：未承诺应答"),
    "still_waiting": (
        "contacts still waiting: how they end is not known",
        "仍在排队的联络：结局未知"),
    "undecided": (
        "contacts that have waited for no longer than the threshold: they can still be met",
        "等待尚未超过时限的联络：仍可达标"),
    "lost": (
        "visits while the feed is lost: they are decided when it is back",
        "数据中断期间的排队：恢复后再判定"),
    "unanswered": (
        "contacts that nobody answered: their waits are in the abandon ratio and the service level",
        "无人接通的联络：其等待体现在放弃率与服务水平中"),
    "short_abandons": (
        "abandons within the short-abandon limit: nobody could have answered so soon",
        "短时放弃界限内的放弃：来不及应答"),
    "abandons_in_threshold": (
        "abandons within the threshold: the time to answer was not over yet",
        "时限内的放弃：应答时限尚未用完"),
    "exits_in_threshold": (
        "exits within the threshold, unless the queue counts exits (exits_count): the queue sent them on in time",
        "时限内的退出（除非队列设置 exits_count）：队列已及时转走"),
    "exits_end_unknown": (
        "contacts that vanished while the feed was lost: when they left is not known",
        "数据中断期间消失的联络：离开时刻未知"),
    "exits": (
        "contacts that left another way (time-out, key press, overflow …): they did not give up",
        "以其他方式离开的联络（超时、按键、溢出等）：并非客户放弃"),
    "abandons": (
        "contacts whose customer gave up: those are abandons",
        "客户主动放弃的联络：计入放弃量"),
    "lost_queues": (
        "queues whose feed is lost: what is decided there is not known",
        "数据中断的队列：其判定未知"),
    "open_work": (
        "contacts whose talk or wrap-up goes on: what they take is not known yet",
        "通话或话后处理未结束的联络：用时未知"),
    "end_unseen": (
        "contacts whose end was not seen: how long they took is not known",
        "结束未被看到的联络：用时未知"),
    "holds": (
        "holds, where the feed tells them: they are counted apart",
        "保持时间（数据源可区分时）：另行统计"),
    "off_duty": (
        "time paused, offline, unreachable, unknown or on a call of no queue: neither work for a queue nor free for it",
        "示忙、未签入、断开、未知或其他通话的时间：既非处理联络，也非待命"),
    "logged_out": (
        "time offline or unknown: nobody was logged in",
        "未签入或未知的时间：当时无人签入"),
    "away": (
        "members offline, unreachable, paused for the queue, or unknown: no contact can reach them",
        "未签入、断开、在本队列示忙或状态未知的成员：联络无法送达"),
    "unheard": (
        "agents of whom no feed has said anything yet: what they do is not known",
        "尚无任何数据的坐席：状态未知"),
    "lost_time": (
        "time in which the feed was lost: nobody knows what was done",
        "数据中断的时间：无人知道当时的状态"),
    "unscheduled": (
        "time with nothing scheduled, and time off: nothing was asked for",
        "无排班与休假的时间：没有要求"),
    "neutral": (
        "neutral time: a contact that ran into a break, a feed lost, an excuse",
        "中性时间：通话延入休息、数据中断、已免责"),
    "calm_queues": (
        "agents out whom no queue at risk needs: nothing is lost by it now",
        "不影响任何风险队列的未遵守坐席：目前没有损失"),
    "others_schedules": (
        "agents without a schedule: nothing was asked of them",
        "没有班表的坐席：对其没有要求"),
    "connection": (
        "what is said of the connection itself: it tells nothing of the floor",
        "关于连接本身的消息：与现场无关"),
    "small_offset": (
        "an offset of up to 1 s: no more than the network's delay",
        "1 秒以内的偏差：不超过网络延迟"),
    "individuals_alerts": (
        "alerts about teams and the whole floor, which may speak of a few people: on no public screen",
        "关于班组与全场的告警，可能涉及少数个人：不在公共屏幕显示"),
    "not_by_then": (
        "alerts of which it had not come to that by the hand-over: what is open has no length yet",
        "交班时尚未发生的告警：未完成者尚无时长"),
    "past_threshold": (
        "contacts that wait past the threshold: they are decided already",
        "等待已超过时限的联络：已判定"),
    "present_state": (
        "the line that stands now: it is what the load needs in the long run, not what clears a backlog",
        "当前的排队：此为负荷的长期所需，而非清空积压所需"),
    "elsewhere": (
        "agents on another queue's contact: they cannot take one here now",
        "正在服务其他队列的坐席：此刻无法在此接待"),
    "levers": (
        "agents who could come back (on break, in training, in another queue): they are levers, no capacity",
        "可召回的坐席（休息、培训、在其他队列）：属于可用手段，不算产能"),
    "answered_patience": (
        "how much longer answered customers would have waited: only that they waited so long is known",
        "被接通者本可再等多久：只知至少等了这么久"),
    "abandonment": (
        "abandonment: by Erlang C everybody waits",
        "放弃：按 Erlang C 人人等到接通"),
}
# fmt: on
"""Key to the sentence in English and in Chinese."""
