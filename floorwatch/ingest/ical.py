"""What schedules and rotas read alike of an iCalendar file."""

from __future__ import annotations

from icalendar import Component

NO_CALENDAR = (ValueError, LookupError, TypeError, AttributeError, ArithmeticError, RecursionError, OSError)
"""What the libraries raise over text that is no calendar."""


def text_of(component: Component, name: str) -> str:
    """A property as text; of several the first."""
    found = component.get(name, "")
    return str(found[0] if isinstance(found, list) else found).strip()


def listed(component: Component, name: str) -> list[object]:
    """A property as often as it is there."""
    found = component.get(name, [])
    return found if isinstance(found, list) else [found]
