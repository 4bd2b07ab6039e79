"""Verifying a journal: every row is there, in order, unchanged, and means something."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from floorwatch.store.journal import is_being_made
from floorwatch.store.recover import decode
from floorwatch.store.segment import DamagedJournalError, Entry, Segment, chained, segment_paths

PROBLEMS_MAX = 20


@dataclass(slots=True)
class Verdict:
    """What was found. `problems` is empty for a good journal, and holds at most `PROBLEMS_MAX` sentences."""

    segments: int = 0
    entries: int = 0
    first_seq: int = 0
    last_seq: int | None = None
    """The number of the newest entry; None before the first segment."""
    problems: list[str] = field(default_factory=list)

    def add(self, problem: str) -> None:
        """One more thing that is wrong."""
        if len(self.problems) < PROBLEMS_MAX:
            self.problems.append(problem)


def verify(folder: Path) -> Verdict:
    """Read every row of the journal in this folder; another process may be writing it."""
    verdict = Verdict()
    chain = 0
    paths = segment_paths(folder)
    for path in paths:
        try:
            with closing(Segment(path)) as segment:
                if not is_being_made(segment, paths[-1]):
                    chain = _verify_segment(segment, verdict, chain)
        except (sqlite3.Error, DamagedJournalError) as wrong:
            verdict.add(f"{path.name}: {wrong}")
    return verdict


def _verify_segment(segment: Segment, verdict: Verdict, chain: int) -> int:
    """Check one file; the checksum of its last row."""
    name = segment.path.name
    if ailment := segment.ailment():
        verdict.add(f"{name}: {ailment}")
    head = segment.head()
    if head is None:
        return chain
    verdict.segments += 1
    first_seq, before = head
    if verdict.last_seq is not None and (first_seq != verdict.last_seq + 1 or before != chain):
        verdict.add(f"{name}: does not go on where the segment before it ends (entry {verdict.last_seq})")
    seq, chain, applied_at = first_seq - 1, before, 0
    verdict.first_seq = verdict.first_seq or first_seq
    for entry in segment.entries():
        for problem in _problems(entry, seq, chain, applied_at):
            verdict.add(f"{name}: entry {entry.seq}: {problem}")
        seq, chain, applied_at = entry.seq, entry.chain, entry.applied_at
        verdict.entries += 1
    verdict.last_seq = seq
    return chain


def _problems(entry: Entry, seq: int, chain: int, applied_at: int) -> Iterator[str]:
    if entry.seq != seq + 1:
        yield f"entries {seq + 1} to {entry.seq - 1} are missing"
    elif entry.chain != chained(chain, entry.seq, entry.applied_at, entry.actor, entry.event):
        yield "was changed after it was written: its checksum does not fit"
    if entry.applied_at < applied_at:
        yield "was applied before the entry before it"
    try:
        decode(entry.event)
    except msgspec.MsgspecError as wrong:
        yield f"is no event: {wrong}"
