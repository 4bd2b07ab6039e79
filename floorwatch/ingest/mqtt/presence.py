"""What must be said of the sources that are heard through a broker: up, down, and the gap when something was missed.

The feed itself is a source, and so is every name that the events give as their `source`. All of them are lost with the
broker; one alone is lost when its publisher is.
"""

from __future__ import annotations

from collections.abc import Iterable

from floorwatch.floor.events import Event, SourceDown, SourceGap, SourceUp


class Presence:
    """Who is heard, as it was last said. All instants are integer milliseconds of our clock."""

    def __init__(self, name: str, others: Iterable[str] = ()) -> None:
        self._up: dict[str, bool | None] = dict.fromkeys((name, *others))
        """What was said of each source; None before the first word."""
        self._gone: set[str] = set()
        """Sources whose own publisher is away: the broker's return does not bring them back."""
        self._missed_since: int | None = None

    @property
    def others(self) -> tuple[str, ...]:
        """The sources heard through the feed."""
        return tuple(self._up)[1:]

    def __len__(self) -> int:
        """How many sources there are, the feed itself among them."""
        return len(self._up)

    def __contains__(self, source: str) -> bool:
        return source in self._up

    def connected(self, now: int, missed_since: int | None) -> list[Event]:
        """The broker is there; events since `missed_since` may be lost (None: it kept them all)."""
        self._missed_since = missed_since
        return [said for source in list(self._up) for said in (*self._rise(source, now), *self._gap(source, now))]

    def lost(self, now: int, reason: str) -> list[Event]:
        """The broker is not there (any more)."""
        return [said for source in list(self._up) for said in self._fall(source, now, reason)]

    def missed(self, now: int, since: int) -> list[Event]:
        """Events since then may be lost, of every source."""
        return [SourceGap(time=now, source=source, since=since) for source in self._up]

    def met(self, event: Event, now: int) -> list[Event]:
        """What must be said before an event: that its source is there, when it has not been heard before."""
        source = event.source or ""
        said: list[Event] = []
        if source not in self._up:
            self._up[source] = None
            said = [*self._rise(source, now), *self._gap(source, now)]
        if isinstance(event, SourceDown | SourceUp):  # a publisher may speak of itself in its events, too
            self._up[source] = isinstance(event, SourceUp)
            (self._gone.discard if self._up[source] else self._gone.add)(source)
        return said

    def published(self, source: str, online: bool, now: int) -> list[Event]:
        """The publisher of a source says that it is there, or the broker that it has gone."""
        is_new = source not in self._up
        if is_new:
            self._up[source] = None
        if not online:
            self._gone.add(source)
            return self._fall(source, now, "publisher_offline")
        self._gone.discard(source)
        return [*self._rise(source, now), *(self._gap(source, now) if is_new else ())]

    def _rise(self, source: str, now: int) -> list[Event]:
        if self._up[source] or source in self._gone:
            return []
        self._up[source] = True
        return [SourceUp(time=now, source=source)]

    def _fall(self, source: str, now: int, reason: str) -> list[Event]:
        if self._up[source] is False:
            return []
        self._up[source] = False
        return [SourceDown(time=now, source=source, reason=reason)]

    def _gap(self, source: str, now: int) -> list[Event]:
        return [] if self._missed_since is None else [SourceGap(time=now, source=source, since=self._missed_since)]
