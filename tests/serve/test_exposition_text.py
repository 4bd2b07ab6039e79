"""The bulk writer: what is written is what a parser of Prometheus reads, whatever the labels and numbers are."""

from __future__ import annotations

import math
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client.parser import text_string_to_metric_families

from floorwatch.serve.text_format import SERIES_A_SLICE, Bulk, Column, by_key, family_slices, header, sample_slices

HEADERS = {name: header(name, "gauge", f"What {name} is: a \\ and\na line.") for name in ("one", "two", "three")}
"""Of three families; their HELP needs escapes."""

texts = st.text(st.characters(exclude_categories=["Cs"]))
numbers = st.integers(-(10**15), 10**15) | st.floats(allow_nan=True, allow_infinity=True)
names = st.lists(texts, min_size=1, max_size=5, unique=True).map(tuple)

Series = dict[tuple[str, tuple[tuple[str, str], ...]], float]


def read(text: bytes) -> Series:
    """Every series of a text; one that stands there twice is an error."""
    found: Series = {}
    for family in text_string_to_metric_families(text.decode()):
        for sample in family.samples:
            key = (sample.name, tuple(sorted(sample.labels.items())))
            assert key not in found, key
            found[key] = sample.value
    return found


def alike(one: Series, other: Series) -> bool:
    """Whether these are the same series with the same numbers; one that is no number is like another."""
    return one.keys() == other.keys() and all(
        value == other[key] or (math.isnan(value) and math.isnan(other[key])) for key, value in one.items()
    )


@st.composite
def tables(draw: st.DrawFn) -> tuple[tuple[str, ...], list[Column]]:
    """Subjects, and columns of them, those of one family side by side."""
    subjects = draw(names)
    columns = []
    for family in draw(st.lists(st.sampled_from(sorted(HEADERS)), max_size=3, unique=True)):
        for value in draw(st.lists(texts, min_size=1, max_size=3, unique=True)):
            figures = st.lists(st.none() | numbers, min_size=len(subjects), max_size=len(subjects))
            columns.append(Column(family, (("window", value),), draw(figures)))
    return subjects, columns


def expected(subjects: tuple[str, ...], columns: list[Column]) -> Series:
    """The same, worked out one by one."""
    return {
        (family, tuple(sorted((("queue", subject), *labels)))): float(value)
        for family, labels, values, _ in columns
        for subject, value in zip(subjects, values, strict=True)
        if value is not None
    }


@given(written=st.lists(tables(), min_size=1, max_size=3))
def test_columns_are_read_back_as_they_were(written: list[tuple[tuple[str, ...], list[Column]]]) -> None:
    """Any labels, any numbers, any subjects one text after the other: what is kept between them changes nothing."""
    bulk = Bulk("queue", HEADERS)
    for subjects, columns in written:
        slices = list(bulk.slices(subjects, columns))
        wanted = expected(subjects, columns)
        assert alike(read(b"".join(part.text for part in slices)), wanted)
        assert sum(part.series for part in slices) == len(wanted)


@given(samples=st.dictionaries(st.tuples(st.sampled_from(sorted(HEADERS)), texts), numbers, max_size=6))
def test_samples_are_read_back_as_they_were(samples: dict[tuple[str, str], float]) -> None:
    """In whatever order they come, each family stands in one piece."""
    told = [(name, (("kind", kind),), number) for (name, kind), number in samples.items()]
    text = b"".join(part.text for part in sample_slices(HEADERS, told))
    assert alike(read(text), {(name, labels): float(number) for name, labels, number in told})
    assert text.count(b"# TYPE") == len({name for name, _, _ in told})


@given(agents=st.lists(texts, max_size=20, unique=True))
def test_series_that_are_told_by_labels_are_read_back(agents: list[str]) -> None:
    """One series for each, 1."""
    text = b"".join(part.text for part in family_slices(HEADERS, "one", ((("agent", name),) for name in agents)))
    assert read(text) == {("one", (("agent", name),)): 1.0 for name in agents}


def test_a_histogram_has_one_heading() -> None:
    """Its buckets, sum and count stand below the name of the family."""
    headers = {"wait_seconds": header("wait_seconds", "histogram", "Waits.")}
    columns = [
        Column("wait_seconds", (("le", "5"),), [1], "_bucket"),
        Column("wait_seconds", (("le", "+Inf"),), [3], "_bucket"),
        Column("wait_seconds", (), [31.5], "_sum"),
        Column("wait_seconds", (), [3], "_count"),
    ]
    (part,) = Bulk("queue", headers).slices(("sales",), columns)
    (family,) = text_string_to_metric_families(part.text.decode())
    assert (family.name, family.type, part.series) == ("wait_seconds", "histogram", 4)
    assert [(sample.name, sample.value) for sample in family.samples] == [
        ("wait_seconds_bucket", 1),
        ("wait_seconds_bucket", 3),
        ("wait_seconds_sum", 31.5),
        ("wait_seconds_count", 3),
    ]


def test_no_slice_is_long_however_many_subjects_there_are() -> None:
    """Two and a half slices of one column come as three; nothing is made before it is asked for."""
    made: list[int] = []
    subjects = tuple(map(str, range(SERIES_A_SLICE * 5 // 2)))

    def values() -> Iterator[float]:
        for number in range(len(subjects)):
            made.append(number)
            yield number

    slices = Bulk("queue", HEADERS).slices(subjects, [Column("one", (), values())])
    assert next(slices).series == SERIES_A_SLICE
    assert len(made) == SERIES_A_SLICE
    assert sum(part.series for part in slices) == SERIES_A_SLICE * 3 // 2


def test_two_texts_may_be_written_side_by_side() -> None:
    """A picture of other queues that is begun before the last is written to its end mixes nothing up."""
    bulk = Bulk("queue", HEADERS)
    many = tuple(map(str, range(SERIES_A_SLICE)))
    first = bulk.slices(many, [Column(name, (), [1] * len(many)) for name in ("one", "two")])
    written = [next(first).text]
    (other,) = bulk.slices(("new",), [Column("one", (), [2])])
    written += [part.text for part in first]
    assert read(b"".join(written)) == {(name, (("queue", queue),)): 1 for name in ("one", "two") for queue in many}
    assert read(other.text) == {("one", (("queue", "new"),)): 2}


def test_a_key_that_only_some_have_is_a_series_of_those() -> None:
    """By activity, by reason: what is not counted of a subject is absent, not 0; an unknown subject has none."""
    columns = list(by_key("one", "activity", [{"talking": 2}, None, {"talking": 1, "paused": 4}]))
    assert [(labels, list(values)) for _, labels, values, _ in columns] == [
        ((("activity", "talking"),), [2, None, 1]),
        ((("activity", "paused"),), [None, None, 4]),
    ]


def test_too_few_numbers_are_a_bug_of_ours() -> None:
    """A column that does not fit its subjects is not written as if nothing were known."""
    with pytest.raises(ValueError, match="shorter"):
        list(Bulk("queue", HEADERS).slices(("a", "b"), [Column("one", (), [1])]))
