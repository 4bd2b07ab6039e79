"""Work in steps: a generator that yields where others may have their turn, and returns what it has made."""

from __future__ import annotations

from collections.abc import Generator
from typing import TypeVar

Made = TypeVar("Made")
Steps = Generator[None, None, Made]
"""Work of which each step takes a millisecond or two."""


def at_once(steps: Steps[Made]) -> Made:
    """Do the work without letting go."""
    while True:
        try:
            next(steps)
        except StopIteration as done:
            return done.value  # type: ignore[no-any-return]
