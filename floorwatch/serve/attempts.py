"""Wrong tokens, counted for each address, in bounded memory."""

from __future__ import annotations

FAILURES_MAX = 10
"""Wrong tokens of one address in one window; a person pastes the wrong thing two or three times."""
WINDOW_S = 60.0
ADDRESSES_MAX = 1_000
"""Addresses remembered; the one heard of longest ago is forgotten first."""


class Attempts:
    """Which addresses have presented wrong tokens of late, and which were let in."""

    def __init__(self) -> None:
        self._failures: dict[str, tuple[float, int]] = {}
        self._good: dict[tuple[str, str], None] = {}

    def wait_s(self, address: str, now_s: float) -> float:
        """Seconds until the address may try again; 0 when it may now."""
        began_s, failures = self._failures.get(address, (now_s, 0))
        return max(0.0, began_s + WINDOW_S - now_s) if failures >= FAILURES_MAX else 0.0

    def failed(self, address: str, now_s: float) -> int:
        """Count a wrong token; how many there were in this window."""
        began_s, failures = self._failures.pop(address, (now_s, 0))
        if now_s - began_s >= WINDOW_S:
            began_s, failures = now_s, 0
        self._failures[address] = (began_s, failures + 1)
        if len(self._failures) > ADDRESSES_MAX:
            del self._failures[next(iter(self._failures))]
        return failures + 1

    def guessed(self, address: str, now_s: float) -> tuple[float, bool]:
        """Count a guess where whoever is right is let in all the same: (seconds until the next one, 0 while guesses are
        answered; whether this one goes into the log).

        Of guesses beyond the limit the log has the 16th, the 32nd and so on: it tells of all of them, and cannot be
        filled by them.
        """
        failed = self.failed(address, now_s)
        if failed <= FAILURES_MAX:
            return 0.0, True
        return self.wait_s(address, now_s), failed.bit_count() == 1

    def good(self, address: str, name: str) -> None:
        """The token of that name was presented there."""
        self._good.pop((address, name), None)
        self._good[address, name] = None
        if len(self._good) > ADDRESSES_MAX:
            del self._good[next(iter(self._good))]

    def was_good(self, address: str, name: str) -> bool:
        """Whether the token of that name was presented there before."""
        return (address, name) in self._good
