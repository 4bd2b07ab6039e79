"""Feeds and the daemon: whether the figures can be believed."""

from __future__ import annotations

from grafana.look import BLUE, GOOD_STATES, GREY, ORANGE, SKY, STANDING_STATES, UP_STATES
from grafana.panels import COUNT, INSTANT, PER_SECOND, SECONDS, Column, Query, lines, number, rows, states
from grafana.queries import SITES, by, of, per_second
from grafana.sheet import Sheet

_EACH = "site, source"


def lay_out(sheet: Sheet) -> None:
    """Fill the sheet."""
    sheet.open(
        "floorwatch-health",
        ("Feeds and daemon health", "数据源与守护进程"),
        (
            "Whether the figures can be believed: the feeds, and floorwatch itself.",
            "数字是否可信：数据源与 floorwatch 自身。",
        ),
        since="now-3h",
    )
    _feeds(sheet)
    _daemon(sheet)
    _process(sheet)


def _feeds(sheet: Sheet) -> None:
    sheet.row(("Feeds", "数据源"))
    columns = [
        Column(("State", "状态"), by(_EACH, of("floorwatch_source_up", SITES), "min"), states=UP_STATES),
        Column(
            ("Since", "自"),
            by(_EACH, of("floorwatch_source_since_timestamp_seconds", SITES), "max") + " * 1000",
            INSTANT,
        ),
        Column(
            ("Last heard", "最近数据"),
            by(_EACH, of("floorwatch_source_last_event_timestamp_seconds", SITES), "max") + " * 1000",
            INSTANT,
        ),
        Column(("Delay", "延迟"), by(_EACH, of("floorwatch_source_delay_seconds", SITES), "max"), SECONDS),
        Column(
            ("Clock off by", "时钟偏差"), by(_EACH, of("floorwatch_source_clock_offset_seconds", SITES), "max"), SECONDS
        ),
        Column(("Events", "事件"), by(_EACH, of("floorwatch_source_events_total", SITES), "max")),
        Column(("Late", "迟到"), by(_EACH, of("floorwatch_source_late_total", SITES), "max")),
        Column(("Corrections", "更正"), by(_EACH, of("floorwatch_source_corrections_total", SITES), "max")),
        Column(("Duplicates", "重复"), by(_EACH, of("floorwatch_source_duplicate_total", SITES), "max")),
        Column(("Gaps", "缺口"), by(_EACH, of("floorwatch_source_gaps_total", SITES), "max")),
        Column(("Down for", "累计中断"), by(_EACH, of("floorwatch_source_down_seconds_total", SITES), "max"), SECONDS),
    ]
    figures = [
        "source_up",
        "source_last_event",
        "source_delay",
        "source_clock_offset",
        "source_gaps",
        "source_down_time",
    ]
    sheet.add(
        rows(sheet, {"site": ("Site", "站点"), "source": ("Feed", "数据源")}, columns, by=("State", "状态")),
        ("Every feed", "全部数据源"),
        figures,
        24,
        8,
    )
    sheet.add(
        states(sheet, [Query(by(_EACH, of("floorwatch_source_up", SITES), "min"), "{{source}}")], UP_STATES),
        ("Up and lost", "在线与中断"),
        ["source_up"],
        12,
        7,
    )
    sheet.add(
        lines(
            sheet,
            [Query(f"sum by (site, source) ({per_second('floorwatch_source_events_total', SITES)})", "{{source}}")],
            PER_SECOND,
        ),
        ("Events a second", "每秒事件数"),
        ["source_events", "source_rate"],
        12,
        7,
    )
    sheet.add(
        lines(
            sheet,
            [
                Query(by(_EACH, of("floorwatch_source_delay_seconds", SITES), "max"), "{{source}}"),
                Query(
                    by(_EACH, of("floorwatch_source_delay_max_seconds", SITES), "max"),
                    ("{{source}}, greatest", "{{source}} 最大"),
                    dashed=True,
                ),
            ],
            SECONDS,
        ),
        ("Delay from the switch to us", "从交换机到此的延迟"),
        ["source_delay", "source_delay_max"],
        12,
        8,
    )
    wrong = [
        Query(
            f"sum by (kind) ({per_second('floorwatch_source_anomalies_total', SITES)})",
            ("contradiction: {{kind}}", "矛盾：{{kind}}"),
        ),
        Query(
            f"sum by (reason) ({per_second('floorwatch_source_invalid_total', SITES)})",
            ("unusable: {{reason}}", "不可用：{{reason}}"),
            dashed=True,
        ),
        Query(f"sum({per_second('floorwatch_corrections_total', SITES)})", ("corrections", "更正"), colour=ORANGE),
    ]
    sheet.add(
        lines(sheet, wrong, PER_SECOND),
        ("What was wrong with what they said", "数据中的问题"),
        ["anomalies", "events_invalid", "settled_corrections"],
        12,
        8,
    )


def _quantile(metric: str, q: float) -> str:
    return f"histogram_quantile({q}, sum by (le) ({per_second(metric + '_bucket', SITES)}))"


def _daemon(sheet: Sheet) -> None:
    sheet.row(("floorwatch itself", "floorwatch 自身"))
    age = f"time() - min({of('floorwatch_view_timestamp_seconds', SITES)})"
    sheet.add(
        number(sheet, age, SECONDS, marks=((None, "text"), (10, ORANGE))),
        ("Age of the picture", "画面时效"),
        ["view_time"],
        4,
        5,
        more=("Over 10 s nothing here is of now.", "超过 10 秒即不再是当前数据。"),
    )
    settled = f"time() - min({of('floorwatch_settled_timestamp_seconds', SITES)})"
    sheet.add(
        number(sheet, settled, SECONDS),
        ("Counters lag by", "计数滞后"),
        ["settled_until"],
        4,
        5,
        more=(
            "The counters hold what is older than the lateness and so cannot change any more.",
            "计数器只含早于迟到时限、不会再变的事实。",
        ),
    )
    sheet.add(
        number(sheet, f"min({of('floorwatch_journal_ok', SITES)})", COUNT, states=GOOD_STATES),
        ("Journal", "日志"),
        [],
        4,
        5,
        more=("Whether what happens can be kept.", "发生的事能否保存。"),
    )
    sheet.add(
        number(sheet, f"max({of('floorwatch_inbox_events', SITES)})", COUNT),
        ("Events waiting for us", "待处理事件"),
        [],
        4,
        5,
        more=("Received and not applied yet.", "已收到、尚未应用。"),
    )
    sheet.add(
        number(sheet, f"sum({of('floorwatch_viewers', SITES)})", COUNT),
        ("Viewers", "观看者"),
        [],
        4,
        5,
        more=("Open pages, each with one stream.", "打开的页面，每页一条数据流。"),
    )
    sheet.add(
        number(sheet, f"max({of('floorwatch_series', SITES)})", COUNT),
        ("Series of a scrape", "抓取序列数"),
        [],
        4,
        5,
        more=("How many series the exporter writes.", "导出的时间序列数量。"),
    )
    sheet.add(
        lines(
            sheet,
            [
                Query(_quantile("floorwatch_loop_lag_seconds", 0.5), ("half", "中位"), colour=SKY),
                Query(_quantile("floorwatch_loop_lag_seconds", 0.99), ("99 in 100", "99%"), colour=BLUE),
            ],
            SECONDS,
        ),
        ("How late the event loop is", "事件循环延迟"),
        [],
        12,
        8,
        more=(
            "What waits for its turn waits so long: every viewer, every feed.",
            "任何等待处理的工作（观看者、数据源）都要等这么久。",
        ),
    )
    sheet.add(
        lines(
            sheet,
            [
                Query(_quantile("floorwatch_picture_seconds", 0.5), ("picture, half", "画面，中位"), colour=SKY),
                Query(_quantile("floorwatch_picture_seconds", 0.99), ("picture, 99 in 100", "画面，99%"), colour=BLUE),
                Query(f"max({of('floorwatch_scrape_seconds', SITES)})", ("scrape", "抓取"), colour=ORANGE),
            ],
            SECONDS,
        ),
        ("What pictures and scrapes cost", "画面与抓取耗时"),
        [],
        12,
        8,
        more=(
            "Time to make one picture of the floor, and to answer one scrape.",
            "生成一次画面、应答一次抓取所用时间。",
        ),
    )
    sheet.add(
        lines(
            sheet,
            [
                Query(f"max({of('floorwatch_inbox_events', SITES)})", ("in the inbox", "收件箱")),
                Query(f"max({of('floorwatch_journal_unwritten_events', SITES)})", ("not on disk yet", "尚未落盘")),
            ],
            COUNT,
        ),
        ("What waits", "排队的工作"),
        [],
        12,
        8,
        more=("Events received and not applied yet; applied and not on disk yet.", "已收到未应用；已应用未落盘。"),
    )
    sheet.add(
        lines(sheet, [Query(f"sum by (page) ({of('floorwatch_viewers', SITES)})", "{{page}}")], COUNT, stacked=True),
        ("Viewers by page", "各页面观看者"),
        [],
        12,
        8,
        more=("Open streams.", "打开的数据流。"),
    )

    sheet.add(
        states(
            sheet,
            [Query(f"max by (reason) ({of('floorwatch_heartbeat_withheld', SITES)})", "{{reason}}")],
            STANDING_STATES,
        ),
        ("Does every part do its work", "各部分是否正常工作"),
        [],
        24,
        7,
        more=(
            "While one does not, no heartbeat is sent. What to do is in the runbook.",
            "只要有一个部分停住，就不发送心跳。处置办法见手册。",
        ),
    )


def _process(sheet: Sheet) -> None:
    sheet.row(("The process", "进程"))
    # Those of the process that serves floorwatch, whatever its job is called.
    ours = "* on (instance, job) group_left () max by (instance, job) (" + of("floorwatch_build_info", SITES) + ")"
    sheet.add(
        lines(
            sheet,
            [Query(f"rate(process_cpu_seconds_total[$__rate_interval]) {ours}", "{{instance}}")],
            "percentunit",
        ).min(0),
        ("Processor", "处理器"),
        [],
        8,
        8,
        more=("Share of one core.", "占一个核心的比例。"),
    )
    sheet.add(
        lines(sheet, [Query(f"process_resident_memory_bytes {ours}", "{{instance}}")], "bytes"),
        ("Memory", "内存"),
        [],
        8,
        8,
        more=("Resident.", "常驻内存。"),
    )
    sheet.add(
        lines(
            sheet,
            [
                Query(f"process_open_fds {ours}", "{{instance}}"),
                Query(
                    f"process_max_fds {ours}", ("{{instance}}, limit", "{{instance}} 上限"), dashed=True, colour=GREY
                ),
            ],
            COUNT,
        ),
        ("Open files", "打开的文件"),
        [],
        8,
        8,
        more=("Files and connections.", "文件与连接。"),
    )
    sheet.add(
        rows(
            sheet,
            {"site": ("Site", "站点"), "instance": ("Instance", "实例"), "version": ("Version", "版本")},
            [
                Column(
                    ("Started", "启动于"),
                    "max by (site, instance, version) ("
                    + of("floorwatch_build_info", SITES)
                    + " * on (instance, job) group_left () process_start_time_seconds) * 1000",
                    INSTANT,
                )
            ],
        ),
        ("What runs", "运行版本"),
        ["build"],
        12,
        7,
    )
    sheet.add(
        rows(
            sheet,
            {"figure": ("Figure", "指标"), "version": ("Version", "版本")},
            [Column(("Sites", "站点数"), f"count by (figure, version) ({of('floorwatch_definition_info', SITES)})")],
            by=("Figure", "指标"),
        ),
        ("Definitions in force", "现行定义"),
        ["definition"],
        12,
        7,
    )
