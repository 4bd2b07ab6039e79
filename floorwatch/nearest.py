"""What was meant by a name that nothing has."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches


def did_you_mean(typed: str, known: Iterable[str], otherwise: str) -> str:
    """Asks for the known name that is nearest; `otherwise`, where none is near."""
    nearest = get_close_matches(typed, list(known), 1)
    return f"did you mean '{nearest[0]}'?" if nearest else otherwise
