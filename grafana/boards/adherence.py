"""Adherence and staffing: who keeps to the schedule, and whether there are enough."""

from __future__ import annotations

from floorwatch.floor.activity import ACTIVITIES, CODE
from grafana.look import ORANGE, activity_states
from grafana.panels import COUNT, RATIO, SECONDS, Column, Query, by_activity, lines, number, rows, states
from grafana.queries import QUEUES, SITES, by, each, of
from grafana.sheet import Sheet

_FEW = (
    "Of no fewer agents than may be spoken of together: a figure of few speaks of each of them.",
    "人数不足时不显示：少数人的数字等于谈论个人。",
)


def lay_out(sheet: Sheet) -> None:
    """Fill the sheet."""
    sheet.open(
        "floorwatch-staffing",
        ("Adherence and staffing", "班表遵守与人员"),
        ("Who keeps to the schedule, and whether there are enough.", "班表遵守情况与人手是否足够。"),
        since="now/d",
        queues="many",
    )
    _adherence(sheet)
    _staffing(sheet)
    _agents(sheet)


def _adherence(sheet: Sheet) -> None:
    sheet.row(("Adherence, today", "今日班表遵守"))
    counted = of("floorwatch_adherence_counted_seconds", SITES)
    ratio = of("floorwatch_adherence_ratio", SITES)
    floor = f"sum({ratio} * {counted}) / sum({counted})"
    work = of("floorwatch_conformance_work_seconds", SITES)
    conformance = f"sum({of('floorwatch_conformance_ratio', SITES)} * {work}) / sum({work})"
    sheet.add(number(sheet, floor, RATIO), ("Adherence", "班表遵守率"), ["adherence"], 6, 5, more=_FEW)
    sheet.add(number(sheet, f"sum({counted})", SECONDS), ("Time that counts", "计入时长"), ["counted_time"], 6, 5)
    sheet.add(number(sheet, conformance, RATIO), ("Conformance", "工时符合率"), ["conformance"], 6, 5)
    sheet.add(
        number(sheet, f"sum({of('floorwatch_exceptions', SITES)})", COUNT, marks=((None, "text"), (1, ORANGE))),
        ("Exceptions now", "当前异常"),
        ["exceptions"],
        6,
        5,
    )
    teams = of("floorwatch_team_adherence_ratio", SITES)
    sheet.add(
        lines(
            sheet,
            [
                Query(f"max by (site, team) ({teams})", "{{team}}"),
                Query(floor, ("floor", "全场"), dashed=True),
            ],
            RATIO,
        ).max(1),
        ("Adherence by team", "各班组遵守率"),
        ["adherence"],
        12,
        9,
        more=_FEW,
    )
    sheet.add(
        rows(
            sheet,
            {"site": ("Site", "站点"), "team": ("Team", "班组")},
            [
                Column(("Adherence", "遵守率"), f"max by (site, team) ({teams})", RATIO),
                Column(
                    ("Time that counts", "计入时长"),
                    f"max by (site, team) ({of('floorwatch_team_adherence_counted_seconds', SITES)})",
                    SECONDS,
                ),
            ],
            by=("Adherence", "遵守率"),
        ),
        ("Teams, lowest first", "班组（低者在前）"),
        ["adherence", "counted_time"],
        12,
        9,
        more=_FEW,
    )
    sheet.add(
        lines(sheet, [Query(f"sum by (kind) ({of('floorwatch_exceptions', SITES)})", "{{kind}}")], COUNT, stacked=True),
        ("Exceptions by kind", "异常类型"),
        ["exceptions"],
        12,
        8,
    )
    sheet.add(
        lines(sheet, [Query(each("floorwatch_queue_harm", QUEUES), "{{queue}}")], COUNT, stacked=True),
        ("Agents lost to exceptions, by queue", "异常造成的坐席损失（按队列）"),
        ["harm"],
        12,
        8,
    )


def _staffing(sheet: Sheet) -> None:
    sheet.row(("Staffing", "人员配置"))
    here = each("floorwatch_queue_agents_present", QUEUES)
    needed = each("floorwatch_required_agents", QUEUES)
    short = f"{here} - on (site, queue) {needed}"
    missing = ((None, ORANGE), (0.0, "text"))
    sheet.add(
        rows(
            sheet,
            {"site": ("Site", "站点"), "queue": ("Queue", "队列")},
            [
                Column(("Here", "在岗"), here),
                Column(("Elsewhere", "在其他队列"), each("floorwatch_queue_agents_elsewhere", QUEUES)),
                Column(("Needed", "所需"), needed),
                Column(("Over needed", "盈余"), short, marks=missing),
                Column(("To schedule", "应排"), each("floorwatch_scheduled_agents", QUEUES)),
                Column(("To recover", "挽回所需"), each("floorwatch_agents_to_recover", QUEUES)),
                Column(("Expected level", "预计水平"), each("floorwatch_course_ratio", QUEUES), RATIO),
            ],
            by=("Over needed", "盈余"),
        ),
        ("Enough agents?", "人手是否足够"),
        ["present", "elsewhere", "required_agents", "scheduled_agents", "agents_to_recover", "course"],
        24,
        8,
    )
    sheet.add(
        lines(
            sheet,
            [Query(here, "{{queue}}"), Query(needed, ("{{queue}}, needed", "{{queue}} 所需"), dashed=True)],
            COUNT,
        ),
        ("Here, and needed (dashed)", "在岗与所需（虚线）"),
        ["present", "required_agents"],
        12,
        9,
    )
    sheet.add(
        lines(sheet, [Query(short, "{{queue}}")], COUNT, marks=((None, ORANGE), (0.0, "transparent"))),
        ("Here, over needed", "在岗减所需"),
        ["present", "required_agents"],
        12,
        9,
        more=("Under 0 agents are missing.", "低于 0 即缺人。"),
    )
    sheet.add(
        lines(sheet, [Query(each("floorwatch_interval_occupancy_ratio", QUEUES), "{{queue}}")], RATIO).max(1),
        ("Occupancy of the open interval", "本时段占用率"),
        ["occupancy"],
        12,
        8,
    )
    sheet.add(
        lines(
            sheet,
            [Query(each("floorwatch_patience_seconds", QUEUES), "{{queue}}")],
            SECONDS,
        ),
        ("Mean patience, as measured", "实测平均耐心"),
        ["patience"],
        12,
        8,
    )


def _agents(sheet: Sheet) -> None:
    sheet.row(("The agents", "坐席"))
    sheet.add(
        by_activity(sheet, by("activity", of("floorwatch_agents", SITES))),
        ("Agents by activity", "坐席状态分布"),
        ["agents_by_activity"],
        24,
        8,
    )
    present = "max by (agent) (floorwatch_agent_activity{{{},activity={!r}}}) * {}"
    each = " or ".join(present.format(SITES, name, CODE[name]) for name in ACTIVITIES)
    sheet.add(
        states(sheet, [Query(each, "{{agent}}")], activity_states(sheet.lang)),
        ("What each agent did", "各坐席状态"),
        ["agent_activity"],
        24,
        10,
        more=(
            "Empty unless `metrics.per_agent` is set: nobody is named, or numbered, who did not have to be.",
            "除非设置 `metrics.per_agent`，否则为空：不必要时不列出任何个人。",
        ),
    )
