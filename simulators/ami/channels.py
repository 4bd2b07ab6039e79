"""The channels of the switch: made, answered, bridged, hung up, each with the event that says so."""

from __future__ import annotations

from uuid import NAMESPACE_OID, uuid5
from zlib import crc32

from simulators.ami.tables import DOWN, RING, UNKNOWN, UP, Channel, Phone
from simulators.ami.wire import Voice

CAUSES = {
    0: "Unknown",
    16: "Normal Clearing",
    17: "User busy",
    20: "Subscriber absent",
    26: "Answered elsewhere",
    34: "Circuit/channel congestion",
}
_AREAS = ("212", "303", "312", "404", "415", "503", "617", "702", "808")


def number_of(contact: str) -> str:
    """A caller's number: fictional, and the same for the same contact."""
    drawn = crc32(contact.encode())
    return f"{_AREAS[drawn % len(_AREAS)]}55501{drawn // len(_AREAS) % 100:02d}"


class Channels:
    """All channels there are, the oldest first."""

    def __init__(self, voice: Voice) -> None:
        self._voice = voice
        self._made = self._bridges = 0
        self.open: dict[str, Channel] = {}
        """By Uniqueid."""

    # One channel

    def incoming(self, contact: str, exten: str) -> Channel:
        """A call comes in, and the dialplan answers it."""
        channel = self._make("trunk", "", number_of(contact), "Caller", "from-trunk", exten, RING)
        self.run(channel, "Answer", "")
        self.turn(channel, UP)
        return channel

    def leg(self, phone: Phone, caller: Channel) -> Channel:
        """The channel on which a phone is called for a caller."""
        leg = self._make(phone.agent, caller.linked, phone.number, phone.title, "from-agent", caller.exten, DOWN)
        leg.line_number, leg.line_title = caller.number, caller.title
        return leg

    def target(self, exten: str, linked: str) -> Channel:
        """Somebody outside the queues, to whom a call is transferred; up already."""
        return self._make("office", linked, exten, exten, "from-agent", exten, UP)

    def turn(self, channel: Channel, state: int) -> None:
        """Its state changes."""
        channel.state = state
        self._voice.say("Newstate", "call", channel.shown())

    def run(self, channel: Channel, application: str, arguments: str) -> None:
        """It executes the next line of the dialplan."""
        channel.application, channel.arguments = application, arguments
        line = f"Extension: {channel.exten}\r\nApplication: {application}\r\nAppData: {arguments}\r\n"
        self._voice.say("Newexten", "dialplan", channel.shown() + line)

    def set(self, channel: Channel, variable: str, value: str) -> None:
        """A variable of it is set."""
        self._voice.say("VarSet", "dialplan", f"{channel.shown()}Variable: {variable}\r\nValue: {value}\r\n")

    def request_hangup(self, channel: Channel, causes: str = "") -> None:
        """Its far end hangs up."""
        self._voice.say("HangupRequest", "call", channel.shown() + causes)

    def hang_up(self, channel: Channel, cause: int = 16, *, soft: bool = False, technical: int = 0) -> None:
        """It is over. `soft`: by the dialplan's own end."""
        if soft:
            self._voice.say("SoftHangupRequest", "call", f"{channel.shown()}Cause: 16\r\n")
        more = f"TechCause: {technical}\r\n" if technical else ""
        self._voice.say("Hangup", "call", f"{channel.shown()}Cause: {cause}\r\nCause-txt: {CAUSES[cause]}\r\n{more}")
        self.open.pop(channel.uid, None)

    def play_music(self, channel: Channel) -> None:
        """Music on hold begins."""
        self._voice.say("MusicOnHoldStart", "call", f"{channel.shown()}Class: default\r\n")

    def stop_music(self, channel: Channel) -> None:
        """Music on hold ends."""
        self._voice.say("MusicOnHoldStop", "call", channel.shown())

    def press(self, channel: Channel, digit: str) -> None:
        """The far end presses a key."""
        line = f"Digit: {digit}\r\nDurationMs: 160\r\nDirection: Received\r\n"
        self._voice.say("DTMFEnd", "dtmf", channel.shown() + line)

    # Two of them

    def bridge(self, leg: Channel, caller: Channel) -> None:
        """They hear each other."""
        self._bridges += 1
        bridge = str(uuid5(NAMESPACE_OID, f"bridge/{caller.uid}/{self._bridges}"))
        self._voice.say("BridgeCreate", "call", bridge_lines(bridge, 0))
        for number, channel in enumerate((leg, caller), 1):
            channel.bridge = bridge
            self._voice.say("BridgeEnter", "call", bridge_lines(bridge, number) + channel.shown())

    def unbridge(self, first: Channel, second: Channel) -> None:
        """They do no more."""
        bridge = first.bridge
        for number, channel in ((1, first), (0, second)):
            channel.bridge = ""
            self._voice.say("BridgeLeave", "call", bridge_lines(bridge, number) + channel.shown())
        self._voice.say("BridgeDestroy", "call", bridge_lines(bridge, 0))

    def _make(self, device: str, linked: str, number: str, title: str, context: str, exten: str, state: int) -> Channel:
        uid = f"{self._voice.now_s}.{self._made}"
        channel = Channel(
            f"PJSIP/{device}-{self._made:08x}", uid, linked or uid, number, title, context, exten, self._voice.now_ms
        )
        channel.state = state
        self._made += 1
        self.open[uid] = channel
        self._voice.say("Newchannel", "call", channel.shown())
        return channel


def bridge_lines(bridge: str, channels: int, of: str = "") -> str:
    """A bridge in an event; `of` is what stands before each name."""
    return (
        f"{of}BridgeUniqueid: {bridge}\r\n{of}BridgeType: basic\r\n{of}BridgeTechnology: simple_bridge\r\n"
        f"{of}BridgeCreator: {UNKNOWN}\r\n{of}BridgeName: {UNKNOWN}\r\n{of}BridgeNumChannels: {channels}\r\n"
        f"{of}BridgeVideoSourceMode: none\r\n"
    )
