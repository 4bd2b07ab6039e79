"""`/metrics` over HTTP: packed or not, shared by who asks at once, and nobody waits for it meanwhile."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import msgspec
import pytest
from prometheus_client.parser import text_string_to_metric_families

from floorwatch.serve.board import Board
from floorwatch.serve.exposition import Exposition
from floorwatch.serve.exposition_scrape import Scrape
from floorwatch.serve.text_format import Slice
from floorwatch.view import FloorView
from tests.serve.floors import AT, floor, queue
from tests.serve.serving import serving

BIG = 300


class Counting(Exposition):
    """Counts how often it is asked to write."""

    written = 0

    def slices(self, view: FloorView | None) -> Iterator[Slice]:
        self.written += 1
        return super().slices(view)


async def body(scrape: Scrape, view: FloorView | None) -> bytes:
    """What would be sent, plain."""
    return b"".join(await scrape.pieces(view))


@pytest.fixture(scope="module")
def big() -> FloorView:
    """A floor of some 25,000 series."""
    return floor(queues=tuple(queue(f"queue {number}") for number in range(BIG)))


@pytest.mark.parametrize(
    ("asked", "packed"),
    [
        ("gzip", True),
        ("deflate, GZIP;q=0.5", True),
        ("gzip;q=1.0", True),
        ("identity", False),
        ("gzip;q=0", False),
        ("gzip; q=0.000", False),
        ("", False),
    ],
)
async def test_it_is_packed_for_who_takes_that(asked: str, packed: bool) -> None:
    """The same text, packed or not; a cache between keeps the two apart."""
    board = Board()
    board.publish(floor())
    async with serving(board) as client:
        answer = await client.get("/metrics", headers={"Accept-Encoding": asked})
        assert answer.status == 200
        assert answer.headers.get("Content-Encoding") == ("gzip" if packed else None)
        assert answer.headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
        assert (answer.headers["Vary"], answer.headers["Cache-Control"]) == ("Accept-Encoding", "no-store")
        assert await answer.read() == Exposition().render(floor())
        head = await client.head("/metrics", headers={"Accept-Encoding": asked})
        assert (head.status, await head.read()) == (200, b"")
        assert head.headers["Content-Length"] == answer.headers["Content-Length"]


async def test_the_loop_goes_on_while_a_large_floor_is_written(big: FloorView) -> None:
    """Between slices others have their turn, also while it is packed; the text is whole."""
    scrape, turns = Scrape(Exposition()), 0

    async def others() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    task = asyncio.create_task(others())
    text = await body(scrape, big)
    plain_turns = turns
    await scrape.pieces(big, gzip=True)
    task.cancel()
    assert plain_turns >= 2
    assert turns > plain_turns
    families = {family.name: family for family in text_string_to_metric_families(text.decode())}
    assert len(families["floorwatch_queue_known"].samples) == BIG


async def test_who_scrapes_the_same_picture_shares_its_text() -> None:
    """Three at once and one later cost one writing; another picture is written anew, and so is an equal one."""
    exposition = Counting()
    scrape = Scrape(exposition)
    view = floor()
    bodies = await asyncio.gather(*(body(scrape, view) for _ in range(3)))
    assert {*bodies, await body(scrape, view)} == {exposition.render(view)}
    assert exposition.written == 2  # one of them by the line above
    later = floor(at=AT + 500)
    assert await body(scrape, later) == exposition.render(later)
    assert exposition.written == 4


async def test_what_stands_beside_the_floor_is_fresh_each_time() -> None:
    """How the daemon fares is told as it is, also while no new picture comes, and before the first."""
    told = iter((b"one 1\n", b"one 2\n", b"one 3\n"))
    scrape = Scrape(Exposition(), [lambda: next(told)])
    view = floor()
    assert (await body(scrape, view)).endswith(b"one 1\n")
    assert (await body(scrape, view)).endswith(b"one 2\n")
    assert (await body(scrape, None)).endswith(b"one 3\n")


async def test_it_is_told_how_long_a_scrape_took_and_how_many_series_it_had() -> None:
    """Of the floor: as many as there are lines that are no comments."""
    heard: list[tuple[float, int]] = []
    scrape = Scrape(Exposition(), scraped=lambda seconds, series: heard.append((seconds, series)))
    text = await body(scrape, floor())
    ((seconds, series),) = heard
    assert seconds > 0
    assert series == sum(not line.startswith(b"#") for line in text.splitlines())


async def test_a_scrape_that_is_given_up_harms_nobody(big: FloorView) -> None:
    """Who has waited for the same picture is served all the same."""
    scrape = Scrape(Exposition())
    impatient, patient = asyncio.create_task(body(scrape, big)), asyncio.create_task(body(scrape, big))
    await asyncio.sleep(0)
    impatient.cancel()
    assert await patient == Exposition().render(big)


async def test_half_a_letter_in_a_name_stops_no_scrape() -> None:
    """What UTF-8 cannot carry is replaced; the rest is there."""
    board = Board()
    board.publish(msgspec.structs.replace(floor(), queues=(queue("sa\ud83dles"), queue("support"))))
    async with serving(board) as client:
        text = await (await client.get("/metrics")).text()
    assert 'floorwatch_queue_known{queue="sa?les"} 1' in text
    assert 'floorwatch_queue_known{queue="support"} 1' in text
