"""Where an output of type mqtt publishes.

PREFIX/online        `online`, and `offline` when we are gone (last will). Kept.
PREFIX/state         what stands on the whole floor, JSON. Kept.
PREFIX/queue/NAME    the same of one queue. Kept; cleared when there is no such queue any more.
PREFIX/alert         a message: what has become of alerts, JSON. Not kept, QoS 1.
"""

from __future__ import annotations

from urllib.parse import quote

ONLINE, OFFLINE = b"online", b"offline"


class MqttTopics:
    """Where an output publishes: all of it under one prefix."""

    def __init__(self, prefix: str) -> None:
        self.online = f"{prefix}/online"
        self.state = f"{prefix}/state"
        self.alert = f"{prefix}/alert"
        self.queues = f"{prefix}/queue/+"

    def queue(self, name: str) -> str:
        """The topic of one queue: its name is percent-encoded where it is not plain."""
        return self.queues[:-1] + quote(name, safe="")
