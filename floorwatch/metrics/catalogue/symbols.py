"""The symbols in which formulas are written and operands are named."""

from __future__ import annotations

import re

# A table is read by its rows.
# fmt: off
SYMBOLS: dict[str, tuple[str, str]] = {
    "t_q": ("enters the queue", "进入队列"),
    "t_a": ("answered", "接通"),
    "t_b": ("abandoned", "放弃"),
    "t_x": ("left otherwise", "以其他方式离开"),
    "T": ("service-level threshold", "服务水平时限"),
    "S": ("short-abandon limit, S ≤ T", "短时放弃界限，S ≤ T"),
    "A": ("answered", "接通"),
    "a": ("answered within T", "T 内接通"),
    "B": ("abandoned", "放弃"),
    "B_T": ("abandoned within T", "T 内放弃"),
    "B_S": ("short abandons, within S", "短时放弃，S 内"),
    "M": ("waited past T: a miss at that instant, however it ends", "等待超过 T：当时即为未达标，不论结局"),
    "E": ("exited after waiting past T; where exits count, all exits", "等待超过 T 后退出；退出计入时为全部退出"),
    "X": ("exited", "退出"),
    "X_T": ("exited within T, where exits count", "T 内退出（退出计入时）"),
}
# fmt: on
"""Symbol to its meaning in English and in Chinese, per queue and window."""

_LETTER = r"(?:^|\(|[+/−=≤>] ){}(?=$|\)|,| [+/−=≤>])"
"""A letter is a symbol between signs; elsewhere it may be a word."""


def symbols_of(formula: str) -> list[str]:
    """The symbols that a formula is written in, in the order of the table."""
    return [
        symbol
        for symbol in SYMBOLS
        if re.search(rf"\b{symbol}\b" if symbol.startswith("t_") else _LETTER.format(symbol), formula)
    ]
