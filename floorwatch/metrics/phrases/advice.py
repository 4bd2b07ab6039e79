"""What to do about an alert. A sentence is said when everything it speaks of is known; see `alerts.advice`."""

from __future__ import annotations

# A table is read by its rows.
# fmt: off
ADVICE: dict[str, tuple[str, str]] = {
    "advice.lost": (
        "Its feed is lost since {lost_since}: nothing newer is known of it.",
        "其数据自 {lost_since} 起中断，此后情况未知。"),
    "advice.free": (
        ("Free on this queue although contacts wait past {threshold:span}: {free:agents}. See whether their "
         "phones ring, and check the routing."),
        "有联络等待超过 {threshold:span}，本队列却仍有 {free:agents}空闲：请查看话机是否振铃，并检查路由。"),
    "advice.waiting_past": (
        "{waiting:contacts} waiting, {past:count} past {threshold:span}.",
        "{waiting:contacts}排队，其中 {past:count} 个已超过 {threshold:span}。"),
    "advice.waiting": ("{waiting:contacts} waiting.", "{waiting:contacts}排队。"),

    "advice.bring_elsewhere": (
        ("Bring {more:count} more {by}: {needed:agents} needed until {until}, {present:count} now, "
         "{elsewhere:count} of them busy elsewhere."),
        ("请{by}再调来 {more:count} 人：至 {until} 需 {needed:agents}，现有 {present:count} 名，其中 "
         "{elsewhere:count} 名正忙于别处。")),
    "advice.bring": (
        "Bring {more:count} more {by}: {needed:agents} needed until {until}, {present:count} now.",
        "请{by}再调来 {more:count} 人：至 {until} 需 {needed:agents}，现有 {present:count} 名。"),
    "advice.bring_all": (
        "Bring {more:agents} {by}, for until {until}: nobody is on the queue.",
        "请{by}调来 {more:agents}并保持至 {until}：目前无人在岗。"),
    "advice.everybody": (
        ("Bring whoever can come {by}: even with everybody the {period} reaches its target with a probability "
         "of {chance_of_all:chance} only."),
        "请{by}调来所有能来的人：即便如此，{period}达标的可能性也只有 {chance_of_all:chance}。"),
    "advice.everybody_likely": (
        ("Bring whoever can come {by}: with everybody the {period} reaches its target with a probability of "
         "{chance_of_all:chance}."),
        "请{by}调来所有能来的人：全员到位时，{period}达标的可能性为 {chance_of_all:chance}。"),
    "advice.enough": (
        ("Nobody more is needed until {until} ({chance_without:chance} certain), if {enough:agents} stay on "
         "the queue: let no one leave it."),
        "只要 {enough:agents}留在本队列，至 {until} 无需增人（把握 {chance_without:chance}）：请勿让人离开。"),
    "advice.levers": ("Levers: {levers}.", "可调人员：{levers}。"),
    "advice.no_levers": (
        "Nobody of this queue is on a break, in training or free elsewhere: ask other teams, or call someone in.",
        "本队列无人在休息、培训或别处空闲：请向其他班组求援，或召回人员。"),
    "advice.otherwise_until": (
        ("Otherwise the {period} ends at {level_end:percent} ({level_low:percent} to {level_high:percent}); "
         "after {no_return} it cannot be recovered."),
        ("否则{period}末预计为 {level_end:percent}（{level_low:percent} 至 {level_high:percent}），"
         "{no_return} 之后无法挽回。")),
    "advice.otherwise": (
        "Otherwise the {period} ends at {level_end:percent} ({level_low:percent} to {level_high:percent}).",
        "否则{period}末预计为 {level_end:percent}（{level_low:percent} 至 {level_high:percent}）。"),

    "advice.hardly": (
        "The {period} will hardly reach its target: {chance_of_all:chance} likely even if everybody comes.",
        "{period}几乎无法达标：即便全员到位，可能性也只有 {chance_of_all:chance}。"),
    "advice.otherwise_likely": (
        ("Otherwise the {period} ends between {level_low:percent} and {level_high:percent}, at target with a "
         "probability of {chance_without:chance} only."),
        ("否则{period}末在 {level_low:percent} 至 {level_high:percent} 之间，达标的可能性仅 "
         "{chance_without:chance}。")),
    "advice.lost_period": ("The {period} can no longer reach its target.", "{period}已无法达标。"),
    "advice.too_late": (
        "The {period} can no longer reach its target: {best:percent} even if everybody comes.",
        "{period}已无法达标：即便全员到位也只有 {best:percent}。"),
    "advice.limit_harm": (
        "Limit the harm: take the longest waits first, announce the wait, offer call-backs.",
        "请减轻影响：先接等待最久的联络，播报预计等待，提供回拨。"),
    "advice.next_period_elsewhere": (
        ("Needed from {until} on: {required:agents}; there now: {present:count}, {elsewhere:count} of them "
         "busy elsewhere."),
        "{until} 起需 {required:agents}，现有 {present:count} 名，其中 {elsewhere:count} 名正忙于别处。"),
    "advice.next_period": (
        "Needed from {until} on: {required:agents}; there now: {present:count}.",
        "{until} 起需 {required:agents}，现有 {present:count} 名。"),
    "advice.next_period_all": (
        "Needed from {until} on: {required:agents}; nobody is there now.",
        "{until} 起需 {required:agents}，目前无人在岗。"),
    "advice.staffed": (
        "From {until} on the agents there are enough: {required:count} needed, {present:count} there.",
        "{until} 起现有人手已够：需 {required:count} 名，现有 {present:count} 名。"),
    "advice.long_run": (
        "For the contacts that come now {required:agents} are needed; there now: {present:count}.",
        "按目前进线需 {required:agents}，现有 {present:count} 名。"),
    "advice.no_model_handling": (
        "How many agents are needed cannot be told: no handling time is known yet.",
        "尚无处理时长，无法推算所需坐席。"),
    "advice.no_model_forecast": (
        "How many agents the day needs cannot be told without a forecast.",
        "没有预测，无法推算全日所需坐席。"),
    "advice.no_model_hours": (
        "How many agents are needed is not worked out for a queue with business hours.",
        "设有营业时间的队列不推算所需坐席。"),
    "advice.no_model_overload": (
        "There is far more work than agents: bring whoever can come.",
        "工作量远超坐席能力：请调来所有能来的人。"),

    "advice.send_one": ("Send one agent to the queue at once.", "请立即派一人上线接听本队列。"),
    "advice.divert": (
        "If nobody can come within minutes: send the contacts to another queue, or announce when to call again.",
        "若几分钟内无人可来：请将联络转往其他队列，或播报何时再联系。"),
    "advice.give_up": (
        "Customers give up: announce the wait, offer call-backs.",
        "客户正在放弃：请播报预计等待，提供回拨。"),
    "advice.relieve": (
        "Nobody keeps this up for long: let breaks that are due be taken, and bring relief.",
        "长时间如此难以为继：请让到点的人休息，并安排替换。"),
    "advice.out": ("Not keeping to the schedule: {out}.", "未按班表：{out}。"),

    "advice.feed_unknown": (
        "Unknown since {lost_since}, not zero: {queues}. Their other alerts are held until it is back.",
        "自 {lost_since} 起状态未知（并非为零）：{queues}。恢复前其他告警保持原状。"),
    "advice.feed_why": ("Said of the loss: {why}.", "中断原因：{why}。"),
    "advice.feed_check": (
        ("Check whether the switch runs, whether the network reaches it, and whether floorwatch may still "
         "sign in; the log of floorwatch has the last error."),
        "请检查交换机是否运行、网络是否可达、floorwatch 的账号是否仍有效；最近的错误见其运行日志。"),
    "advice.feed_meanwhile": ("Until then, lead from the switch's own screens.", "此前请以交换机自带界面指挥现场。"),
    "advice.set_clock": (
        "Set the clock of the switch (NTP): here its times are corrected, in its own reports they are not.",
        "请校准交换机时钟（NTP）：此处已更正其时刻，其自身报表并未更正。"),
    "advice.set_own_clock": (
        "{sources_off:count} sources are off at once: it may be the clock of this machine (NTP).",
        "{sources_off:count} 个数据源同时偏差：可能是本机时钟有误（NTP）。"),
    "advice.behind": (
        "All that it tells is shown so late: check the load of the switch, and the link.",
        "其全部数字同样滞后：请检查交换机负荷与链路。"),
    "advice.untold": (
        ("Take it that {subject} tells nobody meanwhile: watch the wallboard. Check its address, the network and its "
         "secret; `floorwatch test-alert {subject}` tries it."),
        ("此间请视 {subject} 为不会通知任何人：请看墙板。请检查其地址、网络与密钥，可用 `floorwatch test-alert "
         "{subject}` 试发。")),
    "advice.unwanted": (
        ("They are told another way, if they have one. The alerts page says who it was and why; correct the address "
         "under `people`."),
        "若另有联系方式，将改用其他方式通知。告警页列明对象与原因；请更正 `people` 中的地址。"),
    "advice.trouble_unreached": (
        "Call them yourself. The alerts page says who it is: give them another channel under `people`.",
        "请直接致电。告警页列明对象；请在 `people` 中为其添加其他联系方式。"),
    "advice.trouble_unreached_who": (
        "Call them yourself: {unreached}. Give them another channel under `people`.",
        "请直接致电：{unreached}。请在 `people` 中为其添加其他联系方式。"),
    "advice.trouble_nobody_on_call": (
        "Take the alert yourself, and fill the gap: `floorwatch oncall next` shows it.",
        "请自行接手该告警并补上空档：`floorwatch oncall next` 可查看。"),
    "advice.trouble_journal": (
        "A restart would lose what happens now: see whether the disk is full, or fails.",
        "此刻发生的事在重启后会丢失：请检查磁盘是否已满或损坏。"),
    "advice.trouble_inbox": (
        "What is shown is behind: see what else keeps this machine busy.",
        "所示数字滞后：请检查本机是否过载。"),
    "advice.trouble_clock": (
        "Durations over that moment may be wrong: check the time service (NTP) of this machine.",
        "跨越该时刻的时长可能有误：请检查本机授时（NTP）。"),
    "advice.trouble_heartbeat": (
        ("Whoever waits for our heartbeat will raise an alarm that is none: check the address, the network and the "
         "receiver."),
        "等待心跳的一方会误以为 floorwatch 已停止：请检查其地址、网络与接收方。"),
    "advice.trouble": ("The log of floorwatch says what failed.", "原因见 floorwatch 运行日志。"),

    "advice.worked": ("So far here: {worked}.", "迄今在此：{worked}。"),
    "advice.worked_one": (
        "{action} {effect:points} in 15 min ({n:count} times)", "{action} 15 分钟 {effect:points}（{n:count} 次）"),
    "advice.by": ("by {time}", "在 {time} 前"),
    "advice.at_once": ("at once", "立即"),
    "advice.period_interval": ("interval", "本时段"),
    "advice.period_day": ("day", "今日"),
    "advice.counted": ("{n:count} {way}", "{way} {n:count} 人"),
    "advice.could_come": ("{n:agents} could come", "{n:agents}可调"),
    "advice.named": ("{names} {way}", "{way} {names}"),
    "advice.name_minutes": ("{name} ({minutes:count} min)", "{name}（{minutes:count} 分钟）"),
    "advice.name_until": ("{name} (until {until})", "{name}（至 {until}）"),
    "advice.more_names": ("and {n:count} more", "另有 {n:count} 人"),
    "advice.more_queues": ("{n:count} more", "另有 {n:count} 个"),

    "way.long_break": ("on a break over time", "休息超时"),
    "way.unscheduled_break": ("on a break out of turn", "非时段休息"),
    "way.late": ("late", "迟到"),
    "way.missing": ("missing", "缺勤"),
    "way.early_leave": ("gone early", "早退"),
    "way.logged_out": ("logged out", "中途签出"),
    "way.unreachable": ("with their phone unreachable", "话机断开"),
    "way.other_pause": ("paused against the schedule", "未按班表示忙"),
    "way.break_not_taken": ("not on their break", "未按时休息"),
    "way.not_there": ("not where scheduled", "未到场"),
    "way.unscheduled_work": ("working unscheduled", "非排班工作"),
    "way.idle_elsewhere": ("free in other queues with the skill", "在其他队列空闲且有技能"),
    "way.idle_in": ("free in {queue} with the skill", "在 {queue} 空闲且有技能"),
    "way.training": ("in training", "培训中"),
    "way.meeting": ("in a meeting", "会议中"),
    "way.coaching": ("in coaching", "辅导中"),
    "way.off_phone": ("off the phone", "处理非话务"),
    "way.paused": ("paused", "示忙"),
    "way.on_break": ("on a break", "休息中"),
}
