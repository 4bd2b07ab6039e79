"""What a signal tower shows for what: five tiers, each off, lit or flashing, and a buzzer.

As six digits, which are those of Patlite's LA6-POE operation manual, 5.8: a tier is 0 off, 1 on, 2 flashing; the buzzer
is 0 off, 1 to 3 a pattern.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from floorwatch.alert_view import AlertView
from floorwatch.floor.rules import RANKS, Severity
from floorwatch.notify.output import Standing

TIERS = 5
OFF, ON, FLASHING = "0", "1", "2"
DARK = OFF * (TIERS + 1)


@dataclass(frozen=True, slots=True)
class Signals:
    """What the tower shows for what."""

    tiers: tuple[str, ...] = ("red", "amber", "green")
    """Its colours, from tier 1."""
    lamps: Mapping[Severity, tuple[str, ...]] = field(
        default_factory=lambda: {"warning": ("amber",), "critical": ("red",), "emergency": ("red", "amber")}
    )
    """What is lit while an alert of this severity fires: flashing, or steady once somebody has it."""
    calm: tuple[str, ...] = ("green",)
    """What is lit while nothing fires. Dark means that nobody watches."""
    buzzer: Mapping[Severity, int] = field(default_factory=lambda: {"emergency": 1})
    """The pattern that sounds when an alert of this severity has fired, or has risen to it."""
    buzzer_max_ms: int = 20_000
    """For how long."""

    def code(self, standing: Standing) -> str:
        """The six digits for what stands."""
        tiers = [OFF] * TIERS
        for alert in standing.alerts:
            for colour in self.lamps.get(alert.severity, ()):
                self._light(tiers, colour, ON if alert.state == "acknowledged" else FLASHING)
        if not standing.alerts:
            for colour in self.calm:
                self._light(tiers, colour, ON)
        sounding = [alert for alert in standing.alerts if self._sounds_until(alert, standing) > standing.now]
        worst = max((alert.severity for alert in sounding), key=RANKS.index, default=None)
        return "".join(tiers) + (OFF if worst is None else str(self.buzzer[worst]))

    def quiet_at(self, standing: Standing) -> int | None:
        """When the buzzer stops next; None when it is quiet."""
        ends = [self._sounds_until(alert, standing) for alert in standing.alerts]
        return min((end for end in ends if end > standing.now), default=None)

    def each_in_turn(self) -> list[tuple[str, str]]:
        """(what it is, its six digits): every tier, then every pattern of the buzzer that is used."""
        found = []
        for place, colour in enumerate(self.tiers):
            tiers = [OFF] * TIERS
            tiers[place] = ON
            found.append((colour, "".join(tiers) + OFF))
        patterns = sorted({pattern for pattern in self.buzzer.values() if pattern})
        return found + [(f"buzzer {pattern}", OFF * TIERS + str(pattern)) for pattern in patterns]

    def _light(self, tiers: list[str], colour: str, how: str) -> None:
        for place, name in enumerate(self.tiers):
            if name == colour:
                tiers[place] = max(tiers[place], how)

    def _sounds_until(self, alert: AlertView, standing: Standing) -> int:
        """When its sound ends; 0 where it makes none: it is in hand, or it is no emergency in quiet hours."""
        since = alert.raised_at or alert.fired_at
        if since is None or alert.state == "acknowledged" or not self.buzzer.get(alert.severity):
            return 0
        if standing.is_quiet and alert.severity != "emergency":
            return 0
        return since + self.buzzer_max_ms
