"""Pure vocabulary and state of the floor: events, contacts, agents. No I/O, no clock."""
