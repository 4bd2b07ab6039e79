"""A FreeSWITCH that is none: the event socket and mod_callcenter as their C source has them, with a floor in it.

No FreeSWITCH is packaged where this project is tested, so what the client hears there comes from here. It was written
from `mod_callcenter.c`, `mod_event_socket.c` and `switch_event.c` (the functions followed are named where they are),
not from what the client expects.
"""

from simulators.freeswitch.speaker import FreeswitchSpeaker

__all__ = ["FreeswitchSpeaker"]
