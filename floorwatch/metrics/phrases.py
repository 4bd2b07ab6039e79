"""The sentences people read, in English and Simplified Chinese: alerts, and every word on the screens.

One catalogue for the whole product: alert messages are rendered here, pages fetch the same templates and render them
with the same rules. A placeholder may name how its value is written, `{wait_ms:clock}`; the kinds are in `KINDS`.
Nothing depends on the machine's locale.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from string import Formatter

from floorwatch.metrics.catalogue import LANGUAGES, Language

_SECOND, _MINUTE, _HOUR = 1_000, 60_000, 3_600_000
_UNIT_WORDS: dict[Language, tuple[str, str, str]] = {"en": (" s", " min", " h"), "zh": (" 秒", " 分钟", " 小时")}


def _trimmed(value: float, decimals: int) -> str:
    return f"{value:.{decimals}f}".rstrip("0").rstrip(".") if decimals else f"{value:.0f}"


def _percent_sign(lang: Language) -> str:
    return "%" if lang == "zh" else " %"


def floored_percent(ratio: float, decimals: int) -> str:
    """A ratio in percent, cut, never rounded up: 79.96 % is not shown as the 80.0 % it has not reached.

    The small addition undoes binary fractions such as 0.29 * 100 = 28.999….
    """
    scale = 10**decimals
    return f"{math.floor(ratio * 100 * scale + 1e-6) / scale:.{decimals}f}"


def clock(ms: int) -> str:
    """A running duration, cut to the second: `0:38`, `12:05`, from one hour on `1h52`."""
    minutes, seconds = divmod(max(0, int(ms)) // _SECOND, 60)
    return f"{minutes // 60}h{minutes % 60:02d}" if minutes >= 60 else f"{minutes}:{seconds:02d}"


def span(ms: int, lang: Language) -> str:
    """A set duration in the unit people say it in: `20 s`, `90 s`, `15 min`, `4 h`."""
    seconds, minutes, hours = _UNIT_WORDS[lang]
    if ms >= _HOUR and ms % _HOUR == 0:
        return f"{ms // _HOUR}{hours}"
    if ms > 2 * _MINUTE and ms % _MINUTE == 0:
        return f"{ms // _MINUTE}{minutes}"
    return f"{_trimmed(ms / _SECOND, 3)}{seconds}"


KINDS: dict[str, Callable[[float, Language], str]] = {
    "count": lambda value, lang: str(int(value)),
    "percent": lambda ratio, lang: floored_percent(ratio, 0) + _percent_sign(lang),
    "percent1": lambda ratio, lang: floored_percent(ratio, 1) + _percent_sign(lang),
    "target": lambda ratio, lang: _trimmed(ratio * 100, 2) + _percent_sign(lang),
    "clock": lambda ms, lang: clock(int(ms)),
    "span": lambda ms, lang: span(int(ms), lang),
}
"""How a placeholder's value is written. Ratios are 0 to 1, durations milliseconds. `static/words.js` has the same."""


class _Writer(Formatter):
    def __init__(self, lang: Language) -> None:
        self._lang = lang

    def format_field(self, value: object, format_spec: str) -> str:
        if not format_spec:
            return str(value)
        if not isinstance(value, (int, float)):
            raise TypeError(f"{format_spec} wants a number, not {value!r}")
        return KINDS[format_spec](value, self._lang)


_WRITERS = {lang: _Writer(lang) for lang in LANGUAGES}

# A table is read by its rows.
# fmt: off
PHRASES: dict[str, tuple[str, str]] = {
    "alert.service_level_low": (
        ("{queue}: {level:percent1} answered in {threshold_ms:span} over the last {window_ms:span} (n {n:count}), "
         "target {target:target}"),
        ("{queue}：近 {window_ms:span}有 {level:percent1} 在 {threshold_ms:span}内接通（样本 {n:count}），"
         "目标 {target:target}")),
    "alert.longest_wait_high": (
        "{queue}: a contact has waited {wait_ms:clock}, limit {limit_ms:clock}",
        "{queue}：有联络已等待 {wait_ms:clock}，上限 {limit_ms:clock}"),

    "alert.feed_down": (
        "{source}: feed lost for {lost_ms:clock}, its queues and agents are unknown",
        "{source}：数据中断已 {lost_ms:clock}，其队列与坐席状态未知"),
    "alert.clock_behind": (
        "{source}: its clock is {offset_ms:span} behind ours; its times are corrected",
        "{source}：时钟比本机慢 {offset_ms:span}，其时刻已更正"),
    "alert.clock_ahead": (
        "{source}: its clock is {offset_ms:span} ahead of ours; its times are corrected",
        "{source}：时钟比本机快 {offset_ms:span}，其时刻已更正"),
    "alert.clock_set": (
        "{source}: its clock was set, and agrees with ours now",
        "{source}：时钟已调整，现与本机一致"),

    "severity.warning": ("warning", "警告"),
    "severity.critical": ("critical", "严重"),
    "severity.emergency": ("emergency", "紧急"),

    "verdict.breach": ("alert", "告警"),
    "verdict.warning": ("warning", "预警"),
    "verdict.small_sample": ("no verdict", "不作结论"),
    "verdict.unknown": ("feed lost", "数据中断"),
    "verdict.fine": ("on target", "达标"),

    "activity.talking": ("talking", "通话"),
    "activity.on_hold": ("hold", "保持"),
    "activity.alerting": ("ringing", "振铃"),
    "activity.wrap_up": ("wrap", "话后"),
    "activity.paused": ("paused", "示忙"),
    "activity.unreachable": ("unreachable", "断开"),
    "activity.busy": ("other call", "其他通话"),
    "activity.available": ("free", "空闲"),
    "activity.offline": ("logged out", "未签入"),
    "activity.unknown": ("unknown", "未知"),

    "window.5m": ("last 5 min", "近 5 分钟"),
    "window.15m": ("last 15 min", "近 15 分钟"),
    "window.30m": ("last 30 min", "近 30 分钟"),
    "window.60m": ("last 60 min", "近 60 分钟"),
    "window.day": ("today", "今日"),
    "window.now": ("now", "当前"),

    "tile.waiting": ("waiting", "排队"),
    "tile.longest": ("longest", "最长等待"),
    "tile.past": ("past {threshold_ms:span}", "超 {threshold_ms:span}"),
    "tile.since": ("since {time}", "自 {time}"),
    "tile.target": ("target {target:target} in {threshold_ms:span}", "目标 {target:target} / {threshold_ms:span}"),
    "tile.sample": ("n {n:count}", "样本 {n:count}"),
    "tile.small": ("only {n:count} of {least:count} decided", "仅判定 {n:count} 个（需 {least:count}）"),
    "tile.none_decided": ("nothing decided in 15 min", "近 15 分钟无可判定"),
    "tile.lost": ("feed lost {time}", "数据中断于 {time}"),
    "tile.not_zero": ("nothing here is zero", "此处无一为零"),
    "tile.here": ("{present:count} of {members:count} here", "在岗 {present:count} / {members:count}"),
    "tile.elsewhere": ("{elsewhere:count} elsewhere", "{elsewhere:count} 在其他队列"),
    "tile.inferred": ("members inferred", "成员为推断"),
    "tile.no_members": ("no members known", "未知成员"),
    "tile.agents_unknown": ("agents unknown", "坐席状态未知"),
    "tile.trend": ("service level, last 60 min, 40 to 100 %", "近 60 分钟服务水平，40% 至 100%"),

    "banner.calm": ("No alerts", "无告警"),
    "banner.calm_pending": ("About to alert: {names}", "即将告警：{names}"),
    "banner.calm_unknown": ("No alerts, but unknown: {queues}", "无告警，但状态未知：{queues}"),
    "banner.floor": ("{waiting:count} waiting on the floor", "全场排队 {waiting:count}"),
    "banner.longest": ("longest {wait_ms:clock} in {queue}", "最长等待 {wait_ms:clock}（{queue}）"),
    "banner.nobody": ("nobody is waiting", "无人排队"),
    "banner.unknown": ("unknown: {queues}", "状态未知：{queues}"),
    "banner.last_known": ("last known: {text}", "最后已知：{text}"),
    "banner.firing_for": ("for {wait_ms:clock}", "已持续 {wait_ms:clock}"),
    "banner.more": ("+{count:count} more", "另有 {count:count} 项"),
    "banner.pace": ("simulated, {speed} × real time", "模拟现场，{speed} 倍速"),
    "banner.resolved": ("{name}: alert cleared at {time} after {wait_ms:clock}",
                        "{name}：告警于 {time} 恢复，持续 {wait_ms:clock}"),
    "banner.starting": ("Starting: no picture of the floor yet", "正在启动：尚无现场数据"),
    "banner.connecting": ("Connecting", "正在连接"),
    "banner.stale": ("No news since {time}", "自 {time} 起无更新"),
    "banner.stale_detail": ("These figures are {wait_ms:clock} old. Reconnecting.",
                            "下列数字已是 {wait_ms:clock} 前的，正在重新连接。"),
    "banner.stale_gone": ("The figures are too old to show. Reconnecting.", "数字过旧，不再显示，正在重新连接。"),

    "footer.floor": ("Floor {level:percent} of {n:count} today", "今日全场 {level:percent}，共判定 {n:count}"),
    "footer.floor_none": ("Floor: nothing decided today", "今日全场：尚无可判定"),
    "footer.without": ("without {count:count} unknown", "不含 {count:count} 个未知队列"),
    "footer.live": ("live", "在线"),
    "footer.lost": ("feed lost {time}", "数据中断于 {time}"),
    "footer.lost_for": ("for {wait_ms:clock}", "已 {wait_ms:clock}"),
    "footer.behind": ("clock {offset_ms:span} behind", "时钟慢 {offset_ms:span}"),
    "footer.ahead": ("clock {offset_ms:span} ahead", "时钟快 {offset_ms:span}"),
    "footer.delayed": ("{delay_ms:span} late", "延迟 {delay_ms:span}"),
    "footer.as_of": ("as of {time}", "截至 {time}"),
    "footer.hint": ("every number: tap for its formula", "点击任一数字查看公式"),
    "control.language": ("中文", "English"),
    "control.light": ("Light", "浅色"),
    "control.dark": ("Dark", "深色"),
    "control.close": ("Close", "关闭"),

    "sign_in.title": ("Sign in", "登录"),
    "sign_in.label": ("Token", "令牌"),
    "sign_in.hint": ("Paste the token you were given. This browser keeps it until you sign out.",
                     "请粘贴发给您的令牌。本浏览器会保存它，直到您退出。"),
    "sign_in.enter": ("Sign in", "登录"),
    "sign_in.wrong": ("This token is not known.", "此令牌无效。"),
    "sign_in.machine": ("This token is for a machine (role {role}), not for a person.",
                        "此令牌供机器使用（角色 {role}），不能用于登录。"),
    "sign_in.wait": ("Too many wrong tokens. Try again in {wait_ms:span}.",
                     "错误次数过多，请在 {wait_ms:span}后重试。"),
    "sign_in.known": ("Signed in as {name}, role {role}.", "已登录：{name}，角色 {role}。"),
    "sign_in.board": ("To the wallboard", "前往看板"),
    "sign_in.leave": ("Sign out", "退出"),

    "card.formula": ("Formula", "公式"),
    "card.window": ("Window", "时间窗"),
    "card.target": ("Target", "目标"),
    "card.target_of": ("{target:target} in {threshold_ms:span}; short abandons up to {short_ms:span}",
                       "{threshold_ms:span}内 {target:target}；短时放弃界限 {short_ms:span}"),
    "card.shown": ("Shown", "显示值"),
    "card.operands": ("{hits:count} met of {n:count} decided", "判定 {n:count}，达标 {hits:count}"),
    "card.today": ("Today", "今日"),
    "card.by_formula": ("The same visits by every formula", "同一批排队按各公式计算"),
    "card.chosen": ("this queue's formula", "本队列所用公式"),
    "card.version": ("{id}, version {version}", "{id}，第 {version} 版"),
    "card.definition": ("Definition", "定义"),
    "card.freshness": ("As of", "数据截至"),
    "card.least": ("Under {least:count} decided visits no verdict is given.", "判定不足 {least:count} 个时不作结论。"),
    "card.symbols": (
        ("a answered in threshold, A answered, B abandoned, B_S short abandons, B_T abandoned in threshold, "
         "E exited after the threshold, X exited; t_q enters the queue, t_a answered, t_b abandoned; T threshold"),
        ("a 时限内接通，A 接通，B 放弃，B_S 短时放弃，B_T 时限内放弃，E 超时后退出，X 退出；"
         "t_q 进入队列，t_a 接通，t_b 放弃；T 时限")),
}
# fmt: on
"""Key to the template in English and in Chinese."""


def template(key: str, lang: Language) -> str:
    """The unfilled sentence. KeyError for a key that does not exist: that is our bug, not the reader's problem."""
    english, chinese = PHRASES[key]
    return chinese if lang == "zh" else english


def templates(lang: Language) -> dict[str, str]:
    """Every template of one language, for pages that fill them themselves."""
    return {key: template(key, lang) for key in PHRASES}


def phrase(key: str, lang: Language, **values: object) -> str:
    """The sentence `key` in `lang`, filled. Ratios are 0 to 1, durations milliseconds; see `KINDS`."""
    return _WRITERS[lang].format(template(key, lang), **values)


def message(key: str, **values: object) -> dict[str, str]:
    """The sentence in every language, as an alert carries it: {"en": …, "zh": …}."""
    return {lang: phrase(key, lang, **values) for lang in LANGUAGES}
