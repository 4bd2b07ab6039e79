"""What the API has promised a lead and a supervisor who ask on and on, over every end of the daemon; and what broke."""

from __future__ import annotations

import json
import math
import random
import threading
import time
import urllib.error
import urllib.request
from http.client import HTTPException
from typing import Any

from tests.live.storm import RULES, Storm

SNOOZES_S = 15
PAUSE_S = 0.15
SILENCES_MAX = 12


class Promises:
    """Asks in a thread until closed. Only what was answered well is a promise; it is looked at again and again."""

    def __init__(self, address: str, token: str, storm: Storm, silenced: list[str], seed: int) -> None:
        self._address = address
        self._token = token
        self._storm = storm
        self._silenced = silenced
        self._chance = random.Random(seed)
        self.acknowledged: dict[str, str] = {}
        """Alert to the note."""
        self.snoozed: dict[str, int] = {}
        """Alert to the end, ms."""
        self.silences: dict[str, dict[str, Any]] = {}
        self.broken: list[str] = []
        self.looks = 0
        """How often everything promised was looked at."""
        self.trouble: BaseException | None = None
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Ask no more."""
        self._over.set()
        self._thread.join(30)
        assert self.trouble is None, self.trouble

    def look(self) -> None:
        """Whether everything promised holds. Raises OSError or HTTPException while the daemon is away."""
        answer = self._ask("GET", "/api/v1/alerts?hours=1")
        shown = {alert["id"]: alert for alert in answer["alerts"]}
        for alert, note in self.acknowledged.items():
            one = shown.get(alert)
            if one is None or (one["note"], one["acknowledged_by"]) != (note, "boss") or one["state"] == "firing":
                self.broken.append(f"acknowledged with {note}, and now {one}")
        for alert, until in self.snoozed.items():
            one = shown.get(alert)
            is_live = one is not None and one["state"] != "resolved"
            if one is None or (is_live and answer["at"] < until and one["snoozed_until"] != until):
                self.broken.append(f"snoozed until {until}, and now {one}")
        silences = {one["id"]: one for one in self._ask("GET", "/api/v1/silences")["silences"]}
        for key, given in self.silences.items():
            if silences.get(key) != given:
                self.broken.append(f"silenced as {given}, and now {silences.get(key)}")
        self.looks += 1

    def _run(self) -> None:
        try:
            while not self._over.wait(PAUSE_S):
                try:
                    self._ask_for_something()
                    self.look()
                except (OSError, HTTPException):
                    continue  # it is away: what it has not answered, it has not promised
        except BaseException as wrong:  # raised again where this is closed
            self.trouble = wrong
            raise

    def _ask_for_something(self) -> None:
        if not self.silences or (len(self.silences) < SILENCES_MAX and self._chance.random() < 0.05):
            subjects = self._silenced if not self.silences else [self._chance.choice(self._silenced)]
            given = self._ask("POST", "/api/v1/silences", {"for": "6h", "subjects": subjects, "why": "a drill"})
            self.silences[given["id"]] = given
            self._storm.is_silence_given = True
            return
        told = {rule: self._storm.told(rule) for rule in RULES}
        alerts = [
            alert
            for alert in self._ask("GET", "/api/v1/alerts")["alerts"]
            if alert["state"] == "firing"
            and alert["id"] not in self.snoozed
            and alert["fired_at"] >= told.get(alert["rule"], {}).get(alert["labels"].get("queue"), math.inf)
        ]
        if not alerts:
            return
        alert = self._chance.choice(alerts)["id"]
        if self._chance.random() < 0.5:
            note = f"note {len(self.acknowledged)}"
            self._ask("POST", f"/api/v1/alerts/{alert}/acknowledge", {"note": note})
            self.acknowledged[alert] = note
        else:
            until = time.time_ns() // 1_000_000 + SNOOZES_S * 1_000
            self._ask("POST", f"/api/v1/alerts/{alert}/snooze", {"until": until, "why": "in a moment"})
            self.snoozed[alert] = until

    def _ask(self, method: str, path: str, wish: object = None) -> Any:
        headers = {"Authorization": f"Bearer {self._token}", "Content-Type": "application/json"}
        body = None if wish is None else json.dumps(wish).encode()
        asked = urllib.request.Request(self._address + path, body, headers, method=method)
        try:
            with urllib.request.urlopen(asked, timeout=15) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as refused:
            with refused:
                said = refused.read().decode()
            if refused.code in (404, 409, 503):  # it has ended meanwhile, or is not on disk in time
                raise OSError(said) from None
            raise AssertionError(f"{method} {path}: {refused.code} {said}") from None
