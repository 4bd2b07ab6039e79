"""The catalogue: every figure that is shown, defined once.

Prometheus HELP texts, the wallboard's definition cards, the report's `definitions` and the docs are all rendered from
here. Changing what a figure means raises its `version`; changing only the wording does not.

Symbols in `formula`, per queue and window: t_q enters the queue, t_a answered, t_b abandoned, t_x left otherwise;
T service-level threshold, S short-abandon limit; a answered in T, A answered, B abandoned, B_S short abandons,
B_T abandoned in T, E exited after waiting past T, X all exits.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Unit = Literal["contacts", "attempts", "agents", "seconds", "ratio", "events", "alerts", "instant", "state"]
Language = Literal["en", "zh"]
LANGUAGES: tuple[Language, ...] = ("en", "zh")


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure: what it is called, what it counts, and what it means in plain words."""

    id: str
    version: int
    unit: Unit
    formula: str
    name_en: str
    name_zh: str
    text_en: str
    text_zh: str
    reported_as: tuple[str, ...] = ()
    """Keys of the report and the API that carry this figure, where they differ from `id`."""

    def name(self, lang: Language) -> str:
        """What the figure is called, a few words."""
        return self.name_zh if lang == "zh" else self.name_en

    def text(self, lang: Language) -> str:
        """What the figure means, in plain words."""
        return self.text_zh if lang == "zh" else self.text_en


# A table is read by its rows.
# fmt: off
_LEVEL_EN = "Each visit is decided once: answered, abandoned, exited, or waiting past the threshold. "
_LEVEL_ZH = "每次排队只判定一次：接通、放弃、退出，或等待超过时限。"

_CONTACTS = (
    Figure("offered", 1, "contacts", "count(t_q)", "offered", "进线量",
           "Contacts that entered the queue, one per visit; a contact that visits two queues counts once in each.",
           "进入队列的联络数，每次排队计一次；同一联络进入两个队列时，各计一次。"),
    Figure("answered", 1, "contacts", "A = count(t_a)", "answered", "接通量",
           "Contacts an agent took.", "由坐席接起的联络数。"),
    Figure("answered_in_threshold", 1, "contacts", "a = count(t_a − t_q ≤ T)", "answered in threshold", "时限内接通量",
           "Contacts answered within the service-level threshold. The wait includes ringing, not the menus before "
           "the queue.",
           "在服务水平时限内接通的联络数。等待时间含振铃，不含进队前的语音菜单。"),
    Figure("abandoned", 1, "contacts", "B = count(t_b)", "abandoned", "放弃量",
           "Contacts whose customer left the queue before an answer.", "客户在接通前主动离开队列的联络数。"),
    Figure("abandoned_in_threshold", 1, "contacts", "B_T = count(t_b − t_q ≤ T)", "abandoned in threshold",
           "时限内放弃量",
           "Contacts abandoned within the service-level threshold.", "在服务水平时限内放弃的联络数。"),
    Figure("abandoned_short", 1, "contacts", "B_S = count(t_b − t_q ≤ S)", "short abandons", "短时放弃量",
           "Contacts abandoned so soon (within the short-abandon limit) that nobody could have answered.",
           "在短时放弃界限内即放弃的联络数，来不及应答。"),
    Figure("exited", 1, "contacts", "X = count(t_x) by reason", "exited", "退出量",
           "Contacts that left unanswered without giving up: time-out, key press, overflow, callback and so on. "
           "Neither answered nor abandoned.",
           "未接通、也非客户放弃而离开队列的联络数：超时、按键、溢出、回拨等。既不算接通，也不算放弃。"),
    Figure("refused", 1, "contacts", "count(refused) by reason", "refused", "拒入量",
           "Contacts turned away at the door: never offered, in no service level, always shown.",
           "在队列入口被拒的联络数：不计入进线量，也不计入任何服务水平，但始终显示。"),
    Figure("declined", 1, "attempts", "count(declined)", "declined", "坐席未接次数",
           "Times an agent let it ring or refused; the contact goes on waiting and its clock runs on.",
           "坐席未接或拒接的次数；联络继续排队，等待计时不停。"),
    Figure("transferred", 1, "contacts", "count(transferred)", "transferred", "转接量",
           "Contacts an agent passed on to somewhere else.", "坐席转出的联络数。"),
    Figure("unknown_entry", 1, "contacts", "count(t_q unknown)", "unknown entry", "进队时刻不明",
           "Contacts first seen at their answer or end. They count as offered, but in no wait and no service level.",
           "首次出现时已接通或已结束的联络数。计入进线量，不计入等待时间和服务水平。"),
)

_WAITS = (
    Figure("waiting", 1, "contacts", "count(open visits)", "waiting", "排队中",
           "Contacts in the queue now, not yet with an agent; ringing counts as waiting.",
           "此刻在队列中、尚未接通的联络数；振铃也算等待。", ("waiting_at_end",)),
    Figure("waiting_past_threshold", 1, "contacts", "count(now − t_q > T)", "waiting past threshold", "超时排队",
           "Contacts waiting now for longer than the threshold: each is already a miss.",
           "此刻等待已超过时限的联络数，每个都已计为未达标。"),
    Figure("longest_wait", 1, "seconds", "max(now − t_q) over open visits", "longest wait", "最长等待",
           "How long the contact that waits longest has been waiting.", "当前等待最久的联络已等待的时长。"),
    Figure("oldest_entry", 1, "instant", "min(t_q) over open visits", "oldest entry", "最早进队时刻",
           "When the contact that waits longest entered the queue.", "当前等待最久的联络进入队列的时刻。"),
    Figure("wait_max", 1, "seconds", "max(wait), any outcome", "greatest wait", "最大等待时长",
           "The longest wait of any contact that left the queue in the period, however it ended.",
           "期间内离开队列的联络中最长的等待时长，不论结局。", ("wait_seconds_max",)),
    Figure("wait_total", 1, "seconds", "Σ(t_a − t_q)", "total wait", "等待总时长",
           "Waiting time of all answered contacts together.", "全部接通联络的等待时长之和。",
           ("wait_seconds_total",)),
    Figure("asa", 1, "seconds", "Σ(t_a − t_q) / A", "average speed of answer", "平均应答速度",
           "Mean wait of answered contacts: a true mean, not the switch's moving average.",
           "接通联络的平均等待时长；是真实均值，不是交换机的滑动平均。", ("asa_seconds",)),
    Figure("abandon_ratio", 1, "ratio", "(B − B_S) / (A + B + X − B_S)", "abandon ratio", "放弃率",
           "Share of finished visits that were abandoned, short abandons left out.",
           "已结束的排队中放弃所占比例，不含短时放弃。"),
)

_LEVELS = (
    Figure("service_level", 1, "ratio", "hits / decided", "service level", "服务水平",
           "Share of decided visits that met the threshold, by the queue's own formula. " + _LEVEL_EN
           + "Read it with the contacts waiting past the threshold and the longest wait.",
           "已判定的排队中达标的比例，按该队列选定的公式计算。" + _LEVEL_ZH + "请与超时排队数和最长等待一起看。",
           ("service_level_by_event",)),
    Figure("service_level.short_abandons_excluded", 1, "ratio", "a / (A + B + E − B_S)",
           "service level, short abandons excluded", "服务水平（不计短时放弃）",
           _LEVEL_EN + "Short abandons are left out; other abandons, and exits after the threshold, are misses.",
           _LEVEL_ZH + "短时放弃不计入；其余放弃以及超时后的退出均算未达标。"),
    Figure("service_level.abandons_missed", 1, "ratio", "a / (A + B + E)",
           "service level, abandons missed", "服务水平（放弃算未达标）",
           _LEVEL_EN + "Every abandon is a miss.", _LEVEL_ZH + "所有放弃都算未达标。"),
    Figure("service_level.abandons_ignored", 1, "ratio", "a / (A + B + E − B_T)",
           "service level, early abandons ignored", "服务水平（不计时限内放弃）",
           _LEVEL_EN + "Abandons within the threshold are left out; later ones are misses.",
           _LEVEL_ZH + "时限内的放弃不计入；超时后的放弃算未达标。"),
    Figure("service_level.abandons_met", 1, "ratio", "(a + B_T) / (A + B + E)",
           "service level, early abandons met", "服务水平（时限内放弃算达标）",
           _LEVEL_EN + "Abandons within the threshold count as met; later ones are misses.",
           _LEVEL_ZH + "时限内的放弃算达标；超时后的放弃算未达标。"),
    Figure("service_level.short_abandons_met", 1, "ratio", "(a + B_S) / (A + B + E)",
           "service level, short abandons met", "服务水平（短时放弃算达标）",
           _LEVEL_EN + "Short abandons count as met; other abandons are misses.",
           _LEVEL_ZH + "短时放弃算达标；其余放弃算未达标。"),
    Figure("service_level.answered_only", 1, "ratio", "a / A",
           "service level, answered only", "服务水平（仅计接通）",
           "Share of answered contacts that were answered within the threshold. It decides a visit only when it is "
           "answered: it cannot see the contacts still waiting, nor those who gave up.",
           "接通的联络中在时限内接通的比例。仅在接通时判定：看不到仍在排队的联络，也看不到已放弃的联络。"),
    Figure("service_level_by_arrival", 1, "ratio", "hits / decided, by t_q", "service level by arrival",
           "服务水平（按进线时刻）",
           "The same share over the visits that arrived in the interval; provisional while one of them is open. "
           "Compare forecasts with this one.",
           "同一比例，但按进线时刻归入时段；其中仍有未结束者时为暂定值。与预测比较时用此值。"),
    Figure("decided", 1, "contacts", "n", "decided visits", "已判定数",
           "Visits behind a service level: its sample. Under the smallest sample no verdict is given.",
           "服务水平背后的样本量，即已判定的排队数。低于最小样本量时不作结论。",
           ("service_level_n", "service_level_by_event_n", "service_level_by_arrival_n")),
    Figure("hits", 1, "contacts", "hits", "hits", "达标数",
           "Decided visits that met the service level, by the queue's formula.", "按该队列的公式判定为达标的排队数。"),
    Figure("target", 1, "ratio", "target", "target", "目标",
           "The service level the queue is to reach.", "队列应达到的服务水平。"),
    Figure("threshold", 1, "seconds", "T", "threshold", "时限",
           "The wait up to which an answer meets the service level.", "应答仍算达标的最长等待时长。"),
    Figure("floor_level", 1, "ratio", "Σ hits / Σ decided", "floor level", "全场服务水平",
           "Service level of the whole floor today: the hits of all queues over their decided visits, each by its own "
           "queue's formula and threshold. Queues whose feed is lost are left out, and that is said beside it.",
           "今日全场服务水平：各队列达标数之和除以已判定数之和，各按本队列的公式与时限。"
           "数据中断的队列不计入，并在旁注明。"),
)

_WORK = (
    Figure("talk", 1, "seconds", "Σ talk", "talk time", "通话时长",
           "Time agents talked with contacts of the queue, hold not included.",
           "坐席与本队列联络通话的时长，不含保持。",
           ("talk_seconds",)),
    Figure("hold", 1, "seconds", "Σ hold", "hold time", "保持时长",
           "Time contacts of the queue were on hold.", "本队列联络被保持的时长。", ("hold_seconds",)),
    Figure("wrap_up", 2, "seconds", "Σ wrap-up", "wrap-up time", "话后处理时长",
           "Time agents spent finishing contacts of the queue after they ended, as the feed tells it or the "
           "configuration sets it; not known where neither does.",
           "通话结束后坐席处理收尾工作的时长，由数据源上报，或由配置设定；两者都没有时为未知。",
           ("wrap_up_seconds",)),
    Figure("handled", 1, "contacts", "count(talk and wrap-up ended)", "handled", "处理完成量",
           "Contacts whose talk and wrap-up ended in the period.", "期间内通话与话后处理均已结束的联络数。"),
    Figure("aht", 2, "seconds", "(talk + hold + wrap-up) / handled", "average handling time", "平均处理时长",
           "Mean work per handled contact; not known where the wrap-up is not.",
           "每个处理完成的联络的平均处理时长；话后处理时长未知时，本项也未知。", ("aht_seconds",)),
    Figure("occupancy", 2, "ratio", "(talking + on hold + wrap-up + alerting) / (same + available)",
           "occupancy", "占用率",
           "Share of the members' working time spent with a contact, whatever queue it came from; not known where the "
           "feed cannot tell a part of it.",
           "成员工作时间中用于联络的比例，不论联络来自哪个队列；数据源无法提供其中某一部分时为未知。"),
)

_AGENTS = (
    Figure("agents_by_activity", 1, "agents", "count(agents) by activity", "agents by activity", "坐席状态分布",
           "Agents by what they are doing now; a queue shows its own members, whatever queue they are serving.",
           "按当前状态统计的坐席数；队列只显示其成员，不论其正在服务哪个队列。"),
    Figure("present", 1, "agents", "members − offline − unreachable − paused", "agents here", "在岗坐席",
           "Members who are neither offline, unreachable nor paused; those on another queue's contact are named apart.",
           "既未离线、未断开、也未示忙的成员；正在服务其他队列的另行标注。"),
    Figure("elsewhere", 1, "agents", "present on another queue's contact", "of them on other queues", "其中在其他队列",
           "Agents here who are with another queue's contact at the moment.", "在岗坐席中此刻正在服务其他队列的人数。"),
    Figure("activity_time", 1, "seconds", "Σ time by activity", "time by activity", "各状态时长",
           "How long an agent was in each activity; together they make the whole period.",
           "坐席处于各状态的时长；合计等于整个期间。", ("seconds",)),
    Figure("paused", 1, "seconds", "Σ paused time by reason", "paused time", "示忙时长",
           "Time paused in every queue, by reason.", "在所有队列均示忙的时长，按原因分列。", ("paused_seconds",)),
    Figure("paused_any", 1, "seconds", "Σ time paused in at least one queue, by reason", "partly paused time",
           "部分示忙时长",
           "Time paused in at least one queue, by reason, also while finishing a contact.",
           "至少在一个队列示忙的时长，按原因分列，含收尾通话期间。", ("paused_any_seconds", "paused_by_queue")),
    Figure("adherence", 1, "ratio", "in / (scheduled − neutral)", "adherence", "班表遵守率",
           "Share of scheduled time spent doing what the schedule says; neutral time counts neither way.",
           "排班时间内按班表行事的比例；中性时间两边都不计。"),
    Figure("conformance", 1, "ratio", "on-queue time worked / on-queue time scheduled", "conformance", "工时符合率",
           "On-queue time worked against on-queue time scheduled; may pass 1. The right total is not the right time.",
           "实际在线工时与排定在线工时之比，可大于 1。总量对不等于时间对。"),
)

_FLOOR = (
    Figure("queue_known", 1, "state", "1 known, 0 unknown", "queue known", "队列数据可用",
           "1 while the queue's feed is up; 0 while it is lost and all its figures are absent.",
           "数据源正常时为 1；中断时为 0，此时该队列的所有数字均不输出。"),
    Figure("alert_firing", 1, "alerts", "1 firing, 0 not", "alert firing", "告警中",
           "1 while the alert fires; 0 while it is pending or was resolved within the last hour.",
           "告警触发期间为 1；待定或最近一小时内已恢复时为 0。"),
    Figure("source_up", 1, "state", "1 up, 0 down", "feed up", "数据源在线",
           "1 while the feed is connected; while it is 0 its queues and agents are unknown, not idle.",
           "数据源连接时为 1；为 0 时其队列与坐席状态未知，而非空闲。"),
    Figure("source_since", 1, "instant", "time of the last up or down", "feed since", "数据源状态起始",
           "Since when the feed is up or, where it is lost, since when it is lost.",
           "数据源当前状态（在线或中断）开始的时刻。"),
    Figure("source_last_event", 1, "instant", "max(time)", "last event", "最近事件时刻",
           "When the feed last said anything.", "数据源最近一次发出事件的时刻。"),
    Figure("source_delay", 1, "seconds", "applied − time, latest event", "feed delay", "数据延迟",
           "How late the feed's latest event was when it was applied, its clock's offset removed.",
           "数据源最近一个事件从发生到应用的时长，已扣除时钟偏差。"),
    Figure("source_delay_max", 1, "seconds", "max(applied − time) over the last minute", "greatest feed delay",
           "最大数据延迟",
           "The greatest delay of the feed's events in the last minute; absent when none came.",
           "近一分钟内该数据源事件的最大延迟；无事件时不输出。"),
    Figure("source_clock_offset", 1, "seconds", "min(received − time) over the last 10 min", "clock offset", "时钟偏差",
           "How far the source's clock is behind ours (below 0: ahead). Its times are corrected by it; up to 1 s is 0.",
           "数据源时钟比本机慢多少（负值为快）。其时刻已按此更正；1 秒以内视为 0。"),
    Figure("source_events", 1, "events", "count(events)", "feed events", "数据源事件数",
           "Events of the feed that were applied; what is said of the connection itself is not counted.",
           "已应用的该数据源事件数；不含连接状态本身。"),
    Figure("source_rate", 1, "events", "count(events) a second over the last minute", "feed rate", "数据速率",
           "Events a second the feed has told in the last minute; not known while it is lost.",
           "近一分钟内该数据源每秒的事件数；中断期间未知。"),
    Figure("source_resynced", 1, "events", "count(corrections) by kind", "resynchronised", "重新同步更正",
           "What a report of the whole floor has corrected after a loss, by kind.",
           "中断后由全场快照更正的项目数，按种类分列。", ("resynced",)),
    Figure("source_gaps", 1, "events", "count(gaps)", "gaps", "数据缺口",
           "Times events of the feed may have been missed; the intervals touched are marked incomplete.",
           "可能漏掉该数据源事件的次数；所涉时段标为不完整。", ("gaps",)),
    Figure("source_down_time", 1, "seconds", "Σ time down", "feed down time", "数据源中断时长",
           "How long the feed was lost.", "数据源中断的总时长。", ("down_seconds",)),
    Figure("view_time", 1, "instant", "engine time", "as of", "数据截至",
           "The instant these figures describe.", "这些数字所描述的时刻。"),
    Figure("build", 1, "state", "1", "build", "版本", "The running version.", "正在运行的版本。"),
)

_INPUT = (
    Figure("events_read", 1, "events", "count(read)", "read", "已读取",
           "Lines, messages or rows read: applied, duplicate, invalid and ignored together.",
           "读取的行、消息或记录数：已应用、重复、无效与忽略之和。", ("read",)),
    Figure("events_applied", 1, "events", "count(applied)", "applied", "已应用",
           "Read and taken into the picture of the floor.", "已读取并计入全场状态的数量。", ("applied",)),
    Figure("events_duplicate", 1, "events", "count(repeated source and id)", "duplicate", "重复",
           "Dropped because the same source had sent the same id before.", "同一数据源、同一编号重复而丢弃的数量。",
           ("duplicate",)),
    Figure("events_late", 1, "events", "count(older than already applied)", "late", "迟到",
           "Applied after an event of a later time; the figures were corrected.",
           "晚于更新的事件才到达而应用的数量；数字已更正。", ("late",)),
    Figure("events_ignored", 1, "events", "count(ignored)", "ignored", "忽略",
           "Well formed, but saying nothing about the floor.", "格式正确但与现场无关的数量。", ("ignored",)),
    Figure("events_invalid", 1, "events", "count(invalid) by reason", "invalid", "无效",
           "Set aside because they cannot be read or cannot be true, by reason.",
           "无法解析或不可能为真而搁置的数量，按原因分列。",
           ("invalid",)),
    Figure("anomalies", 1, "events", "count(anomalies) by kind", "anomalies", "矛盾",
           "Events that contradict what is known of the floor, by kind; applied as far as they make sense.",
           "与已知状态相矛盾的事件数，按种类分列；合理部分仍予应用。"),
    Figure("unknown_attributes", 1, "events", "count(unknown attributes)", "unknown attributes", "未知属性",
           "Attributes the event contract does not know, ignored.", "事件约定之外而被忽略的属性数。"),
    Figure("corrections", 1, "events", "count(corrected)", "corrections", "更正",
           "Facts that came after their interval had closed and corrected it.", "时段关闭后到达并更正该时段的事实数。",
           ("corrected",)),
)

# fmt: on

FIGURES: dict[str, Figure] = {
    figure.id: figure for figure in (*_CONTACTS, *_WAITS, *_LEVELS, *_WORK, *_AGENTS, *_FLOOR, *_INPUT)
}
"""Every figure by id, in the order a reader would meet them."""


def as_markdown() -> str:
    """`docs/terms.md`: every figure, its formula and its meaning, in both languages."""
    rows = [
        f"| `{figure.id}` v{figure.version} | {figure.name('en')} / {figure.name('zh')} | {figure.unit} "
        f"| `{figure.formula.replace('|', chr(92) + '|')}` | {figure.text('en')}<br>{figure.text('zh')} |"
        for figure in FIGURES.values()
    ]
    return "\n".join((_HEADING, *rows, ""))


_HEADING = """# Terms and figures

Every figure floorwatch shows, from the one catalogue in the code (`floorwatch/metrics/catalogue.py`); a test keeps this
page equal to it. Symbols, per queue and window: `t_q` enters the queue, `t_a` answered, `t_b` abandoned; `T`
service-level threshold, `S` short-abandon limit; `a` answered in T, `A` answered, `B` abandoned, `B_S` short abandons,
`B_T` abandoned in T, `E` exited after waiting past T. Times are integer milliseconds; `≤` is inclusive; windows are
`(now − w, now]`, intervals and days `[from, to)` in the site's time zone. What no feed of a queue or an agent can tell
is not known: `null` in the report and the API, "–" on the board, absent from the metrics; never 0.

| figure | name | unit | formula | meaning |
|---|---|---|---|---|"""


def definitions(lang: Language = "en") -> dict[str, dict[str, str]]:
    """What the report says of its metrics: its keys (`asa_seconds`, `service_level.answered_only`, …) to
    {"id", "version", "formula", "text"}."""
    return {
        key: {
            "id": figure.id,
            "version": str(figure.version),
            "formula": figure.formula,
            "text": figure.text(lang),
        }
        for figure in FIGURES.values()
        for key in (figure.reported_as or (figure.id,))
    }
