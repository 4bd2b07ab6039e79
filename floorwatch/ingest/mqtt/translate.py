"""The payload of a message as events of the contract: one JSON object, or a JSON array of objects."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from floorwatch.floor.events import Event
from floorwatch.ingest.events import EventReader
from floorwatch.ingest.source import OnReject

MESSAGE_BYTES_MAX = 1_048_576
"""A longer payload is rejected as a whole: one message must not hold up the others."""

Refusal = Callable[[str], str]
"""Why an event may not be of the source it names, in one word; empty when it may."""

_split = msgspec.json.Decoder(list[msgspec.Raw]).decode


def _anyone(_: str) -> str:
    return ""


class MessageReader:
    """Decodes payloads and counts what it meets in `counts`, each event of an array for itself.

    `on_reject(reason, bytes)` is told of every rejected event, in the very bytes that came.
    """

    def __init__(self, name: str, on_reject: OnReject | None = None) -> None:
        self._name = name
        self._reader = EventReader(name, on_reject)
        self.counts = self._reader.counts

    def events(self, payload: bytes, clock_ms: int, refusal: Refusal = _anyone) -> list[Event]:
        """The events of a payload, in order; what is none is counted. `clock_ms` is our clock. Never raises.

        Every publisher may speak in the feed's own name; of any other `refusal` decides (without it, all may be named).
        """
        if len(payload) > MESSAGE_BYTES_MAX:
            self._reader.reject("message_too_large", payload)
            return []
        if payload[:1] == b"{":
            event = self._event(payload, clock_ms, refusal)
            return [] if event is None else [event]
        found = [self._event(part, clock_ms, refusal) for part in self._parts(payload)]
        return [event for event in found if event is not None]

    def reject(self, reason: str, payload: bytes) -> None:
        """Count a payload that is no message for us."""
        self._reader.reject(reason, payload)

    def ignore(self) -> None:
        """Count a message that holds nothing."""
        self.counts.read += 1
        self.counts.ignored += 1

    def _parts(self, payload: bytes) -> list[bytes]:
        """The elements of an array, byte for byte; what is no array is its own only part."""
        text = payload.strip()
        if text[:1] == b"[":
            try:
                parts = [bytes(part) for part in _split(text)]
            except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
                self._reader.reject("malformed_json", payload)
                return []
        else:
            parts = [payload] if text else []
        if not parts:
            self.ignore()
        return parts

    def _event(self, text: bytes, clock_ms: int, refusal: Refusal) -> Event | None:
        event = self._reader.decode(text, clock_ms)
        if event is None:
            return None
        reason = ""
        if not event.id:
            reason = "missing_id"  # the broker may send it again, and then nobody could tell that it is the same
        elif event.source != self._name:
            reason = refusal(event.source or "")
        if reason:
            self.counts.read -= 1  # it was counted when it was decoded
            self._reader.reject(reason, text)
            return None
        return event
