"""Alerts and actions: what fires, whether somebody has it, what can still be done, and who was told."""

from __future__ import annotations

import re
from pathlib import Path

from grafana.look import AGAINST_TARGET, ALERT_STATES, FAILING_STATES, ORANGE, RED
from grafana.panels import COUNT, INSTANT, RATIO, SECONDS, Column, Query, lines, number, rows, states, words
from grafana.queries import QUEUES, SITES, by, each, how_many, of, over_target
from grafana.sheet import ALERTS_UID, RUNBOOK_ID, Sheet

LINK_TO_A_PAGE = re.compile(r"\[([^\]]*)\]\((?:[^)]*\.md[^)]*|#[^)]*)\)")
_DOCS = Path(__file__).parents[2] / "docs"
_STATE = of("floorwatch_alert_state", SITES, 'queue=~"$queue|"')
_ABOUT = "site, rule, severity, queue, source, output, daemon"
_WHAT = "{{rule}} {{queue}}{{source}}{{output}}{{daemon}} {{severity}}"


def lay_out(sheet: Sheet) -> None:
    """Fill the sheet."""
    sheet.open(
        ALERTS_UID,
        ("Alerts and actions", "告警与处置"),
        (
            "What fires, whether somebody has it, what can still be done, and who was told.",
            "哪些告警、是否有人处理、还能做什么、通知了谁。",
        ),
        since="now-6h",
        queues="many",
        windows=True,
    )
    _now(sheet)
    _actions(sheet)
    _history(sheet)
    _told(sheet)
    _on_call(sheet)
    runbook = _DOCS / ("runbook.md" if sheet.lang == "en" else f"runbook.{sheet.lang}.md")
    sheet.row(("Runbook", "处置手册"))
    # The heading of the page is the title of the panel.
    text = runbook.read_text(encoding="utf-8").split("\n", 1)[1].strip()
    text = LINK_TO_A_PAGE.sub(r"\1", text)  # Grafana has no such pages
    more = ("The page docs/runbook.md.", "文档 docs/runbook.zh.md。")
    sheet.add(words(text), ("What to do", "怎么办"), [], 24, 24, more=more, id_=RUNBOOK_ID)


def _now(sheet: Sheet) -> None:
    sheet.row(("Now", "当前"))
    for title, test, colour in (
        (("Firing, nobody has it", "告警中，无人处理"), "== 2", RED),
        (("Acknowledged", "已确认"), "== 3", ORANGE),
        (("Pending", "待确认"), "== 1", "text"),
    ):
        count = how_many(f"{_STATE} {test}")
        sheet.add(number(sheet, count, COUNT, marks=((None, "text"), (1, colour))), title, ["alert_state"], 8, 4)
    sheet.add(
        rows(
            sheet,
            {
                "site": ("Site", "站点"),
                "rule": ("Rule", "规则"),
                "severity": ("Severity", "级别"),
                "queue": ("Queue", "队列"),
                "source": ("Feed", "数据源"),
                "output": ("Output", "输出"),
                "daemon": ("Of floorwatch", "floorwatch 自身"),
            },
            [Column(("State", "状态"), f"max by ({_ABOUT}) ({_STATE})", states=ALERT_STATES)],
            by=("State", "状态"),
            desc=True,
        ),
        ("Alerts now and of the last hour", "当前与近一小时告警"),
        ["alert_state"],
        24,
        8,
    )


def _actions(sheet: Sheet) -> None:
    sheet.row(("What can still be done", "还能做什么"))
    when = "max by (site, queue) ({})"
    columns = [
        Column(("Level", "水平"), each("floorwatch_service_level_ratio", QUEUES, 'window="$window"'), RATIO),
        Column(("Over target", "高于目标"), over_target(QUEUES), RATIO, AGAINST_TARGET),
        Column(("Will end at", "预计期末"), each("floorwatch_projection_ratio", QUEUES), RATIO),
        Column(("Best reachable", "最好可达"), each("floorwatch_best_reachable_ratio", QUEUES), RATIO),
        Column(("Rest must reach", "余下须达"), each("floorwatch_needed_for_target_ratio", QUEUES), RATIO),
        Column(("Agents to recover", "挽回所需坐席"), each("floorwatch_agents_to_recover", QUEUES)),
        Column(
            ("Until", "最后时限"),
            when.format(of("floorwatch_no_return_timestamp_seconds", QUEUES)) + " * 1000",
            INSTANT,
        ),
        Column(
            ("Backlog gone", "积压清空"),
            when.format(of("floorwatch_backlog_gone_timestamp_seconds", QUEUES)) + " * 1000",
            INSTANT,
        ),
    ]
    sheet.add(
        rows(sheet, {"site": ("Site", "站点"), "queue": ("Queue", "队列")}, columns, by=("Over target", "高于目标")),
        ("What it takes, and until when", "所需与时限"),
        ["projection", "best_reachable", "needed_for_target", "agents_to_recover", "no_return", "backlog_gone"],
        24,
        8,
    )


def _history(sheet: Sheet) -> None:
    sheet.row(("What happened", "经过"))
    sheet.add(
        states(sheet, [Query(f"max by ({_ABOUT}) ({_STATE})", _WHAT)], ALERT_STATES),
        ("Each alert: pending, firing, acknowledged", "各告警：待确认、告警中、已确认"),
        ["alert_state"],
        24,
        10,
    )
    sheet.add(
        lines(sheet, [Query(over_target(QUEUES), "{{queue}}")], RATIO, marks=AGAINST_TARGET),
        ("What the actions brought: service level over target", "处置效果：服务水平与目标之差"),
        ["service_level", "target"],
        12,
        9,
        more=(
            "The alerts are marked in it: what came after an acknowledgement is its effect, or luck.",
            "图中标有告警：确认之后的变化即处置效果（或运气）。",
        ),
    )
    fired = of("floorwatch_alerts_fired_total", SITES)
    sheet.add(
        lines(
            sheet,
            [Query(f"sum by (rule, severity) (increase({fired}[1h]))", "{{rule}} {{severity}}")],
            COUNT,
            stacked=True,
            bars=True,
            span="1h",
        ),
        ("Alerts fired per hour", "每小时告警数"),
        ["alerts_fired"],
        12,
        9,
    )
    unheld = f"count_over_time(({_STATE} == 2)[$__range:1m]) * 60"
    sheet.add(
        rows(
            sheet,
            {"rule": ("Rule", "规则"), "queue": ("Queue", "队列")},
            [
                Column(("Nobody had it for", "无人处理时长"), f"sum by (rule, queue) ({unheld})", SECONDS),
            ],
            by=("Nobody had it for", "无人处理时长"),
            desc=True,
        ),
        ("How long nobody had it", "无人处理多久"),
        ["alert_state"],
        12,
        8,
        more=("To the minute, over the time shown.", "按所示时间范围，精确到分钟。"),
    )


def _told(sheet: Sheet) -> None:
    place = {"output": ("Output", "输出"), "place": ("Place", "去处")}
    each = "output, place"
    sheet.add(
        rows(
            sheet,
            place,
            [
                Column(
                    ("Last try", "最近尝试"),
                    by(each, of("floorwatch_output_failing", SITES), "max"),
                    states=FAILING_STATES,
                ),
                Column(("Told", "已通知"), by(each, of("floorwatch_output_told_total", SITES))),
                Column(
                    ("Last told", "最近通知"),
                    f"max by ({each}) ({of('floorwatch_output_told_timestamp_seconds', SITES)}) * 1000",
                    INSTANT,
                ),
                Column(("Failures", "失败"), by(each, of("floorwatch_output_failures_total", SITES))),
                Column(("Never told", "未送达"), by(each, of("floorwatch_output_dropped_total", SITES))),
            ],
        ),
        ("Who was told", "通知情况"),
        [],
        12,
        8,
        more=(
            "Empty where no `outputs:` are configured.",
            "未配置 `outputs:` 时为空。",
        ),
    )


def _on_call(sheet: Sheet) -> None:
    sheet.row(("On call", "值班"))
    each = "site, rota"
    without = ("Empty where no `rotas:` are configured.", "未配置 `rotas:` 时为空。")
    sheet.add(
        rows(
            sheet,
            {"site": ("Site", "站点"), "rota": ("Rota", "排班")},
            [
                Column(("People on call", "值班人数"), by(each, of("floorwatch_oncall_people", SITES), "min")),
                Column(
                    ("Known for", "已知时长"), by(each, of("floorwatch_oncall_known_seconds", SITES), "min"), SECONDS
                ),
            ],
            by=("Known for", "已知时长"),
        ),
        ("Who answers for what: rotas", "排班"),
        [],
        12,
        8,
        more=without,
    )
    pages = of("floorwatch_pages_total", SITES)
    sheet.add(
        lines(
            sheet,
            [Query(f"sum by (fate) (increase({pages}[1h]))", "{{fate}}")],
            COUNT,
            bars=True,
            span="1h",
        ),
        ("Pages per hour: made, sent, refused, lost", "每小时呼叫：生成、送达、被拒、丢失"),
        [],
        12,
        8,
        more=(
            "Made and neither sent nor lost: overtaken by a later one, or by the alert's end.",
            "已生成而未送达也未丢失者：被后一次呼叫取代，或告警已结束。",
        ),
    )
    carried = of("floorwatch_escalation_alerts", SITES)
    sheet.add(
        lines(sheet, [Query(f"sum by (state) ({carried})", "{{state}}")], COUNT, stacked=True),
        ("Alerts that are carried to people", "升级中的告警"),
        [],
        12,
        8,
        more=("Carried on, in hand, muted, or at the end of all rounds.", "升级中、已接手、已静音、各轮均已走完。"),
    )
    waited = of("floorwatch_acknowledge_seconds_bucket", SITES)
    sheet.add(
        lines(
            sheet,
            [
                Query(
                    f"histogram_quantile({quantile}, sum by (severity, le) (increase({waited}[1h])))",
                    f"{{{{severity}}}} {name}",
                )
                for quantile, name in (("0.5", "50 %"), ("0.9", "90 %"))
            ],
            SECONDS,
            span="1h",
        ),
        ("Until somebody had it, hour by hour", "每小时的接手用时"),
        [],
        12,
        8,
        more=(
            "Half were taken within the first, nine in ten within the second, as far as buckets tell.",
            "半数在前一时长内接手，九成在后一时长内接手（以分桶为限）。",
        ),
    )
    done = of("floorwatch_actions_total", SITES)
    sheet.add(
        lines(
            sheet,
            [Query(f"sum by (kind) (increase({done}[1h]))", "{{kind}}")],
            COUNT,
            stacked=True,
            bars=True,
            span="1h",
        ),
        ("What was done about alerts, per hour", "每小时的处置"),
        [],
        24,
        7,
        more=(
            "As people recorded it. What it brought is on the page of alerts.",
            "按人员记录；效果见告警页面。",
        ),
    )
