"""Prometheus' text format 0.0.4, for many series of the same kind: written by columns, in slices.

A column is one series of each subject (queue) under the same name and labels. The beginnings of its lines (name and
escaped labels) are kept for as long as the subjects are the same, so a line costs its number and one concatenation.
Slices are small, so that who writes in an event loop can let others in between.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import groupby, islice
from operator import attrgetter
from typing import Any, NamedTuple

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"

SERIES_A_SLICE = 1_000
"""Looked at before a slice is handed out: about half a millisecond."""
LABELS_A_SLICE = 250
"""The same where the labels are new each time."""

Labels = tuple[tuple[str, str], ...]
"""(label, value), in the order written."""
Sample = tuple[str, Labels, float]
"""Metric name, labels, value."""


class Family(NamedTuple):
    """What a metric is."""

    kind: str
    figure: str
    sample: str = ""
    """The metric that is its n, with the same labels. Every measured ratio and mean has one."""


class Column(NamedTuple):
    """One series of each subject."""

    family: str
    labels: Labels
    """Besides the subject's own."""
    values: Iterable[float | None]
    """In the order of the subjects, made as they are written; None: this subject has no such series."""
    suffix: str = ""
    """Of a histogram: `_bucket`, `_sum` or `_count`."""


Figure = Callable[[Any], float | None]
"""What is read of a subject."""


def seconds(name: str) -> Figure:
    """What a subject keeps in milliseconds under this name, in seconds."""
    ms_of = attrgetter(name)

    def in_seconds(subject: object) -> float | None:
        ms = ms_of(subject)
        return None if ms is None else ms / 1000

    return in_seconds


def each(subjects: Iterable[object | None], figure: Figure) -> Iterator[float | None]:
    """The figure of each subject; of what is None, None."""
    return (None if subject is None else figure(subject) for subject in subjects)


def by_key(family: str, label: str, counts: Sequence[Mapping[str, float] | None]) -> Iterator[Column]:
    """A column for each key that any subject has."""
    for key in dict.fromkeys(key for count in counts if count for key in count):
        yield Column(family, ((label, key),), [None if count is None else count.get(key) for count in counts])


class Slice(NamedTuple):
    """A part of the text that ends with a line."""

    text: bytes
    series: int


def escaped(text: str) -> str:
    """The value of a label as it stands between its quotes."""
    return text.replace("\\", "\\\\").replace("\n", "\\n").replace('"', '\\"')


def header(name: str, kind: str, meaning: str) -> str:
    """What stands above the series of a family."""
    text = meaning.replace("\\", "\\\\").replace("\n", "\\n")
    return f"# HELP {name} {text}\n# TYPE {name} {kind}\n"


def _labelled(labels: Labels) -> str:
    return ",".join(f'{label}="{escaped(value)}"' for label, value in labels)


def _slice(lines: list[str], series: int) -> Slice:
    # A name may hold what UTF-8 cannot carry (half a surrogate pair from a broken feed): it must not stop a scrape.
    return Slice("".join(lines).encode("utf-8", "replace"), series)


def sample_slices(headers: Mapping[str, str], samples: Iterable[Sample]) -> Iterator[Slice]:
    """Samples of families of few series, in any order: a slice for each family, in the order of their first samples."""
    families: dict[str, list[str]] = {}
    for name, labels, value in samples:
        series = f"{name}{{{_labelled(labels)}}}" if labels else name
        families.setdefault(name, []).append(f"{series} {value!r}\n")
    for name, lines in families.items():
        yield _slice([headers[name], *lines], len(lines))


def family_slices(headers: Mapping[str, str], name: str, labels: Iterable[Labels]) -> Iterator[Slice]:
    """A family of many series that are all 1: what they say is in their labels."""
    head, told = headers[name], iter(labels)
    while some := [f"{name}{{{_labelled(one)}}} 1\n" for one in islice(told, LABELS_A_SLICE)]:
        yield _slice([head, *some], len(some))
        head = ""


class _Kept:
    """The beginnings of the lines of one set of subjects."""

    def __init__(self, label: str, names: tuple[str, ...]) -> None:
        self.names = names
        self._subjects = [f'{{{label}="{escaped(name)}"' for name in names]
        self._columns: dict[tuple[str, Labels], list[str]] = {}

    def of(self, name: str, labels: Labels) -> list[str]:
        column = self._columns.get((name, labels))
        if column is None:
            rest = "," + _labelled(labels) if labels else ""
            column = self._columns[name, labels] = [f"{name}{subject}{rest}}} " for subject in self._subjects]
        return column

    def keep_only(self, used: set[tuple[str, Labels]]) -> None:
        self._columns = {key: column for key, column in self._columns.items() if key in used}


class Bulk:
    """Writes columns of subjects that are told apart by `label`."""

    def __init__(self, label: str, headers: Mapping[str, str]) -> None:
        self._label = label
        self._headers = headers
        self._kept = _Kept(label, ())

    def slices(self, names: tuple[str, ...], columns: Iterable[Column]) -> Iterator[Slice]:
        """The columns of these subjects. Those of one family stand side by side.

        What is kept outgrows neither the subjects nor the columns of the last text that was written to its end.
        """
        if self._kept.names != names:
            self._kept = _Kept(self._label, names)
        kept = self._kept  # another text, of other subjects, may be begun before this one has ended
        used: set[tuple[str, Labels]] = set()
        lines: list[str] = []
        looked_at = series = 0
        for family, group in groupby(columns, lambda column: column.family):
            head = [self._headers[family]]
            for _, labels, values, suffix in group:
                used.add((family + suffix, labels))
                pairs = zip(kept.of(family + suffix, labels), values, strict=True)
                for start in range(0, len(names), SERIES_A_SLICE):
                    some = [
                        f"{begun}{value!r}\n" for begun, value in islice(pairs, SERIES_A_SLICE) if value is not None
                    ]
                    if some:
                        lines += head
                        lines += some
                        head = []
                    series += len(some)
                    looked_at += min(SERIES_A_SLICE, len(names) - start)
                    if looked_at >= SERIES_A_SLICE:
                        yield _slice(lines, series)
                        lines, looked_at, series = [], 0, 0
        yield _slice(lines, series)
        kept.keep_only(used)
