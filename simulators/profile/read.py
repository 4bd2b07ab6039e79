"""Reading a profile: one of the bundled ones by its name, or a YAML file.

A large floor is written once and repeated: a queue or a team whose name holds `{n}` and that has `copies: K` stands for
K of them, numbered from 1 in as many digits as K has; `{n}` in its text values is the same number, `{next}` the one
after it (the last is followed by the first).
"""

from __future__ import annotations

from difflib import get_close_matches
from pathlib import Path
from typing import Any

from pydantic import RootModel, model_validator

from floorwatch.config.reading import read_as
from simulators.profile.model import FloorProfile

_FOLDER = Path(__file__).parent.parent / "profiles"


class UnknownProfileError(Exception):
    """There is no such profile; the sentence names those there are."""


class _ProfileFile(RootModel[FloorProfile]):
    """A file: what is written once is repeated before it is checked."""

    @model_validator(mode="before")
    @classmethod
    def _repeated(cls, typed: Any) -> Any:
        if not isinstance(typed, dict):
            return typed
        many = {key: _repeat(typed[key]) for key in ("queues", "teams") if isinstance(typed.get(key), dict)}
        return typed | many


def bundled() -> dict[str, Path]:
    """The bundled profiles: name to file."""
    return {path.stem: path for path in sorted(_FOLDER.glob("*.yaml"))}


def load_profile(name_or_path: str) -> FloorProfile:
    """A bundled profile by its name, or one from a YAML file.

    Raises `UnknownProfileError` for neither, `floorwatch.config.problems.ConfigError` for a file that cannot be used.
    """
    path = bundled().get(name_or_path, Path(name_or_path))
    if not path.is_file():
        nearest = get_close_matches(name_or_path, bundled(), 1)
        hint = f"did you mean '{nearest[0]}'? There" if nearest else "there"
        raise UnknownProfileError(
            f"there is no profile '{name_or_path}'; {hint} are: {', '.join(bundled())}, or a file"
        )
    return read_as(path, _ProfileFile).root


def _repeat(sections: dict[str, Any]) -> dict[str, Any]:
    """The same sections, those with `copies` written out."""
    written: dict[str, Any] = {}
    for name, section in sections.items():
        if not isinstance(section, dict) or "copies" not in section:
            written[name] = section
            continue
        copies = int(section["copies"]) if str(section["copies"]).isdigit() else 0
        if not 1 <= copies <= 100_000 or "{n}" not in name:
            raise ValueError(f"{name}: copies must be a number from 1, and the name must hold {{n}}")
        once = {key: value for key, value in section.items() if key != "copies"}
        digits = len(str(copies))
        for n in range(1, copies + 1):
            this, following = f"{n:0{digits}d}", f"{n % copies + 1:0{digits}d}"
            written[_numbered(name, this, following)] = _numbered(once, this, following)
    return written


def _numbered(typed: Any, this: str, following: str) -> Any:
    if isinstance(typed, str):
        return typed.replace("{n}", this).replace("{next}", following)
    if isinstance(typed, list):
        return [_numbered(item, this, following) for item in typed]
    if isinstance(typed, dict):
        return {_numbered(key, this, following): _numbered(value, this, following) for key, value in typed.items()}
    return typed
