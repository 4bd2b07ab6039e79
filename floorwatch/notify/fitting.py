"""A text made as long as there is room for it: the most urgent is told in full, the rest shorter, what is last counted.

No character is cut in two, and what must not be cut (a link) is not.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence
from typing import NamedTuple

ELLIPSIS = "…"
_JOINER, _SELECTOR = "\u200d", "\ufe0f"
BETWEEN = "\n\n"
SHARE_MIN = 40
SHARES_OF_FOOT = 3
"""The room that is left for the last lines where there is little, in shares of one thing to tell."""
_BREAKS = re.compile(r"(?<!\d)\s+|[,;:]\s|[，；：。、]|\s?[（(]")
"""Where words and clauses end; a number stays with its unit."""


class Room(NamedTuple):
    """How long a text may be, in UTF-8 bytes and in characters; None: as long as it is."""

    bytes_max: int | None = None
    chars_max: int | None = None

    def holds(self, text: str) -> bool:
        """Whether it is short enough."""
        if self.chars_max is not None and len(text) > self.chars_max:
            return False
        return self.bytes_max is None or len(text.encode()) <= self.bytes_max

    def less(self, text: str) -> Room:
        """What is left of it when this is said, too."""
        return Room(
            None if self.bytes_max is None else self.bytes_max - len(text.encode()),
            None if self.chars_max is None else self.chars_max - len(text),
        )

    def share(self, of: int) -> Room:
        """What each of so many has of it, with the empty line before it; never too little to say anything."""
        most = (None if most is None else max(SHARE_MIN, most // of - len(BETWEEN)) for most in self)
        return Room(*most)


class Block(NamedTuple):
    """One thing to tell, in forms of less and less words."""

    forms: tuple[str, ...]
    """The fullest first."""
    kept: str = ""
    """What is said behind it in every form, and never cut."""

    def text(self, form: int) -> str:
        """In the so-many-th form."""
        return "\n".join(part for part in (self.forms[form], self.kept) if part)


def cut(text: str, holds: Callable[[str], bool]) -> str:
    """The text, or as much of its beginning as there is room for, with an ellipsis; empty where there is none."""
    if holds(text):
        return text
    low, high = 0, len(text)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if holds(text[:middle] + ELLIPSIS) else (low, middle - 1)
    while 0 < low < len(text) and _is_within_a_character(text, low):
        low -= 1
    return text[:low].rstrip() + ELLIPSIS if holds(ELLIPSIS) else ""


def cut_at_word(text: str, holds: Callable[[str], bool]) -> str:
    """As `cut`, and at the end of a word or a clause, where that leaves at least half of what there is room for."""
    short = cut(text, holds)
    if short == text or not short:
        return short
    kept = short.removesuffix(ELLIPSIS)
    ends = [found.start() for found in _BREAKS.finditer(text, 0, len(kept) + 2)]
    return (text[: ends[-1]] if ends and ends[-1] >= len(kept) // 2 else kept) + ELLIPSIS


def fitted(blocks: Sequence[Block], foot: Callable[[int], str], rest: Callable[[int], str], room: Room) -> str:
    """All blocks and the foot. Where they do not fit, the last ones are told with less words, and less again, at last
    each in its share of the room; then without what is kept behind them; then they are left out, and `foot` says how
    many; at last the first one is cut, and where there is no room for a foot, `rest` says it in a few signs.
    """
    first, blocks = blocks[:1], _within_shares(blocks, room)
    forms = [0] * len(blocks)
    fewest = max((len(block.forms) for block in blocks), default=1)
    for form in range(1, fewest):
        for place in range(len(blocks) - 1, -1, -1):
            if room.holds(_joined(blocks, forms, foot(0))):
                return _joined(blocks, forms, foot(0))
            forms[place] = form
    if blocks and not room.holds(_joined(blocks, forms, foot(0))):
        blocks = _without_kept(blocks, lambda some: room.holds(_joined(some, forms, foot(0))))
    for left_out in range(len(blocks)):
        shown = len(blocks) - left_out
        text = _joined(blocks[:shown], forms[:shown], foot(left_out))
        if room.holds(text):
            return text
    left_out = max(0, len(blocks) - 1)
    return _first_cut(first, foot(left_out), rest(left_out), room)


def _within_shares(blocks: Sequence[Block], room: Room) -> Sequence[Block]:
    """With the last form cut to its share of what is not kept: a long name leaves no other unnamed."""
    share = room.less("\n".join(block.kept for block in blocks)).share(len(blocks) + SHARES_OF_FOOT)
    return [block._replace(forms=(*block.forms[:-1], cut(block.forms[-1], share.holds))) for block in blocks]


def _without_kept(blocks: Sequence[Block], holds: Callable[[Sequence[Block]], bool]) -> Sequence[Block]:
    """Without what is kept behind the last ones, as few of them as there must be; the first keeps it."""
    shown = list(blocks)
    for place in range(len(shown) - 1, 0, -1):
        shown[place] = shown[place]._replace(kept="")
        if holds(shown):
            return shown
    return shown


def _first_cut(blocks: Sequence[Block], foot: str, rest: str, room: Room) -> str:
    """The first block alone, cut; the foot goes before the words do, and the words before what is kept."""
    if not blocks:
        return cut(foot, room.holds)
    body, kept = blocks[0].forms[-1], blocks[0].kept
    kept_below = "\n" + kept if kept else ""
    for tail in (kept_below + BETWEEN + foot, rest + kept_below):
        if room.holds(body + tail):
            return body + tail
    for tail in (rest + kept_below, kept_below):
        if room.holds(ELLIPSIS + tail):
            return cut(body, room.less(tail).holds) + tail
    return kept or cut(body, room.holds)


def _joined(blocks: Sequence[Block], forms: Sequence[int], foot: str) -> str:
    parts = [block.text(form) for block, form in zip(blocks, forms, strict=True)]
    return BETWEEN.join([*parts, foot] if foot else parts)


def _is_within_a_character(text: str, at: int) -> bool:
    """Whether what people see as one character is cut there: an accent, or a joined sign, would lose its other half."""
    following, before = text[at], text[at - 1]
    return bool(unicodedata.combining(following)) or following in (_JOINER, _SELECTOR) or before == _JOINER
