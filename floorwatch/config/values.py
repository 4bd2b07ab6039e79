"""Values as people type them, and what every section of the configuration has in common."""

from __future__ import annotations

import errno
import re
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo, available_timezones

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationInfo, model_validator

from floorwatch.config.problems import keys_of
from floorwatch.nearest import did_you_mean

_UNITS_MS = {"ms": 1, "s": 1_000, "m": 60_000, "h": 3_600_000, "d": 86_400_000, "": 1_000}
_DURATION = re.compile(r"(\d+(?:\.\d+)?)\s*(ms|s|m|h|d|)\s*")
_DAY_MS = 86_400_000


def duration_ms(typed: object, days_max: int = 30) -> int:
    """Milliseconds of `20s`, `15m`, `500ms`, `1h`, `1m30s`; a bare number is seconds."""
    text = str(typed).strip()
    parts = list(_DURATION.finditer(text))
    if isinstance(typed, bool | dict | list) or not parts or "".join(part[0] for part in parts) != text:
        raise ValueError("must be a duration such as 20s, 500ms, 15m or 1h")
    total = sum(Decimal(part[1]) * _UNITS_MS[part[2]] for part in parts)
    if total != int(total):
        raise ValueError("is finer than a millisecond")
    if total > days_max * _DAY_MS:
        raise ValueError(f"is longer than {days_max} days")
    return int(total)


def ratio(typed: object) -> float:
    """A ratio above 0 and up to 1, of `0.8` or `80%`."""
    value, hint = _part_of_one(typed)
    if not 0 < value <= 1:
        raise ValueError(f"must be above 0 and at most 1 (or 100%){hint}")
    return float(value)


def share(typed: object) -> float:
    """A share that may be nothing and never is all, from 0 to under 1, of `0.3` or `30%`."""
    value, hint = _part_of_one(typed)
    if not value < 1:
        raise ValueError(f"must be at least 0 and under 1 (or 100%){hint}")
    return float(value)


def _part_of_one(typed: object) -> tuple[Decimal, str]:
    """What was typed, never below 0, and where it is above 1 what may have been meant."""
    text = str(typed).strip()
    percent = text.endswith("%")
    if not re.fullmatch(r"\d+(\.\d+)?", number := text.removesuffix("%").strip()):
        raise ValueError("must be a ratio such as 0.80, or 80%")
    value = Decimal(number) / (100 if percent else 1)
    return value, f"; did you mean {number}%?" if not percent and 1 < value <= 100 else ""


def _time_of_day_ms(typed: object) -> int:
    if not (match := re.fullmatch(r"([01]?\d|2[0-3]):([0-5]\d)", str(typed).strip())):
        raise ValueError("must be a time of day such as 06:00")
    return (int(match[1]) * 60 + int(match[2])) * 60_000


def _time_span(typed: object) -> tuple[int, int]:
    since, dash, until = str(typed).partition("-")
    try:
        span = _time_of_day_ms(since), _time_of_day_ms(until)
    except ValueError:
        dash = ""
    if not dash or span[0] == span[1]:
        raise ValueError("must be two times of day such as 08:00-20:00")
    return span


def _known_timezone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        # of places only: EST is no CEST, and Etc/GMT+8 lies eight hours behind UTC
        places = [one for one in sorted(available_timezones()) if "/" in one and not one.startswith("Etc/")]
        hint = did_you_mean(name, places, "use a name such as Europe/Berlin or UTC")
        raise ValueError(f"unknown time zone; {hint}") from None
    return name


DurationMs = Annotated[int, BeforeValidator(duration_ms)]
LongDurationMs = Annotated[int, BeforeValidator(partial(duration_ms, days_max=3_660))]
Ratio = Annotated[float, BeforeValidator(ratio)]
Share = Annotated[float, BeforeValidator(share)]
TimeOfDayMs = Annotated[int, BeforeValidator(_time_of_day_ms)]
TimeSpan = Annotated[tuple[int, int], BeforeValidator(_time_span)]
"""Two times of day in milliseconds since midnight; where the second is the smaller one, over midnight."""
Name = Annotated[str, Field(min_length=1, max_length=1024)]
Names = tuple[Name, ...]
Words = Annotated[str, Field(max_length=1024)]
"""What may be empty, and goes where names go."""
Timezone = Annotated[Name, AfterValidator(_known_timezone)]


class Section(BaseModel):
    """What every part of the file has in common: unknown keys are refused, an empty value means the default."""

    model_config = ConfigDict(extra="forbid", frozen=True, validate_default=False)

    @model_validator(mode="before")
    @classmethod
    def _empty_means_default(cls, typed: Any) -> Any:
        if typed is None:
            return {}
        if isinstance(typed, dict):
            return {key: value for key, value in typed.items() if value is not None or key not in keys_of(cls)}
        return typed


def beside_the_config(path: Path, info: ValidationInfo) -> Path:
    """A path of the file is relative to the folder of the file."""
    folder: Path = (info.context or {}).get("folder", Path())
    return folder / path.expanduser()


def written_in(path: Path, what: str) -> str:
    """What a file of one word holds. Raises `OSError`, also of an empty one: that must not mean there is no secret."""
    try:
        if found := path.read_text(encoding="utf-8").strip():
            return found
    except UnicodeDecodeError:
        raise OSError(errno.EINVAL, f"is no text: write {what} in letters", str(path)) from None
    except OSError as wrong:
        raise OSError(wrong.errno, f"{wrong.strerror}: {what} should be in it", str(path)) from None
    raise OSError(errno.EINVAL, f"is empty: write {what} into it", str(path))
