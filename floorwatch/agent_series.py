"""Agents as Prometheus is told of them, where the configuration wants it: under their names, or under pseudonyms.

Off by default: what an agent does minute by minute is personal, and each agent is a series. Who has logged out has
none. Pseudonyms are a keyed hash: names are few and easy to guess, so without a secret key anybody could try them all.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Callable, Iterator
from functools import partial

from floorwatch.config.metrics import Metrics
from floorwatch.engine import Engine
from floorwatch.floor.activity import ACTIVITIES, OFFLINE

DIGITS = 16
"""Of a pseudonym: among 10,000 agents two are the same once in 400 billion floors."""


class AgentSeries:
    """Who is logged in, and what they do; those above the limit are left out and counted."""

    def __init__(self, engine: Engine, said: Metrics) -> None:
        """Raises `OSError` when the key of the pseudonyms cannot be read."""
        self._engine = engine
        self._named = _naming(said)
        self._agents_max = said.agents_max
        self.dropped = 0
        """Series left out so far."""

    def present(self) -> Iterator[tuple[str, str]]:
        """(label, activity) of each; who was seen first comes first, also when there is not room for all."""
        if self._named is None:
            return
        shown = 0
        for agent in list(self._engine.books.agents.values()):  # others have their turn meanwhile
            agent.settle(self._engine.now)
            activity, _ = agent.now_doing(self._engine.now)
            if agent.spent_until is None or activity == OFFLINE:
                continue
            if shown == self._agents_max:
                self.dropped += 1
                continue
            shown += 1
            yield self._named(agent.name), ACTIVITIES[activity]


def pseudonym(key: bytes, name: str) -> str:
    """The same for the same name and key; without the key it tells nothing."""
    return hmac.new(key, name.encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()[:DIGITS]


def _naming(said: Metrics) -> Callable[[str], str] | None:
    """What an agent is called there; None: nobody is told of."""
    if said.per_agent == "pseudonym":
        return partial(pseudonym, said.key() or secrets.token_bytes(32))
    return str if said.per_agent == "id" else None
