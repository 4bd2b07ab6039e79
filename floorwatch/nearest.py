"""What was meant by a name that nothing has."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches


def did_you_mean(typed: str, known: Iterable[str], otherwise: str) -> str:
    """Asks for the known name that is nearest, in whatever case it was typed; `otherwise`, where none is near."""
    by_folded = {name.casefold(): name for name in known}
    nearest = get_close_matches(typed.casefold(), by_folded, 1)
    return f"did you mean '{by_folded[nearest[0]]}'?" if nearest else otherwise
