"""Our figures beside the switch's own: what we know contact by contact, the comparison, and how it is told."""
