"""Queue detail: one queue, its day in intervals, and how long people waited."""

from __future__ import annotations

from grafana.look import AGAINST_TARGET, BLUE, GREEN, GREY, ORANGE, PURPLE, SKY
from grafana.panels import (
    COUNT,
    RATIO,
    SECONDS,
    Column,
    Query,
    by_activity,
    heat,
    intervals,
    lines,
    number,
)
from grafana.queries import LEAST, ONE_QUEUE, WINDOW, by, gained, level, of, over_target
from grafana.sheet import Sheet

_TARGET = ("target", "目标")


def lay_out(sheet: Sheet) -> None:
    """Fill the sheet."""
    sheet.open(
        "floorwatch-queue",
        ("Queue detail", "队列详情"),
        ("One queue: now, its day in intervals, and how long people waited.", "单个队列：当前、当日各时段与等待分布。"),
        since="now/d",
        queues="one",
        windows=True,
        spans=True,
    )
    _now(sheet)
    _level(sheet)
    _intervals(sheet)
    _waits(sheet)
    _people(sheet)


def _one(metric: str, *matchers: str) -> str:
    return by("", of(metric, ONE_QUEUE, *matchers), "max")


def _now(sheet: Sheet) -> None:
    sheet.row(("Now", "当前"))
    for title, expr, unit, figure in (
        (("Service level", "服务水平"), level(ONE_QUEUE), RATIO, "service_level"),
        (("Target", "目标"), _one("floorwatch_queue_target_ratio"), RATIO, "target"),
    ):
        sheet.add(number(sheet, expr, unit), title, [figure], 3, 4)
    sheet.add(
        number(sheet, over_target(ONE_QUEUE), RATIO, marks=AGAINST_TARGET),
        ("Over target", "高于目标"),
        ["service_level", "target"],
        3,
        4,
    )
    for title, expr, unit, figure in (
        (("Decided (n)", "判定数（n）"), _one("floorwatch_service_level_window_decided", WINDOW), COUNT, "decided"),
        (("Will end at", "预计期末"), _one("floorwatch_projection_ratio"), RATIO, "projection"),
        (("Waiting", "排队中"), _one("floorwatch_waiting"), COUNT, "waiting"),
        (("Longest wait", "最长等待"), _one("floorwatch_longest_wait_seconds"), SECONDS, "longest_wait"),
        (("Agents here", "在岗坐席"), _one("floorwatch_queue_agents_present"), COUNT, "present"),
    ):
        sheet.add(number(sheet, expr, unit), title, [figure], 3, 4)


def _level(sheet: Sheet) -> None:
    sheet.row(("Service level", "服务水平"))
    sheet.add(
        lines(
            sheet,
            [
                Query(level(ONE_QUEUE), ("level", "水平"), colour=SKY),
                Query(_one("floorwatch_queue_target_ratio"), _TARGET, dashed=True, colour=GREY),
                Query(_one("floorwatch_projection_ratio"), ("expected end", "预计期末"), colour=PURPLE),
                Query(_one("floorwatch_projection_low_ratio"), ("low", "下限"), dashed=True, colour=PURPLE),
                Query(_one("floorwatch_projection_high_ratio"), ("high", "上限"), dashed=True, colour=PURPLE),
            ],
            RATIO,
        )
        .min(0)
        .max(1),
        ("Service level, target, and where the period will end", "服务水平、目标与预计期末"),
        ["service_level", "target", "projection"],
        16,
        9,
    )
    sheet.add(
        lines(sheet, [Query(over_target(ONE_QUEUE), ("over target", "高于目标"))], RATIO, marks=AGAINST_TARGET),
        ("Service level over target", "服务水平与目标之差"),
        ["service_level", "target"],
        8,
        9,
        more=("0 is the queue's own target. Under it the ground is red.", "0 即该队列的目标；低于 0 的区域为红色。"),
    )


def _gained(metric: str, *matchers: str) -> str:
    return by("", gained(metric, "$interval", ONE_QUEUE, *matchers))


def _quotient(above: str, below: str) -> str:
    return f"{_gained(above)} / ({_gained(below)} > 0)"


def _intervals(sheet: Sheet) -> None:
    sheet.row(("The day in intervals", "当日各时段"))
    hits, decided = "floorwatch_service_level_hits_total", "floorwatch_service_level_decided_total"
    target = f"{_one('floorwatch_queue_target_ratio')} + 0 * {_gained(decided)}"
    waits_known = _gained("floorwatch_wait_seconds_count", 'outcome="answered"')
    lost = (
        f"({_gained('floorwatch_abandoned_total')} - {_gained('floorwatch_abandoned_short_total')})"
        f" / (({_gained('floorwatch_answered_total')} + {_gained('floorwatch_abandoned_total')}"
        f" + {_gained('floorwatch_exited_total')} - {_gained('floorwatch_abandoned_short_total')}) > 0)"
    )
    columns = [
        Column(("Offered", "进线"), _gained("floorwatch_offered_total")),
        Column(("Answered", "接通"), _gained("floorwatch_answered_total")),
        Column(("In T", "时限内"), _gained("floorwatch_answered_in_threshold_total")),
        Column(("Abandoned", "放弃"), _gained("floorwatch_abandoned_total")),
        Column(("Short", "短时放弃"), _gained("floorwatch_abandoned_short_total")),
        Column(("Exited", "退出"), _gained("floorwatch_exited_total")),
        Column(("n", "n"), _gained(decided)),
        Column(("Level", "水平"), _quotient(hits, decided), RATIO),
        Column(("Target", "目标"), target, RATIO),
        Column(
            ("Over target", "高于目标"),
            f"{_quotient(hits, decided)} - {_one('floorwatch_queue_target_ratio')}"
            f" and {_gained(decided)} >= max({LEAST})",
            RATIO,
            AGAINST_TARGET,
        ),
        Column(("Abandon ratio", "放弃率"), lost, RATIO),
        Column(
            ("ASA", "平均应答"),
            f"{_gained('floorwatch_answer_wait_seconds_total')} / ({waits_known} > 0)",
            SECONDS,
        ),
        Column(
            ("AHT", "平均处理"), _quotient("floorwatch_handling_seconds_total", "floorwatch_handled_total"), SECONDS
        ),
    ]
    settled = (
        "From counters that lag by the lateness; the latest interval is so far. To the last contact: the wallboard.",
        "取自滞后于迟到时限、只增不减的计数器；最新时段为截至目前的数字。逐个联络精确的数字见看板。",
    )
    sheet.add(
        intervals(sheet, columns, "$interval"),
        ("Intervals", "时段明细"),
        ["offered", "answered", "abandoned", "service_level", "abandon_ratio", "asa", "aht", "settled_until"],
        24,
        10,
        more=settled,
    )
    counts = [
        Query(_gained("floorwatch_answered_total"), ("answered", "接通"), colour=GREEN),
        Query(_gained("floorwatch_abandoned_total"), ("abandoned", "放弃"), colour=ORANGE),
        Query(_gained("floorwatch_exited_total"), ("exited", "退出"), colour=PURPLE),
        Query(by("", gained("floorwatch_refused_total", "$interval", ONE_QUEUE)), ("refused", "拒入"), colour=GREY),
    ]
    sheet.add(
        lines(sheet, counts, COUNT, stacked=True, bars=True, span="$interval"),
        ("What became of the contacts, per interval", "各时段联络去向"),
        ["answered", "abandoned", "exited", "refused"],
        12,
        9,
        more=settled,
    )
    sheet.add(
        lines(
            sheet,
            [
                Query(_quotient(hits, decided), ("level", "水平"), colour=SKY),
                Query(target, _TARGET, dashed=True, colour=GREY),
            ],
            RATIO,
            span="$interval",
        )
        .min(0)
        .max(1),
        ("Service level per interval", "各时段服务水平"),
        ["service_level", "target"],
        12,
        9,
        more=settled,
    )


def _waits(sheet: Sheet) -> None:
    sheet.row(("Waits", "等待"))
    bucket = of("floorwatch_wait_seconds_bucket", ONE_QUEUE)
    sheet.add(
        heat(sheet, by("le", f"increase({bucket}[$__rate_interval])"), SECONDS, span="5m"),
        ("How long they waited", "等待时长分布"),
        ["waits"],
        14,
        10,
        more=(
            "Every visit that ended, whatever its end. The thresholds of the queues are exact limits of the cells.",
            "所有已结束的排队，不论结果。各队列的时限恰为格子的边界。",
        ),
    )
    quantile = "histogram_quantile({q}, " + by("le", f"increase({bucket}[$__rate_interval])") + ")"
    sheet.add(
        lines(
            sheet,
            [
                Query(quantile.replace("{q}", "0.5"), ("half within", "一半不超过"), colour=SKY),
                Query(quantile.replace("{q}", "0.9"), ("nine in ten within", "九成不超过"), colour=BLUE),
                Query(_one("floorwatch_queue_threshold_seconds"), ("threshold", "时限"), dashed=True, colour=GREY),
            ],
            SECONDS,
            span="5m",
        ),
        ("Half and nine in ten waited no longer than", "中位与九成等待"),
        ["waits", "threshold"],
        10,
        10,
        more=(
            "Read off the cells beside, so only as exact as they are narrow.",
            "由左图格子推算，精确程度取决于格子宽度。",
        ),
    )
    sheet.add(
        lines(
            sheet,
            [
                Query(
                    f"sum by (reason) (increase({of('floorwatch_exited_total', ONE_QUEUE)}[$interval]))",
                    ("exited: {{reason}}", "退出：{{reason}}"),
                ),
                Query(
                    f"sum by (reason) (increase({of('floorwatch_refused_total', ONE_QUEUE)}[$interval]))",
                    ("refused: {{reason}}", "拒入：{{reason}}"),
                    dashed=True,
                ),
            ],
            COUNT,
            span="$interval",
        ),
        ("Left without an answer, by reason", "未接通离开的原因"),
        ["exited", "refused"],
        12,
        8,
    )
    sheet.add(
        lines(
            sheet,
            [
                Query(_one("floorwatch_window_asa_seconds", WINDOW), ("ASA", "平均应答")),
                Query(_one("floorwatch_window_aht_seconds", WINDOW), ("AHT", "平均处理")),
            ],
            SECONDS,
        ),
        ("Speed of answer and handling time", "平均应答与处理时长"),
        ["asa", "aht"],
        12,
        8,
    )


def _people(sheet: Sheet) -> None:
    sheet.row(("The people", "人员"))
    sheet.add(
        by_activity(sheet, by("activity", of("floorwatch_queue_agents", ONE_QUEUE))),
        ("Members by activity", "成员状态分布"),
        ["agents_by_activity"],
        12,
        8,
    )
    sheet.add(
        lines(
            sheet,
            [
                Query(_one("floorwatch_queue_agents_present"), ("here", "在岗"), colour=GREEN),
                Query(
                    _one("floorwatch_queue_agents_elsewhere"), ("of them elsewhere", "其中在其他队列"), colour=PURPLE
                ),
                Query(_one("floorwatch_required_agents"), ("needed", "所需"), dashed=True, colour=ORANGE),
            ],
            COUNT,
        ),
        ("Here and needed", "在岗与所需"),
        ["present", "elsewhere", "required_agents"],
        12,
        8,
    )
