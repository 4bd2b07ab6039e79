"""The simulated floor against queueing theory: M/M/n, M/M/n+M and M/M/n+G, as ordinary profiles."""
