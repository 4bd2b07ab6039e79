"""What the switch answers when it is asked: the lists, its settings, the time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime

from simulators.ami.channels import Channels
from simulators.ami.members import Members, listed
from simulators.ami.queues import SERVICE_LEVEL_S
from simulators.ami.tables import FREE, UNREGISTERED, Caller, Channel, Queue
from simulators.ami.wire import Action, answer, answered_list, first_line, last_line, refusal, stamp_of


class Answers:
    """Answers actions about one floor. `started_ms`: since when the switch runs."""

    def __init__(self, channels: Channels, members: Members, started_ms: int) -> None:
        self._channels = channels
        self._members = members
        self._started_ms = started_ms

    def answer(self, action: Action, now_ms: int) -> bytes:
        """What is written back at this instant."""
        name = action.get("action", "")
        if not name:
            return refusal(action, "Missing action in request")
        known = _ACTIONS.get(name.lower())
        if known is None:
            return refusal(
                action, f"Invalid/unknown command: {name}. Use Action: ListCommands to show available commands."
            )
        return known(self, action, now_ms)

    def booted(self, now_ms: int) -> bytes:
        """FullyBooted, for who has just logged in."""
        up_s = max(1, (now_ms - self._started_ms) // 1000)
        return (
            f"Event: FullyBooted\r\nPrivilege: system,all\r\nUptime: {up_s}\r\nLastReload: {up_s}\r\n"
            "Status: Fully Booted\r\n\r\n"
        ).encode()

    def _ping(self, action: Action, now_ms: int) -> bytes:
        return answer(action, "Ping: Pong", f"Timestamp: {stamp_of(now_ms)}")

    def _core_settings(self, action: Action, now_ms: int) -> bytes:
        return answer(
            action,
            "AMIversion: 11.0.0",
            "AsteriskVersion: 22.10.1",
            "SystemName: ",
            "CoreMaxCalls: 0",
            "CoreMaxLoadAvg: 0.000000",
            "CoreRunUser: ",
            "CoreRunGroup: ",
            "CoreMaxFilehandles: 0",
            "CoreRealTimeEnabled: No",
            "CoreCDRenabled: No",
            "CoreHTTPenabled: No",
            "SoundsSearchCustomDir: No",
        )

    def _core_status(self, action: Action, now_ms: int) -> bytes:
        since = datetime.fromtimestamp(self._started_ms // 1000, UTC)
        times = [
            f"Core{what}Date: {since:%Y-%m-%d}\r\nCore{what}Time: {since:%H:%M:%S}" for what in ("Startup", "Reload")
        ]
        return answer(action, *times, f"CoreCurrentCalls: {len(self._channels.open)}")

    def _show_channels(self, action: Action, now_ms: int) -> bytes:
        entries = (_channel(action, channel, now_ms) for channel in self._channels.open.values())
        return answered_list(action, "CoreShowChannels", "Channels will follow", entries)

    def _queue_status(self, action: Action, now_ms: int) -> bytes:
        entries = (
            entry
            for queue in self._asked(action)
            for entry in _status(action, queue, now_ms // 1000, action.get("member", ""))
        )
        return answered_list(action, "QueueStatus", "Queue status will follow", entries)

    def _queue_summary(self, action: Action, now_ms: int) -> bytes:
        entries = (_summary(action, queue, now_ms // 1000) for queue in self._asked(action))
        return answered_list(action, "QueueSummary", "Queue summary will follow", entries)

    def _asked(self, action: Action) -> list[Queue]:
        """The queue named, or all of them."""
        name = action.get("queue", "")
        return [queue for queue in self._members.queues.values() if name in ("", queue.name)]


_ACTIONS: dict[str, Callable[[Answers, Action, int], bytes]] = {
    "ping": Answers._ping,
    "coresettings": Answers._core_settings,
    "corestatus": Answers._core_status,
    "coreshowchannels": Answers._show_channels,
    "queuestatus": Answers._queue_status,
    "queuesummary": Answers._queue_summary,
}


def _channel(action: Action, channel: Channel, now_ms: int) -> str:
    minutes, second = divmod(max(0, now_ms - channel.since_ms) // 1000, 60)
    return (
        f"Event: CoreShowChannel\r\n{first_line(action)}{channel.shown()}Application: {channel.application}\r\n"
        f"ApplicationData: {channel.arguments}\r\nDuration: {minutes // 60:02d}:{minutes % 60:02d}:{second:02d}\r\n"
        f"BridgeId: {channel.bridge}\r\n\r\n"
    )


def _status(action: Action, queue: Queue, now_s: int, member: str) -> Iterator[str]:
    """A queue, its members and its callers. `member`: only the one of this interface, and no callers."""
    yield _params(queue) + last_line(action)
    for phone, seat in queue.members.values():
        if member in ("", phone.interface):
            yield f"Event: QueueMember\r\n{listed(phone, seat)}{last_line(action)}"
    if not member:
        for position, caller in enumerate(queue.callers.values(), 1):
            yield _entry(caller, position, now_s) + last_line(action)


def _params(queue: Queue) -> str:
    in_time = queue.completed_in_time
    return (
        f"Event: QueueParams\r\nQueue: {queue.name}\r\nMax: 0\r\nStrategy: leastrecent\r\n"
        f"Calls: {len(queue.callers)}\r\nHoldtime: {queue.hold_s}\r\nTalkTime: {queue.talk_s}\r\n"
        f"Completed: {queue.completed}\r\nAbandoned: {queue.abandoned}\r\nServiceLevel: {SERVICE_LEVEL_S}\r\n"
        f"ServicelevelPerf: {_percent(in_time, queue.completed)}\r\n"
        f"ServicelevelPerf2: {_percent(in_time + queue.abandoned_in_time, queue.completed + queue.abandoned)}\r\n"
        f"Weight: 0\r\n"
    )


def _percent(part: int, whole: int) -> str:
    return f"{100 * part / whole:.1f}" if whole else "0.0"


def _entry(caller: Caller, position: int, now_s: int) -> str:
    channel = caller.channel
    line = (channel.line_number, channel.line_title)
    number, title = ("unknown" if part.startswith("<") else part for part in line)
    return (
        f"Event: QueueEntry\r\nQueue: {caller.queue.name}\r\nPosition: {position}\r\nChannel: {channel.name}\r\n"
        f"Uniqueid: {channel.uid}\r\nCallerIDNum: {channel.number}\r\nCallerIDName: {channel.title}\r\n"
        f"ConnectedLineNum: {number}\r\nConnectedLineName: {title}\r\n"
        f"Wait: {max(0, now_s - caller.joined_ms // 1000)}\r\nPriority: 0\r\n"
    )


def _summary(action: Action, queue: Queue, now_s: int) -> str:
    here = [(phone, seat) for phone, seat in queue.members.values() if phone.device != UNREGISTERED]
    free = sum(phone.device == FREE and not seat.paused for phone, seat in here)
    longest_s = max((now_s - caller.joined_ms // 1000 for caller in queue.callers.values()), default=0)
    return (
        f"Event: QueueSummary\r\nQueue: {queue.name}\r\nLoggedIn: {len(here)}\r\nAvailable: {free}\r\n"
        f"Callers: {len(queue.callers)}\r\nHoldTime: {queue.hold_s}\r\nTalkTime: {queue.talk_s}\r\n"
        f"LongestHoldTime: {longest_s}\r\n{last_line(action)}"
    )
