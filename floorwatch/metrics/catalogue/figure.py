"""What a figure's entry in the catalogue consists of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Unit = Literal["contacts", "attempts", "agents", "seconds", "ratio", "events", "alerts", "instant", "state"]
Language = Literal["en", "zh"]
LANGUAGES: tuple[Language, ...] = ("en", "zh")


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure: what it is called, what it counts, and what it means in plain words."""

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

    def name(self, lang: Language) -> str:
        """What the figure is called, a few words."""
        return self.name_zh if lang == "zh" else self.name_en

    def text(self, lang: Language) -> str:
        """What the figure means, in plain words."""
        return self.text_zh if lang == "zh" else self.text_en
