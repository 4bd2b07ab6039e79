"""What a figure's entry in the catalogue consists of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from floorwatch.metrics.catalogue.exclusions import EXCLUSIONS

Unit = Literal["contacts", "attempts", "agents", "seconds", "ratio", "events", "alerts", "instant", "state"]
Language = Literal["en", "zh"]
LANGUAGES: tuple[Language, ...] = ("en", "zh")


@dataclass(frozen=True, slots=True)
class Change:
    """A later version of a figure: what it means that the version before did not."""

    version: int
    since: str
    """The product version that first showed it."""
    text_en: str
    text_zh: str

    def text(self, lang: Language) -> str:
        """What has changed, in plain words."""
        return self.text_zh if lang == "zh" else self.text_en


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure: what it is called, what it counts, and what it means in plain words.

    Another formula, unit or set of exclusions is another definition: `version` goes up, and `changes` says what is
    different. A better wording is none. A test holds both to it.
    """

    id: str
    version: int
    unit: Unit
    formula: str
    name_en: str
    name_zh: str
    text_en: str
    text_zh: str
    reported_as: tuple[str, ...] = ()
    """Keys of the report and the API that carry this figure, where they differ from `id`."""
    excludes: tuple[str, ...] = ()
    """Keys of `EXCLUSIONS`: what is left out, each with its reason."""
    sample: str = ""
    """Id of the figure that is its n. Every measured ratio and mean has one."""
    changes: tuple[Change, ...] = ()
    """What each version after the first has changed, oldest first."""
    begun: str = "0.1.0"
    """The product version that first showed version 1."""

    def name(self, lang: Language) -> str:
        """What the figure is called, a few words."""
        return self.name_zh if lang == "zh" else self.name_en

    def text(self, lang: Language) -> str:
        """What the figure means, in plain words."""
        return self.text_zh if lang == "zh" else self.text_en

    def exclusions(self, lang: Language) -> list[str]:
        """What is left out and why, a clause each."""
        return [EXCLUSIONS[key][lang == "zh"] for key in self.excludes]

    @property
    def since(self) -> str:
        """The product version since which this version of the definition holds."""
        return self.changes[-1].since if self.changes else self.begun
