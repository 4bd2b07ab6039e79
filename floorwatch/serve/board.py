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

from floorwatch.clock import monotonic_s
from floorwatch.floor.steps import Steps, at_once
from floorwatch.serve.public import public_floor
from floorwatch.view import FloorView

_encode = msgspec.json.Encoder().encode

Change = list[Any]
"""[path, value]: put `value` at `path`, e.g. [["queues", 0, "waiting"], 7]."""

KEYS = ("id", "name", "start")
"""By the first of these that they have, the items of a list are told apart."""


LISTS = (list, tuple)
LONGEST = "queues"
WOKEN_AT_ONCE = 16
"""Viewers who are sent a picture in one turn of the loop: some 1.5 ms."""
ITEMS_A_STEP = 10


def changes(old: dict[str, Any], new: dict[str, Any]) -> list[Change]:
    """What makes `old` into `new`, as replacements; a list that has other items, or in another order, is one."""
    return at_once(changing(old, new))


def changing(old: dict[str, Any], new: dict[str, Any]) -> Steps[list[Change]]:
    """The same in steps: on a large floor the list of queues is long."""
    found: list[Change] = []
    is_long = _are_alike(old[LONGEST], new[LONGEST]) if LONGEST in new else False
    _compare(old, new, [], found, besides=LONGEST if is_long else "")
    for place in range(len(new[LONGEST]) if is_long else 0):
        _compare(old[LONGEST][place], new[LONGEST][place], [LONGEST, place], found)
        if place % ITEMS_A_STEP == 0:
            yield
    return found


def _compare(
    old: dict[str, Any], new: dict[str, Any], path: list[str | int], found: list[Change], besides: str = ""
) -> None:
    for key, after in new.items():
        before = old[key]
        if key == besides or before == after:
            continue
        if isinstance(before, dict) and isinstance(after, dict) and before.keys() == after.keys():
            _compare(before, after, [*path, key], found)
        elif _are_alike(before, after):
            for index, (one, other) in enumerate(zip(before, after, strict=True)):
                _compare(one, other, [*path, key, index], found)
        else:
            found.append([[*path, key], after])


def _are_alike(before: object, after: object) -> bool:
    """Whether these are lists of the same items in the same order, each as it was or with other values."""
    if not isinstance(before, LISTS) or not isinstance(after, LISTS) or _keys(before) != _keys(after) or not after:
        return False
    return _keys(after) != [] and all(one.keys() == other.keys() for one, other in zip(before, after, strict=True))


def _keys(items: Sequence[Any]) -> list[Any]:
    """What tells the items apart; empty where nothing does."""
    if not items or not isinstance(items[0], dict):
        return []
    key = next((key for key in KEYS if key in items[0]), None)
    return [] if key is None else [item.get(key) for item in items]


PAGES = ("floor", "queue", "agents")
"""Which pages have streams of their own; alerts and feeds are shown from the floor's."""

Extra = Callable[[FloorView], dict[str, Any]]
"""What a page shows besides the public picture, as plain containers; the same keys each time."""


class Channel(NamedTuple):
    """What a viewer is sent: the public picture, and what its page shows besides. Viewers of one `name` share it."""

    name: str
    besides: Extra

    @property
    def page(self) -> str:
        """Which page it is for."""
        return self.name.partition("/")[0]


class _Sent:
    """One dictionary as server-sent events, each made at most once."""

    def __init__(self, number: int, content: dict[str, Any], whole: str, delta: str) -> None:
        self.content = content
        self._number, self._whole_name, self._delta_name = number, whole, delta
        self._json: bytes | None = None
        self._whole: bytes | None = None
        self._delta: bytes | None = None

    def json(self) -> Steps[bytes]:
        if self._json is None:
            content = dict(self.content)
            if LONGEST in content:
                written = content[LONGEST] = []
                for place, item in enumerate(self.content[LONGEST], 1):
                    written.append(msgspec.Raw(_encode(item)))
                    if place % ITEMS_A_STEP == 0:
                        yield
            self._json = _encode(content)
        return self._json

    def whole(self) -> Steps[bytes]:
        if self._whole is None:
            content = yield from self.json()
            self._whole = self._event(self._whole_name, content)
        return self._whole

    def since(self, before: _Sent | None) -> Steps[bytes]:
        """What has changed since `before`, which is always the same one; the whole, where that is gone already."""
        if self._delta is None:
            if before is None:
                return (yield from self.whole())
            found = yield from changing(before.content, self.content)
            self._delta = self._event(self._delta_name, _encode(found))
        return self._delta

    def _event(self, name: str, content: bytes) -> bytes:
        return b"id: %d\nevent: %b\ndata: %b\n\n" % (self._number, name.encode(), content)


class Frame:
    """One published view, with its serialised forms made on first use and shared from then on.

    All are made in steps (`turns.in_turns`, by whoever asks first): the picture of 500 queues is 4 MB of text.
    """

    def __init__(self, number: int, view: FloorView, speed: float, banner_note: Mapping[str, str] | None) -> None:
        self.number = number
        self.view = view
        self.before: Frame | None = None
        self._made_s = monotonic_s()
        self.making = asyncio.Lock()
        """Held by who has something made, that others may have it too."""
        self._speed = speed
        self._banner_note = banner_note
        self._floor: _Sent | None = None
        self._extras: dict[str, _Sent] = {}

    def age_ms(self) -> int:
        """How long ago it was published, in real milliseconds."""
        return int((monotonic_s() - self._made_s) * 1000)

    def public(self) -> dict[str, Any]:
        """The public form, as plain containers."""
        return at_once(self._picture()).content

    def json(self) -> Steps[bytes]:
        """The public form as JSON."""
        picture = yield from self._picture()
        return (yield from picture.json())

    def snapshot(self, channel: Channel | None = None) -> Steps[bytes]:
        """Server-sent events with the whole picture. What the page shows besides comes first: it is drawn with it."""
        extra = b"" if channel is None else at_once(self._extra(channel).whole())
        picture = yield from self._picture()
        whole = yield from picture.whole()
        return extra + whole

    def delta(self, channel: Channel | None = None) -> Steps[bytes]:
        """Server-sent events for viewers who have the frame before this one: what has changed.

        Who had to wait until the frame before was let go is sent what others have had made; else the whole.
        """
        before = self.before
        extra = b""
        if channel is not None:
            extra = at_once(self._extra(channel).since(None if before is None else before._extra(channel)))
        old = None if before is None else (yield from before._picture())
        new = yield from self._picture()
        return extra + (yield from new.since(old))

    def _picture(self) -> Steps[_Sent]:
        if self._floor is None:
            floor = public_floor(self.view, speed=self._speed, banner_note=self._banner_note)
            content = msgspec.to_builtins(msgspec.structs.replace(floor, queues=()))
            queues = content[LONGEST] = []
            for place, queue in enumerate(floor.queues, 1):
                queues.append(msgspec.to_builtins(queue))
                if place % ITEMS_A_STEP == 0:
                    yield
            self._floor = _Sent(self.number, content, "view", "delta")
        return self._floor

    def _extra(self, channel: Channel) -> _Sent:
        extra = self._extras.get(channel.name)
        if extra is None:
            extra = _Sent(self.number, channel.besides(self.view), "extra", "extra-delta")
            self._extras[channel.name] = extra
        return extra


class Board:
    """Holds the latest view and wakes who waits for it.

    `speed` is engine time per real time (a demo runs at 30), so that clocks on the page tick right between views.
    """

    def __init__(self, *, speed: float = 1.0) -> None:
        self.speed = speed
        """Of the pictures to come."""
        self.viewers = dict.fromkeys(PAGES, 0)
        """Open streams, by page."""
        self._frame: Frame | None = None
        self._waiting: list[asyncio.Future[None]] = []
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
            waiter = asyncio.get_running_loop().create_future()
            self._waiting.append(waiter)
            try:
                await waiter
            except asyncio.CancelledError:  # where nothing is published, they would be more and more
                self._waiting = [one for one in self._waiting if one is not waiter]
                raise
        return None

    def _wake(self) -> None:
        waiting, self._waiting = self._waiting, []
        self._wake_some(waiting)

    def _wake_some(self, waiting: list[asyncio.Future[None]]) -> None:
        """A few, and the others in the next turn: hundreds who write at once would hold the loop for 50 ms."""
        for waiter in waiting[:WOKEN_AT_ONCE]:
            if not waiter.done():
                waiter.set_result(None)
        if waiting[WOKEN_AT_ONCE:]:
            asyncio.get_running_loop().call_soon(self._wake_some, waiting[WOKEN_AT_ONCE:])
