"""Days that are played: recorded or simulated, into a running daemon, over the protocols a switch speaks, at any speed.

day (what was recorded) -> rounds (moved in time) -> player (what is due) -> speaker (how it is said)
                                                        |
                                          timekeeper (the clock of all of it)
"""
