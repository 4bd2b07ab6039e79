"""How many agents a load needs, and what a number of agents makes of it: queueing models and what is built on them."""
