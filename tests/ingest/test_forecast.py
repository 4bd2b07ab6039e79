"""Forecasts as people save them: read interval by interval, refused line by line."""

from __future__ import annotations

from pathlib import Path

import pytest

from floorwatch.ingest.forecast import UnusableForecastError, actuals_of, forecast_of, read_forecast

MINUTES = 60_000


def test_intervals_by_queue() -> None:
    """Site-local and offset times, columns in any order, rows in any order; an interval lasts to the next start."""
    read = forecast_of(
        [
            "contacts,queue,aht_seconds,start",
            "12,sales,200,2026-03-02T09:30",
            "10.5,sales,,2026-03-02T08:00Z",
            "5,help,90,2026-03-02T09:00",
        ],
        "Europe/Berlin",
        15 * MINUTES,
    )
    assert not read.refused
    first, second = read.queues["sales"]
    assert (first.contacts, first.aht_s, second.contacts, second.aht_s) == (10.5, None, 12.0, 200.0)
    assert first.end == second.start == first.start + 30 * MINUTES
    assert read.queues["help"][0].end - read.queues["help"][0].start == 30 * MINUTES


def test_one_interval_alone_is_as_long_as_the_sites() -> None:
    """Nothing in the file says how long it is."""
    (planned,) = forecast_of(["queue,start,contacts", "a,2026-03-02T09:00,1"], "UTC", 15 * MINUTES).queues["a"]
    assert planned.end - planned.start == 15 * MINUTES


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        (",2026-03-02T09:00,1,", "queue is empty"),
        ("a,2026-03-02T09:00,,", "contacts is empty: give the number, 0 for none, or leave out the line"),
        ("a,2026-03-02T09:00,-1,", "contacts is '-1'"),
        ("a,2026-03-02T09:00,1 000,", "contacts is '1 000'"),
        ("a,2026-03-02T09:00,inf,", "contacts is 'inf'"),
        ("a,2026-03-02T09:00,1,0", "aht_seconds is 0"),
        ("a,09:00,1,", "start is '09:00': give a time such as"),
        ("a,2026-03-29T02:30,1,", "start 2026-03-29T02:30 does not exist in Europe/Berlin"),
        ("b,2026-03-02T09:00,1,", "start 2026-03-02T09:00 of queue b is there already"),
    ],
)
def test_a_bad_line_is_refused_alone(line: str, sentence: str) -> None:
    """By its number, with the fix; the lines around it are taken."""
    lines = ["queue,start,contacts,aht_seconds", "b,2026-03-02T09:00,1,", line, "b,2026-03-02T10:00,1,"]
    read = forecast_of(lines, "Europe/Berlin", 15 * MINUTES)
    assert len(read.queues["b"]) == 2
    assert set(read.queues) == {"b"}
    assert len(read.refused) == 1
    assert read.refused[0].startswith(f"line 3: {sentence}")


def test_the_doubled_hour_is_meant_twice() -> None:
    """Clocks set back: 02:00 stands twice in a local forecast, and is two intervals an hour apart."""
    starts = ["01:30", "02:00", "02:30", "02:00", "02:30", "03:00"]
    lines = ["queue,start,contacts", *(f"a,2026-10-25T{start},1" for start in starts)]
    read = forecast_of(lines, "Europe/Berlin", 15 * MINUTES)
    assert not read.refused
    steps = {later.start - one.start for one, later in zip(read.queues["a"], read.queues["a"][1:], strict=False)}
    assert steps == {30 * MINUTES}


def test_a_file_that_is_no_forecast(tmp_path: Path) -> None:
    """The heading that is wanted is said; another encoding is named."""
    path = tmp_path / "forecast.csv"
    path.write_text("queue,begin,contacts\n", encoding="utf-8")
    with pytest.raises(UnusableForecastError, match=r"no column start; the heading is queue,start,contacts"):
        read_forecast(path, "UTC", 15 * MINUTES)
    path.write_bytes("queue,start,contacts\nKüche,2026-03-02T09:00,1\n".encode("latin-1"))
    with pytest.raises(UnusableForecastError, match="UTF-8"):
        read_forecast(path, "UTC", 15 * MINUTES)


FORECAST = forecast_of(
    [
        "queue,start,contacts",
        *(f"sales,2026-03-02T{start},10" for start in ("09:00", "09:30", "10:30")),
        "help,2026-03-02T23:30,5",
        "help,2026-03-03T00:00,5",
    ],
    "Europe/Berlin",
    15 * MINUTES,
).queues


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("Sale,2026-03-02T09:00,1", "queue 'Sale' is not in the forecast; did you mean 'sales'?"),
        ("fax,2026-03-02T09:00,1", "queue 'fax' is not in the forecast"),
        (
            "sales,2026-03-03T09:00,1",
            "start 2026-03-03T09:00 is of 2026-03-03, the forecast of queue sales of 2026-03-02",
        ),
        (
            "help,2025-03-02T23:30,1",
            "start 2025-03-02T23:30 is of 2025-03-02, the forecast of queue help of 2026-03-02, 2026-",
        ),
        ("sales,2026-03-02T08:00,1", "start 2026-03-02T08:00: the forecast of queue sales has no interval then"),
        ("sales,2026-03-02T10:00,1", "start 2026-03-02T10:00: the forecast of queue sales has no interval then"),
        ("sales,2026-03-02T09:30,many", "contacts is 'many'"),
        ("sales,2026-03-02T08:00Z,1", "start 2026-03-02T08:00Z of queue sales is there already"),
    ],
)
def test_an_actual_line_without_a_forecast_is_refused_alone(line: str, sentence: str) -> None:
    """By its number, with what was meant; what came in the other intervals is taken, whatever its order and zone."""
    lines = ["queue,start,contacts", "sales,2026-03-02T08:00Z,7", line, "help,2026-03-03T00:00+01:00,0"]
    read = actuals_of(lines, "Europe/Berlin", FORECAST)
    assert read.queues == {"help": {FORECAST["help"][1].start: 0.0}, "sales": {FORECAST["sales"][0].start: 7.0}}
    assert len(read.refused) == 1
    assert read.refused[0].startswith(f"line 3: {sentence}")
    assert ("did you mean" in read.refused[0]) == ("did you mean" in sentence)


def test_actuals_by_other_intervals_are_of_no_use() -> None:
    """Quarters on a forecast of half-hours: 09:00 is no count of 09:00-09:30; another queue's lines are."""
    lines = [f"sales,2026-03-02T{start},5" for start in ("09:00", "09:15", "09:30")]
    read = actuals_of(["queue,start,contacts", *lines, "help,2026-03-02T23:30,5"], "Europe/Berlin", FORECAST)
    assert set(read.queues) == {"help"}
    (refused,) = read.refused
    assert refused.startswith(
        "line 3: start 2026-03-02T09:15 lies inside the interval 09:00-09:30 of the forecast of q"
    )


def test_actuals_of_the_doubled_hour() -> None:
    """Each of the two is counted in its own interval of the forecast."""
    rows = [f"a,2026-10-25T{start},{place}" for place, start in enumerate(["01:00", "02:00", "02:00", "03:00"])]
    forecast = forecast_of(["queue,start,contacts", *rows], "Europe/Berlin", 15 * MINUTES).queues
    read = actuals_of(["queue,start,contacts", *rows], "Europe/Berlin", forecast)
    assert not read.refused
    assert read.queues["a"] == {planned.start: planned.contacts for planned in forecast["a"]}
