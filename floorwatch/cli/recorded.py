"""What commands that run recorded input have in common: what it may be, what is wrong with it, and how far they are."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path

from floorwatch.cli import journal
from floorwatch.cli.sentences import stop, why


class InputFormat(StrEnum):
    """What a recorded input can be."""

    auto = "auto"
    events = "events"
    ami = "ami"
    queue_log = "queue_log"
    table = "table"


def must_be_readable(path: Path) -> None:
    """Found out before the work, not in the middle of it."""
    if path.is_dir():
        journal.must_exist(path)
        return
    try:
        with path.open("rb"):
            pass
    except OSError as wrong:
        stop(2, f"{path}: {why(wrong)}")


@contextmanager
def journal_explained(where: Path) -> Iterator[None]:
    """Why the journal cannot be opened, and what to do."""
    import sqlite3

    from floorwatch.store.journal import JournalInUseError
    from floorwatch.store.segment import DamagedJournalError

    try:
        yield
    except JournalInUseError as wrong:
        stop(1, str(wrong))
    except (sqlite3.Error, DamagedJournalError) as wrong:
        stop(1, f"{where}: {wrong}; `floorwatch journal verify` says more; move the folder away to begin anew")


@contextmanager
def progress_bar() -> Iterator[Callable[[int, int], None] | None]:
    """A bar on stderr while a person is watching; nothing in a pipe."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (
        BarColumn(),
        TimeElapsedColumn(),
        TextColumn("{task.completed:,.0f} events"),
        TextColumn("{task.description}"),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=None)

        def show(events: int, at_ms: int) -> None:
            reached = datetime.fromtimestamp(at_ms / 1000, UTC)
            bar.update(task, completed=events, description=f"{reached:%Y-%m-%d %H:%M} UTC")

        yield show
