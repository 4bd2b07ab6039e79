"""What the FreeSWITCH speaker tells of events, and what our protocol and translation make of it, without a socket."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import groupby

from floorwatch.floor.events import Event
from floorwatch.ingest.freeswitch.lists import Lists
from floorwatch.ingest.freeswitch.protocol import UNSEEN, Protocol, SwitchEvent
from floorwatch.ingest.freeswitch.translate import Translator
from floorwatch.ingest.source import Delivery, Description, InputCounts
from simulators.freeswitch import FreeswitchSpeaker
from simulators.freeswitch.api import answer
from simulators.freeswitch.wire import Headers, event_message, serialized
from simulators.speaker import instant
from simulators.speakers.whole import WholeFloor
from tests.ingest.freeswitch_floor import SetClock


class Listener:
    """Hears a speaker as the client does, a second of the day at a time, as a played day is told.

    It asks for the lists when an agent is added and after every `asks_every`-th event, in the middle of a second, and
    has them only at the end of it, or one second later (`is_slow`): what comes meanwhile is held.
    """

    def __init__(self, start_ms: int, asks_every: int, *, is_slow: bool) -> None:
        self._clock = SetClock(start_ms)
        self._asks_every, self._is_slow = asks_every, is_slow
        self._speaker = FreeswitchSpeaker(self._clock)
        self._speaker.callcenter.fire = self._fired
        self._counts = InputCounts()
        self._protocol = Protocol(self._counts)
        self._translator = Translator("floor", self._counts)
        self._description = Description(UNSEEN)
        self._on_its_way: list[SwitchEvent] = []
        self._events = 0
        self.deliveries: list[Delivery] = []
        self.looks = 0
        """How often it has asked."""
        self._translator.connected()
        self._take(self._translator.listed(self._lists()))

    def second(self, facts: Iterable[Event]) -> None:
        """What happens in one second, and what is heard of it."""
        lists = self._lists() if self._translator.is_holding else None
        for fact in facts:
            self._clock.ms = instant(fact)
            self._speaker.tell(fact)
        events, self._on_its_way = self._on_its_way, []
        for event in events:
            self._take(self._translator.event(event, self._clock.ms))
            self._events += 1
            wants = self._translator.wants_lists or self._events % self._asks_every == 0
            if wants and not self._translator.is_holding:
                self._translator.asking()
        if lists is None and self._translator.is_holding and not self._is_slow:
            lists = self._lists()
        if lists is not None:
            self._take(self._translator.listed(lists))
        self._take(self._translator.tick(self._clock.ms))

    def finish(self) -> None:
        """What was asked for last comes too."""
        if self._translator.is_holding:
            self._take(self._translator.listed(self._lists()))
        assert not self._counts.invalid

    def _lists(self) -> Lists:
        """What the switch lists now."""
        self.looks += 1
        lists = Lists(self._clock.ms, self._ask("global_getvar core_uuid"))
        lists.read_queues(self._ask("callcenter_config queue list"))
        for queue in lists.queues:
            lists.read_members(self._ask(f"callcenter_config queue list members '{queue}'"))
        lists.read_agents(self._ask("callcenter_config agent list"))
        lists.read_tiers(self._ask("callcenter_config tier list"))
        return lists

    def _ask(self, command: str) -> str:
        return answer(self._speaker.callcenter, command, self._clock.ms * 1000)

    def _fired(self, headers: Headers) -> None:
        for message in self._protocol.feed(event_message(serialized(headers), "plain")):
            assert message.event is not None
            self._on_its_way.append(message.event)

    def _take(self, facts: Sequence[Event]) -> None:
        said = [told for fact in facts for told in self._description.after(fact)]
        self.deliveries += [(self._clock.ms, fact) for fact in said]


def heard(events: Sequence[Event], *, asks_every: int, is_slow: bool) -> Listener:
    """Who has heard these events from before the first on."""
    floor = WholeFloor()
    listener = Listener(instant(events[0]) - 1, asks_every, is_slow=is_slow)
    for _, second in groupby(events, lambda event: instant(event) // 1000):
        listener.second([fact for event in second for fact in floor.told(event)])
    listener.finish()
    return listener
