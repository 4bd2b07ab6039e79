"""What comes to a queue and what becomes of it."""

from __future__ import annotations

from floorwatch.metrics.catalogue.figure import Figure

# A table is read by its rows.
# fmt: off
CONTACTS = (
    Figure("offered", 1, "contacts", "count(t_q)", "offered", "进线量",
           "Contacts that entered the queue, one per visit; a contact that visits two queues counts once in each.",
           "进入队列的联络数，每次排队计一次；同一联络进入两个队列时，各计一次。",
           excludes=("refused",)),
    Figure("answered", 1, "contacts", "A = count(t_a)", "answered", "接通量",
           "Contacts an agent took.", "由坐席接起的联络数。"),
    Figure("answered_in_threshold", 1, "contacts", "a = count(t_a − t_q ≤ T)", "answered in threshold", "时限内接通量",
           "Contacts answered within the service-level threshold. The wait includes ringing, not the menus before "
           "the queue.",
           "在服务水平时限内接通的联络数。等待时间含振铃，不含进队前的语音菜单。",
           excludes=("entry_unknown", "menus", "outside_hours")),
    Figure("abandoned", 1, "contacts", "B = count(t_b)", "abandoned", "放弃量",
           "Contacts whose customer left the queue before an answer.", "客户在接通前主动离开队列的联络数。",
           excludes=("exits",)),
    Figure("abandoned_in_threshold", 1, "contacts", "B_T = count(t_b − t_q ≤ T)", "abandoned in threshold",
           "时限内放弃量",
           "Contacts abandoned within the service-level threshold.", "在服务水平时限内放弃的联络数。",
           excludes=("entry_unknown", "exits")),
    Figure("abandoned_short", 1, "contacts", "B_S = count(t_b − t_q ≤ S)", "short abandons", "短时放弃量",
           "Contacts abandoned so soon (within the short-abandon limit) that nobody could have answered.",
           "在短时放弃界限内即放弃的联络数，来不及应答。",
           excludes=("entry_unknown", "exits")),
    Figure("past_threshold", 1, "contacts", "M = count(waited past T)", "past threshold", "超时量",
           "Contacts that waited past the service-level threshold: each a miss at that moment, however its wait ended.",
           "等待超过服务水平时限的联络数：超过的那一刻即为未达标，不论结局。",
           excludes=("outside_hours", "entry_unknown", "menus")),
    Figure("exited", 1, "contacts", "X = count(t_x) by reason", "exited", "退出量",
           "Contacts that left unanswered without giving up: time-out, key press, overflow, callback and so on. "
           "Neither answered nor abandoned.",
           "未接通、也非客户放弃而离开队列的联络数：超时、按键、溢出、回拨等。既不算接通，也不算放弃。",
           excludes=("abandons",)),
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
