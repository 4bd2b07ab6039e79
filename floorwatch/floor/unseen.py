"""What a feed cannot tell: the facts of the floor that its protocol does not carry.

Each adapter declares its own, in these words; `source.described` tells the engine. What is unseen is not known, and
that is another thing than none: a figure that is made of it is null. See docs/adr/0011.
"""

from __future__ import annotations

REFUSED = "refused"
"""Contacts turned away at the door."""
DECLINED = "declined"
"""Contacts an agent did not take."""
TRANSFERRED = "transferred"
"""Whether a talk ended by a transfer."""
ALERTING = "alerting"
"""When a phone begins to ring."""
HOLD = "hold"
"""When a contact is put on hold, and taken back. Its talk then holds the holds, so that their sum is known."""
WRAP_UP = "wrap_up"
"""When an agent's work after a contact ends."""
BUSY = "busy"
"""Calls that are not a queue's. Meanwhile the agent is what the switch takes it to be: available, as a rule."""
UNREACHABLE = "unreachable"
"""Phones that are not registered. The same."""
LOG_IN = "log_in"
"""Who is logged in, of agents whom neither the feed, by joining, nor the configuration, by `interfaces`, names."""
PAUSES = "pauses"
"""Who is paused."""
PAUSE_REASONS = "pause_reasons"
"""Why an agent is paused."""
