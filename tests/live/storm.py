"""A storm of alerts on a floor of one file: queues begin to wait, and stop when every receiver has been told of it."""

from __future__ import annotations

import json
import random
import threading
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.live.ears import Ears, WebEars

RULES = QUICK, HELD = "quick", "held"
"""The rules: both say that nobody may wait. The first is immediate; the other holds and keeps for so long:"""
HOLD_MS, KEEP_MS = 2_000, 3_000
OPEN_MAX = 10
RESTS_S = 7.0
"""A queue is left alone for so long after a breach: its alerts are resolved by then."""
SILENCED_LASTS_S = 5.0
BREACHES_MAX = 3
"""Of one queue: with one more its alerts would count as flapping, of which people are told less often."""


@dataclass(slots=True)
class Breach:
    """A contact that waits: from when until when, ms."""

    queue: str
    contact: str
    opened_ms: int
    ends_s: float
    """By the monotonic clock: not before it ends."""
    closed_ms: int | None = None


class Storm:
    """Writes breaches to the file of a source, in a thread, until told to calm down."""

    def __init__(
        self, path: Path, silenced: list[str], ears: list[Ears], lasts_s: tuple[float, float], seed: int
    ) -> None:
        self._file = path.open("a", encoding="utf-8")
        self._chance = random.Random(seed)
        self._idle = dict.fromkeys(silenced, 0.0)
        """Queue to the instant from which on it may breach again."""
        self._breaches: Counter[str] = Counter()
        self._silenced = frozenset(silenced)
        self._ears = ears
        self._lasts_s = lasts_s
        """How long a queue breaches, at least and at most, where everybody is told by then."""
        self.open: list[Breach] = []
        self.over: list[Breach] = []
        self.silenced_over: list[Breach] = []
        self.is_silence_given = False
        self._calm = threading.Event()
        self.trouble: BaseException | None = None
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def told(self, rule: str) -> dict[str, int]:
        """Queues that breach, and since when, where every receiver has been told of the alert of this rule."""
        self._catch_up()
        return {
            breach.queue: breach.opened_ms
            for breach in list(self.open)
            if breach.queue not in self._silenced and self._is_told(rule, breach)
        }

    def calm_down(self, within_s: float) -> None:
        """Open no more, and wait until all that are open have been told of, and are closed."""
        self._calm.set()
        self._thread.join(within_s)
        assert self.trouble is None, self.trouble
        missing = [
            (breach, ears.name, rule)
            for breach in self.open
            for ears in self._ears
            for rule in RULES
            if not ears.has(rule, breach.queue, breach.opened_ms)
        ]
        assert not self._thread.is_alive(), f"not told within {within_s} s: {missing}"
        self._file.close()

    def _run(self) -> None:
        try:
            while not self._calm.is_set() or self.open:
                time.sleep(0.05)
                self._close_some()
                if not self._calm.is_set() and len(self.open) < OPEN_MAX and self._chance.random() < 0.2:
                    self._open_one()
        except BaseException as wrong:  # raised again where the storm is ended
            self.trouble = wrong
            raise

    def _catch_up(self) -> None:
        for ears in self._ears:
            if isinstance(ears, WebEars):
                ears.catch_up()

    def _is_told(self, rule: str, breach: Breach) -> bool:
        return all(ears.has(rule, breach.queue, breach.opened_ms) for ears in self._ears)

    def _open_one(self) -> None:
        now_s = time.monotonic()
        queue = self._chance.choice([f"q{len(self._breaches)}", *self._free(now_s)])
        self._idle.pop(queue, None)
        self._breaches[queue] += 1
        lasts_s = SILENCED_LASTS_S if queue in self._silenced else self._chance.uniform(*self._lasts_s)
        contact = f"c{self._breaches.total()}"
        self.open.append(Breach(queue, contact, self._write("offered", queue, contact), now_s + lasts_s))

    def _free(self, now_s: float) -> Iterator[str]:
        """Queues that have rested, and may breach once more."""
        for queue, from_s in self._idle.items():
            if from_s <= now_s:
                if queue in self._silenced:
                    if self.is_silence_given:
                        yield queue
                elif self._breaches[queue] < BREACHES_MAX:
                    yield queue

    def _close_some(self) -> None:
        self._catch_up()
        now_s = time.monotonic()
        for breach in list(self.open):
            is_silenced = breach.queue in self._silenced
            if breach.ends_s < now_s and (is_silenced or all(self._is_told(rule, breach) for rule in RULES)):
                breach.closed_ms = self._write("abandoned", breach.queue, breach.contact)
                self.open.remove(breach)
                (self.silenced_over if is_silenced else self.over).append(breach)
                self._idle[breach.queue] = now_s + RESTS_S

    def _write(self, kind: str, queue: str, contact: str) -> int:
        now_ms = time.time_ns() // 1_000_000
        event = {"type": f"contact.{kind}", "id": f"{kind}-{contact}", "time": now_ms, "contact": contact}
        self._file.write(json.dumps(event | {"queue": queue}) + "\n")
        self._file.flush()
        return now_ms
