"""The board: the latest picture of the floor, shared by every viewer.

Latest wins. There is no queue anywhere: a viewer asks for "whatever is newer than what I have", so a slow one skips
pictures instead of piling them up. A picture is serialised at most once, by the first viewer who wants it, and never
when nobody looks.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import msgspec

from floorwatch.serve.public import public_floor
from floorwatch.view import FloorView

Change = list[Any]
"""[path, value]: put `value` at `path`, e.g. [["queues", 0, "waiting"], 7]."""

KEYS = ("id", "name", "start")
"""By the first of these that they have, the items of a list are told apart."""


LISTS = (list, tuple)


def changes(old: dict[str, Any], new: dict[str, Any]) -> list[Change]:
    """What makes `old` into `new`, as replacements; a list that has other items, or in another order, is one."""
    found: list[Change] = []
    _compare(old, new, [], found)
    return found


def _compare(old: dict[str, Any], new: dict[str, Any], path: list[str | int], found: list[Change]) -> None:
    for key, after in new.items():
        before = old[key]
        if before is after or before == after:
            continue
        if isinstance(before, dict) and isinstance(after, dict) and before.keys() == after.keys():
            _compare(before, after, [*path, key], found)
        elif isinstance(before, LISTS) and isinstance(after, LISTS) and _keys(before) == _keys(after) != []:
            for index, (one, other) in enumerate(zip(before, after, strict=True)):
                if one.keys() == other.keys():
                    _compare(one, other, [*path, key, index], found)
                else:
                    found.append([[*path, key, index], other])
        else:
            found.append([[*path, key], after])


def _keys(items: Sequence[Any]) -> list[Any]:
    """What tells the items apart; empty where nothing does."""
    if not items or not isinstance(items[0], dict):
        return []
    key = next((key for key in KEYS if key in items[0]), None)
    return [] if key is None else [item.get(key) for item in items]


Extra = Callable[[FloorView], dict[str, Any]]
"""What a page shows besides the public picture, as plain containers; the same keys each time."""


class Channel(NamedTuple):
    """What a viewer is sent: the public picture, and what its page shows besides. Viewers of one `name` share it."""

    name: str
    besides: Extra


class _Sent:
    """One dictionary as server-sent events, each made at most once."""

    def __init__(self, number: int, content: dict[str, Any], whole: str, delta: str) -> None:
        self.content = content
        self._number, self._whole_name, self._delta_name = number, whole, delta
        self._json: bytes | None = None
        self._whole: bytes | None = None
        self._delta: bytes | None = None

    def json(self) -> bytes:
        if self._json is None:
            self._json = msgspec.json.encode(self.content)
        return self._json

    def whole(self) -> bytes:
        if self._whole is None:
            self._whole = self._event(self._whole_name, self.json())
        return self._whole

    def delta(self, before: _Sent) -> bytes:
        """What has changed since `before`, which is always the same one."""
        if self._delta is None:
            found = changes(before.content, self.content)
            self._delta = self._event(self._delta_name, msgspec.json.encode(found))
        return self._delta

    def _event(self, name: str, content: bytes) -> bytes:
        return b"id: %d\nevent: %b\ndata: %b\n\n" % (self._number, name.encode(), content)


class Frame:
    """One published view, with its serialised forms made on first use and shared from then on."""

    def __init__(self, number: int, view: FloorView, speed: float, banner_note: Mapping[str, str] | None) -> None:
        self.number = number
        self.view = view
        self.before: Frame | None = None
        self._speed = speed
        self._banner_note = banner_note
        self._floor: _Sent | None = None
        self._extras: dict[str, _Sent] = {}

    def public(self) -> dict[str, Any]:
        """The public form, as plain containers."""
        return self._picture().content

    def public_json(self) -> bytes:
        """The public form as JSON."""
        return self._picture().json()

    def snapshot(self, channel: Channel | None = None) -> bytes:
        """Server-sent events with the whole picture. What the page shows besides comes first: it is drawn with it."""
        extra = b"" if channel is None else self._extra(channel).whole()
        return extra + self._picture().whole()

    def delta(self, channel: Channel | None = None) -> bytes:
        """Server-sent events for viewers who have the frame before this one: what has changed."""
        before = self.before
        if before is None:
            return self.snapshot(channel)
        extra = b"" if channel is None else self._extra(channel).delta(before._extra(channel))
        return extra + self._picture().delta(before._picture())

    def _picture(self) -> _Sent:
        if self._floor is None:
            floor = public_floor(self.view, speed=self._speed, banner_note=self._banner_note)
            self._floor = _Sent(self.number, msgspec.to_builtins(floor), "view", "delta")
        return self._floor

    def _extra(self, channel: Channel) -> _Sent:
        extra = self._extras.get(channel.name)
        if extra is None:
            extra = self._extras[channel.name] = _Sent(self.number, channel.besides(self.view), "extra", "extra-delta")
        return extra


class Board:
    """Holds the latest view and wakes who waits for it.

    `speed` is engine time per real time (a demo runs at 30), so that clocks on the page tick right between views.
    """

    def __init__(self, *, speed: float = 1.0) -> None:
        self.speed = speed
        """Of the pictures to come."""
        self._frame: Frame | None = None
        self._changed = asyncio.Event()
        self.closed = False

    @property
    def frame(self) -> Frame | None:
        """The latest picture, None until the first."""
        return self._frame

    @property
    def view(self) -> FloorView | None:
        """The latest view as published, private parts included; None until the first."""
        return self._frame.view if self._frame is not None else None

    def publish(self, view: FloorView, banner_note: Mapping[str, str] | None = None) -> None:
        """Replace the picture and wake everyone who waits; costs next to nothing while nobody looks.

        `banner_note` maps language to a remark shown beside the banner with this picture ("simulated floor").
        """
        last = self._frame
        frame = Frame(last.number + 1 if last is not None else 1, view, self.speed, banner_note)
        if last is not None:
            last.before = None  # otherwise every frame of the day would stay reachable
            frame.before = last
        self._frame = frame
        self._wake()

    def close(self) -> None:
        """End every stream: the server is going down."""
        self.closed = True
        self._wake()

    async def newer_than(self, seen: int) -> Frame | None:
        """The latest frame once its number exceeds `seen` (0: any frame); None when the board was closed."""
        while not self.closed:
            if self._frame is not None and self._frame.number > seen:
                return self._frame
            await self._changed.wait()
        return None

    def _wake(self) -> None:
        self._changed.set()
        self._changed = asyncio.Event()
