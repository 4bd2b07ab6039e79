"""The outbox: one row for each output and each place it has, which says what is owed there and how it fares."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

Json = dict[str, Any]
WHY_CHARS_MAX = 300


@dataclass(slots=True)
class Outbox:
    """One row. Instants are engine time in ms; None where it has not happened since we were started."""

    output: str
    kind: str
    place: str
    """Where it is, without what may be secret."""
    owed_since: int | None = None
    """Since when something is owed that it has not taken; None when it has all."""
    in_flight_since: int | None = None
    """Since when a try is under way."""
    told_at: int | None = None
    """When it last took something."""
    told_key: str = ""
    """The notice that was: empty for a state."""
    failed_at: int | None = None
    why: str = ""
    """Why it last failed; stays when it works again."""
    attempts: int = 0
    """Failures in a row: 0 when the last try went well."""
    retry_at: int | None = None
    """When it is tried again."""
    held_until: int | None = None
    """Until when what is owed waits at the longest, because it may not be told so often."""
    told: int = 0
    """How often it took something."""
    failures: int = 0
    """How often it did not."""
    refused: int = 0
    """Of `told`, how often it worked and did not want the message at that address; the person is told otherwise."""
    dropped: int = 0
    """Alerts of which it was not told how they ended, because they were too many, or because it took over a day."""

    def failed(self, now: int, why: str) -> None:
        """A try has failed."""
        self.failed_at, self.why = now, why[:WHY_CHARS_MAX]
        self.attempts += 1
        self.failures += 1

    def took(self, now: int, key: str) -> None:
        """It has taken something."""
        self.told_at, self.told_key = now, key or self.told_key
        self.told += 1

    def recovered(self) -> None:
        """It takes whatever it is given."""
        self.attempts, self.retry_at, self.owed_since = 0, None, None

    def json(self) -> Json:
        """The row as `GET /api/v1/outputs` shows it; docs/outputs.md says what each field means."""
        return {
            "output": self.output,
            "kind": self.kind,
            "place": self.place,
            "failing": self.attempts > 0,
            "owed_since": self.owed_since,
            "in_flight_since": self.in_flight_since,
            "told_at": self.told_at,
            "told_key": self.told_key or None,
            "failed_at": self.failed_at,
            "why": self.why or None,
            "attempts": self.attempts,
            "retry_at": self.retry_at,
            "held_until": self.held_until,
            "told": self.told,
            "failures": self.failures,
            "refused": self.refused,
            "dropped": self.dropped,
        }
