"""Floor overview: what is wrong now, and where. Trouble first."""

from __future__ import annotations

from grafana.look import AGAINST_TARGET, ALERT_STATES, ORANGE, QUEUE_STATES, RED
from grafana.panels import COUNT, RATIO, SECONDS, Column, Query, by_activity, lines, number, rows, states
from grafana.queries import QUEUES, SITES, by, each, how_many, level, of, over_target, over_targets
from grafana.sheet import Sheet

_OVER = ("Over target", "高于目标")
_STATE = "min by (site, queue) ({} * (1 + {}))".format(
    of("floorwatch_queue_known", QUEUES), of("floorwatch_queue_open", QUEUES)
)
"""0 unknown, 1 closed, 2 open."""


def lay_out(sheet: Sheet) -> None:
    """Fill the sheet."""
    sheet.open(
        "floorwatch-floor",
        ("Floor overview", "现场总览"),
        ("What is wrong on the floor now, and where. Trouble first.", "现场目前哪里有问题：问题队列在前。"),
        since="now-3h",
        queues="many",
        windows=True,
    )
    _now(sheet)
    _queues(sheet)
    _course(sheet)
    _people(sheet)


def _now(sheet: Sheet) -> None:
    sheet.row(("Now", "当前"))
    decided = by("", each("floorwatch_service_level_window_decided", QUEUES, 'window="$window"'))
    sheet.add(
        number(sheet, level(QUEUES), RATIO), ("Service level", "服务水平"), ["service_level", "floor_level"], 3, 4
    )
    sheet.add(
        number(sheet, over_targets(QUEUES), RATIO, marks=AGAINST_TARGET),
        _OVER,
        ["service_level", "target"],
        3,
        4,
        more=(
            "Hits above what each queue's own target asks for, over all decided. Below 0 is red; “–” is no verdict.",
            "达标数减去各队列自身目标所要求的数量，再除以判定总数。低于 0 为红色；“–”为不作结论。",
        ),
    )
    sheet.add(number(sheet, decided, COUNT), ("Decided (n)", "判定数（n）"), ["decided"], 3, 4)
    sheet.add(
        number(sheet, by("", each("floorwatch_waiting", QUEUES)), COUNT), ("Waiting", "排队中"), ["waiting"], 3, 4
    )
    sheet.add(
        number(
            sheet, by("", each("floorwatch_waiting_past_threshold", QUEUES)), COUNT, marks=((None, "text"), (1, ORANGE))
        ),
        ("Waiting past threshold", "超时排队"),
        ["waiting_past_threshold"],
        3,
        4,
    )
    sheet.add(
        number(sheet, by("", of("floorwatch_longest_wait_seconds", QUEUES), "max"), SECONDS),
        ("Longest wait", "最长等待"),
        ["longest_wait"],
        3,
        4,
    )
    unknown = how_many(f"{each('floorwatch_queue_known', QUEUES)} == 0")
    sheet.add(
        number(sheet, unknown, COUNT, marks=((None, "text"), (1, ORANGE))),
        ("Queues unknown", "状态未知队列"),
        ["queue_known"],
        3,
        4,
        more=("The figures beside are of the others.", "旁边的数字不含这些队列。"),
    )
    state = of("floorwatch_alert_state", SITES, 'queue=~"$queue|"')
    firing = how_many(f"{state} >= 2")
    sheet.add(
        number(sheet, firing, COUNT, marks=((None, "text"), (1, RED))),
        ("Alerts", "告警"),
        ["alert_state"],
        3,
        4,
        more=(
            "Firing, with those that somebody has acknowledged; of the queues chosen, and of no queue.",
            "告警中的数量，含已确认的；包括所选队列的与不属于任何队列的。",
        ),
    )


def _queues(sheet: Sheet) -> None:
    columns = [
        Column(("Level", "水平"), each("floorwatch_service_level_ratio", QUEUES, 'window="$window"'), RATIO),
        Column(("Target", "目标"), each("floorwatch_queue_target_ratio", QUEUES), RATIO),
        Column(_OVER, over_target(QUEUES), RATIO, AGAINST_TARGET),
        Column(
            ("n", "n"),
            each("floorwatch_service_level_window_decided", QUEUES, 'window="$window"'),
        ),
        Column(("Waiting", "排队中"), each("floorwatch_waiting", QUEUES)),
        Column(
            ("Past T", "超时"),
            each("floorwatch_waiting_past_threshold", QUEUES),
            marks=((None, "text"), (1, ORANGE)),
        ),
        Column(("Longest", "最长等待"), each("floorwatch_longest_wait_seconds", QUEUES), SECONDS),
        Column(("Here", "在岗"), each("floorwatch_queue_agents_present", QUEUES)),
        Column(("Needed", "所需"), each("floorwatch_required_agents", QUEUES)),
        Column(("Will end at", "预计期末"), each("floorwatch_projection_ratio", QUEUES), RATIO),
        Column(
            ("State", "状态"),
            _STATE,
            states=QUEUE_STATES,
        ),
    ]
    chosen = "&".join(f"${{{variable}:queryparam}}" for variable in ("datasource", "site", "window"))
    detail = f"/d/{sheet.uid('floorwatch-queue')}?{chosen}"
    board = "${wallboard}/queue?name=${__value.text:percentencode}"
    sheet.add(
        rows(
            sheet,
            {"site": ("Site", "站点"), "queue": ("Queue", "队列")},
            columns,
            by=_OVER,
            links={
                "queue": (
                    (("The queue in detail", "队列详情"), detail + "&var-queue=${__value.text:percentencode}"),
                    (("The queue on the wallboard", "看板上的队列"), board),
                )
            },
        ),
        ("Queues, trouble first", "队列（问题在前）"),
        ["service_level", "target", "decided", "present", "required_agents", "projection"],
        24,
        9,
        more=(
            "Each queue against its own target. “–” is not known, or no verdict: too few decided (n).",
            "各队列与其自身目标相比。“–”表示未知，或判定数（n）过少、不作结论。",
        ),
    )


def _course(sheet: Sheet) -> None:
    sheet.row(("The course", "走势"))
    target_zero = (
        "0 is each queue's own target, whatever it is. Under it the ground is red. Too few decided leave a gap.",
        "0 即各队列自身的目标；低于 0 的区域为红色。判定数过少处留空。",
    )
    sheet.add(
        lines(sheet, [Query(over_target(QUEUES), "{{queue}}")], RATIO, marks=AGAINST_TARGET),
        ("Service level over target", "服务水平与目标之差"),
        ["service_level", "target", "min_sample"],
        12,
        9,
        more=target_zero,
    )
    sheet.add(
        lines(
            sheet,
            [
                Query(each("floorwatch_service_level_ratio", QUEUES, 'window="$window"'), "{{queue}}"),
                Query(
                    each("floorwatch_queue_target_ratio", QUEUES),
                    ("{{queue}}, target", "{{queue}} 目标"),
                    dashed=True,
                ),
            ],
            RATIO,
        ).max(1),
        ("Service level, targets dashed", "服务水平（虚线为目标）"),
        ["service_level", "target"],
        12,
        9,
    )
    sheet.add(
        lines(sheet, [Query(each("floorwatch_waiting", QUEUES), "{{queue}}")], COUNT, stacked=True),
        ("Waiting", "排队中"),
        ["waiting"],
        12,
        8,
    )
    sheet.add(
        lines(sheet, [Query(each("floorwatch_longest_wait_seconds", QUEUES), "{{queue}}")], SECONDS),
        ("Longest wait", "最长等待"),
        ["longest_wait"],
        12,
        8,
    )
    state = of("floorwatch_alert_state", SITES, 'queue=~"$queue|"')
    sheet.add(
        states(
            sheet,
            [
                Query(
                    f"max by (site, rule, queue, source, output, daemon) ({state})",
                    "{{rule}} {{queue}}{{source}}{{output}}{{daemon}}",
                )
            ],
            ALERT_STATES,
        ),
        ("Alerts", "告警"),
        ["alert_state"],
        12,
        8,
    )
    sheet.add(
        states(sheet, [Query(_STATE, "{{queue}}")], QUEUE_STATES),
        ("Open, closed, unknown", "营业、停业、未知"),
        ["queue_open", "queue_known"],
        12,
        8,
    )


def _people(sheet: Sheet) -> None:
    sheet.row(("The people", "人员"))
    sheet.add(
        by_activity(sheet, by("activity", of("floorwatch_agents", SITES))),
        ("Agents by activity", "坐席状态分布"),
        ["agents_by_activity"],
        12,
        8,
    )
    here, needed = each("floorwatch_queue_agents_present", QUEUES), each("floorwatch_required_agents", QUEUES)
    sheet.add(
        lines(
            sheet,
            [Query(f"{here} - on (site, queue) {needed}", "{{queue}}")],
            COUNT,
            marks=((None, ORANGE), (0.0, "transparent")),
        ),
        ("Agents here, over those needed", "在岗坐席与所需之差"),
        ["present", "required_agents"],
        12,
        8,
        more=("Under 0 agents are missing.", "低于 0 即缺人。"),
    )
