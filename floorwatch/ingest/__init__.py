"""EDGE in: what a switch, a broker or a file says, turned into events of the contract."""
