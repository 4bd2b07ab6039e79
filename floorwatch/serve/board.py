"""The board: the latest picture of the floor, shared by every viewer.

Latest wins. There is no queue anywhere: a viewer asks for "whatever is newer than what I have", so a slow one skips
pictures instead of piling them up. A picture is serialised at most once, by the first viewer who wants it, and never
when nobody looks.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

import msgspec

from floorwatch.serve.public import public_floor
from floorwatch.view import FloorView

Change = list[Any]
"""[path, value]: put `value` at `path`, e.g. [["queues", 0, "waiting"], 7]."""

LISTED = ("queues", "sources")
"""What has a name each, and hardly ever comes or goes."""
ALERTS = "alerts"
"""What has an id each; its texts are long, and tick."""


def changes(old: dict[str, Any], new: dict[str, Any]) -> list[Change] | None:
    """What makes `old` into `new`, as replacements; None when it shows other queues or feeds, or in another order."""
    found: list[Change] = []
    for part in LISTED:
        if [one["name"] for one in old[part]] != [one["name"] for one in new[part]]:
            return None
        for index, (before, after) in enumerate(zip(old[part], new[part], strict=True)):
            _compare(before, after, [part, index], found)
    if [one["id"] for one in old[ALERTS]] == [one["id"] for one in new[ALERTS]]:
        for index, (before, after) in enumerate(zip(old[ALERTS], new[ALERTS], strict=True)):
            _compare(before, after, [ALERTS, index], found)
    else:
        found.append([[ALERTS], new[ALERTS]])
    left_out = dict.fromkeys((*LISTED, ALERTS))
    _compare(old | left_out, new | left_out, [], found)
    return found


def _compare(old: dict[str, Any], new: dict[str, Any], path: list[str | int], found: list[Change]) -> None:
    for key, after in new.items():
        before = old[key]
        if before == after:
            continue
        if isinstance(before, dict) and isinstance(after, dict) and before.keys() == after.keys():
            _compare(before, after, [*path, key], found)
        else:
            found.append([[*path, key], after])


class Frame:
    """One published view, with its serialised forms made on first use and shared from then on."""

    def __init__(self, number: int, view: FloorView, speed: float, banner_note: Mapping[str, str] | None) -> None:
        self.number = number
        self.view = view
        self.before: Frame | None = None
        self._speed = speed
        self._banner_note = banner_note
        self._public: dict[str, Any] | None = None
        self._json: bytes | None = None
        self._snapshot: bytes | None = None
        self._delta: bytes | None = None

    def public(self) -> dict[str, Any]:
        """The public form, as plain containers."""
        if self._public is None:
            floor = public_floor(self.view, speed=self._speed, banner_note=self._banner_note)
            self._public = msgspec.to_builtins(floor)
        return self._public

    def public_json(self) -> bytes:
        """The public form as JSON."""
        if self._json is None:
            self._json = msgspec.json.encode(self.public())
        return self._json

    def snapshot(self) -> bytes:
        """A server-sent event with the whole picture."""
        if self._snapshot is None:
            self._snapshot = b"id: %d\nevent: view\ndata: %b\n\n" % (self.number, self.public_json())
        return self._snapshot

    def delta(self) -> bytes:
        """A server-sent event for viewers who have the frame before this one: what changed, or the whole picture."""
        if self._delta is None:
            found = changes(self.before.public(), self.public()) if self.before is not None else None
            self._delta = (
                self.snapshot()
                if found is None
                else b"id: %d\nevent: delta\ndata: %b\n\n" % (self.number, msgspec.json.encode(found))
            )
        return self._delta


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
