"""How many agents, by when, with which probability: the rest of a queue's period, tried out some hundred times."""
