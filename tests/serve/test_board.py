from __future__ import annotations

import asyncio
import copy
import gc
import re
import weakref
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from floorwatch.floor.steps import at_once
from floorwatch.serve.board import Board, Channel, changes
from floorwatch.view import FloorView
from tests.serve.floors import AGENTS, AT, alert, alerts, floor, floors, queue, queues, source, sources


def public(view: FloorView) -> dict[str, Any]:
    board = Board()
    board.publish(view)
    assert board.frame is not None
    return msgspec.json.decode(at_once(board.frame.json()))  # type: ignore[no-any-return]


def patched(old: dict[str, Any], found: list[Any]) -> dict[str, Any]:
    """What the page does with a delta."""
    new = copy.deepcopy(old)
    for path, value in found:
        place: Any = new
        for step in path[:-1]:
            place = place[step]
        place[path[-1]] = value
    return new


@given(before=floors(), after=floors(), drawn=st.data())
def test_a_delta_makes_the_old_picture_into_the_new(before: FloorView, after: FloorView, drawn: st.DataObject) -> None:
    """Applying the changes between any two pictures of the same queues and feeds to the first gives the second."""
    same = st.fixed_dictionaries(
        {
            "queues": st.tuples(*(queues(st.just(name)) for name in ("sales", "support"))),
            "sources": st.tuples(sources(st.just("switch"))),
            "alerts": st.tuples(*(alerts(st.just(id_)) for id_ in ("r/sales/1", "r/vip/1")))
            | st.lists(alerts(), max_size=2).map(tuple),
        }
    )
    old = public(msgspec.structs.replace(before, **drawn.draw(same)))
    new = public(msgspec.structs.replace(after, **drawn.draw(same)))
    found = changes(old, new)
    assert patched(old, found) == new


def test_other_queues_than_before_come_whole() -> None:
    """When a queue appears, goes or changes places, viewers are sent all of them; and so it is with feeds."""
    board = Board()
    board.publish(floor(queues=(queue("a"), queue("b"))))
    for names in (("a",), ("b", "a"), ("b", "a", "c")):
        board.publish(floor(queues=tuple(queue(name) for name in names)))
        assert board.frame is not None
        assert board.frame.before is not None
        found = changes(board.frame.before.public(), board.frame.public())
        assert [path for path, _ in found if path[0] == "queues"] == [["queues"]]
        assert patched(board.frame.before.public(), found) == board.frame.public()
    board.publish(msgspec.structs.replace(board.frame.view, sources=(source("asterisk-1"),)))
    assert board.frame.before is not None
    assert [path for path, _ in changes(board.frame.before.public(), board.frame.public())] == [["sources"]]


def test_a_quiet_second_is_a_small_message() -> None:
    """When only the clock moved, the delta is a hundredth of the picture."""
    board = Board()
    board.publish(floor(AT))
    board.publish(msgspec.structs.replace(floor(AT), at=AT + 500))
    assert board.frame is not None
    assert len(at_once(board.frame.delta())) * 100 < len(at_once(board.frame.snapshot()))


def test_of_many_alerts_only_what_has_changed_is_sent() -> None:
    """Forty alerts with their texts are sent when one comes or goes, and not because the figure of one moves on."""
    board = Board()
    many = tuple(msgspec.structs.replace(alert("sales"), id=f"r/{i}") for i in range(40))
    for shown in (many, (*many[:39], msgspec.structs.replace(many[39], value=0.59))):
        board.publish(msgspec.structs.replace(floor(), alerts=shown))
    assert board.frame is not None
    assert b'[["alerts",39,"value"],0.59]' in at_once(board.frame.delta())
    assert len(at_once(board.frame.delta())) < 200
    board.publish(msgspec.structs.replace(floor(), alerts=many[1:]))
    assert board.frame.before is not None
    assert [path for path, _ in changes(board.frame.before.public(), board.frame.public())] == [["alerts"]]


async def test_five_hundred_viewers_share_one_serialisation() -> None:
    """Everyone who waits is woken by one publication and handed the very same bytes."""
    board = Board()
    viewers = [asyncio.create_task(board.newer_than(0)) for _ in range(500)]
    await asyncio.sleep(0)
    board.publish(floor())
    frames = await asyncio.gather(*viewers)
    first = frames[0]
    assert first is not None
    assert all(frame is first for frame in frames)
    assert all(
        at_once(frame.snapshot()) is at_once(first.snapshot()) and at_once(frame.delta()) is at_once(first.delta())
        for frame in frames
        if frame
    )


async def test_latest_wins() -> None:
    """A viewer who was away gets the newest picture, not those in between."""
    board = Board()
    for step in range(50):
        board.publish(floor(AT + step * 500))
    frame = await board.newer_than(1)
    assert frame is not None
    assert frame.number == 50
    assert frame.view.at == AT + 49 * 500


def test_old_pictures_are_let_go() -> None:
    """However long the day, only the latest picture and the one before it are kept."""
    board = Board()
    kept = []
    for step in range(10):
        board.publish(floor(AT + step * 500))
        assert board.frame is not None
        at_once(board.frame.delta())
        kept.append(weakref.ref(board.frame))
    gc.collect()
    assert [reference() is not None for reference in kept] == [False] * 8 + [True] * 2


def test_who_comes_late_to_a_picture_is_sent_the_change_that_others_have_had_made() -> None:
    """While viewers wait for a change to be made, the picture before may be let go: they are not sent a whole floor."""
    board = Board()
    sales, support = (Channel(f"queue/{name}", lambda view: {"at": view.at}) for name in ("sales", "support"))
    for step in range(3):
        board.publish(floor(AT + step * 500))
        frame = board.frame
        assert frame is not None
        for channel in (None, sales, support):
            at_once(frame.snapshot(channel))
    change = at_once(frame.delta(sales))
    board.publish(floor(AT + 1_500))
    assert frame.before is None
    assert change == at_once(frame.delta(sales))
    assert re.findall(rb"event: (.*)", change) == [b"extra-delta", b"delta"]
    kinds = re.findall(rb"event: (.*)", at_once(frame.delta(support)))
    assert kinds == [b"extra", b"delta"], "of another queue nobody has had the change made"


async def test_who_has_given_up_waiting_is_forgotten() -> None:
    """Viewers look up now and then while nothing is published: that leaves nothing behind, however long it lasts."""
    board = Board()
    for _ in range(3):
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.001):
                await board.newer_than(0)
    assert board._waiting == []


async def test_nobody_waits_on_a_closed_board() -> None:
    """Closing ends everyone's wait, and later ones too."""
    board = Board()
    viewer = asyncio.create_task(board.newer_than(0))
    await asyncio.sleep(0)
    board.close()
    assert await viewer is None
    assert await board.newer_than(0) is None


@given(view=floors())
def test_no_public_form_names_an_agent(view: FloorView) -> None:
    """Whatever the floor, the names of its agents are in none of the serialised forms."""
    board = Board()
    board.publish(view)
    board.publish(msgspec.structs.replace(view, at=view.at + 500))
    assert board.frame is not None
    shown = at_once(board.frame.json()) + at_once(board.frame.snapshot()) + at_once(board.frame.delta())
    for name in AGENTS:
        assert name.encode() not in shown
        assert msgspec.json.encode(name)[1:-1] not in shown


@given(view=floors())
def test_alerts_that_may_speak_of_a_few_people_stay_inside(view: FloorView) -> None:
    """Alerts about queues, feeds, outputs and floorwatch itself are public, those about teams and the floor are not."""
    told = [(one["id"], one["scope"], one["labels"].keys()) for one in public(view)["alerts"]]
    outside = ("queue", "source", "output", "daemon")
    assert told == [(one.id, one.scope, {one.scope}) for one in view.alerts if one.scope in outside]
    assert {one["rule"] for one in public(floor())["alerts"]} == {"service_level_low"}


@given(view=floors())
def test_an_unknown_queue_shows_no_number(view: FloorView) -> None:
    """While a queue's feed is down, its public form holds nothing that could be read as a number of now."""
    for shown, told in zip(public(view)["queues"], view.queues, strict=True):
        if told.unknown_since is not None:
            numbers = ("waiting", "waiting_past_threshold", "oldest_since", "longest_wait_ms", "present", "elsewhere")
            assert all(shown[key] is None for key in numbers)
            assert shown["interval"] is None
            assert shown["windows"] == shown["members"] == {}


def test_the_floor_level_is_a_ratio_of_sums_over_known_queues() -> None:
    """Hits over decided of the queues that are known; the lost one is left out and counted as such."""
    shown = (
        queue("a", hits=1, decided=2),
        queue("b", hits=98, decided=98),
        queue("c", "unknown", 0, 500, unknown_since=AT - 1),
    )
    assert public(floor(queues=shown))["today"] == {"level": 0.99, "hits": 99, "n": 100, "queues_unknown": 1}
    assert public(floor(queues=shown[2:]))["today"]["level"] is None


@pytest.mark.parametrize("note", [None, {"en": "simulated floor, 30×", "zh": "模拟现场"}])
def test_speed_and_note_travel_with_the_picture(note: dict[str, str] | None) -> None:
    """The page is told how fast the floor's clock runs and what remark to show."""
    board = Board(speed=30.0)
    board.publish(floor(), note)
    assert board.frame is not None
    shown = msgspec.json.decode(at_once(board.frame.json()))
    assert (shown["speed"], shown["banner_note"]) == (30.0, note)


def test_alert_text_is_public_in_both_languages() -> None:
    """The sentence of a queue's alert travels in every language."""
    shown = public(msgspec.structs.replace(floor(), alerts=(alert("sales"),)))["alerts"][0]
    assert set(shown["message"]) == {"en", "zh"}
